"""scikit-learn estimators around a multilayer perceptron trained by back-propagation as the textbook has it."""

from importlib import import_module

from ._classifier import BackpropClassifier
from ._regressor import BackpropRegressor
from ._versions import show_versions

__version__ = "0.1.0"

# What few programs need is imported when it is asked for, so that an import of the estimators stays quick.
_MODULES = {
    "HiddenUnitsDisplay": "._displays",
    "NetworkDisplay": "._displays",
    "SensitivityDisplay": "._displays",
    "StepExplanation": "._explain",
    "TrainingCurveDisplay": "._displays",
    "check_gradient": "._gradient_check",
    "explain_step": "._explain",
    "sensitivity": "._sensitivity",
}

__all__ = [
    "BackpropClassifier",
    "BackpropRegressor",
    "HiddenUnitsDisplay",
    "NetworkDisplay",
    "SensitivityDisplay",
    "StepExplanation",
    "TrainingCurveDisplay",
    "check_gradient",
    "explain_step",
    "sensitivity",
    "show_versions",
]


def __getattr__(name):
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
