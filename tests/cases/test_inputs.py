"""Inputs X of every kind: what is refused, what is converted, and what must come out the same as from a plain array."""

import re
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import joblib
import numpy as np
import pytest
from scipy import sparse

from skbackprop import BackpropRegressor
from skbackprop._network import engines

# Where odd inputs are accepted, whether a network learns from them in five epochs is not the point.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAN, INF = float("nan"), float("inf")

SPARSE_FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]
SPARSE_TYPES = [getattr(sparse, f"{each}_{kind}") for each in SPARSE_FORMATS for kind in ("matrix", "array")]


def sparse_inputs():
    """Inputs of which about half are zero, of shape (40, 3)."""
    X = np.random.RandomState(1).normal(size=(40, 3))
    X[np.abs(X) < 0.6] = 0.0
    return X


def predictors(task):
    """Names of the methods that take X of a fitted estimator."""
    return ["predict", "predict_proba", "predict_log_proba", "score"] if task.is_classifier else ["predict", "score"]


def assert_refused_everywhere(task, X, error, match):
    """Every method refuses this X, and leaves the estimator as it is."""
    for method in ("fit", "partial_fit"):
        task.assert_refused(method, error, match, X=X)
    assert_not_predicted(task, task.trained(), X, error, match)


def assert_not_predicted(task, estimator, X, error, match):
    """Every method that predicts refuses this X, and leaves the fitted estimator as it is."""
    twin, state = deepcopy(estimator), joblib.hash(vars(estimator))
    for name in predictors(task):
        arguments = (X, task.y) if name == "score" else (X,)
        with pytest.raises(error, match=match):
            getattr(estimator, name)(*arguments)
    assert joblib.hash(vars(estimator)) == state
    task.assert_undisturbed(estimator, twin)


def assert_same_as_array(task, method, X, array, atol=0.0):
    """X trains and predicts as the array does: bit for bit, unless a tolerance is given."""
    estimator, twin = task.trained(method, X=X), task.trained(method, X=array)
    task.assert_same(estimator, twin, atol=atol)
    for inputs in (X, array):
        outputs = task.outputs(estimator, inputs)
        assert outputs.dtype == twin.coefs_[0].dtype
        np.testing.assert_allclose(outputs, task.outputs(twin, array), rtol=0, atol=atol)
    assert estimator.score(X, task.y) == pytest.approx(twin.score(array, task.y), abs=10 * atol)


# NaN and infinity


@pytest.mark.parametrize(("value", "word"), [(NAN, "NaN"), (INF, "infinity"), (-INF, "infinity")])
@pytest.mark.parametrize(("position", "dtype"), [((0, 0), np.float64), ((20, 1), np.float32), ((39, 2), np.float64)])
def test_nan_and_infinity_are_refused_wherever_they_stand(task, value, word, position, dtype):
    X = task.X.astype(dtype)
    X[position] = value
    assert_refused_everywhere(task, X, ValueError, rf"(?s)\bX\b.*{word}")


@pytest.mark.parametrize(("value", "word"), [(NAN, "NaN"), (INF, "infinity"), (-INF, "infinity")])
@pytest.mark.parametrize("format", SPARSE_FORMATS)
def test_nan_and_infinity_are_refused_in_sparse_inputs(task, value, word, format):
    X = sparse_inputs()
    X[39, 2] = value
    assert_refused_everywhere(task, sparse.csr_array(X).asformat(format), ValueError, rf"(?s)\bX\b.*{word}")


@pytest.mark.parametrize("value", [None, NAN])
def test_missing_objects_are_refused_as_nan(task, value):
    X = task.X.astype(object)
    X[3, 1] = value
    assert_refused_everywhere(task, X, ValueError, r"(?s)\bX\b.*NaN")


# Very large and very small numbers


@pytest.mark.parametrize("scale", [1e39, 1e300])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_float64_inputs_beyond_the_range_of_float32_are_computed_in_float64(task, method, scale, convert):
    X = convert(task.X * scale)
    estimator = task.trained(method, {"hidden_layer_sizes": (4, 3)}, X=X)
    assert estimator.coefs_[0].dtype == np.float64
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)
    assert np.isfinite(task.outputs(estimator, X)).all()


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_a_float32_network_refuses_float64_inputs_that_it_cannot_hold(task, convert):
    X = task.X.astype(np.float32)
    estimator, twin = task.trained(X=X), task.trained(X=X)
    large = task.X.copy()
    large[7, 1] = 1e39
    large = convert(large)
    assert_not_predicted(task, estimator, large, ValueError, r"(?s)\bX\b.*infinity")
    with pytest.raises(ValueError, match=r"(?s)\bX\b.*infinity"):
        task.train(estimator, "partial_fit", X=large)
    task.assert_undisturbed(estimator, twin)


@pytest.mark.parametrize(
    "array",
    [
        np.full((40, 3), 5e-324),
        np.full((40, 3), 1e-45, dtype=np.float32),
        np.random.RandomState(0).normal(size=(40, 3)) * 1e-310,
        np.zeros((40, 3)),
        -np.zeros((40, 3)),
        np.ones((40, 3)),
        np.full((40, 3), 1e15),
        np.random.RandomState(0).normal(size=(40, 3)) * [0, 1, 0] + [7, 0, 0],
    ],
    ids=["denormal", "denormal of float32", "denormals", "zeros", "minus zeros", "ones", "1e15", "constant columns"],
)
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_denormals_and_constants_give_finite_outputs(task, method, array, convert):
    estimator = task.trained(method, X=convert(array))
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)
    assert np.isfinite(task.outputs(estimator, convert(array))).all()


# Shapes


