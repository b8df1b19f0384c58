"""Pictures of a network: how it was trained, what its weights are, and what its inputs do. A file for each."""

from ._hidden_units import HiddenUnitsDisplay
from ._network import NetworkDisplay
from ._sensitivity import SensitivityDisplay
from ._training_curve import TrainingCurveDisplay

__all__ = ["HiddenUnitsDisplay", "NetworkDisplay", "SensitivityDisplay", "TrainingCurveDisplay"]
