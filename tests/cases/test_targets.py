"""Targets y of every kind, and the classes declared to partial_fit: what is refused, and what comes back as it went in."""

import datetime
import re
import warnings
from copy import deepcopy
from decimal import Decimal

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.multioutput import MultiOutputClassifier

from skbackprop import BackpropRegressor

# Where odd targets are accepted, whether a network learns them in five epochs is not the point.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAN, INF = float("nan"), float("inf")


# What a classifier refuses


@pytest.mark.parametrize("values", [[1.5, 2.5], [0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 2.5], [1e-30, 1.0]], ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_continuous_labels_are_refused(classifier_task, method, values, dtype):
    y = np.resize(values, 40).astype(dtype)
    classifier_task.assert_refused(method, ValueError, "(?s)Unknown label type.*continuous", y=y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_labels_that_are_nan_are_refused(classifier_task, method, dtype):
    y = classifier_task.y.astype(dtype)
    y[3] = NAN
    classifier_task.assert_refused(method, ValueError, r"\by\b.*NaN", y=y)


@pytest.mark.parametrize("value", [INF, -INF])
def test_labels_that_are_infinite_are_refused(classifier_task, method, value):
    y = classifier_task.y.astype(float)
    y[3] = value
    classifier_task.assert_refused(method, ValueError, r"\by\b.*infinity", y=y)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "string", "category", "object"])
def test_labels_that_pandas_calls_missing_are_refused(classifier_task, method, dtype):
    pd = pytest.importorskip("pandas")
    labels = ["a", "b"] if dtype in ("string", "category", "object") else [0, 1]
    y = pd.Series(np.resize(labels, 40)).astype(dtype)
    y.iloc[3] = pd.NA if dtype != "category" else None
    with pytest.raises(ValueError, match=r"\by\b.*NaN"):
        classifier_task.trained(method, y=y)


def test_numbers_as_objects_are_no_labels(classifier_task, method):
    classifier_task.assert_refused(method, ValueError, "Unknown label type", y=classifier_task.y.astype(object))


@pytest.mark.parametrize("odd", [None, 1, 2.5, b"b", ("a",)], ids=repr)
def test_text_labels_among_other_objects_are_refused(classifier_task, method, odd):
    y = np.array(["a", "b"] * 20, dtype=object)
    y[3] = odd
    classifier_task.assert_refused(method, (ValueError, TypeError), r"(?i)\by\b|label", y=y)


def test_multi_output_classifier_learns_several_labels_an_instance(classifier_task):
    y = np.column_stack([classifier_task.y, classifier_task.X[:, 2] > 0]).astype(int)
    model = MultiOutputClassifier(classifier_task.new(max_iter=100)).fit(classifier_task.X, y)
    assert model.predict(classifier_task.X).shape == (40, 2)
    assert model.score(classifier_task.X, y) > 0.5
    partial = MultiOutputClassifier(classifier_task.new())
    partial.partial_fit(classifier_task.X, y, classes=[[0, 1, 2], [0, 1]])
    assert [each.shape for each in partial.predict_proba(classifier_task.X)] == [(40, 3), (40, 2)]


@pytest.mark.parametrize("sparse_type", [sparse.csr_matrix, sparse.csr_array, sparse.csc_array, sparse.coo_array])
@pytest.mark.parametrize("n_columns", [1, 3])
def test_sparse_targets_are_refused_where_they_are_no_indicators_of_labels(task, method, sparse_type, n_columns):
    if task.is_classifier and n_columns > 1:
        pytest.skip("indicators of labels may be sparse")
    y = sparse_type(np.random.RandomState(0).randint(2, size=(40, n_columns)))
    task.assert_refused(method, ValueError, r"\by\b.*(sparse|dense)", y=y)


# What a classifier takes


def labels_of_all_kinds():
    return {
        "bool": np.array([False, True]),
        "whole floats": np.array([0.0, 1.0]),
        "float32": np.array([0, 1, 2], dtype=np.float32),
        "minus one and one": np.array([-1, 1]),
        "int8": np.array([-128, 127, 3], dtype=np.int8),
        "ends of int64": np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max]),
        "neighbours that are one float": np.array([2**62, 2**62 + 1, 2**62 + 2]),
        "uint64": np.array([0, 2**64 - 1, 2**64 - 2], dtype=np.uint64),
        "text": np.array(["no", "yes"]),
        "text of different length": np.array(["a", "much longer than a", "mid"]),
        "text that begins alike": np.array(["spam", "spam ", "Spam"]),
        "empty text": np.array(["", " ", "x"]),
        "objects": np.array(["a", "bb", "ccc"], dtype=object),
        "unicode": np.array(["æ", "日本", "🙂"]),
        "numbers as text": np.array(["10", "9", "1"]),
        "big endian": np.array([1, 2, 3], dtype=">i4"),
    }


