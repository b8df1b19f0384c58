"""Validation data, held back or the user's own: what is scored by them, what they stop, and which weights are kept."""

import math
import pickle
import warnings

import numpy as np
import pytest
import sklearn
from scipy.sparse import csr_array, issparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification, make_hastie_10_2, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, get_scorer, make_scorer, mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X_ALL, Y_ALL = make_classification(160, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T_ALL = X_ALL @ [1.0, -2.0, 0.5, 1.0, 0.0] + np.sin(3 * X_ALL[:, 0])
X, X_VAL, Y, Y_VAL, T, T_VAL = train_test_split(X_ALL, Y_ALL, T_ALL, test_size=40, random_state=0)
WEIGHTS_VAL = np.random.RandomState(0).uniform(0.1, 3, 40)


class Case:
    """An estimator, and the two parts of its data."""

    def __init__(self, estimator_class, y, y_val):
        self.estimator_class = estimator_class
        self.y, self.y_val = y, y_val
        self.is_classifier = estimator_class is BackpropClassifier

    def new(self, **parameters):
        quick = {"hidden_layer_sizes": 6, "max_iter": 12, "batch_size": 8, "random_state": 0, "update_tol": 0}
        quick["n_iter_no_change"] = 100
        return self.estimator_class(**quick | parameters)

    def outputs(self, network, X):
        return network.predict_proba(X) if self.is_classifier else network.predict(X)

    @property
    def validation(self):
        return {"X_val": X_VAL, "y_val": self.y_val}


@pytest.fixture(params=["classifier", "regressor"])
def case(request):
    return Case(BackpropClassifier, Y, Y_VAL) if request.param == "classifier" else Case(BackpropRegressor, T, T_VAL)


def assert_same(one, other):
    for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def epoch_by_epoch(case, **parameters):
    """Networks after each epoch of a training without validation, whose orders are the same."""
    return [case.new(**parameters, max_iter=n).fit(X, case.y) for n in range(1, 13)]


# ---------------------------------------------------------------------------------------------------------------------
# The user's own data.


def test_validation_data_teach_nothing(case):
    with_them = case.new(restore_best=False).fit(X, case.y, **case.validation)
    assert_same(with_them, case.new().fit(X, case.y))
    assert with_them.loss_curve_ == case.new().fit(X, case.y).loss_curve_


@pytest.mark.parametrize("weights", [None, WEIGHTS_VAL], ids=["plain", "weighted"])
@pytest.mark.parametrize("normalize_y", [True, False])
def test_each_epoch_is_scored_as_the_estimator_scores_itself(case, weights, normalize_y):
    parameters = {} if case.is_classifier else {"normalize_y": normalize_y}
    network = case.new(**parameters).fit(X, case.y, **case.validation, sample_weight_val=weights)
    expected = [each.score(X_VAL, case.y_val, weights) for each in epoch_by_epoch(case, **parameters)]
    np.testing.assert_allclose(network.validation_scores_, expected, rtol=1e-10)
    assert network.best_validation_score_ == max(network.validation_scores_)


@pytest.mark.parametrize("weights", [None, WEIGHTS_VAL], ids=["plain", "weighted"])
def test_the_validation_loss_is_the_mean_without_the_penalty(weights):
    network = BackpropRegressor(6, max_iter=5, alpha=0.5, normalize_y=False, restore_best=False, random_state=0)
    network.fit(X, T, X_val=X_VAL, y_val=T_VAL, sample_weight_val=weights)
    expected = np.average(0.5 * (network.predict(X_VAL) - T_VAL) ** 2, weights=weights)
    assert network.validation_loss_curve_[-1] == pytest.approx(expected)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_the_validation_loss_of_a_classifier_is_that_of_its_outputs(loss):
    network = BackpropClassifier(6, max_iter=5, loss=loss, restore_best=False, random_state=0)
    network.fit(X, Y, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    if loss == "log_loss":
        losses = -np.log(network.predict_proba(X_VAL)[np.arange(40), Y_VAL])
    else:
        outputs = network.activations(X_VAL)[-1]
        losses = 0.5 * ((outputs - np.eye(3)[Y_VAL]) ** 2).sum(axis=1)
    assert network.validation_loss_curve_[-1] == pytest.approx(np.average(losses, weights=WEIGHTS_VAL))


def test_weights_of_the_validation_data_count(case):
    plain = case.new().fit(X, case.y, **case.validation)
    weighted = case.new().fit(X, case.y, **case.validation, sample_weight_val=WEIGHTS_VAL)
    assert plain.validation_scores_ != weighted.validation_scores_
    zero_one = np.arange(40) % 2
    halved = case.new().fit(X, case.y, **case.validation, sample_weight_val=zero_one)
    kept = case.new().fit(X, case.y, X_val=X_VAL[1::2], y_val=case.y_val[1::2])
    np.testing.assert_allclose(halved.validation_scores_, kept.validation_scores_, rtol=1e-10)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
def test_the_best_weights_are_kept_whatever_rule_ended_the_training(case, solver):
    network = case.new(solver=solver).fit(X, case.y, **case.validation)
    assert network.stop_reason_ in ("max_iter", "converged")
    best = int(np.argmax(network.validation_scores_))
    assert network.score(X_VAL, case.y_val) == pytest.approx(network.validation_scores_[best])
    assert network.best_validation_score_ == network.validation_scores_[best]
    last = case.new(solver=solver, restore_best=False).fit(X, case.y, **case.validation)
    assert last.validation_scores_ == network.validation_scores_
    assert last.score(X_VAL, case.y_val) == pytest.approx(network.validation_scores_[-1])


def test_the_weights_kept_are_those_of_the_first_best_epoch():
    """So that the score of the kept weights is not the last one: the training is made to get worse again."""
    X, y = make_regression(40, 10, noise=100, random_state=0)
    case = {"X_val": X[20:], "y_val": y[20:]}
    network = BackpropRegressor(30, batch_size=1, max_iter=150, random_state=0, n_iter_no_change=1000, update_tol=0)
    kept = clone(network).fit(X[:20], y[:20], **case)
    best = int(np.argmax(kept.validation_scores_))
    assert best < 149, "it must be overtrained for this to say anything"
    assert_same(kept, clone(network).set_params(max_iter=best + 1).fit(X[:20], y[:20]))
    assert kept.n_iter_ == 150
    assert_same(clone(network).set_params(restore_best=False).fit(X[:20], y[:20], **case), network.fit(X[:20], y[:20]))


def test_own_validation_data_stop_the_training_early(case):
    network = case.new(n_iter_no_change=2, max_iter=300).fit(X, case.y, **case.validation)
    assert network.stop_reason_ == "early_stopping"
    scores = network.validation_scores_
    assert len(scores) == network.n_iter_ == len(network.validation_loss_curve_) == len(network.loss_curve_) < 300
    assert max(scores[-3:]) <= max(scores[:-3])


def test_own_validation_data_are_taken_before_a_part_held_back(case):
    given = case.new().fit(X, case.y, **case.validation)
    both = case.new(early_stopping=True).fit(X, case.y, **case.validation)
    assert both.validation_scores_ == given.validation_scores_
    assert_same(both, given)


def test_without_validation_there_is_nothing_of_it(case):
    network = case.new().fit(X, case.y)
    assert network.validation_scores_ is None
    assert network.validation_loss_curve_ is None
    assert network.best_validation_score_ is None


@pytest.mark.parametrize("make", [csr_array, lambda X: X.tolist(), lambda X: X.astype(np.float32)])
def test_validation_inputs_of_any_form_are_taken(case, make):
    network = case.new().fit(X, case.y, X_val=make(X_VAL), y_val=list(case.y_val))
    np.testing.assert_allclose(
        network.validation_loss_curve_, case.new().fit(X, case.y, **case.validation).validation_loss_curve_, rtol=1e-5
    )


def test_a_float32_network_is_validated_in_float32(case):
    network = case.new().fit(X.astype(np.float32), case.y, **case.validation)
    assert network.coefs_[0].dtype == np.float32
    assert len(network.validation_scores_) == 12


def test_the_validation_data_are_not_changed(case):
    X_val, y_val = X_VAL.copy(), case.y_val.copy()
    case.new().fit(X, case.y, X_val=X_val, y_val=y_val, sample_weight_val=WEIGHTS_VAL)
    np.testing.assert_array_equal(X_val, X_VAL)
    np.testing.assert_array_equal(y_val, case.y_val)


def test_the_fitted_network_keeps_no_validation_data(case):
    network = case.new().fit(X, case.y, **case.validation)
    many = case.new().fit(X, case.y, X_val=np.tile(X_VAL, (50, 1)), y_val=np.tile(case.y_val, 50))
    assert len(pickle.dumps(many)) < 1.1 * len(pickle.dumps(network))


# ---------------------------------------------------------------------------------------------------------------------
# Labels and targets of the validation data.


def test_labels_may_be_strings():
    names = np.array(["ant", "bee", "cicada"], dtype=object)
    network = BackpropClassifier(6, max_iter=10, random_state=0).fit(X, names[Y], X_val=X_VAL, y_val=names[Y_VAL])
    plain = BackpropClassifier(6, max_iter=10, random_state=0).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert network.validation_scores_ == plain.validation_scores_
    assert network.classes_.tolist() == names.tolist()


def test_validation_labels_need_not_be_all(case):
    """What y_val lacks is a class all the same, and what shape it has says nothing about predictions."""
    few = np.flatnonzero(Y_VAL < 2)[:10]
    y_val = case.y_val[few]
    network = case.new().fit(X, case.y, X_val=X_VAL[few], y_val=y_val)
    plain = case.new().fit(X, case.y)
    assert network.predict(X).shape == plain.predict(X).shape
    if case.is_classifier:
        assert network.classes_.tolist() == [0, 1, 2]
        assert network.predict_proba(X).shape == (120, 3)
    expected = [each.score(X_VAL[few], y_val) for each in epoch_by_epoch(case)]
    np.testing.assert_allclose(network.validation_scores_, expected)


def test_unknown_validation_labels_are_refused():
    network = BackpropClassifier(6, max_iter=3)
    with pytest.raises(ValueError, match=r"y_val.* labels 7 .*\[0, 1, 2\]"):
        network.fit(X, Y, X_val=X_VAL, y_val=np.where(Y_VAL == 1, 7, Y_VAL))
    assert not hasattr(network, "coefs_")
    assert not hasattr(network, "classes_")


def test_a_column_of_validation_targets_does_not_change_the_shape_of_predictions():
    network = BackpropRegressor(6, max_iter=3, random_state=0).fit(X, T, X_val=X_VAL, y_val=T_VAL[:, np.newaxis])
    assert network.predict(X).shape == (120,)
    np.testing.assert_allclose(
        network.validation_scores_,
        BackpropRegressor(6, max_iter=3, random_state=0).fit(X, T, X_val=X_VAL, y_val=T_VAL).validation_scores_,
    )


@pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_multilabel_validation(make):
    labels, labels_val = (np.column_stack([y == 0, y > 0, y == 2]).astype(int) for y in (Y, Y_VAL))
    network = BackpropClassifier(6, max_iter=8, random_state=0, restore_best=False)
    network.fit(X, make(labels), X_val=X_VAL, y_val=make(labels_val))
    assert network.validation_scores_[-1] == pytest.approx(network.score(X_VAL, labels_val))
    assert issparse(network.predict(X)) == (make is csr_array)


def test_multioutput_validation():
    labels, labels_val = (np.column_stack([y, y % 2 + 5]).astype(str) for y in (Y, Y_VAL))
    network = BackpropClassifier(6, max_iter=8, random_state=0, restore_best=False)
    network.fit(X, labels, X_val=X_VAL, y_val=labels_val)
    assert network.validation_scores_[-1] == pytest.approx(network.score(X_VAL, labels_val))


def test_validation_of_several_targets():
    targets, targets_val = np.column_stack([T, -T]), np.column_stack([T_VAL, -T_VAL])
    network = BackpropRegressor(6, max_iter=8, random_state=0, restore_best=False)
    network.fit(X, targets, X_val=X_VAL, y_val=targets_val)
    assert network.validation_scores_[-1] == pytest.approx(network.score(X_VAL, targets_val))


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile", "poisson"])
def test_every_loss_is_validated(loss):
    network = BackpropRegressor(6, loss=loss, max_iter=8, random_state=0, restore_best=False)
    network.fit(X, np.abs(T), X_val=X_VAL, y_val=np.abs(T_VAL))
    # R² is no score of what is not the mean.
    expected = network.score(X_VAL, np.abs(T_VAL)) if loss == "poisson" else -network.validation_loss_curve_[-1]
    assert network.validation_scores_[-1] == pytest.approx(expected)
    assert np.isfinite(network.validation_loss_curve_).all()


# ---------------------------------------------------------------------------------------------------------------------
# A part held back.


class Spy:
    """A scorer that notes the data it is called with."""

    def __init__(self):
        self.X, self.y, self.weights = [], [], []

    def __call__(self, estimator, X, y, sample_weight=None):
        self.X.append(X.copy())
        self.y.append(y.copy())
        self.weights.append(sample_weight)
        return estimator.score(X, y)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_the_part_held_back_has_its_size_and_its_shares_of_the_classes(fraction):
    spy = Spy()
    labels = np.repeat([0, 1, 2], [60, 36, 24])
    BackpropClassifier(6, max_iter=2, early_stopping=True, validation_fraction=fraction, scoring=spy).fit(X, labels)
    held_back = round(120 * fraction)
    assert len(spy.y) == 2
    assert len(spy.y[0]) == len(spy.X[0]) == held_back
    np.testing.assert_allclose(np.bincount(spy.y[0]) / held_back, [0.5, 0.3, 0.2], atol=1 / held_back)
    np.testing.assert_array_equal(spy.X[0], spy.X[1])  # the same rows in each epoch
    assert {tuple(row) for row in spy.X[0]} <= {tuple(row) for row in X}


def test_a_part_smaller_than_the_number_of_classes_gets_one_of_each():
    """As train_test_split can have shares of no fewer; a tenth of 32 instances would be four, of eight classes."""
    spy, labels = Spy(), np.repeat(np.arange(8), 4)
    network = BackpropClassifier(6, max_iter=2, early_stopping=True, scoring=spy, random_state=0).fit(X[:32], labels)
    np.testing.assert_array_equal(np.sort(spy.y[0]), np.arange(8))
    assert network.t_ == 2 * 24


def test_what_is_held_back_is_not_trained_with(case):
    """The rows that are left are trained with as if there were no others."""
    spy = Spy()
    network = case.new(early_stopping=True, scoring=spy, restore_best=False)
    network.fit(X, case.y)
    assert network.t_ == 12 * 108
    held_back = {tuple(row) for row in spy.X[0]}
    left = np.array([tuple(row) not in held_back for row in X])
    assert left.sum() == 108
    expected = clone(network).set_params(early_stopping=False, batch_size="epoch").fit(X[left], case.y[left])
    again = clone(network).set_params(scoring=None, batch_size="epoch").fit(X, case.y)
    for mine, theirs in zip(again.coefs_, expected.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def test_the_split_is_that_of_the_seed(case):
    spies = [Spy() for _ in range(3)]
    for spy, seed in zip(spies, (0, 0, 1), strict=True):
        case.new(early_stopping=True, scoring=spy, random_state=seed, max_iter=1).fit(X, case.y)
    np.testing.assert_array_equal(spies[0].X, spies[1].X)
    assert not np.array_equal(spies[0].X, spies[2].X)


def test_warm_start_holds_the_same_rows_back(case):
    spy = Spy()
    network = case.new(early_stopping=True, scoring=spy, warm_start=True, max_iter=2)
    network.fit(X, case.y).fit(X, case.y)
    assert len(spy.X) == 4
    np.testing.assert_array_equal(spy.X[0], spy.X[-1])


def test_weights_are_split_with_their_rows(case):
    spy, weights = Spy(), np.random.RandomState(0).uniform(0.1, 3, 120)
    case.new(early_stopping=True, scoring=spy, max_iter=1).fit(X, case.y, weights)
    rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in spy.X[0]]
    np.testing.assert_array_equal(spy.weights[0], weights[rows])


def test_early_stopping_stops_and_keeps_the_best(case):
    network = case.new(early_stopping=True, n_iter_no_change=2, max_iter=300, validation_fraction=0.3).fit(X, case.y)
    assert network.stop_reason_ == "early_stopping"
    assert len(network.validation_scores_) == len(network.loss_curve_) == network.n_iter_ < 300
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert network.best_loss_ is None  # as in scikit-learn


def test_the_best_loss_is_that_of_all_epochs_after_a_validated_call_too(case):
    network = case.new(max_iter=20, warm_start=True).fit(X, case.y, X_val=X, y_val=case.y)
    assert network.best_loss_ is None
    network.set_params(learning_rate_init=1e-6).fit(X, case.y)
    network.partial_fit(X, case.y)
    assert network.best_loss_ == min(network.loss_curve_)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_validation_targets_without_inputs_are_an_error(case, early_stopping):
    network = case.new(early_stopping=early_stopping)
    for others in ({"y_val": case.y}, {"sample_weight_val": np.ones(len(X))}):
        with pytest.raises(ValueError, match="pass X_val too"):
            network.fit(X, case.y, **others)


def test_any_improvement_counts_without_tol_and_tol_asks_for_more(case):
    loose = case.new(n_iter_no_change=3, max_iter=200).fit(X, case.y, **case.validation)
    strict = case.new(n_iter_no_change=3, max_iter=200, tol=0.3).fit(X, case.y, **case.validation)
    assert strict.stop_reason_ == "early_stopping"
    assert strict.n_iter_ < loose.n_iter_
    best = -math.inf
    without = []
    for score in strict.validation_scores_:  # scikit-learn's rule: improved is what exceeds the best by tol
        without.append(0 if score >= best + 0.3 else without[-1] + 1)
        best = max(best, score)
    assert without[-1] == 4
    assert max(without[:-1]) == 3


def test_a_fraction_that_leaves_nothing_to_train_with_is_refused_by_name(case):
    """Case A17."""
    network = case.new(early_stopping=True, validation_fraction=0.99)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.99") as caught:
        network.fit(X[:40], case.y[:40])
    assert not str(caught.value).startswith("The test_size")
    assert not hasattr(network, "coefs_")


@pytest.mark.parametrize("fraction", [0, -0.1, 1.0])
def test_a_fraction_that_is_none_is_refused_even_unused_unless_it_is_zero(case, fraction):
    """MLPClassifier takes a zero where nothing is to be held back; see Case A17 for where something is."""
    with pytest.raises(ValueError, match=rf"^validation_fraction={fraction} is not valid"):
        case.new(validation_fraction=fraction, early_stopping=fraction == 0).fit(X, case.y)


NAMES = np.array(["ant", "bee", "cicada", "dragonfly", "earwig"], dtype=object)


@pytest.mark.parametrize(
    "names", [np.arange(5), NAMES, NAMES.astype(str), np.arange(5.0) * 2], ids=lambda each: each.dtype.kind
)
@pytest.mark.parametrize("counts", [[20, 19, 1], [38, 1, 1], [1, 20, 1, 1, 17], [2, 1, 2]], ids=str)
def test_an_instance_that_alone_stands_for_its_class_is_trained_with(counts, names):
    """Case J12; MLPClassifier fits this too."""
    spy, labels = Spy(), names[: len(counts)].repeat(counts)
    network = BackpropClassifier(6, max_iter=2, early_stopping=True, scoring=spy, random_state=0)
    network.fit(X[: len(labels)], labels)
    alone = [name for name, count in zip(names.tolist(), counts, strict=False) if count == 1]
    assert network.classes_.tolist() == names[: len(counts)].tolist()
    assert set(spy.y[0].tolist()) == set(labels.tolist()) - set(alone)
    assert network.t_ == 2 * (len(labels) - len(spy.y[0]))
    assert len(spy.y[0]) == max(2, math.ceil(0.1 * (len(labels) - len(alone))))
    assert not {tuple(row) for row in spy.X[0]} & {tuple(row) for row in X[: len(labels)][np.isin(labels, alone)]}


def test_a_class_that_weights_leave_one_instance_of_is_trained_with_too():
    spy, weights = Spy(), np.ones(40)
    weights[1:10] = 0
    labels = np.repeat([0, 1, 2], [10, 15, 15])
    network = BackpropClassifier(6, max_iter=1, early_stopping=True, scoring=spy, random_state=0)
    network.fit(X[:40], labels, weights)
    assert set(spy.y[0].tolist()) == {1, 2}


@pytest.mark.parametrize("make", [lambda y: np.eye(3, dtype=int)[y], lambda y: np.column_stack([y, y + 5])])
def test_a_rare_label_of_several_can_be_on_either_side(make):
    labels = np.repeat([0, 1, 2], [20, 19, 1])
    network = BackpropClassifier(6, max_iter=2, early_stopping=True, random_state=0).fit(X[:40], make(labels))
    assert len(network.validation_scores_) == 2


@pytest.mark.parametrize("name", [1, "wasp", True, 7.0])
def test_one_instance_of_two_classes_cannot_be_split_and_is_named(name):
    """scikit-learn's test_early_stopping_stratified."""
    other = "ant" if name == "wasp" else type(name)(0)
    with pytest.raises(
        ValueError, match=rf"label {name!r} has one.*least populated class(es)? in y ha(s|ve) only 1 member"
    ):
        BackpropClassifier(3, early_stopping=True).fit([[1, 2], [2, 3], [3, 4], [4, 5]], [other] * 3 + [name])


def test_classes_that_have_one_instance_each_leave_none_to_validate_with():
    with pytest.raises(ValueError, match="n_samples = 5, of which 5 alone stand for their class"):
        BackpropClassifier(3, early_stopping=True).fit(X[:5], NAMES)


@pytest.mark.parametrize("n_classes", [3, 5, 10])
@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.2])
def test_never_fewer_instances_are_held_back_than_there_are_classes(fraction, n_classes):
    """Each class has one at least, however small the fraction is: fewer have no shares."""
    spy, labels = Spy(), np.arange(40) % n_classes
    network = BackpropClassifier(6, max_iter=1, early_stopping=True, scoring=spy, random_state=0)
    network.set_params(validation_fraction=fraction).fit(X[:40], labels)
    assert len(spy.y[0]) == max(n_classes, math.ceil(fraction * 40))
    assert set(spy.y[0]) == set(range(n_classes))


