"""The path of a training: what a validation says of the network after one number of epochs, and the next, and the next."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from .divergence import Divergence
from .lbfgs import train_lbfgs
from .loop import train
from .state import have_run_off

# So many epochs are validated one by one, and from there on about every n-th part of those behind.
_DENSITY = 20


class Path(NamedTuple):
    """A training, as far as it has come.

    Attributes
    ----------
    state : State
        Its history has NaN for epochs that were not validated.
    end : str or None
        What ended it; None where it can go on.
    error : Divergence or None
        What was raised if the end is "diverged".
    alpha : float
        The penalty of its updates so far.
    """

    state: object
    end: str | None = None
    error: object = None
    alpha: float = 0.0

    @property
    def n_epochs(self):
        """How far it has come."""
        return self.state.history.n_epochs

    @property
    def rate_factor(self):
        """What is left of its learning rate."""
        return self.state.history.progress.rate_factor

    def has_run_off(self, n_epochs):
        """Whether it diverged, or is about to.

        A path that can go on is judged where it is so long: where work ahead of a stage has stopped is chance.
        """
        is_there = self.end is not None or self.n_epochs >= n_epochs
        return self.end == "diverged" or (is_there and have_run_off(self.state.history.loss_curve))

    def with_rate(self, factor):
        """The path, with what is left of its learning rate."""
        history = self.state.history
        history.progress = history.progress._replace(rate_factor=factor)
        return self

    def at(self, epochs):
        """Validation losses and scores after these numbers of epochs.

        A training that has ended stays where it was: the network of a longer one would be the same. Of one that diverged
        the loss is infinite from there on.

        Parameters
        ----------
        epochs : ndarray of int

        Returns
        -------
        values : ndarray of shape (2, n_epochs)
        """
        history = self.state.history
        values = np.array([history.validation_losses, history.validation_scores])
        if self.end == "diverged":
            values = np.append(values, [[math.inf], [math.nan]], axis=1)
        values = values[:, np.minimum(epochs, values.shape[1]) - 1]
        values[0, np.isnan(values[0])] = math.inf
        return values


def _is_due(epoch):
    """Whether a path is looked at after so many epochs."""
    return epoch % max(1, epoch // _DENSITY) == 0


def validated_epochs(n_epochs):
    """The numbers of epochs at which a path of this length is looked at, its end included."""
    return np.array([epoch for epoch in range(1, n_epochs + 1) if _is_due(epoch) or epoch == n_epochs])


def next_stage(n_epochs, growth, longest):
    """The validated epoch that lies `growth` times as far, or the last one."""
    return min(longest, next(epoch for epoch in itertools.count(math.ceil(growth * n_epochs)) if _is_due(epoch)))


class _Spaced:
    """A validation that looks at some of the epochs only: where epochs are short it would take longer than they do."""

    sees_each = False

    def __init__(self, validate, n_before, longest):
        self._validate = validate
        self._epoch, self._longest = n_before, longest

    def is_due(self):
        """Whether it looks at the next epoch."""
        return _is_due(self._epoch + 1) or self._epoch + 1 == self._longest

    def __call__(self, parameters):
        is_due = self.is_due()
        self._epoch += 1
        return self._validate(parameters) if is_due else (math.nan, math.nan)


def lengthen(path, training_set, plan, n_epochs):
    """Train on until the path has so many epochs, or a rule ends it.

    Parameters
    ----------
    path : Path
        Its state is used up.
    training_set : TrainingSet
    plan : Plan
        With a validation, and `max_iter` epochs for the longest path. L-BFGS, which cannot go on exactly, makes them all.
    n_epochs : int

    Returns
    -------
    path : Path
        A shorter one that can go on where the plan's monitor has asked to stop.

    Raises
    ------
    KeyboardInterrupt
    """
    state, longest, alpha = path.state.resumed(), plan.thresholds.max_iter, plan.rule.alpha
    train_path, n_epochs = (train, n_epochs) if plan.max_fun is None else (train_lbfgs, longest)
    spaced = _Spaced(plan.validate, path.n_epochs, longest)
    thresholds = plan.thresholds._replace(max_iter=n_epochs - path.n_epochs)
    try:
        end = train_path(state, training_set, plan._replace(validate=spaced, thresholds=thresholds))
    except Divergence as error:
        return Path(state, "diverged", error, alpha)
    if end == "interrupted":
        raise state.history.interrupt
    if end == "callback" or (end == "max_iter" and n_epochs < longest):
        return Path(state, alpha=alpha)
    _validate_last(state.history, plan.validate, state.parameters)
    return Path(state, end, alpha=alpha)


def _validate_last(history, validate, parameters):
    """Make up for a last epoch that was not due."""
    if math.isnan(history.validation_losses[-1]):
        history.validation_scores[-1], history.validation_losses[-1] = validate(parameters)
