"""What the units of a network compute: the activations of hidden units, the output units, and what outputs stand for.

To add an activation, write its function and its slope here and give them an entry in `ACTIVATIONS`: the estimators then
accept it, and the tools explain and check it. Its name belongs into the docstrings of both estimators. The same goes for
`OUTPUT_UNITS`, which a loss chooses from. The compiled kernel may have the same in C; what its own `ACTIVATIONS` does not
name is left to the engine in NumPy.
"""

from typing import NamedTuple

import numpy as np


class Units(NamedTuple):
    """The kinds of units of a network.

    Attributes
    ----------
    activation : str
        Of the hidden units; a key of `ACTIVATIONS`.
    output_unit : str
        A key of `OUTPUT_UNITS`.
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


class Flat(NamedTuple):
    """Where a unit hardly learns.

    Attributes
    ----------
    is_met : callable
        Takes outputs, and returns which of them lie there.
    words : str
        Where that is, after "outputs are".
    many : float
        A share of a network's hidden outputs there that is too large for it to learn.
    """

    is_met: object
    words: str
    many: float = 0.5


class Activation(NamedTuple):
    """A function of hidden units, and all that is to be known of it.

    Attributes
    ----------
    function : callable
        Turns net inputs into outputs, in place, and returns them.
    scale_by_slope : callable
        Takes errors and outputs, and multiplies the errors, in place, by ∂O_j/∂I_j, which is a function of O_j.
    formula : str
        O_j as a formula of {net}, which is I_j, or {minus_net}, which is -I_j.
    slope_formula : str
        ∂O_j/∂I_j as a factor, a formula of {o}, which is O_j; empty where it is 1.
    mean_square : float
        O_j², on average, from inputs on one scale: what an automatic learning rate follows.
    steepness : float
        The curvature of the loss along the weights of a first hidden unit, as a part of 1 + Σ_i x_i², with what a unit
        above it has for 1 + Σ_i O_i²: the steeper the unit, the larger. The study of defaults has found it.
    is_linear : bool
        Whether layers of such units make a linear model.
    is_unbounded : bool
        Whether outputs can grow from layer to layer.
    flat : Flat or None
    bend : float
        As how many times its net input a sigmoid unit takes it: of so many times it, one bends as much. 0 where units bend
        alike at all sizes, or not at all.
    deep_start : float or str or None
        The `init_range` that several hidden layers of such units learn better from.
    has_book_range : bool
        Whether the book's ranges suit such units, which were written down for them; if not, MLPClassifier's do.
    glorot_factor : float
        The square of the bound of weights that are drawn as MLPClassifier does, times the units at both ends.
    """

    function: object
    scale_by_slope: object
    formula: str
    slope_formula: str
    mean_square: float = 1.0
    steepness: float = 1 / 2
    is_linear: bool = False
    is_unbounded: bool = False
    flat: Flat | None = None
    bend: float = 0.0
    deep_start: object = None
    has_book_range: bool = False
    glorot_factor: float = 6.0


ACTIVATIONS = {
    "identity": Activation(
        _identity,
        _scale_by_identity_slope,
        formula="{net}",
        slope_formula="",
        # Nothing bends what grows from layer to layer, and with what is learned.
        mean_square=4.0,
        steepness=2.0,
        is_linear=True,
        is_unbounded=True,
    ),
    "logistic": Activation(
        sigmoid,
        _scale_by_sigmoid_slope,
        formula="1/(1 + e^{minus_net})",
        slope_formula="({o})(1 - {o})",
        mean_square=0.25,
        steepness=1 / 8,
        flat=Flat(
            lambda outputs: (outputs < 0.01) | (outputs > 0.99),
            "below 0.01 or above 0.99, where a sigmoid hardly learns",
        ),
        bend=1.0,
        deep_start=1.0,
        has_book_range=True,
        glorot_factor=2.0,
    ),
    "relu": Activation(
        _relu,
        _scale_by_relu_slope,
        formula="max(0, {net})",
        slope_formula="[{o} > 0]",
        is_unbounded=True,
        # Half of them are zero where all is well.
        flat=Flat(lambda outputs: outputs == 0, "zero, where a rectified linear unit does not learn", many=0.9),
        deep_start="glorot",
    ),
    "tanh": Activation(
        _tanh,
        _scale_by_tanh_slope,
        formula="tanh({net})",
        slope_formula="(1 - {o}^2)",
        mean_square=0.5,
        flat=Flat(lambda outputs: np.abs(outputs) > 0.99, "beyond -0.99 or 0.99, where tanh hardly learns"),
        bend=2.0,  # tanh(I) = 2 sigmoid(2 I) - 1
        deep_start="glorot",
    ),
}


# Sigmoid outputs of classes sum to about 1 where they are told. Below the first of these, probabilities are brought nearer
# to each other, but for such a part.
LEAST_SUM, LEAST_PART_TOLD = 0.3, 0.01


def _softmax(net, units):
    """Shares of e^I_j in each group, in place; a group of one unit is a sigmoid one, the softmax of its net input and 0."""
    for columns in units.slices():
        part = net[:, columns]
        if part.shape[1] == 1:
            part[...] = sigmoid(part.copy())  # in place on a view of one column, np.negative of NumPy 2.4 goes wrong
            continue
        part -= part.max(axis=1, keepdims=True)
        np.exp(part, out=part)
        part /= part.sum(axis=1, keepdims=True)
    return net


def _identity_slopes(outputs, k):
    return np.ones_like(outputs)


def _exp_slopes(outputs, k):
    return outputs


def _softmax_slopes(outputs, k):
    """∂O_k/∂I_j = O_k (δ_jk - O_j); a group of one unit is a sigmoid one."""
    if outputs.shape[1] == 1:
        return outputs * (1 - outputs)
    slopes = -outputs[:, [k]] * outputs
    slopes[:, k] += outputs[:, k]
    return slopes


def probabilities_of(outputs):
    """Probabilities of classes that have a sigmoid unit each: the outputs over their sum, written to their place.

    Where that is below `LEAST_SUM`, hardly any class is told. There they are the nearer to being all alike, the less it is;
    never wholly, so that the largest stays so.

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_classes)
        Above 0.
    """
    # In float32 the sum of many would be too far from 1.
    total = np.add.reduce(outputs, axis=1, dtype=np.float64, keepdims=True).astype(outputs.dtype)
    outputs /= total
    outputs += (1 - _part_told(total)) * (1 / outputs.shape[1] - outputs)
    return outputs


def _part_told(total):
    """Of sums of outputs, how much of the probabilities they tell."""
    return np.clip(total / LEAST_SUM, LEAST_PART_TOLD, 1)


def _sigmoid_slopes(outputs, k):
    """O_j (1 - O_j) times ∂P_k/∂O_j: of one unit P is O, of several as `probabilities_of` makes it."""
    slopes = outputs * (1 - outputs)
    if outputs.shape[1] == 1:
        return slopes
    total = np.maximum(outputs, np.finfo(outputs.dtype).tiny).sum(axis=1, keepdims=True)
    told = _part_told(total)
    shares = -outputs[:, [k]] / total * np.ones_like(outputs)
    shares[:, k] += 1
    # Where a part is told that follows the sum, P_k = O_k / LEAST_SUM + (1 - Σ_j O_j / LEAST_SUM) / n.
    alike = (np.arange(outputs.shape[1]) == k) - 1 / outputs.shape[1]
    follows = (told < 1) & (told > LEAST_PART_TOLD)
    return slopes * np.where(follows, alike / LEAST_SUM, told * shares / total)


class OutputUnit(NamedTuple):
    """What output units compute, and all that is to be known of it.

    Attributes
    ----------
    function : callable
        Takes the net inputs of all output units and `Units`; turns them into outputs, in place, and returns them.
    formula : str
        O_j as a formula of {net}, which is I_j, {minus_net}, which is -I_j, or {total}, which is Σ_k e^I_k of the group.
    slopes : callable
        Takes the outputs of the units of one group, of shape (n_instances, n_units), and the number k of one of them;
        returns ∂P_k/∂I_j of all, of the same shape, where P_k is what unit k stands for: its probability, or its output.
    flat : Flat or None
    alone : str or None
        What a group of one unit is instead.
    is_linear : bool
        Or large net inputs saturate it, or make outputs without measure.
    may_overflow : bool
        Whether an output may be infinite where no weight is.
    """

    function: object
    formula: str
    slopes: object
    flat: Flat | None = None
    alone: str | None = None
    is_linear: bool = False
    may_overflow: bool = False


OUTPUT_UNITS = {
    "exp": OutputUnit(lambda net, units: np.exp(net, out=net), "e^{net}", _exp_slopes, may_overflow=True),
    "identity": OutputUnit(lambda net, units: net, "{net}", _identity_slopes, is_linear=True),
    "logistic": OutputUnit(
        lambda net, units: sigmoid(net),
        ACTIVATIONS["logistic"].formula,
        _sigmoid_slopes,
        flat=ACTIVATIONS["logistic"].flat,
    ),
    "softmax": OutputUnit(
        _softmax,
        "e^{net}/{total}",
        _softmax_slopes,
        flat=Flat(lambda outputs: (outputs < 0.01) | (outputs > 0.99), "below 0.01 or above 0.99"),
        alone="logistic",
    ),
}


def apply_output_units(net, units):
    """Turn the net inputs of the output units into outputs, in place."""
    return OUTPUT_UNITS[units.output_unit].function(net, units)


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
