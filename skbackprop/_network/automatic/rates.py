"""Learning rates that follow the data: of output units what is stable, of hidden layers as much as they bear.

The functions of `Curvature` take the momentum besides. Calls of single instances ask for the same again and again, so that
what takes a while is kept.
"""

import math
from functools import lru_cache
from typing import NamedTuple

from ..updates import HEAD_START, UPDATES_OF_START


class Conditions(NamedTuple):
    """What a call gives an automatic learning rate to follow, beside the network.

    Attributes
    ----------
    square_norm : float
        Σ_i x_i² of the instances, on average.
    largest_weight : float
        Of the instances, over the mean weight; 1 where a batch holds all, in which a weight is so many.
    batch_size : float
    n_alike : float
        How many instances of equal weights tell as much as a batch.
    square_of_classes : float
        The mean over the instances of the square of their classes' mean weight, over that of the mean weight; 1 where a
        batch holds all.
    penalty : float
        Alpha over the mean weight, and over the instances of a batch.
    n_batches : float
        How many of them the instances of the call make.
    """

    square_norm: float = 0.0
    largest_weight: float = 1.0
    batch_size: float = math.inf
    n_alike: float = math.inf
    square_of_classes: float = 1.0
    penalty: float = 0.0
    n_batches: float = 1.0


def alike_of_all(n_instances, n_counted):
    """How many instances of equal weights tell as much as one update by all of these.

    Parameters
    ----------
    n_instances : int
    n_counted : float or None
        None where they were not counted, as of few.
    """
    return min(n_instances, CALM_BATCH) if n_counted is None else n_counted


class Curvature(NamedTuple):
    """What an automatic learning rate follows.

    Attributes
    ----------
    n_units : int
        Below the output units: of the last hidden layer, or the inputs.
    mean_square : float
        The square of their outputs, on average.
    rates : Rates
        Of the loss.
    steepness : float
        The activation's; 1 where no hidden layer is above the inputs.
    square_norm : float
        Σ_i x_i² of the instances, on average.
    excess_of_inputs : float
        How many times as large that is as of standardised inputs; 1 of smaller ones.
    lack_of_inputs : float
        How many times as small; 1 of larger ones.
    weight_of_one : float
        Four times the largest part that an instance can have of a batch: from a quarter of it on, all depends on that one.
    excess_of_classes : float
        By how much the mean square of the classes' weights is above the square of their mean, over those of a batch.
    n_alike : float
        How many instances of equal weights tell as much as a batch.
    square_of_mean : float
        Σ_i (mean x_i)² of the instances; 0 of centred inputs.
    penalty : float
        Alpha over the mean weight, and over the instances of a batch.
    n_units_before : tuple of int
        Those of the other hidden layers, if their outputs can grow from layer to layer.
    room_for_momentum : float
        As in `Rates`.
    n_hidden_layers : int
    n_widest_before : int
        Units of the widest of the other hidden layers.
    are_targets_scaled : bool
        Whether the targets, and so the errors, are the larger, the more hidden units there are.
    is_one_sided : bool
        Whether all outputs of hidden units have one sign, and the weights above them one range for all widths.
    units_of_chance : float
        As many hidden units hold output units back where there are fewer.
    """

    n_units: int
    mean_square: float
    rates: object
    steepness: float = 1.0
    square_norm: float = 0.0
    excess_of_inputs: float = 1.0
    lack_of_inputs: float = 1.0
    weight_of_one: float = 0.0
    excess_of_classes: float = 0.0
    n_alike: float = math.inf
    square_of_mean: float = 0.0
    penalty: float = 0.0
    n_units_before: tuple = ()
    room_for_momentum: float = math.inf
    n_hidden_layers: int = 1
    n_widest_before: int = 0
    are_targets_scaled: bool = False
    is_one_sided: bool = False
    units_of_chance: float = 0.0


# Rates are kept of so many networks.
_N_KEPT = 256

# Of more hidden units than these, hidden layers may have a rate of their own, after that of so many.
_UNITS_OF_RATE = 100

# What moves each weight by about the rate takes no larger one, and a smaller one where inputs are large.
_LARGEST_OF_EACH, _LARGEST_MOVE = 0.003, 0.5

# In larger batches than these chance does less, so that hidden units may learn the faster; up to so many times.
CALM_BATCH, _CALMEST = 32, 16

# Where outputs follow numbers, chance in a batch counts as so many hidden units at most (`Rates.units_of_chance`).
MOST_UNITS_OF_CHANCE = 50

# Below outputs without ends so many units of a single layer bear a usual rate, and more of them bear more.
_UNITS_OF_CALM = 5

# Where classes have different weights, chance has it which of them a batch is of, and takes outputs to one end or the
# other, from which squared errors hardly bring them back. By the mean square of these weights less 1, in a batch of one.
_RATE_OF_CHANCE = 20

# In smaller ones it does so much that hidden units learn no faster than output units, which few heavy instances hold back.
_NOISY_BATCH = 8

