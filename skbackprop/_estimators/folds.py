"""The folds of a cross-validation: which instances a network learns from, and which it is validated with."""

import reprlib
import warnings
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn import get_config
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
        If there are too few instances, the splitter does not take them, or a part of a fold has none that counts.

    Warns
    -----
    UserWarning
        If a fold of the user's is validated with a class that it does not learn.
    """
    if estimator.cv is None or isinstance(estimator.cv, Integral):
        if groups is not None:
            raise ValueError("groups are for a splitter that keeps them together: pass cv=GroupKFold(), for example.")
        return _deal(estimator, instances, random_state)
    if groups is not None:
        _check_groups(groups, instances.inputs.shape[0])
    splits = _split(estimator, instances, groups)
    if not splits:
        raise ValueError(f"cv={estimator.cv!r} makes no folds (a generator makes them once): pass a list, or a number.")
    folds = [_clean(parts, instances, number) for number, parts in enumerate(splits)]
    _warn_of_unlearned(estimator, instances.codes, folds)
    return folds


def _check_groups(groups, n_instances):
    """Raise a ValueError where there is not one group for each instance; scikit-learn's does not name them."""
    shape = np.shape(groups)
    if shape[:1] != (n_instances,):
        raise ValueError(
            f"groups has shape {shape}, but must have one for each of the {n_instances} instances: ({n_instances},)."
        )


def _split(estimator, instances, groups):
    """The pairs that `cv` holds or makes; a ValueError that names it where it cannot."""
    # Listed before routing looks at it, since it may be a generator.
    pairs = None if hasattr(estimator.cv, "split") else list(estimator.cv)
    routed = {"groups": groups}
    if get_config()["enable_metadata_routing"]:
        given = {} if groups is None else routed
        routed = process_routing(estimator, "fit", **given)["splitter"]["split"]
    try:
        return list(estimator.cv.split(instances.inputs, instances.y, **routed)) if pairs is None else pairs
    except (TypeError, ValueError) as error:
        is_for_groups = routed.get("groups") is None and "groups" in str(error)
        remedy = " Pass fit a group for each instance, as groups." if is_for_groups else ""
        raise ValueError(
            f"cv={estimator.cv!r} cannot split the {instances.inputs.shape[0]} instances: {error}{remedy}"
        ) from error


def _warn_of_unlearned(estimator, codes, folds):
    """Warn of the first fold that is validated with a class that it does not learn, as those of sorted instances are.

    The less such a network has learned of the other classes, the smaller its loss: few epochs would be chosen.
    """
    codes = estimator._stratify(codes)
    for number, fold in enumerate(folds if codes is not None else ()):
        unlearned = np.setdiff1d(codes[fold.held_out], codes[fold.training])
        if unlearned.size:
            label = estimator.classes_.tolist()[unlearned[0]]
            message = (
                f"cv: fold {number} is validated with class {label!r}, of which it has no instance to learn from, so that "
                "its losses say little: shuffle the instances, as StratifiedKFold(shuffle=True) does, or pass a number."
            )
            warnings.warn(message, UserWarning, stacklevel=1)
            return


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
            f"cv={estimator.cv!r} cannot split n_samples = {len(rows)} instances: cross-validation needs two"
            + (" that do not stand alone for their class." if alone.any() and hasattr(estimator, "classes_") else ".")
        )
    order = candidates[np.argsort(codes[candidates], kind="stable")]
    number_of = np.full(len(rows), -1)
    number_of[order] = np.arange(len(order)) % n_folds
    return [Fold(rows[number_of != fold], rows[number_of == fold]) for fold in range(n_folds)]


def _clean(parts, instances, number):
    """A fold of the user's, without instances of weight zero; a ValueError that names it where a part will not do."""
    n_instances, weights = instances.inputs.shape[0], instances.weights
    if np.iterable(parts):
        parts = tuple(parts)
    if not np.iterable(parts) or len(parts) != 2:
        raise ValueError(
            f"cv: fold {number} is {reprlib.repr(parts)}, but must be a pair of arrays: the numbers of the rows to learn "
            "from and of those to validate with."
        )
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
