"""JAX: a whole epoch compiled as one scan over the batches."""

from functools import partial

import jax
import numpy as np
from jax import numpy as jnp
from workloads import MOMENTUM, learning_rate

TITLE = "JAX scan"
NOTE = "one compiled scan over the batches of an epoch"
CALLS_PER_BATCH = False
ADAMS = ("adam",)
MOMENTA = ("momentum",)

jax.config.update("jax_enable_x64", True)


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size, solver="sgd", activation="logistic"):
    return Network(workload, dtype, batch_size, solver, activation)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype, batch_size, solver, activation):
        self._workload = workload
        self._data = tuple(map(jnp.asarray, workload.arrays(dtype)))
        begin, self._move = _RULES[solver]
        self._activation = activation
        self._state = begin(
            [tuple(map(jnp.asarray, layer)) for layer in zip(*workload.start(dtype, activation), strict=True)]
        )
        self._batch_size = min(batch_size, len(workload.y))
        self._rate = learning_rate(batch_size, solver)
        self._random_state = np.random.RandomState(0)

    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = self._random_state.permutation(len(self._workload.y)).astype(np.int32)
            settings = self._batch_size, self._rate, self._move, self._activation
            self._state = _epoch(self._state, self._data, order, *settings)
        jax.block_until_ready(self._state)

    def accuracy(self):
        return self._workload.accuracy(*zip(*self._state[0], strict=True))

    def log_loss(self):
        return self._workload.log_loss(*zip(*self._state[0], strict=True), self._activation)


@partial(jax.jit, static_argnums=(3, 4, 5, 6), donate_argnums=0)
def _epoch(state, data, order, batch_size, rate, move, activation):
    """Present all instances: the full batches in a scan, and then the rest."""

    def learn(state, rows):
        inputs, targets = (each[rows] for each in data)
        return move(state, inputs, targets, rate, activation), None

    n_full = len(order) // batch_size * batch_size
    state, _ = jax.lax.scan(learn, state, order[:n_full].reshape(-1, batch_size))
    return learn(state, order[n_full:])[0] if n_full < len(order) else state


def _begin_descent(parameters):
    return (parameters,)


def _descend(state, inputs, targets, rate, activation):
    """One update of gradient descent: logistic outputs, squared error."""
    (parameters,) = state
    outputs, net = _forward(parameters, inputs, activation)
    above = jax.nn.sigmoid(net)
    gradients = _gradients(parameters, outputs, (above - targets) * above * (1 - above), activation)
    step = rate / len(inputs)
    return (jax.tree.map(lambda each, gradient: each - step * gradient, parameters, gradients),)


def _begin_momentum(parameters):
    return parameters, jax.tree.map(jnp.zeros_like, parameters)


def _descend_with_momentum(state, inputs, targets, rate, activation):
    """One update of gradient descent with momentum: softmax, log loss."""
    parameters, velocities = state
    outputs, net = _forward(parameters, inputs, activation)
    gradients = _gradients(parameters, outputs, jax.nn.softmax(net) - targets, activation)
    step = rate / len(inputs)
    velocities = jax.tree.map(lambda each, gradient: MOMENTUM * each - step * gradient, velocities, gradients)
    return jax.tree.map(jnp.add, parameters, velocities), velocities


def _begin_adam(parameters):
    means, squares = (jax.tree.map(jnp.zeros_like, parameters) for _ in range(2))
    return parameters, means, squares, jnp.zeros(())


def _adam(state, inputs, targets, rate, activation, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """One update of Adam: softmax, log loss."""
    parameters, means, squares, n_updates = state
    outputs, net = _forward(parameters, inputs, activation)
    gradients = _gradients(parameters, outputs, (jax.nn.softmax(net) - targets) / len(inputs), activation)
    n_updates += 1
    step = (rate * jnp.sqrt(1 - beta_2**n_updates) / (1 - beta_1**n_updates)).astype(inputs.dtype)
    means = jax.tree.map(lambda mean, each: beta_1 * mean + (1 - beta_1) * each, means, gradients)
    squares = jax.tree.map(lambda square, each: beta_2 * square + (1 - beta_2) * each**2, squares, gradients)
    parameters = jax.tree.map(
        lambda each, mean, square: each - step * mean / (jnp.sqrt(square) + epsilon), parameters, means, squares
    )
    return parameters, means, squares, n_updates


# What makes the state, whose first part are the parameters, and what moves it.
_RULES = {
    "sgd": (_begin_descent, _descend),
    "momentum": (_begin_momentum, _descend_with_momentum),
    "adam": (_begin_adam, _adam),
}
_UNITS = {"logistic": jax.nn.sigmoid, "relu": jax.nn.relu}
# By the units' outputs.
_SLOPES = {"logistic": lambda outputs: outputs * (1 - outputs), "relu": lambda outputs: outputs > 0}


def _forward(parameters, inputs, activation):
    """The inputs and outputs of the hidden layers, and the net inputs of the last layer."""
    outputs = [inputs]
    for weights, biases in parameters[:-1]:
        outputs.append(_UNITS[activation](outputs[-1] @ weights + biases))
    weights, biases = parameters[-1]
    return outputs, outputs[-1] @ weights + biases


def _gradients(parameters, outputs, errors, activation):
    """Sums over the batch, from the errors of the last layer's net inputs."""
    gradients = []
    for (weights, _), below in zip(parameters[::-1], outputs[::-1], strict=True):
        gradients.append((below.T @ errors, errors.sum(axis=0)))
        errors = (errors @ weights.T) * _SLOPES[activation](below)
    return gradients[::-1]
