"""L-BFGS: convex problems end where other packages do, what ends a training, and what it says then."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._training.state import History

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.RandomState(0).normal(size=(12, 3))
X_SKLEARN, T_SKLEARN = make_regression(60, 4, n_targets=2, random_state=0)
T_SKLEARN = StandardScaler().fit_transform(T_SKLEARN)
_, Y_SKLEARN = make_classification(60, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
LABELS_SKLEARN = np.column_stack([Y_SKLEARN == 0, Y_SKLEARN > 0, X_SKLEARN[:, 0] > 0]).astype(int)

COMMON = {"hidden_layer_sizes": (6, 5), "max_iter": 15, "shuffle": False, "random_state": 3}
OURS = {"init_range": "glorot", "update_tol": 0}


def strictly(**parameters):
    """L-BFGS down to the minimum."""
    return {"solver": "lbfgs", "tol": 1e-9, "max_iter": 2000, "random_state": 0, **parameters}


@pytest.mark.parametrize("y", [Y_SKLEARN == 1, Y_SKLEARN], ids=["two classes", "three classes"])
def test_lbfgs_without_hidden_layers_is_logistic_regression(y):
    """The loss is convex: Σ log loss + α/2 Σ w² is scikit-learn's with C = 1/α."""
    alpha = 0.5
    network = BackpropClassifier((), loss="log_loss", alpha=alpha, **strictly()).fit(X_SKLEARN, y)
    theirs = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=5000).fit(X_SKLEARN, y)
    np.testing.assert_allclose(network.predict_proba(X_SKLEARN), theirs.predict_proba(X_SKLEARN), atol=1e-4)
    assert network.stop_reason_ == "converged"


