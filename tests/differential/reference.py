"""Back-propagation number by number, unit by unit: written from docs/algorithm.rst and the docstrings, in plain floats.

It imports nothing of the package. Each number that is calculated goes through a function of the caller's, by which he
learns what becomes of the result where every number is a little wrong.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize


class Learned(NamedTuple):
    """What a training has made. Where it left the finite numbers, `is_finite` is False, and the others are of no use."""

    coefs: list
    intercepts: list
    loss_curve: list
    error_curve: list
    update_curve: list
    is_finite: bool = True


def learn(case, nudge, order_of=range):
    """Train as a case has it.

    Parameters
    ----------
    case : Case
    nudge : callable
        Takes each number that is calculated, and returns what is gone on with.
    order_of : callable
        Takes the number of terms of a net input, or of instances of a batch, and returns the order in which they are added.

    Returns
    -------
    learned : Learned
    """
    training = _Training(case, nudge, order_of)
    if case.solver == "lbfgs":
        return training.minimized()
    for _ in range(case.n_epochs):
        loss, largest_update = training.epoch()
        if not (math.isfinite(loss) and largest_update < case.largest_update):
            return training.learned(is_finite=False)
    return training.learned(training.makes_finite_outputs())


# ---- functions of one number ------------------------------------------------------------------------------------------


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def log(x):
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def sign(x):
    return (x > 0) - (x < 0) if x == x else x


def logistic(x):
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))  # the same, and no infinity


# O_j from I_j, and its slope from O_j.
ACTIVATIONS = {
    "logistic": (logistic, lambda output: output * (1 - output)),
    "tanh": (math.tanh, lambda output: 1 - output * output),
    "relu": (lambda x: x if not x <= 0 else 0.0, lambda output: 1 if output > 0 else 0),
    "identity": (lambda x: x, lambda output: 1),
}


def softmax(net, nudge):
    powers = [nudge(exp(nudge(x - max(net)))) for x in net]
    total = nudge(sum(powers))
    return [nudge(power / total) for power in powers]


def output_units(case, net, nudge):
    """O_j of the output units."""
    if case.loss == "poisson":
        return [nudge(exp(x)) for x in net]
    if case.task == "numbers":
        return net
    if case.loss == "log_loss" and case.task == "classes":
        return softmax(net, nudge)
    return [nudge(logistic(x)) for x in net]


def error_and_loss(case, output, target, nudge):
    """Err_j and E_j of one output unit."""
    residual, parameter = nudge(target - output), case.loss_parameter
    square = 0.5 * residual * residual
    if case.loss == "squared_error":
        slope = 1 if case.task == "numbers" else nudge(output * nudge(1 - output))
        return nudge(slope * residual), square
    if case.loss == "log_loss":
        return residual, _log_loss(case, output, target)
    if case.loss == "poisson":
        return residual, _poisson_term(case, output, target, nudge) - residual
    if case.loss == "absolute_error":
        return sign(residual), abs(residual)
    if case.loss == "huber":
        is_inside = abs(residual) <= parameter
        return max(-parameter, min(parameter, residual)), square if is_inside else parameter * (
            abs(residual) - 0.5 * parameter
        )
    slope = parameter if residual > 0 else parameter - 1 if residual < 0 else 0
    return slope, slope * residual


def _log_loss(case, output, target):
    """Of an output that is kept away from 0 and 1 by the precision of its type, as scikit-learn keeps it."""
    output = min(max(output, case.epsilon_of_type), 1 - case.epsilon_of_type)
    loss = -target * log(output)
    return loss if case.task == "classes" else loss - (1 - target) * log(1 - output)


def _poisson_term(case, output, target, nudge):
    """T_j ln (T_j / O_j), of an output that is kept away from 0 by the smallest normal number of its type."""
    return nudge(target * (log(target) - log(max(output, case.smallest_of_type)))) if target else 0.0


def decisions(case, outputs):
    """What an instance is decided to be: the largest of several classes' units, or a unit's own side of one half."""
    if case.task == "classes":
        return outputs.index(max(outputs))
    return [output > 0.5 for output in outputs]


# ---- the rules: what is added to one weight, whose loss falls along `direction` ----------------------------------------


def descend(case, memory, direction, nudge):
    step = nudge(case.learning_rate * direction)
    if not case.momentum:
        return step
    memory[0] = nudge(nudge(case.momentum * memory[0]) + step)
    return nudge(step + nudge(case.momentum * memory[0])) if case.is_nesterov else memory[0]


def adam(case, memory, direction, nudge):
    """Kingma and Ba's, with both corrections in the rate; memory holds both moments and the number of updates."""
    memory[2] += 1
    memory[0] = nudge(nudge(case.beta_1 * memory[0]) + nudge((1 - case.beta_1) * direction))
    memory[1] = nudge(nudge(case.beta_2 * memory[1]) + nudge((1 - case.beta_2) * nudge(direction * direction)))
    correction = math.sqrt(1 - case.beta_2 ** memory[2]) / (1 - case.beta_1 ** memory[2])
    root = nudge(math.sqrt(max(memory[1], 0.0))) + max(case.epsilon, math.sqrt(case.smallest_of_type))
    return nudge(case.learning_rate * correction * nudge(memory[0] / root))


