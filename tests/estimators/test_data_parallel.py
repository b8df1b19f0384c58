"""gradient and apply_gradient: parts of an epoch that are added up make the epoch that one machine makes."""

import warnings
from copy import deepcopy

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor, apply_gradient, gradient

RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4))
BINARY = np.where(X[:, 0] > 0, "yes", "no")
THREE = np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])
LABELS = (X[:, :3] > 0).astype(int)
TARGETS = 30 + 5 * np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])
SHARES = [slice(0, 7), slice(7, 8), slice(8, 60)]  # uneven, and one of a single instance

CLASSIFIERS = {
    "binary": (BINARY, {}),
    "three classes": (THREE, {}),
    "softmax": (THREE, {"loss": "log_loss", "activation": "tanh"}),
    "labels": (LABELS, {"loss": "log_loss"}),
    "columns": (np.column_stack([THREE, BINARY]), {"activation": "relu"}),
    "class weights": (THREE, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
}
REGRESSORS = {
    "target": (TARGETS[:, 0], {}),
    "targets": (TARGETS, {"loss": "huber"}),
    "own scale": (TARGETS[:, 1], {"normalize_y": False, "learning_rate_init": 1e-3}),
    "poisson": (np.abs(TARGETS), {"loss": "poisson"}),
    "constant": (np.full(60, 7.0), {}),
}
RULES = {
    "sgd": {},
    "momentum": {"momentum": 0.9, "learning_rate_init": 0.05},
    "nesterov": {"momentum": 0.9, "nesterovs_momentum": True, "learning_rate_init": 0.05},
    "adam": {"solver": "adam"},
    "rprop": {"solver": "rprop"},
    "invscaling": {"learning_rate": "invscaling"},
    "inverse_epoch": {"learning_rate": "inverse_epoch"},
    "adaptive": {"learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1},
}


def initialized(cls, y, **parameters):
    settings = {"hidden_layer_sizes": (5, 3), "batch_size": "epoch", "alpha": 0.1, "random_state": 0} | parameters
    return cls(**settings).initialize(X, y)


def step_together(network, y, weights=None, inputs=X):
    """One update by the sum of what each share gives."""
    parts = [gradient(network, inputs[part], y[part], None if weights is None else weights[part]) for part in SHARES]
    return apply_gradient(network, np.sum(parts, axis=0))


def assert_same_state(one, other, rtol=1e-11):
    def same(mine, theirs):
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol * max(1e-12, np.abs(theirs).max(initial=0)))

    for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert mine.dtype == theirs.dtype
        same(mine, theirs)
    assert one._memory_.keys() == other._memory_.keys()
    for name, vector in one._memory_.items():
        same(vector, other._memory_[name])
    for name in (
        "loss_curve_",
        "error_curve_",
        "update_curve_",
        "learning_rate_",
        "hidden_learning_rate_",
        "best_loss_",
        "update_tol_",
    ):
        same(np.array(getattr(one, name)), np.array(getattr(other, name)))
    for name in ("n_epochs_", "t_", "n_iter_", "_n_updates_", "stop_reason_", "restarts_"):
        assert getattr(one, name) == getattr(other, name), name
    # The largest weight and mean squares, which automatic rates follow where there are several batches, are no sums.
    of_weights = {"_largest_weight_", "_mean_square_weight_", "_mean_square_of_classes_"}
    assert set(vars(one)) | of_weights == set(vars(other)) | of_weights


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("cls", "y", "parameters"),
    [
        *(pytest.param(BackpropClassifier, *each, id=name) for name, each in CLASSIFIERS.items()),
        *(pytest.param(BackpropRegressor, *each, id=name) for name, each in REGRESSORS.items()),
    ],
)
def test_added_gradients_of_shares_make_the_update_of_partial_fit(cls, y, parameters, rule):
    together = initialized(cls, y, **{**parameters, **RULES[rule]})
    alone = deepcopy(together)
    for _ in range(6):
        step_together(together, y)
        alone.partial_fit(X, y)
    assert_same_state(together, alone)
    assert_same_state(together.partial_fit(X, y), alone.partial_fit(X, y))


