"""The arrays that pass between the training loop and an engine.

Conventions: an array of outputs, errors or targets has one row per instance and one column per unit; an array of weights
has one row per input and one column per unit, which is the layout of scikit-learn's ``coefs_``.
"""

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from .losses import Loss
from .units import Units

# Numbers of the scratch arrays of a chunk: 2 MiB of float64 stay in a core's cache and are long enough for BLAS.
_SCRATCH_NUMBERS = 2**18


def n_rows_of_chunk(n_numbers):
    """How many instances to take at a time where each takes so many numbers of scratch."""
    return max(1, _SCRATCH_NUMBERS // n_numbers)


class Layers(NamedTuple):
    """The weights and biases of each layer, wherever they are kept; enough to go forward.

    Attributes
    ----------
    weights : list of ndarray of shape (n_inputs, n_units)
    biases : list of ndarray of shape (n_units,)
    """

    weights: list
    biases: list


class Parameters:
    """All weights and biases of a network in one contiguous block.

    Design: the rules that move the weights (a gradient step, momentum) treat every weight and bias alike, so they work on
    ``vector``; the formulas of back-propagation go layer by layer, so they work on the views ``weights`` and ``biases``.
    The weights of all layers come first, then the biases: a penalty acts on the slice ``weight_vector``. A gradient has
    the same shape as the parameters and is an object of this class too.

    Parameters
    ----------
    layer_sizes : tuple of int
        Units of each layer, the inputs first.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    vector : ndarray of shape (n_parameters,)
    weight_vector : ndarray of shape (n_weights,)
        A view of the first part of ``vector``.
    weights : list of ndarray of shape (n_inputs, n_units)
        w_ij, one view per layer.
    biases : list of ndarray of shape (n_units,)
        θ_j, one view per layer.
    """

    def __init__(self, layer_sizes, dtype):
        self.layer_sizes = tuple(layer_sizes)
        shapes = list(pairwise(self.layer_sizes))
        n_weights, n_biases = count_parameters(self.layer_sizes)
        self.vector = np.zeros(n_weights + n_biases, dtype=dtype)
        self.weight_vector = self.vector[:n_weights]
        self.weights = [
            part.reshape(shape)
            for part, shape in zip(_split(self.weight_vector, [i * j for i, j in shapes]), shapes, strict=True)
        ]
        self.biases = _split(self.vector[n_weights:], [j for _, j in shapes])

    @classmethod
    def from_arrays(cls, weights, biases):
        """Copy one array of weights and one of biases per layer into a block of their own."""
        parameters = cls([len(weights[0]), *(len(bias) for bias in biases)], weights[0].dtype)
        for mine, given in zip(parameters.weights + parameters.biases, [*weights, *biases], strict=True):
            mine[...] = given
        return parameters

    def copy(self):
        """Equal parameters of their own."""
        return Parameters.from_arrays(self.weights, self.biases)

    def __reduce__(self):
        """Pickled as arrays, since views come out of a pickle as arrays of their own."""
        return Parameters.from_arrays, (self.weights, self.biases)


def count_parameters(layer_sizes):
    """Numbers of weights and of biases of a network, as Python integers (they cannot overflow)."""
    sizes = [int(size) for size in layer_sizes]
    return sum(i * j for i, j in pairwise(sizes)), sum(sizes[1:])


def _split(vector, lengths):
    """Consecutive views of `vector` of the given lengths."""
    ends = accumulate(lengths)
    return [vector[end - length : end] for length, end in zip(lengths, ends, strict=True)]


# The numbers of classes: half as long as indices, since there may be millions of instances.
CODE = np.int32


class TrainingSet(NamedTuple):
    """The instances of one call, clean: an engine checks nothing of it.

    Design: an instance's targets are ``targets[codes[row]]``. For classes, ``targets`` is a small table, one row per
    class, so that a million labels do not become a million rows of zeros and ones.

    Attributes
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
        C-contiguous if dense; of CSR each entry is stored once, for the size of an update is that of an input.
    targets : ndarray of shape (n_instances, n_outputs) or (n_classes, n_outputs)
        T_j, of the dtype of the network.
    codes : ndarray of shape (n_instances,) and dtype `CODE`, or None
        Each instance's row of ``targets``; None where an instance's targets are the row of its own number.
    weights : ndarray of shape (n_instances,) or None
        Sample weights over their mean, of the dtype of the network; None where all are equal.
    mean_weight : float
        What ``weights`` were divided by. The penalty of a batch is divided by it.
    units : Units
    loss : Loss
        What the outputs cost.
    n_alike : float or None
        How many instances of equal weights tell as much as all of these, where equal ones are one. None if not asked for.
    whole : TrainingSet or None
        The same before heavy instances were divided into parts; None where none were.
    """

    inputs: object
    targets: np.ndarray
    codes: np.ndarray | None
    weights: np.ndarray | None
    mean_weight: float
    units: Units
    loss: Loss
    n_alike: float | None = None
    whole: "TrainingSet | None" = None


class EpochSums(NamedTuple):
    """What an engine reports of the instances that it presented.

    Attributes
    ----------
    loss : float
        Sum over the instances of weight times loss, and of each batch's penalty times its size.
    error : float
        Sum over the instances of weight times error: 1 for an instance with a label that is wrong and 0 for another; where
        outputs are numbers, the squared residuals.
    largest_update : float
        max |Δw|, |Δθ| over all updates.
    """

    loss: float
    error: float
    largest_update: float


def sums_of_codes(codes, weights, n_codes):
    """The sum of the weights of the instances of each code, or their number where weights is None.

    In parts, as NumPy makes indices of all codes, which takes more memory than they do.
    """
    sums, step = np.zeros(n_codes), n_rows_of_chunk(1)
    for start in range(0, len(codes), step):
        rows = slice(start, start + step)
        sums += np.bincount(codes[rows], None if weights is None else weights[rows], minlength=n_codes)
    return sums


def select(training_set, rows):
    """The training set of some of the instances, each with a row of targets of its own.

    Parameters
    ----------
    training_set : TrainingSet
    rows : slice or ndarray of int
        Of a slice, inputs and weights are views.
    """
    codes = rows if training_set.codes is None else training_set.codes[rows]
    return training_set._replace(
        inputs=training_set.inputs[rows],
        targets=training_set.targets[codes],
        codes=None,
        weights=None if training_set.weights is None else training_set.weights[rows],
        n_alike=None,  # which is of all, as the next is
        whole=None,
    )
