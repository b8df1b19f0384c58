"""Checks what users pass, once, at the border: parameters, sparse matrices, weights and starting values."""

import math
import os
import sys
from collections.abc import Sequence
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from ._network import count_parameters
from ._schedules import SCHEDULES
from ._units import ACTIVATIONS


class Requirement(NamedTuple):
    """What a parameter's value must be."""

    is_met: object
    wording: str


def _is_int(value, low=1):
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_)) and value >= low


def _is_number(value, low=0.0, high=math.inf):
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    try:
        return math.isfinite(value) and low <= value <= high
    except OverflowError:  # an int beyond all floats
        return False


def _is_positive(value):
    return _is_number(value) and value > 0


def _is_range(value):
    return _is_positive(value) and value <= 1e30  # beyond it a float32 network overflows at once


def _is_share(value):
    return _is_number(value) and value < 1


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


def _is_one_of(*names):
    """The requirement that a value is one of a few names."""
    listed = ", ".join(map(repr, names))
    return Requirement(lambda value: isinstance(value, str) and value in names, f"one of {listed}")


def _is_layers(value):
    if _is_int(value) or (isinstance(value, str) and value == "a"):
        return True
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return (
        isinstance(value, Sequence)
        and not isinstance(value, (str, bytes, bytearray))
        and all(_is_int(units) for units in value)
    )


def _is_random_state(value):
    return value is None or isinstance(value, np.random.RandomState) or (_is_int(value, low=0) and value < 2**32)


_NUMBER_FROM_ZERO = Requirement(_is_number, "a finite number >= 0")
_TRUE_OR_FALSE = Requirement(_is_bool, "True or False")

REQUIREMENTS = {
    "hidden_layer_sizes": Requirement(_is_layers, "an int >= 1, a sequence of ints >= 1, one per hidden layer, or 'a'"),
    "activation": _is_one_of(*ACTIVATIONS),
    "solver": _is_one_of("adam", "lbfgs", "rprop", "sgd"),
    "alpha": _NUMBER_FROM_ZERO,
    "batch_size": Requirement(
        lambda value: _is_int(value) or (isinstance(value, str) and value in ("auto", "epoch")),
        "an int >= 1, 'epoch' or 'auto'",
    ),
    "learning_rate_init": Requirement(
        lambda value: _is_positive(value) or (isinstance(value, str) and value == "auto"),
        "a finite number > 0, or 'auto'",
    ),
    "learning_rate": _is_one_of(*SCHEDULES),
    "power_t": _NUMBER_FROM_ZERO,
    "max_iter": Requirement(_is_int, "an int >= 1"),
    "max_fun": Requirement(_is_int, "an int >= 1"),
    "max_time": Requirement(lambda value: value is None or _is_positive(value), "None or a number of seconds > 0"),
    "shuffle": _TRUE_OR_FALSE,
    "random_state": Requirement(_is_random_state, "None, an int from 0 to 2**32 - 1, or a numpy.random.RandomState"),
    "verbose": Requirement(lambda value: _is_bool(value) or _is_int(value, low=0), "True, False or an int >= 0"),
    "momentum": Requirement(lambda value: _is_number(value, high=1.0), "a number from 0 to 1"),
    "nesterovs_momentum": _TRUE_OR_FALSE,
    "beta_1": Requirement(_is_share, "a number >= 0 and < 1"),
    "beta_2": Requirement(_is_share, "a number >= 0 and < 1"),
    "epsilon": Requirement(_is_positive, "a number > 0"),
    "huber_delta": Requirement(_is_positive, "a number > 0"),
    "quantile": Requirement(lambda value: _is_positive(value) and value < 1, "a number > 0 and < 1"),
    "init_range": Requirement(
        lambda value: _is_range(value) or (isinstance(value, str) and value == "glorot"),
        "a number > 0 and <= 1e30 (the book's are 0.5 and 1.0), or 'glorot'",
    ),
    "update_tol": _NUMBER_FROM_ZERO,
    "error_tol": _NUMBER_FROM_ZERO,
    "tol": Requirement(lambda value: value is None or _is_number(value), "None or a finite number >= 0"),
    "n_iter_no_change": Requirement(
        lambda value: _is_int(value) or (isinstance(value, Real) and value == math.inf), "an int >= 1 or infinity"
    ),
    "early_stopping": _TRUE_OR_FALSE,
    "validation_fraction": Requirement(lambda value: _is_positive(value) and value < 1, "a number > 0 and < 1"),
    "scoring": Requirement(
        lambda value: value is None or isinstance(value, str) or callable(value),
        "None, the name of a scorer, or a callable",
    ),
    "restore_best": _TRUE_OR_FALSE,
    "warm_start": _TRUE_OR_FALSE,
    "n_init": Requirement(_is_int, "an int >= 1"),
    "n_jobs": Requirement(
        lambda value: value is None or (_is_int(value, low=-math.inf) and value != 0), "None or an int, not 0"
    ),
    "on_divergence": _is_one_of("halve", "raise"),
    "on_new_class": _is_one_of("error", "grow"),
    "augment": Requirement(lambda value: value is None or callable(value), "None or a callable"),
    "class_weight": Requirement(
        lambda value: (
            value is None or isinstance(value, (dict, list)) or (isinstance(value, str) and value == "balanced")
        ),
        "None, 'balanced', a dict of class to weight, or a list of such dicts, one per column of y",
    ),
    "normalize_y": Requirement(
        lambda value: _is_bool(value) or _is_range(value),
        "True, False, or the standard deviation to scale the targets to, a number > 0 and <= 1e30",
    ),
}


