"""The solvers, the losses and the learning-rate schedules, against central differences, papers, scipy and scikit-learn."""

import math
import pickle
import warnings
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
import sklearn
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit, huber, log_softmax, xlogy
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_digits,
    make_classification,
    make_friedman1,
    make_friedman3,
    make_gaussian_quantiles,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MinMaxScaler, StandardScaler, scale
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skbackprop import BackpropClassifier, BackpropRegressor, apply_gradient, gradient
from skbackprop._estimators.parameters import REQUIREMENTS
from skbackprop._network import engines, updates

sklearn_version = tuple(int(number) for number in sklearn.__version__.split(".")[:2])

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(
    params=[
        pytest.param(
            "kernel", marks=pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
        ),
        "numpy",
    ]
)
def engine(request, monkeypatch):
    """Force one engine after the other."""
    activation = request.node.callspec.params.get("activation", "logistic")
    if request.param == "kernel" and activation not in engines._kernel.ACTIVATIONS:
        pytest.skip(f"{activation} is not written in C")
    monkeypatch.setenv("SKBACKPROP_ENGINE", request.param)


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


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("shape", [(200, 3), (200, 300)])
def test_without_hidden_layers_the_rate_follows_the_size_of_the_inputs(loss, shape):
    inputs = np.random.RandomState(0).normal(size=shape)
    labels = (inputs[:, 0] > 0).astype(int)
    rates = []
    for size in (1e-3, 1.0, 1e3):
        network = BackpropClassifier((), loss=loss, max_iter=1).initialize(size * inputs, labels)
        network.partial_fit(size * inputs, labels)
        norm = size**2 * (inputs**2).sum(axis=1).mean()
        largest, factor = (2.0, 40.0) if loss == "squared_error" else (0.5, 10.0)
        assert network.learning_rate_ == pytest.approx(min(largest, factor / (1 + norm)))
        rates.append(network.learning_rate_)
    assert rates[0] > rates[2]


def both_rates_of(network, inputs, weights=None):
    """Of the output units, and of hidden layers when their head start is over."""
    with mock.patch.object(updates, "_HEAD_START", 1.0):
        if weights is None:
            network.initialize(inputs, inputs[:, 0] > 0)
        else:
            network.fit(inputs, inputs[:, 0] > 0, sample_weight=weights)
    return network.learning_rate_, network.hidden_learning_rate_


@pytest.mark.parametrize("parameters", [{}, {"loss": "log_loss"}, {"momentum": 0.9}, {"activation": "tanh"}])
@pytest.mark.parametrize("batch_size", [1, 32, "epoch"])
def test_hidden_layers_keep_the_rate_of_a_hundred_units(parameters, batch_size):
    inputs = scale(np.random.RandomState(0).normal(size=(70, 3)))

    def rates(hidden):
        return both_rates_of(BackpropClassifier(hidden, batch_size=batch_size, **parameters), inputs)

    of_momentum = (2.0 if batch_size == 1 else 4.0) if parameters.get("momentum") else 1.0
    of_batches = 70 / 32 if batch_size == "epoch" else 1.0
    usual = rates(100)
    assert usual[1] == pytest.approx(usual[0] * of_momentum**1.5 * of_batches)
    narrow = rates((500, 40))
    assert narrow[1] == pytest.approx(narrow[0] * (of_momentum * of_batches) ** 0.5)
    of_outputs, of_hidden = rates(400)
    assert of_outputs < usual[0]
    assert of_hidden == pytest.approx(usual[0] * (usual[0] / of_outputs) ** 0.5 * of_momentum**1.5 * of_batches)
    with_others = rates((7, 400))[1] / (of_momentum * of_batches) ** 0.5
    activation = parameters.get("activation", "logistic")
    assert with_others == pytest.approx((usual[0] * of_outputs) ** 0.5 if activation == "logistic" else usual[0])
    wider = rates((200, 7, 400))[1] / (of_momentum * of_batches) ** 0.5
    of_wider = rates(200)[0] if activation == "logistic" else usual[0]
    assert wider == pytest.approx((of_wider * of_outputs) ** 0.5 if activation == "logistic" else usual[0])
    both = rates((500, 400))[1] / (of_momentum * of_batches) ** 0.5
    assert (both == pytest.approx(of_outputs)) == (activation == "logistic")


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(("hidden", "power"), [(100, 1), (20, 1), ((20, 10), 0.5), ((5, 40, 6), 0.5)])
def test_hidden_layers_learn_faster_from_large_batches(estimator, hidden, power):
    """Also where one holds all instances, whatever that is called; but not so few units below outputs without ends."""
    inputs = scale(np.random.RandomState(0).normal(size=(900, 3))) / 2
    power = 0 if power < 1 and estimator is BackpropRegressor else power
    of_small, n_top = both_rates_of(estimator(hidden), inputs), np.ravel(hidden)[-1]
    assert of_small[0] == of_small[1]
    for batch_size, times in (
        (8, 1),
        (33, 33 / 32),
        (64, 2),
        (200, 6.25),
        (600, 16),
        (899, 16),
        (900, 16),
        ("epoch", 16),
    ):
        of_outputs, of_hidden = both_rates_of(estimator(hidden, batch_size=batch_size), inputs)
        of_chance = 0 if batch_size in (900, "epoch") else min(50, 768 / batch_size)
        held_back = (4 + max(n_top, of_chance)) / (4 + max(n_top, 24)) if estimator is BackpropRegressor else 1
        assert of_outputs == pytest.approx(of_small[0] / held_back)
        most = np.inf if power < 1 else (1 + hidden / 4) / ((1 + (inputs**2).sum(axis=1).mean()) / 8)
        most = min(most, hidden / 5) if power and estimator is BackpropRegressor else most
        assert of_hidden == pytest.approx(of_outputs * min(times**power, most))


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
def test_in_a_batch_that_holds_all_equal_instances_count_once(convert):
    """Or weights would not be repetition; so it is in later calls."""
    inputs = scale(np.random.RandomState(0).normal(size=(120, 3))) / 2

    def times(inputs):
        network = BackpropClassifier(20, batch_size="epoch").initialize(convert(inputs), inputs[:, 0] > 0)
        return network.hidden_learning_rate_ / network.learning_rate_

    assert times(inputs) == times(np.repeat(inputs, 5, axis=0)) == pytest.approx(120 / 32)
    assert times(inputs[:32]) == times(np.tile(inputs[:32], (9, 1))) == 1
    assert times(np.zeros((200, 3))) == times(inputs[:1]) == 1
    network = BackpropClassifier(20, batch_size=1000).initialize(convert(inputs), inputs[:, 0] > 0)
    more = np.random.RandomState(1).normal(size=(500, 3)) / 2
    for chunk, count in (
        (more, 500),
        (inputs, 120),
        (inputs[:64], 64),
        (inputs[:1], 32),
        (np.repeat(inputs[:64], 4, axis=0), 64),
    ):
        network.partial_fit(convert(chunk), chunk[:, 0] > 0)
        assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(count / 32)


