"""The range from which each layer's first weights and biases are drawn.

To add a rule, write its function here and give it an entry in `START_RULES`: ``init_range`` then takes its name, which
belongs into the docstrings of the four estimators.
"""

import math
from itertools import pairwise

import numpy as np

from ..._once import once
from ..units import ACTIVATIONS, OUTPUT_UNITS
from .different import different_instances, inputs_of_one, part_unexplained
from .leave_one_out import Question, tell
from .place import Place, place_of

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

# Where it is not told which size suits them, as of the few instances of a call in a stream: units that bend serve for more.
_NET_OF_UNTOLD = 2.0

# Squares of a few inputs that are on average no larger are taken for those of standardised ones, which 1 is the mean of.
_STANDARDISED = 4

# Where more than so much of the variance is left by whatever there is to learn, targets hardly follow the inputs.
HARDLY = 0.88

# What an output unit's net input may measure at the start, where the unit is not linear.
_LARGEST_NET_OF_OUTPUTS = 2.0


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
        self._square_norm = square_norm
        self._asks_for_noise = asks_for_noise

    @property
    def has_hidden(self):
        return len(self.layer_sizes) > 2

    @property
    def is_of_few_inputs(self):
        """One or two, before hidden units."""
        return self.has_hidden and self.layer_sizes[0] in _NETS_OF_FEW_INPUTS

    @once
    def _instances(self):
        return different_instances(self.training_set, self._square_norm)

    def stream(self):
        """What the penalty of later instances follows; None where these could not be told from the first ones."""
        marks, told = self._instances.marks_of_stream(), self.told
        if marks is None:
            return None
        numbers = {"least": told.least, "ridge": told.ridge, "n_instances": float(told.n_instances)}
        return {"marks": marks, "is_of_products": told.is_of_products, "n_of_one": self.n_of_one, **numbers}

    @once
    def _inputs_of_one(self):
        return inputs_of_one(self.training_set.inputs, self._instances)

    @property
    def _are_mostly_zero(self):
        return self._inputs_of_one < self.layer_sizes[0]

    @property
    def n_of_one(self):
        """How many inputs an instance has, at least one: of mostly zero ones those that are not, large ones as more."""
        return float(min(max(self._inputs_of_one, self._square_norm, 1.0), self.layer_sizes[0]))

    @once
    def place(self):
        """Where its instances lie. Inputs that are mostly zero, as words of texts, are taken as they are: they are rarely
        learned from, and large first weights would remain as noise."""
        if not self.has_hidden or self._are_mostly_zero:
            return Place(self._square_norm)
        return place_of(self.training_set.inputs, self._square_norm, self._instances)

    @property
    def square_norm(self):
        """What instances measure from their centre, by Σ_i (x_i - c_i)² on average."""
        return self.place.square_norm * self.place.scale**2

    @property
    def usual_square(self):
        """The same of scaled inputs, but of standardised ones at least."""
        return max(self.place.square_norm, self.layer_sizes[0])

    @property
    def usual_net(self):
        """What the first net inputs measure where the data ask for no other size."""
        first_net = self.training_set.loss.rates.first_net
        return _NETS_OF_FEW_INPUTS[self.layer_sizes[0]] if self.is_of_few_inputs else first_net

    @once
    def told(self):
        """What random units tell of its targets."""
        largest = math.inf if self.layer_sizes[1] >= _LEAST_UNITS_OF_STEPS else _LARGEST_NET_OF_FEW_UNITS
        may_be_small = not self.is_of_few_inputs
        asks = self._asks_for_noise and may_be_small
        question = Question(self.place, self.usual_net, may_be_small, largest, asks, self._are_mostly_zero)
        told = tell(self.training_set, self._instances, question)
        # Of categories that each decide alone, nothing is told by others, but by the instances that share them.
        return told.with_left(self.part_left) if asks and self._are_mostly_zero else told

    @once
    def part_left(self):
        """The part of its targets' variance that is left by whatever follows the inputs; NaN where it is not known."""
        return part_unexplained(self.training_set, self._instances)

    @property
    def hardly_follows(self):
        """Whether its targets are known to follow the inputs by so little that the loss tells no plateau from its end.

        Few hidden units, or several layers of them, may be on a plateau all the same.
        """
        is_quick = len(self.layer_sizes) == 3 and self.layer_sizes[1] >= _LEAST_UNITS_OF_STEPS
        return is_quick and self.part_left > HARDLY


def _glorot(network):
    """MLPClassifier's bounds, which take the factor of the hidden units for the output units too."""
    factor = ACTIVATIONS[network.training_set.units.activation].glorot_factor
    return [math.sqrt(factor / (n_inputs + n_units)) for n_inputs, n_units in pairwise(network.layer_sizes)]


def _auto(network):
    """The book's range, or of the first layer the one at which net inputs start at the size that suits the data."""
    units, layer_sizes = network.training_set.units, network.layer_sizes
    activation = ACTIVATIONS[units.activation]
    if network.has_hidden and not activation.has_book_range:
        bounds = _glorot(network)
        bounds[0] = min(bounds[0], range_of_net(_LARGEST_NET_OF_OTHERS, network.place.square_norm))
    else:
        bounds = [0.5] * (len(layer_sizes) - 1)
        usual = range_of_net(network.usual_net, network.usual_square)
        bounds[0] = usual if network.is_of_few_inputs else min(_LARGEST_RANGE, usual)
        if network.has_hidden and not OUTPUT_UNITS[units.output_unit].is_linear:
            below = activation.mean_square * layer_sizes[-2]
            bounds[-1] = min(bounds[-1], range_of_net(_LARGEST_NET_OF_OUTPUTS, below))
    if network.has_hidden and activation.bend and layer_sizes[1] >= _LEAST_UNITS:
        net, square = _of_data(network)
        if net is not None:
            bounds[0] = range_of_net(net / activation.bend, square)
    bounds[0] /= network.place.scale
    return bounds


def _of_data(network):
    """What net inputs of sigmoid units are to measure by the data, None where these tell nothing; and of which Σ_i x_i²."""
    told, n_inputs = network.told, network.layer_sizes[0]
    is_untold = told.is_of_too_few or (told.net is None and told.may_be_of_more)
    if not is_untold or told.is_rare or network.is_of_few_inputs:
        return told.net, network.usual_square
    is_small = told.is_of_too_few and network.usual_square <= _STANDARDISED * n_inputs
    return _NET_OF_UNTOLD, n_inputs if is_small else network.usual_square


def settle(parameters, network):
    """Let units of the first hidden layer bend among the instances, wherever these lie, and however close to each other:
    θ_j less Σ_i w_ij c_i, and in proportion to the scale.

    Parameters
    ----------
    parameters : Parameters
        With weights as they were drawn; written to.
    network : NewNetwork
    """
    parameters.biases[0] *= network.place.scale
    if network.place.centre is not None:
        parameters.biases[0] -= np.einsum("i,ij->j", network.place.centre, parameters.weights[0])


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
