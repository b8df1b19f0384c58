"""The estimators that tune themselves: what cross-validation sees, what is chosen, and that the network is its parents'."""

import _thread
import itertools
import pickle
import re
import threading
import warnings
from copy import deepcopy
from functools import cached_property
from inspect import signature

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification, make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss, make_scorer, r2_score
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, PredefinedSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    BackpropRegressorCV,
    check_gradient,
    explain_step,
)
from skbackprop._estimators import cv
from skbackprop._estimators.base import Instances
from skbackprop._estimators.diagnosis.sights import SIGHTS
from skbackprop._estimators.fitted import fitted_attributes
from skbackprop._estimators.folds import make_folds
from skbackprop._estimators.grids import expand_grid
from skbackprop._estimators.html import summary
from skbackprop._training.paths import next_stage, validated_epochs
from skbackprop._training.race import Curves, choose, is_beaten, is_cut_off, is_done, race
from skbackprop._training.stages import FoldTraining
from skbackprop.callbacks import Checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # trainings here are short

needs_callbacks = pytest.mark.skipif(
    not hasattr(BackpropClassifier, "set_callbacks"), reason="scikit-learn has callbacks since 1.9"
)

X, Y = make_classification(90, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T = X[:, 0] * X[:, 1] + 2 * X[:, 2] + np.random.RandomState(0).normal(scale=0.5, size=90)
GRID = {"activation": ["logistic", "relu"], "alpha": [0.0, 1.0]}
LIKE_MLP = {"activation": "relu", "solver": "adam", "learning_rate_init": 0.001}


class Case:
    """One of the two estimators with its parent and its targets."""

    def __init__(self, estimator_class, parent, y):
        self.estimator_class, self.parent, self.y = estimator_class, parent, y

    def new(self, **parameters):
        quick = {"hidden_layer_sizes": 5, "max_iter": 60, "batch_size": 8, "random_state": 0, "grid": GRID, "cv": 3}
        return self.estimator_class(**{**quick, **parameters})

    @cached_property
    def _fitted(self):
        return self.new().fit(X, self.y)

    def fitted(self, **parameters):
        """One of its own, and where nothing is asked for a copy of one that was fitted once."""
        return self.new(**parameters).fit(X, self.y) if parameters else deepcopy(self._fitted)


@pytest.fixture(params=["classifier", "regressor"], scope="module")
def case(request):
    if request.param == "classifier":
        return Case(BackpropClassifierCV, BackpropClassifier, Y)
    return Case(BackpropRegressorCV, BackpropRegressor, T)


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def parent_of(network, case):
    """An unfitted estimator of the parent's class, with what was chosen."""
    parameters = {name: getattr(network, name) for name in case.parent().get_params()}
    return case.parent(**parameters | network.best_params_ | {"max_iter": network.best_n_epochs_})


def test_the_network_is_what_the_parent_makes_of_the_choice(case):
    network = case.fitted()
    assert isinstance(network, case.parent)
    assert network.best_params_ in network.cv_results_["params"]
    assert network.get_params()["alpha"] == "auto"
    twin = parent_of(network, case).fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    assert network.n_iter_ == network.n_epochs_ == network.best_n_epochs_
    assert network.stop_reason_ == "cross_validation"
    assert twin.loss_curve_ == network.loss_curve_


def test_a_point_of_a_curve_is_what_the_parent_scores_after_so_many_epochs():
    """The oracle: fit of the parent, and scikit-learn's metrics."""
    folds = list(KFold(3).split(X))
    grid = {"alpha": [1.0]}
    network = BackpropClassifierCV(5, batch_size=8, max_iter=60, cv=folds, grid=grid, random_state=0).fit(X, Y)
    random_state = np.random.RandomState(0)
    seeds = random_state.randint(2**31 - 1, size=3)
    curves = network.cv_curves_[0]
    for position in (0, 17, -1):
        for number, ((training, held_out), seed) in enumerate(zip(folds, seeds, strict=True)):
            parent = BackpropClassifier(
                5,
                batch_size=8,
                loss="log_loss",
                alpha=1.0,
                max_iter=curves["n_epochs"][position],
                random_state=int(seed),
            ).fit(X[training], Y[training])
            loss = log_loss(Y[held_out], parent.predict_proba(X[held_out]))
            np.testing.assert_allclose(curves["loss"][number, position], loss, rtol=1e-9)
            accuracy = accuracy_score(Y[held_out], parent.predict(X[held_out]))
            np.testing.assert_allclose(curves["score"][number, position], accuracy)


def test_of_a_regressor_the_curves_are_in_units_of_its_own_targets():
    folds = list(KFold(3).split(X))
    network = BackpropRegressorCV(5, max_iter=50, cv=folds, grid={"alpha": [0.0]}, random_state=0).fit(X, T)
    seed = int(np.random.RandomState(0).randint(2**31 - 1, size=3)[1])
    training, held_out = folds[1]
    parent = BackpropRegressor(5, alpha=0.0, max_iter=50, random_state=seed).fit(X[training], T[training])
    predictions = parent.predict(X[held_out])
    assert network.cv_curves_[0]["n_epochs"][-1] == 50
    loss = np.mean((T[held_out] - predictions) ** 2) / 2 / parent.y_scale_**2
    np.testing.assert_allclose(network.cv_curves_[0]["loss"][1, -1], loss[0])
    np.testing.assert_allclose(network.cv_curves_[0]["score"][1, -1], r2_score(T[held_out], predictions))


def test_results_have_the_shape_of_a_grid_search(case):
    network = case.fitted()
    results = network.cv_results_
    search = GridSearchCV(case.parent(5, max_iter=2), GRID, cv=3).fit(X, case.y)
    assert {name for name in search.cv_results_ if "time" not in name} == results.keys() - {"n_epochs"}
    assert results["params"] == list(search.cv_results_["params"])
    splits = np.array([results[f"split{number}_test_score"] for number in range(3)])
    np.testing.assert_allclose(results["mean_test_score"], splits.mean(axis=0))
    np.testing.assert_allclose(results["std_test_score"], splits.std(axis=0))
    assert results["rank_test_score"][results["mean_test_score"].argmax()] == 1
    assert network.n_splits_ == 3
    for number, curves in enumerate(network.cv_curves_):
        place = np.flatnonzero(curves["n_epochs"] == results["n_epochs"][number])[0]
        np.testing.assert_array_equal(-curves["loss"][:, place], splits[:, number])
        assert -curves["loss"].mean(axis=0).min() == pytest.approx(results["mean_test_score"][number])


def test_without_the_one_standard_error_rule_the_best_is_chosen(case):
    network = case.fitted(one_standard_error=False)
    assert network.best_index_ == np.argmax(network.cv_results_["mean_test_score"])
    assert network.best_n_epochs_ == network.cv_results_["n_epochs"][network.best_index_]
    assert network.best_score_ == pytest.approx(network.cv_results_["mean_test_score"].max())


def curves_of(*costs, n_parameters=10, alpha=0.0):
    """Curves of two folds, given as pairs of costs; their difference has the standard error |d_1 - d_2| / 2."""
    costs = np.array(costs, dtype=float).T
    return Curves(np.arange(1, costs.shape[1] + 1), costs, -costs, costs, n_parameters, alpha)


def chosen(curves, is_within_error):
    """The candidate, and which of its costs, each of which lasts for seven epochs, so that medians are costs."""
    lasting = [
        each._replace(costs=each.costs.repeat(7, axis=1), epochs=np.arange(7 * len(each.epochs)) + 1) for each in curves
    ]
    candidate, position = choose(lasting, is_within_error)
    return candidate, position / 7


def test_one_standard_error_takes_the_simplest():
    """By hand: (1.5, 1.0) is .25 above the best, (1, 1), with an error of .25; (1.5, 1.25) is .375 above, with .125."""
    best = curves_of((3, 3), (1.5, 1.25), (1, 1), (1.5, 1))
    assert chosen([best], is_within_error=True) == (0, 2)
    assert chosen([curves_of((3, 3), (1.5, 1), (1, 1))], is_within_error=True) == (0, 1)
    assert chosen([curves_of((3, 3), (1.5, 1), (1, 1))], is_within_error=False) == (0, 2)
    penalised = curves_of((3, 3), (2, 2), (1.625, 1), (1.5, 1), alpha=0.5)
    assert chosen([best, penalised], is_within_error=True) == (1, 2)
    assert chosen([best._replace(alpha=0.6), penalised], is_within_error=True) == (0, 2)
    assert chosen([best, penalised], is_within_error=False) == (0, 2)
    small = curves_of((3, 3), (2, 2), (1.5, 1), (1.25, 1), n_parameters=5)
    assert chosen([best, penalised, small], is_within_error=True) == (2, 2)
    out = curves_of((3, 3), (2, 2), (1.5, 1.25), n_parameters=5, alpha=0.5)
    assert chosen([best, out], is_within_error=True) == (0, 2)
    assert chosen([curves_of((3, 3)), curves_of((np.inf, 1), alpha=0.5)], is_within_error=True) == (0, 0)


def test_one_standard_error_is_not_decided_by_the_last_bits():
    """Of two folds, one of them with the best cost, the mean difference is its error, however it is rounded."""
    random_state = np.random.RandomState(0)
    for first, others in zip(random_state.uniform(0.1, 1, 200), random_state.uniform(0.1, 1, 200), strict=True):
        costs = curves_of((first + 2, others + 2), (first + random_state.uniform(), others), (first, others))
        assert chosen([costs], is_within_error=True) == (0, 1)


def test_an_epoch_that_is_good_by_chance_is_not_the_smallest_within_one_standard_error():
    costs = np.r_[np.linspace(10, 2, 20), np.full(20, 1.0)]
    costs[12] = 0.9  # of two folds, so that nothing else is within an error of nothing
    assert choose([curves_of(*zip(costs, costs, strict=True))], is_within_error=True) == (0, 20)
    assert choose([curves_of(*zip(costs, costs, strict=True))], is_within_error=False) == (0, 12)


def test_a_race_was_too_short_where_its_second_half_gained_much_and_more_than_noise():
    """By hand: from 2 to 1 in both folds is half of it, without an error; a gain of 4 in one fold has an error of 2."""
    assert is_cut_off(curves_of((3, 3), (2, 2), (1, 1), (1, 1)), longest=4)
    assert not is_cut_off(curves_of((3, 3), (2, 2), (1, 1), (1, 1)), longest=5)
    assert not is_cut_off(curves_of((3, 3), (2, 2), (1.96, 1.96), (1.96, 1.96)), longest=4)
    assert not is_cut_off(curves_of((4, 4), (5, 1), (1, 1), (1, 1)), longest=4)


@pytest.mark.parametrize(
    ("before", "n_epochs", "constant_cost", "expected"),
    [
        pytest.param(1.021, 120, 10.0, False, id="it gains more than a fiftieth"),
        pytest.param(1.019, 120, 10.0, True, id="it gains less"),
        pytest.param(1.019, 98, 10.0, False, id="it has less than 100 epochs"),
        pytest.param(1.019, 120, 4.9, False, id="it has not learned"),
        pytest.param(1.019, 120, np.nan, False, id="it is chosen by a score"),
        pytest.param(0.9, 120, np.nan, True, id="it has become worse"),
    ],
)
def test_a_candidate_is_done_where_more_epochs_gain_hardly_anything(before, n_epochs, constant_cost, expected):
    costs = np.repeat([before, 1.0], n_epochs // 2)
    assert is_done(curves_of(*zip(costs, costs, strict=True)), constant_cost) is expected


@pytest.mark.parametrize(
    ("best", "n_epochs", "constant_cost", "expected"),
    [
        pytest.param(5, 10, 6.0, False, id="the smallest loss is not long ago"),
        pytest.param(5, 25, 6.0, True, id="20 epochs ago, and it has learned"),
        pytest.param(5, 24, 6.0, False, id="19 epochs ago"),
        pytest.param(5, 25, 4.9, False, id="it has not learned"),
        pytest.param(5, 25, np.nan, False, id="it is chosen by a score"),
        pytest.param(5, 55, np.nan, True, id="50 epochs ago"),
        pytest.param(30, 59, 6.0, False, id="in the second half"),
        pytest.param(30, 60, 6.0, True, id="in the first half"),
    ],
)
def test_a_candidate_is_done_where_its_smallest_loss_is_long_ago(best, n_epochs, constant_cost, expected):
    costs = np.where(np.arange(1, n_epochs + 1) == best, 1.0, 1.1)
    assert is_done(curves_of(*zip(costs, costs, strict=True)), constant_cost) is expected


def losses_of(n_epochs, first, second, apart=0.0):
    """Of two folds that are so far apart: a loss in the first half of the epochs, and another in the second."""
    costs = np.repeat([first, second], n_epochs // 2)
    return curves_of(*zip(costs - apart / 2, costs + apart / 2, strict=True))


@pytest.mark.parametrize(
    ("n_epochs", "first", "second", "apart", "expected"),
    [
        pytest.param(100, 1.5, 1.4, 0.0, True, id="behind by more than its gain"),
        pytest.param(98, 1.5, 1.4, 0.0, False, id="before 100 epochs"),
        pytest.param(100, 2.0, 1.4, 0.0, False, id="behind by less than its gain"),
        pytest.param(100, 1.5, 1.4, 0.5, False, id="within two errors"),
        pytest.param(198, 1.5, 1.4, 0.5, False, id="within two errors before 200 epochs"),
        pytest.param(200, 1.5, 1.4, 0.5, True, id="behind by four times its gain in 200 epochs"),
        pytest.param(200, 1.6, 1.4, 0.5, True, id="behind by twice its gain"),
        pytest.param(200, 1.7, 1.4, 0.5, False, id="behind by four thirds of its gain"),
        pytest.param(200, 1.3, 1.4, 0.5, True, id="it becomes worse, and is behind"),
        pytest.param(200, 0.9, 1.0, 0.5, False, id="it becomes worse, and is ahead"),
        pytest.param(20, np.inf, np.inf, 0.0, True, id="no loss is finite"),
    ],
)
def test_a_candidate_is_out_that_cannot_win(n_epochs, first, second, apart, expected):
    """By hand: the standard error of a difference of two folds is half of what they are apart."""
    best = curves_of(*[(1.0, 1.0)] * n_epochs)
    assert is_beaten(losses_of(n_epochs, first, second, apart), best) is expected


def test_the_best_is_never_out():
    for n_epochs in (20, 100, 400):
        best = losses_of(n_epochs, 1.0, 1.0)
        assert not is_beaten(best, best)


def test_a_search_on_a_noisy_line_ends_before_its_last_epoch():
    """Its loss falls in each epoch, by hardly anything; of a score nothing is known, and the search goes on."""
    x = np.linspace(-1, 1, 200)
    X, y = x[:, np.newaxis], 10 * x + 2 * np.random.RandomState(0).normal(size=200)
    ends = []
    for scoring in ("loss", "neg_mean_squared_error"):
        model = BackpropRegressorCV(5, grid={"alpha": [0.0]}, scoring=scoring, max_iter=400, random_state=0).fit(X, y)
        ends.append(model.cv_curves_[0]["n_epochs"][-1])
    assert ends[0] < ends[1]


@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, len(Y))], ids=["equal", "weighted"])
def test_what_constant_outputs_cost_is_the_mean_over_the_folds(weights, monkeypatch):
    """By hand: the entropy of the classes, or half the variance of the targets, of what each fold holds out."""
    plans = []

    def spy(trainers, inputs, plan, monitor):
        plans.append(plan)
        return race(trainers, inputs, plan, monitor)

    monkeypatch.setattr("skbackprop._estimators.cv.race", spy)
    folds = list(StratifiedKFold(3).split(X, Y))
    y = np.where(np.isin(np.arange(len(Y)), folds[0][1]), 10.0, 1.0) * X[:, 0]  # of which one fold has large ones
    settings = {"grid": {"alpha": [0.0]}, "cv": folds, "max_iter": 1, "random_state": 0}
    for model, targets in (
        (BackpropClassifierCV(2, **settings), Y),
        (BackpropRegressorCV(2, normalize_y=False, **settings), y),
        (BackpropRegressorCV(2, scoring="r2", **settings), y),
    ):
        model.fit(X, targets, sample_weight=weights)
    entropies, half_variances = [], []
    for _, held_out in folds:
        own = np.ones(len(held_out)) if weights is None else weights[held_out]
        shares = np.bincount(Y[held_out], own) / own.sum()
        entropies.append(-(shares * np.log(shares)).sum())
        half_variances.append(np.cov(y[held_out], aweights=own, ddof=0) / 2)
    assert plans[0].constant_cost == pytest.approx(np.mean(entropies))
    assert plans[1].constant_cost == pytest.approx(np.mean(half_variances))
    assert np.isnan(plans[2].constant_cost)


