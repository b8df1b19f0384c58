"""Restarts: several starts are trained, and the best is kept."""

import _thread
import io
import pickle
import threading
from contextlib import redirect_stdout
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._training import restarts
from skbackprop._training.divergence import Divergence

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_ALL, Y_ALL = make_classification(120, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T_ALL = np.sin(2 * X_ALL[:, 0]) + X_ALL[:, 1]
X, X_VAL, Y, Y_VAL, T, T_VAL = train_test_split(X_ALL, Y_ALL, T_ALL, test_size=40, random_state=0)


@pytest.fixture(params=["classifier", "regressor"])
def case(request):
    """An estimator of four starts, its targets and its validation data."""
    estimator_class, y, y_val = {
        "classifier": (BackpropClassifier, Y, Y_VAL),
        "regressor": (BackpropRegressor, T, T_VAL),
    }[request.param]
    network = estimator_class(4, n_init=4, max_iter=6, batch_size=8, random_state=0, update_tol=0)
    return network, y, {"X_val": X_VAL, "y_val": y_val}


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def alone(network, seed):
    """The estimator that a restart is, if it is trained alone."""
    return clone(network).set_params(n_init=1, n_jobs=None, random_state=seed)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_each_restart_tells_its_seed_epochs_reason_and_score(case, solver):
    network, y, _ = case
    network.set_params(solver=solver).fit(X, y)
    assert len(network.restarts_) == 4
    assert len({restart["seed"] for restart in network.restarts_}) == 4
    for restart in network.restarts_:
        assert set(restart) == {"seed", "n_epochs", "stop_reason", "score"}
        assert type(restart["seed"]) is int
        assert type(restart["score"]) is float
        again = alone(network, restart["seed"]).fit(X, y)
        assert restart["n_epochs"] == again.n_iter_
        assert restart["stop_reason"] == again.stop_reason_
        assert restart["score"] == -again.loss_


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_the_start_of_the_smallest_loss_is_kept(case, solver):
    network, y, _ = case
    network.set_params(solver=solver, shuffle=True).fit(X, y)
    scores = [restart["score"] for restart in network.restarts_]
    best = network.restarts_[int(np.argmax(scores))]
    assert len(set(scores)) == 4
    assert network.loss_ == -max(scores)
    winner = alone(network, best["seed"]).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(winner))
    assert network.loss_curve_ == winner.loss_curve_
    assert (network.n_iter_, network.stop_reason_, network.t_) == (winner.n_iter_, winner.stop_reason_, winner.t_)


def test_the_winner_goes_on_as_if_it_had_been_alone(case):
    network, y, _ = case
    network.set_params(momentum=0.8).fit(X, y)
    best = max(network.restarts_, key=lambda restart: restart["score"])
    winner = alone(network, best["seed"]).fit(X, y)
    np.testing.assert_array_equal(vector_of(network.partial_fit(X, y)), vector_of(winner.partial_fit(X, y)))


def test_the_start_of_the_best_validation_score_is_kept(case):
    network, y, validation = case
    network.fit(X, y, **validation)
    scores = [restart["score"] for restart in network.restarts_]
    assert network.best_validation_score_ == max(scores)
    winner = alone(network, network.restarts_[int(np.argmax(scores))]["seed"]).fit(X, y, **validation)
    np.testing.assert_array_equal(vector_of(network), vector_of(winner))
    assert network.validation_scores_ == winner.validation_scores_


def test_all_starts_of_early_stopping_are_validated_by_the_same_rows(case):
    network, y, _ = case
    seen = []

    def scorer(estimator, X, y):
        seen.append(X.tobytes())
        return estimator.score(X, y)

    network.set_params(early_stopping=True, scoring=scorer).fit(X, y)
    assert len(seen) >= 4
    assert len(set(seen)) == 1
    assert network.best_validation_score_ == max(restart["score"] for restart in network.restarts_)


@pytest.mark.parametrize("n_jobs", [2, -1, 10**6])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_threads_change_nothing(case, n_jobs, solver):
    network, y, validation = case
    serial = clone(network).set_params(solver=solver).fit(X, y, **validation)
    parallel = clone(network).set_params(solver=solver, n_jobs=n_jobs).fit(X, y, **validation)
    assert serial.restarts_ == parallel.restarts_
    np.testing.assert_array_equal(vector_of(serial), vector_of(parallel))
    assert serial.loss_curve_ == parallel.loss_curve_


