"""The compiled kernel does the same arithmetic as the book's code in NumPy, on every instruction set of the machine."""

import os
import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array, vstack
from sklearn.exceptions import ConvergenceWarning

import skbackprop
from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import backprop, engines
from skbackprop._network.losses import REGRESSION_LOSSES, classification_loss
from skbackprop._network.parameters import Parameters, TrainingSet
from skbackprop._network.units import Units
from skbackprop._network.updates import Adam, GradientDescent, Memory, Rprop

needs_kernel = pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
FORCED = os.environ.get("SKBACKPROP_KERNEL")
INSTRUCTION_SETS = [FORCED] if FORCED else engines._kernel.instruction_sets() if engines._kernel else []

ENGINES = [engines._NumPyEngine, *([engines._KernelEngine] if engines._kernel else [])]
N_INSTANCES = 67
DESCENT = GradientDescent(0.1)


@pytest.fixture(params=INSTRUCTION_SETS)
def instruction_set(request, monkeypatch):
    monkeypatch.setenv("SKBACKPROP_KERNEL", request.param)


def make_training_set(layer_sizes, output_unit="logistic", dtype=np.float64, is_sparse=False, is_weighted=False):
    generator = np.random.RandomState(0)
    inputs = generator.normal(size=(N_INSTANCES, layer_sizes[0])) * (generator.uniform(size=(N_INSTANCES, 1)) < 0.9)
    inputs[generator.uniform(size=inputs.shape) < 0.4] = 0
    inputs = inputs.astype(dtype)
    n_outputs = layer_sizes[-1]
    weights = generator.uniform(0.1, 3, N_INSTANCES)
    if output_unit == "identity":
        targets, codes = generator.normal(size=(N_INSTANCES, n_outputs)), None
    else:
        targets = np.eye(n_outputs) if n_outputs > 1 else np.array([[0.0], [1.0]])
        codes = generator.randint(0, len(targets), N_INSTANCES).astype(np.int32)
    groups = None if output_unit == "identity" else (n_outputs,)
    return TrainingSet(
        inputs=csr_array(inputs) if is_sparse else inputs,
        targets=targets.astype(dtype),
        codes=codes,
        weights=(weights / weights.mean()).astype(dtype) if is_weighted else None,
        mean_weight=weights.mean() if is_weighted else 1.0,
        units=Units(output_unit=output_unit, groups=groups),
        loss=REGRESSION_LOSSES["squared_error"] if groups is None else classification_loss("squared_error", groups),
    )


def start(layer_sizes, dtype):
    parameters = Parameters(layer_sizes, dtype)
    backprop.initialize(parameters, [0.5] * len(parameters.weights), np.random.RandomState(1))
    return parameters


def learn(make, layer_sizes, training_set, batch_size, rule, shuffle):
    """Parameters, memories and sums after a few epochs; twenty where one is one update."""
    parameters = start(layer_sizes, training_set.inputs.dtype)
    memory = Memory()
    memory.prepare(rule, parameters)
    engine = make(parameters, memory, training_set, batch_size)
    orders = np.random.RandomState(2)
    n_epochs = 20 if batch_size >= N_INSTANCES else 4
    sums = [engine.epoch(orders.permutation(N_INSTANCES) if shuffle else None, rule) for _ in range(n_epochs)]
    engine.copy_to(parameters.vector, *memory.vectors.values())
    return [parameters.vector, *memory.vectors.values(), np.array(sums)]


def assert_engines_agree(
    monkeypatch,
    layer_sizes,
    training_set,
    batch_size,
    rule=DESCENT,
    rtol=1e-10,
    shuffle=True,
):
    """The book and the kernel, on every instruction set, give the same up to rounding."""
    expected = learn(engines._NumPyEngine, layer_sizes, training_set, batch_size, rule, shuffle)
    for name in INSTRUCTION_SETS:
        monkeypatch.setenv("SKBACKPROP_KERNEL", name)
        got = learn(engines._KernelEngine, layer_sizes, training_set, batch_size, rule, shuffle)
        for kernel, book in zip(got, expected, strict=True):
            assert np.isfinite(book).all()
            np.testing.assert_allclose(kernel, book, rtol=0, atol=rtol * max(1.0, np.abs(book).max()), err_msg=name)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("is_drawn", [True, False])
