"""Models whose parts do not fit together: one ValueError that names what does not fit, when they are loaded and used.

A fitted state is tampered with one attribute at a time: missing, of another shape or type, with NaN, with a part too many.
"""

import copy
import io
import math
import pickle

import joblib
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators.fitted import FIELDS, fitted_attributes, hand_over, with_lists

X = np.random.RandomState(0).normal(size=(40, 3))
Y = np.digitize(X.sum(axis=1), [-1, 1])
KINDS = {
    "classes": (BackpropClassifier(4, momentum=0.5, max_iter=3, random_state=0), np.array(["a", "b", "c"])[Y]),
    "two classes": (BackpropClassifier((4, 3), solver="adam", max_iter=3, random_state=0), Y > 0),
    "labels": (BackpropClassifier(4, max_iter=3, random_state=0), np.column_stack([Y > 0, Y > 1]).astype(int)),
    "columns": (BackpropClassifier(4, max_iter=3, random_state=0), np.column_stack([Y, X[:, 0] > 0])),
    "validated": (BackpropClassifier(4, max_iter=3, early_stopping=True, random_state=0), Y),
    "restarts": (BackpropClassifier(4, max_iter=3, n_init=2, random_state=0), Y),
    "target": (BackpropRegressor(4, solver="rprop", max_iter=3, random_state=0), X.sum(axis=1)),
    "targets": (BackpropRegressor(4, max_iter=3, random_state=0), X[:, :2] ** 2),
}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # three epochs teach nothing


@pytest.fixture(scope="module", params=KINDS)
def network(request):
    estimator, y = KINDS[request.param]
    return estimator.fit(X, y)


def longer(value):
    """A value with a part too many, or None."""
    if isinstance(value, np.ndarray):
        return np.concatenate([value, value[:1]])
    if isinstance(value, list | tuple):
        return type(value)([*value, value[-1]]) if len(value) else None
    return None


def shorter(value):
    return value[:-1] if isinstance(value, np.ndarray | list | tuple) and len(value) else None


def with_part(value, change):
    """A list, or a dict, whose last part is changed, or None."""
    if isinstance(value, list) and value and (changed := change(value[-1])) is not None:
        return [*value[:-1], changed]
    if isinstance(value, dict) and value:
        *_, last = value
        changed = change(value[last])
        return None if changed is None else {**value, last: changed}
    return None


def with_nan(value):
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.where(np.arange(value.size).reshape(value.shape) == 0, np.nan, value)
    return None


def reshaped(value):
    return value[np.newaxis] if isinstance(value, np.ndarray) else None


def of_integers(value):
    return value.astype(int) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else None


def single(value):
    """One number where an array has several."""
    return value[:1] if isinstance(value, np.ndarray) and len(value) > 1 else None


def with_infinity(value):
    nan = with_nan(value)
    return None if nan is None else np.where(np.isnan(nan), np.inf, nan)


def of_other_floats(value):
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float32 if value.dtype == np.float64 else np.float64)
    return None


def of_objects(value):
    return value.astype(object) if isinstance(value, np.ndarray) else None


def transposed(value):
    """Of an array that this changes; or a list or a tuple the other way round."""
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[0] != value.shape[1]:
        return value.T
    is_reversible = isinstance(value, list | tuple) and len({np.shape(item) for item in value}) > 1
    return value[::-1] if is_reversible else None


def empty(value):
    return value[:0] if isinstance(value, np.ndarray | list | tuple) and len(value) else None


def as_text(value):
    return None if isinstance(value, str) else "text"


CHANGES = [
    longer,
    shorter,
    with_nan,
    with_infinity,
    reshaped,
    transposed,
    empty,
    of_integers,
    of_other_floats,
    of_objects,
    as_text,
    single,
]


def tamperings(network):
    """Names of tamperings, and the state that each leaves."""
    state = with_lists(fitted_attributes(network))
    for name in FIELDS:
        if name not in state:
            continue
        without = {other: value for other, value in state.items() if other != name}
        if not FIELDS[name].is_optional:
            yield f"{name} is missing", name, without
        yield f"{name} is an object", name, without | {name: object}
        yield f"{name} is -1.5", name, without | {name: -1.5}
        for change in CHANGES:
            for what, changed in (("", change(state[name])), ("a part of ", with_part(state[name], change))):
                if changed is not None:
                    yield f"{what}{name} is {change.__name__}", name, without | {name: changed}


def is_sound(what, name, state):
    """Whether a tampering makes a state that a network may have."""
    if name in {"loss_", "best_loss_", "best_validation_score_"}:
        return what.endswith("is -1.5")
    if name in {"classes_", "feature_names_in_"} and what.endswith("of_objects"):
        return True
    if name == "classes_" and name in state:  # one class has one output unit, as two have
        columns = state[name] if isinstance(state[name], list) else [state[name]]
        return what.endswith(("shorter", "single")) and len(columns) > 0 and len(columns[-1]) == 1
    if "_memory_" in what and "with_infinity" in what:  # the last part, a square of gradients, may overflow
        return "second_moment" in state["_memory_"]
    return what in {"restarts_ is longer", "restarts_ is shorter", "restarts_ is empty"}


def damaged(network, state):
    """A network with this state, made without our own checks."""
    copied = object.__new__(type(network))
    copied.__dict__.update(network.get_params(deep=False))
    hand_over(copied, state)
    return copied


