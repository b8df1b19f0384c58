"""The targets as a cause: numbers that were not standardised, far from 0 or large, or a few that are far from others."""

import math

import numpy as np

# Targets that are so many times as far from 0 as they vary, or that vary by so much, are learned late, if at all.
_FAR_FROM_ZERO, _LARGE = 10, 100

# Targets whose standard deviation is so many times what their middle half makes of it are decided by a few.
_OUTLYING, _OF_MIDDLE_HALF = 4, 1.349


def has_outlying_targets(training):
    """Of the squared error, where the others differ as well."""
    if training.units.groups is not None or not training.training_set.loss.makes_means:
        return False
    if training.training_set.loss.least_target != -math.inf:
        return False
    targets = training.sample.targets.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.percentile(targets, [25, 75], axis=0)
        return bool((_OF_MIDDLE_HALF * targets.std(axis=0) > _OUTLYING * (high - low))[high > low].any())


def words_of_outlying_targets(training):
    return "a few of its targets are far from all others, and decide its squared errors"


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
