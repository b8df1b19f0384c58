"""A training that is killed at any moment goes on from its last file, and ends bit for bit where it would have ended."""

import os
import pickle
import re
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from skbackprop import BackpropClassifier, BackpropRegressor

pytest.importorskip("sklearn.callback")
from skbackprop import callbacks
from skbackprop.callbacks import Checkpoint

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# The orders of up to 256 instances are drawn in blocks of 64, those of more one at a time.
SIZES = {"few": 40, "many": 300}
DATA = {name: make_classification(n, 6, n_informative=4, n_classes=3, random_state=0) for name, n in SIZES.items()}


class Crash(Exception):
    """Stands for a crash, as nothing is done about it."""


class Callback:
    """Does nothing; the protocol wants all four methods."""

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        return False


class CrashAfter(Callback):
    """Ends a training after some epochs, counted over all restarts."""

    def __init__(self, n_epochs, error=Crash):
        self.n_left = n_epochs
        self.error = error

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.n_left -= 1
            if self.n_left == 0:
                raise self.error


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.joblib"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def new(estimator_class=BackpropClassifier, **parameters):
    quick = {"hidden_layer_sizes": 4, "batch_size": 16, "random_state": 0, "update_tol": 0, "max_iter": 75}
    return estimator_class(**quick | parameters)


def resume_until_done(estimator, X, y, path, crashes, every=3, **fit_arguments):
    """Train, with a new estimator and a new callback after each crash, as another process would have them."""
    for n_epochs in crashes:
        crashing = clone(estimator).set_callbacks(CrashAfter(n_epochs))
        with pytest.raises(Crash):
            Checkpoint(path, every=every).resume(crashing, X, y, **fit_arguments)
    return Checkpoint(path, every=every).resume(clone(estimator), X, y, **fit_arguments)


def noisy(X, random_state):
    return X + 0.1 * random_state.normal(size=X.shape)


CASES = {
    "plain": {},
    "case": {"batch_size": 1},
    "epoch": {"batch_size": "epoch"},
    "unshuffled": {"shuffle": False},
    "momentum": {"momentum": 0.9, "nesterovs_momentum": True},
    "adam": {"solver": "adam"},
    "rprop": {"solver": "rprop"},
    "schedule": {"learning_rate": "invscaling"},
    "adaptive": {"learning_rate": "adaptive", "tol": 0.01, "n_iter_no_change": 2},
    "augmented": {"augment": noisy},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 12},
    "early stopping with adam": {"early_stopping": True, "n_iter_no_change": 12, "solver": "adam"},
    "last weights": {"early_stopping": True, "n_iter_no_change": 12, "restore_best": False},
}


@pytest.mark.parametrize("name", list(CASES))
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_a_resumed_training_ends_as_an_uninterrupted_one(name, size, estimator_class, path):
    """Equal in every attribute: the weights, the curves, and what decides on the next epoch."""
    X, y = DATA[size]
    estimator = new(estimator_class, **CASES[name])
    whole = clone(estimator).fit(X, y)
    assert whole.n_epochs_ > 9
    resumed = resume_until_done(estimator, X, y, path, crashes=[1, 4, 5])
    assert joblib.hash(resumed.set_callbacks()) == joblib.hash(whole)


def test_another_package_s_estimator_is_refused(path):
    with pytest.raises(TypeError, match="estimator is a LogisticRegression, but must be a BackpropClassifier or"):
        Checkpoint(path).resume(LogisticRegression(), *DATA["few"])


def test_the_best_weights_from_before_a_crash_are_the_ones_that_stay(path):
    """The best epoch is long over when the training is resumed, and no later one is as good."""
    X, y = DATA["few"]
    estimator = new(early_stopping=True, n_iter_no_change=20, learning_rate_init=3.0)
    whole = clone(estimator).fit(X, y)
    best = int(np.argmax(whole.validation_scores_)) + 1
    assert best + 6 < whole.n_epochs_
    resumed = resume_until_done(estimator, X, y, path, crashes=[best + 5], every=1)
    assert joblib.hash(resumed) == joblib.hash(whole)
    assert "best_parameters" not in resumed._memory_


