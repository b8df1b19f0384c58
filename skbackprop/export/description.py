"""What a fitted network computes, as plain values: what every bridge writes down in a language of its own."""

from typing import NamedTuple

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._estimators import labels
from .._estimators.base import BaseBackprop
from .._estimators.fitted import check_fits_together, snapshot
from .._estimators.parameters import kind_of


class Layer(NamedTuple):
    """A layer of units.

    Attributes
    ----------
    weights : ndarray of shape (n_inputs, n_units)
    biases : ndarray of shape (n_units,)
    activation : str
        What a unit makes of its net input: of hidden layers a key of `ACTIVATIONS`, of the last one of `OUTPUT_UNITS`.
    """

    weights: np.ndarray
    biases: np.ndarray
    activation: str


class Description(NamedTuple):
    """All that predictions are made with.

    Attributes
    ----------
    layers : list of Layer
        From the inputs up.
    labels : Labels or None
        What the outputs stand for; None where they are numbers.
    scale, shift : ndarray of float64 of shape (n_outputs,), or None
        A prediction is an output times the scale, plus the shift; None where outputs stand for labels.
    is_flat : bool
        Whether predictions have one dimension.
    """

    layers: list
    labels: object = None
    scale: np.ndarray | None = None
    shift: np.ndarray | None = None
    is_flat: bool = True

    @property
    def dtype(self):
        """float32 or float64, of weights, biases and outputs."""
        return self.layers[0].weights.dtype

    @property
    def n_inputs(self):
        return len(self.layers[0].weights)


def describe(estimator):
    """The description of a fitted estimator; a TypeError for what is none of ours, a NotFittedError without weights."""
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            f"estimator is {kind_of(estimator)}, but must be a fitted BackpropClassifier or BackpropRegressor, or "
            f"one of their CV variants{_remedy_for(estimator)}"
        )
    check_is_fitted(estimator)
    network = snapshot(estimator)
    check_fits_together(network, is_looking_at_numbers=True)
    n_hidden = len(network.coefs_) - 1
    activations = [network._activation_] * n_hidden + [network.out_activation_]
    layers = list(map(Layer, network.coefs_, network.intercepts_, activations))
    if hasattr(network, "classes_"):
        known = labels.of(network)
        return Description(layers, known, is_flat=known.name == "single")
    return Description(layers, None, network.y_scale_, network.y_mean_, network._y_ndim_ == 1)


def _remedy_for(estimator):
    """How to come from what was passed to one of ours, or a full stop."""
    if hasattr(estimator, "best_estimator_"):  # a search
        return ": pass its best_estimator_."
    if isinstance(estimator, Pipeline):
        return ". Pipelines are for skl2onnx, after register_skl2onnx(); to_c takes those of scalers and a network."
    if isinstance(estimator, MLPClassifier | MLPRegressor):
        return ": pass what skbackprop.export.from_sklearn makes of it."
    return "."


def in_dtype(values, dtype, name):
    """Numbers in the dtype that an export computes in; a ValueError where it cannot hold one.

    Parameters
    ----------
    values : array-like
    dtype : dtype
        float32 or float64.
    name : str
        What the numbers are.
    """
    with np.errstate(over="ignore"):
        converted = np.asarray(values).astype(dtype)
    if not np.isfinite(converted).all():
        raise ValueError(
            f"dtype={np.dtype(dtype).name!r} cannot hold the numbers of {name}, which go up to {np.abs(values).max():g}: "
            "train on inputs and targets of another unit, or export the network in float64."
        )
    return converted