@pytest.mark.parametrize(
    ("inputs", "error", "match"),
    [
        (np.zeros(40), ValueError, "Expected 2D array"),
        ([1.0, 2.0, 3.0], ValueError, "Expected 2D array"),
        (np.float64(1.0), ValueError, "Expected 2D array"),
        (3, ValueError, "Expected 2D array"),
        (None, ValueError, "Expected 2D array"),
        ("abc", ValueError, "Expected 2D array|could not convert"),
        (np.zeros((40, 3, 1)), ValueError, "dim 3"),
        ([[1.0, 2.0, 3.0], [1.0, 2.0]] * 20, ValueError, "inhomogeneous"),
        ([["a", "b", "c"]] * 40, ValueError, "could not convert"),
        ({"a": [1, 2]}, TypeError, "dict"),
        ([{"a": 1}] * 40, (TypeError, ValueError), "dict|Expected 2D array"),
        (object(), (TypeError, ValueError), "object|Expected 2D array"),
    ],
    ids=lambda each: repr(each)[:20],
)
def test_inputs_that_are_no_table_are_refused(task, inputs, error, match):
    assert_refused_everywhere(task, inputs, error, match)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_numpy_matrix_is_refused(task):
    assert_refused_everywhere(task, np.asmatrix(task.X), TypeError, "matrix")


def test_a_one_dimensional_sparse_array_is_refused(task):
    assert_refused_everywhere(task, sparse.coo_array(np.ones(40)), ValueError, "2D|dim|1-D|reshape")


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(("shape", "match"), [((0, 3), r"0 sample\(s\)"), ((40, 0), r"0 feature\(s\)")])
def test_a_training_on_nothing_is_refused(task, method, convert, shape, match):
    X = convert(np.zeros(shape))
    task.assert_refused(method, ValueError, match, X=X, y=task.y[: shape[0]])


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(
    ("shape", "match"), [((0, 3), r"0 sample\(s\)"), ((40, 0), r"0 feature\(s\)|does not contain any features")]
)
def test_a_prediction_of_nothing_is_refused(task, convert, shape, match):
    assert_not_predicted(task, task.trained(), convert(np.zeros(shape)), ValueError, match)


@pytest.mark.filterwarnings("ignore:The first call of partial_fit has a single instance")
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (40, 1), (2, 3)])
def test_one_row_or_one_column_is_enough(task, method, convert, shape):
    X, y = convert(task.X[: shape[0], : shape[1]]), task.y[: shape[0]]
    estimator = task.trained(method, X=X, y=y)
    assert estimator.predict(X).shape == shape[:1]
    assert np.isfinite(task.outputs(estimator, X)).all()


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, list])
@pytest.mark.parametrize("n_labels", [39, 41, 1])
def test_another_number_of_targets_than_of_instances_is_refused(task, method, convert, n_labels):
    y = np.resize(task.y, n_labels)
    match = rf"inconsistent numbers of samples: \[40, {n_labels}\]"
    task.assert_refused(method, ValueError, match, X=convert(task.X), y=y)


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_another_number_of_features_than_in_fit_is_refused(task, convert, width):
    X = convert(np.zeros((40, width)))
    estimator, twin = task.trained(), task.trained()
    match = f"X has {width} features, but {task.estimator_class.__name__} is expecting 3"
    assert_not_predicted(task, estimator, X, ValueError, match)
    with pytest.raises(ValueError, match=match):
        task.train(estimator, "partial_fit", X=X)
    task.assert_undisturbed(estimator, twin)


def test_fit_may_change_the_number_of_features(task):
    estimator = task.train(task.trained(), "fit", X=task.X[:, :2])
    assert estimator.n_features_in_ == 2
    assert estimator.predict(task.X[:, :2]).shape == (40,)
    task.assert_same(estimator, task.trained(X=task.X[:, :2]))


# Types


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, sparse.coo_matrix])
def test_complex_inputs_are_refused(task, dtype, convert):
    assert_refused_everywhere(task, convert(task.X.astype(dtype)), ValueError, "Complex data not supported")


def test_objects_that_are_no_numbers_are_refused(task):
    for value, match in (({"a": 1}, "dict"), ([1], "sequence|list"), ("ten", "could not convert")):
        X = task.X.astype(object)
        X[5, 1] = value
        assert_refused_everywhere(task, X, (TypeError, ValueError), match)


def test_a_structured_array_is_refused(task):
    X = np.zeros((40, 3), dtype=[("a", float), ("b", float)])
    assert_refused_everywhere(task, X, (TypeError, ValueError), "dtype|array|float")


@pytest.mark.parametrize("convert", [float, Fraction, Decimal, np.float32, str], ids=lambda each: each.__name__)
def test_objects_that_are_numbers_are_converted(task, method, convert):
    X = np.array([[convert(float(value)) for value in row] for row in task.X], dtype=object)
    assert_same_as_array(task, method, X, X.astype(np.float64))


@pytest.mark.parametrize("dtype", ["U", "S"])
def test_numbers_as_text_are_converted(task, method, dtype):
    X = task.X.round(6).astype(dtype)
    assert_same_as_array(task, method, X, X.astype(np.float64))


WHOLE_NUMBERS = "?bBhHiIlLqQ"


@pytest.mark.parametrize("dtype", [*WHOLE_NUMBERS, "e", "g", ">f8", ">i4", ">u2"])
def test_other_number_types_are_computed_in_float64(task, method, dtype):
    X = (np.abs(task.X) * 2).astype(dtype)
    assert_same_as_array(task, method, X, X.astype(np.float64))
    assert task.trained(method, X=X).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("dtype", [*WHOLE_NUMBERS])
def test_other_number_types_in_sparse_inputs_are_computed_in_float64(task, dtype):
    format = {"i": "csc", "I": "coo"}.get(dtype, "csr")
    array = (np.abs(task.X) * 2).astype(dtype)
    X = sparse.csr_array(array).asformat(format)
    assert X.dtype == array.dtype
    assert_same_as_array(task, "fit", X, array.astype(np.float64), atol=1e-12)


