"""Training goes on exactly: in one call, in several, and in another process, bit for bit."""

import copy
import itertools
import os
import pickle

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification

from skbackprop import BackpropClassifier, BackpropRegressor

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# The orders of up to 256 instances are drawn in blocks of 64, those of more one at a time.
SIZES = {"few": 40, "many": 300}
DATA = {name: make_classification(n, 6, n_informative=4, n_classes=3, random_state=0) for name, n in SIZES.items()}

SOLVERS = {
    "sgd": {"solver": "sgd"},
    "momentum": {"solver": "sgd", "momentum": 0.8},
    "nesterov": {"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": True},
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
    "rprop": {"solver": "rprop"},
}


def new(estimator_class=BackpropClassifier, **parameters):
    quick = {"hidden_layer_sizes": 4, "batch_size": 16, "random_state": 0, "update_tol": 0, "alpha": 0.01}
    return estimator_class(**quick | parameters)


def first_classes(estimator):
    """What the first partial_fit of a classifier of three classes needs."""
    needs_them = isinstance(estimator, BackpropClassifier) and not hasattr(estimator, "classes_")
    return {"classes": [0, 1, 2]} if needs_them else {}


def assert_same_state(one, other):
    """The same weights, curves and, unseen, whatever decides on the next epoch."""
    for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert mine.tobytes() == theirs.tobytes()
    for curve in ("loss_curve_", "error_curve_", "update_curve_", "validation_scores_", "validation_loss_curve_"):
        assert getattr(one, curve) == getattr(other, curve)
    assert (one.t_, one.n_epochs_) == (other.t_, other.n_epochs_)


def assert_goes_on_exactly(estimator, X, y, n_first=2, n_then=3):
    """fit(a + b), fit(a) with a warm start of b, and a + b partial_fits, through pickle in between, are the same.

    What they do next is the same too: that shows the unseen part of the state.
    """
    whole = clone(estimator).set_params(max_iter=n_first + n_then).fit(X, y)
    parts = clone(estimator).set_params(max_iter=n_first, warm_start=True).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts)).set_params(max_iter=n_then).fit(X, y)
    assert parts.n_iter_ == n_then
    assert_same_state(whole, parts)

    stream = clone(estimator)
    for _ in range(n_first + n_then):
        stream.partial_fit(X, y, **first_classes(stream))
        stream = pickle.loads(pickle.dumps(stream))
    assert_same_state(whole, stream)

    for network in (whole, parts, stream):
        network.partial_fit(X, y)
    assert_same_state(whole, parts)
    assert_same_state(whole, stream)
    assert len(set(whole.loss_curve_)) == n_first + n_then + 1, "a training that stands still would agree with anything"


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", list(SOLVERS))
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_calls_continue_each_other_bit_for_bit(solver, shuffle, make, size, estimator_class):
    X, y = DATA[size]
    assert_goes_on_exactly(new(estimator_class, shuffle=shuffle, **SOLVERS[solver]), make(X), y)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize(("n_first", "n_then"), [(1, 1), (63, 4), (64, 1), (64, 70)])
def test_blocks_of_orders_do_not_show(size, n_first, n_then):
    X, y = DATA[size]
    estimator = new(hidden_layer_sizes=(), batch_size=100 if size == "many" else 20)
    assert_goes_on_exactly(estimator, X[:, :2], y, n_first, n_then)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("schedule", ["invscaling", "inverse_epoch"])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_schedules_go_on(schedule, momentum):
    """Their clocks are the instances presented, or the epochs, since the weights were drawn."""
    estimator = new(learning_rate=schedule, momentum=momentum, power_t=0.3)
    assert_goes_on_exactly(estimator, *DATA["few"])


ADAPTIVE = {"learning_rate": "adaptive", "learning_rate_init": 1.0, "tol": 0.01, "n_iter_no_change": 2}


def test_an_adaptive_rate_goes_on_with_warm_start():
    """What is kept is the rate that is left, the best loss, and the epochs without improvement."""
    X, y = DATA["few"]
    whole = new(**ADAPTIVE, max_iter=25).fit(X, y)
    assert whole.stop_reason_ == "max_iter"
    assert whole.update_curve_[-1] < 0.01 * max(whole.update_curve_), "the rate must have been cut for this to say much"
    for n_first in (5, 11, 20):
        parts = new(**ADAPTIVE, max_iter=n_first, warm_start=True).fit(X, y)
        parts = pickle.loads(pickle.dumps(parts)).set_params(max_iter=25 - n_first)
        assert_same_state(parts.fit(X, y), whole)