def test_partial_fit_cannot_stop_early(case):
    """Case E10."""
    network = case.new(early_stopping=True).fit(X, case.y)
    twin = case.new(early_stopping=True).fit(X, case.y)
    with pytest.raises(ValueError, match=r"^partial_fit does not support early_stopping=True"):
        network.partial_fit(X, case.y)
    assert_same(network, twin)


# ---------------------------------------------------------------------------------------------------------------------
# Scoring.


def test_a_named_scorer_scores_the_epochs():
    network = BackpropClassifier(6, max_iter=6, scoring="neg_log_loss", random_state=0, restore_best=False)
    network.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert network.validation_scores_[-1] == pytest.approx(get_scorer("neg_log_loss")(network, X_VAL, Y_VAL))
    assert all(type(score) is float for score in network.validation_scores_)


def test_a_scorer_sees_targets_in_their_own_units():
    network = BackpropRegressor(
        6, max_iter=6, scoring="neg_mean_absolute_error", random_state=0, restore_best=False
    ).fit(X, 1000 * T, X_val=X_VAL, y_val=1000 * T_VAL, sample_weight_val=WEIGHTS_VAL)
    expected = -np.average(np.abs(network.predict(X_VAL) - 1000 * T_VAL), weights=WEIGHTS_VAL)
    assert network.validation_scores_[-1] == pytest.approx(expected)