def test_weights_and_validation_data_are_for_each_part(path):
    X, y = DATA["many"]
    given = {"sample_weight": np.arange(200) % 3, "X_val": X[200:], "y_val": y[200:]}
    whole = new(max_iter=12).fit(X[:200], y[:200], **given)
    resumed = resume_until_done(new(max_iter=12), X[:200], y[:200], path, crashes=[5], every=2, **given)
    assert joblib.hash(resumed) == joblib.hash(whole)


def test_starting_values_are_for_the_first_part_only(path):
    X, y = DATA["few"]
    start = {"coefs_init": [np.full((6, 4), 0.1), np.full((4, 3), 0.2)]}
    whole = new(max_iter=9).fit(X, y, **start)
    assert joblib.hash(resume_until_done(new(max_iter=9), X, y, path, crashes=[4], **start)) == joblib.hash(whole)


def test_saving_does_not_disturb_the_training(path):
    """Nor does it matter to what comes after: the random state is where it would be."""
    X, y = DATA["few"]
    plain, saved = new().fit(X, y), new().set_callbacks(Checkpoint(path)).fit(X, y)
    assert joblib.hash(saved) == joblib.hash(plain)
    assert joblib.hash(saved.partial_fit(X, y)) == joblib.hash(plain.partial_fit(X, y))


