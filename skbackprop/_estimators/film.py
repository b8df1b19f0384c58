"""The recorded epochs of a training, and which epochs those are."""

import math
from bisect import bisect_right
from functools import partial

import numpy as np

from .parameters import is_int


class Film:
    """The recorded epochs of one training."""

    def __init__(self):
        self.epochs, self.coefs, self.intercepts = [], [], []
        self._are_asked_for = []  # the others are ends of calls
        self.has_begun, self.next = False, 0

    def resumed(self):
        """The same film before a call that may go on with it."""
        film = Film()
        film.epochs, film.coefs, film.intercepts = self.epochs[:], self.coefs[:], self.intercepts[:]
        film._are_asked_for = self._are_asked_for[:]
        return film

    def begin(self, n_epochs, start):
        """Go on from the snapshot that this start is, or begin anew with it."""
        self.has_begun = True
        n_kept = bisect_right(self.epochs, n_epochs)
        is_known = n_kept > 0 and self.epochs[n_kept - 1] == n_epochs and self._is_at(n_kept - 1, start)
        self._cut(n_kept if is_known else 0)
        if not is_known:
            self._append(n_epochs, start, is_asked_for=True)

    def add(self, n_epochs, layers, is_asked_for=True):
        """Record an epoch."""
        if not self._are_asked_for[-1]:
            self._cut(len(self.epochs) - 1)
        self._append(n_epochs, layers, is_asked_for)

    def end(self, n_epochs, layers):
        """Record the end of a call, which may lie before what was recorded last, as Ctrl-C takes an epoch back."""
        self._cut(bisect_right(self.epochs, n_epochs) if self.has_begun else 0)
        if not self.epochs:
            self._append(n_epochs, layers, is_asked_for=False)
        elif self.epochs[-1] != n_epochs:
            self.add(n_epochs, layers, is_asked_for=False)
        elif not self._is_at(-1, layers):
            is_asked_for = self._are_asked_for[-1]
            self._cut(len(self.epochs) - 1)
            self._append(n_epochs, layers, is_asked_for)

    def ends_with(self, layers):
        """Whether these are the weights and biases of the last snapshot."""
        return bool(self.epochs) and self._is_at(-1, layers)

    def _append(self, n_epochs, layers, is_asked_for):
        self.epochs.append(n_epochs)
        self.coefs.append([weights.copy() for weights in layers.weights])
        self.intercepts.append([biases.copy() for biases in layers.biases])
        self._are_asked_for.append(is_asked_for)

    def _cut(self, length):
        for each in (self.epochs, self.coefs, self.intercepts, self._are_asked_for):
            del each[length:]

    def _is_at(self, place, layers):
        """Whether a snapshot holds these weights and biases."""
        mine, theirs = self.coefs[place] + self.intercepts[place], [*layers.weights, *layers.biases]
        return len(mine) == len(theirs) and all(map(np.array_equal, mine, theirs))


def spacing(every):
    """A function that gives the first epoch to record after a given number of epochs, and can be pickled."""
    if isinstance(every, str) and every == "log":
        return _next_round
    if is_int(every):
        return partial(_next_multiple, int(every))
    if isinstance(every, list | tuple | np.ndarray) and len(every) and all(is_int(each, low=0) for each in every):
        return partial(_next_wanted, [*sorted(map(int, every)), math.inf])
    raise ValueError(f"every={every!r} is not valid: it must be 'log', an int, 1 or more, or a list of epochs.")


def _next_multiple(every, n_epochs):
    return (n_epochs // every + 1) * every


def _next_wanted(wanted, n_epochs):
    return wanted[bisect_right(wanted, n_epochs)]


def _next_round(n_epochs):
    """The next of 1, 2, 5, 10, 20, 50, ..."""
    decade = 10 ** (len(str(n_epochs)) - 1)
    return next(first * decade for first in (1, 2, 5, 10) if first * decade > n_epochs)