def check_parameters(estimator):
    """Raise a ValueError that names the first parameter whose value will not do.

    Parameters
    ----------
    estimator : object
        Has some of the parameters; a subclass may have others of its own besides.
    """
    requirements = {**REQUIREMENTS, "loss": _is_one_of(*estimator._losses)}
    for name, requirement in requirements.items():
        if hasattr(estimator, name) and not requirement.is_met(getattr(estimator, name)):
            raise ValueError(f"{name}={getattr(estimator, name)!r} is not valid: it must be {requirement.wording}.")


def hidden_layers(value, n_features, n_outputs):
    """The units of each hidden layer as a tuple of int; 'a' is WEKA's rule."""
    if isinstance(value, str):
        return (max(1, (n_features + n_outputs) // 2),)
    return (int(value),) if isinstance(value, Integral) else tuple(int(units) for units in value)


def check_memory(hidden_layer_sizes, layer_sizes, dtype):
    """Raise a MemoryError where the network cannot fit into this machine, before anything is allocated."""
    # Weights, the engine's own copy or gradient, two copies of whole epochs, and the float64 numbers that are drawn.
    needed = sum(count_parameters(layer_sizes)) * (4 * np.dtype(dtype).itemsize + 8)
    if needed > _physical_memory():
        raise MemoryError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} with {layer_sizes[0]} features and {layer_sizes[-1]} outputs needs "
            f"about {min(needed, 10**300):.3g} bytes of memory, more than this machine has: take fewer units."
        )


def _physical_memory():
    """Bytes of memory of this machine, or infinity where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


def check_sparse_indices(X, name="X"):
    """Raise a ValueError where a sparse matrix points outside itself, which compiled code would follow.

    scikit-learn's validation does not look at the indices. The matrix given is not changed.
    """
    if not issparse(X):
        return
    try:
        if X.format in ("csr", "csc", "bsr"):
            # A shallow copy: check_format may write index arrays of another dtype into the matrix.
            type(X)((X.data, X.indices, X.indptr), shape=X.shape, copy=False).check_format(full_check=True)
        elif X.format == "coo":
            for indices, length in zip(X.coords, X.shape, strict=True):
                _check_indices(indices, length, X.data.size)
        elif X.format == "lil":
            for columns, values in zip(X.rows, X.data, strict=True):
                _check_indices(columns, X.shape[1], len(values))
        elif X.format == "dia":
            _check_indices(np.zeros(len(X.offsets)), 1, len(X.data))
            if len(np.unique(X.offsets)) != len(X.offsets):
                raise ValueError("offsets are not unique")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not a well-formed sparse matrix in {X.format.upper()} format: {error}") from error


def _check_indices(indices, length, n_values):
    if len(indices) != n_values:
        raise ValueError(f"{len(indices)} indices for {n_values} values")
    if n_values and (min(indices) < 0 or max(indices) >= length):
        raise ValueError(f"an index is outside 0 to {length - 1}")


def check_labels(labels, name):
    """Raise a ValueError for labels that are missing, or of types that have no order.

    scikit-learn's validation raises errors of other types for them, or none.
    """
    values = np.asarray(labels)
    if values.dtype.kind == "O" and values.ndim == 2:
        for column in values.T:
            check_labels(column, name)
        return
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise ValueError(f"Input {name} contains NaN, which is no label.")
    if values.dtype.kind != "O":
        return
    missing = [value for value in values.ravel() if _is_missing(value)]
    if missing:
        raise ValueError(f"Input {name} contains NaN: {missing[0]!r} is no label.")
    try:
        sorted(set(values.ravel()))
    except TypeError as error:
        raise ValueError(f"{name} holds labels of several types, which have no order: {error}.") from error


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
    if numbers.size and np.abs(numbers).max() > np.finfo(dtype).max:
        raise ValueError(f"{name} contains a value too large for {dtype!r}: float64 inputs make a float64 network.")


def check_weights(sample_weight, n_instances, name="sample_weight"):
    """Sample weights as float64, of shape (n_instances,), or None."""
    if sample_weight is None:
        return None
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