@pytest.mark.parametrize("name", ["plain", "adam", "augmented", "last weights"])
@pytest.mark.parametrize("epoch", [1, 63, 64, 65])
def test_the_network_that_callbacks_get_goes_on_as_the_training_does(name, epoch):
    """``fitted_estimator`` is complete, around the borders of the blocks in which orders are drawn too."""
    X, y = DATA["few"]
    seen = {}

    class Keep(Callback):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            if context.task_name == "epoch":
                seen[fitted_estimator.n_epochs_] = fitted_estimator

    estimator = new(**CASES[name] | {"n_iter_no_change": 100}, max_iter=70)
    whole = clone(estimator).fit(X, y)
    clone(estimator).set_callbacks(Keep()).fit(X, y)
    parts = seen[epoch].set_callbacks().set_params(warm_start=True, max_iter=70 - epoch).fit(X, y)
    assert parts.loss_curve_ == whole.loss_curve_
    for mine, theirs in zip(parts.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert seen[epoch + 1].loss_curve_ == whole.loss_curve_[: epoch + 1], "what was handed out does not change"


def test_going_on_by_hand_is_the_same(path):
    X, y = DATA["few"]
    whole = new(max_iter=20).fit(X, y)
    with pytest.raises(Crash):
        new(max_iter=20).set_callbacks(Checkpoint(path, every=4), CrashAfter(13)).fit(X, y)
    network = Checkpoint.latest(path)
    assert (network.n_epochs_, network.stop_reason_) == (12, None)
    network.set_params(warm_start=True, max_iter=20 - network.n_epochs_).fit(X, y)
    assert network.loss_curve_ == whole.loss_curve_
    assert network.predict_proba(X).tobytes() == whole.predict_proba(X).tobytes()


def test_a_warm_start_is_saved_as_well(path):
    X, y = DATA["few"]
    network = new(max_iter=5, warm_start=True).fit(X, y)
    network.set_callbacks(Checkpoint(path, keep=9)).fit(X, y)
    assert names(path) == [f"network-epoch{number:06d}.joblib" for number in range(6, 11)]
    assert joblib.hash(Checkpoint.latest(path)) == joblib.hash(network.set_callbacks())


def test_each_call_of_partial_fit_is_an_epoch(path):
    X, y = DATA["few"]
    stream, plain = new().set_callbacks(Checkpoint(path, every=2, keep=9)), new()
    for number in range(7):
        stream.partial_fit(X, y, classes=[0, 1, 2] if number == 0 else None)
        plain.partial_fit(X, y, classes=[0, 1, 2] if number == 0 else None)
    assert names(path) == [f"network-epoch{number:06d}.joblib" for number in (2, 4, 6)]
    again = Checkpoint.latest(path).partial_fit(X, y)
    assert joblib.hash(again) == joblib.hash(plain)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_restarts_have_files_of_their_own(path, n_jobs):
    X, y = DATA["few"]
    network = new(n_init=3, max_iter=4, n_jobs=n_jobs).set_callbacks(Checkpoint(path, keep=1)).fit(X, y)
    files = [f"network-restart{number}-epoch000004.joblib" for number in range(3)]
    assert names(path) == ["network-epoch000004.joblib", *files]
    assert joblib.hash(Checkpoint.latest(path)) == joblib.hash(network.set_callbacks())
    losses = [Checkpoint.latest(path, restart=number).loss_ for number in range(3)]
    assert min(losses) == network.loss_
    assert len(set(losses)) == 3


def test_restarts_that_have_not_all_ended_begin_anew(path):
    X, y = DATA["few"]
    whole = new(n_init=3, max_iter=6).fit(X, y)
    resumed = resume_until_done(new(n_init=3, max_iter=6), X, y, path, crashes=[9], every=1)
    assert joblib.hash(resumed) == joblib.hash(whole)


@pytest.mark.parametrize("n_epochs", [3, 6, 9])
def test_restarts_that_ctrl_c_ended_begin_anew(path, n_epochs):
    """The interrupted call keeps the best so far; the whole training has the others too."""
    X, y = DATA["few"]
    whole = new(n_init=3, max_iter=6).fit(X, y)
    interrupted = new(n_init=3, max_iter=6).set_callbacks(CrashAfter(n_epochs, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Checkpoint(path).resume(interrupted, X, y)
    assert interrupted.stop_reason_ == Checkpoint.latest(path).stop_reason_ == "interrupted"
    resumed = Checkpoint(path).resume(new(n_init=3, max_iter=6), X, y)
    assert joblib.hash(resumed.set_callbacks()) == joblib.hash(whole)


def test_ctrl_c_in_a_callback_of_partial_fit_keeps_its_epoch_and_is_raised_again():
    X, y = DATA["few"]
    network = new().set_callbacks(CrashAfter(2, KeyboardInterrupt)).partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(KeyboardInterrupt):
        network.partial_fit(X, y)
    two = new().partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y)
    assert joblib.hash(network.set_callbacks()) == joblib.hash(two)


def test_lbfgs_goes_on_from_its_weights(path):
    """Not exactly: what the minimiser remembers of the curvature is lost."""
    X, y = DATA["many"]
    estimator = new(solver="lbfgs", max_iter=20)
    with pytest.raises(Crash):
        Checkpoint(path).resume(clone(estimator).set_callbacks(CrashAfter(8)), X, y)
    before = Checkpoint.latest(path)
    resumed = Checkpoint(path).resume(clone(estimator), X, y)
    assert resumed.n_epochs_ == 20
    assert resumed.loss_curve_[:7] == before.loss_curve_[:7]
    assert resumed.loss_ < before.loss_


# ---- which files ----------------------------------------------------------------------------------------------------


def test_files_are_written_every_k_epochs_and_at_the_end_and_the_newest_are_kept(path):
    X, y = DATA["few"]
    new(max_iter=11).set_callbacks(Checkpoint(path, every=4, keep=2)).fit(X, y)
    assert names(path) == ["network-epoch000008.joblib", "network-epoch000011.joblib"]


class Clock(Callback):
    """Stands for time; each epoch takes ten seconds."""

    now = 0

    def monotonic(self):
        return self.now

    def on_fit_task_end(self, estimator, context):
        self.now += 10 * (context.task_name == "epoch")


@pytest.mark.parametrize(("every", "expected"), [(1, [3, 6, 9, 11]), (2, [3, 6, 9, 11]), (4, [4, 8, 11])])
def test_files_are_written_when_the_seconds_have_passed(path, monkeypatch, every, expected):
    X, y = DATA["few"]
    clock = Clock()
    monkeypatch.setattr(callbacks, "time", clock)
    new(max_iter=11).set_callbacks(clock, Checkpoint(path, every=every, seconds=25, keep=9)).fit(X, y)
    assert names(path) == [f"network-epoch{number:06d}.joblib" for number in expected]


def test_no_seconds_no_files_until_the_end(path):
    X, y = DATA["few"]
    new(max_iter=5).set_callbacks(Checkpoint(path, seconds=1e6)).fit(X, y)
    assert names(path) == ["network-epoch000005.joblib"]


def test_a_path_needs_no_suffix(tmp_path):
    X, y = DATA["few"]
    network = Checkpoint(str(tmp_path / "network")).resume(new(max_iter=2), X, y)
    assert names(tmp_path / "network") == ["network-epoch000001", "network-epoch000002"]
    assert joblib.hash(Checkpoint.latest(str(tmp_path / "network"))) == joblib.hash(network.set_callbacks())


def test_other_files_are_left_alone(path):
    X, y = DATA["few"]
    others = [
        "network.joblib",
        "network-epoch1.joblib.bak",
        "my-network-epoch000001.joblib",
        "network-2-epoch000001.joblib",
    ]
    for name in others:
        (path.parent / name).write_text("mine")
    new(max_iter=9).set_callbacks(Checkpoint(path, keep=1)).fit(X, y)
    assert names(path) == sorted([*others, "network-epoch000009.joblib"])


def test_the_newest_file_is_the_one_written_last_and_not_the_one_of_the_most_epochs(path):
    """A longer training may have left its files."""
    X, y = DATA["few"]
    new(max_iter=30).set_callbacks(Checkpoint(path)).fit(X, y)
    for file in path.parent.iterdir():
        os.utime(file, (1e9, 1e9))
    new(max_iter=3).set_callbacks(Checkpoint(path, keep=3)).fit(X, y)
    assert names(path) == [f"network-epoch{number:06d}.joblib" for number in (1, 2, 3)]
    assert Checkpoint.latest(path).n_epochs_ == 3


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"\0" + data[1:]]
)
def test_a_damaged_file_is_passed_over(path, damage):
    X, y = DATA["few"]
    new(max_iter=5).set_callbacks(Checkpoint(path)).fit(X, y)
    newest = path.with_name("network-epoch000005.joblib")
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(UserWarning, match="network-epoch000005.joblib' is damaged, and passed over"):
        assert Checkpoint.latest(path).n_epochs_ == 4