@pytest.mark.filterwarnings("error")
def test_a_fold_whose_looked_at_instances_have_no_weight_is_no_trouble():
    """Of 2000 instances every second one is looked at."""
    X = np.random.RandomState(0).normal(size=(4000, 2))
    y = np.where(np.arange(4000) % 2 == 0, 0, 1 + (X[:, 0] > 0))
    model = BackpropClassifierCV(
        3, grid={"alpha": [0.0]}, cv=KFold(2), class_weight={0: 0, 1: 1, 2: 1}, max_iter=3, random_state=0
    )
    assert set(model.fit(X, y).predict(X)) == {1, 2}


def test_epochs_are_validated_one_by_one_and_then_in_steps_of_a_twentieth():
    epochs = validated_epochs(1003)
    assert list(epochs[:40]) == list(range(1, 41))
    assert epochs[-1] == 1003
    assert (np.diff(epochs) <= np.maximum(1, epochs[1:] / 19)).all()
    assert len(epochs) < 140


def test_stages_are_validated_epochs_and_the_longest_path_is_the_last():
    epochs = validated_epochs(5003)
    for n_epochs in (1, 7, 40, 333, 1250):
        assert next_stage(n_epochs, 2, 5003) == epochs[epochs >= 2 * n_epochs][0]
    assert next_stage(3000, 2, 5003) == 5003