KINDS = list(labels_of_all_kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_labels_as_they_went_in(classifier_task, kind):
    labels = labels_of_all_kinds()[kind]
    y = labels[np.minimum(classifier_task.y, len(labels) - 1)]
    estimator = classifier_task.trained("fit", {"max_iter": 60}, y=y)
    check_round_trip(classifier_task, estimator, labels, y)


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_after_partial_fit_are_labels_as_they_went_in(classifier_task, kind):
    labels = labels_of_all_kinds()[kind]
    y = labels[np.minimum(classifier_task.y, len(labels) - 1)]
    estimator = classifier_task.new()
    for _ in range(60):
        estimator.partial_fit(classifier_task.X, y, classes=labels)
    check_round_trip(classifier_task, estimator, labels, y)


def check_round_trip(task, estimator, labels, y):
    assert estimator.classes_.tolist() == sorted(labels.tolist())
    predictions = estimator.predict(task.X)
    assert predictions.dtype == estimator.classes_.dtype
    assert set(predictions.tolist()) <= set(labels.tolist())
    assert len(set(predictions.tolist())) > 1
    assert np.mean(predictions == y) > 0.8
    assert estimator.score(task.X, y) > 0.8
    assert estimator.predict_proba(task.X).shape == (40, len(labels))


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_the_labels_changes_no_bit_of_the_network(classifier_task, method, kind):
    labels = np.sort(labels_of_all_kinds()[kind])
    codes = np.minimum(classifier_task.y, len(labels) - 1)
    one, other = (
        classifier_task.trained(method, y=y, **({"classes": np.unique(y)} if method == "partial_fit" else {}))
        for y in (labels[codes], codes)
    )
    classifier_task.assert_same(one, other)


@pytest.mark.parametrize("convert", [list, tuple, np.ndarray.tolist], ids=["list", "tuple", "Python objects"])
@pytest.mark.parametrize("kind", ["bool", "minus one and one", "text", "objects"])
def test_labels_in_lists_are_labels(classifier_task, method, convert, kind):
    labels = labels_of_all_kinds()[kind]
    y = labels[np.minimum(classifier_task.y, len(labels) - 1)]
    classes = {"classes": convert(labels)} if method == "partial_fit" else {}
    estimator = classifier_task.trained(method, y=convert(y), **classes)
    classes = {"classes": labels} if method == "partial_fit" else {}
    classifier_task.assert_same(estimator, classifier_task.trained(method, y=y, **classes))
    assert set(estimator.predict(classifier_task.X).tolist()) <= set(labels.tolist())


@pytest.mark.parametrize("dtype", ["category", "string", "object", "str", "Int64", "Float64", "boolean", "int16"])
def test_labels_in_a_series_are_labels(classifier_task, method, dtype):
    pd = pytest.importorskip("pandas")
    is_text = dtype in ("category", "string", "object", "str")
    plain = np.array(["no", "yes"] if is_text else [0, 1])[classifier_task.y % 2]
    y = pd.Series(plain).astype(dtype)
    classes = {"classes": y.unique()} if method == "partial_fit" else {}
    estimator = classifier_task.trained(method, y=y, **classes)
    assert estimator.classes_.tolist() == sorted(set(plain.tolist()))
    assert estimator.predict(classifier_task.X).dtype == estimator.classes_.dtype
    assert estimator.score(classifier_task.X, y) == np.mean(estimator.predict(classifier_task.X) == plain)
    classes = {"classes": np.unique(plain)} if method == "partial_fit" else {}
    classifier_task.assert_same(estimator, classifier_task.trained(method, y=plain, **classes))


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "int8"])
def test_indicators_in_a_frame_are_learned_and_scored(classifier_task, dtype):
    pd = pytest.importorskip("pandas")
    plain = np.stack([classifier_task.y % 2, 1 - classifier_task.y % 2], axis=1)
    frame = pd.DataFrame(plain, columns=["a", "b"]).astype(dtype)
    estimator = classifier_task.trained("fit", y=frame)
    classifier_task.assert_same(estimator, classifier_task.trained("fit", y=plain))
    assert estimator.score(classifier_task.X, frame) == estimator.score(classifier_task.X, plain)
    with pytest.raises(ValueError, match="mix of"):
        estimator.score(classifier_task.X, frame["a"])
    frame.iloc[0, 0] = pd.NA if dtype != "int8" else 7
    with pytest.raises(ValueError, match="NaN" if dtype != "int8" else "7"):
        estimator.score(classifier_task.X, frame)


