"""What only the compiled kernel does, beside a plain twin in NumPy: units, losses, rules, bounds, signals and threads."""

import os
import signal
import sys
import threading
import time
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, xlogy

from skbackprop._network.parameters import Parameters

_kernel = pytest.importorskip(
    "skbackprop._network._kernel", reason="installed without the compiled kernel", exc_type=ImportError
)

N_INSTANCES = 67
FORCED = os.environ.get("SKBACKPROP_KERNEL")
INSTRUCTION_SETS = [FORCED] if FORCED else _kernel.instruction_sets()
ACTIVATIONS, OUTPUT_UNITS = _kernel.ACTIVATIONS, _kernel.OUTPUT_UNITS  # what the twin below must have too
PARAMETERS_OF_LOSSES = {"identity_huber": 0.7, "identity_quantile": 0.2}
CLASSIFYING = ["logistic_squared", "logistic_log", "softmax_log"]


class Data(NamedTuple):
    """What `bind` takes, the inputs in one piece."""

    inputs: object
    targets: np.ndarray
    codes: np.ndarray | None
    weights: np.ndarray | None


@pytest.fixture(params=INSTRUCTION_SETS)
def instruction_set(request, monkeypatch):
    monkeypatch.setenv("SKBACKPROP_KERNEL", request.param)
    return request.param


def sample(*choices):
    """The instruction sets for one of many combinations: the best is tried with each, the others with every fourth.

    The choices are the numbers of the values combined. Any two values of different kinds meet on every instruction set
    where a third kind has four values or more. .ci/instruction_sets tries every combination on each.
    """
    return INSTRUCTION_SETS if sum(choices) % 4 == 0 else INSTRUCTION_SETS[:1]


def make_inputs(n_inputs, dtype="float64", density=0.5):
    rng = np.random.RandomState(0)
    shape = (N_INSTANCES, n_inputs)
    return (rng.standard_normal(shape) * (rng.uniform(size=shape) < density)).astype(dtype)


def make_targets(output_unit, n_outputs, groups, dtype="float64"):
    """One row of targets for each instance; of classes one unit of each larger group is 1."""
    rng = np.random.RandomState(1)
    if output_unit == "exp_poisson":
        return rng.poisson(1.5, size=(N_INSTANCES, n_outputs)).astype(dtype)
    if output_unit not in CLASSIFYING:
        return rng.standard_normal((N_INSTANCES, n_outputs)).astype(dtype)
    parts = [
        np.eye(size)[rng.randint(size, size=N_INSTANCES)] if size > 1 else rng.randint(2, size=(N_INSTANCES, 1))
        for size in groups
    ]
    return np.hstack(parts).astype(dtype)


def make_weights(dtype="float64"):
    """Not round, so that no sums of them cancel; some are 0."""
    rng = np.random.RandomState(2)
    weights = rng.uniform(0.1, 3, N_INSTANCES) * (rng.uniform(size=N_INSTANCES) < 0.9)
    return (weights / weights[weights > 0].mean()).astype(dtype)


def make_parameters(sizes, dtype="float64", seed=1):
    parameters = Parameters(sizes, dtype)
    parameters.vector[:] = np.random.RandomState(seed).uniform(-0.3, 0.3, parameters.vector.size)
    return parameters


def make_context(sizes, data, activation="logistic", output_unit="logistic_squared", groups=None):
    parameter = PARAMETERS_OF_LOSSES.get(output_unit, 0.0)
    context = _kernel.Context(
        tuple(sizes), data.inputs.dtype.name, activation, output_unit, groups, parameter=parameter
    )
    bind(context, data)
    return context


def bind(context, data):
    inputs = data.inputs
    parts = (inputs.data, inputs.indices, inputs.indptr) if sparse.issparse(inputs) else (inputs, None, None)
    context.bind(*parts, data.targets, data.codes, data.weights)


def difference(x, y):
    return np.abs(x - y).max() / max(1.0, np.abs(y).max())


# ---- the plain twin: one network, its losses and its rules, as the books have them ----

FUNCTIONS = {
    "logistic": (expit, lambda o: o * (1 - o)),
    "tanh": (np.tanh, lambda o: 1 - o**2),
    "relu": (lambda z: np.maximum(z, 0), lambda o: (o > 0).astype(o.dtype)),
    "identity": (lambda z: z, np.ones_like),
}


def group_slices(groups):
    return [slice(*ends) for ends in pairwise(np.cumsum([0, *groups]))]


def softmax(net, groups):
    outputs = np.empty_like(net)
    for part in group_slices(groups):
        powers = np.exp(net[:, part] - net[:, part].max(axis=1, keepdims=True))
        outputs[:, part] = powers / powers.sum(axis=1, keepdims=True)
        if powers.shape[1] == 1:
            outputs[:, part] = expit(net[:, part])
    return outputs


def output_of(output_unit, net, groups):
    if output_unit == "softmax_log":
        return softmax(net, groups or (net.shape[1],))
    return {"logistic": expit, "identity": np.array, "exp": np.exp}[output_unit.split("_")[0]](net)


def output_errors(output_unit, outputs, residuals):
    parameter = PARAMETERS_OF_LOSSES.get(output_unit)
    if output_unit == "logistic_squared":
        return outputs * (1 - outputs) * residuals
    if output_unit == "identity_absolute":
        return np.sign(residuals)
    if output_unit == "identity_huber":
        return np.clip(residuals, -parameter, parameter)
    if output_unit == "identity_quantile":
        return np.where(residuals > 0, parameter, np.where(residuals < 0, parameter - 1, 0))
    return residuals


