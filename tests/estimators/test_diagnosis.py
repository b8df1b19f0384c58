"""The warning about networks that did not learn: each cause has an example, which its remedy mends."""

import re
import tracemalloc
import warnings
from copy import deepcopy
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import datasets
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import QuantileTransformer, scale

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV
from skbackprop._estimators.diagnosis import training
from skbackprop._estimators.diagnosis.causes import CAUSES
from skbackprop._estimators.diagnosis.missed_classes import lost_part, rows_of
from skbackprop._network.automatic.different import without_copies
from skbackprop._network.parameters import Parameters, TrainingSet

BREAST, WINE, IRIS, DIGITS, DIABETES = (
    getattr(datasets, f"load_{name}")(return_X_y=True)
    for name in ("breast_cancer", "wine", "iris", "digits", "diabetes")
)


def scaled(data):
    return scale(data[0]), data[1]


def mixed_scales():
    """A regression whose columns have sizes from a thousandth to ten thousand, and count about alike."""
    X = np.random.RandomState(0).normal(size=(400, 6))
    return X * [1e-3, 1e-2, 1, 10, 1e3, 1e4], X @ [1, 2, -1, 1, 0.5, 0.1]


def daily_changes():
    """Changes by a hundredth or so, of which the first decides, and twice the second where the third is positive."""
    X = np.random.RandomState(0).standard_t(4, size=(1000, 10)) * 0.007
    return X, (X[:, 0] + 2 * X[:, 1] * (X[:, 2] > 0) > 0).astype(int)


def line_with_outliers():
    """One of five columns, with noise whose variance is infinite."""
    random_state = np.random.RandomState(3)
    X = random_state.randn(500, 5)
    return X, X[:, 0] + 0.3 * random_state.standard_t(1.2, 500)


def pairs_of_categories():
    """Two columns of ten categories, one-hot, of which no one tells anything without the other."""
    first, second = np.random.RandomState(0).randint(10, size=(2, 600))
    return scale(np.c_[np.eye(10)[first], np.eye(10)[second]]), ((first + second) % 3 == 0).astype(int)


def one_in(n, n_instances=6000):
    """Two classes, of which one instance in n belongs to the second, apart in three of ten columns."""
    random_state = np.random.RandomState(0)
    y = (random_state.uniform(size=n_instances) < 1 / n).astype(int)
    return random_state.normal(size=(n_instances, 10)) + 1.5 * np.outer(y, np.arange(10) < 3), y


