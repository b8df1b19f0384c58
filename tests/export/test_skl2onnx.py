"""Pipelines with our networks convert by skl2onnx, and ONNX Runtime says of them what they say."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV
from skbackprop.export import register_skl2onnx

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
data_types = pytest.importorskip("skl2onnx.common.data_types")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(autouse=True, scope="module")
def _registered():
    register_skl2onnx()


def run(model, inputs):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def assert_close(found, expected):
    tolerance = 1e-5 if expected.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert found.dtype == expected.dtype


def test_a_classifier_converts(classifier, inputs):
    if classifier._label_kind_ == "multioutput" and isinstance(classifier.predict(inputs)[0, 1], int):
        pytest.skip("columns of several types, which are refused")
    model = skl2onnx.to_onnx(classifier, inputs[:1], options={"zipmap": False})
    found, expected = run(model, {"X": inputs}), classifier.predict(inputs)
    np.testing.assert_array_equal(found["label"], expected.toarray() if issparse(expected) else expected)
    probabilities, theirs = found["probabilities"], classifier.predict_proba(inputs)
    assert isinstance(probabilities, list) == isinstance(theirs, list)
    for mine, his in zip(*([p] if isinstance(p, np.ndarray) else p for p in (probabilities, theirs)), strict=True):
        assert mine.shape == his.shape
        assert_close(mine, his)


def test_a_regressor_converts_to_columns(regressor, inputs):
    found = run(skl2onnx.to_onnx(regressor, inputs[:1]), {"X": inputs})["variable"]
    assert_close(found, regressor.predict(inputs).reshape(len(inputs), -1))


def test_columns_of_several_types_are_refused(inputs):
    y = np.array([["a", 1], ["b", 2]] * 50, dtype=object)
    network = BackpropClassifier((), random_state=0).initialize(inputs, y)
    with pytest.raises(ValueError, match=r"convert the network alone with skbackprop\.export\.to_onnx"):
        skl2onnx.to_onnx(network, inputs[:1], options={"zipmap": False})


def test_labels_beyond_int64_are_refused(inputs):
    y = np.array([1, 2**63 + 5] * (len(inputs) // 2), dtype=np.uint64)
    network = BackpropClassifier((), random_state=0).initialize(inputs, y)
    with pytest.raises(ValueError, match=r"classes_ hold .*9223372036854775813"):
        skl2onnx.to_onnx(network, inputs[:1], options={"zipmap": False})


@pytest.fixture
def table():
    random_state = np.random.RandomState(0)
    numbers = random_state.normal(size=(60, 2)).astype(np.float32)
    return pd.DataFrame({"a": numbers[:, 0], "b": 100 * numbers[:, 1], "c": random_state.choice(["u", "v", "w"], 60)})


TYPES = {"a": "FloatTensorType", "b": "FloatTensorType", "c": "StringTensorType"}


@pytest.mark.parametrize(
    "estimator_class", [BackpropClassifier, BackpropRegressor, BackpropClassifierCV, BackpropRegressorCV]
)
def test_a_pipeline_with_a_column_transformer_converts(estimator_class, table):
    columns = make_column_transformer((StandardScaler(), ["a"]), (MinMaxScaler(), ["b"]), (OneHotEncoder(), ["c"]))
    is_classifier = estimator_class in (BackpropClassifier, BackpropClassifierCV)
    y = table["c"] if is_classifier else 3 * table["a"] + table["b"] + 208
    network = estimator_class(5, random_state=0)
    if "CV" in estimator_class.__name__:
        network.set_params(grid={"alpha": [0.0]}, cv=2, max_iter=1000)
    pipeline = make_pipeline(columns, network).fit(table, y)
    types = [(name, getattr(data_types, kind)([None, 1])) for name, kind in TYPES.items()]
    model = skl2onnx.to_onnx(pipeline, initial_types=types, options={"zipmap": False} if is_classifier else None)
    found = run(model, {name: table[[name]].to_numpy() for name in table})
    if is_classifier:
        np.testing.assert_array_equal(found["label"], pipeline.predict(table))
        np.testing.assert_allclose(found["probabilities"], pipeline.predict_proba(table), atol=1e-5)
    else:
        np.testing.assert_allclose(found["variable"][:, 0], pipeline.predict(table), rtol=1e-5)


@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_columns_that_come_one_by_one_or_are_too_few_are_refused(estimator_class, table):
    numbers = table[["a", "b"]]
    network = estimator_class(3, random_state=0).initialize(numbers, [0, 1] * 30)
    with pytest.raises(ValueError, match=r"one input of 2 columns, but there are 2 inputs \(a, b\): .*to_numpy"):
        skl2onnx.to_onnx(network, numbers[:1])
    with pytest.raises(ValueError, match="takes 2 columns, but its input is declared with 1"):
        skl2onnx.to_onnx(network, numbers[["a"]][:1].to_numpy())
    model = skl2onnx.to_onnx(make_pipeline(StandardScaler().fit(numbers), network), numbers[:1])
    assert [each.name for each in model.graph.input] == ["a", "b"]


@pytest.fixture
def words(inputs):
    return BackpropClassifier(3, random_state=0).initialize(inputs, ["a", "bü", "c", "a"] * 25)


def test_zipmap_makes_dicts(words):
    X = np.zeros((2, 4), dtype=np.float32)
    found = run(skl2onnx.to_onnx(words, X), {"X": X})["output_probability"]
    assert [list(each) for each in found] == [["a", "bü", "c"]] * 2
    np.testing.assert_allclose([list(each.values()) for each in found], words.predict_proba(X), atol=1e-5)


def test_zipmap_makes_a_column_for_each_class(words):
    X = np.zeros((2, 4), dtype=np.float32)
    found = run(skl2onnx.to_onnx(words, X, options={"zipmap": "columns"}), {"X": X})
    assert list(found) == ["output_label", "sa", "sbü", "sc"]
    np.testing.assert_allclose(np.stack(list(found.values())[1:], axis=1), words.predict_proba(X), atol=1e-5)


def test_class_labels_are_an_output_if_asked_for(words):
    X = np.zeros((2, 4), dtype=np.float32)
    found = run(skl2onnx.to_onnx(words, X, options={"zipmap": False, "output_class_labels": True}), {"X": X})
    assert found["class_labels"].tolist() == ["a", "bü", "c"]


def test_without_class_labels_the_label_is_a_number(words):
    X = np.zeros((2, 4), dtype=np.float32)
    found = run(skl2onnx.to_onnx(words, X, options={"zipmap": False, "nocl": True}), {"X": X})
    np.testing.assert_array_equal(words.classes_[found["label"]], words.predict(X))


def test_zipmap_of_several_columns_of_labels_is_refused(inputs):
    network = BackpropClassifier((), random_state=0).initialize(inputs, [[0, 1], [1, 2], [2, 1], [0, 1]] * 25)
    with pytest.raises(ValueError, match=r"zipmap=True cannot be had .* pass options={'zipmap': False}"):
        skl2onnx.to_onnx(network, inputs[:1])


@pytest.mark.parametrize(("kind", "dtype"), [("Int64TensorType", np.int64), ("BooleanTensorType", bool)])
def test_whole_numbers_and_booleans_are_inputs(kind, dtype):
    X = np.random.RandomState(0).randint(2, size=(30, 3)).astype(dtype)
    network = BackpropRegressor(4, random_state=0).initialize(X, X.sum(axis=1) + 200.0)
    model = skl2onnx.to_onnx(network, initial_types=[("X", getattr(data_types, kind)([None, 3]))])
    np.testing.assert_allclose(run(model, {"X": X})["variable"][:, 0], network.predict(X), rtol=1e-5)


@pytest.mark.parametrize("opset", [11, 13, 18, 21])
def test_every_operator_set_will_do(words, opset):
    X = np.zeros((2, 4), dtype=np.float32)
    model = skl2onnx.to_onnx(words, X, options={"zipmap": False}, target_opset=opset)
    np.testing.assert_allclose(run(model, {"X": X})["probabilities"], words.predict_proba(X), atol=1e-5)