def log_losses(outputs, targets, groups):
    """Of groups of several units -Σ T ln O, of one unit both terms."""
    p = np.clip(outputs, np.finfo(outputs.dtype).eps, 1 - np.finfo(outputs.dtype).eps)
    losses = -xlogy(targets, p)
    for part in group_slices(groups):
        if part.stop - part.start == 1:
            losses[:, part] -= xlogy(1 - targets[:, part], 1 - p[:, part])
    return losses


def output_losses(output_unit, outputs, targets, groups):
    r, parameter = targets - outputs, PARAMETERS_OF_LOSSES.get(output_unit)
    if output_unit == "logistic_log":
        return log_losses(outputs, targets, (1,) * outputs.shape[1])
    if output_unit == "softmax_log":
        return log_losses(outputs, targets, groups or (outputs.shape[1],))
    if output_unit == "exp_poisson":
        return xlogy(targets, targets / outputs) - targets + outputs
    if output_unit == "identity_absolute":
        return np.abs(r)
    if output_unit == "identity_huber":
        return np.where(np.abs(r) <= parameter, r**2 / 2, parameter * (np.abs(r) - parameter / 2))
    if output_unit == "identity_quantile":
        return np.maximum(parameter * r, (parameter - 1) * r)
    return r**2 / 2


def decisions(outputs, groups):
    columns = [
        outputs[:, part].argmax(axis=1) if part.stop - part.start > 1 else outputs[:, part.start] > 0.5
        for part in group_slices(groups)
    ]
    return np.stack(columns, axis=1)


class Twin(NamedTuple):
    """A network with its units, by the name of the kernel's arguments."""

    parameters: Parameters
    activation: str
    output_unit: str
    groups: tuple | None

    def forward(self, inputs):
        layers = [inputs]
        for weights, biases in zip(self.parameters.weights, self.parameters.biases, strict=True):
            net = layers[-1] @ weights + biases
            layers.append(FUNCTIONS[self.activation][0](net))
        layers[-1] = output_of(self.output_unit, net, self.groups)
        return layers

    def sums(self, outputs, targets, weights, penalty):
        losses = output_losses(self.output_unit, outputs, targets, self.groups).sum(axis=1)
        errors = ((targets - outputs) ** 2).sum(axis=1)
        if self.groups is not None:
            errors = (decisions(outputs, self.groups) != decisions(targets, self.groups)).any(axis=1)
        squares = np.sum(self.parameters.weight_vector**2)
        return weights @ losses + penalty / 2 * squares, weights @ errors

    def gradient(self, inputs, targets, weights, penalty):
        """The mean gradient of a batch, and the sums of its losses and errors."""
        layers = self.forward(inputs)
        errors = output_errors(self.output_unit, layers[-1], targets - layers[-1]) * weights[:, np.newaxis]
        gradient = Parameters(self.parameters.layer_sizes, "float64")
        for i in reversed(range(len(self.parameters.weights))):
            gradient.weights[i][...] = -(layers[i].T @ errors) / len(targets)
            gradient.biases[i][...] = -errors.sum(axis=0) / len(targets)
            if i:
                errors = FUNCTIONS[self.activation][1](layers[i]) * (errors @ self.parameters.weights[i].T)
        gradient.weight_vector += penalty / len(targets) * self.parameters.weight_vector
        return gradient.vector, *self.sums(layers[-1], targets, weights, penalty)

    def with_rates(self, vector, hidden_factor):
        """A gradient, or a step, times a factor where it is of hidden layers."""
        scaled = Parameters(self.parameters.layer_sizes, "float64")
        scaled.vector[...] = vector
        for numbers in scaled.weights[:-1] + scaled.biases[:-1]:
            numbers *= hidden_factor
        return scaled.vector

    def epoch(self, data, order, batch_size, update, penalty, hidden_factor=1.0):
        loss = error = largest = 0.0
        all_weights = np.ones(N_INSTANCES) if data.weights is None else data.weights
        first = len(order) % batch_size or batch_size  # those left over come first
        for rows in np.split(order, range(first, len(order), batch_size)):
            targets = data.targets[rows if data.codes is None else data.codes[rows]]
            gradient, *sums = self.gradient(data.inputs[rows], targets, all_weights[rows], penalty)
            is_of_adam = isinstance(getattr(update, "__self__", None), Adam)
            step = update(gradient if is_of_adam else self.with_rates(gradient, hidden_factor))
            if is_of_adam:
                step = self.with_rates(step, hidden_factor)
            self.parameters.vector += step
            loss, error = loss + sums[0], error + sums[1]
            largest = max(largest, np.abs(step).max())
        return loss, error, largest


class Descent:
    """The book's rule, with momentum and Nesterov's as in scikit-learn's SGDOptimizer."""

    def __init__(self, n_parameters, momentum=0.0, nesterov=False, penalty=0.3, hidden_factor=1.0):
        self.first, self.second = np.zeros(n_parameters) if momentum else None, None
        self.momentum, self.nesterov, self.penalty, self.hidden_factor = momentum, nesterov, penalty, hidden_factor

    def update(self, gradient):
        step = -0.01 * gradient
        if self.first is None:
            return step
        self.first[:] = self.momentum * self.first + step
        return step + self.momentum * self.first if self.nesterov else self.first

    def kernel_epoch(self, context, order, batch_size):
        settings = self.momentum, self.nesterov, self.penalty
        if self.hidden_factor != 1:  # else it may be left out
            settings += (self.hidden_factor,)
        return context.epoch(order, batch_size, 0.01, *settings)


