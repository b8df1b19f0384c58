"""Labels to numbers and targets, and outputs back to labels and probabilities.

There are three kinds of labels, each a class here: `SingleLabels`, one of several classes for each instance; `Indicators`,
several labels, each of which an instance has or has not; `LabelColumns`, several columns with classes of their own. All
have the interface of `Labels`, so nobody need ask which kind it is. A fitted estimator keeps the name of the kind and the
classes only; `of` makes the object of them.
"""

from abc import ABC, abstractmethod
from decimal import Decimal
from numbers import Number

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from .._network.parameters import CODE
from .._network.units import Units, apply_output_units, probabilities_of, sigmoid
from .data import check_labels, check_not_masked, check_weights, without_masks

# Labels that are looked at at a time: the numbers in between stay in the cache, and out of the process's peak.
_CHUNK = 2**16

# Classes of which a table of targets is quickly made, however few instances there are.
_SMALL_TABLE = 64


def of(estimator):
    """The labels of a classifier whose classes are known."""
    return KINDS[estimator._label_kind_](estimator.classes_, estimator._is_sparse_y_)


def kind_of(y, classes=None):
    """The name of the kind of a new network's labels.

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


def is_balanced(class_weight):
    """Whether the weights of any column's classes are to follow how many instances each has."""
    several = class_weight if isinstance(class_weight, list) else [class_weight]
    return any(isinstance(each, str) and each == "balanced" for each in several)


class Labels(ABC):
    """What can be asked of labels of every kind: `clean`, `find` and `declare` before there are classes, the rest after.

    Conventions: codes are the numbers of the classes, of shape (n_instances,) for single labels, else (n_instances,
    n_columns). Decisions are what `units.decide` makes of outputs, of shape (n_instances, n_columns).

    Parameters
    ----------
    classes : ndarray, or list of ndarray
        In the form of `find`.
    is_sparse : bool
        Whether labels came, and go, as a sparse matrix.

    Attributes
    ----------
    name : str
        What the fitted estimator keeps of the kind.
    unit_word : str
        What a sentence needs before the name of an output unit.
    can_grow : bool
        Whether `union` adds new labels.
    """

    name = None
    unit_word = ""
    can_grow = False

    def __init__(self, classes, is_sparse=False):
        self.classes = classes
        self.is_sparse = is_sparse

    @staticmethod
    @abstractmethod
    def clean(y):
        """Validated labels in the form that the other methods take: of one dimension, or a dense array of columns."""

    @staticmethod
    @abstractmethod
    def find(y):
        """The classes of clean labels, sorted: an array, or a list of one array a column."""

    @staticmethod
    def declare(classes):
        """The classes that the user names, in the form of `find`; a ValueError for what cannot be classes."""
        return _unique_classes(classes)

    def are(self, classes):
        """Whether these are the classes, in the form of `find`."""
        return np.array_equal(classes, self.classes)

    def union(self, y, declared):
        """The classes with those of clean labels, and those that the user names or None; the same where none can come."""
        return self.classes

    @abstractmethod
    def encode(self, y):
        """The codes of clean labels; a ValueError that names those that are no class."""

    @abstractmethod
    def columns(self, codes):
        """The codes and the classes of each column of labels."""

    @abstractmethod
    def class_weights(self, wanted):
        """What the user wants the classes of each column to be weighed with; a ValueError for a list that does not fit."""

    @abstractmethod
    def stratify(self, codes):
        """The codes of the classes whose shares a validation set keeps, or None."""

    @abstractmethod
    def groups(self):
        """Numbers of the output units that decide on each label: one tells two classes apart, more have one unit each."""

    @abstractmethod
    def unit_names(self):
        """What each output unit stands for."""

    @abstractmethod
    def targets(self, codes, dtype):
        """The targets of the output units and the codes, as `TrainingSet` has them: 1 for an instance's class, else 0."""

    @abstractmethod
    def decode(self, decisions):
        """The labels that are decided for."""

    @abstractmethod
    def probabilities(self, net, output_unit):
        """Probabilities of classes, never exactly 0 or 1: an array, or a list of one array a column.

        Parameters
        ----------
        net : ndarray of shape (n_instances, n_outputs)
            Net inputs of the output units, which tell small probabilities from each other where outputs are 1 already.
            Written to.
        output_unit : {'logistic', 'softmax'}
        """

    def accuracy(self, y, predictions, sample_weight):
        """The share of instances that are right in every column."""
        weights = check_weights(sample_weight, predictions.shape[0])
        return accuracy_score(without_masks(y), predictions, sample_weight=weights)


