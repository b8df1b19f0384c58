"""The rules that end a training, in the order in which they are asked after every epoch.

To add a rule, write its function here and give it an entry in `RULES`, at the place in which it is to be asked:
`stop_reason_` then says its key, which belongs into the docstrings of both estimators, and a display of the training its
words. A number that the user may choose is a parameter of the estimators, and is handed on in `Thresholds`.
"""

import math
from typing import NamedTuple


class Thresholds(NamedTuple):
    """When to stop.

    Attributes
    ----------
    max_iter : int
        Epochs of this call.
    update_tol, error_tol : float
        Zero switches the rule off, for no update and no rate is below zero.
    update_tol_per_rate : float
        What `update_tol` is no larger than, for each unit of the learning rate.
    tol : float or None
        By how much a loss or a validation score must improve. None switches the rule off for losses, and counts any
        improvement of scores.
    n_iter_no_change : float
        Epochs without improvement that are let pass.
    max_time : float
        Seconds.
    is_validating : bool
        Whether the validation score, not the loss, is to improve.
    is_loss_enough : bool
        Whether it counts too that the validation loss improves. A share of right labels may stand still meanwhile.
    is_adaptive : bool
        Whether the learning rate is cut before the rule on improvement ends the training.
    loss_to_begin : float
        What the loss must be below before epochs without improvement count: on a plateau nothing has been learned yet.
    """

    max_iter: int
    update_tol: float = 0.0
    error_tol: float = 0.0
    update_tol_per_rate: float = math.inf
    tol: float | None = None
    n_iter_no_change: float = math.inf
    max_time: float = math.inf
    is_validating: bool = False
    is_loss_enough: bool = False
    is_adaptive: bool = False
    loss_to_begin: float = math.inf

    def largest_update(self, history):
        """What all updates of the last epoch must be below; they are not small where swings have made its rate so."""
        return min(self.update_tol * history.calm_factor, self.update_tol_per_rate * history.learning_rate)

    @property
    def is_watching(self):
        """Whether improvement counts at all."""
        return self.tol is not None or self.is_validating or self.is_adaptive


def _updates_are_small(history, thresholds):
    """No weight or bias was changed by as much as `update_tol` by any single update of the epoch."""
    return history.update_curve[-1] < thresholds.largest_update(history)


def _error_is_small(history, thresholds):
    """The epoch's error rate, counted on each output when its instance was presented, is below `error_tol`."""
    return history.error_curve[-1] < thresholds.error_tol


def _is_not_improving(history, thresholds):
    """Neither loss nor validation score improved by `tol` in more than `n_iter_no_change` epochs in a row."""
    return history.progress.n_no_improvement > thresholds.n_iter_no_change


def _epochs_without_improvement(history, thresholds):
    """How many there are, and how many end the training."""
    return history.progress.n_no_improvement, thresholds.n_iter_no_change + 1


def _time_is_over(history, thresholds):
    """The training has taken `max_time` seconds."""
    return history.seconds() >= thresholds.max_time


def _epochs_are_over(history, thresholds):
    """The set number of epochs was presented in this call."""
    return history.n_iter >= thresholds.max_iter


class StoppingRule(NamedTuple):
    """A rule that ends a training.

    Attributes
    ----------
    is_met : callable
        Takes the history, after an epoch, and the thresholds.
    is_asked : callable
        Takes the thresholds; returns whether the user asked for the rule.
    words : str
        What happened if the rule was met.
    curve : {'error', 'loss', 'update', 'validation_score'}
        The curve that shows it best.
    measure : callable or None
        Takes what `is_met` takes; returns a number and the threshold that it is compared with.
    """

    is_met: object
    is_asked: object
    words: str
    curve: str = "loss"
    measure: object = None


RULES = {
    "update_tol": StoppingRule(
        _updates_are_small,
        lambda thresholds: thresholds.update_tol > 0,
        "all updates were below update_tol",
        curve="update",
        measure=lambda history, thresholds: (history.update_curve[-1], thresholds.largest_update(history)),
    ),
    "error_tol": StoppingRule(
        _error_is_small,
        lambda thresholds: thresholds.error_tol > 0,
        "the error rate fell below error_tol",
        curve="error",
        measure=lambda history, thresholds: (history.error_curve[-1], thresholds.error_tol),
    ),
    "tol": StoppingRule(
        _is_not_improving,
        lambda thresholds: thresholds.is_watching and not thresholds.is_validating,
        "the loss did not improve by tol",
        measure=_epochs_without_improvement,
    ),
    "early_stopping": StoppingRule(
        _is_not_improving,
        lambda thresholds: thresholds.is_validating,
        "the validation score did not improve",
        curve="validation_score",
        measure=_epochs_without_improvement,
    ),
    "max_time": StoppingRule(
        _time_is_over,
        lambda thresholds: thresholds.max_time < math.inf,
        "max_time was over",
        measure=lambda history, thresholds: (history.seconds(), thresholds.max_time),
    ),
    "max_iter": StoppingRule(
        _epochs_are_over,
        lambda thresholds: True,
        "max_iter was reached",
        measure=lambda history, thresholds: (history.n_iter, thresholds.max_iter),
    ),
}

# What ends a training from outside the rules, and what `stop_reason_` says where no training was ended.
OTHER_ENDS = {
    "callback": "a callback ended it",
    "cross_validation": "cross-validation chose so many",
    "converged": "the minimiser converged",
    "diverged": "the training diverged",
    "interrupted": "Ctrl-C ended it",
    "max_fun": "max_fun was reached",
    "no_progress": "the minimiser's line search found no better point",
}
NO_ENDS = {"initialized": "not trained yet", "partial_fit": "partial_fit makes one epoch a call"}


def words_of(stop_reason):
    """What ended a training, in words."""
    words = {**OTHER_ENDS, **NO_ENDS, **{name: rule.words for name, rule in RULES.items()}}
    return words.get(stop_reason, stop_reason)


def active_rules(thresholds):
    """Names and functions of the rules that these thresholds ask for."""
    return [(name, rule.is_met) for name, rule in RULES.items() if rule.is_asked(thresholds)]


def reason_to_stop(history, thresholds, rules):
    """The name of the first of the active rules that is met, or None."""
    for name, is_met in rules:
        if is_met(history, thresholds):
            return name
    return None


def watch_improvement(history, thresholds):
    """Count another epoch without improvement, or begin to count anew. As scikit-learn counts, where there is a `tol`."""
    value = history.validation_scores[-1] if thresholds.is_validating else -history.loss_curve[-1]
    progress = history.progress
    if progress.is_validated != thresholds.is_validating:
        progress = progress.begun_anew(thresholds.is_validating)
    loss = history.validation_losses[-1] if thresholds.is_loss_enough else math.inf
    is_less = loss < progress.best_loss
    has_begun = history.loss_curve[-1] < thresholds.loss_to_begin or thresholds.loss_to_begin == math.inf
    is_improved = value > progress.best if thresholds.tol is None else value >= progress.best + thresholds.tol
    is_best = value > progress.best or (value == progress.best and loss < progress.loss_of_best)
    history.progress = progress._replace(
        best=value if is_best else progress.best,
        n_no_improvement=0 if is_improved or is_less or not has_begun else progress.n_no_improvement + 1,
        best_loss=loss if is_less else progress.best_loss,
        loss_of_best=(loss if loss < math.inf else math.inf) if is_best else progress.loss_of_best,
    )
    return is_best
