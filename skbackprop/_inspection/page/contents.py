"""What a page knows of a network, as plain values for JSON: the network, its instances, its training, and the formulas."""

import base64
import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from ..._estimators import labels
from ..._estimators.base import Given
from ..._estimators.fitted import with_parameters
from ..._estimators.scoring import name_of_score
from ..._network.automatic.place import Place
from ..._network.automatic.starts import NewNetwork
from ..._network.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES
from ..._network.parameters import Parameters, select
from ..._network.solvers import SOLVERS
from ..._network.units import ACTIVATIONS, OUTPUT_UNITS, decide
from ..._network.updates import Adam, GradientDescent, Rprop
from ..._training.schedules import SCHEDULES
from ..._training.stopping import RULES, words_of
from ..._training.table import count
from ..networks import (
    check_counts,
    check_image_shape,
    check_recording,
    exact_copy,
    input_names,
    next_update,
    output_names,
    output_words,
    plan_of_start,
    square_of,
)

# Numbers of the instances on a page, and of the weights of recorded epochs: about 100 kB and 200 kB in base64.
_INSTANCE_NUMBERS, _RECORDED_NUMBERS = 9_000, 38_000

# As many points as a curve has on a page.
_CURVE_LENGTH = 2_000


class Wishes(NamedTuple):
    """What the user asked of a page; None leaves a choice to us."""

    title: str | None = None
    feature_names: list | None = None
    output_names: list | None = None
    image_shape: tuple | None = None
    max_instances: int | None = None


def collect(network, X, y, recording, wishes):
    """All that a page knows, as plain values for JSON.

    Parameters
    ----------
    network : BackpropClassifier or BackpropRegressor
    X, y : array-like
    recording : Recorder or None
    wishes : Wishes
    """
    copied = _unweighted(exact_copy(network))
    training_set = copied._check_data(X, y, Given(None)).training_set
    instances, rows = _choose_instances(training_set, wishes.max_instances)
    step, state = next_update(copied, select(instances, np.arange(1)))  # whose rate is that of an instance alone
    return {
        "title": _make_title(network) if wishes.title is None else str(wishes.title),
        "network": _describe_network(copied, instances),
        "names": _name_units(network, wishes),
        "labels": _describe_labels(network),
        "scale": _describe_scale(network),
        "imageShape": _image_shape(network, wishes),
        "instances": _describe_instances(instances, rows, training_set.inputs.shape[0]),
        "rule": _describe_rule(step, state, copied),
        "training": _describe_training(copied),
        "start": _describe_start(copied, training_set, instances),
        "snapshots": None if recording is None else _describe_recording(copied, recording),
        "words": describe_formulas(),
    }


def _unweighted(network):
    """The same without class weights: every instance is on the page, even those that no training would present."""
    return with_parameters(network, class_weight=None) if hasattr(network, "class_weight") else network


