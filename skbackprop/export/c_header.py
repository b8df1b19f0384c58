"""A fitted network as a C99 header without dependencies: `to_c`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from .._version import __version__
from . import c_functions, c_pieces
from .description import describe, in_dtype
from .scalers import split_pipeline

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from sklearn.pipeline import Pipeline

    from .._estimators.base import BaseBackprop


def to_c(estimator: BaseBackprop | Pipeline, name: str = "net", *, dtype: DTypeLike | None = None) -> str:
    """Write a fitted network down as one C99 header, which predicts without any library but libm.

    With the name ``net`` the header has

    * ``net_real``, which is float or double, ``NET_N_INPUTS`` and ``NET_N_OUTPUTS``;
    * ``void net_predict(const net_real *inputs, net_real *outputs)``: of a classifier the probability of each class, as
      ``predict_proba`` gives them, of several columns of labels one column after the other; of a regressor the targets in
      their own units;
    * ``int net_label(const net_real *inputs)``, where an instance has one label: the number of the class, from 0;
      ``net_classes[number]`` is what ``predict`` gives;
    * ``void net_labels(const net_real *inputs, int *labels)`` and ``NET_N_LABELS``, where it has several: of indicators 0
      or 1, of several columns of labels the number of the class, for ``net_classes_0``, ``net_classes_1`` and so on.

    The comment at its top tells its flash and stack. Nothing is allocated, and nothing is kept between calls.

    Parameters
    ----------
    estimator : BackpropClassifier, BackpropRegressor or Pipeline
        Fitted. The steps of a pipeline before the network may be a MaxAbsScaler, MinMaxScaler, RobustScaler or
        StandardScaler: the header then takes inputs as they are before them.
    name : str, default='net'
        What all names in the header begin with: a letter, then letters, digits or underscores.
    dtype : {'float32', 'float64'} or None, default=None
        What the header computes in, float or double; None takes what the network computes in.

    Returns
    -------
    header : str
        The text, of ASCII characters. Include it in one source file: its numbers and functions are static.

    Raises
    ------
    TypeError
        If the estimator, or the last step of a pipeline, is none of this package.
    ValueError
        If another step of a pipeline is no such scaler, if the name or the dtype is not valid, or if the network has
        numbers that a float cannot hold.
    NotFittedError
        If the estimator has no weights yet.

    See Also
    --------
    to_onnx : The network for other programs that need not be compiled.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropClassifier
    >>> from skbackprop.export import to_c
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), BackpropClassifier(8, random_state=0)).fit(X, y)
    >>> header = to_c(model, "iris", dtype="float32")
    >>> print(*[line for line in header.splitlines() if line.startswith(("#define IRIS_N", "typedef"))], sep="\\n")
    #define IRIS_N_INPUTS 4
    #define IRIS_N_OUTPUTS 3
    typedef float iris_real;
    """
    _check_name(name)
    network, scaling = split_pipeline(estimator)
    description = describe(network)
    dtype = _checked_dtype(dtype, description.dtype)
    arrays = _arrays(description, scaling, dtype)
    tables = c_functions.tables_of_classes(description.labels)
    head = _head(description, arrays, type(network).__name__)
    parts = [
        c_pieces.adapted(head, name, dtype),
        *(c_pieces.array_of(f"{name}_{key}", values, f"{name}_real") for key, values in arrays.items()),
        *(c_pieces.table_of_classes(f"{name}_{key}", classes) for key, classes in tables.items()),
        *(c_pieces.adapted(function, name, dtype) for function in c_functions.functions_of(description, arrays)),
        "#endif\n",
    ]
    return "\n".join(parts)


def _check_name(name):
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name={name!r} is not valid: it must be a letter, then letters, digits or underscores.")


def _checked_dtype(dtype, default):
    """The dtype that the header computes in."""
    try:
        chosen = default if dtype is None else np.dtype(dtype)
    except TypeError:
        chosen = None
    if chosen not in (np.float32, np.float64):
        raise ValueError(f"dtype={dtype!r} is not valid: it must be 'float32', 'float64' or None.")
    return chosen


def _arrays(description, scaling, dtype):
    """All constant numbers of the header by their names, in the order in which they are needed."""
    arrays = {}
    weights, biases = description.layers[0][:2]
    if scaling is not None:
        weights, biases = scaling.fold_into(weights, biases)
        arrays["shift"] = scaling.shift
        with np.errstate(all="ignore"):  # numbers too large for the dtype are refused below
            rest = scaling.shift - scaling.shift.astype(dtype)
            is_far = np.abs(rest * scaling.factor) > np.finfo(dtype).eps
        if is_far.any():  # inputs far from zero, of which one float holds too little
            arrays["shift_rest"] = rest
        if scaling.limits is not None:
            arrays["limits"] = scaling.limits
    arrays |= {"biases_1": biases, "weights_1": weights}
    for number, layer in enumerate(description.layers[1:], start=2):
        arrays |= {f"biases_{number}": layer.biases, f"weights_{number}": layer.weights}
    if c_functions.has_scale(description):
        arrays |= {"y_scale": description.scale, "y_mean": description.shift}
    return {name: in_dtype(values, dtype, name) for name, values in arrays.items()}


_HEAD = """\
/* A fitted {network}, written by skbackprop {version}: C99, with libm alone.
 *
 *     {units}
 *
{uses}
 *
 * Flash: {flash} bytes of numbers, beside the code{names}.
 * Stack: {stack} bytes of arrays, beside what calls take.
 * Nothing is allocated or kept between calls, so any number of threads may call. Numbers and functions are static:
 * include this file in one source file.
 */
