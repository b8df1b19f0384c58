"""The one place that picks the engine.

An engine is begun with what stays the same over a call, and presents the instances once per `epoch`. Randomness, stopping
and printing are the training loop's, so nothing per instance crosses this border.
"""

import numpy as np
from scipy.sparse import issparse

from . import _backprop

# Numbers of the scratch arrays of a prediction: 2 MiB of float64 stay in a core's cache and are long enough for BLAS.
_SCRATCH_NUMBERS = 2**18


def begin(parameters, velocity, training_set, batch_size):
    """An engine for one call.

    Parameters
    ----------
    parameters, velocity : Parameters
        Each epoch leaves its result in them. `velocity` is None without momentum.
    training_set : TrainingSet
    batch_size : int

    Returns
    -------
    engine : object
        Its method ``epoch(order, rule)`` does what `_backprop.epoch` does.
    """
    return _NumPyEngine(parameters, velocity, training_set, batch_size)


class _NumPyEngine:
    """The book's own code."""

    def __init__(self, parameters, velocity, training_set, batch_size):
        self._parameters = parameters
        self._velocity = velocity
        self._training_set = training_set
        self._batch_size = batch_size

    def epoch(self, order, rule):
        return _backprop.epoch(self._parameters, self._velocity, self._training_set, order, self._batch_size, rule)


def predict(layers, inputs, output_unit):
    """Outputs of the last layer for any number of instances, in chunks, so that the scratch is bounded.

    Parameters
    ----------
    layers : Layers or Parameters
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
        Of any floating dtype and any memory layout.
    output_unit : {'logistic', 'identity'}

    Returns
    -------
    outputs : ndarray of shape (n_instances, n_outputs)
        Of the dtype of the weights.
    """
    dtype = layers.weights[0].dtype
    n_instances = inputs.shape[0]
    outputs = np.empty((n_instances, len(layers.biases[-1])), dtype=dtype)
    n_rows = max(1, _SCRATCH_NUMBERS // max(map(max, (weights.shape for weights in layers.weights))))
    with np.errstate(all="ignore"):
        for start in range(0, n_instances, n_rows):
            rows = slice(start, start + n_rows)
            chunk = inputs[rows].astype(dtype, copy=False)
            if not issparse(chunk):
                chunk = np.ascontiguousarray(chunk)
            outputs[rows] = _backprop.forward(layers, chunk, output_unit)[-1]
    return outputs
