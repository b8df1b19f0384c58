"""The course of a training up to one epoch, in the few numbers that a reader watches."""

import math
from typing import NamedTuple

import numpy as np

from .._training.stopping import RULES

# What is watched: its name, the attribute of a history that holds it, and whether the smaller is the better.
_TRAINING = [
    ("loss", "loss_curve", True),
    ("error rate", "error_curve", True),
    ("max |update|", "update_curve", None),
]
_VALIDATION = [
    ("validation loss", "validation_losses", True),
    ("validation score", "validation_scores", False),
]

# Rules whose number must fall below the threshold; that of the others must rise to it.
_FALLING = {"update_tol", "error_tol"}


class Curve(NamedTuple):
    """One number an epoch.

    Attributes
    ----------
    name : str
    values : ndarray of shape (n_epochs,)
    best : int or None
        The place of the best value; None where there is none.
    best_epoch : int or None
        Its epoch; None too where older epochs have been dropped.
    """

    name: str
    values: np.ndarray
    best: int | None
    best_epoch: int | None


class Nearness(NamedTuple):
    """How near a stopping rule is to its threshold.

    Attributes
    ----------
    name : str
    now, threshold : float
    share : float
        From 0, far away, to 1, met: the smaller of the two over the larger.
    """

    name: str
    now: float
    threshold: float
    share: float


class Course(NamedTuple):
    """A training up to one epoch.

    Attributes
    ----------
    title : str
        Of the network, with its layers.
    n_epochs : int
        Since the weights were drawn.
    seconds : float
        Of this call.
    curves : list of Curve
        Without those that the training has not.
    rules : list of Nearness
        The stopping rules that were asked for; none of a call that is one epoch in any case, as ``partial_fit`` is.
    """

    title: str
    n_epochs: int
    seconds: float
    curves: list
    rules: list


def make_course(estimator, view):
    """What there is to see of a training.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
    view : View
        After an epoch.

    Returns
    -------
    course : Course
    """
    history = view.state.history
    watched = _TRAINING + _VALIDATION if history.is_validated else _TRAINING
    losses = np.array(history.validation_losses) if view.thresholds.is_loss_enough else None
    curves = [_curve(name, getattr(history, attribute), sign, history, losses) for name, attribute, sign in watched]
    rules = [
        _nearness(name, *rule.measure(history, view.thresholds))
        for name, rule in RULES.items()
        if view.thresholds.max_iter > 1 and rule.measure is not None and rule.is_asked(view.thresholds)
    ]
    layers = "-".join(map(str, view.state.parameters.layer_sizes))
    return Course(
        title=f"{type(estimator).__name__} {layers}",
        n_epochs=history.n_epochs,
        seconds=history.seconds(),
        curves=[curve for curve in curves if len(curve.values)],
        rules=rules,
    )


def place_of_best(scores, losses=None):
    """Where the score is best; of equal ones the first, or where the loss is smallest, if it decides as well."""
    scores = np.asarray(scores)
    best = np.flatnonzero(scores == np.nanmax(scores))
    return int(best[0] if losses is None else best[np.nanargmin(losses[best])])


def _curve(name, values, is_less_better, history, losses):
    values = np.array(values)  # an array of its own, as one that is shared could not become longer
    if is_less_better is None or not np.isfinite(values).any():
        return Curve(name, values, None, None)
    best = int(np.nanargmin(values)) if is_less_better else place_of_best(values, losses)
    is_whole = len(history.loss_curve) == history.n_epochs
    return Curve(name, values, best, history.n_epochs - (len(values) - 1 - best) if is_whole else None)


def _nearness(name, now, threshold):
    small, large = (threshold, now) if name in _FALLING else (now, threshold)
    share = small / large if large > 0 else 1.0
    return Nearness(name, now, threshold, min(1.0, share) if math.isfinite(share) else 0.0)
