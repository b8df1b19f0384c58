"""What each parameter's value must be; checked once, at the beginning of a call."""

import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import get_scorer_names

from .._network.automatic.starts import START_RULES
from .._network.parameters import count_parameters
from .._network.solvers import SOLVERS
from .._network.units import ACTIVATIONS
from .._training.schedules import SCHEDULES


def kind_of(value):
    """A value's type with its article, for messages."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def check_path(path, example):
    """Raise a TypeError for what is no path, or a ValueError for that of no file.

    Parameters
    ----------
    path : object
    example : str
        A path that would do.
    """
    if not (isinstance(path, (str, os.PathLike)) and isinstance(os.fspath(path), str)):
        raise TypeError(f"path={path!r} is not valid: it must be a str or path-like, such as {example!r}.")
    if not _may_name_a_file(path):
        raise ValueError(f"path={str(path)!r} is not valid: it has a character that no file's name can have.")
    if Path(path).name in ("", "..") or Path(path).is_dir():
        raise ValueError(f"path={str(path)!r} is not valid: it must name a file, such as {example!r}.")


def _may_name_a_file(path):
    """Whether the system has bytes for each character of a path, and none ends it."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


class Requirement(NamedTuple):
    """What a parameter's value must be."""

    is_met: object
    wording: str


def is_int(value, low=1):
    """Whether a value is a whole number, at least so large, and no bool."""
    # Of Python's own kind it takes a tenth of the time to see that, and partial_fit asks for every single row.
    is_whole = type(value) is int or (isinstance(value, Integral) and not isinstance(value, (bool, np.bool_)))
    return is_whole and value >= low


def _is_number(value, low=0.0, high=math.inf):
    is_real = type(value) in (float, int) or (isinstance(value, Real) and not isinstance(value, (bool, np.bool_)))
    if not is_real:
        return False
    try:
        return math.isfinite(value) and low <= value <= high
    except OverflowError:  # an int beyond all floats
        return False


def _is_scorer(value):
    return isinstance(value, str) and (value == "loss" or value in get_scorer_names())


def is_positive(value):
    """Whether a value is a finite number above 0, and no bool."""
    return _is_number(value) and value > 0


def _is_range(value):
    return is_positive(value) and float(value) <= 1e30  # beyond it a float32 network overflows at once


def _is_share(value):
    return _is_number(value) and value < 1


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


class _OneOf:
    """The requirement that a value is one of a few names, or a key of a registry, whatever it holds by then."""

    def __init__(self, names):
        self._names = names

    def is_met(self, value):
        return isinstance(value, str) and value in self._names

    @property
    def wording(self):
        return f"one of {', '.join(map(repr, sorted(self._names)))}"


def _is_layer(value):
    return is_int(value) and _is_number(value)  # which no int beyond all floats is


def _is_layers(value):
    if _is_layer(value) or (isinstance(value, str) and value == "a"):
        return True
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return (
        isinstance(value, Sequence)
        and not isinstance(value, (str, bytes, bytearray))
        and all(_is_layer(units) for units in value)
    )


def _is_grid(value):
    if isinstance(value, str):
        return value == "auto"
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and len(value) > 0)


def _is_cv(value):
    if value is None or is_int(value, low=2):
        return True
    if isinstance(value, (str, bytes, Mapping, type)):  # a class of splitters is none yet
        return False
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Iterable) or hasattr(value, "split")


def _is_random_state(value):
    return value is None or isinstance(value, np.random.RandomState) or (is_int(value, low=0) and value < 2**32)


_NUMBER_FROM_ZERO = Requirement(_is_number, "a finite number >= 0")
_TRUE_OR_FALSE = Requirement(_is_bool, "True or False")