def encode(array, dtype=np.float64):
    """The numbers of an array as base64, in the order of bytes that browsers have."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(dtype).newbyteorder("<")).tobytes()).decode()


def _make_title(network):
    sizes = [network.coefs_[0].shape[0], *(len(biases) for biases in network.intercepts_)]
    return f"A network of {'-'.join(map(str, sizes))} units"


def _choose_instances(training_set, max_instances):
    """Evenly chosen instances, each with a row of targets, and which they are."""
    if max_instances is not None:
        check_counts(max_instances=max_instances)
    n_instances, n_inputs = training_set.inputs.shape
    if max_instances is None:
        max_instances = max(1, _INSTANCE_NUMBERS // (n_inputs + training_set.targets.shape[1]))
    rows = np.unique(np.linspace(0, n_instances - 1, min(n_instances, max_instances)).astype(int))
    chosen = select(training_set, rows)
    dense = chosen.inputs.toarray() if issparse(chosen.inputs) else chosen.inputs
    targets, inputs = chosen.targets.astype(np.float64), dense.astype(np.float64)
    return chosen._replace(inputs=inputs, targets=targets, weights=None, mean_weight=1.0), rows


def _describe_network(network, instances):
    parameters = Parameters.from_arrays(network.coefs_, network.intercepts_)
    groups = instances.units.groups
    return {
        "sizes": list(parameters.layer_sizes),
        "activation": instances.units.activation,
        "loss": instances.loss.kernel_name,
        "parameter": float(instances.loss.parameter),
        "groups": None if groups is None else list(groups),
        "vector": encode(parameters.vector),
    }


def _name_units(network, wishes):
    """Names of the inputs and of the output units; "given" where they are more than numbers."""
    has_words = hasattr(network, "classes_") or network.n_outputs_ > 1
    outputs = output_names(network, wishes.output_names)
    words = output_words(network) if wishes.output_names is None else outputs
    return {
        "inputs": input_names(network, wishes.feature_names),
        "outputs": words if has_words or wishes.output_names is not None else outputs,
        "areInputsGiven": wishes.feature_names is not None or hasattr(network, "feature_names_in_"),
        "areOutputsGiven": has_words or wishes.output_names is not None,
    }


def _describe_labels(network):
    """Of each label that the network decides on, its name and its classes; None of numbers."""
    if not hasattr(network, "classes_"):
        return None
    kind = labels.of(network)
    if kind.name == "single":
        return [{"name": "class", "classes": [str(each) for each in kind.classes]}]
    if kind.name == "multilabel":
        return [{"name": f"label {name}", "classes": ["no", "yes"]} for name in kind.classes]
    return [
        {"name": f"y{number}", "classes": [str(each) for each in classes]}
        for number, classes in enumerate(kind.classes, start=1)
    ]


def _describe_scale(network):
    """What turns outputs into predictions of numbers; None of labels."""
    if hasattr(network, "classes_"):
        return None
    return {"mean": network.y_mean_.tolist(), "scale": network.y_scale_.tolist()}


def _image_shape(network, wishes):
    """Rows and columns of the image that the inputs make, or None."""
    n_inputs = network.coefs_[0].shape[0]
    is_named = wishes.feature_names is not None or hasattr(network, "feature_names_in_")
    return check_image_shape(wishes.image_shape, n_inputs) or square_of(n_inputs, is_named)


def _describe_instances(instances, rows, n_instances):
    groups = instances.units.groups
    return {
        "rows": rows.tolist(),
        "total": n_instances,
        "inputs": encode(instances.inputs),
        "targets": encode(instances.targets),
        "decisions": None if groups is None else decide(instances.targets, instances.units).tolist(),
    }


def _describe_rule(plan, state, network):
    """The update rule with the rate of the next epoch, here of an instance alone, and its memory."""
    rate = SCHEDULES[plan.schedule].rate(plan.rule.learning_rate, state.history, plan.power_t)
    return {
        "kind": plan.rule.kernel_name,
        "numbers": _numbers_of(plan.rule._replace(learning_rate=rate)),
        "memory": {name: encode(vector) for name, vector in state.memory.vectors.items()},
        "nUpdates": int(state.memory.n_updates),
        "isOfAnother": not SOLVERS[network.solver].learns_in_epochs,
        "solver": network.solver,
    }


def _numbers_of(rule):
    return {name: value if isinstance(value, bool) else float(value) for name, value in rule._asdict().items()}


def _describe_start(network, training_set, instances):
    """How a new network of these layers would begin, and by which rule it would learn the instances of the page."""
    if not SOLVERS[network.solver].learns_in_epochs:
        network = with_parameters(network, solver="sgd", learning_rate_init="auto")
    plan = plan_of_start(network, instances)
    layer_sizes = Parameters.from_arrays(network.coefs_, network.intercepts_).layer_sizes
    is_settled = network.init_range == "auto"
    place = NewNetwork(layer_sizes, training_set, network._square_norm_).place if is_settled else Place(0.0)
    return {
        "bounds": [float(bound) for bound in network.init_range_],
        "centre": None if place.centre is None else encode(place.centre),
        "scale": float(place.scale),
        "rule": {"kind": plan.rule.kernel_name, **_numbers_of(_rule_left(network, plan))},
        "batchSize": int(plan.batch_size),
        "isWhole": network.batch_size == "epoch" or not SOLVERS[network.solver].takes_batches,
        "schedule": None if SCHEDULES[plan.schedule].is_lasting else plan.schedule,
        "shuffle": bool(plan.shuffle),
    }


def _rule_left(network, plan):
    """The rule with what divergence has left of its rate."""
    if not SCHEDULES[plan.schedule].is_lasting:
        return plan.rule
    return plan.rule._replace(learning_rate=plan.rule.learning_rate * network._resume().history.progress.rate_factor)


def _describe_training(network):
    """The curves of the training, with the thresholds of the rules, and what ended it."""
    curves = {
        "loss": network.loss_curve_,
        "error": network.error_curve_,
        "update": network.update_curve_,
        "validationLoss": network.validation_loss_curve_,
        "validationScore": network.validation_scores_,
    }
    return {
        "curves": {name: _curve(curve, network) for name, curve in curves.items() if curve},
        "nEpochs": int(network.n_epochs_),
        "learningRate": _rate_of(network, network.learning_rate_),
        "hiddenLearningRate": _rate_of(network, network.hidden_learning_rate_),
        "thresholds": {"error": float(network.error_tol), "update": float(network.update_tol_)},
        "scoresName": name_of_score(network),
        "stopReason": network.stop_reason_,
        "end": _words_of_end(network),
        "maxIter": int(network.max_iter),
    }


def _rate_of(network, rate):
    """None where there was none, or one of something else."""
    return None if rate is None or not SOLVERS[network.solver].takes_batches else float(rate)


def _words_of_end(network):
    """What ended the training, as a sentence without its full stop."""
    return f"{count(int(network.n_epochs_), 'epoch')}: {words_of(network.stop_reason_)}"


def _curve(values, network):
    """Epochs and values of a curve, evenly thinned if it is long; those that were validated are the last epochs.

    Of a long stream, whose older epochs were not all kept, it is the newest half, of which it is known which they are.
    """
    length = len(network.loss_curve_)
    is_whole = length == network.n_epochs_
    values = np.asarray(values if is_whole else values[-(length // 2) :], dtype=float)
    places = np.unique(np.linspace(0, len(values) - 1, min(len(values), _CURVE_LENGTH)).astype(int))
    epochs = places + 1 + network.n_epochs_ - len(values)
    return {
        "epochs": epochs.tolist(),
        "values": [value if math.isfinite(value) else None for value in values[places].tolist()],
    }


def _describe_recording(network, recording):
    """Of the recorded epochs as many as there is room for, the first and the last among them."""
    check_recording("recording", recording, network)
    n_epochs = len(recording.epochs_)
    n_parameters = sum(each.size for each in [*network.coefs_, *network.intercepts_])
    n_kept = max(2, _RECORDED_NUMBERS // n_parameters)
    places = np.unique(np.linspace(0, n_epochs - 1, min(n_epochs, n_kept)).round().astype(int))
    return {
        "epochs": [int(recording.epochs_[place]) for place in places],
        "vectors": [_encode_snapshot(recording.coefs_[place], recording.intercepts_[place]) for place in places],
    }


def _encode_snapshot(coefs, intercepts):
    return encode(Parameters.from_arrays(list(coefs), list(intercepts)).vector, np.float32)


def describe_formulas():
    """The formulas of all units, losses and rules, as :func:`explain_step` writes them."""
    classification = [make(groups) for make in CLASSIFICATION_LOSSES.values() for groups in [(1,), (2,)]]
    rules = {
        "descent": GradientDescent(0.1),
        "momentum": GradientDescent(0.1, 0.9),
        "nesterov": GradientDescent(0.1, 0.9, True),
        "adam": Adam(0.1),
        "rprop": Rprop(0.1),
    }
    return {
        "activations": {
            name: {"formula": each.formula, "slope": each.slope_formula} for name, each in ACTIVATIONS.items()
        },
        "outputUnits": {name: {"formula": each.formula, "alone": each.alone} for name, each in OUTPUT_UNITS.items()},
        "losses": {
            loss.kernel_name: {
                "outputUnit": loss.output_unit,
                "formula": loss.error_formula,
                "letter": loss.parameter_letter,
            }
            for loss in [*classification, *REGRESSION_LOSSES.values()]
        },
        "rules": {name: [[line.letter, line.formula] for line in rule.lines()] for name, rule in rules.items()},
        "ends": {name: rule.words for name, rule in RULES.items()},
    }
