"""The warning about a network that did not learn: the first sight, and the first cause with its remedy, in words."""

from ..._training.divergence import scaling_advice
from ..._training.table import count
from .causes import CAUSES
from .sights import SIGHTS


def convergence_message(training):
    """What to tell of how a training ended; None if it ended well.

    A network learned if it predicts more than one class, and has a smaller loss or a smaller error than the best constant
    outputs, which are the class priors or the means; if it recognises an instance of each class that has more than a
    handful; and, where its start, its inputs or its rate look wrong, if it is better than a linear model. Where the data
    hold one class or constant targets there is nothing to learn.

    Parameters
    ----------
    training : Training

    Returns
    -------
    message : str or None
    """
    estimator, n_iter = training.estimator, training.estimator.n_iter_
    if training.stop_reason == "diverged":
        return (
            f"The training diverged in epoch {n_iter}, and the weights of the best validation score were kept: try a "
            f"smaller learning_rate_init than {estimator.learning_rate_:g}{scaling_advice(training.training_set)}."
        )
    sight = _first_sight(training)
    if sight is None:
        return _limit_message(training)
    cause = next(each for each in CAUSES.values() if each.is_met(training))
    words = cause.words(training)
    return (
        f"{type(estimator).__name__} stopped after {count(n_iter, 'epoch')} ({_end(training)}) but {sight}"
        f"{words and f'; {words}'}. To mend it, {cause.remedy(training)}."
    )


def _first_sight(training):
    """What the network does that shows that it did not learn, or None."""
    if not holds_variety(training.training_set):
        return None
    for name, find in SIGHTS.items():
        if words := find(training):
            training.sight = name  # which causes ask for
            return words
    return None


def holds_variety(training_set):
    """Whether any two instances have different targets."""
    numbers = training_set.targets if training_set.codes is None else training_set.codes
    return bool((numbers.min(axis=0) < numbers.max(axis=0)).any())


def _end(training):
    """What ended the training."""
    reason = training.stop_reason
    if reason == "update_tol":
        return f"stop_reason_={reason!r}: all updates were below update_tol={training.estimator.update_tol_:g}"
    return f"stop_reason_={reason!r}"


def _limit_message(training):
    """That the training reached a limit though it was asked to converge, or None; as scikit-learn says it."""
    estimator, reason = training.estimator, training.stop_reason
    if reason not in ("max_iter", "max_fun") or estimator.tol is None:
        return None
    kind, limit = (
        "Stochastic" if training.has_rate else "L-BFGS",
        "iterations" if reason == "max_iter" else "evaluations",
    )
    return (
        f"{kind} Optimizer: Maximum {limit} ({getattr(estimator, reason)}) reached and the optimization hasn't converged "
        f"yet: raise {reason} or tol={float(estimator.tol):g}, or do not ask for convergence, with tol=None."
    )
