"""Parameters with a name of MLPClassifier are ignored, refused and accepted where MLPClassifier does so."""

import itertools
import warnings

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skbackprop import BackpropClassifier, BackpropRegressor

X, Y = make_classification(60, 4, random_state=0)
T = make_regression(60, 4, noise=5, random_state=0)[1] / 50

# Ours, with what the networks of scikit-learn do without naming it.
PAIRS = {
    "classifier": (
        lambda **parameters: BackpropClassifier(**parameters, loss="log_loss", init_range="glorot", update_tol=0),
        lambda **parameters: MLPClassifier(**parameters),
        Y,
    ),
    "regressor": (
        lambda **parameters: BackpropRegressor(**parameters, init_range="glorot", normalize_y=False, update_tol=0),
        lambda **parameters: MLPRegressor(**parameters),
        T,
    ),
}
pairs = pytest.mark.parametrize("pair", PAIRS)
solvers = pytest.mark.parametrize("solver", ["adam", "lbfgs", "sgd"])

BASE = {
    "hidden_layer_sizes": (3,),
    "alpha": 1e-4,
    "batch_size": 20,
    "learning_rate_init": 0.01,
    "momentum": 0.9,
    "nesterovs_momentum": True,
    "max_iter": 12,
    "n_iter_no_change": 2,
    "random_state": 0,
}
OTHERS = {
    "alpha": 1.0,
    "batch_size": 7,
    "beta_1": 0.5,
    "beta_2": 0.9,
    "early_stopping": True,
    "epsilon": 0.1,
    "learning_rate": "invscaling",
    "learning_rate_init": 0.1,
    "max_fun": 3,
    "max_iter": 4,
    "momentum": 0.3,
    "n_iter_no_change": 8,
    "nesterovs_momentum": False,
    "power_t": 0.9,
    "random_state": 1,
    "shuffle": False,
    "tol": 10.0,
    "validation_fraction": 0.4,
    "verbose": True,
}


# One never ends a training, the other always does.
TOLERANCES = [0.0, 10.0]


def fitted(make, y, parameters):
    """The weights of a network and how many epochs it took, as one array, or None where it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            network = make(**parameters).fit(X, y)
        except ValueError:
            return None
    return np.concatenate([[network.n_iter_], *(weights.ravel() for weights in network.coefs_)])


@pairs
@pytest.mark.parametrize(
    ("solver", "schedule", "early_stopping"),
    [
        ("adam", "adaptive", False),
        ("adam", "constant", True),
        ("lbfgs", "constant", False),
        ("lbfgs", "invscaling", True),
        ("sgd", "adaptive", False),
        ("sgd", "constant", True),
        ("sgd", "invscaling", False),
    ],
)
def test_a_parameter_counts_where_it_counts_there(pair, solver, schedule, early_stopping):
    *makes, y = PAIRS[pair]
    settings = {"solver": solver, "learning_rate": schedule, "early_stopping": early_stopping}
    bases = [BASE | settings | {"tol": tol} for tol in TOLERANCES]
    before = [[fitted(make, y, base) for base in bases] for make in makes]
    for name, value in OTHERS.items():
        after = [[fitted(make, y, base | {name: value}) for base in bases] for make in makes]
        ours, theirs = (not all(map(np.array_equal, *both)) for both in zip(before, after, strict=True))
        assert ours == theirs, f"{name}={value!r} counts {'here' if ours else 'there'} only"


EDGES = {
    "alpha": [0, -1e-9],
    "batch_size": ["auto", 1, 10_000, 0],
    "beta_1": [0, 0.99, 1],
    "beta_2": [0, 0.99, 1],
    "early_stopping": [True, 1],
    "epsilon": [1e-30, 0],
    "learning_rate": ["adaptive", "foo"],
    "learning_rate_init": [1e-9, 0],
    "max_fun": [1, 0],
    "max_iter": [1, 0, 2.0],
    "momentum": [0, 1, 1.1],
    "n_iter_no_change": [1, np.inf, 0],
    "nesterovs_momentum": [False, None],
    "power_t": [0, -1],
    "random_state": [None, 2**32 - 1, -1],
    "shuffle": [False, "no"],
    "tol": [0, -1],
    "validation_fraction": [0.5, 0, 1.0, 1.1, -0.1],
    "verbose": [2, -1],
    "warm_start": [True, "yes"],
}

# MLPClassifier's own checks let these pass, and its split fails on them; ours are told by name, before it.
EARLY = [{"early_stopping": False}, {"early_stopping": True}]


@pairs
@solvers
@pytest.mark.parametrize("name", EDGES)
def test_a_value_is_refused_where_it_is_refused_there(pair, solver, name, capsys):
    *makes, y = PAIRS[pair]
    for value, early in itertools.product(EDGES[name], EARLY):
        parameters = BASE | {"solver": solver, "max_iter": 2} | early | {name: value}
        ours, theirs = (fitted(make, y, parameters) is not None for make in makes)
        assert ours == theirs, f"{name}={value!r} with {early} is accepted {'here' if ours else 'there'} only"


@pairs
def test_early_stopping_holds_nothing_back_from_lbfgs_but_validation_data_of_ones_own_count(pair):
    """MLPClassifier documents early stopping for 'sgd' and 'adam' only, and its lbfgs learns from all instances."""
    make, _, y = PAIRS[pair]
    parameters = BASE | {"solver": "lbfgs", "tol": 1e-9}
    early, plain = (make(**parameters, early_stopping=each, validation_fraction=0.5) for each in (True, False))
    np.testing.assert_array_equal(fitted(lambda: early, y, {}), fitted(lambda: plain, y, {}))
    assert early.validation_scores_ is None
    assert early.stop_reason_ == plain.stop_reason_ != "early_stopping"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = make(**parameters, early_stopping=True).fit(X, y, X_val=X[:20], y_val=y[:20])
    assert len(counted.validation_scores_) == counted.n_iter_