def test_a_category_that_does_not_occur_is_no_class_of_fit(classifier_task):
    pd = pytest.importorskip("pandas")
    y = pd.Series(pd.Categorical(["a", "b"] * 20, categories=["c", "b", "a", "z"]))
    assert classifier_task.trained("fit", y=y).classes_.tolist() == ["a", "b"]


@pytest.mark.parametrize("library", ["polars", "pyarrow", "dask.array", "torch"])
def test_targets_of_other_libraries_are_targets(task, method, library):
    module = pytest.importorskip(library)
    convert = {"polars": "Series", "pyarrow": "array", "dask.array": "from_array", "torch": "tensor"}[library]
    task.assert_same(task.trained(method, y=getattr(module, convert)(task.y)), task.trained(method))


def test_columns_of_labels_in_a_table_of_another_library_are_labels(classifier_task):
    class Table:
        """What they have in common."""

        def __init__(self, array):
            self.array, self.shape, self.columns = array, array.shape, ["a", "b"]

        def __array__(self, dtype=None, copy=None):
            return self.array if dtype is None else self.array.astype(dtype)

        def __len__(self):
            return len(self.array)

    plain = np.stack([classifier_task.y % 2, classifier_task.y % 2 + 5], axis=1)
    estimator = classifier_task.trained("fit", y=Table(plain))
    classifier_task.assert_same(estimator, classifier_task.trained("fit", y=plain))


@pytest.mark.parametrize("label", [5, 0, -1, True, "spam", 2.0], ids=repr)
def test_a_single_class_is_predicted_always_and_with_certainty(classifier_task, method, label):
    classes = {"classes": [label]} if method == "partial_fit" else {}
    estimator = classifier_task.trained(method, y=[label] * 40, **classes)
    assert estimator.classes_.tolist() == [label]
    assert estimator.predict(classifier_task.X).tolist() == [label] * 40
    np.testing.assert_array_equal(estimator.predict_proba(classifier_task.X), np.ones((40, 1)))
    np.testing.assert_array_equal(estimator.predict_log_proba(classifier_task.X), np.zeros((40, 1)))
    assert estimator.score(classifier_task.X, [label] * 40) == 1.0


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_there_is_no_warning_where_a_single_class_leaves_nothing_to_learn(classifier_task):
    assert classifier_task.trained("fit", y=np.zeros(40, dtype=int)).n_iter_ > 0


def test_a_column_of_labels_is_taken_as_a_row_with_one_warning(classifier_task, method):
    with pytest.warns(DataConversionWarning, match="column-vector y") as record:
        estimator = classifier_task.trained(method, y=classifier_task.y.reshape(-1, 1))
    assert len(record) == 1
    assert estimator.predict(classifier_task.X).shape == (40,)
    classifier_task.assert_same(estimator, classifier_task.trained(method))


def test_two_classes_have_one_output_unit_and_more_have_one_each(classifier_task, method):
    for n_classes, n_units in ((1, 1), (2, 1), (3, 3), (7, 7)):
        classes = {"classes": range(n_classes)} if method == "partial_fit" else {}
        estimator = classifier_task.trained(method, y=np.arange(40) % n_classes, **classes)
        assert estimator.n_outputs_ == n_units
        assert estimator.predict_proba(classifier_task.X).shape == (40, n_classes)


@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")
def test_as_many_classes_as_instances_have_a_probability_each(classifier_task, method):
    classes = {"classes": np.arange(40)} if method == "partial_fit" else {}
    estimator = classifier_task.trained(method, y=np.arange(40), **classes)
    np.testing.assert_allclose(estimator.predict_proba(classifier_task.X).sum(axis=1), 1.0)


# Classes declared to partial_fit


def test_the_first_partial_fit_needs_the_classes(classifier_task):
    for classes in ({}, {"classes": None}):
        estimator = classifier_task.new()
        with pytest.raises(ValueError, match="classes must be passed on the first call"):
            estimator.partial_fit(classifier_task.X, classifier_task.y, **classes)
        assert not [name for name in vars(estimator) if name.endswith("_")]


@pytest.mark.parametrize(
    "classes",
    [
        [],
        (),
        np.array([]),
        [0, 1, NAN],
        [0, None, 1],
        ["a", None],
        [NAN],
        3,
        "abc",
        [[0, 1], [1, 2]],
        {},
        ["a", 1, 2.5],
        [0, 1, 2, INF],
        [0, 1, 2, 2j],
        np.zeros(3, dtype=[("a", int)]),
        np.ma.array([0, 1, 2], mask=[0, 0, 1]),
    ],
    ids=repr,
)
def test_bad_classes_are_refused_by_name(classifier_task, classes):
    if isinstance(classes, list) and "a" in classes:
        classes = np.array(classes, dtype=object)
    classifier_task.assert_refused("partial_fit", (ValueError, TypeError), r"\bclasses\b", classes=classes)


