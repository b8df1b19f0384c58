"""check_gradient: small for back-propagation, large for a wrong formula."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skbackprop import BackpropClassifier, BackpropRegressor, check_gradient
from skbackprop._network import backprop
from skbackprop._network.losses import CLASSIFICATION_LOSSES

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
    assert len(calls) <= 3 + 8 * 10


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


XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("solver", ["lbfgs", "rprop"])
@pytest.mark.parametrize("activation", ["logistic", "relu", "tanh"])
def test_the_gradient_of_a_network_that_has_learned_all_is_right_too(loss, solver, activation):
    """Losses near 1e-16, of whose differences rounding is the most; of relu also nets at the kink, where L-BFGS ends."""
    for seed in range(3):
        network = BackpropClassifier(
            4, activation=activation, loss=loss, solver=solver, max_iter=3000, random_state=seed
        )
        assert check_gradient(network.fit(*XOR), *XOR) < 1e-6


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize("loss", ["absolute_error", "huber", "poisson", "quantile", "squared_error"])
def test_the_gradient_of_a_regressor_at_its_optimum_is_right_too(regressor_task, scale, loss):
    """An optimum of the absolute error lies at kinks: at residuals of 0."""
    X, y = scale * regressor_task.X[:8], np.abs(regressor_task.y[:8])
    for seed in range(3):
        network = BackpropRegressor(4, activation="tanh", loss=loss, solver="lbfgs", max_iter=300, random_state=seed)
        assert check_gradient(network.fit(X, y), X, y) < 1e-6


@pytest.mark.parametrize("y", [[0, 1] * 20, [0, 1, 2, 1] * 10], ids=["logistic", "softmax"])
def test_a_log_loss_is_not_cut_off_where_the_wrong_class_is_certain(X, y):
    network = BackpropClassifier((), loss="log_loss", init_range=100.0, random_state=0).initialize(X, y)
    assert network.predict_proba(X).min() < 1e-17
    assert check_gradient(network, X, y) < 1e-6


@pytest.mark.parametrize("scale", [1e3, 1e7])
def test_a_poisson_loss_is_not_cut_off_where_outputs_are_0(regressor_task, scale):
    """As e^I_j is below I_j = -745, to which steps along inputs of such a size lead."""
    X, y = regressor_task.X * [1, scale, 1], np.abs(regressor_task.y)
    network = BackpropRegressor((4,), activation="relu", loss="poisson", random_state=0).initialize(X, y)
    network.intercepts_[-1][:] = -1e4
    assert network.predict(X).min() == 0
    assert check_gradient(network, X, y) < 1e-6


@pytest.mark.parametrize("y", [[0, 1] * 20, [0, 1, 2, 1] * 10], ids=["logistic", "softmax"])
def test_what_a_loss_is_made_of_is_asked_of_its_entry(X, y, monkeypatch):
    """Not of its name in C, which a new one need not have."""
    log_loss = CLASSIFICATION_LOSSES["log_loss"]
    monkeypatch.setitem(CLASSIFICATION_LOSSES, "log_loss", lambda groups: log_loss(groups)._replace(kernel_name=None))
    test_a_log_loss_is_not_cut_off_where_the_wrong_class_is_certain(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("share", [0.9, -1.0])
def test_errors_that_are_a_little_wrong_are_found_in_a_trained_network_too(classifier_task, monkeypatch, share):
    network = classifier_task.trained()
    errors = backprop.output_errors
    monkeypatch.setattr(backprop, "output_errors", lambda *arguments: share * errors(*arguments))
    assert check_gradient(network, classifier_task.X, classifier_task.y) > 1e-2


@pytest.mark.parametrize("random_state", [-1, "x", 1.5])
def test_a_seed_that_is_none_is_named(classifier_task, random_state):
    with pytest.raises(ValueError, match=f"random_state={random_state!r} is not valid: it must be None, an int from 0"):
        check_gradient(classifier_task.new(), classifier_task.X, classifier_task.y, random_state=random_state)


def test_a_network_whose_outputs_overflow_is_not_called_right(regressor_task):
    network = BackpropRegressor(4, activation="relu", normalize_y=False, random_state=0)
    network.initialize(regressor_task.X, regressor_task.y)
    for weights in network.coefs_:
        weights[...] = 1e200
    assert check_gradient(network, regressor_task.X, regressor_task.y) == np.inf
