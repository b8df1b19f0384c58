"""scikit-learn's callbacks (1.9 and later): what they are told, what they can read, and how they end a training."""

import copy
import pickle
import threading

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor

callback_module = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(60, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T = X[:, 0] - X[:, 1]


class Recorder:
    """A callback that notes its calls, and asks for a stop in the epoch of a certain number."""

    def __init__(self, stop_in=None, fail_at=None, error=RuntimeError):
        self.events = []
        self.fitted = []
        self.data = []
        self.stop_in = stop_in
        self.fail_at = fail_at
        self.error = error

    def _note(self, event, context):
        self.events.append((event, context.task_name, context.task_id))
        if self.fail_at is not None and (event, context.task_name, context.task_id) == self.fail_at:
            raise self.error("the dashboard is down")

    def setup(self, estimator, context):
        self.contexts = [context]
        self._note("setup", context)

    def teardown(self, estimator, context):
        self._note("teardown", context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.contexts.append(context)
        self.data.append((X, y, metadata))
        self._note("begin", context)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        if context.task_name == "epoch":
            self.fitted.append(fitted_estimator)
        self._note("end", context)
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_in

    def named(self, event, task):
        return [number for name, task_name, number in self.events if (name, task_name) == (event, task)]


class Propagated(Recorder):
    """A recorder that a search hands on to what it fits."""

    max_propagation_depth = None


class WithLock(Recorder):
    """A callback that cannot be pickled, as one with a socket."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


@pytest.fixture(params=["classifier", "regressor"])
def case(request):
    """An estimator and its targets."""
    estimator_class, y = (BackpropClassifier, Y) if request.param == "classifier" else (BackpropRegressor, T)
    return estimator_class(5, max_iter=4, batch_size=8, random_state=0, update_tol=0), y


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def first_classes(network):
    return {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}


def assert_balanced(events):
    """Each task that begins ends, in the order of brackets, and set-up and tear-down are outside."""
    assert events[0][0] == "setup"
    assert events[-1][0] == "teardown"
    assert [name for name, *_ in events].count("setup") == [name for name, *_ in events].count("teardown") == 1
    open_tasks = []
    for name, *task in events[1:-1]:
        if name == "begin":
            open_tasks.append(task)
        else:
            assert open_tasks.pop() == task
    assert not open_tasks


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("method", ["fit", "warm start", "partial_fit"])
def test_an_error_of_a_tear_down_leaves_the_network_as_it_was(case, method, error):
    network, y = case
    network.fit(X, y).set_params(warm_start=method == "warm start")
    random_state = np.random.RandomState(0)  # the user's own, which goes on with each call
    network.set_params(random_state=random_state)
    before = {name: value for name, value in vars(network).items() if name != "_skl_callbacks"}
    position = random_state.get_state()[2]
    network.set_callbacks(Recorder(fail_at=("teardown", "fit", 0), error=error))
    train = network.partial_fit if method == "partial_fit" else network.fit
    with pytest.raises(error, match="the dashboard is down"):
        train(X[::-1], y)
    assert {name: value for name, value in vars(network).items() if name != "_skl_callbacks"} == before
    assert random_state.get_state()[2] == position
    train_again = network.set_callbacks().partial_fit if method == "partial_fit" else network.set_callbacks().fit
    assert train_again(X, y) is network


def test_an_error_of_a_tear_down_after_ctrl_c_leaves_the_network_as_it_was(case):
    class Interrupting(Recorder):
        def on_fit_task_end(self, estimator, context, **others):
            if (context.task_name, context.task_id) == ("epoch", 1):
                raise KeyboardInterrupt

    network, y = case
    network.fit(X, y)
    before = {name: value for name, value in vars(network).items() if name != "_skl_callbacks"}
    network.set_callbacks(Interrupting(fail_at=("teardown", "fit", 0)))
    with pytest.raises(RuntimeError, match="the dashboard is down"):
        network.fit(X[::-1], y)
    assert {name: value for name, value in vars(network).items() if name != "_skl_callbacks"} == before


# ---------------------------------------------------------------------------------------------------------------------
# What they are told.


def test_an_epoch_is_a_task(case):
    network, y = case
    recorder = Recorder()
    network.set_callbacks(recorder).fit(X, y)
    assert_balanced(recorder.events)
    assert recorder.named("begin", "fit") == recorder.named("end", "fit") == [0]
    assert recorder.named("begin", "epoch") == recorder.named("end", "epoch") == [0, 1, 2, 3]
    root = recorder.contexts[0]
    assert root.estimator_name == type(network).__name__
    assert root.max_subtasks == 4
    assert all(context.parent is root for context in recorder.contexts if context.task_name == "epoch")


def test_callbacks_change_nothing(case):
    network, y = case
    plain = clone(network).fit(X, y)
    watched = clone(network).set_callbacks(Recorder()).fit(X, y)
    np.testing.assert_array_equal(vector_of(plain), vector_of(watched))
    assert plain.loss_curve_ == watched.loss_curve_
    assert plain.stop_reason_ == watched.stop_reason_
    fitted_names = {name for name in vars(watched) if name.endswith("_")}
    assert fitted_names == {name for name in vars(plain) if name.endswith("_")}


def test_callbacks_are_given_the_data_of_the_call(case):
    network, y = case
    recorder, weights = Recorder(), np.arange(60) / 7
    network.set_callbacks(recorder).fit(X, y, weights)
    assert len(recorder.data) == 1 + network.n_iter_  # of the whole, and of each epoch
    for given_X, given_y, metadata in recorder.data:
        assert given_X is X
        assert given_y is y
        assert metadata["sample_weight"] is weights
    recorder = Recorder()
    network.set_callbacks(recorder).fit(X, y)
    assert not recorder.data[0][2]


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_the_loss_the_error_rate_and_the_largest_update_of_the_epoch_can_be_read(case, solver):
    network, y = case
    recorder = Recorder()
    network.set_params(solver=solver).set_callbacks(recorder).fit(X, y)
    assert len(recorder.fitted) == network.n_iter_ == 4
    for number, fitted in enumerate(recorder.fitted, start=1):
        for curve in ("loss_curve_", "error_curve_", "update_curve_"):
            assert getattr(fitted, curve) == getattr(network, curve)[:number]
        assert fitted.loss_ == network.loss_curve_[number - 1]
        assert fitted.n_iter_ == number


def test_the_fitted_estimator_predicts_as_of_its_epoch(case):
    network, y = case
    recorder = Recorder()
    clone(network).set_callbacks(recorder).fit(X, y)
    assert len(recorder.fitted) == 4
    for number, fitted in enumerate(recorder.fitted, start=1):
        alone = clone(network).set_params(max_iter=number).fit(X, y)
        np.testing.assert_array_equal(fitted.predict(X), alone.predict(X))
        assert fitted.score(X, y) == alone.score(X, y)


def test_the_fitted_estimator_of_an_epoch_predicts_in_its_epoch(case):
    """Not only when all is over: scores are computed while the network trains."""
    network, y = case
    seen = []

    class Scores(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            if context.task_name == "epoch":
                seen.append(fitted_estimator.score(X, y))
                fitted_estimator.coefs_[0][...] = np.nan  # whoever changes it changes a copy

    network.set_callbacks(Scores()).fit(X, y)
    assert len(seen) == 4
    assert np.isfinite(network.coefs_[0]).all()
    assert seen[-1] == network.score(X, y)


def test_validation_can_be_read_too(case):
    network, y = case
    recorder = Recorder()
    network.set_params(early_stopping=True).set_callbacks(recorder).fit(X, y)
    assert len(recorder.fitted) == len(network.validation_scores_) == 4
    for number, fitted in enumerate(recorder.fitted, start=1):
        assert fitted.validation_scores_ == network.validation_scores_[:number]
        assert fitted.validation_loss_curve_ == network.validation_loss_curve_[:number]


def test_partial_fit_is_a_task_of_one_epoch(case):
    network, y = case
    recorder = Recorder()
    network.set_callbacks(recorder)
    network.partial_fit(X, y, **first_classes(network)).partial_fit(X, y)
    assert len(recorder.events) == 12
    for events in (recorder.events[:6], recorder.events[6:]):
        assert_balanced(events)
        assert [task for _, task, _ in events].count("epoch") == 2
    assert recorder.fitted[-1].loss_curve_ == network.loss_curve_
    np.testing.assert_array_equal(recorder.fitted[-1].predict(X), network.predict(X))


def test_warm_start_tells_of_the_epochs_of_its_call(case):
    network, y = case
    network.set_params(warm_start=True).fit(X, y)
    recorder = Recorder()
    network.set_callbacks(recorder).fit(X, y)
    assert recorder.named("end", "epoch") == [0, 1, 2, 3]
    assert recorder.fitted[0].n_epochs_ == 5
    assert recorder.fitted[0].loss_curve_ == network.loss_curve_[:5]


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_a_restart_is_a_task_of_epochs(case, n_jobs):
    network, y = case
    recorder = Recorder()
    network.set_params(n_init=3, n_jobs=n_jobs).set_callbacks(recorder).fit(X, y)
    assert sorted(recorder.named("begin", "restart")) == sorted(recorder.named("end", "restart")) == [0, 1, 2]
    assert sorted(recorder.named("end", "epoch")) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert recorder.contexts[0].max_subtasks == 3
    assert {context.parent.task_name for context in recorder.contexts if context.task_name == "epoch"} == {"restart"}
    if n_jobs != 2:
        assert_balanced(recorder.events)


@pytest.mark.parametrize("n_init", [1, 3])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_number_of_jobs_does_not_matter_to_epochs(case, n_init, method):
    network, y = case
    first = first_classes(network) if method == "partial_fit" else {}
    recorder = Recorder()
    network.set_params(n_init=n_init, n_jobs=2).set_callbacks(recorder)
    getattr(network, method)(X, y, **first)
    begins = [event[1:] for event in recorder.events if event[0] == "begin"]
    ends = [event[1:] for event in recorder.events if event[0] == "end"]
    assert sorted(begins) == sorted(ends)
    if method == "partial_fit":
        assert len(recorder.named("begin", "restart")) in (0, 1)


@pytest.mark.parametrize("parameters", [{}, {"tol": 1.0}, {"max_iter": 200}], ids=str)
def test_lbfgs_ends_every_task_that_it_begins(case, parameters):
    """An iteration of the minimiser is an epoch, and the last attempt, that finds it has converged, is none."""
    network, y = case
    recorder = Recorder()
    network.set_params(solver="lbfgs", **parameters).set_callbacks(recorder).fit(X, y)
    assert_balanced(recorder.events)
    assert recorder.named("end", "epoch") == list(range(len(recorder.fitted)))


def test_a_training_that_began_again_with_half_the_rate_can_be_watched():
    network = BackpropRegressor(
        5, activation="relu", learning_rate_init=1e3, batch_size="epoch", max_iter=6, on_divergence="halve"
    ).set_params(random_state=0, update_tol=0)
    plain = clone(network).fit(X, T)
    recorder = Recorder()
    network.set_callbacks(recorder).fit(X, T)
    np.testing.assert_array_equal(vector_of(network), vector_of(plain))
    assert_balanced(recorder.events)


# ---------------------------------------------------------------------------------------------------------------------
# A request to stop.


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_a_callback_can_end_the_training(case, solver):
    network, y = case
    recorder = Recorder(stop_in=2)
    network.set_params(solver=solver).set_callbacks(recorder).fit(X, y)
    assert network.stop_reason_ == "callback"
    assert network.n_iter_ == len(network.loss_curve_) == 2
    alone = clone(network).set_params(max_iter=2).set_callbacks().fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(alone))
    assert_balanced(recorder.events)


def test_what_was_stopped_goes_on_exactly(case):
    network, y = case
    whole = clone(network).set_params(momentum=0.5).fit(X, y)
    network.set_params(momentum=0.5, warm_start=True).set_callbacks(Recorder(stop_in=3)).fit(X, y)
    network.set_callbacks().set_params(max_iter=1).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(whole))


def test_a_rule_of_the_book_is_named_before_a_callback(case):
    network, y = case
    network.set_params(update_tol=1e9).set_callbacks(Recorder(stop_in=1)).fit(X, y)
    assert network.stop_reason_ == "update_tol"


def test_one_callback_of_several_is_enough(case):
    network, y = case
    network.set_callbacks(Recorder(), Recorder(stop_in=2), Recorder(stop_in=3)).fit(X, y)
    assert (network.n_iter_, network.stop_reason_) == (2, "callback")


def test_a_stopped_restart_is_told_as_such(case):
    network, y = case
    network.set_params(n_init=2).set_callbacks(Recorder(stop_in=2)).fit(X, y)
    assert [restart["stop_reason"] for restart in network.restarts_] == ["callback"] * 2
    assert [restart["n_epochs"] for restart in network.restarts_] == [2, 2]


def test_a_false_convergence_is_reported_of_a_stopped_training_too():
    network = BackpropClassifier(5, random_state=0, learning_rate_init=1e-3, update_tol=0).set_callbacks(
        Recorder(stop_in=1)
    )
    with pytest.warns(UserWarning, match="stop_reason_='callback'"):
        network.fit(X, Y)


# ---------------------------------------------------------------------------------------------------------------------
# Errors.

PLACES = [
    ("setup", "fit", 0),
    ("begin", "fit", 0),
    ("begin", "epoch", 0),
    ("end", "epoch", 0),
    ("begin", "epoch", 2),
    ("end", "epoch", 2),
    ("end", "fit", 0),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_an_error_of_a_callback_rolls_the_call_back(case, place):
    network, y = case
    new = clone(network).set_callbacks(Recorder(fail_at=place))
    before = set(vars(new))
    with pytest.raises(RuntimeError, match="the dashboard is down"):
        new.fit(X, y)
    assert set(vars(new)) == before

    fitted, twin = clone(network).fit(X, y), clone(network).fit(X, y)
    for method in ("fit", "partial_fit"):
        if method == "partial_fit" and place[2] == 2:
            continue
        fitted.set_callbacks(Recorder(fail_at=place))
        with pytest.raises(RuntimeError, match="the dashboard is down"):
            getattr(fitted, method)(X, y)
        fitted.set_callbacks()
        assert set(vars(fitted)) == set(vars(twin))
        np.testing.assert_array_equal(vector_of(fitted), vector_of(twin))
        assert fitted.loss_curve_ == twin.loss_curve_
    np.testing.assert_array_equal(vector_of(fitted.partial_fit(X, y)), vector_of(twin.partial_fit(X, y)))


def test_callbacks_are_torn_down_after_any_error(case):
    network, y = case
    recorder = Recorder(fail_at=("end", "epoch", 1))
    with pytest.raises(RuntimeError):
        network.set_callbacks(recorder).fit(X, y)
    assert recorder.events[-1][0] == "teardown"
    recorder = Recorder()
    network = BackpropRegressor(5, learning_rate_init=1e6, random_state=0).set_callbacks(recorder)
    with pytest.raises(ValueError, match="non-finite"):
        network.fit(X, T)
    assert recorder.events[-1][0] == "teardown"
    assert not [name for name in vars(network) if name.endswith("_")]


def test_a_user_who_interrupts_a_callback_keeps_the_whole_epochs(case):
    network, y = case
    two = clone(network).set_params(max_iter=2).fit(X, y)
    recorder = Recorder(fail_at=("begin", "epoch", 2), error=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        network.set_callbacks(recorder).fit(X, y)
    assert (network.stop_reason_, network.n_iter_) == ("interrupted", 2)
    np.testing.assert_array_equal(vector_of(network), vector_of(two))
    assert recorder.events[-1][0] == "teardown"


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="FitCallback"):
        BackpropClassifier().set_callbacks(print)


# ---------------------------------------------------------------------------------------------------------------------
# What is left of them, and what they cost where there are none.


def test_a_dumped_estimator_carries_no_callback(case):
    network, y = case
    network.set_callbacks(WithLock()).fit(X, y)
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(vector_of(again), vector_of(network))
    assert not [name for name in vars(again) if "callback" in name]
    assert len(pickle.dumps(network)) == len(pickle.dumps(copy.deepcopy(network).set_callbacks()))


def test_the_estimator_itself_keeps_its_callbacks(case):
    network, y = case
    recorder = Recorder()
    network.set_callbacks(recorder).fit(X, y).fit(X, y)
    assert [name for name, *_ in recorder.events].count("setup") == 2


def test_an_epochs_estimator_can_be_dumped_by_a_checkpoint(case):
    """It must not carry the callback, its lock or socket either."""
    network, y = case
    dumps = []

    class Checkpoint(WithLock):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "epoch":
                dumps.append(pickle.dumps(fitted_estimator))

    for _ in range(2):  # new, and fitted before
        network.set_callbacks(Checkpoint()).fit(X, y)
        last = pickle.loads(dumps[-1])
        np.testing.assert_array_equal(last.predict(X), network.predict(X))
        assert not [name for name in vars(last) if "callback" in name]


def test_a_call_leaves_no_context_behind(case):
    network, y = case
    names = set(vars(clone(network).fit(X, y)))
    assert set(vars(network.set_callbacks(Recorder()).fit(X, y))) == names | {"_skl_callbacks"}


def test_without_callbacks_no_context_is_ever_made(case, monkeypatch):
    network, y = case

    def forbidden(*arguments, **keywords):
        raise AssertionError("a callback context was made")

    monkeypatch.setattr(type(network), "_init_callback_context", forbidden)
    monkeypatch.setattr(callback_module.CallbackContext, "subcontext", forbidden)
    network.fit(X, y).partial_fit(X, y)
    network.set_params(solver="lbfgs").fit(X, y)
    network.set_params(solver="sgd", n_init=2, n_jobs=2).fit(X, y)
    network.set_callbacks(Recorder()).set_callbacks().fit(X, y)


# ---------------------------------------------------------------------------------------------------------------------
# scikit-learn's own callbacks, alone and in a search.


def test_the_scoring_monitor_scores_every_epoch(case):
    network, y = case
    scoring = "accuracy" if isinstance(network, BackpropClassifier) else "r2"
    monitor = callback_module.ScoringMonitor(scoring=scoring)
    network.set_callbacks(monitor).fit(X, y)
    rows = monitor.get_logs().data
    epochs = [row for row in rows if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in epochs] == [0, 1, 2, 3]
    expected = [clone(network).set_callbacks().set_params(max_iter=n).fit(X, y).score(X, y) for n in range(1, 5)]
    assert [row[scoring] for row in epochs] == pytest.approx(expected)
    assert {row["estimator_name"] for row in rows} == {type(network).__name__}


def test_the_scoring_monitor_takes_weights_and_several_scores():
    weights = np.random.RandomState(0).uniform(size=60)
    monitor = callback_module.ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    network = BackpropClassifier(5, max_iter=3, random_state=0, update_tol=0).set_callbacks(monitor)
    network.fit(X, Y, weights)
    last = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"][-1]
    assert last["accuracy"] == pytest.approx(network.score(X, Y, weights))
    assert last["neg_log_loss"] < 0


def test_the_scoring_monitor_scores_restarts():
    monitor = callback_module.ScoringMonitor(scoring="accuracy")
    network = BackpropClassifier(5, max_iter=3, n_init=2, random_state=0, update_tol=0).set_callbacks(monitor)
    network.fit(X, Y)
    names = [row["task_name"] for row in monitor.get_logs().data]
    assert names.count("epoch") == 6
    assert names.count("restart") == 2


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_scoring_monitor_works_inside_a_search(case, n_jobs):
    network, y = case
    scoring = "accuracy" if isinstance(network, BackpropClassifier) else "r2"
    monitor = callback_module.ScoringMonitor(scoring=scoring)
    network.set_callbacks(monitor)
    search = GridSearchCV(network, {"alpha": [0.0, 0.1]}, cv=2, n_jobs=n_jobs).fit(X, y)
    rows = [row for log in monitor.get_logs(select="all") for row in log.data]
    epochs = [row for row in rows if row["task_name"] == "epoch"]
    assert len(epochs) == (2 * 2 + 1) * 4
    assert np.isfinite([row[scoring] for row in epochs]).all()
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


def test_a_callback_of_the_search_is_told_of_the_epochs(case):
    network, y = case
    recorder = Propagated()
    search = GridSearchCV(network, {"alpha": [0.0, 0.1]}, cv=2).set_callbacks(recorder)
    search.fit(X, y)
    assert len(recorder.named("end", "epoch")) == (2 * 2 + 1) * 4
    assert recorder.events[0][0] == "setup"
    assert recorder.events[-1][0] == "teardown"
    assert not [name for name in vars(search.best_estimator_) if "callback" in name]


def test_a_callback_inside_a_pipeline_is_told_of_the_epochs(case):
    network, y = case
    recorder = Recorder()
    model = make_pipeline(StandardScaler(), network.set_callbacks(recorder)).fit(X, y)
    assert len(recorder.named("end", "epoch")) == 4
    np.testing.assert_array_equal(recorder.fitted[-1].predict(model[0].transform(X)), model.predict(X))


@pytest.mark.parametrize("in_search", [False, True])
@pytest.mark.parametrize("parameters", [{}, {"n_init": 2}, {"solver": "lbfgs"}], ids=str)
def test_the_progress_bar_shows_the_epochs(case, in_search, parameters, capsys):
    pytest.importorskip("rich")
    network, y = case
    model = network.set_params(**parameters)
    if in_search:
        model = GridSearchCV(model, {"alpha": [0.0, 0.1]}, cv=2)
    model.set_callbacks(callback_module.ProgressBar(max_propagation_depth=None)).fit(X, y)
    assert type(network).__name__ in capsys.readouterr().out
    assert model.predict(X).shape == y.shape