class SingleLabels(Labels):
    """One of several classes for each instance."""

    name = "single"
    can_grow = True
    unit_word = "class "

    @staticmethod
    def clean(y):
        if issparse(y):
            raise ValueError("y is sparse, which only indicators of several labels may be: pass y.toarray().ravel().")
        if y.ndim > 1:
            y = column_or_1d(y, warn=True)
        if y.dtype.kind not in "biu":  # whole numbers are labels, and need not be sorted to see that
            _check_labels_of(y)
        return y

    @staticmethod
    def find(y):
        return np.unique(np.concatenate([np.unique(y[start : start + _CHUNK]) for start in range(0, len(y), _CHUNK)]))

    def union(self, y, declared):
        classes = self.classes
        for labels in (np.unique(y), classes if declared is None else _unique_classes(declared)):
            classes = _with_new(classes, labels)
        return classes

    def encode(self, y):
        return _codes(y, self.classes)

    def columns(self, codes):
        return [(codes, self.classes)]

    def class_weights(self, wanted):
        if isinstance(wanted, list):
            raise ValueError("a list must have one dict for each of several columns of labels, here 1")
        return [wanted]

    def stratify(self, codes):
        return codes

    def groups(self):
        return (_n_units(self.classes),)

    def unit_names(self):
        return _names_of_units(self.classes)

    def targets(self, codes, dtype):
        n_units = _n_units(self.classes)
        if n_units == 1:
            return np.array([[0], [1]], dtype=dtype), codes
        if n_units <= max(len(codes), _SMALL_TABLE):
            return np.eye(n_units, dtype=dtype), codes
        # Of many classes few can occur: a row for each of them all would be more than one for each instance.
        numbers, codes = np.unique(codes, return_inverse=True)
        return _indicate(numbers, np.zeros((len(numbers), n_units), dtype=dtype)), codes.astype(CODE)

    def decode(self, decisions):
        return _name(decisions[:, 0], self.classes)

    def probabilities(self, net, output_unit):
        return _shares(net, self.classes, output_unit)


class _SeveralLabels(Labels):
    """Labels in several columns."""

    @staticmethod
    def clean(y):
        if y.ndim != 2:
            raise ValueError(f"y has shape {y.shape}, but this network was fitted with several labels per instance.")
        return y.toarray() if issparse(y) else y

    def encode(self, y):
        known = self._classes_of_columns()
        if y.shape[1] != len(known):
            raise ValueError(f"y has {y.shape[1]} labels per instance, but this network was fitted with {len(known)}.")
        return np.stack([_codes(column, each) for column, each in zip(y.T, known, strict=True)], axis=1)

    def columns(self, codes):
        return list(zip(codes.T, self._classes_of_columns(), strict=True))

    def class_weights(self, wanted):
        n_columns = len(self.classes)
        if not isinstance(wanted, list):
            return [wanted] * n_columns
        if len(wanted) != n_columns:
            raise ValueError(f"a list must have one dict for each of several columns of labels, here {n_columns}")
        return wanted

    def stratify(self, codes):
        return None

    @abstractmethod
    def _classes_of_columns(self):
        """What the labels of each column are."""


class Indicators(_SeveralLabels):
    """Several labels, each of which an instance has, 1, or has not, 0. Their classes are the numbers of the columns."""

    name = "multilabel"

    @staticmethod
    def find(y):
        return np.arange(y.shape[1])

    def accuracy(self, y, predictions, sample_weight):
        if (
            hasattr(y, "dtypes") and np.ndim(y) == 2
        ):  # of a DataFrame, whose columns may have types that SciPy does not know
            y = np.asarray(y)
            check_labels(y, "y")
            y = self.encode(y)
        return super().accuracy(y, predictions, sample_weight)

    def _classes_of_columns(self):
        return [np.array([0, 1])] * len(self.classes)

    def groups(self):
        return (1,) * len(self.classes)

    def unit_names(self):
        return [f"label {label}" for label in self.classes]

    def targets(self, codes, dtype):
        return codes, None

    def decode(self, decisions):
        return csr_matrix(decisions) if self.is_sparse else decisions

    def probabilities(self, net, output_unit):
        return _inside(sigmoid(net))