@pytest.mark.parametrize("hidden", [20, (30, 20)])
def test_so_they_do_no_further_than_is_stable_for_their_inputs(hidden):
    """Of inputs larger than standardised ones it is less, by as much as they are."""
    inputs = scale(np.random.RandomState(0).normal(size=(900, 30)))
    size = (inputs**2).sum(axis=1).mean()
    for times in (0.7, 1.0, 1.1):
        of_outputs, of_hidden = both_rates_of(BackpropClassifier(hidden, batch_size=600), times * inputs)
        most = (1 + 20 / 4) / ((1 + times**2 * size) / 8) / max(1, times**2 * size / 30)
        assert 1 < of_hidden / of_outputs == pytest.approx(most)
    for times in (2, 1e6):
        of_outputs, of_hidden = both_rates_of(BackpropClassifier(hidden, batch_size=600), times * inputs)
        assert of_hidden == of_outputs


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
@pytest.mark.parametrize("hidden", [20, (30, 20)])
@pytest.mark.parametrize("mean", [0.0, 0.2, -0.5, 3.0, 1e6])
def test_so_they_do_the_less_the_more_inputs_have_in_common(hidden, mean, convert):
    """By the square of one and the squares of their means."""
    inputs = scale(np.random.RandomState(0).normal(size=(300, 2))) / 2 + [mean, 0]
    common = (1 + mean**2) ** 2
    for weights in (None, np.full(300, 7.0)):
        for batch_size, times in ((32, 1), (64, 2), ("epoch", 300 / 32)):
            network = BackpropClassifier(hidden, batch_size=batch_size, alpha=0, max_iter=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                network.fit(convert(inputs), np.arange(300) % 2, sample_weight=weights)
            expected = max(1, times / common) ** (1 if hidden == 20 else 0.5)
            assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("convert", [np.asarray, csr_array])
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("batch_size", [32, 64, "epoch"])
def test_inputs_whose_squares_are_too_large_have_a_rate(estimator, batch_size, convert):
    inputs = np.random.RandomState(0).normal(size=(100, 3))
    one_cell, targets = inputs.copy(), inputs[:, 0] > 0
    one_cell[3, 1] = 1e160
    for each in (1e100 * inputs, one_cell, 1e100 * (inputs + 5)):
        network = estimator(5, batch_size=batch_size, max_iter=2, random_state=0).fit(convert(each), targets)
        assert network.hidden_learning_rate_ == network.learning_rate_


@ignore_convergence
def test_whole_epochs_tell_pixels_that_are_not_centred():
    """At the rate that hidden layers have over centred ones 0.3 of the digits are wrong."""
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(100, batch_size="epoch", random_state=1).fit(X[:1300] / 16, y[:1300])
    assert network.score(X[1300:] / 16, y[1300:]) > 0.85


@ignore_convergence
@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("changed", [{"batch_size": 200}, {"hidden_layer_sizes": 1000}], ids=str)
def test_one_instance_left_over_does_not_spoil_what_is_learned(changed, shuffle, engine, monkeypatch):
    """At its own mean, and with the rate of hidden layers, these are 0.42 and 0.59 of six classes."""
    if engine == "numpy":
        monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    inputs, targets = SIX_CLASSES
    n_iter = 100 if engine == "kernel" else 40
    without, other = (
        BackpropClassifier(max_iter=n_iter, shuffle=shuffle, random_state=0, **changed)
        .fit(inputs[:n], targets[:n])
        .score(inputs[801:], targets[801:])
        for n in (800, 801)
    )
    assert other > without - 0.05 > 0.4


@ignore_convergence
@pytest.mark.parametrize(
    "changed",
    [{}, {"hidden_layer_sizes": 20, "max_iter": 600}, {"solver": "adam"}, {"batch_size": 48, "momentum": 0.5}],
    ids=str,
)
def test_one_instance_left_over_of_few_does_not_either(changed):
    """At its own mean, that of a batch of one, 0.72 to 0.9 of the training set instead of 0.98."""

    def mean_score(n):
        scores = []
        for seed in range(5):
            inputs = np.random.RandomState(seed).normal(size=(n, 5))
            targets = inputs[:, 0] + inputs[:, 1] ** 2 > 1
            scores.append(BackpropClassifier(random_state=seed, **changed).fit(inputs, targets).score(inputs, targets))
        return np.mean(scores)

    assert mean_score(97) > mean_score(96) - 0.04 > 0.85


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_number_as_the_rate_leaves_each_batch_its_own_mean(solver):
    """As the book and scikit-learn have it."""
    inputs, targets = np.random.RandomState(0).normal(size=(5, 3)), np.array([0, 1, 0, 1, 1])
    network = BackpropClassifier(
        3, solver=solver, learning_rate_init=0.5, batch_size=4, shuffle=False, alpha=0, init_range=0.5, random_state=0
    ).initialize(inputs, targets)
    in_calls = pickle.loads(pickle.dumps(network))
    network.partial_fit(inputs, targets)
    in_calls.partial_fit(inputs[:4], targets[:4]).partial_fit(inputs[4:], targets[4:])
    for weights, others in zip(network.coefs_, in_calls.coefs_, strict=True):
        np.testing.assert_allclose(weights, others, rtol=0, atol=1e-12)


@ignore_convergence
@pytest.mark.parametrize(
    ("changed", "n_counted"),
    [
        *(({"batch_size": 32}, 24), ({"batch_size": 16}, 48), ({"batch_size": 8}, 50), ({"batch_size": 128}, 6)),
        *(({"batch_size": "epoch"}, 3), ({"batch_size": 32, "loss": "absolute_error"}, 3)),
        *(({"batch_size": 32, "loss": "huber"}, 24), ({"batch_size": 32, "loss": "poisson"}, 3)),
    ],
    ids=str,
)
def test_few_bounded_units_of_a_regressor_count_as_more_where_chance_decides(changed, n_counted):
    inputs = scale(np.random.RandomState(0).normal(size=(800, 3)))
    network = BackpropRegressor(3, alpha=0, max_iter=1, **changed).fit(inputs, inputs[:, 0] > 0)
    batch_size = 800 if changed["batch_size"] == "epoch" else changed["batch_size"]
    assert network.learning_rate_ == pytest.approx(0.75 / (1 + n_counted / 4) / max(1, 4 / batch_size))


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("n_units", [2, 3, 5])
def test_few_units_of_a_regressor_tell_a_noisy_square(n_units, activation):
    """At the rate that is stable, R² is 0.3 to 0.8 in the mean."""
    scores = []
    for seed in range(4):
        random_state = np.random.RandomState(seed)
        inputs = random_state.normal(size=(600, 4))
        targets = inputs[:, 0] + inputs[:, 1] ** 2 + 0.3 * random_state.normal(size=600)
        network = BackpropRegressor(n_units, activation=activation, random_state=seed).fit(inputs[:300], targets[:300])
        scores.append(network.score(inputs[300:], targets[300:]))
    assert np.mean(scores) > {2: 0.65, 3: 0.75, 5: 0.85}[n_units]


@ignore_convergence
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(
    ("n_heavy", "weight", "held_back", "worth"),
    [(1, 8.0, 1, 30.2), (1, 30.0, 3.62, 16.2), (1, 100.0, 11.1, 2.99), (80, 100.0, 1.15, 3.80)],
)
def test_heavy_instances_that_are_not_in_parts_hold_output_units_back_alone(
    estimator, n_heavy, weight, held_back, worth
):
    """As augmented ones are not; as far as batches are worth eight instances of equal weights."""
    as_they_are = {"augment": lambda inputs, random_state: inputs, "max_iter": 1}
    others = max(1, held_back / max(1, 8 / worth))
    inputs, weights = np.random.RandomState(0).normal(size=(800, 3)), np.ones(800)
    usual = both_rates_of(estimator(**as_they_are), inputs, weights)
    weights[:n_heavy] = weight
    assert 32 * weights.mean() ** 2 / (weights**2).mean() == pytest.approx(worth, rel=1e-2)
    for times in (1.0, 1e-3):
        of_outputs, of_hidden = both_rates_of(estimator(**as_they_are), inputs, times * weights)
        assert usual[0] / of_outputs == pytest.approx(held_back, rel=1e-2)
        assert of_hidden / of_outputs == pytest.approx(others**1.5, rel=1e-2)
    means = weights @ inputs / weights.sum()
    expected = max(1, min(16, 25 * worth / 32) / (1 + means @ means) ** 2)
    for times in (1.0, 1e-3):  # weights are repetition where a batch holds all
        of_outputs, of_hidden = both_rates_of(estimator(max_iter=1, batch_size="epoch"), inputs, times * weights)
        assert of_outputs == usual[0]
        assert of_hidden / of_outputs == pytest.approx(expected, rel=1e-2)


@ignore_convergence
@pytest.mark.parametrize("batch_size", [1, 8, 32, 200])
@pytest.mark.parametrize(("n_heavy", "weight"), [(1, 3.0), (1, 100.0), (80, 100.0)])
def test_heavy_instances_hold_back_no_more_than_a_part_of_them_does(n_heavy, weight, batch_size):
    """By hand: a part weighs no more than four usual instances, or a quarter of a batch."""
    inputs, weights = np.random.RandomState(0).normal(size=(800, 3)), np.ones(800)
    network = BackpropRegressor(60, batch_size=batch_size, max_iter=1)
    usual = both_rates_of(network, inputs, weights.copy())[0]
    weights[:n_heavy] = weight
    n_parts = math.ceil(weight / weights.mean() / max(4, batch_size / 4))
    part = weight / n_parts * (800 + n_heavy * (n_parts - 1)) / weights.sum()
    expected = max(1, 4 * part / batch_size) / max(1, 4 / batch_size)
    for times in (1.0, 1e-3):
        assert usual / both_rates_of(network, inputs, times * weights)[0] == pytest.approx(expected, rel=1e-3)


@ignore_convergence
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_heavy_weights_of_a_few_do_not_keep_the_others_from_being_learned(solver):
    """Weights of a Pareto distribution, and a single one of 800."""
    random_state = np.random.RandomState(0)
    X, y = make_friedman1(900, noise=1.0, random_state=0)
    X = scale(X)
    for weights in (1 + random_state.pareto(1.1, size=600), np.where(np.arange(600), 1, 800)):
        network = BackpropRegressor(solver=solver, random_state=0).fit(X[:600], y[:600], sample_weight=weights)
        assert network.score(X[600:], y[600:]) > 0.8


@pytest.mark.parametrize("parameters", [{"solver": "lbfgs", "alpha": 1e-5}, {"activation": "tanh"}])
@pytest.mark.parametrize("layers", [(2,), (5, 2)])
def test_few_units_need_not_put_out_large_numbers(layers, parameters):
    """With targets of a standard deviation of 5 tanh units told 0.90 and 0.81 of a plane, and 5-2 with L-BFGS 0.78."""
    scores = []
    for seed in range(5):
        X, y = make_regression(300, 20, noise=10, random_state=seed)
        network = BackpropRegressor(layers, random_state=seed, **parameters).fit(scale(X)[:200], y[:200])
        scores.append(network.score(scale(X)[200:], y[200:]))
    assert np.mean(scores) > 0.94


@ignore_convergence
@pytest.mark.parametrize(
    ("parameters", "is_small"),
    [
        ({}, False),
        ({"activation": "tanh"}, True),
        ({"activation": "relu"}, False),
        ({"activation": "relu", "solver": "adam"}, False),
        *(({"solver": solver}, True) for solver in ("lbfgs", "adam", "rprop")),
    ],
)
@pytest.mark.parametrize(("layers", "small"), [(2, 1.6), ((20, 3), 2.4), (7, 5), ((), 5)])
def test_targets_shrink_with_few_bounded_units_where_they_need_not_begin_alone(parameters, is_small, layers, small):
    targets = np.random.RandomState(0).normal(3, 7, size=200)
    network = BackpropRegressor(layers, max_iter=1, random_state=0, **parameters).fit(X_OF_200, targets)
    assert targets.std() / network.y_scale_[0] == pytest.approx(small if is_small else 5)


@ignore_convergence
def test_the_poisson_deviance_learns_targets_that_vary_little_late():
    """As the user guide warns."""
    random_state = np.random.RandomState(0)
    X = random_state.randn(300, 5)
    y = 13 + 0.5 * X[:, 0] + 0.3 * X[:, 1] ** 2 + 0.3 * random_state.randn(300)
    poisson, squared = (
        BackpropRegressor(loss=loss, random_state=0).fit(X[:200], y[:200]).score(X[200:], y[200:])
        for loss in ("poisson", "squared_error")
    )
    assert squared > max(0.5, poisson + 0.5)


@pytest.mark.parametrize("huber_delta", [1e-6, 1e-3, 0.1])
def test_a_small_delta_of_huber_makes_the_loss_the_absolute_one_not_the_steps_nothing(huber_delta):
    """Errors are no larger than delta: with the rate of squared ones the training ended after an epoch."""
    X, y = make_friedman1(500, noise=0.5, random_state=0)
    network = BackpropRegressor(20, loss="huber", huber_delta=huber_delta, random_state=0).fit(scale(X), y)
    assert network.n_epochs_ == 300
    assert network.score(scale(X), y) > 0.9


@ignore_convergence
@pytest.mark.parametrize("share", [0.2, 0.07, 0.01])
@pytest.mark.parametrize("batch_size", [8, 32, 200, "epoch"])
def test_chance_holds_all_layers_back_where_classes_have_different_weights(share, batch_size):
    """By hand: balanced classes have half of all weights each. Of numbers, and of weights that favour none, it does not."""
    inputs, n_rare = scale(np.random.RandomState(0).normal(size=(1000, 3))), round(share * 1000)
    targets = (np.arange(1000) < n_rare).astype(int)
    balanced = np.where(targets, 0.5 / n_rare, 0.5 / (1000 - n_rare))
    square = 1000 * ((0.5**2) / n_rare + (0.5**2) / (1000 - n_rare))
    network = BackpropClassifier(20, batch_size=batch_size, alpha=0, max_iter=1)
    usual = clone(network).fit(inputs, targets).learning_rate_
    by_largest, by_chance = 4 * 0.5 / share, 20 * (square - 1)
    assert by_chance > by_largest or share == 0.2
    expected = 1 if batch_size == "epoch" else max(1, max(by_largest, by_chance) / batch_size)
    for weights in ({"sample_weight": balanced}, {"sample_weight": 1e9 * balanced}):
        assert usual / clone(network).fit(inputs, targets, **weights).learning_rate_ == pytest.approx(
            expected, rel=1e-3
        )
    weighed = clone(network).set_params(class_weight="balanced").fit(inputs, targets)
    assert usual / weighed.learning_rate_ == pytest.approx(expected, rel=1e-3)
    if batch_size != "epoch":
        numbers = BackpropRegressor(60, batch_size=batch_size, alpha=0, max_iter=1)
        ratio = clone(numbers).fit(inputs, targets).learning_rate_
        ratio /= clone(numbers).fit(inputs, targets, sample_weight=balanced).learning_rate_
        n_parts = math.ceil(round(0.5 / share / max(4, batch_size / 4), 3))
        of_part = by_largest / n_parts * (1000 + n_rare * (n_parts - 1)) / 1000
        assert ratio == pytest.approx(max(1, of_part / batch_size))
        mixed = balanced[np.random.RandomState(1).permutation(1000)]
        ratio = usual / clone(network).fit(inputs, targets, sample_weight=mixed).learning_rate_
        assert ratio < 1.1 * max(1, by_largest / batch_size)


@ignore_convergence
@pytest.mark.parametrize(("number", "seed"), [(2, 2), (2, 5), (5, 0), (5, 2), (5, 3)])
def test_a_rare_class_of_balanced_weight_is_not_all_that_is_told(number, seed):
    """Of inputs from 0 to 1: at four times the largest weight over the batch nothing else is."""
    X, y = make_classification(1500, 10, n_informative=4, weights=[0.93], random_state=number, flip_y=0.01)
    X, X_test, y, y_test = train_test_split(X, y, random_state=seed, stratify=y)
    scaler = MinMaxScaler().fit(X)
    network = BackpropClassifier(class_weight="balanced", max_iter=60, random_state=seed).fit(scaler.transform(X), y)
    assert balanced_accuracy_score(y_test, network.predict(scaler.transform(X_test))) > 0.75


@ignore_convergence
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_a_stream_remembers_its_heaviest_instances(estimator):
    inputs, weights = np.random.RandomState(0).normal(size=(100, 3)), np.ones(100)
    weights[3] = 50.0
    lighter = np.where(np.arange(100) == 3, 2.0, 1.0)
    network = estimator(20, random_state=0)
    rates = []
    for each in (np.ones(100), weights, np.ones(100), lighter):
        network.partial_fit(
            inputs,
            inputs[:, 0] > 0,
            sample_weight=each,
            **{"classes": [0, 1]} if estimator is BackpropClassifier else {},
        )
        rates.append((network.learning_rate_, network.hidden_learning_rate_))
    assert rates[0][0] > rates[1][0]
    assert rates[1] == rates[2] == rates[3]


def head_starts_of(network, inputs, n_updates=1):
    """What the rate of hidden layers is over that of the output units, in each of so many updates by all inputs."""
    targets, factors = inputs[:, 0] > 0, []
    network.set_params(batch_size="epoch", alpha=0)
    for _ in range(n_updates):
        network.partial_fit(inputs, targets, **{"classes": [0, 1]} if isinstance(network, BackpropClassifier) else {})
        factors.append(network.hidden_learning_rate_ / network.learning_rate_)
    return factors


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(("hidden", "most"), [(20, 1), (50, 3), (100, 12), (400, 6)])
def test_a_single_layer_of_sigmoids_has_a_head_start(estimator, hidden, most):
    """Of 12, of which 300 updates by all that a call has leave a half; less of fewer units, and of more."""
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 4
    lasting = ((1 + 400 / 4) / (1 + 100 / 4)) ** 1.5 if hidden == 400 and estimator is BackpropClassifier else 1
    expected = [lasting * max(1, min(most, 12 / (1 + t / 300))) for t in range(900)]
    assert head_starts_of(estimator(hidden, random_state=0), inputs, 900) == pytest.approx(expected)


@ignore_convergence
@pytest.mark.parametrize(("n_batches", "half"), [(1.5, 175), (2, 131.25), (5, 84)])
def test_it_is_shorter_where_a_call_has_more_batches(n_batches, half):
    inputs = scale(np.random.RandomState(0).normal(size=(int(32 * n_batches), 3))) / 4
    network, factors = BackpropRegressor(random_state=0, alpha=0).initialize(inputs, inputs[:, 0]), []
    for _ in range(9):
        factors.append(network.partial_fit(inputs, inputs[:, 0]).hidden_learning_rate_ / network.learning_rate_)
    assert factors == pytest.approx([12 / (1 + epoch * n_batches / half) for epoch in range(9)])


@pytest.mark.parametrize("mean", [0.5, 1.0, 5.0])
def test_it_is_less_of_inputs_that_are_not_centred(mean):
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 4 + [mean, 0, 0]
    assert head_starts_of(BackpropClassifier(random_state=0), inputs) == pytest.approx([max(1, 12 / (1 + mean**2))])


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1.5), (2, 3), (6, 9), (8, 12), (20, 12)])
def test_it_is_less_of_small_batches(batch_size, most):
    inputs = scale(np.random.RandomState(0).normal(size=(96, 3))) / 4
    network = BackpropClassifier(batch_size=batch_size, alpha=0, random_state=0).initialize(inputs, inputs[:, 0] > 0)
    assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(most)


