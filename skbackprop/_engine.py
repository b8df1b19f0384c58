"""The one place that picks the engine.

An engine presents instances and updates: it has the function ``epoch`` of `_backprop`, same arguments and same meaning.
Randomness, stopping and printing are the training loop's, so nothing per instance crosses this border.
"""

import numpy as np
from scipy.sparse import issparse

from . import _backprop

# Numbers of the scratch arrays of a prediction: 2 MiB of float64 stay in a core's cache and are long enough for BLAS.
_SCRATCH_NUMBERS = 2**18


def epoch(parameters, velocity, training_set, order, batch_size, rule):
    """Present the instances in the given order, with an update after each batch; see `_backprop.epoch`."""
    return _backprop.epoch(parameters, velocity, training_set, order, batch_size, rule)


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
