"""Checks what users pass with a call, once, at the border: sparse matrices, labels, weights and starting values."""

import math
import re
import reprlib
import sys
from collections.abc import Hashable, Iterable, Sequence
from numbers import Real

import numpy as np
from scipy.sparse import issparse


def native(X):
    """Inputs whose numbers stand in the machine's order of bytes, so that float32 is told as such; others as they are."""
    is_swapped = isinstance(X, np.ndarray) and X.dtype.kind == "f" and not X.dtype.isnative
    return X.astype(X.dtype.newbyteorder("=")) if is_swapped else X


def checked_sparse(X, name="X", copies=False):
    """A sparse matrix that is known not to point outside itself, which compiled code would follow; others as they are.

    scikit-learn's validation does not look at the indices. What SciPy follows when it takes rows or converts is copied
    before it is checked, since whoever owns it may write to it at any time. Where an entry is stored several times, the sum
    is: an input is one number, and rules ask how large it is. The matrix given is not changed.

    Parameters
    ----------
    X : object
    name : str
        The argument's name.
    copies : bool
        Whether the matrix returned shares nothing with the one given.

    Returns
    -------
    X : object
        Of a sparse matrix one of the same format, that shares the numbers, and of CSR their columns, if it can; of DOK and
        LIL, which are converted at once, another one.
    """
    if not issparse(X):
        return X
    try:
        return _CHECKS.get(X.format, lambda X: X)(X.copy() if copies else X)
    except (AttributeError, IndexError, TypeError, ValueError) as error:  # whatever stands in the place of its arrays
        raise ValueError(f"{name} is not a well-formed sparse matrix in {X.format.upper()} format: {error}") from error


def _checked_csr(X):
    """Of CSR only the row starts are copied: to take rows is to copy columns, and whoever follows those looks at them."""
    return _summed(_with_good_indices(X, np.ascontiguousarray(X.indices), X.indptr.copy()))


def _checked_csc(X):
    return _summed(_with_good_indices(X, X.indices.copy(), X.indptr.copy()))


def _checked_bsr(X):
    return _with_good_indices(X, X.indices.copy(), X.indptr.copy())


def _with_good_indices(X, indices, starts):
    """The numbers of a matrix under these indices, as an object of its own: check_format may write to it."""
    # In one piece, as the real parts of complex numbers are not.
    own = type(X)((np.ascontiguousarray(X.data), indices, starts), shape=X.shape, copy=False)
    own.check_format(full_check=True)
    if (np.diff(own.indptr) < 0).any():  # which check_format overlooks where the last is 0
        raise ValueError("index pointers decrease")
    return own


def _summed(X):
    """The matrix itself, or where its entries are not each stored once, and in order, a copy in which they are."""
    if X.has_canonical_format:
        return X
    X = (
        X.copy() if X.dtype in (np.float32, np.float64) else X.astype(np.float64)
    )  # in which whole numbers do not overflow
    X.sum_duplicates()
    return X


def _checked_coo(X):
    own = type(X)((X.data, tuple(indices.copy() for indices in X.coords)), shape=X.shape)
    for indices, length in zip(own.coords, own.shape, strict=True):
        _check_indices(indices, length, own.data.size)
    return own


def _checked_dok(X):
    return _checked_coo(X.tocoo())


def _checked_lil(X):
    """As CSR: to look into the lists of every row would take much longer than to convert them."""
    if len(X.rows) != X.shape[0] or list(map(len, X.rows)) != list(map(len, X.data)):
        raise ValueError("its lists of indices are not of the lengths of those of values")
    return _checked_csr(X.tocsr())


def _checked_dia(X):
    _check_indices(np.zeros(len(X.offsets)), 1, len(X.data))
    if len(np.unique(X.offsets)) != len(X.offsets):
        raise ValueError("offsets are not unique")
    return X


_CHECKS = {
    "bsr": _checked_bsr,
    "coo": _checked_coo,
    "csc": _checked_csc,
    "csr": _checked_csr,
    "dia": _checked_dia,
    "dok": _checked_dok,
    "lil": _checked_lil,
}