@ignore_convergence
def test_it_is_less_where_classes_have_different_weights():
    """By hand: of 8 rare ones of 128 the mean square of balanced weights is 4.27, and a batch is worth 7.5 instances."""
    inputs = scale(np.random.RandomState(0).normal(size=(128, 3))) / 4
    network = BackpropClassifier(class_weight="balanced", alpha=0, max_iter=1, random_state=0)
    network.fit(inputs, np.arange(128) < 8)
    expected = 12 * (32 / 4.2667 / 8) / (20 * 3.2667 / 32)
    assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(expected, rel=1e-3)


def test_it_is_no_more_than_is_stable_for_the_inputs():
    inputs = scale(np.random.RandomState(0).normal(size=(32, 60)))
    for times, most in ((1.0, 26 * 8 / 61), (2.0, 26 * 8 / 241 / 4), (1000.0, 1.0)):
        expected = [max(1, most)]
        assert head_starts_of(BackpropClassifier(random_state=0), times * inputs) == pytest.approx(expected)


@pytest.mark.parametrize(
    "network",
    [
        BackpropClassifier((100, 100)),
        BackpropClassifier(activation="tanh"),
        BackpropClassifier(activation="relu"),
        BackpropClassifier(learning_rate_init=0.1),
        BackpropClassifier(solver="adam"),
        BackpropClassifier(()),
    ],
    ids=repr,
)
def test_others_have_none(network):
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 4
    assert head_starts_of(network, inputs) == pytest.approx([1])


