"""The best that NumPy gives: every array is made once, every operation writes into one."""

import numpy as np
from workloads import learning_rate

TITLE = "best NumPy"
NOTE = "arrays reused, BLAS writes in place"
CALLS_PER_BATCH = True


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype, batch_size)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype, batch_size):
        self._workload = workload
        self._X, self._T = workload.arrays(dtype)
        self._weights, self._biases = workload.start(dtype)
        self._batch_size = min(batch_size, len(self._X))
        self._rate = dtype(learning_rate(batch_size))
        self._random_state = np.random.RandomState(0)
        self._scratch = {}

    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = self._random_state.permutation(len(self._X))
            for start in range(0, len(order), self._batch_size):
                self._learn(order[start : start + self._batch_size])

    def accuracy(self):
        return self._workload.accuracy(self._weights, self._biases)

    def _learn(self, rows):
        """Present a batch and update."""
        scratch = self._scratch.get(len(rows)) or self._scratch.setdefault(len(rows), self._new_scratch(len(rows)))
        outputs, errors, steps, targets, ones = scratch
        self._X.take(rows, axis=0, out=outputs[0], mode="clip")
        self._T.take(rows, axis=0, out=targets, mode="clip")
        self._forward(outputs)
        np.subtract(targets, outputs[-1], out=errors[-1])
        errors[-1] *= self._rate / len(rows)
        for layer in reversed(range(len(steps))):
            above = outputs[layer + 1]
            errors[layer] *= above
            np.subtract(1, above, out=above)
            errors[layer] *= above
            if layer:
                np.matmul(errors[layer], self._weights[layer].T, out=errors[layer - 1])
            np.matmul(outputs[layer].T, errors[layer], out=steps[layer])
            self._weights[layer] += steps[layer]
            self._biases[layer] += ones @ errors[layer]

    def _forward(self, outputs):
        for below, net, weights, biases in zip(outputs, outputs[1:], self._weights, self._biases, strict=False):
            np.matmul(below, weights, out=net)
            net += biases
            np.negative(net, out=net)
            np.exp(net, out=net)
            net += 1
            np.reciprocal(net, out=net)

    def _new_scratch(self, n_rows):
        """Outputs of all layers, errors, steps, targets, and ones to sum with, for batches of this size."""
        dtype = self._X.dtype
        outputs = [np.empty((n_rows, n_units), dtype) for n_units in self._workload.layer_sizes]
        errors = [np.empty_like(each) for each in outputs[1:]]
        steps = [np.empty_like(each) for each in self._weights]
        return outputs, errors, steps, np.empty_like(outputs[-1]), np.ones(n_rows, dtype)
