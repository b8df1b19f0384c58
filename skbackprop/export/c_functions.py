"""The functions of a C header: the layers of one network, and what its outputs stand for.

Conventions: as in `c_pieces`, the text is that of a network of the name ``net`` in double.
"""

from typing import NamedTuple

import numpy as np

from . import c_pieces

_BUFFERS = ("odd", "even")  # hold the outputs of the first hidden layer, of the second, of the third, ...

_FUNCTION = """\
{comment}static inline {head}
{{
{body}
}}
"""


class _Group(NamedTuple):
    """Output units that decide on one label, and the label's probabilities among the outputs of `net_predict`."""

    unit: int
    n_units: int
    output: int
    n_outputs: int


def functions_of(description, arrays):
    """All functions, each after those that it calls."""
    yield from _pieces(description, arrays)
    yield _forward(description, "net_scaled(inputs, i)" if "shift" in arrays else "inputs[i]")
    if description.labels is None:
        yield _function("void net_predict(const net_real *inputs, net_real *outputs)", _targets(description))
    else:
        yield from _of_labels(description)


def tables_of_classes(labels):
    """The classes of each column of labels, by the names of their tables; none of indicators and numbers."""
    if labels is None or labels.name == "multilabel":
        return {}
    if labels.name == "single":
        return {"classes": labels.classes}
    return {f"classes_{number}": classes for number, classes in enumerate(labels.classes)}


def n_labels(labels):
    """How many labels an instance has."""
    return 0 if labels is None else len(labels.groups())


def n_outputs(description):
    """How many numbers `net_predict` writes."""
    labels = description.labels
    return _n_units(description) if labels is None else sum(group.n_outputs for group in _groups(labels))


def n_stacked(description):
    """Numbers of all arrays on the stack."""
    return sum(_buffer_sizes(description.layers)) + (0 if description.labels is None else _n_units(description))


def has_scale(description):
    """Whether targets are scaled or shifted."""
    return description.labels is None and bool(np.any(description.scale != 1) or np.any(description.shift != 0))


def _n_units(description):
    return len(description.layers[-1].biases)


def _groups(labels):
    """The groups of output units, in their order."""
    sizes = labels.groups()
    tables = tables_of_classes(labels)
    ns_outputs = [len(classes) for classes in tables.values()] if tables else sizes
    units, outputs = np.cumsum([0, *sizes]).tolist(), np.cumsum([0, *ns_outputs]).tolist()
    return [_Group(*each) for each in zip(units[:-1], sizes, outputs[:-1], ns_outputs, strict=True)]


def _pieces(description, arrays):
    """The functions that need no more than their names changed."""
    names = {layer.activation for layer in description.layers[:-1]}
    of_outputs = []
    if description.labels is None:
        names.add(description.layers[-1].activation)
    else:
        of_outputs = _pieces_of_labels(description.labels, description.layers[-1].activation)
        names |= {"logistic"}
    yield c_pieces.LAYER
    if "shift" in arrays:
        piece = c_pieces.LIMITED if "limits" in arrays else c_pieces.SHIFTED
        yield piece.format(rest=" - net_shift_rest[i]" if "shift_rest" in arrays else "")
    yield from (c_pieces.ACTIVATIONS[name] for name in sorted(names - {"identity"}))
    yield from of_outputs


def _pieces_of_labels(labels, output_unit):
    """Those that make labels and probabilities."""
    ns_outputs = {group.n_outputs for group in _groups(labels)}
    pieces = [c_pieces.INSIDE]
    if 2 in ns_outputs:
        pieces.append(c_pieces.PAIR)
    if max(ns_outputs) > 2:
        pieces += [
            c_pieces.SOFTMAX if output_unit == "softmax" else c_pieces.SIGMOIDS,
            c_pieces.SHARES,
            c_pieces.LARGEST,
        ]
    return pieces


def _function(head, lines, comment=""):
    body = "\n".join(f"    {line}" if line else "" for line in lines)
    return _FUNCTION.format(head=head, body=body, comment=f"/* {comment} */\n" if comment else "")


