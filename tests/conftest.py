"""Fixtures that several files share: the two estimators, each with a small data set, and the check that a bad call fails
without a trace."""

from copy import deepcopy
from functools import cached_property

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines


class Task:
    """One of the two estimators with data that it learns.

    Parameters
    ----------
    estimator_class : type
    X : ndarray of shape (40, 3)
    y : ndarray of shape (40,)
    """

    def __init__(self, estimator_class, X, y):
        self.estimator_class = estimator_class
        self.is_classifier = estimator_class is BackpropClassifier
        self.X = X
        self.y = y

    def new(self, **parameters):
        """An unfitted estimator that trains quickly."""
        quick = {"hidden_layer_sizes": 4, "max_iter": 5, "batch_size": 8, "momentum": 0.5, "random_state": 0}
        quick["learning_rate_init"] = 2.0 if self.is_classifier else 0.375
        return self.estimator_class(**{**quick, **parameters})

    def train(self, estimator, method, **arguments):
        """Call fit or partial_fit with this task's data, except for what `arguments` replaces."""
        arguments = {"X": self.X, "y": self.y, **arguments}
        if self.is_classifier and method == "partial_fit" and not hasattr(estimator, "classes_"):
            arguments.setdefault("classes", np.unique(self.y))
        return getattr(estimator, method)(**arguments)

    def trained(self, method="fit", parameters=None, **arguments):
        """An estimator after one call."""
        return self.train(self.new(**(parameters or {})), method, **arguments)

    @cached_property
    def _fitted(self):
        return self.trained()

    def outputs(self, estimator, X=None):
        """What the estimator says of X, in its finest form."""
        X = self.X if X is None else X
        return estimator.predict_proba(X) if self.is_classifier else estimator.predict(X)

    def assert_same(self, one, other, rtol=0.0, atol=0.0):
        """Two estimators have the same weights and biases: bit for bit, unless a tolerance is given."""
        for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)

    def assert_undisturbed(self, estimator, twin):
        """The estimator predicts as its twin does, and goes on as its twin does."""
        assert set(vars(estimator)) == set(vars(twin))
        np.testing.assert_array_equal(self.outputs(estimator), self.outputs(twin))
        estimator, twin = deepcopy(estimator), deepcopy(twin)
        for each in (estimator, twin):
            self.train(each, "partial_fit")
        self.assert_same(estimator, twin)
        assert estimator.loss_curve_ == twin.loss_curve_

    def assert_refused(self, method, error, match, parameters=None, **arguments):
        """A call raises this error, and leaves a new estimator new and a fitted one undisturbed."""
        parameters = parameters or {}
        new = self.new(**parameters)
        with pytest.raises(error, match=match):
            self.train(new, method, **arguments)
        assert not [name for name in vars(new) if name.endswith("_")]
        with pytest.raises(NotFittedError):
            new.predict(self.X)

        twin = self._fitted
        fitted = deepcopy(twin)
        good = {name: getattr(fitted, name) for name in parameters}
        fitted.set_params(**parameters)
        with pytest.raises(error, match=match):
            self.train(fitted, method, **arguments)
        self.assert_undisturbed(fitted.set_params(**good), twin)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory, monkeypatch):
    """Other processes that a test starts find the package as it is installed, not as its sources lie here, and each may be
    strict about warnings: where there is no kernel it is not told of it."""
    monkeypatch.chdir(tmp_path_factory.getbasetemp())
    if engines._kernel is None:
        monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")


@pytest.fixture(scope="session")
def X():
    X = np.random.RandomState(0).normal(size=(40, 3))
    X.flags.writeable = False  # all tests share it
    return X


@pytest.fixture(scope="session")
def classifier_task(X):
    return Task(BackpropClassifier, X, np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5]))


@pytest.fixture(scope="session")
def regressor_task(X):
    return Task(BackpropRegressor, X, X[:, 0] + X[:, 1] + 0.5 * X[:, 2])


@pytest.fixture(params=["classifier", "regressor"], scope="session")
def task(request):
    return request.getfixturevalue(f"{request.param}_task")


@pytest.fixture(params=["fit", "partial_fit"])
def method(request):
    return request.param
