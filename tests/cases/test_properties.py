"""Properties that hold for whatever is drawn: data of any shape, dtype and layout, every parameter, broken arguments.

Design: hypothesis draws a `Story`, plain values from which the arrays are made, so that what it prints can be run again.
`.ci/fuzz` tells many thousands of the same stories, in processes of their own.
"""

import contextlib
import io
import math
import pickle
import warnings
from typing import NamedTuple

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines

drawn = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# ---------------------------------------------------------------------------------------------------------------------
# Parameters.


def add_noise(X, random_state):
    return X + 0.01 * random_state.normal(size=X.shape)


def powers_of_ten(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


SHARED = {
    "hidden_layer_sizes": st.one_of(st.integers(1, 8), st.lists(st.integers(1, 5), max_size=3), st.just("a")),
    "activation": st.sampled_from(["identity", "logistic", "relu", "tanh"]),
    "solver": st.sampled_from(["adam", "lbfgs", "rprop", "sgd"]),
    "alpha": st.floats(0, 1),
    "batch_size": st.one_of(st.integers(1, 100), st.sampled_from(["auto", "epoch"])),
    "learning_rate_init": st.one_of(st.just("auto"), powers_of_ten(-6, 4)),
    "learning_rate": st.sampled_from(["adaptive", "constant", "inverse_epoch", "invscaling"]),
    "power_t": st.floats(0, 2),
    "max_iter": st.integers(1, 6),
    "max_fun": st.integers(1, 30),
    "max_time": st.one_of(st.none(), powers_of_ten(-6, 1)),
    "shuffle": st.booleans(),
    "random_state": st.integers(0, 2**32 - 1),
    "verbose": st.integers(0, 2),
    "momentum": st.floats(0, 1),
    "nesterovs_momentum": st.booleans(),
    "beta_1": st.floats(0, 0.999),
    "beta_2": st.floats(0, 0.9999),
    "epsilon": powers_of_ten(-12, 0),
    "init_range": st.one_of(st.just("glorot"), powers_of_ten(-3, 3)),
    "update_tol": st.floats(0, 1),
    "error_tol": st.floats(0, 1),
    "tol": st.one_of(st.none(), st.floats(0, 1)),
    "n_iter_no_change": st.one_of(st.integers(1, 5), st.just(math.inf)),
    "early_stopping": st.sampled_from([False, False, True]),
    "validation_fraction": st.floats(0.01, 0.99),
    "scoring": st.sampled_from([None, "loss"]),
    "restore_best": st.booleans(),
    "warm_start": st.booleans(),
    "n_init": st.integers(1, 3),
    "n_jobs": st.sampled_from([None, 1, 2, -1]),
    "on_divergence": st.sampled_from(["halve", "raise"]),
    "augment": st.sampled_from([None, add_noise]),
}
OF_CLASSIFIER = SHARED | {
    "loss": st.sampled_from(["log_loss", "squared_error"]),
    "class_weight": st.sampled_from([None, "balanced", {0: 2.0}, {0: 0.5, 1: 0.0}]),
    "on_new_class": st.sampled_from(["error", "grow"]),
}
OF_REGRESSOR = SHARED | {
    "loss": st.sampled_from(["absolute_error", "huber", "poisson", "quantile", "squared_error"]),
    "huber_delta": powers_of_ten(-2, 2),
    "quantile": st.floats(0.01, 0.99),
    "normalize_y": st.booleans(),
}
STRATEGIES = {BackpropClassifier: OF_CLASSIFIER, BackpropRegressor: OF_REGRESSOR}

# Where two computations are compared, what turns a rounding into another course is left out: signs, rates at which
# networks explode, ends at a clock, and much else that draws at random.
SMOOTH = {
    "solver": st.sampled_from(["adam", "lbfgs", "sgd"]),
    "activation": st.sampled_from(["identity", "logistic", "tanh"]),
    "learning_rate_init": powers_of_ten(-4, -1),
    "learning_rate": st.sampled_from(["constant", "inverse_epoch"]),
    "max_time": st.none(),
    "momentum": st.floats(0, 0.9),
    "epsilon": powers_of_ten(-8, 0),
    "init_range": st.one_of(st.just("glorot"), powers_of_ten(-2, 0)),
    "update_tol": st.just(0.0),
    "error_tol": st.just(0.0),
    "tol": st.none(),
    "early_stopping": st.just(False),
    "n_init": st.just(1),
    "augment": st.none(),
    "class_weight": st.sampled_from([None, {0: 2.0}]),
}
SMOOTH_LOSSES = {"loss": st.sampled_from(["huber", "squared_error", "poisson"])}


def parameters_of(estimator_class, table, **replaced):
    """A strategy of values for every parameter of the constructor, all valid, and valid for this data."""
    if table.kind != "single" or table.n_outputs < 2:  # weights of classes are named by the numbers of one column
        replaced = replaced | {"class_weight": st.none()}
    return st.fixed_dictionaries({name: replaced.get(name, each) for name, each in STRATEGIES[estimator_class].items()})


def test_every_parameter_of_the_constructors_is_drawn():
    for estimator_class, strategies in STRATEGIES.items():
        assert set(strategies) == set(estimator_class().get_params())


# ---------------------------------------------------------------------------------------------------------------------
# Data.

LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "reversed": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "list": lambda X: X.tolist(),
}
SPARSE = {
    f"{each}_{kind}": getattr(sparse, f"{each}_{kind}")
    for each in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")
    for kind in ("matrix", "array")
}
FORMS = LAYOUTS | SPARSE


