"""What only the compiled kernel does: its bounds, its threads, and the units and losses that are to come."""

import threading

import numpy as np
import pytest
from scipy import sparse

from skbackprop._network import Parameters, TrainingSet, UpdateRule

_kernel = pytest.importorskip(
    "skbackprop._kernel", reason="installed without the compiled kernel", exc_type=ImportError
)

N_INSTANCES = 67
N_EPOCHS = 20


@pytest.fixture(params=_kernel.instruction_sets())
def instruction_set(request, monkeypatch):
    monkeypatch.setenv("SKBACKPROP_KERNEL", request.param)
    return request.param


def make_training_set(sizes, dtype, *, density=1.0, csr=None, weighted=False, output_unit="logistic", seed=0):
    rng = np.random.RandomState(seed)
    inputs = rng.standard_normal((N_INSTANCES, sizes[0])) * (rng.uniform(size=(N_INSTANCES, sizes[0])) < density)
    inputs = np.ascontiguousarray(inputs, dtype=dtype)
    if csr is not None:
        inputs = sparse.csr_array(inputs)
        inputs.indices, inputs.indptr = inputs.indices.astype(csr), inputs.indptr.astype(csr)
    if output_unit == "logistic":
        n_classes = max(2, sizes[-1])
        targets = np.eye(n_classes, dtype=dtype) if sizes[-1] > 1 else np.array([[0], [1]], dtype=dtype)
        codes = rng.randint(n_classes, size=N_INSTANCES)
    else:
        targets, codes = rng.standard_normal((N_INSTANCES, sizes[-1])).astype(dtype), None
    weights = None
    if weighted:
        weights = rng.randint(0, 4, N_INSTANCES).astype(dtype)
        weights /= weights[weights > 0].mean()
    return TrainingSet(inputs, targets, codes, weights, 1.7 if weighted else 1.0, output_unit)


def make_parameters(sizes, dtype, seed=1):
    parameters = Parameters(sizes, dtype)
    parameters.vector[:] = np.random.RandomState(seed).uniform(-0.5, 0.5, parameters.vector.size)
    return parameters


def make_context(sizes, training_set, parameters, velocity, activation="logistic", output_unit=None, error_kind=None):
    inputs = training_set.inputs
    if output_unit is None:
        output_unit = training_set.output_unit + "_squared"
    if error_kind is None:
        error_kind = "one_class" if training_set.output_unit == "logistic" else "residuals"
    context = _kernel.Context(tuple(sizes), inputs.dtype.name, activation, output_unit, error_kind)
    parts = (inputs.data, inputs.indices, inputs.indptr) if sparse.issparse(inputs) else (inputs, None, None)
    context.bind(*parts, training_set.targets, training_set.codes, training_set.weights)
    context.load(parameters.vector, None if velocity is None else velocity.vector)
    return context


def difference(x, y):
    return np.abs(x - y).max() / max(1.0, np.abs(y).max())


