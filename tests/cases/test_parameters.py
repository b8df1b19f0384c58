"""Constructor parameters: what each refuses, when it refuses it, and which unusual values it takes."""

import inspect
import re
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators.parameters import REQUIREMENTS

NAN, INF = float("nan"), float("inf")

# A whole number that no float can hold.
BEYOND_FLOATS = 10**400

NOT_A_FINITE_NUMBER = [NAN, INF, -INF, "0.1", None, [0.1], 1j, BEYOND_FLOATS]

BAD = {
    "hidden_layer_sizes": [
        *(0, -3, (5, 0), (5, -1), [0], np.array([4, 0]), BEYOND_FLOATS, (BEYOND_FLOATS, 5), [5, BEYOND_FLOATS]),
        *("x", "5", b"5", None, 2.5, 4.0, NAN, (5, 2.5), (5, "a"), (5, None), [[5]], np.array([[5, 4]])),
        *(np.array([4.0, 3.0]), {5}, {5: 4}, True, (5, True)),
    ],
    "alpha": [-1, -1e-9, *NOT_A_FINITE_NUMBER],
    "batch_size": [0, -1, 2.0, NAN, INF, "foo", "Epoch", b"auto", "", None, True, [32], (32,), np.array([32])],
    "learning_rate_init": [0, 0.0, -1, *NOT_A_FINITE_NUMBER],
    "max_iter": [0, -1, 1.5, 10.0, NAN, INF, "10", None, True, [10]],
    "shuffle": ["yes", 1, 0, None, 1.0, [], np.array([True])],
    "random_state": [-1, 1.5, 0.0, "a", 2**32, NAN, True, [1], np.random.default_rng(0)],
    "verbose": ["yes", -1, 1.5, None, NAN, [1]],
    "momentum": [-0.1, 1.1, *NOT_A_FINITE_NUMBER],
    "init_range": [0, -1, "Glorot", "xavier", b"glorot", (-0.5, 0.5), 1e308, *NOT_A_FINITE_NUMBER],
    "update_tol": [-1, -1e-9, *NOT_A_FINITE_NUMBER],
    "error_tol": [-1, -1e-9, *NOT_A_FINITE_NUMBER],
}
BAD_OF_ONE = {
    "class_weight": ["foo", "Balanced", 2, 2.0, [1, 2, 3], (1, 2), NAN, True, np.ones(3)],
    "normalize_y": ["yes", 0, 1, 3.0, NAN, None, [True]],
}


def cases(values):
    """One pytest case per parameter and value."""
    return [
        pytest.param(name, value, id=f"{name}={repr(value).partition(' at 0x')[0][:30]}")
        for name, each in values.items()
        for value in each
    ]


def names(name, value):
    """A pattern of messages that hold a parameter's name and value."""
    return rf"(?s){name}.*{re.escape(repr(value))}"


def owner(name, classifier_task, regressor_task):
    """The task of the one estimator that has this parameter."""
    return classifier_task if name == "class_weight" else regressor_task


# What is refused


@pytest.mark.parametrize(("name", "value"), cases(BAD))
def test_a_bad_parameter_is_named_with_its_value_by_every_call_that_trains(task, method, name, value):
    task.assert_refused(method, ValueError, names(name, value), {name: value})


@pytest.mark.parametrize(("name", "value"), cases(BAD_OF_ONE))
def test_a_bad_parameter_of_one_estimator_is_named_with_its_value(classifier_task, regressor_task, method, name, value):
    task = owner(name, classifier_task, regressor_task)
    task.assert_refused(method, ValueError, names(name, value), {name: value})


@pytest.mark.parametrize(
    "weight", [-1, NAN, INF, -INF, "a", None, [1.0], 1j, BEYOND_FLOATS], ids=lambda weight: repr(weight)[:30]
)
def test_a_bad_weight_of_a_class_is_refused_with_the_name_and_the_value_of_class_weight(
    classifier_task, method, weight
):
    value = {0: 1.0, 1: weight, 2: 1.0}
    classifier_task.assert_refused(method, ValueError, names("class_weight", value), {"class_weight": value})