def test_where_nothing_was_saved_there_is_nothing_to_load(path):
    assert Checkpoint.latest(path) is None
    path.with_name("network-epoch000005.joblib.tmp").write_text("begun")
    assert Checkpoint.latest(path) is None


def test_a_function_that_is_not_there_is_no_damage(path, monkeypatch):
    X, y = DATA["few"]
    new(max_iter=2, augment=noisy).set_callbacks(Checkpoint(path)).fit(X, y)
    monkeypatch.delitem(globals(), "noisy")
    with pytest.raises(AttributeError, match="noisy"):
        Checkpoint.latest(path)


def test_unfinished_files_of_a_crash_are_removed(path):
    X, y = DATA["few"]
    path.with_name("network-epoch000001.joblib.tmp").write_text("begun")
    new(max_iter=3).set_callbacks(Checkpoint(path)).fit(X, y)
    assert names(path) == ["network-epoch000002.joblib", "network-epoch000003.joblib"]


@pytest.mark.parametrize("place", ["os.fsync", "os.replace", "joblib.dump"])
def test_a_file_that_cannot_be_written_is_warned_of_and_the_training_goes_on(path, monkeypatch, place):
    X, y = DATA["few"]
    whole = new(max_iter=6).fit(X, y)
    with pytest.raises(Crash):
        Checkpoint(path).resume(new(max_iter=6).set_callbacks(CrashAfter(3)), X, y)
    before = names(path)
    network, checkpoint = new(max_iter=6), Checkpoint(path)

    def fail(*arguments):
        if place != "joblib.dump" or (len(arguments) > 1 and not hasattr(arguments[1], "getvalue")):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"skbackprop.callbacks.{place}", fail)
    with pytest.warns(UserWarning, match="could not save .* and the training goes on: .* No space left on device"):
        checkpoint.resume(network, X, y)
    assert joblib.hash(network.set_callbacks()) == joblib.hash(whole)
    assert names(path) == before


def test_the_file_is_on_the_disk_before_it_has_its_name(path, monkeypatch):
    X, y = DATA["few"]
    done = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def note(*arguments, name=name, real=real):
            done.append(name)
            return real(*arguments)

        monkeypatch.setattr(callbacks.os, name, note)
    new(max_iter=1).set_callbacks(Checkpoint(path)).fit(X, y)
    assert done == ["fsync", "replace", "fsync"]


