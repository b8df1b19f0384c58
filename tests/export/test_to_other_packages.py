"""What knows scikit-learn's networks takes those that to_sklearn makes, and predicts the same; where it is installed."""

import shutil

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


@pytest.fixture
def binary_classifier():
    return BackpropClassifier(6, random_state=0).fit(X, 1 * (CLASSES > 0))


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


def evaluated(network, path):
    """What Java's reference of PMML makes of the file that sklearn2pmml wrote of the network: a table."""
    sklearn2pmml = pytest.importorskip("sklearn2pmml")
    evaluator = pytest.importorskip("jpmml_evaluator")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    pipeline = sklearn2pmml.make_pmml_pipeline(network.to_sklearn(), active_fields=list("abcd"), target_fields=["y"])
    sklearn2pmml.sklearn2pmml(pipeline, str(path / "network.pmml"))
    return (
        evaluator.make_evaluator(str(path / "network.pmml")).verify().evaluateAll(pd.DataFrame(X, columns=list("abcd")))
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classifier", "binary_classifier"])
def test_sklearn2pmml_writes_a_classifier(kind, request, tmp_path):
    network = request.getfixturevalue(kind)
    table = evaluated(network, tmp_path)
    found = np.array([table[f"probability({label})"] for label in network.classes_.tolist()])
    np.testing.assert_allclose(found.T.astype(float), network.predict_proba(X), atol=1e-12)


@pytest.mark.slow
def test_sklearn2pmml_writes_a_regressor(regressor, tmp_path):
    np.testing.assert_allclose(evaluated(regressor, tmp_path)["y"].astype(float), regressor.predict(X), rtol=1e-12)


def by_way_of_torch(network):
    """The network as hummingbird has it, whose weights are float32."""
    hummingbird = pytest.importorskip("hummingbird.ml", reason="hummingbird-ml is not installed", exc_type=ImportError)
    return hummingbird.convert(network.to_sklearn(), "torch")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classifier", "binary_classifier"])
def test_hummingbird_makes_a_classifier_of_tensors(kind, request):
    network = request.getfixturevalue(kind)
    converted = by_way_of_torch(network)
    rows = X.astype("float32")
    np.testing.assert_array_equal(converted.predict(rows), network.predict(rows))
    np.testing.assert_allclose(converted.predict_proba(rows), network.predict_proba(rows), atol=1e-5)


@pytest.mark.slow
def test_hummingbird_makes_a_regressor_of_tensors(regressor):
    rows = X.astype("float32")
    np.testing.assert_allclose(np.ravel(by_way_of_torch(regressor).predict(rows)), regressor.predict(rows), rtol=1e-5)