def test_a_scorer_sees_the_labels_of_the_user():
    names = np.array(["ant", "bee", "cicada"])
    network = BackpropClassifier(6, max_iter=6, scoring="f1_macro", random_state=0, restore_best=False)
    network.fit(X, names[Y], X_val=X_VAL, y_val=names[Y_VAL])
    assert network.validation_scores_[-1] == pytest.approx(get_scorer("f1_macro")(network, X_VAL, names[Y_VAL]))


@pytest.mark.parametrize("early_stopping", [True, False])
def test_scoring_by_loss_is_the_validation_loss_with_its_sign_turned(case, early_stopping):
    validation = {} if early_stopping else case.validation
    network = case.new(scoring="loss", early_stopping=early_stopping, alpha=0.1).fit(X, case.y, **validation)
    np.testing.assert_array_equal(network.validation_scores_, -np.array(network.validation_loss_curve_))
    assert network.best_validation_score_ == -min(network.validation_loss_curve_)


def test_a_callable_scores_the_epochs():
    scorer = make_scorer(mean_squared_error, greater_is_better=False)
    network = BackpropRegressor(6, max_iter=6, scoring=scorer, random_state=0, restore_best=False)
    network.fit(X, T, X_val=X_VAL, y_val=T_VAL)
    assert network.validation_scores_[-1] == pytest.approx(-mean_squared_error(T_VAL, network.predict(X_VAL)))

    network = BackpropRegressor(6, max_iter=3, scoring=lambda estimator, X, y: -len(X), random_state=0)
    network.fit(X, T, X_val=X_VAL, y_val=T_VAL)
    assert network.validation_scores_ == [-40.0] * 3


