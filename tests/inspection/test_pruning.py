"""A network that loses weights: which, how many, and that it does nearly the same."""

import copy
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.datasets import load_diabetes, load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV, prune
from skbackprop._inspection.trials import Trial, effects_of

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.fixture(scope="module")
def network():
    return BackpropClassifier(10, batch_size=5, random_state=0).fit(X, Y)


@pytest.fixture(scope="module")
def pruned(network):
    return prune(network, X, Y)


def test_what_is_left_is_small_and_nearly_as_good(network, pruned):
    told = pruned.pruning_
    assert told["n_weights_before"] == 70
    assert told["n_weights"] == sum(np.count_nonzero(weights) for weights in pruned.coefs_) <= 20
    assert told["score"] == pruned.score(X, Y) >= network.score(X, Y) - 0.01
    assert told["score_before"] == network.score(X, Y)
    assert told["fidelity"] == np.mean(pruned.predict(X) == network.predict(X)) > 0.97
    assert told["n_features_before"] == 4
    assert told["n_features"] == np.count_nonzero(pruned.coefs_[0].any(axis=1))
    assert (
        told["n_hidden_units"] == np.count_nonzero(pruned.coefs_[1].any(axis=1)) < told["n_hidden_units_before"] == 10
    )


def test_the_network_given_stays_as_it_is(network):
    before = copy.deepcopy(network)
    prune(network, X, Y, n_epochs=1)
    for mine, theirs in zip(network.coefs_ + network.intercepts_, before.coefs_ + before.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert network.get_params() == before.get_params()
    assert not hasattr(network, "pruning_")


def test_no_weight_leads_nowhere(pruned):
    has_input, has_output = pruned.coefs_[0].any(axis=0), pruned.coefs_[1].any(axis=1)
    np.testing.assert_array_equal(has_input, has_output)


def test_the_effect_is_what_removal_does_to_the_outputs():
    # Small weights, so that the first order is all there is.
    network = BackpropRegressor((4, 3), normalize_y=False, init_range=0.3, random_state=0).initialize(
        X, Y.astype(float)
    )
    below, effects = effects_of(network, X)
    exact = network.activations(X)[-1]
    for layer, effect in enumerate(effects):
        for i, j in np.ndindex(effect.shape):
            other = copy.deepcopy(network)
            other.intercepts_[layer][j] += other.coefs_[layer][i, j] * below[layer][:, i].mean()
            other.coefs_[layer][i, j] = 0
            moved = np.mean((other.activations(X)[-1] - exact) ** 2)
            assert moved == pytest.approx(effect[i, j], rel=0.1)
    assert max(effect.max() for effect in effects) > 1e-7


def test_a_weight_without_effect_goes_whatever_the_score_may_lose(network):
    idle = copy.deepcopy(network)
    idle.coefs_[1][3] = 0  # of a unit that nobody listens to
    pruned = prune(idle, X, Y, max_drop=0.0, n_epochs=0)
    assert not pruned.coefs_[0][:, 3].any()


def test_a_score_that_may_fall_further_leaves_fewer_weights(network):
    sizes = [prune(network, X, Y, max_drop=drop, n_epochs=5).pruning_["n_weights"] for drop in (0.0, 0.1, 0.7)]
    assert sizes[0] > sizes[1] > sizes[2] == 0


def test_units_without_a_slope_are_no_units_without_effect():
    """Saturated units make steps: by the slopes at the instances all their weights could go."""
    X, y = np.linspace(-1, 1, 40)[:, np.newaxis], np.arange(40) >= 20
    steep = BackpropClassifier(1).initialize(X, y, coefs_init=[[[1e4]], [[1e4]]], intercepts_init=[[0.0], [-5e3]])
    assert steep.score(X, y) == 1.0
    kept = prune(steep, X, y, n_epochs=0)
    assert kept.pruning_["score"] == kept.score(X, y) == 1.0
    assert kept.pruning_["n_weights"] == 2


@pytest.mark.parametrize(
    "settings", [{"solver": "rprop"}, {"solver": "lbfgs"}, {"batch_size": 1, "max_iter": 1000}], ids=str
)
def test_a_saturated_network_keeps_its_score(settings):
    network = BackpropClassifier(5, random_state=0, **settings).fit(X, Y)
    kept = prune(network, X, Y, n_epochs=2)
    assert kept.pruning_["score"] == kept.score(X, Y) >= network.score(X, Y) - 0.01


def test_learning_on_leaves_fewer_weights_than_removal_alone(network, pruned):
    alone = prune(network, X, Y, n_epochs=0)
    assert alone.pruning_["n_weights"] > pruned.pruning_["n_weights"]


def test_the_score_is_watched_where_it_is_asked_for(network):
    watched = prune(network, X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2], max_drop=0.02)
    assert watched.pruning_["score_before"] == network.score(X[1::2], Y[1::2])
    assert watched.score(X[1::2], Y[1::2]) >= network.score(X[1::2], Y[1::2]) - 0.02


