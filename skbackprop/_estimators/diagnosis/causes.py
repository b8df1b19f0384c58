"""Why a network did not learn, and what to do: `CAUSES`, in the order in which they are asked for."""

from typing import NamedTuple

from .architecture import (
    deep_start,
    has_many_layers,
    has_no_hidden_layers,
    is_held_by_penalty,
    is_linear_beside_smooth,
    is_penalised,
    less_linear,
    smaller_penalty,
    words_of_linear,
    words_of_penalty,
)
from .class_imbalance import has_many_classes, has_rare_class, is_lost_in_batches, words_of_classes, words_of_rare
from .initial_weights import (
    began_flat,
    began_large,
    began_small,
    began_too_flat,
    larger_start,
    smaller_start,
    start_of_layers,
    words_of_large_start,
    words_of_small_start,
    words_of_start,
)
from .inputs import (
    has_equal_inputs,
    has_inputs_off_centre,
    has_large_inputs,
    has_mixed_inputs,
    has_outlying_inputs,
    has_small_inputs,
    has_weak_inputs,
    scaled_inputs,
    stronger_inputs,
    words_of_inputs_off_centre,
    words_of_large_inputs,
    words_of_mixed_inputs,
    words_of_outlying_inputs,
    words_of_small_inputs,
    words_of_weak_inputs,
)
from .learning_rate import (
    has_large_weights,
    larger_rate,
    rate_for_weights,
    rate_is_rather_large,
    rate_is_rather_small,
    rate_is_too_large,
    rate_is_too_small,
    words_of_rate,
    words_of_weights,
)
from .saturation import became_flat, less_saturated, words_of_end
from .targets import (
    has_outlying_targets,
    has_targets_off_scale,
    standardised_targets,
    words_of_outlying_targets,
    words_of_targets,
)
from .training_length import (
    ended_early,
    had_no_more_to_learn,
    longer_training,
    makes_few_updates,
    may_make_more_updates,
    more_to_learn,
    more_updates,
    words_of_end_of_training,
    words_of_more_updates,
)


class Cause(NamedTuple):
    """Why a network did not learn.

    Attributes
    ----------
    is_met : callable
        Takes a `Training`; returns whether it can be this.
    words : callable
        Takes the same; returns what was seen, as half a sentence that may be empty.
    remedy : callable
        Takes the same; returns what to do, as a clause.
    """

    is_met: object
    words: object
    remedy: object


# What squared errors of classes may be the cause of: a plateau, where the log loss goes on.
_FOR_LOG_LOSS = frozenset(["missed_class", "worse_than_smooth"])


def _anything(training):
    rate = ", or another learning_rate_init" if training.has_rate else ""
    longer = ""
    if training.stop_reason == "max_iter":
        is_short = training.has_rate and may_make_more_updates(training)
        words = f"make more updates ({words_of_more_updates(training)})" if is_short else "train longer (max_iter)"
        longer = f", or {words}"
    units = ", or more hidden units" if training.sight == "worse_than_smooth" else ""
    is_of_squares = training.sight in _FOR_LOG_LOSS and training.training_set.loss.weighs_outputs_alike
    loss = "take loss='log_loss', or " if is_of_squares else ""
    own = training.estimator._own_remedy()
    return f"{loss}try another start (random_state, or the best of n_init){rate}{units}{longer}{own}"


def _smaller_rate(training):
    return "lower learning_rate_init, or leave it at 'auto'"


def _rather_smaller_rate(training):
    """Where the loss still falls at such a rate, a longer training may do as well."""
    longer = "train longer (raise max_iter), or " if training.is_falling else ""
    return f"{longer}{_smaller_rate(training)}"


