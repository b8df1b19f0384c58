"""The operations of a network as ONNX names them, for whoever writes them: a model of their own, or a part of a larger one.

Nothing here knows the onnx package. All operations have had the same inputs and attributes since operator set 11.
"""

from typing import NamedTuple

import numpy as np

from .._network.units import LEAST_PART_TOLD, LEAST_SUM
from .description import in_dtype

# What a unit makes of its net input; None is nothing. Probabilities of a softmax group are made of the whole group.
UNIT_OPERATIONS = {
    "exp": "Exp",
    "identity": None,
    "logistic": "Sigmoid",
    "relu": "Relu",
    "softmax": "Softmax",
    "tanh": "Tanh",
}


# What ONNX calls the type of whole numbers.
INT64 = 7


class Node(NamedTuple):
    """One operation.

    Attributes
    ----------
    operation : str
        As ONNX calls it.
    inputs : list of str
    output : str
    attributes : dict
    """

    operation: str
    inputs: list
    output: str
    attributes: dict


class Graph:
    """Operations in the order of computation, and the constants that they take.

    Parameters
    ----------
    dtype : dtype
        float32 or float64, which all is computed in.

    Attributes
    ----------
    nodes : list of Node
    constants : dict of ndarray
        By name.
    outputs : dict
        What comes out by name: an array that holds nothing, of the type and the number of columns of the output, of one
        dimension where the output is; or a list of such arrays of a sequence of outputs.
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.nodes = []
        self.constants = {}
        self.outputs = {}

    def add(self, operation, *inputs, output=None, **attributes):
        """Add an operation on values of these names, or on arrays, which become constants; return its output's name."""
        names = [self._constant(each) if isinstance(each, np.ndarray) else each for each in inputs]
        name = output or f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(Node(operation, names, name, attributes))
        return name

    def number(self, value):
        """A number as an array of the graph's type."""
        return np.array(value, dtype=self.dtype)

    def _constant(self, array):
        name = f"constant_{len(self.constants)}"
        self.constants[name] = array
        return name


def write_network(description, dtype, label_tables):
    """The graph of a network, whose input is "X": "predictions" of numbers, or "label" and "probabilities".

    Parameters
    ----------
    description : Description
    dtype : dtype
        float32 or float64.
    label_tables : list of ndarray or None
        The classes of each column of labels as they are to be put out; None where outputs are numbers, or indicators.

    Returns
    -------
    graph : Graph
    """
    graph = Graph(dtype)
    hidden = "X"
    for layer in description.layers[:-1]:
        hidden = _add_units(graph, _add_net(graph, hidden, layer), layer.activation)
    if description.labels is None:
        _add_predictions(graph, hidden, description)
    elif label_tables is None:
        _add_indicators(graph, hidden, description.layers[-1])
    elif description.is_flat:
        _add_single_label(graph, hidden, description.layers[-1], label_tables[0])
    else:
        _add_label_columns(graph, hidden, description, label_tables)
    return graph


def _add_net(graph, inputs, layer):
    """I_j = Σ_i w_ij O_i + θ_j."""
    weights, biases = in_dtype(layer.weights, graph.dtype, "coefs_"), in_dtype(layer.biases, graph.dtype, "intercepts_")
    return graph.add("Gemm", inputs, np.ascontiguousarray(weights), biases)


def _add_units(graph, net, activation):
    """O_j of I_j."""
    if activation not in UNIT_OPERATIONS:
        raise ValueError(
            f"activation={activation!r} has no operation in ONNX: networks of {', '.join(map(repr, UNIT_OPERATIONS))} "
            "units can be written there."
        )
    operation = UNIT_OPERATIONS[activation]
    return graph.add(operation, net) if operation else net


def _add_output_units(graph, net, activation):
    """O_j of units that stand for probabilities.

    The sigmoid is written out: ONNX Runtime's own ends at 1.5e-8 in float32, and of several such outputs over their sum it
    would make 1 / n each.
    """
    if activation != "logistic":
        return _add_units(graph, net, activation)
    one = graph.number(1)
    return graph.add("Div", one, graph.add("Add", one, graph.add("Exp", graph.add("Neg", net))))


def _add_predictions(graph, hidden, description):
    """Targets in their own units; a scale of 1 and a shift of 0 are left out."""
    layer = description.layers[-1]
    values = _add_units(graph, _add_net(graph, hidden, layer), layer.activation)
    if (description.scale != 1).any():
        values = graph.add("Mul", values, in_dtype(description.scale, graph.dtype, "y_scale_"))
    if (description.shift != 0).any():
        values = graph.add("Add", values, in_dtype(description.shift, graph.dtype, "y_mean_"))
    _put_out(graph, "predictions", values, graph.number(np.empty((0, len(layer.biases)))), description.is_flat)


