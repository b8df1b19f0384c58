"""The fitted state of an estimator, declared once: what belongs to it, what fits together, how it changes hands.

All that fit leaves on an estimator is an attribute named in `FIELDS`; what else an estimator bears is its parameters, and
what others have put there. A call works on a copy of the estimator, and hands the fitted state over whole at its end.
"""

import copy
import math
import warnings
from array import array
from collections.abc import Sequence
from contextlib import contextmanager
from itertools import pairwise
from numbers import Integral, Real
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from .._network.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES, classification_loss
from .._network.units import ACTIVATIONS, OUTPUT_UNITS
from .._public import public
from .._training.divergence import is_finite
from .._training.state import Progress, restored_random_state
from .._version import __version__
from .labels import KINDS, LabelColumns

_Numbers = TypeVar("_Numbers")


class Field(NamedTuple):
    """One attribute of the fitted state.

    Attributes
    ----------
    wording : str
        What it must be.
    is_valid : callable
        Takes its value and the whole state, in which the fields before it are valid; returns whether it is that.
    owner : {'both', 'classifier', 'regressor', 'search'}
        Which estimator has it; of a search, those that choose their parameters by cross-validation.
    is_optional : bool
        Whether a fitted estimator may lack it.
    """

    wording: str
    is_valid: object
    owner: str = "both"
    is_optional: bool = False


def _is_count(value, state=None):
    return isinstance(value, Integral) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_number(value, state=None):
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_list(value, is_item):
    return isinstance(value, list) and all(map(is_item, value))


def _is_floats(value, ndim):
    return isinstance(value, np.ndarray) and value.dtype in (np.float32, np.float64) and value.ndim == ndim


def _are_weights(value, state):
    return (
        isinstance(value, Sequence)
        and len(value) > 0
        and all(_is_floats(weights, 2) and weights.size and weights.dtype == value[0].dtype for weights in value)
        and all(below.shape[1] == above.shape[0] for below, above in pairwise(value))
        and all(map(is_finite, value))
    )


def _are_biases(value, state):
    return (
        isinstance(value, Sequence)
        and len(value) == len(state["coefs_"])
        and all(
            _is_floats(biases, 1) and biases.shape == weights.shape[1:] and biases.dtype == weights.dtype
            for biases, weights in zip(value, state["coefs_"], strict=True)
        )
        and all(map(is_finite, value))
    )


def _are_ranges(value, state):
    return _is_list(value, lambda r: _is_number(r) and 0 <= r < math.inf) and len(value) == len(state["coefs_"])


def _n_outputs(state):
    return len(state["intercepts_"][-1])


def _n_parameters(state):
    return sum(array.size for array in [*state["coefs_"], *state["intercepts_"]])


def _are_names(value, state):
    return isinstance(value, np.ndarray) and value.shape == (state["n_features_in_"],)


def _is_kind(value, state):
    return isinstance(value, str) and value in KINDS


def _are_classes(value, state):
    """Whether these classes have the output units that are there."""
    is_columns = KINDS[state["_label_kind_"]] is LabelColumns
    columns = value if is_columns else [value]
    if not (isinstance(value, list if is_columns else np.ndarray) and len(value)):
        return False
    if not all(isinstance(column, np.ndarray) and column.ndim == 1 and len(column) for column in columns):
        return False
    return sum(KINDS[state["_label_kind_"]](value).groups()) == _n_outputs(state)


def _are_groups(value, state):
    if "classes_" not in state:
        return value is None
    return isinstance(value, tuple) and value == KINDS[state["_label_kind_"]](state["classes_"]).groups()


def _is_loss(value, state):
    names = REGRESSION_LOSSES if state["_groups_"] is None else CLASSIFICATION_LOSSES
    return isinstance(value, str) and value in names


def _is_output_unit(value, state):
    """Whether this is the output unit of the loss."""
    groups, loss = state["_groups_"], state["_loss_"]
    unit = (REGRESSION_LOSSES[loss] if groups is None else classification_loss(loss, groups)).output_unit
    return isinstance(value, str) and value == unit