def refusal(call, *arguments):
    """The message of the ValueError that a call raises, or an empty string."""
    try:
        call(*arguments)
    except ValueError as error:
        return str(error)
    return ""


def is_picklable(state):
    return all(value is not object for value in state.values())


def test_no_tampering_with_a_saved_network_is_silent(network):
    count = 0
    for what, name, state in tamperings(network):
        if is_sound(what, name, state) or "coefs_" not in state:  # one without weights is not fitted
            continue
        saved = pickle.dumps(damaged(network, state))
        message = refusal(pickle.loads, saved)
        assert "damaged" in message, what
        assert any(field in message for field in FIELDS), what
        count += 1
    assert count > 100


def test_joblib_and_skops_find_damage_too(network):
    skops = pytest.importorskip("skops.io")
    n_broken = n_saved_by_skops = 0
    for what, name, state in list(tamperings(network))[::7]:
        if is_sound(what, name, state) or "coefs_" not in state:
            continue
        broken = damaged(network, state)
        file = io.BytesIO()
        joblib.dump(broken, file)
        file.seek(0)
        with pytest.raises(ValueError, match="damaged"):
            joblib.load(file)
        n_broken += 1
        if not is_picklable(state):
            continue
        try:
            data = skops.dumps(broken)
        except Exception:  # what cannot be saved need not be loaded
            continue
        with pytest.raises(ValueError, match="damaged"):
            skops.loads(data, trusted=skops.get_untrusted_types(data=data))
        n_saved_by_skops += 1
    assert min(n_broken, n_saved_by_skops) > 10


USED = [
    *("coefs_", "intercepts_", "n_features_in_", "classes_", "_groups_", "y_mean_", "y_scale_"),
    *("_activation_", "out_activation_"),
]


DAMAGED_PROGRESS = [
    *(("rate_factor", value) for value in (0.0, -1.0, 2.0, math.nan)),
    *(("calm_factor", value) for value in (0.0, -0.5, 1.5)),
    *(("n_restless", value) for value in (-1, 2.5, math.inf)),
    ("n_no_improvement", -1),
    ("digest", 1.5),
    ("n_epochs_before", -3),
]


@pytest.mark.parametrize(("name", "value"), DAMAGED_PROGRESS)
def test_numbers_that_no_training_leaves_are_refused(name, value):
    network, y = KINDS["labels"]
    state = with_lists(fitted_attributes(network.fit(X, y)))
    assert refusal(pickle.loads, pickle.dumps(damaged(network, state))) == ""
    broken = state | {"_progress_": state["_progress_"] | {name: value}}
    assert "_progress_" in refusal(pickle.loads, pickle.dumps(damaged(network, broken)))


@pytest.mark.parametrize("name", ["loss_curve_", "error_curve_", "update_curve_"])
def test_a_number_that_no_float_holds_is_refused_in_a_curve(name):
    network, y = KINDS["labels"]
    state = with_lists(fitted_attributes(network.fit(X, y)))
    state[name] = [10**400] * len(state[name])
    assert name in refusal(pickle.loads, pickle.dumps(damaged(network, state)))


@pytest.mark.parametrize("method", ["predict", "partial_fit", "activations"])
def test_what_is_changed_in_memory_is_found_when_it_is_used(network, method):
    """An attribute that predictions are made with, and what any later call can see of it."""
    network.set_params(early_stopping=False, n_init=1)
    y = next(y for estimator, y in KINDS.values() if estimator is network)
    arguments = (X, y) if method == "partial_fit" else (X,)
    n_broken = 0
    for what, name, state in tamperings(network):
        if name not in USED or what == "coefs_ is missing" or is_sound(what, name, state):
            continue  # one without weights is not fitted
        if what.endswith("with_infinity") and method != "partial_fit":
            continue  # units make finite outputs of it, and to look at all weights would take longer than to predict
        broken = damaged(network, state)
        if name == "classes_" and what.endswith("transposed"):
            name = "_groups_"  # the two do not fit each other, and it comes first
        assert name in refusal(getattr(broken, method), *arguments), what
        n_broken += 1
    assert n_broken > 50


def test_a_sound_network_passes(network):
    twin = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(twin.predict(X), network.predict(X))
    float32 = pickle.loads(pickle.dumps(network)).fit(X.astype(np.float32), KINDS["target"][1] > 0)
    assert pickle.loads(pickle.dumps(float32)).coefs_[0].dtype == np.float32


def test_an_unfitted_estimator_has_no_state_to_check():
    for estimator in (BackpropClassifier(), BackpropRegressor()):
        assert not fitted_attributes(pickle.loads(pickle.dumps(estimator)))


@pytest.mark.parametrize("name", ["classes_", "n_features_in_", "encoder_"])
def test_what_a_subclass_sets_before_it_is_fitted_is_no_damage(name):
    class Ours(BackpropClassifier):
        def fit(self, X, y):
            setattr(self, name, np.array([0, 1]))
            return super().fit(X, y)

    estimator = Ours(alpha=-1)
    with pytest.raises(ValueError, match="alpha=-1"):
        estimator.fit(X, Y)
    for twin in (copy.copy(estimator), copy.deepcopy(estimator)):
        with pytest.raises(NotFittedError):
            twin.predict(X)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "activations", "score"])
def test_what_is_not_fitted_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(BackpropClassifier(), method)(*((X, Y) if method == "score" else (X,)))
