"""What a network does that did not learn: `SIGHTS`, in the order in which they are asked for."""

import math

import numpy as np

from ..._network.units import decide
from .architecture import is_penalised_by_user
from .class_imbalance import has_many_classes
from .initial_weights import began_flat
from .inputs import has_mixed_inputs, has_outlying_inputs, has_small_inputs
from .learning_rate import rate_is_too_large, rate_is_too_small
from .missed_classes import known_classes, lost_part
from .references import least_gains
from .training import LEAST_LINEAR_SAMPLE_SIZE, LEAST_PART_OF_SMOOTH, LEAST_PART_OF_SMOOTH_ANYHOW, MANY_EPOCHS

# By chance a linear model of noise gains a part of the loss for each number it has; of the errors, the root of that part
# and half as much again. After many updates a network has gained more, be it by heart, but no more is asked than these
# shares; of so few instances for each number that the model of noise would fit half of them, it need not have made many.
_CHANCE_OF_ERRORS, _LARGEST_CHANCES = 1.5, (5e-2, 0.25)
_UPDATES_BEYOND_CHANCE, _FEW_FOR_EACH = 5000, 2

# Of many classes no more than this part of all instances may be of classes that are never predicted.
_LEAST_PART_OF_MISSED = 0.05

# Units that tell instances apart by no more than this have not begun to learn.
_STILL_UNITS = 0.02

# What ends a training where there is nothing more to be gained by its own rule.
_ENDED_BY_ITSELF = frozenset(["converged", "no_progress", "update_tol"])

# Whoever gains so much of loss or of errors has followed what there is to follow.
_ENOUGH = 0.9


def predicts_one_class(training):
    units = training.units
    if units.groups is None:
        return None
    first = decide(training.sample_layers[-1][:1], units)
    if (decide(training.sample_layers[-1], units) != first).any():
        return None
    if any((decide(outputs, units) != first).any() for outputs, _ in training.all_parts()):
        return None
    what = "one class only" if len(units.groups) == 1 else "the same labels"
    return f"predicts {what} for all its training data, though they hold more"


def is_no_better_than_constant(training):
    if _gains_more(training, least_gains(training.units.groups)):
        return None
    constant = "mean of the targets or another constant" if training.units.groups is None else "class prior"
    return f"is no better on its training data than the {constant}"


def _gains_more(training, least):
    return (training.sample_gains > least).any() or (training.gains > least).any() or training.is_closer_to_most


def _gains_what_chance_does(training):
    """Asked of long trainings that nothing held out has ended."""
    (n_instances, n_inputs), n_epochs = training.training_set.inputs.shape, training.history.n_iter
    is_long = n_epochs >= MANY_EPOCHS and training.stop_reason in ("max_iter", "tol")
    n_updates = n_epochs * math.ceil(n_instances / training.plan.batch_size)
    is_of_few = n_instances <= _FEW_FOR_EACH * (n_inputs + 1)
    if not (is_long and (is_of_few or n_updates >= _UPDATES_BEYOND_CHANCE)):
        return None
    if _gains_more(training, np.array(_LARGEST_CHANCES)):
        return None
    of_loss = (training.rank + 1) / n_instances
    of_errors = of_loss if training.units.groups is None else _CHANCE_OF_ERRORS * math.sqrt(of_loss)
    if _gains_more(training, np.minimum([of_loss, of_errors], _LARGEST_CHANCES)):
        return None
    return "tells no more of its training data than a linear model would tell of noise"


def _is_over(training):
    """Whether a training was not meant to be short, or ended as there was nothing more to be gained."""
    if training.stop_reason == "max_iter":
        return training.history.n_iter >= MANY_EPOCHS
    return training.stop_reason in ("tol", "early_stopping", "cross_validation")


def _misses_a_class(training):
    if training.missed is None:
        return None
    code, n_instances = training.missed
    label = label_of(training, code)
    of_all = "its only instance" if n_instances == 1 else f"any of its {n_instances} instances"
    return f"never predicts class {label!s} for {of_all} in the training data"


