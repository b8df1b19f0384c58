"""Back-propagation's gradient beside central differences of the loss: `check_gradient`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._network import backprop
from .._network.parameters import Parameters
from .._public import public
from .networks import check_counts, check_type, exact_copy, make_instances

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._estimators.base import BaseBackprop
    from .._types import Matrix, Seed

# Half the distances of central differences. The error of a difference grows with the square of its step, and the share of
# rounding with its inverse; a step across the kink of a relu unit goes wrong, and a shorter one may not reach it.
_STEPS = (1e-5, 1e-6, 1e-7)

# A difference that agrees so well needs no second opinion.
_NEAR = 1e-7

# Differences of a loss E are known to about 1e-16 E over the step, so a gradient much below these shares drowns in that.
_SHARE_OF_GRADIENT = 1e-2
_SHARE_OF_LOSS = 1e-3


@public
def check_gradient(
    estimator: BaseBackprop,
    X: Matrix,
    y: Matrix,
    sample_weight: ArrayLike | None = None,
    *,
    max_parameters: int = 1000,
    random_state: Seed = None,
) -> float:
    """Compare back-propagation's gradient with central differences of the loss.

    All instances make one batch, and the loss is that which training makes small: the mean over the instances, with the
    penalty and with sample and class weights. It is taken in float64, whatever the dtype of the network.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        If it is fitted, or initialized, the gradient is taken at its weights and biases; else at those that it would begin
        to train with. It is not changed.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Inputs, on the scale that the network is trained with.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the instances.
    max_parameters : int, default=1000
        Of a network with more weights and biases than this, so many are drawn at random and compared.
    random_state : int, RandomState instance or None, default=None
        Draws them.

    Returns
    -------
    error : float
        The largest relative error of all weights and biases compared: the difference between the two numbers over the size
        of the gradient, or where that is small, over a hundredth of the largest gradient or a thousandth of the loss,
        whichever is more. Below 1e-6 all is well; a wrong formula gives 1e-2 and more. In between, the inputs may be far
        from one scale, or a net input near a kink of relu or of the absolute error.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If the data, or max_parameters, will not do.

    See Also
    --------
    explain_step : One update in all its steps.

    References
    ----------
    .. [1] Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 5.3.3, "Efficiency of backpropagation".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, check_gradient
    >>> X, y = load_iris(return_X_y=True)
    >>> check_gradient(BackpropClassifier((5, 4), activation="tanh", loss="log_loss", random_state=0), X, y) < 1e-6
    True
    """
    check_type(estimator)
    check_counts(max_parameters=max_parameters)
    network = exact_copy(estimator if hasattr(estimator, "coefs_") else clone(estimator).initialize(X, y))
    instances = make_instances(network, X, y, sample_weight)
    parameters = Parameters.from_arrays(network.coefs_, network.intercepts_)
    gradient, loss = _gradient(parameters, instances, float(network.alpha))

    places = np.arange(gradient.size)
    if gradient.size > max_parameters:
        places = check_random_state(random_state).choice(places, max_parameters, replace=False)
    scale = max(_SHARE_OF_GRADIENT * np.abs(gradient).max(), _SHARE_OF_LOSS * abs(loss), np.finfo(float).tiny)
    scales = np.maximum(np.abs(gradient), scale)
    return max(
        _relative_error(parameters, place, gradient[place], scales[place], instances, float(network.alpha))
        for place in places
    )


def _gradient(parameters, instances, alpha):
    """Back-propagation's gradient of the mean loss, of shape (n_parameters,), and that loss."""
    n_instances = instances.inputs.shape[0]
    into = Parameters(parameters.layer_sizes, np.float64)
    with np.errstate(all="ignore"):
        loss, _ = backprop.batch_gradient(parameters, instances, None, slice(0, n_instances), alpha, into)
    return into.vector, loss / n_instances


def _relative_error(parameters, place, slope, scale, instances, alpha):
    """How far the gradient along one parameter is from its central differences: from the nearer, where one is far."""
    error = math.inf
    for step in _STEPS:
        error = min(error, abs(slope - _difference(parameters, place, step, instances, alpha)) / scale)
        if error < _NEAR:
            break
    return float(error)


def _difference(parameters, place, step, instances, alpha):
    """A central difference of the loss along one parameter, which is left as it was."""
    value = parameters.vector[place]
    parameters.vector[place] = value + step
    above = _mean_loss(parameters, instances, alpha)
    parameters.vector[place] = value - step
    below = _mean_loss(parameters, instances, alpha)
    parameters.vector[place] = value
    return (above - below) / (2 * step)


def _mean_loss(parameters, instances, alpha):
    """E, the mean over the instances with the penalty, by nothing but the way forward."""
    with np.errstate(all="ignore"):
        outputs = backprop.forward(parameters, instances.inputs, instances.units)[-1]
        losses = instances.loss.losses(outputs, instances.targets, instances.loss.parameter)
        penalty = 0.5 * alpha / instances.mean_weight * parameters.weight_vector @ parameters.weight_vector
    return np.average(losses, weights=instances.weights) + penalty / len(losses)
