"""Checks what users pass, once, at the border: parameters, sparse matrices, weights and starting values."""

import math
import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from ._network import count_parameters


class Requirement(NamedTuple):
    """What a parameter's value must be."""

    is_met: object
    wording: str


def _is_int(value, low=1):
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_)) and value >= low


def _is_number(value, low=0.0, high=math.inf):
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    return math.isfinite(value) and low <= value <= high


def _is_positive(value):
    return _is_number(value) and value > 0


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


def _is_layers(value):
    if _is_int(value):
        return True
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return isinstance(value, Sequence) and not isinstance(value, str) and all(_is_int(units) for units in value)


def _is_random_state(value):
    return value is None or isinstance(value, np.random.RandomState) or (_is_int(value, low=0) and value < 2**32)


_NUMBER_FROM_ZERO = Requirement(_is_number, "a finite number >= 0")
_TRUE_OR_FALSE = Requirement(_is_bool, "True or False")

REQUIREMENTS = {
    "hidden_layer_sizes": Requirement(_is_layers, "an int >= 1, or a sequence of ints >= 1, one per hidden layer"),
    "alpha": _NUMBER_FROM_ZERO,
    "batch_size": Requirement(
        lambda value: _is_int(value) or (isinstance(value, str) and value in ("auto", "epoch")),
        "an int >= 1, 'epoch' or 'auto'",
    ),
    "learning_rate_init": Requirement(_is_positive, "a finite number > 0"),
    "max_iter": Requirement(_is_int, "an int >= 1"),
    "shuffle": _TRUE_OR_FALSE,
    "random_state": Requirement(_is_random_state, "None, an int from 0 to 2**32 - 1, or a numpy.random.RandomState"),
    "verbose": Requirement(lambda value: _is_bool(value) or _is_int(value, low=0), "True, False or an int >= 0"),
    "momentum": Requirement(lambda value: _is_number(value, high=1.0), "a number from 0 to 1"),
    "init_range": Requirement(
        lambda value: _is_positive(value) or (isinstance(value, str) and value == "glorot"),
        "a finite number > 0 (the book's are 0.5 and 1.0), or 'glorot'",
    ),
    "update_tol": _NUMBER_FROM_ZERO,
    "error_tol": _NUMBER_FROM_ZERO,
    "class_weight": Requirement(
        lambda value: value is None or isinstance(value, dict) or (isinstance(value, str) and value == "balanced"),
        "None, 'balanced' or a dict of class to weight",
    ),
    "normalize_y": _TRUE_OR_FALSE,
}


def check_parameters(parameters):
    """Raise a ValueError that names the first parameter whose value will not do.

    Parameters
    ----------
    parameters : dict
        Names and values, as ``get_params`` gives them.
    """
    for name, value in parameters.items():
        if not REQUIREMENTS[name].is_met(value):
            raise ValueError(f"{name}={value!r} is not valid: it must be {REQUIREMENTS[name].wording}.")


def hidden_layers(value):
    """The units of each hidden layer as a tuple of int."""
    return (int(value),) if isinstance(value, Integral) else tuple(int(units) for units in value)


def check_memory(hidden_layer_sizes, layer_sizes, dtype):
    """Raise a MemoryError where the network cannot fit into this machine, before anything is allocated."""
    # Weights, gradient, the last whole epoch's weights, and the float64 numbers that a layer is drawn from.
    needed = sum(count_parameters(layer_sizes)) * (3 * np.dtype(dtype).itemsize + 8)
    if needed > _physical_memory():
        raise MemoryError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} with {layer_sizes[0]} features and {layer_sizes[-1]} outputs needs "
            f"about {needed:.3g} bytes of memory, more than this machine has: take fewer units."
        )


def _physical_memory():
    """Bytes of memory of this machine, or infinity where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf


def check_sparse_indices(X):
    """Raise a ValueError where a sparse matrix points outside itself, which compiled code would follow.

    scikit-learn's validation does not look at the indices. The matrix given is not changed.
    """
    if not issparse(X):
        return
    try:
        if X.format in ("csr", "csc", "bsr"):
            # A shallow copy: check_format may write index arrays of another dtype into the matrix.
            type(X)((X.data, X.indices, X.indptr), shape=X.shape, copy=False).check_format(full_check=True)
        elif X.format == "coo" and X.nnz:
            for axis, indices in enumerate(X.coords):
                if indices.min() < 0 or indices.max() >= X.shape[axis]:
                    raise ValueError(f"an index of axis {axis} is outside 0 to {X.shape[axis] - 1}")
    except ValueError as error:
        raise ValueError(f"X is not a well-formed sparse matrix in {X.format.upper()} format: {error}") from error


def check_dense_targets(y):
    """Raise a ValueError for a sparse y, which scikit-learn's validation may let pass."""
    if issparse(y):
        raise ValueError(f"y is a sparse {type(y).__name__}, but must be a dense array: pass y.toarray().")


def check_weights(sample_weight, n_instances):
    """Sample weights as float64, of shape (n_instances,); None where all are equal, for they then change nothing."""
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight)
        if weights.dtype.kind not in "biufO":
            raise ValueError(f"the dtype is {weights.dtype}")
        weights = weights.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must be numbers: {error}.") from error
    if weights.ndim == 0:
        weights = np.full(n_instances, weights)
    if weights.shape != (n_instances,):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but must have one number for each of the {n_instances} instances: "
            f"({n_instances},)."
        )
    for wrong, problem in ((~np.isfinite(weights), "NaN or infinity"), (weights < 0, "negative values")):
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise ValueError(f"sample_weight contains {problem}: {weights[first]!r} at index {first}.")
    if not weights.any():
        raise ValueError("sample_weight is zero for every instance: at least one weight must be positive.")
    return weights


def check_start(name, arrays, shapes):
    """Starting values of every layer, or None.

    Parameters
    ----------
    name : {'coefs_init', 'intercepts_init'}
    arrays : sequence of array-like or None
    shapes : list of tuple of int

    Returns
    -------
    arrays : list of ndarray or None
    """
    if arrays is None:
        return None
    try:
        arrays = [np.asarray(array, dtype=np.float64) for array in arrays]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a list of arrays of numbers, one per layer: {error}.") from error
    given = [array.shape for array in arrays]
    if given != shapes:
        raise ValueError(f"{name} has arrays of shapes {given}, but this network's layers need {shapes}.")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(f"{name} contains NaN or infinity.")
    return arrays