def test_what_is_scored_decides_when_to_stop_and_what_to_keep():
    """Of a scorer that falls from the start the first epoch is best, of one that rises the last one."""
    for sign, kept in ((-1, 1), (1, 9)):
        scores = iter(sign * number for number in range(100))
        network = BackpropRegressor(6, scoring=lambda *_, s=scores: next(s), n_iter_no_change=3, random_state=0)
        network.set_params(max_iter=9).fit(X, T, X_val=X_VAL, y_val=T_VAL)
        assert network.n_iter_ == (5 if sign < 0 else 9)
        plain = BackpropRegressor(6, max_iter=kept, random_state=0).fit(X, T)
        assert_same(network, plain)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_unknown_scorer_is_refused(case, early_stopping):
    network = case.new(scoring="no_such_score", early_stopping=early_stopping)
    with pytest.raises(ValueError, match=r"^scoring='no_such_score' is not valid: it must be None, 'loss', a callable"):
        network.fit(X, case.y)
    assert not hasattr(network, "coefs_")


def test_a_metric_in_the_place_of_a_scorer_is_refused_with_scikit_learns_reason(case):
    with pytest.raises(ValueError, match=r"^scoring=<function accuracy_score.*metric function rather than a scorer"):
        case.new(scoring=accuracy_score).fit(X, case.y, **case.validation)


