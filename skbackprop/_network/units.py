"""What the units of a network compute: the activations of hidden units, the output units, and what outputs stand for.

To add an activation, write its function and its slope here and name them in `ACTIVATIONS`; the compiled kernel then needs
the same pair in C, and says so where it lacks it.
"""

from typing import NamedTuple

import numpy as np


class Units(NamedTuple):
    """The kinds of units of a network.

    Attributes
    ----------
    activation : {'identity', 'logistic', 'relu', 'tanh'}
        Of the hidden units.
    output_unit : {'exp', 'identity', 'logistic', 'softmax'}
    groups : tuple of int or None
        Numbers of the output units that decide together on one label, in the order of the units. One unit decides between
        0 and 1 at 0.5, of several the largest wins. None where outputs are numbers and stand for no label.
    """

    activation: str = "logistic"
    output_unit: str = "logistic"
    groups: tuple | None = (1,)

    def slices(self):
        """Where each group's units are."""
        ends = np.cumsum(self.groups).tolist()
        return [slice(end - size, end) for end, size in zip(ends, self.groups, strict=True)]


def sigmoid(net):
    """Turn net inputs into outputs, in place: O_j = 1 / (1 + e^-I_j).

    Far below zero e^-I_j overflows, and 1 / (1 + ∞) is 0, as it should be; callers silence NumPy's warning.
    """
    np.exp(np.negative(net, out=net), out=net)
    net += 1
    return np.reciprocal(net, out=net)


def _tanh(net):
    return np.tanh(net, out=net)


def _relu(net):
    return np.maximum(net, 0, out=net)


def _identity(net):
    return net


def _scale_by_sigmoid_slope(errors, outputs):
    errors *= outputs
    errors *= 1 - outputs


def _scale_by_tanh_slope(errors, outputs):
    errors *= 1 - outputs * outputs


def _scale_by_relu_slope(errors, outputs):
    errors[outputs == 0] = 0


def _scale_by_identity_slope(errors, outputs):
    pass


class Activation(NamedTuple):
    """A function of hidden units, and its slope.

    Attributes
    ----------
    function : callable
        Turns net inputs into outputs, in place, and returns them.
    scale_by_slope : callable
        Takes errors and outputs, and multiplies the errors, in place, by ∂O_j/∂I_j, which is a function of O_j.
    """

    function: object
    scale_by_slope: object


ACTIVATIONS = {
    "identity": Activation(_identity, _scale_by_identity_slope),
    "logistic": Activation(sigmoid, _scale_by_sigmoid_slope),
    "relu": Activation(_relu, _scale_by_relu_slope),
    "tanh": Activation(_tanh, _scale_by_tanh_slope),
}


def apply_output_units(net, units):
    """Turn the net inputs of the output units into outputs, in place."""
    if units.output_unit == "identity":
        return net
    if units.output_unit == "exp":
        return np.exp(net, out=net)
    if units.output_unit == "logistic":
        return sigmoid(net)
    for columns in units.slices():
        _softmax(net[:, columns])
    return net


def _softmax(net):
    """Shares of e^I_j, in place; a group of one unit is a sigmoid one, which is the softmax of its net input and 0."""
    if net.shape[1] == 1:
        net[...] = sigmoid(net.copy())  # in place on a view of one column, np.negative of NumPy 2.4 goes wrong
        return
    net -= net.max(axis=1, keepdims=True)
    np.exp(net, out=net)
    net /= net.sum(axis=1, keepdims=True)


def decide(outputs, units):
    """What each group of outputs decides, as numbers of shape (n_instances, n_groups)."""
    groups = units.groups
    if max(groups) == 1:
        return (outputs > 0.5).astype(np.intp)
    if len(groups) == 1:
        return outputs.argmax(axis=1)[:, np.newaxis]
    decisions = np.empty((len(outputs), len(groups)), dtype=np.intp)
    for decision, columns in zip(decisions.T, units.slices(), strict=True):
        part = outputs[:, columns]
        decision[...] = part.argmax(axis=1) if part.shape[1] > 1 else part[:, 0] > 0.5
    return decisions
