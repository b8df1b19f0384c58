"""Weights of instances and of classes, and starting weights of the network: what is refused, and what they must mean."""

import re

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from skbackprop import BackpropClassifier

# Where odd weights are accepted, whether a network learns with them in five epochs is not the point.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def weights():
    return np.random.RandomState(2).uniform(0.1, 3.0, size=40)


# Sample weights that are refused


@pytest.mark.parametrize("convert", [np.zeros, lambda n: [0] * n, lambda n: np.zeros(n, bool), lambda n: -np.zeros(n)])
def test_weights_that_are_all_zero_are_refused(task, method, convert):
    task.assert_refused(method, ValueError, "(?i)sample_weight.*zero", sample_weight=convert(40))


@pytest.mark.parametrize("value", [-1.0, -1e-300, -INF])
@pytest.mark.parametrize("position", [0, 39])
def test_negative_weights_are_refused(task, method, weights, value, position):
    weights[position] = value
    task.assert_refused(method, ValueError, "sample_weight.*", sample_weight=weights)


def test_weights_whose_sum_is_zero_are_refused(task, method):
    task.assert_refused(method, ValueError, "sample_weight", sample_weight=np.resize([1.0, -1.0], 40))


def test_weights_that_are_all_negative_are_refused(task, method):
    task.assert_refused(method, ValueError, "sample_weight", sample_weight=-np.ones(40))


@pytest.mark.parametrize("value", [NAN, INF, -INF, None])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, object])
def test_weights_that_are_nan_or_infinite_are_refused(task, method, weights, value, dtype):
    weights = weights.astype(dtype)
    weights[20] = value
    task.assert_refused(method, ValueError, "sample_weight.*(NaN|infinity)", sample_weight=weights)


def test_missing_weights_of_pandas_are_refused(task, method):
    pd = pytest.importorskip("pandas")
    for dtype in ("Float64", "Int64"):
        weights = pd.Series(np.ones(40)).astype(dtype)
        weights.iloc[3] = pd.NA
        task.assert_refused(method, ValueError, "sample_weight", sample_weight=weights)


@pytest.mark.parametrize("shape", [(39,), (41,), (0,), (1,), (40, 1), (1, 40), (40, 2), (40, 1, 1)])
def test_weights_of_another_shape_are_refused_with_it(task, method, shape):
    match = rf"sample_weight.*{re.escape(str(shape))}"
    task.assert_refused(method, ValueError, match, sample_weight=np.ones(shape))


@pytest.mark.parametrize(
    "bad",
    [
        ["1.0"] * 40,
        ["a"] * 40,
        np.array(["1.0"] * 40, dtype=object),
        [b"1"] * 40,
        "balanced",
        "1",
        np.ones(40, dtype=complex),
        np.ones(40, dtype="M8[s]"),
        [[1.0], [1.0, 2.0]] * 20,
        [{"a": 1}] * 40,
        dict.fromkeys(range(40), 1.0),
        object(),
        sparse.csr_array(np.ones((1, 40))),
        (1.0 for _ in range(40)),
        0.0,
        -1.0,
        NAN,
    ],
    ids=lambda each: re.sub(" at 0x.*", "", repr(each))[:25],
)
def test_weights_that_are_no_list_of_numbers_are_refused(task, method, bad):
    task.assert_refused(method, ValueError, "sample_weight", sample_weight=bad)


# What sample weights mean