def _add_indicators(graph, hidden, layer):
    """Of each label whether an instance has it, and its probability."""
    outputs = _add_output_units(graph, _add_net(graph, hidden, layer), "logistic")
    n_labels = len(layer.biases)
    _put_out(graph, "label", _add_is_above_half(graph, outputs), np.empty((0, n_labels), dtype=np.int64))
    _put_out(graph, "probabilities", _add_inside(graph, outputs), graph.number(np.empty((0, n_labels))))


def _add_single_label(graph, hidden, layer, table):
    net = _add_net(graph, hidden, layer)
    _put_out(graph, "label", _add_decision(graph, net, layer.activation, table), table[:0].reshape(0, 1), is_flat=True)
    probabilities = _add_shares(graph, net, layer.activation, len(table))
    _put_out(graph, "probabilities", probabilities, graph.number(np.empty((0, len(table)))))


def _add_label_columns(graph, hidden, description, tables):
    """Of each column its label and its probabilities; labels of several types have an output for each column."""
    layer, ends = description.layers[-1], np.cumsum(description.labels.groups())
    decisions, shares = [], []
    for end, size, table in zip(ends, description.labels.groups(), tables, strict=True):
        units = slice(end - size, end)
        part = layer._replace(weights=layer.weights[:, units], biases=layer.biases[units])
        net = _add_net(graph, hidden, part)
        decisions.append(_add_decision(graph, net, layer.activation, table))
        shares.append(_add_shares(graph, net, layer.activation, len(table)))
    if len({table.dtype.kind for table in tables}) == 1:
        joined = graph.add("Concat", *decisions, axis=1)
        _put_out(graph, "label", joined, np.empty((0, len(tables)), dtype=tables[0].dtype))
    else:
        for number, (decision, table) in enumerate(zip(decisions, tables, strict=True), start=1):
            _put_out(graph, f"label_{number}", decision, table[:0].reshape(0, 1), is_flat=True)
    graph.add("SequenceConstruct", *shares, output="probabilities")
    graph.outputs["probabilities"] = [graph.number(np.empty((0, len(table)))) for table in tables]


def _add_decision(graph, net, activation, table):
    """The class that a group of units decides for, in one column: the largest wins, one unit decides at 0.5."""
    if len(table) <= 2:
        index = _add_is_above_half(graph, _add_output_units(graph, net, "logistic"))
        table = np.resize(table, 2)  # of a network that knows one class only, either way that class
    else:
        index = graph.add("ArgMax", _add_output_units(graph, net, activation), axis=1)
    return graph.add("Gather", table, index)


def _add_is_above_half(graph, outputs):
    return graph.add("Cast", graph.add("Greater", outputs, graph.number(0.5)), to=INT64)


def _add_shares(graph, net, activation, n_classes):
    """Probabilities of the classes of one group of units, which sum to 1."""
    if n_classes == 1:
        return _add_clip(graph, net, 1, 1)
    if n_classes == 2:  # 1 - O_j = 1 / (1 + e^I_j)
        both = graph.add("Concat", graph.add("Neg", net), net, axis=1)
        return _add_inside(graph, _add_output_units(graph, both, "logistic"))
    outputs = _add_output_units(graph, net, activation)
    outputs = graph.add("Max", outputs, graph.number(np.finfo(graph.dtype).tiny))
    total = graph.add("MatMul", outputs, graph.number(np.ones((n_classes, 1))))
    shares = graph.add("Div", outputs, total)
    if activation == "softmax":
        return _add_inside(graph, shares)
    told = _add_clip(graph, graph.add("Div", total, graph.number(LEAST_SUM)), LEAST_PART_TOLD, 1)
    untold = graph.add("Sub", graph.number(1), told)
    nearer = graph.add("Mul", untold, graph.add("Sub", graph.number(1 / n_classes), shares))
    return _add_inside(graph, graph.add("Add", shares, nearer))


def _add_inside(graph, probabilities):
    """Probabilities moved off 0 and 1, as `predict_proba` has them."""
    limits = np.finfo(graph.dtype)
    return _add_clip(graph, probabilities, limits.tiny, 1 - limits.epsneg)


def _add_clip(graph, values, least, most):
    return graph.add("Min", graph.add("Max", values, graph.number(least)), graph.number(most))


def _put_out(graph, name, value, like, is_flat=False):
    """Name an output."""
    if is_flat and like.shape[1] == 1:
        graph.add("Reshape", value, np.array([-1], dtype=np.int64), output=name)
        like = like[:, 0]
    else:
        graph.add("Identity", value, output=name)
    graph.outputs[name] = like
