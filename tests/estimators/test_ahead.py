"""What a search trains on all instances before it is over: it changes nothing but the time that is left to wait."""

import gc
import pickle
import weakref

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressorCV
from skbackprop._estimators import cv
from skbackprop._training import race
from skbackprop._training.ahead import Ahead, _are_equal
from skbackprop._training.epochs import Epochs
from skbackprop._training.loop import train
from skbackprop._training.stages import Stop
from skbackprop.callbacks import Checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # trainings here are short

needs_callbacks = pytest.mark.skipif(
    not hasattr(BackpropClassifier, "set_callbacks"), reason="scikit-learn has callbacks since 1.9"
)

X, Y = make_classification(90, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T = X[:, 0] * X[:, 1] + 2 * X[:, 2]
KINDS = {"classifier": (BackpropClassifierCV, Y), "regressor": (BackpropRegressorCV, T)}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def new(kind, **parameters):
    """A search whose choice of epochs never moves back, as that of the smallest number within an error may."""
    quick = {"hidden_layer_sizes": 5, "max_iter": 150, "batch_size": 8, "random_state": 0, "cv": 3}
    grid = {"activation": ["logistic", "relu"], "alpha": [0.0, 1.0]}
    return kind[0](**{**quick, "grid": grid, "one_standard_error": False, **parameters})


@pytest.fixture
def watched(monkeypatch):
    """The states that were trained ahead, or None, of each search; all that is aimed at is trained, in any stage."""
    states = []
    run, trained = Ahead.run, Ahead.trained

    def remembered(self, *arguments):
        states.append(trained(self, *arguments))
        return states[-1]

    monkeypatch.setattr("skbackprop._training.race._WORK_OF_THREADS", 0)  # or all but the first stage would have one
    monkeypatch.setattr("skbackprop._training.race._FIRST_AIM", 0)
    monkeypatch.setattr(Ahead, "run", lambda self, stop: run(self, Stop()))
    monkeypatch.setattr(Ahead, "trained", remembered)
    return states


def state_of(network):
    return pickle.dumps(
        {name: getattr(network, name) for name in ("coefs_", "intercepts_", "_memory_", "_random_state_")}
    )


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("random_state", [0, "an instance", None])
def test_the_call_goes_on_from_it_as_if_it_had_begun_there(kind, watched, random_state, momentum):
    networks, positions = [], []
    for n_jobs in (1, 2):
        np.random.seed(5)  # noqa: NPY002 - which None draws from
        mine = np.random.RandomState(3) if random_state == "an instance" else random_state
        network = new(kind, random_state=mine, n_jobs=n_jobs, momentum=momentum).fit(X, kind[1])
        positions.append((mine if random_state == "an instance" else np.random).randint(10**6))
        networks.append(network)
    alone, side_by_side = networks
    assert watched[0] is None
    assert watched[1] is not None
    assert state_of(alone) == state_of(side_by_side)
    for name in ("n_iter_", "n_epochs_", "t_", "stop_reason_", "loss_curve_", "update_curve_", "_progress_", "alpha_"):
        assert getattr(alone, name) == getattr(side_by_side, name)
    assert positions[0] == positions[1]
    for network in networks:
        network.partial_fit(X, kind[1])
    assert state_of(alone) == state_of(side_by_side)


@pytest.mark.parametrize("n_epochs", [1, 2, 7])
def test_it_may_stop_anywhere(kind, watched, monkeypatch, stop_after, n_epochs):
    lengthen = Ahead._lengthen
    monkeypatch.setattr(
        Ahead, "_lengthen", lambda self, candidate, n, stop: lengthen(self, candidate, n, stop_after(n_epochs))
    )
    alone, side_by_side = (new(kind, n_jobs=n_jobs).fit(X, kind[1]) for n_jobs in (1, 2))
    assert watched[1].history.n_iter > 0
    assert state_of(alone) == state_of(side_by_side)


@pytest.mark.parametrize(
    "parameters",
    [
        {"grid": {"learning_rate_init": [1e4]}, "activation": "relu", "on_divergence": "halve"},
        {"grid": {"learning_rate_init": [0.7]}, "activation": "identity", "solver": "adam", "on_divergence": "halve"},
        {"grid": {"alpha": [0.0]}, "error_tol": 0.45},
        {"grid": {"alpha": [0.0]}, "n_iter_no_change": 2, "tol": 0.01},
    ],
    ids=["diverges", "may run off", "ends by the error", "ends by the loss"],
)
def test_rules_that_end_or_repeat_a_training_are_the_calls_own(kind, watched, parameters):
    alone, side_by_side = (new(kind, n_jobs=n_jobs, **parameters).fit(X, kind[1]) for n_jobs in (1, 2))
    assert state_of(alone) == state_of(side_by_side)
    assert alone.stop_reason_ == side_by_side.stop_reason_
    assert alone.n_iter_ == side_by_side.n_iter_


def test_a_network_that_has_run_off_begins_anew_with_half_the_rate(watched, monkeypatch):
    """By a loss that is large in its last epoch only; what was trained ahead had not come so far."""
    kind, present = KINDS["regressor"], Epochs.present
    n_epochs = new(kind).fit(X, T).best_n_epochs_

    def present_with_a_large_loss(self):
        is_finite, history = present(self), self._history
        if (history.n_iter, self.n_instances, history.progress.rate_factor) == (n_epochs, len(X), 1):
            history.loss_curve[-1] = 1e9
        return is_finite

    monkeypatch.setattr(Epochs, "present", present_with_a_large_loss)
    alone, side_by_side = (new(kind, n_jobs=n_jobs).fit(X, T) for n_jobs in (1, 2))
    assert watched[-1] is not None
    assert side_by_side._progress_["rate_factor"] == 0.5
    assert state_of(alone) == state_of(side_by_side)


def test_an_error_in_it_is_the_calls_own(kind, watched, monkeypatch):
    monkeypatch.setattr(Ahead, "_lengthen", lambda *_: 1 / 0)
    alone, side_by_side = (new(kind, n_jobs=n_jobs).fit(X, kind[1]) for n_jobs in (1, 2))
    assert watched == [None, None]
    assert state_of(alone) == state_of(side_by_side)


def test_a_global_random_state_that_others_have_drawn_from_is_not_gone_back_to(kind, watched, monkeypatch):
    prepare = cv._prepare_ahead

    def prepared(*arguments):
        np.random.random_sample()  # noqa: NPY002
        return prepare(*arguments)

    monkeypatch.setattr(cv, "_prepare_ahead", prepared)
    new(kind, random_state=None, n_jobs=2).fit(X, kind[1])
    assert watched == [None]


def test_ctrl_c_in_the_epoch_after_it_keeps_it(kind, watched, monkeypatch):
    def interrupted(state, training_set, plan):
        def present(self):
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Epochs, "present", present)
            return train(state, training_set, plan)

    monkeypatch.setattr("skbackprop._training.restarts.train", interrupted)
    network = new(kind, n_jobs=2)
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, kind[1])
    monkeypatch.undo()
    assert network.stop_reason_ == "interrupted"
    assert network.n_iter_ == len(network.loss_curve_) == network.best_n_epochs_ - 1
    whole = new(kind).fit(X, kind[1])
    assert state_of(network.partial_fit(X, kind[1])) == state_of(whole)


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: new(kind, n_jobs=1),
        lambda kind: new(kind, n_jobs=2, verbose=1),
        lambda kind: new(kind, n_jobs=2, max_time=60),
        lambda kind: new(kind, n_jobs=2, n_init=2),
        lambda kind: new(kind, n_jobs=2, augment=lambda inputs, random_state: inputs + 0.0),
        lambda kind: new(kind, n_jobs=2, grid={"solver": ["lbfgs"]}),
    ],
    ids=["one thread", "verbose", "max_time", "n_init", "augment", "lbfgs"],
)
def test_nothing_is_trained_ahead_where_somebody_would_notice(kind, monkeypatch, make):
    monkeypatch.setattr(Ahead, "_lengthen", lambda *_: pytest.fail("trained ahead"))
    monkeypatch.setattr(Ahead, "run", lambda self, stop: pytest.fail("trained ahead"))
    assert make(kind).fit(X, kind[1]).n_iter_ > 0