def test_the_ends_of_the_integer_types_are_computed_in_float64(task, method):
    for dtype in (np.int64, np.uint64):
        X = np.full((40, 3), np.iinfo(dtype).max, dtype=dtype)
        X[::2] = np.iinfo(dtype).min
        assert_same_as_array(task, method, X, X.astype(np.float64))


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_float32_inputs_make_a_float32_network_close_to_the_float64_one(task, method, convert):
    X = task.X.astype(np.float32)
    estimator, twin = task.trained(method, X=convert(X)), task.trained(method, X=task.X)
    assert {array.dtype for array in estimator.coefs_ + estimator.intercepts_} == {np.dtype(np.float32)}
    outputs = task.outputs(estimator, convert(X))
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, task.outputs(twin), rtol=0, atol=1e-3)


@pytest.mark.parametrize(("first", "later"), [(np.float32, np.float64), (np.float64, np.float32), (np.float32, int)])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_a_network_keeps_the_dtype_of_its_first_call(task, method, first, later, convert):
    X, other = (convert((task.X * 3).astype(dtype)) for dtype in (first, later))
    estimator = task.trained(method, X=X)
    assert task.outputs(estimator, other).dtype == first
    task.train(estimator, "partial_fit", X=other)
    assert {array.dtype for array in estimator.coefs_ + estimator.intercepts_} == {np.dtype(first)}
    assert task.outputs(estimator, other).dtype == first


# Memory layouts


def as_memmap(X, directory):
    np.save(directory / "X.npy", X)
    return np.load(directory / "X.npy", mmap_mode="r")


def as_read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def as_unaligned(X):
    buffer = np.zeros(X.nbytes + 1, dtype=np.uint8)
    unaligned = buffer[1:].view(X.dtype).reshape(X.shape)
    unaligned[...] = X
    assert not unaligned.flags.aligned
    return unaligned