def _check_indices(indices, length, n_values):
    if len(indices) != n_values:
        raise ValueError(f"{len(indices)} indices for {n_values} values")
    if n_values and (np.min(indices) < 0 or np.max(indices) >= length):
        raise ValueError(f"an index is outside 0 to {length - 1}")


# Of the names of types of data frames.
_TIME = re.compile("date|time|duration", re.IGNORECASE)

# For who has a set of labels for each instance.
_INDICATORS = (
    "several labels for each instance are columns of 0 and 1, as sklearn.preprocessing.MultiLabelBinarizer makes them"
)


def check_columns(values, name):
    """Raise a ValueError for what is not one column, or several; scikit-learn's validation does not name the argument."""
    try:
        shape = values.shape if hasattr(values, "shape") else np.asarray(values).shape
    except ValueError as error:
        raise ValueError(f"{name} has rows of different lengths: {_INDICATORS}.") from error
    if len(shape) not in (1, 2) or 0 in shape[1:]:
        what = reprlib.repr(values) if shape == () else f"of shape {shape}"
        raise ValueError(f"{name} is {what}, but must be of shape (n_samples,) or (n_samples, n_outputs).")


def check_names(**frames):
    """Raise a ValueError for the first data frame with columns of one name, as scikit-learn does without the argument's."""
    for name, frame in frames.items():
        columns = getattr(frame, "columns", None)
        if not getattr(columns, "is_unique", True):
            twice = columns[columns.duplicated()][0]
            raise ValueError(f"{name} has several columns of the name {twice!r}: give each a name of its own.")


def check_not_masked(**arrays):
    """Raise a ValueError for the first array that has values under a mask, which would be taken for numbers like others."""
    for name, array in arrays.items():
        if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
            raise ValueError(
                f"{name} is a masked array in which {np.ma.count_masked(array)} values are missing: fill them in, or leave "
                "out their instances."
            )


def check_times(**arrays):
    """Raise a ValueError for the first array, or data frame, of dates or durations some of which are missing: they would be
    taken for very small numbers."""
    for name, array in arrays.items():
        if any(values.dtype.kind in "mM" and np.isnat(values).any() for values in _times_of(array)):
            raise ValueError(f"Input {name} contains NaN: NaT, a missing date or duration.")


def _times_of(array):
    """The arrays of an array-like that may hold dates or durations."""
    if isinstance(array, np.ndarray):
        return [array]
    dtypes, columns = getattr(array, "dtypes", None), getattr(array, "columns", None)
    if not (isinstance(dtypes, Iterable) and isinstance(columns, Iterable)):
        return []
    of_time = {dtype for dtype in set(dtypes) if _TIME.search(str(dtype))}  # of many columns few are different
    dated = zip(columns, dtypes, strict=True) if of_time else ()
    return (np.asarray(array[column]) for column, dtype in dated if dtype in of_time)


def check_labels(labels, name):
    """Raise a ValueError for labels that are missing, or of types that have no order.

    scikit-learn's validation raises errors of other types for them, or none.
    """
    values = np.asarray(labels)
    if values.dtype.kind == "O" and values.ndim == 2:
        for column in values.T:
            check_labels(column, name)
        return
    if values.dtype.kind == "c":  # in scikit-learn's words
        raise ValueError(f"Complex data not supported: {name} holds {values.dtype}, which are no labels.")
    if values.dtype.kind == "T":  # scikit-learn's validation does not know it
        raise ValueError(f"{name} holds {values.dtype}, which is not supported: pass {name}.astype(object).")
    if values.dtype.kind == "S":
        raise ValueError(f"{name} holds bytes, {values.ravel()[:1]}, which are no labels: decode them to text.")
    if values.dtype.kind == "V":
        raise ValueError(f"{name} holds records, {values.dtype}, which are no labels.")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        what = "NaN" if np.isnan(values).any() else "infinity"
        raise ValueError(f"Input {name} contains {what}, which is no label.")
    if values.dtype.kind in "mM" and np.isnat(values).any():
        raise ValueError(f"Input {name} contains NaN: NaT is no label.")
    if values.dtype.kind != "O":
        return
    missing = [value for value in values.ravel() if _is_missing(value)]
    if missing:
        raise ValueError(f"Input {name} contains NaN: {missing[0]!r} is no label.")
    unhashable = [value for value in values.ravel() if not isinstance(value, Hashable)]
    if unhashable:
        raise ValueError(f"{name} holds {unhashable[0]!r}, which is no label: {_INDICATORS}.")
    try:
        sorted(set(values.ravel()))
    except TypeError as error:
        raise ValueError(f"{name} holds labels of several types, which have no order: {error}.") from error


