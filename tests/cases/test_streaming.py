"""Streams of partial_fit calls: small batches, batches that are refused, and very many of them.

The ids are those of tests/head_to_head/cases.py.

How calls continue each other bit for bit is tested in test_continuation.py, what classes may come in test_cases_targets.py.
"""

import os
import pickle
import re
import sys
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from functools import partial

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators.diagnosis import is_due

# A few rows are not enough to learn from, and a stream of them is not asked to.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# In .ci/fuzz it is 100 000, as the table of cases has it; here the curves begin as if most of them had been.
N_CALLS = int(os.environ.get("SKBACKPROP_STREAM_LENGTH", "2000"))

WITH_STATUS = pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="memory is read from /proc")


# E6: small and one-sided batches


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_a_stream_of_single_rows_is_one_epoch_of_case_updating(task, solver, convert):
    """E6. Resilient back-propagation has no case updating, so there the rows are epochs of their own."""
    parameters = {"solver": solver, "shuffle": False, "batch_size": 1, "max_iter": 1}
    parameters["init_range"] = 0.5  # the automatic one is that of the first call's rows
    if not task.is_classifier:
        parameters["normalize_y"] = False  # else the scale is that of the first row
    stream = task.new(**parameters)
    for row in range(40):
        task.train(stream, "partial_fit", X=convert(task.X[row : row + 1]), y=task.y[row : row + 1])
    assert stream.n_epochs_ == stream.t_ == 40
    assert np.isfinite(task.outputs(stream)).all()
    if solver != "rprop":
        task.assert_same(stream, task.trained("fit", parameters, X=convert(task.X)))


@pytest.mark.parametrize("size", [1, 2, 13])
def test_batches_of_one_class_or_of_one_target_leave_a_network_that_goes_on(task, size):
    """E6."""
    stream = task.trained("partial_fit")
    before = task.outputs(stream)
    for value in np.unique(task.y)[:3]:
        task.train(stream, "partial_fit", X=task.X[:size], y=np.full(size, value))
    after = task.outputs(stream)
    assert np.isfinite(after).all()
    assert not np.array_equal(before, after)


def test_a_batch_of_equal_rows_is_a_batch(task):
    """E6."""
    stream = task.trained("partial_fit")
    task.train(stream, "partial_fit", X=np.ones((40, 3)))
    assert np.isfinite(task.outputs(stream)).all()


@pytest.mark.parametrize("weight", [1, 3.5, 1e-200])
def test_equal_weights_in_any_call_of_a_stream_are_no_weights(task, weight):
    """E6."""
    weighted, plain = task.new(), task.new()
    for size in (40, 1, 7):
        batch = {"X": task.X[:size], "y": task.y[:size]}
        task.train(weighted, "partial_fit", sample_weight=np.full(size, weight), **batch)
        task.train(plain, "partial_fit", **batch)
    task.assert_same(weighted, plain)


@pytest.mark.filterwarnings("ignore:The first call of partial_fit has a single instance")
def test_a_batch_may_be_of_another_size_and_kind_than_the_last(task):
    stream, twin = task.new(), task.new()
    for size, convert in ((1, np.asarray), (40, sparse.csc_array), (3, np.asfortranarray), (17, sparse.coo_array)):
        task.train(stream, "partial_fit", X=convert(task.X[:size]), y=task.y[:size])
        task.train(twin, "partial_fit", X=task.X[:size], y=task.y[:size])
    task.assert_same(stream, twin, atol=1e-12)


# E7, E8, E10, E19: calls that are refused


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_an_empty_batch_in_a_stream_is_refused_and_forgotten(task, convert):
    """E7."""
    stream, twin = task.trained("partial_fit"), task.trained("partial_fit")
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        task.train(stream, "partial_fit", X=convert(np.empty((0, 3))), y=task.y[:0])
    task.assert_undisturbed(stream, twin)


