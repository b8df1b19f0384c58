"""Labels to numbers and targets, and outputs back to labels and probabilities.

There are three kinds of labels: "single", one of several classes an instance; "multilabel", several labels each of which
an instance has or has not; "multioutput", several columns with classes of their own. Codes are the numbers of the classes:
of shape (n_instances,) for single labels, else (n_instances, n_columns).
"""

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from .._network.losses import clip_probabilities
from .data import check_labels

# Labels that are looked at at a time: the numbers in between stay in the cache, and out of the process's peak.
_CHUNK = 2**16


def kind_of(y, classes=None):
    """The kind of labels of a new network.

    Parameters
    ----------
    y : ndarray or sparse matrix
        Validated.
    classes : list or None
        What the user declared: in a list of lists each is a column's.
    """
    if y.ndim == 1 or y.shape[1] == 1:
        return "single"
    if classes is not None and _is_list_of_lists(classes):
        return "multioutput"
    if issparse(y):
        return "multilabel"
    for column in y.T:
        _check_labels_of(_natural(column))
    return "multilabel" if all(np.isin(np.unique(column), (0, 1)).all() for column in y.T) else "multioutput"


def _is_list_of_lists(classes):
    return not isinstance(classes, np.ndarray) and len(classes) > 0 and np.ndim(classes[0]) == 1


def columns_of(y, kind):
    """The labels as the kind has them: one dimension, or a dense array of columns."""
    if kind == "single":
        if issparse(y):
            raise ValueError("y is sparse, which only indicators of several labels may be: pass y.toarray().ravel().")
        y = column_or_1d(y, warn=True)
        if y.dtype.kind not in "biu":  # whole numbers are labels, and need not be sorted to see that
            _check_labels_of(y)
        return y
    if y.ndim != 2:
        raise ValueError(f"y has shape {y.shape}, but this network was fitted with several labels per instance.")
    return y.toarray() if issparse(y) else y


def _check_labels_of(column):
    """Raise a ValueError for numbers that are no labels; in parts, so that Ctrl-C need not wait for all to be sorted."""
    with np.errstate(invalid="ignore"):  # scikit-learn sees whether they are whole by a cast
        if len(column) <= _CHUNK:
            check_classification_targets(column)
            return
        for start in range(0, len(column), _CHUNK):
            # Three of each, as it warns where more than half are different; of a part that says nothing.
            check_classification_targets(np.repeat(np.unique(column[start : start + _CHUNK]), 3))


def _natural(column):
    """Labels of one type in an array of that type, though they came in a table of objects."""
    return np.array(column.tolist()) if column.dtype.kind == "O" else column


def find_classes(y, kind):
    """The classes of a new network's labels."""
    if kind == "single":
        return np.unique(np.concatenate([np.unique(y[start : start + _CHUNK]) for start in range(0, len(y), _CHUNK)]))
    return np.arange(y.shape[1]) if kind == "multilabel" else [np.unique(_natural(column)) for column in y.T]


def declared_classes(classes, kind):
    """The classes that the user declares, in the form of `find_classes`."""
    if kind != "multioutput":
        return unique_classes(classes)
    if not _is_list_of_lists(classes):
        raise ValueError(
            f"classes={classes!r} is not valid for several columns of labels: pass a list, one per column."
        )
    return [unique_classes(column) for column in classes]


def unique_classes(classes):
    """Sorted classes; a ValueError for what cannot be classes."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(f"classes={classes!r} is not valid: it must be a list of at least one label.")
    check_labels(classes, "classes")
    return np.unique(classes)


def are_same(classes, others):
    """Whether two forms of `find_classes` name the same classes."""
    if isinstance(classes, list) != isinstance(others, list) or len(classes) != len(others):
        return False
    pairs = zip(classes, others, strict=True) if isinstance(classes, list) else [(classes, others)]
    return all(np.array_equal(mine, theirs) for mine, theirs in pairs)


def union(classes, y, declared):
    """The classes with the labels, and the declared classes, that are new.

    Raises
    ------
    ValueError
        If those are of another type, which would turn numbers into text.
    """
    for labels in (np.unique(y), classes if declared is None else unique_classes(declared)):
        new = labels[~np.isin(labels, classes)]
        if len(new) == 0:
            continue
        if _type_of(new) != _type_of(classes):
            raise ValueError(
                f"y brings new labels {new.tolist()} of type {new.dtype} to classes of type {classes.dtype}: they must be "
                "of one type."
            )
        classes = np.union1d(classes, new)
    return classes


def _type_of(labels):
    """The kind of the labels' dtype; all whole numbers are of one."""
    return "i" if labels.dtype.kind in "iu" else labels.dtype.kind


