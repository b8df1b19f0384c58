"""scikit-learn's own checks, and the tools of scikit-learn that people put an estimator into."""

import os
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators.fitted import FIELDS
from skbackprop._network.losses import REGRESSION_LOSSES

X, Y = load_iris(return_X_y=True)
X_SCALED = StandardScaler().fit_transform(X)
WEIGHTS = np.random.RandomState(0).randint(1, 4, len(X)).astype(float)
X_REGRESSION, T = make_regression(150, 4, noise=5, random_state=0)


# Fewer units and epochs than by default, as that is quicker.
SMALL = {"hidden_layer_sizes": 10, "max_iter": 50}
CHECKED = [
    BackpropClassifier(),
    BackpropRegressor(),
    *(BackpropClassifier(**SMALL, solver=solver) for solver in ("adam", "lbfgs", "rprop")),
    *(BackpropRegressor(**SMALL, solver=solver) for solver in ("lbfgs", "rprop")),
    BackpropRegressor(**SMALL, solver="adam", learning_rate_init=0.05),
    BackpropClassifier(**SMALL, loss="log_loss"),
    *(BackpropRegressor(**SMALL, loss=loss) for loss in REGRESSION_LOSSES if loss != "squared_error"),
]

# Two checks that a solver and a loss cannot pass.
CANNOT_PASS = {
    (
        "rprop",
        "check_class_weight_classifiers",
    ): "steps go by signs, so a class of tiny weight is learned once others are",
    ("poisson", "check_regressor_multioutput"): "its targets are negative, whatever the tag positive_only says",
}


def name_of(check):
    return getattr(check, "func", check).__name__


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(CHECKED)
def test_scikit_learn_check(estimator, check):
    for option in (estimator.solver, estimator.loss):
        if (option, name_of(check)) in CANNOT_PASS:
            with pytest.raises((AssertionError, ValueError)):  # if ever it passes, the table is wrong
                check(estimator)
            return
    check(estimator)


# What scikit-learn's checks ask for and early stopping cannot give, with the reason.
NOT_WITH_EARLY_STOPPING = {
    # They call partial_fit, which has nothing to stop early and says so, as scikit-learn's MLP does (Case E10).
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
    # The score of what is held back knows no class weights, so it keeps a network that follows them less.
    "check_class_weight_classifiers",
    # Repeated rows fall on both sides of the split, weighted ones on one.
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
}


@pytest.mark.slow
@pytest.mark.oldest
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator_class", [BackpropClassifier, BackpropRegressor])
def test_scikit_learns_checks_hold_with_early_stopping(estimator_class):
    """A tenth of the checks' 10 to 20 instances is too few to hold back, which is refused; so they hold back more."""
    results = check_estimator(
        estimator_class(**SMALL, early_stopping=True, validation_fraction=0.3), on_fail=None, on_skip=None
    )
    failed = {result["check_name"]: repr(result["exception"]) for result in results if result["status"] == "failed"}
    assert len(results) > 50
    assert set(failed) <= NOT_WITH_EARLY_STOPPING, failed


@pytest.mark.slow
@pytest.mark.oldest
def test_check_estimator_passes_with_the_array_api(tmp_path, run_python):
    """Only with this variable set does scikit-learn run its checks of array API input; it is read at import."""
    program = (
        "from sklearn.utils.estimator_checks import check_estimator; from skbackprop import *\n"
        "results = [r for e in (BackpropClassifier(), BackpropRegressor()) for r in check_estimator(e, on_fail=None)]\n"
        "wrong = [(r['check_name'], r['status'], r['exception']) for r in results if r['status'] != 'passed'\n"
        "         and 'decision_function' not in r['check_name']]\n"  # as MLPClassifier, it has none
        "print(len(results), 'checks;', 'not passed:', wrong)"
    )
    done = run_python("-W", "ignore", "-c", program, env=os.environ | {"SCIPY_ARRAY_API": "1"}, cwd=tmp_path)
    assert done.stdout.rstrip().endswith("not passed: []"), done.stdout
    assert int(done.stdout.split()[0]) > 100


def grid_search(n_jobs):
    pipeline = make_pipeline(StandardScaler(), BackpropClassifier(max_iter=20, random_state=0))
    grid = {
        "backpropclassifier__hidden_layer_sizes": [5, (5, 4)],
        "backpropclassifier__init_range": [0.5, 1.0],
        "backpropclassifier__batch_size": [8, 32],
    }
    return GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs).fit(X, Y)


