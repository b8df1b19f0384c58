"""What a search trains before it is over: the network that it will probably choose, on all instances."""

from typing import NamedTuple

import numpy as np

from .loop import train


class _Begun(NamedTuple):
    """A training that has begun.

    Attributes
    ----------
    state : State
    training_set : TrainingSet
    plan : Plan
    numbers : dict
        Of its random state before the first epoch.
    """

    state: object
    training_set: object
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
        self._begun, self._aim = {}, None

    def aim(self, candidate, n_epochs):
        """From now on, train this candidate, until it lacks one of so many epochs."""
        self._aim = candidate, n_epochs - 1

    def run(self, stop):
        """Train until the aim is reached, or a stop is asked for."""
        if self._aim is None:
            return
        candidate, n_epochs = self._aim
        try:
            self._lengthen(candidate, n_epochs, stop)
        except Exception:
            self._begun[candidate] = None  # the call itself will come to it, and raise

    def _lengthen(self, candidate, n_epochs, stop):
        if candidate not in self._begun:
            training_set, state, plan = self._prepare(candidate)
            self._begun[candidate] = _Begun(state, training_set, plan, state.source.numbers())
        begun = self._begun[candidate]
        if begun is None or begun.state.history.n_iter >= n_epochs:
            return
        thresholds = begun.plan.thresholds._replace(max_iter=n_epochs)
        end = train(begun.state, begun.training_set, begun.plan._replace(thresholds=thresholds, monitor=stop))
        if end not in ("max_iter", "callback"):
            self._begun[candidate] = None  # the call is to end by its own rules

    def trained(self, candidate, n_epochs, start):
        """The state of a candidate that begins at this state, where it has made less than so many epochs; or None."""
        begun = self._begun.get(candidate)
        if begun is None or not 0 < begun.state.history.n_iter < n_epochs:
            return None
        return begun.state if _are_equal(begun.numbers, start.source.numbers()) else None


def _are_equal(numbers, others):
    """Whether two random states, as `RandomState.get_state` tells them, will draw the same."""
    mine, theirs = numbers["state"], others["state"]
    return numbers["bit_generator"] == others["bit_generator"] and all(
        np.array_equal(mine[name], theirs[name]) for name in mine
    )