class Adam:
    """scikit-learn's AdamOptimizer."""

    penalty = 0.3

    def __init__(self, n_parameters, hidden_factor=1.0):
        self.first, self.second, self.t, self.kernel_t = np.zeros(n_parameters), np.zeros(n_parameters), 0, 0
        self.hidden_factor = hidden_factor

    def update(self, gradient):
        self.t += 1
        self.first[:] = 0.8 * self.first + (1 - 0.8) * gradient
        self.second[:] = 0.95 * self.second + (1 - 0.95) * gradient**2
        rate = 0.01 * np.sqrt(1 - 0.95**self.t) / (1 - 0.8**self.t)
        return -rate * self.first / (np.sqrt(self.second) + 1e-3)

    def kernel_epoch(self, context, order, batch_size):
        before = self.kernel_t
        self.kernel_t += -(-len(order) // batch_size)
        settings = 0.01, 0.8, 0.95, 1e-3, before, self.penalty
        if self.hidden_factor != 1:  # else it may be left out
            settings += (self.hidden_factor,)
        return context.epoch_adam(order, batch_size, *settings)


class Rprop:
    """iRprop- of Igel and Hüsken (2003), with bounds that are met."""

    penalty = 0.3

    def __init__(self, n_parameters):
        self.first, self.second = np.zeros(n_parameters), np.full(n_parameters, 0.02)

    def update(self, gradient):
        agreement = gradient * self.first
        grown, shrunk = np.minimum(self.second * 1.2, 0.025), np.maximum(self.second * 0.5, 0.008)
        self.second[:] = np.where(agreement > 0, grown, np.where(agreement < 0, shrunk, self.second))
        self.first[:] = np.where(agreement < 0, 0, gradient)
        return -np.sign(self.first) * self.second

    def kernel_epoch(self, context, order, batch_size):
        return context.epoch_rprop(order, 1.2, 0.5, 0.008, 0.025, self.penalty)


RULES = {
    "plain": lambda n: Descent(n, penalty=0.0),
    "penalty": Descent,
    "momentum": lambda n: Descent(n, 0.5),
    "nesterov": lambda n: Descent(n, 0.5, True),
    "hidden": lambda n: Descent(n, penalty=0.0, hidden_factor=2.5),
    "hidden penalty": lambda n: Descent(n, 0.5, hidden_factor=2.5),
    "adam": Adam,
    "hidden adam": lambda n: Adam(n, hidden_factor=2.5),
    "rprop": Rprop,
}


def orders(batch_size):
    """Of two epochs; of more where an epoch is one update, so that Rprop sees signs stay and turn."""
    rng = np.random.RandomState(3)
    return [rng.permutation(N_INSTANCES) for _ in range(2 if batch_size < N_INSTANCES else 6)]


def learn_in_numpy(sizes, data, rule, batch_size, activation, output_unit, groups):
    """Parameters, what the rule remembers, and the sums of each epoch."""
    twin = Twin(make_parameters(sizes), activation, output_unit, groups)
    memory = RULES[rule](twin.parameters.vector.size)
    factor = getattr(memory, "hidden_factor", 1.0)
    sums = [twin.epoch(data, order, batch_size, memory.update, memory.penalty, factor) for order in orders(batch_size)]
    return twin.parameters.vector, memory.first, memory.second, np.array(sums)


def learn_in_kernel(sizes, data, rule, batch_size, activation, output_unit, groups):
    dtype = data.inputs.dtype
    parameters = make_parameters(sizes, dtype)
    memory = RULES[rule](parameters.vector.size)
    context = make_context(sizes, data, activation, output_unit, groups)
    memory.first, memory.second = (
        part if part is None else part.astype(dtype) for part in (memory.first, memory.second)
    )
    context.load(parameters.vector, memory.first, memory.second)
    sums = [memory.kernel_epoch(context, order, batch_size) for order in orders(batch_size)]
    context.store(parameters.vector, memory.first, memory.second)
    return parameters.vector, memory.first, memory.second, np.array(sums)


def in_csr(data, index_dtype):
    inputs = sparse.csr_array(data.inputs)
    inputs.indices, inputs.indptr = inputs.indices.astype(index_dtype), inputs.indptr.astype(index_dtype)
    return data._replace(inputs=inputs)


def assert_kernel_agrees(monkeypatch, sizes, data, rule, batch_size, *units, names=INSTRUCTION_SETS, tolerance=1e-9):
    """With the dense inputs given, and the same as CSR."""
    wide = Data(data.inputs.astype(np.float64), data.targets.astype(np.float64), data.codes, data.weights)
    expected = learn_in_numpy(sizes, wide, rule, batch_size, *units)
    assert np.isfinite(expected[0]).all()
    assert np.ptp(expected[3][:, 0]) > 0
    for number, name in enumerate(names):
        monkeypatch.setenv("SKBACKPROP_KERNEL", name)
        for form in (data, in_csr(data, ["int32", "int64"][number % 2])):
            got = learn_in_kernel(sizes, form, rule, batch_size, *units)
            for ours, theirs in zip(got, expected, strict=True):
                assert (ours is None) == (theirs is None)
                assert ours is None or difference(ours, theirs) < tolerance, (name, type(form.inputs))


def make_case(sizes, output_unit, dtype="float64"):
    """Instances with weights, and the groups: of one unit and of more than a vector's, none at a vector's beginning."""
    groups = (1, 9, sizes[-1] - 10) if output_unit in CLASSIFYING else None
    targets = make_targets(output_unit, sizes[-1], groups, dtype)
    return Data(make_inputs(sizes[0], dtype), targets, None, make_weights(dtype)), groups


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output_unit", OUTPUT_UNITS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("batch_size", [1, 10, N_INSTANCES])
def test_units_losses_and_rules_are_those_of_the_plain_twin(monkeypatch, activation, output_unit, rule, batch_size):
    if rule == "rprop" and batch_size < N_INSTANCES:
        pytest.skip("moves once an epoch")
    sizes = (20, 33, 9, 12)
    data, groups = make_case(sizes, output_unit)
    names = sample(ACTIVATIONS.index(activation), OUTPUT_UNITS.index(output_unit), [*RULES].index(rule), batch_size % 4)
    assert_kernel_agrees(monkeypatch, sizes, data, rule, batch_size, activation, output_unit, groups, names=names)


@pytest.mark.parametrize("sizes", [(20, 12), (15, 30, 12), (3, 1, 17), (70, 129, 11), (20, 512, 40)])
@pytest.mark.parametrize("rule", ["plain", "momentum", "adam", "rprop"])
def test_rules_hold_over_shapes(monkeypatch, sizes, rule):
    batch_size = N_INSTANCES if rule == "rprop" else 7
    data, groups = make_case(sizes, "softmax_log")
    data = data._replace(weights=None)
    assert_kernel_agrees(monkeypatch, sizes, data, rule, batch_size, "tanh", "softmax_log", groups)


@pytest.mark.parametrize("output_unit", OUTPUT_UNITS)
@pytest.mark.parametrize("rule", ["plain", "momentum", "adam", "rprop"])
@pytest.mark.parametrize("batch_size", [1, 10])
def test_rules_hold_in_float32(monkeypatch, output_unit, rule, batch_size):
    sizes = (20, 17, 12)
    data, groups = make_case(sizes, output_unit, "float32")
    batch_size = N_INSTANCES if rule == "rprop" else batch_size
    assert_kernel_agrees(monkeypatch, sizes, data, rule, batch_size, "logistic", output_unit, groups, tolerance=1e-4)


@pytest.mark.parametrize("groups", [(12,), (1,) * 12, (5, 7), (2, 1, 4, 1, 4), None])
@pytest.mark.parametrize("output_unit", ["softmax_log", "logistic_log", "logistic_squared"])
def test_a_wrong_group_makes_a_wrong_instance(monkeypatch, groups, output_unit):
    sizes = (20, 12)
    data = Data(make_inputs(20), make_targets(output_unit, 12, groups or (12,)), None, None)
    assert_kernel_agrees(monkeypatch, sizes, data, "plain", 1, "logistic", output_unit, groups)


def test_a_table_of_targets_serves_by_codes(monkeypatch):
    codes = np.random.RandomState(5).randint(3, size=N_INSTANCES).astype(np.int32)
    data = Data(make_inputs(20), np.eye(3), codes, None)
    assert_kernel_agrees(monkeypatch, (20, 7, 3), data, "adam", 10, "logistic", "softmax_log", (3,))


# ---- the gradient ----


def gradient_of(context, vector, penalty=0.0):
    """The sums and the gradient of the mean loss, at the given parameters."""
    into = np.full_like(vector, np.nan)
    context.load(vector)
    return *context.gradient(penalty, into), into


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output_unit", OUTPUT_UNITS)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_gradient_is_that_of_the_plain_twin(monkeypatch, dtype, activation, output_unit, is_weighted):
    """Also a second time; and the parameters stay."""
    sizes = (20, 33, 9, 12)
    data, groups = make_case(sizes, output_unit, dtype)
    if not is_weighted:
        data = data._replace(weights=None)
    penalty = 0.3 if is_weighted else 0.0
    parameters, after = make_parameters(sizes, dtype), Parameters(sizes, dtype).vector
    twin = Twin(make_parameters(sizes), activation, output_unit, groups)
    weights = np.ones(N_INSTANCES) if data.weights is None else data.weights.astype("d")
    expected, *sums = twin.gradient(data.inputs.astype("d"), data.targets.astype("d"), weights, penalty)
    assert np.abs(expected).max() > 1e-3
    for name in INSTRUCTION_SETS:
        monkeypatch.setenv("SKBACKPROP_KERNEL", name)
        for form in (data, in_csr(data, "int32"), in_csr(data, "int64")):
            context = make_context(sizes, form, activation, output_unit, groups)
            loss, error, gradient = gradient_of(context, parameters.vector, penalty)
            assert difference(gradient, expected) < (1e-5 if dtype == "float32" else 1e-12)
            np.testing.assert_allclose([loss, error], sums, rtol=1e-5 if dtype == "float32" else 1e-12)
            again = gradient_of(context, parameters.vector, penalty)
            assert again[:2] == (loss, error)
            np.testing.assert_array_equal(again[2], gradient)
            context.store(after)
            np.testing.assert_array_equal(after, parameters.vector)


@pytest.mark.parametrize("groups", [(1,), (1, 3, 1)])
def test_an_output_of_one_half_decides_for_zero_and_of_equal_ones_the_first_wins(instruction_set, groups):
    """As in the reference; without weights and biases every sigmoid unit is at one half."""
    n_outputs = sum(groups)
    decided = np.zeros((N_INSTANCES, n_outputs))
    decided[:, 1:2] = 1  # the first of three
    for targets, n_wrong in ((decided, 0), (1 - decided, N_INSTANCES)):
        context = make_context((5, n_outputs), Data(make_inputs(5), targets, None, None), groups=groups)
        assert gradient_of(context, np.zeros(6 * n_outputs), 0.0)[1] == n_wrong


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shift", [-2000, 2000])
def test_shares_of_softmax_do_not_depend_on_what_is_added_to_all_net_inputs(instruction_set, dtype, shift):
    """Nor do they overflow, which e^2000 would, or all vanish."""
    sizes = (20, 12)
    targets = make_targets("softmax_log", 12, (12,), dtype)
    context = make_context(sizes, Data(make_inputs(20, dtype), targets, None, None), "logistic", "softmax_log", (12,))
    plain, shifted = make_parameters(sizes, dtype), make_parameters(sizes, dtype)
    shifted.biases[0][...] += shift
    (loss, error, gradient), (*sums, other) = (gradient_of(context, each.vector, 0.0) for each in (plain, shifted))
    tolerance = 1e-3 if dtype == "float32" else 1e-11  # a net input near 2000 has fewer digits
    assert np.abs(gradient).max() > 1e-2
    assert difference(other, gradient) < tolerance
    np.testing.assert_allclose(sums, [loss, error], rtol=tolerance)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output_unit", OUTPUT_UNITS)
def test_gradient_is_that_of_central_differences(instruction_set, activation, output_unit):
    """Of its own loss, which the twin need not share; along each parameter."""
    sizes, penalty, step = (4, 6, 5, 12), 0.3, 1e-5
    data, groups = make_case(sizes, output_unit)
    context = make_context(sizes, data, activation, output_unit, groups)
    vector = make_parameters(sizes).vector
    gradient = gradient_of(context, vector, penalty)[2]
    for i, move in enumerate(np.eye(vector.size) * step):
        slope = (
            gradient_of(context, vector + move, penalty)[0] - gradient_of(context, vector - move, penalty)[0]
        ) / step
        assert gradient[i] == pytest.approx(slope / 2 / N_INSTANCES, abs=2e-7)
    assert np.count_nonzero(gradient) >= (0.9 if activation == "relu" else 1) * gradient.size


@pytest.mark.parametrize("batch_size", [1, 10, N_INSTANCES])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_gradient_between_two_epochs_leaves_no_trace(instruction_set, batch_size, is_sparse):
    sizes = (20, 17, 12)
    data, groups = make_case(sizes, "softmax_log")
    one, two = (make_context(sizes, in_csr(data, "int32") if is_sparse else data, groups=groups) for _ in range(2))
    vector, into = make_parameters(sizes).vector, np.empty_like(make_parameters(sizes).vector)
    for context in (one, two):
        context.load(vector, np.zeros_like(vector))
    for _ in range(3):
        sums = [context.epoch(None, batch_size, 0.1, 0.5, False, 0.1) for context in (one, two)]
        assert sums[0] == sums[1]
        one.gradient(0.3, into)


@pytest.mark.parametrize("density", [0.1, 0.9])
def test_other_inputs_begin_from_nothing(instruction_set, density):
    """Many zeros are presented as lists, whose sums begin from those of the batch before, which must be 0."""
    sizes = (20, 17, 12)
    before, groups = make_case(sizes, "softmax_log")
    after = before._replace(inputs=make_inputs(20, density=density))
    used, fresh = make_context(sizes, before, groups=groups), make_context(sizes, after, groups=groups)
    vector = make_parameters(sizes).vector
    used.load(vector)
    used.epoch(None, N_INSTANCES, 0.1, 0.0, False, 0.0)
    bind(used, after)
    for context in (used, fresh):
        context.load(vector)
    for _ in range(2):
        assert len({context.epoch(None, N_INSTANCES, 0.1, 0.0, False, 0.0) for context in (used, fresh)}) == 1


# ---- the limits of numbers ----


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("output_unit", OUTPUT_UNITS)
@pytest.mark.parametrize("net", [-1e4, 1e4])
def test_saturated_outputs_are_no_nan(instruction_set, dtype, output_unit, net):
    """Weights of no inputs, large biases of both signs; only exp_poisson may overflow, upward."""
    targets = make_targets(output_unit, 3, (2, 1), dtype)
    data = Data(np.zeros((N_INSTANCES, 4), dtype), targets, None, None)
    parameters = Parameters((4, 3), dtype)
    parameters.biases[0][:] = [net, -net, net]
    context = make_context((4, 3), data, "logistic", output_unit, (2, 1) if output_unit in CLASSIFYING else None)
    context.load(parameters.vector)
    for batch_size in (1, 10):
        loss, error, largest = context.epoch(None, batch_size, 0.0, 0.0, False, 0.0)
        assert np.isfinite([loss, error, largest]).all() == (output_unit != "exp_poisson")
        assert output_unit == "exp_poisson" or min(loss, error) > 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", ["plain", "momentum", "adam", "rprop"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_size", [1, 5])