LAYOUTS = {
    "Fortran order": lambda X, _: np.asfortranarray(X),
    "negative row strides": lambda X, _: X[::-1].copy()[::-1],
    "negative strides": lambda X, _: X[::-1, ::-1].copy()[::-1, ::-1],
    "every second row": lambda X, _: np.repeat(X, 2, axis=0)[::2],
    "every second column": lambda X, _: np.repeat(X, 2, axis=1)[:, ::2],
    "transposed": lambda X, _: X.T.copy().T,
    "read-only": lambda X, _: as_read_only(X),
    "read-only Fortran order": lambda X, _: as_read_only(np.asfortranarray(X)),
    "memmap": as_memmap,
    "unaligned": lambda X, _: as_unaligned(X),
    "bytes in the other order": lambda X, _: X.astype(X.dtype.newbyteorder()),
    "subclass": lambda X, _: X.view(np.recarray),
    "lists": lambda X, _: X.tolist(),
    "tuples": lambda X, _: tuple(map(tuple, X.tolist())),
    "list of rows": lambda X, _: list(X),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_layout_of_the_inputs_changes_no_bit(task, method, layout, dtype, tmp_path):
    array = task.X.astype(dtype)
    X = LAYOUTS[layout](array.copy(), tmp_path)
    if isinstance(X, (list, tuple)):
        array = np.asarray(X, dtype=np.float64)  # a list has no type of its own
    assert_same_as_array(task, method, X, array)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inputs_are_not_modified(task, method, layout, tmp_path):
    X = LAYOUTS[layout](task.X.copy(), tmp_path)
    before = joblib.hash(X)
    estimator = task.trained(method, X=X)
    for name in predictors(task):
        getattr(estimator, name)(*((X, task.y) if name == "score" else (X,)))
    assert joblib.hash(X) == before


# Sparse matrices


@pytest.mark.parametrize("sparse_type", SPARSE_TYPES, ids=lambda each: each.__name__)
def test_every_sparse_format_gives_what_the_dense_array_gives(task, method, sparse_type):
    array = sparse_inputs()
    assert_same_as_array(task, method, sparse_type(array), array, atol=1e-12)


@pytest.mark.parametrize("format", ["csr", "csc", "coo", "bsr"])
def test_float32_sparse_inputs_give_what_the_dense_array_gives(task, method, format):
    array = sparse_inputs().astype(np.float32)
    assert_same_as_array(task, method, sparse.csr_array(array).asformat(format), array, atol=1e-5)


def with_index_types(X, first, second):
    """A copy of a sparse matrix whose arrays of indices have these types."""
    X = X.copy()
    if X.format == "coo":
        X.coords = (X.coords[0].astype(first), X.coords[1].astype(second))
        assert [each.dtype for each in X.coords] == [first, second]
    else:
        X.indices, X.indptr = X.indices.astype(first), X.indptr.astype(second)
        assert [X.indices.dtype, X.indptr.dtype] == [first, second]
    return X


@pytest.mark.parametrize("sparse_type", SPARSE_TYPES[:6], ids=lambda each: each.__name__)
@pytest.mark.parametrize(("first", "second"), [(np.int64, np.int64), (np.int32, np.int64), (np.int64, np.int32)])
def test_indices_of_64_bits_and_of_mixed_types_are_accepted(task, method, sparse_type, first, second):
    array = sparse_inputs()
    X = with_index_types(sparse_type(array), first, second)
    assert_same_as_array(task, method, X, array, atol=1e-12)
    dtypes = [each.dtype for each in X.coords] if X.format == "coo" else [X.indices.dtype, X.indptr.dtype]
    assert dtypes == [first, second]


def unsorted(X):
    """The matrix with the columns of each row in falling order."""
    parts = [slice(start, stop) for start, stop in zip(X.indptr[:-1], X.indptr[1:], strict=True)]
    indices = np.concatenate([X.indices[part][::-1] for part in parts])
    data = np.concatenate([X.data[part][::-1] for part in parts])
    return type(X)((data, indices, X.indptr), shape=X.shape)


def doubled(X):
    """The matrix with every entry written as two halves."""
    return type(X)((np.repeat(X.data / 2, 2), np.repeat(X.indices, 2), X.indptr * 2), shape=X.shape)


def with_explicit_zeros(X):
    """The matrix with every zero stored."""
    stored = X.toarray()
    full = type(X)(np.ones_like(stored))
    full.data[:] = stored.ravel(order="C" if X.format == "csr" else "F")
    assert full.nnz == stored.size
    return full


def frozen(X):
    """The matrix with read-only arrays."""
    X = X.copy()
    for array in (X.data, X.indices, X.indptr):
        array.flags.writeable = False
    return X


@pytest.mark.parametrize("change", [unsorted, doubled, with_explicit_zeros, frozen], ids=lambda each: each.__name__)
@pytest.mark.parametrize("sparse_type", SPARSE_TYPES[:4], ids=lambda each: each.__name__)
def test_sparse_matrices_need_not_be_in_canonical_form(task, method, change, sparse_type):
    array = sparse_inputs()
    X = change(sparse_type(array))
    np.testing.assert_array_equal(X.toarray(), array)
    assert_same_as_array(task, method, X, array, atol=1e-12)


def test_coordinates_that_occur_twice_are_summed(task, method):
    array = sparse_inputs()
    X = sparse.coo_array(array)
    twice = sparse.coo_array((np.tile(X.data / 2, 2), tuple(np.tile(each, 2) for each in X.coords)), shape=X.shape)
    assert_same_as_array(task, method, twice, array, atol=1e-12)


UPDATES = {
    "case updating": {"batch_size": 1},
    "momentum": {"batch_size": 1, "momentum": 0.9},
    "penalty": {"batch_size": 1, "alpha": 0.1},
    "adam": {"batch_size": 1, "solver": "adam"},
    "rprop": {"solver": "rprop"},
    "lbfgs": {"solver": "lbfgs"},
}


def of_counts(dtype, form="csr"):
    """Counts of words as SciPy's own recipe makes them, a 1 for each time that a word occurs; and the matrix of sums."""
    generator = np.random.RandomState(0)
    lengths = generator.randint(0, 30, size=40)
    words = generator.randint(0, 3, size=lengths.sum())
    starts = np.concatenate([[0], lengths.cumsum()])
    twice = sparse.csr_array((np.ones(len(words), dtype), words, starts), shape=(40, 3))
    summed = twice.copy() if np.issubdtype(dtype, np.floating) else twice.astype(np.float64)  # True and True are 2
    summed.sum_duplicates()
    assert summed.nnz < twice.nnz
    if form == "csc":  # SciPy keeps them in conversions from one to the other
        twice = sparse.csc_array((np.ones(len(words), dtype), *_by_columns(words, lengths)), shape=(40, 3))
        assert twice.nnz > summed.nnz
    return twice, summed


def _by_columns(words, lengths):
    rows, order = np.repeat(np.arange(40), lengths), np.argsort(words, kind="stable")
    return rows[order], np.concatenate([[0], np.bincount(words, minlength=3).cumsum()])


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("updates", UPDATES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, bool])
@pytest.mark.parametrize("form", ["csr", "csc"])
def test_entries_that_occur_twice_count_as_their_sum(task, monkeypatch, engine, updates, dtype, form):
    """J4: sizes of updates, and when they end a training, as of the summed matrix; nor is the user's own matrix summed."""
    if engine == "kernel" and engines._kernel is None:
        pytest.skip("no compiled kernel")
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    twice, summed = of_counts(dtype, form)
    arrays = [array.copy() for array in (twice.data, twice.indices, twice.indptr)]
    parameters = {"update_tol": 0.02, "max_iter": 6, "learning_rate_init": 0.02, "momentum": 0.0} | UPDATES[updates]
    one, other = (task.trained("fit", parameters, X=X) for X in (twice, summed))
    task.assert_same(one, other)
    assert (one.update_curve_, one.stop_reason_, one.n_iter_) == (
        other.update_curve_,
        other.stop_reason_,
        other.n_iter_,
    )
    np.testing.assert_array_equal(task.outputs(one, twice), task.outputs(one, summed))
    for mine, array in zip((twice.data, twice.indices, twice.indptr), arrays, strict=True):
        np.testing.assert_array_equal(mine, array)


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_entries_that_occur_twice_count_as_their_sum_in_a_batch_clipped_to_one(task, monkeypatch, engine):
    """J4."""
    if engine == "kernel" and engines._kernel is None:
        pytest.skip("no compiled kernel")
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    twice, summed = of_counts(np.float64)
    row = int(np.diff(twice.indptr).argmax())
    one, other = (task.trained("partial_fit", {"batch_size": 32, "momentum": 0.0}, X=summed) for _ in range(2))
    for estimator, X in ((one, twice), (other, summed)):
        task.train(estimator, "partial_fit", X=X[row : row + 1], y=task.y[row : row + 1])
    task.assert_same(one, other)
    assert one.update_curve_ == other.update_curve_


def test_the_largest_update_is_that_of_an_input_in_pieces():
    """J4, worked out: of one linear unit that puts out 0, the error is T = 0.5, and Δw = l T x of x = 1 + 1 + 1."""
    X = sparse.csr_array((np.ones(3), [0, 0, 0], [0, 3]), shape=(1, 1))
    network = BackpropRegressor((), normalize_y=False, batch_size=1, learning_rate_init=0.1)
    network.partial_fit(X, [0.5], coefs_init=[[[0.0]]], intercepts_init=[[0.0]])
    assert network.coefs_[0].item() == pytest.approx(0.15)
    assert network.update_curve_ == [pytest.approx(0.15)]
    assert X.nnz == 3


def test_an_input_in_pieces_too_large_for_its_type_is_refused_as_infinite(task):
    X = sparse.csr_array((np.full(80, 1e308), np.zeros(80, dtype=int), np.arange(41) * 2), shape=(40, 3))
    assert_refused_everywhere(task, X, ValueError, "infinity")
    assert X.nnz == 80


