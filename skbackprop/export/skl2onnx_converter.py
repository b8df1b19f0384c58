"""Networks within pipelines that skl2onnx converts: `register_skl2onnx`."""

import numpy as np

from .._estimators.classifier import BackpropClassifier
from .._estimators.classifier_cv import BackpropClassifierCV
from .._estimators.regressor import BackpropRegressor
from .._estimators.regressor_cv import BackpropRegressorCV
from .description import describe
from .onnx_graph import write_network
from .onnx_model import as_stored, import_onnx, type_of

# As those of skl2onnx's own converter of MLPClassifier.
_CLASSIFIER_OPTIONS = {"zipmap": [True, False, "columns"], "output_class_labels": [False, True], "nocl": [True, False]}


def register_skl2onnx():
    """Let skl2onnx convert networks of this package, alone and within pipelines.

    After this one line ``skl2onnx.to_onnx`` and ``skl2onnx.convert_sklearn`` take all four estimators as they take
    scikit-learn's: behind a ColumnTransformer and a scaler, or within anything else that skl2onnx knows. The options are
    those of its converter of MLPClassifier: ``zipmap``, ``output_class_labels`` and ``nocl``.

    Raises
    ------
    ImportError
        If skl2onnx is not installed; ``pip install skbackprop[onnx]`` brings it.

    See Also
    --------
    to_onnx : Writes a network alone, without skl2onnx.

    Notes
    -----
    The model computes in float64 where its inputs are declared as ``DoubleTensorType``, and otherwise in float32, as
    skl2onnx has it everywhere. Labels become text or int64, as they do of other classifiers. Several columns of labels need
    ``zipmap=False`` and one type for all; their "probabilities" are a sequence of one array for each column.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropClassifier
    >>> from skbackprop.export import register_skl2onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), BackpropClassifier(10, random_state=0)).fit(X, y)
    >>> register_skl2onnx()  # doctest: +SKIP
    >>> from skl2onnx import to_onnx  # doctest: +SKIP
    >>> converted = to_onnx(model, X[:1], options={"zipmap": False})  # doctest: +SKIP
    >>> [output.name for output in converted.graph.output]  # doctest: +SKIP
    ['label', 'probabilities']
    """
    skl2onnx = _import_skl2onnx()
    for model in (BackpropClassifier, BackpropClassifierCV):
        skl2onnx.update_registered_converter(
            model, f"Skbackprop{model.__name__}", _set_classifier_types, _convert, options=_CLASSIFIER_OPTIONS
        )
    for model in (BackpropRegressor, BackpropRegressorCV):
        skl2onnx.update_registered_converter(model, f"Skbackprop{model.__name__}", _set_regressor_types, _convert)


def _import_skl2onnx():
    try:
        import skl2onnx
        import skl2onnx.common.data_types
    except ImportError as error:
        raise ImportError("register_skl2onnx needs the package skl2onnx: pip install skbackprop[onnx]") from error
    return skl2onnx


def _types():
    """The module of skl2onnx's types."""
    return _import_skl2onnx().common.data_types


def _dtype_of(operator):
    """What the operator computes in."""
    return np.dtype(np.float64 if isinstance(operator.inputs[0].type, _types().DoubleTensorType) else np.float32)


def _number_type(operator):
    """The type of tensors of what the operator computes in."""
    return _types().DoubleTensorType if _dtype_of(operator) == np.float64 else _types().FloatTensorType


def _check_inputs(operator):
    """Raise a ValueError for columns that come one by one, as of a DataFrame, and for another number of them."""
    n_features = operator.raw_operator.n_features_in_
    if len(operator.inputs) > 1:
        names = ", ".join(each.raw_name for each in operator.inputs)
        raise ValueError(
            f"A network takes one input of {n_features} columns, but there are {len(operator.inputs)} inputs ({names}): "
            "convert with X.to_numpy() in the place of a DataFrame X, or put a scaler or a ColumnTransformer before it."
        )
    width = operator.inputs[0].type.shape[-1]
    if isinstance(width, int) and width != n_features:
        raise ValueError(f"The network takes {n_features} columns, but its input is declared with {width}.")


