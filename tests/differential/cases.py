"""Random cases: an architecture, units, a loss, a rule, data and weights of all sizes, each drawn from its own seed."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from skbackprop import BackpropClassifier, BackpropRegressor

TASKS = ["two classes", "classes", "labels", "numbers"]
CLASS_LOSSES = ["squared_error", "log_loss"]
NUMBER_LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]

# Presentations of an instance times weights: what a reference of single numbers can afford.
MOST_PRODUCTS = 1200


@dataclass
class Case:
    """A training, as the reference and the estimators are told of it; all starting values are numbers of its dtype."""

    seed: int
    task: str
    loss: str
    loss_parameter: float
    layer_sizes: tuple
    activation: str
    solver: str
    learning_rate: float
    momentum: float
    is_nesterov: bool
    beta_1: float
    beta_2: float
    epsilon: float
    alpha: float
    batch_size: object
    n_epochs: int
    dtype: str
    storage: str
    start: list
    X: np.ndarray
    y: np.ndarray
    sample_weight: list | None

    @property
    def epsilon_of_type(self):
        return float(np.finfo(self.dtype).eps)

    @property
    def smallest_of_type(self):
        return float(np.finfo(self.dtype).tiny)

    @property
    def largest_of_type(self):
        return float(np.finfo(self.dtype).max)

    @property
    def largest_update(self):
        """Beyond the cube root of the largest number a product of three layers overflows, and a training has diverged."""
        return self.largest_of_type ** (1 / 3)

    @cached_property
    def inputs(self):
        return self.X.astype(float).tolist()

    @cached_property
    def targets(self):
        """T_j of each instance: 0 or 1 of two classes, one unit a class of more, the labels, or the numbers themselves."""
        if self.task == "classes":
            return (self.y[:, np.newaxis] == np.arange(self.layer_sizes[-1])).astype(float).tolist()
        return self.y.reshape(len(self.y), -1).astype(float).tolist()

    def stored_inputs(self):
        """The inputs as the estimator gets them."""
        if self.storage == "dense":
            return self.X.copy()
        matrix = sparse.csr_array(self.X)
        return matrix if self.storage == "csr" else in_pieces(matrix, np.random.default_rng(self.seed))

    def fitted(self):
        """The estimator that has learned it."""
        return self._estimator().fit(
            self.stored_inputs(),
            self.y,
            sample_weight=self.sample_weight,
            **dict(zip(("coefs_init", "intercepts_init"), self._start_of_layers(), strict=True)),
        )

    def _start_of_layers(self):
        """The start as the estimator takes it: the list holds the weights layer by layer, then the biases."""
        shapes = list(pairwise(self.layer_sizes))
        lengths = [i * j for i, j in shapes] + [j for _, j in shapes]
        parts = np.split(np.array(self.start), np.cumsum(lengths)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=False)], parts[len(shapes) :]

    def _estimator(self):
        parameters = {
            "hidden_layer_sizes": self.layer_sizes[1:-1],
            "activation": self.activation,
            "loss": self.loss,
            "solver": self.solver,
            "learning_rate_init": self.learning_rate,
            "momentum": self.momentum,
            "nesterovs_momentum": self.is_nesterov,
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "alpha": self.alpha,
            "batch_size": self.batch_size,
            "max_iter": self.n_epochs,
        }
        rules_off = {"shuffle": False, "update_tol": 0.0, "error_tol": 0.0, "random_state": 0}
        if self.task != "numbers":
            return BackpropClassifier(**parameters, **rules_off)
        parameter = {"huber": "huber_delta", "quantile": "quantile"}.get(self.loss)
        its_own = {parameter: self.loss_parameter} if parameter else {}
        return BackpropRegressor(**parameters, **rules_off, **its_own, normalize_y=False)


def in_pieces(matrix, generator):
    """The same matrix with entries in halves and quarters, zeros that are stored, and rows in any order."""
    data, indices, starts = [], [], [0]
    for start, stop in pairwise(matrix.indptr):
        row = list(zip(matrix.data[start:stop], matrix.indices[start:stop], strict=True))
        row = [(part, column) for value, column in row for part in pieces(value, generator)]
        if generator.uniform() < 0.3:
            row.append((0.0, generator.integers(matrix.shape[1])))
        row = [row[at] for at in generator.permutation(len(row))]
        data += [part for part, _ in row]
        indices += [column for _, column in row]
        starts.append(len(data))
    dtype = generator.choice([np.int32, np.int64])
    arrays = np.array(data, matrix.dtype), np.array(indices, dtype), np.array(starts, dtype)
    return sparse.csr_array(arrays, shape=matrix.shape)


def pieces(value, generator):
    """A number in parts whose sum is exactly that number, unless it is next to nothing."""
    kind = generator.integers(4)
    if kind == 0:
        return [value / 2, value / 2]
    if kind == 1:
        return [value / 4, value / 2, value / 4]
    return [value]


def draw(seed):
    """The case of a seed."""
    generator = np.random.default_rng(seed)
    choose = _Chooser(generator)
    task = choose(TASKS)
    dtype = choose(["float64", "float32"])
    layer_sizes, n_instances, n_epochs = _draw_shape(choose, task)
    loss = choose(NUMBER_LOSSES if task == "numbers" else CLASS_LOSSES)
    solver = choose(["sgd", "sgd", "sgd", "sgd", "adam", "adam", "rprop", "rprop", "lbfgs"])
    if solver == "lbfgs":
        dtype = "float64"  # a line search turns on the last digits of a loss
    n_parameters = sum((i + 1) * j for i, j in pairwise(layer_sizes))
    return Case(
        seed=seed,
        task=task,
        loss=loss,
        loss_parameter={"huber": choose([1.0, 0.1, 1e-3]), "quantile": choose([0.5, 0.9, 0.01])}.get(loss, 0.5),
        layer_sizes=layer_sizes,
        activation=choose(["logistic", "logistic", "tanh", "relu", "identity"]),
        solver=solver,
        learning_rate=_draw_rate(choose, solver),
        momentum=choose([0.0, 0.0, 0.5, 0.9, 1.0]) if solver == "sgd" else 0.9,
        is_nesterov=choose([True, False]),
        beta_1=choose([0.9, 0.9, 0.0, 0.99]),
        beta_2=choose([0.999, 0.999, 0.0, 0.5]),
        epsilon=choose([1e-8, 1e-8, 1e-3, 1e-30, 1e-330]) or 5e-324,
        alpha=choose([0.0, 0.0, 0.0, 1e-4, 0.1, 10.0]),
        batch_size=choose([1, 1, 1, 2, 3, 5, n_instances, 1000, "epoch"]),
        n_epochs=n_epochs,
        dtype=dtype,
        storage=choose(["dense", "dense", "csr", "csr in pieces", "csr in pieces"]),
        start=_draw_start(choose, n_parameters, dtype),
        X=_draw_inputs(choose, (n_instances, layer_sizes[0]), dtype),
        y=_draw_targets(choose, task, loss, (n_instances, layer_sizes[-1]), dtype),
        sample_weight=_draw_weights(choose, n_instances),
    )


class _Chooser:
    """Draws one of several values, which keep their types."""

    def __init__(self, generator):
        self.generator = generator

    def __call__(self, values):
        return values[self.generator.integers(len(values))]


def _draw_shape(choose, task):
    """Sizes of the layers, instances and epochs, within what the reference can afford."""
    integers = choose.generator.integers
    n_inputs = int(choose([integers(1, 8), integers(1, 8), integers(16, 40)]))  # from 16 on zeros may be left out
    n_hidden = choose([0, 1, 1, 1, 2, 2, 3])
    hidden = [int(choose([integers(1, 5), integers(1, 12), integers(12, 36)])) for _ in range(n_hidden)]
    n_outputs = {"two classes": 1, "classes": int(integers(3, 7))}.get(task) or int(choose([1, 2, integers(2, 9)]))
    if task == "labels":
        n_outputs = max(n_outputs, 2)
    layer_sizes = (n_inputs, *hidden, n_outputs)
    n_products = sum(i * j for i, j in pairwise(layer_sizes))
    affordable = max(MOST_PRODUCTS // n_products, 1)
    least = n_outputs if task == "classes" else 2
    n_instances = int(max(least, min(affordable, choose([integers(1, 10), integers(1, 30), integers(60, 75)]))))
    return layer_sizes, n_instances, int(np.clip(affordable // n_instances, 1, integers(1, 6)))


def _draw_rate(choose, solver):
    if solver == "rprop":
        return choose([0.1, 0.1, 1e-3, 1e-8, 60.0, 100.0])
    if solver == "adam":
        return choose([0.001, 0.001, 0.1, 10.0, 1e-10])
    return choose([0.1, 0.5, 0.5, 2.0, 1e-3, 1e-12, 100.0, 1e6])


def _as_dtype(numbers, dtype):
    """Numbers that the dtype has, as float64."""
    with np.errstate(all="ignore"):
        return numbers.astype(dtype).astype(float)


def _draw_start(choose, n_parameters, dtype):
    generator = choose.generator
    size = choose([0.5, 0.5, 0.5, 1.0, 1.0, 1e-10, 30.0, 1e3, 0.0])
    start = generator.uniform(-size, size, n_parameters)
    if generator.uniform() < 0.2:
        start[generator.uniform(size=n_parameters) < 0.5] = 0
    return _as_dtype(start, dtype).tolist()


def _draw_inputs(choose, shape, dtype):
    generator = choose.generator
    tiny = float(np.finfo(dtype).tiny)
    size = choose([1.0] * 8 + [1e-4, 1e-8, 1e-20, 1e3 * tiny, 1e-3 * tiny, 100.0, 1e4, 1e10])
    X = choose([generator.normal(size=shape), generator.integers(-2, 3, shape) * 1.0, generator.uniform(size=shape)])
    X = (
        X
        * (generator.uniform(size=shape) < choose([1.0, 1.0, 0.6, 0.2]))
        * (generator.uniform(size=(shape[0], 1)) < 0.95)
    )
    return (X * size).astype(dtype)


def _draw_targets(choose, task, loss, shape, dtype):
    generator = choose.generator
    if task == "classes":
        return generator.permutation(np.arange(shape[0]) % shape[1])
    if task == "two classes":
        return generator.permutation(np.arange(shape[0]) % 2)
    if task == "labels":
        return generator.integers(0, 2, shape)
    size = choose([1.0, 1.0, 1.0, 0.0, 1e-20, 1e4])
    y = choose([generator.normal(size=shape), generator.integers(-2, 3, shape) * 1.0]) * size
    if loss == "poisson":
        y = np.abs(y)
        y[0] += 1
    y = _as_dtype(y, dtype)
    return y[:, 0] if shape[1] == 1 else y


def _draw_weights(choose, n_instances):
    generator = choose.generator
    weights = generator.uniform(0.1, 3, n_instances) * choose([1.0, 1.0, 1e-3, 1e3])
    if generator.uniform() < 0.3:
        weights[generator.uniform(size=n_instances) < 0.3] = 0
        weights[0] = 1
    return choose([None, None, weights.tolist(), [2.0] * n_instances])