@pytest.mark.parametrize("form", ["csr", "csc"])
def test_a_float32_network_looks_at_float64_entries_without_summing_those_of_the_user(task, form):
    twice, summed = of_counts(np.float64, form)
    estimator = task.trained(X=summed.astype(np.float32))
    expected, stored = task.outputs(estimator, summed), twice.nnz
    np.testing.assert_allclose(task.outputs(estimator, twice), expected, rtol=1e-6)
    assert twice.nnz == stored


@pytest.mark.parametrize("sparse_type", SPARSE_TYPES, ids=lambda each: each.__name__)
def test_sparse_inputs_are_not_modified(task, method, sparse_type):
    X = sparse_type(sparse_inputs())
    if X.format in ("csr", "csc"):
        X = doubled(unsorted(X))
    before, stored = joblib.hash(X.toarray()), X.nnz
    arrays = [array.copy() for array in (X.data, X.indices, X.indptr)] if X.format in ("csr", "csc") else []
    estimator = task.trained(method, X=X)
    for name in predictors(task):
        getattr(estimator, name)(*((X, task.y) if name == "score" else (X,)))
    assert joblib.hash(X.toarray()) == before
    assert X.nnz == stored
    for mine, array in zip((X.data, X.indices, X.indptr) if arrays else (), arrays, strict=True):
        np.testing.assert_array_equal(mine, array)


@pytest.mark.parametrize("sparse_type", SPARSE_TYPES[1::2], ids=lambda each: each.__name__)
def test_a_network_trained_on_either_kind_predicts_the_other(task, method, sparse_type):
    array = sparse_inputs()
    X = sparse_type(array)
    for trained_on in (array, X):
        estimator = task.trained(method, X=trained_on)
        np.testing.assert_allclose(task.outputs(estimator, X), task.outputs(estimator, array), rtol=0, atol=1e-12)


def test_partial_fits_on_either_kind_in_turn_go_on_as_on_one_kind(task):
    array = sparse_inputs()
    mixed, dense = task.new(), task.new()
    for X in (array, sparse.csr_array(array), sparse.coo_matrix(array), array):
        task.train(mixed, "partial_fit", X=X)
        task.train(dense, "partial_fit", X=array)
    task.assert_same(mixed, dense, atol=1e-12)


@pytest.mark.parametrize("convert", [sparse.csr_array, sparse.coo_matrix])
def test_a_sparse_matrix_without_entries_is_a_matrix_of_zeros(task, method, convert):
    X = convert(np.zeros((40, 3)))
    task.assert_same(task.trained(method, X=X), task.trained(method, X=np.zeros((40, 3))), atol=1e-12)


# Sparse matrices whose arrays of indices were damaged point outside themselves. Code that follows them crashes, so each
# is tried in a process of its own.

DAMAGES = {
    "csr": {
        "a column beyond the last": "X.indices[5] = 3",
        "a column far beyond the last": "X.indices[5] = 10**9",
        "a negative column": "X.indices[5] = -1",
        "a very negative column": "X.indices[-1] = -10**9",
        "a 64-bit column far beyond the last": "X.indices = X.indices.astype('i8'); X.indices[5] = 2**40",
        "falling row pointers": "X.indptr[3], X.indptr[4] = X.indptr[4] + 5, X.indptr[3]",
        "a row pointer far beyond the end": "X.indptr[3] = 10**9",
        "a negative row pointer": "X.indptr[3] = -10**9",
        "row pointers that do not start at 0": "X.indptr[0] = -5",
        "row pointers that end beyond the data": "X.indptr[-1] += 10**6",
        "64-bit row pointers that end beyond the data": "X.indptr = X.indptr.astype('i8'); X.indptr[-1] = 2**40",
        "fewer numbers than columns": "X.data = X.data[:3]",
        "fewer row pointers than rows": "X.indptr = X.indptr[:-5]",
        "no row pointers": "X.indptr = None",
        "a number in the place of the columns": "X.indices = 3",
    },
    "csc": {
        "a row beyond the last": "X.indices[5] = 40",
        "a row far beyond the last": "X.indices[5] = 10**9",
        "a negative row": "X.indices[5] = -10**6",
        "falling column pointers": "X.indptr[1], X.indptr[2] = X.indptr[2] + 5, X.indptr[1]",
        "a negative column pointer": "X.indptr[1] = -10**9",
        "column pointers that end beyond the data": "X.indptr[-1] += 10**6",
    },
    "coo": {
        "a row far beyond the last": "X.row[5] = 10**9",
        "a negative row": "X.row[5] = -10**6",
        "a column beyond the last": "X.col[5] = 3",
        "a negative column": "X.col[5] = -1",
        "fewer rows than numbers": "X.coords = (X.row[:-5], X.col)",
        "no numbers": "X.data = None",
    },
    "bsr": {
        "a column of blocks far beyond the last": "X.indices[5] = 10**9",
        "a negative row pointer": "X.indptr[3] = -10**9",
    },
    "lil": {
        "a column far beyond the last": "X.rows[3] = [10**9]; X.data[3] = [1.0]",
        "a column beyond the last": "X.rows[3] = [3]; X.data[3] = [1.0]",
        "a negative column": "X.rows[3] = [-10**6]; X.data[3] = [1.0]",
        "fewer numbers than columns": "X.rows[3] = [0, 1, 2]; X.data[3] = [1.0]",
        "more numbers than columns": "X.rows[3] = [0]; X.data[3] = [1.0] * 10**6",
        "as many numbers as columns, but not in each row": "X.rows[3], X.rows[4] = X.rows[3] + X.rows[4], []",
        "fewer rows": "X.rows = X.rows[:-5]; X.data = X.data[:-5]",
        "more rows": "X.rows = np.append(X.rows, X.rows); X.data = np.append(X.data, X.data)",
        "no list in a row": "X.rows[3] = None",
    },
    "dok": {
        "a row far beyond the last": "dict.__setitem__(getattr(X, '_dict', X), (10**6, 0), 1.0)",
        "a negative column": "dict.__setitem__(getattr(X, '_dict', X), (0, -10**6), 1.0)",
        "a text in the place of a row": "dict.__setitem__(getattr(X, '_dict', X), ('a', 0), 1.0)",
    },
    "dia": {
        "more diagonals than rows of numbers": "X.offsets = np.arange(10**5, dtype='i4')",
        "fewer rows of numbers than diagonals": "X.data = X.data[:1]",
    },
}