def test_an_adaptive_rate_goes_on_with_partial_fit():
    """As in scikit-learn, whose partial_fit cuts the rate as well."""
    X, y = DATA["few"]
    whole = new(**ADAPTIVE, max_iter=25).fit(X, y)
    stream = new(**ADAPTIVE)
    for _ in range(25):
        stream.partial_fit(X, y, **first_classes(stream))
    assert_same_state(stream, whole)


def test_patience_goes_on_with_warm_start():
    """Epochs without improvement are counted over the end of a call."""
    X, y = DATA["few"]
    parameters = {"tol": 0.05, "n_iter_no_change": 6, "learning_rate_init": 0.5}
    whole = new(**parameters, max_iter=300).fit(X, y)
    assert whole.stop_reason_ == "tol"
    parts = new(**parameters, max_iter=whole.n_iter_ - 3, warm_start=True).fit(X, y)
    assert parts.stop_reason_ == "max_iter"
    parts.set_params(max_iter=300).fit(X, y)
    assert (parts.n_iter_, parts.stop_reason_) == (3, "tol")
    assert_same_state(parts, whole)


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_validated_training_goes_on_where_the_last_weights_stay(solver):
    X, y = DATA["many"]
    estimator = new(early_stopping=True, restore_best=False, n_iter_no_change=50, **SOLVERS[solver])
    whole = clone(estimator).set_params(max_iter=9).fit(X, y)
    parts = clone(estimator).set_params(max_iter=4, warm_start=True).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts)).set_params(max_iter=5).fit(X, y)
    assert len(parts.validation_scores_) == len(parts.validation_loss_curve_) == 9
    assert parts.best_validation_score_ == whole.best_validation_score_
    assert_same_state(parts, whole)


def test_the_watch_on_the_validation_score_is_not_taken_for_one_on_the_loss():
    """A score of 0.8 is no loss that ever has to be fallen below."""
    X, y = DATA["few"]
    network = new(early_stopping=True, max_iter=20, n_iter_no_change=100).fit(X, y)
    best = network.best_validation_score_
    network.set_params(early_stopping=False, tol=1e-6, n_iter_no_change=5, warm_start=True, max_iter=30)
    losses = network.fit(X, y).loss_curve_[-network.n_iter_ :]
    assert network.n_iter_ > 6, "the loss was falling all the time"
    assert losses[5] < losses[0]
    assert network.best_validation_score_ == best


def noisy(X, random_state):
    return X + 0.1 * random_state.normal(size=X.shape)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", list(SOLVERS))
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("size", list(SIZES))
def test_augmented_training_goes_on(solver, shuffle, size):
    assert_goes_on_exactly(new(augment=noisy, shuffle=shuffle, **SOLVERS[solver]), *DATA[size])


@pytest.mark.parametrize(
    "y",
    [
        np.column_stack([DATA["few"][1] == 0, DATA["few"][1] > 0]).astype(int),
        np.column_stack([DATA["few"][1], DATA["few"][1] % 2]).astype(str),
    ],
    ids=["multilabel", "multioutput"],
)
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_labels_of_any_kind_go_on(y, loss):
    X = DATA["few"][0]
    estimator = new(loss=loss)
    whole = clone(estimator).set_params(max_iter=4).fit(X, y)
    stream, first = clone(estimator), {"classes": copy.deepcopy(whole.classes_)}
    for _ in range(4):
        stream.partial_fit(X, y, **first)
        first = {}
    assert_same_state(stream, whole)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weighted_training_goes_on_in_either_precision(loss, dtype):
    X, y = DATA["few"]
    weights = np.random.RandomState(0).randint(0, 3, len(y)).astype(float)
    whole = new(loss=loss, max_iter=4).fit(X.astype(dtype), y, weights)
    stream = new(loss=loss)
    for _ in range(4):
        stream.partial_fit(X.astype(dtype), y, weights, **first_classes(stream))
    assert_same_state(stream, whole)


CASES = [
    (*case, *data)
    for case, data in zip(
        itertools.product([BackpropClassifier, BackpropRegressor], SOLVERS, [True, False]),
        itertools.cycle([("few", np.asarray), ("many", csr_array), ("few", csr_array)]),
        strict=False,
    )
]

