"""How bent the first hidden units begin, as the data ask for it."""

import math

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, make_gaussian_quantiles, make_moons
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines
from skbackprop._network.automatic import leave_one_out, starts
from skbackprop._network.automatic.different import different_instances, part_unexplained

random = np.random.RandomState(0)
LINE = random.uniform(-1.7, 1.7, size=(300, 1))
CLOUD = random.normal(size=(300, 4))
NOISE = random.normal(size=300)
WIDE = random.normal(size=(300, 40))
DIGITS = load_digits()
NOTHING = leave_one_out._Found({})


def net_of(network, X, y, **arguments):
    """The root mean square of the first net inputs that weights from the range that was taken have."""
    n_inputs = X.shape[1]
    square_norm = max((X**2).sum(axis=1).mean(), n_inputs)
    return network.partial_fit(X, y, **arguments).init_range_[0] * math.sqrt((square_norm + 1) / 3)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_errors_are_those_of_ridge_regressions_each_without_one_instance(n_outputs):
    random_state = np.random.RandomState(1)
    outputs, targets = random_state.uniform(size=(40, 6)), random_state.normal(size=(40, n_outputs))
    weights = random_state.uniform(0.2, 3, size=40)
    weights /= weights.sum()
    error = 0.0
    for row in range(40):
        others = np.arange(40) != row
        ridge = Ridge(alpha=leave_one_out._RIDGE).fit(outputs[others], targets[others], sample_weight=weights[others])
        error += weights[row] * np.square(ridge.predict(outputs[[row]]) - targets[row]).sum()
    roots = np.sqrt(weights)[:, None]
    found = leave_one_out._error_of_leaving_one_out(
        roots * (outputs - weights @ outputs), roots * (targets - weights @ targets), roots
    )
    assert found == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize(
    ("estimator", "X", "y", "net"),
    [
        (BackpropRegressor, LINE, np.sin(8 * LINE[:, 0]), 16.0),
        (BackpropRegressor, LINE, np.sin(30 * LINE[:, 0]), 32.0),
        (BackpropRegressor, LINE, LINE[:, 0] + NOISE, 4.0),
        (BackpropRegressor, CLOUD, CLOUD.sum(axis=1) + 2 * NOISE, 0.25),
        (BackpropRegressor, CLOUD, CLOUD[:, 0] * CLOUD[:, 1], 1.0),
        (BackpropClassifier, CLOUD, (CLOUD[:, 0] > 0) ^ (NOISE > 1.0), 0.25),
        (BackpropRegressor, WIDE, WIDE[:, :5].sum(axis=1) + 2 * NOISE, 1.0),
        (BackpropClassifier, *make_moons(300, noise=0.1, random_state=0), 8.0),
        (BackpropClassifier, StandardScaler().fit_transform(DIGITS.data), DIGITS.target, 0.5),
    ],
    ids=[
        "sine",
        "quick sine",
        "noisy line",
        "noisy plane",
        "product",
        "wrong labels",
        "many inputs",
        "moons",
        "digits",
    ],
)
def test_units_begin_as_bent_as_the_data_ask_for(estimator, X, y, net):
    classes = {"classes": np.unique(y)} if estimator is BackpropClassifier else {}
    assert net_of(estimator(), X, y, **classes) == pytest.approx(net, rel=0.01)
    assert net_of(estimator((20, 10), random_state=3), X, y, **classes) == pytest.approx(net, rel=0.01)
    bent = estimator(activation="tanh").initialize(X, y).init_range_[0]
    assert bent == pytest.approx(estimator().initialize(X, y).init_range_[0] / 2)


