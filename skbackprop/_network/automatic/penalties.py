"""The penalty of the weights that the data ask for, as they say before the first epoch.

References
----------
A. Krogh, J. A. Hertz, "A simple weight decay can improve generalization", NIPS 1991: the decay that suits a network grows
with the noise of its targets.
"""

import math

# Targets are learned by heart as far as much is left of them, for each instance over the inputs; and the less so, the
# smaller the ridge is that tells them best, as a rule then asks for more than the units of the regressions. Of classes such
# a part counts as noise, or what the ridge is over one with which all is noise, whichever is more.
_OF_LEFT_FOR_EACH_INPUT, _SMALLEST_RIDGE, _POWER_OF_RIDGE = 400, 1e-3, 1 / 3
_PART_OF_NUMBERS, _FULL_RIDGE = 1 / 4, 0.3

# Where that is more than the usual penalty, a third of it is taken, up to the first of these, and to the instances over the
# second; and no more than the usual one where so much is left that it may be anything.
_LESS_BEYOND, _MOST_OF_NUMBERS, _N_OF_MORE, _NOTHING = 3, 4.0, 75, 0.96

# Networks of larger batches, or of more units at one rate for all, get less far in as many epochs, and learn less by heart.
_N_UNITS, _BATCH_SIZE, _POWER = 100, 32, 3

# Hidden layers that keep their rate learn as much however many units they have, but weights are the smaller then. So it is
# with larger batches, where the rate follows them.
_POWER_WITH_OWN_RATE = 0.5

# Over so few inputs, where the data ask for first net inputs of such a size, units bend much, and random ones fall behind.
_FEW_INPUTS, _BENT = 4, 2.0

# Where less of the targets is told, what is left need not be noise: the more instances there are for each input, the
# likelier training finds a rule in it. Classes, whose rule a penalty may keep from being found, have a part of it.
_LEAST_TOLD, _LEAST_TOLD_OF_MANY = 0.1, 0.02
_N_OF_RULE_FOR_EACH_INPUT, _PART_OF_CLASSES = 50, 0.5

# Of more instances classes learn less noise by heart, and of borders that random units miss more is to be found.
_N_OF_CLASSES = 3000

# Of a label that half of the instances have.
_LARGEST_VARIANCE_OF_LABEL = 1 / 4

# Digits that are told of a penalty: the last ones of what it is made from depend on the order of the instances.
_N_DIGITS = 4


def penalty_of_instance(network):
    """The penalty beside the loss of an instance that suits the noise of the targets; 0 where there is little.

    One or two inputs have none, nor have three or four over which units bend: those have large weights. So have units of
    small inputs, of which it is smaller. Of inputs that are mostly zero, as words of texts and categories are, an instance
    has those that are not. Where hardly anything is told of the targets, the penalty is smaller, too, as they may follow
    what random units cannot tell; and of many instances it is the smaller, the more there are.

    Parameters
    ----------
    network : NewNetwork
        That asks for noise.

    Returns
    -------
    penalty : float or None
        None of too few instances to tell.
    """
    training_set, n_inputs = network.training_set, network.layer_sizes[0]
    rates = training_set.loss.rates
    if rates.largest_penalty == 0 or not network.has_hidden or network.is_of_few_inputs:
        return 0.0
    told = network.told
    if told.is_of_too_few:
        return None
    is_bent = n_inputs <= _FEW_INPUTS and told.net is not None and told.net >= _BENT
    if is_bent or not math.isfinite(told.least):
        return 0.0
    n_of_one = network.n_of_one
    times = min(1.0, network.square_norm / n_of_one) * part_of_penalty(told, n_inputs, n_of_one, training_set)
    # The weights above hidden units grow with targets that are larger than is usual, and need no larger penalty.
    # Several that share a variance, and several labels, move weights together by more than each alone.
    variance = min(told.variance, training_set.loss.target_scale**2) * math.sqrt(training_set.loss.n_sharing)
    # As many labels of even odds vary as much as these.
    n_even = told.n_labels * min(1.0, told.variance / _LARGEST_VARIANCE_OF_LABEL)
    return _rounded(rates.largest_penalty * variance * math.sqrt(max(1.0, n_even)) * times)