PROGRAM = """
import joblib
networks = joblib.load("half.joblib")
for network, method, X, y in networks:
    getattr(network, method)(X, y)
joblib.dump([network for network, *_ in networks], "whole.joblib")
"""


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_another_process_goes_on_bit_for_bit(tmp_path, run_python):
    """Case E15 and E16: dumped by joblib, with another seed of Python's hashes; all solvers in one process, for speed."""
    halves, wholes = [], []
    for estimator_class, solver, shuffle, size, make in CASES:
        X, y = DATA[size]
        X = make(X)
        estimator = new(estimator_class, shuffle=shuffle, **SOLVERS[solver])
        whole = clone(estimator).set_params(max_iter=5).fit(X, y)
        fitted = clone(estimator).set_params(max_iter=3, warm_start=True).fit(X, y).set_params(max_iter=2)
        stream = clone(estimator)
        for _ in range(4):
            stream.partial_fit(X, y, **first_classes(stream))
        halves += [(fitted, "fit", X, y), (stream, "partial_fit", X, y)]
        wholes += [whole, whole]
    joblib.dump(halves, tmp_path / "half.joblib")
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    ignoring = "ignore:Backprop"  # two epochs more teach little
    run_python("-W", "error", "-W", ignoring, "-c", PROGRAM, cwd=tmp_path, env=environment)
    ended = joblib.load(tmp_path / "whole.joblib")
    assert len(ended) == 2 * len(CASES)
    for network, whole in zip(ended, wholes, strict=True):
        assert_same_state(network, whole)


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_a_memory_mapped_network_of_any_solver_goes_on(solver, tmp_path):
    """Case G9."""
    X, y = DATA["few"]
    network = new(max_iter=3, **SOLVERS[solver]).fit(X, y)
    joblib.dump(network, tmp_path / "network.joblib")
    mapped = joblib.load(tmp_path / "network.joblib", mmap_mode="r")
    assert_same_state(mapped.partial_fit(X, y), network.partial_fit(X, y))


def test_what_the_last_solver_remembered_is_forgotten_with_another_solver():
    """Adam's moments say nothing to resilient back-propagation: it begins as it does from any weights."""
    X, y = DATA["few"]
    network = new(solver="adam", max_iter=3).fit(X, y)
    begun = new(solver="rprop").partial_fit(
        X, y, classes=[0, 1, 2], coefs_init=network.coefs_, intercepts_init=network.intercepts_
    )
    network.set_params(solver="rprop", learning_rate_init="auto").partial_fit(X, y)
    for mine, theirs in zip(network.coefs_, begun.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_fit_without_warm_start_forgets(solver):
    """Case E20."""
    X, y = DATA["few"]
    fresh = new(max_iter=3, **SOLVERS[solver]).fit(X, y)
    again = new(max_iter=3, **SOLVERS[solver])
    again.partial_fit(X, y, classes=[0, 1, 2]).fit(X[:20], y[:20])
    assert_same_state(again.fit(X, y), fresh)


def test_warm_start_of_a_new_network_is_an_ordinary_fit():
    X, y = DATA["few"]
    assert_same_state(new(max_iter=3, warm_start=True).fit(X, y), new(max_iter=3).fit(X, y))


@pytest.mark.parametrize(
    "change",
    [{"hidden_layer_sizes": 5}, {"hidden_layer_sizes": (4, 4)}, {"activation": "tanh"}, {"loss": "log_loss"}],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_cannot_change_is_refused_by_name(change, method):
    """Case A25."""
    X, y = DATA["few"]
    network = new(max_iter=2, warm_start=True).fit(X, y)
    twin = copy.deepcopy(network)
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=f"^{name}=.* differs from that of the fitted network") as caught:
        getattr(network.set_params(**change), method)(X, y)
    assert repr(value) in str(caught.value)
    network.set_params(**{name: getattr(twin, name)})
    assert_same_state(network.partial_fit(X, y), twin.partial_fit(X, y))


@pytest.mark.parametrize("name", ["coefs_init", "intercepts_init"])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_starting_values_are_for_new_networks(name, method):
    X, y = DATA["few"]
    network = new(max_iter=2, warm_start=True).fit(X, y)
    values = {"coefs_init": network.coefs_, "intercepts_init": network.intercepts_}[name]
    with pytest.raises(ValueError, match=f"^{name} is for the first call only"):
        getattr(network, method)(X, y, **{name: values})


@pytest.mark.parametrize("size", [40, 2])
def test_a_rule_of_another_size_cannot_change_the_layers(size):
    """'a' would make a layer of four units, and of three."""
    inputs = np.random.RandomState(0).normal(size=(60, 6))
    targets = inputs[:, :2] * inputs[:, 2:4]
    for network, y in (
        (BackpropRegressor(size, max_iter=1, random_state=0), targets),
        (BackpropClassifier(size, max_iter=1, random_state=0), targets[:, 0] > 0),
    ):
        with pytest.raises(ValueError, match=r"^hidden_layer_sizes='a' differs from that of the fitted network"):
            network.fit(inputs, y).set_params(hidden_layer_sizes="a").partial_fit(inputs, y)
        units = len(network.fit(inputs, y).intercepts_[0])
        assert units in (3, 4)
        assert network.set_params(hidden_layer_sizes=units).partial_fit(inputs, y).n_epochs_ == 2
