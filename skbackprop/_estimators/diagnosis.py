"""Tells a network that learned nothing from one that did, whichever rule ended its training."""

import numpy as np

from .._network import backprop, engines
from .._network.parameters import select
from .._network.units import ACTIVATIONS, OUTPUT_UNITS, decide

# A network that learned shows it on this many instances; only where they leave a doubt are all of them looked at.
_SAMPLE_SIZE = 1000

# By less than these shares of loss and of squared error, outputs are not better than constant ones: an update that does no
# more than follow the last instances gains as much.
_LEAST_GAINS = (1e-2, 1e-3)

# Of misclassified instances the share is this for each class but one, up to the larger number: the more classes there are,
# the more of them a network gets right that tells none of them from the others.
_LEAST_GAIN_PER_CLASS, _LARGEST_LEAST_GAIN = 1e-2, 5e-2


def false_convergence(parameters, training_set, stop_reason=None):
    """What a network that did not learn does on its training data.

    A network learned if it predicts more than one class, and has a smaller loss or a smaller error than the best constant
    outputs, which are the class priors or the means. Where the data hold one class or constant targets there is nothing
    to learn.

    Parameters
    ----------
    parameters : Parameters
    training_set : TrainingSet
    stop_reason : str or None
        What ended the training.

    Returns
    -------
    finding : str or None
        The second half of a sentence about the network; None where it learned or there was nothing to learn.
    """
    if not _holds_variety(training_set):
        return None
    n_instances = training_set.inputs.shape[0]
    # Of sparse inputs the indices may have been written to since they were checked.
    training_set = training_set._replace(inputs=engines.rows_of(training_set.inputs, 0, n_instances))
    stride = max(1, n_instances // _SAMPLE_SIZE)
    sample = slice(0, n_instances, stride)
    finding = _compare_with_constant(parameters, training_set, [sample])
    if finding is not None and stride > 1:
        starts = range(0, n_instances, _SAMPLE_SIZE)
        finding = _compare_with_constant(parameters, training_set, [slice(i, i + _SAMPLE_SIZE) for i in starts])
    return finding and finding + _saturation(parameters, select(training_set, sample), stop_reason)


def _holds_variety(training_set):
    """Whether any two instances have different targets."""
    numbers = training_set.targets if training_set.codes is None else training_set.codes
    return bool((numbers.min(axis=0) < numbers.max(axis=0)).any())


def _compare_with_constant(parameters, training_set, rows):
    """Why the outputs are no better than constant ones on these instances, or None if they are better.

    Parameters
    ----------
    parameters : Parameters
    training_set : TrainingSet
    rows : list of slice
        The instances, in parts.
    """
    constant = _best_constant(training_set)
    scores, decisions = np.zeros((2, 2)), []
    with np.errstate(all="ignore"):
        for part in rows:
            chunk = select(training_set, part)
            outputs = engines.predict(parameters, chunk.inputs, chunk.units)
            for mine, each in zip(scores, (outputs, np.broadcast_to(constant, outputs.shape)), strict=True):
                mine += backprop.sums(each, chunk)
            if chunk.units.groups is not None:
                decisions.append(np.unique(decide(outputs, chunk.units), axis=0))
    if decisions and len(np.unique(np.vstack(decisions), axis=0)) == 1:
        what = "one class only" if len(training_set.units.groups) == 1 else "the same labels"
        return f"predicts {what} for all its training data, though they hold more"
    if (scores[0] < (1 - _least_gains(training_set.units.groups)) * scores[1]).any():
        return None
    constant = "class prior" if decisions else "mean of the targets or another constant"
    return f"is no better on its training data than the {constant}"


def _least_gains(groups):
    """By what shares of loss and error a network that learned is better than constant outputs."""
    if groups is None:
        return np.array(_LEAST_GAINS)
    n_classes = max(2, groups[0]) if len(groups) == 1 else 2
    return np.array([_LEAST_GAINS[0], min(_LEAST_GAIN_PER_CLASS * (n_classes - 1), _LARGEST_LEAST_GAIN)])


def _best_constant(training_set):
    """The outputs that would cost least if they were the same for all instances."""
    _, targets, codes, weights, _, _, loss = training_set
    if codes is not None:
        weights = np.bincount(codes, weights, minlength=len(targets))
    return loss.best_constant(targets, weights, loss.parameter).astype(targets.dtype)


def _saturation(parameters, sample, stop_reason):
    """The shares of units that hardly learn, and what to do about it."""
    with np.errstate(all="ignore"):
        layers = backprop.forward(parameters, sample.inputs, sample.units)
    activation, output_unit = ACTIVATIONS[sample.units.activation], OUTPUT_UNITS[sample.units.output_unit]
    hidden = _flat_share(layers[:-1], activation.flat)
    outputs = _flat_share(layers[-1:], output_unit.flat)
    seen = [
        f"{share:.0%} of the outputs of its {kind} units are {flat.words}"
        for kind, share, flat in (("hidden", hidden, activation.flat), ("output", outputs, output_unit.flat))
        if flat is not None and ((kind == "hidden" and len(layers) > 1) or share > 0.5)
    ]
    if outputs > 0.5 and hidden <= 0.5:
        remedy = "try a smaller learning_rate_init"
    elif stop_reason == "update_tol":
        remedy = "try a larger learning_rate_init, or train on with update_tol=0"
    elif hidden > 0.5:
        remedy = "scale the inputs (StandardScaler does it) or try a smaller learning_rate_init"
    else:
        remedy = (
            "scale the inputs (StandardScaler does it) if they are not, try another learning_rate_init or a smaller alpha, "
            "or train longer (max_iter; smaller tolerances)"
        )
        if len(layers) > 2 and activation.deep_start is not None:
            remedy += f"; several layers of such units learn better from init_range={activation.deep_start!r}"
    where = f"; {' and '.join(seen)}" if seen else ""
    return f"{where}. To mend it, {remedy}; another start (random_state, init_range) may help too"


def _flat_share(layers, flat):
    """The share of outputs that are where their unit hardly learns."""
    if flat is None:
        return 0.0
    n_flat = sum(np.count_nonzero(flat.is_met(outputs)) for outputs in layers)
    return n_flat / max(1, sum(outputs.size for outputs in layers))