@pytest.mark.filterwarnings("ignore:The first call of partial_fit has a single instance")
@pytest.mark.parametrize("batch_size", [1, 2, 8, "auto", "epoch"])
@pytest.mark.parametrize(
    ("zeros", "shuffle"),
    [(slice(0, 1), True), (slice(8, 24), False), (slice(None, None, 2), True), (slice(1, 40), True)],
)
def test_instances_of_weight_zero_are_as_if_they_were_not_there(task, method, weights, batch_size, zeros, shuffle):
    weights[zeros] = 0
    held = weights > 0
    parameters = {"batch_size": batch_size, "shuffle": shuffle, "alpha": 0.01}
    estimator = task.trained(method, parameters, sample_weight=weights, **declared(task, method))
    assert np.isfinite(task.outputs(estimator)).all()
    if len(np.unique(task.y[held])) < len(np.unique(task.y)) and task.is_classifier and method == "fit":
        return  # without these rows the classifier knows fewer classes
    dropped = task.trained(
        method, parameters, X=task.X[held], y=task.y[held], sample_weight=weights[held], **declared(task, method)
    )
    assert estimator.t_ == dropped.t_ == held.sum() * estimator.n_epochs_
    task.assert_same(estimator, dropped, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(estimator.loss_curve_, dropped.loss_curve_, rtol=1e-7)
    np.testing.assert_allclose(estimator.error_curve_, dropped.error_curve_, rtol=1e-7, atol=1e-12)


def declared(task, method):
    """The argument that names all classes to partial_fit."""
    return {"classes": [0, 1, 2]} if task.is_classifier and method == "partial_fit" else {}


def test_the_inputs_of_instances_of_weight_zero_do_not_matter(task, method, weights):
    weights[::3] = 0
    X = task.X.copy()
    X[::3] = 1e6
    task.assert_same(*(task.trained(method, X=each, sample_weight=weights) for each in (X, task.X)))


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("parameters", [{}, {"alpha": 0.5}, {"momentum": 0.0}], ids=repr)
@pytest.mark.parametrize("low", [0, 1])
def test_whole_weights_mean_repetition_where_one_batch_holds_all(task, method, convert, parameters, low):
    weights = np.random.RandomState(0).randint(low, 4, size=40)
    parameters = {"batch_size": "epoch", "max_iter": 20, **parameters}
    weighted = task.trained(method, parameters, X=convert(task.X), sample_weight=weights)
    X, y = np.repeat(task.X, weights, axis=0), np.repeat(task.y, weights)
    repeated = task.trained(method, parameters, X=convert(X), y=y)
    task.assert_same(weighted, repeated, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(weighted.error_curve_, repeated.error_curve_, rtol=1e-7)
    if "alpha" not in parameters:
        assert not np.allclose(task.outputs(weighted), task.outputs(task.trained(method, parameters)), rtol=1e-3)


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize(
    "weights", [[3, 2, 4], [3, 3, 1, 1, 3], [1, 1, 1, 1], [3, 2, 2, 1, 2, 2, 2], [2] * 30], ids=str
)
def test_whole_weights_of_few_rows_mean_repetition(task, method, convert, weights):
    """Though a rate for few instances is smaller: nor do copies among them make more of them."""
    X, y = task.X[: len(weights)].copy(), task.y[: len(weights)]
    X[-1] = X[0]
    weighted = task.trained(method, {"batch_size": "epoch"}, X=convert(X), y=y, sample_weight=weights)
    X, y = np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0)
    repeated = task.trained(method, {"batch_size": "epoch"}, X=convert(X), y=y)
    task.assert_same(weighted, repeated, rtol=1e-7, atol=1e-12)


def test_whole_weights_mean_repetition_for_several_targets(regressor_task, method):
    weights = np.random.RandomState(0).randint(4, size=40)
    y = np.column_stack([regressor_task.y, regressor_task.X[:, 1] ** 2])
    weighted = regressor_task.trained(method, {"batch_size": "epoch"}, y=y, sample_weight=weights)
    X, y = np.repeat(regressor_task.X, weights, axis=0), np.repeat(y, weights, axis=0)
    repeated = regressor_task.trained(method, {"batch_size": "epoch"}, X=X, y=y)
    regressor_task.assert_same(weighted, repeated, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose([weighted.y_mean_, weighted.y_scale_], [repeated.y_mean_, repeated.y_scale_])


@pytest.mark.parametrize("value", [1, 1.0, True])
def test_weights_of_one_change_no_bit(task, method, value):
    task.assert_same(task.trained(method, sample_weight=np.full(40, value)), task.trained(method))


@pytest.mark.parametrize("value", [0.5, 7, 1e-300, 1e300, 1e307, 5e-324])
def test_weights_that_are_all_equal_change_nothing(task, method, value):
    estimator = task.trained(method, sample_weight=np.full(40, value))
    task.assert_same(estimator, task.trained(method), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [2.0, 1e-10, 1e10, 1e-300, 1e300, 1e307])
def test_the_scale_of_the_weights_does_not_matter(task, method, weights, scale):
    one, other = (task.trained(method, sample_weight=each) for each in (weights, weights * scale))
    task.assert_same(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e290])
def test_the_scale_of_the_weights_does_not_matter_beside_large_targets(regressor_task, method, weights, scale):
    settings = {"loss": "poisson", "learning_rate_init": 0.01}
    y = np.abs(regressor_task.y) * 1e15
    one, other = (
        regressor_task.trained(method, settings, y=y, sample_weight=each) for each in (weights, weights * scale)
    )
    regressor_task.assert_same(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_weight_far_above_all_others_gives_finite_outputs(task, method, dtype):
    for weights in (np.r_[1e30, np.ones(39)], np.r_[1e-30, np.ones(39)], np.r_[1e300, np.full(39, 1e-300)]):
        estimator = task.trained(method, X=task.X.astype(dtype), sample_weight=weights)
        assert np.isfinite(task.outputs(estimator)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.uint8, bool, object, ">f8"])
def test_weights_of_any_number_type_are_the_numbers_they_are(task, method, dtype):
    weights = np.random.RandomState(0).randint(3, size=40).astype(dtype)
    one, other = (task.trained(method, sample_weight=each) for each in (weights, weights.astype(np.float64)))
    task.assert_same(one, other)


@pytest.mark.parametrize("kind", ["list", "tuple", "read-only", "strided", "series", "nullable series"])
def test_weights_may_come_in_any_sequence_of_numbers(task, method, weights, kind):
    given = {"list": list, "tuple": tuple, "strided": lambda each: np.repeat(each, 2)[::2]}.get(kind, np.copy)(weights)
    if kind == "read-only":
        given.flags.writeable = False
    if kind.endswith("series"):
        series = pytest.importorskip("pandas").Series
        given = series(weights, index=np.arange(40)[::-1]).astype("Float64" if "nullable" in kind else float)
    task.assert_same(task.trained(method, sample_weight=given), task.trained(method, sample_weight=weights))


def test_weights_are_the_third_argument(task, method, weights):
    named = task.trained(method, sample_weight=weights)
    classes = ([0, 1, 2],) if task.is_classifier and method == "partial_fit" else ()
    task.assert_same(getattr(task.new(), method)(task.X, task.y, weights, *classes), named)
    with pytest.raises(AssertionError):
        task.assert_same(named, task.trained(method))


def test_weights_are_not_modified(task, method, weights):
    weights[::5] = 0
    for dtype in (np.float64, np.float32, np.int64):
        given = weights.astype(dtype)
        before = given.copy()
        task.trained(method, sample_weight=given)
        np.testing.assert_array_equal(given, before)


def test_weights_of_one_partial_fit_do_not_act_in_the_next(task, weights):
    estimator, twin = task.trained("partial_fit"), task.trained("partial_fit")
    for each in (estimator, twin):
        task.train(each, "partial_fit", sample_weight=weights)
        task.train(each, "partial_fit", sample_weight=None if each is estimator else np.ones(40))
    task.assert_same(estimator, twin)


def test_a_penalty_that_weights_make_infinite_is_refused(task, method):
    with pytest.raises(
        ValueError, match=r"^alpha=0\.1 over a mean sample weight of 1e-310 is too large a number: pass"
    ):
        task.train(task.new(alpha=0.1, learning_rate_init="auto"), method, sample_weight=np.full(40, 1e-310))


@pytest.mark.filterwarnings("ignore:The first call of partial_fit has a single instance")
def test_a_single_instance_may_have_any_weight(task, method):
    for weight in (1e-5, 1.0, 1e5):
        estimator = task.trained(method, X=task.X[:1], y=task.y[:1], sample_weight=[weight])
        task.assert_same(estimator, task.trained(method, X=task.X[:1], y=task.y[:1]))


def test_score_takes_weights(task, weights):
    estimator = task.trained()
    weights[:20] = 0
    expected = estimator.score(task.X[20:], task.y[20:], weights[20:])
    assert estimator.score(task.X, task.y, sample_weight=weights) == pytest.approx(expected)


# Class weights


@pytest.mark.parametrize("with_sample_weight", [False, True])
@pytest.mark.parametrize(
    "class_weight",
    [{0: 1, 1: 2, 2: 0.5}, {1: 3.0}, {0: 0, 1: 1, 2: 1}, {0: np.float32(2), 1: 1, 2: np.int64(3)}, {}],
    ids=repr,
)
def test_class_weights_multiply_sample_weights(classifier_task, method, weights, class_weight, with_sample_weight):
    factors = np.array([class_weight.get(label, 1) for label in classifier_task.y.tolist()], dtype=float)
    given = {"sample_weight": weights} if with_sample_weight else {}
    before = dict(class_weight)
    by_class = classifier_task.trained(method, {"class_weight": class_weight}, **given)
    product = (weights if with_sample_weight else 1.0) * factors
    by_instance = classifier_task.trained(method, sample_weight=product)
    classifier_task.assert_same(by_class, by_instance, rtol=1e-10, atol=1e-13)
    assert class_weight == before


def test_balanced_class_weights_are_those_of_scikit_learn(classifier_task):
    y = np.repeat([0, 1, 2], [30, 7, 3])
    balanced = classifier_task.trained("fit", {"class_weight": "balanced"}, y=y)
    by_instance = classifier_task.trained("fit", y=y, sample_weight=compute_sample_weight("balanced", y))
    classifier_task.assert_same(balanced, by_instance, rtol=1e-10, atol=1e-13)
    as_dict = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=y)))
    by_class = classifier_task.trained("fit", {"class_weight": as_dict}, y=y)
    classifier_task.assert_same(balanced, by_class, rtol=1e-10, atol=1e-13)