@pytest.mark.parametrize("cls", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("convert", [np.asarray, csr_array])
@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_added_gradients_of_weighted_and_of_sparse_instances_make_the_update_of_partial_fit(cls, convert, solver):
    y = THREE if cls is BackpropClassifier else TARGETS
    weights = np.random.RandomState(1).choice([0.0, 0.5, 7.0], 60)
    together = initialized(cls, y, solver=solver)
    alone = deepcopy(together)
    weights[7] = 2.0  # the share of one instance
    for _ in range(4):
        step_together(together, y, weights, convert(X))
        alone.partial_fit(convert(X), y, sample_weight=weights)
    assert_same_state(together, alone)
    assert together.t_ == 4 * np.count_nonzero(weights)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weight", [1e-24, 1e-12, 1.0, 1e12, 1e20])
def test_added_gradients_of_equal_weights_of_any_size_make_the_update_of_partial_fit(weight, dtype):
    """As float32 the sums of their squares may be 0 or infinite."""
    random = np.random.RandomState(0)
    inputs = random.normal(size=(80, 4))
    targets = inputs[:, 0] + random.normal(size=80)
    together = BackpropRegressor(100, batch_size="epoch", random_state=0).initialize(inputs, targets)
    alone = deepcopy(together)
    weights = np.full(80, weight)
    total = sum(gradient(together, inputs[part], targets[part], weights[part]) for part in (slice(30), slice(30, 80)))
    apply_gradient(together, total.astype(dtype))
    alone.partial_fit(inputs, targets, sample_weight=weights)
    assert together.hidden_learning_rate_ == pytest.approx(alone.hidden_learning_rate_, rel=1e-6)
    assert together.hidden_learning_rate_ > 2 * together.learning_rate_
    assert together.alpha_ == pytest.approx(alone.alpha_, rel=1e-6)
    exactness = {"rtol": 1e-5, "atol": 1e-8} if dtype == np.float32 else {"rtol": 1e-9}
    np.testing.assert_allclose(together.coefs_[0], alone.coefs_[0], **exactness)


@pytest.mark.parametrize("cls", [BackpropClassifier, BackpropRegressor])
def test_a_float32_network_stays_one(cls):
    y = THREE if cls is BackpropClassifier else TARGETS
    together = clone(initialized(cls, y)).initialize(X.astype(np.float32), y)
    alone = deepcopy(together)
    for _ in range(3):
        step_together(together, y, inputs=X.astype(np.float32))
        alone.partial_fit(X.astype(np.float32), y)
    assert together.coefs_[0].dtype == np.float32
    assert_same_state(together, alone, rtol=1e-5)


@pytest.mark.parametrize("parameters", [{}, {"momentum": 0.5}, {"alpha": 100.0}, {"solver": "adam"}])
def test_hidden_layers_of_a_wide_network_have_their_rate(parameters):
    together = initialized(BackpropClassifier, THREE, hidden_layer_sizes=400, learning_rate_init="auto", **parameters)
    alone = deepcopy(together)
    for _ in range(3):
        step_together(together, THREE)
        alone.partial_fit(X, THREE)
    assert_same_state(together, alone)
    assert together.hidden_learning_rate_ > together.learning_rate_
    step_together(together.set_params(learning_rate_init=0.125), THREE)
    assert together.hidden_learning_rate_ == together.learning_rate_ == 0.125


def test_the_automatic_rate_is_that_of_partial_fit_with_one_batch():
    y = TARGETS[:, 0]
    for solver in ("sgd", "adam", "rprop"):
        together = initialized(BackpropRegressor, y, solver=solver, learning_rate_init="auto")
        alone = deepcopy(together).partial_fit(X, y)
        assert step_together(together, y).learning_rate_ == alone.learning_rate_


def split_gradient(network, vector):
    """The parts of a gradient, as its documentation has their order: of each layer's weights, of the biases."""
    shapes = [each.shape for each in network.coefs_ + network.intercepts_]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(vector[: ends[-1]], ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)], vector[ends[-1] :]