def test_restarts_run_in_threads_and_not_in_processes(case):
    network, y, _ = case
    threads = set()

    def note(X, random_state):
        threads.add(threading.get_ident())
        return X

    network.set_params(n_jobs=2, augment=note, max_iter=30).fit(X, y)  # a process' set would stay empty here
    assert threads


def test_more_starts_contain_the_fewer(case):
    network, y, _ = case
    few, many = (clone(network).set_params(n_init=n).fit(X, y) for n in (2, 4))
    assert many.restarts_[:2] == few.restarts_
    assert many.loss_ <= few.loss_


def test_a_single_start_is_a_plain_fit(case):
    network, y, _ = case
    network.set_params(n_init=1).fit(X, y)
    assert network.restarts_ is None


def test_a_random_state_of_the_users_gives_other_seeds_each_time(case):
    network, y, _ = case
    stream = np.random.RandomState(0)
    one = network.set_params(random_state=stream).fit(X, y).restarts_
    two = network.fit(X, y).restarts_
    assert not {restart["seed"] for restart in one} & {restart["seed"] for restart in two}
    again = network.set_params(random_state=np.random.RandomState(0)).fit(X, y).restarts_
    assert again == one


def test_given_weights_leave_the_order_to_differ(case):
    """Starts that are all the same are trained in different orders."""
    network, y, _ = case
    start = clone(network).set_params(n_init=1).initialize(X, y)
    network.fit(X, y, coefs_init=start.coefs_, intercepts_init=start.intercepts_)
    assert len({restart["score"] for restart in network.restarts_}) == 4


def test_warm_start_goes_on_with_the_winner_only(case):
    network, y, _ = case
    network.set_params(warm_start=True).fit(X, y)
    best = max(network.restarts_, key=lambda restart: restart["score"])
    network.fit(X, y)
    assert network.restarts_ is None
    assert network.n_epochs_ == 12
    whole = alone(network, best["seed"]).set_params(max_iter=12, warm_start=False).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(whole))


def test_partial_fit_has_one_start(case):
    network, y, _ = case
    first = {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}
    stream = clone(network).partial_fit(X, y, **first)
    plain = clone(network).set_params(n_init=1).partial_fit(X, y, **first)
    np.testing.assert_array_equal(vector_of(stream), vector_of(plain))


def test_restarts_can_be_pickled_and_are_plain(case):
    network, y, _ = case
    network.fit(X, y)
    assert pickle.loads(pickle.dumps(network)).restarts_ == network.restarts_
    assert all(type(value) in (int, float, str) for restart in network.restarts_ for value in restart.values())


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_divergence_of_every_start_is_an_error_that_leaves_no_trace(n_jobs):
    network = BackpropRegressor(4, n_init=3, n_jobs=n_jobs, learning_rate_init=1e6, batch_size=1, random_state=0)
    with pytest.raises(ValueError, match=r"^Solver produced non-finite parameter weights"):
        network.fit(X, T)
    assert not [name for name in vars(network) if name.endswith("_")]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_each_start_that_diverges_has_its_rate_halved(n_jobs):
    network = BackpropRegressor(
        4, n_init=3, n_jobs=n_jobs, learning_rate_init=1e3, activation="relu", random_state=0, on_divergence="halve"
    ).set_params(max_iter=5)
    network.fit(X, T)
    assert np.isfinite(network.predict(X)).all()
    assert all(np.isfinite(restart["score"]) for restart in network.restarts_)


def test_other_data_are_no_divergence():
    """A stream with outliers, and a warm start on targets elsewhere, keep their rates."""
    network = BackpropRegressor(4, loss="huber", on_divergence="halve", verbose=True, random_state=0)
    with redirect_stdout(io.StringIO()) as printed:
        network.partial_fit(X, T)
        rate = network.learning_rate_
        network.partial_fit(X, T + 1e6)
    assert printed.getvalue().count("Iteration") == 2
    assert network.learning_rate_ == rate
    network = BackpropRegressor(4, on_divergence="halve", warm_start=True, max_iter=5, random_state=0).fit(X, T)
    assert network.fit(X, T + 1e4).learning_rate_ == network.set_params(on_divergence="raise").fit(X, T).learning_rate_


# ---------------------------------------------------------------------------------------------------------------------
# Ctrl-C.


def unchanged(X, random_state):
    """An augmentation that augments nothing."""
    return X