def test_balanced_class_weights_make_the_total_weights_of_all_classes_equal(classifier_task, weights):
    y = classifier_task.y
    totals = np.bincount(y, weights)
    balanced = classifier_task.trained("fit", {"class_weight": "balanced"}, sample_weight=weights)
    by_instance = classifier_task.trained("fit", sample_weight=weights / totals[y])
    classifier_task.assert_same(balanced, by_instance, rtol=1e-9, atol=1e-12)


def test_balanced_class_weights_do_without_a_class_whose_instances_all_have_weight_zero(classifier_task, weights):
    weights[classifier_task.y == 1] = 0
    estimator = classifier_task.trained("fit", {"class_weight": "balanced"}, sample_weight=weights)
    assert estimator.classes_.tolist() == [0, 1, 2]
    assert np.isfinite(classifier_task.outputs(estimator)).all()


@pytest.mark.parametrize("labels", [["a", "b", "c"], [-5, 0, 5], [0.0, 1.0, 2.0]], ids=repr)
def test_class_weights_are_named_by_label(classifier_task, method, labels):
    y = np.array(labels)[classifier_task.y]
    classes = {"classes": labels} if method == "partial_fit" else {}
    by_label = classifier_task.trained(method, {"class_weight": {labels[2]: 3.0}}, y=y, **classes)
    by_code = classifier_task.trained(method, {"class_weight": {2: 3.0}})
    classifier_task.assert_same(by_label, by_code)


