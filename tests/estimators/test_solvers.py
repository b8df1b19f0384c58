"""The solvers, the losses and the learning-rate schedules, against central differences, papers, scipy and scikit-learn."""

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
import sklearn
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit, huber, log_softmax, xlogy
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler, scale

from skbackprop import BackpropClassifier, BackpropRegressor

sklearn_version = tuple(int(number) for number in sklearn.__version__.split(".")[:2])

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def vector_of(coefs, intercepts):
    return np.concatenate([np.ravel(array) for array in [*coefs, *intercepts]])


def parameters_of(network):
    return vector_of(network.coefs_, network.intercepts_)


# ---------------------------------------------------------------------------------------------------------------------
# Central differences of losses written out here.

X = np.random.RandomState(0).normal(size=(12, 3))
N_INSTANCES = len(X)
WEIGHTS = np.random.RandomState(1).uniform(0.5, 2.0, N_INSTANCES)
HIDDEN = (4, 3)

_draw = np.random.RandomState(2)
LABELS = {
    "binary": np.arange(N_INSTANCES) % 2,
    "multiclass": np.arange(N_INSTANCES) % 3,
    "multilabel": np.eye(2, dtype=int)[np.arange(N_INSTANCES) % 2].repeat(2, axis=1)[:, [0, 1, 2]],
    "multioutput": np.column_stack([np.arange(N_INSTANCES) % 3, np.arange(N_INSTANCES) % 2 + 5, np.arange(12) // 3]),
}
CLASSES = {
    "binary": [0, 1],
    "multiclass": [0, 1, 2],
    "multilabel": [0, 1, 2],
    "multioutput": [[0, 1, 2], [5, 6], range(4)],
}


def one_hot(column, classes):
    return (np.asarray(column)[:, np.newaxis] == np.asarray(classes)).astype(float)


# Targets of the output units, and the units that decide together on one label: K classes have K units, two have one.
UNIT_TARGETS = {
    "binary": (LABELS["binary"][:, np.newaxis].astype(float), [1]),
    "multiclass": (one_hot(LABELS["multiclass"], [0, 1, 2]), [3]),
    "multilabel": (LABELS["multilabel"].astype(float), [1, 1, 1]),
    "multioutput": (
        np.hstack(
            [
                one_hot(LABELS["multioutput"][:, 0], [0, 1, 2]),
                (LABELS["multioutput"][:, [1]] == 6).astype(float),
                one_hot(LABELS["multioutput"][:, 2], range(4)),
            ]
        ),
        [3, 1, 4],
    ),
}


def sigmoid_squared_loss(net, targets):
    return 0.5 * ((targets - expit(net)) ** 2).sum(axis=1)


def log_loss_of(groups):
    """Sigmoid units that stand alone have the binary log loss; units that stand for one label together, softmax."""

    def loss(net, targets):
        total = np.zeros(len(net))
        start = 0
        for size in groups:
            z, t = net[:, start : start + size], targets[:, start : start + size]
            if size == 1:
                total += (np.logaddexp(0, z) - t * z).sum(axis=1)
            else:
                total -= (t * log_softmax(z, axis=1)).sum(axis=1)
            start += size
        return total

    return loss


def poisson_loss(net, targets):
    """Half the deviance, of outputs e^net."""
    return (xlogy(targets, targets) - targets * net - targets + np.exp(net)).sum(axis=1)


def pinball(net, targets, quantile=0.3):
    residuals = targets - net
    return np.where(residuals >= 0, quantile * residuals, (quantile - 1) * residuals).sum(axis=1)


REGRESSION_LOSSES = {
    "squared_error": (lambda net, targets: 0.5 * ((targets - net) ** 2).sum(axis=1), {}),
    "absolute_error": (lambda net, targets: np.abs(targets - net).sum(axis=1), {}),
    "huber": (lambda net, targets: huber(0.7, targets - net).sum(axis=1), {"huber_delta": 0.7}),
    "quantile": (pinball, {"quantile": 0.3}),
    "poisson": (poisson_loss, {}),
}

ACTIVATIONS = {
    "identity": lambda net: net,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda net: np.maximum(net, 0),
}


def unpack(vector, sizes):
    shapes = [*pairwise(sizes), *((n,) for n in sizes[1:])]
    parts = np.split(vector, np.cumsum([math.prod(shape) for shape in shapes])[:-1])
    arrays = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    return arrays[: len(sizes) - 1], arrays[len(sizes) - 1 :]


def net_inputs(vector, sizes, activation, inputs=X):
    """Of the output units."""
    coefs, intercepts = unpack(vector, sizes)
    outputs = inputs
    for weights, biases in zip(coefs[:-1], intercepts[:-1], strict=True):
        outputs = ACTIVATIONS[activation](outputs @ weights + biases)
    return outputs @ coefs[-1] + intercepts[-1]


def mean_loss(vector, sizes, activation, loss, targets, weights, alpha, inputs=X):
    """The weighted mean, plus α/2 Σ w² over the sum of the weights, as in scikit-learn; biases are not penalised."""
    losses = loss(net_inputs(vector, sizes, activation, inputs), targets)
    penalty = 0.5 * alpha * sum((coefs**2).sum() for coefs in unpack(vector, sizes)[0])
    return (weights @ losses + penalty) / weights.sum()


def central_differences(function, vector, step=1e-5):
    moves = step * np.eye(len(vector))
    return np.array([(function(vector + move) - function(vector - move)) / (2 * step) for move in moves])


def start_of(sizes, seed=3):
    generator = np.random.RandomState(seed)
    n_numbers = sum(i * j + j for i, j in pairwise(sizes))
    return generator.uniform(0.2, 0.9, n_numbers) * generator.choice([-1, 1], n_numbers)


def assert_the_step_is_the_slope(estimator, y, loss, targets, alpha, weights, make, first):
    """One step of gradient descent from given weights is the rate times the slope."""
    sizes = (3, *HIDDEN, targets.shape[1])
    vector = start_of(sizes)
    coefs, intercepts = unpack(vector, sizes)
    rate = 0.5
    estimator.set_params(
        hidden_layer_sizes=HIDDEN, learning_rate_init=rate, batch_size="epoch", alpha=alpha, solver="sgd", momentum=0.0
    )
    estimator.partial_fit(make(X), y, weights, coefs_init=coefs, intercepts_init=intercepts, **first)
    gradient = (vector - parameters_of(estimator)) / rate

    shares = np.ones(N_INSTANCES) if weights is None else weights
    arguments = (sizes, estimator.activation, loss, targets, shares, alpha)
    expected = central_differences(lambda at: mean_loss(at, *arguments), vector)
    assert np.abs(expected).max() > 1e-3, "an all-zero gradient would agree with anything"
    assert np.abs(gradient - expected).max() < 1e-6 * np.abs(expected).max()
    assert estimator.loss_ == pytest.approx(mean_loss(vector, *arguments), rel=1e-10)
    assert estimator.update_curve_ == [pytest.approx(rate * np.abs(expected).max(), rel=1e-6)]


every_option = [
    pytest.mark.parametrize("activation", list(ACTIVATIONS)),
    pytest.mark.parametrize(("alpha", "weights"), [(0.0, None), (0.3, WEIGHTS)], ids=["plain", "penalised, weighted"]),
    pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "csr"]),
]


