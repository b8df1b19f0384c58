"""The length of the training as a cause: it ended early, made few updates, or was as long as could help."""

import math

from ..._network.solvers import SOLVERS
from .architecture import has_few_units
from .inputs import has_inputs_off_centre
from .sights import SIGHTS, is_no_better_than_constant, predicts_one_class

# On a plateau the loss falls by less than such a part of itself in an epoch.
_SMALL_PART = 1e-2

# Of so few inputs a start of half the second number or less leaves units almost linear; curves and shapes want bent ones.
_FEW_INPUTS, _LARGE_START = 2, 3.0

# Who has waited for so many epochs in vain need not wait for more.
_PATIENT = 10

# After so many updates others do not help where these have not.
_MANY_UPDATES = 10_000


def had_no_more_to_learn(training):
    """Whether cross-validation has chosen fewer epochs than it has seen; or, of a class that is missed, validation has."""
    if training.stop_reason == "early_stopping":
        is_patient = training.plan.thresholds.n_iter_no_change >= _PATIENT
        return training.missed is not None and is_patient and not training.is_stuck_in_accuracy
    if training.stop_reason != "cross_validation" or training.sight == "worse_than_smooth":
        return False
    is_of_plateau = SIGHTS[training.sight] in (predicts_one_class, is_no_better_than_constant)
    if is_of_plateau and has_inputs_off_centre(training):  # where all candidates look alike
        return False
    estimator = training.estimator
    return estimator.best_n_epochs_ < estimator.cv_curves_[estimator.best_index_]["n_epochs"][-1]


def more_to_learn(training):
    if training.stop_reason == "early_stopping":
        return "pass more instances, or inputs that tell more of the targets"
    return "pass inputs that tell more of the targets, more instances, or folds (cv) that are more alike"


def ended_early(training):
    if training.stop_reason in ("max_iter", "max_fun"):
        return training.is_falling
    return training.stop_reason in _END_REMEDIES


def words_of_end_of_training(training):
    if training.is_stuck_in_accuracy:
        return "the accuracy of the validation data stood still while their loss fell"
    return "the loss was still falling" if training.is_falling else ""


def longer_training(training):
    if training.is_stuck_in_accuracy:
        return "let the loss decide when to end, with scoring='loss', or raise n_iter_no_change"
    return _END_REMEDIES[training.stop_reason](training)


def _longer_without_improvement(training):
    tol, loss = training.estimator.tol, training.history.loss_curve[-1]
    is_large = tol is not None and tol > _SMALL_PART * loss
    lower, off = ("lower tol or ", "") if is_large else ("", ", or set tol=None" if tol is not None else "")
    return f"{lower}raise n_iter_no_change{off}"


def _longer_with_validation(training):
    # Of few instances held back, chance decides what is best, however long a training is.
    is_own = training.estimator.early_stopping
    return "raise n_iter_no_change" + (", or train without early_stopping" if is_own else "")


_END_REMEDIES = {
    "callback": lambda training: "let the callback train longer",
    "early_stopping": _longer_with_validation,
    "error_tol": lambda training: "lower error_tol; 0 switches the rule off",
    "max_fun": lambda training: "raise max_fun",
    "max_iter": lambda training: "train longer: raise max_iter",
    "max_time": lambda training: "train longer: raise max_time",
    "tol": _longer_without_improvement,
    "update_tol": lambda training: "lower update_tol; 0 switches the rule off",
}


def makes_few_updates(training):
    return (
        training.sight == "worse_than_smooth" and training.stop_reason == "max_iter" and may_make_more_updates(training)
    )


def may_make_more_updates(training):
    """Whether smaller batches would, and there are few."""
    n_updates = training.history.n_iter * math.ceil(training.training_set.inputs.shape[0] / training.plan.batch_size)
    takes_batches = SOLVERS[training.estimator.solver].takes_batches and training.plan.batch_size > 1
    return takes_batches and n_updates < _MANY_UPDATES


def more_updates(training):
    n_inputs, *_ = training.parameters.layer_sizes
    units = ", or take more hidden units" if has_few_units(training) else ""
    is_almost_linear = n_inputs <= _FEW_INPUTS and training.estimator.init_range_[0] < _LARGE_START / 2
    start = f", or begin with larger weights (init_range={_LARGE_START})" if is_almost_linear else ""
    is_of_classes = training.units.groups is not None and training.training_set.loss.weighs_outputs_alike
    loss = "take loss='log_loss', or " if is_of_classes else ""
    return f"{loss}make more updates ({words_of_more_updates(training)}){units}{start}"


def words_of_more_updates(training):
    batch_size = training.plan.batch_size
    return f"lower batch_size, from {batch_size} to {max(1, batch_size // 8)}, say, or raise max_iter"