def test_it_is_counted_in_updates_whoever_makes_them():
    """By fit, by later calls of batches of another size, and by gradients that were added up."""
    inputs = scale(np.random.RandomState(0).normal(size=(64, 3))) / 4
    targets = inputs[:, 0] > 0
    fitted = BackpropClassifier(batch_size=16, max_iter=30, alpha=0, update_tol=0, random_state=0).fit(inputs, targets)
    assert fitted.hidden_learning_rate_ / fitted.learning_rate_ == pytest.approx(
        12 / (1 + 29 * 4 / (75 * (1 + 3 / 4**2)))
    )
    fitted.set_params(batch_size=8).partial_fit(inputs[:8], targets[:8])
    assert fitted.hidden_learning_rate_ / fitted.learning_rate_ == pytest.approx(12 / (1 + 30 * 64 / 8 / 300))
    alone, together = (
        BackpropClassifier(batch_size="epoch", alpha=0, random_state=0).initialize(inputs, targets) for _ in range(2)
    )
    assert together.hidden_learning_rate_ / together.learning_rate_ == pytest.approx(24)
    for t in range(3):
        alone.partial_fit(inputs, targets)
        parts = (gradient(together, inputs[rows], targets[rows]) for rows in (slice(40), slice(40, 64)))
        apply_gradient(together, sum(parts))
        assert together.hidden_learning_rate_ / alone.hidden_learning_rate_ == pytest.approx(1)
        assert alone.hidden_learning_rate_ / alone.learning_rate_ == pytest.approx(2 * 12 / (1 + t / 300))


def test_a_stream_of_a_few_hundred_updates_tells_a_product():
    """Without a head start that is nothing: an R² of 0.04."""
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(12_000, 6))
    targets = 50 + 10 * np.sin(inputs[:, 0]) * inputs[:, 1] + inputs[:, 2]
    network = BackpropRegressor(random_state=0)
    for start in range(0, 10_000, 32):
        network.partial_fit(inputs[start : start + 32], targets[start : start + 32])
    assert network.score(inputs[10_000:], targets[10_000:]) > 0.5


@ignore_convergence
def test_where_a_batch_holds_all_the_threshold_of_updates_counts_equal_inputs_once():
    inputs = np.random.RandomState(0).normal(size=(120, 3))
    for n, expected in ((20, 1e-3 / 32), (60, 1e-3 / 60), (120, 1e-3 / 120)):
        rows = inputs[:n], np.tile(inputs[:n], (3, 1))
        for parameters in ({}, {"learning_rate_init": 1e-2, "alpha": 0}, {"momentum": 0.5}):
            network = BackpropClassifier(20, batch_size="epoch", max_iter=1, **parameters)
            once, thrice = (network.fit(each, each[:, 0] > 0).update_tol_ for each in rows)
            assert once == pytest.approx(thrice)
            assert parameters or once == pytest.approx(expected)


def test_hidden_layers_keep_to_what_is_stable_for_their_inputs():
    inputs = np.random.RandomState(0).normal(size=(70, 60))
    size = (inputs**2).sum(axis=1).mean()
    for times, most in ((1.0, math.inf), (2.0, 40 * 8 / (1 + 4 * size)), (100.0, 40 * 8 / (1 + 1e4 * size))):
        usual, _ = both_rates_of(BackpropClassifier(100), times * inputs)
        of_outputs, of_hidden = both_rates_of(BackpropClassifier(900), times * inputs)
        assert of_hidden == pytest.approx(max(usual, min(usual * (usual / of_outputs) ** 0.5, most)))
    assert of_outputs == of_hidden == usual, "where inputs are large, they decide alone"


@pytest.mark.parametrize("alpha", [0.0, 1.0, 10.0, 1e4])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_no_penalty_moves_a_hidden_weight_beyond_zero(alpha, momentum):
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    of_outputs, of_hidden = both_rates_of(BackpropClassifier(900, alpha=alpha, momentum=momentum), inputs)
    assert of_outputs <= of_hidden
    if alpha:
        assert of_hidden * alpha / 6 <= (1 - momentum) * (1 + 1e-12)


@pytest.mark.parametrize(
    "network",
    [
        BackpropClassifier(400, learning_rate_init=0.1),
        BackpropClassifier(400, solver="adam", learning_rate_init=0.001),
        BackpropClassifier(400, solver="rprop"),
        BackpropClassifier(400, solver="lbfgs"),
        BackpropClassifier(()),
        BackpropRegressor(400),
    ],
    ids=repr,
)
def test_elsewhere_all_layers_have_one_rate(network):
    of_outputs, of_hidden = both_rates_of(network, np.random.RandomState(0).normal(size=(70, 3)))
    assert of_outputs == of_hidden


@pytest.mark.parametrize("parameters", [{"loss": "absolute_error"}, {"normalize_y": False}])
def test_hidden_layers_of_other_regressors_keep_their_rate_too(parameters):
    of_outputs, of_hidden = both_rates_of(
        BackpropRegressor(400, **parameters), np.random.RandomState(0).normal(size=(70, 3))
    )
    assert of_hidden > 4 * of_outputs


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("hidden", [(500, 400), (50, 400), (30, 30, 150)])
@pytest.mark.parametrize("times", [1.0, 10.0])
def test_they_are_never_slower_than_output_units(activation, hidden, times):
    inputs = times * np.random.RandomState(0).normal(size=(70, 20))
    network = BackpropClassifier(hidden, activation=activation)
    of_outputs, of_hidden = both_rates_of(network, inputs)
    assert of_hidden >= of_outputs
    assert pickle.loads(pickle.dumps(network)).hidden_learning_rate_ == of_hidden


@pytest.mark.parametrize("n", [100, 1000])
def test_output_units_that_are_not_linear_begin_with_small_net_inputs(n):
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    counts = np.random.RandomState(1).poisson(2.0, size=70)
    limit = min(0.5, 2 * (3 / (n / 4 + 1)) ** 0.5)
    assert (limit == 0.5) == (n == 100)
    for network in (
        BackpropClassifier(n),
        BackpropClassifier(n, loss="log_loss"),
        BackpropRegressor(n, loss="poisson"),
    ):
        assert network.initialize(inputs, counts).init_range_[-1] == pytest.approx(limit)
    assert BackpropRegressor(n).initialize(inputs, counts).init_range_[-1] == 0.5


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
def test_adams_rate_is_smaller_where_inputs_are_large(size):
    """Half of one over the root of the sum of squares, by which each update moves a net input."""
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    inputs *= size / np.sqrt((inputs**2).mean())
    of_outputs, _ = both_rates_of(BackpropClassifier(20, solver="adam"), inputs)
    assert of_outputs == pytest.approx(min(0.003, 0.5 / (size * 3**0.5)), rel=1e-3)


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_so_they_do_with_adam(estimator):
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    most = 0.003
    for hidden, rate, times in (
        (100, most, 1),
        ((500, 40), most, 1),
        (500, 0.002, most / 0.002),
        ((7, 500), 0.002, (most / 0.002) ** 0.5),
        ((400, 500), 0.002, 1.25**0.5),
        ((800, 500), 0.002, 1),
    ):
        of_outputs, of_hidden = both_rates_of(estimator(hidden, solver="adam"), inputs)
        assert of_outputs == pytest.approx(rate)
        assert of_hidden == pytest.approx(rate * times)


