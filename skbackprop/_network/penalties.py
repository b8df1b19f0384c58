"""The penalty of the weights that the data ask for, as they say before the first epoch.

References
----------
A. Krogh, J. A. Hertz, "A simple weight decay can improve generalization", NIPS 1991: the decay that suits a network grows
with the noise of its targets.
"""

import math

# Targets that so large a ridge tells as well as any are taken as noise as far as the ridge is large.
_FULL_RIDGE = 0.3

# Networks of more units, or of larger batches, get less far in as many epochs, and learn less by heart.
_N_UNITS, _BATCH_SIZE, _POWER = 100, 32, 3

# With fewer instances for each input, classes are told apart by small weights, which a small penalty leaves as they are.
_N_FOR_EACH_INPUT = 10

# Digits that are told of a penalty: the last ones of what it is made from depend on the order of the instances.
_N_DIGITS = 4


def penalty_of_instance(network, batch_size):
    """The penalty beside the loss of an instance that suits the noise of the targets; 0 where there is little.

    One or two inputs have none: units that bend much along a line or in a plane have large weights. So have units of small
    inputs, of which it is smaller.

    Parameters
    ----------
    network : NewNetwork
    batch_size : int, inf or None
        Infinite where all instances make one; None of a solver that takes no batches.
    """
    rates, n_inputs = network.training_set.loss.rates, network.layer_sizes[0]
    if rates.largest_penalty == 0 or not network.has_hidden or network.is_of_few_inputs:
        return 0.0
    told = network.told()
    times = min(rates.most_times_of_many_inputs, max(1.0, _N_FOR_EACH_INPUT * n_inputs / told.n_instances))
    times *= min(1.0, network.square_norm / n_inputs)
    slowness = max(1.0, network.layer_sizes[-2] / _N_UNITS) * max(1.0, (batch_size or 1) / _BATCH_SIZE)
    penalty = rates.largest_penalty * told.variance * min(1.0, told.ridge / _FULL_RIDGE) * times / slowness**_POWER
    return _rounded(penalty)


def _rounded(number):
    """With a few digits; 0 of what is so small that it has none."""
    if not math.isfinite(number):
        return 0.0
    return float(f"{number:.{_N_DIGITS}g}")
