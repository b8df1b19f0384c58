"""An automatic rate is halved where the loss swings, and nowhere else."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor, apply_gradient, explain_step, gradient
from skbackprop._estimators.diagnosis import exact_loss_of_constant
from skbackprop._training.schedules import calm_rate
from skbackprop._training.state import History, Progress

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(400, 2))
CLASSES = (X[:, 0] + 2 * RANDOM.normal(size=400) > 1).astype(int)
NUMBERS = X[:, 0] + 3 * RANDOM.normal(size=400)
EQUALLY_NOISY = [(BackpropClassifier, CLASSES), (BackpropRegressor, NUMBERS)]
COLUMNS = RANDOM.randint(0, 2, size=(600, 8)).astype(float)
PARITY = COLUMNS[:, :6].sum(axis=1).astype(int) % 2


def halvings_of(losses, loss_of_constant):
    """By hand: how often a rate is halved by these losses."""
    smallest, n_since, n_halvings = np.inf, 0, 0
    for n_epochs, loss in enumerate(losses, start=1):
        if loss < smallest:
            smallest, n_since = loss, 0
            continue
        n_since += 1
        if n_since > max(20, n_epochs / 4) and n_halvings < 4:
            n_since, n_halvings = 0, n_halvings + (smallest < 0.95 * loss_of_constant)
    return n_halvings


def first_rate(network, y):
    return clone(network).set_params(max_iter=1).fit(X, y).learning_rate_


@pytest.mark.parametrize(("estimator", "y"), EQUALLY_NOISY)
@pytest.mark.parametrize("n_epochs", [30, 60, 120, 300])
def test_the_rate_is_halved_where_no_loss_of_twenty_epochs_is_the_smallest(estimator, y, n_epochs):
    network = estimator(20, max_iter=n_epochs, random_state=0).fit(X, y)
    loss = y.var() / 2 if estimator is BackpropClassifier else 5**2 / 2  # targets have a standard deviation of 5
    n_halvings = halvings_of(network.loss_curve_[:-1], loss)  # the last rate is that of the last epoch
    assert network.learning_rate_ == pytest.approx(first_rate(network, y) / 2**n_halvings)
    assert n_halvings > 1 or n_epochs < 300


def test_probabilities_of_noisy_classes_are_right_in_the_mean():
    """MLPClassifier's are off by 0.01 here, and a constant rate's by up to 0.1."""
    held_out = np.random.RandomState(1).normal(size=(4000, 2))
    chance = np.random.RandomState(2).normal(size=4000)
    labels = held_out[:, 0] + 2 * chance > 1
    found = {}
    for schedule in ("auto", "constant"):
        networks = [BackpropClassifier(learning_rate=schedule, random_state=seed).fit(X, CLASSES) for seed in range(6)]
        outputs = [network.predict_proba(held_out) for network in networks]
        off = [abs(each[:, 1].mean() - CLASSES.mean()) for each in outputs]
        found[schedule] = np.mean(off), np.mean([log_loss(labels, each) for each in outputs])
    assert found["auto"][0] < 0.03 < found["constant"][0]
    assert found["auto"][1] < found["constant"][1]


def test_a_plateau_has_the_whole_rate():
    network = BackpropClassifier(random_state=0, max_iter=120).fit(COLUMNS, PARITY)
    assert min(network.loss_curve_) > 0.95 / 8  # of which constant outputs cost an eighth
    assert network.learning_rate_ == clone(network).set_params(max_iter=1).fit(COLUMNS, PARITY).learning_rate_


LINE = np.random.RandomState(1).normal(size=(1500, 1))
CHANCE = np.random.RandomState(2).uniform(size=1500)
SHARES = np.array([0.2, 0.5, 0.3, 0.6])
LEVELS = np.random.RandomState(3).randint(4, size=(1500, 1))
AGES = np.random.RandomState(6).randint(18, 93, size=(1500, 1))  # by their means alone, equal ones would tell more
WEAK = {  # and how likely each is to be of the class
    "ages": (StandardScaler().fit_transform(AGES), 0.3 + 0.12 * np.sign(AGES[:, 0] - 50)),
    "line": (LINE, 1 / (1 + np.exp(0.5 - 0.4 * LINE[:, 0]))),
    "levels": (StandardScaler().fit_transform(LEVELS), SHARES[LEVELS[:, 0]]),
    "bits": (COLUMNS[:, :3], 0.25 + 0.2 * COLUMNS[:, 0]),
}


@pytest.mark.parametrize("name", WEAK)
def test_what_hardly_follows_the_inputs_is_not_left_at_any_moment_of_a_swing(name):
    inputs, shares = WEAK[name]
    y = CHANCE[: len(inputs)] < shares
    for seed in range(4):
        network = BackpropClassifier(random_state=seed).fit(inputs, y)
        assert network.learning_rate_ <= clone(network).set_params(max_iter=1).fit(inputs, y).learning_rate_ / 4
        assert np.abs(network.predict_proba(inputs)[:, 1] - shares).mean() < 0.07


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_a_chessboard_of_rows_that_come_back_is_a_plateau(estimator):
    """Its 64 places differ from their neighbours, and tell all: after 1500 epochs, 0.95 of the classes and 0.99 of R²."""
    places = np.random.RandomState(0).randint(8, size=(1000, 2))
    network = estimator(max_iter=1500, random_state=0).fit(
        StandardScaler().fit_transform(places), places.sum(axis=1) % 2
    )
    assert network.score(StandardScaler().fit_transform(places), places.sum(axis=1) % 2) > 0.9


def test_noisy_parity_is_a_plateau():
    """Three labels in ten are flipped: 0.7 are right by the rule, which most seeds find late."""
    random_state = np.random.RandomState(0)
    bits = random_state.randint(2, size=(4000, 8)).astype(float)
    rule = bits[:, :3].sum(axis=1) % 2
    y = rule.astype(int) ^ (random_state.uniform(size=4000) < 0.3)
    networks = [BackpropClassifier(random_state=seed).fit(bits[:2000], y[:2000]) for seed in range(4)]
    assert np.mean([network.score(bits[2000:], rule[2000:]) for network in networks]) > 0.8


def test_numbers_that_hardly_follow_the_inputs_are_told_no_worse_than_by_their_mean():
    inputs = np.random.RandomState(4).normal(size=(5400, 1))
    y = 0.1 * inputs[:, 0] + np.random.RandomState(5).normal(size=5400)
    scores = [BackpropRegressor(random_state=seed).fit(inputs[:1400], y[:1400]).score(inputs, y) for seed in range(4)]
    assert min(scores) > -0.01


@pytest.mark.parametrize(
    ("inputs", "n_units", "is_calm"),
    [
        (LINE, 20, True),
        (LINE, 19, False),  # few units may be on a plateau
        (COLUMNS[:, :4], 20, True),
        (COLUMNS, 20, True),
        (np.random.RandomState(5).randint(5, size=(600, 4)), 20, False),  # rows that hardly come back
        (np.random.RandomState(4).normal(size=(1500, 3)), 20, False),
    ],
    ids=["line", "line of few units", "bits", "many bits", "numbers", "three inputs"],
)
def test_only_of_noise_that_is_known_there_is_no_plateau(inputs, n_units, is_calm):
    y = CHANCE[: len(inputs)] > 0.5
    network = BackpropClassifier(n_units, max_iter=100, random_state=0).fit(inputs, y)
    whole = clone(network).set_params(max_iter=1).fit(inputs, y).learning_rate_
    assert (network.learning_rate_ < whole) is is_calm


KEPT = [
    {"learning_rate": "constant"},
    {"learning_rate_init": 1.5},
    {"solver": "adam"},
    {"init_range": 0.5},
    {"loss": "huber"},
]


@pytest.mark.parametrize("parameters", KEPT)
def test_what_was_asked_for_is_kept(parameters):
    estimator, y = (BackpropRegressor, NUMBERS) if "loss" in parameters else (BackpropClassifier, CLASSES)
    network = estimator(20, max_iter=100, random_state=0, **parameters).fit(X, y)
    assert network.learning_rate_ == first_rate(network, y)


@pytest.mark.parametrize(("estimator", "y"), EQUALLY_NOISY)
@pytest.mark.parametrize(
    "convert", [np.asarray, csr_array, lambda X: X.astype(np.float32)], ids=["dense", "sparse", "float32"]
)
def test_calls_on_the_same_instances_calm_down_as_one(estimator, y, convert):
    inputs = convert(X)
    whole = estimator(10, max_iter=90, random_state=0).fit(inputs, y)
    parts = clone(whole).set_params(max_iter=37, warm_start=True).fit(inputs, y)
    parts = pickle.loads(pickle.dumps(parts)).set_params(max_iter=40).fit(inputs, y)
    for _ in range(13):
        parts.partial_fit(inputs, y)
    assert whole.learning_rate_ < first_rate(clone(whole), y)
    assert parts.learning_rate_ == whole.learning_rate_
    for mine, theirs in zip(parts.coefs_ + parts.intercepts_, whole.coefs_ + whole.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    "others",
    [(X[:300], CLASSES[:300]), (X[::-1], CLASSES[::-1]), (X, 1 - CLASSES), (X, CLASSES, np.linspace(1, 1.1, 400))],
)
def test_other_instances_have_the_whole_rate(others):
    network = BackpropClassifier(20, max_iter=100, random_state=0).fit(X, CLASSES)
    whole, calm = first_rate(network, CLASSES), network.learning_rate_
    again = pickle.loads(pickle.dumps(network)).partial_fit(X, CLASSES)
    assert again.learning_rate_ <= calm < whole
    assert network.partial_fit(*others[:2], sample_weight=others[2] if len(others) == 3 else None).learning_rate_ > calm
    assert network.partial_fit(X, CLASSES).learning_rate_ == pytest.approx(whole, rel=0.2)


def test_a_stream_of_noise_keeps_its_rate():
    network, rates = BackpropClassifier(20, random_state=0), set()
    for start in range(0, 400, 4):
        network.partial_fit(X[start : start + 4], CLASSES[start : start + 4], classes=[0, 1])
        rates.add(network.learning_rate_)
    assert len(rates) == 1


def test_a_step_is_explained_at_the_rate_that_partial_fit_has():
    network = BackpropClassifier(3, batch_size=1, max_iter=200, random_state=0).fit(X, CLASSES)
    step = explain_step(network, X[:1], CLASSES[:1], digits=None)
    calm, after = network.learning_rate_, network.partial_fit(X[:1], CLASSES[:1])
    assert step.learning_rate == after.learning_rate_ > calm
    np.testing.assert_allclose(step.new_coefs[0], after.coefs_[0], rtol=1e-9)


def test_a_sixteenth_is_the_smallest_part_of_a_rate():
    """A loss that stands still is no smaller, and the count begins anew where the rate was halved."""
    history, factors = History(progress=Progress(has_begun_well=True)), []
    for _ in range(400):
        history.add(1.0, 0.5, 0.1)
        calm_rate(history, lambda: 2.0)
        factors.append(history.progress.calm_factor)
    halved = [1 + each for each in np.flatnonzero(np.diff(factors)) + 1]
    assert halved == [22, 43, 64, 86]  # after more than 20 epochs, and a quarter of 86 is more
    assert factors[-1] == 1 / 16


@pytest.mark.parametrize("seed", range(3))
def test_weights_that_were_given_keep_the_rate_as_they_may_lead_to_a_plateau(seed):
    """To that of a straight line, of moons and six units of the book's range, as their scores say."""
    inputs, moons = make_moons(200, noise=0.1, random_state=seed)
    settings = {"hidden_layer_sizes": 6, "batch_size": 4, "max_iter": 300, "random_state": seed}
    drawn = BackpropClassifier(init_range=0.5, **settings).initialize(inputs, moons)
    start = {"coefs_init": drawn.coefs_, "intercepts_init": drawn.intercepts_}
    given = BackpropClassifier(**settings).fit(inputs, moons, **start)
    assert given.learning_rate_ == clone(given).set_params(max_iter=1).fit(inputs, moons, **start).learning_rate_
    assert given.score(inputs, moons) > 0.95