def encode(y, classes, kind):
    """The codes of labels, of which `columns_of` made the form."""
    if kind == "single":
        return _codes(y, classes)
    n_columns = len(classes)
    if y.shape[1] != n_columns:
        raise ValueError(f"y has {y.shape[1]} labels per instance, but this network was fitted with {n_columns}.")
    if kind == "multilabel":
        return np.stack([_codes(column, np.array([0, 1])) for column in y.T], axis=1)
    return np.stack([_codes(column, each) for column, each in zip(y.T, classes, strict=True)], axis=1)


def _codes(y, classes):
    """Each label's number among the sorted classes; the labels themselves, not copied, where they are such numbers."""
    if y.dtype == np.intp and y.flags.c_contiguous and np.array_equal(classes, np.arange(len(classes))):
        _check_known(y if y.size and (y.min() < 0 or y.max() >= len(classes)) else y[:0], classes)
        return y
    codes = np.empty(len(y), dtype=np.intp)
    try:
        for start in range(0, len(y), _CHUNK):
            rows = slice(start, start + _CHUNK)
            codes[rows] = np.minimum(np.searchsorted(classes, y[rows]), len(classes) - 1)
            unknown = classes[codes[rows]] != y[rows]
            if unknown.any():
                _check_known(y, classes)
    except TypeError:  # text and numbers have no order
        _check_known(y, classes)
    return codes


def _check_known(y, classes):
    """Raise a ValueError that names the labels that are no class."""
    unknown = sorted(set(y.tolist()) - set(classes.tolist()), key=str)
    if unknown:
        shown = ", ".join(map(repr, unknown[:10])) + (", ..." if len(unknown) > 10 else "")
        raise ValueError(f"y contains labels {shown} that are not among the classes {classes.tolist()}.")


def groups_of(classes, kind):
    """Numbers of the output units that decide on each label: one unit tells two classes apart, several have one each."""
    if kind == "multilabel":
        return (1,) * len(classes)
    columns = [classes] if kind == "single" else classes
    return tuple(len(column) if len(column) > 2 else 1 for column in columns)


def targets_of(codes, groups, kind):
    """The targets of the output units and the codes, as `TrainingSet` has them: 1 for the class of an instance, else 0."""
    if kind == "single":
        return np.eye(groups[0]) if groups[0] > 1 else np.array([[0.0], [1.0]]), codes
    if kind == "multilabel":
        return codes, None
    parts = [
        np.eye(size)[column] if size > 1 else column[:, np.newaxis]
        for column, size in zip(codes.T, groups, strict=True)
    ]
    return np.hstack(parts), None


def decode(decisions, classes, kind, is_sparse):
    """Labels of the decisions that `_units.decide` makes of outputs."""
    if kind == "single":
        return _name(decisions[:, 0], classes)
    if kind == "multilabel":
        return csr_matrix(decisions) if is_sparse else decisions
    columns = [_name(decision, each) for decision, each in zip(decisions.T, classes, strict=True)]
    is_mixed = len({column.dtype.kind for column in columns}) > 1
    return np.stack([column.astype(object) for column in columns] if is_mixed else columns, axis=1)


def _name(decisions, classes):
    """The class of each number; a network that knows one class only decides for it."""
    return classes[decisions if len(classes) > 1 else np.zeros_like(decisions)]


def probabilities_of(outputs, classes, groups, kind):
    """Probabilities of classes, never exactly 0 or 1: an array, or a list of arrays for "multioutput".

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_outputs)
        Written to.
    """
    if kind == "multilabel":
        return clip_probabilities(outputs, out=outputs)
    if kind == "single":
        return _shares(outputs, classes)
    parts = np.split(outputs, np.cumsum(groups)[:-1], axis=1)
    return [_shares(part, each) for part, each in zip(parts, classes, strict=True)]


def _shares(outputs, classes):
    """Probabilities of the classes of one group of output units, which sum to 1."""
    if len(classes) == 1:
        return np.ones_like(outputs)
    if outputs.shape[1] == 1:
        outputs = np.hstack([1 - outputs, outputs])
        return clip_probabilities(outputs, out=outputs)
    np.maximum(outputs, np.finfo(outputs.dtype).tiny, out=outputs)
    outputs /= np.add.reduce(outputs, axis=1, keepdims=True)
    return clip_probabilities(outputs, out=outputs)
