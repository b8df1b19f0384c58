"""The initial weights as a cause: hidden units that began where they hardly learn, or with large net inputs."""

import math

import numpy as np

from ..._network.automatic.starts import bounds_of
from ..._network.units import ACTIVATIONS
from .inputs import has_large_inputs

# Net inputs of units without an end begin no larger than this where their weights suit the layers.
_LARGE_NET = 10

# Weights from a range smaller than the automatic one by this may be why units stay almost linear.
_APART = 10


def began_flat(training):
    flat, start = ACTIVATIONS[training.units.activation].flat, training.start
    return flat is not None and start is not None and start.flat_share > flat.many


def began_too_flat(training):
    """Units of weights that 'auto' drew begin bent because the data ask for it, and not with smaller ones."""
    return began_flat(training) and not _was_drawn_by_auto(training)


def _was_drawn_by_auto(training):
    """Whether the range was found for units that bend, and no weights were given that it cannot have, or zeros."""
    estimator, largest = training.estimator, training.start.weight_size
    is_auto = estimator.init_range == "auto" and ACTIVATIONS[training.units.activation].bend > 0
    bound = np.nextafter(np.float32(max(estimator.init_range_)), np.float32(np.inf))
    return is_auto and 0 < largest <= float(bound)


def words_of_start(training):
    words = ACTIVATIONS[training.units.activation].flat.words
    return f"{training.start.flat_share:.0%} of the outputs of its hidden units were {words}, before it began to learn"


def began_large(training):
    """Net inputs grow from layer to layer where weights are too large. Those that 'auto' drew are as the data ask for."""
    start = training.start
    is_large = start is not None and start.net_size > _LARGE_NET
    return is_large and not has_large_inputs(training) and not _was_drawn_by_auto(training)


def words_of_large_start(training):
    return f"the net inputs of its hidden units began with sizes up to {training.start.net_size:.2g}"


def began_small(training):
    """Weights of a range that was given, and that is much smaller than the one that the data ask for."""
    start, init_range = training.start, training.estimator.init_range
    if start is None or isinstance(init_range, str) or start.weight_size > init_range:
        return False
    return ACTIVATIONS[training.units.activation].bend > 0 and _APART * init_range < _auto_range(training)


def _auto_range(training):
    """The bound of the first weights that 'auto' would draw."""
    return bounds_of("auto", training.estimator._network_of(training.training_set))[0]


def words_of_small_start(training):
    init_range = training.estimator.init_range
    return f"its weights began within {init_range:.2g}, where init_range='auto' takes {_auto_range(training):.2g}"


def larger_start(training):
    return "begin with larger weights, or leave init_range at 'auto'"


def smaller_start(training):
    start = training.start
    if not 1 < start.net_size < math.inf:  # of rectified units that are all silent, weights of any size may be
        return "begin with other weights (random_state, or coefs_init and intercepts_init)"
    return f"begin with smaller weights, such as init_range={start.weight_size / start.net_size:.1g}"


def start_of_layers(training):
    has_it = training.estimator.init_range in ("auto", "glorot")  # so that larger ones were given
    return smaller_start(training) if has_it else "begin with smaller weights, such as init_range='glorot'"