# Inputs that are so many times as small as standardised ones, or as rare, ask for a larger rate of hidden layers, up to so
# many times, and fewer the more inputs have in common; but not those that are so small, all together, that biases would
# move net inputs far more than weights do.
_SMALL_INPUTS, _MOST_OF_SMALL_INPUTS, _LEAST_NORM = 2, 10, 0.1

# So many units have the whole head start. Fewer have less by the square of their number, and more by its root.
_UNITS_OF_START = 100

# What comes down to a single hidden layer is less by the root of what the output units have given up.
_POWER_OF_SINGLE_LAYER = 1.5


class LearningRates(NamedTuple):
    """What an update rule has of them; hidden layers may have their own, and a larger one in the first updates."""

    of_outputs: float
    hidden_factor: float = 1.0
    head_start: float = 1.0
    updates_of_start: float = UPDATES_OF_START


def updates_of_start(n_batches):
    """How many updates leave a half of a head start: more where a call has few of them, as in a stream of small chunks,
    whose instances are not presented again."""
    return UPDATES_OF_START * (1 + 3 / n_batches**2)


def most_alike_without_ends(layer_sizes):
    """How many instances of a batch count at most for the rate of hidden layers below outputs that no end holds back."""
    times = layer_sizes[-2] / _UNITS_OF_CALM if len(layer_sizes) == 3 else 1.0
    return CALM_BATCH * max(1.0, times)


def first_step(curvature, momentum):
    return 0.1


@lru_cache(maxsize=_N_KEPT)
def rate_of_descent(curvature, momentum):
    """Along the weights of an output unit the curvature is about 1 + Σ_i O_i², which a stable rate is the inverse of. Along
    those of a hidden unit it is a small part of 1 + Σ_i x_i², which matters where the inputs are many or not scaled. The
    curvature of the penalty is the same for all, and moves no weight further than to 0. Where layers do not bound what they
    pass on, all of them move the outputs at once, each by as much as its own 1 + Σ_i O_i² says. Of a few hidden units it is
    no more than of those that chance in a batch asks for."""
    rates, (below_outputs, below_hidden) = curvature.rates, _curvatures(curvature)
    of_chance = 1 + curvature.mean_square * curvature.units_of_chance
    rate = min(rates.largest, rates.factor / max(below_outputs, below_hidden, of_chance))
    rate /= max(1.0, curvature.weight_of_one, _RATE_OF_CHANCE * curvature.excess_of_classes)
    before = sum(1 + curvature.mean_square * n for n in curvature.n_units_before)
    rate *= below_outputs / (below_outputs + before)
    rate = min(rate, 1 / curvature.penalty) if curvature.penalty > 0 else rate
    return _share_of_one_update(curvature, momentum) * rate


def _share_of_one_update(curvature, momentum):
    """With momentum each update is made 1 / rest times in the end."""
    rest = _rest_of(momentum)
    return rest * min(1.0, rest * curvature.room_for_momentum)


def _rest_of(momentum):
    return max(1 - float(momentum), 0.01)


def _curvatures(curvature):
    """What they are along the weights of output units, and of hidden ones."""
    below_outputs = 1 + curvature.mean_square * curvature.n_units
    return below_outputs, curvature.steepness * (1 + curvature.square_norm)


@lru_cache(maxsize=_N_KEPT)
def hidden_factor_of_descent(curvature, momentum):
    """Along the weights of output units the curvature grows with the units below them, along those of hidden units it does
    not. At one rate for both, hidden units learn the less, the more they are [1]_. So hidden layers keep the rate that a
    network of the usual width has, unless the targets grow with the units. Wide layers of units of one sign push together:
    above them it is less. What else holds the output units back, hidden layers do not share either. All that a single one
    keeps by more, as the errors that come down to it are smaller by the root of it, like the first weights above wide
    layers. Inputs set the limit.

    References
    ----------
    .. [1] Yang, G. and Hu, E. J. (2021). Tensor programs IV: Feature learning in infinite-width neural networks. ICML.
    """
    of_units, of_others = _units_hold_back_by(curvature, momentum), _others_hold_back_by(curvature, momentum)
    calmness = _calmness(curvature)
    of_small = _small_inputs_ask_for(curvature)
    if of_units == of_others == calmness == of_small == 1:
        return 1.0
    limit = _most_of_inputs(curvature, momentum)
    if curvature.n_hidden_layers > 1:
        by_units, by_all = of_units, of_units * (of_others * calmness) ** 0.5
    else:
        by_units = max(of_units, min(of_units**_POWER_OF_SINGLE_LAYER, limit))
        by_all = (of_units * of_others) ** _POWER_OF_SINGLE_LAYER * calmness
    # Over inputs that are larger than standardised ones, or far from 0, units turn at the usual rate as fast as they may.
    return max(by_units, min(by_all, limit / curvature.excess_of_inputs), min(of_small, limit))