TRY_DAMAGED = """
import numpy as np
from scipy import sparse
from skbackprop import BackpropClassifier, BackpropRegressor

def damaged(format, damage):
    X = getattr(sparse, format + "_array")(np.random.RandomState(0).normal(size=(40, 3)))
    exec(damage)
    return X

X, y = np.random.RandomState(1).normal(size=(40, 3)), np.arange(40) % 2
quick = dict(hidden_layer_sizes=4, max_iter=2, random_state=0, batch_size=8)

def attempt(estimator_class, format, damage):
    first = dict(classes=[0, 1]) if estimator_class is BackpropClassifier else dict()
    fitted = estimator_class(**quick).fit(X, y)
    expected = fitted.predict(X)
    for name, call in dict(
        fit=lambda: estimator_class(**quick).fit(damaged(format, damage), y),
        refit=lambda: fitted.fit(damaged(format, damage), y),
        partial_fit=lambda: estimator_class(**quick).partial_fit(damaged(format, damage), y, **first),
        later_partial_fit=lambda: fitted.partial_fit(damaged(format, damage), y),
        predict=lambda: fitted.predict(damaged(format, damage)),
        score=lambda: fitted.score(damaged(format, damage), y),
    ).items():
        print(format, damage, "|", estimator_class.__name__, name, end=": ", flush=True)
        try:
            call()
            print("ACCEPTED")
        except ValueError as error:
            print("refused" if "X" in str(error) else "DOES NOT NAME X", "|", error)
        except BaseException as error:
            print("WRONG TYPE", repr(error))
        if not np.array_equal(fitted.predict(X), expected):
            print(format, damage, "CHANGED THE FITTED ESTIMATOR")

for format, damage in {damages}:
    for estimator_class in (BackpropClassifier, BackpropRegressor):
        attempt(estimator_class, format, damage)
"""


@pytest.fixture(scope="module")
def process_with_damages(run_python):
    """What became of a process that met all damages, up to the one that it died of, if it did."""
    damages = [(format, damage) for format, damages in DAMAGES.items() for damage in damages.values()]
    return run_python("-W", "ignore", "-c", TRY_DAMAGED.format(damages=damages), check=False)


@pytest.mark.slow
@pytest.mark.parametrize("format", DAMAGES)
def test_a_sparse_matrix_that_points_outside_itself_is_a_value_error_and_no_crash(process_with_damages, format):
    lines = process_with_damages.stdout.splitlines()
    died = f"exit code {process_with_damages.returncode} after {lines[-1:]}: {process_with_damages.stderr}"
    assert process_with_damages.returncode == 0, died
    lines = [line for line in lines if line.startswith(f"{format} ")]
    assert [line for line in lines if ": refused" not in line] == []
    assert len(lines) == 12 * len(DAMAGES[format])


# Data frames


@pytest.fixture
def pd():
    return pytest.importorskip("pandas")


def frame(pd, X, columns=("a", "b", "c")):
    return pd.DataFrame(np.asarray(X), columns=list(columns))


def test_a_data_frame_gives_what_its_array_gives_and_its_names_are_kept(task, method, pd):
    X = frame(pd, task.X)
    estimator = task.trained(method, X=X)
    assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]
    task.assert_same(estimator, task.trained(method))
    np.testing.assert_array_equal(task.outputs(estimator, X), task.outputs(task.trained(method)))


def test_names_are_those_of_the_last_fit_that_succeeded(task, pd):
    named, other = frame(pd, task.X), frame(pd, task.X, columns=("d", "e", "f"))
    estimator = task.trained(X=named)
    for bad in (other * np.nan, task.X * np.nan, task.X[:, :2] * np.nan):
        with pytest.raises(ValueError, match="NaN"):
            task.train(estimator, "fit", X=bad)
        assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]
        assert estimator.n_features_in_ == 3
    assert task.train(estimator, "fit", X=other).feature_names_in_.tolist() == ["d", "e", "f"]
    task.train(estimator, "fit", X=task.X)
    for method in ("fit", "partial_fit"):
        with pytest.raises(ValueError, match="NaN"):
            task.train(estimator, method, X=task.X * np.nan)
        assert not hasattr(estimator, "feature_names_in_")
    new = task.new()
    with pytest.raises(ValueError, match="NaN"):
        task.train(new, "fit", X=named * np.nan)
    assert not hasattr(new, "feature_names_in_")


def test_columns_of_one_name_are_refused_by_their_argument(task, pd):
    """scikit-learn 1.9 refuses them, without a word of the argument."""
    assert_refused_everywhere(task, frame(pd, task.X, "aba"), ValueError, "^X has several columns of the name 'a'")
    for method in ("fit", "partial_fit"):
        y = pd.DataFrame(np.stack([task.y, task.y], axis=1), columns=["t", "t"])
        task.assert_refused(method, ValueError, "^y has several columns of the name 't'", y=y)


def test_columns_of_names_in_levels_are_taken(task, method, pd):
    """As scikit-learn does, which then keeps no names."""
    levels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    task.assert_same(task.trained(method, X=frame(pd, task.X).set_axis(levels, axis=1)), task.trained(method))


