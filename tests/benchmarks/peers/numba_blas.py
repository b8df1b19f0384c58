"""Numba with BLAS: mini-batches in compiled code that calls BLAS for the products."""

import numpy as np
from numba import njit
from workloads import learning_rate

TITLE = "Numba+BLAS"
NOTE = "compiled mini-batches, BLAS for the products"
CALLS_PER_BATCH = False


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype, batch_size)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype, batch_size):
        self._workload = workload
        self._data = workload.arrays(dtype)
        self._parameters = tuple(map(tuple, workload.start(dtype)))
        self._batch_size = min(batch_size, len(workload.y))
        self._rate = dtype(learning_rate(batch_size))
        self._random_state = np.random.RandomState(0)
        shapes = [(self._batch_size, n_units) for n_units in workload.layer_sizes]
        self._scratch = (
            tuple(np.empty(shape, dtype) for shape in shapes),
            tuple(np.empty(shape, dtype) for shape in shapes),
            tuple(np.empty_like(each) for each in self._parameters[0]),
        )

    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = self._random_state.permutation(len(self._workload.y))
            _epoch(*self._data, order, *self._parameters, *self._scratch, self._rate)

    def accuracy(self):
        return self._workload.accuracy(*self._parameters)


@njit(fastmath=True)
def _epoch(X, T, order, weights, biases, outputs, errors, steps, rate):
    """Present the instances in this order, with an update after each batch."""
    n_layers = len(weights)
    batch_size = len(outputs[0])
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        n_rows = len(rows)
        for b in range(n_rows):
            outputs[0][b] = X[rows[b]]
        for layer in range(n_layers):
            _forward(outputs[layer][:n_rows], weights[layer], biases[layer], outputs[layer + 1][:n_rows])
        for b in range(n_rows):
            for unit in range(T.shape[1]):
                errors[n_layers][b, unit] = (T[rows[b], unit] - outputs[n_layers][b, unit]) * rate / n_rows
        for layer in range(n_layers, 0, -1):
            _slope(outputs[layer][:n_rows], errors[layer][:n_rows])
            if layer > 1:
                np.dot(errors[layer][:n_rows], weights[layer - 1].T, errors[layer - 1][:n_rows])
            np.dot(outputs[layer - 1][:n_rows].T, errors[layer][:n_rows], steps[layer - 1])
            _move(weights[layer - 1], biases[layer - 1], steps[layer - 1], errors[layer][:n_rows])


@njit(fastmath=True)
def _forward(inputs, weights, biases, outputs):
    np.dot(inputs, weights, outputs)
    for b in range(outputs.shape[0]):
        for j in range(outputs.shape[1]):
            outputs[b, j] = 1 / (1 + np.exp(-outputs[b, j] - biases[j]))


@njit(fastmath=True)
def _slope(outputs, errors):
    for b in range(errors.shape[0]):
        for j in range(errors.shape[1]):
            errors[b, j] *= outputs[b, j] * (1 - outputs[b, j])


@njit(fastmath=True)
def _move(weights, biases, steps, errors):
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            weights[i, j] += steps[i, j]
    for b in range(errors.shape[0]):
        for j in range(errors.shape[1]):
            biases[j] += errors[b, j]