REQUIREMENTS = {
    "hidden_layer_sizes": Requirement(
        _is_layers, "an int >= 1 that floats can hold, a sequence of such ints, one per hidden layer, or 'a'"
    ),
    "activation": _OneOf(ACTIVATIONS),
    "solver": _OneOf(SOLVERS),
    "alpha": Requirement(
        lambda value: _is_number(value) or (isinstance(value, str) and value == "auto"),
        "a finite number >= 0, or 'auto'",
    ),
    "batch_size": Requirement(
        lambda value: is_int(value) or (isinstance(value, str) and value in ("auto", "epoch")),
        "an int >= 1, 'epoch' or 'auto'",
    ),
    "learning_rate_init": Requirement(
        lambda value: is_positive(value) or (isinstance(value, str) and value == "auto"),
        "a finite number > 0, or 'auto'",
    ),
    "learning_rate": _OneOf(SCHEDULES),
    "power_t": _NUMBER_FROM_ZERO,
    "max_iter": Requirement(is_int, "an int >= 1"),
    "max_fun": Requirement(is_int, "an int >= 1"),
    "max_time": Requirement(lambda value: value is None or is_positive(value), "None or a number of seconds > 0"),
    "shuffle": _TRUE_OR_FALSE,
    "random_state": Requirement(_is_random_state, "None, an int from 0 to 2**32 - 1, or a numpy.random.RandomState"),
    "verbose": Requirement(lambda value: _is_bool(value) or is_int(value, low=0), "True, False or an int >= 0"),
    "momentum": Requirement(lambda value: _is_number(value, high=1.0), "a number from 0 to 1"),
    "nesterovs_momentum": _TRUE_OR_FALSE,
    "beta_1": Requirement(_is_share, "a number >= 0 and < 1"),
    "beta_2": Requirement(_is_share, "a number >= 0 and < 1"),
    "epsilon": Requirement(is_positive, "a number > 0"),
    "huber_delta": Requirement(is_positive, "a number > 0"),
    "quantile": Requirement(lambda value: is_positive(value) and value < 1, "a number > 0 and < 1"),
    "init_range": Requirement(
        lambda value: _is_range(value) or (isinstance(value, str) and value in START_RULES),
        "a number > 0 and <= 1e30 (the book's are 0.5 and 1.0), or 'auto' or 'glorot'",
    ),
    "update_tol": Requirement(
        lambda value: _is_number(value) or (isinstance(value, str) and value == "auto"),
        "a finite number >= 0, or 'auto'",
    ),
    "error_tol": _NUMBER_FROM_ZERO,
    "tol": Requirement(lambda value: value is None or _is_number(value), "None or a finite number >= 0"),
    "n_iter_no_change": Requirement(
        lambda value: is_int(value) or (isinstance(value, Real) and value == math.inf), "an int >= 1 or infinity"
    ),
    "early_stopping": _TRUE_OR_FALSE,
    # Nothing can be held back where it is 0, but it need not be asked for: MLPClassifier takes it too.
    "validation_fraction": Requirement(_is_share, "a number >= 0 and < 1, and > 0 with early_stopping=True"),
    "scoring": Requirement(
        lambda value: value is None or callable(value) or _is_scorer(value),
        "None, 'loss', a callable, or a name that sklearn.metrics.get_scorer_names() lists",
    ),
    "restore_best": _TRUE_OR_FALSE,
    "warm_start": _TRUE_OR_FALSE,
    "n_init": Requirement(is_int, "an int >= 1"),
    "n_jobs": Requirement(
        lambda value: value is None or (is_int(value, low=-math.inf) and value != 0), "None or an int, not 0"
    ),
    "on_divergence": _OneOf(["halve", "raise"]),
    "on_new_class": _OneOf(["error", "grow"]),
    "augment": Requirement(lambda value: value is None or callable(value), "None or a callable"),
    "class_weight": Requirement(
        lambda value: (
            value is None or isinstance(value, (dict, list)) or (isinstance(value, str) and value == "balanced")
        ),
        "None, 'balanced', a dict of class to weight, or a list of such dicts, one per column of y",
    ),
    "normalize_y": _TRUE_OR_FALSE,
    "grid": Requirement(_is_grid, "'auto', a dict of lists of values, or a list of such dicts"),
    "cv": Requirement(_is_cv, "None, an int >= 2, a splitter, or an iterable of pairs of arrays of numbers of rows"),
    "one_standard_error": _TRUE_OR_FALSE,
}


def _error_tol_up_to(largest):
    """The requirement of a threshold of error rates: one above the largest of them would end every training."""
    if largest == math.inf:
        return _NUMBER_FROM_ZERO
    return Requirement(lambda value: _is_number(value, high=largest), f"a number from 0 to {largest:g}, a share")


_ABSENT = object()

# What a network that waits for its training takes beside its parameters, most of it the random state's numbers.
_BYTES_OF_START = 10_000

# Those whose values may change in place or be large, or are looked up in a registry; of the others one look is enough.
_CHANGING = {
    name: requirement
    for name, requirement in REQUIREMENTS.items()
    if isinstance(requirement, _OneOf)
    or name in ("hidden_layer_sizes", "grid", "cv", "class_weight", "random_state", "scoring", "augment")
}
_LASTING = [name for name in REQUIREMENTS if name not in _CHANGING]

# The lasting values that were checked last, the very objects.
_checked = [[object()] * len(_LASTING)]


def check_parameters(estimator):
    """Raise a ValueError that names the first parameter whose value will not do.

    Parameters
    ----------
    estimator : object
        Has some of the parameters; a subclass may have others of its own besides.
    """
    values = [getattr(estimator, name, _ABSENT) for name in _LASTING]
    are_checked = all(map(operator.is_, values, _checked[0]))  # as in a stream, of which each row asks
    requirements = _CHANGING if are_checked else REQUIREMENTS
    of_kind = {"loss": _OneOf(estimator._losses), "error_tol": _error_tol_up_to(estimator._largest_error_rate)}
    for name, requirement in {**requirements, **of_kind}.items():
        value = getattr(estimator, name, _ABSENT)
        if value is not _ABSENT and not requirement.is_met(value):
            raise ValueError(f"{name}={value!r} is not valid: it must be {requirement.wording}.")
    _checked[0] = values


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


def check_memory_of_starts(n_init, layer_sizes, dtype):
    """Raise a MemoryError where so many new networks, which are all drawn before the first trains, cannot fit."""
    needed = int(n_init) * (sum(count_parameters(layer_sizes)) * np.dtype(dtype).itemsize + _BYTES_OF_START)
    if needed > _physical_memory():
        raise MemoryError(
            f"n_init={n_init} networks need about {min(needed, 10**300):.3g} bytes of memory, more than this machine has: "
            "take fewer."
        )


def _physical_memory():
    """Bytes of memory of this machine, or infinity where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return math.inf
