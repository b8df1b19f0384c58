"""What the tools that look into a network share: the check that there is one, its instances, and the names of its units."""

import math
from collections.abc import Iterable, Sequence
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._estimators import labels
from .._estimators.base import BaseBackprop, Data, Given
from .._estimators.fitted import snapshot
from .._estimators.parameters import kind_of
from .._network import engines
from .._network.parameters import Layers, select
from .._training.loop import begin_memory
from .._training.table import count


def check_type(estimator, argument="estimator"):
    """Raise a TypeError, which names the argument, for what is none of our estimators."""
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            f"{argument} is {kind_of(estimator)}, but must be a BackpropClassifier or a BackpropRegressor: of a "
            "pipeline pass the last step, along with inputs that the steps before it have transformed."
        )


def check_network(estimator, argument="estimator"):
    """Raise a TypeError for what is none of our estimators, and a NotFittedError for one that has no weights."""
    check_type(estimator, argument)
    check_is_fitted(estimator)


def exact_copy(estimator):
    """The same network in float64, whose parameters and attributes may be set without changing the original."""
    network = snapshot(estimator)
    network.coefs_ = [weights.astype(np.float64) for weights in estimator.coefs_]
    network.intercepts_ = [biases.astype(np.float64) for biases in estimator.intercepts_]
    return network.set_params(early_stopping=False, augment=None)


def make_instances(network, X, y, sample_weight=None):
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


def next_update(network, training_set):
    """What `partial_fit` would begin its epoch with.

    Returns
    -------
    plan : Plan
    state : State
        With the memory that the plan's rule has by then.
    """
    state = network._resume()
    layer_sizes = state.parameters.layer_sizes
    plan = network._plan(Data(training_set, validation=None), network._thresholds(Given(), layer_sizes), layer_sizes)
    begin_memory(state, plan)
    return plan, state


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
    """What the output units are called in a sentence."""
    word = labels.of(estimator).unit_word if hasattr(estimator, "classes_") else ""
    return [f"{word}{name}" for name in output_names(estimator)]


def _own_output_names(estimator):
    if not hasattr(estimator, "classes_"):
        n_outputs = estimator.coefs_[-1].shape[1]
        return ["y"] if n_outputs == 1 else [f"y{number}" for number in range(1, n_outputs + 1)]
    return labels.of(estimator).unit_names()


def _check_names(argument, names, number):
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"{argument}={names!r} is not valid: it must be a list of {count(number, 'name')}.")
    names = [str(name) for name in names]
    if len(names) != number:
        raise ValueError(
            f"{argument} holds {count(len(names), 'name')}, {names!r}, but this network has {number}: pass one for each."
        )
    return names


def check_image_shape(shape, n_inputs):
    """Raise a ValueError unless these are the rows and columns of an image of so many pixels; return them as ints."""
    is_pair = isinstance(shape, Sequence | np.ndarray) and len(shape) == 2
    if not (
        is_pair and all(isinstance(size, Integral) and size > 0 for size in shape) and math.prod(shape) == n_inputs
    ):
        raise ValueError(
            f"image_shape={shape!r} is not valid: it must be two ints, the rows and columns of {count(n_inputs, 'input')}."
        )
    return tuple(map(int, shape))