class LabelColumns(_SeveralLabels):
    """Several columns of labels, each with classes of its own."""

    name = "multioutput"

    @staticmethod
    def find(y):
        return [np.unique(_natural(column)) for column in y.T]

    @staticmethod
    def declare(classes):
        if not _is_list_of_lists(classes):
            raise ValueError(
                f"classes={classes!r} is not valid for several columns of labels: pass a list, one per column."
            )
        return [_unique_classes(column) for column in classes]

    def are(self, classes):
        return len(classes) == len(self.classes) and all(map(np.array_equal, classes, self.classes))

    def _classes_of_columns(self):
        return self.classes

    def groups(self):
        return tuple(map(_n_units, self.classes))

    def unit_names(self):
        columns = enumerate(map(_names_of_units, self.classes), start=1)
        return [f"y{number}: {name}" for number, names in columns for name in names]

    def targets(self, codes, dtype):
        groups = self.groups()
        targets = np.zeros((len(codes), sum(groups)), dtype=dtype)
        for column, part in zip(codes.T, np.split(targets, np.cumsum(groups)[:-1], axis=1), strict=True):
            if part.shape[1] > 1:
                _indicate(column, part)
            else:
                part[:, 0] = column
        return targets, None

    def decode(self, decisions):
        columns = [_name(decision, each) for decision, each in zip(decisions.T, self.classes, strict=True)]
        is_mixed = len({column.dtype.kind for column in columns}) > 1
        return np.stack([column.astype(object) for column in columns] if is_mixed else columns, axis=1)

    def probabilities(self, net, output_unit):
        parts = np.split(net, np.cumsum(self.groups())[:-1], axis=1)
        return [_shares(part.copy(), each, output_unit) for part, each in zip(parts, self.classes, strict=True)]

    def accuracy(self, y, predictions, sample_weight):
        y = y.toarray() if issparse(y) else y
        # Of a list as objects, or numbers beside text would become text.
        y = np.asarray(y) if hasattr(y, "__array__") else np.asarray(y, dtype=object)
        if y.shape != predictions.shape:
            raise ValueError(
                f"y has shape {y.shape}, but must have a row for each of the {len(predictions)} instances and a column for "
                f"each of their {predictions.shape[1]} labels: {predictions.shape}."
            )
        check_labels(y, "y")
        for number, (column, classes) in enumerate(zip(y.T, self.classes, strict=True), start=1):
            theirs, ours = _type_of(_natural(column)), _type_of(classes)
            if theirs != ours:
                raise ValueError(
                    f"y holds {theirs} in column {number}, but the classes of the network are {ours} there."
                )
        weights = check_weights(sample_weight, len(y))
        # As objects, since columns of text and of numbers may stand side by side.
        is_right = predictions.astype(object) == y.astype(object)
        return float(np.average(is_right.all(axis=1), weights=weights))


KINDS = {kind.name: kind for kind in (SingleLabels, Indicators, LabelColumns)}


def _check_labels_of(column):
    """Raise a ValueError for numbers that are no labels; in parts, so that Ctrl-C need not wait for all to be sorted."""
    others = [label for label in column if not isinstance(label, str)] if column.dtype.kind == "O" else []
    if others and isinstance(others[0], Number) and not isinstance(others[0], Decimal):
        raise ValueError(
            f"Unknown label type: y holds {others[0]!r} in an array of objects: pass an array of numbers, such as "
            "y.astype(int), or labels that are text, y.astype(str), as of integers that no array of numbers holds."
        )
    if others:  # in scikit-learn's words an unknown type
        raise ValueError(
            f"Unknown label type: y holds {others[0]!r}, of type {type(others[0]).__name__}, but labels must be numbers or "
            "text."
        )
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


def _unique_classes(classes):
    """Sorted classes; a ValueError for what cannot be classes."""
    check_not_masked(classes=classes)
    classes = np.asarray(without_masks(classes))
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(f"classes={classes!r} is not valid: it must be a list of at least one label.")
    check_labels(classes, "classes")
    return np.unique(classes)


def _with_new(classes, labels):
    """Sorted classes with those of the labels that are not among them, in the dtype of the classes where it holds all.

    By value: 2.0 is the class 2, and text is text whatever array it comes in.
    """
    known = set(classes.tolist())
    new = labels[[label not in known for label in labels.tolist()]]
    if len(new) == 0:
        return classes
    theirs, ours = _type_of(new), _type_of(classes)
    if theirs != ours:  # numbers would become text
        raise ValueError(
            f"y brings new labels {_shown(new.tolist())}, which are {theirs}, to classes that are {ours}: they must be of "
            "one type."
        )
    grown = np.union1d(classes, _converted(new, classes.dtype))
    if grown.dtype.kind == "f" and {*new.dtype.kind, *classes.dtype.kind} <= set("iu"):  # which holds not all of them
        raise ValueError(
            f"y brings new labels {_shown(new.tolist())}, which do not fit into the type of the classes, {classes.dtype}."
        )
    return grown


