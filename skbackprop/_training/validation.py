"""Validation during the training: the score and the loss of a network on instances that it does not learn from."""

import math

import numpy as np

from .._network import backprop, engines
from .._network.parameters import select
from .divergence import is_finite


class Validation:
    """Scores a network after each epoch.

    Parameters
    ----------
    validation_set : TrainingSet
    score : callable
        Takes the parameters, the outputs of the validation set, and the means of its losses and errors; returns the score,
        the larger the better.

    Attributes
    ----------
    instances : TrainingSet
    sees_each : bool
        Whether it looks at each epoch, as all do but those of paths.
    """

    sees_each = True

    def __init__(self, validation_set, score):
        self.instances = select(validation_set, slice(None))
        self._score = score

    def is_due(self):
        """Whether it looks at the next epoch."""
        return True

    def __call__(self, parameters):
        """The score and the mean loss, without the penalty, of the network with these parameters."""
        with np.errstate(all="ignore"):  # of a network that diverges
            outputs = engines.predict(parameters, self.instances.inputs, self.instances.units)
            loss, error = (total / len(outputs) for total in backprop.sums(outputs, self.instances))
            return self._score(parameters, outputs, loss, error), loss


def minus_loss(parameters, outputs, loss, error):
    """The loss with its sign turned."""
    return -loss


def accuracy(parameters, outputs, loss, error):
    """The share of instances all labels of which are right; NaN of a network that diverges."""
    return 1.0 - error if is_finite(outputs) else math.nan