def _misses_small_classes(training):
    """Asked where all instances were looked at, of many classes whose targets are lost among those that are to be 0."""
    if not (training.samples_all and training.training_set.codes is not None and has_many_classes(training)):
        return None
    is_known, codes = known_classes(training), training.training_set.codes
    share = np.mean(~is_known[codes])
    if share < _LEAST_PART_OF_MISSED:
        return None
    n_missed = len(np.unique(codes[~is_known[codes]]))
    held = f"{share:.0%} of its training data"
    return f"recognises no instance of {n_missed} of its {max(training.units.groups)} classes, {held}"


def _loses_a_part(training):
    """Asked of trainings that were not meant to be short, where errors count squared."""
    groups = training.units.groups
    is_of_classes = training.training_set.codes is not None and groups is not None and len(groups) == 1
    is_over = _is_over(training) or training.stop_reason in _ENDED_BY_ITSELF
    if not (is_of_classes and training.training_set.loss.weighs_outputs_alike and is_over):
        return None
    lost = lost_part(training)
    if lost is None:
        return None
    code, part = lost
    instances = f"{part:.0%} of the training instances of class {label_of(training, code)!s}"
    return f"is all but certain that {instances} are of another"


def label_of(training, code):
    """The class that the targets of a code stand for."""
    targets = training.training_set.targets[code]
    return training.estimator.classes_[targets.argmax() if len(targets) > 1 else int(targets[0])]


def _loses_to_linear(training):
    """Asked only where something else looks wrong: a network may be asked for few epochs, or hold to a penalty."""
    is_suspect = any(is_met(training) for is_met in _SUSPICIONS)
    return (
        "does worse on its training data than a linear model would" if is_suspect and training.loses_to_linear else None
    )


def _has_blind_units(training):
    """Asked only of units that began where they hardly learn: a network can learn by heart from outputs that say little."""
    if not (began_flat(training) and training.has_blind_units):
        return None
    return "has hidden units that tell less about instances than the inputs themselves"


def _has_still_units(training):
    """Asked only where the inputs are small: their units may tell instances apart by little, and rightly."""
    if len(training.parameters.weights) == 1 or not has_small_inputs(training):
        return None
    if training.unit_spread > _STILL_UNITS or not training.loses_to_smooth(LEAST_PART_OF_SMOOTH):
        return None
    return f"has hidden units whose outputs differ by no more than {training.unit_spread:.1g} between instances"


def _loses_to_smooth(training):
    """Asked of trainings that were not meant to be short, of networks that can do more than a linear model."""
    if not _may_learn_more(training):
        return None
    is_telling = training.training_set.inputs.shape[0] >= LEAST_LINEAR_SAMPLE_SIZE  # of fewer chance would tell
    least = LEAST_PART_OF_SMOOTH if is_penalised_by_user(training) else LEAST_PART_OF_SMOOTH_ANYHOW
    if not (is_telling and training.loses_to_smooth(least)):
        return None
    return "does worse on its training data than a kernel ridge regression would on instances that it has not seen"


def _loses_to_ranks(training):
    """Asked only where a few inputs are far from all others."""
    if not (_may_learn_more(training) and has_outlying_inputs(training)):
        return None
    return (
        "does worse on its training data than a kernel ridge regression of the ranks of its inputs would on instances that "
        "it has not seen"
    )


def _may_learn_more(training):
    """Whether a training that is over has left something, of a network that can do more than a linear model."""
    has_hidden = len(training.parameters.weights) > 1
    return has_hidden and _is_over(training) and not (training.sample_gains > _ENOUGH).any()


# What makes a network suspect though it is better than constant outputs.
_SUSPICIONS = (
    began_flat,
    has_mixed_inputs,
    has_small_inputs,
    rate_is_too_large,
    rate_is_too_small,
    is_penalised_by_user,
    lambda training: training.is_stuck_in_accuracy,
)

SIGHTS = {
    "one_class": predicts_one_class,
    "constant": is_no_better_than_constant,
    "chance": _gains_what_chance_does,
    "missed_class": _misses_a_class,
    "missed_classes": _misses_small_classes,
    "lost_part": _loses_a_part,
    "worse_than_linear": _loses_to_linear,
    "blind_units": _has_blind_units,
    "still_units": _has_still_units,
    "worse_than_smooth": _loses_to_smooth,
    "worse_than_ranks": _loses_to_ranks,
}
