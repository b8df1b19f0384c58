"""The same arithmetic as scikit-learn's multilayer perceptron, where the two mean the same."""

import numpy as np
import pytest
from sklearn.datasets import make_regression
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor

X, Y = make_regression(50, 4, n_targets=3, random_state=0)
Y = StandardScaler().fit_transform(Y)
WEIGHTS = np.random.RandomState(0).uniform(0.1, 3, 50)

# MLPRegressor draws from the same stream in the same order, so one seed makes the same starting weights.
COMMON = {
    "hidden_layer_sizes": (7, 5),
    "learning_rate_init": 0.02,
    "max_iter": 20,
    "shuffle": False,
    "random_state": 3,
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", [1, 7, 50, "auto"])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("targets", [Y, Y[:, 0]], ids=["three targets", "one target"])
def test_sgd_makes_the_same_network(batch_size, alpha, momentum, targets):
    theirs = MLPRegressor(
        **COMMON,
        activation="logistic",
        solver="sgd",
        nesterovs_momentum=False,
        tol=0,
        n_iter_no_change=1000,
        batch_size=batch_size,
        alpha=alpha,
        momentum=momentum,
    ).fit(X, targets)
    ours = BackpropRegressor(
        **COMMON,
        init_range="glorot",
        normalize_y=False,
        update_tol=0,
        batch_size=batch_size,
        alpha=alpha,
        momentum=momentum,
    ).fit(X, targets)
    assert ours.n_iter_ == theirs.n_iter_ == 20
    assert ours.t_ == theirs.t_
    for mine, expected in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
    if targets.ndim == 1:  # of several targets scikit-learn's loss is the mean, ours the sum
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_sample_weights_enter_as_in_a_weighted_mean():
    pytest.importorskip("sklearn", minversion="1.7", reason="MLPRegressor takes sample weights since 1.7")
    theirs = MLPRegressor(
        **COMMON | {"max_iter": 1},
        activation="logistic",
        solver="sgd",
        momentum=0,
        nesterovs_momentum=False,
        batch_size=50,
        alpha=0.5,
    ).partial_fit(X, Y, sample_weight=WEIGHTS)
    ours = BackpropRegressor(**COMMON, init_range="glorot", batch_size="epoch", alpha=0.5, normalize_y=False)
    ours.partial_fit(X, Y, sample_weight=WEIGHTS)
    for mine, expected in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-10)
