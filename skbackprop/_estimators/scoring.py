"""What a training is validated by: the instances that are held back, and the score that the user asks for."""

import inspect
import math
import reprlib
from functools import partial

import numpy as np
from sklearn import get_config
from sklearn.metrics import check_scoring, r2_score
from sklearn.model_selection import train_test_split

from .._network.losses import REGRESSION_LOSSES
from .._network.updates import Memory
from .._training.state import History, RandomSource, State
from .._training.table import count
from .._training.validation import Validation, accuracy, minus_loss
from .fitted import copy_with, fitted_attributes
from .labels import KINDS, LabelColumns

# Instances that cannot be divided anyhow, with one of them alone.
_TOO_FEW = 3


def hold_back(estimator, codes, n_instances):
    """Numbers of the instances to train with and of those to validate with.

    An instance that alone stands for its class is trained with: the class could not be learned without it. Of two classes
    that is refused, as MLPClassifier does, since a validation set of one class says nothing.

    Parameters
    ----------
    estimator : BaseBackprop
    codes : ndarray of shape (n_instances,) or None
        Numbers of the classes in the shares of which both parts are to have their instances.
    n_instances : int

    Raises
    ------
    ValueError
        If the instances cannot be split so.
    """
    fraction = estimator.validation_fraction
    if fraction == 0:
        raise ValueError(f"validation_fraction={fraction!r} is not valid with early_stopping=True: it must be > 0.")
    alone = _alone(estimator, codes)
    rows = np.delete(np.arange(n_instances), alone)
    n_classes = 0 if codes is None else len(np.unique(codes[rows]))
    # As train_test_split counts, but never fewer than it can have shares of.
    n_held_back = max(math.ceil(float(fraction) * len(rows)), 2, n_classes)
    if len(rows) <= max(2, n_classes):
        raise ValueError(
            "The validation set is too small, whatever validation_fraction is: early stopping needs more than "
            f"{max(2, n_classes)} instances to divide, but n_samples = {n_instances}"
            + (f", of which {len(alone)} alone stand for their class" if len(alone) else "")
            + ". Pass more instances, or validation data of your own as X_val and y_val."
        )
    if n_held_back >= len(rows):
        raise ValueError(f"validation_fraction={fraction!r} of {n_instances} instances leaves none to train with.")
    try:
        train, held_back = train_test_split(
            rows,
            test_size=n_held_back,
            random_state=estimator.random_state,
            stratify=None if codes is None else codes[rows],
        )
    except ValueError as error:
        raise ValueError(
            f"validation_fraction={fraction!r} cannot split {n_instances} training instances: {error}"
        ) from error
    return np.concatenate([train, alone]), held_back


def _alone(estimator, codes):
    """Numbers of the instances that alone stand for their class; a ValueError where there are two classes."""
    if codes is None:
        return np.arange(0)
    lonely = np.flatnonzero(np.bincount(codes) == 1)
    if len(lonely) and len(estimator.classes_) == 2 and len(codes) > _TOO_FEW:
        label = estimator.classes_.tolist()[lonely[0]]
        # scikit-learn's words, in which a label is whether it is the second one.
        raise ValueError(
            f"validation_fraction={estimator.validation_fraction!r} cannot split the {len(codes)} training instances: "
            f"label {label!r} has one of them. The least populated classes in y have only 1 member. Classes with too few "
            f"members are: {[str(bool(code)) for code in lonely]}"
        )
    return np.flatnonzero(np.isin(codes, lonely))


def validates_loss(estimator):
    """Whether the negative loss is the score, because the user says so or because R² would not do."""
    if estimator.scoring is None:
        return estimator._losses is REGRESSION_LOSSES and not REGRESSION_LOSSES[estimator.loss].makes_means
    return isinstance(estimator.scoring, str) and estimator.scoring == "loss"


def validates_accuracy(estimator):
    """Whether the score is the share of right labels, because the user says so or by default."""
    return hasattr(estimator, "classes_") and (estimator.scoring is None or estimator.scoring == "accuracy")


def validates_loss_too(estimator):
    """Whether the loss decides beside the share of right labels, because the user says nothing of either."""
    return estimator.tol is None and estimator.scoring is None and validates_accuracy(estimator)


def name_of_score(estimator):
    """What the validation scores are, in a word; None for the share of right labels, or of the variance, by default."""
    if validates_loss(estimator):
        return "minus the loss"
    return estimator.scoring if estimator.scoring is None or isinstance(estimator.scoring, str) else "score"


def _scorer(estimator):
    """The scorer that the user asks for."""
    scoring = estimator.scoring
    try:
        return check_scoring(estimator, scoring=scoring)
    except ValueError as error:
        raise ValueError(f"scoring={scoring!r} is not valid: {error}") from error