def test_both_rates_follow_the_schedule():
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    network = BackpropClassifier(400, activation="tanh", learning_rate="inverse_epoch", random_state=0)
    first = both_rates_of(network, inputs)
    for _ in range(4):
        network.partial_fit(inputs, inputs[:, 0] > 0)
    assert (network.learning_rate_, network.hidden_learning_rate_) == pytest.approx([rate / 4 for rate in first])


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("hidden", [(7,), (5, 9, 11)])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.0, 1000.0])
@pytest.mark.parametrize(
    ("activation", "s", "h"), [("logistic", 1 / 4, 8), ("tanh", 1 / 2, 2), ("relu", 1, 2), ("identity", 4, 1 / 2)]
)
@pytest.mark.parametrize(("size", "batch_size"), [(1.0, 32), (30.0, 32), (1.0, 1), (1.0, 2)])
def test_the_automatic_rate_is_what_its_docstring_says(
    estimator, hidden, momentum, alpha, activation, s, h, size, batch_size
):
    inputs = size * np.random.RandomState(0).normal(size=(70, 3))
    network = estimator(hidden, activation=activation, momentum=momentum, alpha=alpha, batch_size=batch_size)
    rate = network.initialize(inputs, inputs[:, 0] > 0).learning_rate_
    largest, factor = (2, 40) if estimator is BackpropClassifier else (math.inf, 0.75)
    least = 0
    if estimator is BackpropRegressor:
        least = 8 if activation in ("relu", "identity") else min(50, 768 / batch_size)
    hidden = [max(n, least) for n in hidden]
    expected = min(largest, factor / (1 + s * hidden[-1]), factor * h / (1 + (inputs**2).sum(axis=1).mean()))
    if activation in ("relu", "identity"):
        expected *= (1 + s * hidden[-1]) / sum(1 + s * n for n in hidden)
    expected /= max(1, 4 / batch_size)
    expected = min(expected, {32: 6, 2: 2, 1: 1}[batch_size] / alpha if alpha else math.inf) * (1 - momentum)
    if estimator is BackpropClassifier and momentum == 0.9:
        expected *= 2.5 * (1 - momentum)
    assert rate == pytest.approx(expected)


def test_a_stream_without_hidden_layers_whose_first_rows_are_small_does_not_explode():
    inputs = np.random.RandomState(0).normal(size=(2000, 50)) * 0.3 + 0.95
    targets = inputs @ np.random.RandomState(1).normal(size=50)
    scores = []
    for size in (1.0, 0.1):
        network, first = BackpropRegressor((), random_state=0), inputs.copy()
        first[:50] *= size
        for start in range(0, 2000, 50):
            network.partial_fit(first[start : start + 50], targets[start : start + 50])
        scores.append(network.score(inputs, targets))
    assert scores[1] > scores[0] - 0.1
    assert scores[0] > 0


def test_rows_of_texts_are_learned_without_hidden_layers():
    words = np.random.RandomState(0).randint(0, 400, size=(300, 30))
    labels = np.arange(300) % 3
    words[:, :4] = 1000 + labels[:, np.newaxis] * 10 + np.random.RandomState(1).randint(0, 10, size=(300, 4))
    texts = TfidfVectorizer().fit_transform(" ".join(f"w{word}" for word in row) for row in words)
    for settings in ({}, {"loss": "log_loss"}, {"momentum": 0.9}):
        assert BackpropClassifier((), random_state=0, **settings).fit(texts, labels).score(texts, labels) > 0.98


SIX_CLASSES = make_classification(1200, 20, n_informative=10, n_redundant=0, n_classes=6, random_state=0)
ROBUST = ["absolute_error", "huber", "quantile"]
X_OF_200 = np.random.RandomState(5).normal(size=(200, 3))
X_OF_500 = np.random.RandomState(5).normal(size=(500, 3))


