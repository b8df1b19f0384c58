"""The data that a training is validated by: given, or held back from the training data."""

import copy
import inspect
import math

import numpy as np
from sklearn.metrics import check_scoring, r2_score
from sklearn.model_selection import train_test_split

from . import _backprop, _engine
from ._losses import LOSSES_WITHOUT_R2
from ._network import select


def hold_back(estimator, labels, n_instances):
    """Numbers of the instances to train with and of those to validate with.

    Parameters
    ----------
    estimator : BaseBackprop
    labels : ndarray of shape (n_instances,) or None
        In the shares of which both parts are to have their instances.
    n_instances : int

    Raises
    ------
    ValueError
        If the instances cannot be split so.
    """
    fraction = estimator.validation_fraction
    n_classes = 0 if labels is None else len(np.unique(labels))
    # As train_test_split counts, but never fewer than it can have shares of.
    n_held_back = max(math.ceil(fraction * n_instances), 2, n_classes)
    if n_instances <= max(2, n_classes):
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset: "
            f"n_samples = {n_instances}"
        )
    if n_held_back >= n_instances:
        raise ValueError(f"validation_fraction={fraction!r} of {n_instances} instances leaves none to train with.")
    try:
        return train_test_split(
            np.arange(n_instances), test_size=n_held_back, random_state=estimator.random_state, stratify=labels
        )
    except ValueError as error:
        raise ValueError(
            f"validation_fraction={fraction!r} cannot split {n_instances} training instances: {error}"
        ) from error


def validates_loss(estimator):
    """Whether the negative loss is the score, because the user says so or because R² would not do."""
    if estimator.scoring is None:
        return estimator.loss in LOSSES_WITHOUT_R2
    return isinstance(estimator.scoring, str) and estimator.scoring == "loss"


def _scorer(estimator):
    """The scorer that the user asks for."""
    try:
        return check_scoring(estimator, scoring=estimator.scoring)
    except ValueError as error:
        raise ValueError(f"scoring={estimator.scoring!r} is not valid: {error}") from error


def _takes_weights(scoring):
    """Whether a scorer can be told of sample weights; scikit-learn's all can, a user's need not."""
    if isinstance(scoring, str):
        return True
    parameters = inspect.signature(scoring).parameters
    return "sample_weight" in parameters or any(each.kind == each.VAR_KEYWORD for each in parameters.values())


class Validation:
    """Scores a network after each epoch.

    Parameters
    ----------
    estimator : BaseBackprop
        With its scoring, and what predictions need but the parameters.
    validation_set : TrainingSet
        The instances, with targets as the output units have them.
    y : ndarray
        The targets as the user has them.
    sample_weight : ndarray or None
    """

    def __init__(self, estimator, validation_set, y, sample_weight):
        self._set = select(validation_set, slice(None))
        self._y = y
        self._weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        self._is_loss = validates_loss(estimator)
        self._scorer = None
        if estimator.scoring is not None and not self._is_loss:
            self._estimator = copy.copy(estimator)
            vars(self._estimator).pop("feature_names_in_", None)  # the inputs are validated, and have lost theirs
            self._scorer = _scorer(self._estimator)
            if not _takes_weights(estimator.scoring):
                self._weights = {}

    def __call__(self, parameters):
        """The score and the mean loss, without the penalty, of the network with these parameters.

        The score is the estimator's own if no other was asked for: accuracy or R².
        """
        with np.errstate(all="ignore"):  # of a network that diverges
            outputs = _engine.predict(parameters, self._set.inputs, self._set.units)
            loss, error = (total / len(outputs) for total in _backprop.sums(outputs, self._set))
            return self._score(parameters, outputs, loss, error), loss

    def _score(self, parameters, outputs, loss, error):
        """The score that the user asks for, given what the outputs give already."""
        if self._is_loss:
            return -loss
        if self._scorer is not None:
            network = copy.copy(self._estimator)
            network.coefs_, network.intercepts_ = parameters.weights, parameters.biases
            score = float(self._scorer(network, self._set.inputs, self._y, **self._weights))
            if math.isnan(score) and np.isfinite(outputs).all():
                raise ValueError(f"scoring={self._estimator.scoring!r} returned nan for the validation data.")
            return score
        if self._set.units.groups is not None:
            return 1.0 - error
        if not np.isfinite(outputs).all():
            return math.nan
        return float(r2_score(self._set.targets, outputs, **self._weights))
