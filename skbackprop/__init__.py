"""scikit-learn estimators around a multilayer perceptron trained by back-propagation as the textbook has it."""

from importlib import import_module

from ._estimators.classifier import BackpropClassifier
from ._estimators.classifier_cv import BackpropClassifierCV
from ._estimators.fitted import InconsistentSkbackpropVersionWarning
from ._estimators.regressor import BackpropRegressor
from ._estimators.regressor_cv import BackpropRegressorCV
from ._estimators.versions import show_versions
from ._version import __version__ as __version__

# What few programs need is imported when it is asked for, so that an import of the estimators stays quick.
_MODULES = {
    "CVCurveDisplay": "._inspection.displays",
    "HiddenUnitsDisplay": "._inspection.displays",
    "NetworkDisplay": "._inspection.displays",
    "SensitivityDisplay": "._inspection.displays",
    "StepExplanation": "._inspection.explain",
    "TrainingCurveDisplay": "._inspection.displays",
    "check_gradient": "._inspection.gradient_check",
    "explain_step": "._inspection.explain",
    "export_html": "._inspection.page",
    "sensitivity": "._inspection.sensitivity",
}

__all__ = [
    "BackpropClassifier",
    "BackpropClassifierCV",
    "BackpropRegressor",
    "BackpropRegressorCV",
    "CVCurveDisplay",
    "HiddenUnitsDisplay",
    "InconsistentSkbackpropVersionWarning",
    "NetworkDisplay",
    "SensitivityDisplay",
    "StepExplanation",
    "TrainingCurveDisplay",
    "check_gradient",
    "explain_step",
    "export_html",
    "sensitivity",
    "show_versions",
]


def __getattr__(name):
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