def test_a_plateau_is_one_of_all_instances_and_not_of_a_sample_of_them():
    """Every tenth instance, which a regular sample of 10 000 holds alone, is of the rare class."""
    inputs = np.random.RandomState(0).normal(size=(10000, 3))
    rare = np.arange(10000) % 10 == 0
    network = BackpropClassifier(5, max_iter=60, random_state=0).fit(inputs, rare)
    assert network.learning_rate_ == clone(network).set_params(max_iter=1).fit(inputs, rare).learning_rate_


@pytest.mark.parametrize(("estimator", "y"), EQUALLY_NOISY)
@pytest.mark.parametrize("weights", [None, np.linspace(0.1, 3, 400)], ids=["equal", "weighted"])
def test_what_constant_outputs_cost_counts_all_instances(estimator, y, weights, monkeypatch):
    """By hand: half the variance of the targets."""
    monkeypatch.setattr("skbackprop._estimators.diagnosis.references.SAMPLE_SIZE", 7)
    costs = []

    def spy(training_set):
        costs.append(exact_loss_of_constant(training_set))
        return costs[-1]

    monkeypatch.setattr("skbackprop._estimators.base.exact_loss_of_constant", spy)
    estimator(19, random_state=0).fit(X, y, sample_weight=weights)  # of more units it is known that there is no plateau
    variance = np.cov(y, aweights=weights, ddof=0)
    expected = variance / 2 if estimator is BackpropClassifier else 5**2 / 2
    assert costs
    np.testing.assert_allclose(costs, expected, rtol=1e-6)