@pytest.mark.parametrize("weights", [None, np.random.RandomState(0).uniform(0.1, 3, 60)], ids=["plain", "weighted"])
def test_lbfgs_without_hidden_layers_is_ridge_regression_of_many_targets(weights):
    """scikit-learn's issue 8349: there the loss of several outputs is divided by their number and its gradient is not."""
    targets = T_SKLEARN * [1, 100] + [0, 3]
    network = BackpropRegressor((), alpha=2.0, normalize_y=False, **strictly()).fit(X_SKLEARN, targets, weights)
    theirs = Ridge(alpha=2.0).fit(X_SKLEARN, targets, weights)
    np.testing.assert_allclose(network.coefs_[0].T, theirs.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(network.intercepts_[0], theirs.intercept_, rtol=1e-4, atol=1e-4)


def test_lbfgs_without_hidden_layers_is_poisson_regression():
    y = np.random.RandomState(0).poisson(np.exp(X_SKLEARN @ [0.5, -0.3, 0.2, 0.0] + 1))
    network = BackpropRegressor((), loss="poisson", alpha=3.0, normalize_y=False, **strictly()).fit(X_SKLEARN, y)
    theirs = PoissonRegressor(alpha=3.0 / 60, tol=1e-8).fit(X_SKLEARN, y)
    np.testing.assert_allclose(network.predict(X_SKLEARN), theirs.predict(X_SKLEARN), rtol=1e-3)


@ignore_convergence
@pytest.mark.parametrize("y", [Y_SKLEARN == 1, Y_SKLEARN, LABELS_SKLEARN], ids=["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
def test_lbfgs_agrees_with_mlp_classifier(y, activation):
    parameters = COMMON | {"solver": "lbfgs", "alpha": 0.1, "max_iter": 25, "tol": 1e-4, "activation": activation}
    theirs = MLPClassifier(**parameters).fit(X_SKLEARN, y)
    ours = BackpropClassifier(**parameters, **OURS, loss="log_loss").fit(X_SKLEARN, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-3)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.predict_proba(X_SKLEARN), theirs.predict_proba(X_SKLEARN), atol=1e-2)


@pytest.mark.parametrize("limit", [{"max_iter": 3}, {"max_fun": 4}], ids=["max_iter", "max_fun"])
def test_lbfgs_warns_of_its_limits_only_where_convergence_was_asked_for(limit):
    name = next(iter(limit))
    network = BackpropRegressor(5, solver="lbfgs", random_state=0, **limit)
    network.fit(X_SKLEARN, T_SKLEARN)  # warnings are errors
    assert network.stop_reason_ == name
    with pytest.warns(ConvergenceWarning, match="hasn't converged yet") as caught:
        network.set_params(tol=1e-9).fit(X_SKLEARN, T_SKLEARN)
    assert len(caught) == 1
    assert name in str(caught[0].message)
    assert network.n_iter_ == len(network.loss_curve_) <= 4


def test_a_larger_tolerance_ends_lbfgs_earlier():
    loose, strict = (
        BackpropRegressor(5, solver="lbfgs", tol=tol, random_state=0).fit(X_SKLEARN, T_SKLEARN) for tol in (0.1, 1e-3)
    )
    assert loose.stop_reason_ == strict.stop_reason_ == "converged"
    assert loose.n_iter_ < strict.n_iter_
    assert strict.loss_ < loose.loss_


def test_lbfgs_stops_at_an_error_rate():
    network = BackpropRegressor(5, solver="lbfgs", error_tol=0.2, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert network.stop_reason_ == "error_tol"
    assert network.error_curve_[-1] < 0.2 <= network.error_curve_[-2]


def test_lbfgs_at_a_minimum_stays_there():
    start = [np.zeros((4, 1))], [np.zeros(1)]
    network = BackpropRegressor((), solver="lbfgs", update_tol=0).fit(
        X_SKLEARN, np.full(60, 7.0), coefs_init=start[0], intercepts_init=start[1]
    )
    assert network.stop_reason_ == "converged"
    np.testing.assert_array_equal(network.predict(X_SKLEARN), np.full(60, 7.0))


@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_there_is_no_partial_fit_with_lbfgs(estimator_class):
    """Case E19; scikit-learn's MLP hides it as well."""
    assert not hasattr(estimator_class(solver="lbfgs"), "partial_fit")
    for solver in ("sgd", "adam", "rprop"):
        assert hasattr(estimator_class(solver=solver), "partial_fit")


@ignore_convergence
def test_lbfgs_with_warm_start_goes_on_from_its_weights():
    network = BackpropRegressor(5, solver="lbfgs", max_iter=10, warm_start=True, random_state=0)
    ten = network.fit(X_SKLEARN, T_SKLEARN).loss_
    network.fit(X_SKLEARN, T_SKLEARN)
    assert network.n_epochs_ == 10 + network.n_iter_
    assert network.loss_ < ten
    assert len(network.loss_curve_) == network.n_epochs_


def test_lbfgs_that_cannot_even_begin_is_an_error():
    network = BackpropRegressor((), solver="lbfgs", normalize_y=False)
    with pytest.raises(ValueError, match=r"^Solver produced non-finite parameter weights"):
        network.fit(X, X[:, 0], coefs_init=[np.full((3, 1), 1e200)])
    assert not hasattr(network, "coefs_")


@ignore_convergence
@pytest.mark.parametrize("hidden_layer_sizes", [(), (10,)])
@pytest.mark.parametrize("seed", range(4))
def test_lbfgs_ends_at_a_point_of_a_finite_loss(hidden_layer_sizes, seed):
    """SciPy may take another, where its line search tries none that is better."""
    random_state = np.random.RandomState(seed)
    inputs = 100 * random_state.uniform(size=(100, 2))
    counts = random_state.poisson(np.exp(inputs[:, 0] / 100)).astype(float)
    network = BackpropRegressor(
        hidden_layer_sizes, activation="identity", loss="poisson", solver="lbfgs", init_range="glorot", random_state=0
    ).fit(inputs, counts)
    assert np.isfinite(network.loss_curve_).all()
    assert np.isfinite(network.predict(inputs)).all()


@ignore_convergence
def test_time_ends_lbfgs():
    network = BackpropRegressor(5, solver="lbfgs", max_time=1e-9, random_state=0).fit(X_SKLEARN, T_SKLEARN)
    assert (network.stop_reason_, network.n_iter_) == ("max_time", 1)


VALIDATION = {"X_val": X_SKLEARN[40:], "y_val": T_SKLEARN[40:, 0]}


@ignore_convergence
@pytest.mark.parametrize("sign", [1, -1], ids=["the same data", "other data"])
@pytest.mark.parametrize("restore_best", [True, False])
def test_the_best_score_is_that_of_this_call(sign, restore_best):
    """After one that had other data, or of whose networks the best was not kept."""
    network = BackpropRegressor(5, solver="lbfgs", random_state=0, max_iter=9, warm_start=True)
    network.set_params(restore_best=restore_best).fit(X_SKLEARN[:40], T_SKLEARN[:40, 0], **VALIDATION)
    validation = VALIDATION | {"y_val": sign * VALIDATION["y_val"]}
    network.set_params(max_iter=6, restore_best=True).fit(X_SKLEARN[:40], sign * T_SKLEARN[:40, 0], **validation)
    assert network.best_validation_score_ == max(network.validation_scores_[-network.n_iter_ :])
    assert network.score(*validation.values()) == pytest.approx(network.best_validation_score_, abs=1e-12)


@ignore_convergence
def test_a_start_that_is_a_minimum_is_validated_as_an_epoch():
    network = BackpropRegressor((), **strictly(warm_start=True, tol=1e-3))
    for n_calls in range(1, 4):
        network.fit(X_SKLEARN[:40], T_SKLEARN[:40, 0], **VALIDATION)
        assert network.stop_reason_ == "converged"
        assert len(network.validation_scores_) == len(network.loss_curve_) >= n_calls
    assert network.n_iter_ == 1
    assert network.validation_scores_[-1] == network.best_validation_score_ == network.score(*VALIDATION.values())
    at_minimum = BackpropRegressor((), **strictly(tol=1e9)).fit(X_SKLEARN[:40], T_SKLEARN[:40, 0], **VALIDATION)
    assert list(at_minimum.validation_scores_) == [at_minimum.best_validation_score_]


@ignore_convergence
def test_there_is_no_learning_rate():
    network = BackpropClassifier(3, solver="lbfgs", max_iter=3, random_state=0)
    for call in (network.initialize, network.fit):
        call(X_SKLEARN, Y_SKLEARN)
        assert network.learning_rate_ is None
        assert network.hidden_learning_rate_ is None


def test_ctrl_c_at_the_end_of_the_first_iteration_comes_before_it_or_after_it(monkeypatch):
    """What has no whole iteration is no training, and none is added to one that goes on."""
    add = History.add

    def interrupted(history, *numbers):
        add(history, *numbers)
        raise KeyboardInterrupt

    network = BackpropClassifier(4, solver="lbfgs", warm_start=True, max_iter=2, random_state=0)
    trained = clone(network).fit(X_SKLEARN, Y_SKLEARN)
    before = trained.n_epochs_, trained.stop_reason_, *trained.coefs_
    monkeypatch.setattr(History, "add", interrupted)
    for each in (network, trained):
        with pytest.raises(KeyboardInterrupt):
            each.fit(X_SKLEARN, Y_SKLEARN)
    assert not hasattr(network, "coefs_")
    after = trained.n_epochs_, trained.stop_reason_, *trained.coefs_
    for mine, theirs in zip(after, before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("alpha", [1e200, 1e308])
@pytest.mark.parametrize("init_range", [1.0, 0.01])
def test_a_penalty_that_makes_the_loss_infinite_is_named(alpha, init_range):
    network = BackpropClassifier(4, solver="lbfgs", alpha=alpha, init_range=init_range, random_state=0)
    expected = re.escape(f"infinite loss at its start. Take a smaller alpha than {alpha:g}.")
    with pytest.raises(ValueError, match=f"{expected}$"):
        network.fit(X_SKLEARN, Y_SKLEARN)
