"""The range from which each layer's first weights and biases are drawn.

To add a rule, write its function here and give it an entry in `START_RULES`: ``init_range`` then takes its name, which
belongs into the docstrings of the four estimators.
"""

import math
from itertools import pairwise

import numpy as np
from scipy.sparse import issparse

from .engines import rows_of
from .leave_one_out import tell
from .parameters import n_rows_of_chunk
from .units import ACTIVATIONS, OUTPUT_UNITS

# So large a mean still leaves room for a sum over all instances.
_LARGEST_SQUARE = 1e280

# A sum of squares that is so many times the usual one is that of an outlier.
_OUTLIER = 30.0

# The largest range that the book names; from three inputs on, 'auto' draws from no larger one where the data ask for none.
_LARGEST_RANGE = 1.0

# What the first net inputs measure where there are one or two inputs only, and the data ask for no other: units whose
# slopes lie next to each other along a line, or in a plane, bend to curves and shapes that almost linear ones learn late.
# Nguyen and Widrow's ranges, too, are the larger the fewer the inputs.
_NETS_OF_FEW_INPUTS = {1: 4.0, 2: 2.5}

# Of fewer first hidden units chance decides which of them bend, and where: what a hundred tell says nothing of them.
_LEAST_UNITS = 10

# Of fewer, no larger net inputs are tried than these: too few are steps for what a hundred steps would tell.
_LEAST_UNITS_OF_STEPS, _LARGEST_NET_OF_FEW_UNITS = 20, 8.0

# What the first net inputs of units that take MLPClassifier's bounds measure at most: those bounds are for scaled inputs.
_LARGEST_NET_OF_OTHERS = 1.0

# Where instances are too few to tell which size suits them, as those of a call in a stream: units that bend serve for more.
_NET_OF_FEW_INSTANCES = 2.0

# Squares of a few inputs that are on average no larger are taken for those of standardised ones, which 1 is the mean of.
_STANDARDISED = 4

# What an output unit's net input may measure at the start, where the unit is not linear.
_LARGEST_NET_OF_OUTPUTS = 2.0


def mean_square_norm(inputs, weights=None):
    """The weighted mean over the instances of Σ_i x_i², which a few outliers do not decide.

    A sum is counted as no more than thirty times its geometric mean over the instances, of 1 + Σ_i x_i².

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
    """
    norms = _Norms(inputs)
    mean_log = _mean_over_instances(np.log1p, norms, weights)
    limit = _OUTLIER * math.exp(min(mean_log, math.log(_LARGEST_SQUARE)))
    return _mean_over_instances(lambda squares: np.minimum(squares, limit), norms, weights)


def largest_square_norm(inputs):
    """The largest Σ_i x_i² of an instance.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    """
    n_instances, step = inputs.shape[0], _Norms(inputs).step
    chunks = (rows_of(inputs, start, min(start + step, n_instances)) for start in range(0, n_instances, step))
    return max(float(_square_norms(chunk).max()) for chunk in chunks)


