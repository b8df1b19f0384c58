"""The head and the tables of one update, with the formulas in letters and in numbers."""

import numpy as np

from .._network.units import ACTIVATIONS, OUTPUT_UNITS
from .formulas import fill, in_letters, write, write_setting
from .rendering import MAX_ROWS, Table, WideTable, shorten

# Formulas leave out the middle of longer sums.
_MAX_TERMS = 4


class Writer:
    """Writes the head and the tables of a step."""

    def __init__(self, step, names, digits):
        self._step = step
        self._names = names
        self._digits = digits
        self._separator = "," if step.numbers[-1][-1] > 9 else ""

    def head(self):
        """What stands above the tables."""
        step = self._step
        targets = zip(step.numbers[-1], step.instance.targets[0], strict=True)
        lines = [f"One case update with {self._strengths()}{_join([f'T{j} = {self._number(t)}' for j, t in targets])}"]
        if self._names:
            lines.append("Units: " + _join([f"{number} = {name}" for number, name in self._names.items()]))
        return lines

    def _strengths(self):
        """The learning rate, if the rule has one, and a penalty that is not just what the user chose."""
        step, strengths = self._step, ""
        if any("{l}" in line.formula for line in step.lines):
            rate = step.texts["l"]
            strengths += f"learning rate l = {_equation(step.rate_formula, rate)}"
            if step.hidden_texts:
                formula = fill("({l})({f})", {"l": rate, "f": write_setting(step.hidden_factor)})
                strengths += f", in hidden layers l = {formula} = {step.hidden_texts['l']},"
            strengths += " and "
        if step.alpha_formula != step.texts["α"]:
            strengths += f"penalty α = {step.alpha_formula} = {step.texts['α']} and "
        return strengths

    def tables(self):
        memory = [self._memory()] if self._step.has_many_lines else []
        return [self._initial(), self._outputs(), self._errors(), *memory, self._updates()]

    def _number(self, number, more=0):
        return write(number, None if self._digits is None else self._digits + more)

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
            formula = self._output_formula(layer, j)
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

    def _group_of(self, j):
        """The units that decide together with an output unit, where they are."""
        units = self._step.instance.units
        groups = [] if units.groups is None else units.slices()
        return next((group for group in groups if group.start <= j < group.stop), slice(j, j + 1))

    def _kind_of(self, layer, j):
        """The activation or output unit of a unit, which may be another where it decides alone."""
        units = self._step.instance.units
        if layer < len(self._step.net) - 1:
            return ACTIVATIONS[units.activation]
        kind, group = OUTPUT_UNITS[units.output_unit], self._group_of(j)
        is_alone = kind.alone is not None and group.stop - group.start == 1
        return OUTPUT_UNITS[kind.alone] if is_alone else kind

    def _output_formula(self, layer, j):
        """O_j of its net input in numbers."""
        net = self._step.net[layer][0]
        terms = [f"e^{self._number(other)}" for other in net[self._group_of(j)]]
        total = f"({' + '.join(term or '...' for term in shorten(terms, _MAX_TERMS))})"
        texts = {"net": self._number(net[j]), "minus_net": self._number(-net[j]), "total": total}
        return fill(self._kind_of(layer, j).formula, texts)

    def _output_letters(self):
        last = len(self._step.net) - 1
        hidden = [self._output_formula_of(self._kind_of(0, 0))]
        output = [self._output_formula_of(self._kind_of(last, j)) for j in range(len(self._step.numbers[-1]))]
        output = list(dict.fromkeys(output))
        if last and hidden != output:
            hidden, output = [f"hidden {each}" for each in hidden], [f"output {each}" for each in output]
        return ["I_j = Σ_i w_ij O_i + θ_j", *dict.fromkeys((hidden if last else []) + output)]

    def _output_formula_of(self, kind):
        return f"O_j = {in_letters(kind.formula, net='I_j', minus_net='-I_j', total='Σ_k e^I_k')}"

    def _net_formula(self, layer, j):
        """Σ_i w_ij O_i + θ_j, written as the book does: without factors 1, and with 0 for what is 0, if terms are few."""
        weights, outputs = self._step.layers.weights[layer][:, j], self._step.outputs[layer][0]
        terms = list(zip(weights, outputs, strict=True))
        if len(terms) > _MAX_TERMS:
            terms = [term for term in terms if all(term)]
        terms = shorten(terms, _MAX_TERMS)
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
        loss = self._step.instance.loss
        letters = [f"output Err_j = {in_letters(loss.error_formula, o='O_j', t='T_j', p=loss.parameter_letter)}"]
        if len(self._step.net) > 1:
            slope = in_letters(self._slope_formula, o="O_j")
            letters.append("hidden Err_j = " + f"{slope} Σ_k Err_k w_jk".lstrip())
        return letters

    @property
    def _slope_formula(self):
        return ACTIVATIONS[self._step.instance.units.activation].slope_formula

    def _error_formula(self, layer, j):
        step, loss = self._step, self._step.instance.loss
        output = self._number(step.outputs[layer + 1][0, j])
        if layer == len(step.errors) - 1:
            target = self._number(step.instance.targets[0, j])
            return fill(loss.error_formula, {"o": output, "t": target, "p": write_setting(loss.parameter)})
        slope = fill(self._slope_formula, {"o": output})
        terms = shorten(
            list(zip(step.errors[layer + 1][0], step.layers.weights[layer + 1][j], strict=True)), _MAX_TERMS
        )
        parts = [term and f"({self._error(term[0])})({self._number(term[1])})" for term in terms]
        products = " + ".join(part or "..." for part in parts)
        return f"{slope}[{products}]" if slope and len(parts) > 1 else slope + products

    def _parameters(self):
        """Of each weight and bias, those of the last layer first: its name, and where it is among weights or biases."""
        for layer in reversed(range(len(self._step.net))):
            for at in np.ndindex(*self._step.layers.weights[layer].shape):
                yield self._weight_name(*self._pair(layer, at)), ("weights", layer, at)
        for layer, j, number in reversed(list(self._units())):
            yield f"θ{number}", ("biases", layer, (j,))

    def _value(self, letter, place):
        """A number that each weight and bias has."""
        kind, layer, at = place
        return getattr(self._step.values[letter], kind)[layer][at]

    def _old(self, place):
        kind, layer, at = place
        return getattr(self._step.layers, kind)[layer][at]

    def _direction(self, place):
        """The direction of descent of a weight or bias, as a factor."""
        kind, layer, at = place
        error = f"({self._error(self._step.errors[layer][0, at[-1]])})"
        if kind == "biases":
            return error
        product = f"{error}({self._number(self._step.outputs[layer][0, at[0]])})"
        if not self._has_penalty:
            return product
        return f"[{product} - ({self._step.texts['α']})({self._number(self._old(place))})]"

    def _texts(self, place):
        """The numbers of a weight or bias, by their letters."""
        texts = {
            letter: self._error(self._value(letter, place)) for letter in self._step.values if letter not in ("d", "Δ")
        }
        has_number = self._step.has_many_lines
        texts["d"] = f"({self._error(self._value('d', place))})" if has_number else self._direction(place)
        hidden_texts = self._step.hidden_texts if place[1] < len(self._step.net) - 1 else {}
        return self._step.texts | hidden_texts | texts

    def _memory(self):
        """What the rule calculates of each weight and bias before the move."""
        step = self._step
        lines = [line for line in step.lines[:-1] if line.letter in step.values]
        records = [self._memory_record(name, place, lines) for name, place in self._parameters()]
        cells = [
            (
                name,
                *(_equation(formula, self._error(value)) for value, formula in zip(rest[::2], rest[1::2], strict=True)),
            )
            for name, *rest in records
        ]
        letters = [
            f"d_ij = {'Err_j O_i - α w_ij' if self._has_penalty else 'Err_j O_i'}",
            "d_j = Err_j",
            *(self._letter_line(line) for line in step.lines[:-1]),
        ]
        columns = [line.letter for line in lines]
        fields = ("name", *(f"{letter}{end}" for letter in ["d", *columns] for end in ("", "_formula")))
        header = ("weight or bias", "direction d", *columns)
        return Table("memory", "Directions and memory", letters, fields, records, header, cells)

    def _memory_record(self, name, place, lines):
        """The name of a weight or bias, and of each line what it makes and how."""
        texts, direction = self._texts(place), self._direction(place)
        is_bracketed = direction.startswith("[") or place[0] == "biases"
        record = [name, float(self._value("d", place)), direction[1:-1] if is_bracketed else direction]
        for line in lines:
            record += [float(self._value(line.letter, place)), fill(line.formula, texts)]
        return tuple(record)

    @property
    def _has_penalty(self):
        return self._step.texts["α"] != "0"

    def _letter_line(self, line):
        """A line of the rule in letters, and in numbers if they are the same for all."""
        letters = f"{line.letter} = {in_letters(line.formula, d='(d)')}"
        if line.letter in self._step.values:
            return letters
        return f"{letters} = {fill(line.formula, self._step.texts)} = {self._step.texts[line.letter]}"

    def _updates(self):
        step, move_of, records = self._step, self._step.lines[-1], []
        for name, place in self._parameters():
            old, move = self._old(place), self._value("Δ", place)
            formula = f"{self._number(old)} + {fill(move_of.formula, self._texts(place))}"
            records.append((name, float(old), float(move), float(old + move), formula))
        cells = [
            (name, self._error(move), f"{formula} = {self._number(new)}") for name, _, move, new, formula in records
        ]
        fields, header = ("name", "old", "move", "new", "formula"), ("weight or bias", "move Δ", "new value")
        letters = [self._letter_line(move_of)] if step.has_many_lines else self._move_letters(move_of.formula)
        return Table("updates", "New weights and biases", letters, fields, records, header, cells)

    def _move_letters(self, formula):
        """The moves of a weight and of a bias in letters."""
        descent = "(Err_j O_i - α w_ij)" if self._has_penalty else "Err_j O_i"
        return [
            f"Δw_ij = {in_letters(formula, d=descent, **_primed('Δw_ij'))}",
            f"Δθ_j = {in_letters(formula, d='Err_j', **_primed('Δθ_j'))}",
        ]


def _primed(move):
    """What stands for the move of the update before."""
    return {"Δ'": move.replace("_", "'_")}


def _equation(formula, value):
    """The formula and its value, once where they are the same."""
    return value if formula == value else f"{formula} = {value}"


def _join(items):
    return ", ".join(item or "..." for item in shorten(items, MAX_ROWS))


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