def weighted_loss(network, y, weights):
    """The sum of the losses as scikit-learn has them, of outputs that the network gives by itself."""
    outputs = network.activations(X)[-1]
    if isinstance(network, BackpropRegressor):
        targets = (y.reshape(len(y), -1) - network.y_mean_) / network.y_scale_
        return weights @ (0.5 * ((targets - outputs) ** 2).sum(axis=1))
    targets = y[:, np.newaxis] == network.classes_
    return weights @ -(targets * np.log(outputs)).sum(axis=1)


@pytest.mark.parametrize(
    ("cls", "y", "parameters"),
    [
        (BackpropClassifier, THREE, {"loss": "log_loss", "activation": "tanh"}),
        (BackpropRegressor, TARGETS, {}),
    ],
)
def test_a_gradient_agrees_with_central_differences_of_the_summed_loss(cls, y, parameters):
    network = initialized(cls, y, **parameters).partial_fit(X, y)
    weights = np.random.RandomState(2).uniform(0.5, 3, 60)
    parts, sums = split_gradient(network, gradient(network, X, y, weights))
    np.testing.assert_allclose(sums[:3], [60, weights.sum(), weighted_loss(network, y, weights)], rtol=1e-12)
    np.testing.assert_allclose(sums[5], (weights**2).sum(), rtol=1e-12)
    moved = deepcopy(network)
    arrays = moved.coefs_ + moved.intercepts_
    assert max(np.abs(part).max() for part in parts) > 0.1
    for array, part in zip(arrays, parts, strict=True):
        for place in np.ndindex(array.shape):
            value = array[place]
            losses = []
            for step in (1e-6, -1e-6):
                array[place] = value + step
                losses.append(weighted_loss(moved, y, weights))
            array[place] = value
            assert abs((losses[0] - losses[1]) / 2e-6 - part[place]) < 1e-6 * max(1, np.abs(part).max())


def test_machines_that_apply_the_same_sums_keep_the_same_network():
    machines = [deepcopy(initialized(BackpropClassifier, THREE, solver="adam")) for _ in range(3)]
    for _ in range(5):
        total = sum(gradient(each, X[part], THREE[part]) for each, part in zip(machines, SHARES, strict=True))
        for each in machines:
            apply_gradient(each, total)
    for mine in machines[1:]:
        for one, other in zip(mine.coefs_, machines[0].coefs_, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_machine_without_instances_adds_zeros():
    network = initialized(BackpropRegressor, TARGETS)
    twin, total = deepcopy(network), gradient(network, X, TARGETS)
    apply_gradient(network, total + np.zeros_like(total))
    np.testing.assert_array_equal(network.coefs_[0], apply_gradient(twin, total).coefs_[0])


def test_making_a_gradient_changes_nothing(task):
    network, twin = task.trained(), task.trained()
    gradient(network, task.X, task.y, np.arange(1.0, 41.0))
    task.assert_undisturbed(network, twin)


def test_a_long_run_of_updates_learns_and_thins_its_curves(task, monkeypatch):
    monkeypatch.setattr("skbackprop._estimators.data_parallel.MAX_STREAM_CURVE", 100)
    network = task.new(solver="rprop", learning_rate_init=0.1).initialize(task.X, task.y)
    for _ in range(150):
        apply_gradient(network, gradient(network, task.X[:9], task.y[:9]) + gradient(network, task.X[9:], task.y[9:]))
    assert network.score(task.X, task.y) > 0.95
    assert network.n_epochs_ == 150
    assert len(network.loss_curve_) <= 100


@pytest.mark.parametrize(("cls", "y"), [(BackpropClassifier, THREE), (BackpropRegressor, TARGETS)])
@pytest.mark.parametrize("alpha", [0.0, 1e4])
@pytest.mark.parametrize("layers", [(), (5,)])
def test_the_automatic_rate_follows_penalty_and_larger_inputs_as_that_of_partial_fit_does(cls, y, alpha, layers):
    weights = np.random.RandomState(1).uniform(0.1, 9, len(y))
    together = initialized(cls, y, hidden_layer_sizes=layers, alpha=alpha)
    alone = deepcopy(together)
    for inputs in (X, 7 * X, X):
        step_together(together, y, weights, inputs)
        alone.partial_fit(inputs, y, sample_weight=weights)
    assert_same_state(together, alone)
    assert together._square_norm_ == pytest.approx(alone._square_norm_, rel=1e-12)


def assert_refuses(network, error, match, function, *arguments):
    """A call raises this error and leaves the network as it was."""
    before = deepcopy(vars(network))
    with pytest.raises(error, match=match):
        function(network, *arguments)
    assert vars(network).keys() == before.keys()
    for mine, theirs in zip(network.coefs_, before["coefs_"], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda total: total[:-1], r"gradient has shape \(48,\), but for this network must have \(49,\)"),
        (lambda total: total / 3, "not the mean"),
        (lambda total: 0 * total, "gradient is of 0 instances"),
        (lambda total: np.where(np.arange(49) == 5, np.nan, total), "gradient contains NaN or infinity"),
        (lambda total: "spam", "gradient must be numeric"),
        (lambda total: total * np.where(np.arange(49) < 43, 1e305, 1), "non-finite parameter weights"),
    ],
)
def test_what_is_no_sum_of_gradients_is_refused(classifier_task, change, match):
    network = classifier_task.new(hidden_layer_sizes=(4, 3), learning_rate_init=1e10)
    network.initialize(classifier_task.X, classifier_task.y)
    total = gradient(network, classifier_task.X, classifier_task.y)
    assert_refuses(network, ValueError, match, apply_gradient, change(total))


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"early_stopping": True}, "gradient does not support early_stopping=True"),
        ({"augment": np.add}, "gradient cannot use augment"),
        ({"class_weight": "balanced"}, "class_weight='balanced' needs all labels at once"),
        ({"hidden_layer_sizes": 9}, "gradient cannot change the layers"),
        ({"alpha": -1}, "alpha=-1 is not valid"),
    ],
)
def test_parameters_that_cannot_act_are_refused(classifier_task, parameters, match):
    network = classifier_task.new().initialize(classifier_task.X, classifier_task.y).set_params(**parameters)
    assert_refuses(network, ValueError, match, gradient, classifier_task.X, classifier_task.y)


