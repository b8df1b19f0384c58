"""check_gradient: small for back-propagation, large for a wrong formula."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skbackprop import BackpropClassifier, BackpropRegressor, check_gradient
from skbackprop._network import backprop

ACTIVATIONS = ["identity", "logistic", "relu", "tanh"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("is_fitted", [False, True])
@pytest.mark.parametrize("hidden_layer_sizes", [(), (4,), (4, 3, 3)])
def test_a_classifiers_gradient_agrees_with_central_differences(
    classifier_task, activation, loss, is_fitted, hidden_layer_sizes
):
    network = BackpropClassifier(
        hidden_layer_sizes, activation=activation, loss=loss, alpha=0.2, learning_rate_init=0.1, random_state=0
    )
    if is_fitted:
        network.partial_fit(classifier_task.X, classifier_task.y, classes=[0, 1, 2])
    weights = np.random.RandomState(1).uniform(0.5, 2, 40)
    assert check_gradient(network, classifier_task.X, classifier_task.y, weights) < 1e-6
    assert hasattr(network, "coefs_") == is_fitted


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["absolute_error", "huber", "poisson", "quantile", "squared_error"])
def test_a_regressors_gradient_agrees_with_central_differences(regressor_task, activation, loss):
    network = BackpropRegressor((4, 3), activation=activation, loss=loss, random_state=0)
    assert check_gradient(network, regressor_task.X, np.abs(regressor_task.y)) < 1e-6


@pytest.mark.parametrize("y", [[[0, 1], [1, 1], [0, 0]], [["a", "x"], ["b", "y"], ["c", "x"]]])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_several_labels_sparse_inputs_and_float32_networks_are_checked_too(y, loss):
    X = csr_array(np.eye(3, 5, dtype=np.float32))
    network = BackpropClassifier(4, loss=loss, random_state=0).initialize(X, np.array(y))
    assert network.coefs_[0].dtype == np.float32
    assert check_gradient(network, X, np.array(y)) < 1e-6
    assert network.coefs_[0].dtype == np.float32


def test_a_wrong_formula_is_found(classifier_task, monkeypatch):
    def without_slope(outputs, errors_above, weights_above, activation):
        return errors_above @ weights_above.T

    monkeypatch.setattr(backprop, "hidden_errors", without_slope)
    assert check_gradient(classifier_task.new(), classifier_task.X, classifier_task.y) > 1e-2


def test_of_large_networks_a_sample_is_compared(classifier_task, monkeypatch):
    calls = []
    losses = backprop.forward
    monkeypatch.setattr(backprop, "forward", lambda *arguments: calls.append(1) or losses(*arguments))
    network = BackpropClassifier((50, 50), random_state=0)
    error = check_gradient(network, classifier_task.X, classifier_task.y, max_parameters=10, random_state=0)
    assert error < 1e-6
    assert len(calls) <= 1 + 6 * 10


def test_the_estimator_stays_as_it_was(task):
    network, twin = task.trained(), task.trained()
    check_gradient(network, task.X, task.y, np.arange(1.0, 41.0))
    task.assert_undisturbed(network, twin)


def test_bad_arguments_are_named(classifier_task):
    X, y = classifier_task.X, classifier_task.y
    with pytest.raises(TypeError, match="estimator is a list"):
        check_gradient([], X, y)
    with pytest.raises(ValueError, match="max_parameters=0 is not valid"):
        check_gradient(classifier_task.new(), X, y, max_parameters=0)
