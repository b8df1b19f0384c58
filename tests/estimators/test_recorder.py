"""Snapshots of the weights during a training: at which epochs, and that they are what the network was then."""

import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from skbackprop import BackpropClassifier, BackpropClassifierCV

pytest.importorskip("sklearn.callback")
from skbackprop.callbacks import Recorder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(60, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)


def new(**parameters):
    quick = {"hidden_layer_sizes": 4, "batch_size": 16, "random_state": 0, "update_tol": 0, "max_iter": 25}
    return BackpropClassifier(**quick | parameters)


def fitted(network, recorder, **fit_arguments):
    return network.set_callbacks(recorder).fit(X, Y, **fit_arguments)


def assert_is_at(recorder, place, network):
    """The snapshot at a place holds the weights and biases of a network."""
    for mine, theirs in zip(recorder.coefs_[place], network.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(recorder.intercepts_[place], network.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("every", "epochs"),
    [
        ("log", [0, 1, 2, 5, 10, 20, 25]),
        (10, [0, 10, 20, 25]),
        (5, [0, 5, 10, 15, 20, 25]),
        ([3, 1, 40], [0, 1, 3, 25]),
    ],
)
def test_the_epochs_asked_for_and_both_ends_are_recorded(every, epochs):
    recorder = Recorder(every)
    fitted(new(), recorder)
    assert recorder.epochs_ == epochs
    assert len(recorder.coefs_) == len(recorder.intercepts_) == len(epochs)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_a_snapshot_is_the_network_of_a_training_that_ends_there(solver):
    recorder = Recorder()
    network = fitted(new(solver=solver, max_iter=12, hidden_layer_sizes=(4, 3)), recorder)
    assert recorder.epochs_ == [0, 1, 2, 5, 10, 12]
    assert_is_at(recorder, 0, clone(network).initialize(X, Y))
    for place, n_epochs in enumerate(recorder.epochs_[1:], start=1):
        assert_is_at(recorder, place, clone(network).set_params(max_iter=n_epochs).set_callbacks().fit(X, Y))


def test_snapshots_share_nothing_with_the_network():
    recorder = Recorder()
    network = fitted(new(), recorder)
    assert len(recorder.coefs_) > 1
    assert not any(np.shares_memory(mine, network.coefs_[0]) for mine, _ in recorder.coefs_)


@pytest.mark.parametrize("every", ["log", 3, [2, 5], np.array([2, 5])])
def test_a_record_can_be_saved_and_is_of_plain_numbers(every):
    recorder = Recorder(every)
    BackpropClassifier(3, max_iter=6, update_tol=0, random_state=0).set_callbacks(recorder).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(recorder))
    assert loaded.epochs_ == recorder.epochs_
    assert json.loads(json.dumps(loaded.epochs_)) == recorder.epochs_
    np.testing.assert_array_equal(loaded.coefs_[-1][0], recorder.coefs_[-1][0])


def test_partial_fit_goes_on_and_leaves_one_end():
    recorder, network = Recorder(), new()
    network.set_callbacks(recorder)
    for n_epochs in range(1, 13):
        network.partial_fit(X, Y, classes=[0, 1, 2])
        assert recorder.epochs_[-1] == n_epochs
        assert_is_at(recorder, -1, network)
    assert recorder.epochs_ == [0, 1, 2, 5, 10, 12]


def test_a_warm_start_goes_on_and_a_new_fit_begins_anew():
    recorder = Recorder()
    network = fitted(new(max_iter=7, warm_start=True), recorder)
    network.fit(X, Y)
    assert recorder.epochs_ == [0, 1, 2, 5, 10, 14]
    whole = Recorder()
    fitted(new(max_iter=14), whole)
    np.testing.assert_array_equal(recorder.coefs_[-1][0], whole.coefs_[-1][0])
    network.set_params(warm_start=False, random_state=1).fit(X, Y)
    assert recorder.epochs_ == [0, 1, 2, 5, 7]


def test_what_joins_later_begins_there():
    network, recorder = new(max_iter=3, warm_start=True).fit(X, Y), Recorder()
    fitted(network, recorder)
    assert recorder.epochs_ == [3, 5, 6]


def test_the_end_is_the_network_that_was_kept():
    recorder = Recorder()
    network = fitted(new(early_stopping=True, restore_best=True, n_iter_no_change=3, max_iter=60), recorder)
    assert recorder.epochs_[-1] == network.n_epochs_
    assert_is_at(recorder, -1, network)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_of_restarts_the_one_that_was_kept_is_recorded(n_jobs):
    recorder = Recorder()
    network = fitted(new(n_init=3, n_jobs=n_jobs, max_iter=6), recorder)
    assert recorder.epochs_ == [0, 1, 2, 5, 6]
    assert_is_at(recorder, -1, network)
    seed = max(network.restarts_, key=lambda restart: restart["score"])["seed"]
    assert_is_at(recorder, 0, new(random_state=seed).initialize(X, Y))