def part_of_penalty(told, n_inputs, n_of_one, training_set):
    """How many times the usual penalty suits what is told of so many inputs.

    Parameters
    ----------
    told : Told
    n_inputs : int
    n_of_one : float
        Inputs that an instance has.
    training_set : TrainingSet
        Of whose loss and units it is.

    Returns
    -------
    part : float
    """
    is_of_numbers, for_each = training_set.units.groups is None, n_of_one / told.n_instances
    part = (
        _part_of_numbers(told, for_each) if is_of_numbers else _part_of_classes(told, for_each, training_set.loss.rates)
    )
    if told.least > _most_noise(training_set):
        part *= min(1.0, _N_OF_RULE_FOR_EACH_INPUT * n_inputs / told.n_instances)
        if not is_of_numbers:
            part *= _PART_OF_CLASSES
    return part


def _part_of_numbers(told, inputs_for_each):
    """The noise for each of so many inputs over the instances. Of more than one a third counts, up to so much, but no more
    than one of few instances, where nothing is told, and where products of inputs tell it. What follows a straight line has
    one at least: small weights keep nothing of that from being told."""
    part = _by_heart(told, inputs_for_each)
    is_of_more = told.least < _NOTHING and not told.is_of_products
    most = min(_MOST_OF_NUMBERS, told.n_instances / _N_OF_MORE) if is_of_more else 1.0
    least = 1.0 if told.is_of_line and is_of_more else 0.0
    return max(least, min(part, max(1.0, min(part / _LESS_BEYOND, most))))


def _part_of_classes(told, inputs_for_each, rates):
    """Many inputs over the instances ask for small weights, which a small penalty leaves as they are."""
    few = min(rates.most_times_of_many_inputs, max(1.0, rates.many_for_each_input * inputs_for_each))
    part = min(1.0, max(told.ridge / _FULL_RIDGE, _PART_OF_NUMBERS * _by_heart(told, inputs_for_each)))
    return part * few * min(1.0, _N_OF_CLASSES / told.n_instances)


def _by_heart(told, inputs_for_each):
    """How much of the noise of targets is learned by heart."""
    power = max(told.ridge, _SMALLEST_RIDGE) ** _POWER_OF_RIDGE
    return _OF_LEFT_FOR_EACH_INPUT * min(1.0, told.least) * power * inputs_for_each


def _most_noise(training_set):
    """The part of the targets that may be left; of many classes, of which each output tells one, the more."""
    groups = training_set.units.groups
    if groups is None:
        return 1 - _LEAST_TOLD
    return 1 - max(_LEAST_TOLD / max(2, *groups), _LEAST_TOLD_OF_MANY)


def slowness_of(n_units, batch_size, n_instances, are_targets_scaled=False, keeps_rate=False, follows_batches=False):
    """What the penalty is divided by for training that gets less far in as many epochs than is usual.

    Parameters
    ----------
    n_units : int
        In the last hidden layer.
    batch_size : int or None
        None of a solver that takes no batches.
    n_instances : float
        Infinite where a batch that holds all is counted by its different instances.
    are_targets_scaled : bool
        Whether the targets are the larger, the more units there are, by which all networks get as far. The penalty grows
        with their square then, and weights that stay what they were want one that grows as their gradients do.
    keeps_rate : bool
        Whether hidden layers keep their learning rate where units are many.
    follows_batches : bool
        Whether theirs is the larger, the larger batches are.
    """
    of_units, of_batches = max(1.0, n_units / _N_UNITS), 1.0
    if batch_size is not None and batch_size > _BATCH_SIZE:
        if batch_size >= n_instances:  # so that weights are repetition
            return math.inf
        of_batches = batch_size / _BATCH_SIZE
    power = 1 if are_targets_scaled else _POWER_WITH_OWN_RATE if keeps_rate else _POWER
    return of_units**power * of_batches ** (_POWER_WITH_OWN_RATE if follows_batches else _POWER)


def _rounded(number):
    """With a few digits; 0 of what is not finite."""
    return float(f"{number:.{_N_DIGITS}g}") if math.isfinite(number) else 0.0
