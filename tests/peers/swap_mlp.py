"""A pytest plugin that runs scikit-learn's own tests of its multilayer perceptrons on those of skbackprop.

Before scikit-learn's module of tests is imported, its classes are replaced by subclasses of ours that do nothing but set
MLPClassifier's and MLPRegressor's defaults, and what those do without naming it. Run it with::

    pytest -p swap_mlp --pyargs sklearn.neural_network.tests.test_mlp

from the folder of this file.
"""

import inspect

import pytest
import sklearn.neural_network
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skbackprop import BackpropClassifier, BackpropRegressor

# They read or call private attributes of scikit-learn's class, which are not behaviour.
POKES_PRIVATE_ATTRIBUTES = {
    "test_fit": "sets _random_state, _label_binarizer and the weights by hand, and calls _backprop",
    "test_gradient": "calls _loss_grad_lbfgs",
    "test_learning_rate_warmstart": "reads _optimizer.learning_rate",
    "test_adaptive_learning_rate": "reads _optimizer.learning_rate",
    "test_n_iter_no_change": "reads _no_improvement_count",
    "test_n_iter_no_change_inf": "reads _no_improvement_count",
}


def with_defaults_of(name, theirs, ours, **unnamed):
    """A subclass of our estimator that has the defaults of scikit-learn's.

    Parameters
    ----------
    name : str
        Of the subclass, in this module.
    theirs, ours : type
    **unnamed : dict
        What theirs does without a parameter that names it.
    """
    theirs = inspect.signature(theirs.__init__).parameters
    defaults = {name: parameter.default for name, parameter in theirs.items() if name != "self"} | unnamed
    parameters = inspect.signature(ours.__init__).parameters.values()
    signature = inspect.Signature(
        [each.replace(default=defaults.get(each.name, each.default)) for each in parameters],
    )

    def __init__(self, *args, **kwargs):
        arguments = signature.bind(self, *args, **kwargs)
        arguments.apply_defaults()
        ours.__init__(**arguments.arguments)

    __init__.__signature__ = signature
    return type(name, (ours,), {"__init__": __init__, "__module__": __name__, "__doc__": ours.__doc__})


SwappedClassifier = with_defaults_of(
    "SwappedClassifier", MLPClassifier, BackpropClassifier, init_range="glorot", loss="log_loss"
)
SwappedRegressor = with_defaults_of(
    "SwappedRegressor", MLPRegressor, BackpropRegressor, init_range="glorot", normalize_y=False
)


def pytest_configure():
    """Swap the classes before scikit-learn's tests import them."""
    sklearn.neural_network.MLPClassifier = SwappedClassifier
    sklearn.neural_network.MLPRegressor = SwappedRegressor


def pytest_collection_modifyitems(items):
    """Leave out the tests that are not about behaviour."""
    for item in items:
        reason = POKES_PRIVATE_ATTRIBUTES.get(item.originalname)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
