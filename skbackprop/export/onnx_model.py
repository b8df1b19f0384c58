"""A fitted network as an ONNX model: `to_onnx`."""

import numpy as np

from .._version import __version__
from .description import describe
from .onnx_graph import write_network

# Of 2020; what came later is not needed, and older runtimes read it.
_OPSET = 13

# The kinds of NumPy's types that ONNX has too: bool, int, unsigned int, float, text.
_LABEL_KINDS = "biufU"


def to_onnx(estimator, *, dtype=None):
    """Write a fitted network as an ONNX model, which other languages and devices can run.

    The model takes "X" of shape (n_samples, n_features). Of a regressor it gives "predictions", what ``predict`` gives; of
    a classifier "label" and "probabilities", what ``predict`` and ``predict_proba`` give, with the labels as they are:
    text, whole numbers, floats or booleans.

    Parameters
    ----------
    estimator : BackpropClassifier, BackpropRegressor, BackpropClassifierCV or BackpropRegressorCV
        Fitted, or initialized. A pipeline around it is for skl2onnx: see `register_skl2onnx`.
    dtype : {'float32', 'float64'} or dtype, default=None
        What the model takes, computes in and gives; None means the type of the network.

    Returns
    -------
    model : onnx.ModelProto
        Of operator set 13. ``model.SerializeToString()`` is what ``onnxruntime.InferenceSession`` takes, and ``onnx.save``
        writes it to a file.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If dtype is neither of the two, or cannot hold the network's numbers, or ONNX has no such labels or units.
    ImportError
        If onnx is not installed; ``pip install skbackprop[onnx]`` brings it.

    See Also
    --------
    register_skl2onnx : Lets skl2onnx convert pipelines with networks of this package.
    skbackprop.BackpropClassifier.to_sklearn : The network as an MLPClassifier.

    Notes
    -----
    Several columns of labels have "probabilities" that are a sequence of one array for each column, as the list that
    ``predict_proba`` gives. Where the types of the columns differ, each has labels of its own, "label_1", "label_2" and so
    on, since an array of ONNX has one type. Multilabel indicators are dense.

    Nothing is validated there: NaN comes out where NaN goes in.

    Examples
    --------
    >>> from skbackprop import BackpropRegressor
    >>> from skbackprop.export import to_onnx
    >>> network = BackpropRegressor(3, random_state=0).fit([[0.0], [1.0], [2.0]], [10.0, 20.0, 30.0])
    >>> model = to_onnx(network)  # doctest: +SKIP
    >>> [each.name for each in model.graph.input], [each.name for each in model.graph.output]  # doctest: +SKIP
    (['X'], ['predictions'])
    """
    description = describe(estimator)
    dtype = _checked_dtype(dtype, description)
    graph = write_network(description, dtype, _label_tables(description))
    return _make_model(import_onnx(), graph, description.n_inputs)


def import_onnx():  # numpydoc ignore=PR01,RT01
    """The package; an ImportError that says how to have it."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError("This export needs the package onnx: pip install skbackprop[onnx]") from error
    return onnx


def _checked_dtype(dtype, description):
    try:
        checked = description.dtype if dtype is None else np.dtype(dtype)
    except TypeError:
        checked = None
    if checked not in (np.float32, np.float64):
        raise ValueError(f"dtype={dtype!r} is not valid: it must be 'float32', 'float64' or None.")
    return checked


def _label_tables(description):
    """The classes of each column of labels in types of ONNX; None where there are none to name."""
    known = description.labels
    if known is None or known.name == "multilabel":
        return None
    tables = [_natural(classes) for classes in ([known.classes] if description.is_flat else known.classes)]
    kinds = {table.dtype.kind for table in tables}
    common = np.result_type(*tables) if len(kinds) == 1 else None
    return [table if common is None else table.astype(common) for table in tables]


def _natural(classes):
    """Classes in an array of a type that ONNX has; a ValueError where there is none."""
    natural = np.array(classes.tolist()) if classes.dtype.kind in "OT" else classes
    if natural.dtype.kind not in _LABEL_KINDS or (natural.dtype.itemsize > 8 and natural.dtype.kind != "U"):
        raise ValueError(
            f"classes_ are of type {natural.dtype}, which ONNX does not have: train with labels that are text, numbers or "
            "booleans."
        )
    return natural


def _make_model(onnx, graph, n_inputs):
    """The model proto of a graph."""
    helper = onnx.helper
    inputs = [_value_info(helper, "X", np.empty((0, n_inputs), dtype=graph.dtype))]
    outputs = [_value_info(helper, name, like) for name, like in graph.outputs.items()]
    nodes = [helper.make_node(each.operation, each.inputs, [each.output], **each.attributes) for each in graph.nodes]
    constants = [onnx.numpy_helper.from_array(as_stored(array), name) for name, array in graph.constants.items()]
    opset = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(
        helper.make_graph(nodes, "network", inputs, outputs, initializer=constants),
        opset_imports=opset,
        ir_version=helper.find_min_ir_version_for(opset),
        producer_name="skbackprop",
        producer_version=__version__,
    )


def _value_info(helper, name, like):
    """The type and the shape of an input or an output; of a list, of a sequence."""
    if isinstance(like, list):
        return helper.make_tensor_sequence_value_info(name, type_of(helper, like[0]), None)
    return helper.make_tensor_value_info(name, type_of(helper, like), [None, *like.shape[1:]])


def type_of(helper, array):  # numpydoc ignore=PR01,RT01
    """What ONNX calls the type of an array."""
    return helper.np_dtype_to_tensor_dtype(as_stored(array).dtype)


def as_stored(array):  # numpydoc ignore=PR01,RT01
    """Text as onnx takes it, which is in objects."""
    return array.astype(object) if array.dtype.kind == "U" else array