class Data(NamedTuple):
    """A table of inputs and its targets, as plain values.

    Attributes
    ----------
    seed, n_instances, n_features, n_outputs : int
        Of a classifier the last one is the number of classes.
    dtype, form, kind : str
        Of the inputs, of their container, and of the targets.
    scale : float
        Of the inputs.
    is_weighted : bool
    """

    seed: int
    n_instances: int
    n_features: int
    n_outputs: int
    dtype: str = "float64"
    form: str = "C"
    kind: str = "single"
    scale: float = 1.0
    is_weighted: bool = False

    def plain_inputs(self):
        """Of shape (n_instances, n_features), about half of them zero."""
        random = np.random.RandomState(self.seed)
        X = random.normal(size=(self.n_instances, self.n_features)) * self.scale
        X[random.uniform(size=X.shape) < 0.5] = 0.0
        with np.errstate(all="ignore"):
            return X.astype(self.dtype)

    def inputs(self):
        return FORMS[self.form](self.plain_inputs())

    def targets(self, is_classifier):
        random = np.random.RandomState(self.seed + 1)
        n, k = self.n_instances, self.n_outputs
        if not is_classifier:
            y = random.gamma(2.0, size=(n, k))
            return y[:, 0] if self.kind == "single" else y
        if self.kind == "single":
            return random.randint(k, size=n)
        if self.kind == "text":
            return np.array(["a", "bb", "ccc", "dddd"])[random.randint(k, size=n)]
        if self.kind == "multilabel":
            return random.randint(2, size=(n, k))
        return random.randint(3, size=(n, k)) + 1

    def weights(self):
        return np.random.RandomState(self.seed + 2).randint(4, size=self.n_instances) if self.is_weighted else None

    def classes(self):
        """What the first partial_fit of a classifier needs."""
        return {
            "single": np.arange(self.n_outputs),
            "text": np.array(["a", "bb", "ccc", "dddd"])[: self.n_outputs],
            "multilabel": np.arange(self.n_outputs),
            "multioutput": [np.arange(1, 4)] * self.n_outputs,
        }[self.kind]


def kinds_of(is_classifier):
    return ["single", "text", "multilabel", "multioutput"] if is_classifier else ["single", "multioutput"]


@st.composite
def data(draw, is_classifier, **replaced):
    """Small data of any form."""
    strategies = {
        "seed": st.integers(0, 2**31),
        "n_instances": st.one_of(st.integers(1, 8), st.integers(9, 40)),
        "n_features": st.integers(1, 6),
        "n_outputs": st.integers(1, 4),
        "dtype": st.sampled_from(["float64", "float32", "float16", "int64", "uint8", "bool"]),
        "form": st.sampled_from([*LAYOUTS, *SPARSE]),
        "kind": st.sampled_from(kinds_of(is_classifier)),
        "scale": st.sampled_from([1.0, 1.0, 1e-3, 1e3]),
        "is_weighted": st.booleans(),
    } | replaced
    made = Data(**{name: draw(each) for name, each in strategies.items()})
    if made.dtype == "float16" and made.form in SPARSE:  # SciPy has none
        made = made._replace(dtype="float32")
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Stories: a few calls on one estimator, some of them broken.

