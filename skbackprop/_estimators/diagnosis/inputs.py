"""The inputs as a cause: all equal, of sizes that do not suit the units, or far from zero."""

import numpy as np
from scipy.sparse import issparse

from ..._network.automatic.starts import HARDLY
from ..._training.table import count
from .architecture import has_many_layers, is_penalised
from .class_imbalance import has_rare_class

# Inputs whose root mean square is larger are not scaled; a column that is so much larger than the others hides them.
_LARGE_INPUTS, _MIXED_INPUTS = 5, 30

# Of what networks do that did not learn, what those do whose inputs tell little.
_OF_LITTLE = frozenset(["one_class", "constant", "chance"])

# Instances no farther than this from their mean, in the root mean square, hardly move hidden units, as first weights are
# half at most.
_SMALL_INPUTS, _LARGEST_SMALL_INPUT = 0.1, 0.5


def has_equal_inputs(training):
    inputs = training.sample.inputs
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    return (low != high).nnz == 0 if issparse(inputs) else bool((low == high).all())


def has_large_inputs(training):
    return bool(np.sqrt(np.mean(training.input_sizes**2)) > _LARGE_INPUTS)


def words_of_large_inputs(training):
    return f"its inputs are large, with a root mean square of {np.sqrt(np.mean(training.input_sizes**2)):.2g}"


def has_mixed_inputs(training):
    sizes = training.input_sizes[training.input_sizes > 0]
    return bool(len(sizes) > 1 and sizes.max() > _MIXED_INPUTS * np.median(sizes))


def words_of_mixed_inputs(training):
    sizes = training.input_sizes[training.input_sizes > 0]
    return f"its inputs are on different scales, with columns of sizes from {sizes.min():.2g} to {sizes.max():.2g}"


def has_small_inputs(training):
    """Inputs that are mostly 0 and now and then 1 lie near their mean too, but are not small."""
    return training.input_spread < _SMALL_INPUTS and training.input_reach < _LARGEST_SMALL_INPUT


def words_of_small_inputs(training):
    return f"its inputs are small, no farther than {training.input_spread:.1g} from their mean (root mean square)"


def has_weak_inputs(training):
    """Where they are known to tell little, and the network has learned half of that.

    A search tells itself where there was no more to be learned, and of a rare class the variance is no measure.
    """
    is_of_little = training.sight in _OF_LITTLE and training.stop_reason != "cross_validation"
    if not is_of_little or has_rare_class(training):
        return False
    return bool(training.part_left > HARDLY and training.gains[0] > (1 - training.part_left) / 2)


def words_of_weak_inputs(training):
    return f"its inputs tell little, and leave {min(training.part_left, 1.0):.0%} of the variance of the targets"


def stronger_inputs(training):
    or_look = ", or look at its probabilities" if training.sight == "one_class" else ""
    return f"pass inputs that tell more of the targets{or_look}"


def has_outlying_inputs(training):
    return bool(training.n_outlying and training.loses_to_ranks)


def words_of_outlying_inputs(training):
    return f"in {count(training.n_outlying, 'column')} of its inputs a few are far from all others"


def has_inputs_off_centre(training):
    """Asked where nothing else holds the network back: what inputs have in common is larger than how they differ."""
    if issparse(training.sample.inputs) or is_penalised(training) or training.is_short or has_many_layers(training):
        return False
    return _size_of_mean(training) > training.input_spread


def words_of_inputs_off_centre(training):
    common, varied = _size_of_mean(training), training.input_spread
    return (
        f"its inputs are not centred: their mean is {common:.2g} from zero, and they are {varied:.2g} from their mean"
    )


def _size_of_mean(training):
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(training.input_means).sum()))


def scaler_of(training):
    """What scales the inputs; the usual one cannot centre sparse ones."""
    return "MaxAbsScaler" if issparse(training.sample.inputs) else "StandardScaler"


def scaled_inputs(training):
    return f"scale the inputs ({scaler_of(training)} does it)"