def test_a_search_takes_no_longer_where_more_epochs_are_allowed_than_it_makes():
    X, y = make_classification(60, 4, random_state=0)
    search = BackpropClassifierCV(3, grid={"alpha": [0.0]}, cv=2, max_iter=10**12, tol=1e-3, random_state=0).fit(X, y)
    shorter = clone(search).set_params(max_iter=10**4).fit(X, y)
    assert search.best_n_epochs_ == shorter.best_n_epochs_ < 10**4


def test_the_result_does_not_depend_on_the_number_of_jobs_or_the_backend(case):
    alone = case.fitted()
    side_by_side = case.fitted(n_jobs=2)
    with joblib.parallel_config("loky", n_jobs=2):
        in_processes = case.new().fit(X, case.y)
    for other in (side_by_side, in_processes):
        np.testing.assert_array_equal(vector_of(alone), vector_of(other))
        assert alone.best_params_ == other.best_params_
        for mine, theirs in zip(alone.cv_curves_, other.cv_curves_, strict=True):
            for name in mine:
                np.testing.assert_array_equal(mine[name], theirs[name])


@pytest.mark.parametrize("n_jobs", [2, 3, 8])
def test_threads_that_work_ahead_change_no_bit(case, n_jobs, monkeypatch):
    """Of one that ends by a rule, one that begins anew with half the rate, and one that is out of the race."""
    monkeypatch.setattr("skbackprop._training.race._WORK_OF_THREADS", 0)  # or all but the first stage would have one
    grid = {"activation": ["relu"], "error_tol": [0.0, 0.3], "learning_rate_init": ["auto", 1e3], "alpha": [0.0, 1.0]}
    alone = case.fitted(grid=grid, max_iter=120)
    side_by_side = case.fitted(grid=grid, max_iter=120, n_jobs=n_jobs)
    np.testing.assert_array_equal(vector_of(alone), vector_of(side_by_side))
    for mine, theirs in zip(alone.cv_curves_, side_by_side.cv_curves_, strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], theirs[name])


@pytest.mark.parametrize("n_epochs", [1, 3, 6])
def test_where_work_ahead_stops_does_not_decide_whether_a_rate_is_halved(monkeypatch, stop_after, n_epochs):
    """By Adam at a large rate, whose loss rises and falls by thousands on the way to that of a straight line."""
    X = np.random.RandomState(0).normal(size=(60, 2))
    search = BackpropRegressorCV(
        20,
        activation="identity",
        solver="adam",
        batch_size=4,
        grid={"learning_rate_init": [0.3, 0.7, 1.3]},
        cv=2,
        max_iter=120,
        n_jobs=2,
        random_state=0,
    ).fit(X, X[:, 0])
    run = FoldTraining.run

    def run_after_a_pause(self, inputs, n_epochs_of_stage):
        self.run_ahead(inputs, n_epochs_of_stage, stop_after(n_epochs))
        run(self, inputs, n_epochs_of_stage)

    monkeypatch.setattr(FoldTraining, "run", run_after_a_pause)
    paused = clone(search).fit(X, X[:, 0])
    for mine, theirs in zip(search.cv_curves_, paused.cv_curves_, strict=True):
        np.testing.assert_array_equal(mine["loss"], theirs["loss"])


def test_the_inputs_go_beside_the_jobs_and_not_within_each(monkeypatch):
    """A backend such as dask's then sends them once."""
    sent = []

    def spy(trainers, inputs, plan, monitor):
        sent.extend([inputs, *map(cloudpickle.dumps, trainers)])
        return race(trainers, inputs, plan, monitor)

    cloudpickle = pytest.importorskip("cloudpickle")
    monkeypatch.setattr("skbackprop._estimators.cv.race", spy)
    wide = np.hstack([X, np.zeros((len(X), 1000))])
    BackpropClassifierCV(2, max_iter=2, grid={"alpha": [0.0, 1.0]}, random_state=0).fit(wide, Y)
    assert sent[0] is wide
    assert len(sent) == 3
    assert max(map(len, sent[1:])) < wide.nbytes / 10


@pytest.mark.slow
def test_dask_shares_the_work():
    distributed = pytest.importorskip("distributed")
    alone = BackpropClassifierCV(5, max_iter=50, grid=GRID, random_state=0).fit(X, Y)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        shared = clone(alone).fit(X, Y)
    np.testing.assert_array_equal(vector_of(alone), vector_of(shared))


def test_a_training_learns_on_with_what_was_chosen(case):
    """The chosen penalty is 1, though the estimator's own is 'auto'."""
    network = case.fitted(grid={"alpha": [1.0]})
    twin = parent_of(network, case).fit(X, case.y)
    for each in (network, twin):
        each.partial_fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    for each in (network, twin):
        each.set_params(warm_start=True, max_iter=3).fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    assert network.n_iter_ == 3
    assert network.get_params()["alpha"] == "auto"


def test_a_saved_network_learns_on_as_the_other(case):
    network = case.fitted()
    again = pickle.loads(pickle.dumps(network))
    assert again.best_params_ == network.best_params_
    for each in (network, again):
        each.partial_fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(again))


def test_a_stream_needs_no_search(case):
    arguments = {"classes": [0, 1, 2]} if case.parent is BackpropClassifier else {}
    network = case.new().partial_fit(X, case.y, **arguments)
    assert not hasattr(network, "best_params_")
    assert hasattr(network.fit(X, case.y), "best_params_")


def test_sample_weights_are_repetition(case):
    """With whole-epoch batches, and each row with its copies in one fold."""
    counts = np.random.RandomState(1).randint(0, 4, len(X))
    fold_of = np.arange(len(X)) % 3
    rows = np.repeat(np.arange(len(X)), counts)
    settings = {"batch_size": "epoch", "solver": "rprop"}
    weighted = case.new(**settings, cv=PredefinedSplit(fold_of)).fit(X, case.y, sample_weight=counts)
    repeated = case.new(**settings, cv=PredefinedSplit(fold_of[rows])).fit(X[rows], case.y[rows])
    assert weighted.best_params_ == repeated.best_params_
    assert weighted.best_n_epochs_ == repeated.best_n_epochs_
    for mine, theirs in zip(weighted.cv_curves_, repeated.cv_curves_, strict=True):
        np.testing.assert_allclose(mine["loss"], theirs["loss"], rtol=1e-6)
        np.testing.assert_allclose(mine["score"], theirs["score"], rtol=1e-6)
    np.testing.assert_allclose(vector_of(weighted), vector_of(repeated), rtol=1e-5)


