"""One case update of a network, as the book's tables show it: `explain_step`."""

import html
import itertools
import math
import textwrap
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from .._network import backprop
from .._network.parameters import Layers
from .._network.units import ACTIVATIONS, apply_output_units
from .._public import public
from .networks import check_network, exact_copy, input_names, make_instances, output_words
from .rendering import MAX_ROWS, Table, WideTable, shorten

# Formulas leave out the middle of longer sums.
_MAX_TERMS = 4
_WIDTH = 100

# The formulas, by activation, output unit or loss. Filled in with letters they are the general ones, with numbers a row's.
_OUTPUTS = {
    "exp": "e^{net}",
    "identity": "{net}",
    "logistic": "1/(1 + e^{minus_net})",
    "relu": "max(0, {net})",
    "softmax": "e^{net}/Σ_k e^I_k",
    "tanh": "tanh({net})",
}
_SLOPES = {"identity": "", "logistic": "({o})(1 - {o})", "relu": "[{o} > 0]", "tanh": "(1 - {o}^2)"}
_ERRORS = {
    "identity_absolute": "sign({t} - {o})",
    "identity_huber": "clip({t} - {o}, -{p}, {p})",
    "identity_quantile": "{p} - [{t} < {o}]",
    "logistic_squared": "({o})(1 - {o})({t} - {o})",
}


@public
def explain_step(estimator, x, y, *, digits=3):
    """Show one case update in all its steps: the book's tables, for a network of any depth.

    From the weights and biases that the estimator has, one instance goes forward, its errors come back, and every weight
    and bias moves, Δw_ij = l Err_j O_i and Δθ_j = l Err_j [1]_. Units are numbered through the layers, inputs first, as in
    the book. The rate l is ``learning_rate_init``, or where that is 'auto', ``learning_rate_``. The penalty, if
    there is one, counts; momentum, other solvers' memories, schedules of the rate and class weights do not.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        Fitted, or made by `initialize`. It is not changed.
    x : array-like of shape (n_features,) or (1, n_features)
        The inputs of the instance, as the network takes them. A row of a DataFrame, ``X.iloc[0]``, will do.
    y : label or number, or array-like of shape (n_labels,)
        Its label or target; of several labels or targets, an array.
    digits : int or None, default=3
        Decimals of what is calculated; errors have one more, and small numbers at least two significant digits. Each
        number is rounded before the next is calculated from it, as the book does, so a reader with a pocket calculator
        finds the same. None calculates exactly and shows six significant digits.

    Returns
    -------
    explanation : StepExplanation
        Prints as four tables; in a notebook they are HTML.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If x, y or digits will not do.

    See Also
    --------
    check_gradient : Whether the update follows the slope of the loss.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".

    Examples
    --------
    The book's example, with inputs 1 to 3, hidden units 4 and 5 and the output unit 6:

    >>> from skbackprop import BackpropClassifier, explain_step
    >>> network = BackpropClassifier(2, learning_rate_init=0.9).initialize(
    ...     [[1, 0, 1]], [1], classes=[0, 1],
    ...     coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
    ...     intercepts_init=[[-0.4, 0.2], [0.1]],
    ... )
    >>> explanation = explain_step(network, [1, 0, 1], 1)
    >>> print(str(explanation).split("\\n\\n")[2])
    Net input and output
    I_j = Σ_i w_ij O_i + θ_j,  O_j = 1/(1 + e^-I_j)
    ----------------------------------------------------------------------------
    unit j  net input I_j                                output O_j
    ----------------------------------------------------------------------------
    4       0.2 + 0 - 0.5 - 0.4 = -0.7                   1/(1 + e^0.7) = 0.332
    5       -0.3 + 0 + 0.2 + 0.2 = 0.1                   1/(1 + e^-0.1) = 0.525
    6       (-0.3)(0.332) - (0.2)(0.525) + 0.1 = -0.105  1/(1 + e^0.105) = 0.474
    """
    check_network(estimator)
    if digits is not None and (not isinstance(digits, (int, np.integer)) or not 1 <= digits <= 15):
        raise ValueError(f"digits={digits!r} is not valid: it must be an int from 1 to 15, or None.")
    instance = _make_instance(estimator, x, y)
    step = _calculate(exact_copy(estimator), instance, digits)
    names = {}
    if hasattr(estimator, "feature_names_in_"):
        names = dict(enumerate(input_names(estimator), start=1))
    if hasattr(estimator, "classes_") or estimator.n_outputs_ > 1:
        names.update(enumerate(output_words(estimator), start=step.numbers[-1].start))
    return StepExplanation(step, names, digits)


