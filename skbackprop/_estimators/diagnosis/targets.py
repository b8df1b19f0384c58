"""The targets as a cause: numbers that were not standardised, and that are far from 0 or large."""

import math

import numpy as np

# Targets that are so many times as far from 0 as they vary, or that vary by so much, are learned late, if at all.
_FAR_FROM_ZERO, _LARGE = 10, 100


def has_targets_off_scale(training):
    """Of output units without ends, which targets of any size can be passed to."""
    if training.units.groups is not None or training.estimator._normalize_y_:
        return False
    if training.training_set.loss.least_target != -math.inf:
        return False
    means, spreads = _sizes(training)  # not finite of the largest numbers
    return bool((np.abs(means) > _FAR_FROM_ZERO * spreads).any() or (spreads > _LARGE).any())


def words_of_targets(training):
    means, spreads = _sizes(training)
    worst = np.argmax(np.abs(means) + spreads)
    return f"its targets are about {means[worst]:.2g} and vary by {spreads[worst]:.2g}, and were not standardised"


def standardised_targets(training):
    return "leave normalize_y at True, which standardises them"


def _sizes(training):
    """Means and standard deviations of the targets of some instances."""
    targets = training.sample.targets.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return targets.mean(axis=0), targets.std(axis=0)
