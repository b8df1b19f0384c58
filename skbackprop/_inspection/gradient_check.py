"""Back-propagation's gradient beside central differences of the loss: `check_gradient`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._estimators.base import check_type
from .._estimators.parameters import REQUIREMENTS
from .._network import backprop
from .._network.parameters import Parameters
from .._network.units import ACTIVATIONS, apply_output_units
from .._public import public
from .networks import check_counts, exact_copy, make_instances

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._estimators.base import BaseBackprop
    from .._types import Matrix, Seed

# Half the distances of central differences, as moves of net inputs where inputs are large. The error of a difference grows
# with the square of its step, and the share of rounding with its inverse; a step across the kink of a relu unit goes wrong,
# and a shorter one may not reach it.
_STEPS = (1e-5, 1e-6, 1e-7)

# Of a parameter's own size; a step below it would not be made.
_LEAST_STEP = 1e-13

# Of differences to one side, whose error grows with the step itself.
_STEP_OF_SIDES = 1e-8

# A difference that agrees so well needs no second opinion.
_NEAR = 1e-7

# What is small beside these shares is told from the other numbers' errors no better than from its own.
_SHARE_OF_GRADIENT = 1e-2
_SHARE_OF_LOSS = 1e-3

# Rounding may be as many times what it is to first order.
_ROOM = 4.0

# Of net inputs' own size, a move that is far above rounding, and along which slopes hardly change.
_MOVE = 2.0**-24


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
        The largest relative error of all weights and biases compared: the difference between the two numbers, less what
        rounding may make of it, over the size of the gradient, or where that is small, over a hundredth of the largest
        gradient or a thousandth of the loss, whichever is more. Below 1e-6 all is well; where the inputs are on one
        scale a wrong formula gives 1e-2 and more. Of a network that fits its instances so well that there is little but
        rounding left, 0 says nothing: check it as it begins.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If the data, max_parameters or random_state will not do.

    See Also
    --------
    explain_step : One update in all its steps.

    Notes
    -----
    A central difference over a step h is off by up to the rounding error of the loss over h [2]_, which a running error
    analysis bounds: from layer to layer it adds up how far rounding moves the net inputs [3]_. Where the loss has a kink
    within the step, as relu and the absolute error have one, the gradient may be anything between the differences to both
    sides.

    References
    ----------
    .. [1] Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 5.3.3, "Efficiency of backpropagation".
    .. [2] Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, 2nd edition, section 8.1, "Finite-difference
       derivative approximations".
    .. [3] Higham, N. J. (2002). Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3, "Running error
       analysis".

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
    if not REQUIREMENTS["random_state"].is_met(random_state):
        wording = REQUIREMENTS["random_state"].wording
        raise ValueError(f"random_state={random_state!r} is not valid: it must be {wording}.")
    network = exact_copy(estimator if hasattr(estimator, "coefs_") else clone(estimator).initialize(X, y))
    instances = make_instances(network, X, y, sample_weight)
    parameters = Parameters.from_arrays(network.coefs_, network.intercepts_)
    places = np.arange(parameters.vector.size)
    if places.size > max_parameters:
        places = check_random_state(random_state).choice(places, max_parameters, replace=False)
    with np.errstate(all="ignore"):
        alpha = network._alpha(parameters.layer_sizes, instances)
        check = _Check(parameters, instances, alpha)
        return max(check.relative_error(place) for place in places)


class _Check:
    """Back-propagation's gradient of the mean loss, and what it is compared with.

    Parameters
    ----------
    parameters : Parameters
        Moved and put back.
    instances : TrainingSet
    alpha : float
        Strength of the penalty.
    """

    def __init__(self, parameters, instances, alpha):
        self._parameters = parameters
        self._instances = instances
        self._penalty = alpha / instances.mean_weight / instances.inputs.shape[0]
        self._gradient = _gradient(parameters, instances, alpha)
        self._loss = self._mean_loss()
        outputs = backprop.forward(parameters, instances.inputs, instances.units)
        self._rounding = self._bound_rounding(outputs)
        self._reaches = _reaches(parameters, [instances.inputs, *outputs[:-1]])
        shares = [_SHARE_OF_GRADIENT * np.abs(self._gradient).max(), _SHARE_OF_LOSS * abs(self._loss)]
        self._scales = np.maximum(np.abs(self._gradient), max(*shares, np.finfo(float).tiny))

    def relative_error(self, place):
        """How far the gradient along one parameter is from its differences: from the nearest, where one is far.

        Parameters
        ----------
        place : int
            The parameter's, in the vector of all.

        Returns
        -------
        error : float
            Over the size of the gradient; infinity where it cannot be told.
        """
        distance = math.inf
        for step in _STEPS:
            step, (_, central, _) = self._differences(place, step)
            distance = min(distance, self._distance(place, central, central, step))
            if distance < _NEAR:
                return distance
        step, (left, _, right) = self._differences(place, _STEP_OF_SIDES)
        return min(distance, self._distance(place, min(left, right), max(left, right), step / 2))

    def _distance(self, place, low, high, step):
        """From the gradient to what lies between two differences, but for rounding."""
        slope = self._gradient[place]
        rounding = _ROOM * (self._rounding.loss / step + self._rounding.gradient[place])
        excess = np.maximum(low - slope, slope - high) - rounding
        if not np.isfinite(excess):  # as of outputs that overflow, of which nothing is known
            return math.inf
        return float(max(0.0, excess) / self._scales[place])

    def _differences(self, place, step):
        """The step that is made, and differences of the loss to the left, to both sides, and to the right."""
        vector = self._parameters.vector
        value = vector[place]
        step = max(step / self._reaches[place], _LEAST_STEP * abs(value))
        low, high = value - step, value + step
        vector[place] = low
        below = self._mean_loss()
        vector[place] = high
        above = self._mean_loss()
        vector[place] = value
        # Of the numbers as they are: a step that is added to a much larger number becomes another one.
        left, right = (self._loss - below) / (value - low), (above - self._loss) / (high - value)
        return step, (left, (above - below) / (high - low), right)

    def _mean_loss(self):
        """E, the mean over the instances with the penalty, by nothing but the way forward."""
        outputs = backprop.forward(self._parameters, self._instances.inputs, self._instances.units)
        losses = _losses(self._parameters, self._instances, outputs)
        return np.average(losses, weights=self._instances.weights) + self._half_square()

    def _half_square(self):
        """What the penalty adds to the loss."""
        weights = self._parameters.weight_vector
        return 0.5 * self._penalty * weights @ weights

    def _bound_rounding(self, outputs):
        """What rounding may make of the mean loss, and of the gradient."""
        instances, eps = self._instances, np.finfo(float).eps
        sizes = _sizes_of_net(self._parameters, instances, outputs)
        errors, roundings = _round_errors(self._parameters, instances, outputs, sizes)
        losses = _losses(self._parameters, instances, outputs)
        rounded = _losses(self._parameters, instances, [*outputs[:-1], np.nextafter(outputs[-1], -np.inf)])
        of_losses = eps * ((np.abs(errors) * sizes).sum(axis=1) + losses) + np.abs(rounded - losses)
        if instances.loss.has_cancelling_terms:
            net = np.abs(_last_net(self._parameters, instances, outputs))
            of_losses += eps * (outputs[-1] + instances.targets * (1 + net)).sum(axis=1)
        gradient = _absolute_gradient(self._parameters, instances, outputs, roundings)
        gradient.weight_vector[...] += eps * self._penalty * np.abs(self._parameters.weight_vector)
        loss = np.average(of_losses, weights=instances.weights) + eps * self._half_square()
        return _Rounding(loss, gradient.vector)


class _Rounding(NamedTuple):
    """What rounding may make of numbers, to first order.

    Attributes
    ----------
    loss : float
    gradient : ndarray of shape (n_parameters,)
    """

    loss: float
    gradient: np.ndarray


def _gradient(parameters, instances, alpha):
    """Back-propagation's gradient of the mean loss, of shape (n_parameters,)."""
    into = Parameters(parameters.layer_sizes, np.float64)
    backprop.batch_gradient(parameters, instances, None, slice(0, instances.inputs.shape[0]), alpha, into)
    return into.vector