def test_a_scorer_that_fails_leaves_no_trace(case):
    def failing(estimator, X, y):
        raise RuntimeError("no score today")

    network = case.new(max_iter=2).fit(X, case.y)
    twin = case.new(max_iter=2).fit(X, case.y)
    with pytest.raises(RuntimeError, match="no score today"):
        network.set_params(scoring=failing).fit(X, case.y, **case.validation)
    assert_same(network, twin)
    assert network.validation_scores_ is None


def test_the_network_that_a_scorer_sees_does_not_change_the_training(case):
    def meddling(estimator, X, y):
        estimator.mark_ = "mine"
        return estimator.score(X, y)

    network = case.new(scoring=meddling, restore_best=False).fit(X, case.y, **case.validation)
    assert not hasattr(network, "mark_")
    assert_same(network, case.new().fit(X, case.y))


# ---------------------------------------------------------------------------------------------------------------------
# Errors.


def test_inputs_without_targets_and_targets_without_inputs_are_refused(case):
    for arguments, match in (
        ({"X_val": X_VAL}, "y_val"),
        ({"y_val": case.y_val}, "X_val"),
        ({"sample_weight_val": WEIGHTS_VAL}, "X_val"),
    ):
        network = case.new()
        with pytest.raises(ValueError, match=match):
            network.fit(X, case.y, **arguments)
        assert not hasattr(network, "coefs_")