@needs_callbacks
def test_nothing_is_trained_ahead_of_callbacks(kind, monkeypatch, tmp_path):
    monkeypatch.setattr(Ahead, "run", lambda self, stop: pytest.fail("trained ahead"))
    callback = Checkpoint(tmp_path / "network.joblib")
    assert new(kind, n_jobs=2).set_callbacks(callback).fit(X, kind[1]).n_iter_ > 0


@pytest.mark.filterwarnings("always")
def test_what_the_call_warns_of_is_the_same(kind, watched):
    messages = []
    for n_jobs in (1, 2):
        with pytest.warns(ConvergenceWarning) as warned:
            new(kind, n_jobs=n_jobs, max_iter=30, grid={"alpha": [0.0]}).fit(X, kind[1])
        messages.append([str(each.message) for each in warned])
    assert watched[1] is not None
    assert messages[0] == messages[1]
    assert len(messages[0]) == 1


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_data_are_warned_of_once(watched, n_jobs):
    """Not by each fold, and not by what is trained ahead."""
    with pytest.warns(UserWarning, match="pass X as float64") as warned:
        new(KINDS["regressor"], n_jobs=n_jobs).fit(X.astype(np.float32), T + 1e8)
    assert (watched[0] is not None) == (n_jobs == 2)
    assert sum("pass X as float64" in str(each.message) for each in warned) == 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nothing_holds_the_instances_after_the_call(kind, watched, n_jobs):
    inputs = np.asfortranarray(X)  # of which the call makes a copy
    copies = []
    make_data = kind[0]._make_data

    def seen(self, instances, given):
        copies.append(weakref.ref(instances.inputs))
        return make_data(self, instances, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind[0], "_make_data", seen)
        gc.disable()  # which looks for circles
        try:
            network = new(kind, n_jobs=n_jobs).fit(inputs, kind[1])
            watched.clear()
            assert [copy() for copy in copies] == [None] * len(copies)
        finally:
            gc.enable()
    assert network.n_iter_ > 0