#ifndef NET_H
#define NET_H

#include <float.h>
#include <math.h>

#define NET_N_INPUTS {n_inputs}
#define NET_N_OUTPUTS {n_outputs}
{more}
typedef {real} net_real;
"""


def _head(description, arrays, network):
    """The comment, what is included, and the sizes."""
    item_size = arrays["biases_1"].itemsize
    n_labels = c_functions.n_labels(description.labels)
    return _HEAD.format(
        network=network,
        version=__version__,
        units=_drawing(description.layers),
        uses="\n *\n".join(_uses(description.labels)),
        flash=sum(values.nbytes for values in arrays.values()),
        names=" and the names of the classes" if c_functions.tables_of_classes(description.labels) else "",
        stack=c_functions.n_stacked(description) * item_size,
        n_inputs=description.n_inputs,
        n_outputs=c_functions.n_outputs(description),
        more=f"#define NET_N_LABELS {n_labels}\n" if n_labels > 1 else "",
        real={4: "float", 8: "double"}[item_size],
    )


def _drawing(layers):
    units = [f"{len(layer.biases)} {layer.activation}" for layer in layers]
    return " -> ".join([f"{len(layers[0].weights)} inputs", *units])


_PREDICT = " *     void net_predict(const net_real *inputs, net_real *outputs);\n *\n * writes {}."
_LABEL = (
    " *     int net_label(const net_real *inputs);\n *\n"
    " * is the number of the most probable class, from 0; net_classes[number] is its name."
)
_LABELS = " *     void net_labels(const net_real *inputs, int *labels);\n *\n * writes {}."


def _uses(labels):
    """What the functions of the header are for."""
    if labels is None:
        return [_PREDICT.format("the targets, in their own units")]
    if labels.name == "single":
        return [_PREDICT.format("the probability of each class"), _LABEL]
    if labels.name == "multilabel":
        return [
            _PREDICT.format("the probability of each label"),
            _LABELS.format("1 for each label that is there, else 0"),
        ]
    return [
        _PREDICT.format("the probability of each class, one column of labels after the other"),
        _LABELS.format(
            "for each column the number of the most probable class, from 0; net_classes_0 and so on are the names"
        ),
    ]
