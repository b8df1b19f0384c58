"""ONNX Runtime says of an exported network what predict and predict_proba say, for every kind of network."""

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV
from skbackprop._network import units
from skbackprop.export import to_onnx

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-12}


def run(model, X):
    """What ONNX Runtime says, by the name of the output."""
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"X": X}), strict=True))


def assert_close(found, expected):
    """Of the same shape and type, and equal up to what is promised of the type."""
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    tolerance = TOLERANCE[expected.dtype]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def assert_same_probabilities(found, expected):
    assert isinstance(found, list) == isinstance(expected, list)
    for mine, theirs in zip(
        *([each] if isinstance(each, np.ndarray) else each for each in (found, expected)), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=TOLERANCE[theirs.dtype])
        assert mine.dtype == theirs.dtype
        assert mine.shape == theirs.shape


def test_a_classifier_gives_its_labels_and_probabilities(classifier, inputs):
    found, expected = run(to_onnx(classifier), inputs), classifier.predict(inputs)
    assert_same_probabilities(found.pop("probabilities"), classifier.predict_proba(inputs))
    labels = found["label"] if len(found) == 1 else np.stack([each.astype(object) for each in found.values()], axis=1)
    expected = expected.toarray() if issparse(expected) else expected
    assert labels.dtype.kind == ("O" if expected.dtype.kind == "U" else expected.dtype.kind)
    np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("shift", [2, 5, 9])
def test_outputs_that_are_all_small_give_the_same_probabilities(classifier, inputs, shift):
    classifier.intercepts_[-1][:] -= shift
    assert_same_probabilities(run(to_onnx(classifier), inputs)["probabilities"], classifier.predict_proba(inputs))


def test_a_regressor_gives_predictions_in_the_units_of_the_targets(regressor, inputs):
    found = run(to_onnx(regressor), inputs)
    assert list(found) == ["predictions"]
    assert_close(found["predictions"], regressor.predict(inputs))


@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_every_activation_is_written(estimator_class, activation, inputs):
    network = estimator_class((5, 3), activation=activation, random_state=0).initialize(inputs, inputs[:, 0] > 0)
    expected = network.predict_proba(inputs) if estimator_class is BackpropClassifier else network.predict(inputs)
    *_, found = run(to_onnx(network), inputs).values()
    assert_close(found, expected)


@pytest.mark.parametrize("estimator_class", [BackpropClassifierCV, BackpropRegressorCV])
def test_networks_that_tune_themselves_are_written(estimator_class, inputs):
    network = estimator_class(3, max_iter=10, grid={"activation": ["tanh"]}, random_state=0)
    with pytest.warns(ConvergenceWarning, match="max_iter"):  # ten epochs are few
        network.fit(inputs, inputs[:, 0] > 0)
    is_classifier = estimator_class is BackpropClassifierCV
    *_, found = run(to_onnx(network), inputs).values()
    assert_close(found, network.predict_proba(inputs) if is_classifier else network.predict(inputs))


@pytest.mark.parametrize(("theirs", "dtype"), [(np.float64, "float32"), (np.float32, np.float64)])
def test_the_model_computes_in_the_type_that_is_asked_for(theirs, dtype):
    X = np.random.RandomState(0).normal(size=(20, 3)).astype(theirs)
    network = BackpropRegressor(4, random_state=0).initialize(X, X[:, 0])
    found = run(to_onnx(network, dtype=dtype), X.astype(dtype))["predictions"]
    assert found.dtype == dtype
    np.testing.assert_allclose(found, network.predict(X), rtol=1e-5, atol=1e-6)


def test_numbers_that_float32_cannot_hold_are_refused(inputs):
    X = inputs.astype(np.float64)
    network = BackpropRegressor(3, random_state=0).initialize(X, X[:, 0] * 1e60)
    found = run(to_onnx(network), X)["predictions"]
    np.testing.assert_allclose(found, network.predict(X), rtol=0, atol=1e-12 * np.abs(found).max())
    with pytest.raises(ValueError, match="dtype='float32' cannot hold the numbers of y_scale_"):
        to_onnx(network, dtype="float32")
    network.coefs_[0][0, 0] = 1e200
    with pytest.raises(ValueError, match=r"coefs_, which go up to 1e\+200"):
        to_onnx(network, dtype="float32")


