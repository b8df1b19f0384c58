"""What the tools that look into a network share: the check that there is one, its instances, and the names of its units."""

import itertools
import math
from collections.abc import Iterable

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._estimators import labels
from .._estimators.base import Data, Given, check_type
from .._estimators.fitted import snapshot, with_parameters
from .._estimators.parameters import is_int, kind_of
from .._network import engines
from .._network.parameters import Layers, Parameters, select
from .._network.updates import rule_after
from .._training.loop import begin_memory
from .._training.table import count


def check_network(estimator, argument="estimator"):
    """Raise a TypeError for what is none of our estimators, and a NotFittedError for one that has no weights."""
    check_type(estimator, argument)
    check_is_fitted(estimator)


def exact_copy(estimator):
    """The same network in float64, whose parameters and attributes may be set without changing the original."""
    network = snapshot(estimator)
    network.coefs_ = [weights.astype(np.float64) for weights in estimator.coefs_]
    network.intercepts_ = [biases.astype(np.float64) for biases in estimator.intercepts_]
    return with_parameters(network, early_stopping=False, augment=None)


def make_instances(network, X, y, sample_weight):
    """The training set of these instances, each with a row of targets of its own."""
    training_set = network._check_data(X, y, Given(sample_weight)).training_set
    inputs = engines.rows_of(training_set.inputs, 0, training_set.inputs.shape[0])
    return select(training_set._replace(inputs=inputs), slice(None))


def layer_outputs(network, inputs):
    """The outputs of every layer but the inputs, as `activations` gives them, of inputs that are checked already.

    Parameters
    ----------
    network : BackpropClassifier or BackpropRegressor
    inputs : ndarray of shape (n_instances, n_features)

    Returns
    -------
    outputs : list of ndarray of shape (n_instances, n_units)
    """
    inputs = inputs.astype(network.coefs_[0].dtype, copy=False)
    with np.errstate(all="ignore"):
        return engines.forward(Layers(network.coefs_, network.intercepts_), inputs, network._units())


def unit_numbers(sizes):
    """The numbers of the units of each layer, as the book counts them: the inputs first, and on through the layers."""
    ends = [0, *itertools.accumulate(sizes)]
    return [range(start + 1, end + 1) for start, end in itertools.pairwise(ends)]


def next_update(network, training_set):
    """What `partial_fit` would begin its epoch with.

    Returns
    -------
    plan : Plan
        With the rule of the next updates.
    state : State
        With the memory that the plan's rule has by then.
    """
    state = network._resume()
    network._note_training_set([state.history], training_set)
    plan = plan_of_start(network, training_set)
    begin_memory(state, plan)
    return plan._replace(rule=rule_after(plan.rule, state.history.n_instances / plan.batch_size)), state


def plan_of_start(network, training_set):
    """What a new network of these layers and parameters would be trained by."""
    layer_sizes = Parameters.from_arrays(network.coefs_, network.intercepts_).layer_sizes
    thresholds = network._thresholds(Given(), layer_sizes, training_set)
    return network._plan(Data(training_set, validation=None), thresholds, layer_sizes)


def input_names(estimator, given=None):
    """What the inputs are called: as given, as the features of the training data were, or x1, x2, ..."""
    n_inputs = estimator.coefs_[0].shape[0]
    if given is None:
        given = getattr(estimator, "feature_names_in_", [f"x{number}" for number in range(1, n_inputs + 1)])
    return _check_names("feature_names", given, n_inputs)


def output_names(estimator, given=None):
    """What the output units are called: as given, as the classes that they stand for, or y1, y2, ..."""
    n_outputs = estimator.coefs_[-1].shape[1]
    return _check_names("output_names", _own_output_names(estimator) if given is None else given, n_outputs)