def _reaches(parameters, below):
    """How far a unit of each parameter moves a net input: of a weight the largest output that comes to it."""
    reaches = Parameters(parameters.layer_sizes, np.float64)
    reaches.vector[...] = 1.0
    for weights, outputs in zip(reaches.weights, below, strict=True):
        largest = abs(outputs).max(axis=0)
        largest = largest.toarray().ravel() if issparse(largest) else largest
        weights[...] = np.maximum(largest, 1.0)[:, np.newaxis]
    return reaches.vector


def _last_net(parameters, instances, outputs):
    """I_j of the output units."""
    below = outputs[-2] if len(outputs) > 1 else instances.inputs
    return below @ parameters.weights[-1] + parameters.biases[-1]


def _losses(parameters, instances, outputs):
    """The loss of each instance; one that cuts outputs off is taken of net inputs instead."""
    loss = instances.loss
    if loss.losses_of_net is None:
        return loss.losses(outputs[-1], instances.targets, loss.parameter)
    return loss.losses_of_net(_last_net(parameters, instances, outputs), instances.targets)


def _sizes_of_net(parameters, instances, outputs):
    """Of each output unit's I_j what it is the sum of, without signs; times the rounding of a number it is what I_j has."""
    sizes = abs(instances.inputs)
    scale_by_slope = ACTIVATIONS[instances.units.activation].scale_by_slope
    for weights, biases, out in zip(parameters.weights, parameters.biases, outputs, strict=True):
        of_net = sizes @ np.abs(weights) + np.abs(biases)
        sizes = of_net.copy()
        scale_by_slope(sizes, out)
        sizes += np.abs(out)
    return of_net


def _round_errors(parameters, instances, outputs, sizes):
    """Err_j of the output units, and what rounding of I_j and O_j may make of them."""
    loss, eps = instances.loss, np.finfo(float).eps
    moved = apply_output_units(_last_net(parameters, instances, outputs) + _MOVE * sizes, instances.units)
    ways = outputs[-1], moved, np.nextafter(outputs[-1], -np.inf)
    errors, of_moved, of_next = (loss.errors(out, instances.targets, loss.parameter) for out in ways)
    roundings = eps / _MOVE * np.abs(of_moved - errors) + np.abs(of_next - errors) + eps * np.abs(errors)
    return errors, roundings


def _absolute_gradient(parameters, instances, outputs, errors):
    """What errors of output units make of the gradient where nothing cancels out."""
    sizes = Parameters(parameters.layer_sizes, np.float64)
    sizes.vector[...] = np.abs(parameters.vector)
    weights = 1.0 if instances.weights is None else instances.weights[:, np.newaxis]
    into = Parameters(parameters.layer_sizes, np.float64)
    ways = [np.abs(out) for out in outputs]
    shares = errors * weights / len(errors)
    backprop.gradient(sizes, abs(instances.inputs), ways, shares, instances.units.activation, into)
    return into