def test_rows_of_weight_zero_are_as_good_as_absent(case):
    weights = np.ones(len(X))
    weights[::4] = 0
    kept = weights > 0
    weighted = case.new(max_iter=20).fit(X, case.y, sample_weight=weights)
    without = case.new(max_iter=20).fit(X[kept], case.y[kept])
    assert weighted.best_n_epochs_ == without.best_n_epochs_
    np.testing.assert_allclose(vector_of(weighted), vector_of(without), rtol=1e-9)


def test_class_weights_count_in_what_is_validated():
    rare = np.where(np.arange(len(X)) % 10 == 0, 1, 0)
    folds = list(KFold(3).split(X))
    settings = {"batch_size": "epoch", "max_iter": 20, "cv": folds, "grid": {"alpha": [0.0]}, "random_state": 0}
    by_class = BackpropClassifierCV(3, class_weight={0: 1.0, 1: 9.0}, **settings).fit(X, rare)
    by_hand = BackpropClassifierCV(3, **settings).fit(X, rare, sample_weight=np.where(rare, 9.0, 1.0))
    np.testing.assert_allclose(by_class.cv_curves_[0]["loss"], by_hand.cv_curves_[0]["loss"])
    assert by_class.best_n_epochs_ == by_hand.best_n_epochs_


def test_sparse_inputs_give_the_same(case):
    dense, sparse = case.fitted(), case.new().fit(csr_array(X), case.y)
    assert dense.best_params_ == sparse.best_params_
    np.testing.assert_allclose(vector_of(dense), vector_of(sparse), rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "y"),
    [
        (BackpropClassifierCV, np.stack([Y == 0, Y > 0, Y == 2], axis=1).astype(int)),
        (BackpropClassifierCV, csr_array(np.stack([Y == 0, Y > 0], axis=1).astype(int))),
        (BackpropClassifierCV, np.stack([Y, Y > 0], axis=1)),
        (BackpropClassifierCV, np.array(["a", "b", "c"])[Y]),
        (BackpropClassifierCV, Y > 0),
        (BackpropRegressorCV, np.stack([T, -T, T**2], axis=1)),
        (BackpropRegressorCV, T[:, np.newaxis]),
    ],
    ids=["indicators", "sparse indicators", "columns", "text", "two classes", "three targets", "a column"],
)
def test_targets_of_every_kind(make, y):
    network = make(5, max_iter=40, grid={"alpha": [0.0, 0.1]}, random_state=0).fit(X, y)
    assert network.predict(X).shape == y.shape
    assert np.isfinite(network.cv_curves_[0]["loss"]).all()
    assert network.score(X, y) > (0.2 if make is BackpropClassifierCV else 0.1)


def test_folds_have_the_shares_of_the_classes_and_a_lone_instance_is_learned_from():
    y = np.repeat([0, 1, 2, 3], [60, 24, 5, 1])
    network = BackpropClassifierCV(3, max_iter=3, random_state=0).fit(X, y)
    folds = make_folds(network, Instances(X, y, y, None), None, np.random.RandomState(0))
    for training, held_out in folds:
        assert sorted([*training, *held_out]) == list(range(90))
    shares = [np.bincount(y[held_out], minlength=4) for _, held_out in folds]
    np.testing.assert_array_equal(np.sum(shares, axis=0), [60, 24, 5, 0])
    np.testing.assert_array_equal(np.ptp(shares, axis=0), [0, 1, 0, 0])


@pytest.mark.parametrize(("n_rows", "n_folds"), [(2, 2), (3, 3), (4, 4), (7, 5)])
def test_few_instances_make_fewer_folds(n_rows, n_folds):
    network = BackpropRegressorCV(3, max_iter=5, random_state=0).fit(X[:n_rows], T[:n_rows])
    assert network.n_splits_ == n_folds


@pytest.mark.parametrize(
    ("name", "value"),
    [("cv", 1), ("cv", "5"), ("cv", KFold), ("cv", np.array(3)), ("grid", "all"), ("grid", ()), ("grid", 3)],
)
def test_what_will_not_do_is_refused_by_name(case, name, value):
    with pytest.raises(ValueError, match=re.escape(f"{name}={value!r} is not valid")):
        case.fitted(**{name: value})


@pytest.mark.parametrize(
    ("folds", "match"),
    [
        ([(range(45), range(45, 91))], "fold 0 must have numbers of instances, from 0 to 89"),
        ([(range(45), range(45, 90)), (range(-1, 45), range(45, 90))], "fold 1 must have numbers"),
        ([([0.5, 1.0], range(45, 90))], "fold 0 must have numbers"),
        ([(range(45), [])], "fold 0 has no instance of positive weight to validate with"),
        ([0, 1], "fold 0 is 0, but must be a pair of arrays"),
        ((range(45), range(45, 90)), "fold 0 is .*, but must be a pair of arrays"),
        ([(range(45), range(45, 90), 1)], "fold 0 is .*, but must be a pair of arrays"),
        (GroupKFold(3), r"cv=GroupKFold.* cannot split the 90 instances: .* Pass fit a group for each instance"),
        (KFold(100), r"cv=KFold.* cannot split the 90 instances: .*n_splits=100"),
    ],
)
def test_folds_that_will_not_do_are_named(case, folds, match):
    network = case.new(cv=folds)
    with pytest.raises(ValueError, match=match):
        network.fit(X, case.y)
    assert not fitted_attributes(network)


def test_groups_of_another_length_are_named(case):
    with pytest.raises(ValueError, match=r"groups has shape \(89,\), but must have one for each of the 90 instances"):
        case.new(cv=GroupKFold(3)).fit(X, case.y, groups=np.arange(89))


def test_a_fold_that_learns_nothing_of_a_class_is_warned_of_once():
    y = np.repeat(["a", "b", "c"], 30)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        BackpropClassifierCV(3, max_iter=5, cv=KFold(3), random_state=0).fit(X, y)
    messages = [str(each.message) for each in caught if each.category is UserWarning]
    assert len(messages) == 1
    assert messages[0].startswith("cv: fold 0 is validated with class 'a', of which it has no instance to learn from")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        shuffled = KFold(3, shuffle=True, random_state=0)
        BackpropClassifierCV(3, max_iter=5, cv=shuffled, random_state=0).fit(X, y)
        BackpropRegressorCV(3, max_iter=5, cv=KFold(3), random_state=0).fit(X, T)


def test_one_instance_is_too_few_to_cross_validate(case):
    with pytest.raises(ValueError, match=r"n_samples = 1 instances: cross-validation needs two"):
        case.new().fit(X[:1], case.y[:1])


def test_folds_may_be_masks(case):
    masks = [(np.arange(90) % 3 != fold, np.arange(90) % 3 == fold) for fold in range(3)]
    by_mask = case.fitted(cv=masks, max_iter=20)
    by_number = case.fitted(cv=[tuple(map(np.flatnonzero, parts)) for parts in masks], max_iter=20)
    np.testing.assert_array_equal(vector_of(by_mask), vector_of(by_number))


@pytest.mark.filterwarnings("ignore:cv. fold 0 is validated with class:UserWarning")
def test_a_fold_that_class_weights_leave_empty_is_refused():
    order = np.argsort(Y, kind="stable")
    network = BackpropClassifierCV(3, max_iter=5, cv=[(order[:45], order[45:])], class_weight={0: 1, 1: 0, 2: 0})
    with pytest.raises(ValueError, match=r"class_weight=.* leaves a part of a fold of cv with weight zero"):
        network.fit(X, Y)


