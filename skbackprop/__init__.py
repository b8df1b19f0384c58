"""scikit-learn estimators around a sigmoid multilayer perceptron trained by back-propagation."""

from ._classifier import BackpropClassifier
from ._regressor import BackpropRegressor
from ._versions import show_versions

__all__ = ["BackpropClassifier", "BackpropRegressor", "show_versions"]

__version__ = "0.1.0"
