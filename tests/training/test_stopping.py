"""The book's three stopping rules, what they report, and the warning about a network that learned nothing."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


@pytest.mark.parametrize("init_range", [0.5, 1.0])
@pytest.mark.parametrize("batch_size", [1, "epoch"])
@pytest.mark.parametrize("random_state", range(3))
def test_xor_is_learned_in_case_and_epoch_updating_from_both_ranges(init_range, batch_size, random_state):
    network = BackpropClassifier(
        4,
        init_range=init_range,
        batch_size=batch_size,
        random_state=random_state,
        learning_rate_init=2.0,
        max_iter=3000,
        update_tol=0,
    ).fit(*XOR)
    assert network.predict(XOR[0]).tolist() == XOR[1].tolist()
    assert network.predict_proba(XOR[0])[[0, 1, 2, 3], XOR[1]].min() > 0.8


def test_small_updates_stop_the_training():
    network = BackpropClassifier(4, batch_size=1, update_tol=0.05, max_iter=5000, random_state=0).fit(*XOR)
    assert network.stop_reason_ == "update_tol"
    assert network.update_curve_[-1] < 0.05 <= min(network.update_curve_[:-1])
    assert network.n_iter_ == len(network.update_curve_) < 5000


def test_a_small_error_rate_stops_the_training():
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(error_tol=0.05, random_state=0).fit(StandardScaler().fit_transform(X), y)
    assert network.stop_reason_ == "error_tol"
    assert network.error_curve_[-1] < 0.05 <= min(network.error_curve_[:-1])
    assert network.n_iter_ == len(network.error_curve_) < 200


def test_the_number_of_epochs_stops_the_training_without_a_warning():
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(max_iter=7, random_state=0).fit(StandardScaler().fit_transform(X), y)
    assert network.stop_reason_ == "max_iter"
    assert network.n_iter_ == network.n_epochs_ == len(network.loss_curve_) == 7
    assert network.t_ == 7 * 150


def test_the_rules_are_asked_in_the_books_order():
    everything = {"update_tol": 1e9, "error_tol": 1.0, "max_iter": 1}
    assert stop_reason(**everything) == "update_tol"
    assert stop_reason(**everything | {"update_tol": 0}) == "error_tol"
    assert stop_reason(**everything | {"update_tol": 0, "error_tol": 0}) == "max_iter"


def stop_reason(**parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return BackpropClassifier(4, random_state=0, **parameters).fit(*XOR).stop_reason_


def test_a_threshold_of_zero_switches_its_rule_off():
    # A single class is learned without error, so that its error rate of 0 would be below any threshold that is on.
    network = BackpropClassifier(2, max_iter=3, update_tol=0, error_tol=0).fit(XOR[0], [1, 1, 1, 1])
    assert network.error_curve_[-1] == 0
    assert network.stop_reason_ == "max_iter"


def test_thresholds_are_strict():
    network = BackpropClassifier(4, max_iter=1, batch_size="epoch", random_state=0)
    with pytest.warns(ConvergenceWarning):
        seen = network.fit(*XOR)
    for name, value in (("update_tol", seen.update_curve_[0]), ("error_tol", seen.error_curve_[0])):
        rules = {"update_tol": 0, "error_tol": 0, "max_iter": 1, "batch_size": "epoch"}
        assert stop_reason(**rules | {name: value}) == "max_iter"
        assert stop_reason(**rules | {name: np.nextafter(value, 1)}) == name


def test_the_error_rate_is_counted_on_outputs_as_they_were_presented():
    """One instance at a time, in order: each is judged by the network that the earlier ones have moved."""
    X, y = make_classification(30, 4, random_state=0)
    parameters = {"hidden_layer_sizes": 3, "batch_size": 1, "shuffle": False, "random_state": 0}
    parameters |= {"init_range": 0.5, "learning_rate_init": 0.5}  # which else follow from the first call's instances
    whole = BackpropClassifier(**parameters).partial_fit(X, y, classes=[0, 1])
    stepwise = BackpropClassifier(**parameters)
    wrong = 0
    for row, label in zip(X, y, strict=True):
        stepwise.partial_fit([row], [label], classes=[0, 1])
        wrong += stepwise.error_curve_[-1]
    assert 0 < wrong == pytest.approx(30 * whole.error_curve_[0])


def test_the_error_rate_of_a_classifier_is_a_share_of_the_weights():
    X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
    weights = np.random.RandomState(0).uniform(size=60)
    network = BackpropClassifier(5, batch_size="epoch", max_iter=30, random_state=0).fit(X, y, weights)
    wrong = network.predict(X) != y
    network.partial_fit(X, y, weights)
    assert 0 < network.error_curve_[-1] == pytest.approx(weights[wrong].sum() / weights.sum())


@pytest.mark.parametrize("normalize_y", [True, False])
@pytest.mark.parametrize("is_weighted", [True, False])
def test_the_error_rate_of_a_regressor_is_one_minus_r2(normalize_y, is_weighted):
    X, y = make_regression(60, 4, noise=50, random_state=0)
    y = y / 100 + 1
    weights = np.random.RandomState(0).uniform(size=60) if is_weighted else None
    network = BackpropRegressor(5, batch_size="epoch", max_iter=30, random_state=0, normalize_y=normalize_y)
    score = network.fit(X, y, weights).score(X, y, weights)
    network.partial_fit(X, y, weights)
    assert 0 < network.error_curve_[-1] == pytest.approx(1 - score)


def test_an_error_threshold_stops_a_regressor_at_its_r2():
    X, y = make_regression(200, 4, noise=1, random_state=0)
    network = BackpropRegressor(10, error_tol=0.05, random_state=0).fit(X, y)
    assert network.stop_reason_ == "error_tol"
    assert network.error_curve_[-1] < 0.05 <= min(network.error_curve_[:-1])
    assert network.score(X, y) > 0.9


def test_constant_targets_are_fitted_exactly_or_not():
    X = np.random.RandomState(0).normal(size=(20, 2))
    network = BackpropRegressor(2, max_iter=2, random_state=0).fit(X, np.full(20, 0.1))
    assert network.error_curve_ == [1.0, 1.0]
    zeros = [np.zeros((2, 2)), np.zeros((2, 1))], [np.zeros(2), np.zeros(1)]
    network.fit(X, np.full(20, 0.1), coefs_init=zeros[0], intercepts_init=zeros[1])
    assert network.error_curve_ == [0.0]
    assert network.stop_reason_ == "update_tol"
    assert network.predict(X) == pytest.approx(np.full(20, 0.1))


def test_a_classifier_that_predicts_one_class_only_warns_once():
    X, y = make_classification(200, 5, random_state=0)
    network = BackpropClassifier(5, init_range=0.5, max_iter=20, random_state=0)
    with pytest.warns(ConvergenceWarning, match="predicts one class only.*scale the inputs") as caught:
        network.fit(X + 1e4, y)
    assert len(caught) == 1
    assert len(np.unique(network.predict(X + 1e4))) == 1
    assert "max_iter" in str(caught[0].message)
    assert "skbackprop" in caught[0].filename  # as scikit-learn's own come from scikit-learn


def test_the_warning_comes_whichever_rule_ended_the_training():
    with pytest.warns(ConvergenceWarning, match="stop_reason_='update_tol'"):
        BackpropClassifier(4, update_tol=10, random_state=0).fit(*XOR)
    with pytest.warns(ConvergenceWarning, match="stop_reason_='error_tol'"):
        BackpropClassifier(4, update_tol=0, error_tol=1, random_state=0).fit(*XOR)


def test_two_layers_of_twenty_units_that_stop_at_the_majority_class_are_reported():
    """scikit-learn's issue 31235: there the training ends in silence."""
    X, y = make_classification(500, 10, n_informative=5, weights=[0.7], random_state=0)
    network = BackpropClassifier((20, 20), learning_rate_init=0.01, max_iter=50, random_state=0)
    with pytest.warns(ConvergenceWarning, match="predicts one class only"):
        network.fit(X, y)
    network.set_params(learning_rate_init=2.0, max_iter=200).fit(X, y)
    assert network.score(X, y) > 0.9


