"""The update that partial_fit would make of one instance, calculated number by number."""

from typing import NamedTuple

import numpy as np

from .._network import backprop
from .._network.parameters import Layers, Parameters
from .._network.units import ACTIVATIONS, apply_output_units
from .._network.updates import Memory, hidden_factor_of, rates_of
from .._training.schedules import SCHEDULES, numbers_of
from .formulas import fill, rounded, write, write_rate, write_setting
from .networks import next_update, unit_numbers


class Step(NamedTuple):
    """What one update calculates; per layer an array of shape (1, n_units), or as the weights and biases have it.

    Attributes
    ----------
    instance : TrainingSet
    layers : Layers
        Before the update.
    net, outputs, errors : list of ndarray
        ``outputs`` begins with the inputs, the others with the first layer of units.
    numbers : list of range
        Of the units of each layer, the inputs first.
    learning_rate : float
        As it is.
    hidden_factor : float
        Times the rate as it is used, it is that of hidden layers.
    rate_formula, alpha_formula : str
        How the rate and the penalty of this update come about.
    lines : list of Line
        The update rule's arithmetic.
    texts, hidden_texts : dict of str to str
        The numbers that are the same for all weights and biases, by their letters; those that hidden layers have instead.
    values : dict of str to Parameters
        The numbers that each weight and bias has, by their letters; d is the direction of descent, Δ the move.
    """

    instance: object
    layers: Layers
    net: list
    outputs: list
    errors: list
    numbers: list
    learning_rate: float
    hidden_factor: float
    rate_formula: str
    alpha_formula: str
    lines: list
    texts: dict
    hidden_texts: dict
    values: dict

    @property
    def has_many_lines(self):
        """Whether the rule calculates more than the move from the direction, so that this is a number of its own."""
        return len(self.lines) > 1


def calculate(network, instance, digits):
    """One update, with each number rounded before it is used."""
    plan, state = next_update(network, instance)
    layers = Layers(*([rounded(array, digits) for array in arrays] for arrays in (network.coefs_, network.intercepts_)))
    instance = instance._replace(inputs=rounded(instance.inputs, digits), targets=rounded(instance.targets, digits))
    with np.errstate(all="ignore"):
        net, outputs = _go_forward(layers, instance, digits)
        errors = _go_backward(layers, instance, outputs, _finer(digits))
    numbers = unit_numbers([each.shape[1] for each in outputs])
    learning_rate, rate, rate_formula = _rate(plan, state.history, digits)
    alpha, alpha_text, alpha_formula = _penalty(plan.rule.alpha, instance.mean_weight, digits)
    rule = plan.rule._replace(learning_rate=rate)
    with np.errstate(all="ignore"):
        direction = _direction(layers, outputs, errors, alpha)
    texts, values, hidden_texts = _move(rule, state.memory, direction, digits)
    texts.update({"l": write_rate(rate, digits), "α": alpha_text})
    return Step(
        *(instance, layers, net, outputs, errors, numbers),
        *(learning_rate, hidden_factor_of(rule), rate_formula, alpha_formula),
        *(rule.lines(), texts, hidden_texts, values),
    )


def _finer(digits):
    """Errors, and what is made of them, have a digit more."""
    return None if digits is None else digits + 1


def _go_forward(layers, instance, digits):
    """I_j and O_j, layer by layer."""
    units = instance.units
    net, outputs = [], [instance.inputs]
    for weights, biases in zip(*layers, strict=True):
        net.append(rounded(outputs[-1] @ weights + biases, digits))
        is_last = len(net) == len(layers.weights)
        activate = ACTIVATIONS[units.activation].function
        out = apply_output_units(net[-1].copy(), units) if is_last else activate(net[-1].copy())
        outputs.append(rounded(out, digits))
    return net, outputs


def _go_backward(layers, instance, outputs, digits):
    """Err_j, layer by layer."""
    errors = [rounded(backprop.output_errors(outputs[-1], instance.targets, instance.loss), digits)]
    for layer in range(len(layers.weights) - 1, 0, -1):
        below = backprop.hidden_errors(outputs[layer], errors[0], layers.weights[layer], instance.units.activation)
        errors.insert(0, rounded(below, digits))
    return errors


def _rate(plan, history, digits):
    """The rate of the schedule's next epoch as it is and as it is used, and the formula that it comes from."""
    first, schedule = plan.rule.learning_rate, SCHEDULES[plan.schedule]
    exact = schedule.rate(first, history, plan.power_t)
    numbers = numbers_of(first, history, plan.power_t)
    texts = {letter: write_setting(number) for letter, number in numbers.items()}
    texts["l"] = write_rate(numbers["l"], digits)
    used = exact
    if digits is not None:
        whole = history.copy()
        whole.progress = whole.progress._replace(rate_factor=1.0)  # which the number that is written has in it
        used = float(write_rate(schedule.rate(float(texts["l"]), whole, plan.power_t), digits))
    return exact, used, fill(schedule.formula, texts)


def _penalty(alpha, mean_weight, digits):
    """Strength of the penalty in this update, as a number and as text, and the formula that it comes from.

    The instance's own weight is the mean of this update's, so the penalty is all that it changes.
    """
    if not alpha or mean_weight == 1:
        return alpha, write_setting(alpha), write_setting(alpha)
    parts = [write_setting(alpha), write_setting(mean_weight)]
    strength = alpha / mean_weight
    if digits is not None:
        strength = float(write_rate(float(parts[0]) / float(parts[1]), digits))
    return strength, write_rate(strength, digits), fill("{α}/{w}", {"α": parts[0], "w": parts[1]})


def _direction(layers, outputs, errors, alpha):
    """The direction of descent: Err_j O_i - α w_ij of each weight, Err_j of each bias."""
    weights = [
        below.T @ error - alpha * weights if alpha else below.T @ error
        for below, error, weights in zip(outputs[:-1], errors, layers.weights, strict=True)
    ]
    return Parameters.from_arrays(weights, [error[0] for error in errors])


def _move(rule, memory, direction, digits):
    """What the rule's lines calculate: texts of numbers that are the same for all, the numbers of each parameter, and texts
    that hidden layers have instead."""
    factor, hidden_texts = hidden_factor_of(rule), {}
    of_hidden = write_rate(rule.learning_rate * factor, digits)
    rates = rates_of(rule.learning_rate, rule.learning_rate * factor if digits is None else float(of_hidden), direction)
    digits = _finer(digits)
    vectors = {name: rounded(vector.astype(np.float64), digits) for name, vector in memory.vectors.items()}
    lines, known = rule.lines(), rule.letters(Memory(vectors, memory.n_updates))
    texts = {letter: write_setting(number) for letter, number in known.items() if np.ndim(number) == 0}
    if factor != 1:
        known["l"], hidden_texts["l"] = rates, of_hidden
    known["d"] = rounded(direction.vector, digits) if len(lines) > 1 else direction.vector
    for line in lines:
        with np.errstate(all="ignore"):
            result = line.function(known)
        known[line.letter] = result if line is lines[-1] else rounded(result, digits)
        if np.ndim(result) == 0:
            known[line.letter] = float(known[line.letter])
            texts[line.letter] = write(known[line.letter], digits)
    numbers = {letter: vector for letter, vector in known.items() if np.ndim(vector) and letter not in hidden_texts}
    return texts, {letter: _as_parameters(vector, direction) for letter, vector in numbers.items()}, hidden_texts


def _as_parameters(vector, like):
    parameters = Parameters(like.layer_sizes, np.float64)
    parameters.vector[...] = vector
    return parameters