def test_nan_and_infinity_reach_the_sums(instruction_set, dtype, rule, activation, batch_size):
    sizes = (20, 17, 3)
    data = Data(make_inputs(20, dtype, density=1), make_targets("identity_squared", 3, None, dtype), None, None)
    context = make_context(sizes, data, activation, "identity_squared")
    for where, bad in [(0, np.nan), (-1, np.nan), (20 * 17, np.inf), (20 * 17, np.nan), (5, -np.inf)]:
        parameters = make_parameters(sizes, dtype)
        parameters.vector[where] = bad
        memory = RULES[rule](parameters.vector.size)
        context.load(
            *(part if part is None else part.astype(dtype) for part in (parameters.vector, memory.first, memory.second))
        )
        sums = [memory.kernel_epoch(context, np.arange(N_INSTANCES), batch_size) for _ in range(2)]
        if np.isnan(bad) or activation in ("relu", "identity"):
            assert not np.isfinite(np.sum(sums))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 10])
@pytest.mark.parametrize("output_unit", ["identity_squared", "exp_poisson"])
def test_divergence_is_seen(instruction_set, dtype, batch_size, output_unit):
    sizes = (20, 5)
    data = Data(make_inputs(20, dtype), make_targets(output_unit, 5, None, dtype), None, None)
    context = make_context(sizes, data, "logistic", output_unit)
    context.load(make_parameters(sizes, dtype).vector)
    for _ in range(200):
        loss, _, largest = context.epoch(None, batch_size, 10.0, 0.0, False, 0.0)
        if not np.isfinite(loss + largest):
            return
    pytest.fail("no divergence")