def output_words(estimator):
    """What a 1 of each output unit says; the target of one that has a single class to tell is always 0."""
    word = labels.of(estimator).unit_word if hasattr(estimator, "classes_") else ""
    words, groups = [f"{word}{name}" for name in output_names(estimator)], estimator._groups_ or ()
    for number, start in enumerate(itertools.accumulate(groups[:-1], initial=0) if groups else ()):
        if is_certain(estimator, number):
            words[start] = f"other than {words[start]}"
    return words


def is_certain(estimator, number):
    """Whether a group of output units stands for a single class, whose probability is 1 whatever they put out."""
    kind = getattr(estimator, "_label_kind_", None)
    if kind == "single":
        return len(estimator.classes_) == 1
    return kind == "multioutput" and len(estimator.classes_[number]) == 1


def _own_output_names(estimator):
    if not hasattr(estimator, "classes_"):
        n_outputs = estimator.coefs_[-1].shape[1]
        return ["y"] if n_outputs == 1 else [f"y{number}" for number in range(1, n_outputs + 1)]
    return labels.of(estimator).unit_names()


# Of fewer inputs a square says nothing.
_MIN_SQUARE = 49


def check_image_shape(shape, n_inputs):
    """Rows and columns of the image that so many inputs make, as a tuple; None stays None."""
    if shape is None:
        return None
    if not is_pair(shape) or not all(is_int(each) for each in shape) or math.prod(shape) != n_inputs:
        raise ValueError(
            f"image_shape={shape!r} is not valid: it must be two ints, the rows and columns, whose product is the number "
            f"of inputs, {n_inputs}."
        )
    return tuple(int(each) for each in shape)


def is_pair(values):
    """Whether there are two, in a list, a tuple or an array of one dimension."""
    return isinstance(values, list | tuple | np.ndarray) and getattr(values, "ndim", 1) == 1 and len(values) == 2


def square_of(n_inputs, is_named):
    """Rows and columns of the square that inputs without names make if they are many, or None."""
    side = math.isqrt(n_inputs)
    return (side, side) if n_inputs >= _MIN_SQUARE and side**2 == n_inputs and not is_named else None


def is_one_of(value, words):
    """Whether a value is one of these words, None where it is among them; an array, which == takes apart, is not."""
    return (value is None or isinstance(value, str)) and value in words


def check_counts(least=1, **counts):
    """Raise a ValueError for the first that is no whole number, or too small."""
    for name, value in counts.items():
        if not is_int(value, least):
            raise ValueError(f"{name}={value!r} is not valid: it must be an int >= {least}.")


def check_recording(argument, recording, network):
    """Raise a TypeError or a ValueError for what is no record of this network's training."""
    names = ("epochs_", "coefs_", "intercepts_")
    if not all(hasattr(recording, name) for name in names):
        raise TypeError(f"{argument} is {kind_of(recording)}, but must be a Recorder, or have {', '.join(names)}.")
    if not 0 < len(recording.epochs_) == len(recording.coefs_) == len(recording.intercepts_):
        raise ValueError(
            f"{argument} holds no epochs: set it on the network, by set_callbacks, before fit, and pass it then."
        )
    shapes = _shapes_of(network.coefs_, network.intercepts_)
    for layers in zip(recording.coefs_, recording.intercepts_, strict=True):
        if (recorded := _shapes_of(*layers)) != shapes:
            raise ValueError(
                f"{argument} holds weights and biases of shapes {recorded}, but those of the network are {shapes}: pass "
                "what was recorded of this network."
            )


def _shapes_of(weights, biases):
    return [np.shape(each) for each in [*weights, *biases]]


def _check_names(argument, names, number):
    is_list = isinstance(names, Iterable) and not isinstance(names, str | bytes)
    if not is_list or (isinstance(names, np.ndarray) and names.ndim != 1):
        raise TypeError(f"{argument}={names!r} is not valid: it must be a list of {count(number, 'name')}.")
    names = [str(name) for name in names]
    if len(names) != number:
        raise ValueError(
            f"{argument} holds {count(len(names), 'name')}, {names!r}, but this network has {number}: pass one for each."
        )
    return names