def test_class_weights_of_two_boolean_classes(classifier_task, method):
    y = classifier_task.y > 0
    classes = {"classes": [False, True]} if method == "partial_fit" else {}
    by_class = classifier_task.trained(method, {"class_weight": {False: 1.0, True: 4.0}}, y=y, **classes)
    by_instance = classifier_task.trained(method, y=y, sample_weight=np.where(y, 4.0, 1.0), **classes)
    classifier_task.assert_same(by_class, by_instance, rtol=1e-10, atol=1e-13)


def test_class_weights_that_leave_no_weight_are_refused(classifier_task, method, weights):
    for value in ({0: 0, 1: 0, 2: 0}, {0: 0.0, 1: 0.0, 2: 1.0}):
        weights[classifier_task.y == 2] = 0
        classifier_task.assert_refused(
            method, ValueError, "class_weight.*zero", {"class_weight": value}, sample_weight=weights
        )


@pytest.mark.parametrize(
    "class_weight", [{"no such class": 1}, {"no such class": 1, 0: 2}], ids=["alone", "beside one"]
)
def test_class_weights_of_no_class_are_named(class_weight):
    message = r"^class_weight=\{'no such class': 1.* is not valid: it has weights for \['no such class'\], where the"
    with pytest.raises(ValueError, match=message):
        BackpropClassifier(class_weight=class_weight).fit(np.eye(3), [0, 1, 2])


