"""The penalty that noisy targets ask for."""

import math
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1, make_gaussian_quantiles, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import OneHotEncoder, scale

from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    apply_gradient,
    check_gradient,
    explain_step,
    gradient,
)
from skbackprop._estimators import automatic
from skbackprop._network.automatic import leave_one_out, penalties, starts
from skbackprop._network.losses import classification_loss

# Trainings here are short.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

random = np.random.RandomState(0)
CLOUD = random.normal(size=(400, 4))
WIDE = scale(random.normal(size=(400, 30)))
NOISE = random.normal(size=400)
CUBE = random.uniform(-1, 1, size=(900, 3))
FLIPPED = make_classification(1200, 20, n_informative=10, n_redundant=0, flip_y=0.3, random_state=0)
X, Y = FLIPPED[0][:300], FLIPPED[1][:300]
PLANE = WIDE.sum(axis=1) + 6 * NOISE  # a line would tell four tenths of it
COINS = np.median(PLANE) < PLANE


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def penalty_of(network, X, y, **arguments):
    """What is found for an instance, times the instances of a usual batch."""
    return network.set_params(max_iter=1).fit(X, y, **arguments)._penalty_ * 32


def test_errors_of_ridges_are_those_of_regressions_each_without_one_instance():
    random_state = np.random.RandomState(1)
    inputs, targets = random_state.normal(size=(60, 3)), random_state.normal(size=(60, 2))
    weights = random_state.uniform(0.2, 3, size=60)
    shares = weights / weights.sum()
    nets = inputs @ random_state.uniform(-0.9, 0.9, size=(3, 100))
    regressions = leave_one_out._Regressions(nets, targets, shares)
    outputs = regressions._outputs(nets)
    found = regressions._errors_of_ridges(outputs.copy())
    columns = outputs / np.sqrt(shares)[:, None]  # as they are, but for a shift
    varied = np.linalg.eigvalsh(outputs.T @ outputs).mean()
    for ridge, error in zip(leave_one_out._RIDGES, found, strict=True):
        expected = 0.0
        for row in range(60):
            others = np.arange(60) != row
            model = Ridge(alpha=ridge * varied).fit(columns[others], targets[others], sample_weight=shares[others])
            expected += shares[row] * np.square(model.predict(columns[[row]]) - targets[row]).sum()
        assert error == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("network", "X", "y"),
    [
        (BackpropClassifier(), *FLIPPED),
        (BackpropClassifier(), CLOUD, (CLOUD[:, 0] > 0) ^ (NOISE > 0.8)),
        (BackpropRegressor(), WIDE, WIDE[:, :5].sum(axis=1) + 3 * NOISE),
        (BackpropRegressor(), WIDE, WIDE[:, 0] + 0.4 * NOISE),
        (BackpropRegressor(), CLOUD, np.stack([CLOUD[:, 1] + NOISE, CLOUD[:, 0] + 2 * NOISE], axis=1)),
        (BackpropRegressor(loss="poisson"), WIDE, np.random.RandomState(0).poisson(np.exp(0.7 * WIDE[:, 0]))),
    ],
    ids=["flipped labels", "a noisy border", "a noisy plane", "a slightly noisy one", "two targets", "counts"],
)
def test_noisy_targets_have_a_penalty(network, X, y):
    is_of_numbers = isinstance(network, BackpropRegressor) and network.loss == "squared_error"
    assert penalty_of(network, X, y) > (0.05 if is_of_numbers else 0.001)


@pytest.mark.parametrize(
    ("network", "X", "y"),
    [
        (BackpropClassifier(), CLOUD, CLOUD[:, 0] > 0),
        (BackpropClassifier(), CUBE, CUBE[:, 0] * CUBE[:, 1] > 0),
        (BackpropClassifier(), *make_gaussian_quantiles(n_samples=900, n_features=3, n_classes=2, random_state=0)),
        (BackpropRegressor(), CLOUD, np.sin(2 * CLOUD[:, 0]) + CLOUD[:, 1]),
        (BackpropRegressor(), CLOUD, np.full(400, 3.0)),
        (BackpropRegressor(), CLOUD, np.sin(3 * CLOUD[:, 0])),
    ],
    ids=["a border", "exclusive or", "rings", "a curve", "a constant", "a wave among others"],
)
def test_targets_without_noise_have_no_penalty(network, X, y):
    assert penalty_of(network, X, y) == 0


