"""The scale that a regressor gives its targets: outliers do not set it, and it follows the hidden units."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from skbackprop import BackpropRegressor
from skbackprop._network.losses import quantiles

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

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
    """As the documentation has it: the last hidden layer counts, and two targets share the variance of one."""
    targets = np.random.RandomState(0).normal(3, 7, size=(200, 2))
    of_linear = 3 if loss in ("absolute_error", "quantile") else 5
    smallest = 3 if of_linear == 3 else 5 / 2**0.5
    for layers, usual in (
        (3, 5),
        (62, 5),
        (100, 8),
        ((100, 10), 5),
        ((10, 300), 24),
        ("a", 5),
    ):
        network = BackpropRegressor(layers, loss=loss, max_iter=1, random_state=0).fit(X_OF_200, targets)
        expected = usual / 2**0.5 if loss == "squared_error" else smallest
        np.testing.assert_allclose(targets.std(axis=0) / network.y_scale_, expected)
    constants = np.column_stack([targets, np.ones((200, 30))])
    network = BackpropRegressor(100, loss=loss, max_iter=1, random_state=0).fit(X_OF_200, constants)
    expected = 8 / 2**0.5 if loss == "squared_error" else smallest  # of targets that are the same nothing is shared
    np.testing.assert_allclose(targets.std(axis=0) / network.y_scale_[:2], expected)
    linear = BackpropRegressor((), loss=loss, max_iter=1, random_state=0).fit(X_OF_200, targets)
    np.testing.assert_allclose(targets.std(axis=0) / linear.y_scale_, of_linear)
    X_of_many = np.random.RandomState(1).normal(size=(200, 400))
    network = BackpropRegressor("a", loss=loss, max_iter=1, random_state=0).fit(X_of_many, targets)  # 201 units
    assert targets[:, 0].std() / network.y_scale_[0] == pytest.approx(
        smallest * (201 / 62.5 if loss == "squared_error" else 1)
    )


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


@ignore_convergence
@pytest.mark.parametrize(
    ("parameters", "n_targets", "n_sharing"),
    [
        ({}, 16, 16),
        ({}, 40, 16),
        ({"activation": "tanh", "hidden_layer_sizes": 20}, 40, 16),
        ({"activation": "relu", "hidden_layer_sizes": 20}, 40, 4),
        ({"activation": "relu", "hidden_layer_sizes": 20}, 8, 1),
        ({"activation": "relu", "hidden_layer_sizes": 2}, 3, 3),
        ({"activation": "identity", "hidden_layer_sizes": 10}, 40, 8),
    ],
)
def test_as_many_targets_share_a_scale_as_the_units_bear(parameters, n_targets, n_sharing):
    targets = np.random.RandomState(0).normal(3, 7, size=(200, n_targets))
    network = BackpropRegressor(max_iter=1, random_state=0, **parameters).fit(X_OF_200, targets)
    alone = BackpropRegressor(max_iter=1, random_state=0, **parameters).fit(X_OF_200, targets[:, 0])
    np.testing.assert_allclose(network.y_scale_[0] / alone.y_scale_[0], n_sharing**0.5)


@ignore_convergence
def test_the_scale_of_an_older_network_is_that_of_one_target():
    """Which Huber's loss needs, too: it turns linear at a number of standard deviations."""
    targets = np.random.RandomState(0).normal(3, 7, size=(200, 4))
    network = BackpropRegressor(5, loss="huber", huber_delta=1.5, max_iter=1, random_state=0).fit(X_OF_200, targets)
    assert network._make_loss().parameter == pytest.approx(1.5 * 5 / 2)
    del network._n_varied_
    assert network._make_loss().parameter == pytest.approx(1.5 * 5)
    assert pickle.loads(pickle.dumps(network)).partial_fit(X_OF_200, targets).n_epochs_ == 2


@ignore_convergence
@pytest.mark.parametrize("loss", ROBUST)
@pytest.mark.parametrize("value", [19.99, 6.0, -0.1])
def test_a_number_that_most_targets_are_leaves_the_scale_to_the_others(loss, value):
    """The mean of equal numbers is rounded; it must not be taken for the middle of a narrow range."""
    random_state = np.random.RandomState(0)
    targets = np.full(200, value)
    targets[:15] = value + random_state.normal(size=15)
    for weights in (None, random_state.uniform(0.1, 1, size=200)):
        network = BackpropRegressor(3, loss=loss, max_iter=1, random_state=0).fit(X_OF_200, targets, weights)
        assert network.y_scale_[0] > 0.01
        assert network.loss_ < 10


@ignore_convergence
@pytest.mark.parametrize("loss", ROBUST)
def test_weights_are_repetition_where_quantiles_lie_between_two_targets(loss):
    """A quarter of their sum may be a partial sum, for which rounding must not count."""
    for seed in range(60):
        random_state = np.random.default_rng(seed)
        weights, targets = random_state.integers(1, 4, 12), random_state.normal(size=12).round(2)
        targets[0] = 1e4
        network = BackpropRegressor(3, loss=loss, quantile=0.25, max_iter=1, random_state=0)
        weighted = clone(network).fit(X_OF_200[:12], targets, weights)
        repeated = clone(network).fit(np.repeat(X_OF_200[:12], weights, axis=0), np.repeat(targets, weights))
        np.testing.assert_allclose(weighted.y_mean_, repeated.y_mean_, rtol=1e-9)
        np.testing.assert_allclose(weighted.y_scale_, repeated.y_scale_, rtol=1e-9)


@pytest.mark.parametrize(("quantile", "expected"), [(0.1, 0.0), (0.3, 2.0), (0.7, 6.0)])
def test_a_quantile_of_equal_weights_is_that_without_any(quantile, expected):
    targets = np.arange(10.0)[:, np.newaxis]
    for weights in (None, np.ones(10), np.full(10, 1 / 3), np.full(10, 0.1)):
        assert quantiles(targets, weights, quantile) == expected


@ignore_convergence
@pytest.mark.parametrize("seed", [7, 10, 19, 20])
def test_equal_targets_with_weights_warn_of_nothing(seed):
    """The weighted variance may be rounded to less than 0."""
    random_state = np.random.default_rng(seed)
    inputs, weights = random_state.normal(size=(60, 3)), random_state.random(60) + 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        network = BackpropRegressor(3, max_iter=1, random_state=0).fit(inputs, np.full(60, 1.1), weights)
    assert network.y_mean_[0] == 1.1