def _are_shifts(value, state):
    is_vector = _is_floats(value, 1) and value.dtype == np.float64
    return is_vector and len(value) == _n_outputs(state) and is_finite(value)


def _are_scales(value, state):
    return _are_shifts(value, state) and bool((value > 0).all())


# Of a network that is finite, a square of a gradient may be too large for its type, and with rules that ask for nothing but
# its sign the gradient itself.
_MAY_OVERFLOW = {"second_moment", "last_gradient"}


def _is_memory(value, state):
    return isinstance(value, dict) and all(
        isinstance(name, str)
        and _is_floats(vector, 1)
        and (vector.size, vector.dtype) == (_n_parameters(state), state["coefs_"][0].dtype)
        and not np.isnan(vector).any()
        and (name in _MAY_OVERFLOW or np.isfinite(vector).all())
        for name, vector in value.items()
    )


_NUMBERS_OF_STREAM = ("least", "ridge", "n_instances", "part")


def _is_stream(value, state):
    later = {"is_of_products", "n_of_one"}  # earlier versions had none
    if not (isinstance(value, dict) and value.keys() - later == {"marks", *_NUMBERS_OF_STREAM}):
        return False
    n_of_one = value.get("n_of_one", 1.0)
    if not (isinstance(value.get("is_of_products", False), bool) and _is_number(n_of_one) and 1 <= n_of_one < math.inf):
        return False
    marks, *numbers = (value[name] for name in ("marks", *_NUMBERS_OF_STREAM))
    is_vector = isinstance(marks, np.ndarray) and marks.dtype == np.uint64 and marks.ndim == 1 and marks.size > 0
    are_positive = all(_is_number(number) and 0 <= number < math.inf for number in numbers)
    are_positive = are_positive and value["n_instances"] > 0 and value["part"] > 0
    return is_vector and are_positive and bool((marks[:-1] < marks[1:]).all())


def _is_dict(value, state):
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


_COUNTS_OF_PROGRESS = ("n_no_improvement", "digest", "n_epochs_before", "n_restless")


def _is_progress(value, state):
    if not (isinstance(value, dict) and value.keys() == set(Progress._fields) and all(map(_is_real, value.values()))):
        return False
    are_factors = all(0 < value[name] <= 1 for name in ("rate_factor", "calm_factor"))
    return are_factors and all(_is_count(value[name]) for name in _COUNTS_OF_PROGRESS)


def _is_real(value):
    return isinstance(value, Real | np.bool_) and value == value


def _are_rate_settings(value, state):
    if not (isinstance(value, list) and len(value) == len(RATE_SETTINGS)):
        return False
    solver, schedule, rate, momentum, alpha, batch_size = value
    are_names = all(isinstance(name, str) for name in (solver, schedule))
    are_numbers = all(number == "auto" or _is_number(number) for number in (rate, alpha)) and _is_number(momentum)
    return are_names and are_numbers and (batch_size in ("auto", "epoch") or isinstance(batch_size, Integral))