NAN, INF = math.nan, math.inf
JUNK = [-1, 0, 1.5, NAN, INF, -INF, "junk", b"junk", None, True, 1j, (), [0], {"a": 1}, {0: NAN}, 10**400, 1e400]
ENDLESS = ("max_iter", "n_init", "max_fun", "n_iter_no_change")  # a whole number without end is a valid value of these


def with_value(value):
    def damage(array):
        array = np.array(array.toarray() if sparse.issparse(array) else array)
        array = array.astype(np.result_type(np.float64, value) if array.dtype.kind in "biuf" else object)
        if array.size:
            array.flat[array.size // 2] = value
        return array

    return damage


def with_indices(change):
    """A CSR matrix that points outside itself."""

    def damage(X):
        X = sparse.csr_array(X, dtype=np.float64)
        X.resize((max(2, X.shape[0]), X.shape[1]))
        X = sparse.csr_array(np.ones(X.shape))
        change(X)
        return X

    return damage


def set_last(name, value):
    def change(X):
        getattr(X, name)[-1] = value

    return change


def spoil_middle(X):
    X.indptr[1] = 10**6


def rows_of(array, n):
    array = array.toarray() if sparse.issparse(array) else np.asarray(array)
    return np.resize(array, (n, *array.shape[1:]))


DAMAGES = {
    "X": {
        "nan": with_value(NAN),
        "infinity": with_value(-INF),
        "beyond float32": with_value(1e300),
        "complex": with_value(1j),
        "an object": lambda X: with_value(None)(rows_of(X, 4).astype(object)),
        "one dimension": lambda X: rows_of(X, 3).ravel(),
        "three dimensions": lambda X: rows_of(X, 3)[..., np.newaxis],
        "no rows": lambda X: rows_of(X, 1)[:0],
        "no columns": lambda X: np.empty((X.shape[0] if hasattr(X, "shape") else len(X), 0)),
        "a column more": lambda X: np.hstack([rows_of(X, 5), np.ones((5, 1))]),
        "another length": lambda X: rows_of(X, 7),
        "text": lambda X: [*rows_of(X, 4).astype(str).tolist(), ["x"]],
        "None": lambda X: None,
        "a dict": lambda X: {"a": [1, 2]},
        "an index too large": with_indices(set_last("indices", 10**6)),
        "an index below 0": with_indices(set_last("indices", -(10**6))),
        "a row that ends too late": with_indices(set_last("indptr", 10**6)),
        "a row that ends before it begins": with_indices(spoil_middle),
    },
    "y": {
        "nan": with_value(NAN),
        "infinity": with_value(INF),
        "complex": with_value(1j),
        "negative": with_value(-3.0),
        "half": with_value(0.5),
        "huge": with_value(1e300),
        "an unknown label": with_value(99.0),
        "text": lambda y: np.resize(["spam", "1.5"], len(y)),
        "mixed": lambda y: np.resize(np.array(["spam", 1.5, None], dtype=object), len(y)),
        "another length": lambda y: np.resize(y, 3),
        "a column": lambda y: np.resize(y, (len(y), 1)),
        "columns": lambda y: np.resize(y, (len(y), 3)),
        "three dimensions": lambda y: np.resize(y, (len(y), 2, 2)),
        "one value": lambda y: np.resize(y[:1], y.shape),
        "sparse": lambda y: sparse.csr_array(np.resize([[1, 0], [0, 1]], (len(y), 2))),
        "None": lambda y: None,
        "nothing": lambda y: [],
        "a number": lambda y: 3,
    },
    "sample_weight": {
        "zero": lambda y: np.zeros(len(y)),
        "negative": lambda y: -np.ones(len(y)),
        "nan": lambda y: np.full(len(y), NAN),
        "infinity": lambda y: np.full(len(y), INF),
        "huge": lambda y: np.linspace(1e300, 1.7e308, len(y)),
        "tiny": lambda y: np.full(len(y), 5e-324),
        "another length": lambda y: np.ones(len(y) + 1),
        "a column": lambda y: np.ones((len(y), 1)),
        "text": lambda y: ["a"] * len(y),
        "a number": lambda y: 2.0,
        "complex": lambda y: np.ones(len(y)) * 1j,
    },
    "classes": {
        "empty": lambda y: [],
        "nan": lambda y: [0, NAN],
        "None": lambda y: None,
        "others": lambda y: [7, 8, 9],
        "text": lambda y: "abc",
        "nested": lambda y: [[0, 1], [1, 2, 3]],
    },
    "coefs_init": {
        "a number": lambda y: 0.5,
        "text": lambda y: ["a", "b"],
        "other shapes": lambda y: [np.ones((2, 2))] * 2,
        "nan": lambda y: [np.full((3, 2), NAN)],
        "objects": lambda y: [None],
    },
    "X_val": {
        "other columns": lambda y: np.ones((4, 9)),
        "nan": lambda y: np.full((4, 2), NAN),
        "text": lambda y: "abc",
        "without targets": lambda y: np.ones((4, 2)),
    },
}


class Call(NamedTuple):
    """One call: its data, what is damaged, and a parameter that is changed before."""

    method: str
    data: Data
    damage: object = None  # (argument, name) of DAMAGES
    change: object = None  # (parameter, value)


class Story(NamedTuple):
    """An estimator and what is done to it.

    Attributes
    ----------
    is_classifier : bool
    engine : {'kernel', 'numpy'}
    parameters : dict
    calls : list of Call
    """

    is_classifier: bool
    engine: str
    parameters: dict
    calls: list


ENGINES = ["numpy"] if engines._kernel is None else ["kernel", "numpy"]


@st.composite
def stories(draw):
    """One to three calls; about every third of them is broken in some way."""
    is_classifier = draw(st.booleans())
    estimator_class = BackpropClassifier if is_classifier else BackpropRegressor
    first = draw(data(is_classifier))
    width = {
        "n_features": st.just(first.n_features),
        "n_outputs": st.just(first.n_outputs),
        "kind": st.just(first.kind),
    }
    methods = st.sampled_from(["fit", "fit", "partial_fit", "initialize"])
    damages = st.sampled_from([(name, each) for name, damages in DAMAGES.items() for each in damages])
    names = st.sampled_from(sorted(STRATEGIES[estimator_class]))
    calls = []
    for number in range(draw(st.integers(1, 3))):
        is_whole, is_unchanged = draw(st.integers(0, 3)), draw(st.integers(0, 5))
        damage = None if is_whole else draw(damages)
        change = None if is_unchanged else (draw(names), draw(st.sampled_from(JUNK)))
        if change is not None and change[0] in ENDLESS and change[1] == 10**400:
            change = None
        table = first if number == 0 else draw(data(is_classifier, **width))
        calls.append(Call(draw(methods), table, damage, change))
    return Story(is_classifier, draw(st.sampled_from(ENGINES)), draw(parameters_of(estimator_class, first)), calls)


class Broken(AssertionError):
    """A promise that was not kept."""


def tell(story):
    """Make the calls of a story and check each.

    Returns
    -------
    endings : list of str
        Of each call: "done", or the type of its error.
    """
    estimator_class = BackpropClassifier if story.is_classifier else BackpropRegressor
    estimator = estimator_class(**story.parameters)
    endings = []
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKBACKPROP_ENGINE", story.engine)
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", DataConversionWarning)
        # scikit-learn's own, about labels beyond int64 and about labels that look like targets.
        warnings.filterwarnings(
            "ignore",
            "invalid value encountered in cast|The number of unique classes|The first call of partial_fit has a single",
        )
        for call in story.calls:
            endings.append(make(estimator, call, story.is_classifier))
    return endings


def make(estimator, call, is_classifier):
    """Make one call: what raises is of the promised types and leaves no trace, what returns has a network that predicts."""
    arguments = arguments_of(estimator, call, is_classifier)
    before, given = state_of(estimator), joblib.hash(arguments)
    old = {} if call.change is None else {call.change[0]: getattr(estimator, call.change[0])}
    try:
        estimator.set_params(**dict([call.change] if call.change else []))
        getattr(estimator, call.method)(**arguments)
    except (ValueError, TypeError, MemoryError, AttributeError) as error:
        if isinstance(error, AttributeError) and not (call.method == "partial_fit" and estimator.solver == "lbfgs"):
            raise
        if state_of(estimator) != before:
            raise Broken(f"{error!r} left a trace") from error
        ending = type(error).__name__
    else:
        check_network(estimator, call, is_classifier)
        ending = "done"
    if joblib.hash(arguments) != given:
        raise Broken("the arguments were written to")
    if ending != "done":
        estimator.set_params(**old)
    return ending


def arguments_of(estimator, call, is_classifier):
    """What the call passes, damaged where the story says so."""
    table = call.data
    arguments = {"X": table.inputs(), "y": table.targets(is_classifier)}
    if call.method != "initialize" and table.is_weighted:
        arguments["sample_weight"] = table.weights()
    if is_classifier and call.method == "partial_fit" and not hasattr(estimator, "classes_"):
        arguments["classes"] = table.classes()
    if call.damage is None:
        return arguments
    name, damage = call.damage
    allowed = {"X_val": ("fit",), "classes": ("partial_fit", "initialize"), "sample_weight": ("fit", "partial_fit")}
    if call.method in allowed.get(name, (call.method,)) and (is_classifier or name != "classes"):
        arguments[name] = DAMAGES[name][damage](arguments["X"] if name == "X" else arguments["y"])
    return arguments


def state_of(estimator):
    """A hash of all that a training sets."""
    return joblib.hash({name: value for name, value in vars(estimator).items() if name.endswith("_")})


def check_network(estimator, call, is_classifier):
    """The network is finite and predicts finite numbers of the right shape."""
    if not all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_):
        raise Broken("weights are not finite")
    n_instances, n_features = call.data.n_instances, estimator.n_features_in_
    X = np.random.RandomState(0).normal(size=(n_instances, n_features))
    predictions = estimator.predict(X)
    if predictions.shape[0] != n_instances:
        raise Broken("predictions are not as many as the instances")
    if not is_classifier:
        if np.isnan(predictions).any():
            raise Broken("predictions are NaN")
        return
    probabilities = estimator.predict_proba(X)
    for each in probabilities if isinstance(probabilities, list) else [probabilities]:
        if not (np.isfinite(each).all() and (each >= 0).all() and (each <= 1).all()):
            raise Broken("probabilities are not between 0 and 1")