def test_the_index_of_a_data_frame_does_not_matter(task, method, pd):
    X = frame(pd, task.X).set_axis(np.arange(40)[::-1], axis=0)
    y = pd.Series(task.y, index=np.random.RandomState(0).permutation(40))
    task.assert_same(task.trained(method, X=X, y=y), task.trained(method))


def test_columns_of_mixed_number_types_are_computed_in_float64(task, method, pd):
    X = frame(pd, (task.X * 3).round()).astype({"a": "int8"})
    X["c"] = X["c"] > 0
    estimator = task.trained(method, X=X)
    assert estimator.coefs_[0].dtype == np.float64
    task.assert_same(estimator, task.trained(method, X=X.to_numpy(dtype=np.float64)))


def test_float32_columns_make_a_float32_network(task, method, pd):
    X = frame(pd, task.X.astype(np.float32))
    task.assert_same(task.trained(method, X=X), task.trained(method, X=task.X.astype(np.float32)))
    assert task.trained(method, X=X).coefs_[0].dtype == np.float32


def test_sparse_columns_give_what_dense_ones_give(task, method, pd):
    X = frame(pd, sparse_inputs()).astype(pd.SparseDtype(float, 0.0))
    estimator = task.trained(method, X=X)
    task.assert_same(estimator, task.trained(method, X=sparse_inputs()), atol=1e-12)


@pytest.mark.parametrize("dtype", ["Float64", "Float32", "Int64", "UInt8", "boolean"])
def test_nullable_columns_without_missing_values_are_numbers(task, method, pd, dtype):
    whole = np.abs(task.X).round()
    array = {"boolean": whole > 0, "Float64": task.X, "Float32": task.X.astype(np.float32)}.get(dtype, whole)
    X = frame(pd, array).astype(dtype)
    estimator = task.trained(method, X=X)
    task.assert_same(estimator, task.trained(method, X=array.astype(np.float64)), rtol=1e-3, atol=1e-5)
    assert task.outputs(estimator, X).shape[0] == 40


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "boolean"])
def test_nullable_columns_with_missing_values_are_refused_as_nan(task, pd, dtype):
    X = frame(pd, np.abs(task.X).round() > 0 if dtype == "boolean" else task.X.round()).astype(dtype)
    X.iloc[3, 1] = pd.NA
    assert_refused_while_names_are_ignored(task, X, "NaN")


def assert_refused_while_names_are_ignored(task, X, match):
    """As assert_refused_everywhere, for a data frame: the fitted estimator has seen the same names."""
    for method in ("fit", "partial_fit"):
        with pytest.raises(ValueError, match=match):
            task.trained(method, X=X)
    names = type(X)(task.X, columns=X.columns)
    estimator, twin = task.trained(X=names), task.trained(X=names)
    for call in (
        lambda: task.train(estimator, "fit", X=X),
        lambda: task.train(estimator, "partial_fit", X=X),
        lambda: estimator.predict(X),
        lambda: estimator.score(X, task.y),
    ):
        with pytest.raises(ValueError, match=match):
            call()
        task.assert_same(estimator, twin)
    np.testing.assert_array_equal(estimator.predict(names), twin.predict(names))
    for each in (estimator, twin):
        task.train(each, "partial_fit", X=names)
    task.assert_same(estimator, twin)


@pytest.mark.parametrize("dtype", ["category", "string", "object", "str"])
def test_columns_of_text_are_refused(task, pd, dtype):
    X = frame(pd, task.X)
    X["b"] = pd.Series(["red", "green"] * 20).astype(dtype)
    assert_refused_while_names_are_ignored(task, X, "could not convert")


REFUSED_NAMES = {
    "reordered": (["c", "a", "b"], "Feature names must be in the same order as they were in fit."),
    "renamed": (
        ["a", "b", "d"],
        "Feature names unseen at fit time:\n- d\nFeature names seen at fit time, yet now missing:\n- c",
    ),
    "missing": (["a", "b"], "Feature names seen at fit time, yet now missing:\n- c"),
    "extra": (["a", "b", "c", "d"], "Feature names unseen at fit time:\n- d"),
}


@pytest.mark.parametrize("change", REFUSED_NAMES)
def test_other_feature_names_are_refused_with_a_list_of_them(task, method, pd, change):
    columns, text = REFUSED_NAMES[change]
    X = pd.DataFrame(np.zeros((40, len(columns))), columns=columns)
    names = frame(pd, task.X)
    estimator, twin = task.trained(method, X=names), task.trained(method, X=names)
    match = re.escape(f"The feature names should match those that were passed during fit.\n{text}")
    for name in predictors(task):
        with pytest.raises(ValueError, match=match):
            getattr(estimator, name)(*((X, task.y) if name == "score" else (X,)))
    with pytest.raises(ValueError, match=match):
        task.train(estimator, "partial_fit", X=X)
    for each in (estimator, twin):
        task.train(each, "partial_fit", X=names)
    task.assert_same(estimator, twin)


def test_names_of_mixed_types_are_refused(task, method, pd):
    X = frame(pd, task.X, columns=["a", "b", 3])
    task.assert_refused(method, TypeError, "all input features have string names", X=X)


def test_names_that_are_no_text_are_not_kept(task, method, pd):
    estimator = task.trained(method, X=frame(pd, task.X, columns=range(3)))
    assert not hasattr(estimator, "feature_names_in_")
    task.assert_same(estimator, task.trained(method))


def test_names_dropped_after_fit_are_warned_about_once_in_each_call(task, method, pd):
    names = frame(pd, task.X)
    estimator, twin = task.trained(method, X=names), task.trained(method, X=names)
    match = f"X does not have valid feature names, but {task.estimator_class.__name__} was fitted with feature names"
    for name in predictors(task):
        expected = getattr(twin, name)(*((names, task.y) if name == "score" else (names,)))
        with pytest.warns(UserWarning, match=match) as record:
            result = getattr(estimator, name)(*((task.X, task.y) if name == "score" else (task.X,)))
        assert len(record) == 1
        np.testing.assert_array_equal(result, expected)
    with pytest.warns(UserWarning, match=match) as record:
        task.train(estimator, "partial_fit", X=task.X)
    assert len(record) == 1
    task.assert_same(estimator, task.train(twin, "partial_fit", X=names))