def _is_random_state(value, state):
    """Whether NumPy takes it; of a bit generator that is not NumPy's nobody can tell."""
    try:
        if not hasattr(np.random, value["bit_generator"]):
            return True
        restored_random_state(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def _are_numbers(value):
    if isinstance(value, array):
        return True
    if not _is_list(value, _is_number):
        return False
    try:
        array("d", value)
    except OverflowError:  # of an int that no float holds
        return False
    return True


def _is_curve(value, state):
    return _are_numbers(value) and len(value) == len(state["loss_curve_"])


def _are_scores(value, state):
    return _are_numbers(value) and len(value) <= len(state["loss_curve_"])


def _is_validation_curve(value, state):
    return _are_scores(value, state) and len(value) == len(state["validation_scores_"] or ())


def _or_none(is_valid):
    return lambda value, state: value is None or is_valid(value, state)


_COUNT = Field("an int from 0 to 2**63 - 1", _is_count)
_CURVE = Field("a list of numbers, as many as loss_curve_ holds", _is_curve)
_PENALTY = Field(
    "None or a finite number >= 0",
    _or_none(lambda value, state: _is_number(value) and 0 <= value < math.inf),
    is_optional=True,
)
_WEIGHT = Field(
    "a finite number >= 1", lambda value, state: _is_number(value) and 1 <= value < math.inf, is_optional=True
)
_TRUE_OR_FALSE = Field("True or False", lambda value, state: isinstance(value, bool | np.bool_))

# Of automatic learning rates, to be raised with them. A network of the first rules, which had one rate for all layers, goes
# on at that; those that lie between were never released, and networks of them go on by the last. Few units of a regressor
# have targets of a smaller scale by the later ones. By the last, equal ones of few instances in one batch count once.
LAST_RULE_OF_ONE_RATE, FIRST_RULE_OF_SMALL_TARGETS, FIRST_RULE_OF_COUNTED_FEW, RATE_RULE = 3, 9, 12, 12

# What a learning rate follows; the first ones whether it is automatic or not.
RATE_SETTINGS = ("solver", "learning_rate", "learning_rate_init", "momentum", "alpha", "batch_size")
N_OF_RATE_ALONE = 3

# In this order, so that each may be compared with those before it.
FIELDS = {
    "coefs_": Field(
        "a list of finite arrays of floats of one type, of shape (n_inputs, n_units), each with as many inputs as the one "
        "before has units",
        _are_weights,
    ),
    "intercepts_": Field("a list of finite arrays of floats, of shape (n_units,), one for each of coefs_", _are_biases),
    "n_features_in_": Field(
        "the number of rows of coefs_[0]",
        lambda value, state: _is_count(value) and value == state["coefs_"][0].shape[0],
    ),
    "feature_names_in_": Field("an array of a name for each feature", _are_names, is_optional=True),
    "n_layers_": Field(
        "one more than there are arrays in coefs_",
        lambda value, state: _is_count(value) and value == len(state["coefs_"]) + 1,
    ),
    "n_outputs_": Field(
        "the number of columns of coefs_[-1]", lambda value, state: _is_count(value) and value == _n_outputs(state)
    ),
    "_activation_": Field(
        f"one of {', '.join(map(repr, ACTIVATIONS))}",
        lambda value, state: isinstance(value, str) and value in ACTIVATIONS,
    ),
    "_label_kind_": Field(f"one of {', '.join(map(repr, KINDS))}", _is_kind, "classifier"),
    "_is_sparse_y_": _TRUE_OR_FALSE._replace(owner="classifier"),
    "classes_": Field(
        "an array of the classes that the output units stand for, or a list of such arrays", _are_classes, "classifier"
    ),
    "_groups_": Field(
        "a tuple of the numbers of output units that decide on each label, or None of numbers", _are_groups
    ),
    "_loss_": Field("the name of a loss of this estimator", _is_loss),
    "out_activation_": Field("the output unit of the loss", _is_output_unit),
    "y_mean_": Field("a finite float64 for each output unit", _are_shifts, "regressor"),
    "y_scale_": Field("a finite float64 > 0 for each output unit", _are_scales, "regressor"),
    "_y_ndim_": Field("1 or 2", lambda value, state: _is_count(value) and value in (1, 2), "regressor"),
    "_normalize_y_": _TRUE_OR_FALSE._replace(owner="regressor"),
    "_n_varied_": Field(
        "a number of targets, 1 or more",
        lambda value, state: _is_count(value) and value >= 1,
        "regressor",
        is_optional=True,
    ),
    "stop_reason_": Field("None or a word", _or_none(lambda value, state: isinstance(value, str))),
    "learning_rate_": Field("None or a number >= 0", _or_none(lambda value, state: _is_number(value) and value >= 0)),
    "update_tol_": Field("a number >= 0", lambda value, state: _is_number(value) and value >= 0),
    "init_range_": Field("a list of a number >= 0 for each layer", _are_ranges),
    "hidden_learning_rate_": Field(
        "None or a number >= 0", _or_none(lambda value, state: _is_number(value) and value >= 0)
    ),
    "alpha_": _PENALTY,
    "_penalty_": _PENALTY,
    "_stream_": Field(
        f"None or a dict of an ascending array of uint64, marks, and of the numbers {', '.join(_NUMBERS_OF_STREAM)}, "
        "n_of_one (at least 1) and is_of_products (a bool)",
        _or_none(_is_stream),
        is_optional=True,
    ),
    "n_iter_": _COUNT,
    "n_epochs_": _COUNT,
    "t_": _COUNT,
    "loss_": Field("a number", _is_number),
    "best_loss_": Field("None or a number", _or_none(_is_number)),
    "loss_curve_": _CURVE._replace(wording="a list of numbers"),
    "error_curve_": _CURVE,
    "update_curve_": _CURVE,
    "validation_scores_": Field("None or a list of numbers", _or_none(_are_scores)),
    "validation_loss_curve_": Field(
        "None or a list of numbers, as many as validation_scores_ holds", _or_none(_is_validation_curve)
    ),
    "best_validation_score_": Field("None or a number", _or_none(_is_number)),
    "restarts_": Field(
        "None or a list of dict", _or_none(lambda value, state: _is_list(value, lambda item: isinstance(item, dict)))
    ),
    "_memory_": Field(
        "a dict of arrays like all weights and biases in one, without NaN, and finite but for squares and signs",
        _is_memory,
    ),
    "_n_updates_": _COUNT,
    "_progress_": Field(f"a dict of the numbers {', '.join(Progress._fields)}", _is_progress),
    "_rate_settings_": Field(f"a list of the parameters {', '.join(RATE_SETTINGS)}", _are_rate_settings),
    "best_params_": Field("a dict of parameters", _is_dict, "search", is_optional=True),
    "best_n_epochs_": _COUNT._replace(owner="search", is_optional=True),
    "best_index_": _COUNT._replace(owner="search", is_optional=True),
    "best_score_": Field("a number", _is_number, "search", is_optional=True),
    "cv_results_": Field("a dict of arrays", _is_dict, "search", is_optional=True),
    "cv_curves_": Field(
        "a list of dict, one for each candidate",
        lambda value, state: _is_list(value, lambda item: isinstance(item, dict)),
        "search",
        is_optional=True,
    ),
    "n_splits_": _COUNT._replace(owner="search", is_optional=True),
    "pruning_": Field("a dict of numbers", _is_dict, is_optional=True),
    "_square_norm_": Field("a finite number >= 0", lambda value, state: _is_number(value) and 0 <= value < math.inf),
    "_square_of_mean_": _PENALTY,
    "_largest_weight_": _WEIGHT,
    "_mean_square_weight_": _WEIGHT,
    "_mean_square_of_classes_": _WEIGHT,
    "_rate_rule_": Field(
        f"an int from 1 to {RATE_RULE}",
        lambda value, state: _is_count(value) and 1 <= value <= RATE_RULE,
        is_optional=True,
    ),
    "_random_state_": Field("what numpy.random.RandomState.set_state takes", _is_random_state),
}


class CurveAttribute(Generic[_Numbers]):
    """A list of float of the fitted state, kept as an `array` and made when it is asked for.

    A call of partial_fit copies its curves, as those of the call before may be in use, and lists take long to copy.
    """

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, estimator: object, owner: object = None) -> _Numbers:
        if estimator is None:
            return self  # type: ignore[return-value]
        curve = curve_of(estimator, self._name)
        return curve.tolist() if isinstance(curve, array) else curve

    def __set__(self, estimator: object, curve: object) -> None:
        vars(estimator)[self._name] = curve

    def __delete__(self, estimator: object) -> None:
        del vars(estimator)[self._name]