def test_what_is_no_network_of_ours_or_has_no_weights_is_refused(task):
    with pytest.raises(TypeError, match="estimator is a list"):
        gradient([], task.X, task.y)
    with pytest.raises(NotFittedError, match="gradient needs weights and biases"):
        gradient(task.new(), task.X, task.y)
    with pytest.raises(NotFittedError, match="apply_gradient needs weights and biases"):
        apply_gradient(task.new(), np.zeros(5))


def test_lbfgs_has_a_gradient_but_no_update(task):
    network = task.new(solver="lbfgs").initialize(task.X, task.y)
    total = gradient(network, task.X, task.y)
    assert_refuses(network, ValueError, "apply_gradient has no update for solver='lbfgs'", apply_gradient, total)


def test_a_new_label_is_refused_even_where_partial_fit_would_grow(classifier_task):
    network = classifier_task.new(on_new_class="grow").initialize(classifier_task.X, classifier_task.y)
    assert_refuses(network, ValueError, "y", gradient, classifier_task.X[:1], [7])


@pytest.mark.parametrize(("n_rows", "n_warnings"), [(20, 1), (60, 0)])
def test_a_penalty_that_no_call_has_found_is_told(n_rows, n_warnings):
    """partial_fit would find it, with all instances; their sums do not tell it."""
    noise = np.random.RandomState(1).normal(size=60)
    network = BackpropRegressor(5, batch_size="epoch", random_state=0).initialize(X[:n_rows], noise[:n_rows])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        step_together(network, noise)
    assert [str(each.message)[:38] for each in warned] == ["alpha='auto' is 0 in apply_gradient, a"] * n_warnings
    assert all(each.filename == __file__ for each in warned)
    twin = BackpropRegressor(5, batch_size="epoch", random_state=0).initialize(X[:n_rows], noise[:n_rows])
    assert (twin.partial_fit(X, noise).alpha_ == network.alpha_) == (n_warnings == 0)