def with_every_option(test):
    for mark in every_option:
        test = mark(test)
    return test


@pytest.mark.usefixtures("engine")
@with_every_option
@pytest.mark.parametrize("kind", list(LABELS))
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_a_classifiers_step_follows_central_differences(kind, loss, activation, alpha, weights, make):
    targets, groups = UNIT_TARGETS[kind]
    written_out = log_loss_of(groups) if loss == "log_loss" else sigmoid_squared_loss
    network = BackpropClassifier(activation=activation, loss=loss)
    first = {"classes": [list(each) for each in CLASSES[kind]] if kind == "multioutput" else CLASSES[kind]}
    assert_the_step_is_the_slope(network, LABELS[kind], written_out, targets, alpha, weights, make, first)


@pytest.mark.usefixtures("engine")
@with_every_option
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("loss", list(REGRESSION_LOSSES))
def test_a_regressors_step_follows_central_differences(loss, n_outputs, activation, alpha, weights, make):
    targets = np.random.RandomState(4).gamma(2.0, size=(N_INSTANCES, n_outputs))
    written_out, parameters = REGRESSION_LOSSES[loss]
    network = BackpropRegressor(activation=activation, loss=loss, normalize_y=False, **parameters)
    y = targets if n_outputs > 1 else targets[:, 0]
    assert_the_step_is_the_slope(network, y, written_out, targets, alpha, weights, make, {})