@pytest.mark.slow
@pytest.mark.oldest
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_grid_search_is_the_same_in_two_processes_and_its_winner_survives_a_third(tmp_path, run_python):
    serial, parallel = grid_search(1), grid_search(2)
    assert serial.best_score_ == parallel.best_score_ > 0.9
    assert serial.best_params_ == parallel.best_params_
    joblib.dump((parallel, X), tmp_path / "winner.joblib")
    program = (
        "import joblib; s, X = joblib.load('winner.joblib'); joblib.dump((s.predict(X), s.predict_proba(X)), 'out')"
    )
    run_python("-c", program, cwd=tmp_path)
    labels, probabilities = joblib.load(tmp_path / "out")
    np.testing.assert_array_equal(labels, serial.predict(X))
    np.testing.assert_array_equal(probabilities, serial.predict_proba(X))


CLASSIFIER = BackpropClassifier(10, random_state=0)
REGRESSOR = BackpropRegressor(10, max_iter=60, random_state=0)


@pytest.mark.parametrize(
    "ensemble",
    [
        CalibratedClassifierCV(CLASSIFIER, cv=3),
        BaggingClassifier(CLASSIFIER, n_estimators=3, random_state=0),
        AdaBoostClassifier(CLASSIFIER, n_estimators=3, random_state=0),
        StackingClassifier([("network", CLASSIFIER)], final_estimator=clone(CLASSIFIER), cv=3),
        VotingClassifier([("one", CLASSIFIER), ("two", clone(CLASSIFIER))], voting="soft"),
    ],
    ids=lambda ensemble: type(ensemble).__name__,
)
def test_classifier_ensembles_learn_with_weights(ensemble):
    assert ensemble.fit(X_SCALED, Y).score(X_SCALED, Y) > 0.9
    assert clone(ensemble).fit(X_SCALED, Y, sample_weight=WEIGHTS).score(X_SCALED, Y) > 0.9


@pytest.mark.parametrize(
    "ensemble",
    [
        BaggingRegressor(REGRESSOR, n_estimators=3, random_state=0),
        AdaBoostRegressor(REGRESSOR, n_estimators=3, random_state=0),
        StackingRegressor([("network", REGRESSOR)], cv=3),
    ],
    ids=lambda ensemble: type(ensemble).__name__,
)
def test_regressor_ensembles_learn_with_weights(ensemble):
    assert ensemble.fit(X_REGRESSION, T).score(X_REGRESSION, T) > 0.9
    assert clone(ensemble).fit(X_REGRESSION, T, sample_weight=WEIGHTS).score(X_REGRESSION, T) > 0.9


def test_several_labels_are_learned_by_wrapping():
    labels = np.column_stack([Y == 0, Y == 1, Y > 0]).astype(int)
    wrapped = MultiOutputClassifier(CLASSIFIER).fit(X_SCALED, labels, sample_weight=WEIGHTS)
    assert wrapped.predict(X_SCALED).shape == labels.shape


def test_a_clone_is_unfitted_and_learns_the_same():
    fitted = BackpropClassifier(4, max_iter=40, batch_size=8, random_state=0).fit(X_SCALED, Y)
    copy = clone(fitted)
    assert not hasattr(copy, "coefs_")
    np.testing.assert_array_equal(copy.fit(X_SCALED, Y).predict_proba(X_SCALED), fitted.predict_proba(X_SCALED))


def test_a_pipeline_routes_sample_weights():
    model = make_pipeline(StandardScaler(), BackpropClassifier(max_iter=20, random_state=0))
    model.fit(X, Y, backpropclassifier__sample_weight=WEIGHTS)
    direct = BackpropClassifier(max_iter=20, random_state=0).fit(X_SCALED, Y, WEIGHTS)
    np.testing.assert_array_equal(model.predict_proba(X), direct.predict_proba(X_SCALED))


def test_cross_validation_scores_regressors():
    assert cross_val_score(REGRESSOR, X_REGRESSION, T, cv=3).min() > 0.9


@pytest.mark.parametrize("y", [T, T[:, np.newaxis], np.column_stack([T, -T, T**2])], ids=["(n,)", "(n, 1)", "(n, 3)"])
def test_predictions_have_the_shape_of_the_targets(y):
    network = BackpropRegressor(5, max_iter=20, random_state=0).fit(X_REGRESSION, y)
    assert network.predict(X_REGRESSION).shape == y.shape
    assert network.n_outputs_ == (1 if y.ndim == 1 else y.shape[1])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_network_predicts_the_same(protocol):
    network = BackpropClassifier(5, max_iter=30, batch_size=8, random_state=0).fit(X_SCALED, Y)
    again = pickle.loads(pickle.dumps(network, protocol))
    np.testing.assert_array_equal(again.predict_proba(X_SCALED), network.predict_proba(X_SCALED))