def plain_epoch(parameters, velocity, training_set, order, batch_size, rule, activation, output_unit, nesterov):
    """One epoch as scikit-learn has it, row by row in NumPy."""
    functions = {
        "logistic": (lambda z: 1 / (1 + np.exp(-z)), lambda o: o * (1 - o)),
        "tanh": (np.tanh, lambda o: 1 - o**2),
        "relu": (lambda z: np.maximum(z, 0), lambda o: (o > 0).astype(o.dtype)),
        "identity": (lambda z: z, np.ones_like),
    }
    f, slope = functions[activation]
    loss = error = largest = 0.0
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        layers = [training_set.inputs[rows]]
        targets = training_set.targets[rows if training_set.codes is None else training_set.codes[rows]]
        for weights, biases in zip(parameters.weights, parameters.biases, strict=True):
            net = layers[-1] @ weights + biases
            layers.append(f(net))
        if output_unit == "softmax_log":
            out = np.exp(net - net.max(axis=1, keepdims=True))
            out /= out.sum(axis=1, keepdims=True)
        else:
            out = net if output_unit == "identity_squared" else functions["logistic"][0](net)
        errors = targets - out
        if output_unit.endswith("squared"):
            loss += 0.5 * (errors**2).sum()
        else:
            p = np.clip(out, np.finfo(out.dtype).eps, 1 - np.finfo(out.dtype).eps)
            loss -= (targets * np.log(p)).sum()
            if output_unit == "logistic_log":
                loss -= ((1 - targets) * np.log(1 - p)).sum()
        if output_unit == "logistic_squared":
            errors = errors * out * (1 - out)
        error += ((out > 0.5) != (targets > 0.5)).any(axis=1).sum()
        gradient = Parameters(parameters.layer_sizes, "float64")
        for i in reversed(range(len(parameters.weights))):
            gradient.weights[i][...] = -layers[i].T @ errors / len(rows)
            gradient.biases[i][...] = -errors.sum(axis=0) / len(rows)
            if i:
                errors = slope(layers[i]) * (errors @ parameters.weights[i].T)
        step = -rule.learning_rate * gradient.vector
        if velocity is not None:
            velocity.vector[:] = rule.momentum * velocity.vector + step
            step = rule.momentum * velocity.vector + step if nesterov else velocity.vector
        parameters.vector += step
        largest = max(largest, np.abs(step).max())
    return loss, error, largest


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("output_unit", ["logistic_squared", "identity_squared", "logistic_log", "softmax_log"])
@pytest.mark.parametrize("batch_size", [1, 10])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_activations_losses_and_nesterov(instruction_set, activation, output_unit, batch_size, momentum):
    sizes = (20, 17, 9, 3)
    training_set = make_training_set(sizes, "float64", density=0.5)
    theirs, ours = make_parameters(sizes, "float64"), Parameters(sizes, "float64")
    velocity = Parameters(sizes, "float64") if momentum else None
    context = make_context(sizes, training_set, theirs, velocity, activation, output_unit, "any_label")
    rng = np.random.RandomState(3)
    rule = UpdateRule(0.05, momentum, 0.0)
    for _ in range(N_EPOCHS):
        order = rng.permutation(N_INSTANCES)
        expected = plain_epoch(theirs, velocity, training_set, order, batch_size, rule, activation, output_unit, True)
        got = context.epoch(order, batch_size, rule.learning_rate, momentum, True, 0.0)
        assert got == pytest.approx(expected, rel=1e-9)
    context.store(ours.vector, None)
    assert difference(ours.vector, theirs.vector) < 1e-10


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("batch_size", [1, 5])
def test_nan_and_infinity_reach_the_sums(instruction_set, dtype, activation, batch_size):
    sizes = (20, 17, 3)
    training_set = make_training_set(sizes, dtype, output_unit="identity")
    for where, bad in [(0, np.nan), (-1, np.nan), (20 * 17, np.inf), (20 * 17, np.nan), (5, -np.inf)]:
        parameters = make_parameters(sizes, dtype)
        parameters.vector[where] = bad
        context = make_context(sizes, training_set, parameters, None, activation)
        first = context.epoch(None, batch_size, 0.1, 0.0, False, 0.0)
        second = context.epoch(None, batch_size, 0.1, 0.0, False, 0.0)
        if np.isnan(bad) or activation in ("relu", "identity"):
            assert not np.isfinite(first[0] + first[2] + second[0] + second[2])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 10])
def test_divergence_is_seen(instruction_set, dtype, batch_size):
    sizes = (20, 5)
    training_set = make_training_set(sizes, dtype, output_unit="identity")
    context = make_context(sizes, training_set, make_parameters(sizes, dtype), None)
    for _ in range(200):
        loss, _, largest = context.epoch(None, batch_size, 10.0, 0.0, False, 0.0)
        if not np.isfinite(loss + largest):
            return
    pytest.fail("no divergence")