@pytest.mark.parametrize("hidden", [(), 6, (6, 4)])
def test_regressors_are_pruned_by_r2(hidden):
    inputs, targets = load_diabetes(return_X_y=True)
    inputs = inputs / inputs.std(axis=0)
    network = BackpropRegressor(hidden, random_state=0, max_iter=100).fit(inputs, targets)
    pruned = prune(network, inputs, targets, max_drop=0.05, n_epochs=5)
    told = pruned.pruning_
    assert told["n_weights"] < told["n_weights_before"] / 2
    assert pruned.score(inputs, targets) >= network.score(inputs, targets) - 0.05
    assert 0.7 < told["fidelity"] < 1


@pytest.mark.parametrize(
    "parameters", [{"solver": "lbfgs", "max_iter": 30}, {"early_stopping": True}, {"solver": "adam"}]
)
def test_parameters_stay_the_users_own(parameters):
    network = BackpropClassifier(5, random_state=0, **parameters).fit(X, Y)
    pruned = prune(network, X, Y, max_drop=0.05, n_epochs=3)
    assert pruned.get_params() == network.get_params()
    assert pruned.pruning_["n_weights"] < network.coefs_[0].size + network.coefs_[1].size


def test_several_labels_are_counted_together():
    labels = np.column_stack([Y == 0, Y == 1])
    network = BackpropClassifier(5, batch_size=4, random_state=0, max_iter=100).fit(X, labels)
    pruned = prune(network, X, labels, max_drop=0.05)
    assert pruned.pruning_["fidelity"] == np.mean((pruned.predict(X) == network.predict(X)).all(axis=1))
    sparse = prune(copy.deepcopy(network).fit(X, csr_matrix(labels)), X, csr_matrix(labels), max_drop=0.05)
    assert sparse.pruning_ == pruned.pruning_


def test_sparse_inputs_and_float32_are_taken(network):
    dense = prune(network, X, Y, n_epochs=0)
    sparse = prune(network, csr_array(X), Y, n_epochs=0)
    np.testing.assert_allclose(dense.coefs_[0], sparse.coefs_[0], rtol=1e-12)
    np.testing.assert_array_equal(prune(network, csr_matrix(X), Y, n_epochs=0).coefs_[0], sparse.coefs_[0])
    narrow = BackpropClassifier(5, random_state=0).fit(X.astype(np.float32), Y)
    assert prune(narrow, X.astype(np.float32), Y, n_epochs=1).coefs_[0].dtype == np.float32


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_instances_of_no_weight_have_no_say(class_weight):
    network = BackpropClassifier(5, class_weight=class_weight, random_state=0).fit(X, Y)
    weights = (np.arange(len(X)) % 3 > 0).astype(float)
    wrong = np.where(weights > 0, Y, 0)
    pruned = prune(network, X, wrong, weights, n_epochs=3)
    kept = weights > 0
    assert pruned.pruning_["score_before"] == pytest.approx(network.score(X[kept], Y[kept]))
    assert pruned.pruning_["score"] == pytest.approx(pruned.score(X[kept], Y[kept]))
    assert pruned.pruning_["n_weights"] < 35