# ---- what is refused, and what is not repeated -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        {"every": 0},
        {"every": 1.5},
        {"every": True},
        {"keep": 0},
        {"seconds": -1},
        {"seconds": "1"},
        {"seconds": np.nan},
    ],
    ids=str,
)
def test_numbers_that_make_no_sense_are_refused_by_name(path, parameters):
    ((name, value),) = parameters.items()
    network = new()
    with pytest.raises(ValueError, match=f"^{name}={value!r} is not valid"):
        network.set_callbacks(Checkpoint(path, **parameters)).fit(*DATA["few"])
    assert not hasattr(network, "coefs_")


@pytest.mark.parametrize("path", [None, 3, b"network.joblib"])
def test_what_is_no_path_is_refused_by_name(path):
    network = new().set_callbacks(Checkpoint(path))
    with pytest.raises(TypeError, match=r"^path=.* is not valid: it must be a str or path-like"):
        network.fit(*DATA["few"])
    assert not hasattr(network, "coefs_")
    with pytest.raises(TypeError, match=r"^path=.* is not valid: it must be a str or path-like"):
        Checkpoint.latest(path)


@pytest.mark.parametrize("name", ["", ".", "..", "there"])
def test_what_names_no_file_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    with pytest.raises(ValueError, match=r"^path='.*' is not valid: it must name a file"):
        new().set_callbacks(Checkpoint(name)).fit(*DATA["few"])