@pytest.mark.parametrize("loss", ROBUST)
@pytest.mark.parametrize("solver", ["sgd", "rprop"])
def test_outliers_do_not_set_the_scale_of_a_loss_on_which_they_have_little_influence(loss, solver):
    inputs, clean = make_regression(300, 4, random_state=0)
    is_wrong = np.random.RandomState(1).uniform(size=300) < 0.03
    errors = []
    for size in (1e2, 1e4, 1e7):
        targets = clean + is_wrong * size * clean.std()
        network = BackpropRegressor(20, loss=loss, solver=solver, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(inputs, targets)
        errors.append(np.abs(network.predict(inputs) - clean)[~is_wrong].mean())
    constant = np.abs(clean - np.median(clean)).mean()
    assert max(errors) < constant / 4
    assert network.y_mean_[0] == np.sort(targets)[149]  # the median


@ignore_convergence
@pytest.mark.parametrize("loss", [*ROBUST, "squared_error"])
def test_targets_without_outliers_are_standardised(loss):
    targets = np.random.RandomState(0).normal(3, 7, size=(200, 2))
    targets[0, 1] = 1e5 if loss == "squared_error" else 3  # of which the mean is learned, outliers and all
    network = BackpropRegressor(3, loss=loss, max_iter=1, random_state=0).fit(X_OF_200, targets)
    np.testing.assert_allclose(network.y_mean_, targets.mean(axis=0))
    ratios = network.y_scale_ / targets.std(axis=0)
    np.testing.assert_allclose(ratios, ratios[0])


@ignore_convergence
@pytest.mark.parametrize("loss", [*ROBUST, "squared_error"])
def test_targets_grow_with_the_hidden_units_where_errors_grow_with_them(loss):
    """As the documentation has it: the last hidden layer counts."""
    targets = np.random.RandomState(0).normal(3, 7, size=(200, 2))
    smallest = {"absolute_error": 3, "quantile": 3}.get(loss, 5)
    for layers, usual in (
        ((), 5),
        (3, 5),
        (62, 5),
        (100, 8),
        ((100, 10), 5),
        ((10, 300), 24),
        ("a", 5),
    ):
        network = BackpropRegressor(layers, loss=loss, max_iter=1, random_state=0).fit(X_OF_200, targets)
        expected = usual if loss == "squared_error" else smallest
        np.testing.assert_allclose(targets.std(axis=0) / network.y_scale_, expected)
    X_of_many = np.random.RandomState(1).normal(size=(200, 400))
    network = BackpropRegressor("a", loss=loss, max_iter=1, random_state=0).fit(X_of_many, targets)  # 201 units
    assert targets[:, 0].std() / network.y_scale_[0] == pytest.approx(
        smallest * (201 / 62.5 if loss == "squared_error" else 1)
    )


@ignore_convergence
@pytest.mark.parametrize("parameters", [{}, {"activation": "tanh"}, {"activation": "relu"}], ids=str)
def test_regressors_learn_as_much_with_many_units(parameters):
    inputs, targets = make_friedman3(800, random_state=0)
    inputs = scale(inputs)
    few, many = (
        BackpropRegressor(n, max_iter=100, random_state=0, **parameters)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for n in (100, 500)
    )
    assert many > few - 0.02 > 0.85


@ignore_convergence
def test_classes_in_an_order_are_learned_with_the_log_loss():
    """As the user guide says, of rings around one another."""
    inputs, targets = make_gaussian_quantiles(n_samples=1500, n_features=6, n_classes=4, random_state=0)
    squared, log = (
        BackpropClassifier(loss=loss, random_state=0)
        .fit(inputs[:1000], targets[:1000])
        .score(inputs[1000:], targets[1000:])
        for loss in ("squared_error", "log_loss")
    )
    assert log > squared + 0.05


@ignore_convergence
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_a_wide_classifier_learns_as_much_as_a_narrow_one(loss, activation):
    """At the rate of its output units it learns less the wider it is: with 1000 sigmoid units 0.29 instead of 0.69."""
    inputs, targets = SIX_CLASSES
    scores = [
        BackpropClassifier(hidden, loss=loss, activation=activation, max_iter=100, random_state=0)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for hidden in (100, 300, 1000, (100, 300))
    ]
    assert min(scores) > scores[0] - 0.03 > 0.58


@ignore_convergence
@pytest.mark.parametrize("hidden", [100, 300, (60, 60)])
@pytest.mark.parametrize("changed", [{"batch_size": 200}, {"momentum": 0.9}], ids=str)
def test_a_classifier_learns_as_much_from_large_batches_or_with_momentum(changed, hidden):
    """With one rate for all layers, 0.4 to 0.6 of these classes are told by networks of 100 and 300 units."""
    inputs, targets = SIX_CLASSES
    usual, other = (
        BackpropClassifier(hidden, max_iter=150, random_state=0, **parameters)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for parameters in ({}, changed)
    )
    assert other > usual - 0.08 > 0.55


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_a_regressor_learns_nearly_as_much_from_large_batches(activation):
    inputs, targets = make_friedman3(800, random_state=0)
    inputs = scale(inputs)
    usual, other = (
        BackpropRegressor(activation=activation, batch_size=batch_size, random_state=0)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for batch_size in (32, 200)
    )
    assert other > usual - 0.04 > 0.9


@ignore_convergence
def test_a_classifier_learns_as_much_from_instances_of_different_weights():
    inputs, targets = SIX_CLASSES
    weights = np.random.RandomState(0).lognormal(size=800)
    usual, other = (
        BackpropClassifier(max_iter=150, random_state=0)
        .fit(inputs[:800], targets[:800], sample_weight=each)
        .score(inputs[800:], targets[800:])
        for each in (None, weights)
    )
    assert other > usual - 0.08 > 0.55


@ignore_convergence
def test_rare_classes_that_weigh_much_are_not_learned_by_heart():
    """What noise there is in batches decides: hidden layers with a larger rate told 0.76 of these, and not 0.85."""
    rng = np.random.RandomState(0)
    codes = np.where(rng.uniform(size=6000) < 0.005, 1, 0)
    inputs = rng.normal(size=(6000, 10))
    inputs[codes == 1, :3] += 1.8
    of_test = np.arange(2000) % 2
    held_out = rng.normal(size=(2000, 10))
    held_out[of_test == 1, :3] += 1.8
    network = BackpropClassifier(class_weight="balanced", max_iter=100, random_state=0).fit(inputs, codes)
    assert network.score(held_out, of_test) > 0.85


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_so_it_does_with_adam(activation):
    inputs, targets = SIX_CLASSES
    scores = [
        BackpropClassifier(hidden, solver="adam", activation=activation, max_iter=100, random_state=0)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for hidden in (100, 300, 1000, (100, 1000))
    ]
    assert min(scores) > scores[0] - 0.05 > 0.55


@ignore_convergence
@pytest.mark.parametrize("parameters", [{"loss": "huber"}, {"loss": "poisson"}, {"normalize_y": False}])
def test_so_does_a_wide_regressor_whose_targets_do_not_grow(parameters):
    inputs, targets = make_friedman1(800, noise=0.5, random_state=0)
    targets = targets / targets.std()
    scores = [
        BackpropRegressor(n, random_state=0, **parameters)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for n in (100, 800)
    ]
    assert scores[1] > scores[0] - 0.04 > 0.7


@ignore_convergence
def test_the_huber_loss_learns_more_where_a_few_targets_are_extreme():
    """As the user guide says."""
    rng = np.random.RandomState(0)
    inputs = rng.normal(size=(1000, 8))
    truth = 2 * inputs[:, 0] + inputs[:, 1] ** 2
    targets = truth + rng.standard_t(1.2, size=1000)
    squared, robust = (
        BackpropRegressor(loss=name, random_state=0).fit(inputs[:600], targets[:600]).score(inputs[600:], truth[600:])
        for name in ("squared_error", "huber")
    )
    assert robust > max(squared + 0.2, 0.5)


@ignore_convergence
def test_where_sample_weights_differ_much_gradient_descent_learns():
    """The automatic rate does not follow the heaviest instance; with the rate that it would allow R² was 0.77."""
    inputs, targets = make_friedman1(900, noise=0.5, random_state=0)
    inputs, weights = scale(inputs), np.exp(2 * np.random.RandomState(1).normal(size=600))
    assert weights.max() > 100 * weights.mean()
    network = BackpropRegressor(random_state=0).fit(inputs[:600], targets[:600], sample_weight=weights)
    assert network.score(inputs[600:], targets[600:]) > 0.88


@ignore_convergence
def test_many_large_targets_are_no_outliers():
    inputs = np.random.RandomState(0).normal(size=(500, 3))
    targets = np.where(inputs[:, 0] > 0.85, 1000.0, inputs[:, 1])  # a fifth of them
    for loss in ROBUST:
        network = BackpropRegressor(5, loss=loss, max_iter=1, random_state=0).fit(inputs, targets)
        assert network.y_mean_[0] == pytest.approx(targets.mean())


@ignore_convergence
def test_a_quantile_among_the_outliers_is_what_is_to_be_learned():
    targets = np.random.RandomState(0).normal(size=500)
    targets[:40] += 1e4
    scales = []
    for quantile in (0.5, 0.8, 0.95):
        network = BackpropRegressor(5, loss="quantile", quantile=quantile, max_iter=1, random_state=0)
        scales.append(network.fit(X_OF_500, targets).y_scale_[0])
    assert scales[0] == pytest.approx(1 / 3, rel=0.1)
    assert scales[0] <= scales[1] < 1
    assert scales[2] > 500


@ignore_convergence
def test_outliers_of_one_target_leave_the_scale_of_another():
    targets = np.random.RandomState(0).normal(3, 7, size=(200, 2))
    both = BackpropRegressor(3, loss="huber", max_iter=1, random_state=0).fit(X_OF_200, targets)
    targets[:5, 0] += 1e4
    one = BackpropRegressor(3, loss="huber", max_iter=1, random_state=0).fit(X_OF_200, targets)
    assert one.y_scale_[1] == both.y_scale_[1]
    assert one.y_mean_[1] == both.y_mean_[1]
    np.testing.assert_allclose(one.y_scale_[0], both.y_scale_[0], rtol=0.2)


@ignore_convergence
def test_weights_of_outliers_count_as_repetition_in_the_scale():
    targets = np.random.RandomState(0).normal(size=200)
    targets[:5] += 1e4
    weights = np.random.RandomState(1).randint(1, 4, size=200)
    weighted = BackpropRegressor(3, loss="absolute_error", max_iter=1).fit(X_OF_200, targets, sample_weight=weights)
    repeated = BackpropRegressor(3, loss="absolute_error", max_iter=1)
    repeated.fit(np.repeat(X_OF_200, weights, axis=0), np.repeat(targets, weights))
    np.testing.assert_allclose(weighted.y_scale_, repeated.y_scale_)
    np.testing.assert_allclose(weighted.y_mean_, repeated.y_mean_)


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
# L-BFGS.


def strictly(**parameters):
    """L-BFGS down to the minimum."""
    return {"solver": "lbfgs", "tol": 1e-9, "max_iter": 2000, "random_state": 0, **parameters}


@pytest.mark.parametrize("y", [Y_SKLEARN == 1, Y_SKLEARN], ids=["two classes", "three classes"])
def test_lbfgs_without_hidden_layers_is_logistic_regression(y):
    """The loss is convex: Σ log loss + α/2 Σ w² is scikit-learn's with C = 1/α."""
    alpha = 0.5
    network = BackpropClassifier((), loss="log_loss", alpha=alpha, **strictly()).fit(X_SKLEARN, y)
    theirs = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=5000).fit(X_SKLEARN, y)
    np.testing.assert_allclose(network.predict_proba(X_SKLEARN), theirs.predict_proba(X_SKLEARN), atol=1e-4)
    assert network.stop_reason_ == "converged"