def test_epochs_of_other_instances_do_not_count():
    network = BackpropClassifier(20, warm_start=True, random_state=0)
    for start in range(1200):
        network.partial_fit(X[start % 40 :: 40], CLASSES[start % 40 :: 40], classes=[0, 1])
    whole = network.learning_rate_
    assert network.fit(X, CLASSES).learning_rate_ < whole


@pytest.mark.parametrize(
    "changes", [{"batch_size": 16}, {"alpha": 0.001}, {"momentum": 0.1}, {"learning_rate": "constant"}]
)
def test_another_setting_has_its_own_rate(changes):
    """As one that was never calm, with the same weights, has it."""
    network = BackpropClassifier(20, max_iter=100, random_state=0).fit(X, CLASSES)
    other = BackpropClassifier(20, max_iter=1, random_state=0).fit(X, CLASSES)
    assert network.learning_rate_ < other.learning_rate_
    rates = [each.set_params(**changes).partial_fit(X, CLASSES).learning_rate_ for each in (network, other)]
    assert rates[0] == rates[1]


def test_indices_of_another_type_are_the_same_instances():
    network = BackpropClassifier(20, max_iter=100, random_state=0).fit(csr_array(X), CLASSES)
    calm, inputs = network.learning_rate_, csr_array(X)
    inputs.indices, inputs.indptr = inputs.indices.astype(np.int64), inputs.indptr.astype(np.int64)
    assert network.partial_fit(inputs, CLASSES).learning_rate_ <= calm < first_rate(network, CLASSES)