def test_class_weights_may_change_between_two_partial_fits(classifier_task):
    changed, twin = classifier_task.trained("partial_fit"), classifier_task.trained("partial_fit")
    classifier_task.train(changed.set_params(class_weight={1: 5.0}), "partial_fit")
    by_instance = np.where(classifier_task.y == 1, 5.0, 1.0)
    classifier_task.train(twin, "partial_fit", sample_weight=by_instance)
    classifier_task.assert_same(changed, twin, rtol=1e-10, atol=1e-13)


def test_class_weights_whose_product_overflows_are_refused_by_name(classifier_task, method):
    parameters, weights = {"class_weight": {0: 1e200, 1: 1e200, 2: 1e100}}, np.linspace(1e190, 1e200, 40)
    classifier_task.assert_refused(
        method, ValueError, "^class_weight=.* every instance's weight must", parameters, sample_weight=weights
    )


# Starting weights of the network


def start(task, n_hidden=4):
    """Weights and biases of a network that fits the task."""
    n_outputs = 3 if task.is_classifier else 1
    random_state = np.random.RandomState(9)
    coefs = [random_state.normal(size=shape) for shape in ((3, n_hidden), (n_hidden, n_outputs))]
    intercepts = [random_state.normal(size=n_units) for n_units in (n_hidden, n_outputs)]
    return coefs, intercepts


def test_given_weights_are_where_the_training_starts(task, method):
    coefs, intercepts = start(task)
    estimator = task.trained(method, {"learning_rate_init": 1e-300}, coefs_init=coefs, intercepts_init=intercepts)
    for mine, given in zip(estimator.coefs_ + estimator.intercepts_, coefs + intercepts, strict=True):
        np.testing.assert_allclose(mine, given, rtol=1e-12)


def test_weights_may_be_given_without_biases_and_biases_without_weights(task, method):
    coefs, intercepts = start(task)
    still = {"learning_rate_init": 1e-300}
    drawn = task.trained(method, still)
    only_coefs = task.trained(method, still, coefs_init=coefs)
    only_intercepts = task.trained(method, still, intercepts_init=intercepts)
    for one, other in (
        (only_coefs.coefs_, coefs),
        (only_coefs.intercepts_, drawn.intercepts_),
        (only_intercepts.coefs_, drawn.coefs_),
        (only_intercepts.intercepts_, intercepts),
    ):
        for mine, given in zip(one, other, strict=True):
            np.testing.assert_allclose(mine, given, rtol=1e-12)


def test_the_training_goes_on_from_the_weights_of_another_network(task):
    parameters = {"momentum": 0.0, "shuffle": False}
    first = task.trained("fit", parameters)
    second = task.trained("partial_fit", parameters, coefs_init=first.coefs_, intercepts_init=first.intercepts_)
    task.assert_same(second, task.train(first, "partial_fit"))


@pytest.mark.parametrize(
    "convert", [np.ndarray.tolist, np.asfortranarray, lambda array: array.astype(np.float32), "frozen"]
)
def test_starting_weights_may_be_any_arrays_of_numbers_and_are_not_modified(task, method, convert):
    coefs, intercepts = ([array.astype(np.float32).astype(np.float64) for array in each] for each in start(task))
    plain = task.trained(method, coefs_init=coefs, intercepts_init=intercepts)
    if convert == "frozen":
        for array in coefs + intercepts:
            array.flags.writeable = False
        convert = np.asarray
    given = [convert(array) for array in coefs], tuple(convert(array) for array in intercepts)
    before = [np.array(array) for each in given for array in each]
    estimator = task.trained(method, coefs_init=given[0], intercepts_init=given[1])
    task.assert_same(estimator, plain)
    for array, was in zip([*given[0], *given[1]], before, strict=True):
        np.testing.assert_array_equal(array, was)
        assert not any(np.shares_memory(mine, array) for mine in estimator.coefs_ + estimator.intercepts_)