def _type_of(labels):
    """What all the labels are, in words."""
    if labels.dtype.kind == "O":
        return " and ".join(
            sorted({_TYPES.get(np.asarray(label).dtype.kind, type(label).__name__) for label in labels})
        )
    return _TYPES.get(labels.dtype.kind, str(labels.dtype))


# By the kind of a dtype.
_TYPES = dict.fromkeys("biuf", "numbers") | dict.fromkeys("UT", "text") | {"S": "bytes"}


def _converted(new, dtype):
    """New labels in the dtype of the classes; as they are where it cannot hold them."""
    if dtype.kind == "U":
        return new.astype(str)  # as wide as they need
    with np.errstate(invalid="ignore"):
        converted = new.astype(dtype)
    return converted if np.array_equal(converted, new) else new


def _codes(y, classes):
    """Each label's number among the sorted classes, in memory of our own: these numbers are indices.

    The user's own array might be written to, by another thread or by a scorer, after it was checked.
    """
    y = _as_integers_of(y, classes.dtype)
    if y.dtype == np.intp and np.array_equal(classes, np.arange(len(classes))):
        codes = y.astype(CODE)
        if not y.size or (codes.min() >= 0 and codes.max() < len(classes) and np.array_equal(codes, y)):
            return codes
    codes = np.empty(len(y), dtype=CODE)
    try:
        for start in range(0, len(y), _CHUNK):
            rows = slice(start, start + _CHUNK)
            codes[rows] = np.minimum(np.searchsorted(classes, y[rows]), len(classes) - 1)
            if (classes[codes[rows]] != y[rows]).any():
                return _codes_by_value(y, classes)
    except TypeError:  # text and numbers have no order
        return _codes_by_value(y, classes)
    return codes


def _as_integers_of(y, dtype):
    """Integers in another integer type, if it holds them: NumPy looks up large ones of two types as floats."""
    if {y.dtype.kind, dtype.kind} != {"i", "u"} or not y.size:
        return y
    limits = np.iinfo(dtype)
    return y.astype(dtype) if limits.min <= int(y.min()) and int(y.max()) <= limits.max else y


def _codes_by_value(y, classes):
    """The same as Python finds equal; a ValueError that names the labels that are no class."""
    check_known(y, classes)
    numbers = {label: number for number, label in enumerate(classes.tolist())}
    return np.fromiter(map(numbers.get, y.tolist()), dtype=CODE, count=len(y))


def check_known(y, classes):
    """Raise a ValueError that names the labels that are no class."""
    unknown = sorted(set(y.tolist()) - set(classes.tolist()), key=str)
    if unknown:
        raise ValueError(f"y contains labels {_shown(unknown)} that are not among the classes {classes.tolist()}.")


def _shown(labels):
    """The first of some labels."""
    return ", ".join(map(repr, labels[:10])) + (", ..." if len(labels) > 10 else "")


def _n_units(classes):
    """How many output units tell these classes apart."""
    return len(classes) if len(classes) > 2 else 1


def _names_of_units(classes):
    """The classes that units stand for: one unit for the larger of two classes, else one for each."""
    return classes if len(classes) > 2 else classes[-1:]


def _indicate(codes, zeros):
    """Make rows of zeros rows of indicators, with a 1 where the row's code says."""
    zeros[np.arange(len(codes)), codes] = 1
    return zeros


def _name(decisions, classes):
    """The class of each number; a network that knows one class only decides for it."""
    return classes[decisions if len(classes) > 1 else np.zeros_like(decisions)]


def _shares(net, classes, output_unit):
    """Probabilities of the classes of one group of output units, which sum to 1."""
    if len(classes) == 1:
        return np.ones_like(net)
    if net.shape[1] == 1:  # 1 - O_j = 1 / (1 + e^I_j), which is not 0 where O_j is rounded to 1
        return _inside(sigmoid(np.hstack([-net, net])))
    shares = apply_output_units(net, Units(output_unit=output_unit, groups=(net.shape[1],)))
    np.maximum(shares, np.finfo(shares.dtype).tiny, out=shares)
    return _inside(probabilities_of(shares))


def _inside(probabilities):
    """Probabilities moved off 0 and 1 by no more than they must be for a logarithm, and for their sum to stay 1."""
    limits = np.finfo(probabilities.dtype)
    np.maximum(probabilities, limits.tiny, out=probabilities)
    return np.minimum(probabilities, 1 - limits.epsneg, out=probabilities)