def subspaces(n_instances, n_inputs=100):
    """Three planes through the same point: whose an instance is is told neither by sums of inputs nor by random units."""
    random_state = np.random.RandomState(0)
    planes = [np.linalg.qr(random_state.normal(size=(n_inputs, 2)))[0] for _ in range(3)]
    y, angles = random_state.randint(3, size=n_instances), random_state.uniform(0, 2 * np.pi, size=n_instances)
    places = np.column_stack([np.cos(angles), np.sin(angles)])
    X = np.array([planes[label] @ place for label, place in zip(y, places, strict=True)]) * np.sqrt(n_inputs / 2)
    return X + 0.5 * random_state.normal(size=X.shape), y


def categories(rule, n_instances=1000):
    """Two of six columns of eight categories count, together and the first of them a little alone."""
    codes = np.random.RandomState(0).randint(8, size=(n_instances, 6))
    X = StandardScaler().fit_transform(np.hstack([np.eye(8)[column] for column in codes.T]))
    return X, rule(codes[:, 0], codes[:, 1]) ^ (codes[:, 0] == 0)


FEW_FOR_EACH, MANY_FOR_EACH = (np.random.RandomState(0).normal(size=(1000, n_inputs)) for n_inputs in (52, 24))
UNTOLD = np.random.RandomState(1).normal(size=1000)