def test_balanced_class_weights_are_refused_by_partial_fit(classifier_task):
    classifier_task.assert_refused("partial_fit", ValueError, "class_weight='balanced'", {"class_weight": "balanced"})


def test_weights_for_none_of_the_classes_are_refused(classifier_task, method):
    value = {"spam": 2.0, "ham": 1.0}
    classifier_task.assert_refused(method, ValueError, "class_weight", {"class_weight": value})


# Some wrong values of every parameter

WRONG = {
    "hidden_layer_sizes": [0, -3, (5, 0), "b", 2.0, None],
    "activation": ["foo", None, 0],
    "solver": ["foo", None],
    "loss": ["foo", None, "hinge"],
    "alpha": [-1, NAN, INF, "x", None, [0.1]],
    "batch_size": [0, -1, 2.0, "foo"],
    "learning_rate": ["foo", None, 0.1],
    "learning_rate_init": [0, -1, NAN, INF, "0.1"],
    "power_t": [-0.1, NAN, None, "x"],
    "max_iter": [0, -1, 1.5, 10.0, INF],
    "max_fun": [0, -1, 1.5],
    "max_time": [0, -1, NAN, INF, "1", True],
    "shuffle": ["yes", 1, None],
    "random_state": [-1, 1.5, "a", 2**32],
    "verbose": [-1, "yes", 0.5, None],
    "momentum": [-0.1, 1.1, NAN],
    "nesterovs_momentum": ["yes", 1, None],
    "beta_1": [-0.1, 1.0, NAN, None],
    "beta_2": [-0.1, 1.0, NAN, None],
    "epsilon": [0, -1e-8, NAN, INF],
    "init_range": [0, -1, NAN, "xavier"],
    "update_tol": [-1, NAN, INF, None],
    "error_tol": [-1, NAN, INF, None],
    "tol": [-1, NAN, INF, "x"],
    "n_iter_no_change": [0, -1, 1.5, NAN, None],
    "early_stopping": ["yes", 1, None],
    "validation_fraction": [-0.1, 1.0, NAN, "x"],
    "scoring": [1, ["accuracy"]],
    "restore_best": ["yes", 1, None],
    "warm_start": ["yes", 1, None],
    "n_init": [0, -1, 1.5, None],
    "n_jobs": [0, 1.5, "all"],
    "on_divergence": ["foo", None, True],
    "augment": ["shift", 1],
    "on_new_class": ["foo", None, True],
    "class_weight": ["foo", 1],
    "huber_delta": [0, -1, NAN, INF],
    "quantile": [0, 1, -0.1, NAN],
    "normalize_y": ["yes", 0, 1, 3.0, None],
}


def test_every_parameter_has_wrong_values_here():
    """So that none can be forgotten, and none that is gone stays."""
    parameters = {name for each in (BackpropClassifier(), BackpropRegressor()) for name in each.get_params()}
    assert set(WRONG) == parameters
    assert parameters <= {*REQUIREMENTS, "loss"}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in WRONG.items() for value in values],
    ids=lambda each: repr(each),
)
def test_a_wrong_value_is_refused_by_name(task, name, value):
    if name not in task.new().get_params():
        pytest.skip("the other estimator's")
    for method in ("fit", "partial_fit"):
        network = task.new(**{name: value})
        with pytest.raises(ValueError, match=f"^{name}=") as caught:
            task.train(network, method)
        assert repr(value) in str(caught.value)
        assert not hasattr(network, "coefs_")


@pytest.mark.parametrize("name", ["activation", "solver", "loss", "learning_rate", "on_divergence"])
def test_the_names_to_choose_from_are_listed(task, name):
    with pytest.raises(ValueError, match="'foo' is not valid: it must be one of ") as caught:
        task.train(task.new(**{name: "foo"}), "fit")
    assert repr(getattr(task.new(), name)) in str(caught.value)


@pytest.mark.parametrize("name", [*BAD, *BAD_OF_ONE])
def test_the_constructor_and_set_params_and_clone_take_any_value(classifier_task, regressor_task, name):
    make = (regressor_task if name == "normalize_y" else classifier_task).estimator_class
    for value in {**BAD, **BAD_OF_ONE}[name]:
        for estimator in (make(**{name: value}), make().set_params(**{name: value})):
            assert estimator.get_params()[name] is value
            assert not [attribute for attribute in vars(estimator) if attribute.endswith("_")]
            assert name in repr(estimator)
            # A clone has a copy of the value, of the same kind.
            assert type(clone(estimator).get_params()[name]) is type(value)