def test_names_that_fit_did_not_see_are_warned_about_once_in_each_call(task, method, pd):
    estimator, twin = task.trained(method), task.trained(method)
    match = f"X has feature names, but {task.estimator_class.__name__} was fitted without feature names"
    with pytest.warns(UserWarning, match=match) as record:
        predictions = estimator.predict(frame(pd, task.X))
    assert len(record) == 1
    np.testing.assert_array_equal(predictions, twin.predict(task.X))
    with pytest.warns(UserWarning, match=match) as record:
        task.train(estimator, "partial_fit", X=frame(pd, task.X))
    assert len(record) == 1
    task.assert_same(estimator, task.train(twin, "partial_fit"))


def test_names_are_forgotten_when_fit_sees_none(task, pd):
    estimator = task.train(task.trained(X=frame(pd, task.X)), "fit")
    assert not hasattr(estimator, "feature_names_in_")
    task.assert_same(estimator, task.trained())


# Other array libraries


class ArrayLike:
    """What NumPy can only convert by asking it, as tensors are."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)

    def __len__(self):
        return len(self.array)

    @property
    def shape(self):
        return self.array.shape

    @property
    def dtype(self):
        return self.array.dtype


def polars_frame(X):
    return pytest.importorskip("polars").DataFrame(X, schema=["a", "b", "c"])


def arrow_table(X):
    return pytest.importorskip("pyarrow").table({name: X[:, column] for column, name in enumerate("abc")})


def dask_array(X):
    return pytest.importorskip("dask.array").from_array(X, chunks=(15, 3))


def torch_tensor(X):
    return pytest.importorskip("torch").tensor(X)


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (ArrayLike, np.float64),
        (ArrayLike, np.float32),
        (dask_array, np.float64),
        (dask_array, np.float32),
        (torch_tensor, np.float64),
        (polars_frame, np.float64),
        (arrow_table, np.float64),
    ],
    ids=lambda each: each.__name__,
)
def test_tables_and_arrays_of_other_libraries_give_what_numpy_arrays_give(task, method, convert, dtype):
    array = task.X.astype(dtype)
    X = convert(array)
    estimator, twin = task.trained(method, X=X), task.trained(method, X=array)
    task.assert_same(estimator, twin)
    np.testing.assert_array_equal(task.outputs(estimator, X), task.outputs(twin, array))
    assert estimator.score(X, task.y) == twin.score(array, task.y)


def test_the_names_of_a_polars_frame_are_kept_and_checked(task, method):
    X = polars_frame(task.X)
    estimator = task.trained(method, X=X)
    assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        estimator.predict(X.select(["c", "a", "b"]))


def test_null_in_a_polars_frame_is_refused_as_nan(task, method):
    polars = pytest.importorskip("polars")
    X = polars_frame(task.X).with_columns(polars.Series("b", [None, *task.X[1:, 1]]))
    with pytest.raises(ValueError, match="NaN"):
        task.trained(method, X=X)


def test_masked_inputs_are_refused_where_a_value_is_masked(task):
    assert_refused_everywhere(task, np.ma.array(task.X, mask=task.X > 2), ValueError, "X is a masked array in which")
    for method in ("fit", "partial_fit"):
        assert_same_as_array(task, method, np.ma.array(task.X), task.X)


@pytest.mark.parametrize("kind", ["datetime64[s]", "timedelta64[s]", "pandas", "pandas durations", "polars"])
def test_missing_dates_and_durations_are_refused_and_others_are_numbers(task, kind):
    seconds = np.arange(120).reshape(40, 3)
    dates, durations = seconds.astype("datetime64[s]"), seconds.astype("timedelta64[s]")
    whole = durations if "duration" in kind or "timedelta" in kind else dates
    gappy = whole.copy()
    gappy[7, 1] = "NaT"
    if kind.startswith("pandas"):
        pandas = pytest.importorskip("pandas")
        whole, gappy = (pandas.DataFrame({name: each[:, i] for i, name in enumerate("abc")}) for each in (whole, gappy))
    if kind == "polars":
        polars = pytest.importorskip("polars")
        whole, gappy = (
            polars.DataFrame({"a": each[:, 0], "b": each[:, 1], "c": task.X[:, 2]}) for each in (whole, gappy)
        )
    assert_refused_everywhere(task, gappy, ValueError, "Input X contains NaN: NaT, a missing date or duration")
    task.trained("fit", X=whole)


def test_whole_numbers_that_no_float_holds_are_refused(task):
    X = task.X.astype(object)
    X[3, 1] = 10**400
    assert_refused_everywhere(
        task, X.tolist(), ValueError, "Input X contains infinity or a value too large for float64"
    )


@pytest.mark.parametrize("part", ["real", "imag"])
@pytest.mark.parametrize("sparse_type", [each for each in SPARSE_TYPES if hasattr(each((1, 1)), "real")])
def test_the_parts_of_complex_sparse_inputs_are_inputs(task, method, sparse_type, part):
    X = sparse_inputs()
    both = sparse_type(X + 1j * X)
    assert_same_as_array(task, method, getattr(both, part), sparse.csr_array(X))


def test_csr_of_arrays_that_lie_in_steps_is_csr(task, method):
    X = sparse.csr_array(sparse_inputs())
    strided = X.copy()
    strided.data, strided.indices = np.repeat(X.data, 2)[::2], np.repeat(X.indices, 2)[::2]
    assert_same_as_array(task, method, strided, X)