def test_balanced_classes_stay_so():
    rows = np.r_[:50, 50:60, 100:150]
    network = BackpropClassifier(5, class_weight="balanced", batch_size=4, random_state=0, max_iter=50)
    network.fit(X[rows], Y[rows])
    pruned = prune(network, X[rows], Y[rows], n_epochs=3)
    assert pruned.class_weight == "balanced"
    weights = {0: 110 / 150, 1: 110 / 30, 2: 110 / 150}
    same = prune(copy.deepcopy(network).set_params(class_weight=weights), X[rows], Y[rows], n_epochs=3)
    np.testing.assert_allclose(pruned.coefs_[0], same.coefs_[0], rtol=1e-6)


def test_what_became_of_the_pruning_is_saved_and_forgotten_by_a_training(pruned):
    loaded = pickle.loads(pickle.dumps(pruned))
    assert loaded.pruning_ == pruned.pruning_
    assert not hasattr(loaded.partial_fit(X, Y), "pruning_")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_drop": -0.1}, "max_drop=-0.1 is not valid: it must be a number, 0 or more"),
        ({"max_drop": "1"}, "max_drop='1' is not valid"),
        ({"n_epochs": -1}, "n_epochs=-1 is not valid: it must be an int >= 0"),
        ({"n_epochs": 1.5}, "n_epochs=1.5 is not valid"),
        ({"X_val": X}, "X_val and y_val must be passed both"),
    ],
)
def test_arguments_that_make_no_sense_are_named(network, arguments, words):
    with pytest.raises(ValueError, match=words):
        prune(network, X, Y, **arguments)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "but the target y is None"),
        (["a"] * 150, "y contains labels 'a' that are not among the classes"),
        (Y[:-1], "inconsistent numbers of samples"),
    ],
)
def test_targets_that_will_not_do_are_named(network, y, words):
    with pytest.raises(ValueError, match=words):
        prune(network, X, y)
    if y is not None:
        with pytest.raises(ValueError, match=words):
            prune(network, X, Y, X_val=X, y_val=y)


@pytest.mark.parametrize(
    ("weights", "words"),
    [([1.0], r"sample_weight has shape \(1,\)"), (-np.ones(150), "sample_weight contains negative values")],
)
def test_sample_weights_that_will_not_do_are_named(network, weights, words):
    with pytest.raises(ValueError, match=words):
        prune(network, X, Y, weights)
    with pytest.raises(ValueError, match=words):
        prune(network, X, Y, weights, X_val=X, y_val=Y)


def test_other_estimators_and_unfitted_ones_are_refused():
    with pytest.raises(TypeError, match="estimator is a LogisticRegression"):
        prune(LogisticRegression(), X, Y)
    with pytest.raises(NotFittedError):
        prune(BackpropClassifier(), X, Y)


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
def test_balanced_classes_in_a_list_stay_so(convert):
    X, y = make_classification(200, 5, weights=[0.8], random_state=0)
    labels = np.column_stack([y, X[:, 0] > 0]).astype(int)
    network = BackpropClassifier(5, class_weight=["balanced", None], batch_size=4, random_state=0, max_iter=50)
    pruned = prune(network.fit(X, convert(labels)), X, convert(labels))
    assert pruned.class_weight == ["balanced", None]
    assert pruned.pruning_["n_weights"] < pruned.pruning_["n_weights_before"]


def presented_weights(monkeypatch, network, y, weights):
    """The weights that `prune` trains with."""
    seen = []
    partial_fit = BackpropClassifier.partial_fit

    def spy(self, X, y, sample_weight=None):
        seen.append(sample_weight)
        return partial_fit(self, X, y, sample_weight=sample_weight)

    monkeypatch.setattr(BackpropClassifier, "partial_fit", spy)
    prune(network, X, y, weights, n_epochs=1)
    return seen[0]


@pytest.mark.parametrize("several", [False, True])
def test_classes_are_balanced_by_their_weighted_totals_as_in_fit(monkeypatch, several):
    """Of weights w the classes of a column share Σw evenly; what has no weight does not count."""
    weights = np.where(Y == 0, 50.0, 1.0)
    weights[50:75] = 0
    y = np.column_stack([Y, Y == 2]).astype(int) if several else Y
    network = BackpropClassifier(3, class_weight=["balanced", None] if several else "balanced", random_state=0)
    network.fit(X, y, sample_weight=weights)
    totals = np.bincount(Y, presented_weights(monkeypatch, network, y, weights))
    np.testing.assert_allclose(totals, (50 * 50 + 25 + 50) / 3)


