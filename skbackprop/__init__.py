"""scikit-learn estimators around a sigmoid multilayer perceptron trained by back-propagation."""

from ._classifier import BackpropClassifier
from ._regressor import BackpropRegressor

__all__ = ["BackpropClassifier", "BackpropRegressor"]

__version__ = "0.1.0"