def test_missing_values_of_pandas_are_no_classes(classifier_task):
    pd = pytest.importorskip("pandas")
    for missing in (pd.NA, pd.NaT):
        classes = np.array([0, 1, missing], dtype=object)
        classifier_task.assert_refused("partial_fit", (ValueError, TypeError), r"\bclasses\b", classes=classes)


@pytest.mark.parametrize(
    "order", [[2, 0, 1], [0, 0, 1, 2, 2], (0, 1, 2), range(3), np.array([0.0, 1.0, 2.0])], ids=repr
)
def test_classes_may_come_in_any_order_and_more_than_once(classifier_task, order):
    one, other = (classifier_task.trained("partial_fit", classes=classes) for classes in (order, [0, 1, 2]))
    assert one.classes_.tolist() == [0, 1, 2]
    classifier_task.assert_same(one, other)
    classifier_task.train(one, "partial_fit", classes=[1, 2, 0])
    classifier_task.assert_same(one, classifier_task.train(other, "partial_fit"))


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2, 3], [1, 2, 3], ["0", "1", "2"]], ids=repr)
def test_other_classes_in_a_later_partial_fit_are_refused(classifier_task, method, classes):
    estimator, twin = classifier_task.trained(method), classifier_task.trained(method)
    with pytest.raises(ValueError, match=r"(?s)classes.*first call.*0, 1, 2"):
        classifier_task.train(estimator, "partial_fit", classes=classes)
    classifier_task.assert_undisturbed(estimator, twin)


@pytest.mark.parametrize("unseen", [3, -1, 10**6])
def test_a_label_outside_the_classes_is_refused_with_both_sets(classifier_task, method, unseen):
    y = classifier_task.y.copy()
    y[7] = unseen
    new, fitted, twin = classifier_task.new(), classifier_task.trained(method), classifier_task.trained(method)
    for estimator in (new, fitted):
        with pytest.raises(ValueError, match=rf"(?s)\by\b.*{unseen}.*classes.*0, 1, 2"):
            classifier_task.train(estimator, "partial_fit", y=y)
    assert not [name for name in vars(new) if name.endswith("_")]
    classifier_task.assert_undisturbed(fitted, twin)


@pytest.mark.parametrize("first", [2**53, 2**60, 2**63 - 3])
@pytest.mark.parametrize("types", [(np.int64, np.uint64), (np.uint64, np.int64)])
def test_large_labels_in_another_type_of_ints_are_the_same_labels(classifier_task, first, types):
    codes = classifier_task.y
    labels = [codes.astype(each) + np.array(first, dtype=each) for each in types]
    network = classifier_task.new().partial_fit(classifier_task.X, labels[0], classes=np.unique(labels[0]))
    other = classifier_task.new().partial_fit(classifier_task.X, codes, classes=[0, 1, 2])
    network.partial_fit(classifier_task.X, labels[1])
    other.partial_fit(classifier_task.X, codes)
    assert network.loss_curve_ == other.loss_curve_
    scores = [
        each.fit(classifier_task.X, y, X_val=classifier_task.X, y_val=y_val).validation_scores_
        for each, y, y_val in (
            (classifier_task.new(), labels[0], labels[1]),
            (classifier_task.new(), codes, codes),
        )
    ]
    assert scores[0] == scores[1]


def test_large_labels_that_no_class_has_are_refused(classifier_task):
    y = classifier_task.y.astype(np.uint64) + np.uint64(2**63)
    for classes in ([0, 1, 2], [2**62, 2**62 + 1, 2**63 - 1]):
        with pytest.raises(ValueError, match=f"y contains labels {2**63}"):
            classifier_task.trained("partial_fit", y=y, classes=classes)


@pytest.mark.parametrize("first", [0, 2**53])
def test_classes_grow_by_no_label_that_their_type_cannot_hold(classifier_task, first):
    network = classifier_task.new(on_new_class="grow").partial_fit(classifier_task.X, classifier_task.y + first)
    twin = deepcopy(network)
    with pytest.raises(ValueError, match=f"{2**63}.* do not fit into the type of the classes, int64"):
        network.partial_fit(classifier_task.X, classifier_task.y.astype(np.uint64) + np.uint64(2**63))
    classifier_task.assert_undisturbed(network, twin)