def test_a_stream_goes_on_after_refused_batches_as_if_they_had_not_come(task):
    """E2, E7, E8."""
    bad = [
        {"X": task.X[:, :2]},
        {"X": task.X[:0], "y": task.y[:0]},
        {"X": np.full((40, 3), np.nan)},
        {"y": np.full(40, "spam")},
        {"sample_weight": np.zeros(40)},
        {"sample_weight": -np.ones(40)},
    ]
    stream, twin = task.new(), task.new()
    for number in range(12):
        task.train(twin, "partial_fit")
        task.train(stream, "partial_fit")
        with pytest.raises(ValueError, match=r"X|y|sample"):
            task.train(stream, "partial_fit", **bad[number % len(bad)])
    task.assert_undisturbed(stream, twin)
    assert stream.n_epochs_ == 12
    assert stream.t_ == 480


def test_early_stopping_is_refused_by_partial_fit(task):
    """E10."""
    task.assert_refused(
        "partial_fit", ValueError, "^partial_fit does not support early_stopping=True", {"early_stopping": True}
    )


def test_a_fitted_network_whose_solver_becomes_lbfgs_has_no_partial_fit(task):
    """E19."""
    estimator, twin = task.trained(), task.trained()
    estimator.set_params(solver="lbfgs")
    assert not hasattr(estimator, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        task.train(estimator, "partial_fit")
    task.assert_undisturbed(estimator.set_params(solver="sgd"), twin)


# E20: fit forgets


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_fit_after_a_stream_of_other_data_forgets_all_of_it(task, solver):
    """E20."""
    stream = task.new(hidden_layer_sizes=(3, 2), learning_rate_init=0.3)
    y = np.array(["left", "right"])[(task.X[:, 0] > 0).astype(int)] if task.is_classifier else 50 * task.y
    classes = {"classes": np.unique(y)} if task.is_classifier else {}
    for _ in range(3):
        task.train(stream, "partial_fit", X=task.X[:, :2].astype(np.float32), y=y, **classes)
    new = task.new(solver=solver)
    task.train(stream.set_params(**new.get_params()), "fit")
    task.train(new, "fit")
    assert set(vars(stream)) == set(vars(new))
    task.assert_same(stream, new)
    assert (stream.loss_curve_, stream.n_epochs_, stream.t_) == (new.loss_curve_, new.n_epochs_, new.t_)


# What a call has shown

CURVES = ("loss_curve_", "error_curve_", "update_curve_")


def shown(estimator):
    """What a user may keep of a network: the very arrays and lists, and copies to compare them with."""
    kept = [*estimator.coefs_, *estimator.intercepts_, *(getattr(estimator, name) for name in CURVES)]
    return kept, deepcopy(kept)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_what_is_kept_of_a_call_stays_as_it_was_whatever_comes_after(task, solver):
    stream, copies = task.trained("partial_fit", {"solver": solver, "momentum": 0.5}), []
    for _ in range(4):
        copies.append(shown(stream))
        task.train(stream, "partial_fit")
    for kept, before in copies:
        for one, other in zip(kept, before, strict=True):
            np.testing.assert_array_equal(one, other)


def test_streams_that_go_on_from_one_network_share_nothing_that_they_write_to(task):
    """The engine's memory, which rests between the calls, is taken up by one of them only."""
    stream = task.trained("partial_fit")
    twins = [copy(stream), deepcopy(stream), pickle.loads(pickle.dumps(stream))]
    task.train(stream, "partial_fit", X=task.X[::-1])
    for twin in twins:
        task.train(twin, "partial_fit")
    for _ in range(2):
        for twin in twins:
            task.train(twin, "partial_fit")
    alone = task.trained("partial_fit")
    for _ in range(3):
        task.train(alone, "partial_fit")
    for twin in twins:
        task.assert_same(twin, alone)
        assert twin.loss_curve_ == alone.loss_curve_
    task.train(stream, "partial_fit")
    assert stream.n_epochs_ == len(stream.loss_curve_) == 3


def test_streams_in_threads_take_up_each_others_memory_and_learn_as_alone(task):
    def learn(number):
        stream = task.new(random_state=number)
        for _ in range(30):
            task.train(stream, "partial_fit")
        return stream

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(learn, range(8)))
    for number, stream in enumerate(together):
        task.assert_same(stream, learn(number))