def test_a_row_and_no_row_are_batches_too(classifier_task):
    network = classifier_task.trained()
    for n_rows in (0, 1):
        found = run(to_onnx(network), classifier_task.X[:n_rows])
        assert found["label"].shape == (n_rows,)
        assert found["probabilities"].shape == (n_rows, 3)


def test_set_params_after_fit_changes_no_model(task):
    network = task.trained()
    before = to_onnx(network).SerializeToString()
    network.set_params(activation="relu", hidden_layer_sizes=3)
    assert to_onnx(network).SerializeToString() == before


@pytest.mark.parametrize("X", [np.array([[-1e30, 0.0], [1e30, 0.0]]), np.zeros((3, 2))])
def test_large_inputs_stay_finite(X):
    network = BackpropClassifier((), random_state=0).initialize(X, np.arange(len(X)))
    found = run(to_onnx(network), X)["probabilities"]
    assert np.isfinite(np.log(found)).all()
    assert_close(found, network.predict_proba(X))


def test_a_text_of_any_length_is_a_label(inputs):
    y = np.where(inputs[:, 0] > 0, "", "Straße " * 50)
    network = BackpropClassifier((), random_state=0).initialize(inputs, y)
    np.testing.assert_array_equal(run(to_onnx(network), inputs)["label"], network.predict(inputs))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        MLPClassifier(),
        make_pipeline(StandardScaler(), BackpropClassifier()),
        None,
        BackpropClassifier,
    ],
)
def test_what_is_none_of_ours_is_a_type_error(estimator):
    with pytest.raises(TypeError, match="must be a fitted BackpropClassifier or BackpropRegressor"):
        to_onnx(estimator)


@pytest.mark.parametrize(
    ("estimator", "remedy"),
    [
        (make_pipeline(StandardScaler(), BackpropClassifier()), r"skl2onnx, after register_skl2onnx\(\)"),
        (MLPClassifier(), "pass what skbackprop.export.from_sklearn makes of it"),
        (StandardScaler(), r"CV variants\.$"),
    ],
    ids=lambda each: "" if isinstance(each, str) else type(each).__name__,
)
def test_what_may_become_one_of_ours_is_refused_with_how(estimator, remedy):
    with pytest.raises(TypeError, match=remedy):
        to_onnx(estimator)


def test_a_search_is_refused_with_where_its_network_is():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).fit([[0], [1]] * 4, [0, 1] * 4)
    with pytest.raises(TypeError, match="pass its best_estimator_"):
        to_onnx(search)


def test_a_network_without_weights_is_refused():
    with pytest.raises(NotFittedError):
        to_onnx(BackpropClassifier())


@pytest.mark.parametrize("dtype", ["float16", int, "abc", 3])
def test_another_type_is_refused(task, dtype):
    with pytest.raises(ValueError, match=r"^dtype=.* is not valid: it must be 'float32', 'float64' or None"):
        to_onnx(task.trained(), dtype=dtype)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long doubles are doubles")
def test_labels_without_a_type_in_onnx_are_refused(X):
    y = (X[:, 0] > 0).astype(np.longdouble)
    network = BackpropClassifier((), random_state=0).initialize(X, y)
    with pytest.raises(ValueError, match=r"classes_ are of type float[0-9]+, which ONNX does not have"):
        to_onnx(network)


def test_an_activation_of_ones_own_is_refused(X, monkeypatch):
    monkeypatch.setitem(units.ACTIVATIONS, "mine", units.ACTIVATIONS["tanh"])
    monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    network = BackpropClassifier(3, activation="mine").initialize(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match=r"^activation='mine' has no operation in ONNX: .*'tanh'"):
        to_onnx(network)