def test_instances_left_over_come_first_in_a_given_order_and_last_in_their_own(make, is_drawn):
    training_set = make_training_set((5, 4, 3))
    order = np.random.RandomState(3).permutation(N_INSTANCES) if is_drawn else np.arange(N_INSTANCES)
    bounds = [0, 3, 35, 67] if is_drawn else [0, 32, 64, 67]
    parameters, stepwise = start((5, 4, 3), np.float64), start((5, 4, 3), np.float64)
    for first, end in pairwise(bounds):
        backprop.epoch(stepwise, Memory(), training_set, order[first:end], end - first, DESCENT)
    engine = make(parameters, Memory(), training_set, 32)
    engine.epoch(order if is_drawn else None, DESCENT)
    engine.copy_to(parameters.vector)
    np.testing.assert_allclose(parameters.vector, stepwise.vector, rtol=0, atol=1e-12)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("is_drawn", [True, False])
@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_where_shares_are_equal_they_move_the_weights_by_no_more_than_others(make, is_drawn, factor):
    """Three of 32: at 3/32 of the rate, in all layers; the sums are those of all."""
    training_set = make_training_set((5, 4, 3))
    order = np.random.RandomState(3).permutation(N_INSTANCES) if is_drawn else np.arange(N_INSTANCES)
    bounds = [0, 3, 35, 67] if is_drawn else [0, 32, 64, 67]
    rule = GradientDescent(0.1, hidden_factor=factor, alpha=0.2)
    parameters, stepwise = start((5, 4, 3), np.float64), start((5, 4, 3), np.float64)
    parts = [
        backprop.epoch(
            *(stepwise, Memory(), training_set, order[first:end], end - first),
            rule._replace(learning_rate=0.1 * (end - first) / 32),
        )
        for first, end in pairwise(bounds)
    ]
    engine = make(parameters, Memory(), training_set, 32)
    sums = engine.epoch(order if is_drawn else None, rule._replace(has_equal_shares=True))
    engine.copy_to(parameters.vector)
    np.testing.assert_allclose(parameters.vector, stepwise.vector, rtol=0, atol=1e-12)
    losses, errors, largest = zip(*parts, strict=True)
    np.testing.assert_allclose(sums, [sum(losses), sum(errors), max(largest)], rtol=1e-12)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("is_drawn", [True, False])
def test_where_shares_are_equal_moments_have_of_each_instance_as_much(make, is_drawn):
    """Three of 32: their gradient is the sum over them, and over the penalty's share, divided by 32."""
    training_set = make_training_set((5, 4, 3))
    order = np.random.RandomState(3).permutation(N_INSTANCES) if is_drawn else np.arange(N_INSTANCES)
    bounds = [0, 3, 35, 67] if is_drawn else [0, 32, 64, 67]
    rule = Adam(0.1, hidden_factor=2.5, alpha=0.2)
    parameters, stepwise, step = (start((5, 4, 3), np.float64) for _ in range(3))
    memories = [Memory({name: np.zeros_like(step.vector) for name in rule.memory()}) for _ in range(2)]
    for _ in range(2):
        for first, end in pairwise(bounds):
            backprop.batch_gradient(stepwise, training_set, order, slice(first, end), rule.alpha, step)
            step.vector *= (end - first) / 32
            backprop.update(stepwise, memories[0], step, rule)
    engine = make(parameters, memories[1], training_set, 32)
    for _ in range(2):
        engine.epoch(order if is_drawn else None, rule._replace(has_equal_shares=True))
    engine.copy_to(parameters.vector, *memories[1].vectors.values())
    np.testing.assert_allclose(parameters.vector, stepwise.vector, rtol=0, atol=1e-12)
    assert memories[1].n_updates == memories[0].n_updates == 6


@needs_kernel
@pytest.mark.parametrize(
    "layer_sizes", [(5, 3), (4, 10, 1), (17, 16, 10), (33, 31, 8, 5), (3, 65, 2, 7, 4), (70, 129, 3)]
)
@pytest.mark.parametrize("batch_size", [1, 2, 8, 10, 33, N_INSTANCES])
@pytest.mark.parametrize("output_unit", ["logistic", "identity"])
def test_engines_agree_over_shapes_and_batches(monkeypatch, layer_sizes, batch_size, output_unit):
    training_set = make_training_set(layer_sizes, output_unit)
    assert_engines_agree(monkeypatch, layer_sizes, training_set, batch_size, GradientDescent(0.02))