class InterruptInEpoch:
    """An augmentation that is interrupted in an epoch, counted over all restarts."""

    def __init__(self, number):
        self.number = number
        self.n_calls = 0

    def __call__(self, X, random_state):
        self.n_calls += 1
        if self.n_calls == self.number:
            raise KeyboardInterrupt
        return X


@pytest.mark.parametrize("number", [3, 9, 16, 22])
def test_ctrl_c_is_raised_again_and_keeps_the_best_so_far(case, number):
    """Six epochs a restart: the interrupt comes in the middle of the first, second, third or fourth."""
    network, y, _ = case
    network.set_params(augment=InterruptInEpoch(number))
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, y)
    network.set_params(augment=unchanged)
    n_whole = (number - 1) // 6
    assert [restart["n_epochs"] for restart in network.restarts_] == [6] * n_whole + [number - 1 - 6 * n_whole]
    assert network.restarts_[-1]["stop_reason"] == "interrupted"
    best = max(network.restarts_, key=lambda restart: restart["score"])
    winner = alone(network, best["seed"]).set_params(max_iter=best["n_epochs"]).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(winner))
    assert network.stop_reason_ == "interrupted"


def test_ctrl_c_in_the_first_epoch_changes_nothing(case):
    network, y, _ = case
    network.set_params(augment=InterruptInEpoch(1))
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, y)
    assert not [name for name in vars(network) if name.endswith("_")]


def test_ctrl_c_in_the_first_epoch_of_a_later_restart_keeps_the_earlier(case):
    network, y, _ = case
    network.set_params(augment=InterruptInEpoch(7))
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, y)
    network.set_params(augment=unchanged)
    assert network.stop_reason_ == "interrupted"
    assert [restart["stop_reason"] for restart in network.restarts_] == ["max_iter"]
    winner = alone(network, network.restarts_[0]["seed"]).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(winner))
    network.fit(X, y)
    assert len(network.restarts_) == 4


class InterruptMain(InterruptInEpoch):
    """An augmentation, called in other threads, at which the user presses Ctrl-C; the main thread gets that."""

    def __call__(self, X, random_state):
        self.n_calls += 1
        if self.n_calls == self.number:
            _thread.interrupt_main()
        return X


def test_ctrl_c_ends_training_in_other_threads(case, monkeypatch):
    """Of a million epochs a restart; those threads are told to end, and the best that they leave is kept."""
    monkeypatch.setattr(restarts, "_PATIENCE", 60)  # the machine may be busy
    network, y, _ = case
    network.set_params(n_jobs=2, max_iter=10**6, augment=InterruptMain(20))
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, y)
    network.set_params(augment=unchanged)
    assert network.stop_reason_ == "interrupted"
    assert {restart["stop_reason"] for restart in network.restarts_} == {"interrupted"}
    best = max(network.restarts_, key=lambda restart: restart["score"])
    winner = alone(network, best["seed"]).set_params(max_iter=best["n_epochs"]).fit(X, y)
    np.testing.assert_array_equal(vector_of(network), vector_of(winner))
    assert len(network.set_params(max_iter=2).fit(X, y).restarts_) == 4


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_verbose_says_what_became_of_each_restart_and_mixes_no_tables(n_jobs, capsys):
    network = BackpropClassifier(3, max_iter=3, n_init=2, n_jobs=n_jobs, verbose=1, random_state=0).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    told = sorted(line for line in lines if line.startswith("Restart"))
    assert told == [
        f"Restart {number} of 2: 3 epochs, max_iter, score {restart['score']:.4g}"
        for number, restart in enumerate(network.restarts_, start=1)
    ]
    assert sum(line.startswith("Iteration") for line in lines) == (6 if n_jobs == 1 else 0)
    assert lines[-1] == "Stopped after 3 epochs: max_iter"


def test_the_time_is_that_of_all_attempts_with_smaller_rates(monkeypatch):
    """Each attempt is told what is left of it, and nothing in the end: it has an epoch at least."""
    left = []
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(restarts, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    def diverging(state, training_set, plan):
        left.append(plan.thresholds.max_time)
        raise Divergence(f"at {state.history.progress.rate_factor}")

    monkeypatch.setattr(restarts, "train", diverging)
    with pytest.raises(Divergence, match=r"^at 1\.0$"):  # the rate that the user has set is the one that is told
        BackpropRegressor(4, on_divergence="halve", max_time=5, random_state=0).fit(X, T)
    assert left[:4] == [3, 1, 0, 0]
    assert len(left) == restarts._MAX_HALVINGS