def test_records_are_no_labels(classifier_task):
    y = np.zeros(40, dtype=[("a", int)])
    classifier_task.assert_refused("fit", ValueError, "y holds records", y=y)


def test_masked_targets_and_weights_are_refused(task, method):
    mask = np.arange(40) % 7 == 0
    y, weights = np.ma.array(task.y, mask=mask), np.ma.array(np.ones(40), mask=mask)
    task.assert_refused(method, ValueError, "y is a masked array in which 6 values are missing", y=y)
    task.assert_refused(method, ValueError, "sample_weight is a masked array", sample_weight=weights)
    task.assert_same(task.trained(method, y=np.ma.array(task.y)), task.trained(method))
    with pytest.raises(ValueError, match="y is a masked array in which 6 values are missing"):
        task.trained(method).score(task.X, y)


@pytest.mark.parametrize(
    ("weights", "problem"),
    [(-np.ones(40), "negative values"), ([10**400] * 40, "infinity"), (np.ones(39), r"has shape \(39,\)")],
)
def test_a_score_takes_no_other_weights_than_fit(task, weights, problem):
    with pytest.raises(ValueError, match=f"sample_weight .*{problem}"):
        task.trained("fit").score(task.X, task.y, weights)


def test_sparse_labels_of_one_dimension_are_refused(classifier_task):
    y = sparse.coo_array(np.arange(40) % 2)
    classifier_task.assert_refused("fit", ValueError, "y is sparse", y=y)
    with pytest.raises(ValueError, match=r"y is sparse and has one dimension: pass y.toarray\(\)"):
        classifier_task.trained("fit").score(classifier_task.X, y)


def test_labels_of_another_type_than_the_classes_are_refused(classifier_task):
    for y, classes in ((["0", "1"] * 20, [0, 1]), ([0, 1] * 20, ["0", "1"]), (["aa", "b"] * 20, ["a", "b"])):
        with pytest.raises(ValueError, match=r"\by\b.*classes"):
            classifier_task.trained("partial_fit", y=y, classes=classes)


def test_a_class_that_has_not_come_yet_has_a_probability(classifier_task):
    estimator = classifier_task.trained("partial_fit", y=classifier_task.y % 2, classes=[0, 1, 2, 3])
    assert estimator.predict_proba(classifier_task.X).shape == (40, 4)
    classifier_task.train(estimator, "partial_fit", y=np.full(40, 3))
    assert np.isfinite(estimator.predict_log_proba(classifier_task.X)).all()


def test_partial_fit_after_fit_knows_the_classes_of_fit(classifier_task):
    estimator = classifier_task.trained("fit")
    classifier_task.train(estimator, "partial_fit", y=np.ones(40, dtype=int))
    assert estimator.classes_.tolist() == [0, 1, 2]


# What both estimators refuse


def test_missing_targets_are_refused(task, method):
    task.assert_refused(method, (ValueError, TypeError), "requires y to be passed", y=None)
    with pytest.raises(TypeError, match="'y'"):
        getattr(task.new(), method)(task.X)


@pytest.mark.parametrize(
    "targets",
    [np.float64(1.0), 3, "abc", {"a": 1}, object(), (0 for _ in range(40)), np.zeros((40, 0)), [[1], [1, 2]] * 20],
    ids=lambda each: repr(each)[:20],
)
def test_targets_that_are_no_columns_of_values_are_refused(task, method, targets):
    task.assert_refused(
        method, ValueError, r"^y (is .*must be of shape \(n_samples,\)|has rows of different)", y=targets
    )


def test_sets_of_labels_are_refused_with_what_makes_columns_of_them(classifier_task, method):
    for y in ([["a", "b"], ["c"]] * 20, [{"a", "b"}, {"c"}] * 20):
        classifier_task.assert_refused(method, ValueError, "^y h.*MultiLabelBinarizer", y=y)


def test_objects_that_are_no_values_are_refused(task, method):
    task.assert_refused(method, ValueError, "^y (holds|must be numeric)", y=[{"a": 1}] * 40)


def test_targets_of_three_dimensions_are_refused(task, method):
    for shape in ((40, 1, 1), (40, 2, 2)):
        task.assert_refused(method, ValueError, r"^y is of shape", y=np.zeros(shape, dtype=int))


def test_no_targets_at_all_are_refused(task, method):
    task.assert_refused(method, ValueError, r"inconsistent numbers of samples: \[40, 0\]|0 sample\(s\)|\by\b", y=[])


def test_complex_targets_are_refused(task, method):
    y = np.arange(40) % 2 + 1j
    task.assert_refused(method, (ValueError, TypeError), "(?i)complex", y=y)