def test_what_is_told_has_hardly_any_penalty():
    """A tenth of what wholly noisy targets have, at most: little of it is left."""
    assert penalty_of(BackpropRegressor(), *make_friedman1(500, noise=0, random_state=0)) < 1.024 / 10
    X = np.random.RandomState(0).normal(size=(500, 6))
    assert penalty_of(BackpropRegressor(), X, np.sin(X[:, 0] + X[:, 1]) + X[:, 2]) < 1.024 / 10


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_inputs_that_do_not_count_are_not_learned_by_heart(noise):
    """Of targets that random units miss, too, whether there is noise or not."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(2000, 30))
    y = np.abs(X[:, 0]) - np.abs(X[:, 1]) + X[:, 2] + noise * random_state.normal(size=2000)
    scores = [
        BackpropRegressor(alpha=alpha, random_state=0).fit(X[:400], y[:400]).score(X[400:], y[400:])
        for alpha in (0, "auto")
    ]
    assert scores[1] > scores[0] + 0.1


@pytest.mark.parametrize(
    ("network", "X", "y", "part"),
    [
        (BackpropClassifier(), CUBE, np.floor(2.5 * CUBE).sum(axis=1) % 2 > 0, 0.5 * 50 * 3 / 900),
        (BackpropRegressor(), WIDE, WIDE[:, 0] * WIDE[:, 1] * WIDE[:, 2], 1),
        (BackpropClassifier(), WIDE, WIDE[:, 0] * WIDE[:, 1] * WIDE[:, 2] > 0, 0.5),
        (BackpropRegressor(), WIDE, NOISE, 1),
        (BackpropRegressor(), CUBE, np.random.RandomState(0).normal(size=900), 50 * 3 / 900),
    ],
    ids=["a chessboard", "a product among others", "a parity among others", "nothing", "nothing of few inputs"],
)
def test_the_penalty_of_what_is_hardly_told_is_smaller(network, X, y, part, monkeypatch):
    """With fifty different instances for each input, and of classes."""
    found = penalty_of(network, X, y)
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(penalties, "_LEAST_TOLD", -math.inf)
    monkeypatch.setattr(penalties, "_LEAST_TOLD_OF_MANY", -math.inf)
    assert found == pytest.approx(part * penalty_of(network, X, y), rel=1e-3)
    assert found > 0


def test_what_is_hardly_told_is_not_learned_by_heart_but_learned():
    """Without a penalty, noise is told with an R² of -0.8, and a product of three among others with one of 0.17."""
    random_state = np.random.RandomState(0)
    inputs, noise = random_state.normal(size=(2000, 30)), random_state.normal(size=2000)
    product = inputs[:, 0] * inputs[:, 1] * inputs[:, 2]
    train, test = slice(0, 900), slice(900, None)
    without, found = (
        [
            BackpropRegressor(alpha=alpha, random_state=0).fit(inputs[train], y[train]).score(inputs[test], y[test])
            for y in (noise, product)
        ]
        for alpha in (0, "auto")
    )
    assert found[0] > without[0] + 0.3
    assert found[1] > without[1] + 0.1


def test_errors_of_products_are_those_of_regressions_each_without_one_instance():
    random_state = np.random.RandomState(1)
    inputs, targets = random_state.normal(size=(60, 3)) + 5, random_state.normal(size=(60, 2))
    weights = random_state.uniform(0.2, 3, size=60)
    shares = weights / weights.sum()
    found = leave_one_out._Regressions(inputs, targets, shares).error_of_products(inputs)
    centred = inputs - shares @ inputs
    centred /= np.sqrt(shares @ np.square(centred).sum(axis=1))
    features = np.hstack([np.sqrt(2) * centred, *(centred[:, [i]] * centred for i in range(3))])  # of (1 + g)²
    varied = shares @ np.square(features - shares @ features).sum(axis=1) / 60
    error = 0.0
    for row in range(60):
        others = np.arange(60) != row
        ridge = Ridge(alpha=leave_one_out._RIDGE_OF_PRODUCTS * varied)
        ridge.fit(features[others], targets[others], sample_weight=shares[others])
        error += shares[row] * np.square(ridge.predict(features[[row]]) - targets[row]).sum()
    total = np.sum(shares @ np.square(targets - shares @ targets))
    assert found == pytest.approx(error / total, rel=1e-9)


def categories_that_count_together(n_instances, n_categories=8, n_columns=6):
    """One-hot columns, standardised; a number for each pair of categories of the first two."""
    random_state = np.random.RandomState(0)
    codes, table = random_state.randint(n_categories, size=(n_instances, n_columns)), random_state.normal(size=(8, 8))
    X = np.hstack([np.eye(n_categories)[column] for column in codes.T])
    return scale(X), table[codes[:, 0], codes[:, 1]] + 0.1 * random_state.normal(size=n_instances)


def test_products_of_inputs_are_no_noise(monkeypatch):
    """Random units, and units of single inputs, tell as little of pairs of categories as of noise."""
    X, y = categories_that_count_together(2000)
    train, test = slice(0, 1200), slice(1200, None)
    network = BackpropRegressor(random_state=0).fit(X[train], y[train])
    assert network.score(X[test], y[test]) > 0.95
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(leave_one_out, "_MUCH_LESS_OF_PRODUCTS", 0)
    assert network.alpha_ < penalty_of(BackpropRegressor(), X[train], y[train]) / 3


def test_products_of_inputs_that_networks_hardly_tell_have_a_penalty_nevertheless():
    """With a thousandth left by the regression on products there would be next to none, and the R² 0.33."""
    X = np.random.RandomState(0).normal(size=(4000, 24))
    y = (X[:, :12] * X[:, 12:]).sum(axis=1)
    network = BackpropRegressor(random_state=0).fit(X[:1000], y[:1000])
    assert 0.2 < network.alpha_ < 0.8
    assert network.score(X[1000:], y[1000:]) > 0.5


def test_streams_of_products_keep_the_penalty_that_one_call_finds():
    X, y = categories_that_count_together(3000)
    network = BackpropRegressor(random_state=0)
    for start in range(0, 3000, 1000):
        network.partial_fit(X[start : start + 1000], y[start : start + 1000])
    assert network.alpha_ == pytest.approx(penalty_of(BackpropRegressor(), X, y), rel=0.3)


@pytest.mark.parametrize("n_instances", [500, 1200])
def test_products_of_inputs_have_no_more_than_the_usual_penalty(n_instances):
    assert 0 < penalty_of(BackpropRegressor(), *categories_that_count_together(n_instances)) < 1.025


@pytest.mark.parametrize(("n_instances", "n_inputs", "noise"), [(400, 38, 1.0), (600, 60, 0.7), (1000, 60, 1.0)])
def test_straight_lines_are_not_taken_for_products(n_instances, n_inputs, noise, monkeypatch):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(n_instances, n_inputs))
    y = X @ random_state.normal(size=n_inputs) / np.sqrt(n_inputs) + noise * random_state.normal(size=n_instances)
    found = penalty_of(BackpropRegressor(), X, y)
    assert found > 1.1 * 1.024
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(leave_one_out, "_MUCH_LESS_OF_PRODUCTS", 0)
    assert penalty_of(BackpropRegressor(), X, y) == found


@pytest.mark.parametrize("factor", [1e-200, 1e-30, 1e30, 1e200])
def test_products_of_inputs_of_any_size_are_no_fault(factor):
    X, y = categories_that_count_together(500)
    network = BackpropRegressor(max_iter=2, learning_rate_init=1e-6, random_state=0).fit(X * factor, y)
    assert math.isfinite(network.alpha_)


def wave_of_a_product(seed, n_instances=1000):
    """Of two inputs among five, of which random units tell a fifth."""
    X = np.random.RandomState(seed).uniform(-1.7, 1.7, size=(n_instances, 5))
    return X, np.sin(2 * X[:, 0] * X[:, 1])


@pytest.mark.parametrize("seed", range(3))
def test_units_that_follow_the_targets_tell_what_random_ones_take_for_noise(seed, monkeypatch):
    X, y = wave_of_a_product(seed)
    followed = penalty_of(BackpropRegressor(), X, y)
    assert penalty_of(BackpropClassifier(), X, y > 0) < 0.0005
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(leave_one_out, "_MUCH_LESS", 0.0)
    assert penalty_of(BackpropRegressor(), X, y) > 3 * followed
    assert penalty_of(BackpropClassifier(), X, y > 0) > 0.0005


def test_weights_that_are_nothing_beside_others_are_no_fault():
    """Their parts of the sum are 0."""
    X, y = wave_of_a_product(0, 900)
    heavy = np.arange(900) % 5 > 0
    weights = np.where(heavy, 1e300, 1e-300)
    for targets in (y, X.sum(axis=1) + 2 * np.random.RandomState(1).normal(size=900)):
        with_others = penalty_of(BackpropRegressor(random_state=0), X, targets, sample_weight=weights)
        without = penalty_of(BackpropRegressor(random_state=0), X[heavy], targets[heavy])
        assert with_others == pytest.approx(without, rel=0.01, abs=1e-6)
    assert without > 0  # of the noisy ones


def test_of_many_classes_more_may_be_left():
    """Of which each output tells one: at most all but 0.1 / K, as the documentation has it."""
    training_sets = [
        BackpropClassifier(loss=loss)
        .initialize(CLOUD, np.arange(400) % n_classes)
        ._make_set(CLOUD, np.zeros(400, int), None)
        for loss, n_classes in (("squared_error", 2), ("squared_error", 4), ("log_loss", 4), ("squared_error", 10))
    ]
    assert [penalties._most_noise(each) for each in training_sets] == pytest.approx([0.95, 0.975, 0.975, 0.98])
    numbers = BackpropRegressor().initialize(CLOUD, NOISE)._make_set(CLOUD, NOISE[:, None], None)
    assert penalties._most_noise(numbers) == pytest.approx(0.9)


def test_the_wave_of_a_product_is_learned_by_default():
    X, y = wave_of_a_product(0, 1500)
    assert BackpropRegressor(random_state=0).fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.8
    X, y = wave_of_a_product(17, 1500)
    y = y > 0
    assert BackpropClassifier(random_state=0).fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.85


@pytest.mark.parametrize("seed", range(4))
def test_what_is_called_the_first_class_changes_nothing(seed):
    """Nor does the sign of a target, where units that follow it are asked."""
    random_state = np.random.RandomState(seed)
    inputs = random_state.uniform(-1.7, 1.7, size=(600, 5))
    targets = np.sin(2 * inputs[:, 0] * inputs[:, 1])
    targets += 0.3 * targets.std() * random_state.normal(size=600)
    for one, other in (
        (BackpropRegressor().initialize(inputs, targets), BackpropRegressor().initialize(inputs, -targets)),
        (BackpropClassifier().initialize(inputs, targets > 0), BackpropClassifier().initialize(inputs, targets <= 0)),
    ):
        assert one.alpha_ == pytest.approx(other.alpha_, rel=1e-3)


def test_units_that_follow_the_targets_are_asked_of_other_instances():
    """So of noise they leave all, however well they tell the half that they have seen."""
    random_state = np.random.RandomState(2)
    nets = random_state.normal(size=(300, 100))
    regressions = leave_one_out._Regressions(nets, random_state.normal(size=(300, 2)), np.full(300, 1 / 300))
    assert regressions._errors_of_following().min() > 0.97
    few = leave_one_out._Regressions(nets[:90], nets[:90, :1], np.full(90, 1 / 90))
    assert not np.isfinite(few._errors_of_following()).any()


def test_a_half_without_one_of_the_classes_is_no_fault():
    """Its targets are all alike, so that nothing can be followed."""
    nets = np.random.RandomState(2).normal(size=(300, 100))
    targets = np.zeros((300, 1))
    targets[::20] = nets[::20, :1]  # of one of the halves alone
    with np.errstate(all="ignore"):  # as where it is asked
        errors = leave_one_out._Regressions(nets, targets, np.full(300, 1 / 300))._errors_of_following()
    assert not errors.min() < 1  # NaN, too, takes nothing


@pytest.mark.parametrize(
    "network",
    [
        BackpropRegressor(loss="absolute_error"),
        BackpropRegressor(loss="quantile", quantile=0.9),
        BackpropRegressor(loss="huber"),
        BackpropRegressor(()),
        BackpropRegressor(alpha=0.0),
    ],
    ids=["absolute", "quantile", "huber", "no hidden layer", "a number"],
)
def test_no_penalty_is_found_for_some_networks(network):
    network.set_params(max_iter=1).fit(WIDE, PLANE)
    assert network.alpha_ == 0


@pytest.mark.parametrize("n_inputs", [1, 2])
def test_one_or_two_inputs_have_no_penalty(n_inputs):
    y = CLOUD[:, 0] + 2 * NOISE
    assert penalty_of(BackpropRegressor(), CLOUD[:, :n_inputs], y) == 0
    assert penalty_of(BackpropRegressor(), CLOUD[:, :3], y) > 0.1


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_a_network_is_what_the_number_makes(engine, monkeypatch):
    if engine == "numpy":
        monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    for parameters in ({}, {"batch_size": 8}, {"solver": "adam"}, {"solver": "lbfgs"}, {"loss": "log_loss"}):
        network = BackpropClassifier(8, max_iter=5, random_state=0, **parameters).fit(X, Y)
        assert network.alpha_ > 0
        twin = clone(network).set_params(alpha=network.alpha_).fit(X, Y)
        np.testing.assert_array_equal(vector_of(network), vector_of(twin))
        assert network.loss_curve_ == twin.loss_curve_
        assert twin.alpha_ == network.alpha_


def test_the_penalty_is_in_proportion_to_the_instances_of_a_batch():
    for batch_size in (1, 8, 32):
        network = BackpropClassifier(8, batch_size=batch_size, max_iter=1, random_state=0).fit(X, Y)
        assert network.alpha_ == pytest.approx(batch_size * network._penalty_)
    small, *others = (
        BackpropClassifier(8, max_iter=1, random_state=0, solver=solver).fit(X, Y)
        for solver in ("sgd", "lbfgs", "rprop")
    )
    for each in others:
        assert each.alpha_ == pytest.approx(300 / 32 * small.alpha_)


def alpha_for(network, X, y, **arguments):
    """The penalty for a usual batch."""
    network.set_params(max_iter=1).fit(X, y, **arguments)
    return network.alpha_ / network._n_instances_of_batch(network._make_set(X, y.astype(float)[:, None], None)) * 32


def test_wide_layers_and_large_batches_have_a_smaller_penalty():
    """By the cube, or the root where hidden layers learn as much, as the documentation has it."""
    usual = alpha_for(BackpropClassifier(100), WIDE, COINS)
    assert usual > 0
    assert alpha_for(BackpropClassifier(50), WIDE, COINS) == usual
    assert alpha_for(BackpropClassifier((20, 200)), WIDE, COINS) == pytest.approx(usual / 2**0.5)
    assert alpha_for(BackpropClassifier((200, 20)), WIDE, COINS) == usual
    at_one_rate = BackpropClassifier((20, 200), learning_rate_init=0.1)
    assert alpha_for(at_one_rate, WIDE, COINS) == pytest.approx(usual / 8)
    for solver in ("adam", "rprop", "lbfgs"):
        by_another = BackpropClassifier((20, 200), solver=solver)
        assert alpha_for(by_another, WIDE, COINS) == pytest.approx(usual / 2**0.5)
    by_adam = BackpropClassifier((20, 200), solver="adam", learning_rate_init=0.001)
    assert alpha_for(by_adam, WIDE, COINS) == pytest.approx(usual / 8)
    assert alpha_for(BackpropClassifier(batch_size=64), WIDE, COINS) == pytest.approx(usual / 2**0.5)
    assert alpha_for(BackpropClassifier((20, 200), batch_size=64), WIDE, COINS) == pytest.approx(usual / 2)
    assert alpha_for(BackpropClassifier(batch_size="auto"), WIDE, COINS) == pytest.approx(usual / (200 / 32) ** 0.5)
    for at_one_rate in ({"learning_rate_init": 0.1}, {"solver": "adam"}):
        assert alpha_for(BackpropClassifier(batch_size=64, **at_one_rate), WIDE, COINS) == pytest.approx(usual / 8)


def test_the_penalty_grows_with_targets_that_grow_with_the_units():
    """With their square, over the units; where they are left as they are, wide layers have less."""
    usual = alpha_for(BackpropRegressor(100), WIDE, PLANE)
    assert alpha_for(BackpropRegressor(50), WIDE, PLANE) == pytest.approx(usual * (5 / 8) ** 2)
    assert alpha_for(BackpropRegressor(5), WIDE, PLANE) == pytest.approx(usual * (5 / 8) ** 2)
    assert alpha_for(BackpropRegressor((20, 200)), WIDE, PLANE) == pytest.approx(usual * 2**2 / 2)
    assert alpha_for(BackpropRegressor((20, 200), batch_size=64), WIDE, PLANE) == pytest.approx(usual * 2**1.5 / 2)
    assert alpha_for(BackpropRegressor((200, 20)), WIDE, PLANE) == pytest.approx(usual * (5 / 8) ** 2)
    as_they_are = BackpropRegressor((20, 200), normalize_y=False, learning_rate_init=1e-300)
    assert alpha_for(as_they_are, WIDE, 100 * PLANE) == pytest.approx(usual * (5 / 8) ** 2 / 8)


@pytest.mark.parametrize("batch_size", [400, 1000, "epoch"])
def test_where_one_batch_holds_all_instances_equal_ones_count_once(batch_size):
    """Whatever that is called: so weights are repetition there."""
    usual = alpha_for(BackpropRegressor(), WIDE, PLANE)
    assert usual > 0
    whole = BackpropRegressor(batch_size=batch_size)
    assert alpha_for(whole, WIDE, PLANE) == pytest.approx(usual / (400 / 32) ** 0.5)
    assert alpha_for(whole, WIDE[:60], PLANE[:60]) == pytest.approx(
        alpha_for(BackpropRegressor(), WIDE[:60], PLANE[:60]) / (60 / 32) ** 0.5
    )
    at_one_rate = whole.set_params(learning_rate_init=1e-9)
    assert alpha_for(at_one_rate, WIDE, PLANE) == pytest.approx(usual / (400 / 32) ** 3)
    whole = BackpropRegressor(batch_size="epoch")
    for times in (2, 20):
        repeated = alpha_for(whole, np.repeat(WIDE, times, axis=0), np.repeat(PLANE, times))
        assert repeated == pytest.approx(alpha_for(whole, WIDE, PLANE))


def test_another_batch_size_acts_at_the_next_call():
    network = BackpropRegressor(batch_size="epoch", max_iter=1, warm_start=True, random_state=0).fit(WIDE, PLANE)
    usual = BackpropRegressor(max_iter=1, random_state=0).fit(WIDE, PLANE).alpha_
    for batch_size, alpha in ((32, usual), (64, usual * 2**0.5), ("epoch", usual * 12.5**0.5), (8, usual / 4)):
        assert network.set_params(batch_size=batch_size).fit(WIDE, PLANE).alpha_ == pytest.approx(alpha)


def test_the_formula_of_the_documentation():
    """Of numbers four times as much is taken, as of so many inputs for 400 instances; a hundred units have targets of a
    variance of 64. Of classes a ridge of 0.3 or more is told, so all of the penalty is taken."""
    whole = 4 * 0.0005 * 64 * 32
    assert penalty_of(BackpropRegressor(), WIDE, PLANE) == pytest.approx(whole)
    two = np.stack([PLANE, -PLANE], axis=1)  # of which each has half of the variance
    assert penalty_of(BackpropRegressor(), WIDE, two) == pytest.approx(whole / 2 * 2**0.5, rel=1e-3)
    constants = np.column_stack([PLANE, np.ones((400, 9))])
    assert penalty_of(BackpropRegressor(), WIDE, constants) == pytest.approx(whole, rel=1e-3)
    counts = np.random.RandomState(0).poisson(np.exp(0.7 * WIDE[:, 0]))
    one, four = (
        penalty_of(BackpropRegressor(loss="poisson"), WIDE, y) for y in (counts, np.stack([counts] * 4, axis=1))
    )
    assert four == pytest.approx(one, rel=1e-3)  # they are not standardised
    as_they_are = BackpropRegressor(normalize_y=False, learning_rate_init=1e-300)
    expected = penalty_of(as_they_are, WIDE, PLANE)
    assert penalty_of(as_they_are, WIDE, two) == pytest.approx(expected, rel=1e-3)
    assert penalty_of(BackpropClassifier(), WIDE, COINS) == pytest.approx(0.00125 * 0.25 * 32, rel=1e-3)
    assert penalty_of(BackpropClassifier(loss="log_loss"), WIDE, COINS) == pytest.approx(0.006 * 0.25 * 32, rel=1e-3)


def test_a_label_that_all_or_none_have_does_not_count():
    labels = np.column_stack([COINS, ~COINS])
    usual = penalty_of(BackpropClassifier(), WIDE, labels.astype(int))
    for value in (0, 1):
        with_another = np.column_stack([labels, np.full(400, value)]).astype(int)
        assert penalty_of(BackpropClassifier(), WIDE, with_another) == pytest.approx(usual)


def labels_of(n_labels, n_instances, share=0.3):
    """Noisy labels that a line tells in part, each of a share of the instances."""
    random_state = np.random.RandomState(1)
    inputs = random_state.normal(size=(n_instances, 20))
    nets = inputs @ random_state.normal(size=(20, n_labels)) / math.sqrt(20) + random_state.normal(
        size=(n_instances, n_labels)
    )
    return inputs, (nets > np.quantile(nets, 1 - share, axis=0)).astype(int)


@pytest.mark.parametrize(("share", "n_labels"), [(0.5, 2), (0.5, 9), (0.1, 9), (0.1, 2), (0.5, 1)])
def test_several_labels_have_a_larger_penalty(share, n_labels):
    inputs, labels = labels_of(n_labels, 600, share)
    variance = share * (1 - share)
    times = math.sqrt(max(1, n_labels * 4 * variance))
    found = penalty_of(BackpropClassifier(), inputs, labels if n_labels > 1 else labels[:, 0])
    assert found == pytest.approx(0.00125 * 32 * variance * times, rel=0.01)
    with_constant = np.column_stack([labels, np.ones(600, dtype=int)])
    assert penalty_of(BackpropClassifier(), inputs, with_constant) == pytest.approx(found)


@pytest.mark.parametrize(("n_labels", "n_unused"), [(150, 0), (100, 800), (30, 1)])
def test_of_many_labels_those_count_that_some_instances_have(n_labels, n_unused):
    """Of a hundred that are looked at."""
    inputs, labels = labels_of(n_labels, 400, 0.5)
    unused = np.zeros((400, n_unused), dtype=int)
    found = penalty_of(BackpropClassifier(8), inputs, np.column_stack([labels, unused]))
    assert found == pytest.approx(0.00125 * 32 * 0.25 * math.sqrt(n_labels), rel=0.06)


def test_an_output_of_classes_that_all_instances_share_does_not_count():
    inputs, labels = labels_of(6, 600, 0.5)
    three = labels[:, ::2] + labels[:, 1::2]
    usual = penalty_of(BackpropClassifier(), inputs, three)
    for n_constant in (1, 5):
        with_constant = np.column_stack([three, np.zeros((600, n_constant), dtype=int)])
        assert penalty_of(BackpropClassifier(), inputs, with_constant) == pytest.approx(usual, rel=1e-3)


def test_classes_that_are_told_as_labels_are_told_anew():
    """What was found for the same targets, as classes that exclude each other, is not taken for labels."""
    inputs, labels = labels_of(2, 600, 0.5)
    classes = labels.sum(axis=1)
    indicators = (classes[:, np.newaxis] == np.arange(3)).astype(int)
    found = [penalty_of(BackpropClassifier(), inputs, each) for each in (classes, indicators, classes)]
    assert found[0] == found[2]
    variance = indicators.var(axis=0).mean()
    assert found[1] == pytest.approx(found[0] * math.sqrt(3 * 4 * variance), rel=1e-3)


def test_several_outputs_of_classes_have_a_larger_penalty():
    inputs, labels = labels_of(8, 600, 0.5)
    one = labels[:, 0] + labels[:, 1]
    four = labels[:, ::2] + labels[:, 1::2]
    variance = np.mean([np.var(output == code) for output in four.T for code in range(3)])
    found = penalty_of(BackpropClassifier(), inputs, four)
    assert found == pytest.approx(0.00125 * 32 * variance * math.sqrt(4 * 4 * variance), rel=0.01)
    of_one = np.mean([np.var(one == code) for code in range(3)])
    assert penalty_of(BackpropClassifier(), inputs, one) == pytest.approx(0.00125 * 32 * of_one, rel=0.01)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_noise_of_many_labels_is_not_learned_by_heart(loss):
    inputs, labels = labels_of(20, 1500)
    network, other = BackpropClassifier(loss=loss, random_state=0), MLPClassifier(random_state=0)
    losses = []
    for each in (network, other):
        probabilities = np.clip(each.fit(inputs[:700], labels[:700]).predict_proba(inputs[700:]), 1e-7, 1 - 1e-7)
        losses.append(log_loss(labels[700:].ravel(), probabilities.ravel()))
    assert losses[0] < losses[1]
    assert network.score(inputs[700:], labels[700:]) > other.score(inputs[700:], labels[700:])


def test_targets_of_another_scale_have_no_larger_penalty():
    """Where they are not standardised: weights above hidden units grow with them."""
    whole = penalty_of(BackpropRegressor(50), WIDE, PLANE)
    for scaled, expected in ((100 * PLANE, whole), (1e150 * PLANE, whole), (PLANE / PLANE.std(), whole / 25)):
        network = BackpropRegressor(normalize_y=False, learning_rate_init=1e-300)
        assert penalty_of(network, WIDE, scaled) == pytest.approx(expected, rel=1e-3)


def test_small_inputs_have_a_smaller_penalty():
    """Units that bend over them have larger weights."""
    whole = penalty_of(BackpropRegressor(), WIDE, PLANE)
    assert penalty_of(BackpropRegressor(), 2 * WIDE, PLANE) == whole
    assert penalty_of(BackpropRegressor(), WIDE / 20, PLANE) == pytest.approx(whole / 400, rel=1e-3)


@pytest.mark.parametrize("n_instances", [1500, 6000])
def test_the_penalty_of_numbers_is_what_is_left_of_them_for_each_instance_over_the_inputs(n_instances):
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(n_instances, 5))
    targets = np.sin(2 * inputs[:, 0]) + inputs[:, 1] + random_state.normal(size=n_instances)
    network = BackpropRegressor(random_state=0).initialize(inputs, targets)
    data = network._make_set(inputs, targets[:, np.newaxis], None)
    told = network._network_of(data).told
    assert 0.3 < told.least < 0.5
    assert told.n_instances == pytest.approx(n_instances, rel=0.1)
    part = 400 * told.least * max(told.ridge, 0.001) ** (1 / 3) * 5 / told.n_instances
    assert 0 < part < 1
    is_small = min(1, np.square(inputs).sum(axis=1).mean() / 5)
    assert network._penalty_ == pytest.approx(0.0005 * 64 * part * is_small, rel=0.01)


@pytest.mark.parametrize(
    ("least", "ridge", "n_inputs", "n_instances", "part"),
    [
        *((0.5, 1e-3, 10, 1000, 0.2), (0.5, 0.0, 10, 1000, 0.2), (0.5, 0.0, 5, 1000, 0.1), (0.25, 0.008, 5, 1000, 0.1)),
        *((0.5, 1.0, 10, 1000, 1), (0.75, 1.0, 20, 1000, 2), (0.75, 1.0, 50, 1000, 4), (0.75, 1.0, 50, 150, 2)),
        *((0.98, 1.0, 50, 1000, 1), (1.2, 1.0, 50, 1000, 1), (0.75, 1.0, 50, 60, 1)),
    ],
)
def test_the_part_of_numbers_is_that_of_the_documentation(least, ridge, n_inputs, n_instances, part):
    told = leave_one_out.Told(least=least, ridge=ridge, n_instances=n_instances)
    assert penalties._part_of_numbers(told, n_inputs / n_instances) == pytest.approx(part)


@pytest.mark.parametrize(
    ("least", "is_of_products", "part"), [(0.5, False, 1), (0.95, False, 1), (0.97, False, 0.388), (0.5, True, 0.2)]
)
def test_the_part_of_numbers_on_a_straight_line_is_one_at_least(least, is_of_products, part):
    told = leave_one_out.Told(
        least=least, ridge=0.001, n_instances=1000, is_of_products=is_of_products, is_of_line=True
    )
    assert penalties._part_of_numbers(told, 0.01) == pytest.approx(part)
    many = told._replace(ridge=1.0)
    assert penalties._part_of_numbers(many, 0.05) == penalties._part_of_numbers(many._replace(is_of_line=False), 0.05)


@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "csr"])
def test_numbers_on_a_straight_line_have_the_whole_penalty(kind):
    """Of which a network learns more of the noise by heart, the more instances it sees in as many epochs."""
    X, y = make_regression(6000, 30, noise=50.0, random_state=0)
    X, y = kind(scale(X)), (y - y.mean()) / y.std()
    network = BackpropRegressor(random_state=0).fit(X[:3000], y[:3000])
    told = network._network_of(network._make_set(X[:3000], y[:3000, np.newaxis], None)).told
    assert told.is_of_line
    assert network._penalty_ == pytest.approx(0.0005 * 64, rel=0.1)
    assert network.score(X[3000:], y[3000:]) > 0.9


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "bend", "is_of_line"),
    [
        *((1000, 30, 0.0, True), (1000, 100, 0.0, True), (1000, 101, 0.0, False)),
        *((120, 30, 0.0, True), (119, 30, 0.0, False), (1000, 5, 0.0, True), (1000, 5, 2.0, False)),
    ],
)
def test_a_straight_line_is_told_of_numbers(n_rows, n_columns, bend, is_of_line):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(n_rows, n_columns))
    y = X.sum(axis=1) + bend * np.abs(X[:, 0]) + math.sqrt(n_columns) * random_state.normal(size=n_rows)
    network = BackpropRegressor(random_state=0).initialize(X, y)
    assert network._network_of(network._make_set(X, y[:, np.newaxis], None)).told.is_of_line == is_of_line
    rare = X * (random_state.uniform(size=X.shape) < 0.4)
    y_of_rare = rare.sum(axis=1) + random_state.normal(size=n_rows)
    network = BackpropRegressor(random_state=0).initialize(rare, y_of_rare)
    assert not network._network_of(network._make_set(rare, y_of_rare[:, np.newaxis], None)).told.is_of_line
    classes = (y > 0).astype(int)
    network = BackpropClassifier(random_state=0).initialize(X, classes)
    assert not network._network_of(network._make_set(X, classes, None)).told.is_of_line


def test_the_penalty_of_a_straight_line_shrinks_in_a_stream_as_others_do():
    X, y = make_regression(3000, 30, noise=40.0, random_state=0)
    X, y = scale(X), scale(y)
    stream = BackpropRegressor(random_state=0).partial_fit(X[:500], y[:500])
    penalty, part = stream._penalty_, stream._stream_["part"]
    assert 0.3 < part < 0.7
    assert penalty == pytest.approx(0.0005 * 64, rel=0.1)
    stream.partial_fit(X[500:], y[500:])
    assert stream._stream_["part"] < part / 3
    assert stream._penalty_ == pytest.approx(penalty * stream._stream_["part"] / part)


def categories(n_columns, n_categories, n_instances, seed=0):
    """Columns of as many categories as indicators, and what their effects and as much noise sum up to."""
    random_state = np.random.RandomState(seed)
    columns = random_state.randint(n_categories, size=(n_instances, n_columns))
    effects = random_state.normal(size=(n_columns, n_categories))
    y = effects[np.arange(n_columns), columns].sum(axis=1) / math.sqrt(n_columns) + random_state.normal(
        size=n_instances
    )
    return OneHotEncoder(sparse_output=False).fit_transform(columns), y


def test_of_categories_an_instance_has_one_for_each_column():
    inputs, y = categories(4, 50, 1000)
    targets = scale(y)
    network = BackpropRegressor(random_state=0, max_iter=1).fit(inputs, targets)
    told = network._network_of(network._make_set(inputs, targets[:, np.newaxis], None)).told
    part = 400 * told.least * told.ridge ** (1 / 3) * 4 / told.n_instances
    assert 0.3 < part < 1
    assert network._penalty_ == pytest.approx(0.0005 * 64 * part, rel=0.01)
    assert penalty_of(BackpropRegressor(), csr_array(inputs), targets) == network._penalty_ * 32
    with_empty = np.hstack([inputs, np.zeros((1000, 300))])  # other random units
    assert penalty_of(BackpropRegressor(), with_empty, targets) == pytest.approx(network._penalty_ * 32, rel=0.1)
    classes = y > np.median(y)
    assert penalty_of(BackpropClassifier(), inputs, classes) == pytest.approx(0.00125 * 0.25 * 32)


@pytest.mark.parametrize("factor", [0.1, 7.0])
def test_of_categories_in_other_units_small_ones_have_a_smaller_penalty_and_large_ones_count_as_more_inputs(factor):
    inputs, y = categories(4, 50, 1000)
    classes = y > np.median(y)
    usual, found = (penalty_of(BackpropClassifier(), times * inputs, classes) for times in (1, factor))
    assert found == pytest.approx(usual * {0.1: 0.01, 7.0: 10 * 4 * 7**2 / 1000}[factor], rel=0.02)


@pytest.mark.parametrize(("n_columns", "n_categories", "n_instances"), [(4, 10, 1000), (4, 50, 1000), (4, 200, 2000)])
def test_noise_of_categories_is_not_learned_by_heart(n_columns, n_categories, n_instances):
    inputs, y = categories(n_columns, n_categories, 2 * n_instances)
    y = scale(y)
    networks = BackpropRegressor(random_state=0), MLPRegressor(random_state=0)
    scores = [
        each.fit(inputs[:n_instances], y[:n_instances]).score(inputs[n_instances:], y[n_instances:])
        for each in networks
    ]
    assert scores[0] > scores[1]
    assert scores[0] > 0.3
    classes = np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))
    networks = BackpropClassifier(random_state=0), MLPClassifier(random_state=0)
    probabilities = [
        each.fit(inputs[:n_instances], classes[:n_instances]).predict_proba(inputs[n_instances:]) for each in networks
    ]
    losses = [log_loss(classes[n_instances:], each) for each in probabilities]
    assert losses[0] < 0.9 * losses[1]


def pairs(n_columns, n_categories, n_instances):
    """Columns of categories as indicators, and two classes that two pairs of them decide, with a little noise."""
    random_state = np.random.RandomState(0)
    columns = random_state.randint(n_categories, size=(n_instances, n_columns))
    tables = random_state.normal(size=(2, n_categories, n_categories))
    y = tables[0][columns[:, 0], columns[:, 1]] + tables[1][columns[:, 2], columns[:, 3]]
    y = y + 0.3 * random_state.normal(size=n_instances) > 0
    return OneHotEncoder(sparse_output=False).fit_transform(columns), y


@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize(
    ("n_columns", "n_categories", "n_instances", "least"),
    [(4, 8, 1350, 0.82), (6, 8, 1350, 0.78), (8, 8, 4000, 0.83), (4, 12, 4000, 0.82), (13, 8, 4000, 0.78)],
)
def test_pairs_of_categories_are_no_noise_of_classes(kind, n_columns, n_categories, n_instances, least):
    """Also where there are as many pairs as instances that are looked at, or more."""
    inputs, y = pairs(n_columns, n_categories, 2 * n_instances)
    inputs = kind(inputs)
    network = BackpropClassifier(random_state=0).fit(inputs[:n_instances], y[:n_instances])
    assert 0 < network._penalty_ <= 1.01 * 0.00125 * 0.25 * 0.05 / 0.3
    assert network.score(inputs[n_instances:], y[n_instances:]) > least


@pytest.mark.parametrize(
    ("n_columns", "n_categories"), [(4, 10), (6, 8), (12, 4), (12, 8), (6, 30), (3, 60), (20, 10), (8, 20)]
)
def test_categories_that_add_up_are_not_taken_for_pairs_of_classes(n_columns, n_categories):
    """Also where they are more than the random units, which then see less than the inputs tell."""
    inputs, y = categories(n_columns, n_categories, 1350)
    classes = y > np.median(y)
    network = BackpropClassifier(random_state=0, max_iter=1).fit(inputs, classes)
    told = network._network_of(network._make_set(inputs, classes.astype(int), None)).told
    assert told.ridge > 0.05
    assert not told.is_of_products
    assert network._penalty_ > 0.9 * 0.00125 * 0.25 * min(1, told.ridge / 0.3)


@pytest.mark.parametrize(("n_columns", "n_categories", "least"), [(6, 30, 0.35), (3, 60, 0.43)])
def test_categories_that_add_up_are_not_taken_for_pairs_of_numbers(n_columns, n_categories, least):
    inputs, y = categories(n_columns, n_categories, 4500)
    network = BackpropRegressor(random_state=0).fit(inputs[:1500], y[:1500])
    assert not network._network_of(network._make_set(inputs[:1500], y[:1500, None], None)).told.is_of_products
    assert network.score(inputs[1500:], y[1500:]) > least


def test_products_are_asked_of_classes_over_categories_only_where_their_penalty_is_asked_for(monkeypatch):
    inputs, y = pairs(4, 8, 1350)
    seen, true = [], leave_one_out._Regressions.error_of_products
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(
        leave_one_out._Regressions,
        "error_of_products",
        lambda self, columns, ridge: seen.append(ridge) or true(self, columns, ridge),
    )
    BackpropClassifier(max_iter=1, alpha=0.001).fit(inputs, y)
    assert seen == []
    BackpropClassifier(max_iter=1).fit(inputs, y)
    assert seen == [0.1]
    BackpropClassifier(max_iter=1).fit(inputs, np.random.RandomState(0).permutation(y))
    assert seen == [0.1, 0.1, 0.3]


@pytest.mark.parametrize(
    ("error", "is_of_numbers", "least", "ridge"),
    [(0.41, True, 0.8, 1.0), (0.39, True, 0.39, 0.05), (0.01, True, 0.1, 0.05), (0.01, False, 0.8, 1.0)],
)
def test_products_count_where_they_leave_much_less(error, is_of_numbers, least, ridge):
    found = leave_one_out._Found({0.5: 0.8}, 0.8, 1.0).with_products(error, is_of_numbers)
    assert (found.least, found.ridge) == (least, ridge)


@pytest.mark.parametrize(
    ("errors", "of_inputs", "least", "ridge"),
    [
        ((0.77, 0.9), 0.9, 0.77, 0.05),
        ((0.79, 0.77), 0.9, 0.77, 0.1),
        ((0.79, 0.78), 0.9, 0.8, 1.0),
        ((0.67, 0.7), 0.7, 0.67, 0.05),
        ((0.69, 0.67), 0.7, 0.67, 0.1),
        ((0.69, 0.68), 0.7, 0.8, 1.0),
        ((0.01, 0.01), 0.9, 0.1, 0.05),
        ((math.nan, math.nan), 0.9, 0.8, 1.0),
    ],
)
@pytest.mark.parametrize("is_of_numbers", [False, True])
def test_products_over_categories_count_where_they_leave_less_than_units_and_inputs_do(
    monkeypatch, is_of_numbers, errors, of_inputs, least, ridge
):
    """Below 0.97 of what is left by units, 0.8 here, and by inputs."""
    regressions = leave_one_out._Regressions(np.eye(2), np.eye(2), np.full(2, 0.5))
    asked = dict(zip((0.1, 0.3), errors, strict=True))
    monkeypatch.setattr(regressions, "error_of_products", lambda columns, each: asked[each], raising=False)
    monkeypatch.setattr(regressions, "error_of_inputs", lambda columns: of_inputs)
    found = regressions.with_pairs(leave_one_out._Found({0.5: 0.8}, 0.8, 1.0), np.eye(2), is_of_numbers)
    assert (found.least, found.ridge) == (least if is_of_numbers else 0.8, ridge)
    assert found.is_of_products == (min(errors) < 0.4)


def test_errors_of_inputs_are_those_of_regressions_each_without_one_instance():
    random_state = np.random.RandomState(1)
    inputs, targets = 1.0 * (random_state.uniform(size=(60, 5)) < 0.2), random_state.normal(size=(60, 2))
    weights = random_state.uniform(0.2, 3, size=60)
    shares, given = weights / weights.sum(), inputs.copy()
    found = leave_one_out._Regressions(inputs, targets, shares).error_of_inputs(given)
    np.testing.assert_array_equal(given, inputs)
    varied = shares @ np.square(inputs - shares @ inputs).sum(axis=1) / 5
    total = np.sum(shares @ np.square(targets - shares @ targets))
    errors = []
    for ridge in leave_one_out._RIDGES_OF_INPUTS:
        error = 0.0
        for row in range(60):
            others = np.arange(60) != row
            regression = Ridge(alpha=ridge * varied).fit(inputs[others], targets[others], sample_weight=shares[others])
            error += shares[row] * np.square(regression.predict(inputs[[row]]) - targets[row]).sum()
        errors.append(error / total)
    # The mean is that of all instances, in the closed form.
    np.testing.assert_allclose(found, min(errors), rtol=0.05)


@pytest.mark.parametrize(
    ("error", "ridge", "expected"),
    [(0.5, 0.1, (0.5, 0.05)), (0.5, 1.0, (0.5, 0.3)), (0.7, 0.1, (0.8, 0.3)), (math.nan, 0.1, (0.8, 0.3))],
)
def test_sums_count_where_they_leave_much_less(error, ridge, expected):
    told = leave_one_out.Told(least=0.8, ridge=0.3).with_left(error, ridge)
    assert (told.least, told.ridge) == expected


@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "csr"])
def test_effects_of_many_categories_are_no_noise_of_numbers(kind):
    """Of one column with many no instance tells another but those that share it; of more, sums of few inputs do."""
    random_state = np.random.RandomState(0)
    columns = random_state.randint(300, size=(3000, 1))
    y = random_state.normal(size=300)[columns[:, 0]] + 0.3 * random_state.normal(size=3000)
    inputs = kind(OneHotEncoder(sparse_output=False).fit_transform(columns))
    network = BackpropRegressor(random_state=0).fit(inputs[:2000], y[:2000])
    assert network._penalty_ < 0.1 * 0.0005 * 64
    assert network.score(inputs[2000:], y[2000:]) > 0.85


def test_errors_of_sums_are_those_of_regressions_each_without_one_instance():
    random_state = np.random.RandomState(1)
    inputs, targets = 1.0 * (random_state.uniform(size=(40, 12)) < 0.2), random_state.normal(size=(40, 2))
    weights = random_state.uniform(0.2, 3, size=40)
    shares = weights / weights.sum()
    regressions = leave_one_out._Regressions(inputs, targets, shares)
    found = regressions.error_of_sums(csr_array(inputs), 0.3)
    centred = inputs - shares @ inputs
    ridge = 0.3 * np.square(centred * np.sqrt(shares)[:, np.newaxis]).sum() / 40
    expected = 0.0
    for row in range(40):
        others = np.arange(40) != row
        model = Ridge(alpha=ridge).fit(inputs[others], targets[others], sample_weight=shares[others])
        expected += shares[row] * np.square(model.predict(inputs[[row]]) - targets[row]).sum()
    varied = shares @ np.square(targets - shares @ targets).sum(axis=1)
    assert found == pytest.approx(expected / varied, rel=1e-7)


@pytest.mark.parametrize("n_columns", [2, 5])
def test_a_stream_of_categories_keeps_how_many_inputs_an_instance_has(n_columns):
    inputs, y = categories(n_columns, 20, 1200)
    stream = BackpropRegressor(5, random_state=0)
    for start in range(0, 1200, 300):
        stream.partial_fit(inputs[start : start + 300], y[start : start + 300])
    told = stream._stream_
    assert told["n_of_one"] == n_columns
    by_heart = 400 * min(1, told["least"]) * told["ridge"] ** (1 / 3) * n_columns / told["n_instances"]
    assert told["part"] == pytest.approx(min(1, by_heart) if by_heart < 3 else min(4, by_heart / 3), rel=1e-6)
    state = pickle.loads(pickle.dumps(stream.__getstate__()))
    for wrong in (-1.0, 0, 0.5, np.nan, np.inf, "3"):
        with pytest.raises(ValueError, match="_stream_"):
            BackpropRegressor().__setstate__({**state, "_stream_": {**state["_stream_"], "n_of_one": wrong}})


def test_a_stream_of_an_earlier_version_goes_on_as_it_did():
    """It counted all inputs, by which its part was found."""
    inputs, y = categories(3, 20, 1200)
    stream = BackpropRegressor(5, random_state=0).partial_fit(inputs[:300], y[:300])
    told = {**stream._stream_}
    del told["n_of_one"]
    told["part"] = stream._part_of_stream(told, stream._make_set(inputs, y[:, np.newaxis], None))
    stream._stream_, before = told, stream._penalty_
    stream.partial_fit(inputs[300:], y[300:])
    later = stream._stream_
    assert "n_of_one" not in later
    assert later["n_instances"] > 3 * told["n_instances"]
    assert stream._penalty_ == pytest.approx(before * later["part"] / told["part"])


@pytest.mark.parametrize("n_rows", [0, 3])
def test_inputs_that_are_all_zero_but_for_a_few_instances_are_no_fault(n_rows):
    inputs = np.zeros((400, 60))
    inputs[:n_rows] = 1e-3
    inputs[100:, 0] = 1e-9 * np.arange(300)
    assert penalty_of(BackpropRegressor(5), inputs, NOISE) >= 0
    assert penalty_of(BackpropClassifier(5), inputs, NOISE > 0) >= 0


def test_instances_that_hardly_weigh_do_not_tell_how_many_inputs_there_are():
    inputs, y = categories(3, 20, 800)
    inputs[::2] = np.random.RandomState(0).normal(size=(400, 60))
    weights = np.where(np.arange(800) % 2, 1.0, 1e-9)
    usual = penalty_of(BackpropRegressor(), inputs[1::2], y[1::2])
    assert penalty_of(BackpropRegressor(), inputs, y, sample_weight=weights) == pytest.approx(usual, rel=1e-3)


@pytest.mark.parametrize(
    ("least", "ridge", "n_inputs", "n_instances", "part"),
    [
        *((0.5, 1e-3, 10, 1000, 0.05), (0.5, 0.0, 10, 1000, 0.05), (0.5, 0.0, 10, 4000, 0.0125 * 0.75)),
        *(
            (0.8, 0.027, 20, 1000, 0.48),
            (0.8, 0.027, 2, 1000, 0.09),
            (0.8, 0.3, 2, 1000, 1),
            (1.5, 0.001, 100, 1000, 1),
        ),
        *((0.8, 0.027, 300, 1000, 3), (0.8, 0.027, 3000, 1000, 10), (0.01, 0.027, 300, 1000, 0.27)),
    ],
)
def test_the_part_of_classes_is_that_of_the_documentation(least, ridge, n_inputs, n_instances, part):
    told = leave_one_out.Told(least=least, ridge=ridge, n_instances=n_instances)
    rates = classification_loss("squared_error", (1,)).rates
    assert penalties._part_of_classes(told, n_inputs / n_instances, rates) == pytest.approx(part)


def test_noise_of_classes_that_differ_by_their_spread_is_not_learned_by_heart():
    """A small ridge tells them best, and what is left is noise nevertheless."""
    random_state = np.random.RandomState(0)
    inputs, classes = random_state.normal(size=(2000, 30)), random_state.uniform(size=2000) < 0.5
    inputs[:, :15] *= np.where(classes, 1.6, 1.0)[:, np.newaxis]
    network, other = BackpropClassifier(random_state=0), MLPClassifier(random_state=0)
    losses = []
    for each in (network, other):
        losses.append(log_loss(classes[1000:], each.fit(inputs[:1000], classes[:1000]).predict_proba(inputs[1000:])))
    assert losses[0] < losses[1]
    assert losses[0] < 0.5  # 0.6 with hardly any penalty


def test_many_inputs_have_a_larger_penalty():
    """Of classes up to ten times as much, where there are less than ten instances for each."""
    random_state = np.random.RandomState(5)
    inputs = random_state.normal(size=(400, 10)) @ random_state.normal(size=(10, 500))
    y = inputs.sum(axis=1) / inputs.sum(axis=1).std() + NOISE
    inputs = scale(inputs + random_state.normal(size=inputs.shape))
    classes, whole = y > np.median(y), 0.00125 * 0.25 * 32
    for n_inputs, times in ((40, 1), (80, 2), (500, 10)):
        found = penalty_of(BackpropClassifier(), inputs[:, :n_inputs], classes)
        assert found == pytest.approx(times * whole, rel=1e-3)
    twice = penalty_of(BackpropClassifier(), np.tile(inputs[:, :80], (2, 1)), np.tile(classes, 2))
    assert twice == pytest.approx(2 * whole, rel=1e-3)


def test_order_the_scale_of_weights_and_copies_change_nothing():
    random_state = np.random.RandomState(2)
    counts, order = random_state.randint(1, 4, size=300), random_state.permutation(300)

    def penalty(*data, **arguments):
        return penalty_of(BackpropClassifier(8), *data, **arguments)

    expected = penalty(X, Y, sample_weight=counts)
    assert expected > 0
    assert penalty(X, Y, sample_weight=7.5 * counts) == pytest.approx(expected)
    assert penalty(X[order], Y[order], sample_weight=counts[order]) == pytest.approx(expected)
    assert penalty(np.repeat(X, counts, axis=0), np.repeat(Y, counts)) == pytest.approx(expected)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_weights_are_repetition_where_a_batch_is_an_epoch(solver):
    network = BackpropClassifier(8, solver=solver, batch_size="epoch", max_iter=20, random_state=0)
    weighed = clone(network).fit(X[:120], Y[:120], sample_weight=np.full(120, 2.0))
    repeated = clone(network).fit(np.repeat(X[:120], 2, axis=0), np.repeat(Y[:120], 2))
    assert weighed.alpha_ == pytest.approx(repeated.alpha_)
    assert weighed.alpha_ == pytest.approx(2 * clone(network).fit(X[:120], Y[:120]).alpha_)
    np.testing.assert_allclose(weighed.coefs_[0], repeated.coefs_[0], rtol=1e-6)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_a_training_goes_on_with_its_penalty_exactly(solver):
    network = BackpropClassifier(8, max_iter=6, solver=solver, random_state=0)
    at_once = clone(network).fit(X, Y)
    assert at_once.alpha_ > 0
    in_parts = clone(network).set_params(max_iter=2, warm_start=True).fit(X, Y)
    in_parts = pickle.loads(pickle.dumps(in_parts)).set_params(max_iter=4).fit(X, Y)
    stream = clone(network)
    for _ in range(6):
        stream.partial_fit(X, Y, classes=[0, 1])
    for each in (in_parts, stream):
        np.testing.assert_array_equal(vector_of(each), vector_of(at_once))
        assert each.alpha_ == at_once.alpha_


def test_the_first_call_of_a_stream_finds_the_penalty_and_instances_that_come_again_leave_it():
    stream = BackpropClassifier(8, random_state=0).partial_fit(X, Y, classes=[0, 1])
    penalty = stream._penalty_
    assert penalty > 0
    for rows in (slice(0, 1), slice(0, 20), slice(100, 300)):
        stream.partial_fit(X[rows], Y[rows])
        assert stream._penalty_ == penalty
        assert stream.alpha_ == pytest.approx(penalty * min(32, rows.stop - rows.start))
    again = stream.fit(CLOUD, CLOUD[:, 0] > 0)
    assert again.alpha_ == 0


NOISY_CURVE = np.random.RandomState(3).normal(size=(2400, 5))
OF_NOISY_CURVE = np.sin(2 * NOISY_CURVE[:, 0]) + NOISY_CURVE[:, 1] + np.random.RandomState(4).normal(size=2400)


@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize("size", [1, 150], ids=["single rows", "chunks"])
def test_a_stream_has_the_penalty_of_as_many_instances_as_it_has_brought(kind, size):
    rows, targets = NOISY_CURVE, OF_NOISY_CURVE
    stream = BackpropRegressor(100, random_state=0).partial_fit(kind(rows[:600]), targets[:600])
    penalty = stream._penalty_
    assert 0 < penalty < 0.9 * 0.0005 * 64
    for start in range(600, 900, size):
        stream.partial_fit(kind(rows[start : start + size]), targets[start : start + size])
    stream = pickle.loads(pickle.dumps(stream))
    assert stream._penalty_ == pytest.approx(penalty * 600 / 900, rel=0.2)
    stream.partial_fit(kind(rows[900:]), targets[900:])
    assert stream._penalty_ == pytest.approx(penalty * 600 / 2400, rel=0.2)
    assert stream.alpha_ == 32 * stream._penalty_
    at_once = BackpropRegressor(100, max_iter=1, random_state=0).fit(rows, targets)
    assert 0.5 < stream._penalty_ / at_once._penalty_ < 2


def test_batches_of_a_set_that_is_shuffled_again_and_again_have_the_penalty_of_the_set():
    random_state = np.random.RandomState(0)
    stream = BackpropRegressor(8, random_state=0).partial_fit(NOISY_CURVE[:600], OF_NOISY_CURVE[:600])
    penalty = stream._penalty_
    for _ in range(8):
        for batch in np.array_split(random_state.permutation(2400), 6):
            stream.partial_fit(NOISY_CURVE[batch], OF_NOISY_CURVE[batch])
    assert stream._penalty_ == pytest.approx(penalty * 600 / 2400, rel=0.2)


def test_of_classes_a_stream_has_less_of_it_from_3000_instances_on():
    inputs, labels = make_classification(6000, 20, n_informative=10, n_redundant=0, flip_y=0.3, random_state=0)
    stream, found = BackpropClassifier(8, random_state=0), []
    for start, end in ((0, 1000), (1000, 2500), (2500, 6000)):
        stream.partial_fit(inputs[start:end], labels[start:end], classes=[0, 1])
        told = stream._stream_
        assert told["n_instances"] == pytest.approx(end, rel=0.2)
        by_heart = 100 * told["least"] * told["ridge"] ** (1 / 3) * 20 / told["n_instances"]
        part = max(told["ridge"] / 0.3, by_heart) * min(1, 3000 / told["n_instances"])
        assert stream._penalty_ == pytest.approx(0.00125 * 0.25 * part, rel=0.01)
        found.append(by_heart * 0.3 / told["ridge"])
    assert found[0] > 1 > found[1] > 1.5 * found[2]  # first these decide, then the ridge does


def test_a_fit_that_goes_on_has_the_penalty_that_was_found():
    """It presents its own instances in many epochs, whatever those before were."""
    network = BackpropRegressor(8, max_iter=1, warm_start=True, random_state=0)
    penalty = network.fit(NOISY_CURVE[:600], OF_NOISY_CURVE[:600])._penalty_
    assert network.fit(NOISY_CURVE[600:], OF_NOISY_CURVE[600:])._penalty_ == penalty > 0


def test_instances_that_hardly_weigh_do_not_count_in_a_stream():
    weights = np.where(np.arange(1800) < 300, 1.0, 1e-9)
    stream = BackpropRegressor(8, random_state=0).partial_fit(NOISY_CURVE[:600], OF_NOISY_CURVE[:600])
    penalty = stream._penalty_
    stream.partial_fit(NOISY_CURVE[600:], OF_NOISY_CURVE[600:], sample_weight=weights)
    assert stream._penalty_ == pytest.approx(penalty * 600 / 900, rel=0.2)


@pytest.mark.parametrize("offset", [0.0, 1e4, 5e6, 1.7e9])
def test_a_stream_of_the_same_instances_is_a_fit_whatever_they_have_in_common(offset):
    """Marks of inputs that are large beside what they differ by may not tell them apart."""
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(3000, 3))
    inputs[:, 0] = offset + random_state.uniform(0, 30, size=3000)
    targets = inputs[:, 1] + random_state.normal(size=3000)
    network = BackpropRegressor(8, max_iter=3, random_state=0).fit(inputs, targets)
    stream = BackpropRegressor(8, random_state=0)
    for _ in range(3):
        stream.partial_fit(inputs, targets)
    assert network.alpha_ > 0
    np.testing.assert_array_equal(vector_of(stream), vector_of(network))


def test_a_stream_goes_on_by_a_number_of_the_user_and_counts_instances_by_the_rule_only():
    stream = BackpropRegressor(8, random_state=0).partial_fit(NOISY_CURVE[:600], OF_NOISY_CURVE[:600])
    penalty = stream._penalty_
    assert stream.set_params(alpha=0.5).partial_fit(NOISY_CURVE[600:], OF_NOISY_CURVE[600:]).alpha_ == 0.5
    assert stream.set_params(alpha="auto").partial_fit(NOISY_CURVE[:32], OF_NOISY_CURVE[:32]).alpha_ == 32 * penalty


def test_an_earlier_network_keeps_the_penalty_of_its_first_call():
    stream = BackpropRegressor(8, random_state=0).partial_fit(NOISY_CURVE[:600], OF_NOISY_CURVE[:600])
    penalty = stream._penalty_
    del stream._stream_
    stream = pickle.loads(pickle.dumps(stream)).partial_fit(NOISY_CURVE[600:], OF_NOISY_CURVE[600:])
    assert stream._penalty_ == penalty


def test_another_number_acts_at_the_next_call():
    network = BackpropClassifier(8, alpha=0.0, max_iter=2, random_state=0).fit(X, Y)
    assert network.alpha_ == 0
    assert network.set_params(alpha=0.5).partial_fit(X, Y).alpha_ == 0.5
    assert network.set_params(alpha="auto").partial_fit(X, Y).alpha_ > 0
    assert network.set_params(alpha=0).partial_fit(X, Y).alpha_ == 0


def test_the_random_units_are_asked_once(monkeypatch):
    true, seen = starts.tell, []
    monkeypatch.setattr(starts, "tell", lambda *each: seen.append(0) or true(*each))
    BackpropClassifier(8, n_init=3, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 1
    BackpropClassifier(8, init_range=0.5, alpha=0.1, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 1
    BackpropClassifier(8, init_range=0.5, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 2


def test_a_search_takes_the_automatic_penalty_as_a_candidate():
    parameters = {"max_iter": 60, "cv": 3, "random_state": 0, "one_standard_error": True}
    network = BackpropClassifierCV(8, grid={"alpha": ["auto", 0.0]}, **parameters).fit(X, Y)
    assert network.best_params_ == {"alpha": "auto"}  # the simpler one, as its penalty is the larger
    twin = BackpropClassifier(8, loss="log_loss", max_iter=network.best_n_epochs_, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    in_threads = BackpropClassifierCV(8, grid={"alpha": ["auto", 0.0]}, n_jobs=2, **parameters).fit(X, Y)
    np.testing.assert_array_equal(vector_of(network), vector_of(in_threads))


def test_the_gradient_with_an_automatic_penalty_is_right():
    assert check_gradient(BackpropClassifier(8, random_state=0), X, Y) < 1e-6


def test_a_step_is_explained_with_the_automatic_penalty():
    network = BackpropClassifier(3, batch_size=1, random_state=0).fit(X, Y)
    assert network.alpha_ > 0
    step = explain_step(network, X[:1], Y[:1], digits=None)
    after = network.partial_fit(X[:1], Y[:1])
    np.testing.assert_allclose(step.new_coefs[0], after.coefs_[0], rtol=1e-9)


def test_machines_share_the_penalty():
    network = BackpropClassifier(8, solver="rprop", random_state=0).initialize(X, Y)
    alone = pickle.loads(pickle.dumps(network)).partial_fit(X, Y)
    together = apply_gradient(network, gradient(network, X[:100], Y[:100]) + gradient(network, X[100:], Y[100:]))
    assert together.alpha_ == pytest.approx(alone.alpha_)
    assert together.alpha_ > 0
    np.testing.assert_allclose(together.coefs_[0], alone.coefs_[0], rtol=1e-9)


def test_scikit_learns_network_gets_the_number():
    network = BackpropClassifier(8, loss="log_loss", max_iter=5, random_state=0).fit(X, Y)
    assert network.to_sklearn().alpha == network.alpha_ > 0


def test_too_few_instances_leave_the_penalty_to_a_later_call():
    stream = BackpropRegressor(8, random_state=0).initialize(WIDE[:10], PLANE[:10])
    for rows in (slice(0, 49), slice(0, 1)):
        assert stream.partial_fit(WIDE[rows], PLANE[rows]).alpha_ == 0
    stream = pickle.loads(pickle.dumps(stream)).partial_fit(WIDE, PLANE)
    assert stream.alpha_ > 0.1
    assert stream.partial_fit(WIDE[:20], PLANE[:20]).alpha_ == pytest.approx(20 * stream._penalty_)


def test_a_long_training_that_the_penalty_holds_back_is_told_so(monkeypatch):
    monkeypatch.setattr(automatic, "penalty_of_instance", lambda network: 1.0)
    network = BackpropRegressor(20, max_iter=150, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"which alpha='auto' has found, .* To mend it, set alpha=0\."):
        network.fit(WIDE, PLANE)


def test_an_earlier_network_without_the_number_is_taken_over():
    network = BackpropClassifier(8, alpha=0.0, max_iter=2, loss="log_loss", random_state=0).fit(X, Y)
    del network.alpha_
    again = pickle.loads(pickle.dumps(network)).set_params(alpha="auto")
    assert again.to_sklearn().alpha == 0
    assert again.partial_fit(X, Y).alpha_ > 0


@pytest.mark.parametrize("value", [-1.0, "Auto", None, np.nan, [0.1]], ids=repr)
def test_what_alpha_may_be_is_said(value):
    network = BackpropClassifier(alpha=value)
    with pytest.raises(ValueError, match=r"^alpha=.* is not valid: it must be a finite number >= 0, or 'auto'"):
        network.fit(X, Y)


def test_noise_is_not_learned_by_heart():
    """Of ten classes that overlap, and of a noisy plane, other instances are told better."""
    inputs, classes = make_classification(1500, 20, n_informative=10, n_redundant=0, n_classes=10, random_state=0)
    inputs /= inputs.std(axis=0)
    train, test = slice(0, 1100), slice(1100, None)
    without, found = (
        BackpropClassifier(alpha=alpha, random_state=0)
        .fit(inputs[train], classes[train])
        .score(inputs[test], classes[test])
        for alpha in (0, "auto")
    )
    assert found > without + 0.02
    without, found = (
        BackpropRegressor(alpha=alpha, random_state=0).fit(WIDE[:300], PLANE[:300]).score(WIDE[300:], PLANE[300:])
        for alpha in (0, "auto")
    )
    assert found > without + 0.03


def test_the_penalty_of_classes_is_smaller_for_many_instances():
    """Copies are no more instances than they are copies of."""
    X, y = make_classification(9000, 20, n_informative=10, n_redundant=0, flip_y=0.3, random_state=0)
    few, many = (penalty_of(BackpropClassifier(random_state=0), X[:n], y[:n]) for n in (2900, 9000))
    copies = penalty_of(BackpropClassifier(random_state=0), np.repeat(X[:2900], 3, axis=0), np.repeat(y[:2900], 3))
    assert many == pytest.approx(few / 3, rel=0.2)  # the number is about that
    assert copies == few
    assert (
        penalty_of(BackpropRegressor(random_state=0), X, X[:, 0] + 3 * np.random.RandomState(0).normal(size=9000))
        > 0.05
    )


def test_streams_of_networks_that_know_nothing_of_products_go_on():
    """As those do that were saved before these were asked for."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(600, 10))
    y = X[:, 0] + 2 * random_state.normal(size=600)
    network = BackpropRegressor(5, random_state=0).partial_fit(X[:300], y[:300])
    state = pickle.loads(pickle.dumps(network.__getstate__()))
    del state["_stream_"]["is_of_products"]
    other = BackpropRegressor()
    other.__setstate__(state)
    assert other.partial_fit(X[300:], y[300:]).alpha_ == network.partial_fit(X[300:], y[300:]).alpha_
    with pytest.raises(ValueError, match="_stream_"):
        BackpropRegressor().__setstate__({**state, "_stream_": {**state["_stream_"], "is_of_products": 1.5}})
