"""What knows scikit-learn's networks takes those that to_sklearn makes, and predicts the same; where it is installed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from skbackprop import BackpropClassifier, BackpropRegressor

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

X = np.random.RandomState(0).normal(size=(80, 4))
CLASSES = np.digitize(X[:, 0], [-0.5, 0.5])
TARGETS = 208 + 77 * X[:, 0] + X[:, 1]


@pytest.fixture
def classifier():
    return BackpropClassifier(6, loss="log_loss", random_state=0).fit(X, CLASSES)


@pytest.fixture
def regressor():
    return BackpropRegressor(6, random_state=0).fit(X, TARGETS)


def by_way_of_pmml(network, reader, path):
    """What reads the network from a PMML file that nyoka wrote."""
    nyoka = pytest.importorskip("nyoka")
    readers = pytest.importorskip("sklearn_pmml_model.neural_network")
    nyoka.skl_to_pmml(Pipeline([("network", network.to_sklearn())]), list("abcd"), "y", str(path / "network.pmml"))
    return getattr(readers, reader)(str(path / "network.pmml"))


def test_nyoka_writes_a_classifier_as_pmml(classifier, tmp_path):
    read = by_way_of_pmml(classifier, "PMMLMLPClassifier", tmp_path)
    found = read.predict_proba(pd.DataFrame(X, columns=list("abcd")))
    np.testing.assert_allclose(found, classifier.predict_proba(X), atol=1e-12)


def test_nyoka_writes_a_regressor_as_pmml(regressor, tmp_path):
    found = by_way_of_pmml(regressor, "PMMLMLPRegressor", tmp_path).predict(pd.DataFrame(X, columns=list("abcd")))
    np.testing.assert_allclose(found, regressor.predict(X), rtol=1e-12)


@pytest.mark.slow
def test_emlearn_writes_a_classifier_in_c(classifier, tmp_path, monkeypatch):
    emlearn = pytest.importorskip("emlearn")
    monkeypatch.chdir(tmp_path)  # it compiles here
    found = emlearn.convert(classifier.to_sklearn(), method="inline").predict(X)
    assert len(np.unique(found)) == 3
    np.testing.assert_array_equal(found, classifier.predict(X))


@pytest.mark.slow
def test_emlearn_writes_a_regressor_for_c(regressor, tmp_path, monkeypatch):
    emlearn = pytest.importorskip("emlearn")
    monkeypatch.chdir(tmp_path)
    found = emlearn.convert(regressor.to_sklearn(), return_type="regressor").predict(X)
    np.testing.assert_allclose(np.ravel(found), regressor.predict(X), rtol=1e-4)
