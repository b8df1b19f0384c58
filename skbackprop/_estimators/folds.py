"""The folds of a cross-validation: which instances a network learns from, and which it is validated with."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn import get_config
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import process_routing

_N_FOLDS = 5


class Fold(NamedTuple):
    """Numbers of the instances of both parts."""

    training: np.ndarray
    held_out: np.ndarray


def make_folds(estimator, instances, groups, random_state):
    """The folds that the user asks for by `cv`.

    A number of folds is dealt out at random, of each class in turn, so that each fold has its share of it; instances of
    weight zero are in none. An instance that alone stands for its class is always learned from: nobody could tell a class
    that he has never seen.

    Parameters
    ----------
    estimator : BaseBackprop
        With `cv`, and the classes.
    instances : Instances
    groups : array-like or None
    random_state : RandomState

    Returns
    -------
    folds : list of Fold

    Raises
    ------
    ValueError
        If there are too few instances, or a part of a fold has none that counts.
    """
    if estimator.cv is None or isinstance(estimator.cv, Integral):
        if groups is not None:
            raise ValueError("groups are for a splitter that keeps them together: pass cv=GroupKFold(), for example.")
        return _deal(estimator, instances, random_state)
    splitter = check_cv(estimator.cv)
    routed = {"groups": groups}
    if get_config()["enable_metadata_routing"]:
        given = {} if groups is None else routed
        routed = process_routing(estimator, "fit", **given)["splitter"]["split"]
    folds = list(splitter.split(instances.inputs, instances.y, **routed))
    if not folds:
        raise ValueError(f"cv={estimator.cv!r} makes no folds (a generator makes them once): pass a list, or a number.")
    return [_clean(parts, instances, number) for number, parts in enumerate(folds)]


def _deal(estimator, instances, random_state):
    """Folds of about equal sizes."""
    weights = instances.weights
    rows = np.arange(instances.inputs.shape[0]) if weights is None else np.flatnonzero(weights)
    codes = estimator._stratify(instances.codes)
    codes = np.zeros(len(rows), dtype=int) if codes is None else codes[rows]
    alone = np.bincount(codes)[codes] == 1
    candidates = random_state.permutation(np.flatnonzero(~alone)) if len(rows) > 1 else rows
    n_folds = min(_N_FOLDS if estimator.cv is None else int(estimator.cv), len(candidates))
    if n_folds < 2:
        raise ValueError(
            f"cv={estimator.cv!r} cannot split n_samples = {len(rows)} instances: cross-validation needs two that do not "
            "stand alone for their class."
        )
    order = candidates[np.argsort(codes[candidates], kind="stable")]
    number_of = np.full(len(rows), -1)
    number_of[order] = np.arange(len(order)) % n_folds
    return [Fold(rows[number_of != fold], rows[number_of == fold]) for fold in range(n_folds)]


def _clean(parts, instances, number):
    """A fold of the user's, without instances of weight zero; a ValueError that names it where a part will not do."""
    n_instances, weights = instances.inputs.shape[0], instances.weights
    fold = Fold(*(_as_numbers(np.asarray(part), n_instances, number) for part in parts))
    if weights is not None:
        fold = Fold(*(part[weights[part] > 0] for part in fold))
    for name, part in zip(("learn from", "validate with"), fold, strict=True):
        if len(part) == 0:
            raise ValueError(f"cv: fold {number} has no instance of positive weight to {name}.")
    return fold


def _as_numbers(part, n_instances, number):
    """Numbers of instances, where they may be a mask."""
    part = np.flatnonzero(part) if part.dtype == bool and part.shape == (n_instances,) else part
    is_number = part.ndim == 1 and part.dtype.kind in "iu"
    if part.size and not (is_number and part.min() >= 0 and part.max() < n_instances):
        raise ValueError(f"cv: fold {number} must have numbers of instances, from 0 to {n_instances - 1}.")
    return part.astype(np.intp)