def _make_instance(estimator, x, y):
    """The training set of one instance."""
    network = exact_copy(estimator)
    if hasattr(x, "to_frame"):  # a row of a DataFrame, which has its names along
        x = x.to_frame().T
    elif not issparse(x) and np.ndim(x) == 1:
        x = np.reshape(x, (1, -1))
        vars(network).pop("feature_names_in_", None)
    y = np.reshape(y, (1, -1) if np.size(y) > 1 else 1)
    if np.shape(x)[0] != 1:
        raise ValueError(f"x has shape {np.shape(x)}, but explain_step explains one instance: pass one row.")
    if hasattr(network, "class_weight"):
        network.class_weight = None
    instance = make_instances(network, x, y)
    return instance._replace(inputs=instance.inputs.toarray()) if issparse(instance.inputs) else instance


class _Step(NamedTuple):
    """What one case update calculates; per layer an array of shape (1, n_units), or as the weights and biases have it.

    ``outputs`` begins with the inputs, and ``numbers`` with theirs; the other lists begin with the first layer of units.
    """

    instance: object
    layers: Layers
    net: list
    outputs: list
    errors: list
    weight_moves: list
    bias_moves: list
    numbers: list
    learning_rate: float
    alpha: float


def _calculate(network, instance, digits):
    """One case update, with each number rounded before it is used."""
    layers = Layers(network.coefs_, network.intercepts_)
    is_auto = isinstance(network.learning_rate_init, str)
    learning_rate = float(network.learning_rate_ if is_auto else network.learning_rate_init)
    alpha = float(network.alpha)
    with np.errstate(all="ignore"):
        net, outputs = _go_forward(layers, instance, digits)
        errors = _go_backward(layers, instance, outputs, None if digits is None else digits + 1)
    weight_moves = [
        learning_rate * (below.T @ error - alpha * weights)  # Δw_ij = l Err_j O_i
        for below, error, weights in zip(outputs[:-1], errors, layers.weights, strict=True)
    ]
    bias_moves = [learning_rate * error[0] for error in errors]  # Δθ_j = l Err_j
    ends = [0, *itertools.accumulate(each.shape[1] for each in outputs)]
    numbers = [range(start + 1, end + 1) for start, end in itertools.pairwise(ends)]
    return _Step(instance, layers, net, outputs, errors, weight_moves, bias_moves, numbers, learning_rate, alpha)


def _go_forward(layers, instance, digits):
    """I_j and O_j, layer by layer."""
    units = instance.units
    net, outputs = [], [instance.inputs]
    for weights, biases in zip(*layers, strict=True):
        net.append(_round(outputs[-1] @ weights + biases, digits))
        is_last = len(net) == len(layers.weights)
        activate = ACTIVATIONS[units.activation].function
        out = apply_output_units(net[-1].copy(), units) if is_last else activate(net[-1].copy())
        outputs.append(_round(out, digits))
    return net, outputs


def _go_backward(layers, instance, outputs, digits):
    """Err_j, layer by layer."""
    errors = [_round(backprop.output_errors(outputs[-1], instance.targets, instance.loss), digits)]
    for layer in range(len(layers.weights) - 1, 0, -1):
        below = backprop.hidden_errors(outputs[layer], errors[0], layers.weights[layer], instance.units.activation)
        errors.insert(0, _round(below, digits))
    return errors


def _decimals(number, digits):
    """How many decimals a number is to have: the given ones, and more where two significant digits need them."""
    if number == 0 or not math.isfinite(number):
        return digits
    return max(digits, 1 - math.floor(math.log10(abs(number))))