def curve_of(estimator, name):
    """A curve as it is kept."""
    try:
        return vars(estimator)[name]
    except KeyError:
        raise AttributeError(f"{type(estimator).__name__!r} object has no attribute {name!r}") from None


CURVES = ("loss_curve_", "error_curve_", "update_curve_", "validation_scores_", "validation_loss_curve_")


def with_lists(state):
    """The state as it is saved, in which curves are lists."""
    curves = {name: state[name].tolist() for name in CURVES if isinstance(state.get(name), array)}
    return {**state, **curves}


# What an earlier version did not know of the progress of a training.
_OF_CALM = ("has_begun_well", "digest", "n_epochs_before", "smallest_loss", "n_restless", "calm_factor")


def completed(state):
    """The state with what networks that were saved by an earlier version do not have, and without what nobody reads."""
    state = {name: value for name, value in state.items() if name != "_hidden_factor_"}
    if state.get("_rate_rule_") != RATE_RULE:
        state = {"_rate_rule_": 1, "hidden_learning_rate_": state.get("learning_rate_")} | state
    settings = state.get("_rate_settings_")
    if isinstance(settings, list) and len(settings) == N_OF_RATE_ALONE:
        settings = [*settings, *(state.get(name) for name in RATE_SETTINGS[N_OF_RATE_ALONE:])]
        state = state | {"_rate_settings_": settings}
    progress = state.get("_progress_")
    if not isinstance(progress, dict):
        return state
    is_earlier = progress.keys().isdisjoint(_OF_CALM)
    later = {name: Progress._field_defaults[name] for name in _OF_CALM} if is_earlier else {}
    if "loss_of_best" not in progress:
        curves = [state.get(name) for name in CURVES[-2:]]
        epochs = zip(*curves, strict=False) if all(isinstance(curve, list) for curve in curves) else ()
        of_best = [loss for score, loss in epochs if score == progress.get("best")]
        later["loss_of_best"] = min(of_best, default=math.inf)
    return state | {"_progress_": later | progress}