@pytest.mark.parametrize(
    ("estimator", "X", "y", "net"),
    [
        (BackpropRegressor, MANY_FOR_EACH, (MANY_FOR_EACH[:, :12] * MANY_FOR_EACH[:, 12:]).sum(axis=1), 2.0),
        (BackpropRegressor, MANY_FOR_EACH, UNTOLD, 0.8),
        (BackpropRegressor, FEW_FOR_EACH, UNTOLD, 2.0),
        (BackpropClassifier, FEW_FOR_EACH, UNTOLD > 0, 2.0),
        (BackpropRegressor, CLOUD[:79], UNTOLD[:79], 2.0),
        (BackpropRegressor, CLOUD[:80], UNTOLD[:80], 0.8),
        (BackpropClassifier, MANY_FOR_EACH, UNTOLD > 0, 0.5),
        (BackpropClassifier, *subspaces(1000), 2.0),
        (BackpropClassifier, *categories(lambda first, second: (first + second) % 8 < 3), 0.5),
    ],
    ids=[
        "products",
        "noise of numbers",
        "noise of few numbers",
        "noise of few classes",
        "19 for each input",
        "20 for each input",
        "noise of classes",
        "subspaces",
        "two categories",
    ],
)
@pytest.mark.parametrize("alpha", ["auto", 0.1])
def test_units_bend_where_nothing_is_told_but_there_is_something(estimator, X, y, net, alpha):
    classes = {"classes": np.unique(y)} if estimator is BackpropClassifier else {}
    assert net_of(estimator(alpha=alpha), X, y, **classes) == pytest.approx(net, rel=0.01)
    as_sparse = estimator(alpha=alpha).initialize(sparse.csr_array(X), y).init_range_
    assert as_sparse == pytest.approx(estimator(alpha=alpha).initialize(X, y).init_range_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_planes_in_many_dimensions_are_told_apart():
    X, y = subspaces(2000)
    assert BackpropClassifier(random_state=0).fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.95


@pytest.mark.parametrize(("n_units", "net"), [(19, 8.0), (20, 32.0)])
def test_few_units_do_not_begin_as_steps(n_units, net):
    assert net_of(BackpropRegressor(n_units), LINE, np.sin(30 * LINE[:, 0])) == pytest.approx(net, rel=0.5)


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize("n_inputs", [1, 2, 3])
@pytest.mark.parametrize("size", [0.1, 1.0, 30.0])
def test_few_instances_do_not_tell(estimator, n_inputs, size):
    inputs = np.random.RandomState(0).normal(size=(49, n_inputs))
    inputs -= inputs.mean(axis=0)
    inputs *= size / np.sqrt((inputs**2).mean())
    network = estimator(50).initialize(np.repeat(inputs, 3, axis=0), np.repeat(inputs[:, 0] > 0, 3))
    scale = min(1.0, size)  # inputs that are small count as if they were of the usual size
    norm = max(n_inputs, (inputs**2).sum(axis=1).mean() / scale**2)
    few = 0.5 if estimator is BackpropClassifier else 0.8
    net, size = {1: (4.0, norm), 2: (2.5, norm)}.get(n_inputs, (2.0, 3 if norm < 4 * 3 else norm))
    assert network.init_range_[0] == pytest.approx(net * math.sqrt(3 / (1 + size)) / scale, rel=1e-3)
    for usual in (estimator(()), *((estimator(9),) if n_inputs == 3 else ())):  # few units bend where chance has it
        usual.initialize(inputs, inputs[:, 0] > 0)
        times = scale if usual.n_layers_ > 2 else 1
        assert times * usual.init_range_[0] == pytest.approx(min(1.0, few * math.sqrt(3 / (1 + norm))), rel=1e-3)


def test_few_instances_that_are_mostly_zero_begin_with_small_weights():
    """Large ones would remain as noise, as most words are rare."""
    inputs = sparse.random(40, 300, 0.05, format="csr", random_state=0)
    y = np.arange(40) % 2
    ranges = [BackpropClassifier().initialize(each, y).init_range_[0] for each in (inputs, inputs.toarray())]
    assert ranges == pytest.approx([0.5 * math.sqrt(3 / 301)] * 2)
    scale = inputs.toarray().std(axis=0)  # of inputs that are not zero, their distances from the mean decide
    found = BackpropClassifier().initialize(inputs.toarray() + 0.1, y).init_range_[0]
    assert found == pytest.approx(2.0 * math.sqrt(3 / 301) / np.sqrt((scale**2).mean()), rel=1e-3)


def test_whether_inputs_are_mostly_zero_is_not_asked_of_the_largest_instances_only():
    """A tenth of these are dense, and lie farther out in any direction than the others."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(900, 200))
    X[90:] *= random_state.uniform(size=(810, 200)) < 0.05
    y = X[:, :20].sum(axis=1) > 0
    for inputs in (X, -X):
        assert BackpropClassifier().initialize(inputs, y).init_range_[0] < 0.15  # 0.06 where they are, 0.5 where not


@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_what_many_units_tell_is_nothing_for_few(estimator):
    bounds = [estimator(n_units).initialize(LINE, LINE[:, 0] ** 2 > 1).init_range_[0] for n_units in (9, 10)]
    assert bounds[0] == pytest.approx(4 * math.sqrt(3 / (1 + max(1, (LINE**2).mean()))))
    assert bounds[1] != bounds[0]


@pytest.mark.parametrize("y", [np.zeros(300), np.full(300, 1e-320), NOISE], ids=["alike", "denormal", "noise"])
def test_targets_that_are_alike_or_noise_tell_nothing(y):
    assert net_of(BackpropRegressor(), CLOUD, y) == pytest.approx(0.8, rel=0.01)


def test_weights_that_leave_few_instances_tell_nothing():
    weights = np.full(300, 1e-9)
    weights[:30] = 1
    assert net_of(BackpropRegressor(), LINE, np.sin(8 * LINE[:, 0]), sample_weight=weights) == pytest.approx(4, rel=0.2)


@pytest.mark.parametrize("n_light", [0, 20])
def test_heavy_instances_leave_the_others_their_say(n_light):
    """One weighs as much as 800 others, and so all are worth two; some may weigh next to nothing."""
    y = np.sin(8 * LINE[:, 0])
    weights = np.ones(300)
    weights[0], weights[280 : 280 + n_light] = 800, 1e-9
    assert net_of(BackpropRegressor(), LINE, y, sample_weight=weights) == pytest.approx(16, rel=0.2)
    noisy = BackpropRegressor().partial_fit(WIDE, WIDE[:, 0] + 2 * NOISE, sample_weight=weights)
    assert noisy.alpha_ > 0.1
    times = np.where(np.arange(300) % 2, 2, 1)
    repeated = BackpropRegressor().partial_fit(
        WIDE.repeat(times, axis=0), (WIDE[:, 0] + 2 * NOISE).repeat(times), sample_weight=weights.repeat(times)
    )
    counted = BackpropRegressor().partial_fit(WIDE, WIDE[:, 0] + 2 * NOISE, sample_weight=times * weights)
    assert repeated._penalty_ == pytest.approx(counted._penalty_, rel=1e-3)


@pytest.mark.parametrize(("distance", "scale"), [(1e-9, 0.005), (0.01, 0.01), (1.0, 1.0)])
def test_inputs_that_hardly_differ_take_the_usual_range(distance, scale):
    """Beside the biases, by which units of large weights would differ, and beside rounding."""
    X = 5 + distance * CLOUD
    network = BackpropClassifier().initialize(X, CLOUD[:, 0] * CLOUD[:, 1] > 0)
    bound = scale * network.init_range_[0] * math.sqrt((max(4, X.var(axis=0).sum() / scale**2) + 1) / 3)
    assert (bound == pytest.approx(0.5, rel=0.01)) == (distance == 1e-9)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_array])
def test_units_begin_to_bend_among_the_instances_wherever_these_lie(activation, as_given):
    """As those of the same instances about zero do, with the same targets: only their biases are others."""
    targets, far = CLOUD[:, 0] * CLOUD[:, 1] > 0, np.array([750.0, -3, 20, 0])
    centred = BackpropClassifier(activation=activation, random_state=0).initialize(CLOUD - CLOUD.mean(axis=0), targets)
    moved = BackpropClassifier(activation=activation, random_state=0).initialize(as_given(CLOUD + far), targets)
    assert moved.init_range_ == pytest.approx(centred.init_range_, rel=1e-6)
    assert moved.coefs_[0] == pytest.approx(centred.coefs_[0], rel=1e-6)
    means = (CLOUD + far).mean(axis=0)
    assert moved.intercepts_[0] + means @ moved.coefs_[0] == pytest.approx(centred.intercepts_[0], abs=1e-9)
    assert moved.intercepts_[1] == pytest.approx(centred.intercepts_[1])


@pytest.mark.parametrize("wrong", [1e3, 1e8])
def test_a_wrong_number_does_not_draw_the_centre_to_it(wrong):
    X = CLOUD + 5
    X[0, 0] = wrong
    network = BackpropClassifier(random_state=0).initialize(X, CLOUD[:, 1] > 0)
    nets = X[1:] @ network.coefs_[0] + network.intercepts_[0]
    assert np.abs(nets.mean(axis=0)).max() < 2 * network.init_range_[0]


def test_small_inputs_begin_as_standardised_ones_do():
    """So do their hidden outputs; from inputs that are mostly zero, as words of texts, small weights are drawn."""
    targets, centred = CLOUD[:, 0] > 0, (CLOUD - CLOUD.mean(axis=0)) / np.sqrt((CLOUD**2).mean())
    usual = BackpropClassifier(random_state=0).initialize(centred, targets)
    small = BackpropClassifier(random_state=0).initialize(0.01 * centred + 0.3, targets)
    assert small.activations(0.01 * centred + 0.3)[0] == pytest.approx(usual.activations(centred)[0], abs=0.02)
    rare = 0.01 * centred * (np.arange(4) == 0)
    assert BackpropClassifier(random_state=0).initialize(rare, targets).init_range_[0] < 0.1 * small.init_range_[0]


@pytest.mark.parametrize("init_range", [0.5, "glorot"])
def test_weights_of_a_range_that_was_given_are_not_centred(init_range):
    network = BackpropClassifier(init_range=init_range, random_state=0).initialize(CLOUD + 5, CLOUD[:, 0] > 0)
    assert np.abs(network.intercepts_[0]).max() <= network.init_range_[0]


def test_biases_of_weights_that_were_given_are_not_centred():
    network = BackpropClassifier(10, learning_rate_init=1e-12, random_state=0)
    weights = [np.zeros((4, 10)), np.zeros((10, 1))]
    network.partial_fit(CLOUD + 5, CLOUD[:, 0] > 0, classes=[False, True], coefs_init=weights)
    assert np.abs(network.intercepts_[0]).max() <= network.init_range_[0]


@pytest.mark.parametrize("n_instances", [1500, 60_000])
def test_the_order_the_scale_of_weights_and_copies_instead_of_weights_change_nothing(n_instances):
    random_state = np.random.RandomState(2)
    X, y = make_gaussian_quantiles(n_samples=n_instances, n_features=5, random_state=1)
    counts, order = random_state.randint(1, 4, size=n_instances), random_state.permutation(n_instances)

    def errors(*data, **arguments):
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(leave_one_out, "_known", {})
            true = leave_one_out._error_of_leaving_one_out
            patch.setattr(
                leave_one_out, "_error_of_leaving_one_out", lambda *each: seen.append(true(*each)) or seen[-1]
            )
            BackpropClassifier().partial_fit(*data, classes=[0, 1, 2], **arguments)
        assert len(seen) == 8
        return np.array(seen)

    # The size of the net inputs is a mean, whose last bits depend on the order.
    expected = errors(X, y, sample_weight=counts)
    np.testing.assert_allclose(errors(X, y, sample_weight=7.5 * counts), expected, rtol=1e-9)
    np.testing.assert_allclose(errors(np.repeat(X, counts, axis=0), np.repeat(y, counts)), expected, rtol=1e-9)
    np.testing.assert_allclose(errors(X[order], y[order], sample_weight=counts[order]), expected, rtol=1e-9)
    assert abs(errors(X, y) / expected - 1).max() > 1e-3


@pytest.mark.parametrize("n_inputs", [14, 20])
def test_copies_are_no_more_instances_for_each_input(n_inputs):
    X = np.random.RandomState(n_inputs).normal(size=(300, n_inputs))
    y = X[:, :3].sum(axis=1) + 2 * NOISE
    once, twice = net_of(BackpropRegressor(), X, y), net_of(BackpropRegressor(), np.tile(X, (2, 1)), np.tile(y, 2))
    assert once == pytest.approx(twice)
    assert (once < 0.8) == (n_inputs == 14)


@pytest.mark.parametrize("n_inputs", [400, 2000])
def test_the_number_of_different_inputs_is_about_known(n_inputs):
    """Of 20 000 rows, three times."""
    X = np.random.RandomState(0).normal(size=(20_000, n_inputs // 400))
    network = BackpropRegressor().initialize(X[:2], X[:2, 0])
    training_set = network._make_set(np.tile(X, (3, 1)), np.tile(X[:, 0], 3)[:, None], None)
    found = different_instances(training_set, float(np.square(X).sum(axis=1).mean()))
    assert len(found.keys) == 1000
    assert found.n_different() == pytest.approx(20_000, rel=0.1)
    np.testing.assert_array_equal(found.weights, 3)


def unexplained(network, X, targets, weights=None):
    relative = None if weights is None else weights / weights.mean()
    training_set = network._make_set(X, targets, relative)
    return part_unexplained(training_set, different_instances(training_set, 1.0))


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("is_of_classes", [False, True])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_what_no_function_of_the_inputs_explains_is_the_variance_within_equal_rows(
    n_outputs, is_of_classes, is_weighted
):
    random_state = np.random.RandomState(0)
    groups = random_state.randint(8, size=400)
    X, weights = np.eye(8)[groups], random_state.uniform(0.5, 2, size=400) if is_weighted else None
    y = groups[:, None] % (2, 3, 4)[:n_outputs] + random_state.randint(2, size=(400, n_outputs))
    y = y[:, 0] if is_of_classes or n_outputs == 1 else y
    network = BackpropClassifier() if is_of_classes else BackpropRegressor(normalize_y=False)
    network.initialize(X, y)
    targets = (y[:, None] == np.unique(y)).astype(float) if is_of_classes else y.reshape(400, -1).astype(float)
    means = LinearRegression().fit(X, targets, weights).predict(X)
    variances = np.average((targets - np.average(targets, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
    within = np.average((targets - means) ** 2, axis=0, weights=weights).sum() / variances.sum()
    codes = np.unique(y, return_inverse=True)[1] if is_of_classes else targets
    fitted = 0 if is_weighted else 8  # weights may stand for any number of instances
    assert unexplained(network, X, codes, weights) == pytest.approx(within * 400 / (400 - fitted))


@pytest.mark.parametrize("mean", [0.0, 1e6, 1e9])
def test_what_equal_rows_explain_does_not_hang_on_where_the_targets_lie(mean):
    X = np.repeat(np.arange(10.0), 60)[:, None]
    network = BackpropRegressor(normalize_y=False).initialize(X, mean + X[:, 0])
    assert unexplained(network, X, mean + X) == pytest.approx(0, abs=1e-12)
    weights = np.ones(600)
    weights[:60] = 1e-300  # which float32 does not hold
    single = BackpropRegressor(normalize_y=False).initialize(X.astype(np.float32), X[:, 0])
    noise = np.random.RandomState(0).normal(size=(600, 1))
    assert 0.8 < unexplained(single, X.astype(np.float32), noise, weights) < 1.2


def test_weights_that_count_equal_rows_leave_what_these_leave():
    """Of four places with two classes each: rows with counts, and one for each instance."""
    random_state = np.random.RandomState(0)
    bits = random_state.randint(2, size=(4000, 2))
    y = (bits.sum(axis=1) % 2) ^ (random_state.uniform(size=4000) < 0.2)
    rows, counts = np.unique(np.column_stack([bits, y]), axis=0, return_counts=True)
    network = BackpropClassifier().initialize(bits, y)
    all_rows = unexplained(network, bits.astype(float), y)
    assert all_rows == pytest.approx(1 - 0.6**2, abs=0.05)
    counted = unexplained(network, rows[:, :2].astype(float), rows[:, 2], counts.astype(float))
    assert counted == pytest.approx(all_rows, rel=0.01)


@pytest.mark.parametrize("n_inputs", [1, 2])
def test_neighbours_tell_what_one_or_two_inputs_leave_unexplained(n_inputs):
    random_state = np.random.RandomState(0)
    X = random_state.uniform(size=(1000, n_inputs))
    network = BackpropRegressor(normalize_y=False).initialize(X, X[:, 0])
    wave, noise = np.sin(20 * X[:, :1]), random_state.normal(size=(1000, 1))
    assert unexplained(network, X, wave) < 0.1
    assert unexplained(network, X, noise) == pytest.approx(1, abs=0.15)
    both = wave + noise
    assert unexplained(network, X, both) == pytest.approx(1 / both.var(), abs=0.15)


def test_what_more_inputs_leave_unexplained_is_not_known_nor_that_of_cells_which_differ_from_their_neighbours():
    X = np.random.RandomState(0).normal(size=(1000, 3))
    assert np.isnan(unexplained(BackpropRegressor().initialize(X, X[:, 0]), X, X[:, :1]))
    line = np.arange(600.0)[:, None]
    assert np.isnan(unexplained(BackpropRegressor().initialize(line, line[:, 0]), line, line % 2))


@pytest.mark.parametrize("factor", [1e-300, 1e-160, 1e-42, 1e-30])
def test_inputs_of_next_to_nothing_are_as_different(factor):
    """Below what float32 holds they were all one, of which nothing is left to count by."""
    X = factor * np.random.RandomState(0).normal(size=(4000, 3))
    network = BackpropRegressor().initialize(X[:2], [0.0, 1.0])
    found = different_instances(network._make_set(X, np.ones((4000, 1)), None), 1.0)
    assert len(set(found.marks.tolist())) == 1000
    assert found.n_different() == pytest.approx(4000, rel=0.1)


def test_features_most_of_which_are_next_to_nothing_are_learned_from():
    corners = np.random.RandomState(0).uniform(size=(4000, 3))
    X = rbf_kernel(corners, corners[:10], gamma=1000)
    network = BackpropClassifier(random_state=0).initialize(X, corners[:, 0] > 0.5)
    assert np.isfinite(network.alpha_)


def words(n_rows):
    """Texts of two kinds, of twenty words out of two thousand; a hundred words are more frequent in one of the kinds."""
    random_state = np.random.RandomState(0)
    kind = np.arange(n_rows) % 2
    often = np.ones((2, 2000))
    often[0, :50] = often[1, 50:100] = 6
    rows = [random_state.choice(2000, 20, replace=False, p=often[each] / often[each].sum()) for each in kind]
    X = np.zeros((n_rows, 2000))
    np.put_along_axis(X, np.array(rows), 1 / math.sqrt(20), axis=1)
    return X, kind


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_weights_of_rare_words_do_not_begin_as_noise(container, monkeypatch):
    """Larger ones tell a little more of what is there, and no more of what comes."""
    X, kind = words(800)
    tried = []
    monkeypatch.setattr(leave_one_out._Regressions, "look", lambda self, nets: tried.extend(nets) or NOTHING)
    BackpropClassifier().initialize(container(X), kind)
    bound = math.sqrt(3 / 2001)
    assert 0.1 < max(tried) * bound <= 0.25
    tried.clear()
    BackpropClassifier().initialize(container(X[:, :150]), kind)  # of which there are enough
    assert max(tried) == 32


@pytest.mark.parametrize(("name", "value"), [("indices", 7), ("indices", -1), ("indptr", 10**6), ("indptr", -1)])
def test_rows_that_were_changed_meanwhile_are_refused(name, value):
    inputs = sparse.csr_array(np.eye(6))
    np.testing.assert_array_equal(engines.gather_rows(inputs, np.array([4, 1])).toarray(), np.eye(6)[[4, 1]])
    getattr(inputs, name)[3] = value
    with pytest.raises(ValueError, match="it was changed while it was read"):
        engines.gather_rows(inputs, np.arange(6))


@pytest.mark.parametrize(("n_rows", "n_columns", "density"), [(400, 6, 0.6), (30_000, 6, 0.6), (150, 300, 0.02)])
def test_sparse_inputs_begin_as_dense_ones(n_rows, n_columns, density):
    """Columns that are empty in what is looked at, and zeros that are stored, too."""
    random_state = np.random.RandomState(3)
    X = sparse.random_array((n_rows, n_columns), density=density, format="csr", rng=random_state)
    X.data[::50] = 0.0
    y = np.asarray(X[:, : n_columns // 3].sum(axis=1)).ravel() > 0.3
    for dtype in (np.float64, np.float32):
        of_dense, of_sparse = (BackpropClassifier().initialize(each.astype(dtype), y) for each in (X.toarray(), X))
        assert of_sparse.init_range_ == pytest.approx(of_dense.init_range_)


def test_outliers_and_largest_numbers_leave_a_finite_range():
    X = CLOUD.copy()
    X[0, 0] = 1e8
    for inputs in (X, 1e150 * X, 1e-150 * X, np.float32(1e30) * X.astype(np.float32)):
        assert 0 < BackpropClassifier().initialize(inputs, CLOUD[:, 0] > 0).init_range_[0] < 1000


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_units_that_have_no_bend_take_other_bounds(activation):
    y = np.sin(8 * LINE[:, 0])
    network = BackpropRegressor(activation=activation, init_range="glorot").initialize(LINE, y)
    assert BackpropRegressor(activation=activation).initialize(LINE, y).init_range_ == network.init_range_


def test_all_restarts_begin_in_one_range(monkeypatch):
    """Which is found once."""
    true, seen = leave_one_out.tell, []
    monkeypatch.setattr(starts, "tell", lambda *each, **more: seen.append(0) or true(*each, **more))
    several = BackpropRegressor(20, n_init=3, max_iter=2, random_state=0).fit(LINE, np.sin(4 * LINE[:, 0]))
    assert len(seen) == 1
    assert len(several.restarts_) == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()], ids=["standardised", "from 0 to 1"])
def test_curves_shapes_and_rules_are_learned_without_tuning(scaler):
    """Two periods of a sine, a chessboard, exclusive or of two among ten inputs, and rings in five dimensions."""
    random_state = np.random.RandomState(0)
    line = random_state.uniform(-1.7, 1.7, size=(400, 1))
    squares = random_state.uniform(size=(900, 2))
    many = random_state.normal(size=(1200, 10))
    rings = make_gaussian_quantiles(n_samples=1200, n_features=5, n_classes=2, random_state=0)
    chessboard = squares, (3 * squares).astype(int).sum(axis=1) % 2
    exclusive = many, (many[:, 0] > 0) ^ (many[:, 1] > 0)
    for X, y in (chessboard, exclusive, rings):
        X = scaler.fit_transform(X)
        assert BackpropClassifier(random_state=0).fit(X[:600], y[:600]).score(X[600:], y[600:]) > 0.8
    X, y = scaler.fit_transform(line), np.sin(4 * line[:, 0])
    assert BackpropRegressor(max_iter=900, random_state=0).fit(X, y).score(X, y) > 0.85


def test_what_was_worked_out_is_not_worked_out_again(monkeypatch):
    """The same instances, as of each candidate of a search; not with other targets."""
    true, seen = leave_one_out._error_of_leaving_one_out, []
    monkeypatch.setattr(leave_one_out, "_known", {})
    monkeypatch.setattr(leave_one_out, "_error_of_leaving_one_out", lambda *each: seen.append(0) or true(*each))
    y = CLOUD[:, 0] * CLOUD[:, 1]
    first = BackpropRegressor(60).initialize(CLOUD, y).init_range_
    assert BackpropRegressor(50, batch_size=8).initialize(CLOUD, y).init_range_ == first
    assert len(seen) == 8
    BackpropRegressor().initialize(CLOUD, -y + CLOUD[:, 2])
    assert len(seen) == 16
    for number in range(100):
        BackpropRegressor().initialize(CLOUD, y + number * CLOUD[:, 2])
    assert len(leave_one_out._known) <= leave_one_out._N_KNOWN


def test_what_inputs_of_another_scale_told_is_not_taken(monkeypatch):
    """Halves have the same digits."""
    known, y = {}, CLOUD[:, 0] * CLOUD[:, 1]
    monkeypatch.setattr(leave_one_out, "_known", known)
    for number, scale in enumerate([0.5, 0.25, 0.125], start=1):
        BackpropRegressor().initialize(scale * CLOUD, y)
        assert len(known) == number


@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_array])
def test_neither_the_order_nor_copies_change_where_instances_lie(as_given):
    """Half of these inputs are zero, and all of the first hundred instances have more of them than the others."""
    X = 0.1 * np.abs(np.random.RandomState(0).normal(size=(400, 4))) + 0.3
    X[:150, 1:] = 0.0
    X[150:, 3] = 0.0
    y, order = X[:, 0] > 0.38, np.random.RandomState(1).permutation(400)
    times = 1 + np.arange(400) % 3
    network = BackpropClassifier(20, batch_size="epoch", learning_rate_init=1e-12, alpha=0, max_iter=1, random_state=0)
    first, *others = (
        clone(network).partial_fit(as_given(inputs), labels, classes=[False, True], sample_weight=weights)
        for inputs, labels, weights in (
            (X, y, times),
            (X[order], y[order], times[order]),
            (X.repeat(times, axis=0), y.repeat(times), None),
        )
    )
    for other in others:
        assert other.init_range_ == pytest.approx(first.init_range_, rel=1e-6)
        assert other.intercepts_[0] == pytest.approx(first.intercepts_[0], rel=1e-6)
