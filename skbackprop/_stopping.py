"""The rules that end a training, in the order in which they are asked after every epoch.

A rule is a function of the history and the thresholds. To add one, write it here and name it in `RULES`; its key is what
`stop_reason_` then says.
"""

from typing import NamedTuple


class Thresholds(NamedTuple):
    """When to stop. Zero switches a rule off, for no update and no rate is below zero."""

    update_tol: float
    error_tol: float
    max_iter: int


def _updates_are_small(history, thresholds):
    """No weight or bias was changed by as much as `update_tol` by any single update of the epoch."""
    return history.update_curve[-1] < thresholds.update_tol


def _error_is_small(history, thresholds):
    """The epoch's error rate, counted on each output when its instance was presented, is below `error_tol`."""
    return history.error_curve[-1] < thresholds.error_tol


def _epochs_are_over(history, thresholds):
    """The set number of epochs was presented in this call."""
    return history.n_iter >= thresholds.max_iter


RULES = {
    "update_tol": _updates_are_small,
    "error_tol": _error_is_small,
    "max_iter": _epochs_are_over,
}


def reason_to_stop(history, thresholds):
    """The name of the first rule that is met, or None."""
    for name, is_met in RULES.items():
        if is_met(history, thresholds):
            return name
    return None