@pytest.mark.parametrize(
    ("loss", "unit"), [("squared_error", "logistic"), ("log_loss", "softmax")], ids=["squared_error", "log_loss"]
)
def test_three_classes_have_the_output_units_of_their_loss(loss, unit):
    network = BackpropClassifier(3, loss=loss).partial_fit(X, LABELS["multiclass"], classes=[0, 1, 2])
    assert network.out_activation_ == unit
    assert network.n_outputs_ == 3


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_the_huber_loss_turns_linear_at_delta_standard_deviations_of_the_targets(n_outputs):
    """`huber_delta` is in standard deviations, whatever the network's own scale is."""
    targets = np.random.RandomState(4).normal(5, 10, size=(N_INSTANCES, n_outputs))
    scaler = StandardScaler().fit(targets)
    network = BackpropRegressor((), loss="huber", huber_delta=0.5, batch_size="epoch", solver="lbfgs")
    inside = network.fit(X, targets).predict(X).reshape(targets.shape)
    network.set_params(normalize_y=False).fit(X, scaler.transform(targets))
    by_hand = scaler.inverse_transform(network.predict(X).reshape(targets.shape))
    np.testing.assert_allclose(inside, by_hand, rtol=1e-3, atol=1e-3 * np.abs(by_hand).max())


# ---------------------------------------------------------------------------------------------------------------------
# The same networks as scikit-learn's, where the two mean the same: MLPClassifier and MLPRegressor draw from the same
# stream in the same order, so one seed makes the same starting weights.

X_SKLEARN, T_SKLEARN = make_regression(60, 4, n_targets=2, random_state=0)
T_SKLEARN = StandardScaler().fit_transform(T_SKLEARN)
_, Y_SKLEARN = make_classification(60, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
LABELS_SKLEARN = np.column_stack([Y_SKLEARN == 0, Y_SKLEARN > 0, X_SKLEARN[:, 0] > 0]).astype(int)

COMMON = {"hidden_layer_sizes": (6, 5), "max_iter": 15, "shuffle": False, "random_state": 3}
OURS = {"init_range": "glorot", "update_tol": 0}
SGD = {"solver": "sgd", "learning_rate_init": 0.05}

SOLVERS = {
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
    "adam with other betas": {
        "solver": "adam",
        "learning_rate_init": 0.02,
        "beta_1": 0.7,
        "beta_2": 0.9,
        "epsilon": 1e-3,
    },
    "momentum": SGD | {"momentum": 0.8, "nesterovs_momentum": False},
    "nesterov": SGD | {"momentum": 0.8, "nesterovs_momentum": True},
    "invscaling": SGD | {"learning_rate": "invscaling", "power_t": 0.3, "momentum": 0.0, "nesterovs_momentum": False},
    "adaptive": SGD
    | {"learning_rate": "adaptive", "tol": 1e-3, "n_iter_no_change": 2, "max_iter": 80, "momentum": 0.0},
}


def assert_same_network(ours, theirs, rtol=1e-8):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(
        parameters_of(ours), parameters_of(theirs), rtol=rtol, atol=rtol * np.abs(parameters_of(theirs)).max()
    )


@ignore_convergence
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", list(SOLVERS))
@pytest.mark.parametrize("batch_size", [1, 7, 60, "auto"])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
def test_a_regressor_is_scikit_learns(solver, batch_size, activation):
    parameters = COMMON | {"tol": 0, "n_iter_no_change": 1000, "alpha": 0.2} | SOLVERS[solver]
    parameters |= {"batch_size": batch_size, "activation": activation}
    # Of several outputs scikit-learn's loss, which 'adaptive' watches, is the mean, ours the sum.
    targets = T_SKLEARN[:, 0] if solver == "adaptive" else T_SKLEARN
    theirs = MLPRegressor(**parameters).fit(X_SKLEARN, targets)
    ours = BackpropRegressor(**parameters, **OURS, normalize_y=False).fit(X_SKLEARN, targets)
    assert_same_network(ours, theirs)
    np.testing.assert_allclose(ours.predict(X_SKLEARN), theirs.predict(X_SKLEARN), rtol=1e-7, atol=1e-9)


@ignore_convergence
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", ["adam", "nesterov"])
@pytest.mark.parametrize("batch_size", [1, 7, 60])
@pytest.mark.parametrize(
    "y", [Y_SKLEARN == 1, Y_SKLEARN, LABELS_SKLEARN], ids=["two classes", "three classes", "multilabel"]
)
def test_a_classifier_is_scikit_learns(solver, batch_size, y):
    parameters = COMMON | {"tol": 0, "n_iter_no_change": 1000, "alpha": 0.2, "activation": "tanh"} | SOLVERS[solver]
    parameters |= {"batch_size": batch_size}
    theirs = MLPClassifier(**parameters).fit(X_SKLEARN, y)
    ours = BackpropClassifier(**parameters, **OURS, loss="log_loss").fit(X_SKLEARN, y)
    assert_same_network(ours, theirs)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(X_SKLEARN), theirs.predict_proba(X_SKLEARN), rtol=1e-7)
    np.testing.assert_array_equal(ours.predict(X_SKLEARN), theirs.predict(X_SKLEARN))