def without_masks(labels):
    """Labels of pandas' nullable types as NumPy's of the same name; others, and where any is missing, as they are.

    scikit-learn would make floating-point numbers of them, which do not tell all whole ones apart.
    """
    if hasattr(labels, "columns") and hasattr(labels, "set_axis"):  # others than pandas' have types with numbers only
        numbered = labels.set_axis(range(len(labels.columns)), axis=1)
        types = {number: _type_without_mask(numbered[number]) for number in numbered.columns}
        types = {number: dtype for number, dtype in types.items() if dtype is not None}
        return numbered.astype(types).set_axis(labels.columns, axis=1) if types else labels
    dtype = _type_without_mask(labels)
    return labels if dtype is None else labels.to_numpy(dtype=dtype)


def _type_without_mask(column):
    """The type of NumPy that holds a column of a nullable one, or None."""
    dtype = getattr(getattr(column, "dtype", None), "numpy_dtype", None)
    return None if dtype is None or dtype.kind not in "biu" or column.isna().any() else dtype


def _is_missing(value):
    if value is None or value is getattr(sys.modules.get("pandas"), "NA", None):
        return True
    return isinstance(value, Real) and value != value


def as_floats(values, name):
    """Numbers as float64; a ValueError that names the argument if there is anything else among them.

    Parameters
    ----------
    values : array-like
    name : str
        The argument's name.

    Returns
    -------
    numbers : ndarray of float64
        May hold NaN and infinity.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind == "O":
            return np.array([_as_float(value) for value in array.ravel()]).reshape(array.shape)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"the dtype is {array.dtype}")
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numeric: {error}.") from error


def _as_float(value):
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{value!r} is text")
    if _is_missing(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def check_range(numbers, name, dtype):
    """Raise a ValueError if there are NaN, infinity, or numbers that the dtype of the network cannot hold."""
    dtype = np.dtype(dtype)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} contains NaN or infinity.")
    if numbers.size and max(float(numbers.max()), -float(numbers.min())) > float(np.finfo(dtype).max):
        raise ValueError(f"{name} contains a value too large for {dtype!r}: float64 inputs make a float64 network.")


def check_weights(sample_weight, n_instances, name="sample_weight"):
    """Sample weights as float64, of shape (n_instances,), or None."""
    if sample_weight is None:
        return None
    check_not_masked(**{name: sample_weight})
    weights = as_floats(sample_weight, name)
    if weights.ndim == 0:
        weights = np.full(n_instances, weights)
    if weights.shape != (n_instances,):
        raise ValueError(
            f"{name} has shape {weights.shape}, but must have one number for each of the {n_instances} instances: "
            f"({n_instances},)."
        )
    for wrong, problem in ((~np.isfinite(weights), "NaN or infinity"), (weights < 0, "negative values")):
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise ValueError(f"{name} contains {problem}: {weights[first]} at index {first}.")
    if not weights.any():
        raise ValueError(f"{name} is zero for every instance: at least one weight must be positive.")
    return weights


def check_start(name, arrays, shapes, dtype):
    """Starting values of every layer, or None.

    Parameters
    ----------
    name : {'coefs_init', 'intercepts_init'}
    arrays : sequence of array-like or None
    shapes : list of tuple of int
    dtype : dtype
        Of the network.

    Returns
    -------
    arrays : list of ndarray or None
    """
    if arrays is None:
        return None
    if isinstance(arrays, str) or not isinstance(arrays, (Sequence, np.ndarray)):
        raise ValueError(f"{name}={arrays!r} is not valid: it must be a list of arrays of numbers, one per layer.")
    arrays = [as_floats(array, name) for array in arrays]
    given = [array.shape for array in arrays]
    if given != shapes:
        raise ValueError(f"{name} has arrays of shapes {given}, but this network's layers need {shapes}.")
    for array in arrays:
        check_range(array, name, dtype)
    return arrays