def test_a_class_too_rare_for_a_sample_still_counts():
    X = np.random.RandomState(0).normal(size=(4001, 2))
    y = np.zeros(4001, dtype=int)
    y[2] = 1
    with pytest.warns(ConvergenceWarning, match="predicts one class only"):
        BackpropClassifier(2, max_iter=1, random_state=0).fit(X, y)


def test_a_regressor_that_is_no_better_than_the_mean_warns():
    X, y = make_regression(100, 3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="no better on its training data than the mean"):
        BackpropRegressor(5, init_range=0.5, max_iter=2, random_state=0).fit(X + 1e6, y)


@pytest.mark.parametrize(
    "y", [np.zeros(20), np.r_[np.zeros(19), 1]], ids=["one class", "a second class of weight zero"]
)
def test_where_there_is_nothing_to_learn_nothing_is_warned_of(y):
    X = np.random.RandomState(0).normal(size=(20, 3))
    weights = np.r_[np.ones(19), 0]
    BackpropClassifier(2, max_iter=1).fit(X, y, weights)
    BackpropRegressor(2, max_iter=1).fit(X, y, weights)


def test_partial_fit_names_itself_as_the_reason_and_never_warns():
    network = BackpropClassifier(4, update_tol=1e9, error_tol=1.0, random_state=0).partial_fit(*XOR, classes=[0, 1])
    assert network.stop_reason_ == "partial_fit"
    assert (network.n_iter_, network.n_epochs_, network.t_) == (1, 1, 4)
    network.partial_fit(*XOR)
    assert (network.n_iter_, network.n_epochs_, network.t_) == (1, 2, 8)
    assert len(network.loss_curve_) == len(network.error_curve_) == len(network.update_curve_) == 2
