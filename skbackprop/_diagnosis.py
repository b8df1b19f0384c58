"""Tells a network that learned nothing from one that did, whichever rule ended its training."""

import numpy as np

from . import _backprop, _engine
from ._network import select

# A network that learned shows it on this many instances; only where they leave a doubt are all of them looked at.
_SAMPLE_SIZE = 1000

# By less than these shares of loss and of error, outputs are not better than constant ones: an update that does no more
# than follow the last instances gains as much.
_LEAST_GAINS = (1e-2, 1e-3)


def false_convergence(parameters, training_set):
    """What a network that did not learn does on its training data.

    A network learned if it predicts more than one class, and has a smaller loss or a smaller error than the best constant
    outputs, which are the class priors or the means. Where the data hold one class or constant targets there is nothing
    to learn.

    Parameters
    ----------
    parameters : Parameters
    training_set : TrainingSet

    Returns
    -------
    finding : str or None
        The second half of a sentence about the network; None where it learned or there was nothing to learn.
    """
    if not _holds_variety(training_set):
        return None
    n_instances = training_set.inputs.shape[0]
    stride = max(1, n_instances // _SAMPLE_SIZE)
    sample = select(training_set, slice(None, None, stride))
    finding = _compare_with_constant(parameters, [sample])
    if finding is not None and stride > 1:
        rows = range(0, n_instances, _SAMPLE_SIZE)
        finding = _compare_with_constant(
            parameters, [select(training_set, slice(row, row + _SAMPLE_SIZE)) for row in rows]
        )
    return finding and finding + _saturation(parameters, sample)


def _holds_variety(training_set):
    """Whether any two instances have different targets."""
    numbers = training_set.targets if training_set.codes is None else training_set.codes
    return bool((numbers.min(axis=0) < numbers.max(axis=0)).any())


def _compare_with_constant(parameters, chunks):
    """Why the outputs are no better than constant ones, or None if they are better.

    Parameters
    ----------
    parameters : Parameters
    chunks : list of TrainingSet
        The instances, in parts.
    """
    totals = [chunk.targets.sum(axis=0) if chunk.weights is None else chunk.weights @ chunk.targets for chunk in chunks]
    weight = sum(len(chunk.targets) if chunk.weights is None else chunk.weights.sum() for chunk in chunks)
    constant = sum(totals) / weight
    scores, decisions = np.zeros((2, 2)), set()
    for chunk in chunks:
        outputs = _engine.predict(parameters, chunk.inputs, chunk.output_unit)
        for mine, each in zip(scores, (outputs, np.broadcast_to(constant, outputs.shape)), strict=True):
            mine += _backprop.sums(each, chunk.targets, chunk.weights, chunk.output_unit)
        decisions.update(np.unique(_backprop.decide(outputs)).tolist())
    is_classifier = chunks[0].output_unit == "logistic"
    if is_classifier and len(decisions) == 1:
        return "predicts one class only for all its training data, though they hold more"
    if (scores[0] < (1 - np.array(_LEAST_GAINS)) * scores[1]).any():
        return None
    return f"is no better on its training data than the {'class prior' if is_classifier else 'mean of the targets'}"


def _saturation(parameters, sample):
    """The shares of hidden and of output units at an end of the sigmoid, where it is flat, and what to do about it."""
    with np.errstate(over="ignore"):
        layers = _backprop.forward(parameters, sample.inputs, sample.output_unit)
    hidden = _saturated_share(layers[:-1])
    outputs = _saturated_share(layers[-1:]) if sample.output_unit == "logistic" else 0.0
    seen = [
        f"{share:.0%} of the outputs of its {kind} units"
        for kind, share in (("hidden", hidden), ("output", outputs))
        if (kind == "hidden" and len(layers) > 1) or share > 0.5
    ]
    if outputs > 0.5 and hidden <= 0.5:
        remedy = "try a smaller learning_rate_init"
    elif hidden > 0.5:
        remedy = "scale the inputs (StandardScaler does it) or try a smaller learning_rate_init"
    else:
        remedy = (
            "scale the inputs (StandardScaler does it) if they are not, try another learning_rate_init or a smaller alpha, "
            "or train longer (max_iter; smaller tolerances)"
        )
    where = f"; {' and '.join(seen)} are below 0.01 or above 0.99, where a sigmoid hardly learns" if seen else ""
    return f"{where}. To mend it, {remedy}; another start (random_state, init_range) may help too"


def _saturated_share(layers):
    n_saturated = sum(np.count_nonzero((outputs < 0.01) | (outputs > 0.99)) for outputs in layers)
    return n_saturated / max(1, sum(outputs.size for outputs in layers))
