"""The candidates of a search: every combination of values that a grid holds."""

import inspect
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

# Of so few instances an epoch is one update by whole-epoch gradients, which then are the better and the quicker ones; and
# sample weights are exactly repetition.
_FEW_INSTANCES = 64


def _auto_grid(n_instances):
    grid = {"activation": ["logistic", "relu"], "alpha": [0.0, 0.01]}
    return {"solver": ["rprop"], **grid} if n_instances <= _FEW_INSTANCES else grid


# What the grid "auto" tries, for so many instances.
AUTO_GRIDS = {"classifier": _auto_grid, "regressor": _auto_grid}

# What the search itself is made of, or what says nothing about one training: these cannot be searched over.
NOT_SEARCHED = frozenset(
    [
        *("grid", "cv", "scoring", "one_standard_error", "n_jobs", "max_iter", "max_time", "n_init", "random_state"),
        *("verbose", "warm_start", "early_stopping", "validation_fraction", "restore_best", "on_new_class"),
    ]
)


def expand_grid(estimator, kind, n_instances):
    """The candidates, as dicts of parameters; the last parameter of a grid moves fastest.

    The grid "auto" leaves out what the user has set to another value than the default.

    Parameters
    ----------
    estimator : BaseBackprop
        With `grid`.
    kind : {'classifier', 'regressor'}
    n_instances : int
    """
    if isinstance(estimator.grid, str):
        grid = AUTO_GRIDS[kind](n_instances)
        grids = [{name: values for name, values in grid.items() if _is_default(estimator, name)}]
    else:
        grids = [estimator.grid] if isinstance(estimator.grid, Mapping) else list(estimator.grid)
    known = estimator.get_params(deep=False).keys() - NOT_SEARCHED
    for each in grids:
        _check_grid(each, known, estimator.grid)
    return [
        dict(zip(each, values, strict=True))
        for each in grids
        for values in itertools.product(*map(list, each.values()))
    ]


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
        if name not in known:
            raise ValueError(f"grid={whole!r} is not valid: {name!r} is not one of {', '.join(sorted(known))}.")
        is_list = isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)
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