def rprop(case, memory, direction, nudge):
    """iRprop- with the paper's numbers; memory holds the last direction and the size of the step."""
    agreement = sign(direction) * sign(memory[0])
    if agreement > 0:
        memory[1] = min(nudge(memory[1] * 1.2), 50.0)
    elif agreement < 0:
        memory[1], direction = max(nudge(memory[1] * 0.5), 1e-6), 0.0
    memory[0] = direction
    return sign(direction) * memory[1]


RULES = {
    "sgd": (descend, lambda case: [0.0]),
    "adam": (adam, lambda case: [0.0, 0.0, 0]),
    "rprop": (rprop, lambda case: [0.0, case.learning_rate]),
}


class _Training:
    """A network that learns. All weights, layer by layer, and then all biases, stand in one list.

    Parameters
    ----------
    case : Case
    nudge, order_of : callable
    """

    def __init__(self, case, nudge, order_of):
        self._case, self._nudge = case, nudge
        self._shapes = list(pairwise(case.layer_sizes))
        self._order_of = order_of
        self._orders = [list(order_of(i)) for i, _ in self._shapes]
        self._theta = [nudge(number) for number in case.start]
        self._n_weights = sum(i * j for i, j in self._shapes)
        self._weights_at = _starts([i * j for i, j in self._shapes], 0)
        self._biases_at = _starts([j for _, j in self._shapes], self._n_weights)
        self._activate, self._slope = ACTIVATIONS[case.activation]
        if case.solver != "lbfgs":
            self._rule, memory = RULES[case.solver]
            self._memory = [memory(case) for _ in self._theta]
        self._curves = [], [], []
        self._reached = []  # by the minimiser, after each iteration
        self._see()

    def _see(self):
        """The instances that are presented: those whose weight is not zero, with weights over their mean."""
        case, nudge = self._case, self._nudge
        given = case.sample_weight or [1.0] * len(case.inputs)
        shown = [number for number, weight in enumerate(given) if weight]
        self._mean_weight = sum(given[number] for number in shown) / len(shown)
        self._instances = [
            ([nudge(x) for x in case.inputs[number]], case.targets[number], nudge(given[number] / self._mean_weight))
            for number in shown
        ]

    def epoch(self):
        """Present all instances, with an update after each batch; return the loss and the largest update."""
        case, n = self._case, len(self._instances)
        size = n if case.batch_size == "epoch" or case.solver == "rprop" else min(case.batch_size, n)
        loss = error = largest = 0.0
        for start in range(0, n, size):
            direction, batch_loss, batch_error = self._batch(self._instances[start : start + size])
            loss, error = self._nudge(loss + batch_loss), self._nudge(error + batch_error)
            largest = _larger(largest, self._update(direction))
        self._note(loss / n, error, largest)
        return loss, largest

    def _note(self, loss, error, largest):
        total = len(self._instances) if self._case.task != "numbers" else self._total_sum_of_squares()
        rate = error / total if total else float(error != 0)
        for curve, number in zip(self._curves, (loss, rate, largest), strict=True):
            curve.append(number)

    def _total_sum_of_squares(self):
        nudge, total = self._nudge, 0.0
        for column in zip(*(targets for _, targets, _ in self._instances), strict=True):
            if len(set(column)) > 1:
                weights = [weight for *_, weight in self._instances]
                mean = nudge(sum(w * t for w, t in zip(weights, column, strict=True)) / sum(weights))
                for weight, target in zip(weights, column, strict=True):
                    total = nudge(total + weight * nudge(target - mean) ** 2)
        return total

    def _batch(self, instances):
        """The mean direction of descent, -∂E/∂w_ij and -∂E/∂θ_j, and the sums of losses and errors."""
        nudge, theta = self._nudge, self._theta
        loss = error = 0.0
        direction = [0.0] * len(theta)
        for inputs, targets, weight in (instances[at] for at in self._order_of(len(instances))):
            outputs = self._forward(inputs)
            its_loss, its_error = self._backward(outputs, targets, weight / len(instances), direction)
            loss, error = nudge(loss + weight * its_loss), nudge(error + weight * its_error)
        alpha = self._case.alpha / self._mean_weight
        if alpha:
            loss += 0.5 * alpha * sum(nudge(weight * weight) for weight in theta[: self._n_weights])
            for at in range(self._n_weights):
                direction[at] = nudge(direction[at] - nudge(alpha / len(instances) * theta[at]))
        return direction, loss, error

    def _forward(self, inputs):
        """O_i of all layers, the inputs first: I_j = Σ_i w_ij O_i + θ_j."""
        nudge, theta, outputs = self._nudge, self._theta, [inputs]
        for layer, (_, n_units) in enumerate(self._shapes):
            net = theta[self._biases_at[layer] : self._biases_at[layer] + n_units]
            for i in self._orders[layer]:
                output, at = outputs[-1][i], self._weights_at[layer] + i * n_units
                if output:
                    for j in range(n_units):
                        net[j] = nudge(net[j] + nudge(output * theta[at + j]))
            is_last = layer == len(self._shapes) - 1
            outputs.append(output_units(self._case, net, nudge) if is_last else [nudge(self._activate(x)) for x in net])
        return outputs

    def _backward(self, outputs, targets, share, direction):
        """Add one instance's share of the direction of descent; return its loss and its error."""
        case, nudge = self._case, self._nudge
        errors, losses = zip(
            *(error_and_loss(case, o, t, nudge) for o, t in zip(outputs[-1], targets, strict=True)), strict=True
        )
        if case.task == "numbers":
            error = sum(
                (t - o) ** 2 if abs(t - o) < 1e150 else math.inf for o, t in zip(outputs[-1], targets, strict=True)
            )
        else:
            error = decisions(case, outputs[-1]) != decisions(case, targets)
        errors = [nudge(share * error) for error in errors]
        for layer in reversed(range(len(self._shapes))):
            self._add(layer, outputs[layer], errors, direction)
            if layer:
                errors = self._hidden_errors(layer, outputs[layer], errors)
        return nudge(sum(losses)), error

    def _hidden_errors(self, layer, outputs, errors):
        """Err_j = O_j (1 - O_j) Σ_k Err_k w_jk, or with another slope."""
        nudge, theta, n_units, at = self._nudge, self._theta, self._shapes[layer][1], self._weights_at[layer]
        found = []
        for output in outputs:
            total = 0.0
            for k in range(n_units):
                total = nudge(total + nudge(errors[k] * theta[at + k]))
            found.append(nudge(nudge(self._slope(output)) * total))
            at += n_units
        return found

    def _add(self, layer, below, errors, direction):
        """Err_j O_i for each weight of a layer, Err_j for each bias."""
        nudge, n_units, at = self._nudge, self._shapes[layer][1], self._weights_at[layer]
        for output in below:
            if output:
                for j in range(n_units):
                    direction[at + j] = nudge(direction[at + j] + nudge(errors[j] * output))
            at += n_units
        at = self._biases_at[layer]
        for j in range(n_units):
            direction[at + j] = nudge(direction[at + j] + errors[j])

    def _update(self, direction):
        """Move all weights and biases; return the size of the largest move."""
        largest, nudge = 0.0, self._nudge
        for at, along in enumerate(direction):
            step = self._rule(self._case, self._memory[at], along, nudge)
            self._theta[at] = nudge(self._theta[at] + step)
            largest = _larger(largest, abs(step))
        return largest

    def minimized(self):
        """What SciPy's minimiser makes of the loss of all instances, which in its first iteration must be finite."""
        try:
            result = minimize(
                self._loss_and_gradient,
                np.array(self._theta),
                method="L-BFGS-B",
                jac=True,
                callback=self._reached.append,
                options={"maxiter": self._case.n_epochs, "maxfun": 15000},
            )
        except OverflowError:
            return self.learned(is_finite=False)
        self._theta = result.x.tolist()
        loss, _ = self._loss_and_gradient(result.x)
        self._curves[0].append(loss)
        return self.learned(math.isfinite(loss))

    def _loss_and_gradient(self, vector):
        self._theta = vector.tolist()
        direction, loss, _ = self._batch(self._instances)
        if not (self._reached or math.isfinite(loss)):
            raise OverflowError
        return loss / len(self._instances), -np.array(direction)

    def makes_finite_outputs(self):
        """Whether the network, as the last update has left it, makes finite numbers of all instances."""
        return all(math.isfinite(output) for inputs, *_ in self._instances for output in self._forward(inputs)[-1])

    def learned(self, is_finite=True):
        return Learned(self._theta[: self._n_weights], self._theta[self._n_weights :], *self._curves, is_finite)


def _starts(lengths, first):
    """Where parts of these lengths begin, one behind the other."""
    starts = [first]
    for length in lengths:
        starts.append(starts[-1] + length)
    return starts[:-1]


def _larger(x, y):
    """The larger number; NaN, where one is."""
    return y if y > x or y != y else x
