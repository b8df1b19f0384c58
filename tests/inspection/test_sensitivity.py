"""sensitivity: against central differences of predict_proba and predict."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor, sensitivity

ACTIVATIONS = ["identity", "logistic", "relu", "tanh"]


def outputs_of(network, X):
    """What the derivatives are of: a column per output unit."""
    if isinstance(network, BackpropRegressor):
        return network.predict(X).reshape(len(X), -1)
    probabilities = network.predict_proba(X)
    if isinstance(probabilities, list):
        return np.hstack([part if part.shape[1] > 2 else part[:, 1:] for part in probabilities])
    return probabilities[:, 1:] if len(network.classes_) == 2 and network.n_outputs_ == 1 else probabilities


def assert_agrees_with_central_differences(network, X):
    derivatives, step = sensitivity(network, X), 1e-6
    assert derivatives.shape == (*X.shape, network.n_outputs_)
    assert np.abs(derivatives).max() > 1e-3, "derivatives of zero would agree with anything flat"
    for feature in range(X.shape[1]):
        move = step * np.eye(X.shape[1])[feature]
        expected = (outputs_of(network, X + move) - outputs_of(network, X - move)) / (2 * step)
        assert derivatives[:, feature] == pytest.approx(expected, rel=1e-5, abs=1e-7 * np.abs(derivatives).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("hidden_layer_sizes", [(), (5,), (5, 4, 3)])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_derivatives_of_probabilities(X, activation, loss, hidden_layer_sizes, n_classes):
    network = BackpropClassifier(hidden_layer_sizes, activation=activation, loss=loss, init_range=1.0, random_state=0)
    assert_agrees_with_central_differences(network.initialize(X, np.arange(40) % n_classes), X)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize(
    "y", [[[0, 1, 1], [1, 0, 1], [1, 1, 0]], [["a", "x"], ["b", "y"], ["c", "x"]]], ids=["multilabel", "multioutput"]
)
def test_derivatives_of_the_probabilities_of_several_labels(X, y, loss):
    network = BackpropClassifier(4, loss=loss, init_range=1.0, random_state=0).initialize(X[:3], np.array(y))
    assert_agrees_with_central_differences(network, X)


@pytest.mark.parametrize("bias", [-2.0, -5.0, -9.0])
def test_derivatives_of_probabilities_where_all_outputs_are_small(X, bias):
    """They sum to more than 0.3, to less, and to next to nothing."""
    network = BackpropClassifier(4, init_range=3.0, random_state=0).initialize(X, np.arange(40) % 3)
    network.intercepts_[-1][:] = bias + np.array([0.0, 0.5, -0.5])
    assert_agrees_with_central_differences(network, X)


def test_the_probability_of_a_single_class_depends_on_nothing(X):
    one = BackpropClassifier(3, random_state=0).initialize(X, np.zeros(len(X), dtype=int))
    assert not sensitivity(one, X).any()
    beside = BackpropClassifier(3, random_state=0).initialize(X, np.c_[np.zeros(len(X)), np.arange(len(X)) % 3])
    derivatives = sensitivity(beside, X)
    assert not derivatives[:, :, 0].any()
    assert np.abs(derivatives[:, :, 1:]).max() > 1e-3


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["poisson", "squared_error"])
@pytest.mark.parametrize("n_targets", [1, 2])
def test_derivatives_of_predictions_are_in_units_of_the_targets(X, activation, loss, n_targets):
    y = np.abs(X[:, :n_targets]) * [100.0, 0.1][:n_targets]
    network = BackpropRegressor((5, 4), activation=activation, loss=loss, init_range=1.0, random_state=0)
    assert_agrees_with_central_differences(network.initialize(X, y), X)


def test_sparse_inputs_give_the_same(task):
    network = task.trained()
    dense = sensitivity(network, task.X)
    assert sensitivity(network, csr_array(task.X)) == pytest.approx(dense, rel=1e-12)


def test_the_network_must_be_one_of_ours_and_have_weights(task):
    with pytest.raises(TypeError, match="estimator is a str, but must be a BackpropClassifier"):
        sensitivity("network", task.X)
    with pytest.raises(NotFittedError):
        sensitivity(task.new(), task.X)


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
def test_many_rows_are_taken_in_chunks_and_each_row_is_what_it_is_alone(convert):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(9000, 3))  # of 40 units a chunk has 6553 rows
    network = BackpropRegressor(40, random_state=0).initialize(X, X[:, 0])
    places = [0, 6552, 6553, 8999]
    assert_allclose(sensitivity(network, convert(X))[places], sensitivity(network, X[places]), rtol=1e-12)
    for whole, few in zip(network.activations(convert(X)), network.activations(X[places]), strict=True):
        assert_allclose(whole[places], few, rtol=1e-12)


def test_products_that_leave_the_numbers_of_float32_are_not_warned_of(X):
    X = X.astype(np.float32)
    network = BackpropRegressor((4, 3), activation="relu", random_state=0).initialize(X, X[:, 0])
    for weights in network.coefs_:
        weights[...] = [1e30, -1e30, 1e30][: weights.shape[1]] if weights.shape[1] < 4 else 1e30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isfinite(sensitivity(network, np.abs(X[:3]) / 1e30)).any()