@pytest.mark.parametrize("output_unit", ["identity_squared", "softmax_log"])
def test_loading_heals_a_diverged_context(instruction_set, output_unit):
    sizes = (20, 17, 3)
    data = Data(make_inputs(20), make_targets(output_unit, 3, (3,)), None, None)
    good = make_parameters(sizes).vector
    context, fresh = (make_context(sizes, data, "logistic", output_unit, (2, 1)) for _ in range(2))
    bad = np.full_like(good, np.nan)
    context.load(bad, bad, bad)
    context.epoch(None, 10, 0.1, 0.0, False, 0.0)
    for each in (context, fresh):
        each.load(good, np.zeros_like(good), np.zeros_like(good))
    for batch_size in (10, 1):
        arguments = (None, batch_size, 0.1, 0.9, 0.999, 1e-8, 0, 0.0)
        assert context.epoch_adam(*arguments) == fresh.epoch_adam(*arguments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adam_without_epsilon_leaves_alone_what_has_no_gradient(instruction_set, dtype):
    """An epsilon that is 0 in float32 would make 0 / 0 of inputs that never came, and of the padding."""
    sizes = (20, 17, 3)
    inputs = make_inputs(20, dtype)
    inputs[:, 3] = 0
    data = Data(inputs, make_targets("identity_squared", 3, None, dtype), None, None)
    parameters, zeros = make_parameters(sizes, dtype), Parameters(sizes, dtype).vector
    before = parameters.weights[0][3].copy()
    context = make_context(sizes, data, "logistic", "identity_squared")
    context.load(parameters.vector, zeros, zeros)
    assert np.isfinite(context.epoch_adam(None, 10, 0.1, 0.9, 0.999, 1e-60, 0, 0.0)).all()
    context.store(parameters.vector)
    assert np.isfinite(parameters.vector).all()
    np.testing.assert_array_equal(parameters.weights[0][3], before)


def loss_of_one_unit(value, dtype, output_unit, target):
    """A network of one input and one unit, weight 1, bias 0, rate 0."""
    data = Data(np.array([[value]], dtype), np.array([[target]], dtype), np.zeros(1, np.int32), None)
    context = make_context((1, 1), data, "logistic", output_unit)
    context.load(np.array([1, 0], dtype))
    return context.epoch(None, 1, 0.0, 0.0, False, 0.0)[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_is_exact_to_rounding(instruction_set, dtype):
    """With target 0 the loss is half the squared output."""
    for value in np.concatenate([np.linspace(-40, 40, 4001), [-1e30, 1e30, -800, 800, 0]]).astype(dtype):
        output = np.sqrt(2 * loss_of_one_unit(value, dtype, "logistic_squared", 0))
        exact = 1 / (1 + np.exp(-np.clip(np.longdouble(value), -11000, 11000)))
        assert output == pytest.approx(
            float(exact), rel=4 * float(np.finfo(dtype).eps), abs=float(np.finfo(dtype).tiny) ** 0.49
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exponential_is_exact_to_rounding_and_overflows(instruction_set, dtype):
    """With target 0 the loss is the output."""
    bound = 86 if dtype == "float32" else 700
    for value in np.linspace(-bound, bound, 2001).astype(dtype):
        exact = float(np.exp(np.longdouble(value)))
        assert loss_of_one_unit(value, dtype, "exp_poisson", 0) == pytest.approx(
            exact, rel=4 * float(np.finfo(dtype).eps)
        )
    assert loss_of_one_unit(1e4, dtype, "exp_poisson", 0) == np.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tanh_is_exact_to_rounding_also_near_0(instruction_set, dtype):
    """Through an output unit of weight 1 and bias 0, with target 0, the loss is half the squared output."""
    tiny = np.float64(np.finfo(dtype).tiny)
    powers = np.logspace(np.log10(tiny) / 2 + 1, 2, 601)  # their squares, which the losses are, must not underflow
    values = np.concatenate([powers, np.linspace(0.01, 3, 600), [1e-8, 1e30]]).astype(dtype)
    for value in np.concatenate([values, -values]):
        data = Data(np.array([[value]], dtype), np.zeros((1, 1), dtype), None, None)
        context = make_context((1, 1, 1), data, "tanh", "identity_squared")
        context.load(np.array([1, 1, 0, 0], dtype))
        for batch_size in (1, 2):
            output = np.sqrt(2 * context.epoch(None, batch_size, 0.0, 0.0, False, 0.0)[0])
            assert output == pytest.approx(
                float(np.tanh(np.longdouble(abs(value)))), rel=4 * float(np.finfo(dtype).eps)
            )


# ---- threads and signals ----

ARGUMENTS_OF_ADAM = (0.01, 0.9, 0.999, 1e-8, 0, 0.0)


@pytest.mark.slow
def test_contexts_of_eight_threads_do_not_meet(instruction_set):
    """Epochs short, and of more than the time after which a thread looks for signals."""
    sizes = (64, 30, 10)
    data = Data(make_inputs(64, "float32"), make_targets("logistic_squared", 10, (10,), "float32"), None, None)
    results = [None] * 8
    long_order = np.tile(np.arange(N_INSTANCES), 2000)

    def work(number):
        context = make_context(sizes, data, groups=(10,))
        vector = make_parameters(sizes, "float32").vector
        context.load(vector, np.zeros_like(vector), np.zeros_like(vector))
        results[number] = [context.epoch(None, batch, 0.5, 0.0, False, 0.0) for batch in (1, 10, 1, 32) * 30]
        results[number] += [context.epoch_adam(order, 32, *ARGUMENTS_OF_ADAM) for order in (None, long_order)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results)


class Ring(Exception):
    """What a signal's handler raises."""


SIZES_OF_CALLS, N_PARAMETERS_OF_CALLS = (200, 200, 200, 10), 82_410


def make_long_context(is_sparse, n_copies):
    """A context that is loaded and has so many copies of a hundred instances."""
    rng = np.random.RandomState(0)
    inputs = rng.standard_normal((100, 200))
    inputs = np.tile(np.where(inputs > 1, inputs, 0) if is_sparse else inputs, (n_copies, 1))
    data = Data(
        sparse.csr_array(inputs) if is_sparse else inputs, np.eye(10), np.arange(len(inputs), dtype=np.int32) % 10, None
    )
    context = make_context(SIZES_OF_CALLS, data, groups=(10,))
    load_long_context(context)
    return context


def load_long_context(context):
    vectors = [np.random.RandomState(1).uniform(-0.5, 0.5, N_PARAMETERS_OF_CALLS) / 10**i for i in range(3)]
    context.load(*map(np.abs, vectors))


def call_gradient(context, order):
    """The gradient is of all instances, so it is here that they are few or many."""
    into = np.empty(N_PARAMETERS_OF_CALLS)
    return *context.gradient(0.1, into), into.tobytes()


LONG_CALLS = {
    "one by one": lambda context, order: context.epoch(order, 1, 0.1, 0.0, False, 0.0),
    "in batches": lambda context, order: context.epoch(order, 32, 0.1, 0.5, False, 0.0),
    "in one batch": lambda context, order: context.epoch(order, 10**9, 0.1, 0.5, False, 0.0),
    "adam": lambda context, order: context.epoch_adam(order, 1, 0.01, 0.9, 0.999, 1e-8, 0, 0.0),
    "rprop": lambda context, order: context.epoch_rprop(order, 1.2, 0.5, 1e-6, 50.0, 0.0),
    "gradient": call_gradient,
}


@pytest.fixture
def alarm():
    """Sets a handler of SIGPROF; in the end the old one is back.

    Its clock goes while the process works, so that a busy machine changes nothing. SIGALRM is pytest-timeout's.
    """
    before = signal.getsignal(signal.SIGPROF)
    yield lambda handler: signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def seconds_of(call, context, order):
    start = time.process_time()
    call(context, order)
    return time.process_time() - start


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no timer signals")
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("name", LONG_CALLS)
def test_a_handler_that_raises_ends_the_call_within_a_second(name, is_sparse, alarm):
    """And the context can begin anew."""
    call, n_copies = LONG_CALLS[name], 200 if name == "gradient" else 1
    context = make_long_context(is_sparse, n_copies)
    order = np.tile(np.arange(100 * n_copies), 100_000 // n_copies)

    def ring(*_):
        raise Ring

    alarm(ring)
    start = time.process_time()
    with pytest.raises(Ring):  # noqa: PT012
        signal.setitimer(signal.ITIMER_PROF, 0.06)
        call(context, order)
    assert time.process_time() - start < 1.06
    load_long_context(context)
    assert call(context, None) == call(make_long_context(is_sparse, n_copies), None)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no timer signals")
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("name", LONG_CALLS)
def test_a_handler_that_returns_changes_nothing(name, is_sparse, alarm):
    call, is_gradient, few = LONG_CALLS[name], name == "gradient", 2
    seconds = seconds_of(call, make_long_context(is_sparse, few), None)
    n_copies = few * max(1, round(0.4 / max(seconds, 1e-3)))  # long enough to ring, on any machine, a busy one too
    context = make_long_context(is_sparse, n_copies if is_gradient else few)
    order = None if is_gradient else np.tile(np.arange(100 * few), n_copies // few)
    undisturbed = call(context, order)
    load_long_context(context)
    rings = []
    alarm(lambda *_: rings.append(1))
    signal.setitimer(signal.ITIMER_PROF, 0.03, 0.03)
    disturbed = call(context, order)
    signal.setitimer(signal.ITIMER_PROF, 0)
    assert disturbed == undisturbed
    assert rings


# ---- bounds ----


def make_small_context():
    codes = np.random.RandomState(0).permutation(N_INSTANCES).astype(np.int32) % 3
    data = Data(make_inputs(5), np.eye(3), codes, None)
    context = make_context((5, 3), data, groups=(3,))
    context.load(make_parameters((5, 3)).vector)
    return context, data


def test_numbers_out_of_bounds_are_refused():
    context, data = make_small_context()
    for order in ([0, N_INSTANCES], [-1]):
        with pytest.raises(IndexError, match="order"):
            context.epoch(np.array(order), 1, 0.1, 0.0, False, 0.0)
    with pytest.raises(IndexError, match="codes"):
        bind(context, data._replace(codes=data.codes + 1))
    with pytest.raises(ValueError, match="no instances"):
        context.epoch(None, 1, 0.1, 0.0, False, 0.0)
    for part in range(3):
        csr = sparse.csr_array(data.inputs)
        parts = [csr.data.copy(), csr.indices.copy(), csr.indptr.copy()]
        if part == 0:
            parts[0] = parts[0][:-1].copy()
        else:
            parts[part][3] = [10**6, -1][part - 1]
        with pytest.raises(ValueError, match=r"inputs|indices|starts|columns|rows|numbers"):
            context.bind(*parts, data.targets, data.codes, None)
    for inputs in (data.inputs[:, :4].copy(), data.inputs.astype("f"), data.inputs.T):
        with pytest.raises((ValueError, BufferError)):
            bind(context, data._replace(inputs=inputs))


@pytest.mark.parametrize("groups", [(2,), (4,), (3, 0), (0, 3), (-1, 4), (2, 2), (1, 1, 1, 1), ()])
def test_groups_fill_the_output_units(groups):
    with pytest.raises(ValueError, match="groups"):
        _kernel.Context((5, 3), "float64", "logistic", "softmax_log", groups)


def test_the_kernel_says_what_it_has():
    """Every name serves, and no other."""
    for activation in _kernel.ACTIVATIONS:
        for output_unit in _kernel.OUTPUT_UNITS:
            _kernel.Context((5, 3), "float64", activation, output_unit, None)
    assert {"logistic", "tanh", "relu", "identity"} <= set(_kernel.ACTIVATIONS)
    assert {*CLASSIFYING, *PARAMETERS_OF_LOSSES, "identity_squared", "exp_poisson"} < set(_kernel.OUTPUT_UNITS)
    for wrong in ("exponential", "Logistic", ""):
        with pytest.raises(ValueError, match="activation"):
            _kernel.Context((5, 3), "float64", wrong, "softmax_log", None)
    assert _kernel.RULES == ("descent", "adam", "rprop")


def test_arguments_of_other_types_are_refused():
    for groups in ([3], "3", 3, (1.0, 2)):
        with pytest.raises(TypeError):
            _kernel.Context((5, 3), "float64", "logistic", "softmax_log", groups)
    with pytest.raises(ValueError, match="output_unit"):
        _kernel.Context((5, 3), "float64", "logistic", "tanh_squared", None)


def test_rules_ask_for_what_they_remember():
    context, _ = make_small_context()
    zeros = np.zeros(5 * 3 + 3)
    with pytest.raises(ValueError, match="first"):
        context.epoch(None, 1, 0.1, 0.9, False, 0.0)
    context.load(zeros, zeros)
    with pytest.raises(ValueError, match="second"):
        context.epoch_adam(None, 1, *ARGUMENTS_OF_ADAM)
    with pytest.raises(ValueError, match="second"):
        context.epoch_rprop(None, 1.2, 0.5, 1e-6, 50.0, 0.0)
    with pytest.raises(ValueError, match="second"):
        context.store(zeros, None, zeros)
    for vectors in [(zeros[1:],), (zeros, zeros[1:]), (zeros, zeros, zeros.astype("f"))]:
        with pytest.raises(ValueError, match=r"vector|first|second"):
            context.load(*vectors)
    context.load(zeros)
    with pytest.raises(ValueError, match="first"):
        context.epoch_adam(None, 1, *ARGUMENTS_OF_ADAM)


def test_a_gradient_has_room_of_its_own_kind():
    context, _ = make_small_context()
    read_only = np.empty(18)
    read_only.flags.writeable = False
    for into in (np.empty(17), np.empty(18, "f"), np.empty(36)[::2], read_only):
        with pytest.raises((ValueError, BufferError)):
            context.gradient(0.0, into)
    with pytest.raises(TypeError, match="2 arguments"):
        context.gradient(0.0)
    with pytest.raises(TypeError):
        context.gradient("0", np.empty(18))
    with pytest.raises(ValueError, match="no instances"):
        _kernel.Context((5, 3), "float64", "logistic", "softmax_log", None).gradient(0.0, np.empty(18))


def test_a_context_that_has_diverged_on_other_instances_then_learns_as_a_new_one():
    _, data = make_small_context()
    sizes, ends = (5, 20, 3), []  # of the last layer a unit's weights make a row
    used, new = (make_context(sizes, data, output_unit="softmax_log", groups=(3,)) for _ in range(2))
    vector = make_parameters(sizes).vector
    used.load(np.full_like(vector, np.nan), np.full_like(vector, np.inf))
    used.epoch(None, 7, 1e300, 0.9, False, 0.0)
    used.release()
    with pytest.raises(ValueError, match="no instances"):
        used.epoch(None, 7, 0.1, 0.9, False, 0.0)
    bind(used, data)
    for context in (used, new):
        context.load(vector, np.zeros_like(vector))
        sums = context.epoch(None, 3, 0.1, 0.5, False, 0.0)
        ends.append(np.empty_like(vector))
        context.store(ends[-1])
        assert np.isfinite(sums).all()
    np.testing.assert_array_equal(*ends)


def test_an_empty_order_changes_nothing():
    context, _ = make_small_context()
    nobody = np.array([], dtype=np.intp)
    before, after, zeros = make_parameters((5, 3)).vector, np.empty(18), np.zeros(18)
    context.load(before, zeros, zeros)
    assert context.epoch(nobody, 1, 0.1, 0.0, False, 0.0) == (0.0, 0.0, 0.0)
    assert context.epoch_adam(nobody, 1, *ARGUMENTS_OF_ADAM) == (0.0, 0.0, 0.0)
    assert context.epoch_rprop(nobody, 1.2, 0.5, 1e-6, 50.0, 0.0) == (0.0, 0.0, 0.0)
    context.store(after)
    np.testing.assert_array_equal(after, before)
