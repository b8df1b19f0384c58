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
    n_instances = training_set.inputs.shape[0]
    for stride in sorted({max(1, n_instances // _SAMPLE_SIZE), 1}, reverse=True):
        instances = select(training_set, slice(None, None, stride))
        outputs = _engine.predict(parameters, instances.inputs, instances.output_unit)
        finding = _compare_with_constant(outputs, instances)
        if finding is None:
            return None
    if not _holds_variety(instances):
        return None
    return f"{finding}; {_saturation(parameters, training_set, stride=max(1, n_instances // _SAMPLE_SIZE))}"


def _compare_with_constant(outputs, instances):
    """Why the outputs are no better than constant ones, or None if they are better."""
    if instances.output_unit == "logistic":
        shown = slice(None) if instances.weights is None else instances.weights > 0
        if len(np.unique(_backprop.decide(outputs[shown]))) == 1:
            return "predicts one class only for all its training data, though they hold more"
    constant = np.broadcast_to(np.average(instances.targets, axis=0, weights=instances.weights), outputs.shape)
    scores = [
        _backprop.sums(each, instances.targets, instances.weights, instances.output_unit)
        for each in (outputs, constant)
    ]
    if any(mine < (1 - gain) * base for gain, mine, base in zip(_LEAST_GAINS, *scores, strict=True)):
        return None
    return "is no better on its training data than " + (
        "the class prior" if instances.output_unit == "logistic" else "the mean of the targets"
    )


def _holds_variety(instances):
    """Whether any two presented instances have different targets."""
    shown = slice(None) if instances.weights is None else instances.weights > 0
    return bool(np.ptp(instances.targets[shown], axis=0).any())


def _saturation(parameters, training_set, stride):
    """The share of hidden outputs at an end of the sigmoid, where it is flat, and what to do about it."""
    inputs = select(training_set, slice(None, None, stride)).inputs.astype(parameters.vector.dtype, copy=False)
    hidden = _backprop.forward(parameters, inputs, training_set.output_unit)[:-1]
    share = np.mean([np.mean((outputs < 0.01) | (outputs > 0.99)) for outputs in hidden]) if hidden else 0.0
    remedy = (
        "scale the inputs (StandardScaler does it) or try a smaller learning_rate_init"
        if share > 0.5
        else "scale the inputs (StandardScaler does it), try a larger or a smaller learning_rate_init, or train longer "
        "(max_iter; smaller tolerances)"
    )
    return (
        f"{share:.0%} of the outputs of its hidden units are below 0.01 or above 0.99, where a sigmoid hardly learns. "
        f"To mend it, {remedy}; another start (random_state, init_range) may help too"
    )