# What a regressor refuses


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_targets_that_are_nan_or_infinite_are_refused(regressor_task, method, value, dtype, n_outputs):
    y = regressor_task.y.astype(dtype)
    y[39] = value
    if n_outputs:
        y = np.column_stack([y, np.zeros(40)]).astype(dtype)
    regressor_task.assert_refused(method, ValueError, r"(?s)\by\b.*(NaN|infinity)", y=y)


@pytest.mark.parametrize("dtype", ["Float64", "Int64"])
def test_targets_that_pandas_calls_missing_are_refused(regressor_task, method, dtype):
    pd = pytest.importorskip("pandas")
    y = pd.Series(regressor_task.y.round()).astype(dtype)
    y.iloc[3] = pd.NA
    with pytest.raises(ValueError, match=r"\by\b.*NaN"):
        regressor_task.trained(method, y=y)


@pytest.mark.parametrize("values", [["a", "b"], ["1.5", "2.5"], [b"1.5", b"2.5"], ["", "1"]], ids=repr)
@pytest.mark.parametrize("dtype", [None, object])
def test_text_is_no_target_of_a_regressor(regressor_task, method, values, dtype):
    y = np.resize(np.array(values, dtype=dtype), 40)
    regressor_task.assert_refused(method, ValueError, r"\by\b", y=y)


@pytest.mark.parametrize("odd", ["a", "1.5", b"1.5", [1], {"a": 1}, 1j], ids=repr)
def test_objects_that_are_no_numbers_are_no_targets_of_a_regressor(regressor_task, method, odd):
    y = regressor_task.y.astype(object)
    y[3] = odd
    regressor_task.assert_refused(method, (ValueError, TypeError), r"\by\b", y=y)


@pytest.mark.parametrize("unit", ["M8[s]", "m8[s]"])
def test_dates_are_no_targets_of_a_regressor(regressor_task, method, unit):
    y = np.arange(40).astype(unit)
    regressor_task.assert_refused(method, (ValueError, TypeError), r"\by\b", y=y)


@pytest.mark.parametrize("dtype", ["category", "string", "object", "str"])
def test_a_series_of_text_is_no_target_of_a_regressor(regressor_task, method, dtype):
    pd = pytest.importorskip("pandas")
    y = pd.Series(["red", "green"] * 20).astype(dtype)
    regressor_task.assert_refused(method, ValueError, r"\by\b", y=y)


# What a regressor takes


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.uint64, np.float16, np.float32, "g", ">f8", object])
def test_targets_of_any_number_type_are_the_numbers_they_are(regressor_task, method, dtype):
    y = np.abs(regressor_task.y * 3).round().astype(dtype)
    estimator = regressor_task.trained(method, y=y)
    regressor_task.assert_same(estimator, regressor_task.trained(method, y=y.astype(np.float64)))
    assert estimator.predict(regressor_task.X).dtype == np.float64


def test_targets_that_are_number_objects_are_numbers(regressor_task, method):
    y = np.array([Decimal(float(value)) for value in regressor_task.y], dtype=object)
    regressor_task.assert_same(regressor_task.trained(method, y=y), regressor_task.trained(method))


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "boolean", "int8", "float32"])
def test_a_series_of_numbers_is_numbers(regressor_task, method, dtype):
    pd = pytest.importorskip("pandas")
    plain = np.abs(regressor_task.y).round()
    plain = plain > 0 if dtype == "boolean" else plain
    estimator = regressor_task.trained(method, y=pd.Series(plain).astype(dtype))
    regressor_task.assert_same(estimator, regressor_task.trained(method, y=plain.astype(np.float64)))


@pytest.mark.parametrize(
    "scale", [1e-320, 1e-300, 1e-160, 1e-30, 1e30, 1e100, 1e154, 1e200, 1e300], ids=lambda scale: f"{scale:g}"
)
def test_targets_of_any_size_are_learned(regressor_task, method, scale):
    predictions = regressor_task.trained(method, y=regressor_task.y * scale).predict(regressor_task.X)
    assert np.isfinite(predictions).all()
    if scale > 1e-150:  # the variance of still smaller targets is 0 in float64, which leaves them as they are
        usual = regressor_task.trained(method).predict(regressor_task.X)
        np.testing.assert_allclose(predictions / scale, usual, rtol=0, atol=1e-9)


@pytest.mark.parametrize("offset", [1e8, -1e12, 1e15])
def test_targets_far_from_zero_are_learned(regressor_task, offset):
    y = regressor_task.y * 1e-3 * abs(offset) + offset
    estimator = regressor_task.trained("fit", {"max_iter": 100}, y=y)
    assert estimator.score(regressor_task.X, y) > 0.5


