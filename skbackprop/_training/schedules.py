"""The learning rate of each epoch.

A schedule is a function of the first rate, the history and the exponent. To add one, write it here and name it in
`SCHEDULES`.
"""

# Below this rate, as in scikit-learn, an adaptive one is not cut any more: the rule on improvement then ends the training.
SMALLEST_ADAPTIVE_RATE = 1e-6


def _constant(first_rate, history, power_t):
    """The first rate, times what divergence or lack of improvement has left of it."""
    return first_rate * history.progress.rate_factor


def _invscaling(first_rate, history, power_t):
    """l / (t + 1)^power_t, with t the instances presented so far, as in scikit-learn."""
    return first_rate * history.progress.rate_factor / (history.n_instances + 1) ** power_t


def _inverse_epoch(first_rate, history, power_t):
    """l / t in epoch t: the book's rule of thumb, 1 / t, times the first rate."""
    return first_rate * history.progress.rate_factor / (history.n_epochs + 1)


SCHEDULES = {
    "adaptive": _constant,  # the factor is what adapts
    "constant": _constant,
    "inverse_epoch": _inverse_epoch,
    "invscaling": _invscaling,
}


def adapt_rate(rule, history, thresholds):
    """Divide the rate by 5 where the training would end for lack of improvement, and give it as many epochs again."""
    progress = history.progress
    if progress.n_no_improvement > thresholds.n_iter_no_change and rule.learning_rate > SMALLEST_ADAPTIVE_RATE:
        history.progress = progress._replace(n_no_improvement=0, rate_factor=progress.rate_factor / 5)
