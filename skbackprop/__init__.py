"""scikit-learn estimators around a multilayer perceptron trained by back-propagation as the textbook has it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._estimators.classifier import BackpropClassifier
from ._estimators.classifier_cv import BackpropClassifierCV
from ._estimators.fitted import InconsistentSkbackpropVersionWarning
from ._estimators.regressor import BackpropRegressor
from ._estimators.regressor_cv import BackpropRegressorCV
from ._estimators.versions import show_versions
from ._version import __version__ as __version__

if TYPE_CHECKING:
    from ._inspection.displays import (
        CVCurveDisplay,
        HiddenUnitsDisplay,
        NetworkDisplay,
        SensitivityDisplay,
        TrainingCurveDisplay,
    )
    from ._inspection.explain import StepExplanation, explain_step
    from ._inspection.gradient_check import check_gradient
    from ._inspection.sensitivity import sensitivity

# What few programs need is imported when it is asked for, so that an import of the estimators stays quick.
_MODULES = {
    "CVCurveDisplay": "._inspection.displays",
    "FilmDisplay": "._inspection.displays",
    "HiddenUnitsDisplay": "._inspection.displays",
    "NetworkDisplay": "._inspection.displays",
    "RuleList": "._inspection.rules",
    "SensitivityDisplay": "._inspection.displays",
    "StepExplanation": "._inspection.explain",
    "TrainingCurveDisplay": "._inspection.displays",
    "apply_gradient": "._estimators.data_parallel",
    "check_gradient": "._inspection.gradient_check",
    "explain_step": "._inspection.explain",
    "export_html": "._inspection.page",
    "extract_rules": "._inspection.rules",
    "gradient": "._estimators.data_parallel",
    "prune": "._inspection.pruning",
    "sensitivity": "._inspection.sensitivity",
}

__all__ = [
    "BackpropClassifier",
    "BackpropClassifierCV",
    "BackpropRegressor",
    "BackpropRegressorCV",
    "CVCurveDisplay",
    "FilmDisplay",
    "HiddenUnitsDisplay",
    "InconsistentSkbackpropVersionWarning",
    "NetworkDisplay",
    "RuleList",
    "SensitivityDisplay",
    "StepExplanation",
    "TrainingCurveDisplay",
    "apply_gradient",
    "check_gradient",
    "explain_step",
    "export_html",
    "extract_rules",
    "gradient",
    "prune",
    "sensitivity",
    "show_versions",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "callbacks", "export", *(name for name in globals() if name.startswith("__"))})