@pytest.mark.parametrize("normalize_y", [True, False])
def test_targets_beyond_float32_in_a_float32_network_are_refused_by_name(regressor_task, method, normalize_y):
    message = r"^y contains a value too large for dtype\('float32'\): float64 inputs make a float64 network"
    with pytest.raises(ValueError, match=message):
        regressor_task.trained(
            method, {"normalize_y": normalize_y}, X=regressor_task.X.astype(np.float32), y=regressor_task.y * 1e60
        )


@pytest.mark.parametrize("value", [0, 5, -3.25, 1e20, 1e-20, True])
@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_constant_targets_are_predicted_without_a_warning(regressor_task, method, value):
    estimator = regressor_task.trained(method, {"batch_size": 1}, y=np.full(40, value))
    for _ in range(30):
        regressor_task.train(estimator, "partial_fit", y=np.full(40, value))
    np.testing.assert_allclose(estimator.predict(regressor_task.X), float(value), rtol=1e-3, atol=0.05)


def test_a_constant_target_beside_others_stays_finite(regressor_task, method):
    y = np.column_stack([regressor_task.y, np.full(40, 7.0)])
    predictions = regressor_task.trained(method, y=y).predict(regressor_task.X)
    assert predictions.shape == (40, 2)
    assert np.isfinite(predictions).all()


@pytest.mark.parametrize("shape", [(40,), (40, 1), (40, 2), (40, 5)])
def test_predictions_have_the_shape_of_the_targets(regressor_task, method, shape):
    y = np.resize(regressor_task.y, shape[::-1]).T
    assert y.shape == shape
    for convert in (np.asarray, np.ndarray.tolist, np.asfortranarray):
        estimator = regressor_task.trained(method, y=convert(y))
        assert estimator.predict(regressor_task.X).shape == shape
        assert estimator.predict(regressor_task.X[:1]).shape == (1, *shape[1:])
        assert np.isfinite(estimator.score(regressor_task.X, y))


def test_one_target_is_learned_the_same_as_a_row_and_as_a_column(regressor_task, method):
    row = regressor_task.trained(method)
    column = regressor_task.trained(method, y=regressor_task.y.reshape(-1, 1))
    regressor_task.assert_same(row, column)
    np.testing.assert_array_equal(row.predict(regressor_task.X), column.predict(regressor_task.X).ravel())


def test_a_data_frame_of_targets_is_several_targets(regressor_task, method):
    pd = pytest.importorskip("pandas")
    y = np.column_stack([regressor_task.y, regressor_task.X[:, 0]])
    estimator = regressor_task.trained(method, y=pd.DataFrame(y, columns=["one", "two"]))
    # A frame is stored by columns, so that its means are summed in another order.
    regressor_task.assert_same(estimator, regressor_task.trained(method, y=y), atol=1e-12)


@pytest.mark.parametrize(("first", "later"), [(1, 2), (2, 1), (2, 3)])
def test_another_number_of_targets_in_a_later_partial_fit_is_refused_with_both_counts(
    regressor_task, method, first, later
):
    y, other = (np.resize(regressor_task.y, (n_outputs, 40)).T for n_outputs in (first, later))
    estimator = regressor_task.trained(method, y=y)
    twin, before = deepcopy(estimator), regressor_task.outputs(estimator)
    match = rf"\by\b(?=.*\b{first}\b)(?=.*\b{later}\b)"
    with pytest.raises(ValueError, match=match):
        regressor_task.train(estimator, "partial_fit", y=other)
    np.testing.assert_array_equal(regressor_task.outputs(estimator), before)
    regressor_task.assert_same(
        regressor_task.train(estimator, "partial_fit", y=y), regressor_task.train(twin, "partial_fit", y=y)
    )


@pytest.mark.parametrize(("first", "later"), [(1, 2), (2, 1), (2, 3)])
def test_a_score_on_another_number_of_targets_is_refused_with_both_counts(regressor_task, first, later):
    y, other = (np.resize(regressor_task.y, (n_outputs, 40)).T for n_outputs in (first, later))
    estimator = regressor_task.trained(y=y)
    with pytest.raises(ValueError, match=rf"(?=.*\b{first}\b)(?=.*\b{later}\b)"):
        estimator.score(regressor_task.X, other)


def test_fit_may_change_the_number_of_targets(regressor_task):
    y = np.column_stack([regressor_task.y, regressor_task.y])
    estimator = regressor_task.train(regressor_task.trained(), "fit", y=y)
    regressor_task.assert_same(estimator, regressor_task.trained(y=y))
    assert estimator.predict(regressor_task.X).shape == (40, 2)


