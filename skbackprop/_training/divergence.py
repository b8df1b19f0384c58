"""A training that leaves the finite numbers: how that is seen, and what its error says to do."""

import math

import numpy as np
from scipy.sparse import issparse

from .._network.automatic.norms import largest_square_norm, mean_square_norm
from .._network.engines import predict_in_chunks
from .._network.units import ACTIVATIONS, OUTPUT_UNITS
from .._network.updates import GradientDescent

# Inputs, and targets in the mean, that are larger ask for a smaller rate; so does one of a square that is so many times the
# mean of all.
_LARGE, _FAR = 10, 30


class Divergence(ValueError):
    """The training left the finite numbers."""


def is_finite(numbers):
    """Whether all are; their sum is quicker, but that of large ones overflows."""
    with np.errstate(all="ignore"):
        return math.isfinite(numbers.sum()) or bool(np.isfinite(numbers).all())


def tells_finite(parameters, training_set):
    """Whether weights and biases are finite, and what they make of the instances."""
    if not is_finite(parameters.vector):
        return False
    if not _may_overflow(parameters, training_set):
        return True
    chunks = predict_in_chunks(parameters, training_set.inputs, training_set.units)
    return all(is_finite(chunk) for chunk in chunks)


def _may_overflow(parameters, training_set):
    """Whether finite weights and biases may make infinite numbers of these instances."""
    units, inputs = training_set.units, training_set.inputs
    if OUTPUT_UNITS[units.output_unit].may_overflow:
        return True
    if len(parameters.weights) > 1 and not ACTIVATIONS[units.activation].is_unbounded:
        return False
    with np.errstate(all="ignore"):
        size = max(float(inputs.max()), -float(inputs.min()))
        for weights, biases in zip(parameters.weights, parameters.biases, strict=True):
            size = size * float(np.abs(weights).sum(axis=0).max()) + float(np.abs(biases).max())
    return not size < float(np.finfo(parameters.vector.dtype).max)


def divergence_message(rule, training_set, batch_size, n_iter):
    """What happened, and what to do; it begins with scikit-learn's sentence."""
    momentum = f" and momentum={rule.momentum:g}" if getattr(rule, "momentum", 0) else ""
    return (
        "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
        f"preprocessed. The training diverged in epoch {n_iter} with a learning rate of {rule.learning_rate:g}{momentum}: "
        f"try a smaller learning_rate_init, such as {_smaller_rate(rule, training_set, batch_size):.1g}"
        f"{_penalty_advice(rule, training_set, batch_size)}{scaling_advice(training_set)}."
    )


def _smaller_rate(rule, training_set, batch_size):
    """A tenth, or one at which an instance that is far from all others does not take its own batch too far."""
    rate = rule.learning_rate / 10
    if training_set is None:
        return rate
    largest = largest_square_norm(training_set.inputs)
    is_far = largest > _FAR * mean_square_norm(training_set.inputs, training_set.weights)
    return min(rate, batch_size / (1 + largest)) if is_far else rate


def _penalty_advice(rule, training_set, batch_size):
    """To lower alpha, as half a sentence, where a step of the penalty alone moves weights beyond 0."""
    n_left, mean_weight = batch_size, 1.0
    if training_set is not None:
        n_left, mean_weight = training_set.inputs.shape[0] % batch_size or batch_size, training_set.mean_weight
    is_large = isinstance(rule, GradientDescent) and rule.learning_rate * rule.alpha > n_left * mean_weight
    return f", or a smaller alpha than {rule.alpha:g}" if is_large else ""


def scaling_advice(training_set):
    """What to scale, as the second half of a sentence; nothing where neither inputs nor targets are large, or known."""
    if training_set is None:
        return ""
    inputs, targets = training_set.inputs, training_set.targets
    numbers = inputs.data if issparse(inputs) else inputs
    large = ["inputs"] if numbers.size and max(numbers.max(), -numbers.min()) > _LARGE else []
    with np.errstate(over="ignore"):  # of targets whose squares are infinite, which are large
        if training_set.units.groups is None and np.sqrt(np.mean(np.square(targets, dtype=float))) > _LARGE:
            large.append("targets")
    return f", or scale the {' and '.join(large)}" if large else ""
