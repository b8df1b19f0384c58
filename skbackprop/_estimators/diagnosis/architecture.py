"""The network itself as a cause: what its layers and units can do, and the penalty that holds its weights."""

from ..._network.units import ACTIVATIONS
from .training import FAR, LEAST_LINEAR_SAMPLE_SIZE, LEAST_PART_OF_SMOOTH_ANYHOW, MANY_EPOCHS

# No more units than this may be too few.
_FEW_UNITS = 10


def has_no_hidden_layers(training):
    return len(training.parameters.weights) == 1


def is_linear_beside_smooth(training):
    is_linear = has_no_hidden_layers(training) or ACTIVATIONS[training.units.activation].is_linear
    is_telling = training.training_set.inputs.shape[0] >= LEAST_LINEAR_SAMPLE_SIZE
    return is_linear and is_telling and training.loses_to_smooth(LEAST_PART_OF_SMOOTH_ANYHOW)


def words_of_linear(training):
    what = "a network without hidden layers is" if has_no_hidden_layers(training) else "layers of identity units make"
    return f"{what} a linear model"


def less_linear(training):
    if has_no_hidden_layers(training):
        return "give it hidden units, such as hidden_layer_sizes=(100,)"
    return "take another activation, such as 'logistic'"


def has_few_units(training):
    return min(map(len, training.parameters.biases[:-1])) <= _FEW_UNITS


def has_many_layers(training):
    start = ACTIVATIONS[training.units.activation].deep_start
    given = training.estimator.init_range
    has_it = given == start or (given == "auto" and start == "glorot")  # which "auto" takes
    return len(training.parameters.weights) > 2 and start is not None and not has_it and not training.is_falling


def deep_start(training):
    start = ACTIVATIONS[training.units.activation].deep_start
    return f"begin with other weights: several layers of such units learn better from init_range={start!r}"


def is_penalised(training):
    alpha, is_found = training.plan.rule.alpha, training.estimator.alpha == "auto"
    if is_found and training.history.n_iter < MANY_EPOCHS:
        return False
    return alpha * FAR > curvature_as_penalty(training) and not _is_chosen(training.estimator, "alpha")


def is_penalised_by_user(training):
    return training.estimator.alpha != "auto" and is_penalised(training)


def is_held_by_penalty(training):
    """Where it pulls at a weight as much as the loss does, it is likelier than all else that looks wrong."""
    return is_penalised_by_user(training) and training.plan.rule.alpha >= curvature_as_penalty(training)


def words_of_penalty(training):
    found = ", which alpha='auto' has found," if training.estimator.alpha == "auto" else ""
    return f"the penalty of alpha={training.plan.rule.alpha:g}{found} holds its weights near zero"


def smaller_penalty(training):
    if training.estimator.alpha == "auto":
        return "set alpha=0"
    return f"lower alpha, to {curvature_as_penalty(training) / FAR**2:.1g}, say"


def curvature_as_penalty(training):
    """The alpha whose curvature, alpha / batch, is that of the loss along a weight: about 1/64 for sigmoid units."""
    return training.plan.batch_size * training.training_set.mean_weight / 64


def _is_chosen(estimator, name):
    """Whether cross-validation has preferred the value of a parameter to others."""
    candidates = getattr(estimator, "cv_results_", {}).get("params", [])
    return len({each.get(name) for each in candidates}) > 1
