"""What a search trains before it is over: the network that it will probably choose, on all instances."""

from typing import NamedTuple

import numpy as np

from .loop import train


class _Begun(NamedTuple):
    """A training that has begun.

    Attributes
    ----------
    candidate : int
    training_set : TrainingSet
    state : State
    plan : Plan
    numbers : dict
        Of its random state before the first epoch.
    """

    candidate: int
    training_set: object
    state: object
    plan: object
    numbers: dict


class Ahead:
    """Trains whom the search would choose if it ended now, so that less is left to do when it ends.

    It ends with an epoch of the call that the user has made, which goes on as if that were all its own. What is not chosen,
    or has too many epochs, was made for nothing, which changes nothing.

    Parameters
    ----------
    prepare : callable
        Takes the number of a candidate; returns what it trains with, its state before the first epoch, and its plan.
    """

    def __init__(self, prepare):
        self._prepare = prepare
        self._aim = self._begun = None
        self._spoilt = set()  # candidates whose training is the call's own

    def aim(self, candidate, n_epochs):
        """From now on, train this candidate, until it lacks one of so many epochs."""
        self._aim = candidate, n_epochs - 1

    def run(self, stop):
        """Train until the aim is reached, or a stop is asked for."""
        if self._aim is None or self._aim[0] in self._spoilt:
            return
        candidate, n_epochs = self._aim
        try:
            is_to_go_on = self._lengthen(candidate, n_epochs, stop)
        except Exception:
            is_to_go_on = False  # the call itself will come to it, and raise
        if not is_to_go_on:
            self._spoilt.add(candidate)
            self._begun = None

    def _lengthen(self, candidate, n_epochs, stop):
        """Train a candidate; return whether the call may go on from there, or has to end by its own rules."""
        if self._begun is None or self._begun.candidate != candidate:
            self._begun = None  # before there are two
            training_set, state, plan = self._prepare(candidate)
            self._begun = _Begun(candidate, training_set, state, plan, state.source.numbers())
        _, training_set, state, plan, _ = self._begun
        if state.history.n_iter >= n_epochs:
            return True
        thresholds = plan.thresholds._replace(max_iter=n_epochs)
        end = train(state, training_set, plan._replace(thresholds=thresholds, monitor=stop))
        return end in ("max_iter", "callback")

    def trained(self, candidate, n_epochs, start):
        """The state of a candidate that begins at this state, where it has made less than so many epochs; or None."""
        begun = self._begun
        if begun is None or begun.candidate != candidate or not 0 < begun.state.history.n_iter < n_epochs:
            return None
        return begun.state if _are_equal(begun.numbers, start.source.numbers()) else None


def _are_equal(numbers, others):
    """Whether two random states, as `RandomState.get_state` tells them, will draw the same."""
    if isinstance(numbers, dict):
        return numbers.keys() == others.keys() and all(_are_equal(numbers[name], others[name]) for name in numbers)
    return np.array_equal(numbers, others)