def _buffer_sizes(layers):
    """Sizes of the two arrays that hold the outputs of hidden layers by turns; 0 of one that is not needed."""
    sizes = [len(layer.biases) for layer in layers[:-1]]
    return [max(sizes[start::2], default=0) for start in (0, 1)]


def _forward(description, source):
    """The function that goes through all layers; `source` is an input as the first layer takes it."""
    layers, lines = description.layers, []
    buffers = [f"{name}[{size}]" for name, size in zip(_BUFFERS, _buffer_sizes(layers), strict=True) if size]
    if buffers:
        lines = [f"net_real {', '.join(buffers)};", ""]
    for number, layer in enumerate(layers[:-1], start=1):
        into = _BUFFERS[(number - 1) % 2]
        lines += [*_sums_of_layer(number, layer, source, into), *_activate(layer, into)]
        source = f"{into}[i]"
    lines += _sums_of_layer(len(layers), layers[-1], source, "sums")
    head = "void net_forward(const net_real *inputs, net_real *sums)"
    return _function(head, lines, "Goes forward to the net inputs of the output units.")


def _sums_of_layer(number, layer, source, into):
    """The net inputs of a layer: I_j = theta_j + sum of w_ij O_i."""
    n_inputs, n_units = layer.weights.shape
    return [
        f"for (int j = 0; j < {n_units}; j++) {into}[j] = net_biases_{number}[j];",
        f"for (int i = 0; i < {n_inputs}; i++) net_add({n_units}, {source}, net_weights_{number}[i], {into});",
    ]


def _activate(layer, into):
    if layer.activation == "identity":
        return []
    return [f"for (int j = 0; j < {len(layer.biases)}; j++) {into}[j] = net_{layer.activation}({into}[j]);"]


def _targets(description):
    """The lines that predict numbers."""
    layer = description.layers[-1]
    lines = ["net_forward(inputs, outputs);", *_activate(layer, "outputs")]
    if has_scale(description):
        lines.append(
            f"for (int j = 0; j < {len(layer.biases)}; j++) outputs[j] = outputs[j] * net_y_scale[j] + net_y_mean[j];"
        )
    return lines


def _of_labels(description):
    """The functions that predict probabilities and labels."""
    labels = description.labels
    start = [f"net_real sums[{_n_units(description)}];", "", "net_forward(inputs, sums);"]
    head = "void net_predict(const net_real *inputs, net_real *outputs)"
    n = _n_units(description)
    if labels.name == "multilabel":
        each = [f"for (int j = 0; j < {n}; j++) outputs[j] = net_inside(net_logistic(sums[j]));"]
        decide = [f"for (int j = 0; j < {n}; j++) labels[j] = 2 * net_logistic(sums[j]) > 1;"]
    else:
        each = [_probabilities(group) for group in _groups(labels)]
        decide = [f"labels[{g}] = {_decision(group)};" for g, group in enumerate(_groups(labels))]
    yield _function(head, start + each)
    if labels.name == "single":
        (group,) = _groups(labels)
        yield _function("int net_label(const net_real *inputs)", [*start, f"return {_decision(group)};"])
    else:
        yield _function("void net_labels(const net_real *inputs, int *labels)", start + decide)


def _probabilities(group):
    """The line that writes the probabilities of one label."""
    if group.n_outputs == 1:
        return f"outputs[{group.output}] = 1; /* the only class */"
    if group.n_outputs == 2:
        return f"net_pair(sums[{group.unit}], outputs + {group.output});"
    return f"net_shares({group.n_units}, sums + {group.unit}, outputs + {group.output});"


def _decision(group):
    """The number of the class that a group decides for."""
    if group.n_outputs == 1:
        return "0"
    if group.n_outputs == 2:
        return f"2 * net_logistic(sums[{group.unit}]) > 1"
    return f"net_largest({group.n_units}, sums + {group.unit})"