@needs_kernel
@pytest.mark.parametrize("layer_sizes", [(40, 3), (70, 140, 150, 3), (16, 9, 17, 33, 20)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shuffle", [False, True])
def test_engines_agree_where_updates_wait_for_the_next_instance(monkeypatch, layer_sizes, dtype, shuffle):
    """As they do in layers that begin with no list of non-zero inputs."""
    training_set = make_training_set(layer_sizes, dtype=dtype)
    inputs = np.random.RandomState(0).normal(size=(N_INSTANCES, layer_sizes[0])).astype(dtype)
    rtol = 1e-10 if dtype == np.float64 else 1e-4
    assert_engines_agree(monkeypatch, layer_sizes, training_set._replace(inputs=inputs), 1, rtol=rtol, shuffle=shuffle)


@pytest.mark.slow
@needs_kernel
def test_engines_agree_where_an_instance_fills_the_scratch(monkeypatch):
    layer_sizes = (2**19 + 3, 2, 20, 2)
    training_set = make_training_set((5, 2))
    generator = np.random.RandomState(0)
    few = random_array((N_INSTANCES - 1, layer_sizes[0]), density=1e-5, random_state=generator)
    inputs = vstack([csr_array(generator.normal(size=(1, layer_sizes[0]))), few], format="csr")
    training_set = training_set._replace(inputs=inputs)
    assert_engines_agree(monkeypatch, layer_sizes, training_set, 1, GradientDescent(1e-6))


@needs_kernel
@pytest.mark.parametrize("batch_size", [1, 8, 33])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_engines_agree_over_options(monkeypatch, batch_size, is_sparse, is_weighted, momentum, alpha):
    layer_sizes = (20, 13, 6)
    training_set = make_training_set(layer_sizes, is_sparse=is_sparse, is_weighted=is_weighted)
    assert_engines_agree(
        monkeypatch, layer_sizes, training_set, batch_size, GradientDescent(0.1, momentum, alpha=alpha)
    )


@needs_kernel
@pytest.mark.parametrize("batch_size", [1, 8, 33])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize(
    "rule", [Adam(0.01), Rprop(0.1), GradientDescent(0.1, 0.7, True), GradientDescent(0.1, 0.7, False, 0.0, 2.0, True)]
)
def test_engines_agree_over_rules(monkeypatch, batch_size, is_sparse, is_weighted, alpha, rule):
    layer_sizes = (20, 13, 6)
    training_set = make_training_set(layer_sizes, is_sparse=is_sparse, is_weighted=is_weighted)
    batch_size = N_INSTANCES if isinstance(rule, Rprop) else batch_size
    # The signs that Rprop goes by turn where rounding decides, and Adam divides by roots of numbers near zero.
    rtol = 1e-10 if isinstance(rule, GradientDescent) else 1e-7
    assert_engines_agree(monkeypatch, layer_sizes, training_set, batch_size, rule._replace(alpha=alpha), rtol)


@needs_kernel
@pytest.mark.parametrize("first_step", [100.0, 60.0, 1e-8, 2.1e-6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_step_of_rprop_is_what_was_asked_for(monkeypatch, first_step, dtype):
    """Its bounds, 1e-6 and 50, hold back the later ones: those that grow from above, those that shrink from below."""
    layer_sizes = (20, 6)
    training_set = make_training_set(layer_sizes, output_unit="identity", dtype=dtype)  # that no step saturates
    rule = Rprop(first_step)
    for make in (engines._NumPyEngine, engines._KernelEngine):
        _, _, sizes, sums = learn(make, layer_sizes, training_set, N_INSTANCES, rule, shuffle=False)
        assert sums[0, 2] == pytest.approx(first_step, rel=1e-6)
        assert sizes.max() > first_step or sizes.min() < first_step
    assert_engines_agree(
        monkeypatch, layer_sizes, training_set, N_INSTANCES, rule, 1e-6 if dtype == np.float64 else 1e-4
    )


@needs_kernel
def test_engines_agree_on_rprop_where_products_of_gradients_underflow(monkeypatch):
    """Gradients of about 1e-30 keep their signs in float32, though their products are 0."""
    layer_sizes = (20, 6)
    training_set = make_training_set(layer_sizes, output_unit="identity", dtype=np.float32)
    tiny = training_set._replace(inputs=training_set.inputs * np.float32(1e-30))
    steps = learn(engines._NumPyEngine, layer_sizes, tiny, N_INSTANCES, Rprop(1e-3), shuffle=False)[2]
    assert (steps[:120] > 1e-3).any()
    assert_engines_agree(monkeypatch, layer_sizes, tiny, N_INSTANCES, Rprop(1e-3), rtol=1e-4)


@needs_kernel
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_engines_agree_on_adam_where_epsilon_is_nothing(monkeypatch, dtype):
    """An input that is always 0 brings no gradient, and 0 / 0 must not come of it."""
    layer_sizes = (20, 6)
    training_set = make_training_set(layer_sizes, dtype=dtype)
    training_set.inputs[:, 3] = 0
    rtol = 1e-7 if dtype == np.float64 else 1e-3
    assert_engines_agree(monkeypatch, layer_sizes, training_set, 8, Adam(0.01, epsilon=1e-330), rtol)


@pytest.mark.parametrize("make", ["_NumPyEngine", pytest.param("_KernelEngine", marks=needs_kernel)])
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e-25), (np.float32, 1e-19), (np.float64, 1e-157)])
def test_adam_makes_no_leap_where_squares_of_gradients_underflow(make, dtype, size):
    """Of steps in units of the root mean square none is many rates long; with ε next to nothing one was 1e18 of them."""
    training_set = make_training_set((20, 6), dtype=dtype)
    tiny = training_set._replace(inputs=training_set.inputs * dtype(size))
    sums = learn(getattr(engines, make), (20, 6), tiny, 8, Adam(0.01, epsilon=1e-330), shuffle=False)[-1]
    assert 0.001 < sums[:, 2].max() < 0.05


@pytest.mark.parametrize("make", ["_NumPyEngine", pytest.param("_KernelEngine", marks=needs_kernel)])
def test_a_small_rate_of_adam_does_not_make_small_moments_vanish(make):
    """The first step is l g / |g|, the rate; l times the mean of gradients, 1e-41, would be no normal number."""
    training_set = make_training_set((20, 6), output_unit="identity", dtype=np.float32)
    tiny = training_set._replace(inputs=training_set.inputs * np.float32(1e-13))
    rule = Adam(1e-26, epsilon=1e-30)
    parameters = start((20, 6), np.float32)
    parameters.vector[:] = 0
    memory = Memory()
    memory.prepare(rule, parameters)
    engine = getattr(engines, make)(parameters, memory, tiny, N_INSTANCES)
    engine.epoch(None, rule)
    engine.copy_to(parameters.vector, *memory.vectors.values())
    np.testing.assert_allclose(np.abs(parameters.vector), 1e-26, rtol=0.1)


@needs_kernel
@pytest.mark.parametrize("batch_size", [1, 10, N_INSTANCES])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_engines_agree_in_float32(monkeypatch, batch_size, is_sparse):
    layer_sizes = (20, 30, 10)
    training_set = make_training_set(layer_sizes, dtype=np.float32, is_sparse=is_sparse)
    assert_engines_agree(monkeypatch, layer_sizes, training_set, batch_size, rtol=1e-4)


@needs_kernel
@pytest.mark.parametrize("layer_sizes", [(20, 6), (20, 13, 6), (70, 129, 3, 2)])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_engines_agree_on_the_gradient(monkeypatch, layer_sizes, is_sparse, is_weighted, alpha):
    """Of parameters that are not those that the engine began with."""
    training_set = make_training_set(layer_sizes, is_sparse=is_sparse, is_weighted=is_weighted)
    parameters, into = start(layer_sizes, np.float64), Parameters(layer_sizes, np.float64)
    begun = [Parameters(layer_sizes, np.float64), Memory(), training_set, N_INSTANCES]
    sums = engines._NumPyEngine(*begun).gradient(parameters, alpha, into)
    expected = into.vector.copy()
    assert np.abs(expected).max() > 1e-3
    for name in INSTRUCTION_SETS:
        monkeypatch.setenv("SKBACKPROP_KERNEL", name)
        into.vector[:] = np.nan
        got = engines._KernelEngine(*begun).gradient(parameters, alpha, into)
        np.testing.assert_allclose(got, sums, rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(into.vector, expected, rtol=0, atol=1e-13, err_msg=name)


@needs_kernel
@pytest.mark.parametrize("index_dtypes", [(np.int32, np.int32), (np.int64, np.int64), (np.int32, np.int64)])
def test_the_kernel_takes_indices_of_both_sizes_and_rows_in_their_own_order(monkeypatch, index_dtypes):
    layer_sizes = (20, 13, 6)
    training_set = make_training_set(layer_sizes, is_sparse=True)
    inputs = training_set.inputs
    inputs.indices, inputs.indptr = inputs.indices.astype(index_dtypes[0]), inputs.indptr.astype(index_dtypes[1])
    assert_engines_agree(monkeypatch, layer_sizes, training_set, 8, shuffle=False)


@needs_kernel
@pytest.mark.parametrize("batch_size", [1, 8])
def test_a_diverging_network_shows_in_the_sums(instruction_set, batch_size):
    layer_sizes = (20, 13, 2)
    training_set = make_training_set(layer_sizes, "identity")
    parameters = Parameters(layer_sizes, np.float64)
    engine = engines._KernelEngine(parameters, Memory(), training_set, batch_size)
    sums = [engine.epoch(None, GradientDescent(1e6)) for _ in range(10)][-1]
    assert not np.isfinite(sums[0] + sums[2])


def train_with(engine, monkeypatch, estimator, X, y, **arguments):
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    return estimator.fit(X, y, **arguments)


both_engines = pytest.mark.parametrize("engine", ["numpy", pytest.param("kernel", marks=needs_kernel)])


@both_engines
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 200.0), (np.float64, 1000.0), (np.float64, 1e5)])
def test_where_an_exponential_underflows_there_is_no_error_left(monkeypatch, engine, loss, n_classes, dtype, size):
    """Outputs are their targets, 0 and 1, to the last digit, so that rprop, which asks for signs only, stays."""
    X = np.eye(n_classes, dtype=dtype)
    coefs = size * (2 * np.eye(n_classes) - 1)
    if n_classes == 2:
        coefs = size * np.array([[-1.0], [1.0]])
    network = BackpropClassifier((), solver="rprop", loss=loss, learning_rate_init=0.1, max_iter=3, update_tol=0)
    arguments = {"coefs_init": [coefs], "intercepts_init": [np.zeros(coefs.shape[1])]}
    train_with(engine, monkeypatch, network, X, np.arange(n_classes), **arguments)
    assert network.update_curve_ == [0.0] * 3