@pytest.mark.parametrize("rate", [50.0, 1e5])
def test_a_trial_whose_training_diverges_has_failed(rate):
    """Removal alone takes what it takes, for every training is for nothing."""
    network = BackpropRegressor(5, random_state=0).fit(X, Y).set_params(learning_rate_init=rate)
    pruned = prune(network, X, Y)
    assert pruned.learning_rate_init == rate
    assert pruned.pruning_["score"] == pruned.score(X, Y) >= network.score(X, Y) - 0.01


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("learning_rate", ["auto", "adaptive"])
def test_losses_of_the_unpruned_network_do_not_count_against_the_pruned_one(learning_rate):
    """It begins with larger ones, and its rate would be cut as if it had ceased to learn."""
    network = BackpropClassifier(10, learning_rate=learning_rate, tol=1e-4, random_state=0).fit(X, Y)
    whole = Trial(network, [np.ones(weights.shape, dtype=bool) for weights in network.coefs_])
    pruned = whole.without(30, X).trained(X, Y, 15, None).network
    since = pruned.loss_curve_[-15:]
    assert min(since) > min(network.loss_curve_)
    progress = pruned._progress_
    assert (progress["smallest_loss"] if learning_rate == "auto" else -progress["best"]) == min(since)
    for name in ("rate_factor", "calm_factor"):
        assert progress[name] == network._progress_[name]


def test_targets_that_are_all_the_same_have_no_r2_to_watch():
    network = BackpropRegressor(3, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"y holds the same targets for all instances, of which R² says nothing"):
        prune(network, X, np.full(150, 0.1))
    with pytest.raises(ValueError, match="y_val holds the same targets"):
        prune(network, X, Y, X_val=X[:50], y_val=Y[:50])
    with pytest.raises(ValueError, match="y holds the same targets"):
        prune(network, X, Y, Y == 0)


def test_a_target_that_is_always_the_same_hides_no_loss_of_the_others():
    """Without weights it would be met exactly, as if that were worth an R² of 1."""
    targets = np.column_stack([Y, np.ones(150)])
    network = BackpropRegressor(3, random_state=0).fit(X, targets)
    told = prune(network, X, targets, n_epochs=2).pruning_
    assert told["score_before"] == pytest.approx(network.score(X, targets) * 2)
    assert told["score"] >= told["score_before"] - 0.01 > 0.9
    assert told["fidelity"] > 0.9
    assert told["n_weights"] > 0


def test_one_weight_for_all_instances_is_taken_as_by_fit(network, pruned):
    for weight in (2.0, np.array(2)):
        same = prune(network, X, Y, weight)
        np.testing.assert_allclose(same.coefs_[0], pruned.coefs_[0], rtol=1e-6)
    with pytest.raises(ValueError, match="sample_weight contains negative values"):
        prune(network, X, Y, np.array(-1))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # searches here are short
def test_a_tuned_network_goes_on_with_what_its_search_chose():
    rare, counts = (X[:, 0] > 1).astype(int), X[:, 2] ** 2
    quick = {"cv": 3, "max_iter": 10, "random_state": 0}
    for own, chosen in ((None, "balanced"), ("balanced", None)):
        tuned = BackpropClassifierCV(5, class_weight=own, grid={"class_weight": [chosen]}, **quick).fit(X, rare)
        pruned = prune(tuned, X, rare, n_epochs=2)
        plain = BackpropClassifier(5, loss=tuned.loss, max_iter=tuned.best_n_epochs_, random_state=0)
        plain.set_params(alpha=tuned.alpha, class_weight=chosen).fit(X, rare)
        same = prune(plain, X, rare, n_epochs=2)
        for mine, theirs in zip(pruned.coefs_ + pruned.intercepts_, same.coefs_ + same.intercepts_, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert (pruned.class_weight, pruned.best_params_) == (own, {"class_weight": chosen})
    tuned = BackpropRegressorCV(4, loss="poisson", grid={"loss": ["squared_error"]}, **quick).fit(X, counts)
    pruned = prune(tuned, X, counts - 5, n_epochs=1, max_drop=9)
    assert (pruned.loss, pruned.best_params_) == ("poisson", {"loss": "squared_error"})
