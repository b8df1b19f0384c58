"""Labels of every kind: several labels per instance, present or not, or each with classes of its own."""

import copy
import warnings

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array, csr_matrix, issparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.preprocessing import scale
from sklearn.utils.class_weight import compute_sample_weight

from skbackprop import BackpropClassifier, BackpropRegressor

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(90, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
X = scale(X)
FLAGS = np.column_stack([Y == 0, Y > 0, X[:, 0] > 0.5]).astype(int)  # the second label is the first one's contrary
FLAGS[:4] = 0  # rows without any label
COLUMNS = np.column_stack([Y, (X[:, 0] > 0) + 5, np.digitize(X[:, 1], [-1, 0, 1])])
NAMES = np.array([["ant", "bee", "cicada"][i] for i in Y], dtype=object)
NAME_COLUMNS = np.column_stack([NAMES, np.where(X[:, 0] > 0, "yes", "no").astype(object)])

LOSSES = ["squared_error", "log_loss"]


def new(**parameters):
    quick = {"hidden_layer_sizes": 8, "max_iter": 60, "batch_size": 8, "random_state": 0}
    return BackpropClassifier(**quick | parameters)


def assert_same(one, other):
    for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


# ---------------------------------------------------------------------------------------------------------------------
# Multilabel.


@pytest.mark.parametrize("loss", LOSSES)
def test_each_label_has_a_sigmoid_unit_that_says_how_probable_it_is(loss):
    network = new(loss=loss).fit(X, FLAGS)
    assert network.out_activation_ == "logistic"
    assert network.n_outputs_ == 3
    probabilities = network.predict_proba(X)
    hidden = 1 / (1 + np.exp(-(X @ network.coefs_[0] + network.intercepts_[0])))
    expected = 1 / (1 + np.exp(-(hidden @ network.coefs_[1] + network.intercepts_[1])))
    np.testing.assert_allclose(probabilities, expected, rtol=1e-9)
    np.testing.assert_allclose(network.predict_log_proba(X), np.log(expected), rtol=1e-9)
    np.testing.assert_array_equal(network.predict(X), (expected > 0.5).astype(int))
    assert network.predict(X).dtype.kind == "i"
    assert (network.predict(X) == FLAGS).mean() > 0.85
    assert network.score(X, FLAGS) == accuracy_score(FLAGS, network.predict(X))
    assert network.classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "make",
    [
        csr_matrix,
        csr_array,
        coo_array,
        lambda y: csr_array(y.astype(bool)),
        lambda y: csr_array(y.astype(float)),
        lambda y: y.tolist(),
        lambda y: y.astype(bool),
        lambda y: y.astype(float),
        np.asfortranarray,
    ],
    ids=["csr_matrix", "csr_array", "coo_array", "sparse bool", "sparse float", "list", "bool", "float", "fortran"],
)
def test_indicators_of_any_form_make_the_same_network(make):
    """Case C10; as in scikit-learn, predictions are sparse where the labels were."""
    y = make(FLAGS)
    network = new(max_iter=5).fit(X, y)
    plain = new(max_iter=5).fit(X, FLAGS)
    assert_same(network, plain)
    predictions = network.predict(X)
    assert issparse(predictions) == issparse(y)
    np.testing.assert_array_equal(predictions.toarray() if issparse(predictions) else predictions, plain.predict(X))
    assert network.score(X, y) == plain.score(X, FLAGS) == network.score(X, FLAGS)
    assert network.loss_curve_ == plain.loss_curve_


@pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_partial_fit_learns_indicators_in_parts(make):
    stream = new()
    for start in range(0, 90, 30):
        rows = slice(start, start + 30)
        stream.partial_fit(X[rows], make(FLAGS[rows]), classes=[0, 1, 2])
    assert stream.predict(X).shape == (90, 3)
    assert stream.t_ == 90
    whole, calls = new(max_iter=3).fit(X, make(FLAGS)), new()
    for _ in range(3):
        calls.partial_fit(X, make(FLAGS), classes=np.arange(3))
    assert_same(whole, calls)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("value", [0, 1])