@both_engines
@pytest.mark.parametrize(
    ("dtype", "net"), [(np.float32, 88.5), (np.float64, 709.5), (np.float32, -200.0), (np.float64, -1e3)]
)
def test_an_exponential_output_may_be_as_large_and_small_as_its_type_allows(monkeypatch, engine, dtype, net):
    """E = T ln(T / O) - T + O of T = 1, with O no less than the smallest normal number where its logarithm is taken."""
    network = BackpropRegressor(
        (), loss="poisson", learning_rate_init=1e-300, batch_size=1, max_iter=1, normalize_y=False
    )
    if dtype == np.float32:
        network.set_params(learning_rate_init=1e-37)
    X, start = np.ones((1, 1), dtype), {"coefs_init": [[[net]]], "intercepts_init": [[0.0]]}
    with np.errstate(over="ignore"):
        output = float(np.exp(dtype(net)))
    expected = output - 1 - np.log(max(output, float(np.finfo(dtype).tiny)))
    train_with(engine, monkeypatch, network, X, [1.0], **start)
    assert network.loss_curve_ == [pytest.approx(expected, rel=1e-4)]


@both_engines
def test_the_loss_of_a_minimiser_that_does_not_move_is_that_of_its_weights(monkeypatch, engine):
    """And not that of the last point its line search has tried: inputs of 1e10 leave it no step that it takes."""
    generator = np.random.RandomState(0)
    X, y = 1e10 * generator.normal(size=(7, 1)), np.array([0, 1, 1, 0, 1, 0, 1])
    begun = {"coefs_init": [[[1e-11]]], "intercepts_init": [[0.0]]}
    network = BackpropClassifier((), solver="lbfgs", max_iter=3)
    other = BackpropClassifier((), batch_size="epoch", learning_rate_init=1e-30, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        train_with(engine, monkeypatch, network, X, y, **begun)
        now = {"coefs_init": network.coefs_, "intercepts_init": network.intercepts_}
        train_with(engine, monkeypatch, other, X, y, **now)
    assert network.loss_ == pytest.approx(other.loss_, rel=1e-12)


@needs_kernel
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_estimators_learn_the_same_with_both_engines(monkeypatch, estimator_class):
    X = np.random.RandomState(0).normal(size=(60, 5))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    one, two = (
        train_with(engine, monkeypatch, estimator_class(7, max_iter=50, random_state=0), X, y)
        for engine in ("kernel", "numpy")
    )
    np.testing.assert_allclose(one.coefs_[0], two.coefs_[0], rtol=1e-9)
    np.testing.assert_allclose(one.loss_curve_, two.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(one.update_curve_, two.update_curve_, rtol=1e-9)


@needs_kernel
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_lbfgs_finds_the_same_with_both_engines(monkeypatch, estimator_class, is_sparse):
    """A few iterations: later ones make more and more of a rounding."""
    X = np.random.RandomState(0).normal(size=(60, 5))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    weights = np.random.RandomState(1).uniform(0.1, 3, 60)
    estimators = [estimator_class(7, solver="lbfgs", alpha=0.1, max_iter=8, random_state=0) for _ in range(2)]
    for engine, estimator in zip(("kernel", "numpy"), estimators, strict=True):
        monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
        estimator.fit(csr_array(X) if is_sparse else X, y, sample_weight=weights)
    one, two = estimators
    assert one.n_iter_ == two.n_iter_ == 8
    np.testing.assert_allclose(one.coefs_[0], two.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(one.loss_curve_, two.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("kernel", marks=needs_kernel)])
@pytest.mark.parametrize("solver", ["lbfgs", "rprop"])
def test_solvers_of_whole_epochs_ask_no_random_state(monkeypatch, engine, solver):
    """From the same weights they come to the same, bit for bit, whatever the seed and the order; and draw nothing."""
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    X = np.random.RandomState(0).normal(size=(60, 5))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    ends = []
    for seed, shuffle in ((1, True), (2, True), (2, False)):
        estimator = BackpropClassifier(7, solver=solver, max_iter=5, random_state=0).fit(X, y)
        random_state = np.random.RandomState(seed)
        before = random_state.get_state()[1].copy()
        estimator.set_params(max_iter=9, shuffle=shuffle, random_state=random_state, warm_start=True).fit(X, y)
        np.testing.assert_array_equal(random_state.get_state()[1], before)
        ends.append((b"".join(part.tobytes() for part in estimator.coefs_ + estimator.intercepts_), estimator.loss_))
    assert ends[0] == ends[1] == ends[2]


@needs_kernel
def test_the_kernel_serves_every_width_and_batch(monkeypatch):
    monkeypatch.delenv("SKBACKPROP_ENGINE", raising=False)
    begun = set()
    for n_units in (600, 60):
        layer_sizes = (600, n_units, 2)
        for is_sparse in (False, True):
            training_set = make_training_set(layer_sizes, is_sparse=is_sparse)
            for batch_size in (1, 200):
                engine = engines.begin(Parameters(layer_sizes, np.float64), Memory(), training_set, batch_size)
                begun.add(type(engine))
    assert begun == {engines._KernelEngine}


def test_a_forced_kernel_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("SKBACKPROP_ENGINE", "kernel")
    monkeypatch.setattr(engines, "_kernel", None)
    with pytest.raises(ImportError, match="without its compiled kernel"):
        BackpropClassifier().fit([[0], [1]], [0, 1])


@pytest.mark.parametrize("variable", ["SKBACKPROP_ENGINE", "SKBACKPROP_KERNEL"])
def test_a_forced_engine_that_does_not_exist_is_an_error(monkeypatch, variable):
    if variable == "SKBACKPROP_KERNEL" and engines._kernel is None:
        pytest.skip("installed without the compiled kernel")
    monkeypatch.setenv(variable, "avx9000")
    with pytest.raises(ValueError, match=f"{variable}=avx9000 is not valid"):
        skbackprop.show_versions()


@needs_kernel
def test_contexts_at_rest_leave_nothing_behind(monkeypatch):
    monkeypatch.setattr(engines, "_resting", engines._Resting())
    X, y = np.random.RandomState(0).normal(size=(20, 3)), np.arange(20.0)
    for delta in range(1, 30):
        network = BackpropRegressor(2, loss="huber", huber_delta=float(delta), random_state=0).partial_fit(X, y)
        network.partial_fit(X, y)
    del network
    assert not engines._resting._contexts


def test_versions_are_shown(capsys):
    skbackprop.show_versions()
    shown = capsys.readouterr().out
    assert all(f"{name}: " in shown for name in ("skbackprop", "engine", "numpy", "scipy", "scikit-learn", "python"))
