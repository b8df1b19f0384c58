"""Divergence: what it says, that the rate is halved where that is asked for, and what is left of the network."""

import math

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier, BackpropRegressor

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_SKLEARN, _ = make_regression(60, 4, n_targets=2, random_state=0)
T = X_SKLEARN @ [1.0, -2.0, 0.5, 1.0]
WILD = {"activation": "relu", "learning_rate_init": 1e3, "max_iter": 20, "random_state": 0, "batch_size": 8}


def parameters_of(network):
    return np.concatenate([np.ravel(array) for array in [*network.coefs_, *network.intercepts_]])


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