def test_loading_heals_a_diverged_context(instruction_set):
    sizes = (20, 17, 3)
    training_set = make_training_set(sizes, "float64", output_unit="identity")
    bad, good = make_parameters(sizes, "float64"), make_parameters(sizes, "float64")
    bad.vector[:] = np.nan
    context = make_context(sizes, training_set, bad, None)
    context.epoch(None, 10, 0.1, 0.0, False, 0.0)
    context.load(good.vector, None)
    fresh = make_context(sizes, training_set, good, None)
    assert context.epoch(None, 10, 0.1, 0.0, False, 0.0) == fresh.epoch(None, 10, 0.1, 0.0, False, 0.0)
    assert context.epoch(None, 1, 0.1, 0.0, False, 0.0) == fresh.epoch(None, 1, 0.1, 0.0, False, 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_is_exact_to_rounding(instruction_set, dtype):
    """A network of one input and one unit, weight 1, bias 0, rate 0: the loss is half the squared output."""
    z = np.concatenate([np.linspace(-40, 40, 4001), [-1e30, 1e30, -800, 800, 0]]).astype(dtype)
    parameters = Parameters((1, 1), dtype)
    parameters.vector[:] = [1, 0]
    zero = np.zeros((1, 1), dtype)
    for value in z:
        training_set = TrainingSet(np.array([[value]]), zero, np.zeros(1, np.intp), None, 1.0, "logistic")
        context = make_context((1, 1), training_set, parameters, None)
        loss, _, _ = context.epoch(None, 1, 0.0, 0.0, False, 0.0)
        exact = 1 / (1 + np.exp(-np.clip(np.longdouble(value), -11000, 11000)))
        assert np.sqrt(2 * loss) == pytest.approx(
            float(exact), rel=4 * float(np.finfo(dtype).eps), abs=float(np.finfo(dtype).tiny) ** 0.49
        )


def test_contexts_of_eight_threads_do_not_meet(instruction_set):
    sizes = (64, 30, 10)
    training_set = make_training_set(sizes, "float32")
    results = [None] * 8

    def work(number):
        context = make_context(sizes, training_set, make_parameters(sizes, "float32"), None)
        results[number] = [context.epoch(None, batch, 0.5, 0.0, False, 0.0) for batch in (1, 10, 1, 32) * 30]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == results[0] for result in results)


def test_numbers_out_of_bounds_are_refused():
    sizes = (5, 3)
    training_set = make_training_set(sizes, "float64")
    context = make_context(sizes, training_set, make_parameters(sizes, "float64"), None)
    for order in ([0, N_INSTANCES], [-1]):
        with pytest.raises(IndexError, match="order"):
            context.epoch(np.array(order), 1, 0.1, 0.0, False, 0.0)
    with pytest.raises(IndexError, match="codes"):
        context.bind(training_set.inputs, None, None, training_set.targets, training_set.codes + 1, None)
    with pytest.raises(ValueError, match="no instances"):
        context.epoch(None, 1, 0.1, 0.0, False, 0.0)
    csr = sparse.csr_array(training_set.inputs)
    for part in range(3):
        parts = [csr.data.copy(), csr.indices.copy(), csr.indptr.copy()]
        if part == 0:
            parts[0] = parts[0][:-1].copy()
        else:
            parts[part][3] = [10**6, -1][part - 1]
        with pytest.raises(ValueError, match=r"inputs|indices|starts|columns|rows|numbers"):
            context.bind(*parts, training_set.targets, training_set.codes, None)
    for arguments in [
        (training_set.inputs[:, :4].copy(),),
        (training_set.inputs.astype("f"),),
        (training_set.inputs.T,),
    ]:
        with pytest.raises((ValueError, BufferError)):
            context.bind(*arguments, None, None, training_set.targets, training_set.codes, None)


def test_an_empty_order_changes_nothing():
    sizes = (5, 3)
    training_set = make_training_set(sizes, "float64")
    context = make_context(sizes, training_set, make_parameters(sizes, "float64"), None)
    assert context.epoch(np.array([], dtype=np.intp), 1, 0.1, 0.0, False, 0.0) == (0.0, 0.0, 0.0)