def with_curves(state):
    """The state as an estimator bears it, which does not copy its lists."""
    return {**state, **{name: array("d", state[name]) for name in CURVES if state.get(name) is not None}}


def fitted_attributes(estimator):
    """Names and values of the fitted state; what others put on the estimator is theirs."""
    return {name: value for name, value in vars(estimator).copy().items() if name in FIELDS}


def _with_state(estimator, state):
    """What the estimator bears, with this fitted state in the place of its own."""
    return {name: value for name, value in vars(estimator).copy().items() if name not in FIELDS} | state


def copy_with(estimator, state):
    """The estimator with this fitted state in the place of its own, as another object that shares the arrays."""
    copied = object.__new__(type(estimator))
    copied.__dict__ = _with_state(estimator, state)
    return copied


def with_parameters(estimator, **parameters):
    """The estimator itself with these parameters; a subclass may have fixed what `set_params` would set."""
    vars(estimator).update(parameters)
    return estimator


def own_copy(value):
    """A copy of a list or an array, which others may change; whatever else it is, the same."""
    return copy.deepcopy(value) if isinstance(value, list | tuple | dict | np.ndarray) else value


def snapshot(estimator):
    """The estimator as it is at this moment, whatever another thread does to it from now on.

    Parameters that cross-validation has chosen for the fitted network are in the place of the user's own.
    """
    copied = object.__new__(type(estimator))
    copied.__dict__ = vars(estimator).copy()
    chosen = copied.__dict__.get("best_params_")
    if chosen:
        copied.__dict__.update(chosen)
    return copied


def hand_over(estimator, state):
    """Give the estimator this fitted state in the place of its own, at once: no thread sees parts of both."""
    if vars(estimator).keys() & FIELDS.keys() <= state.keys():
        vars(estimator).update(state)
    else:  # to take attributes away and set others at once needs another dict
        estimator.__dict__ = _with_state(estimator, state)


@contextmanager
def rewound_on_error(random_state, counts=lambda error: True):
    """Put a random state of the user's back if anything is raised that counts."""
    is_theirs = isinstance(random_state, np.random.RandomState)
    drawn = random_state.get_state(legacy=False) if is_theirs else None
    try:
        yield
    except BaseException as error:
        if is_theirs and counts(error):
            random_state.set_state(drawn)
        raise