@ignore_convergence
@pytest.mark.skipif(sklearn_version < (1, 7), reason="MLPRegressor takes sample weights since 1.7")
@pytest.mark.parametrize("solver", list(SOLVERS))
def test_weights_enter_as_in_scikit_learn_where_one_batch_holds_all(solver):
    """scikit-learn weighs within a batch only; ours are relative to the whole call, so they agree in one batch."""
    parameters = COMMON | {"tol": 0, "n_iter_no_change": 1000, "alpha": 0.2} | SOLVERS[solver] | {"batch_size": 60}
    parameters |= {"activation": "relu"}
    weights, targets = np.random.RandomState(0).uniform(0.1, 3, 60), T_SKLEARN[:, 0]
    theirs = MLPRegressor(**parameters).fit(X_SKLEARN, targets, weights)
    ours = BackpropRegressor(**parameters, **OURS, normalize_y=False).fit(X_SKLEARN, targets, weights)
    assert_same_network(ours, theirs)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-8)


def test_adam_takes_the_papers_steps():
    """Kingma and Ba (2015), algorithm 1, with the moments corrected as there: m̂ = m/(1-β1^t), v̂ = v/(1-β2^t).

    The paper adds ε to √v̂ at first and to √v, corrected, in the faster order at the end of its section 2, which is the one
    that scikit-learn and this package take; with ε = 0, nearly, both are the same.
    """
    sizes = (3, *HIDDEN, 1)
    targets = X[:, [0]] - X[:, [1]]
    vector = start_of(sizes)
    coefs, intercepts = unpack(vector, sizes)
    rate, beta_1, beta_2, epsilon = 0.02, 0.8, 0.95, 1e-30
    network = BackpropRegressor(
        HIDDEN,
        solver="adam",
        learning_rate_init=rate,
        beta_1=beta_1,
        beta_2=beta_2,
        epsilon=epsilon,
        batch_size="epoch",
        normalize_y=False,
    ).partial_fit(X, targets, coefs_init=coefs, intercepts_init=intercepts)
    loss = REGRESSION_LOSSES["squared_error"][0]
    first, second = np.zeros_like(vector), np.zeros_like(vector)
    for t in range(1, 6):
        arguments = (sizes, "logistic", loss, targets, np.ones(N_INSTANCES), 0.0)
        gradient = central_differences(lambda at, args=arguments: mean_loss(at, *args), vector)
        first = beta_1 * first + (1 - beta_1) * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        vector = vector - rate * (first / (1 - beta_1**t)) / (np.sqrt(second / (1 - beta_2**t)) + epsilon)
        np.testing.assert_allclose(parameters_of(network), vector, rtol=1e-5, atol=1e-7)
        network.partial_fit(X, targets)