@pytest.mark.parametrize(
    ("grid", "match"),
    [
        ({"alfa": [0.1]}, "'alfa' is not one of .*alpha"),
        ({"alpha": 0.1}, "'alpha' must have a list"),
        ({"alpha": []}, "'alpha' must have a list"),
        ({"alpha": "0.1"}, "'alpha' must have a list"),
        ({"alpha": [0.1, -1.0]}, "grid: alpha=-1.0 is not valid"),
        ({"random_state": [1, 2]}, "'random_state' cannot be searched over: set it for the estimator"),
        ({"max_iter": [10, 20]}, "the number of epochs is found without it"),
        ([{"alpha": [0.1]}, "alpha"], "no dict of lists"),
    ],
)
def test_a_grid_that_will_not_do_is_refused(case, grid, match):
    network = case.new(grid=grid)
    with pytest.raises(ValueError, match=match):
        network.fit(X, case.y)
    assert not fitted_attributes(network)


def test_losses_that_measure_different_things_are_not_compared():
    grid = {"loss": ["squared_error", "log_loss"]}
    with pytest.raises(ValueError, match="several values of 'loss'"):
        BackpropClassifierCV(3, grid=grid, max_iter=5).fit(X, Y)
    network = BackpropClassifierCV(3, grid=grid, scoring="neg_log_loss", max_iter=5, random_state=0).fit(X, Y)
    assert network.best_params_["loss"] in grid["loss"]


def test_early_stopping_is_refused(case):
    with pytest.raises(ValueError, match="early_stopping=True"):
        case.fitted(early_stopping=True)


def test_a_scorer_chooses():
    """Its numbers are those of scikit-learn, of the loss's path."""
    folds = list(KFold(3).split(X))
    settings = {"hidden_layer_sizes": 5, "max_iter": 30, "cv": folds, "grid": GRID, "random_state": 0}
    by_loss = BackpropClassifierCV(**settings).fit(X, Y)
    network = BackpropClassifierCV(**settings, scoring="accuracy", one_standard_error=False).fit(X, Y)
    for mine, theirs in zip(network.cv_curves_, by_loss.cv_curves_, strict=True):
        np.testing.assert_allclose(mine["score"], theirs["score"])
    means = [each["score"].mean(axis=0).max() for each in network.cv_curves_]
    assert network.best_score_ == max(means)
    assert network.best_index_ == int(np.argmax(means))


@pytest.mark.parametrize(("limit", "is_kept"), [(10**6, True), (0, False)])
def test_folds_of_few_instances_are_made_once_for_each_candidate(case, monkeypatch, limit, is_kept):
    monkeypatch.setattr("skbackprop._estimators.cv._KEPT_NUMBERS", limit)
    make_fold, made = case.estimator_class._make_fold, []

    def counted(self, instances, weights, fold):
        made.append(fold)
        return make_fold(self, instances, weights, fold)

    monkeypatch.setattr(case.estimator_class, "_make_fold", counted)
    network = case.new().fit(X, case.y)
    n_folds, n_candidates = network.n_splits_, len(network.cv_results_["params"])
    assert (len(made) == n_folds + n_folds * n_candidates) is is_kept  # the first are for constant outputs
    np.testing.assert_array_equal(vector_of(network), vector_of(case.fitted()))


def test_how_many_numbers_there_are_counts_targets_too(monkeypatch):
    monkeypatch.setattr("skbackprop._estimators.cv._KEPT_NUMBERS", 2 * (90 * 4 + 90 * 6))
    kept = []
    call = cv._Candidate.__call__

    def remembered(self, *arguments):
        path = call(self, *arguments)
        kept.append(len(self._kept))
        assert pickle.loads(pickle.dumps(self))._kept == {}
        return path

    monkeypatch.setattr(cv._Candidate, "__call__", remembered)
    network = BackpropRegressorCV(3, grid={"alpha": [0.0]}, cv=2, max_iter=30, random_state=0)
    for n_targets in (6, 7):
        network.fit(X, np.tile(T[:, np.newaxis], n_targets))
    assert kept[:2] == [1, 2]
    assert max(kept[len(kept) // 2 :]) == 0


def test_a_list_of_grids_masks_what_a_candidate_does_not_have(case):
    network = case.fitted(grid=[{"alpha": [0.0, 1.0]}, {"hidden_layer_sizes": [(4, 3)]}])
    assert network.cv_results_["params"] == [{"alpha": 0.0}, {"alpha": 1.0}, {"hidden_layer_sizes": (4, 3)}]
    assert list(network.cv_results_["param_alpha"].mask) == [False, False, True]
    assert network.cv_results_["param_hidden_layer_sizes"][2] == (4, 3)


def test_the_automatic_grid_leaves_alone_what_the_user_has_set(case):
    network = case.fitted(grid="auto", activation="tanh", max_iter=10)
    assert "activation" not in network.best_params_
    assert network.best_params_
    assert network._activation_ == "tanh"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [{"alpha": 0.0}, {**LIKE_MLP, "alpha": 0.1}]),
        ({"alpha": 0.5}, [{}, LIKE_MLP]),
        ({"activation": "tanh"}, [{"alpha": 0.0}]),
        ({"solver": "adam"}, [{"alpha": 0.0}, {**LIKE_MLP, "alpha": 0.1}]),
        ({"learning_rate_init": 0.5, "alpha": 0.5}, [{}]),
    ],
    ids=repr,
)
def test_the_automatic_grid_has_the_parts_that_fit_what_the_user_has_set(settings, expected):
    candidates = expand_grid(BackpropClassifierCV(**settings), "classifier", 1000)
    assert candidates == [{k: v for k, v in each.items() if k not in settings} for each in expected]


@pytest.mark.parametrize(
    ("settings", "n_instances", "expected"),
    [
        ({}, 1000, [{"batch_size": 8, "alpha": 0.0}, {"alpha": "auto"}]),
        ({"alpha": 0.5}, 1000, [{"batch_size": 8}, {}]),
        ({"batch_size": 50}, 1000, [{"alpha": 0.0}, {"alpha": "auto"}]),
        ({"batch_size": 50, "alpha": 0.5}, 1000, [{}]),
        ({}, 3000, [{"alpha": "auto"}]),
    ],
    ids=repr,
)
def test_the_automatic_grid_of_numbers_tries_small_batches_and_no_candidate_twice(settings, n_instances, expected):
    candidates = expand_grid(BackpropRegressorCV(**settings), "regressor", n_instances)
    assert candidates[:-1] == expected
    assert candidates[-1] == {**LIKE_MLP, **({} if "alpha" in settings else {"alpha": 0.1})}


def test_the_automatic_grid_of_few_instances_leaves_the_users_solver_alone():
    candidates = expand_grid(BackpropRegressorCV(solver="adam"), "regressor", 60)
    assert candidates == [{"alpha": 0.3}, {"alpha": 3.0}]


def test_the_automatic_grid_is_for_the_instances_that_count():
    targets = X[:, 0] - X[:, 1]
    weights = (np.arange(len(X)) < 50).astype(float)  # an epoch of so few is one update
    network = BackpropRegressorCV(4, cv=2, max_iter=3, random_state=0)
    alone = clone(network).fit(X[:50], targets[:50])
    among_others = clone(network).fit(X, targets, sample_weight=weights)
    assert among_others.cv_results_["params"] == alone.cv_results_["params"]
    assert among_others.best_params_["solver"] == "rprop"


def test_groups_stay_together_with_routing_and_without(case):
    groups = np.arange(len(X)) // 9
    network = case.new(cv=GroupKFold(3), max_iter=20)
    plain = network.fit(X, case.y, groups=groups)
    with config_context(enable_metadata_routing=True):
        routed = clone(network).fit(X, case.y, groups=groups)
        piped = make_pipeline(clone(network)).fit(X, case.y, groups=groups)
    np.testing.assert_array_equal(vector_of(plain), vector_of(routed))
    np.testing.assert_array_equal(vector_of(plain), vector_of(piped[-1]))
    by_hand = clone(network).set_params(cv=list(GroupKFold(3).split(X, case.y, groups))).fit(X, case.y)
    np.testing.assert_array_equal(vector_of(plain), vector_of(by_hand))