def _set_regressor_types(operator):
    """What comes out of a regressor: one column for each target."""
    _check_inputs(operator)
    n_rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].set_type(_number_type(operator)([n_rows, operator.raw_operator.n_outputs_]))


def _set_classifier_types(operator):
    """What comes out of a classifier: labels and probabilities."""
    _check_inputs(operator)
    network, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    tables = _label_tables(operator)
    label, probabilities = operator.outputs[:2]
    label_type = _types().StringTensorType if tables and tables[0].dtype.kind == "U" else _types().Int64TensorType
    if isinstance(network.classes_, list):
        _check_columns(operator, tables)
        label.set_type(label_type([n_rows, len(tables)]))
        probabilities.set_type(_types().SequenceType(_number_type(operator)()))
    else:
        label.set_type(label_type([n_rows] if tables else [n_rows, len(network.classes_)]))
        probabilities.set_type(_number_type(operator)([n_rows, len(network.classes_)]))


def _check_columns(operator, tables):
    """Raise a ValueError for several columns of labels that skl2onnx cannot put out."""
    options = operator.scope_inst.get_options(operator.raw_operator, {"zipmap": True})
    if options["zipmap"]:
        raise ValueError(
            f"zipmap={options['zipmap']!r} cannot be had of several columns of labels: pass options={{'zipmap': False}}."
        )
    if len({table.dtype.kind for table in tables}) > 1:
        raise ValueError(
            "The columns of labels are of several types, text and numbers, which skl2onnx cannot put out together: convert "
            "the network alone with skbackprop.export.to_onnx."
        )


def _label_tables(operator):
    """The classes of each column of labels as skl2onnx puts them out: text or int64; None of indicators and of numbers."""
    known = describe(operator.raw_operator).labels
    if known is None or known.name == "multilabel":
        return None
    options = operator.scope_inst.get_options(operator.raw_operator, {"nocl": False})
    columns = [known.classes] if known.name == "single" else known.classes
    return [np.arange(len(classes)) if options["nocl"] else _as_text_or_int(classes) for classes in columns]


def _as_text_or_int(classes):
    natural = np.array(classes.tolist()) if classes.dtype.kind in "OT" else classes
    if natural.dtype.kind == "U":
        return natural
    with np.errstate(invalid="ignore"):
        whole = natural.astype(np.int64)
    if (whole != natural).any():
        raise ValueError(
            f"classes_ hold {natural[whole != natural][0]}, but skl2onnx puts out labels as text or int64: convert the "
            "network alone with skbackprop.export.to_onnx."
        )
    return whole


def _convert(scope, operator, container):
    """Write the network into the container of the whole model."""
    helper = import_onnx().helper
    description = describe(operator.raw_operator)
    if description.labels is None:  # all its regressors put out columns
        description = description._replace(is_flat=False)
    graph = write_network(description, _dtype_of(operator), _label_tables(operator))
    names = dict(zip(graph.outputs, (each.full_name for each in operator.outputs), strict=False))
    names["X"] = _add(scope, container, "Cast", [operator.inputs[0].full_name], to=type_of(helper, graph.number(0)))
    for name, array in graph.constants.items():
        names[name] = scope.get_unique_variable_name(name)
        container.add_initializer(names[name], type_of(helper, array), array.shape, as_stored(array).ravel())
    for node in graph.nodes:
        inputs = [names[name] for name in node.inputs]
        names[node.output] = _add(
            scope, container, node.operation, inputs, output=names.get(node.output), **node.attributes
        )


def _add(scope, container, operation, inputs, output=None, **attributes):
    """Add an operation to the container; return its output's name, a new one unless it is given."""
    output = output or scope.get_unique_variable_name(operation.lower())
    container.add_node(operation, inputs, [output], name=scope.get_unique_operator_name(operation), **attributes)
    return output