CAUSES = {
    "equal_inputs": Cause(
        has_equal_inputs,
        lambda training: "its inputs are the same for all instances",
        lambda training: "pass inputs that differ where the targets do",
    ),
    "targets_off_scale": Cause(has_targets_off_scale, words_of_targets, standardised_targets),
    "large_penalty": Cause(is_held_by_penalty, words_of_penalty, smaller_penalty),
    "saturated_by_inputs": Cause(
        lambda training: began_flat(training) and has_large_inputs(training),
        words_of_start,
        scaled_inputs,
    ),
    "saturated_by_weights": Cause(began_too_flat, words_of_start, smaller_start),
    "mixed_inputs": Cause(has_mixed_inputs, words_of_mixed_inputs, scaled_inputs),
    "small_inputs": Cause(has_small_inputs, words_of_small_inputs, scaled_inputs),
    "weak_inputs": Cause(has_weak_inputs, words_of_weak_inputs, stronger_inputs),
    "large_start": Cause(began_large, words_of_large_start, start_of_layers),
    "large_weights": Cause(has_large_weights, words_of_weights, rate_for_weights),
    "rate_too_large": Cause(rate_is_too_large, words_of_rate, _smaller_rate),
    "rate_too_small": Cause(rate_is_too_small, words_of_rate, larger_rate),
    "vanished_errors": Cause(
        lambda training: training.sight == "lost_part",
        lambda training: "at the wrong end squared errors vanish",
        lambda training: "take loss='log_loss', whose errors do not vanish there",
    ),
    "rare_class": Cause(
        has_rare_class,
        words_of_rare,
        lambda training: (
            "give that class more weight, as class_weight='balanced' does, if it is worth errors in the other classes"
        ),
    ),
    "outlying_inputs": Cause(
        has_outlying_inputs,
        words_of_outlying_inputs,
        lambda training: "pass inputs of which none is far from the others (QuantileTransformer makes them so)",
    ),
    "saturated_by_large_inputs": Cause(
        lambda training: became_flat(training) and has_large_inputs(training),
        words_of_end,
        scaled_inputs,
    ),
    "saturated_by_training": Cause(
        became_flat,
        words_of_end,
        less_saturated,
    ),
    "large_inputs": Cause(has_large_inputs, words_of_large_inputs, scaled_inputs),
    "outlying_targets": Cause(
        has_outlying_targets,
        words_of_outlying_targets,
        lambda training: "take loss='huber', which they do not decide, or transform the targets",
    ),
    "penalty": Cause(
        is_penalised,
        words_of_penalty,
        smaller_penalty,
    ),
    "linear": Cause(is_linear_beside_smooth, words_of_linear, less_linear),
    "cross_validation": Cause(
        had_no_more_to_learn,
        lambda training: "more epochs made it no better on the instances held out",
        more_to_learn,
    ),
    "lost_in_batches": Cause(
        is_lost_in_batches,
        words_of_rare,
        lambda training: "take loss='log_loss', or give that class more weight, as class_weight='balanced' does",
    ),
    "many_classes": Cause(
        has_many_classes, words_of_classes, lambda training: "take loss='log_loss', which looks at the one above all"
    ),
    "rate_rather_large": Cause(rate_is_rather_large, words_of_rate, _rather_smaller_rate),
    "rate_rather_small": Cause(rate_is_rather_small, words_of_rate, larger_rate),
    "inputs_off_centre": Cause(has_inputs_off_centre, words_of_inputs_off_centre, scaled_inputs),
    "few_updates": Cause(makes_few_updates, lambda training: "", more_updates),
    "small_start": Cause(began_small, words_of_small_start, larger_start),
    "many_layers": Cause(has_many_layers, lambda training: "", deep_start),
    "no_hidden_layers": Cause(
        lambda training: has_no_hidden_layers(training) and not training.is_falling,
        words_of_linear,
        lambda training: f"{less_linear(training)}, if what it is to learn bends",
    ),
    "ended_early": Cause(ended_early, words_of_end_of_training, longer_training),
    "unknown": Cause(lambda training: True, lambda training: "", _anything),
}