def test_routing_needs_no_groups(case):
    splitter = KFold(3)
    with config_context(enable_metadata_routing=True):
        routed = case.fitted(cv=splitter, max_iter=20)
    by_hand = case.fitted(cv=list(splitter.split(X)), max_iter=20)
    np.testing.assert_array_equal(vector_of(routed), vector_of(by_hand))


def test_groups_without_a_splitter_that_knows_them_are_refused(case):
    with pytest.raises(ValueError, match="GroupKFold"):
        case.new().fit(X, case.y, groups=np.arange(len(X)))


def test_validation_data_of_ones_own_are_refused_with_what_to_do_instead(case):
    network = case.fitted()
    before = vector_of(network)
    for given in ({"X_val": X, "y_val": case.y}, {"sample_weight_val": None}):
        with pytest.raises(
            TypeError, match=f"fit takes no {next(iter(given))}.*PredefinedSplit.*{case.parent.__name__}"
        ):
            network.fit(X, case.y, **given)
    with pytest.raises(TypeError, match="unexpected keyword argument 'weights'"):
        network.fit(X, case.y, weights=None)
    np.testing.assert_array_equal(vector_of(network), before)


def test_rows_of_ones_own_validate_as_the_refusal_says(case):
    is_validating = np.arange(len(X)) >= 60
    network = case.fitted(cv=PredefinedSplit(is_validating - 1), max_iter=20)
    rows = [(np.flatnonzero(~is_validating), np.flatnonzero(is_validating))]
    np.testing.assert_array_equal(vector_of(network), vector_of(case.fitted(cv=rows, max_iter=20)))


def test_routing_offers_no_validation_data(case):
    with config_context(enable_metadata_routing=True):
        assert "X_val" not in signature(case.new().set_fit_request).parameters
        with pytest.raises(TypeError, match="X_val"):
            make_pipeline(case.new()).fit(X, case.y, X_val=X)


def test_a_candidate_that_diverges_loses_and_if_all_do_it_is_said(case):
    grid = {"learning_rate_init": [1e9, "auto"]}
    settings = {"activation": "relu", "alpha": 1.0, "on_divergence": "raise"}
    network = case.fitted(grid=grid, **settings)
    assert network.best_params_ == {"learning_rate_init": "auto"}
    assert network.cv_results_["rank_test_score"][1] == 1
    before = vector_of(network)
    network.set_params(grid={"learning_rate_init": [1e9, 1e10]})
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        network.fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), before)


def test_one_of_lbfgs_that_is_infinite_at_its_start_loses_and_if_all_are_it_is_said():
    inputs = np.random.RandomState(24).normal(size=(20, 1)) * 1e3
    settings = {"loss": "poisson", "solver": "lbfgs", "cv": 2, "max_iter": 5, "random_state": 0}
    network = BackpropRegressorCV(3, grid={"activation": ["identity", "logistic"]}, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(inputs, np.abs(inputs.ravel()))
    assert network.best_params_ == {"activation": "logistic"}
    assert np.isinf(network.cv_curves_[0]["loss"]).any()
    with pytest.raises(ValueError, match="L-BFGS met an infinite loss at its start"):
        network.set_params(grid={"activation": ["identity"]}).fit(inputs, np.abs(inputs.ravel()))


@pytest.mark.parametrize("scale", [1e100, 1e150])
def test_losses_whose_squares_are_infinite_give_no_raw_warning(scale):
    random_state = np.random.RandomState(0)
    X = random_state.standard_normal((40, 3))
    network = BackpropRegressorCV(max_iter=60, cv=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        network.fit(X * scale, X[:, 0] + random_state.standard_normal(40))
    assert np.isfinite(network.predict(X * scale)).all()


def test_one_that_diverges_is_begun_again_with_half_the_rate(case):
    """As often as the rate that is left tells; of the training on all data it is the parent who halves."""
    network = case.fitted(grid={"learning_rate_init": [1e3]}, activation="relu", alpha=1.0)
    assert np.isfinite(network.cv_curves_[0]["loss"]).all()
    assert network.learning_rate_ in 1e3 / 2.0 ** np.arange(1, 20)
    twin = parent_of(network, case).fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))


def test_a_path_that_a_rule_ends_stays_where_it_was():
    network = BackpropClassifierCV(5, error_tol=0.3, max_iter=300, grid={"alpha": [0.0]}, cv=3, random_state=0)
    network.fit(X, Y)
    losses = network.cv_curves_[0]["loss"]
    assert network.cv_curves_[0]["n_epochs"][-1] < 300
    assert (np.diff(losses[:, -2:]) == 0).any()


def test_lbfgs_may_be_a_candidate_and_then_there_is_no_partial_fit(case):
    network = case.fitted(grid={"solver": ["lbfgs"], "alpha": [1.0]})
    assert network.best_n_epochs_ == network.n_iter_
    assert not hasattr(network, "partial_fit")
    assert hasattr(clone(network), "partial_fit")


def test_a_random_state_of_the_users_is_advanced_and_put_back_after_an_error(case):
    random_state = np.random.RandomState(0)
    first, second = (case.fitted(random_state=random_state) for _ in range(2))
    assert (vector_of(first) != vector_of(second)).any()
    before = random_state.get_state()[1].copy()
    with pytest.raises(ValueError, match="GroupKFold"):
        case.new(random_state=random_state).fit(X, case.y, groups=X[:, 0])
    np.testing.assert_array_equal(random_state.get_state()[1], before)


def test_a_search_that_was_still_gaining_says_so_and_no_other():
    X_iris, y_iris = load_iris(return_X_y=True)
    X_iris = StandardScaler().fit_transform(X_iris)
    network = BackpropClassifierCV(5, max_iter=20, grid={"alpha": [0.0]}, random_state=0)
    with pytest.warns(ConvergenceWarning, match="still falling when max_iter"):
        network.fit(X_iris, y_iris)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.set_params(max_iter=300).fit(X_iris, y_iris)


@pytest.mark.parametrize("size", [1 / 64, 1024.0])
def test_the_common_size_of_weights_changes_no_choice(size):
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(120, 4))
    targets, weights = inputs[:, 0] + random_state.normal(size=120), random_state.uniform(0.5, 1.5, size=120)
    weights[:7] = 0
    one, other = (
        BackpropRegressorCV(5, cv=3, max_iter=40, random_state=0).fit(inputs, targets, sample_weight=times * weights)
        for times in (1.0, size)
    )
    assert other.best_index_ == one.best_index_
    assert other.best_n_epochs_ == one.best_n_epochs_
    for mine, theirs in zip(other.cv_results_["params"], one.cv_results_["params"], strict=True):
        assert mine["alpha"] == "auto" == theirs["alpha"] or mine["alpha"] == pytest.approx(size * theirs["alpha"])
    np.testing.assert_allclose(other.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"])


@pytest.mark.parametrize(
    ("max_iter", "scoring", "what"),
    [(5, None, "loss was still falling"), (10, "accuracy", "score was still rising")],
)
def test_that_a_search_was_still_gaining_comes_before_what_few_epochs_did_not_teach(max_iter, scoring, what):
    """After so few epochs a rare class is not told, nor what a kernel ridge regression tells."""
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(150, 4))
    targets = (inputs[:, 0] + 0.5 * random_state.normal(size=150) > 0).astype(int) + (inputs[:, 1] > 1)
    network = BackpropClassifierCV(3, cv=3, max_iter=max_iter, scoring=scoring, grid={"alpha": [0.0]}, random_state=0)
    with pytest.warns(ConvergenceWarning, match=f"the validated {what} when max_iter"):
        few = network.fit(inputs, targets).score(inputs, targets)
    assert network.set_params(max_iter=300).fit(inputs, targets).score(inputs, targets) > few + 0.1


def test_verbose_prints_the_stages_and_the_epochs(case, capsys):
    case.fitted(verbose=20)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Cross-validation, epoch 20")
    assert any(line.startswith("Iteration 1 ") for line in lines)
    assert lines[-1].endswith(": cross_validation")