@pytest.mark.slow
@settings(drawn, max_examples=300)
@given(stories())
def test_nothing_drawn_crashes_and_what_raises_leaves_no_trace(story):
    tell(story)


# ---------------------------------------------------------------------------------------------------------------------
# Properties of what is trained.


@st.composite
def trainings(draw, table=None, **replaced):
    """An estimator and data that it can be trained with."""
    is_classifier = draw(st.booleans())
    estimator_class = BackpropClassifier if is_classifier else BackpropRegressor
    made = draw(data(is_classifier, **(table or {})))
    if not is_classifier and "loss" not in replaced:
        replaced = replaced | SMOOTH_LOSSES
    return estimator_class(**draw(parameters_of(estimator_class, made, **replaced))), made


NUMBERS = {"dtype": st.sampled_from(["float64", "float32"]), "form": st.just("C"), "scale": st.just(1.0)}
DOUBLES = NUMBERS | {"dtype": st.just("float64")}
QUIET = {"verbose": st.just(0), "max_time": st.none()}


def fit(estimator, table, X=None, y=None, weights=None):
    """Train quietly; what cannot be trained is not the point."""
    is_classifier = isinstance(estimator, BackpropClassifier)
    X = table.inputs() if X is None else X
    y = table.targets(is_classifier) if y is None else y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return estimator.fit(X, y, weights)
        except ValueError:
            return None