def _takes_weights(scoring):
    """Whether a scorer is to be told of sample weights; scikit-learn's all can be, a user's need not, or has declined."""
    if isinstance(scoring, str):
        return True
    if get_config()["enable_metadata_routing"] and hasattr(scoring, "get_metadata_routing"):
        return scoring.get_metadata_routing().score.requests.get("sample_weight") is not False
    parameters = inspect.signature(scoring).parameters
    return "sample_weight" in parameters or any(each.kind == each.VAR_KEYWORD for each in parameters.values())


def make_validation(estimator, validation_set, y, sample_weight):
    """What scores a network after each epoch, by the estimator's own score, accuracy or R², if no other is asked for.

    Parameters
    ----------
    estimator : BaseBackprop
        With its scoring, and what predictions need but the parameters.
    validation_set : TrainingSet
        The instances, with targets as the output units have them.
    y : ndarray
        The targets as the user has them.
    sample_weight : ndarray or None

    Returns
    -------
    validation : Validation
    """
    if validates_loss(estimator):
        score = minus_loss
    elif estimator.scoring is not None and not _is_own_score(estimator):
        score = _Scorer(estimator, validation_set.inputs, y, sample_weight)
    elif validation_set.units.groups is not None:
        score = accuracy
    elif len(y) < 2:
        raise ValueError(
            f"scoring={estimator.scoring!r} is R², which needs two instances to validate with, but there is one: pass more "
            "of them (fewer folds, where cv makes them), or another scoring."
        )
    else:
        score = partial(_r2, *_without_constants(validation_set.targets, sample_weight), sample_weight)
    return Validation(validation_set, score)


def _is_own_score(estimator):
    """Whether the scorer that is asked for says what the estimator's own score does, which is quicker."""
    if not isinstance(estimator.scoring, str):
        return False
    if not hasattr(estimator, "classes_"):
        return estimator.scoring == "r2"
    is_taken = KINDS[estimator._label_kind_] is not LabelColumns  # of which scikit-learn has no accuracy
    return is_taken and estimator.scoring == "accuracy"


def _without_constants(targets, sample_weight):
    """The targets less what those of an output have in common where they are all the same, and what was taken off.

    The mean of equal numbers is not quite that number, but of zeros it is: `r2_score` then sees that they do not vary.
    """
    seen = targets if sample_weight is None else targets[sample_weight > 0]
    constants = np.where((seen == seen[0]).all(axis=0), seen[0], 0)
    return targets - constants, constants


def _r2(targets, constants, sample_weight, parameters, outputs, loss, error):
    """The share of the variance that is explained; nan of a network that diverges."""
    if not np.isfinite(outputs).all():
        return math.nan
    return float(r2_score(targets, outputs - constants, sample_weight=sample_weight))


_NOTHING = object()  # before a scorer has returned anything, which may be None


class _Scorer:
    """The user's own score of the network with some parameters."""

    def __init__(self, estimator, inputs, y, sample_weight):
        state = fitted_attributes(estimator)
        state.pop("feature_names_in_", None)  # the inputs are validated, and have lost theirs
        self._estimator = copy_with(estimator, state)
        self._scorer = _scorer(self._estimator)
        self._inputs, self._y = inputs, y
        has_weights = sample_weight is not None and _takes_weights(estimator.scoring)
        self._weights = {"sample_weight": sample_weight} if has_weights else {}

    def __call__(self, parameters, outputs, loss, error):
        if not np.isfinite(outputs).all():  # of a network that diverges, which scorers refuse
            return math.nan
        network = copy_with(self._estimator, fitted_attributes(self._estimator))
        network.restarts_ = None
        network._keep(State(parameters, Memory(), RandomSource(np.random.RandomState(0)), History()), None)
        is_at_end = not math.isfinite(loss) or bool((outputs <= network._make_loss().least_target).any())
        score = self._number(network, is_at_end)
        if math.isnan(score) and not is_at_end:
            n_instances = self._inputs.shape[0]
            raise ValueError(
                f"scoring={self._estimator.scoring!r} returned nan for the validation data of "
                f"{count(n_instances, 'instance')}: it may need more of them."
            )
        return score

    def _number(self, network, is_at_end):
        """What the scorer returns, as a number; nan where it cannot score outputs that have come to an end, such as 0."""
        score = _NOTHING
        try:
            score = self._scorer(network, self._inputs, self._y, **self._weights)
            return float(score)
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
            if score is _NOTHING and is_at_end:
                return math.nan
            what = "failed on" if score is _NOTHING else f"returned {reprlib.repr(score)}, which is no number, for"
            known = ", which do not hold every class" if self._lacks_a_class(network) else ""
            raise ValueError(
                f"scoring={self._estimator.scoring!r} {what} the validation data{known}: {error}"
            ) from error

    def _lacks_a_class(self, network):
        """Whether a class is not there, which some scores cannot take; asked where there is one label for each instance."""
        classes = getattr(network, "classes_", None)
        return isinstance(classes, np.ndarray) and np.ndim(self._y) == 1 and not np.isin(classes, self._y).all()