def test_validation_inputs_of_another_width_are_refused(case):
    with pytest.raises(ValueError, match=r"X.* has 2 features, but .* is expecting 5 features"):
        case.new().fit(X, case.y, X_val=X_VAL[:, :2], y_val=case.y_val)


@pytest.mark.parametrize(
    ("replaced", "match"),
    [
        ({"X_val": np.where(np.arange(200).reshape(40, 5) == 7, np.nan, X_VAL)}, "NaN"),
        ({"y_val": np.zeros(39)}, "inconsistent numbers of samples"),
        ({"sample_weight_val": np.ones(39)}, "sample_weight_val has shape"),
        ({"sample_weight_val": np.full(40, -1.0)}, "sample_weight_val contains negative"),
        ({"sample_weight_val": np.full(40, np.nan)}, "sample_weight_val contains NaN"),
        ({"sample_weight_val": np.zeros(40)}, "sample_weight_val is zero for every instance"),
        ({"X_val": X_VAL[:0], "y_val": T_VAL[:0]}, r"0 sample\(s\)"),
    ],
    ids=["nan", "length", "weights' length", "negative", "nan weights", "zero weights", "no rows"],
)
def test_validation_data_that_will_not_do_are_refused_by_name(case, replaced, match):
    network = case.new()
    with pytest.raises(ValueError, match=match):
        network.fit(X, case.y, **case.validation | replaced)
    assert not [name for name in vars(network) if name.endswith("_")]


def test_several_validation_targets_for_one_are_refused():
    network = BackpropRegressor(6, max_iter=2)
    with pytest.raises(ValueError, match=r"2 targets per instance.*1"):
        network.fit(X, T, X_val=X_VAL, y_val=np.column_stack([T_VAL, T_VAL]))
    assert not hasattr(network, "coefs_")


def test_one_instance_is_enough_to_classify_and_too_few_for_r2():
    """R² of one instance is not defined: that must not silently keep the starting weights."""
    network = BackpropClassifier(6, max_iter=5, random_state=0).fit(X, Y, X_val=X_VAL[:1], y_val=Y_VAL[:1])
    assert set(network.validation_scores_) <= {0.0, 1.0}
    with pytest.raises(ValueError, match="X_val"):
        BackpropRegressor(6, max_iter=5, random_state=0).fit(X, T, X_val=X_VAL[:1], y_val=T_VAL[:1])
    network = BackpropRegressor(6, max_iter=5, scoring="loss", random_state=0)
    assert np.isfinite(network.fit(X, T, X_val=X_VAL[:1], y_val=T_VAL[:1]).validation_scores_).all()


# ---------------------------------------------------------------------------------------------------------------------
# Names of features, pipelines, searches.


def test_names_of_features_are_no_reason_to_warn(case):
    """scikit-learn's issue 24846: the validation there warned that X had no valid feature names."""
    pd = pytest.importorskip("pandas")
    frame, frame_val = (pd.DataFrame(each, columns=list("abcde")) for each in (X, X_VAL))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        for scoring in (None, "loss", Spy()):
            case.new(scoring=scoring, max_iter=2).fit(frame, case.y, X_val=frame_val, y_val=case.y_val)
            case.new(scoring=scoring, max_iter=2, early_stopping=True).fit(frame, pd.Series(case.y))
    network = case.new().fit(frame, case.y, X_val=frame_val, y_val=case.y_val)
    assert network.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="feature names"):
        case.new().fit(frame, case.y, X_val=frame_val[list("abced")], y_val=case.y_val)


