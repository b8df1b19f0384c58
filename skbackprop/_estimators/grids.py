"""The candidates of a search: every combination of values that a grid holds."""

import inspect
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

# Of so few instances an epoch is one update by whole-epoch gradients, which then are the better and the quicker ones; and
# sample weights are exactly repetition.
_FEW_INSTANCES = 100

# Smooth targets want many updates, and up to so many instances epochs of small batches take little time; others are learned
# by heart in them.
_MANY_INSTANCES = 2000

# MLPClassifier's units, solver and rate, which go beside the book's.
_LIKE_MLP = {"activation": ["relu"], "solver": ["adam"], "learning_rate_init": [0.001]}

# Steps that begin small, and larger penalties: else the first few epochs would be the best.
_OF_FEW = [{"solver": ["rprop"], "activation": ["logistic", "relu"], "alpha": [0.3, 3.0], "learning_rate_init": [0.01]}]


def _grid_of_classifiers(n_instances):
    if n_instances <= _FEW_INSTANCES:
        return _OF_FEW
    return [{"alpha": [0.0]}, {**_LIKE_MLP, "alpha": [0.1]}]


def _grid_of_regressors(n_instances):
    if n_instances <= _FEW_INSTANCES:
        return _OF_FEW
    of_small_batches = [{"batch_size": [8], "alpha": [0.0]}] if n_instances <= _MANY_INSTANCES else []
    return [*of_small_batches, {"alpha": ["auto"]}, {**_LIKE_MLP, "alpha": [0.1]}]


# What the grid "auto" tries, for so many instances; the study of defaults in the documentation has found it.
AUTO_GRIDS = {"classifier": _grid_of_classifiers, "regressor": _grid_of_regressors}

# A part of the grid "auto" that is for one of these says nothing of another.
_PARTS_ARE_FOR = ("activation", "solver", "learning_rate_init")

# What the search itself is made of, or what says nothing about one training: these cannot be searched over.
NOT_SEARCHED = frozenset(
    [
        *("grid", "cv", "scoring", "one_standard_error", "n_jobs", "max_iter", "max_time", "n_init", "random_state"),
        *("verbose", "warm_start", "early_stopping", "validation_fraction", "restore_best", "on_new_class"),
    ]
)


def expand_grid(estimator, kind, n_instances, mean_weight=1.0):
    """The candidates, as dicts of parameters; the last parameter of a grid moves fastest.

    The grid "auto" leaves out what the user has set to another value than the default, and the parts that are for another
    activation, solver or learning rate.

    Parameters
    ----------
    estimator : BaseBackprop
        With `grid`.
    kind : {'classifier', 'regressor'}
    n_instances : int
    mean_weight : float
        Of the instances, by which penalties are divided: those of the grid "auto" are so many times as large, but where a
        batch holds all instances, in which a weight is so many.
    """
    if isinstance(estimator.grid, str):
        times = 1.0 if n_instances <= _FEW_INSTANCES or estimator.batch_size == "epoch" else mean_weight
        grids = [
            {**grid, "alpha": [alpha if alpha == "auto" else times * alpha for alpha in grid["alpha"]]}
            for grid in AUTO_GRIDS[kind](n_instances)
        ]
        grids = _without_settings(grids, estimator)
    else:
        grids = [estimator.grid] if isinstance(estimator.grid, Mapping) else list(estimator.grid)
    known = estimator.get_params(deep=False).keys() - NOT_SEARCHED
    for each in grids:
        _check_grid(each, known, estimator.grid)
    candidates = [
        dict(zip(each, values, strict=True))
        for each in grids
        for values in itertools.product(*map(list, each.values()))
    ]
    if isinstance(estimator.grid, str):  # without what they differed in they may be the same
        candidates = [each for number, each in enumerate(candidates) if each not in candidates[:number]]
    return candidates


def _without_settings(grids, estimator):
    """The parts that fit what the user has set, without these parameters."""
    own = {name for grid in grids for name in grid if not _is_default(estimator, name)}
    decisive = own.intersection(_PARTS_ARE_FOR)
    fitting = [
        grid for grid in grids if all(getattr(estimator, name) in grid[name] for name in decisive.intersection(grid))
    ]
    fitting = fitting or [{name: values for name, values in grids[0].items() if name not in _PARTS_ARE_FOR}]
    return [{name: values for name, values in grid.items() if name not in own} for grid in fitting]


def _is_default(estimator, name):
    """Whether a parameter has its default value."""
    parameter, value = inspect.signature(type(estimator)).parameters.get(name), getattr(estimator, name)
    if parameter is None:  # a subclass has fixed it
        return False
    return value is parameter.default or (type(value) is type(parameter.default) and value == parameter.default)


def _check_grid(grid, known, whole):
    """Raise a ValueError for what is no dict of lists of values of parameters that can be searched over."""
    if not isinstance(grid, Mapping):
        raise ValueError(f"grid={whole!r} is not valid: {grid!r} is no dict of lists of values.")
    for name, values in grid.items():
        if name == "max_iter":
            raise ValueError(
                f"grid={whole!r} is not valid: the number of epochs is found without it, up to the parameter max_iter."
            )
        if name in NOT_SEARCHED:
            raise ValueError(
                f"grid={whole!r} is not valid: {name!r} cannot be searched over: set it for the estimator."
            )
        if name not in known:
            raise ValueError(f"grid={whole!r} is not valid: {name!r} is not one of {', '.join(sorted(known))}.")
        is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
        is_list = is_list or (isinstance(values, np.ndarray) and values.ndim > 0)
        if not is_list or len(values) == 0:
            raise ValueError(f"grid={whole!r} is not valid: {name!r} must have a list of at least one value.")


def columns_of(candidates):
    """For each parameter that any candidate has an array of its values, as `GridSearchCV.cv_results_` has them.

    Parameters
    ----------
    candidates : list of dict

    Returns
    -------
    columns : dict of str to ndarray
        Masked where a candidate does not have the parameter.
    """
    names = {f"param_{name}": name for each in candidates for name in each}
    return {column: _column([each.get(name, _MISSING) for each in candidates]) for column, name in names.items()}


_MISSING = object()


def _column(values):
    """An array of values of any type, masked where they are missing."""
    is_missing = np.array([value is _MISSING for value in values])
    types = {type(value) for value in values if value is not _MISSING}
    if not is_missing.any() and len(types) == 1 and types <= {bool, int, float, str}:
        return np.array(values)
    column = np.empty(len(values), dtype=object)
    for number, value in enumerate(values):  # at once, NumPy would look into sequences
        column[number] = None if value is _MISSING else value
    return np.ma.MaskedArray(column, mask=is_missing) if is_missing.any() else column