def test_a_label_that_all_instances_have_or_none_has_is_learned(loss, value):
    labels = FLAGS.copy()
    labels[:, 1] = value
    network = new(loss=loss).fit(X, labels)
    assert (network.predict(X)[:, 1] == value).all()
    probabilities = network.predict_proba(X)
    assert probabilities.shape == (90, 3)
    assert (probabilities > 0).all()
    assert (probabilities < 1).all()
    assert np.isfinite(network.predict_log_proba(X)).all()


def test_rows_without_any_label_are_predicted_so():
    labels = np.zeros_like(FLAGS)
    labels[X[:, 0] > 0] = [1, 0, 1]
    network = new().fit(X, labels)
    assert network.score(X, labels) > 0.9
    assert (network.predict(X[X[:, 0] < -1]) == 0).all()


def test_saturated_labels_have_probabilities_that_a_logarithm_takes():
    """Case F3."""
    network = new(hidden_layer_sizes=())
    network.partial_fit(X, FLAGS, classes=range(3), coefs_init=[np.full((6, 3), 1e5)])
    probabilities = network.predict_proba(X)
    assert probabilities.min() > 0
    assert probabilities.max() < 1
    assert np.isfinite(network.predict_log_proba(X)).all()


# ---------------------------------------------------------------------------------------------------------------------
# Several columns of classes.


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("y", [COLUMNS, NAME_COLUMNS, COLUMNS.astype(str)], ids=["ints", "objects", "strings"])
def test_each_column_has_classes_of_its_own(loss, y):
    """scikit-learn's issue 26762: its MLP refuses this."""
    network = new(loss=loss).fit(X, y)
    n_columns = y.shape[1]
    assert isinstance(network.classes_, list)
    for classes, column in zip(network.classes_, y.T, strict=True):
        np.testing.assert_array_equal(classes, np.unique(column))
    sizes = [len(classes) for classes in network.classes_]
    assert network.n_outputs_ == sum(size if size > 2 else 1 for size in sizes)

    predictions, probabilities = network.predict(X), network.predict_proba(X)
    assert predictions.shape == y.shape
    assert predictions.dtype == network.classes_[0].dtype
    assert [each.shape for each in probabilities] == [(90, size) for size in sizes]
    for number, each in enumerate(probabilities):
        np.testing.assert_allclose(each.sum(axis=1), 1)
        assert each.min() > 0
        np.testing.assert_array_equal(network.classes_[number][each.argmax(axis=1)], predictions[:, number])
    for each, logarithms in zip(probabilities, network.predict_log_proba(X), strict=True):
        np.testing.assert_array_equal(logarithms, np.log(each))
    assert (predictions == y).mean() > 0.8
    assert network.score(X, y) == pytest.approx((predictions == y).all(axis=1).mean())
    assert n_columns == len(probabilities)


def test_outputs_of_eight_units_with_a_lonely_one_are_what_the_formulas_say():
    """The sigmoid unit of a column of two classes lies between the units of two others: 3 + 1 + 4 units."""
    network = new(loss="log_loss").fit(X, COLUMNS)
    assert network.n_outputs_ == 8
    assert network.out_activation_ == "softmax"
    hidden = 1 / (1 + np.exp(-(X @ network.coefs_[0] + network.intercepts_[0])))
    net = hidden @ network.coefs_[1] + network.intercepts_[1]
    first, second, third = network.predict_proba(X)
    exponentials = np.exp(net)
    np.testing.assert_allclose(first, exponentials[:, :3] / exponentials[:, :3].sum(axis=1, keepdims=True))
    np.testing.assert_allclose(second[:, 1], 1 / (1 + np.exp(-net[:, 3])))
    np.testing.assert_allclose(third, exponentials[:, 4:] / exponentials[:, 4:].sum(axis=1, keepdims=True))