@pytest.mark.skipif("transform_input" not in Pipeline([("a", None)]).get_params(), reason="since scikit-learn 1.6")
def test_a_pipeline_transforms_the_validation_inputs_too(case):
    with sklearn.config_context(enable_metadata_routing=True):
        network = case.new().set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        model = make_pipeline(StandardScaler(), network, transform_input=["X_val"])
        model.fit(10 * X + 3, case.y, X_val=10 * X_VAL + 3, y_val=case.y_val, sample_weight_val=WEIGHTS_VAL)
    scaler = StandardScaler().fit(10 * X + 3)
    by_hand = case.new().fit(
        scaler.transform(10 * X + 3),
        case.y,
        X_val=scaler.transform(10 * X_VAL + 3),
        y_val=case.y_val,
        sample_weight_val=WEIGHTS_VAL,
    )
    assert model[-1].validation_scores_ == by_hand.validation_scores_
    assert_same(model[-1], by_hand)


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 7),
    reason="scikit-learn 1.6 routes weights to score as well",
)
def test_weights_are_routed_through_a_pipeline_in_a_grid_search(case):
    weights = np.random.RandomState(0).randint(1, 4, 120).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        network = case.new(max_iter=4, early_stopping=True).set_fit_request(sample_weight=True)
        network.set_score_request(sample_weight=True)
        model = Pipeline([("scale", StandardScaler().set_fit_request(sample_weight=False)), ("network", network)])
        search = GridSearchCV(model, {"network__alpha": [0.0, 0.1]}, cv=3).fit(X, case.y, sample_weight=weights)
        best = search.best_estimator_[-1]
        direct = clone(best).set_params(alpha=search.best_params_["network__alpha"])
        direct.fit(StandardScaler().fit_transform(X), case.y, sample_weight=weights)
        assert_same(best, direct)
        without = clone(direct).fit(StandardScaler().fit_transform(X), case.y)
    assert best.loss_curve_ != without.loss_curve_


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", make_scorer(lambda y, p: (y == p).mean())])
@pytest.mark.parametrize("is_routed", [True, False])
def test_weights_reach_a_scorer_with_and_without_metadata_routing(scoring, is_routed):
    if callable(scoring):
        scoring = make_scorer(lambda y, p, sample_weight=None: np.average(y == p, weights=sample_weight))
    with sklearn.config_context(enable_metadata_routing=is_routed):
        network = BackpropClassifier(6, max_iter=3, random_state=0, scoring=scoring, restore_best=False)
        network.fit(X, Y, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
        expected = get_scorer(scoring)(network, X_VAL, Y_VAL, sample_weight=WEIGHTS_VAL)
    assert network.validation_scores_[-1] == pytest.approx(expected)


@pytest.mark.parametrize("returned", [None, "text", [1.0, 2.0]])
def test_a_scorer_that_returns_no_number_is_named(case, returned):
    """J11."""
    network = case.estimator_class(3, max_iter=3, early_stopping=True, scoring=lambda *arguments: returned)
    with pytest.raises(ValueError, match=r"scoring=<function .* returned .* which is no number"):
        network.fit(X, case.y)


def test_a_score_that_is_nan_says_of_how_many_instances(case):
    network = case.estimator_class(3, max_iter=3, early_stopping=True, scoring=lambda *arguments: np.nan)
    with pytest.raises(ValueError, match=r"returned nan for the validation data of \d+ instances: it may need more"):
        network.fit(X, case.y)


def test_a_score_that_needs_every_class_says_which_data_it_failed_on():
    X = np.random.RandomState(0).normal(size=(40, 2))
    y = np.arange(40) % 2
    y[7] = 2
    network = BackpropClassifier(3, max_iter=3, early_stopping=True, scoring="neg_log_loss", random_state=0)
    match = r"^scoring='neg_log_loss' failed on the validation data, which do not hold every class: "
    with pytest.raises(ValueError, match=match):
        network.fit(X, y)
    with pytest.raises(ValueError, match=r"^scoring='roc_auc' failed on the validation data: multi_class must be"):
        network.set_params(scoring="roc_auc").fit(X, np.arange(40) % 3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize(
    ("estimator", "targets", "name"),
    [
        (BackpropClassifier, Y_ALL, "accuracy"),
        (BackpropClassifier, np.array(["b", "a"])[(Y_ALL > 0).astype(int)], "accuracy"),
        (BackpropClassifier, (X_ALL[:, :3] > 0).astype(int), "accuracy"),
        (BackpropRegressor, T_ALL, "r2"),
        (BackpropRegressor, np.column_stack([T_ALL, X_ALL[:, 0] ** 2]), "r2"),
    ],
    ids=["classes", "texts", "labels", "numbers", "targets"],
)
def test_the_own_score_asked_for_by_name_is_the_scorers(estimator, targets, name, is_weighted):
    weights = np.random.RandomState(0).uniform(size=120) if is_weighted else None
    scores = []
    for scoring in (name, lambda *arguments, **weights: get_scorer(name)(*arguments, **weights)):
        network = estimator(4, early_stopping=True, max_iter=8, scoring=scoring, random_state=0)
        scores.append(network.fit(X_ALL[:120], targets[:120], sample_weight=weights).validation_scores_)
    np.testing.assert_allclose(*scores, rtol=1e-12, atol=1e-12)


def test_accuracy_of_several_columns_is_refused_as_scikit_learn_does():
    with pytest.raises(ValueError, match="scoring='accuracy' failed on the validation data"):
        BackpropClassifier(4, early_stopping=True, scoring="accuracy").fit(X_ALL, np.column_stack([Y_ALL, Y_ALL]))


def test_a_plateau_of_the_accuracy_ends_no_training_while_the_loss_falls():
    """Of two classes of unequal size sigmoid layers predict the larger one for many epochs before they tell any apart."""
    X, y = make_classification(400, 6, n_informative=4, weights=[0.8], flip_y=0, random_state=1)
    X = StandardScaler().fit_transform(X)
    slow = BackpropClassifier((5, 5, 5), alpha=0, early_stopping=True, max_iter=2000, random_state=0)
    network = clone(slow).fit(X, y)
    assert len(set(network.validation_scores_[:12])) == 1  # more epochs than n_iter_no_change
    assert network.score(X, y) > 0.94
    by_accuracy = clone(slow).set_params(scoring="accuracy").fit(X, y)
    assert by_accuracy.n_iter_ == 12
    assert by_accuracy.score(X, y) < 0.81


@pytest.mark.parametrize("seed", range(3))
def test_early_stopping_waits_for_a_network_that_has_not_begun_to_learn(seed):
    """Of the sum of ten squares no linear model tells anything, and sigmoid units begin almost linear."""
    X, y = make_hastie_10_2(1200, random_state=seed)
    network = BackpropClassifier(20, early_stopping=True, init_range=0.25, random_state=seed).fit(X[:900], y[:900])
    assert network.score(X[900:], y[900:]) > 0.75
    constant = 0.5 * 0.25  # half the squared error of one half
    assert network.loss_curve_[-network.n_iter_no_change - 2] < 0.9 * constant
    with pytest.warns(ConvergenceWarning):
        literal = clone(network).set_params(tol=0.0).fit(X[:900], y[:900])  # as MLPClassifier counts
    assert literal.n_iter_ < network.n_iter_


def test_early_stopping_of_targets_that_are_all_alike_ends():
    network = BackpropRegressor(5, early_stopping=True, random_state=0).fit(X_ALL, np.full(len(X_ALL), 2.5))
    assert network.stop_reason_ in ("early_stopping", "update_tol")


def test_of_equal_scores_the_weights_with_the_smaller_loss_remain():
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(5, max_iter=60, random_state=0)
    network.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    best = np.flatnonzero(np.array(network.validation_scores_) == network.best_validation_score_)
    losses = np.array(network.validation_loss_curve_)[best]
    assert len(best) > 1
    again = BackpropClassifier(5, max_iter=int(best[losses.argmin()]) + 1, random_state=0).fit(X[::2], y[::2])
    np.testing.assert_array_equal(again.coefs_[0], network.coefs_[0])


def test_of_epochs_with_the_same_accuracy_the_one_with_the_smallest_loss_is_kept():
    """Though an epoch between them, of a worse accuracy, has a smaller loss than both."""
    found = 0
    for seed in range(40):
        few = np.random.RandomState(seed).choice(len(X_VAL), 8, replace=False)
        validation = {"X_val": X_VAL[few], "y_val": Y_VAL[few]}
        settings = {"max_iter": 30, "batch_size": 8, "random_state": seed, "n_iter_no_change": 100}
        network = BackpropClassifier(6, **settings).fit(X, Y, **validation)
        scores, losses = np.array(network.validation_scores_), np.array(network.validation_loss_curve_)
        ties = np.flatnonzero(scores == scores.max())
        best = ties[losses[ties].argmin()]
        expected = BackpropClassifier(6, **settings).set_params(max_iter=int(best) + 1, restore_best=False)
        assert_same(network, expected.fit(X, Y, **validation))
        found += losses[: best + 1].min() < losses[best] and best > ties[0]
    assert found


@pytest.mark.parametrize("weights", [None, np.resize([0.0, 1.0, 2.0], 40)], ids=["plain", "weighted"])
def test_a_target_that_is_the_same_for_all_validation_data_decides_nothing(weights):
    """The mean of equal numbers is rounded: beside a variance of 1e-31 any error would be worth more than all others."""
    for seed in range(12):
        rare = np.random.RandomState(seed).uniform(size=160) < 0.1
        targets, targets_val = np.stack([T, rare[:120]], axis=1), np.stack([T_VAL, np.ones(40)], axis=1)
        if weights is not None:
            targets_val[weights == 0, 1] = 0
        network = BackpropRegressor(6, max_iter=5, random_state=0)
        network.fit(X, targets, X_val=X_VAL, y_val=targets_val, sample_weight_val=weights)
        alone = r2_score(T_VAL, network.predict(X_VAL)[:, 0], sample_weight=weights)
        assert network.best_validation_score_ == pytest.approx(alone / 2)  # the other has none