# ---------------------------------------------------------------------------------------------------------------------
# Resilient back-propagation.


def gradient_of_one_tanh_layer(vector, sizes, inputs, targets):
    """Of half the mean squared error."""
    (hidden_weights, weights), (hidden_biases, biases) = unpack(vector, sizes)
    hidden = np.tanh(inputs @ hidden_weights + hidden_biases)
    errors = (hidden @ weights + biases - targets) / len(inputs)
    hidden_errors = errors @ weights.T * (1 - hidden**2)
    return vector_of([inputs.T @ hidden_errors, hidden.T @ errors], [hidden_errors.sum(axis=0), errors.sum(axis=0)])


def irprop_minus(vector, gradient, n_epochs, first_step):
    """Igel and Hüsken (2003), figure 3, one weight after the other; η+ 1.2, η- 0.5, Δ from 1e-6 to 50."""
    vector = vector.copy()
    steps, last = np.full_like(vector, first_step), np.zeros_like(vector)
    for _ in range(n_epochs):
        slopes = gradient(vector)
        for i in range(len(vector)):
            if last[i] * slopes[i] > 0:
                steps[i] = min(1.2 * steps[i], 50)
            elif last[i] * slopes[i] < 0:
                steps[i] = max(0.5 * steps[i], 1e-6)
                slopes[i] = 0
            vector[i] -= np.sign(slopes[i]) * steps[i]
            last[i] = slopes[i]
    return vector


@ignore_convergence
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("first_step", [0.01, 0.1])
@pytest.mark.parametrize("batch_size", [8, "epoch"])
def test_rprop_is_irprop_minus_whatever_the_batch_size(first_step, batch_size):
    sizes = (4, 5, 2)
    vector = start_of(sizes)
    coefs, intercepts = unpack(vector, sizes)
    network = BackpropRegressor(
        5,
        activation="tanh",
        solver="rprop",
        learning_rate_init=first_step,
        batch_size=batch_size,
        normalize_y=False,
        max_iter=30,
        update_tol=0,
    ).fit(X_SKLEARN, T_SKLEARN, coefs_init=coefs, intercepts_init=intercepts)
    expected = irprop_minus(
        vector, lambda at: gradient_of_one_tanh_layer(at, sizes, X_SKLEARN, T_SKLEARN), 30, first_step
    )
    np.testing.assert_allclose(parameters_of(network), expected, rtol=1e-7, atol=1e-9)
    assert network.update_curve_[0] == pytest.approx(first_step)
    assert network.loss_curve_[-1] < network.loss_curve_[0]


@pytest.mark.usefixtures("engine")
def test_rprop_learns_where_gradient_descent_creeps():
    """Slopes that vanish through several sigmoid layers have signs all the same."""
    X, y = make_classification(300, 10, n_informative=5, random_state=0)
    network = BackpropClassifier((10, 10), solver="rprop", max_iter=100, random_state=0).fit(X, y)
    assert network.score(X, y) > 0.9


# ---------------------------------------------------------------------------------------------------------------------
# L-BFGS; convex problems, and what ends it, are in test_lbfgs.py.


def strictly(**parameters):
    """L-BFGS down to the minimum."""
    return {"solver": "lbfgs", "tol": 1e-9, "max_iter": 2000, "random_state": 0, **parameters}