def test_after_ctrl_c_the_end_is_the_last_whole_epoch():
    class Interrupts:
        def setup(self, estimator, context):
            self.n_left = 12

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            self.n_left -= 1
            if self.n_left == 0:
                raise KeyboardInterrupt

    recorder, network = Recorder(5), new()
    with pytest.raises(KeyboardInterrupt):
        network.set_callbacks(recorder, Interrupts()).fit(X, Y)
    assert recorder.epochs_ == [0, 5, 10, network.n_epochs_]
    assert_is_at(recorder, -1, network)


def test_a_training_that_begins_anew_with_half_the_rate_is_recorded_alone():
    recorder = Recorder()
    network = new(loss="log_loss", activation="relu", learning_rate_init=1e6, on_divergence="halve", max_iter=10)
    fitted(network, recorder)
    assert network.learning_rate_ < 1e6
    assert recorder.epochs_ == [0, 1, 2, 5, 10]
    assert_is_at(recorder, -1, network)


def test_a_training_that_fails_leaves_its_record():
    recorder = Recorder()
    network = new(loss="log_loss", activation="relu", learning_rate_init=1e20, solver="sgd")
    with pytest.raises(ValueError, match="diverged"):
        fitted(network, recorder)
    assert recorder.epochs_[0] == 0


def test_the_last_training_of_a_search_is_recorded():
    recorder = Recorder()
    network = BackpropClassifierCV(4, max_iter=8, cv=2, random_state=0, update_tol=0)
    fitted(network, recorder)
    assert recorder.epochs_[0] == 0
    assert recorder.epochs_[-1] == network.n_epochs_
    assert_is_at(recorder, -1, network)


def test_the_training_is_the_same_and_few_epochs_are_told_of():
    recorder, plain = Recorder(), new(max_iter=100).fit(X, Y)
    told = []
    recorder.on_fit_task_begin = told_of(recorder.on_fit_task_begin, told)
    network = fitted(new(max_iter=100), recorder)
    np.testing.assert_array_equal(network.coefs_[0], plain.coefs_[0])
    assert network.loss_curve_ == plain.loss_curve_
    assert len(told) == 1 + len([1, 2, 5, 10, 20, 50, 100])


def told_of(hook, told):
    def on_fit_task_begin(estimator, context):
        told.append(context.task_name)
        hook(estimator, context)

    return on_fit_task_begin


def test_a_callback_that_says_nothing_of_its_wishes_is_told_of_all_epochs():
    class Counts:
        n_epochs = 0

        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context):
            self.n_epochs += context.task_name == "epoch"

    recorder, counts = Recorder(), Counts()
    new(max_iter=100).set_callbacks(recorder, counts).fit(X, Y)
    assert counts.n_epochs == 100
    assert recorder.epochs_ == [0, 1, 2, 5, 10, 20, 50, 100]


@pytest.mark.parametrize("every", ["log", 10, [3, 40]])
def test_a_record_is_saved_and_loaded_and_goes_on(every):
    recorder = Recorder(every)
    network = fitted(new(warm_start=True), recorder)
    saved = pickle.dumps((recorder, network))
    assert b"skbackprop._" not in saved  # where files may move
    loaded, loaded_network = pickle.loads(saved)
    fitted(network, recorder)
    fitted(loaded_network, loaded)
    assert loaded.epochs_ == recorder.epochs_
    assert loaded.epochs_[-1] == 50
    assert_is_at(loaded, -1, network)


@pytest.mark.parametrize("n_init", [1, 2])
def test_fits_in_threads_share_a_recorder(n_init):
    recorder, interval = Recorder(every=1), sys.getswitchinterval()

    def fit(seed):
        network = new(max_iter=30, n_init=n_init, random_state=seed).set_callbacks(recorder)
        return network.fit(X, X[:, 0] > 0)  # easy, so that nothing warns: threads lose each other's filters of warnings

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            networks = list(pool.map(fit, range(12)))
    finally:
        sys.setswitchinterval(interval)
    assert recorder.epochs_ == list(range(31))
    assert any(np.array_equal(recorder.coefs_[-1][0], network.coefs_[0]) for network in networks)
    assert vars(recorder)["_films"] == {}


def test_restarts_that_a_configuration_runs_side_by_side_keep_their_numbers():
    recorder = Recorder(every=1)
    with parallel_config("threading", n_jobs=3):
        network = new(n_init=6).set_callbacks(recorder)
        network.fit(X, X[:, 0] > 0)
    assert recorder.epochs_ == list(range(26))
    assert_is_at(recorder, -1, network)


@pytest.mark.parametrize("every", [0, -1, 1.5, "linear", True, [], [1.5], None])
def test_a_spacing_that_makes_no_sense_is_named(every):
    with pytest.raises(ValueError, match=r"^every=.* is not valid: it must be 'log', an int, 1 or more, or a list"):
        fitted(new(), Recorder(every))


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="Recorder records the networks of skbackprop, not LogisticRegression"):
        Recorder().setup(LogisticRegression(), None)
