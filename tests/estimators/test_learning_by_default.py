"""What networks learn where the rates are automatic: of many units, large batches and streams as much as elsewhere."""

import numpy as np
import pytest
from sklearn.datasets import (
    load_diabetes,
    load_digits,
    make_classification,
    make_friedman1,
    make_friedman3,
    make_gaussian_quantiles,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, scale

from skbackprop import BackpropClassifier, BackpropRegressor

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SIX_CLASSES = make_classification(1200, 20, n_informative=10, n_redundant=0, n_classes=6, random_state=0)


# ---------------------------------------------------------------------------------------------------------------------
# Of many units, few units and several layers.


@ignore_convergence
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_a_wide_classifier_learns_as_much_as_a_narrow_one(loss, activation):
    """At the rate of its output units it learns less the wider it is: with 1000 sigmoid units 0.29 instead of 0.69."""
    inputs, targets = SIX_CLASSES
    scores = [
        BackpropClassifier(hidden, loss=loss, activation=activation, max_iter=100, random_state=0)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for hidden in (100, 300, 1000, (100, 300))
    ]
    assert min(scores) > scores[0] - 0.03 > 0.58


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_a_wide_classifier_learns_as_much_as_a_narrow_one_with_adam(activation):
    inputs, targets = SIX_CLASSES
    scores = [
        BackpropClassifier(hidden, solver="adam", activation=activation, max_iter=100, random_state=0)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for hidden in (100, 300, 1000, (100, 1000))
    ]
    assert min(scores) > scores[0] - 0.05 > 0.55


@ignore_convergence
@pytest.mark.parametrize("parameters", [{}, {"activation": "tanh"}, {"activation": "relu"}], ids=str)
def test_regressors_learn_as_much_with_many_units(parameters):
    inputs, targets = make_friedman3(800, random_state=0)
    inputs = scale(inputs)
    few, many = (
        BackpropRegressor(n, max_iter=100, random_state=0, **parameters)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for n in (100, 500)
    )
    assert many > few - 0.02 > 0.85


@ignore_convergence
@pytest.mark.parametrize("parameters", [{"loss": "huber"}, {"loss": "poisson"}, {"normalize_y": False}])
def test_a_wide_regressor_whose_targets_do_not_grow_learns_as_much_as_a_narrow_one(parameters):
    inputs, targets = make_friedman1(800, noise=0.5, random_state=0)
    inputs, targets = scale(inputs), targets / targets.std()
    scores = [
        BackpropRegressor(n, random_state=0, **parameters)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for n in (100, 800)
    ]
    assert scores[1] > scores[0] - 0.04 > 0.7


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("n_units", [2, 3, 5])
def test_few_units_of_a_regressor_tell_a_noisy_square(n_units, activation):
    """At the rate that is stable, R² is 0.3 to 0.8 in the mean."""
    scores = []
    for seed in range(4):
        random_state = np.random.RandomState(seed)
        inputs = random_state.normal(size=(600, 4))
        targets = inputs[:, 0] + inputs[:, 1] ** 2 + 0.3 * random_state.normal(size=600)
        network = BackpropRegressor(n_units, activation=activation, random_state=seed).fit(inputs[:300], targets[:300])
        scores.append(network.score(inputs[300:], targets[300:]))
    assert np.mean(scores) > {2: 0.65, 3: 0.75, 5: 0.85}[n_units]


@ignore_convergence
@pytest.mark.parametrize("hidden", [(64, 32, 16, 8), (20, 10, 5), (100, 100)])
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_several_layers_that_bound_nothing_learn_at_the_automatic_rate(hidden, activation):
    X, y = make_friedman1(400, noise=1.0, random_state=0)
    network = BackpropRegressor(hidden, activation=activation, max_iter=100, random_state=0).fit(scale(X), y)
    assert network.score(scale(X), y) > (0.9 if activation == "relu" else 0.7)


@ignore_convergence
@pytest.mark.parametrize("hidden", [(2,), (4, 3), (5, 2), (4, 3, 2), (3, 3, 3, 3), (100,)])
@pytest.mark.parametrize("seed", [0, 1])
def test_linear_layers_learn_at_the_automatic_rate(hidden, seed):
    X, y = load_diabetes(return_X_y=True)
    network = BackpropRegressor(hidden, activation="identity", random_state=seed).fit(scale(X), y)
    assert network.score(scale(X), y) > 0.3


# ---------------------------------------------------------------------------------------------------------------------
# Of large batches, with momentum, of what is left over, and in streams.


@ignore_convergence
@pytest.mark.parametrize("hidden", [100, 300, (60, 60)])
@pytest.mark.parametrize("changed", [{"batch_size": 200}, {"momentum": 0.9}], ids=str)
def test_a_classifier_learns_as_much_from_large_batches_or_with_momentum(changed, hidden):
    """With one rate for all layers, 0.4 to 0.6 of these classes are told by networks of 100 and 300 units."""
    inputs, targets = SIX_CLASSES
    usual, other = (
        BackpropClassifier(hidden, max_iter=150, random_state=0, **parameters)
        .fit(inputs[:800], targets[:800])
        .score(inputs[800:], targets[800:])
        for parameters in ({}, changed)
    )
    assert other > usual - 0.08 > 0.55


@ignore_convergence
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_a_regressor_learns_nearly_as_much_from_large_batches(activation):
    inputs, targets = make_friedman3(800, random_state=0)
    inputs = scale(inputs)
    usual, other = (
        BackpropRegressor(activation=activation, batch_size=batch_size, random_state=0)
        .fit(inputs[:600], targets[:600])
        .score(inputs[600:], targets[600:])
        for batch_size in (32, 200)
    )
    assert other > usual - 0.04 > 0.9


@ignore_convergence
@pytest.mark.parametrize("momentum", [0.8, 0.9])
@pytest.mark.parametrize("is_nesterov", [False, True])
def test_momentum_takes_no_outputs_to_where_squared_errors_leave_them(momentum, is_nesterov):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(100, momentum=momentum, nesterovs_momentum=is_nesterov, max_iter=60, random_state=0)
    assert network.fit(X[:900] / 16, y[:900]).score(X[900:] / 16, y[900:]) > 0.9
    random_state = np.random.RandomState(0)
    labels = random_state.uniform(size=2000) < 0.1
    inputs = random_state.normal(size=(2000, 10)) + 1.2 * np.outer(labels, np.arange(10) < 3)
    assert roc_auc_score(labels, network.fit(inputs, labels).predict_proba(inputs)[:, 1]) > 0.85


@ignore_convergence
def test_whole_epochs_tell_pixels_that_are_not_centred():
    """At the rate that hidden layers have over centred ones 0.3 of the digits are wrong."""
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(100, batch_size="epoch", random_state=1).fit(X[:1300] / 16, y[:1300])
    assert network.score(X[1300:] / 16, y[1300:]) > 0.85


@ignore_convergence
@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("changed", [{"batch_size": 200}, {"hidden_layer_sizes": 1000}], ids=str)
def test_one_instance_left_over_does_not_spoil_what_is_learned(changed, shuffle, engine, monkeypatch):
    """At its own mean, and with the rate of hidden layers, these are 0.42 and 0.59 of six classes."""
    if engine == "numpy":
        monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    inputs, targets = SIX_CLASSES
    n_iter = 100 if engine == "kernel" else 40
    without, other = (
        BackpropClassifier(max_iter=n_iter, shuffle=shuffle, random_state=0, **changed)
        .fit(inputs[:n], targets[:n])
        .score(inputs[801:], targets[801:])
        for n in (800, 801)
    )
    assert other > without - 0.05 > 0.4


@ignore_convergence
@pytest.mark.parametrize(
    "changed",
    [{}, {"hidden_layer_sizes": 20, "max_iter": 600}, {"solver": "adam"}, {"batch_size": 48, "momentum": 0.5}],
    ids=str,
)
def test_one_instance_left_over_of_few_does_not_spoil_what_is_learned(changed):
    """At its own mean, that of a batch of one, 0.72 to 0.9 of the training set instead of 0.98."""

    def mean_score(n):
        scores = []
        for seed in range(5):
            inputs = np.random.RandomState(seed).normal(size=(n, 5))
            targets = inputs[:, 0] + inputs[:, 1] ** 2 > 1
            scores.append(BackpropClassifier(random_state=seed, **changed).fit(inputs, targets).score(inputs, targets))
        return np.mean(scores)

    assert mean_score(97) > mean_score(96) - 0.04 > 0.85


def test_a_stream_of_a_few_hundred_updates_tells_a_product():
    """Without a head start that is nothing: an R² of 0.04."""
    random_state = np.random.RandomState(0)
    inputs = random_state.normal(size=(12_000, 6))
    targets = 50 + 10 * np.sin(inputs[:, 0]) * inputs[:, 1] + inputs[:, 2]
    network = BackpropRegressor(random_state=0)
    for start in range(0, 10_000, 32):
        network.partial_fit(inputs[start : start + 32], targets[start : start + 32])
    assert network.score(inputs[10_000:], targets[10_000:]) > 0.5


@pytest.mark.parametrize("n_instances", [40, 60, 100, 150])
def test_a_stream_whose_first_call_does_not_show_what_there_is_learns_it(n_instances):
    """By first weights of the usual size, exclusive or of two of ten inputs was told by 0.58 to 0.73."""
    scores = []
    for seed in range(4):
        inputs = np.random.RandomState(seed).normal(size=(12_000, 10))
        targets = inputs[:, 0] * inputs[:, 1] > 0
        network = BackpropClassifier(random_state=seed)
        for start in range(0, 10_000, n_instances):
            rows = slice(start, start + n_instances)
            network.partial_fit(inputs[rows], targets[rows], classes=[False, True])
        scores.append(network.score(inputs[10_000:], targets[10_000:]))
    assert np.mean(scores) > 0.77


def test_a_stream_without_hidden_layers_whose_first_rows_are_small_does_not_explode():
    inputs = np.random.RandomState(0).normal(size=(2000, 50)) * 0.3 + 0.95
    targets = inputs @ np.random.RandomState(1).normal(size=50)
    scores = []
    for size in (1.0, 0.1):
        network, first = BackpropRegressor((), random_state=0), inputs.copy()
        first[:50] *= size
        for start in range(0, 2000, 50):
            network.partial_fit(first[start : start + 50], targets[start : start + 50])
        scores.append(network.score(inputs, targets))
    assert scores[1] > scores[0] - 0.1
    assert scores[0] > 0


def test_rows_of_texts_are_learned_without_hidden_layers():
    words = np.random.RandomState(0).randint(0, 400, size=(300, 30))
    labels = np.arange(300) % 3
    words[:, :4] = 1000 + labels[:, np.newaxis] * 10 + np.random.RandomState(1).randint(0, 10, size=(300, 4))
    texts = TfidfVectorizer().fit_transform(" ".join(f"w{word}" for word in row) for row in words)
    for settings in ({}, {"loss": "log_loss"}, {"momentum": 0.9}):
        assert BackpropClassifier((), random_state=0, **settings).fit(texts, labels).score(texts, labels) > 0.98


# ---------------------------------------------------------------------------------------------------------------------
# Of instances or classes of different weights.


@ignore_convergence
def test_a_classifier_learns_as_much_from_instances_of_different_weights():
    inputs, targets = SIX_CLASSES
    weights = np.random.RandomState(0).lognormal(size=800)
    usual, other = (
        BackpropClassifier(max_iter=150, random_state=0)
        .fit(inputs[:800], targets[:800], sample_weight=each)
        .score(inputs[800:], targets[800:])
        for each in (None, weights)
    )
    assert other > usual - 0.08 > 0.55


@ignore_convergence
def test_where_sample_weights_differ_much_gradient_descent_learns():
    """The automatic rate does not follow the heaviest instance; with the rate that it would allow R² was 0.77."""
    inputs, targets = make_friedman1(900, noise=0.5, random_state=0)
    inputs, weights = scale(inputs), np.exp(2 * np.random.RandomState(1).normal(size=600))
    assert weights.max() > 100 * weights.mean()
    network = BackpropRegressor(random_state=0).fit(inputs[:600], targets[:600], sample_weight=weights)
    assert network.score(inputs[600:], targets[600:]) > 0.88


@ignore_convergence
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_heavy_weights_of_a_few_do_not_keep_the_others_from_being_learned(solver):
    """Weights of a Pareto distribution, and a single one of 800."""
    random_state = np.random.RandomState(0)
    X, y = make_friedman1(900, noise=1.0, random_state=0)
    X = scale(X)
    for weights in (1 + random_state.pareto(1.1, size=600), np.where(np.arange(600), 1, 800)):
        network = BackpropRegressor(solver=solver, random_state=0).fit(X[:600], y[:600], sample_weight=weights)
        assert network.score(X[600:], y[600:]) > 0.8


@ignore_convergence
def test_rare_classes_that_weigh_much_are_not_learned_by_heart():
    """What noise there is in batches decides: hidden layers with a larger rate told 0.76 of these, and not 0.85."""
    rng = np.random.RandomState(0)
    codes = np.where(rng.uniform(size=6000) < 0.005, 1, 0)
    inputs = rng.normal(size=(6000, 10))
    inputs[codes == 1, :3] += 1.8
    of_test = np.arange(2000) % 2
    held_out = rng.normal(size=(2000, 10))
    held_out[of_test == 1, :3] += 1.8
    network = BackpropClassifier(class_weight="balanced", max_iter=100, random_state=0).fit(inputs, codes)
    assert network.score(held_out, of_test) > 0.85


@ignore_convergence
@pytest.mark.parametrize(("number", "seed"), [(2, 2), (2, 5), (5, 0), (5, 2), (5, 3)])
def test_a_rare_class_of_balanced_weight_is_not_all_that_is_told(number, seed):
    """Of inputs from 0 to 1: at four times the largest weight over the batch nothing else is."""
    X, y = make_classification(1500, 10, n_informative=4, weights=[0.93], random_state=number, flip_y=0.01)
    X, X_test, y, y_test = train_test_split(X, y, random_state=seed, stratify=y)
    scaler = MinMaxScaler().fit(X)
    network = BackpropClassifier(class_weight="balanced", max_iter=60, random_state=seed).fit(scaler.transform(X), y)
    assert balanced_accuracy_score(y_test, network.predict(scaler.transform(X_test))) > 0.75


@ignore_convergence
@pytest.mark.parametrize("batch_size", [64, "auto"])
def test_a_rare_class_in_large_batches_is_no_end_of_a_training(batch_size):
    random_state = np.random.RandomState(1)
    labels = random_state.uniform(size=6000) < 0.01
    inputs = random_state.normal(size=(6000, 10)) + 1.5 * np.outer(labels, np.arange(10) < 3)
    network = BackpropClassifier(batch_size=batch_size, max_iter=100, random_state=0).fit(inputs, labels)
    assert network.stop_reason_ == "max_iter"
    assert roc_auc_score(labels, network.predict_proba(inputs)[:, 1]) > 0.9


# ---------------------------------------------------------------------------------------------------------------------
# With other losses.


@ignore_convergence
def test_classes_in_an_order_are_learned_with_the_log_loss():
    """As the user guide says, of rings around one another."""
    inputs, targets = make_gaussian_quantiles(n_samples=1500, n_features=6, n_classes=4, random_state=0)
    squared, log = (
        BackpropClassifier(loss=loss, random_state=0)
        .fit(inputs[:1000], targets[:1000])
        .score(inputs[1000:], targets[1000:])
        for loss in ("squared_error", "log_loss")
    )
    assert log > squared + 0.05


@ignore_convergence
def test_the_huber_loss_learns_more_where_a_few_targets_are_extreme():
    """As the user guide says."""
    rng = np.random.RandomState(0)
    inputs = rng.normal(size=(1000, 8))
    truth = 2 * inputs[:, 0] + inputs[:, 1] ** 2
    targets = truth + rng.standard_t(1.2, size=1000)
    squared, robust = (
        BackpropRegressor(loss=name, random_state=0).fit(inputs[:600], targets[:600]).score(inputs[600:], truth[600:])
        for name in ("squared_error", "huber")
    )
    assert robust > max(squared + 0.2, 0.5)


@pytest.mark.parametrize("huber_delta", [1e-6, 1e-3, 0.1])
def test_a_small_delta_of_huber_makes_the_loss_the_absolute_one_not_the_steps_nothing(huber_delta):
    """Errors are no larger than delta: with the rate of squared ones the training ended after an epoch."""
    X, y = make_friedman1(500, noise=0.5, random_state=0)
    network = BackpropRegressor(20, loss="huber", huber_delta=huber_delta, random_state=0).fit(scale(X), y)
    assert network.n_epochs_ == 300
    assert network.score(scale(X), y) > 0.9


@ignore_convergence
def test_the_poisson_deviance_learns_targets_that_vary_little_late():
    """As the user guide warns."""
    random_state = np.random.RandomState(0)
    X = random_state.randn(300, 5)
    y = 13 + 0.5 * X[:, 0] + 0.3 * X[:, 1] ** 2 + 0.3 * random_state.randn(300)
    poisson, squared = (
        BackpropRegressor(loss=loss, random_state=0).fit(X[:200], y[:200]).score(X[200:], y[200:])
        for loss in ("poisson", "squared_error")
    )
    assert squared > max(0.5, poisson + 0.5)