def message_of(network, data, **arguments):
    """The one warning of a fit, of convergence; None where there is none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network.fit(*data, **arguments)
    assert len(caught) <= 1
    assert all(each.category is ConvergenceWarning for each in caught)
    return str(caught[0].message) if caught else None


# ---- networks that learned -------------------------------------------------------------------------------------------


class Learned(NamedTuple):
    """A network that learns its data up to a score."""

    network: object
    data: tuple
    score: float


C, R = BackpropClassifier, BackpropRegressor
SEED = {"random_state": 0}

MOONS = datasets.make_moons(200, noise=0.15, random_state=0)
SQUARE = np.random.default_rng(0).uniform(-1, 1, (400, 2))
CIRCLES = datasets.make_circles(300, noise=0.05, factor=0.5, random_state=0)
QUARTERS = (SQUARE, SQUARE.prod(axis=1) > 0)
TWO_PERIODS = (np.linspace(-1.7, 1.7, 400)[:, np.newaxis], np.sin(np.linspace(-6.8, 6.8, 400)))
WIDER_AND_WIDER = (np.linspace(0, 1, 300)[:, np.newaxis], np.linspace(0, 10, 300) * np.sin(np.linspace(0, 10, 300)))
WAVE_OF_A_UNIT = (np.linspace(-1, 1, 100)[:, np.newaxis], 0.8 * np.sin(4.1 * np.linspace(-1, 1, 100)))
SINC = (np.linspace(-1.6, 1.6, 100)[:, np.newaxis], np.sinc(np.linspace(-4, 4, 100)))

LEARNED = {
    "iris": Learned(C(**SEED), scaled(IRIS), 0.95),
    "iris, as it is": Learned(C(**SEED), IRIS, 0.93),
    "iris in small units": Learned(C(**SEED), (IRIS[0] / 30, IRIS[1]), 0.85),
    "iris in tiny units, rprop": Learned(C(solver="rprop", **SEED), (IRIS[0] / 1e3, IRIS[1]), 0.95),
    "a line of small inputs": Learned(R((), **SEED), (IRIS[0][:, :3] / 30, IRIS[0][:, 3]), 0.5),
    "wine": Learned(C(**SEED), scaled(WINE), 0.98),
    "breast cancer": Learned(C(**SEED), scaled(BREAST), 0.97),
    "digits": Learned(C(max_iter=30, **SEED), (DIGITS[0] / 16, DIGITS[1]), 0.95),
    "digits, sparse": Learned(C(max_iter=30, **SEED), (csr_array(DIGITS[0] / 16), DIGITS[1]), 0.95),
    "digits, as they are": Learned(C(max_iter=60, **SEED), DIGITS, 0.9),
    "log loss": Learned(C(loss="log_loss", max_iter=30, **SEED), (DIGITS[0] / 16, DIGITS[1]), 0.95),
    "adam": Learned(C(solver="adam", **SEED), scaled(WINE), 0.98),
    "adam at a tenth of the rate": Learned(C(solver="adam", learning_rate_init=9e-4, **SEED), scaled(WINE), 0.98),
    "rprop": Learned(C(solver="rprop", **SEED), scaled(BREAST), 0.97),
    "lbfgs": Learned(C(solver="lbfgs", **SEED), scaled(IRIS), 0.97),
    "tanh": Learned(C(activation="tanh", **SEED), scaled(WINE), 0.98),
    "relu": Learned(C(activation="relu", **SEED), scaled(IRIS), 0.95),
    "identity": Learned(C(activation="identity", **SEED), scaled(WINE), 0.95),
    "no hidden layers": Learned(C((), **SEED), scaled(BREAST), 0.95),
    "two layers": Learned(C((20, 10), init_range=1.0, **SEED), scaled(WINE), 0.98),
    "case updating": Learned(C(10, batch_size=1, learning_rate_init=0.5, max_iter=50, **SEED), scaled(IRIS), 0.94),
    "epoch updating": Learned(C(10, batch_size="epoch", max_iter=500, update_tol=0, **SEED), scaled(WINE), 0.95),
    "momentum": Learned(C(momentum=0.9, nesterovs_momentum=True, **SEED), scaled(BREAST), 0.97),
    "early stopping": Learned(C(early_stopping=True, **SEED), scaled(BREAST), 0.95),
    "early stopping by loss": Learned(C(early_stopping=True, scoring="loss", **SEED), scaled(IRIS), 0.9),
    "a penalty": Learned(C(alpha=0.01, **SEED), scaled(BREAST), 0.95),
    "a schedule": Learned(C(learning_rate="inverse_epoch", **SEED), scaled(WINE), 0.95),
    "moons": Learned(C(20, **SEED), datasets.make_moons(300, noise=0.2, random_state=0), 0.85),
    "circles": Learned(
        C(20, solver="rprop", **SEED), datasets.make_circles(300, noise=0.05, factor=0.5, random_state=0), 0.95
    ),
    "blobs": Learned(C(**SEED), scaled(datasets.make_blobs(300, centers=6, random_state=0)), 0.8),
    "five classes": Learned(
        C(**SEED), datasets.make_classification(600, 15, n_informative=8, n_classes=5, random_state=0), 0.85
    ),
    "a rare class": Learned(
        C(**SEED),
        datasets.make_classification(600, 10, n_informative=5, weights=[0.95], flip_y=0, random_state=0),
        0.96,
    ),
    "labels": Learned(C(**SEED), datasets.make_multilabel_classification(300, random_state=0), 0.5),
    "balanced": Learned(C(class_weight="balanced", **SEED), scaled(WINE), 0.98),
    "wrong labels": Learned(C(**SEED), datasets.make_classification(400, 10, flip_y=0.3, random_state=0), 0.7),
    "diabetes": Learned(R(**SEED), DIABETES, 0.45),
    "friedman": Learned(R(**SEED), scaled(datasets.make_friedman1(300, random_state=0)), 0.9),
    "a plane": Learned(R(**SEED), datasets.make_regression(200, 8, noise=10, random_state=0), 0.95),
    "regression, adam": Learned(R(solver="adam", **SEED), scaled(datasets.make_friedman1(300, random_state=0)), 0.7),
    "regression, rprop": Learned(R(solver="rprop", **SEED), scaled(datasets.make_friedman2(300, random_state=0)), 0.95),
    "regression, lbfgs": Learned(
        R(20, solver="lbfgs", **SEED), scaled(datasets.make_friedman3(300, random_state=0)), 0.9
    ),
    "regression, relu": Learned(
        R(activation="relu", **SEED), scaled(datasets.make_friedman1(300, random_state=0)), 0.9
    ),
    "medians": Learned(
        R(loss="absolute_error", max_iter=400, **SEED), scaled(datasets.make_friedman1(300, random_state=0)), 0.8
    ),
    "three targets": Learned(R(**SEED), datasets.make_regression(200, 6, n_targets=3, random_state=0), 0.95),
}


@pytest.mark.parametrize("name", LEARNED)
def test_a_network_that_learned_is_not_warned_about(name):
    network, data, score = LEARNED[name]
    network = clone(network)
    assert message_of(network, data) is None
    assert network.score(*data) > score


# ---- causes and remedies ---------------------------------------------------------------------------------------------


SQUARES = np.random.RandomState(0).uniform(size=(1000, 2))


CURVE = np.random.RandomState(0).normal(size=(400, 1))
RARE = np.random.RandomState(1).normal(size=(2000, 5))


class Example(NamedTuple):
    """A network that did not learn, what is said of it, and the score that following the remedy brings.

    Attributes
    ----------
    cause : str
        A key of `CAUSES`.
    seen, remedy : str
        Patterns of what was seen and of what to do.
    mend : callable
        Takes the network, the data and what the pattern of the remedy has found; returns both as they are to be.
    """

    cause: str
    network: object
    data: tuple
    seen: str
    remedy: str
    mend: object
    score: float


def with_scaled_inputs(network, data, found):
    return network, scaled(data)


def with_another_column(network, data, found):
    X, y = data
    X = X.toarray() if isinstance(X, csr_array) else X
    return network, (np.column_stack([X, y - 1]), y)


def with_a_noisy_column(network, data, found):
    X, y = data
    return network, (np.column_stack([X, y + np.random.RandomState(0).normal(scale=0.4, size=len(y))]), y)


def with_parameters(**parameters):
    """Sets parameters; one that is None gets the number that the message names."""

    def mend(network, data, found):
        numbers = {name: float(found[1]) if value is None else value for name, value in parameters.items()}
        return network.set_params(**numbers), data

    return mend


def wide_text():
    """Words of made-up texts, which are as rare as in real ones; each column has a standard deviation of 1."""
    random = np.random.RandomState(0)
    y = random.randint(10, size=1000)
    shares = 6 / (np.arange(8000) + 10) * np.where(random.uniform(size=(10, 8000)) < 0.1, 6, 1)
    X = (random.uniform(size=(1000, 8000)) < shares[y]).astype(float)
    X = X[:, X.any(axis=0)]
    return csr_array(X / X.std(axis=0)), y


def many_classes(n_classes, n_instances):
    random_state = np.random.RandomState(0)
    centres = random_state.normal(scale=2, size=(n_classes, 20))
    labels = random_state.randint(n_classes, size=n_instances)
    return scale(centres[labels] + random_state.normal(scale=0.5, size=(n_instances, 20))), labels


MANY_CLASSES = many_classes(200, 4000)


def hidden_class(n_classes):
    """A class of about a twentieth, which is nowhere more probable than another: it is missed though all is learned."""
    random = np.random.RandomState(0)
    X = random.normal(size=(1500, 3))
    y = (X[:, 0] > 0).astype(int) if n_classes == 3 else np.zeros(1500, dtype=int)
    y[(X[:, 1] > 0.5) & (random.uniform(size=1500) < 0.15)] = n_classes - 1
    return X, y


def two_places():
    """A class of a tenth that lies in two places, apart from each other by a period of a sine."""
    random = np.random.RandomState(0)
    X = random.normal(size=(1500, 8))
    height = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
    return X, (height > np.quantile(height, 0.9)).astype(int)


def heavy_class():
    """A class of one part in two hundred."""
    random = np.random.RandomState(0)
    y = np.r_[np.zeros(4000, dtype=int), np.ones(20, dtype=int)]
    return random.normal(size=(4020, 5)) + 2 * y[:, np.newaxis], y


XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
UNIT_DIGITS = DIGITS[0] / 16, DIGITS[1]
SLOW = {"learning_rate_init": 0.2, **SEED}
SCALER = r"scale the inputs \(StandardScaler does it\)"
AUTO_IS_LESS = "its learning rate was .*, where learning_rate_init='auto' takes"


def heavy_tails():
    """Inputs from a thousandth to a thousand, of whose logarithms the target is made; a standard deviation of 1."""
    normal = np.random.RandomState(0).normal(size=(600, 4))
    return scale(np.exp(2.5 * normal)), normal[:, 0] * normal[:, 1] + normal[:, 2]


def with_ranked_inputs(network, data, found):
    X, y = data
    return network, (QuantileTransformer(n_quantiles=200).fit_transform(X), y)


def weak_column():
    """Of whole numbers, each with one instance in seven or one in three of a class."""
    random_state = np.random.RandomState(0)
    ages = random_state.randint(18, 93, size=(1500, 1))
    return scale(ages), (random_state.uniform(size=1500) < 0.25 + 0.1 * np.sign(ages[:, 0] - 50)).astype(int)


def waves():
    X = np.random.RandomState(0).normal(size=(700, 2))
    return X, np.sin(3 * X).sum(axis=1)


EXAMPLES = {
    "inputs of heavy tails, of a regressor": Example(
        "outlying_inputs",
        BackpropRegressor(**SEED),
        heavy_tails(),
        "ranks of its inputs would .*; in 4 columns of its inputs a few are far from all others",
        r"none is far from the others \(QuantileTransformer makes them so\)",
        with_ranked_inputs,
        0.9,
    ),
    "inputs of heavy tails, of a classifier": Example(
        "outlying_inputs",
        BackpropClassifier(max_iter=100, **SEED),
        (heavy_tails()[0], heavy_tails()[1] > 0),
        "in 4 columns of its inputs a few are far from all others",
        "QuantileTransformer",
        with_ranked_inputs,
        0.9,
    ),
    "a column that tells little": Example(
        "weak_inputs",
        C(**SEED),
        weak_column(),
        r"predicts one class only .* its inputs tell little, and leave 9\d% of the variance of the targets",
        "pass inputs that tell more of the targets, or look at its probabilities",
        with_another_column,
        0.95,
    ),
    "a column that tells little, at a rate of a tenth": Example(
        "weak_inputs",
        C(learning_rate_init=0.1, **SEED),
        weak_column(),
        "predicts one class only .* its inputs tell little",
        "pass inputs that tell more of the targets",
        with_another_column,
        0.95,
    ),
    "a plateau of XOR, with two hidden units": Example(
        "unknown",
        BackpropClassifier(2, **SEED),
        XOR,
        "tells no more of its training data than a linear model would tell of noise",
        "raise max_iter",
        with_parameters(max_iter=3000),
        0.9,
    ),
    "waves in two directions, with three hidden units": Example(
        "saturated_by_training",
        BackpropRegressor(3, init_range=1.0, max_iter=1000, **SEED),
        waves(),
        "of the outputs of its hidden units are below",
        "take more hidden units",
        with_parameters(hidden_layer_sizes=20),
        0.9,
    ),
    "noise, of a classifier that tunes itself": Example(
        "cross_validation",
        BackpropClassifierCV(5, max_iter=400, grid={"alpha": [0.0, 0.1]}, cv=3, **SEED),
        (np.random.RandomState(1).normal(size=(100, 2)), np.arange(100) % 2),
        "more epochs made it no better on the instances held out",
        "pass inputs that tell more of the targets",
        with_a_noisy_column,
        0.8,
    ),
    "noise, of a regressor that tunes itself": Example(
        "cross_validation",
        BackpropRegressorCV(5, max_iter=60, grid={"alpha": [0.0, 0.1]}, cv=3, **SEED),
        (np.random.RandomState(1).normal(size=(100, 2)), np.arange(100.0) % 3),
        "more epochs made it no better on the instances held out",
        "pass inputs that tell more of the targets",
        with_another_column,
        0.9,
    ),
    "inputs that are all the same": Example(
        "equal_inputs",
        C(5, **SEED),
        (np.ones((60, 2)), np.arange(60) % 3),
        "its inputs are the same for all instances",
        "pass inputs that differ where the targets do",
        with_another_column,
        0.9,
    ),
    "sparse inputs that are all the same": Example(
        "equal_inputs",
        R(5, **SEED),
        (csr_array(np.ones((60, 2))), np.arange(60.0) % 3),
        "its inputs are the same for all instances",
        "pass inputs that differ where the targets do",
        with_another_column,
        0.9,
    ),
    "breast cancer, unscaled": Example(
        "saturated_by_inputs",
        C(init_range=0.5, learning_rate_init=1.5, **SEED),
        BREAST,
        r"\d\d% of .* hidden units were below 0.01",
        SCALER,
        with_scaled_inputs,
        0.97,
    ),
    "a regression on mixed scales": Example(
        "saturated_by_inputs",
        R(init_range=0.5, **SEED),
        mixed_scales(),
        r"\d\d% of .* hidden units were",
        SCALER,
        with_scaled_inputs,
        0.95,
    ),
    "a shift": Example(
        "saturated_by_inputs",
        C(activation="tanh", init_range="glorot", **SEED),
        (scale(WINE[0]) + 1e4, WINE[1]),
        "beyond -0.99 or 0.99",
        SCALER,
        with_scaled_inputs,
        0.97,
    ),
    "large weights at the start": Example(
        "saturated_by_weights",
        C(init_range=50.0, **SEED),
        scaled(WINE),
        r"9\d% of .* hidden units were",
        r"smaller weights, such as init_range=([\d.e-]+)\.$",
        with_parameters(init_range=None),
        0.97,
    ),
    "wide inputs": Example(
        "saturated_by_weights",
        C(30, init_range=0.5, alpha=0, learning_rate_init=2.0, max_iter=20, **SEED),
        wide_text(),
        "tell less about instances than the inputs themselves.*hidden units were",
        r"smaller weights, such as init_range=([\d.e-]+)\.$",
        with_parameters(init_range=None),
        0.97,
    ),
    "mixed scales that do not saturate": Example(
        "mixed_inputs",
        R(init_range=1e-5, **SEED),
        mixed_scales(),
        r"columns of sizes from 0.00095 to 9.1e\+03",
        SCALER,
        with_scaled_inputs,
        0.95,
    ),
    "centimetres as kilometres": Example(
        "small_inputs",
        C(init_range=0.5, **SEED),
        (IRIS[0] / 1e5, IRIS[1]),
        "predicts one class only.*its inputs are small, no farther than 2e-05 from their mean",
        SCALER,
        with_scaled_inputs,
        0.95,
    ),
    "small columns beside none that are large": Example(
        "small_inputs",
        C(init_range=0.5, max_iter=3000, **SEED),
        (BREAST[0][:, 14:20], BREAST[1]),
        "its inputs are small, no farther than 0.04 from their mean",
        SCALER,
        with_scaled_inputs,
        0.8,
    ),
    "small differences": Example(
        "small_inputs",
        R(init_range=0.5, **SEED),
        (1 + scale(DIABETES[0]) / 100, DIABETES[1]),
        "its inputs are small, no farther than 0.03 from their mean",
        SCALER,
        with_scaled_inputs,
        0.5,
    ),
    "a chessboard away from zero": Example(
        "inputs_off_centre",
        C(init_range=1.0, **SEED),
        (SQUARES, (3 * SQUARES).astype(int).sum(axis=1) % 2),
        "its inputs are not centred: their mean is 0.71 from zero, and they are 0.42 from their mean",
        SCALER,
        with_scaled_inputs,
        0.9,
    ),
    "units that hardly move": Example(
        "small_inputs",
        C(init_range=0.5, **SEED),
        daily_changes(),
        r"its inputs are small, no farther than 0.03 from their mean",
        SCALER,
        with_scaled_inputs,
        0.9,
    ),
    "small inputs, sparse": Example(
        "small_inputs",
        C(init_range=0.5, **SEED),
        (csr_array(IRIS[0] / 1e3), IRIS[1]),
        "its inputs are small, no farther than 0.002 from their mean",
        r"scale the inputs \(MaxAbsScaler does it\)",
        lambda network, data, found: (network, scaled(IRIS)),
        0.95,
    ),
    "many layers that begin large": Example(
        "large_start",
        C((30,) * 4, activation="relu", init_range=1.0, max_iter=60, **SEED),
        scaled(DIGITS),
        "the net inputs of its hidden units began with sizes up to [0-9]+;?",
        "begin with smaller weights, such as init_range='(glorot)'",
        lambda network, data, found: (network.set_params(init_range=found[1]), data),
        0.95,
    ),
    "a large rate": Example(
        "rate_too_large",
        C(learning_rate_init=100.0, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "lower learning_rate_init, or leave it at 'auto'",
        with_parameters(learning_rate_init="auto"),
        0.97,
    ),
    "a large rate of adam": Example(
        "rate_too_large",
        C(solver="adam", learning_rate_init=1.0, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "lower learning_rate_init",
        with_parameters(learning_rate_init="auto"),
        0.97,
    ),
    "a large first step of rprop": Example(
        "rate_too_large",
        C(solver="rprop", learning_rate_init=100.0, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "lower learning_rate_init",
        with_parameters(learning_rate_init="auto"),
        0.97,
    ),
    "great weights": Example(
        "large_weights",
        C(class_weight="balanced", learning_rate_init=1.5, max_iter=100, **SEED),
        heavy_class(),
        "the largest weight of an instance is 100 times the mean",
        r"lower learning_rate_init, to ([\d.e-]+) or so, or take a larger batch_size",
        with_parameters(learning_rate_init=None),
        0.95,
    ),
    "Adam's rate for gradient steps": Example(
        "rate_too_small",
        C(learning_rate_init=0.001, **SEED),
        scaled(IRIS),
        "its learning rate was 0.001, where learning_rate_init='auto' takes 1.5",
        "raise learning_rate_init, or leave it at 'auto'",
        with_parameters(learning_rate_init="auto"),
        0.95,
    ),
    "Adam's rate, a regression": Example(
        "rate_too_small",
        R(learning_rate_init=1e-5, **SEED),
        scaled(DIABETES),
        AUTO_IS_LESS,
        "raise learning_rate_init",
        with_parameters(learning_rate_init="auto"),
        0.45,
    ),
    "targets far from 0": Example(
        "targets_off_scale",
        R(normalize_y=False, **SEED),
        (RARE, 1e5 + RARE[:, 0]),
        r"its targets are about 1e\+05 and vary by (0.9|1).*, and were not standardised",
        "leave normalize_y at True, which standardises them",
        with_parameters(normalize_y=True),
        0.9,
    ),
    "weights that begin small": Example(
        "small_start",
        R(init_range=0.05, **SEED),
        (CURVE, np.sin(5 * CURVE[:, 0])),
        "its weights began within 0.05, where init_range='auto' takes 3",
        "begin with larger weights, or leave init_range at 'auto'",
        with_parameters(init_range="auto"),
        0.9,
    ),
    "a rule that ended before a rare class was learned": Example(
        "ended_early",
        C(error_tol=0.1, **SEED),
        (RARE, RARE[:, 0] > 2.3),
        "stop_reason_='error_tol'",
        "lower error_tol; 0 switches the rule off",
        with_parameters(error_tol=0.0),
        0.999,
    ),
    "a rate seven times as large": Example(
        "rate_rather_large",
        R(learning_rate_init=0.2, max_iter=100, **SEED),
        WIDER_AND_WIDER,
        "its learning rate was 0.2, where learning_rate_init='auto' takes 0.029",
        "lower learning_rate_init, or leave it at 'auto'",
        with_parameters(learning_rate_init="auto"),
        0.9,
    ),
    "a schedule that began at a small rate": Example(
        "rate_too_small",
        C(learning_rate="invscaling", learning_rate_init=0.05, **SEED),
        (datasets.load_digits().data / 16, DIGITS[1]),
        "where learning_rate_init='auto' takes",
        "take learning_rate='constant', as 'invscaling' has made the rate small; and raise learning_rate_init",
        with_parameters(learning_rate="constant", learning_rate_init="auto"),
        0.95,
    ),
    "a rate that is large, but at which the loss still falls": Example(
        "rate_rather_large",
        R(
            4,
            batch_size=1,
            momentum=0.9,
            learning_rate_init=0.01,
            max_iter=100,
            alpha=0,
            init_range=1.0,
            update_tol=0,
            normalize_y=False,
            random_state=0,
        ),
        WAVE_OF_A_UNIT,
        "its learning rate was 0.01",
        r"train longer \(raise max_iter\), or lower learning_rate_init",
        with_parameters(max_iter=2000),
        0.95,
    ),
    "a few targets far from all others": Example(
        "outlying_targets",
        R(random_state=3),
        line_with_outliers(),
        "a few of its targets are far from all others, and decide its squared errors",
        "take loss='huber', which they do not decide",
        with_parameters(loss="huber"),
        -0.05,  # of these few
    ),
    "a rate a tenth as large": Example(
        "rate_rather_small",
        R(learning_rate_init=0.003, max_iter=100, **SEED),
        WIDER_AND_WIDER,
        "its learning rate was 0.003, where learning_rate_init='auto' takes 0.029",
        "raise learning_rate_init, or leave it at 'auto'",
        with_parameters(learning_rate_init="auto"),
        0.9,
    ),
    "a schedule that ends too soon from a larger rate": Example(
        "rate_too_small",
        C(learning_rate="invscaling", power_t=1.0, update_tol=1e-9, learning_rate_init=8.0, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "take learning_rate='constant', with learning_rate_init='auto', as 'invscaling' has made the rate small",
        with_parameters(learning_rate="constant", learning_rate_init="auto"),
        0.95,
    ),
    "a schedule that ends too soon from a smaller rate": Example(
        "rate_too_small",
        C(learning_rate="invscaling", power_t=1.0, update_tol=1e-9, learning_rate_init=0.4, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "take learning_rate='constant', as 'invscaling' has made the rate small",
        with_parameters(learning_rate="constant"),
        0.95,
    ),
    "a schedule that ends too soon": Example(
        "rate_too_small",
        C(10, learning_rate="invscaling", power_t=1.0, update_tol=1e-4, **SEED),
        scaled(WINE),
        AUTO_IS_LESS,
        "take learning_rate='constant', as 'invscaling' has made the rate small",
        with_parameters(learning_rate="constant"),
        0.95,
    ),
    "grey levels up to 16, and rectified units": Example(
        "saturated_by_large_inputs",
        C(activation="relu", init_range="glorot", learning_rate_init=0.2, max_iter=100, **SEED),
        DIGITS,
        r"9\d% of the outputs of its output units are below 0.01 or above 0.99",
        SCALER,
        lambda network, data, found: (network, UNIT_DIGITS),
        0.95,
    ),
    "a shift that no unit was made for": Example(
        "large_inputs",
        C(**SEED),
        (scale(WINE[0]) + 1e4, WINE[1]),
        r"its inputs are large, with a root mean square of 1e\+04",
        SCALER,
        with_scaled_inputs,
        0.95,
    ),
    "a rate that is too large for small batches": Example(
        "saturated_by_training",
        C(init_range=0.5, learning_rate_init=12.0, batch_size=4, **SEED),
        scaled(WINE),
        r"\d+% of the outputs of its output units are below 0.01 or above 0.99",
        r"a smaller learning_rate_init, such as ([\d.]+)\.$",
        with_parameters(learning_rate_init=None),
        0.97,
    ),
    "a penalty": Example(
        "penalty",
        C(alpha=0.1, **SEED),
        scaled(CIRCLES),
        "the penalty of alpha=0.1 holds its weights near zero",
        r"lower alpha, to ([\d.e-]+), say",
        with_parameters(alpha=None),
        0.97,
    ),
    "a large penalty of inputs as they are": Example(
        "large_penalty",
        C(alpha=1.0, **SEED),
        IRIS,
        "the penalty of alpha=1 holds its weights near zero",
        r"lower alpha, to ([\d.e-]+), say",
        with_parameters(alpha=None),
        0.93,
    ),
    "a large penalty": Example(
        "large_penalty",
        C(alpha=10.0, **SEED),
        scaled(WINE),
        "the penalty of alpha=10 holds its weights near zero",
        r"lower alpha, to ([\d.e-]+), say",
        with_parameters(alpha=None),
        0.97,
    ),
    "one of the places of a class": Example(
        "vanished_errors",
        C(**SEED),
        two_places(),
        r"all but certain that [45]\d% of the training instances of class 1 are of another; .* squared errors vanish",
        "take loss='log_loss'",
        with_parameters(loss="log_loss"),
        0.98,
    ),
    "circles and straight lines": Example(
        "linear",
        C((), **SEED),
        scaled(CIRCLES),
        "a network without hidden layers is a linear model",
        r"give it hidden units, such as hidden_layer_sizes=\(100,\)",
        with_parameters(hidden_layer_sizes=100),
        0.97,
    ),
    "the rule of exclusive or and a straight line": Example(
        "no_hidden_layers",
        C((), **SEED),
        (np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])),
        "a network without hidden layers is a linear model",
        r"give it hidden units, such as hidden_layer_sizes=\(100,\), if what it is to learn bends",
        with_parameters(hidden_layer_sizes=100),
        0.99,
    ),
    "a search and straight lines": Example(
        "linear",
        BackpropClassifierCV((), cv=3, **SEED),
        scaled(QUARTERS),
        "a network without hidden layers is a linear model",
        r"give it hidden units, such as hidden_layer_sizes=\(100,\)",
        with_parameters(hidden_layer_sizes=100),
        0.97,
    ),
    "a search of identity units": Example(
        "linear",
        BackpropClassifierCV(activation="identity", cv=3, **SEED),
        scaled(QUARTERS),
        "layers of identity units make a linear model",
        "take another activation, such as 'logistic'",
        with_parameters(activation="logistic"),
        0.97,
    ),
    "a class that overlaps": Example(
        "rare_class",
        C(max_iter=100, **SEED),
        hidden_class(3),
        r"never predicts class 2 for any of its \d+ instances in the training data; a class is only \d\.\d% of them",
        "class_weight='balanced'",
        with_parameters(class_weight="balanced"),
        0.0,
    ),
    "one in three hundred in large batches": Example(
        "lost_in_batches",
        C(batch_size=1000, max_iter=100, **SEED),
        one_in(300),
        r"predicts one class only.*; a class is only 0\.\d% of them",
        "take loss='log_loss', or give that class more weight, as class_weight='balanced' does",
        with_parameters(class_weight="balanced"),
        0.8,
    ),
    "two hundred classes": Example(
        "many_classes",
        C(max_iter=10, **SEED),
        MANY_CLASSES,
        "of 200 output units all but one are to be 0",
        "take loss='log_loss'",
        with_parameters(loss="log_loss"),
        0.95,
    ),
    "two hundred classes of five, most of them learned": Example(
        "many_classes",
        C(**SEED),
        scaled(datasets.make_blobs(1000, centers=200, n_features=20, cluster_std=2, random_state=0)),
        r"recognises no instance of \d+ of its 200 classes, \d+% of its training data",
        "take loss='log_loss'",
        with_parameters(loss="log_loss"),
        0.95,
    ),
    "two hundred classes of twenty, most of them learned": Example(
        "many_classes",
        C(max_iter=100, **SEED),
        scaled(datasets.make_blobs(4000, centers=200, n_features=20, cluster_std=2, random_state=0)),
        "never predicts class",
        "take loss='log_loss'",
        with_parameters(loss="log_loss"),
        0.95,
    ),
    "one of two classes that overlaps": Example(
        "rare_class",
        C(max_iter=100, **SEED),
        hidden_class(2),
        r"predicts one class only.*; a class is only \d\.\d% of them",
        "class_weight='balanced'",
        with_parameters(class_weight="balanced"),
        0.0,
    ),
    "six layers": Example(
        "many_layers",
        C((30,) * 6, max_iter=60, **SEED),
        UNIT_DIGITS,
        "one class only",
        "several layers of such units learn better from init_range=1.0",
        with_parameters(init_range=1.0),
        0.95,
    ),
    "one epoch": Example(
        "ended_early",
        C(max_iter=1, **SLOW),
        scaled(WINE),
        "stop_reason_='max_iter'.*the loss was still falling",
        r"train longer: raise max_iter\.$",
        with_parameters(max_iter=100),
        0.97,
    ),
    "small updates": Example(
        "ended_early",
        C(update_tol=0.1, **SLOW),
        scaled(WINE),
        "all updates were below update_tol=0.1",
        "lower update_tol; 0 switches the rule off",
        with_parameters(update_tol=0),
        0.97,
    ),
    "a large error that is tolerated": Example(
        "ended_early",
        C(error_tol=0.9, **SLOW),
        scaled(WINE),
        "stop_reason_='error_tol'",
        "lower error_tol; 0 switches the rule off",
        with_parameters(error_tol=0),
        0.97,
    ),
    "no improvement that would be enough": Example(
        "ended_early",
        C(tol=10.0, n_iter_no_change=1, **SLOW | {"learning_rate_init": 0.16}),
        scaled(DIGITS),
        "stop_reason_='tol'",
        "lower tol or raise n_iter_no_change",
        with_parameters(tol=1e-4, n_iter_no_change=10),
        0.95,
    ),
    "no time": Example(
        "ended_early",
        C(max_time=1e-9, **SLOW),
        scaled(WINE),
        "stop_reason_='max_time'",
        "raise max_time",
        with_parameters(max_time=1e9),
        0.97,
    ),
    "few evaluations": Example(
        "ended_early",
        C(solver="lbfgs", max_fun=2, **SEED),
        scaled(WINE),
        "stop_reason_='max_fun'",
        "raise max_fun",
        with_parameters(max_fun=15000),
        0.97,
    ),
    "an accuracy that stands still": Example(
        "ended_early",
        C(early_stopping=True, scoring="accuracy", n_iter_no_change=1, **SLOW),
        scaled(WINE),
        "the accuracy of the validation data stood still while their loss fell",
        "scoring='loss', or raise n_iter_no_change",
        with_parameters(scoring="loss"),
        0.97,
    ),
    "a plateau": Example(
        "unknown",
        C(2, init_range=0.5, update_tol=0, **SEED),
        XOR,
        "no better on its training data than the class prior. To mend it",
        r"another learning_rate_init, or make more updates \(.* or raise max_iter\)",
        with_parameters(max_iter=20_000),
        0.99,
    ),
    "moons that few updates do not bend to": Example(
        "few_updates",
        C(6, init_range=0.5, **SEED),
        MOONS,
        "worse on its training data than a kernel ridge regression would on instances that it has not seen",
        "make more updates .lower batch_size, from 32 to 4, say, or raise max_iter., or take more hidden units",
        with_parameters(batch_size=4),
        0.97,
    ),
    "moons in more epochs": Example(
        "few_updates",
        C(6, init_range=0.5, **SEED),
        MOONS,
        r"stop_reason_='max_iter'",
        "raise max_iter",
        with_parameters(max_iter=3000),
        0.97,
    ),
    "a curve that small weights do not follow": Example(
        "few_updates",
        R(init_range=0.5, **SEED),
        TWO_PERIODS,
        "kernel ridge regression",
        r"or begin with larger weights .init_range=3.0.",
        with_parameters(init_range=3.0),
        0.9,
    ),
    "a curve that few updates do not follow": Example(
        "few_updates",
        R(init_range=0.3, **SEED),
        SINC,
        "kernel ridge regression",
        "lower batch_size, from 32 to 4, say",
        with_parameters(batch_size=4),
        0.9,
    ),
    "identity units beside circles": Example(
        "linear",
        C(12, activation="identity", batch_size=4, **SEED),
        CIRCLES,
        "layers of identity units make a linear model",
        "take another activation, such as 'logistic'",
        with_parameters(activation="logistic", batch_size=1),
        0.95,
    ),
    "too few units": Example(
        "unknown",
        C(2, batch_size=4, learning_rate_init=1.0, **SEED),
        QUARTERS,
        "worse on its training data than a kernel ridge regression",
        "or another learning_rate_init, or more hidden units, or train longer",
        with_parameters(hidden_layer_sizes=12),
        0.95,
    ),
    "two columns of categories of which each pair counts, on a plateau": Example(
        "vanished_errors",
        C(init_range=0.2, **SEED),
        pairs_of_categories(),
        "certain that 22% of the training instances of class 1 are of another",
        "take loss='log_loss'",
        with_parameters(loss="log_loss"),
        0.99,
    ),
    "an unlucky start": Example(
        "unknown",
        C(1, activation="relu", init_range=0.5, solver="lbfgs", random_state=1),
        scaled(IRIS),
        "To mend it",
        r"try another start \(random_state, or the best of n_init\)\.$",
        with_parameters(n_init=10),
        0.9,
    ),
}


@pytest.mark.parametrize(
    "network",
    [
        C(early_stopping=True, random_state=0),
        C(early_stopping=True, scoring="loss", random_state=0),
        C(early_stopping=True, scoring="loss", n_iter_no_change=30, random_state=0),
        BackpropClassifierCV(10, max_iter=200, random_state=1),
    ],
    ids=["accuracy and loss", "loss", "patient", "tuned"],
)
def test_a_class_that_no_longer_training_would_find_is_given_more_weight_whatever_ended_it(network):
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(800, 4))
    labels = np.where(random_state.uniform(size=800) < 0.09, 2, inputs[:, 0] > 0)  # the third class is chance
    match = r"never predicts class 2 .* only 9\.0% .* class_weight='balanced' does, if it is worth errors"
    with pytest.warns(ConvergenceWarning, match=match):
        network.fit(inputs, labels)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network.set_params(class_weight="balanced").fit(inputs, labels)
    messages = [str(each.message) for each in caught if each.category is ConvergenceWarning]
    assert not any("n_iter_no_change" in message for message in messages)
    if not (network.predict(inputs) == 2).any():
        assert "pass more instances, or inputs that tell more" in messages[0]


@pytest.mark.parametrize(
    ("parameters", "remedy"),
    [
        ({"alpha": 1e3}, "lower alpha"),
        ({"max_iter": 1}, "raise max_iter"),
        ({"learning_rate_init": 5.0}, "a smaller learning_rate_init"),
        ({"max_iter": 20}, "loss='log_loss'"),
    ],
    ids=str,
)
def test_many_classes_are_blamed_where_nothing_else_is(parameters, remedy):
    network = C(**{"max_iter": 50, **SEED} | parameters)
    assert re.search(f"To mend it, .*{re.escape(remedy)}", message_of(network, many_classes(200, 2000)))


def fitted_badly(example):
    network = clone(example.network)
    return network, message_of(network, example.data)


@cache
def badly_fitted(name):
    """The same for two tests, which are not to change it."""
    return fitted_badly(EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_network_that_did_not_learn_is_warned_about_and_the_remedy_mends_it(name):
    example = EXAMPLES[name]
    network, message = deepcopy(badly_fitted(name))
    assert re.search(example.seen, message), message
    found = re.search(f"To mend it, .*{example.remedy}", message)
    assert found, message
    network, data = example.mend(network, example.data, found)
    assert message_of(network, data) is None
    assert network.score(*data) > example.score


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if example.cause == "rare_class"])
def test_a_weighted_rare_class_is_recognised(name):
    """Its remedy costs right answers of others, so the score does not tell."""
    example = EXAMPLES[name]
    network = clone(example.network).set_params(class_weight="balanced").fit(*example.data)
    X, y = example.data
    assert np.mean(network.predict(X)[y == y.max()] == y.max()) > 0.5


@pytest.mark.parametrize("parameters", [{"learning_rate_init": 1e-4}, {"alpha": 100.0}])
def test_weak_inputs_are_not_the_cause_where_the_network_has_not_learned_what_they_tell(parameters):
    message = message_of(C(**SEED, **parameters), weak_column())
    assert "its inputs tell little" not in message
    assert next(iter(parameters)) in message


def test_a_rare_class_that_a_column_tells_is_no_weak_input():
    random_state = np.random.RandomState(0)
    y = (random_state.uniform(size=3000) < 0.01).astype(int)
    message = message_of(C(max_iter=100, **SEED), (scale(random_state.normal(size=(3000, 1)) + 1.5 * y[:, None]), y))
    assert "give that class more weight" in message


@pytest.mark.parametrize("parameters", [{"learning_rate_init": 1e-6}, {"learning_rate_init": 1e4}, {"max_iter": 1}])
def test_inputs_that_determine_the_targets_are_not_weak(parameters):
    line = scale(np.arange(600.0)[:, None])
    assert "tell little" not in message_of(C(**{**SEED, **parameters}), (line, np.arange(600) % 2))


def test_each_cause_has_an_example():
    assert {example.cause for example in EXAMPLES.values()} == set(CAUSES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_first_cause_that_is_met_is_the_examples(name, monkeypatch):
    example, asked = EXAMPLES[name], []
    for key, cause in CAUSES.items():
        monkeypatch.setitem(
            CAUSES, key, cause._replace(remedy=lambda training, key=key: asked.append(key) or "do something")
        )
    fitted_badly(example)
    assert asked == [example.cause]


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_advised_that_cannot_be_the_cause(name):
    network, message = badly_fitted(name)
    remedy = message.partition("To mend it, ")[2]
    assert "alpha" not in message or network.alpha > 0
    assert " 0% of" not in message
    assert not re.search(r"max_\w+", remedy) or network.stop_reason_ in remedy
    assert "n_iter_no_change" not in remedy or network.stop_reason_ in ("early_stopping", "tol")
    assert "class_weight" not in remedy or network.class_weight is None
    assert "rate" not in remedy or network.solver != "lbfgs"
    is_near = EXAMPLES[name].cause in ("small_inputs", "inputs_off_centre")
    assert "scale the inputs" not in remedy or is_near or np.abs(EXAMPLES[name].data[0]).max() > 10


@pytest.mark.parametrize("parameters", [{"alpha": Fraction(10)}, {"solver": "lbfgs", "tol": Fraction(1, 10**9)}])
def test_numbers_of_any_type_are_written(parameters):
    network = BackpropClassifier(5, max_iter=3, random_state=0, **parameters)
    assert re.search("alpha=10|tol=1e-09", message_of(network, scaled(WINE)))


def test_rare_ones_are_not_small_inputs():
    random_state = np.random.RandomState(0)
    X = (random_state.rand(3000, 4) < 0.001).astype(float)
    for inputs in (X, csr_array(X)):
        message = message_of(BackpropClassifier(max_iter=50, random_state=0), (inputs, random_state.rand(3000) < 0.5))
        assert re.search("predicts one class only|no better on its training data than the class prior", message)
        assert "small" not in message


@pytest.mark.parametrize(
    "network",
    [C(6, max_iter=99, **SEED), C((), **SEED), C(6, update_tol=0.03, **SEED)],
    ids=["few epochs", "no hidden layers", "ended by itself"],
)
def test_a_training_that_may_have_been_meant_to_end_there_is_not_compared_with_smooth_functions(network):
    assert message_of(network, MOONS) is None


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_a_network_that_follows_all_but_the_outliers_has_learned(loss):
    inputs, targets = datasets.make_regression(300, 4, random_state=0)
    targets[::33] += 1e4 * targets.std()
    assert message_of(R(loss=loss, **SEED), (inputs, targets)) is None
    message = message_of(R(loss=loss, learning_rate_init=1e-9, **SEED), (inputs, targets))
    assert "no better on its training data than the mean of the targets or another constant" in message


@pytest.mark.parametrize("loss", [{"quantile": q, "loss": "quantile"} for q in (0.05, 0.1, 0.9, 0.95)], ids=repr)
def test_small_squared_errors_do_not_speak_for_a_quantile(loss):
    """Outputs near the mean have smaller ones than the best constant quantile, and cost more."""
    data = scaled(DIABETES)
    assert message_of(R(**loss, **SEED), data) is None
    message = message_of(R(learning_rate_init=1e-5, max_iter=100, **loss, **SEED), data)
    assert (
        "no better on its training data than the mean of the targets or another constant; its learning rate" in message
    )


@pytest.mark.parametrize("loss", [{"loss": "absolute_error"}, {"loss": "huber", "huber_delta": 0.01}], ids=repr)
def test_small_squared_errors_do_not_speak_for_a_median(loss):
    random_state = np.random.RandomState(1)
    inputs = random_state.randn(300, 5)
    targets = np.exp(1.5 * inputs[:, 0] + 0.2 * random_state.randn(300))
    message = message_of(R(20, learning_rate_init=1e-6, max_iter=20, **loss, **SEED), (inputs, targets))
    assert "no better on its training data" in message


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_named_where_a_few_targets_decide_tells_the_others():
    X, y = line_with_outliers()
    told = [
        np.corrcoef(R(random_state=3, **parameters).fit(X, y).predict(X), X[:, 0])[0, 1]
        for parameters in ({"loss": "huber"}, {}, {"alpha": 0})
    ]
    assert told[0] > 0.95 > 0.6 > told[1] > told[2]


def test_a_solver_without_batches_is_not_told_of_them():
    message = message_of(C(2, solver="rprop", **SEED), MOONS)
    assert "kernel ridge regression" in message
    assert "batch_size" not in message


def test_a_comparison_with_smooth_functions_that_no_network_can_lose_is_not_made(monkeypatch):
    asked = []
    monkeypatch.setattr(training, "smooth_kernel", lambda inputs: asked.append(inputs) or np.eye(len(inputs)))
    message_of(C(**SEED), scaled(WINE))
    assert not asked
    message_of(C(6, init_range=0.5, **SEED), MOONS)
    assert len(asked) == 1  # though it is asked for what was seen, and for why


@pytest.mark.parametrize("size", [0.005, 0.001])
def test_many_units_that_hardly_move_may_know_all_that_there_is(size):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(1000, 5))
    y = X @ [0.5, -0.5, 0.5, -0.4, 0.3] + 0.7 * random_state.normal(size=1000)
    network = BackpropRegressor(500, solver="lbfgs", max_iter=50, alpha=0.001, random_state=0)
    assert message_of(network, (X * size, y)) is None
    assert network.score(X * size, y) > 0.6


def test_large_weights_that_were_given_are_named_by_their_size():
    X, y = scaled(WINE)
    sizes = [(X.shape[1], 30), (30, 30), (30, 30), (30, 3)]
    start = {"coefs_init": [np.random.RandomState(0).normal(scale=3, size=size) for size in sizes]}
    network = BackpropClassifier((30,) * 3, activation="relu", init_range="glorot", max_iter=20, random_state=0)
    message = message_of(network, (X, y), **start)
    assert re.search(
        r"hidden units began with sizes up to .* begin with smaller weights, such as init_range=0", message
    )


def test_to_look_at_wide_inputs_takes_a_small_part_of_their_memory():
    X = np.random.RandomState(0).uniform(size=(500, 20_000)).astype(np.float32)
    network = BackpropClassifier(2, max_iter=2, random_state=0)
    tracemalloc.start()
    try:
        message_of(network, (X, X[:, 0] > 0.5))
        assert tracemalloc.get_traced_memory()[1] < X.nbytes / 2
    finally:
        tracemalloc.stop()


def test_units_that_begin_silent_are_to_begin_with_other_weights():
    """Weights of zero: no size of them can be named."""
    X, y = scaled(WINE)
    start = {"coefs_init": [np.zeros((X.shape[1], 5)), np.zeros((5, 3))], "intercepts_init": [np.zeros(5), np.zeros(3)]}
    network = BackpropClassifier(5, activation="relu", max_iter=5, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"To mend it, begin with other weights \(random_state, or coefs_init"):
        network.fit(X, y, **start)


def test_a_missed_class_is_found_in_a_small_part_of_the_memory_that_x_takes():
    random = np.random.default_rng(0)
    X, y = random.random((30_000, 400), dtype=np.float32), random.integers(10, size=30_000)
    network = BackpropClassifier(1, max_iter=1, random_state=0)
    tracemalloc.start()
    try:
        with pytest.warns(ConvergenceWarning, match="never predicts class|predicts one class"):
            network.fit(X, y)
        assert tracemalloc.get_traced_memory()[1] < X.nbytes / 12
    finally:
        tracemalloc.stop()


def test_of_several_classes_that_are_missed_the_largest_is_named_and_its_instances_counted():
    """The others lie where the classes that are learned lie, so none of their instances is recognised."""
    random = np.random.RandomState(0)
    X, y = random.normal(size=(2000, 3)), np.zeros(2000, dtype=int)
    y[X[:, 0] > 0] = 1
    y[:60], y[60:150], y[150:200] = 2, 3, 4
    with pytest.warns(ConvergenceWarning, match="never predicts class 3 for any of its 90 instances"):
        BackpropClassifier(max_iter=100, random_state=0).fit(X, y)


def test_the_rows_of_each_class_are_found_in_the_order_that_was_asked_for():
    codes = np.random.RandomState(0).randint(6, size=200)
    for classes in (np.array([4]), np.array([5, 0, 3])):
        found = dict(rows_of(classes, codes))
        assert list(found) == classes.tolist()
        for code, rows in found.items():
            np.testing.assert_array_equal(rows, np.flatnonzero(codes == code))


@pytest.mark.parametrize("share", [0.03, 0.3])
def test_instances_of_a_class_that_noise_has_put_among_another_are_not_lost(share):
    """Outputs are about the share of them there is."""
    random = np.random.RandomState(0)
    X = random.normal(size=(2000, 4))
    X[:, 0] += 4 * np.sign(X[:, 0])
    y = (X[:, 0] > 4).astype(int)
    flipped = random.uniform(size=2000) < share
    y[flipped] = 1 - y[flipped]
    assert message_of(BackpropClassifier(random_state=0), (X, y)) is None


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("step", [1, -1])
def test_the_lost_part_is_that_of_all_instances_in_any_order(column, step):
    """Not of some that lie in a pattern."""
    X, y = two_places()
    rows = np.argsort(X[:, column])[::step]
    network = BackpropClassifier(solver="rprop", random_state=0)
    told = re.search(
        r"certain that (\d+)% of the training instances of class 1", message_of(network, (X[rows], y[rows]))
    )
    is_lost = network.predict_proba(X[y == 1])[:, 1] < min(0.01, y.mean() / 10)
    assert int(told[1]) == pytest.approx(100 * is_lost.mean(), abs=0.51)


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize("n_copies", [1, 20])
def test_a_lost_part_is_found_among_any_number_of_instances_and_by_weight(times, n_copies):
    X, y = two_places()
    network = BackpropClassifier(random_state=0)
    message_of(network, (X, y))
    is_lost = network.predict_proba(X)[:, 1] < 1e-4
    copies = np.where((y == 1) & ~is_lost, n_copies, 1)  # of which each weighs as much less
    rows = np.tile(np.repeat(np.arange(1500), copies), times)
    training_set = network._make_set(X[rows], y[rows], 1 / copies[rows])
    network_parts = SimpleNamespace(
        training_set=training_set,
        parameters=Parameters.from_arrays(network.coefs_, network.intercepts_),
    )
    code, part = lost_part(network_parts)
    assert code == 1
    assert part == pytest.approx(is_lost[y == 1].mean(), rel=1e-6)


def test_a_class_without_weight_is_not_looked_at_for_lost_instances():
    X, y = two_places()
    network = BackpropClassifier(random_state=0)
    message_of(network, (X, y))
    training_set = network._make_set(X, y, None)._replace(weights=(y == 0).astype(float))
    parameters = Parameters.from_arrays(network.coefs_, network.intercepts_)
    assert lost_part(SimpleNamespace(training_set=training_set, parameters=parameters)) is None


def test_instances_that_hardly_weigh_are_not_missed_where_they_are_lost():
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(2000, 4))
    y = (X[:, 0] > 1).astype(int)
    is_wrong = (y == 0) & (random_state.uniform(size=2000) < 0.1)
    weights = np.where(is_wrong, 1e-6, 1.0)
    y[is_wrong] = 1
    network = BackpropClassifier(random_state=0)
    assert message_of(network, (X, y), sample_weight=weights) is None
    assert np.mean(network.predict_proba(X[y == 1])[:, 1] < 1e-4) > 0.2


def test_a_lost_part_of_the_largest_of_many_classes_is_found():
    """However many others are looked at."""
    y = np.repeat(np.arange(14), [100] * 13 + [140])
    net_inputs = np.where(np.eye(14)[y] == 1, 5.0, -5.0)
    net_inputs[-40:] = np.where(np.arange(14) == 0, 5.0, -12.0)  # of the last class, taken for the first
    network = BackpropClassifier((), max_iter=1, random_state=0)
    message_of(network, (net_inputs, y))
    parts = SimpleNamespace(
        training_set=network._make_set(net_inputs, y, None),
        parameters=Parameters.from_arrays([np.eye(14)], [np.zeros(14)]),
    )
    code, part = lost_part(parts)
    assert code == 13
    assert part == pytest.approx(40 / 140)


def test_a_lost_part_of_one_of_many_classes_is_told_by_its_label():
    X, y = two_places()
    labels = np.array(["left", "right", "both"])[np.where(y, 2, (X[:, 3] > 0).astype(int))]
    message = message_of(BackpropClassifier(random_state=0), (X, labels))
    assert re.search(r"certain that \d\d% of the training instances of class both are of another", message)


def test_a_search_that_chose_a_plateau_is_told_of():
    """All candidates look alike there, so that few epochs seem best."""
    network = BackpropClassifierCV(grid={"alpha": [0.0]}, max_iter=200, cv=3, random_state=0)
    cube = np.random.RandomState(0).uniform(size=(1000, 3))
    with pytest.warns(ConvergenceWarning, match=r"not centred.*To mend it, scale the inputs"):
        network.fit(cube, (6 * cube).astype(int).sum(axis=1) % 2)


@pytest.mark.parametrize("max_iter", [40, 20, 5])
def test_units_that_the_data_ask_to_bend_are_not_to_begin_with_smaller_weights(max_iter):
    """Of one input more than half of the outputs begin beyond 0.01 and 0.99. Chance decides which networks learn it."""
    line = np.random.RandomState(3).uniform(size=(400, 1))
    stripes = line, (20 * line[:, 0]).astype(int) % 2
    networks = [C(max_iter=max_iter, random_state=seed) for seed in range(6)]
    messages = [message for network in networks if (message := message_of(network, stripes)) is not None]
    assert messages
    assert networks[0].init_range_[0] > 8
    assert not [each for each in messages if "before it began to learn" in each or "smaller weights" in each]


@pytest.mark.parametrize(
    ("rate", "solver", "remedy"),
    [
        (
            0.001,
            "sgd",
            "raise learning_rate_init, or leave it at 'auto', or take solver='adam', which such rates are for",
        ),
        (0.02, "sgd", "raise learning_rate_init, or leave it at 'auto'."),
        (1e-5, "adam", "raise learning_rate_init, or leave it at 'auto'."),
    ],
)
def test_small_rates_of_gradient_descent_may_be_meant_for_adam(rate, solver, remedy):
    X, y = scaled(DIGITS)
    network = C(learning_rate_init=rate, solver=solver, max_iter=5, **SEED)
    assert remedy in message_of(network, (X, y))
    if "adam" in remedy:
        assert network.set_params(solver="adam").fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize(
    ("is_halving", "is_adaptive", "rate"), [(True, False, 0.5), (True, True, 2.0), (False, False, 2.0)]
)
def test_the_rate_that_is_told_is_what_divergence_has_left(is_halving, is_adaptive, rate):
    plan = SimpleNamespace(
        rule=SimpleNamespace(learning_rate=2.0),
        is_halving=is_halving,
        thresholds=SimpleNamespace(is_adaptive=is_adaptive),
    )
    history = SimpleNamespace(progress=SimpleNamespace(rate_factor=0.25))
    assert training.Training.first_rate.fget(SimpleNamespace(plan=plan, history=history)) == rate


@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("convert", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_copies_of_instances_do_not_tell_what_the_others_are(estimator_class, convert):
    """Of rows drawn with replacement a smooth function knows most of those that it is asked of."""
    random = np.random.RandomState(1)
    X = random.normal(size=(300, 10))
    y = X[:, :3].sum(axis=1) + 3 * random.normal(size=300)
    y = y > 0 if estimator_class is BackpropClassifier else y
    rows = random.randint(300, size=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator_class(random_state=0).fit(convert(X[rows]), y[rows])


def test_copies_are_one_instance_of_their_weight():
    X = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0], [1.0, 2.0]])
    targets, weights = np.array([[1.0], [0.0], [1.0], [0.0]]), np.array([1.0, 2.0, 3.0, 4.0])
    for inputs in (X, csr_array(X)):
        instances = TrainingSet(inputs, targets, None, weights, 1.0, None, None)
        found = without_copies(instances)
        found_inputs = found.inputs.toarray() if inputs is not X else found.inputs
        np.testing.assert_array_equal(found_inputs, X[[0, 1, 3]])
        np.testing.assert_array_equal(found.targets.ravel(), [1.0, 0.0, 0.0])
        np.testing.assert_array_equal(found.weights, [4.0, 2.0, 4.0])
        np.testing.assert_array_equal(without_copies(instances._replace(weights=None)).weights, [2.0, 1.0, 1.0])
        assert without_copies(found) is found
