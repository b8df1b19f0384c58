"""The warning about a stream: what `partial_fit` has to say of the calls so far, which are asked about now and then."""

import numpy as np

from ..._network.solvers import SOLVERS
from .architecture import is_penalised_by_user, smaller_penalty, words_of_penalty
from .inputs import (
    has_large_inputs,
    has_mixed_inputs,
    has_small_inputs,
    scaler_of,
    words_of_large_inputs,
    words_of_mixed_inputs,
    words_of_small_inputs,
)
from .learning_rate import larger_rate, rate_is_too_large, rate_is_too_small, words_of_rate
from .references import loss_of_constant, one_of_each_class
from .sights import label_of

# After so many epochs the first look is taken, and each of the next ones after so many times as many.
_FIRST_LOOK, _TIMES = 64, 8

# Of the losses of all epochs, an eighth at the beginning is compared with a quarter at the end.
_BEGINNING, _END = 8, 4

# One class comes after the other where in so many calls before hardly any instance was wrong, and then many are, of a call
# of a few at least, with as many as the last number of either class where it has two.
_N_RIGHT, _HARDLY_ANY, _MANY_ERRORS, _A_FEW, _N_OF_NEXT = 2, 0.05, 0.25, 10, 3

# A stream runs off where its loss is so many times what it was, and has not learned where it is above this part of it.
_RUN_OFF, _UNLEARNED = 1000, 0.9


def is_due(n_epochs):
    """Whether to look at a stream after so many epochs, which its calls are."""
    look = _FIRST_LOOK
    while look < n_epochs:
        look *= _TIMES
    return look == n_epochs


def comes_in_an_order(history, training_set):
    """Whether the last call has brought instances of one class, or of one and then of another, and many of them were wrong,
    where there had been hardly any errors. It is asked of each call."""
    errors, codes = history.error_curve, training_set.codes
    if len(errors) <= _N_RIGHT + 1 or errors[-1] < _MANY_ERRORS or codes is None or len(codes) < _A_FEW:
        return False
    before = np.array(errors[1:-1])  # of the first call all are wrong
    was_right = before[-_N_RIGHT:].max() <= _HARDLY_ANY and before.max() < _MANY_ERRORS
    changes = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    is_in_order = len(changes) == 0 or (len(changes) == 1 and _N_OF_NEXT <= changes[0] <= len(codes) - _N_OF_NEXT)
    return bool(was_right and is_in_order and len(training_set.units.groups) == 1)


def message_of_order(training):
    """What to tell of a stream of one class after the other."""
    codes, share = training.training_set.codes, training.history.error_curve[-1]
    return (
        f"{type(training.estimator).__name__}.partial_fit is given one class after the other: {share:.0%} of the last "
        f"call's {len(codes)} instances, which end with class {label_of(training, codes[-1])!s}, were wrong, though there "
        "had been hardly any errors. What comes in an order is forgotten again. To mend it, pass the instances in random "
        "order, or some of each class in every call, from the first one on."
    )


def stream_message(training):
    """What to tell of the calls of `partial_fit` so far; None if nothing looks wrong.

    A single call tells little: its loss is that of the instances before the update, and the next chunk may be of others. So
    the medians of many are compared.

    Parameters
    ----------
    training : Training
        Of the last call.

    Returns
    -------
    message : str or None
    """
    losses = np.asarray(training.history.loss_curve)
    begun, ended = np.median(losses[: len(losses) // _BEGINNING]), np.median(_last(losses))
    name, n_epochs = type(training.estimator).__name__, training.history.n_epochs
    has_run_off = training.units.groups is None and not ended <= _RUN_OFF * begun  # losses of classes have an end
    is_learned = _makes_fewer_errors(training)
    if has_run_off and not is_learned:  # or the targets have become larger
        return (
            f"{name}.partial_fit has run off: after {n_epochs} epochs its loss is {ended:.2g}, where it was {begun:.2g} at "
            f"the beginning. To mend it, begin anew: {_calmer(training)}."
        )
    is_slow = SOLVERS[training.estimator.solver].has_schedule and rate_is_too_small(training)
    is_unlearned = ended > _UNLEARNED * _loss_of_knowing_nothing(training, begun)
    if is_slow and is_unlearned and not is_learned:
        return (
            f"{name}.partial_fit has hardly learned in {n_epochs} epochs; {words_of_rate(training)}. To mend it, "
            f"{larger_rate(training)}."
        )
    for is_met, words, remedy in _HOLD_BACK:
        if is_met(training) and training.loses_to_linear:
            return (
                f"{name}.partial_fit has learned less in {n_epochs} epochs than a linear model of the last call's "
                f"instances alone would; {words(training)}. To mend it, {remedy(training)}."
            )
    return None


def _scaled_anew(training):
    return f"begin anew with scaled inputs ({scaler_of(training)} fitted to the first of them does it)"


# What can hold a stream back though it learns: whether it does, what was seen, and what to do.
_HOLD_BACK = (
    (has_mixed_inputs, words_of_mixed_inputs, _scaled_anew),
    (has_small_inputs, words_of_small_inputs, _scaled_anew),
    (has_large_inputs, words_of_large_inputs, _scaled_anew),
    (is_penalised_by_user, words_of_penalty, smaller_penalty),
    (rate_is_too_small, words_of_rate, larger_rate),
)


def _last(numbers):
    return numbers[-(len(numbers) // _END) :]


def _makes_fewer_errors(training):
    """Whether it makes fewer than who knows nothing, as it may with a loss that noise keeps from falling."""
    errors = _last(np.asarray(training.history.error_curve))
    if training.units.groups is None:  # of a single instance there is no variance to explain
        return bool(np.median(errors) < _UNLEARNED) and training.training_set.inputs.shape[0] > 1
    n_classes = max(2, max(training.units.groups))
    return bool(errors.mean() < _UNLEARNED * (1 - 1 / n_classes))


def _calmer(training):
    """What keeps a stream of numbers from running off."""
    rate = "with a smaller learning_rate_init" if training.has_rate else "with other parameters"
    if rate_is_too_large(training, 1):
        rate = f"with learning_rate_init='auto', which takes {training.auto_rate:.1g}"
    return f"{rate}, or with a first call, or `initialize`, that shows what size the targets are"


def _loss_of_knowing_nothing(training, begun):
    """That of the same outputs for all classes, as no call knows how many instances each has; of numbers that of the
    beginning."""
    training_set = training.training_set
    return begun if training_set.codes is None else loss_of_constant(one_of_each_class(training_set))