@pytest.mark.parametrize("value", [(10**9, 10**9), [10**9, 10**9], 10**12, 2**63, 10**30, (10**9, 1, 10**9)], ids=repr)
def test_layers_that_cannot_fit_into_memory_are_refused_before_anything_is_allocated(task, method, value):
    estimator = task.new(hidden_layer_sizes=value)
    tracemalloc.start()
    try:
        with pytest.raises((MemoryError, ValueError), match=names("hidden_layer_sizes", value) + r".*\d.* bytes"):
            task.train(estimator, method)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert not hasattr(estimator, "coefs_")


@pytest.mark.parametrize("value", [10**10, 10**12, 10**30], ids=repr)
def test_restarts_that_cannot_fit_into_memory_are_refused_before_anything_is_allocated(task, value):
    estimator = task.new(n_init=value)
    tracemalloc.start()
    try:
        with pytest.raises(MemoryError, match=rf"^n_init={value} networks need about .* bytes of memory.*take fewer"):
            task.train(estimator, "fit")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert not hasattr(estimator, "coefs_")


def test_layers_that_cannot_fit_into_memory_leave_a_fitted_estimator_undisturbed(task):
    estimator, twin = task.trained(), task.trained()
    estimator.set_params(hidden_layer_sizes=(10**9, 10**9))
    with pytest.raises((MemoryError, ValueError), match="hidden_layer_sizes"):
        task.train(estimator, "fit")
    task.assert_undisturbed(estimator.set_params(hidden_layer_sizes=4), twin)


def test_an_unknown_parameter_is_a_type_error_of_the_constructor(task):
    with pytest.raises(TypeError, match="foo"):
        task.estimator_class(foo=1)


def test_an_unknown_parameter_makes_set_params_list_the_valid_names(task):
    with pytest.raises(ValueError, match=r"(?s)foo.*hidden_layer_sizes.*learning_rate_init"):
        task.new().set_params(foo=1)


def test_only_the_layers_may_be_given_by_position(task):
    with pytest.raises(TypeError, match="positional"):
        task.estimator_class((5,), 0.1)
    first, *others = list(inspect.signature(task.estimator_class).parameters.values())
    assert first.name == "hidden_layer_sizes"
    assert {each.kind for each in others} == {inspect.Parameter.KEYWORD_ONLY}


# What is accepted


@pytest.mark.parametrize("value", [(), [], np.array([]), range(0)], ids=repr)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_no_hidden_layers_make_a_network_of_one_layer_of_weights(task, method, value):
    estimator = task.trained(method, {"hidden_layer_sizes": value})
    n_outputs = 3 if task.is_classifier else 1
    assert [weights.shape for weights in estimator.coefs_] == [(3, n_outputs)]
    assert estimator.n_layers_ == 2
    assert estimator.predict(task.X).shape == (40,)