def check_fitted(state, estimator_name):
    """Raise a ValueError that names the first attribute that is missing, or does not fit the others.

    Parameters
    ----------
    state : dict
        Fitted attributes, and perhaps others.
    estimator_name : str
    """
    others = "classifier" if "y_scale_" in state or "y_mean_" in state else "regressor"
    for name, field in FIELDS.items():
        if field.owner == others or (field.is_optional and name not in state):
            continue
        if name not in state:
            raise ValueError(
                f"This fitted {estimator_name} is damaged: it has no {name}, which must be {field.wording}."
            )
        if not field.is_valid(state[name], state):
            raise ValueError(
                f"This fitted {estimator_name} is damaged: {name} must be {field.wording}, but is {_shown(state[name])}."
            )


def check_fits_together(estimator, is_looking_at_numbers=False):
    """Raise a ValueError if what predictions are made with does not fit together.

    It looks at few attributes, since each prediction asks it; if anything is wrong, `check_fitted` finds the words.

    Parameters
    ----------
    estimator : BaseBackprop
        Fitted.
    is_looking_at_numbers : bool
        Whether weights and biases must be finite, too, and the memory of the update rule be there for each of them.
    """
    try:
        is_whole = _fits_together(estimator) and (not is_looking_at_numbers or _holds_numbers(estimator))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        check_fitted(vars(estimator), type(estimator).__name__)


def _fits_together(estimator):
    """Whether the layers fit each other, the inputs and what the outputs stand for."""
    n_units, dtype = estimator.n_features_in_, estimator.coefs_[0].dtype
    if dtype != np.float64 and dtype != np.float32:
        return False
    for weights, biases in zip(estimator.coefs_, estimator.intercepts_, strict=True):
        n_below, n_units = n_units, len(biases)
        if weights.shape != (n_below, n_units) or biases.ndim != 1:
            return False
        if weights.dtype != dtype or biases.dtype != dtype:
            return False
    has_units = estimator._activation_ in ACTIVATIONS and estimator.out_activation_ in OUTPUT_UNITS
    return has_units and estimator._stands_for_outputs(n_units)


def _holds_numbers(estimator):
    """Whether weights and biases are finite, and the memory has as many numbers."""
    arrays = [*estimator.coefs_, *estimator.intercepts_]
    n_parameters = sum(array.size for array in arrays)
    is_memory = all(vector.shape == (n_parameters,) for vector in estimator._memory_.values())
    return is_memory and all(map(is_finite, arrays)) and _is_count(estimator._n_updates_)


def _shown(value):
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        words = f"an array of shape {value.shape} and type {value.dtype}"
        has_wrong = value.dtype.kind == "f" and not np.isfinite(value).all()
        return words + (" with NaN or infinity" if has_wrong else "")
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value):
        return f"[{', '.join(map(_shown, value))}]"
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


# The name under which a pickled estimator holds the version that it was made with.
_VERSION = "_skbackprop_version"


@public
class InconsistentSkbackpropVersionWarning(InconsistentVersionWarning):
    """An estimator was loaded by another version of skbackprop than saved it.

    Filters for scikit-learn's own warning of this kind take this one too; its attributes name versions of skbackprop.
    """

    def __str__(self):
        return (
            f"This {self.estimator_name} was saved by skbackprop {self.original_sklearn_version} and is loaded by "
            f"skbackprop {self.current_sklearn_version}: it may predict or train otherwise than it did. Load it with the "
            "version that saved it, or train it again."
        )


def stamped(state):
    """The state of an estimator with the version that it is saved by."""
    return {**state, _VERSION: __version__}


def unstamped(estimator, state):
    """The state of an estimator that is being loaded, after a warning if another version saved it."""
    state = dict(state)
    saved_by = state.pop(_VERSION, "of an unknown version")
    if saved_by != __version__:
        warnings.warn(
            InconsistentSkbackpropVersionWarning(
                estimator_name=type(estimator).__name__,
                current_sklearn_version=__version__,
                original_sklearn_version=saved_by,
            ),
            stacklevel=1,  # of this package, as scikit-learn's own are of theirs
        )
    return state
