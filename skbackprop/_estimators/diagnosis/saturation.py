"""Saturation as a cause: units whose outputs the training has brought to where they hardly learn."""

from ..._network.units import ACTIVATIONS, OUTPUT_UNITS
from .architecture import has_few_units
from .class_imbalance import has_many_classes
from .initial_weights import began_flat, began_too_flat


def became_flat(training):
    return training.has_rate and _flat_units(training) is not None


def _flat_units(training):
    """Which units are mostly at an end where they hardly learn, "hidden" or "output" ones; None if neither are."""
    flat = ACTIVATIONS[training.units.activation].flat
    hidden, outputs = training.flat_shares
    if flat is not None and hidden > flat.many and (not began_flat(training) or began_too_flat(training)):
        return "hidden"
    return "output" if outputs > 0.5 and not _learned_most_of_many(training) else None


def less_saturated(training):
    """Outputs are at the wrong end at no large rate, too, where squared errors vanish there."""
    is_of_squares = training.training_set.loss.weighs_outputs_alike and training.first_rate <= training.auto_rate
    if _flat_units(training) == "output" and is_of_squares:
        return "take loss='log_loss', whose errors do not vanish at the wrong end"
    if _flat_units(training) == "hidden" and has_few_units(training) and training.first_rate <= training.auto_rate:
        return "take more hidden units: few can only tell instances apart by such outputs"
    automatic = "take learning_rate_init='auto', or " if training.first_rate > training.auto_rate else ""
    return f"{automatic}try a smaller learning_rate_init, such as {_smaller_rate(training):.1g}"


def _learned_most_of_many(training):
    """Whether only some of many classes are missed, at no large rate: outputs near 0 are mostly right, and smaller rates do
    worse."""
    is_of_some = training.sight in ("missed_class", "missed_classes") and has_many_classes(training)
    return is_of_some and training.first_rate <= training.auto_rate


def _smaller_rate(training):
    """Not so small that it would be blamed in its turn."""
    return min(training.first_rate / 4, training.auto_rate)


def words_of_end(training):
    hidden, outputs = training.flat_shares
    kind, share, flat = "hidden", hidden, ACTIVATIONS[training.units.activation].flat
    if _flat_units(training) == "output":
        kind, share, flat = "output", outputs, OUTPUT_UNITS[training.units.output_unit].flat
    return f"{share:.0%} of the outputs of its {kind} units are {flat.words}"