def _small_inputs_ask_for(curvature):
    """How many times as large a rate of hidden layers. A weight moves by its input, and moves a net input by it once more:
    of texts, most of whose words an instance does not have, hidden units would learn late. Only the first layer has them,
    so that of several it is the root."""
    of_norm = _MOST_OF_SMALL_INPUTS * curvature.square_norm / _LEAST_NORM
    of_common = _MOST_OF_SMALL_INPUTS / (1 + curvature.square_of_mean)
    factor = max(1.0, min(curvature.lack_of_inputs / _SMALL_INPUTS, of_common, of_norm))
    factor = 1 + (factor - 1) * min(1.0, curvature.n_alike / _NOISY_BATCH)
    return factor if curvature.n_hidden_layers == 1 else factor**0.5


def _most_of_inputs(curvature, momentum):
    """What the rate of hidden layers may be over that of the output units, as the inputs and the penalty have it."""
    below_outputs, below_hidden = _curvatures(curvature)
    limit = below_outputs / below_hidden
    if curvature.penalty > 0:
        rate = rate_of_descent(curvature, momentum)
        limit = min(limit, _share_of_one_update(curvature, momentum) / curvature.penalty / rate)
    return limit


@lru_cache(maxsize=_N_KEPT)
def head_start_of_descent(curvature, momentum):
    """Errors come down to hidden units the smaller, the more of them there are, so that they learn later than the output
    units. A single layer of sigmoids may make up for it as far as inputs, what they have in common, and chance let it."""
    if curvature.n_hidden_layers > 1 or not curvature.is_one_sided:
        return 1.0
    factor, usual = (
        hidden_factor_of_descent(each, momentum) for each in (curvature, curvature._replace(lack_of_inputs=1.0))
    )
    limit = _most_of_inputs(curvature, momentum) / curvature.excess_of_inputs / factor
    n_times = curvature.n_units / _UNITS_OF_START
    of_units = HEAD_START * min(n_times**2, n_times**-0.5)
    of_batch = HEAD_START * min(1.0, curvature.n_alike / _NOISY_BATCH)
    of_batch /= max(1.0, _RATE_OF_CHANCE * curvature.excess_of_classes)
    of_common = HEAD_START / (1 + curvature.square_of_mean)
    return max(1.0, min(min(of_units, of_batch, of_common) * usual / factor, limit))


def _units_hold_back_by(curvature, momentum):
    """How many times as large the rate would be, were there no more units than is usual."""
    n_usual = _UNITS_OF_RATE
    if curvature.is_one_sided:
        n_usual = max(n_usual, curvature.n_widest_before)
    if curvature.n_units <= n_usual or curvature.are_targets_scaled:
        return 1.0
    rate, rate_of_usual = (rate_of_descent(each, momentum) for each in (curvature, curvature._replace(n_units=n_usual)))
    # Where inputs decide the rates, more units only make the share of the other layers smaller.
    factor = max(1.0, rate_of_usual / rate)
    return factor**0.5 if curvature.n_hidden_layers > 1 and curvature.is_one_sided else factor


def _others_hold_back_by(curvature, momentum):
    """The same, were it not for momentum that squared errors of sigmoids do not bear, and for heavy instances."""
    of_momentum = max(1.0, 1 / (_rest_of(momentum) * curvature.room_for_momentum))
    of_chance = max(1.0, _NOISY_BATCH / curvature.n_alike)
    return max(1.0, of_momentum * max(1.0, curvature.weight_of_one) / of_chance)


def _calmness(curvature):
    """How many usual batches one is worth. What all inputs have in common moves all hidden units to one end together, from
    which chance would bring them back: it is less where they are not centred."""
    common = 1 + curvature.square_of_mean  # of which the square may be too large
    return max(1.0, min(curvature.n_alike / CALM_BATCH, _CALMEST) / common / common)


def largest_of_each(square_norm):
    """What a rule takes at most that moves each weight by about the rate, and so a net input by as many times as much as
    inputs are large.

    Parameters
    ----------
    square_norm : float
        Σ_i x_i² of the instances, on average.
    """
    return min(_LARGEST_OF_EACH, _LARGEST_MOVE / math.sqrt(max(1.0, square_norm)))


def rate_of_adam(curvature, momentum):
    """A step moves each weight alike, and so a net input by about as many times as much as there are units below."""
    return min(curvature.rates.largest_of_each, 1 / curvature.n_units)


def hidden_factor_of_adam(curvature, momentum):
    """Hidden units have no more inputs where there are more of them. A single layer keeps the rate of the usual width; of
    several ones each passes on what all below it move, so that theirs is larger by the root of as much."""
    n_usual = max(_UNITS_OF_RATE, curvature.n_widest_before)
    rate, rate_of_usual = (rate_of_adam(curvature._replace(n_units=n), momentum) for n in (curvature.n_units, n_usual))
    factor = max(1.0, rate_of_usual / rate)
    return factor if curvature.n_hidden_layers == 1 else factor**0.5