def test_a_network_that_tunes_itself_works_in_a_search_in_a_pipeline(case):
    search = GridSearchCV(case.new(max_iter=10), {"hidden_layer_sizes": [3, 4]}, cv=2)
    model = make_pipeline(StandardScaler(), search).fit(X, case.y)
    assert model[-1].best_estimator_.best_params_.keys() == GRID.keys()
    assert model.predict(X).shape == (90,)


class Shaken:
    """An augmentation that raises in its n-th call."""

    def __init__(self, fail_at=None, error=KeyboardInterrupt):
        self.n_calls, self.fail_at, self.error = 0, fail_at, error

    def __call__(self, inputs, random_state):
        self.n_calls += 1
        if self.n_calls == self.fail_at:
            raise self.error("enough")
        return inputs


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_is_raised_in_the_search_leaves_all_as_it_was(case, error, n_jobs):
    network, twin = case.fitted(), case.fitted()
    network.set_params(augment=Shaken(fail_at=100, error=error), n_jobs=n_jobs)
    with pytest.raises(error, match="enough"):
        network.fit(X, case.y)
    assert vars(network).keys() == vars(twin).keys()
    assert network.best_params_ == twin.best_params_
    network.set_params(augment=None)
    for each in (network, twin):
        each.partial_fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    assert not fitted_attributes(clone(network))


class Interrupting:
    """An augmentation during whose n-th call Ctrl-C reaches the main thread."""

    def __init__(self, at):
        self._numbers, self._at = itertools.count(), at

    def __call__(self, inputs, random_state):
        if next(self._numbers) == self._at:
            _thread.interrupt_main()
            threading.Event().wait(0.01)
        return inputs


def test_ctrl_c_ends_a_search_in_threads_and_its_threads(case):
    before = set(threading.enumerate())
    network = case.new(augment=Interrupting(at=600), n_jobs=2, max_iter=1000)
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, case.y)
    assert not fitted_attributes(network)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_an_interrupted_training_keeps_its_epochs_and_the_choice(case):
    """The last call of the augmentation is in the last epoch of the training on all data."""
    counting = case.fitted(augment=Shaken())
    network = case.new(augment=Shaken(fail_at=counting.augment.n_calls))
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, case.y)
    assert network.stop_reason_ == "interrupted"
    assert network.n_iter_ == network.best_n_epochs_ - 1 == counting.best_n_epochs_ - 1
    network.partial_fit(X, case.y)
    np.testing.assert_array_equal(vector_of(network), vector_of(counting))


@pytest.mark.parametrize(
    "name", ["best_params_", "best_n_epochs_", "best_score_", "cv_results_", "cv_curves_", "n_splits_"]
)
def test_damage_of_what_the_search_found_is_named(case, name):
    network = case.fitted()
    setattr(network, name, object())
    with pytest.raises(ValueError, match=f"is damaged: {name} must be"):
        pickle.loads(pickle.dumps(network))


def test_skops_trusts_all_but_the_class(case):
    io = pytest.importorskip("skops.io")
    network = case.fitted(grid=[{"alpha": [0.0]}, {"activation": ["relu"]}])
    saved = io.dumps(network)
    assert io.get_untrusted_types(data=saved) == [f"skbackprop.{case.estimator_class.__name__}"]
    again = io.loads(saved, trusted=[f"skbackprop.{case.estimator_class.__name__}"])
    np.testing.assert_array_equal(again.predict(X), network.predict(X))


def test_what_looks_into_a_network_knows_the_choice(case):
    network = case.fitted(grid={"alpha": [3.0], "momentum": [0.5]})
    twin = parent_of(network, case).fit(X, case.y)
    assert str(explain_step(network, X[0], case.y[0])) == str(explain_step(twin, X[0], case.y[0]))
    assert check_gradient(network, X[:20], case.y[:20]) == check_gradient(twin, X[:20], case.y[:20])
    assert "cross_validation" in summary(network)


def test_a_refit_forgets_the_search_before_it(case):
    network = case.fitted(grid={"alpha": [3.0]})
    other = clone(network).set_params(grid={"momentum": [0.5]})
    network.set_params(grid={"momentum": [0.5]}).fit(X, case.y)
    assert network.best_params_ == {"momentum": 0.5}
    np.testing.assert_array_equal(vector_of(network), vector_of(other.fit(X, case.y)))


class Recorder:
    """A callback that notes the tasks, and asks for a stop at the end of the first of a name."""

    def __init__(self, stop_after=None):
        self.begun, self.ended, self.networks, self.stop_after = [], [], [], stop_after

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.ended.append(context.task_name)
        if fitted_estimator is not None:
            self.networks.append((context.task_name, fitted_estimator.predict(X)))
        return context.task_name == self.stop_after


@needs_callbacks
def test_callbacks_are_told_of_the_search_and_of_the_training(case):
    recorder = Recorder()
    watched = case.new().set_callbacks(recorder).fit(X, case.y)
    plain = case.fitted()
    np.testing.assert_array_equal(vector_of(watched), vector_of(plain))
    n_stages = recorder.begun.count("stage")
    assert recorder.begun == (
        ["fit", "cross_validation", *["stage"] * n_stages, "training", *["epoch"] * plain.best_n_epochs_]
    )
    assert sorted(recorder.begun) == sorted(recorder.ended)
    assert recorder.ended[-2:] == ["training", "fit"]
    assert [name for name, _ in recorder.networks] == ["epoch"] * plain.best_n_epochs_ + ["training", "fit"]
    np.testing.assert_array_equal(recorder.networks[-1][1], plain.predict(X))


@needs_callbacks
def test_a_callback_ends_the_search_with_what_is_known(case):
    network = case.new().set_callbacks(Recorder(stop_after="stage")).fit(X, case.y)
    assert {each["n_epochs"][-1] for each in network.cv_curves_} == {20}
    assert network.n_iter_ == network.best_n_epochs_ <= 20


@needs_callbacks
def test_a_checkpoint_goes_on_with_what_was_chosen(case, tmp_path):
    path = tmp_path / "network.joblib"
    whole = Checkpoint(path).resume(case.new(), X, case.y)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    files[-1].unlink()
    resumed = Checkpoint(path).resume(case.new(), X, case.y)
    np.testing.assert_array_equal(vector_of(resumed), vector_of(whole))
    assert resumed.stop_reason_ == whole.stop_reason_ == "cross_validation"
    assert resumed.n_iter_ == whole.n_iter_ == whole.best_n_epochs_


@needs_callbacks
def test_a_progress_bar_shows_both_parts(case, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    case.new().set_callbacks(ProgressBar()).fit(X, case.y)
    printed = capsys.readouterr().out
    assert "cross_validation" in printed
    assert "training" in printed


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([each(10, max_iter=60, cv=3) for each in (BackpropClassifierCV, BackpropRegressorCV)])
def test_scikit_learn_check(estimator, check):
    """One by one, of small networks; of those with all defaults in the test after this one."""
    check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize("estimator_class", [BackpropClassifierCV, BackpropRegressorCV])
def test_scikit_learn_checks_pass_with_all_defaults(estimator_class):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = list(check_estimator(estimator_class(), on_fail=None))
    assert len(results) > 40
    assert {each["check_name"] for each in results if each["status"] == "failed"} == set()
    assert all(each["status"] != "xfail" for each in results)


def test_partial_fit_asks_what_was_chosen_not_what_was_given():
    settings = {"hidden_layer_sizes": 4, "max_iter": 10, "scoring": "accuracy", "cv": 3, "random_state": 0}
    chosen = BackpropClassifierCV(grid={"class_weight": ["balanced"]}, **settings).fit(X, Y)
    with pytest.raises(ValueError, match="class_weight='balanced' needs all labels at once"):
        chosen.partial_fit(X[:5], Y[:5])
    own = BackpropClassifierCV(grid={"class_weight": [None]}, class_weight="balanced", **settings).fit(X, Y)
    assert own.partial_fit(X[:5], Y[:5]).stop_reason_ == "partial_fit"


def test_chosen_parameters_that_were_tampered_with_are_named():
    network = BackpropClassifierCV(4, max_iter=10, grid={"alpha": [0.0]}, cv=3, random_state=0).fit(X, Y)
    network.best_params_ = {"solver": "foo"}
    with pytest.raises(ValueError, match="solver='foo' is not valid"):
        network.partial_fit(X, Y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cv": []}, r"cv=\[\] makes no folds"),
        ({"grid": {"alpha": np.array(1.0)}}, "'alpha' must have a list"),
    ],
    ids=repr,
)
def test_what_is_no_search_is_refused_with_the_way_out(case, parameters, message):
    with pytest.raises(ValueError, match=message):
        case.fitted(**parameters)


