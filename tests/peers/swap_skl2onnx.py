"""A pytest plugin that runs skl2onnx's own tests of its MLP converters on networks of skbackprop.

Before the module of tests is imported, scikit-learn's classes are replaced by ours, after skl2onnx has seen its own.
`.ci/skl2onnx_tests` runs it.
"""

import pytest
import sklearn.neural_network

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop.export import register_skl2onnx

# Another network with other weights comes out at other roundings. Here it has a hundred outputs of sigmoid units to add up,
# which lie around 1/2, while those of scikit-learn's rectifiers are mostly 0.
ROUNDED = {
    "test_model_mlp_regressor_tanh": "1.8e-4 off, of 1.5e-4, at 315, whose last place is 3e-5; both are up to 1.6e-4 off",
    "test_model_mlp_regressor_bool": "1.8e-5 off, of 1.5e-5; its terms are 700 in all, whose last place in float32 is 6e-5",
}


def pytest_configure():
    """Register the converters, and swap the classes."""
    register_skl2onnx()
    sklearn.neural_network.MLPClassifier = BackpropClassifier
    sklearn.neural_network.MLPRegressor = BackpropRegressor


def pytest_collection_modifyitems(items):
    """See that it is ours that is tested; mark what float32 cannot hold."""
    for item in items:
        if item.name in ROUNDED:
            item.add_marker(pytest.mark.xfail(reason=ROUNDED[item.name]))
    for module in {item.module for item in items}:
        if (module.MLPClassifier, module.MLPRegressor) != (BackpropClassifier, BackpropRegressor):
            raise pytest.UsageError(f"{module.__name__} has kept the classes of scikit-learn")
