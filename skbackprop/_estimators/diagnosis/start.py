"""How the hidden units of a new network begin, before anything is learned."""

from typing import NamedTuple

import numpy as np

from ..._network import engines
from ..._network.units import ACTIVATIONS

# So many show how a network begins, which costs a small part of the first epoch.
_START_SAMPLE_SIZE = 256


class Start(NamedTuple):
    """How the hidden units begin.

    Attributes
    ----------
    flat_share : float
        The share of their outputs that lie where a unit hardly learns.
    net_size : float
        The root mean square of their net inputs, in the layer where it is largest.
    weight_size : float
        The largest weight of that layer.
    """

    flat_share: float
    net_size: float
    weight_size: float


def look_at_start(parameters, training_set):
    """How the hidden units of a new network begin, on a sample of what it is to learn; None where it has none."""
    if len(parameters.weights) == 1:
        return None
    activation = ACTIVATIONS[training_set.units.activation]
    n_layers = len(parameters.weights) - 1
    squares, n_flat, n_outputs = np.zeros(n_layers), 0, np.zeros(n_layers)
    with np.errstate(all="ignore"):
        for rows in blocks(training_set.inputs.shape[0], _START_SAMPLE_SIZE):
            outputs = engines.rows_of(training_set.inputs, rows.start, rows.stop)
            for layer in range(n_layers):
                net = engines.net_inputs(parameters.weights[layer], parameters.biases[layer], outputs)
                squares[layer] += np.einsum("ij,ij->", net, net)
                n_outputs[layer] += net.size
                outputs = activation.function(net)
                n_flat += 0 if activation.flat is None else np.count_nonzero(activation.flat.is_met(outputs))
    largest = int(np.argmax(squares / n_outputs))
    net_size = float(np.sqrt(squares[largest] / n_outputs[largest]))
    return Start(n_flat / n_outputs.sum(), net_size, float(np.abs(parameters.weights[largest]).max()))


def blocks(n_instances, size, n_blocks=8):
    """Slices of about `size` rows in all, from everywhere; some in a row, as single ones of a sparse matrix take long."""
    if n_instances <= size:
        return [slice(0, n_instances)]
    length = size // n_blocks
    starts = np.linspace(0, n_instances - length, n_blocks).astype(int).tolist()
    return [slice(start, start + length) for start in starts]