class FixedClassifier(BackpropClassifierCV):
    """A subclass that has fixed what the search sets."""

    def __init__(self, hidden_layer_sizes=4, *, random_state=None):
        super().__init__(hidden_layer_sizes, random_state=random_state, max_iter=8, cv=2)


def test_a_subclass_may_fix_what_the_search_chooses():
    inputs = np.vstack([X, 1.1 * X])  # so many that the network without changes is one of those that are tried
    labels = (inputs[:, 0] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fixed = FixedClassifier(random_state=0).fit(inputs, labels)
        free = BackpropClassifierCV(4, max_iter=8, cv=2, random_state=0).fit(inputs, labels)
    np.testing.assert_array_equal(vector_of(fixed), vector_of(free))
    assert fixed.best_n_epochs_ == free.best_n_epochs_
    assert fixed.max_iter == 8


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("tuned", [False, True])
def test_a_training_that_runs_off_without_an_infinite_number_has_its_rate_halved_too(rate, tuned):
    inputs, targets = make_friedman1(200, random_state=0)
    settings = {
        "learning_rate_init": rate,
        "init_range": 0.5,
        "alpha": 0.0,  # a penalty holds weights back
        "max_iter": 30,
        "on_divergence": "halve",
        "random_state": 0,
    }
    network = BackpropRegressorCV(50, grid={"alpha": [0.0]}, **settings) if tuned else BackpropRegressor(50, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(StandardScaler().fit_transform(inputs), targets)
    assert network.score(StandardScaler().fit_transform(inputs), targets) > 0.5


# ---- scorers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", "neg_mean_poisson_deviance", "r2"])
def test_a_candidate_whose_predictions_overflow_leaves_the_others_in_the_race(scoring):
    random_state = np.random.RandomState(0)
    inputs = 3 * random_state.randn(150, 5)
    counts = random_state.poisson(np.exp(0.3 * inputs[:, 0]))
    network = BackpropRegressorCV(
        10, loss="poisson", activation="relu", grid={"learning_rate_init": [0.01, 1.0]}, scoring=scoring, max_iter=30
    ).set_params(alpha=0.0, random_state=0)
    assert network.fit(inputs, counts).best_params_ == {"learning_rate_init": 0.01}


@pytest.mark.parametrize("estimator", [BackpropClassifierCV, BackpropRegressorCV])
def test_a_search_that_finds_nothing_to_tell_says_so(estimator):
    """What is told of the training data is learned by heart then."""
    random_state = np.random.RandomState(0)
    inputs, targets = random_state.randn(400, 10), random_state.randint(2, size=400)
    network = estimator(grid={"alpha": [0.0]}, max_iter=100, one_standard_error=False, random_state=1)
    with pytest.warns(
        ConvergenceWarning, match="tells no more of the instances held out than the .* does: pass inputs"
    ):
        clone(network).fit(inputs, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(network).fit(inputs, inputs[:, 0] > 0.3 * random_state.randn(400))
        clone(network).fit(inputs, np.ones(400))


@pytest.mark.parametrize("one_standard_error", [True, False])
def test_a_search_of_straight_lines_is_not_laid_on_the_inputs(one_standard_error):
    """Kernel ridge regression tells the targets."""
    inputs = np.random.RandomState(0).randn(300, 2)
    network = BackpropRegressorCV((), max_iter=100, one_standard_error=one_standard_error, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"give it hidden units, such as hidden_layer_sizes=\(100,\)\."):
        network.fit(inputs, inputs[:, 0] ** 2)


def test_the_penalties_that_are_tried_follow_class_weights_as_sample_weights():
    random_state = np.random.RandomState(0)
    inputs = random_state.randn(400, 10)
    targets = (inputs[:, 0] + 1.5 * random_state.randn(400) > 1).astype(int)
    weights = np.where(targets == 1, 30.0, 2.0)
    by_class = BackpropClassifierCV(5, max_iter=20, class_weight={0: 2.0, 1: 30.0}, random_state=0).fit(inputs, targets)
    by_instance = BackpropClassifierCV(5, max_iter=20, random_state=0).fit(inputs, targets, sample_weight=weights)
    assert by_class.cv_results_["params"] == by_instance.cv_results_["params"]
    np.testing.assert_allclose(
        by_class.cv_results_["mean_test_score"], by_instance.cv_results_["mean_test_score"], rtol=1e-6
    )
    assert by_class.cv_results_["params"][-1]["alpha"] == pytest.approx(0.1 * weights.mean())


def test_a_choice_that_is_too_simple_is_not_laid_on_the_inputs():
    """The simplest within a standard error may tell nothing where the best tells much."""
    for seed in range(33, 40):
        random_state = np.random.RandomState(seed)
        inputs = random_state.randn(80, 3)
        targets = (inputs.sum(axis=1) * 0.3 + random_state.randn(80) > 0).astype(int)
        network = BackpropClassifierCV(
            grid={"hidden_layer_sizes": [8]}, max_iter=100, random_state=0, one_standard_error=True
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            network.fit(inputs, targets)
        message = "".join(str(each.message) for each in caught)
        best = -np.mean(network.cv_curves_[0]["loss"], axis=0).min()
        assert ("take one_standard_error=False" in message) is bool(
            "tells no more of the instances held out" in message and network.best_score_ < best
        )


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("one_standard_error", [True, False])
def test_who_has_taken_a_simpler_network_is_told_of_the_best_one(case, monkeypatch, one_standard_error):
    """Where nobody knows what else is wrong with it."""
    monkeypatch.setitem(SIGHTS, "worse_than_smooth", lambda training: "is poor")
    network = case.new(one_standard_error=one_standard_error, max_iter=200)
    with pytest.warns(ConvergenceWarning, match="To mend it") as warned:
        network.fit(X, case.y)
    best = max(-curves["loss"].mean(axis=0).min() for curves in network.cv_curves_)
    is_simpler = bool(network.best_score_ < best)
    assert is_simpler is one_standard_error
    last = ", or one_standard_error=False, which chooses the best network."
    assert [str(each.message).endswith(last) for each in warned] == [is_simpler]


def test_folds_of_one_instance_have_no_r2():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"scoring='r2' is R², which needs two instances .*fewer folds"):
            BackpropRegressorCV(3, cv=7, scoring="r2", max_iter=3).fit(X[:10], T[:10])


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_scorer_that_has_declined_weights_is_not_given_any(is_asked):
    given = []

    def share_of_right(y, predicted, sample_weight=None):
        given.append(sample_weight is not None)
        return float(np.mean(y == predicted))

    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(share_of_right).set_score_request(sample_weight=is_asked)
        network = BackpropClassifierCV(3, max_iter=5, scoring=scorer, random_state=0)
        network.fit(X, Y, sample_weight=np.linspace(1, 2, len(Y)))
    assert set(given) == {is_asked}


def test_the_lists_of_a_grid_are_the_users():
    layers = [5, 4]
    network = BackpropRegressorCV(grid={"hidden_layer_sizes": [layers]}, cv=3, max_iter=5, random_state=0).fit(X, T)
    layers.append(3)
    assert network.best_params_ == {"hidden_layer_sizes": [5, 4]}
    network.partial_fit(X, T)
    assert [len(biases) for biases in network.intercepts_] == [5, 4, 1]


def test_a_chosen_function_is_the_users_own():
    """It may hold what cannot be copied, and counts its own calls."""

    class Augment:
        def __init__(self):
            self.lock = threading.Lock()

        def __call__(self, X, random_state):
            return X

    augment = Augment()
    network = BackpropRegressorCV(3, grid={"augment": [augment]}, cv=3, max_iter=5, random_state=0).fit(X, T)
    assert network.best_params_["augment"] is augment
