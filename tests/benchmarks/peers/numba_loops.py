"""Numba: case updating in plain loops, compiled for this machine."""

import numpy as np
from numba import njit
from workloads import learning_rate

TITLE = "Numba loops"
NOTE = "case updating only; inputs that are 0 are passed over"
CALLS_PER_BATCH = False


def supports(batch_size):
    return batch_size == 1


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype):
        self._workload = workload
        self._data = workload.arrays(dtype)
        self._parameters = tuple(map(tuple, workload.start(dtype)))
        self._rate = dtype(learning_rate(1))
        self._random_state = np.random.RandomState(0)
        self._scratch = tuple(
            tuple(np.empty(n_units, dtype) for n_units in workload.layer_sizes) for _ in ("outputs", "errors")
        )

    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = self._random_state.permutation(len(self._workload.y))
            _epoch(*self._data, order, *self._parameters, *self._scratch, self._rate)

    def accuracy(self):
        return self._workload.accuracy(*self._parameters)


@njit(fastmath=True)
def _epoch(X, T, order, weights, biases, outputs, errors, rate):
    """Present the instances in this order, each with its update."""
    n_layers = len(weights)
    for row in order:
        _copy(X[row], outputs[0])
        for layer in range(n_layers):
            _forward(outputs[layer], weights[layer], biases[layer], outputs[layer + 1])
        for unit in range(T.shape[1]):
            output = outputs[n_layers][unit]
            errors[n_layers][unit] = rate * output * (1 - output) * (T[row, unit] - output)
        for layer in range(n_layers - 1, -1, -1):
            if layer > 0:
                _backward(errors[layer + 1], weights[layer], outputs[layer], errors[layer])
            else:
                _update(errors[1], weights[0], outputs[0])
            _add(errors[layer + 1], biases[layer])


# Array expressions in place of these two loops cost a quarter of the time on iris.
@njit(fastmath=True)
def _copy(source, destination):
    for i in range(len(source)):
        destination[i] = source[i]


@njit(fastmath=True)
def _add(source, destination):
    for i in range(len(source)):
        destination[i] += source[i]


@njit(fastmath=True)
def _forward(inputs, weights, biases, outputs):
    _copy(biases, outputs)
    for i in range(len(inputs)):
        if inputs[i] != 0:
            for j in range(len(outputs)):
                outputs[j] += inputs[i] * weights[i, j]
    for j in range(len(outputs)):
        outputs[j] = 1 / (1 + np.exp(-outputs[j]))


@njit(fastmath=True)
def _backward(errors_above, weights, outputs, errors):
    """Errors of hidden units from the old weights, which one pass reads and updates."""
    for i in range(len(outputs)):
        total = errors[i] * 0
        for j in range(len(errors_above)):
            total += weights[i, j] * errors_above[j]
            weights[i, j] += outputs[i] * errors_above[j]
        errors[i] = outputs[i] * (1 - outputs[i]) * total


@njit(fastmath=True)
def _update(errors, weights, inputs):
    for i in range(len(inputs)):
        if inputs[i] != 0:
            for j in range(len(errors)):
                weights[i, j] += inputs[i] * errors[j]