@pytest.mark.parametrize("sizes", [(2, 3), (3, 2), (2, 5, 2), (3, 2, 2, 2), (7, 2), (2, 2), (4, 2, 4, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_of_any_sizes_are_independent_without_hidden_layers(sizes, dtype):
    """Without hidden units nothing is shared, so the columns are learned as if each were alone."""
    inputs = X.astype(dtype)
    y = np.column_stack([(np.arange(90) * (number + 3) // 7) % size for number, size in enumerate(sizes)])
    if sizes == (2, 2):
        y += 1  # else they would be indicators
    together = BackpropClassifier((), loss="log_loss", batch_size="epoch", learning_rate_init=0.5, max_iter=20)
    together.fit(inputs, y, coefs_init=[np.zeros((6, n_units(sizes)))], intercepts_init=[np.zeros(n_units(sizes))])
    probabilities = together.predict_proba(inputs)
    for column, size, mine in zip(y.T, sizes, probabilities, strict=True):
        alone = clone(together)
        alone.fit(
            inputs, column, coefs_init=[np.zeros((6, n_units([size])))], intercepts_init=[np.zeros(n_units([size]))]
        )
        np.testing.assert_allclose(mine, alone.predict_proba(inputs), rtol=1e-4 if dtype == np.float32 else 1e-9)


def n_units(sizes):
    return sum(size if size > 2 else 1 for size in sizes)


@pytest.mark.parametrize("y", [COLUMNS, NAME_COLUMNS], ids=["ints", "objects"])
def test_wrapping_one_network_per_column_is_the_same_without_hidden_layers(y):
    """MultiOutputClassifier is what scikit-learn's users had to take."""
    network = BackpropClassifier(
        (), loss="log_loss", solver="lbfgs", alpha=1.0, tol=1e-8, max_iter=1000, random_state=0
    )
    wrapped = MultiOutputClassifier(clone(network)).fit(X, y)
    network.fit(X, y)
    for mine, theirs in zip(network.predict_proba(X), wrapped.predict_proba(X), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-3)
    assert network.score(X, y) == pytest.approx(wrapped.score(X, y), abs=0.03)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_column_of_one_class_is_predicted_for_sure(loss):
    y = COLUMNS.copy()
    y[:, 1] = 9
    network = new(loss=loss, max_iter=10).fit(X, y)
    assert (network.predict(X)[:, 1] == 9).all()
    assert network.predict_proba(X)[1].tolist() == [[1.0]] * 90
    assert network.predict_log_proba(X)[1].tolist() == [[0.0]] * 90


@pytest.mark.parametrize("y", [COLUMNS, NAME_COLUMNS], ids=["ints", "objects"])
def test_partial_fit_learns_columns_in_parts(y):
    classes = [np.unique(column) for column in y.T]
    whole, calls = new(max_iter=3).fit(X, y), new()
    for _ in range(3):
        calls.partial_fit(X, y, classes=classes)
    assert_same(whole, calls)
    stream = new()
    for start in range(0, 90, 10):
        stream.partial_fit(X[start : start + 10], y[start : start + 10], classes=classes if start == 0 else None)
    assert stream.predict(X).shape == y.shape
    assert stream.t_ == 90


def test_partial_fit_learns_columns_whose_first_rows_look_like_indicators():
    """Lists of classes say that the columns have classes, whatever the first rows hold."""
    y = np.column_stack([Y, Y])
    zeros = np.flatnonzero(Y < 2)
    stream = new().partial_fit(X[zeros], y[zeros], classes=[[0, 1, 2], [0, 1, 2]]).partial_fit(X, y)
    assert [each.shape for each in stream.predict_proba(X)] == [(90, 3), (90, 3)]


def test_a_pandas_frame_of_labels_is_taken():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(NAME_COLUMNS, columns=["insect", "answer"])
    assert_same(new(max_iter=3).fit(X, frame), new(max_iter=3).fit(X, NAME_COLUMNS))
    network = new(max_iter=3).fit(X, frame)
    assert network.score(X, frame) == network.score(X, NAME_COLUMNS)


def test_columns_of_labels_are_scored_in_cross_validation():
    assert cross_val_score(new(max_iter=20), X, COLUMNS, cv=3).shape == (3,)
    assert cross_val_predict(new(max_iter=5), X, COLUMNS, cv=3).shape == COLUMNS.shape
    search = GridSearchCV(new(max_iter=5), {"alpha": [0, 0.1]}, cv=3).fit(X, COLUMNS)
    assert search.predict(X).shape == COLUMNS.shape


def test_the_forms_are_those_of_a_random_forest():
    """scikit-learn's forests take several columns of classes: what they return is the convention."""
    forest = RandomForestClassifier(3, random_state=0).fit(X, COLUMNS)
    network = new(max_iter=3).fit(X, COLUMNS)
    assert network.predict(X).shape == forest.predict(X).shape
    assert [each.shape for each in network.predict_proba(X)] == [each.shape for each in forest.predict_proba(X)]
    for mine, theirs in zip(network.classes_, forest.classes_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


# ---------------------------------------------------------------------------------------------------------------------
# Weights.


def test_sample_weights_count_for_all_labels_of_an_instance():
    weights = np.random.RandomState(0).randint(0, 4, 90)
    for y in (FLAGS, COLUMNS):
        network = new(batch_size="epoch", max_iter=10, alpha=0.1)
        weighted = clone(network).fit(X, y, weights)
        repeated = network.fit(np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0))
        np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-7)
        np.testing.assert_allclose(weighted.error_curve_, repeated.error_curve_)


def test_class_weights_of_indicators_are_multiplied_over_the_labels():
    """A list has a dict for each label, of its absence 0 and its presence 1; one dict is for all."""
    factors = [{0: 1, 1: 3}, {0: 2, 1: 1}, {0: 1, 1: 1}]
    by_hand = np.where(FLAGS[:, 0] == 1, 3.0, 1.0) * np.where(FLAGS[:, 1] == 0, 2.0, 1.0)
    assert_same(new(max_iter=3, class_weight=factors).fit(X, FLAGS), new(max_iter=3).fit(X, FLAGS, by_hand))
    by_hand = np.prod(np.where(FLAGS == 1, 3.0, 1.0), axis=1)
    assert_same(new(max_iter=3, class_weight={0: 1, 1: 3}).fit(X, FLAGS), new(max_iter=3).fit(X, FLAGS, by_hand))


def test_class_weights_of_columns_are_multiplied_over_the_columns():
    factors = [{"ant": 2, "bee": 1, "cicada": 0.5}, {"no": 1, "yes": 4}]
    by_hand = np.prod([[factors[i][row[i]] for i in range(2)] for row in NAME_COLUMNS], axis=1)
    assert_same(
        new(max_iter=3, class_weight=factors).fit(X, NAME_COLUMNS), new(max_iter=3).fit(X, NAME_COLUMNS, by_hand)
    )


@pytest.mark.parametrize("y", [FLAGS, COLUMNS], ids=["indicators", "columns"])
def test_balanced_class_weights_are_scikit_learns_product(y):
    """compute_sample_weight multiplies the balanced weights of all columns."""
    by_hand = compute_sample_weight("balanced", y)
    one, other = new(max_iter=3, class_weight="balanced").fit(X, y), new(max_iter=3).fit(X, y, by_hand)
    for mine, theirs in zip(one.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


@pytest.mark.parametrize(
    ("y", "class_weight"),
    [
        (FLAGS, [{0: 1, 1: 2}]),
        (COLUMNS, [{0: 1}, {5: 1}]),
        (COLUMNS, ["balanced", None]),
        (Y, [{0: 1, 1: 1, 2: 1}]),
    ],
    ids=["too few", "too few columns", "no dicts", "one label"],
)
def test_a_list_of_class_weights_that_does_not_fit_is_refused(y, class_weight):
    with pytest.raises(ValueError, match=r"^class_weight="):
        new(class_weight=class_weight).fit(X, y)


# ---------------------------------------------------------------------------------------------------------------------
# Refusals. A refused call leaves a new network new and a fitted one as it was.


def assert_refused(network, match, *arguments, **keywords):
    twin = copy.deepcopy(network)
    with pytest.raises(ValueError, match=match):
        network.partial_fit(*arguments, **keywords)
    assert set(vars(network)) == set(vars(twin))
    if hasattr(twin, "coefs_"):
        assert_same(network, twin)
        assert_same(network.partial_fit(X, FITTED[id(network)]), twin.partial_fit(X, FITTED[id(network)]))


FITTED = {}


def fitted(y):
    network = new(max_iter=2).fit(X, y)
    FITTED[id(network)] = y
    return network


@pytest.mark.parametrize("y", [FLAGS, COLUMNS], ids=["indicators", "columns"])
def test_the_first_partial_fit_needs_classes(y):
    """Case E1."""
    assert_refused(new(), "classes must be passed on the first call", X, y)


def test_another_number_of_labels_is_refused():
    assert_refused(fitted(FLAGS), "2 labels per instance.* 3", X, FLAGS[:, :2])
    assert_refused(fitted(COLUMNS), "2 labels per instance.* 3", X, COLUMNS[:, :2])
    assert_refused(new(), "3 labels per instance.* 2", X, FLAGS, classes=[0, 1])


def test_one_label_for_several_is_refused_and_the_other_way_round():
    assert_refused(fitted(FLAGS), "y has shape", X, Y)
    assert_refused(fitted(COLUMNS), "y has shape", X, Y)
    assert_refused(fitted(Y), "y", X, FLAGS)
    assert_refused(fitted(Y), "y", X, COLUMNS)


def test_unknown_labels_are_refused_by_name():
    """Case E2."""
    assert_refused(fitted(COLUMNS), r"labels 42 .*\[5, 6\]", X, np.where(COLUMNS == 5, 42, COLUMNS))
    assert_refused(fitted(NAME_COLUMNS), "labels 'wasp'", X, np.where(NAME_COLUMNS == "bee", "wasp", NAME_COLUMNS))
    assert_refused(fitted(FLAGS), r"labels 2 .*\[0, 1\]", X, 2 * FLAGS)
    assert_refused(new(), "labels", X, COLUMNS, classes=[[0, 1], [5, 6], [0, 1, 2, 3]])


def test_other_classes_later_are_refused_and_another_order_is_not():
    """Case E3."""
    classes = [np.unique(column) for column in COLUMNS.T]
    assert_refused(fitted(COLUMNS), "differs from the classes", X, COLUMNS, classes=[*classes[:2], [0, 1, 2, 3, 4]])
    assert_refused(fitted(COLUMNS), "differs from the classes", X, COLUMNS, classes=classes[:2])
    assert_refused(fitted(FLAGS), "differs from the classes", X, FLAGS, classes=[0, 1])
    network = fitted(COLUMNS)
    network.partial_fit(X, COLUMNS, classes=[each[::-1] for each in classes])
    fitted(FLAGS).partial_fit(X, FLAGS, classes=[2, 1, 0])


@pytest.mark.parametrize(
    "classes", [[[0, 1, 2], [], [0]], [[0, 1, 2], [5, np.nan], [0]], [[0, 1, 2], [None, 5], [0]]], ids=str
)
def test_empty_or_missing_classes_of_a_column_are_refused(classes):
    """Case E5."""
    assert_refused(new(), "classes", X, COLUMNS, classes=classes)


def test_numbers_that_are_no_labels_are_refused():
    """Case C1 and C2."""
    for y, match in (
        (COLUMNS + 0.5, "continuous|Unknown label type"),
        (np.where(COLUMNS == 5, np.nan, COLUMNS), "NaN"),
        (np.where(NAME_COLUMNS == "bee", None, NAME_COLUMNS), "NaN"),
        (np.zeros((90, 2, 2)), "^y is of shape"),
    ):
        with pytest.raises(ValueError, match=match):
            new().fit(X, y)


def test_sparse_labels_that_point_outside_are_refused():
    """As Case B27 for inputs: compiled code would follow the indices."""
    y = csr_matrix(FLAGS)
    y.indices = y.indices.copy()
    y.indices[0] = 7
    with pytest.raises(ValueError, match=r"^y is not a well-formed sparse matrix"):
        new().fit(X, y)


@pytest.mark.parametrize("name", ["indptr", "indices", "data"])
@pytest.mark.parametrize("instead", [None, 3, [0, 1], np.array(["a"])], ids=repr)
def test_sparse_labels_without_their_arrays_are_refused(name, instead):
    y = csr_matrix(FLAGS)
    setattr(y, name, instead)
    network = new(max_iter=2).fit(X, csr_matrix(FLAGS))
    for call in (lambda: new().fit(X, y), lambda: network.score(X, y)):
        with pytest.raises(ValueError, match=r"^y is not a well-formed sparse matrix"):
            call()


def test_score_refuses_sparse_labels_that_point_outside_themselves():
    """SciPy would follow them when scikit-learn compares them with predictions."""
    network = BackpropClassifier(4, max_iter=2, random_state=0).fit(X, csr_matrix(FLAGS))
    y = csr_matrix(FLAGS)
    y.indptr[3] = 10**6
    with pytest.raises(ValueError, match=r"^y is not a well-formed sparse matrix"):
        network.score(X, y)


def test_scoring_with_labels_of_another_shape_is_refused():
    for y, wrong in ((COLUMNS, Y), (COLUMNS, COLUMNS[:, :2]), (FLAGS, Y), (FLAGS, FLAGS[:, :2])):
        with pytest.raises(ValueError, match=r"."):
            new(max_iter=2).fit(X, y).score(X, wrong)
    with pytest.raises(ValueError, match=r"."):
        new(max_iter=2).fit(X, COLUMNS).score(X, COLUMNS[:50])


def test_a_column_of_single_labels_is_one_label_with_a_warning():
    """Case C9."""
    with pytest.warns(DataConversionWarning):
        network = new(max_iter=3).fit(X, Y[:, np.newaxis])
    assert_same(network, new(max_iter=3).fit(X, Y))
    assert network.predict(X).shape == (90,)


def test_two_columns_of_other_numbers_are_classes_and_no_indicators():
    network = new(max_iter=3).fit(X, FLAGS * 2 - 1)
    assert [each.tolist() for each in network.classes_] == [[-1, 1]] * 3
    assert set(np.unique(network.predict(X))) <= {-1, 1}


# ---------------------------------------------------------------------------------------------------------------------
# What a false convergence is with several labels; targets of the regressor.


def test_several_labels_that_are_learned_are_not_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new().fit(X, FLAGS)
        new().fit(X, COLUMNS)
        new(max_iter=3).fit(X, np.ones_like(FLAGS))  # there is nothing to learn


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("y", [FLAGS, COLUMNS], ids=["indicators", "columns"])
def test_the_same_labels_for_everything_are_warned_about(y):
    with pytest.warns(UserWarning, match="the same labels for all its training data"):
        new(max_iter=3).fit(X + 1e4, y)


@pytest.mark.parametrize("n_columns", [0, 1, 3])
def test_predictions_of_numbers_have_the_shape_of_the_targets(n_columns):
    """Case C19."""
    targets = X[:, 0] if n_columns == 0 else X[:, :n_columns]
    network = BackpropRegressor(4, max_iter=3, random_state=0).fit(X, targets)
    assert network.predict(X).shape == targets.shape
    stream = BackpropRegressor(4, random_state=0)
    for _ in range(3):
        stream.partial_fit(X, targets)
    np.testing.assert_array_equal(stream.predict(X), network.predict(X))
    with pytest.raises(ValueError, match="2 targets per instance"):
        stream.partial_fit(X, X[:, :2])


@pytest.mark.parametrize(
    ("y", "weights", "match"),
    [
        ([0, 1], None, r"y has shape \(2,\), but must have a row for each of the 90 instances .* \(90, 3\)"),
        (COLUMNS[:1], None, r"y has shape \(1, 3\)"),
        (COLUMNS[:-1], None, r"y has shape \(89, 3\)"),
        (COLUMNS[:, 0], None, r"y has shape \(90,\)"),
        (1, None, r"y has shape \(\)"),
        (COLUMNS * np.nan, None, "y contains NaN"),
        (COLUMNS.astype(str), None, "y holds text in column 1, but the classes of the network are numbers there"),
        (COLUMNS, np.ones(3), r"sample_weight has shape \(3,\)"),
        (COLUMNS, np.full(90, np.nan), "sample_weight contains NaN"),
        (COLUMNS, np.r_[np.ones(89), -1], "sample_weight contains negative values"),
        (COLUMNS, np.zeros(90), "sample_weight is zero for every instance"),
    ],
)
def test_what_columns_cannot_be_scored_by_is_refused(y, weights, match):
    network = new(max_iter=2).fit(X, COLUMNS)
    with pytest.raises(ValueError, match=match):
        network.score(X, y, weights)


@pytest.mark.parametrize("convert", [np.ndarray.tolist, csr_array, np.float64, np.object_], ids=repr)
def test_columns_of_any_container_are_scored_alike(convert):
    network = new(max_iter=2).fit(X, COLUMNS)
    assert network.score(X, convert(COLUMNS)) == np.mean((network.predict(X) == COLUMNS).all(axis=1))


def test_a_score_is_of_one_network_though_another_thread_fits():
    class Refitted(BackpropClassifier):
        def predict(self, X):
            predictions = super().predict(X)
            network.fit(X, Y)
            return predictions

    network = Refitted(3, max_iter=2, random_state=0).fit(X, COLUMNS)
    score = network.score(X, COLUMNS)  # while which it is fitted to labels of another kind
    assert network.classes_.shape == (3,)
    assert score == BackpropClassifier(3, max_iter=2, random_state=0).fit(X, COLUMNS).score(X, COLUMNS)


def test_lists_of_text_and_numbers_side_by_side_are_scored():
    network = new(max_iter=2).fit(X, NAME_COLUMNS)
    mixed = np.column_stack([NAME_COLUMNS, Y.astype(object)])
    assert network.score(X, NAME_COLUMNS.tolist()) == network.score(X, NAME_COLUMNS)
    network.fit(X, mixed)
    assert network.score(X, mixed.tolist()) == network.score(X, mixed)


@pytest.mark.parametrize("class_weight", [["x", None, None], ["balanced", None, "Balanced"]], ids=str)
def test_a_word_that_is_no_class_weight_is_refused_in_a_list_too(class_weight):
    with pytest.raises(ValueError, match=r"class_weight=\[.* in a list must be a dict, 'balanced' or None"):
        new(class_weight=class_weight).fit(X, COLUMNS)


def test_a_stream_refuses_balanced_weights_in_a_list_too():
    classes = [np.unique(column) for column in COLUMNS.T]
    with pytest.raises(ValueError, match="needs all labels at once"):
        new(class_weight=[None, "balanced", None]).partial_fit(X, COLUMNS, classes=classes)


def test_dates_are_labels_but_one_that_is_missing_is_none():
    dates = np.array(["2020-01-01", "2021-01-01", "2022-01-01"], dtype="datetime64[D]")[Y]
    network = new(max_iter=2).fit(X, dates)
    missing = dates.copy()
    missing[3] = "NaT"
    for call in (network.fit, network.partial_fit):
        with pytest.raises(ValueError, match="y contains NaN: NaT is no label"):
            call(X, missing)