@pytest.mark.parametrize("name", ["net\0work.joblib", "\0", Path("net\0work")], ids=repr)
def test_a_character_that_no_files_name_can_have_is_found_before_the_training(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = new().set_callbacks(Checkpoint(name))
    for call in (lambda: network.fit(*DATA["few"]), lambda: Checkpoint.latest(name)):
        with pytest.raises(
            ValueError, match=r"^path='.*' is not valid: it has a character that no file's name can have"
        ):
            call()
    assert not hasattr(network, "coefs_")


def test_a_folder_that_is_not_there_is_found_before_the_training(tmp_path):
    network = new().set_callbacks(Checkpoint(tmp_path / "no" / "network.joblib"))
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        network.fit(*DATA["few"])
    assert not hasattr(network, "coefs_")


def test_what_cannot_be_pickled_is_found_before_the_training(path):
    network = new(augment=lambda X, random_state: X).set_callbacks(Checkpoint(path, every=50))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        network.fit(*DATA["few"])
    assert not hasattr(network, "coefs_")


def test_other_estimators_are_refused(path):
    estimator = LogisticRegression()
    if not hasattr(estimator, "set_callbacks"):
        with pytest.raises(TypeError, match="not LogisticRegression"):
            Checkpoint(path).setup(estimator, None)
    else:
        with pytest.raises(TypeError, match="not LogisticRegression"):
            estimator.set_callbacks(Checkpoint(path)).fit(*DATA["few"])


def test_a_training_that_has_ended_is_not_repeated(path):
    X, y = DATA["few"]
    whole = Checkpoint(path).resume(new(error_tol=0.5), X, y)
    assert whole.stop_reason_ == "error_tol"
    again = Checkpoint(path).resume(new(error_tol=0.5).set_callbacks(CrashAfter(1)), X, y)
    assert joblib.hash(again) == joblib.hash(whole)


def test_more_epochs_may_be_asked_for_later(path):
    X, y = DATA["few"]
    Checkpoint(path).resume(new(max_iter=5), X, y)
    assert joblib.hash(Checkpoint(path).resume(new(max_iter=9), X, y)) == joblib.hash(new(max_iter=9).fit(X, y))


def test_a_training_with_other_parameters_is_not_gone_on_with(path):
    X, y = DATA["few"]
    Checkpoint(path).resume(new(max_iter=2), X, y)
    with pytest.raises(ValueError, match=r"^momentum=0.5, but the training saved in .* has 0.0"):
        Checkpoint(path).resume(new(max_iter=2, momentum=0.5), X, y)
    with pytest.raises(ValueError, match="holds a BackpropClassifier, not a BackpropRegressor"):
        Checkpoint(path).resume(new(BackpropRegressor, max_iter=2), X, y)


@pytest.mark.parametrize("is_fitted", [False, True])
def test_where_resuming_fails_the_network_stays_as_it_was(path, is_fitted):
    X, y = DATA["few"]
    Checkpoint(path).resume(new(max_iter=2), X, y)
    network = new(max_iter=4)
    if is_fitted:
        network.fit(X[:, :2], y)
    before = joblib.hash(network)
    with pytest.raises(ValueError, match="features"):
        Checkpoint(path).resume(network, X[:, :1], y)
    assert joblib.hash(network.set_callbacks()) == before


def test_files_that_another_process_removes_meanwhile_are_passed_over_in_silence(path, monkeypatch):
    X, y = DATA["few"]
    new(max_iter=5).set_callbacks(Checkpoint(path, keep=5)).fit(X, y)
    gone = [f"network-epoch00000{number}.joblib" for number in (4, 5)]
    stat, load = type(path).stat, joblib.load

    def stat_of_what_is_there(file, **options):
        if file.name == gone[0]:
            raise FileNotFoundError(file)
        return stat(file, **options)

    def load_what_is_there(file):
        if file.name == gone[1]:
            raise FileNotFoundError(file)
        return load(file)

    monkeypatch.setattr(type(path), "stat", stat_of_what_is_there)
    monkeypatch.setattr(joblib, "load", load_what_is_there)
    assert Checkpoint.latest(path).n_epochs_ == 3


def test_resuming_leaves_the_parameters_and_other_callbacks_alone(path):
    X, y = DATA["few"]
    network, other = new(max_iter=8), CrashAfter(5)
    parameters = network.get_params()
    with pytest.raises(Crash):
        Checkpoint(path).resume(network.set_callbacks(other), X, y)
    assert network.get_params() == parameters
    with pytest.raises(Crash):
        Checkpoint(path).resume(clone(network).set_callbacks(CrashAfter(1)), X, y)
    resumed = new(max_iter=8)
    assert Checkpoint(path).resume(resumed, X, y) is resumed
    assert resumed.get_params() == parameters


def test_ctrl_c_saves_the_whole_epochs_and_the_training_goes_on_from_there(path):
    X, y = DATA["few"]
    whole = new(max_iter=20).fit(X, y)
    with pytest.raises(KeyboardInterrupt):
        Checkpoint(path, every=50).resume(new(max_iter=20).set_callbacks(CrashAfter(7, KeyboardInterrupt)), X, y)
    assert (Checkpoint.latest(path).n_epochs_, Checkpoint.latest(path).stop_reason_) == (7, "interrupted")
    assert joblib.hash(Checkpoint(path).resume(new(max_iter=20), X, y)) == joblib.hash(whole)


def test_ctrl_c_with_the_best_weights_put_in_place_goes_on_from_the_last_file_that_was_due(path):
    X, y = DATA["few"]
    estimator = new(early_stopping=True, n_iter_no_change=12)
    whole = clone(estimator).fit(X, y)
    with pytest.raises(KeyboardInterrupt):
        Checkpoint(path, every=3).resume(clone(estimator).set_callbacks(CrashAfter(8, KeyboardInterrupt)), X, y)
    assert Checkpoint.latest(path).n_epochs_ == 6
    assert joblib.hash(Checkpoint(path, every=3).resume(clone(estimator), X, y)) == joblib.hash(whole)


def test_files_hold_no_callbacks_and_no_data(path):
    """Callbacks may hold sockets; a file of a training that goes on is no larger than one of a network that is trained."""
    X, y = DATA["many"]
    new(max_iter=20).set_callbacks(CrashAfter(100), Checkpoint(path, keep=5)).fit(X, y)
    sizes = [file.stat().st_size for file in sorted(path.parent.iterdir())]
    assert max(sizes) < sizes[-1] + 200
    assert b"CrashAfter" not in path.with_name("network-epoch000019.joblib").read_bytes()


@pytest.mark.slow
def test_kills_at_random_moments_do_not_show(run_python):
    """The short form of .ci/kill."""
    script = Path(__file__).parents[2] / ".ci" / "kill"
    if not (script.exists() and hasattr(os, "fork")):
        pytest.skip("the script is in the source, beside this folder, and wants to fork")
    done = run_python(script, 3, 0)
    n_kills, n_trainings, n_identical = re.search(
        r"^(\d+) kills .* (\d+) trainings, (\d+) identical endings$", done.stdout, re.MULTILINE
    ).groups()
    assert int(n_kills) == 3
    assert n_identical == n_trainings
