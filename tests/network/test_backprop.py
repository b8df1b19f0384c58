"""The formulas: the book's worked example, and central differences of a loss written out here."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import expit

from skbackprop import BackpropClassifier
from skbackprop._network import backprop, engines
from skbackprop._network.losses import REGRESSION_LOSSES, classification_loss
from skbackprop._network.parameters import Parameters, TrainingSet
from skbackprop._network.units import Units, decide
from skbackprop._network.updates import GradientDescent, Memory

SIGMOID = Units()
SQUARED_ERROR = classification_loss("squared_error", (1,))


@pytest.fixture
def worked_example():
    """Han and Kamber's example: units 1 to 3 are inputs, 4 and 5 hidden, 6 is the output.

    w14 .2, w15 -.3, w24 .4, w25 .1, w34 -.5, w35 .2, w46 -.3, w56 -.2; θ4 -.4, θ5 .2, θ6 .1.
    """
    weights = [np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]]), np.array([[-0.3], [-0.2]])]
    biases = [np.array([-0.4, 0.2]), np.array([0.1])]
    return weights, biases


def test_the_core_gives_the_worked_examples_outputs_and_errors(worked_example):
    parameters = Parameters.from_arrays(*worked_example)
    hidden, output = backprop.forward(parameters, np.array([[1.0, 0.0, 1.0]]), SIGMOID)
    assert hidden[0] == pytest.approx([0.332, 0.525], abs=5e-4)  # O4, O5
    assert output[0] == pytest.approx([0.474], abs=5e-4)  # O6

    output_errors = backprop.output_errors(output, np.array([[1.0]]), SQUARED_ERROR)
    assert output_errors[0] == pytest.approx([0.131], abs=5e-4)  # Err6
    hidden_errors = backprop.hidden_errors(hidden, output_errors, parameters.weights[1], "logistic")
    assert hidden_errors[0] == pytest.approx([-0.0087, -0.0065], abs=5e-5)  # Err4, Err5


def assert_is_the_worked_examples_update(weights, biases):
    expected = [
        [[0.192, -0.306], [0.4, 0.1], [-0.508, 0.194]],  # w14 w15, w24 w25, w34 w35
        [[-0.261], [-0.138]],  # w46, w56
    ]
    for mine, book in zip(weights, expected, strict=True):
        assert mine == pytest.approx(np.array(book), abs=5e-4)
    for mine, book in zip(biases, [[-0.408, 0.194], [0.218]], strict=True):  # θ4 θ5, θ6
        assert mine == pytest.approx(np.array(book), abs=5e-4)


def test_the_core_makes_the_worked_examples_update(worked_example):
    parameters = Parameters.from_arrays(*worked_example)
    training_set = TrainingSet(np.array([[1.0, 0.0, 1.0]]), np.array([[1.0]]), None, None, 1.0, SIGMOID, SQUARED_ERROR)
    sums = backprop.epoch(parameters, Memory(), training_set, None, 1, GradientDescent(0.9))
    assert_is_the_worked_examples_update(parameters.weights, parameters.biases)
    assert sums.loss == pytest.approx(0.5 * (1 - 0.474) ** 2, abs=5e-4)
    assert sums.error == 1
    assert sums.largest_update == pytest.approx(0.9 * 0.131, abs=5e-4)  # that of θ6


def test_the_classifier_makes_the_worked_examples_update(worked_example):
    coefs, intercepts = worked_example
    network = BackpropClassifier(2, learning_rate_init=0.9, batch_size=1)
    network.partial_fit([[1, 0, 1]], [1], classes=[0, 1], coefs_init=coefs, intercepts_init=intercepts)
    assert_is_the_worked_examples_update(network.coefs_, network.intercepts_)


def test_hidden_errors_use_weights_before_the_update(worked_example):
    parameters = Parameters.from_arrays(*worked_example)
    training_set = TrainingSet(np.array([[1.0, 0.0, 1.0]]), np.array([[1.0]]), None, None, 1.0, SIGMOID, SQUARED_ERROR)
    backprop.epoch(parameters, Memory(), training_set, None, 1, GradientDescent(0.9))
    moved = -0.3 + 0.9 * 0.1311 * 0.332  # w46 after the update
    wrong_error = 0.332 * (1 - 0.332) * 0.1311 * moved
    assert abs(parameters.biases[0][0] - (-0.4 + 0.9 * -0.0087)) < 5e-5
    assert abs(parameters.biases[0][0] - (-0.4 + 0.9 * wrong_error)) > 5e-4


def mean_loss(parameters, inputs, targets, weights, alpha, output_unit):
    """Half the squared error plus the penalty, one instance and one unit at a time."""
    total = 0.0
    for row, target, weight in zip(inputs, targets, weights, strict=True):
        outputs = row
        for layer, (coefs, intercepts) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
            net = [
                sum(coefs[i, j] * outputs[i] for i in range(len(outputs))) + bias for j, bias in enumerate(intercepts)
            ]
            is_linear = output_unit == "identity" and layer == len(parameters.weights) - 1
            outputs = np.array(net) if is_linear else expit(net)
        total += weight * 0.5 * sum((target - outputs) ** 2)
    penalty = 0.5 * alpha * sum((coefs**2).sum() for coefs in parameters.weights)
    return (total + penalty) / sum(weights)


def central_differences(parameters, *arguments):
    differences = np.empty_like(parameters.vector)
    step = 1e-5
    for place, value in enumerate(parameters.vector.copy()):
        parameters.vector[place] = value + step
        above = mean_loss(parameters, *arguments)
        parameters.vector[place] = value - step
        differences[place] = (above - mean_loss(parameters, *arguments)) / (2 * step)
        parameters.vector[place] = value
    return differences


@pytest.mark.parametrize("layer_sizes", [(3, 2), (3, 4, 2), (3, 4, 3, 2), (3, 4, 3, 5, 1), (2, 3, 1)])
@pytest.mark.parametrize("output_unit", ["logistic", "identity"])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_the_update_follows_central_differences(layer_sizes, output_unit, alpha, is_weighted, is_sparse):
    generator = np.random.RandomState(0)
    parameters = Parameters(layer_sizes, np.float64)
    backprop.initialize(parameters, [1.0] * len(parameters.weights), generator)
    inputs = generator.normal(size=(6, layer_sizes[0]))
    targets = generator.uniform(size=(6, layer_sizes[-1]))
    weights = generator.uniform(0.5, 2.0, 6) if is_weighted else np.ones(6)
    expected = central_differences(parameters, inputs, targets, weights, alpha, output_unit)
    assert np.abs(expected).max() > 1e-3, "an all-zero gradient would agree with anything"

    training_set = TrainingSet(
        inputs=csr_array(inputs) if is_sparse else inputs,
        targets=targets,
        codes=None,
        weights=weights / weights.mean() if is_weighted else None,
        mean_weight=weights.mean(),
        units=Units(output_unit=output_unit, groups=None if output_unit == "identity" else (1,) * layer_sizes[-1]),
        loss=REGRESSION_LOSSES["squared_error"] if output_unit == "identity" else SQUARED_ERROR,
    )
    before, rate = parameters.vector.copy(), 0.1
    sums = backprop.epoch(parameters, Memory(), training_set, None, 6, GradientDescent(rate, alpha=alpha))
    gradient = (before - parameters.vector) / rate
    assert np.count_nonzero(gradient) == gradient.size
    assert np.abs(gradient - expected).max() < 1e-6 * np.abs(expected).max()
    assert sums.largest_update == pytest.approx(rate * np.abs(expected).max(), rel=1e-6)

    parameters.vector[:] = before
    assert sums.loss / 6 == pytest.approx(
        mean_loss(parameters, inputs, targets, weights, alpha, output_unit), rel=1e-12
    )


def test_every_weight_and_bias_is_drawn_from_the_range():
    parameters = Parameters((40, 30, 20), np.float64)
    backprop.initialize(parameters, [0.5] * len(parameters.weights), np.random.RandomState(0))
    for drawn in parameters.weights + parameters.biases:
        assert -0.5 <= drawn.min() < -0.3 < 0.3 < drawn.max() <= 0.5


def test_large_net_inputs_saturate_without_a_warning():
    parameters = Parameters.from_arrays([np.full((1, 1), 1e4)], [np.zeros(1)])
    outputs = engines.predict(parameters, np.array([[1.0], [-1.0]]), SIGMOID)
    assert outputs.ravel().tolist() == [1.0, 0.0]


@pytest.mark.parametrize("groups", [(1,), (1, 1), (3,), (1, 3, 1)], ids=str)
def test_an_output_of_one_half_decides_for_zero_and_of_equal_ones_the_first_wins(groups):
    outputs = np.full((2, sum(groups)), 0.5)
    np.testing.assert_array_equal(decide(outputs, Units(groups=groups)), np.zeros((2, len(groups))))


def test_squares_that_float32_cannot_hold_are_summed():
    outputs = np.array([[1e25]], dtype=np.float32)
    batch = TrainingSet(
        inputs=np.zeros((1, 1), np.float32),
        targets=np.zeros((1, 1), np.float32),
        codes=None,
        weights=None,
        mean_weight=1.0,
        units=Units("logistic", "identity", None),
        loss=REGRESSION_LOSSES["squared_error"],
    )
    loss, error = backprop.sums(outputs, batch)
    assert loss == pytest.approx(5e49, rel=1e-6)
    assert error == pytest.approx(1e50, rel=1e-6)
