"""Networks of scikit-learn made of ours, and ours made of scikit-learn's, predict the same."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import check_random_state

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV
from skbackprop._estimators import mlp as sklearn_networks
from skbackprop._network import units
from skbackprop.export import from_sklearn

# Scikit-learn's own products of finite float32 numbers: BLAS of some processors finds faults in them.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in matmul:RuntimeWarning:sklearn")

HAS_POISSON = "loss" in MLPRegressor().get_params()  # scikit-learn 1.7


def assert_same(found, expected):
    """Equal up to rounding; labels exactly."""
    assert issparse(found) == issparse(expected)
    found, expected = (each.toarray() if issparse(each) else each for each in (found, expected))
    assert found.shape == expected.shape
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected)
    else:
        assert found.dtype == expected.dtype
        tolerance = 1e-5 if expected.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def refusal_of(classifier):
    """What to_sklearn must say of a classifier, or None."""
    if classifier._label_kind_ == "multioutput":
        return r"columns of labels, of which MLPClassifier takes one only: use skbackprop\.export\.to_onnx"
    if len(classifier.classes_) == 1:
        return r"MLPClassifier has no probabilities of a single class\. Use skbackprop\.export\.to_onnx"
    if classifier._label_kind_ == "single" and len(classifier.classes_) > 2 and classifier.loss == "squared_error":
        return r"^loss='squared_error' with 3 classes .* use skbackprop\.export\.to_onnx, or train with loss='log_loss'"
    return None


def test_a_classifier_becomes_an_mlp_classifier_or_says_why_not(classifier, inputs):
    refusal = refusal_of(classifier)
    if refusal:
        with pytest.raises(ValueError, match=refusal):
            classifier.to_sklearn()
        return
    mlp = classifier.to_sklearn()
    assert type(mlp) is MLPClassifier
    assert_same(mlp.predict_proba(inputs), classifier.predict_proba(inputs))
    assert_same(mlp.predict(inputs), classifier.predict(inputs))
    np.testing.assert_array_equal(mlp.classes_, classifier.classes_)


def test_a_regressor_becomes_an_mlp_regressor(regressor, inputs):
    if regressor.loss == "poisson" and not HAS_POISSON:
        with pytest.raises(ValueError, match=r"^loss='poisson' needs MLPRegressor of scikit-learn 1\.7 or later"):
            regressor.to_sklearn()
        return
    mlp, expected = regressor.to_sklearn(), regressor.predict(inputs)
    assert type(mlp) is MLPRegressor
    assert_same(mlp.predict(inputs), expected.ravel() if expected.shape[1:] == (1,) else expected)


@pytest.mark.parametrize("estimator_class", [BackpropClassifierCV, BackpropRegressorCV])
def test_networks_that_tune_themselves_become_networks_of_scikit_learn(estimator_class, inputs):
    network = estimator_class(3, max_iter=10, grid={"activation": ["tanh"]}, random_state=0)
    with pytest.warns(ConvergenceWarning, match="max_iter"):  # ten epochs are few
        network.fit(inputs, inputs[:, 0] > 0)
    mlp = network.to_sklearn()
    assert mlp.activation == "tanh"
    assert_same(mlp.predict(inputs), network.predict(inputs))


def test_both_ways_lead_back(task):
    network = task.trained(parameters={"loss": "log_loss"} if task.is_classifier else {})
    back = from_sklearn(network.to_sklearn())
    assert_same(task.outputs(back), task.outputs(network))


def test_weights_that_float32_cannot_hold_are_refused(inputs):
    X = inputs.astype(np.float32)
    network = BackpropRegressor(3, random_state=0).initialize(X, np.sign(X[:, 0]) * 1e38)
    network.coefs_[-1] *= 100
    with pytest.raises(ValueError, match=r"^y_scale_ goes up to .* leave the numbers of float32"):
        network.to_sklearn()


def test_the_weights_are_copies(task):
    network = task.trained(parameters={"loss": "log_loss"} if task.is_classifier else {})
    before = task.outputs(network)
    mlp = network.to_sklearn()
    back = from_sklearn(mlp)
    for arrays in (mlp.coefs_, mlp.intercepts_):
        for array in arrays:
            array[...] = 0
    np.testing.assert_array_equal(task.outputs(network), before)
    assert_same(task.outputs(back), before)


def test_the_network_of_scikit_learn_trains_on_from_the_weights(regressor_task):
    mlp = regressor_task.trained().to_sklearn().set_params(warm_start=True, max_iter=1000)
    X, y = regressor_task.X, regressor_task.y
    before = np.square(mlp.predict(X) - y).mean()
    assert np.square(mlp.fit(X, y).predict(X) - y).mean() < before / 2


def test_faults_that_blas_sees_in_finite_numbers_are_not_told(task, monkeypatch):
    network = task.trained(parameters={"loss": "log_loss"} if task.is_classifier else {})
    mlp_class = MLPClassifier if task.is_classifier else MLPRegressor

    class Blas(mlp_class):  # as that of some processors, whose products look at more than their numbers
        def fit(self, X, y):
            np.full(1, np.inf, dtype=np.float32) - np.float32(np.inf)
            return super().fit(X, y)

    monkeypatch.setattr(sklearn_networks, mlp_class.__name__, Blas)
    with np.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(network.to_sklearn(), Blas)


def test_the_numbers_drawn_elsewhere_stay_the_same(task):
    network = task.trained(parameters={"loss": "log_loss"} if task.is_classifier else {})
    before = check_random_state(None).get_state()
    mlp = network.to_sklearn()
    np.testing.assert_equal(check_random_state(None).get_state(), before)
    assert mlp.random_state is None


def test_names_of_features_go_along(regressor_task):
    X = pd.DataFrame(regressor_task.X, columns=["a", "b", "c"])
    network = BackpropRegressor(3, random_state=0).initialize(X, regressor_task.y)
    mlp = network.to_sklearn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same(mlp.predict(X), network.predict(X))
        assert_same(from_sklearn(mlp).predict(X), network.predict(X))


def test_an_unfitted_network_becomes_none(task):
    with pytest.raises(NotFittedError):
        task.new().to_sklearn()


def test_an_activation_of_ones_own_has_no_network_of_scikit_learn(X, monkeypatch):
    monkeypatch.setitem(units.ACTIVATIONS, "mine", units.ACTIVATIONS["tanh"])
    monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    network = BackpropClassifier(3, activation="mine").initialize(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match=r"^activation='mine' is none of scikit-learn's networks, .*train with one"):
        network.to_sklearn()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "lbfgs", "sgd"])
def test_an_mlp_classifier_becomes_a_network_of_ours(y_for_mlp, inputs, activation, solver):
    mlp = MLPClassifier((4, 3), activation=activation, solver=solver, max_iter=3, random_state=0).fit(inputs, y_for_mlp)
    network = from_sklearn(mlp)
    assert type(network) is BackpropClassifier
    assert_same(network.predict(inputs), mlp.predict(inputs))
    if len(mlp.classes_) > 1:  # of a single class MLPClassifier has two columns
        assert_same(network.predict_proba(inputs), mlp.predict_proba(inputs))
    assert {name: getattr(network, name) for name in mlp.get_params()} == mlp.get_params()


LOSSES = [{}, pytest.param({"loss": "poisson"}, marks=pytest.mark.skipif(not HAS_POISSON, reason="scikit-learn 1.7"))]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("loss", LOSSES, ids=["squared_error", "poisson"])
def test_an_mlp_regressor_becomes_a_network_of_ours(inputs, activation, loss):
    for y in (np.abs(inputs[:, 0]), np.abs(inputs[:, :2])):
        mlp = MLPRegressor(hidden_layer_sizes=4, activation=activation, max_iter=3, random_state=0, **loss).fit(
            inputs, y
        )
        network = from_sklearn(mlp)
        assert_same(network.predict(inputs), mlp.predict(inputs))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_of_ours_goes_on_as_the_mlp_that_it_was_made_from(regressor_task):
    X, y = regressor_task.X, regressor_task.y
    parameters = {"solver": "sgd", "momentum": 0.0, "shuffle": False, "learning_rate": "invscaling", "random_state": 0}
    mlp = MLPRegressor(hidden_layer_sizes=5, learning_rate_init=0.1, max_iter=3, **parameters).fit(X, y)
    network = from_sklearn(mlp)
    for _ in range(3):
        assert_same(network.partial_fit(X, y).predict(X), mlp.partial_fit(X, y).predict(X))


@pytest.mark.parametrize("other", [LogisticRegression(), BackpropClassifier(), None, MLPClassifier])
def test_what_is_none_of_scikit_learns_networks_is_a_type_error(other):
    with pytest.raises(TypeError, match="must be a fitted MLPClassifier or MLPRegressor"):
        from_sklearn(other)


@pytest.mark.parametrize("mlp_class", [MLPClassifier, MLPRegressor])
def test_an_unfitted_mlp_is_refused(mlp_class):
    with pytest.raises(NotFittedError):
        from_sklearn(mlp_class())
