"""The learning rate as a cause: too large, too small, or too large for the weights of the instances."""

from ..._network.solvers import SOLVERS
from .training import FAR

# A rate that differs by so much from the automatic one can be why after so many epochs, where nothing that was seen is
# likelier.
_APART, _MANY_EPOCHS = 3, 100

# Rates of gradient descent that small are often taken from networks that Adam trains.
_LIKE_ADAMS = 0.01


def rate_is_too_large(training, times=FAR):
    return training.has_rate and training.first_rate > times * training.auto_rate


def rate_is_too_small(training, times=FAR):
    return training.has_rate and training.last_rate < training.auto_rate / times and not _was_halved(training)


def rate_is_rather_large(training):
    return _has_been_long(training) and rate_is_too_large(training, _APART)


def rate_is_rather_small(training):
    return _has_been_long(training) and rate_is_too_small(training, _APART)


def _has_been_long(training):
    return training.stop_reason == "max_iter" and training.history.n_epochs >= _MANY_EPOCHS


def _was_halved(training):
    return training.plan.is_halving and training.history.progress.rate_factor < 1


def words_of_rate(training):
    is_large = rate_is_too_large(training) or (rate_is_too_large(training, _APART) and not rate_is_too_small(training))
    rate = training.first_rate if is_large else training.last_rate
    return f"its learning rate was {rate:.2g}, where learning_rate_init='auto' takes {training.auto_rate:.2g}"


def larger_rate(training):
    times = FAR if rate_is_too_small(training) else _APART
    began_small, was_made_small = (
        first > times * then
        for first, then in ((training.auto_rate, training.first_rate), (training.first_rate, training.last_rate))
    )
    schedule, remedies = training.estimator.learning_rate, []
    if was_made_small or not began_small:
        is_large = not began_small and rate_is_too_large(training, _APART)
        first = ", with learning_rate_init='auto'," if is_large else ","
        remedies.append(f"take learning_rate='constant'{first} as {schedule!r} has made the rate small")
    if began_small:
        is_like_adams = training.first_rate <= _LIKE_ADAMS and SOLVERS[training.estimator.solver].has_schedule
        other = ", or take solver='adam', which such rates are for" if is_like_adams else ""
        remedies.append(f"raise learning_rate_init, or leave it at 'auto'{other}")
    return "; and ".join(remedies)


def has_large_weights(training):
    is_cut = training.auto_rate < training.auto_rate_without_weights / 2
    is_weighted = training.training_set.weights is not None  # a call before may have been
    return training.has_rate and is_weighted and is_cut and training.first_rate > 2 * training.auto_rate


def words_of_weights(training):
    largest = float(training.training_set.weights.max())
    return f"the largest weight of an instance is {largest:.3g} times the mean, so that its steps go too far"


def rate_for_weights(training):
    return f"lower learning_rate_init, to {training.auto_rate:.1g} or so, or take a larger batch_size"
