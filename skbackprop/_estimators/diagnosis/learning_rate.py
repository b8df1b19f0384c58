"""The learning rate as a cause: too large, too small, or too large for the weights of the instances."""

from .training import FAR


def rate_is_too_large(training):
    return training.has_rate and training.first_rate > FAR * training.auto_rate


def rate_is_too_small(training):
    return training.has_rate and training.last_rate < training.auto_rate / FAR and not _was_halved(training)


def _was_halved(training):
    return training.plan.is_halving and training.history.progress.rate_factor < 1


def words_of_rate(training):
    rate = training.first_rate if rate_is_too_large(training) else training.last_rate
    return f"its learning rate was {rate:.2g}, where learning_rate_init='auto' takes {training.auto_rate:.2g}"


def larger_rate(training):
    if training.first_rate < training.auto_rate / FAR:
        return "raise learning_rate_init, or leave it at 'auto'"
    return f"take learning_rate='constant': {training.estimator.learning_rate!r} has made the rate small"


def has_large_weights(training):
    is_cut = training.auto_rate < training.auto_rate_without_weights / 2
    is_weighted = training.training_set.weights is not None  # a call before may have been
    return training.has_rate and is_weighted and is_cut and training.first_rate > 2 * training.auto_rate


def words_of_weights(training):
    largest = float(training.training_set.weights.max())
    return f"the largest weight of an instance is {largest:.3g} times the mean, so that its steps go too far"


def rate_for_weights(training):
    return f"lower learning_rate_init, to {training.auto_rate:.1g} or so, or take a larger batch_size"
