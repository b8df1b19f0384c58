"""An automatic rate is halved where the loss swings, and nowhere else."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.metrics import log_loss

from skbackprop import BackpropClassifier, BackpropRegressor, explain_step

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
