"""What a network is compared with: the best constant outputs, and ridge regressions with a linear or a smooth kernel."""

import math

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse

from ..._network import backprop
from ..._network.parameters import select, sums_of_codes
from ..._network.threads import one_blas_thread

# A network that learned shows it on this many instances; only where they leave a doubt are all of them looked at.
SAMPLE_SIZE = 1000

# By less than these shares of loss and of squared error, outputs are not better than constant ones: an update that does no
# more than follow the last instances gains as much.
_LEAST_GAINS = (1e-2, 1e-3)

# Of misclassified instances the share is this for each class but one, up to the larger number: the more classes there are,
# the more of them a network gets right that tells none of them from the others.
_LEAST_GAIN_PER_CLASS, _LARGEST_LEAST_GAIN = 1e-2, 5e-2


def gains_of(parts, constant):
    """By what shares loss and error are smaller than those of constant outputs; of pairs of outputs and instances."""
    scores = np.zeros((2, 2))
    with np.errstate(all="ignore"):
        for outputs, instances in parts:
            for mine, each in zip(scores, (outputs, np.broadcast_to(constant, outputs.shape)), strict=True):
                mine += backprop.sums(each, instances)
        return 1 - scores[0] / scores[1]


def least_gains(groups):
    """By what shares of loss and error a network that learned is better than constant outputs."""
    if groups is None:
        return np.array(_LEAST_GAINS)
    n_classes = max(2, groups[0]) if len(groups) == 1 else 2
    return np.array([_LEAST_GAINS[0], min(_LEAST_GAIN_PER_CLASS * (n_classes - 1), _LARGEST_LEAST_GAIN)])


def best_constant(training_set):
    """The outputs that would cost least if they were the same for all instances."""
    targets, weights, loss = training_set.targets, training_set.weights, training_set.loss
    if training_set.codes is not None:
        weights = sums_of_codes(training_set.codes, weights, len(targets))
    return loss.best_constant(targets, weights, loss.parameter).astype(targets.dtype)


def loss_of_constant(training_set, instances=None):
    """The mean loss of the best constant outputs, on a sample of these or of other instances; NaN where none has weight."""
    instances = training_set if instances is None else instances
    sample = select(instances, slice(0, None, max(1, instances.inputs.shape[0] // SAMPLE_SIZE)))
    n_instances = sample.inputs.shape[0]
    with np.errstate(all="ignore"):
        constant = best_constant(training_set)
        total, _ = backprop.sums(np.broadcast_to(constant, (n_instances, len(constant))), sample)
        return float(total / np.float64(n_instances if sample.weights is None else sample.weights.sum()))


def exact_loss_of_constant(training_set):
    """The same on all instances."""
    codes, weights = training_set.codes, training_set.weights
    if codes is not None:
        parts = [one_of_each_class(training_set, sums_of_codes(codes, weights, len(training_set.targets)))]
    else:
        starts = range(0, training_set.inputs.shape[0], SAMPLE_SIZE)
        parts = (select(training_set, slice(start, start + SAMPLE_SIZE)) for start in starts)
    loss = weight = 0.0
    with np.errstate(all="ignore"):
        constant = best_constant(training_set)
        for part in parts:
            n_instances = part.inputs.shape[0]
            loss += backprop.sums(np.broadcast_to(constant, (n_instances, len(constant))), part)[0]
            weight += n_instances if part.weights is None else part.weights.sum(dtype=float)
        return float(loss / weight)


def one_of_each_class(training_set, weights=None):
    """One instance of each class, whose inputs say nothing, with these weights; of a training set with codes."""
    n_codes = len(training_set.targets)
    inputs = np.zeros((n_codes, 1), dtype=training_set.inputs.dtype)
    return training_set._replace(
        inputs=inputs, codes=np.arange(n_codes, dtype=training_set.codes.dtype), weights=weights
    )


def costs_of(outputs, instances):
    """Two numbers that outputs of any size cost: the loss, if it takes them, or squared residuals; and the errors.

    Errors are of labels that are wrong, so a network whose outputs decide rightly is not called poor for being unsure.
    """
    loss = instances.loss
    with np.errstate(all="ignore"):
        if instances.units.groups is None and loss.least_target == -math.inf:
            costs = loss.losses(outputs, instances.targets, loss.parameter)
        else:
            costs = ((outputs - instances.targets) ** 2).sum(axis=1)
        cost = costs.sum() if instances.weights is None else instances.weights @ costs
        return np.array([cost, backprop.sums(outputs, instances)[1]], dtype=float)


def costs_of_linear(inputs, instances):
    """What instances cost the best of some linear models, each of which learns of an instance from the others."""
    return costs_of_ridge(_linear_kernel, inputs, instances)


def costs_of_ridge(kernel, inputs, instances):
    with one_blas_thread(), np.errstate(all="ignore"):
        guesses = _guesses(kernel(inputs), instances.targets, instances.weights)
        return np.min([costs_of(guess, instances) for guess in guesses], axis=0, initial=math.inf)


def _guesses(kernel, targets, weights):
    """What models with this kernel, and several penalties, say of each instance when they learn the others.

    A ridge regression in its dual form, which is as quick for wide inputs: with G = K + λ, of a kernel K of products of
    instances, a residual that the instance had no part in is (G⁻¹ T)_i / (G⁻¹)_ii.
    """
    roots = np.ones(len(targets)) if weights is None else np.sqrt(weights.astype(float))
    kernel = kernel * np.outer(roots, roots)
    if not np.isfinite(kernel).all():
        return
    shift = np.average(targets.astype(float), axis=0, weights=roots**2)
    centred = (targets - shift) * roots[:, np.newaxis]
    values, vectors = eigh(kernel)
    for penalty in values.mean() * np.array([1e-3, 1e-1, 10.0]):
        inverse = (vectors / (np.maximum(values, 0) + penalty)) @ vectors.T
        residuals = (inverse @ centred) / np.diag(inverse)[:, np.newaxis]
        yield targets - residuals / roots[:, np.newaxis]


def _linear_kernel(inputs):
    """Products of the instances, their columns scaled to mean 0, if dense, and root mean square 1; and 1 for a bias."""
    if issparse(inputs):
        squares = np.bincount(inputs.indices, inputs.data.astype(float) ** 2, minlength=inputs.shape[1])
        scaled = inputs.astype(float).multiply(inverse_of(np.sqrt(squares / inputs.shape[0]))).tocsr()
        products = (scaled @ scaled.T).toarray()
    else:
        scaled = inputs - inputs.mean(axis=0, dtype=float)
        scaled *= inverse_of(scaled.std(axis=0))
        products = scaled @ scaled.T
    return products / max(1, inputs.shape[1]) + 1


def smooth_kernel(inputs):
    """Gaussian functions of the distances between instances, their columns scaled alike, as wide as is usual."""
    products = _linear_kernel(inputs)
    squares = np.diag(products)
    return np.exp(2 * products - squares[:, np.newaxis] - squares)  # of (x - x')² over the number of columns


def inverse_of(scales):
    """One over each; 0 of what is constant, or cannot be computed with."""
    with np.errstate(all="ignore"):
        inverse = 1 / scales
    return np.where(np.isfinite(inverse), inverse, 0.0)