def test_predicting_changes_nothing():
    network = BackpropClassifier(5, max_iter=30, batch_size=8, random_state=0).fit(X_SCALED, Y)
    before = joblib.hash(vars(network))
    network.predict(X_SCALED), network.predict_proba(X_SCALED), network.predict_log_proba(X_SCALED)
    network.score(X_SCALED, Y)
    assert joblib.hash(vars(network)) == before


def test_probabilities_are_the_outputs_over_their_sum():
    network = BackpropClassifier(5, max_iter=30, batch_size=8, random_state=0).fit(X_SCALED, Y)
    hidden = 1 / (1 + np.exp(-(X_SCALED @ network.coefs_[0] + network.intercepts_[0])))
    outputs = 1 / (1 + np.exp(-(hidden @ network.coefs_[1] + network.intercepts_[1])))
    expected = outputs / outputs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict_proba(X_SCALED), expected, rtol=1e-10)
    np.testing.assert_allclose(network.predict_log_proba(X_SCALED), np.log(expected), rtol=1e-10)
    np.testing.assert_array_equal(network.predict(X_SCALED), expected.argmax(axis=1))


def test_logarithms_of_probabilities_are_finite_where_units_saturate():
    network = BackpropClassifier(2, max_iter=5, random_state=0).set_params(update_tol=0)
    for labels in (Y, Y == 1):
        network.partial_fit(
            X_SCALED,
            labels,
            classes=np.unique(labels),
            coefs_init=[np.full((4, 2), 1e5), np.full((2, 3 if labels is Y else 1), -1e5)],
        )
        assert np.isfinite(network.predict_log_proba(X_SCALED)).all()
        network = clone(network)


def test_class_weights_multiply_sample_weights():
    by_class = BackpropClassifier(5, max_iter=100, class_weight={0: 1, 1: 2, 2: 0.5}, random_state=0)
    by_hand = clone(by_class).set_params(class_weight=None)
    by_class.fit(X_SCALED, Y, WEIGHTS)
    by_hand.fit(X_SCALED, Y, WEIGHTS * np.array([1, 2, 0.5])[Y])
    np.testing.assert_array_equal(by_class.predict_proba(X_SCALED), by_hand.predict_proba(X_SCALED))


def test_balanced_class_weights_help_a_rare_class():
    generator = np.random.RandomState(0)
    inputs = np.r_[generator.normal(0, 1, (300, 2)), generator.normal(1.5, 1, (20, 2))]
    labels = np.r_[np.zeros(300), np.ones(20)]
    plain = BackpropClassifier(5, random_state=0).fit(inputs, labels)
    balanced = BackpropClassifier(5, class_weight="balanced", random_state=0).fit(inputs, labels)
    assert balanced.predict(inputs)[300:].mean() > plain.predict(inputs)[300:].mean() + 0.2


class WithOwnParameter(BackpropClassifier):
    """A subclass as people write them."""

    def __init__(self, hidden_layer_sizes=(5,), *, own=None, max_iter=5):
        super().__init__(hidden_layer_sizes, max_iter=max_iter, random_state=0)
        self.own = own


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_subclass_may_have_parameters_and_attributes_of_its_own():
    network = WithOwnParameter(own="anything")
    network.note_ = "mine"
    assert network.fit(X_SCALED, Y).note_ == "mine"
    with pytest.raises(ValueError, match="max_iter"):
        network.set_params(max_iter=0).fit(X_SCALED, Y)
    assert network.note_ == "mine"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_predicted_label_has_the_largest_probability_where_units_saturate_too(dtype):
    inputs = (X_SCALED * 100).astype(dtype)
    network = BackpropClassifier((), max_iter=20, random_state=0).fit(X_SCALED.astype(dtype), Y)
    probabilities = network.predict_proba(inputs)
    np.testing.assert_array_equal(network.predict(inputs), probabilities.argmax(axis=1))
    assert probabilities.min() > 0
    assert probabilities.max() < 1


def test_every_fitted_attribute_is_declared():
    for network in (BackpropClassifier(3, max_iter=1), BackpropRegressor(3, max_iter=1)):
        before = set(vars(network))
        other = "regressor" if isinstance(network, BackpropClassifier) else "classifier"
        declared = {name for name, field in FIELDS.items() if field.owner != other and not field.is_optional}
        # Which networks that earlier versions saved lack.
        declared |= {"_rate_rule_", "_square_of_mean_", "alpha_", "_penalty_", "_stream_"}
        declared |= set() if isinstance(network, BackpropClassifier) else {"_n_varied_"}
        network.partial_fit(X_SCALED, Y, **({"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}))
        assert set(vars(network)) - before == declared
