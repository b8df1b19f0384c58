"""PyTorch, its tensors used by hand: without autograd and modules, which take longer in every cell."""

import numpy as np
import torch
from workloads import learning_rate

TITLE = "PyTorch"
NOTE = "tensors by hand, without autograd"
CALLS_PER_BATCH = True

torch.set_num_threads(1)


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype, batch_size)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype, batch_size):
        self._workload = workload
        self._X, self._T = map(torch.from_numpy, workload.arrays(dtype))
        self._weights, self._biases = (list(map(torch.from_numpy, part)) for part in workload.start(dtype))
        self._batch_size = min(batch_size, len(self._X))
        self._rate = learning_rate(batch_size)
        self._random_state = np.random.RandomState(0)

    @torch.inference_mode()
    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = torch.from_numpy(self._random_state.permutation(len(self._X)))
            for rows in order.split(self._batch_size):
                self._learn(self._X.index_select(0, rows), self._T.index_select(0, rows))

    def accuracy(self):
        return self._workload.accuracy(self._weights, self._biases)

    def _learn(self, inputs, targets):
        """Present a batch and update."""
        outputs = [inputs]
        for weights, biases in zip(self._weights, self._biases, strict=True):
            outputs.append(torch.addmm(biases, outputs[-1], weights).sigmoid_())
        errors = targets.sub_(outputs[-1]).mul_(self._rate / len(inputs))
        for layer in reversed(range(len(self._weights))):
            above = outputs[layer + 1]
            errors.mul_(above).mul_(1 - above)
            errors_below = errors @ self._weights[layer].T if layer else None
            self._weights[layer].addmm_(outputs[layer].T, errors)
            self._biases[layer].add_(errors.sum(0))
            errors = errors_below