@pytest.mark.parametrize("generator", ["MT19937", "PCG64", "Philox", "SFC64"])
@pytest.mark.parametrize("draw", ["normal", "randint"])
def test_random_states_are_equal_only_if_they_draw_the_same(generator, draw):
    """As after half a pair of normal numbers, or half of 64 bits."""
    one, other = (np.random.RandomState(getattr(np.random, generator)(0)) for _ in range(2))
    assert _are_equal(one.get_state(legacy=False), other.get_state(legacy=False))
    draws = {"normal": lambda state: state.normal(), "randint": lambda state: state.randint(2**31, dtype=np.int32)}
    draws[draw](one)
    assert not _are_equal(one.get_state(legacy=False), other.get_state(legacy=False))
    draws[draw](other)
    assert _are_equal(one.get_state(legacy=False), other.get_state(legacy=False))


@pytest.mark.parametrize(("search", "y"), [(BackpropClassifierCV, T > 0), (BackpropRegressorCV, T)])
def test_it_is_aimed_at_from_a_hundred_epochs_on_or_where_one_candidate_is_left(search, y, monkeypatch):
    """Before, the best may soon be another."""
    monkeypatch.setattr("skbackprop._training.race._WORK_OF_THREADS", 0)
    aim, stages = Ahead.aim, []

    def looked_at(plan, runners, curves, n_epochs):
        stages.append([n_epochs, sum(runner.is_running for runner in runners), False])
        look(plan, runners, curves, n_epochs)

    def aimed(self, candidate, n_epochs):
        stages[-1][2] = True
        aim(self, candidate, n_epochs)

    look = race._aim
    monkeypatch.setattr(race, "_aim", looked_at)
    monkeypatch.setattr(Ahead, "aim", aimed)
    new((search, y), grid={"learning_rate_init": [0.02, 0.03]}, max_iter=300, n_jobs=2).fit(X, y)
    assert [is_aimed for *_, is_aimed in stages] == [n >= 100 or n_running == 1 for n, n_running, _ in stages]
    assert len({is_aimed for *_, is_aimed in stages}) == 2


def test_one_that_has_too_many_epochs_is_left_out(kind, watched, monkeypatch):
    """As where the smallest number of epochs within an error becomes smaller; here it is told a wrong one."""
    aim = Ahead.aim
    monkeypatch.setattr(Ahead, "aim", lambda self, candidate, n_epochs: aim(self, candidate, n_epochs + 1))
    alone, side_by_side = (new(kind, n_jobs=n_jobs).fit(X, kind[1]) for n_jobs in (1, 2))
    assert watched == [None, None]
    assert state_of(alone) == state_of(side_by_side)
