"""The automatic learning rates, thresholds and starts are what the docstrings and the user guide say."""

import math
import pickle
import warnings
from unittest import mock

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.preprocessing import scale

from skbackprop import BackpropClassifier, BackpropRegressor, apply_gradient, gradient
from skbackprop._network import updates
from skbackprop._network.automatic import rates
from skbackprop._network.losses import classification_loss


def test_rates_that_are_kept_are_those_that_are_worked_out():
    """Whatever was asked before, of networks that differ in one number."""
    usual = rates.Curvature(100, 0.33, classification_loss("squared_error", (1,)).rates, square_norm=20.0, n_alike=32)
    networks = [usual, usual._replace(n_units=300), usual._replace(penalty=0.01), usual._replace(lack_of_inputs=5.0)]
    functions = rates.rate_of_descent, rates.hidden_factor_of_descent, rates.head_start_of_descent
    for _ in range(2):
        for network in networks:
            for momentum in (0.0, 0.5, np.float32(0.9)):
                for function in functions:
                    assert function(network, momentum) == function.__wrapped__(network, momentum)


ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_SKLEARN, _ = make_regression(60, 4, n_targets=2, random_state=0)
T = X_SKLEARN @ [1.0, -2.0, 0.5, 1.0]


def both_rates_of(network, inputs, weights=None):
    """Of the output units, and of hidden layers when their head start is over."""
    with mock.patch.object(rates, "HEAD_START", 1.0), mock.patch.object(updates, "HEAD_START", 1.0):
        if weights is None:
            network.initialize(inputs, inputs[:, 0] > 0)
        else:
            network.fit(inputs, inputs[:, 0] > 0, sample_weight=weights)
    return network.learning_rate_, network.hidden_learning_rate_


# ---------------------------------------------------------------------------------------------------------------------
# Of output units and of hidden layers.


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
def test_all_layers_have_one_rate_where_hidden_ones_need_no_other(network):
    of_outputs, of_hidden = both_rates_of(network, np.random.RandomState(0).normal(size=(70, 3)))
    assert of_outputs == of_hidden


@pytest.mark.parametrize("parameters", [{"loss": "absolute_error"}, {"normalize_y": False}])
def test_hidden_layers_of_regressors_whose_targets_do_not_grow_keep_their_rate(parameters):
    of_outputs, of_hidden = both_rates_of(
        BackpropRegressor(400, **parameters), np.random.RandomState(0).normal(size=(70, 3))
    )
    assert of_hidden > 4 * of_outputs


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("hidden", [(500, 400), (50, 400), (30, 30, 150)])
@pytest.mark.parametrize("times", [1.0, 10.0])
def test_hidden_layers_are_never_slower_than_output_units(activation, hidden, times):
    inputs = times * np.random.RandomState(0).normal(size=(70, 20))
    network = BackpropClassifier(hidden, activation=activation)
    of_outputs, of_hidden = both_rates_of(network, inputs)
    assert of_hidden >= of_outputs
    assert pickle.loads(pickle.dumps(network)).hidden_learning_rate_ == of_hidden


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


def test_small_penalties_leave_the_automatic_rate_alone():
    X, y = make_classification(200, n_classes=3, n_informative=5, random_state=0)
    rates = {BackpropClassifier(5, alpha=alpha).initialize(X, y).learning_rate_ for alpha in (0.0, 1e-4, 0.1, 1.0)}
    assert len(rates) == 1


def test_momentum_of_a_half_divides_the_automatic_rate_and_no_more():
    rates = [BackpropClassifier(5, momentum=m).initialize(X_SKLEARN, T > 0).learning_rate_ for m in (0.0, 0.5)]
    assert rates[1] == 0.5 * rates[0]