def test_starting_weights_of_a_float32_network_become_float32(task, method):
    coefs, intercepts = start(task)
    X = task.X.astype(np.float32)
    estimator = task.trained(method, X=X, coefs_init=coefs, intercepts_init=intercepts)
    assert {array.dtype for array in estimator.coefs_ + estimator.intercepts_} == {np.dtype(np.float32)}


BAD_STARTS = {
    "too few layers": lambda arrays: arrays[:1],
    "too many layers": lambda arrays: [*arrays, arrays[-1]],
    "no layers": lambda arrays: [],
    "layers in reverse": lambda arrays: arrays[::-1],
    "a row too many": lambda arrays: [np.concatenate([arrays[0], arrays[0][:1]]), arrays[1]],
    "one dimension more": lambda arrays: [array[np.newaxis] for array in arrays],
    "no dimensions": lambda arrays: [0.5, 0.5],
    "a number": lambda arrays: 0.5,
    "text": lambda arrays: "glorot",
    "a list of text": lambda arrays: ["a", "b"],
    "objects": lambda arrays: [object(), object()],
    "ragged": lambda arrays: [[[1.0], [1.0, 2.0]], arrays[1]],
    "None within": lambda arrays: [None, arrays[1]],
    "complex numbers": lambda arrays: [array + 1j for array in arrays],
    "NaN": lambda arrays: [np.where(np.arange(array.size).reshape(array.shape) == 0, NAN, array) for array in arrays],
    "infinity": lambda arrays: [arrays[0], np.full_like(arrays[1], INF)],
}


@pytest.mark.parametrize("bad", BAD_STARTS)
@pytest.mark.parametrize("name", ["coefs_init", "intercepts_init"])
def test_starting_weights_that_do_not_fit_are_refused_by_name(task, method, name, bad):
    arrays = start(task)[name == "intercepts_init"]
    value = BAD_STARTS[bad](arrays)
    with pytest.raises(ValueError, match=name):
        task.trained(method, **{name: value})
    task.assert_refused(method, ValueError, name, **{name: value})


@pytest.mark.parametrize("name", ["coefs_init", "intercepts_init"])
def test_starting_weights_that_a_float32_network_cannot_hold_are_refused_by_name(task, method, name):
    arrays = [array * 1e39 for array in start(task)[name == "intercepts_init"]]
    with pytest.raises(ValueError, match=name):
        task.trained(method, X=task.X.astype(np.float32), **{name: arrays})


@pytest.mark.parametrize("name", ["coefs_init", "intercepts_init"])
def test_a_later_partial_fit_refuses_starting_weights(task, method, name):
    estimator, twin = task.trained(method), task.trained(method)
    arrays = start(task)[name == "intercepts_init"]
    with pytest.raises(ValueError, match=f"{name}.*first call"):
        task.train(estimator, "partial_fit", **{name: arrays})
    task.assert_undisturbed(estimator, twin)


def test_a_later_fit_takes_starting_weights(task):
    coefs, intercepts = start(task)
    estimator = task.train(task.trained(), "fit", coefs_init=coefs, intercepts_init=intercepts)
    task.assert_same(estimator, task.trained(coefs_init=coefs, intercepts_init=intercepts))


@pytest.mark.parametrize("value", [-1.0, NAN])
def test_weights_that_no_score_can_be_made_of_are_refused(classifier_task, value):
    y = classifier_task.y
    for labels in (y, np.stack([y, y + 5], axis=1), np.stack([y % 2, 1 - y % 2], axis=1)):
        estimator = classifier_task.trained("fit", y=labels)
        with pytest.raises(ValueError, match=r"^sample_weight contains .* at index 3\.$"):
            estimator.score(classifier_task.X, labels, np.where(np.arange(40) == 3, value, 1.0))