def square_of_mean(inputs, weights=None):
    """Σ_i (mean x_i)², the weighted mean over the instances: what they all have in common, which centred ones have not.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
    """
    n_instances, sums = inputs.shape[0], 0.0
    step = n_rows_of_chunk(max(1, inputs.nnz // n_instances if issparse(inputs) else inputs.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, n_instances, step):
            rows = rows_of(inputs, start, min(start + step, n_instances))
            sums = sums + _weighted_sum(rows, None if weights is None else weights[start : start + step])
        means = sums / (n_instances if weights is None else weights.sum(dtype=np.float64))
        square = float(np.square(means).sum())
    return min(square, _LARGEST_SQUARE) if square >= 0 else _LARGEST_SQUARE


def _weighted_sum(rows, weights):
    """Of the columns; not by BLAS, as it would depend on the number of its threads."""
    if issparse(rows):
        return rows.T.astype(np.float64) @ (np.ones(rows.shape[0]) if weights is None else weights.astype(np.float64))
    rows = rows.astype(np.float64, copy=False)
    return rows.sum(axis=0) if weights is None else np.einsum("i,ij->j", weights.astype(np.float64), rows)


class _Norms:
    """Σ_i x_i² of the instances, in chunks; of not very many instances they are kept, as they are asked for twice.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    """

    def __init__(self, inputs):
        self._inputs = inputs
        self.n_instances = inputs.shape[0]
        numbers = inputs.size if isinstance(inputs, np.ndarray) else inputs.nnz
        self.step = n_rows_of_chunk(max(1, numbers // self.n_instances))
        self._kept = {} if self.n_instances <= n_rows_of_chunk(1) else None

    def chunk(self, start):
        """Those of the instances from here on."""
        if self._kept is not None and start in self._kept:
            return self._kept[start]
        norms = _square_norms(self._inputs[start : start + self.step])
        if self._kept is not None:
            self._kept[start] = norms
        return norms


def _mean_over_instances(function, norms, weights):
    """The weighted mean of a function of Σ_i x_i²."""
    n_instances, step, total = norms.n_instances, norms.step, 0.0
    for start in range(0, n_instances, step):
        values = function(norms.chunk(start))
        if weights is not None:
            values = values * weights[start : start + step]  # a dot product would depend on the number of BLAS threads
        total += float(values.sum())
    return total / (n_instances if weights is None else float(weights.sum(dtype=np.float64)))


def _square_norms(inputs):
    """Σ_i x_i² of each instance; at most the largest number, which the squares of very large ones exceed."""
    with np.errstate(over="ignore"):
        if isinstance(inputs, np.ndarray):
            numbers = inputs.astype(np.float64, copy=False)
            norms = np.einsum("ij,ij->i", numbers, numbers)
        else:
            norms = np.asarray(inputs.astype(np.float64).power(2).sum(axis=1)).ravel()
    return np.minimum(norms, _LARGEST_SQUARE)


def range_of_net(net, square_norm):
    """The r at which a net input Σ_i w_i x_i + θ, of weights and a bias from [-r, r], has this root mean square.

    Parameters
    ----------
    net : float
    square_norm : float
        Σ_i x_i² on average. The variance of a number from [-r, r] is r²/3.
    """
    return net * math.sqrt(3 / (square_norm + 1))


class NewNetwork:
    """What there is to know of a network whose weights are to be drawn.

    Parameters
    ----------
    layer_sizes : tuple of int
        Units of each layer, the inputs first.
    training_set : TrainingSet
    square_norm : float
        As `mean_square_norm` returns it.
    asks_for_noise : bool
        Whether it is asked how noisy its targets are.
    """

    def __init__(self, layer_sizes, training_set, square_norm, asks_for_noise=False):
        self.layer_sizes = layer_sizes
        self.training_set = training_set
        self.square_norm = square_norm
        self._asks_for_noise = asks_for_noise
        self._told = None

    @property
    def has_hidden(self):
        return len(self.layer_sizes) > 2

    @property
    def is_of_few_inputs(self):
        """One or two, before hidden units."""
        return self.has_hidden and self.layer_sizes[0] in _NETS_OF_FEW_INPUTS

    @property
    def usual_net(self):
        """What the first net inputs measure where the data ask for no other size."""
        first_net = self.training_set.loss.rates.first_net
        return _NETS_OF_FEW_INPUTS[self.layer_sizes[0]] if self.is_of_few_inputs else first_net

    def told(self):
        """What random units tell of its targets; found once."""
        if self._told is None:
            largest = math.inf if self.layer_sizes[1] >= _LEAST_UNITS_OF_STEPS else _LARGEST_NET_OF_FEW_UNITS
            may_be_small = not self.is_of_few_inputs
            asks = self._asks_for_noise and not self.is_of_few_inputs
            self._told = tell(self.training_set, self.square_norm, self.usual_net, may_be_small, largest, asks)
        return self._told


def _glorot(network):
    """MLPClassifier's bounds, which take the factor of the hidden units for the output units too."""
    factor = ACTIVATIONS[network.training_set.units.activation].glorot_factor
    return [math.sqrt(factor / (n_inputs + n_units)) for n_inputs, n_units in pairwise(network.layer_sizes)]


def _auto(network):
    """The book's range, or of the first layer the one at which net inputs start at the size that suits the data."""
    units, layer_sizes = network.training_set.units, network.layer_sizes
    activation, has_hidden = ACTIVATIONS[units.activation], network.has_hidden
    # Inputs that are mostly zero, as words of texts, are rarely learned from: large first weights would remain as noise.
    size, net = max(network.square_norm, layer_sizes[0]), None
    if has_hidden and activation.bend and layer_sizes[1] >= _LEAST_UNITS:
        told = network.told()
        are_few = told.n_instances == math.inf and not (told.is_rare or network.is_of_few_inputs)
        net = told.net
        if are_few:
            net = _NET_OF_FEW_INSTANCES
            size = size if size > _STANDARDISED * layer_sizes[0] else layer_sizes[0]
    if not activation.has_book_range and has_hidden:
        bounds = _glorot(network)
        bounds[0] = min(bounds[0], range_of_net(_LARGEST_NET_OF_OTHERS, network.square_norm))
    else:
        bounds = [0.5] * (len(layer_sizes) - 1)
        bounds[0] = range_of_net(network.usual_net, size)
        if not network.is_of_few_inputs:
            bounds[0] = min(_LARGEST_RANGE, bounds[0])
        if has_hidden and not OUTPUT_UNITS[units.output_unit].is_linear:
            below = activation.mean_square * layer_sizes[-2]
            bounds[-1] = min(bounds[-1], range_of_net(_LARGEST_NET_OF_OUTPUTS, below))
    if net is not None:
        bounds[0] = range_of_net(net / activation.bend, size)
    return bounds


# Each a function of a `NewNetwork`.
START_RULES = {"auto": _auto, "glorot": _glorot}


def bounds_of(init_range, network):
    """The bound of each layer's weights and biases.

    Parameters
    ----------
    init_range : float or str
        One bound for all layers, or a key of `START_RULES`.
    network : NewNetwork

    Returns
    -------
    bounds : list of float
    """
    if not isinstance(init_range, str):
        return [float(init_range)] * (len(network.layer_sizes) - 1)
    return START_RULES[init_range](network)
