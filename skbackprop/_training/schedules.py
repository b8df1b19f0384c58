"""The learning rate of each epoch.

To add a schedule, write its function here and give it an entry in `SCHEDULES`: the estimators then accept its name, and
`explain_step` writes its formula out. The name belongs into the docstrings of both estimators.
"""

import math
from typing import NamedTuple

from .stopping import watch_improvement

# An automatic rate is halved after so many epochs, and so large a part of all, none of which had a smaller loss than all
# before; down to such a part of it. But not on a plateau, which takes all of the rate.
_N_RESTLESS, _PART_RESTLESS, _CALMEST = 20, 1 / 4, 1 / 16

# Below this rate, as in scikit-learn, an adaptive one is not cut any more: the rule on improvement then ends the training.
SMALLEST_ADAPTIVE_RATE = 1e-6


def _constant(first_rate, history, power_t):
    """The first rate, times what divergence, lack of improvement or swings of the loss have left of it."""
    progress = history.progress
    return first_rate * progress.rate_factor * progress.calm_factor


def _invscaling(first_rate, history, power_t):
    """l / (t + 1)^power_t, with t the instances presented so far, as in scikit-learn."""
    try:
        divisor = (history.n_instances + 1) ** power_t
    except OverflowError:
        divisor = math.inf
    return _constant(first_rate, history, power_t) / divisor


def _inverse_epoch(first_rate, history, power_t):
    """l / t in epoch t: the book's rule of thumb, 1 / t, times the first rate."""
    return _constant(first_rate, history, power_t) / (history.n_epochs + 1)


class Schedule(NamedTuple):
    """How the learning rate goes on from the first one.

    Attributes
    ----------
    rate : callable
        Takes the first rate, the history and the exponent; returns the rate of the next epoch.
    formula : str
        The same, of what `numbers_of` tells.
    is_adaptive : bool
        Whether the rate is cut where the training would end for lack of improvement.
    is_calming : bool
        Whether `calm_rate` is asked where the rate is automatic.
    is_lasting : bool
        Whether the rate stays the first one, but for what divergence, lack of improvement or swings have left of it.
    """

    rate: object
    formula: str
    is_adaptive: bool = False
    is_calming: bool = False
    is_lasting: bool = False


SCHEDULES = {
    "adaptive": Schedule(_constant, "{l}", is_adaptive=True, is_lasting=True),  # the factor is what adapts
    "auto": Schedule(_constant, "{l}", is_calming=True, is_lasting=True),
    "constant": Schedule(_constant, "{l}", is_lasting=True),
    "inverse_epoch": Schedule(_inverse_epoch, "{l}/{t}"),
    "invscaling": Schedule(_invscaling, "{l}/({n} + 1)^{p}"),
}


def numbers_of(first_rate, history, power_t):
    """The numbers that the formula of a schedule holds, by their letters, for the next epoch.

    They are l, what is left of the first rate; t, the number of the epoch; n, the instances presented before it; and p, the
    exponent.
    """
    rate = _constant(first_rate, history, power_t)
    return {"l": rate, "t": history.n_epochs + 1, "n": history.n_instances, "p": power_t}


def judge(rule, history, plan):
    """Whether the last epoch is the best so far, which is written down with what follows of it; False where nobody asks."""
    thresholds = plan.thresholds
    is_best = thresholds.is_watching and watch_improvement(history, thresholds)
    if thresholds.is_adaptive:
        _adapt_rate(rule, history, thresholds)
    if plan.loss_off_plateau is not None:
        calm_rate(history, plan.loss_off_plateau)
    return is_best


def _adapt_rate(rule, history, thresholds):
    """Divide the rate by 5 where the training would end for lack of improvement, and give it as many epochs again."""
    progress = history.progress
    if progress.n_no_improvement > thresholds.n_iter_no_change and rule.learning_rate > SMALLEST_ADAPTIVE_RATE:
        history.progress = progress._replace(n_no_improvement=0, rate_factor=progress.rate_factor / 5)


def calm_rate(history, loss_off_plateau):
    """Halve the rate where the loss swings, and no longer falls: what chance puts into a batch moves the outputs then.

    Parameters
    ----------
    history : History
        After an epoch.
    loss_off_plateau : callable
        Returns the loss below which there is no plateau.
    """
    progress, loss = history.progress, history.loss_curve[-1]
    if not progress.has_begun_well:
        return
    if loss < progress.smallest_loss:
        history.progress = progress.after_epoch(loss, 0, progress.calm_factor)
        return
    n_restless, calm_factor = progress.n_restless + 1, progress.calm_factor
    n_epochs = history.n_epochs - progress.n_epochs_before
    if n_restless > max(_N_RESTLESS, _PART_RESTLESS * n_epochs) and calm_factor > _CALMEST:
        n_restless = 0
        if progress.smallest_loss < loss_off_plateau():
            calm_factor /= 2
    history.progress = progress.after_epoch(progress.smallest_loss, n_restless, calm_factor)