@pytest.mark.parametrize("weights", [None, np.random.RandomState(0).uniform(0.1, 3, 60)], ids=["plain", "weighted"])
def test_lbfgs_without_hidden_layers_is_ridge_regression_of_many_targets(weights):
    """scikit-learn's issue 8349: there the loss of several outputs is divided by their number and its gradient is not."""
    targets = T_SKLEARN * [1, 100] + [0, 3]
    network = BackpropRegressor((), alpha=2.0, normalize_y=False, **strictly()).fit(X_SKLEARN, targets, weights)
    theirs = Ridge(alpha=2.0).fit(X_SKLEARN, targets, weights)
    np.testing.assert_allclose(network.coefs_[0].T, theirs.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(network.intercepts_[0], theirs.intercept_, rtol=1e-4, atol=1e-4)


def test_lbfgs_without_hidden_layers_is_poisson_regression():
    y = np.random.RandomState(0).poisson(np.exp(X_SKLEARN @ [0.5, -0.3, 0.2, 0.0] + 1))
    network = BackpropRegressor((), loss="poisson", alpha=3.0, normalize_y=False, **strictly()).fit(X_SKLEARN, y)
    theirs = PoissonRegressor(alpha=3.0 / 60, tol=1e-8).fit(X_SKLEARN, y)
    np.testing.assert_allclose(network.predict(X_SKLEARN), theirs.predict(X_SKLEARN), rtol=1e-3)


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


@ignore_convergence
@pytest.mark.parametrize("y", [Y_SKLEARN == 1, Y_SKLEARN, LABELS_SKLEARN], ids=["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
def test_lbfgs_agrees_with_mlp_classifier(y, activation):
    parameters = COMMON | {"solver": "lbfgs", "alpha": 0.1, "max_iter": 25, "tol": 1e-4, "activation": activation}
    theirs = MLPClassifier(**parameters).fit(X_SKLEARN, y)
    ours = BackpropClassifier(**parameters, **OURS, loss="log_loss").fit(X_SKLEARN, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-3)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.predict_proba(X_SKLEARN), theirs.predict_proba(X_SKLEARN), atol=1e-2)


@pytest.mark.parametrize("limit", [{"max_iter": 3}, {"max_fun": 4}], ids=["max_iter", "max_fun"])
def test_lbfgs_warns_of_its_limits_only_where_convergence_was_asked_for(limit):
    name = next(iter(limit))
    network = BackpropRegressor(5, solver="lbfgs", random_state=0, **limit)
    network.fit(X_SKLEARN, T_SKLEARN)  # warnings are errors
    assert network.stop_reason_ == name
    with pytest.warns(ConvergenceWarning, match="hasn't converged yet") as caught:
        network.set_params(tol=1e-9).fit(X_SKLEARN, T_SKLEARN)
    assert len(caught) == 1
    assert name in str(caught[0].message)
    assert network.n_iter_ == len(network.loss_curve_) <= 4


def test_a_larger_tolerance_ends_lbfgs_earlier():
    loose, strict = (
        BackpropRegressor(5, solver="lbfgs", tol=tol, random_state=0).fit(X_SKLEARN, T_SKLEARN) for tol in (0.1, 1e-3)
    )
    assert loose.stop_reason_ == strict.stop_reason_ == "converged"
    assert loose.n_iter_ < strict.n_iter_
    assert strict.loss_ < loose.loss_


def test_lbfgs_stops_at_an_error_rate():
    network = BackpropRegressor(5, solver="lbfgs", error_tol=0.2, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert network.stop_reason_ == "error_tol"
    assert network.error_curve_[-1] < 0.2 <= network.error_curve_[-2]


def test_lbfgs_at_a_minimum_stays_there():
    start = [np.zeros((4, 1))], [np.zeros(1)]
    network = BackpropRegressor((), solver="lbfgs", update_tol=0).fit(
        X_SKLEARN, np.full(60, 7.0), coefs_init=start[0], intercepts_init=start[1]
    )
    assert network.stop_reason_ == "converged"
    np.testing.assert_array_equal(network.predict(X_SKLEARN), np.full(60, 7.0))


@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_there_is_no_partial_fit_with_lbfgs(estimator_class):
    """Case E19; scikit-learn's MLP hides it as well."""
    assert not hasattr(estimator_class(solver="lbfgs"), "partial_fit")
    for solver in ("sgd", "adam", "rprop"):
        assert hasattr(estimator_class(solver=solver), "partial_fit")


@ignore_convergence
def test_lbfgs_with_warm_start_goes_on_from_its_weights():
    network = BackpropRegressor(5, solver="lbfgs", max_iter=10, warm_start=True, random_state=0)
    ten = network.fit(X_SKLEARN, T_SKLEARN).loss_
    network.fit(X_SKLEARN, T_SKLEARN)
    assert network.n_epochs_ == 10 + network.n_iter_
    assert network.loss_ < ten
    assert len(network.loss_curve_) == network.n_epochs_


def test_lbfgs_that_cannot_even_begin_is_an_error():
    network = BackpropRegressor((), solver="lbfgs", normalize_y=False)
    with pytest.raises(ValueError, match=r"^Solver produced non-finite parameter weights"):
        network.fit(X, X[:, 0], coefs_init=[np.full((3, 1), 1e200)])
    assert not hasattr(network, "coefs_")


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


@ignore_convergence
def test_time_ends_lbfgs():
    network = BackpropRegressor(5, solver="lbfgs", max_time=1e-9, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert (network.stop_reason_, network.n_iter_) == ("max_time", 1)


# ---------------------------------------------------------------------------------------------------------------------
# Parameters that will not do.

NAN, INF = math.nan, math.inf
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
    """So that none can be forgotten."""
    for estimator in (BackpropClassifier(), BackpropRegressor()):
        assert set(estimator.get_params()) <= set(WRONG)
        assert set(estimator.get_params()) <= {*REQUIREMENTS, "loss"}


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


# ---------------------------------------------------------------------------------------------------------------------
# Divergence.

WILD = {"activation": "relu", "learning_rate_init": 1e3, "max_iter": 20, "random_state": 0, "batch_size": 8}
T = X_SKLEARN @ [1.0, -2.0, 0.5, 1.0]


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("rate", [1e3, 1e6])
@pytest.mark.parametrize("solver", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterovs_momentum": True}])
def test_divergence_names_the_rate_and_warns_of_nothing_else(activation, rate, solver):
    """Case F1."""
    network = BackpropRegressor(5, **WILD | {"activation": activation, "learning_rate_init": rate}, **solver)
    message = r"^Solver produced non-finite parameter weights\. The input data may contain large values and need to be "
    with pytest.raises(ValueError, match=message + r"preprocessed\..*learning_rate_init"):
        network.fit(X_SKLEARN, T)
    assert not hasattr(network, "coefs_")


@ignore_convergence
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", [{}, {"momentum": 0.9}])
def test_a_rate_that_diverges_is_halved_where_that_is_asked_for(solver):
    """WEKA's MultilayerPerceptron resets the network with a lower learning rate and begins again."""
    network = BackpropRegressor(5, on_divergence="halve", **WILD, **solver).fit(X_SKLEARN, T)
    assert np.isfinite(parameters_of(network)).all()
    assert network.n_iter_ == len(network.loss_curve_) <= 20
    halvings = np.log2(1e3 / network.learning_rate_)
    assert halvings >= 1, "learning_rate_ must tell the rate that did"
    assert halvings == int(halvings)
    plain = clone(network).set_params(on_divergence="raise", learning_rate_init=network.learning_rate_)
    np.testing.assert_array_equal(parameters_of(plain.fit(X_SKLEARN, T)), parameters_of(network))
    with pytest.raises(ValueError, match="non-finite"):
        plain.set_params(learning_rate_init=2 * network.learning_rate_).fit(X_SKLEARN, T)


def test_divergence_names_a_penalty_that_alone_takes_weights_beyond_zero():
    network = BackpropClassifier(5, learning_rate_init=2.0, batch_size=1, alpha=2.0, random_state=0)
    with pytest.raises(ValueError, match=r"try a smaller learning_rate_init, such as 0\.2, or a smaller alpha than 2"):
        network.fit(X_SKLEARN, T > 0)
    with pytest.raises(ValueError, match=r"such as 1e\+02\."):
        BackpropRegressor(5, **WILD, alpha=1e-4).fit(X_SKLEARN, T)


@ignore_convergence
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("alpha", [0.5, 2.0, 10.0, 1e3])
@pytest.mark.parametrize("batch_size", [1, 4, 32, 47, 199, 200])  # of 200; 199 and 47 leave one and twelve over
def test_no_penalty_makes_a_training_at_the_automatic_rate_diverge(batch_size, alpha, momentum):
    settings = {"batch_size": batch_size, "momentum": momentum, "max_iter": 30, "random_state": 0}
    X, y = make_classification(200, n_classes=3, n_informative=5, random_state=0)
    network = BackpropClassifier(5, alpha=alpha, **settings).fit(X, y)
    assert np.abs(parameters_of(network)).max() < 10
    weights = np.full(200, 3.0)  # the penalty is over their mean
    weighted = BackpropClassifier(5, alpha=3 * alpha, **settings).fit(X, y, weights)
    np.testing.assert_allclose(weighted.learning_rate_, network.learning_rate_)


def test_small_penalties_leave_the_automatic_rate_alone():
    X, y = make_classification(200, n_classes=3, n_informative=5, random_state=0)
    rates = {BackpropClassifier(5, alpha=alpha).initialize(X, y).learning_rate_ for alpha in (0.0, 1e-4, 0.1, 1.0)}
    assert len(rates) == 1


@ignore_convergence
@pytest.mark.parametrize("momentum", [0.8, 0.9])
@pytest.mark.parametrize("is_nesterov", [False, True])
def test_momentum_takes_no_outputs_to_where_squared_errors_leave_them(momentum, is_nesterov):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(100, momentum=momentum, nesterovs_momentum=is_nesterov, max_iter=60, random_state=0)
    assert network.fit(X[:900] / 16, y[:900]).score(X[900:] / 16, y[900:]) > 0.9
    random_state = np.random.RandomState(0)
    labels = random_state.uniform(size=2000) < 0.1
    inputs = random_state.normal(size=(2000, 10)) + 1.2 * np.outer(labels, np.arange(10) < 3)
    assert roc_auc_score(labels, network.fit(inputs, labels).predict_proba(inputs)[:, 1]) > 0.85


def test_the_threshold_of_updates_does_not_follow_the_room_for_momentum():
    tols = []
    for momentum in (0.5, 0.9):
        network = BackpropClassifier(5, momentum=momentum, learning_rate_init=1e-3).initialize(X_SKLEARN, T > 0)
        tols.append(network.update_tol_ * (1 - momentum))
    assert tols[0] == pytest.approx(tols[1])


@ignore_convergence
@pytest.mark.parametrize("batch_size", [8, 32, 200, "auto", "epoch"])
@pytest.mark.parametrize("solver", ["sgd", "rprop"])
def test_the_automatic_threshold_is_what_its_docstring_says(solver, batch_size):
    inputs = np.random.RandomState(0).normal(size=(700, 3))
    network = BackpropRegressor(5, solver=solver, batch_size=batch_size).initialize(inputs, inputs[:, 0])
    n_instances = {"auto": 200, "epoch": 700}.get(batch_size, batch_size)
    assert network.update_tol_ == pytest.approx(min(1e-4, 1e-3 / n_instances) if solver == "sgd" else 1e-4)
    assert (
        network.partial_fit(inputs, inputs[:, 0]).update_tol_
        == network.set_params(max_iter=1).fit(inputs, inputs[:, 0]).update_tol_
    )


@ignore_convergence
@pytest.mark.parametrize("batch_size", [64, "auto"])
def test_a_rare_class_in_large_batches_is_no_end_of_a_training(batch_size):
    random_state = np.random.RandomState(1)
    labels = random_state.uniform(size=6000) < 0.01
    inputs = random_state.normal(size=(6000, 10)) + 1.5 * np.outer(labels, np.arange(10) < 3)
    network = BackpropClassifier(batch_size=batch_size, max_iter=100, random_state=0).fit(inputs, labels)
    assert network.stop_reason_ == "max_iter"
    assert roc_auc_score(labels, network.predict_proba(inputs)[:, 1]) > 0.9


def test_momentum_of_a_half_divides_the_automatic_rate_and_no_more():
    rates = [BackpropClassifier(5, momentum=m).initialize(X_SKLEARN, T > 0).learning_rate_ for m in (0.0, 0.5)]
    assert rates[1] == 0.5 * rates[0]


@ignore_convergence
@pytest.mark.parametrize("hidden", [(64, 32, 16, 8), (20, 10, 5), (100, 100)])
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_several_layers_that_bound_nothing_learn_at_the_automatic_rate(hidden, activation):
    X, y = make_friedman1(400, noise=1.0, random_state=0)
    network = BackpropRegressor(hidden, activation=activation, max_iter=100, random_state=0).fit(scale(X), y)
    assert network.score(scale(X), y) > (0.9 if activation == "relu" else 0.7)


@ignore_convergence
@pytest.mark.parametrize("hidden", [(2,), (4, 3), (5, 2), (4, 3, 2), (3, 3, 3, 3), (100,)])
@pytest.mark.parametrize("seed", [0, 1])
def test_linear_layers_learn_at_the_automatic_rate(hidden, seed):
    X, y = load_diabetes(return_X_y=True)
    network = BackpropRegressor(hidden, activation="identity", random_state=seed).fit(scale(X), y)
    assert network.score(scale(X), y) > 0.3


@ignore_convergence
def test_halving_changes_nothing_where_nothing_diverges():
    one, other = (
        BackpropRegressor(5, max_iter=5, random_state=0, on_divergence=what).fit(X_SKLEARN, T)
        for what in ("raise", "halve")
    )
    np.testing.assert_array_equal(parameters_of(one), parameters_of(other))
    stream, twin = np.random.RandomState(0), np.random.RandomState(0)
    clone(one).set_params(random_state=stream, on_divergence="raise").fit(X_SKLEARN, T)
    network = BackpropRegressor(5, max_iter=5, on_divergence="halve").set_params(random_state=twin)
    network.fit(X_SKLEARN, T)
    assert stream.uniform() == twin.uniform()


@ignore_convergence
def test_the_halved_rate_stays_when_the_training_goes_on():
    network = BackpropRegressor(5, on_divergence="halve", warm_start=True, **WILD).fit(X_SKLEARN, T)
    rate = network.learning_rate_
    network.set_params(on_divergence="raise").fit(X_SKLEARN, T)
    assert network.learning_rate_ == rate
    assert np.isfinite(parameters_of(network)).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"early_stopping": True},
        {"early_stopping": True, "momentum": 0.9},
        {"early_stopping": True, "restore_best": False},
    ],
    ids=str,
)
def test_divergence_under_early_stopping_keeps_the_best_weights(parameters):
    """Case F2, and scikit-learn's test_mlp_diverging_loss."""
    network = BackpropRegressor(5, **WILD | {"n_iter_no_change": 50}, **parameters)
    with pytest.warns(ConvergenceWarning, match="diverged.*learning_rate_init") as caught:
        network.fit(X_SKLEARN, T)
    assert len(caught) == 1
    assert network.stop_reason_ == "diverged"
    assert math.isnan(network.validation_scores_[-1])
    assert math.isnan(network.validation_loss_curve_[-1])
    assert np.isfinite(parameters_of(network)).all()
    assert np.isfinite(network.predict(X_SKLEARN)).all()
    assert len(network.validation_scores_) == network.n_iter_ == len(network.loss_curve_)


@ignore_convergence
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_network_that_diverged_under_early_stopping_can_go_on(momentum):
    network = BackpropRegressor(5, **WILD, early_stopping=True, momentum=momentum).fit(X_SKLEARN, T)
    assert network.stop_reason_ == "diverged"
    network.set_params(early_stopping=False, learning_rate_init=1e-3).partial_fit(X_SKLEARN, T)
    assert np.isfinite(network.predict(X_SKLEARN)).all()


# ---------------------------------------------------------------------------------------------------------------------
# scikit-learn's checks, and its issue 31235.

# Fewer units and epochs than by default, as that is quicker.
SMALL = {"hidden_layer_sizes": 10, "max_iter": 50}
CHECKED = [
    *(BackpropClassifier(**SMALL, solver=solver) for solver in ("adam", "lbfgs", "rprop")),
    *(BackpropRegressor(**SMALL, solver=solver) for solver in ("lbfgs", "rprop")),
    BackpropRegressor(**SMALL, solver="adam", learning_rate_init=0.05),
    BackpropClassifier(**SMALL, loss="log_loss"),
    *(BackpropRegressor(**SMALL, loss=loss) for loss in REGRESSION_LOSSES if loss != "squared_error"),
]


# Two checks that a solver and a loss cannot pass.
CANNOT_PASS = {
    (
        "rprop",
        "check_class_weight_classifiers",
    ): "steps go by signs, so a class of tiny weight is learned once others are",
    ("poisson", "check_regressor_multioutput"): "its targets are negative, whatever the tag positive_only says",
}


def name_of(check):
    return getattr(check, "func", check).__name__


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(CHECKED)
def test_scikit_learn_check(estimator, check):
    for option in (estimator.solver, estimator.loss):
        if (option, name_of(check)) in CANNOT_PASS:
            with pytest.raises((AssertionError, ValueError)):  # if ever it passes, the table is wrong
                check(estimator)
            return
    check(estimator)


# What scikit-learn's checks ask for and early stopping cannot give, with the reason.
NOT_WITH_EARLY_STOPPING = {
    # They call partial_fit, which has nothing to stop early and says so, as scikit-learn's MLP does (Case E10).
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
    # The score of what is held back knows no class weights, so it keeps a network that follows them less.
    "check_class_weight_classifiers",
    # Repeated rows fall on both sides of the split, weighted ones on one.
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
}


@pytest.mark.slow
@pytest.mark.oldest
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_scikit_learns_checks_hold_with_early_stopping(estimator_class):
    """A tenth of the checks' 10 to 20 instances is too few to hold back, which is refused; so they hold back more."""
    results = check_estimator(
        estimator_class(**SMALL, early_stopping=True, validation_fraction=0.3), on_fail=None, on_skip=None
    )
    failed = {result["check_name"]: repr(result["exception"]) for result in results if result["status"] == "failed"}
    assert len(results) > 50
    assert set(failed) <= NOT_WITH_EARLY_STOPPING, failed


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


@ignore_convergence
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs", "rprop"])
def test_a_network_of_any_solver_is_plain_arrays_and_numbers(solver, task):
    network = task.trained(parameters={"solver": solver})
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(task.outputs(again), task.outputs(network))
    plain = (int, float, str, bool, type(None), np.ndarray, np.floating, np.integer)

    def assert_plain(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (list, tuple)):
            for each in value:
                assert_plain(each)
        else:
            assert isinstance(value, plain), type(value)

    assert_plain({name: value for name, value in network.__getstate__().items() if name.endswith("_")})