@ignore_convergence
@pytest.mark.parametrize("loss", ["squared_error", "huber"])
def test_lbfgs_ends_where_scipy_does(loss):
    sizes, alpha = (4, 3, 2), 0.1
    vector = start_of(sizes)
    coefs, intercepts = unpack(vector, sizes)
    written_out, parameters = REGRESSION_LOSSES[loss]
    network = BackpropRegressor(
        3, activation="tanh", loss=loss, alpha=alpha, normalize_y=False, **strictly(), **parameters
    ).fit(X_SKLEARN, T_SKLEARN, coefs_init=coefs, intercepts_init=intercepts)
    arguments = (sizes, "tanh", written_out, T_SKLEARN, np.ones(60), alpha, X_SKLEARN)
    theirs = minimize(mean_loss, vector, arguments, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 10**6})
    assert network.loss_ == pytest.approx(mean_loss(parameters_of(network), *arguments), rel=1e-10)
    assert network.loss_ == pytest.approx(theirs.fun, rel=1e-3)
    assert network.loss_curve_ == sorted(network.loss_curve_, reverse=True)
    assert network.loss_ == network.loss_curve_[-1] == network.best_loss_
    slope = central_differences(lambda at: mean_loss(at, *arguments), parameters_of(network))
    assert np.abs(slope).max() < 1e-3


# ---------------------------------------------------------------------------------------------------------------------
# Learning rates.


def rates_of(network, n_epochs, batch_size="epoch"):
    """The rate of each epoch, seen in how far the one weight of a network without a bias' slope moves."""
    network.set_params(
        hidden_layer_sizes=(), batch_size=batch_size, normalize_y=False, shuffle=False, momentum=0, solver="sgd"
    )
    inputs, targets = np.array([[1.0], [-1.0]]), np.array([5.0, -5.0])  # the bias stays zero
    network.partial_fit(inputs, targets, coefs_init=[[[0.0]]], intercepts_init=[[0.0]])
    weights = [0.0, network.coefs_[0].item()]
    for _ in range(n_epochs - 1):
        weights.append(network.partial_fit(inputs, targets).coefs_[0].item())
    return [(after - before) / (5 - before) for before, after in pairwise(weights)]


def test_a_constant_rate_stays():
    assert rates_of(BackpropRegressor(learning_rate_init=0.1), 5) == pytest.approx([0.1] * 5)


def test_the_books_rule_of_thumb_is_one_over_the_number_of_the_epoch():
    """Han and Kamber: a rule of thumb is to set the rate to 1/t, where t is the number of iterations so far."""
    network = BackpropRegressor(learning_rate="inverse_epoch", learning_rate_init=0.5)
    assert rates_of(network, 6) == pytest.approx([0.5 / t for t in range(1, 7)])


@pytest.mark.parametrize("power_t", [0.0, 0.5, 2.0])
def test_invscaling_counts_instances_as_scikit_learn_does(power_t):
    network = BackpropRegressor(learning_rate="invscaling", learning_rate_init=0.5, power_t=power_t)
    assert rates_of(network, 4) == pytest.approx([0.5 / (2 * epochs + 1) ** power_t for epochs in range(4)])


@ignore_convergence
def test_schedules_are_for_gradient_descent_only():
    """As in scikit-learn: 'Only used when solver=sgd'."""
    for solver in ("adam", "rprop"):
        one, other = (
            BackpropRegressor(5, solver=solver, learning_rate=schedule, max_iter=5, random_state=0).fit(
                X_SKLEARN, T_SKLEARN
            )
            for schedule in ("constant", "inverse_epoch")
        )
        np.testing.assert_array_equal(parameters_of(one), parameters_of(other))


def test_an_adaptive_rate_is_divided_by_five_until_the_training_ends_for_lack_of_improvement():
    """scikit-learn: as long as the loss keeps decreasing the rate stays, else it is divided by 5; below 1e-6 it ends."""
    network = BackpropRegressor(
        5,
        learning_rate="adaptive",
        learning_rate_init=0.1,
        tol=1e-3,
        n_iter_no_change=2,
        max_iter=2000,
        update_tol=0,
        normalize_y=True,
        random_state=0,
    ).fit(X_SKLEARN, T_SKLEARN)
    assert network.stop_reason_ == "tol"
    # 0.1 / 5^8 is the first below 1e-6: each of the eight cuts takes three epochs without improvement, and the end too.
    assert np.max(network.update_curve_[-3:]) < 1e-5 * np.max(network.update_curve_)
    assert network.n_iter_ >= 1 + 3 * 9
    constant = clone(network).set_params(learning_rate="constant").fit(X_SKLEARN, T_SKLEARN)
    assert constant.stop_reason_ == "tol"
    assert network.n_iter_ >= constant.n_iter_ + 3 * 8
    assert network.loss_curve_[: constant.n_iter_] == constant.loss_curve_
    assert network.loss_ <= constant.loss_