def outputs_of(estimator, X):
    """In their finest form, of shape (n_instances, n_outputs)."""
    return np.asarray(estimator.activations(X)[-1])


def vector_of(estimator):
    return np.concatenate([array.ravel() for array in estimator.coefs_ + estimator.intercepts_])


def assert_close(one, other, rtol):
    np.testing.assert_allclose(one, other, rtol=0, atol=rtol * max(1.0, np.abs(one).max()))


@drawn
@given(
    trainings(table=DOUBLES | {"n_instances": st.integers(10, 40)}, **SMOOTH | QUIET | {"batch_size": st.just("epoch")})
)
def test_whole_number_weights_are_repetition(training):
    estimator, table = training
    weights = np.random.RandomState(table.seed).randint(4, size=table.n_instances)
    X, y = table.plain_inputs(), table.targets(isinstance(estimator, BackpropClassifier))
    assume(weights.any())
    kept = np.repeat(np.arange(table.n_instances), weights)
    if isinstance(estimator, BackpropClassifier):
        assume(np.array_equal(np.unique(y[kept], axis=0), np.unique(y, axis=0)))  # else there are fewer classes
    repeated = fit(estimator, table, X[kept], y[kept])
    assume(repeated is not None)
    repeated = vector_of(repeated)
    assert_close(vector_of(fit(estimator.set_params(warm_start=False), table, X, y, weights)), repeated, 1e-7)


@pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
@drawn
@given(trainings(table=NUMBERS, **SMOOTH | QUIET))
def test_both_engines_make_the_same_network(training):
    estimator, table = training
    estimator.set_params(warm_start=False)
    ends = []
    for engine in ("kernel", "numpy"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SKBACKPROP_ENGINE", engine)
            network = fit(estimator, table, weights=table.weights())
        ends.append(None if network is None else (vector_of(network), network.loss_curve_, network.error_curve_))
    assume(ends != [None, None])
    for one, other in zip(*ends, strict=True):
        assert_close(np.array(one), np.array(other), 1e-3 if table.dtype == "float32" else 1e-8)


@drawn
@given(trainings(table=DOUBLES | {"form": st.sampled_from([*LAYOUTS, *SPARSE])}, **SMOOTH | QUIET))
def test_the_container_of_the_inputs_does_not_matter(training):
    estimator, table = training
    estimator.set_params(warm_start=False)
    network = fit(estimator, table)
    assume(network is not None)
    vector = vector_of(network)
    plain = vector_of(fit(estimator, table, table.plain_inputs()))
    if table.form in SPARSE:
        assert_close(vector, plain, 1e-9)
    else:
        np.testing.assert_array_equal(vector, plain)


@drawn
@given(trainings(table=NUMBERS, **QUIET), st.randoms(use_true_random=False))
def test_predictions_do_not_depend_on_the_other_rows(training, random):
    estimator, table = training
    assume(fit(estimator, table) is not None)
    X = Data(table.seed + 3, 30, table.n_features, 1, table.dtype).inputs()
    whole, order = outputs_of(estimator, X), np.array(random.sample(range(30), 30))
    assume(np.isfinite(whole).all())  # of exploded networks test_cases_numerics.py speaks
    rtol = 1e-5 if table.dtype == "float32" else 1e-12
    assert_close(outputs_of(estimator, X[order]), whole[order], rtol)
    cut = random.randint(1, 29)
    assert_close(np.vstack([outputs_of(estimator, X[:cut]), outputs_of(estimator, X[cut:])]), whole, rtol)
    assert_close(np.vstack([outputs_of(estimator, row[np.newaxis]) for row in X]), whole, rtol)


@pytest.mark.slow
@drawn
@given(trainings(table=NUMBERS, **QUIET | {"early_stopping": st.just(False)}), st.integers(2, 5))
def test_a_pickled_network_predicts_and_goes_on_as_the_original(training, protocol):
    estimator, table = training
    assume(fit(estimator, table) is not None)
    copy = pickle.loads(pickle.dumps(estimator, protocol))
    X = table.inputs()
    np.testing.assert_array_equal(outputs_of(copy, X), outputs_of(estimator, X))
    for network in (estimator, copy):
        network.set_params(warm_start=True)
    assert (fit(estimator, table) is None) == (fit(copy, table) is None)
    np.testing.assert_array_equal(vector_of(copy), vector_of(estimator))
