"""The classes as a cause: one that is rare, or so many that the one output that is to be 1 counts little."""

import numpy as np

from ..._network.parameters import sums_of_codes
from .references import least_gains

# A class with a smaller part of what it would have, were all of one size, is rare; and where instances held out have
# decided that more epochs do not help, one with a smaller part than the second number.
_RARE, _RARE_AT_BEST = 0.2, 0.5

# The one output that is to be 1 counts little beside so many that are to be 0, where their errors count squared.
_MANY_CLASSES = 30

# Of a class that other rules than one of validation have left so few epochs for nothing is to be said.
_FEW_EPOCHS = 10
_ENDED_EARLY = frozenset(["error_tol", "max_iter", "update_tol"])


def has_rare_class(training):
    """A network that tells instances apart, but never decides for a class that is rare."""
    return _is_of_rare_class(training) and bool(training.gains[0] > least_gains(training.units.groups)[0])


def _is_of_rare_class(training):
    if training.training_set.codes is None or training.training_set.weights is not None:
        return False
    if training.stop_reason in _ENDED_EARLY and training.history.n_iter < _FEW_EPOCHS:
        return False
    counts = _counts_of_classes(training)
    is_at_best = training.missed is not None and training.stop_reason in ("early_stopping", "cross_validation")
    limit = _RARE_AT_BEST if is_at_best and not training.is_stuck_in_accuracy else _RARE
    return bool(_share_of_missed(training) * np.count_nonzero(counts) < limit)


def _share_of_missed(training):
    """The share of the class that is never recognised, or of the smallest one."""
    counts = _counts_of_classes(training)
    n_missed = counts[counts > 0].min() if training.missed is None else training.missed[1]
    return n_missed / counts.sum()


def _counts_of_classes(training):
    return sums_of_codes(training.training_set.codes, None, len(training.training_set.targets))


def words_of_rare(training):
    return f"a class is only {_share_of_missed(training):.1%} of them"


def is_lost_in_batches(training):
    """A class whose few instances move little beside the many others of a batch, where errors count squared."""
    return _is_of_rare_class(training) and training.training_set.loss.weighs_outputs_alike and not training.is_short


def has_many_classes(training):
    groups = training.units.groups
    is_of_many = groups is not None and max(groups) >= _MANY_CLASSES
    return is_of_many and training.training_set.loss.weighs_outputs_alike and not training.is_short


def words_of_classes(training):
    n_units = max(training.units.groups)
    return f"of {n_units} output units all but one are to be 0, which their squared errors are mostly of"