def _round(numbers, digits):
    if digits is None:
        return numbers
    return np.vectorize(lambda number: round(number, _decimals(number, digits)), otypes=[float])(numbers)


def _write(number, digits):
    """A number as the tables show it, without trailing zeros."""
    number = float(number)
    if number == 0:
        return "0"
    if digits is None:
        return f"{number:.6g}"
    decimals = _decimals(number, digits)
    if decimals > digits + 3 or abs(number) >= 1e7:
        return f"{number:.{1 if abs(number) < 1 else digits}e}"
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".")


@public
class StepExplanation:
    """One case update as tables, made by :func:`explain_step`.

    It prints as aligned text, of which the middle of long tables is left out, and is HTML in a notebook.

    Parameters
    ----------
    step : tuple
        What `explain_step` calculated.

    names : dict of int to str
        Names of the units that have one.

    digits : int or None
        As `explain_step` takes it.

    Attributes
    ----------
    net_inputs : list of ndarray of shape (n_units,)
        I_j of the units of each layer but the input layer.

    outputs : list of ndarray of shape (n_units,)
        O_j of the units of each layer, the inputs first.

    errors : list of ndarray of shape (n_units,)
        Err_j of the units of each layer but the input layer.

    targets : ndarray of shape (n_outputs,)
        T_j of the output units; of a regressor on their scale.

    learning_rate : float
        The rate l.

    new_coefs, new_intercepts : list of ndarray
        The weights and biases after the update, of the shapes of ``coefs_`` and ``intercepts_``.

    See Also
    --------
    explain_step : Makes it.
    """

    def __init__(self, step, names, digits):
        self.net_inputs = [net[0] for net in step.net]
        self.outputs = [outputs[0] for outputs in step.outputs]
        self.errors = [errors[0] for errors in step.errors]
        self.targets = step.instance.targets[0]
        self.learning_rate = step.learning_rate
        self.new_coefs = [old + move for old, move in zip(step.layers.weights, step.weight_moves, strict=True)]
        self.new_intercepts = [old + move for old, move in zip(step.layers.biases, step.bias_moves, strict=True)]
        self._names = names
        self._tables = _Writer(step, names, digits).tables()
        self._head = self._write_head(step, digits)

    def _write_head(self, step, digits):
        """What stands above the tables."""
        targets = [f"T{number} = {_write(target, digits)}" for number, target in self._targets(step)]
        lines = [f"One case update with learning rate l = {_write(self.learning_rate, digits)} and " + _join(targets)]
        if self._names:
            lines.append("Units: " + _join([f"{number} = {name}" for number, name in self._names.items()]))
        return lines

    def _targets(self, step):
        return zip(step.numbers[-1], self.targets, strict=True)

    def __repr__(self):
        return "\n\n".join(["\n".join(map(_fill, self._head)), *(table.to_text() for table in self._tables)])

    def _repr_html_(self):
        head = "".join(f"<p>{html.escape(line)}</p>" for line in self._head)
        return f"<div>{head}{''.join(table.to_html() for table in self._tables)}</div>"

    def to_frames(self):
        """Give the tables as pandas DataFrames, with all rows.

        Returns
        -------
        frames : dict of str to DataFrame
            "initial": a value per input, weight and bias. "outputs": of each unit the net input, the output and their
            formulas. "errors": the error of each unit, and its formula. "updates": of each weight and bias the old value,
            the move, the new value and the formula.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError('DataFrames need pandas: pip install "skbackprop[plots]"') from error
        return {
            table.key: pandas.DataFrame.from_records(table.records, columns=table.fields, index=table.fields[0])
            for table in self._tables
        }

    def to_latex(self):
        """Give the tables as LaTeX, with all rows; it needs no package.

        Returns
        -------
        latex : str
            Four table environments.
        """
        return "\n\n".join(table.to_latex() for table in self._tables)


class _Writer:
    """Writes the four tables of a step."""

    def __init__(self, step, names, digits):
        self._step = step
        self._names = names
        self._digits = digits
        self._separator = "," if step.numbers[-1][-1] > 9 else ""

    def tables(self):
        return [self._initial(), self._outputs(), self._errors(), self._updates()]

    def _number(self, number, more=0):
        return _write(number, None if self._digits is None else self._digits + more)

    def _error(self, number):
        return self._number(number, more=1)

    def _weight_name(self, i, j):
        return f"w{i}{self._separator}{j}"

    def _initial(self):
        step = self._step
        records = [(f"x{i}", float(value)) for i, value in zip(step.numbers[0], step.outputs[0][0], strict=True)]
        for layer, weights in enumerate(step.layers.weights):
            records += [(self._weight_name(*self._pair(layer, at)), float(w)) for at, w in np.ndenumerate(weights)]
        for layer, biases in enumerate(step.layers.biases):
            numbers = step.numbers[layer + 1]
            records += [(f"θ{j}", float(theta)) for j, theta in zip(numbers, biases, strict=True)]
        cells = [(name, self._number(value)) for name, value in records]
        return WideTable("initial", "Initial input, weight and bias values", [], ("name", "value"), records, (), cells)

    def _pair(self, layer, at):
        """The numbers of the two units that a weight lies between."""
        return self._step.numbers[layer][at[0]], self._step.numbers[layer + 1][at[1]]

    def _units(self):
        """Of each unit that calculates: its layer, its place there, and its number."""
        for layer, numbers in enumerate(self._step.numbers[1:]):
            for place, number in enumerate(numbers):
                yield layer, place, number

    def _outputs(self):
        records = []
        for layer, j, number in self._units():
            net, out = self._step.net[layer][0, j], self._step.outputs[layer + 1][0, j]
            template = _OUTPUTS[self._kind_of(layer)]
            formula = template.format(net=self._number(net), minus_net=self._number(-net))
            records.append(
                (number, self._names.get(number, ""), float(net), float(out), self._net_formula(layer, j), formula)
            )
        fields = ("unit", "name", "net_input", "output", "net_input_formula", "output_formula")
        cells = [
            (str(number), f"{sum_} = {self._number(net)}", _equation(formula, self._number(out)))
            for number, _, net, out, sum_, formula in records
        ]
        header = ("unit j", "net input I_j", "output O_j")
        return Table("outputs", "Net input and output", self._output_letters(), fields, records, header, cells)

    def _kind_of(self, layer):
        """The activation or output unit of a layer; a softmax of one unit is a sigmoid one."""
        units = self._step.instance.units
        if layer < len(self._step.net) - 1:
            return units.activation
        is_single = units.output_unit == "softmax" and max(units.groups) == 1
        return "logistic" if is_single else units.output_unit

    def _output_letters(self):
        last = len(self._step.net) - 1
        formulas = [
            f"O_j = {_OUTPUTS[self._kind_of(layer)].format(net='I_j', minus_net='-I_j')}" for layer in (0, last)
        ]
        if formulas[0] != formulas[1]:
            formulas = [f"hidden {formulas[0]}", f"output {formulas[1]}"]
        return ["I_j = Σ_i w_ij O_i + θ_j", *dict.fromkeys(formulas)]

    def _net_formula(self, layer, j):
        """Σ_i w_ij O_i + θ_j, written as the book does: without factors 1, and with 0 for what is 0."""
        weights, outputs = self._step.layers.weights[layer][:, j], self._step.outputs[layer][0]
        terms = shorten(list(zip(weights, outputs, strict=True)), _MAX_TERMS)
        parts = [term and self._term(*term) for term in terms]
        return _sum([*parts, self._signed(self._step.layers.biases[layer][j])])

    def _signed(self, number):
        return "-" if number < 0 else "", self._number(abs(number))

    def _term(self, weight, output):
        """The sign of w_ij, and w_ij O_i without it."""
        sign, size = self._signed(weight)
        if output == 0 or weight == 0:
            return "", "0"
        return (sign, size) if output == 1 else (sign, f"({size})({self._number(output)})")

    def _errors(self):
        records = [
            (number, self._names.get(number, ""), float(self._step.errors[layer][0, j]), self._error_formula(layer, j))
            for layer, j, number in reversed(list(self._units()))
        ]
        cells = [(str(number), _equation(formula, self._error(error))) for number, _, error, formula in records]
        fields, header = ("unit", "name", "error", "formula"), ("unit j", "error Err_j")
        return Table("errors", "Errors", self._error_letters(), fields, records, header, cells)

    def _error_letters(self):
        letters = [f"output Err_j = {self._output_error('O_j', 'T_j', 'δ')}"]
        if len(self._step.net) > 1:
            slope = _SLOPES[self._step.instance.units.activation].format(o="O_j")
            letters.append("hidden Err_j = " + f"{slope} Σ_k Err_k w_jk".lstrip())
        return [each.replace("(O_j)(", "O_j (").replace(")(", ") (") for each in letters]

    def _output_error(self, output, target, parameter):
        template = _ERRORS.get(self._step.instance.loss.kernel_name, "{t} - {o}")
        return template.format(o=output, t=target, p=parameter)

    def _error_formula(self, layer, j):
        step = self._step
        output = self._number(step.outputs[layer + 1][0, j])
        if layer == len(step.errors) - 1:
            parameter = self._number(step.instance.loss.parameter)
            return self._output_error(output, self._number(step.instance.targets[0, j]), parameter)
        slope = _SLOPES[step.instance.units.activation].format(o=output)
        terms = shorten(
            list(zip(step.errors[layer + 1][0], step.layers.weights[layer + 1][j], strict=True)), _MAX_TERMS
        )
        parts = [term and f"({self._error(term[0])})({self._number(term[1])})" for term in terms]
        products = " + ".join(part or "..." for part in parts)
        return f"{slope}[{products}]" if slope and len(parts) > 1 else slope + products

    def _updates(self):
        step, records = self._step, []
        for layer in reversed(range(len(step.weight_moves))):
            moves = step.weight_moves[layer]
            for at, move in np.ndenumerate(moves):
                name = self._weight_name(*self._pair(layer, at))
                old = step.layers.weights[layer][at]
                records.append(self._update(name, old, move, self._weight_move(layer, at, old)))
        for layer, j, number in reversed(list(self._units())):
            formula = f"({self._number(step.learning_rate)})({self._error(step.errors[layer][0, j])})"
            old = step.layers.biases[layer][j]
            records.append(self._update(f"θ{number}", old, step.bias_moves[layer][j], formula))
        cells = [
            (name, self._error(move), f"{formula} = {self._number(new)}") for name, _, move, new, formula in records
        ]
        letters = ["Δw_ij = l Err_j O_i" if not step.alpha else "Δw_ij = l (Err_j O_i - α w_ij)", "Δθ_j = l Err_j"]
        fields, header = ("name", "old", "move", "new", "formula"), ("weight or bias", "move Δ", "new value")
        return Table("updates", "New weights and biases", letters, fields, records, header, cells)

    def _update(self, name, old, move, formula):
        return name, float(old), float(move), float(old + move), f"{self._number(old)} + {formula}"

    def _weight_move(self, layer, at, old):
        """Δw_ij in numbers."""
        step = self._step
        rate = self._number(step.learning_rate)
        product = f"({self._error(step.errors[layer][0, at[1]])})({self._number(step.outputs[layer][0, at[0]])})"
        if not step.alpha:
            return f"({rate}){product}"
        return f"({rate})[{product} - ({self._number(step.alpha)})({self._number(old)})]"


def _equation(formula, value):
    """The formula and its value, once where they are the same."""
    return value if formula == value else f"{formula} = {value}"


def _join(items):
    return ", ".join(item or "..." for item in shorten(items, MAX_ROWS))


def _fill(line):
    """A line as lines of the page's width, which do not break within what `_join` joined."""
    whole = line.replace(" = ", "\xa0=\xa0")
    return textwrap.fill(whole, _WIDTH, subsequent_indent="    ").replace("\xa0", " ")


def _sum(terms):
    """Terms of sign and size as a sum; the first one's sign goes before it, into its bracket if it has one."""
    text = ""
    for term in terms:
        if term is None:
            text += " + ..."
            continue
        sign, size = term
        if not text:
            text = size.replace("(", f"({sign}", 1) if size.startswith("(") else sign + size
        else:
            text += f" {sign or '+'} {size}"
    return text
