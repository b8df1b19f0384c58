"""The losses: what a network's outputs cost, and the errors that go back from them.

A loss belongs to an output unit. To add one, write its two functions here and name it in `REGRESSION_LOSSES` or in
`classification_loss`; the compiled kernel then needs the same pair in C, under `kernel_name`.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy


def _mean(targets, weights, _):
    return np.average(targets, axis=0, weights=weights)


def _quantiles(targets, weights, quantile):
    """The smallest target of each output that has at least this share of the weight at or below it."""
    weights = np.ones(len(targets)) if weights is None else weights
    order = np.argsort(targets, axis=0)
    is_reached = np.cumsum(weights[order], axis=0) >= quantile * weights.sum()
    rows = np.take_along_axis(order, is_reached.argmax(axis=0)[np.newaxis], axis=0)
    return np.take_along_axis(targets, rows, axis=0)[0]


class Loss(NamedTuple):
    """A loss with its output unit.

    Attributes
    ----------
    output_unit : {'exp', 'identity', 'logistic', 'softmax'}
    errors : callable
        Takes outputs O_j and targets T_j, both of shape (n_instances, n_outputs), and the parameter; returns Err_j, the
        negative slope of the loss along each output unit's net input, of the same shape.
    losses : callable
        Takes the same; returns each instance's loss, summed over its outputs, of shape (n_instances,).
    kernel_name : str
        What the compiled kernel calls the pair of output unit and loss.
    best_constant : callable
        Takes targets, weights or None, and the parameter; returns the outputs, of shape (n_outputs,), that would cost
        least if they were the same for every instance.
    parameter : float
        Of the Huber loss, where it turns linear; of the quantile loss, the quantile.
    """

    output_unit: str
    errors: object
    losses: object
    kernel_name: str
    best_constant: object
    parameter: float = 0.5


def _sigmoid_squared_errors(outputs, targets, _):
    return outputs * (1 - outputs) * (targets - outputs)  # Err_j = O_j (1 - O_j) (T_j - O_j)


def _residuals(outputs, targets, _):
    """T_j - O_j: of linear units with the squared error, and of every unit with the log-likelihood that belongs to it."""
    return targets - outputs


def _squared_losses(outputs, targets, _):
    residuals = targets - outputs
    return 0.5 * np.einsum("ij,ij->i", residuals, residuals)  # E = ½ Σ_j (T_j - O_j)²


def clip_probabilities(probabilities, out=None):
    """Away from 0 and 1, as a logarithm is taken of them."""
    eps = np.finfo(probabilities.dtype).eps
    out = np.maximum(probabilities, eps, out=out)
    return np.minimum(out, 1 - eps, out=out)


def _binary_log_losses(outputs, targets, _):
    outputs = clip_probabilities(outputs)
    return -(xlogy(targets, outputs) + xlogy(1 - targets, 1 - outputs)).sum(axis=1)


def _log_losses(outputs, targets, _):
    return -xlogy(targets, clip_probabilities(outputs)).sum(axis=1)


def _poisson_losses(outputs, targets, _):
    return (xlogy(targets, targets) - xlogy(targets, outputs) - targets + outputs).sum(axis=1)  # half the deviance


def _signs(outputs, targets, _):
    return np.sign(targets - outputs)


def _absolute_losses(outputs, targets, _):
    return np.abs(targets - outputs).sum(axis=1)


def _clipped_residuals(outputs, targets, delta):
    return np.clip(targets - outputs, -delta, delta)


def _huber_losses(outputs, targets, delta):
    sizes = np.abs(targets - outputs)
    inside = np.minimum(sizes, delta)
    return (inside * (sizes - 0.5 * inside)).sum(axis=1)


def _quantile_errors(outputs, targets, quantile):
    residuals = targets - outputs
    return np.where(residuals > 0, quantile, np.where(residuals < 0, quantile - 1, 0)).astype(outputs.dtype)


def _quantile_losses(outputs, targets, quantile):
    residuals = targets - outputs
    return np.maximum(quantile * residuals, (quantile - 1) * residuals).sum(axis=1)


def _softmax_log_losses(groups):
    """Log losses of groups of units, where a group of one has the binary one."""
    is_single = np.repeat(np.array(groups) == 1, groups)

    def losses(outputs, targets, _):
        total = _log_losses(outputs[:, ~is_single], targets[:, ~is_single], _)
        if is_single.any():
            total += _binary_log_losses(outputs[:, is_single], targets[:, is_single], _)
        return total

    return losses


REGRESSION_LOSSES = {
    "absolute_error": Loss("identity", _signs, _absolute_losses, "identity_absolute", _quantiles),
    "huber": Loss("identity", _clipped_residuals, _huber_losses, "identity_huber", _mean),
    "poisson": Loss("exp", _residuals, _poisson_losses, "exp_poisson", _mean),
    "quantile": Loss("identity", _quantile_errors, _quantile_losses, "identity_quantile", _quantiles),
    "squared_error": Loss("identity", _residuals, _squared_losses, "identity_squared", _mean),
}

# R² is no score of these: what they make is not the mean.
LOSSES_WITHOUT_R2 = ("absolute_error", "huber", "quantile")

CLASSIFICATION_LOSSES = ("log_loss", "squared_error")


def classification_loss(name, groups):
    """The loss of labels, each decided by a group of output units.

    Parameters
    ----------
    name : {'log_loss', 'squared_error'}
    groups : tuple of int
        As `Units` has them.
    """
    if name == "squared_error":
        return Loss("logistic", _sigmoid_squared_errors, _squared_losses, "logistic_squared", _mean)
    if max(groups) == 1:
        return Loss("logistic", _residuals, _binary_log_losses, "logistic_log", _mean)
    return Loss("softmax", _residuals, _softmax_log_losses(groups), "softmax_log", _mean)