def test_an_adaptive_rate_needs_no_tol():
    network = BackpropRegressor(
        5, learning_rate="adaptive", n_iter_no_change=1, max_iter=5000, update_tol=0, random_state=0, batch_size=8
    ).fit(X_SKLEARN, T_SKLEARN)
    assert network.stop_reason_ == "tol"


# ---------------------------------------------------------------------------------------------------------------------
# Stopping.


@ignore_convergence
@pytest.mark.parametrize("tol", [0.0, 1e-3, 1e-2])
@pytest.mark.parametrize("n_iter_no_change", [1, 3, np.inf])
def test_the_loss_is_watched_as_scikit_learn_watches_it(tol, n_iter_no_change):
    parameters = COMMON | SGD | {"momentum": 0.9, "nesterovs_momentum": True, "activation": "tanh", "max_iter": 150}
    parameters |= {
        "alpha": 0.0,
        "tol": tol,
        "n_iter_no_change": n_iter_no_change,
        "learning_rate_init": 0.2,
        "batch_size": 7,
    }
    theirs = MLPRegressor(**parameters).fit(X_SKLEARN, T_SKLEARN[:, 0])
    ours = BackpropRegressor(**parameters, **OURS, normalize_y=False).fit(X_SKLEARN, T_SKLEARN[:, 0])
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-6)
    assert ours.stop_reason_ == ("max_iter" if theirs.n_iter_ == 150 else "tol")
    if n_iter_no_change == np.inf:
        assert ours.n_iter_ == 150


def test_max_iter_is_warned_of_only_where_convergence_was_asked_for():
    X, y = X_SKLEARN, T_SKLEARN[:, 0]
    network = BackpropRegressor(5, max_iter=20, learning_rate_init=0.1, random_state=0)
    network.fit(X, y)  # warnings are errors
    with pytest.warns(
        ConvergenceWarning, match=r"Maximum iterations \(20\) reached and the optimization hasn't"
    ) as seen:
        network.set_params(tol=1e-9).fit(X, y)
    assert len(seen) == 1


@ignore_convergence
def test_time_ends_the_training():
    """A tiny limit is over after the first epoch, a large one never comes."""
    short = BackpropRegressor(5, max_time=1e-9, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert (short.stop_reason_, short.n_iter_) == ("max_time", 1)
    long = BackpropRegressor(5, max_time=1e9, max_iter=3, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert (long.stop_reason_, long.n_iter_) == ("max_iter", 3)


# ---------------------------------------------------------------------------------------------------------------------
# scikit-learn's issue 31235.

HARD_X, HARD_Y = make_classification(500, 10, n_informative=5, weights=[0.7], random_state=0)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs", "rprop"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("seed", [0, 1])
def test_two_layers_of_twenty_sigmoid_units_learn_or_say_what_to_do(solver, loss, seed):
    """scikit-learn's issue 31235: there the training stops at the majority class in silence."""
    network = BackpropClassifier((20, 20), solver=solver, loss=loss, max_iter=60, random_state=seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network.fit(scale(HARD_X), HARD_Y)
    if caught:
        (warning,) = caught
        assert issubclass(warning.category, ConvergenceWarning)
        assert "one class only" in str(warning.message) or "class prior" in str(warning.message)
        assert "learning_rate_init" in str(warning.message)
    else:
        assert network.score(scale(HARD_X), HARD_Y) > 0.8


@pytest.mark.parametrize("parameters", [{"solver": "rprop"}, {"learning_rate_init": 2.0, "max_iter": 200}], ids=str)
def test_what_the_warning_advises_helps(parameters):
    network = BackpropClassifier((20, 20), random_state=0, max_iter=100).set_params(**parameters)
    assert network.fit(scale(HARD_X), HARD_Y).score(scale(HARD_X), HARD_Y) > 0.9
