"""Pictures of a network: how it was trained, what its weights are, and what its inputs do. A file for each."""

from .cv_curve import CVCurveDisplay
from .film import FilmDisplay
from .hidden_units import HiddenUnitsDisplay
from .network import NetworkDisplay
from .sensitivity import SensitivityDisplay
from .training_curve import TrainingCurveDisplay

__all__ = [
    "CVCurveDisplay",
    "FilmDisplay",
    "HiddenUnitsDisplay",
    "NetworkDisplay",
    "SensitivityDisplay",
    "TrainingCurveDisplay",
]