def test_an_engine_at_rest_holds_none_of_the_instances(task):
    X = task.X.copy()
    stream = task.trained("partial_fit", X=X)
    n_references = sys.getrefcount(X)
    task.train(stream, "partial_fit", X=X)
    assert sys.getrefcount(X) == n_references
    reference = weakref.ref(X)
    del X
    assert reference() is None


def test_curves_are_lists_of_floats_wherever_they_are_looked_at(task):
    stream = task.trained("partial_fit")
    with pytest.raises(AttributeError, match="loss_curve_"):
        task.new().loss_curve_  # noqa: B018
    for name in CURVES:
        assert [type(number) for number in getattr(stream, name)] == [float]
        assert stream.__getstate__()[name] == getattr(stream, name)
        setattr(stream, name, [1.0, 2.0, 3.0])
        assert getattr(stream, name) == [1.0, 2.0, 3.0]
    task.train(stream, "partial_fit")
    for name in CURVES:
        assert getattr(stream, name)[:3] == [1.0, 2.0, 3.0]
        assert len(getattr(stream, name)) == 4


@pytest.mark.parametrize("length", [10, 9])
def test_validated_epochs_keep_their_places_in_a_stream_that_is_thinned(task, monkeypatch, length):
    """By hand: of the older half of the curves every second epoch is dropped, whatever curve it is."""
    monkeypatch.setattr("skbackprop._estimators.base.MAX_STREAM_CURVE", length)
    stream = task.trained("partial_fit")
    stream.set_params(warm_start=True, max_iter=5).fit(task.X, task.y, X_val=task.X[:9], y_val=task.y[:9])
    scores, epochs = stream.validation_scores_, [1, 2, 3, 4, 5, 6]
    for epoch in range(7, 16):
        task.train(stream, "partial_fit")
        epochs.append(epoch)
        if len(epochs) > length:
            del epochs[: length // 2 : 2]
        kept = [scores[each - 2] if each < 7 else np.nan for each in epochs if each > 1]
        np.testing.assert_array_equal(stream.validation_scores_, kept)
        assert len(stream.loss_curve_) == len(epochs)
    assert len(stream.validation_loss_curve_) == len(kept)


# What does not belong to the stream does not disturb it


def test_looking_at_a_network_between_calls_does_not_change_what_it_learns(task):
    watched, twin = task.new(), task.new()
    for _ in range(5):
        task.train(watched, "partial_fit")
        task.train(twin, "partial_fit")
        watched.predict(task.X)
        watched.score(task.X, task.y)
        repr(watched)
        deepcopy(watched)
        assert set(watched.get_params()) == set(twin.get_params())
    task.assert_undisturbed(watched, twin)


def test_streams_in_turn_do_not_meet(task):
    streams = [task.new(random_state=seed) for seed in range(4)]
    for _ in range(6):
        for stream in streams:
            task.train(stream, "partial_fit")
    for seed, stream in enumerate(streams):
        task.assert_same(stream, task.trained("fit", {"max_iter": 6, "random_state": seed, "update_tol": 0}))


def test_copies_of_a_stream_draw_orders_of_their_own(task):
    """The random state that a call leaves waits for one call only that goes on from its numbers."""
    stream, twin = task.new(batch_size=8), task.new(batch_size=8)
    for _ in range(3):
        task.train(stream, "partial_fit")
        task.train(twin, "partial_fit")
    shallow, deep = copy(stream), deepcopy(stream)
    for _ in range(3):
        for each in (stream, shallow, deep, twin):
            task.train(each, "partial_fit")
    for each in (shallow, deep, twin):
        task.assert_same(each, stream)


def test_a_refused_batch_that_orders_were_drawn_for_is_forgotten(task):
    """Its callback, or its inputs, may fail after the random state was taken."""

    def fail(X, random_state):
        random_state.random_sample(5)
        raise ValueError("no inputs today")

    stream, twin = task.trained("partial_fit"), task.trained("partial_fit")
    for _ in range(2):
        with pytest.raises(ValueError, match="no inputs today"):
            task.train(stream.set_params(augment=fail), "partial_fit")
        stream.set_params(augment=None)
        task.train(stream, "partial_fit")
        task.train(twin, "partial_fit")
    task.assert_undisturbed(stream, twin)


# E17 and long runs: memory. Each is measured in a process of its own, which prints what it holds in the middle and at the
# end.

READ_MEMORY = """
import ctypes, gc, pickle, sys, warnings
import numpy as np
from skbackprop import BackpropClassifier, BackpropRegressor

warnings.simplefilter("ignore")

def resident():
    gc.collect()
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)  # what the allocator only keeps for later is no leak
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
"""

LONG_STREAM = """
make, n_calls = {name}, {n_calls}
random = np.random.RandomState(0)
X, y = random.normal(size=(500, 10)), random.randint(3, size=500)
stream = make(20, batch_size=1, solver={solver!r}, momentum=0.5, random_state=0)
first = dict(classes=[0, 1, 2]) if make is BackpropClassifier else dict()
seen = []
for number in range(n_calls):
    row = slice(number % 500, number % 500 + 1)
    stream.partial_fit(X[row], y[row], **first)
    first = dict()
    if number == 0:
        for name in ("loss_curve_", "error_curve_", "update_curve_"):
            setattr(stream, name, getattr(stream, name) + [0.5 + i for i in range({n_before})])
    if number % (n_calls // 20) == 0 and number >= n_calls // 2:
        seen.append((resident(), len(pickle.dumps(stream))))
memory, sizes = zip(*seen)
assert stream.n_epochs_ == stream.t_ == n_calls
print(max(memory) - memory[0], max(sizes), len(stream.loss_curve_))
"""

MANY_FITS = """
from scipy.sparse import csr_array

make = {name}
random = np.random.RandomState(0)
X, y = random.normal(size=(100, 500)), random.randint(3, size=100)
kinds = [
    dict(solver=solver, early_stopping=early, loss=loss)
    for solver in ("sgd", "adam", "rprop", "lbfgs") for early in (False, True) for loss in {losses}
]

def fit(number):
    estimator = make(30, max_iter=2, momentum=0.5, random_state=0, n_init=1 + number % 2, **kinds[number % len(kinds)])
    inputs = csr_array(X) if number % 3 == 0 else X.astype(np.float32) if number % 3 == 1 else X
    estimator.fit(inputs, y).predict(inputs)
    try:
        estimator.fit(inputs, y[:-1])
    except ValueError:
        pass

for number in range(96):  # until the allocator has met every kind of fit
    fit(number)
before = resident()
for number in range(96):
    fit(number)
print(resident() - before)
"""


@pytest.fixture
def numbers_printed_by(run_python):
    return lambda program: [float(each) for each in run_python("-c", READ_MEMORY + program, timeout=900).stdout.split()]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@WITH_STATUS
@pytest.mark.parametrize(
    ("make", "solver"), [(BackpropClassifier, "sgd"), (BackpropRegressor, "adam")], ids=["classifier", "regressor"]
)
def test_very_many_partial_fits_of_one_row_need_no_more_memory_and_no_larger_file(numbers_printed_by, make, solver):
    """E17. The curves keep at most 10 000 numbers, 9 bytes each in the file; 500 bytes a call would be seen.

    One process in ten has its memory grow once, by 0.7 MiB; what is lost in each call is lost in all of them.
    """
    n_before, most = max(0, 12_000 - N_CALLS), min(5, N_CALLS / 4000)
    program = LONG_STREAM.format(name=make.__name__, solver=solver, n_calls=N_CALLS, n_before=n_before)
    growth, largest_file, length = numbers_printed_by(program)
    for _ in range(2):
        growth = growth if growth < most else min(growth, numbers_printed_by(program)[0])
    assert growth < most
    assert largest_file < 3 * 10_000 * 9 + 40_000
    assert 5_000 < length <= 10_000


@pytest.mark.slow
@WITH_STATUS
@pytest.mark.parametrize(
    ("make", "losses"),
    [(BackpropClassifier, ["squared_error", "log_loss"]), (BackpropRegressor, ["squared_error", "huber"])],
    ids=["classifier", "regressor"],
)
def test_a_hundred_fits_leak_nothing(numbers_printed_by, make, losses):
    """One copy of X kept by each fit would be 38 MB, one of the weights 11 MB."""
    (growth,) = numbers_printed_by(MANY_FITS.format(name=make.__name__, losses=losses))
    assert growth < 1


@pytest.mark.parametrize("targets", [[3.0], [[1.0, 2.0]]], ids=str)
def test_a_first_call_of_a_single_row_is_told_to_have_no_scale(targets):
    inputs = np.random.RandomState(0).normal(size=(1, 2))
    network = BackpropRegressor(3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=r"has a single instance, .* call initialize with typical ones before"):
            network.partial_fit(inputs, targets)
    assert not hasattr(network, "coefs_")  # as after any other error
    with pytest.warns(UserWarning, match="has a single instance"):
        network.partial_fit(inputs, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.partial_fit(inputs, targets)  # once only
        BackpropRegressor(3, normalize_y=False, random_state=0).partial_fit(inputs, targets)
        BackpropRegressor(3, loss="poisson", random_state=0).partial_fit(inputs, targets)
        typical = np.random.RandomState(0).normal(size=(20, *np.shape(targets)[1:]))
        started = BackpropRegressor(3, random_state=0).initialize(np.zeros((20, 2)), typical)
        started.partial_fit(inputs, targets)


@pytest.mark.parametrize(("of_rings", "least"), [(True, 0.75), (False, 0.8)])
def test_single_rows_teach_a_classifier_curves(of_rings, least):
    """Almost linear units stay at chance (0.52 of the rings) or tell the line alone (0.79); bent ones do not."""
    scores = []
    for seed in range(3):
        random_state = np.random.RandomState(seed)
        X = random_state.normal(size=(3000, 5))
        y = X[:, 0] ** 2 + X[:, 1] ** 2 if of_rings else X[:, 0] * X[:, 1] + X[:, 2]
        y = (y > np.median(y)).astype(int)
        network = BackpropClassifier(random_state=seed)
        for row, label in zip(X[:2000], y[:2000], strict=True):
            network.partial_fit(row[np.newaxis], [label], classes=[0, 1])
        scores.append(network.score(X[2000:], y[2000:]))
    assert np.mean(scores) > least


# What a stream tells of itself


def warnings_of_stream(network, X, y, size, **arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # of a single first row too
        for start in range(0, len(y) - size + 1, size):
            network.partial_fit(X[start : start + size], y[start : start + size], **arguments)
    return [str(each.message) for each in caught if each.category is ConvergenceWarning]


DIGITS = load_digits(return_X_y=True)


@pytest.mark.parametrize(
    ("parameters", "is_told"),
    [
        ({}, False),
        ({"learning_rate_init": 0.001}, True),
        ({"learning_rate_init": 0.01, "momentum": 0.9}, False),  # which learns
        ({"solver": "adam", "learning_rate_init": 0.001}, False),
    ],
)
def test_a_stream_that_learns_nothing_at_a_small_rate_says_so(parameters, is_told):
    network = BackpropClassifier(random_state=0, **parameters)
    messages = warnings_of_stream(network, DIGITS[0] / 16, DIGITS[1], 1, classes=range(10))
    assert (network.score(DIGITS[0] / 16, DIGITS[1]) < 0.5) is is_told
    assert len(messages) == (2 if is_told else 0)  # after 64 epochs and after 512, of 1797
    assert all("partial_fit has hardly learned" in each and "leave it at 'auto'" in each for each in messages)


@pytest.mark.parametrize(("rate", "is_told"), [("auto", False), (1e-4, True)])
def test_so_does_one_of_numbers(rate, is_told):
    X = np.random.RandomState(0).normal(size=(1024, 4))
    network = BackpropRegressor(learning_rate_init=rate, random_state=0)
    messages = warnings_of_stream(network, X, X.sum(axis=1), 8)
    assert len(messages) == is_told
    assert (network.score(X, X.sum(axis=1)) < 0.2) is is_told


SCALED = np.random.RandomState(0).normal(size=(6400, 5))
RAW = {
    "mixed": (SCALED * [1.0, 1.0, 1.0, 100.0, 0.1], "on different scales"),
    "large": (SCALED + 10.0, "large, with a root mean square of 10"),
    "mixed_csr": (sparse.csr_array(SCALED * [1.0, 1.0, 1.0, 100.0, 0.1]), "on different scales"),
}


@pytest.mark.parametrize("kind", RAW)
@pytest.mark.parametrize("is_of_classes", [False, True])
def test_a_stream_that_knows_less_than_a_linear_model_of_one_call_says_what_holds_it_back(kind, is_of_classes):
    X, words = RAW[kind]
    y = SCALED @ [1.0, -1.0, 1.0, 0.3, -1.0]
    if is_of_classes:
        y = np.digitize(y, [-1.0, 1.0])
    new = partial(BackpropClassifier if is_of_classes else BackpropRegressor, random_state=0)
    classes = {"classes": [0, 1, 2]} if is_of_classes else {}
    network = new()
    (message,) = warnings_of_stream(network, X, y, 100, **classes)
    scaler = "MaxAbsScaler" if sparse.issparse(X) else "StandardScaler"
    assert re.search(
        f"{words}.*To mend it, begin anew with scaled inputs .{scaler} fitted to the first of them", message
    )
    scale = MaxAbsScaler() if sparse.issparse(X) else StandardScaler()
    X_scaled, mended = scale.fit(X[:100]).transform(X), new()
    assert not warnings_of_stream(mended, X_scaled, y, 100, **classes)
    assert mended.score(X_scaled, y) > network.score(X, y) + 0.05


def test_a_stream_of_raw_inputs_that_tell_nothing_or_come_in_small_calls_is_silent():
    X = RAW["mixed"][0]
    noise = np.random.RandomState(1).normal(size=len(X))
    assert not warnings_of_stream(BackpropRegressor(random_state=0), X, noise, 100)
    assert not warnings_of_stream(
        BackpropRegressor(random_state=0), X, SCALED.sum(axis=1), 40
    )  # too few to be compared


@pytest.mark.parametrize(
    ("parameters", "remedy"),
    [
        ({"alpha": 1.0}, "lower alpha, to 0.005, say"),
        ({"learning_rate_init": 0.06}, "raise learning_rate_init"),
    ],
)
def test_so_it_does_of_a_penalty_and_of_a_rate(parameters, remedy):
    centres = np.random.RandomState(1).normal(size=(10, 10))
    y = np.random.RandomState(2).randint(10, size=6400)
    X = centres[y] + 0.5 * np.random.RandomState(3).normal(size=(6400, 10))
    (message,) = warnings_of_stream(BackpropClassifier(random_state=0, **parameters), X, y, 100, classes=range(10))
    assert "than a linear model of the last call's instances alone would" in message
    assert remedy in message


def test_a_stream_that_runs_off_says_so_and_what_to_do_mends_it():
    X = np.random.RandomState(0).normal(size=(600, 5))
    y = 14 + 5 * X[:, 0] + X[:, 1]
    messages = warnings_of_stream(BackpropRegressor(learning_rate_init=0.02, momentum=0.9, random_state=0), X, y, 1)
    assert re.search("partial_fit has run off: after 512 epochs its loss is .* To mend it, begin anew", messages[0])
    mended = BackpropRegressor(momentum=0.9, random_state=0).initialize(X[:50], y[:50])
    assert not warnings_of_stream(mended, X, y, 1)
    assert mended.score(X, y) > 0.5


def test_a_stream_is_looked_at_after_64_epochs_and_eight_times_as_many_each():
    assert [n for n in range(5000) if is_due(n)] == [64, 512, 4096]


NOISY = np.random.RandomState(0).normal(size=(1024, 5))
LABELS = (NOISY[:, 0] + 1.5 * np.random.RandomState(1).normal(size=1024) > 0).astype(int)


def test_a_stream_that_noise_keeps_from_a_small_loss_is_silent():
    network = BackpropClassifier(learning_rate_init=0.14, random_state=0)  # the automatic one is eleven times as large
    assert not warnings_of_stream(network, NOISY, LABELS, 8, classes=[0, 1])
    assert network.score(NOISY, NOISY[:, 0] > 0) > 0.85


def test_a_stream_that_goes_on_from_a_network_that_knows_is_silent():
    y = NOISY.sum(axis=1)
    fitted = BackpropRegressor(max_iter=50, random_state=0).fit(NOISY, y)
    begun = BackpropRegressor(learning_rate_init=1e-3, normalize_y=False, random_state=0)
    first = {"coefs_init": fitted.coefs_, "intercepts_init": fitted.intercepts_}
    scaled_y = (y - fitted.y_mean_) / fitted.y_scale_
    begun.partial_fit(NOISY[:8], scaled_y[:8], **first)
    assert not warnings_of_stream(begun, NOISY[8:], scaled_y[8:], 8)
    assert not warnings_of_stream(fitted.set_params(learning_rate_init=1e-3), NOISY, y, 8)


def test_a_stream_of_one_class_and_then_of_others_has_not_run_off():
    order = np.argsort(LABELS, kind="stable")
    assert not warnings_of_stream(BackpropClassifier(random_state=0), NOISY[order], LABELS[order], 2, classes=[0, 1])


@pytest.mark.parametrize("size", [10, 33, 100])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_a_stream_of_one_class_after_the_other_says_so_once(size, n_classes):
    y = np.digitize(SCALED[:3000] @ [1.0, -1.0, 1.0, 0.3, -1.0], np.linspace(-1.5, 1.5, n_classes - 1))
    order = np.argsort(y, kind="stable")
    network, classes = BackpropClassifier(random_state=0), range(n_classes)
    (message,) = warnings_of_stream(network, SCALED[order], y[order], size, classes=classes)
    assert re.search(
        f"one class after the other: .*% of the last call's {size} instances, which end with class 1,", message
    )
    assert "To mend it, pass the instances in random order" in message
    mended = BackpropClassifier(random_state=0)
    assert not warnings_of_stream(mended, SCALED[:3000], y, size, classes=classes)
    assert (
        mended.score(
            SCALED[3000:],
            np.digitize(SCALED[3000:] @ [1.0, -1.0, 1.0, 0.3, -1.0], np.linspace(-1.5, 1.5, n_classes - 1)),
        )
        > network.score(SCALED[:3000], y) + 0.2
    )


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
@pytest.mark.parametrize("size", [10, 100])
def test_a_stream_in_random_order_is_not_told_of_an_order_however_rare_a_class_is(size, share):
    random_state = np.random.RandomState(0)
    y = (random_state.uniform(size=3000) < share).astype(int)
    X = random_state.normal(size=(3000, 4)) + 3 * y[:, np.newaxis]
    for _ in range(2):
        assert not warnings_of_stream(BackpropClassifier(random_state=0), X, y, size, classes=[0, 1])
        y = random_state.permutation(y)  # and nothing to learn


def test_the_call_after_a_fit_is_not_judged_by_its_epochs():
    network = BackpropRegressor(learning_rate_init=1e-4, max_iter=63, random_state=0)
    with pytest.warns(ConvergenceWarning):
        network.fit(NOISY, NOISY[:, 0])
    assert not warnings_of_stream(network, NOISY, NOISY[:, 0], 1024)


def test_a_stream_whose_targets_grow_has_not_run_off_where_it_learns_them():
    """By 1.2 % a call, and so their loss two hundred thousand times in 512 calls."""
    random_state = np.random.RandomState(0)
    network = BackpropRegressor(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        for call in range(512):
            X = random_state.normal(size=(32, 4))
            network.partial_fit(X, X.sum(axis=1) * 1.012**call)
    assert network.score(X[::-1], X[::-1].sum(axis=1) * 1.012**call) > 0.8


def test_a_call_whose_warning_a_filter_makes_an_error_counts():
    """Else the stream would never get beyond it."""
    network = BackpropClassifier(learning_rate_init=1e-4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        for n_calls in range(1, 71):
            rows = DIGITS[0][n_calls : n_calls + 1] / 16, DIGITS[1][n_calls : n_calls + 1]
            if n_calls == 64:
                with pytest.raises(ConvergenceWarning, match="hardly learned"):
                    network.partial_fit(*rows)
            else:
                network.partial_fit(*rows, classes=range(10))
            assert network.n_epochs_ == n_calls
