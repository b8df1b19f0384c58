"""JAX: a whole epoch compiled as one scan over the batches."""

from functools import partial

import jax
import numpy as np
from jax import numpy as jnp
from workloads import learning_rate

TITLE = "JAX scan"
NOTE = "one compiled scan over the batches of an epoch"
CALLS_PER_BATCH = False

jax.config.update("jax_enable_x64", True)


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype, batch_size)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype, batch_size):
        self._workload = workload
        self._data = tuple(map(jnp.asarray, workload.arrays(dtype)))
        self._parameters = [tuple(map(jnp.asarray, layer)) for layer in zip(*workload.start(dtype), strict=True)]
        self._batch_size = min(batch_size, len(workload.y))
        self._rate = learning_rate(batch_size)
        self._random_state = np.random.RandomState(0)

    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = self._random_state.permutation(len(self._workload.y)).astype(np.int32)
            self._parameters = _epoch(self._parameters, self._data, order, self._batch_size, self._rate)
        jax.block_until_ready(self._parameters)

    def accuracy(self):
        return self._workload.accuracy(*zip(*self._parameters, strict=True))


@partial(jax.jit, static_argnums=(3, 4), donate_argnums=0)
def _epoch(parameters, data, order, batch_size, rate):
    """Present all instances: the full batches in a scan, and then the rest."""

    def learn(parameters, rows):
        inputs, targets = (each[rows] for each in data)
        return _updated(parameters, inputs, targets, rate / rows.shape[0]), None

    n_full = len(order) // batch_size * batch_size
    parameters, _ = jax.lax.scan(learn, parameters, order[:n_full].reshape(-1, batch_size))
    return learn(parameters, order[n_full:])[0] if n_full < len(order) else parameters


def _updated(parameters, inputs, targets, step):
    """The parameters after one batch."""
    outputs = [inputs]
    for weights, biases in parameters:
        outputs.append(jax.nn.sigmoid(outputs[-1] @ weights + biases))
    errors = targets - outputs[-1]
    updated = []
    for (weights, biases), below, above in zip(parameters[::-1], outputs[-2::-1], outputs[:0:-1], strict=True):
        errors = errors * above * (1 - above)
        updated.append((weights + step * (below.T @ errors), biases + step * errors.sum(axis=0)))
        errors = errors @ weights.T
    return updated[::-1]