def test_the_scale_of_the_targets_is_that_of_the_first_call(regressor_task):
    estimator = regressor_task.trained("partial_fit", {"normalize_y": True})
    mean, scale = estimator.y_mean_.copy(), estimator.y_scale_.copy()
    regressor_task.train(estimator, "partial_fit", y=regressor_task.y * 2 + 5)
    np.testing.assert_array_equal([estimator.y_mean_, estimator.y_scale_], [mean, scale])
    np.testing.assert_allclose([mean[0], 5 * scale[0]], [regressor_task.y.mean(), regressor_task.y.std()])


# Memory


@pytest.mark.parametrize("change", ["read-only", "strided", "reversed", "memmap"])
def test_the_layout_of_the_targets_changes_no_bit_and_they_are_not_modified(task, method, change, tmp_path):
    y = task.y.copy()
    if change == "read-only":
        y.flags.writeable = False
    elif change == "memmap":
        np.save(tmp_path / "y.npy", y)
        y = np.load(tmp_path / "y.npy", mmap_mode="r")
    else:
        y = np.repeat(y, 2)[::2] if change == "strided" else y[::-1].copy()[::-1]
    task.assert_same(task.trained(method, y=y), task.trained(method))
    np.testing.assert_array_equal(y, task.y)


def test_whole_numbers_of_nullable_types_are_told_apart_by_value(classifier_task, method):
    """As floating-point numbers these two are one."""
    pd = pytest.importorskip("pandas")
    labels = np.array([2**53, 2**53 + 1])
    plain = labels[classifier_task.y % 2]
    for y in (pd.Series(plain, dtype="Int64"), pd.DataFrame({"y": pd.Series(plain, dtype="UInt64")})):
        classes = {"classes": pd.Series(labels, dtype="Int64")} if method == "partial_fit" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataConversionWarning)  # of a single column
            estimator = classifier_task.trained(method, y=y, **classes)
        assert estimator.classes_.tolist() == labels.tolist()
        expected = np.mean(estimator.predict(classifier_task.X) == plain)
        assert estimator.score(classifier_task.X, pd.Series(plain, dtype="Int64")) == expected
        classes = {"classes": labels} if method == "partial_fit" else {}
        classifier_task.assert_same(estimator, classifier_task.trained(method, y=plain, **classes))


def test_labels_of_nullable_types_come_back_as_whole_numbers_or_bools(classifier_task):
    pd = pytest.importorskip("pandas")
    codes = classifier_task.y % 2
    for dtype, kind in (("Int64", "i"), ("UInt8", "u"), ("boolean", "b")):
        estimator = classifier_task.trained("fit", y=pd.Series(codes).astype(dtype))
        assert estimator.predict(classifier_task.X).dtype.kind == kind
    frame = pd.DataFrame({"a": codes, "b": codes + 5}, dtype="Int64").set_axis(["a", "a b"], axis=1)
    columns = classifier_task.trained("fit", y=frame)
    assert [classes.tolist() for classes in columns.classes_] == [[0, 1], [5, 6]]
    assert columns.predict(classifier_task.X).dtype.kind == "i"


@pytest.mark.parametrize("odd", [Decimal(1), datetime.date(2000, 1, 1), b"b"], ids=repr)
def test_what_is_no_label_is_named(classifier_task, method, odd):
    y = np.array([odd] * 40, dtype=object)
    classifier_task.assert_refused(method, ValueError, rf"\by holds .*{re.escape(repr(odd))}.*label", y=y)


def test_bytes_are_no_labels(classifier_task, method):
    y = np.array([b"a", b"b"])[classifier_task.y % 2]
    classifier_task.assert_refused(method, ValueError, r"y holds bytes, \[b'.'\].*decode", y=y)


def test_text_of_a_type_that_scikit_learn_does_not_know_is_refused(classifier_task, method):
    new_text = getattr(getattr(np, "dtypes", None), "StringDType", None)
    if new_text is None:
        pytest.skip("needs NumPy 2")
    y = np.array(["a", "b"], dtype=new_text())[classifier_task.y % 2]
    classifier_task.assert_refused(method, ValueError, r"y holds StringDType.*pass y.astype\(object\)", y=y)


@pytest.mark.parametrize("size", [1.7e308, 1e-323])
def test_targets_whose_mean_or_deviation_no_number_holds_are_named(size):
    y = np.resize([size, size, -size], 40)
    with pytest.raises(ValueError, match=r"^y holds numbers of up to .*multiply y by a number that brings them near 1"):
        BackpropRegressor(3, max_iter=2).fit(np.random.RandomState(0).normal(size=(40, 3)), y)
