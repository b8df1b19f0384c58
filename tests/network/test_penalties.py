"""The penalty that noisy targets ask for."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1, make_gaussian_quantiles
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.preprocessing import scale

from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    apply_gradient,
    check_gradient,
    explain_step,
    gradient,
)
from skbackprop._network import leave_one_out, starts

# Trainings here are short.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

random = np.random.RandomState(0)
CLOUD = random.normal(size=(400, 4))
WIDE = scale(random.normal(size=(400, 30)))
NOISE = random.normal(size=400)
CUBE = random.uniform(-1, 1, size=(900, 3))
FLIPPED = make_classification(1200, 20, n_informative=10, n_redundant=0, flip_y=0.3, random_state=0)
X, Y = FLIPPED[0][:300], FLIPPED[1][:300]


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def penalty_of(network, X, y, **arguments):
    """What is found for an instance, times the instances of a usual batch."""
    return network.set_params(max_iter=1).fit(X, y, **arguments)._penalty_ * 32


def test_errors_of_ridges_are_those_of_regressions_each_without_one_instance():
    random_state = np.random.RandomState(1)
    inputs, targets = random_state.normal(size=(60, 3)), random_state.normal(size=(60, 2))
    weights = random_state.uniform(0.2, 3, size=60)
    instances = leave_one_out._Instances(
        np.arange(60.0), np.arange(60), np.arange(60), weights, targets * weights[:, None]
    )
    shares = weights / weights.sum()
    regressions = leave_one_out._Regressions(inputs, instances, shares, bound=0.9)
    outputs = regressions._outputs(1.0)
    found = regressions._errors_of_ridges(outputs.copy())
    columns = outputs / np.sqrt(shares)[:, None]  # as they are, but for a shift
    varied = np.linalg.eigvalsh(outputs.T @ outputs).mean()
    for ridge, error in zip(leave_one_out._RIDGES, found, strict=True):
        expected = 0.0
        for row in range(60):
            others = np.arange(60) != row
            model = Ridge(alpha=ridge * varied).fit(columns[others], targets[others], sample_weight=shares[others])
            expected += shares[row] * np.square(model.predict(columns[[row]]) - targets[row]).sum()
        assert error == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("network", "X", "y"),
    [
        (BackpropClassifier(), *FLIPPED),
        (BackpropClassifier(), CLOUD, NOISE > 0),
        (BackpropClassifier(), CLOUD, (CLOUD[:, 0] > 0) ^ (NOISE > 0.8)),
        (BackpropRegressor(), WIDE, WIDE[:, :5].sum(axis=1) + 3 * NOISE),
        (BackpropRegressor(), CLOUD, np.stack([NOISE, CLOUD[:, 0] + 2 * NOISE], axis=1)),
        (BackpropRegressor(loss="poisson"), WIDE, random.poisson(3, size=400)),
    ],
    ids=["flipped labels", "noise", "a noisy border", "a noisy plane", "two targets", "counts"],
)
def test_noisy_targets_have_one(network, X, y):
    assert penalty_of(network, X, y) > (
        0.1 if network.loss == "squared_error" and isinstance(network, BackpropRegressor) else 0.001
    )


@pytest.mark.parametrize(
    ("network", "X", "y"),
    [
        (BackpropClassifier(), CLOUD, CLOUD[:, 0] > 0),
        (BackpropClassifier(), CUBE, CUBE[:, 0] * CUBE[:, 1] > 0),
        (BackpropClassifier(), *make_gaussian_quantiles(n_samples=900, n_features=3, n_classes=2, random_state=0)),
        (BackpropRegressor(), CLOUD, np.sin(2 * CLOUD[:, 0]) + CLOUD[:, 1]),
        (BackpropRegressor(), *make_friedman1(500, noise=0.5, random_state=0)),
        (BackpropRegressor(), CLOUD, np.full(400, 3.0)),
    ],
    ids=["a border", "exclusive or", "rings", "a curve", "Friedman", "a constant"],
)
def test_others_have_none(network, X, y):
    assert penalty_of(network, X, y) == 0


@pytest.mark.parametrize(
    "network",
    [
        BackpropRegressor(loss="absolute_error"),
        BackpropRegressor(loss="quantile", quantile=0.9),
        BackpropRegressor(loss="huber"),
        BackpropRegressor(()),
        BackpropRegressor(alpha=0.0),
    ],
    ids=["absolute", "quantile", "huber", "no hidden layer", "a number"],
)
def test_none_is_found_for_some_networks(network):
    network.set_params(max_iter=1).fit(WIDE, NOISE)
    assert network.alpha_ == 0


@pytest.mark.parametrize("n_inputs", [1, 2])
def test_one_or_two_inputs_have_none(n_inputs):
    assert penalty_of(BackpropRegressor(), CLOUD[:, :n_inputs], NOISE) == 0
    assert penalty_of(BackpropRegressor(), CLOUD[:, :3], NOISE) > 0.1


def test_few_different_inputs_have_none():
    assert penalty_of(BackpropRegressor(), np.tile(CLOUD[:49], (8, 1)), np.tile(NOISE[:49], 8)) == 0


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_a_network_is_what_the_number_makes(engine, monkeypatch):
    if engine == "numpy":
        monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    for parameters in ({}, {"batch_size": 8}, {"solver": "adam"}, {"solver": "lbfgs"}, {"loss": "log_loss"}):
        network = BackpropClassifier(8, max_iter=5, random_state=0, **parameters).fit(X, Y)
        assert network.alpha_ > 0
        twin = clone(network).set_params(alpha=network.alpha_).fit(X, Y)
        np.testing.assert_array_equal(vector_of(network), vector_of(twin))
        assert network.loss_curve_ == twin.loss_curve_
        assert twin.alpha_ == network.alpha_


def test_it_is_in_proportion_to_the_instances_of_a_batch():
    for batch_size, n_instances in ((1, 1), (8, 8), (32, 32)):
        network = BackpropClassifier(8, batch_size=batch_size, max_iter=1, random_state=0).fit(X, Y)
        assert network.alpha_ == pytest.approx(n_instances * network._penalty_)
    small, *others = (
        BackpropClassifier(8, max_iter=1, random_state=0, solver=solver).fit(X, Y)
        for solver in ("sgd", "lbfgs", "rprop")
    )
    for each in others:
        assert each.alpha_ == pytest.approx(300 / 32 * small.alpha_)


def test_wide_layers_and_large_batches_have_less():
    """By the cube, as the documentation has it."""
    usual = penalty_of(BackpropClassifier(100), X, Y)
    assert usual > 0
    assert penalty_of(BackpropClassifier(50), X, Y) == usual
    assert penalty_of(BackpropClassifier((20, 200)), X, Y) == pytest.approx(usual / 8, rel=1e-3)
    assert penalty_of(BackpropClassifier(batch_size=64), X, Y) == pytest.approx(usual / 8, rel=1e-3)
    assert penalty_of(BackpropClassifier((20, 200), batch_size=64), X, Y) == pytest.approx(usual / 64, rel=1e-3)
    assert penalty_of(BackpropClassifier(batch_size="auto"), X, Y) == pytest.approx(usual / (200 / 32) ** 3, rel=1e-3)
    assert penalty_of(BackpropClassifier(batch_size="epoch"), X, Y) == 0


def test_the_formula_of_the_documentation():
    """Targets of mere noise have the whole of it. Inside, their standard deviation is 5; that of labels is a half."""
    assert penalty_of(BackpropRegressor(), WIDE, NOISE) == pytest.approx(0.00125 * 25 * 32, rel=1e-3)
    coins = np.arange(400) % 2
    assert penalty_of(BackpropClassifier(), WIDE, coins) == pytest.approx(0.00125 * 0.25 * 32, rel=1e-3)
    assert penalty_of(BackpropClassifier(loss="log_loss"), WIDE, coins) == pytest.approx(0.006 * 0.25 * 32, rel=1e-3)
    assert penalty_of(BackpropRegressor(), WIDE, np.stack([NOISE, -NOISE], axis=1)) == pytest.approx(
        0.00125 * 25 * 32, rel=1e-3
    )


def test_small_inputs_have_less():
    """Units that bend over them have larger weights."""
    whole = penalty_of(BackpropRegressor(), WIDE, NOISE)
    assert penalty_of(BackpropRegressor(), 2 * WIDE, NOISE) == whole
    assert penalty_of(BackpropRegressor(), WIDE / 20, NOISE) == pytest.approx(whole / 400, rel=1e-3)


def test_many_inputs_have_more_of_classes():
    """Up to ten times as much, where there are less than ten instances for each of them."""
    coins = np.arange(400) % 2
    inputs = scale(np.random.RandomState(5).normal(size=(400, 500)))
    whole = 0.00125 * 0.25 * 32
    for n_inputs, times in ((40, 1), (80, 2), (500, 10)):
        found = penalty_of(BackpropClassifier(), inputs[:, :n_inputs], coins)
        assert found == pytest.approx(times * whole, rel=1e-3)
    twice = penalty_of(BackpropClassifier(), np.tile(inputs[:, :80], (2, 1)), np.tile(coins, 2))
    assert twice == pytest.approx(2 * whole, rel=1e-3)
    assert penalty_of(BackpropRegressor(), inputs, NOISE) == pytest.approx(0.00125 * 25 * 32, rel=1e-3)


def test_order_the_scale_of_weights_and_copies_change_nothing():
    random_state = np.random.RandomState(2)
    counts, order = random_state.randint(1, 4, size=300), random_state.permutation(300)

    def penalty(*data, **arguments):
        return penalty_of(BackpropClassifier(8), *data, **arguments)

    expected = penalty(X, Y, sample_weight=counts)
    assert expected > 0
    assert penalty(X, Y, sample_weight=7.5 * counts) == pytest.approx(expected)
    assert penalty(X[order], Y[order], sample_weight=counts[order]) == pytest.approx(expected)
    assert penalty(np.repeat(X, counts, axis=0), np.repeat(Y, counts)) == pytest.approx(expected)


def test_weights_are_repetition_where_a_batch_is_an_epoch():
    network = BackpropClassifier(8, solver="rprop", max_iter=20, random_state=0)
    weighed = clone(network).fit(X[:120], Y[:120], sample_weight=np.full(120, 2.0))
    repeated = clone(network).fit(np.repeat(X[:120], 2, axis=0), np.repeat(Y[:120], 2))
    assert weighed.alpha_ == pytest.approx(repeated.alpha_)
    assert weighed.alpha_ == pytest.approx(2 * clone(network).fit(X[:120], Y[:120]).alpha_)
    np.testing.assert_allclose(weighed.coefs_[0], repeated.coefs_[0], rtol=1e-6)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_a_training_goes_on_with_it_exactly(solver):
    network = BackpropClassifier(8, max_iter=6, solver=solver, random_state=0)
    at_once = clone(network).fit(X, Y)
    assert at_once.alpha_ > 0
    in_parts = clone(network).set_params(max_iter=2, warm_start=True).fit(X, Y)
    in_parts = pickle.loads(pickle.dumps(in_parts)).set_params(max_iter=4).fit(X, Y)
    stream = clone(network)
    for _ in range(6):
        stream.partial_fit(X, Y, classes=[0, 1])
    for each in (in_parts, stream):
        np.testing.assert_array_equal(vector_of(each), vector_of(at_once))
        assert each.alpha_ == at_once.alpha_


def test_the_first_call_of_a_stream_finds_it():
    stream = BackpropClassifier(8, random_state=0).partial_fit(X, Y, classes=[0, 1])
    penalty = stream._penalty_
    assert penalty > 0
    for rows in (slice(0, 1), slice(0, 20), slice(100, 300)):
        stream.partial_fit(X[rows], Y[rows])
        assert stream._penalty_ == penalty
        assert stream.alpha_ == pytest.approx(penalty * min(32, rows.stop - rows.start))
    again = stream.fit(CLOUD, CLOUD[:, 0] > 0)
    assert again.alpha_ == 0


def test_another_number_acts_at_the_next_call():
    network = BackpropClassifier(8, alpha=0.0, max_iter=2, random_state=0).fit(X, Y)
    assert network.alpha_ == 0
    assert network.set_params(alpha=0.5).partial_fit(X, Y).alpha_ == 0.5
    assert network.set_params(alpha="auto").partial_fit(X, Y).alpha_ > 0
    assert network.set_params(alpha=0).partial_fit(X, Y).alpha_ == 0


def test_the_random_units_are_asked_once(monkeypatch):
    true, seen = starts.tell, []
    monkeypatch.setattr(starts, "tell", lambda *each: seen.append(0) or true(*each))
    BackpropClassifier(8, n_init=3, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 1
    BackpropClassifier(8, init_range=0.5, alpha=0.1, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 1
    BackpropClassifier(8, init_range=0.5, max_iter=1, random_state=0).fit(X, Y)
    assert len(seen) == 2


def test_a_search_takes_it_as_a_candidate():
    parameters = {"max_iter": 60, "cv": 3, "random_state": 0, "one_standard_error": True}
    network = BackpropClassifierCV(8, grid={"alpha": ["auto", 0.0]}, **parameters).fit(X, Y)
    assert network.best_params_ == {"alpha": "auto"}  # the simpler one, as its penalty is the larger
    twin = BackpropClassifier(8, loss="log_loss", max_iter=network.best_n_epochs_, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(vector_of(network), vector_of(twin))
    in_threads = BackpropClassifierCV(8, grid={"alpha": ["auto", 0.0]}, n_jobs=2, **parameters).fit(X, Y)
    np.testing.assert_array_equal(vector_of(network), vector_of(in_threads))


def test_its_gradient_is_right():
    assert check_gradient(BackpropClassifier(8, random_state=0), X, Y) < 1e-6


def test_a_step_is_explained_with_it():
    network = BackpropClassifier(3, batch_size=1, random_state=0).fit(X, Y)
    assert network.alpha_ > 0
    step = explain_step(network, X[:1], Y[:1], digits=None)
    after = network.partial_fit(X[:1], Y[:1])
    np.testing.assert_allclose(step.new_coefs[0], after.coefs_[0], rtol=1e-9)


def test_machines_share_it():
    network = BackpropClassifier(8, solver="rprop", random_state=0).initialize(X, Y)
    alone = pickle.loads(pickle.dumps(network)).partial_fit(X, Y)
    together = apply_gradient(network, gradient(network, X[:100], Y[:100]) + gradient(network, X[100:], Y[100:]))
    assert together.alpha_ == pytest.approx(alone.alpha_)
    assert together.alpha_ > 0
    np.testing.assert_allclose(together.coefs_[0], alone.coefs_[0], rtol=1e-9)


def test_scikit_learns_network_gets_the_number():
    network = BackpropClassifier(8, loss="log_loss", max_iter=5, random_state=0).fit(X, Y)
    assert network.to_sklearn().alpha == network.alpha_ > 0


def test_it_is_never_what_a_warning_blames():
    with pytest.warns(ConvergenceWarning) as caught:
        BackpropRegressor(8, max_iter=200, learning_rate_init=1e-7, random_state=0).fit(WIDE, WIDE[:, 0] + NOISE)
    assert "alpha" not in str(caught[0].message)


@pytest.mark.parametrize("value", [-1.0, "Auto", None, np.nan, [0.1]], ids=repr)
def test_what_it_may_be_is_said(value):
    network = BackpropClassifier(alpha=value)
    with pytest.raises(ValueError, match=r"^alpha=.* is not valid: it must be a finite number >= 0, or 'auto'"):
        network.fit(X, Y)


def test_noise_is_not_learned_by_heart():
    """Of ten classes that overlap, and of a noisy plane, other instances are told better."""
    inputs, classes = make_classification(1500, 20, n_informative=10, n_redundant=0, n_classes=10, random_state=0)
    inputs /= inputs.std(axis=0)
    train, test = slice(0, 1100), slice(1100, None)
    without, found = (
        BackpropClassifier(alpha=alpha, random_state=0)
        .fit(inputs[train], classes[train])
        .score(inputs[test], classes[test])
        for alpha in (0, "auto")
    )
    assert found > without + 0.02
    plane = WIDE.sum(axis=1) + 6 * NOISE
    without, found = (
        BackpropRegressor(alpha=alpha, random_state=0).fit(WIDE[:300], plane[:300]).score(WIDE[300:], plane[300:])
        for alpha in (0, "auto")
    )
    assert found > without + 0.05