@pytest.mark.parametrize(
    ("value", "layers"),
    [
        (5, [5]),
        (np.int64(5), [5]),
        (np.uint8(5), [5]),
        ((5,), [5]),
        ([5, 4], [5, 4]),
        ((np.int32(5), 4), [5, 4]),
        (range(3, 5), [3, 4]),
        (np.array([4, 3]), [4, 3]),
        (np.array([4], dtype=np.uint8), [4]),
        ((1, 1, 1, 1), [1, 1, 1, 1]),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_layers_may_be_any_ints_and_get_params_returns_the_identical_object(task, method, value, layers):
    estimator = task.trained(method, {"hidden_layer_sizes": value})
    assert estimator.get_params()["hidden_layer_sizes"] is value
    assert [len(biases) for biases in estimator.intercepts_[:-1]] == layers
    assert all(type(weights.shape[1]) is int for weights in estimator.coefs_)
    np.testing.assert_array_equal(clone(estimator).hidden_layer_sizes, value)


@pytest.mark.parametrize(
    ("name", "value", "same_as"),
    [
        ("batch_size", 10_000, "epoch"),
        ("batch_size", 10**30, "epoch"),
        ("batch_size", 40, "epoch"),
        ("batch_size", "auto", "epoch"),
        ("batch_size", np.str_("epoch"), "epoch"),
        ("batch_size", np.int64(8), 8),
        ("batch_size", np.uint8(8), 8),
        ("max_iter", np.int64(4), 4),
        ("max_iter", np.uint8(4), 4),
        ("learning_rate_init", 1, 1.0),
        ("learning_rate_init", np.float32(0.5), 0.5),
        ("learning_rate_init", np.float16(0.5), 0.5),
        ("learning_rate_init", Fraction(1, 2), 0.5),
        ("alpha", 1, 1.0),
        ("alpha", np.float32(0.25), 0.25),
        ("alpha", 0, 0.0),
        ("momentum", 0, 0.0),
        ("momentum", np.float32(0.25), 0.25),
        ("momentum", Fraction(1, 4), 0.25),
        ("init_range", 1, 1.0),
        ("init_range", np.float32(0.25), 0.25),
        ("init_range", np.float16(0.25), 0.25),
        ("alpha", np.uint8(200), 200.0),
        ("n_init", np.int8(3), 3),
        ("init_range", np.str_("glorot"), "glorot"),
        ("update_tol", 0, 0.0),
        ("update_tol", np.float32(0), 0.0),
        ("error_tol", 0, 0.0),
        ("error_tol", np.int64(0), 0.0),
        ("shuffle", np.bool_(True), True),
        ("shuffle", np.bool_(False), False),
        ("random_state", np.int64(3), 3),
        ("random_state", np.uint32(3), 3),
        ("random_state", 2**32 - 1, np.uint32(2**32 - 1)),
        ("verbose", 0, False),
        ("verbose", np.bool_(False), False),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_values_of_other_types_mean_the_same(task, method, name, value, same_as):
    estimator = task.trained(method, {name: value})
    assert estimator.get_params()[name] is value
    task.assert_same(estimator, task.trained(method, {name: same_as}))


@pytest.mark.parametrize("number", [np.float16(0.3), np.float32(0.1), np.longdouble(0.3)], ids=repr)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_numbers_of_any_precision_are_what_float_makes_of_them(regressor_task, number):
    X, y = np.tile(regressor_task.X, (10, 1)), np.tile(regressor_task.y, 10)
    for parameters in (
        {"loss": "huber", "huber_delta": number},
        {"loss": "quantile", "quantile": number},
        {"early_stopping": True, "validation_fraction": number},
    ):
        name = list(parameters)[-1]
        networks = [regressor_task.new(**(parameters | {name: each})).fit(X, y) for each in (number, float(number))]
        regressor_task.assert_same(*networks)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_many_restarts_of_any_int_are_counted_as_ints(task):
    wanted = np.uint64(2**64 - 1)
    with pytest.raises(MemoryError, match=str(2**64 - 1)):
        task.trained("fit", {"n_init": wanted})
    task.trained("fit", {"n_init": np.uint8(3), "hidden_layer_sizes": 100})


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_normalize_y_may_be_a_boolean_of_numpy(regressor_task, method, value):
    estimator = regressor_task.trained(method, {"normalize_y": np.bool_(value)})
    regressor_task.assert_same(estimator, regressor_task.trained(method, {"normalize_y": value}))


def test_a_batch_size_above_the_number_of_instances_means_the_whole_epoch_in_every_partial_fit(task):
    large, whole = task.new(batch_size=30), task.new(batch_size="epoch")
    for n_instances in (20, 1, 30):
        for estimator in (large, whole):
            task.train(estimator, "partial_fit", X=task.X[:n_instances], y=task.y[:n_instances])
    task.assert_same(large, whole)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # long batches, few epochs
def test_auto_is_200_or_the_number_of_instances(task):
    X, y = np.tile(task.X, (6, 1)), np.tile(task.y, 6)
    of_200, auto = (task.trained("fit", {"batch_size": size, "max_iter": 20}, X=X, y=y) for size in (200, "auto"))
    task.assert_same(of_200, auto)
    with pytest.raises(AssertionError):
        task.assert_same(auto, task.trained("fit", {"batch_size": "epoch", "max_iter": 20}, X=X, y=y))


@pytest.mark.parametrize("value", [1.0, 1, np.float64(1.0)], ids=repr)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_momentum_of_one_is_accepted(task, method, value):
    estimator = task.trained(method, {"momentum": value, "learning_rate_init": 0.01})
    assert np.isfinite(task.outputs(estimator)).all()


@pytest.mark.parametrize("name", ["update_tol", "error_tol"])
def test_a_tolerance_of_zero_never_stops_a_training(task, name):
    estimator = task.trained("fit", {"update_tol": 0, "error_tol": 0, "max_iter": 30, name: 0.0})
    assert estimator.n_iter_ == 30
    assert estimator.stop_reason_ == "max_iter"


@pytest.mark.parametrize("name", ["update_tol", "error_tol"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_tolerance_above_all_values_stops_after_one_epoch(task, name):
    is_share = name == "error_tol" and is_classifier(task.estimator_class())
    estimator = task.trained("fit", {name: 1 if is_share else 1e6})
    assert estimator.n_iter_ == 1
    assert estimator.stop_reason_ == name


@pytest.mark.parametrize("value", [1.0000001, 5, 1e6])
def test_a_share_of_instances_is_no_percentage(classifier_task, regressor_task, method, value):
    message = f"error_tol={value!r} is not valid: it must be a number from 0 to 1"
    classifier_task.assert_refused(method, ValueError, message, {"error_tol": value})
    regressor_task.trained(method, {"error_tol": value})  # whose outputs may be worse than the mean


@pytest.mark.parametrize("bound", [0.5, 1.0, 1e-3])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_weights_and_biases_start_inside_the_range(task, method, bound):
    # A rate this small leaves the starting values where they are.
    estimator = task.trained(method, {"init_range": bound, "learning_rate_init": 1e-300, "hidden_layer_sizes": 50})
    for array in estimator.coefs_ + estimator.intercepts_[:-1]:
        assert 0.5 * bound < np.abs(array).max() <= bound


@pytest.mark.parametrize("verbose", [True, np.bool_(True), 1, np.int64(1)], ids=repr)
def test_verbose_prints_every_epoch(task, verbose, capsys):
    task.trained("fit", {"verbose": verbose})
    assert capsys.readouterr().out.count("Iteration") == 5


@pytest.mark.parametrize(
    ("verbose", "epochs"),
    [(2, [1, 2, 4, 6, 7]), (3, [1, 3, 6, 7]), (6, [1, 6, 7]), (1000, [1, 7]), (10**30, [1, 7])],
)
def test_verbose_prints_the_first_the_last_and_every_kth_epoch(task, verbose, epochs, capsys):
    task.trained("fit", {"verbose": verbose, "max_iter": 7})
    assert [int(number) for number in re.findall(r"Iteration (\d+)", capsys.readouterr().out)] == epochs


@pytest.mark.parametrize("verbose", [False, 0, np.bool_(False)], ids=repr)
def test_no_verbose_prints_nothing(task, method, verbose, capfd):
    task.trained(method, {"verbose": verbose})
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_a_new_random_state_instance_means_the_same_as_its_seed(task, method):
    estimator = task.trained(method, {"random_state": np.random.RandomState(3)})
    task.assert_same(estimator, task.trained(method, {"random_state": 3}))


def test_a_random_state_instance_is_advanced_so_two_fits_differ(task, method):
    random_state = np.random.RandomState(0)
    first, second = (task.trained(method, {"random_state": random_state}) for _ in range(2))
    with pytest.raises(AssertionError):
        task.assert_same(first, second)


def test_a_random_state_instance_is_not_advanced_by_a_refused_call(task, method):
    random_state = np.random.RandomState(0)
    estimator = task.new(random_state=random_state)
    for bad in ({"X": task.X[:-1]}, {"sample_weight": -np.ones(40)}, {"coefs_init": [np.zeros((3, 4))]}):
        with pytest.raises(ValueError, match=r"samples|sample_weight|coefs_init"):
            task.train(estimator, method, **bad)
    assert random_state.randint(2**31) == np.random.RandomState(0).randint(2**31)


def test_an_integer_random_state_gives_the_same_network_in_every_fit(task):
    estimator = task.new(random_state=7)
    first = task.train(clone(estimator), "fit")
    for _ in range(2):
        task.assert_same(task.train(estimator, "fit"), first)


def test_no_random_state_draws_a_new_start_in_every_fit(task):
    first, second = (task.trained("fit", {"random_state": None, "max_iter": 20}) for _ in range(2))
    with pytest.raises(AssertionError):
        task.assert_same(first, second)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_training_does_not_touch_the_global_random_state(task, method):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    task.trained(method, {"random_state": 0})
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# Parameters that change after a training


@pytest.mark.parametrize("name", BAD)
def test_a_parameter_made_bad_after_a_training_does_not_change_predictions(task, method, name):
    estimator = task.trained(method)
    before = task.outputs(estimator)
    for value in BAD[name]:
        estimator.set_params(**{name: value})
        np.testing.assert_array_equal(task.outputs(estimator), before)


@pytest.mark.parametrize(("name", "value"), cases({name: values[:1] for name, values in BAD.items()}))
def test_a_parameter_made_bad_between_two_partial_fits_is_refused(task, name, value):
    estimator, twin = task.trained("partial_fit"), task.trained("partial_fit")
    good = getattr(estimator, name)
    with pytest.raises(ValueError, match=names(name, value)):
        task.train(estimator.set_params(**{name: value}), "partial_fit")
    task.assert_undisturbed(estimator.set_params(**{name: good}), twin)


@pytest.mark.parametrize("value", [5, (4, 4), (), [3]], ids=repr)
def test_other_layers_between_two_partial_fits_are_refused_with_the_fitted_ones(task, value):
    estimator, twin = task.trained("partial_fit"), task.trained("partial_fit")
    with pytest.raises(ValueError, match=names("hidden_layer_sizes", value) + r".*\b4\b"):
        task.train(estimator.set_params(hidden_layer_sizes=value), "partial_fit")
    task.assert_undisturbed(estimator.set_params(hidden_layer_sizes=4), twin)


@pytest.mark.parametrize("value", [(4,), [4], np.int64(4), np.array([4]), range(4, 5)], ids=repr)
def test_the_same_layers_in_other_words_between_two_partial_fits_are_accepted(task, value):
    estimator, twin = task.trained("partial_fit"), task.trained("partial_fit")
    task.assert_undisturbed(estimator.set_params(hidden_layer_sizes=value), twin)


def test_another_normalize_y_between_two_partial_fits_is_refused(regressor_task):
    estimator, twin = regressor_task.trained("partial_fit"), regressor_task.trained("partial_fit")
    with pytest.raises(ValueError, match=r"(?s)normalize_y.*False.*True"):
        regressor_task.train(estimator.set_params(normalize_y=False), "partial_fit")
    regressor_task.assert_undisturbed(estimator.set_params(normalize_y=True), twin)


def test_balanced_class_weights_between_two_partial_fits_are_refused(classifier_task):
    estimator, twin = classifier_task.trained("partial_fit"), classifier_task.trained("partial_fit")
    with pytest.raises(ValueError, match="class_weight='balanced'"):
        classifier_task.train(estimator.set_params(class_weight="balanced"), "partial_fit")
    classifier_task.assert_undisturbed(estimator.set_params(class_weight=None), twin)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", 1.0),
        ("batch_size", 40),
        ("learning_rate_init", 0.01),
        ("shuffle", False),
        ("momentum", 0.0),
        ("momentum", 0.9),
    ],
)
def test_a_new_valid_value_acts_at_the_next_partial_fit(task, name, value):
    changed, twin = task.trained("partial_fit"), task.trained("partial_fit")
    before = task.outputs(changed)
    changed.set_params(**{name: value})
    np.testing.assert_array_equal(task.outputs(changed), before)
    for estimator in (changed, twin):
        task.train(estimator, "partial_fit")
    with pytest.raises(AssertionError):
        task.assert_same(changed, twin)