def test_updates_are_not_small_where_swings_have_made_the_rate_small():
    network = BackpropClassifier(20, max_iter=300, update_tol=0.02, random_state=0).fit(X, CLASSES)
    assert network.learning_rate_ < first_rate(network, CLASSES)
    assert min(network.update_curve_) < 0.02
    assert network.stop_reason_ == "max_iter"


def test_a_gradient_from_elsewhere_is_applied_at_the_whole_rate():
    network = BackpropClassifier(20, max_iter=100, random_state=0).fit(X, CLASSES)
    other = BackpropClassifier(20, max_iter=1, random_state=0).fit(X, CLASSES)
    assert network.learning_rate_ < other.learning_rate_
    rates = [apply_gradient(each, gradient(each, X, CLASSES)).learning_rate_ for each in (network, other)]
    assert rates[0] == rates[1]


@pytest.mark.parametrize(("estimator", "y"), EQUALLY_NOISY)
def test_what_a_warning_says_of_the_rate_is_said_of_what_it_began_with(estimator, y, monkeypatch):
    """Or a remedy would be to raise it, where swings have made it small."""
    looked_at = []
    monkeypatch.setattr(estimator, "_warn", lambda self, training, message: looked_at.append(training))
    network = estimator(20, random_state=0).fit(X, y)
    (training,) = looked_at
    assert network.learning_rate_ < first_rate(network, y) / 2
    assert training.last_rate == training.first_rate == pytest.approx(first_rate(network, y))


@pytest.mark.parametrize("settings", [{"init_range": 0.5}, {"learning_rate": "constant"}, {"learning_rate_init": 0.1}])
def test_instances_are_told_from_others_only_where_that_decides(settings, monkeypatch):
    """Which takes time with each call of a stream."""
    monkeypatch.setattr("skbackprop._estimators.base.digest_of", lambda training_set: pytest.fail("looked at"))
    network = BackpropClassifier(5, random_state=0, **settings)
    assert network.partial_fit(X, CLASSES, classes=[0, 1])._progress_["digest"] == 0


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
def test_many_instances_are_told_from_others_by_some_rows_and_all_targets(convert):
    many = np.tile(X, (30, 1)) + 1
    numbers = np.tile(NUMBERS, 30)
    shifted, others = many + 1e-9, np.where(np.arange(12000) == 7777, 0.0, numbers)
    half = np.where(np.arange(12000)[:, np.newaxis] % 2, many, 1 - many)
    network = BackpropRegressor(5, random_state=0).partial_fit(convert(many), numbers)
    calls = [(many, numbers), (shifted, numbers), (half, numbers), (many, others), (many[:-1], numbers[:-1])]
    digests = [network.partial_fit(convert(inputs), targets)._progress_["digest"] for inputs, targets in calls]
    assert network.partial_fit(convert(many), numbers)._progress_["digest"] == digests[0]
    assert len(set(digests)) == len(calls)