def test_both_rates_follow_the_schedule():
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    network = BackpropClassifier(400, activation="tanh", learning_rate="inverse_epoch", random_state=0)
    first = both_rates_of(network, inputs)
    for _ in range(4):
        network.partial_fit(inputs, inputs[:, 0] > 0)
    assert (network.learning_rate_, network.hidden_learning_rate_) == pytest.approx([rate / 4 for rate in first])


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


# ---------------------------------------------------------------------------------------------------------------------
# Of large batches, and of instances that are left over.


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(("hidden", "power"), [(100, 1), (20, 1), ((20, 10), 0.5), ((5, 40, 6), 0.5)])
def test_hidden_layers_learn_faster_from_large_batches(estimator, hidden, power):
    """Also where one holds all instances, whatever that is called; but not so few units below outputs without ends."""
    inputs = scale(np.random.RandomState(0).normal(size=(900, 3))) / 1.2
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
    inputs = scale(np.random.RandomState(0).normal(size=(120, 3))) / 1.25

    def times(inputs):
        network = BackpropClassifier(20, batch_size="epoch").initialize(convert(inputs), inputs[:, 0] > 0)
        return network.hidden_learning_rate_ / network.learning_rate_

    assert times(inputs) == times(np.repeat(inputs, 5, axis=0)) == pytest.approx(120 / 32)
    assert times(inputs[:32]) == times(np.tile(inputs[:32], (9, 1))) == 1
    assert times(np.zeros((200, 3))) == times(inputs[:1]) == 1
    network = BackpropClassifier(20, batch_size=1000).initialize(convert(inputs), inputs[:, 0] > 0)
    more = np.random.RandomState(1).normal(size=(500, 3)) / 1.4
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
def test_hidden_layers_learn_from_large_batches_no_faster_than_is_stable_for_their_inputs(hidden):
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
def test_hidden_layers_gain_the_less_by_large_batches_the_more_inputs_have_in_common(hidden, mean, convert):
    """By the square of one and the squares of their means."""
    inputs = scale(np.random.RandomState(0).normal(size=(300, 2))) / 1.2 + [mean, 0]
    common = (1 + mean**2) ** 2
    for weights in (None, np.full(300, 7.0)):
        for batch_size, times in ((32, 1), (64, 2), ("epoch", 300 / 32)):
            network = BackpropClassifier(hidden, batch_size=batch_size, alpha=0, max_iter=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                network.fit(convert(inputs), np.arange(300) % 2, sample_weight=weights)
            expected = max(1, times / common) ** (1 if hidden == 20 else 0.5)
            assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(expected)


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


# ---------------------------------------------------------------------------------------------------------------------
# Where instances or classes have different weights.


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
    assert by_chance > by_largest, "or chance would not be what holds back"
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


# ---------------------------------------------------------------------------------------------------------------------
# The head start of hidden layers.


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
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 1.2
    lasting = ((1 + 400 / 4) / (1 + 100 / 4)) ** 1.5 if hidden == 400 and estimator is BackpropClassifier else 1
    expected = [lasting * max(1, min(most, 12 / (1 + t / 300))) for t in range(900)]
    assert head_starts_of(estimator(hidden, random_state=0), inputs, 900) == pytest.approx(expected)


@ignore_convergence
@pytest.mark.parametrize(("n_batches", "half"), [(1.5, 175), (2, 131.25), (5, 84)])
def test_the_head_start_is_shorter_where_a_call_has_more_batches(n_batches, half):
    inputs = scale(np.random.RandomState(0).normal(size=(int(32 * n_batches), 3))) / 1.2
    network, factors = BackpropRegressor(random_state=0, alpha=0).initialize(inputs, inputs[:, 0]), []
    for _ in range(9):
        factors.append(network.partial_fit(inputs, inputs[:, 0]).hidden_learning_rate_ / network.learning_rate_)
    assert factors == pytest.approx([12 / (1 + epoch * n_batches / half) for epoch in range(9)])


@pytest.mark.parametrize("mean", [0.5, 1.0, 5.0])
def test_the_head_start_is_less_of_inputs_that_are_not_centred(mean):
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 1.2 + [mean, 0, 0]
    assert head_starts_of(BackpropClassifier(random_state=0), inputs) == pytest.approx([max(1, 12 / (1 + mean**2))])


@pytest.mark.parametrize(("batch_size", "most"), [(1, 1.5), (2, 3), (6, 9), (8, 12), (20, 12)])
def test_the_head_start_is_less_of_small_batches(batch_size, most):
    inputs = scale(np.random.RandomState(0).normal(size=(96, 3))) / 1.2
    network = BackpropClassifier(batch_size=batch_size, alpha=0, random_state=0).initialize(inputs, inputs[:, 0] > 0)
    assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(most)


@ignore_convergence
def test_the_head_start_is_less_where_classes_have_different_weights():
    """By hand: of 8 rare ones of 128 the mean square of balanced weights is 4.27, and a batch is worth 7.5 instances."""
    inputs = scale(np.random.RandomState(0).normal(size=(128, 3))) / 1.2
    network = BackpropClassifier(class_weight="balanced", alpha=0, max_iter=1, random_state=0)
    network.fit(inputs, np.arange(128) < 8)
    expected = 12 * (32 / 4.2667 / 8) / (20 * 3.2667 / 32)
    assert network.hidden_learning_rate_ / network.learning_rate_ == pytest.approx(expected, rel=1e-3)


def test_the_head_start_is_no_more_than_is_stable_for_the_inputs():
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
def test_other_networks_have_no_head_start(network):
    inputs = scale(np.random.RandomState(0).normal(size=(32, 3))) / 1.2
    assert head_starts_of(network, inputs) == pytest.approx([1])


def test_the_head_start_is_counted_in_updates_whoever_makes_them():
    """By fit, by later calls of batches of another size, and by gradients that were added up."""
    inputs = scale(np.random.RandomState(0).normal(size=(64, 3))) / 1.2
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


# ---------------------------------------------------------------------------------------------------------------------
# Adam's rate.


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
def test_adams_rate_is_smaller_where_inputs_are_large(size):
    """Half of one over the root of the sum of squares, by which each update moves a net input."""
    inputs = np.random.RandomState(0).normal(size=(70, 3))
    inputs *= size / np.sqrt((inputs**2).mean())
    of_outputs, _ = both_rates_of(BackpropClassifier(20, solver="adam"), inputs)
    assert of_outputs == pytest.approx(min(0.003, 0.5 / (size * 3**0.5)), rel=1e-3)


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_hidden_layers_keep_the_rate_of_a_hundred_units_with_adam(estimator):
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


# ---------------------------------------------------------------------------------------------------------------------
# The threshold of updates, and where output units begin.


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
def test_where_a_batch_holds_all_the_threshold_of_updates_counts_equal_inputs_once():
    inputs = np.random.RandomState(0).normal(size=(120, 3))
    for n, expected in ((20, 1e-3 / 32), (60, 1e-3 / 60), (120, 1e-3 / 120)):
        rows = inputs[:n], np.tile(inputs[:n], (3, 1))
        for parameters in ({}, {"learning_rate_init": 1e-2, "alpha": 0}, {"momentum": 0.5}):
            network = BackpropClassifier(20, batch_size="epoch", max_iter=1, **parameters)
            once, thrice = (network.fit(each, each[:, 0] > 0).update_tol_ for each in rows)
            assert once == pytest.approx(thrice)
            assert parameters or once == pytest.approx(expected)


def test_the_threshold_of_updates_does_not_follow_the_room_for_momentum():
    tols = []
    for momentum in (0.5, 0.9):
        network = BackpropClassifier(5, momentum=momentum, learning_rate_init=1e-3).initialize(X_SKLEARN, T > 0)
        tols.append(network.update_tol_ * (1 - momentum))
    assert tols[0] == pytest.approx(tols[1])


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
