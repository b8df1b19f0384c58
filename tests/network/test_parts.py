"""Heavy instances in parts."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skbackprop import BackpropClassifier, BackpropRegressor, apply_gradient, gradient
from skbackprop._estimators import base
from skbackprop._estimators.diagnosis import Training
from skbackprop._network.automatic.parts import in_parts
from skbackprop._network.parameters import CODE, TrainingSet

X = np.arange(400.0).reshape(200, 2)


def make_set(weights, codes=None, inputs=X):
    weights = np.asarray(weights, dtype=inputs.dtype)
    n_instances, mean = len(weights), weights.mean()
    targets = np.eye(3) if codes is not None else np.arange(n_instances)[:, None] * 1.0
    codes = None if codes is None else np.asarray(codes, CODE)
    return TrainingSet(inputs, targets, codes, weights / mean, float(mean), None, None)


def weights_of_rows(parts, inputs=X):
    """The weight that each row has in the parts, in all, as it was given."""
    dense = parts.inputs.toarray() if hasattr(parts.inputs, "toarray") else parts.inputs
    rows = (dense[:, 0] / 2).astype(int)
    return np.bincount(rows, parts.weights * parts.mean_weight, minlength=len(inputs)), rows


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(("batch_size", "largest"), [(1, 4), (16, 4), (32, 8)])
def test_parts_of_an_instance_weigh_what_it_does_and_none_is_heavy(batch_size, largest, is_sparse, dtype):
    weights = np.r_[np.ones(198), 30, 200].astype(dtype)
    inputs = csr_array(X.astype(dtype)) if is_sparse else X.astype(dtype)
    given = make_set(weights, inputs=inputs)
    parts = in_parts(given, batch_size)
    sums, rows = weights_of_rows(parts)
    np.testing.assert_allclose(sums, weights, rtol=1e-6)
    assert parts.weights.dtype == dtype
    assert parts.weights.mean() == pytest.approx(1, rel=1e-6)
    assert (parts.weights * parts.mean_weight / given.mean_weight).max() <= largest * (1 + 1e-6)
    assert len(rows) <= 200 * (1 + 1 / largest)
    np.testing.assert_array_equal(parts.targets[:, 0], rows)
    smaller = np.bincount(rows) - 1
    assert (smaller[:198] == 0).all()
    assert 0 < smaller[198] < smaller[199]


def test_parts_are_spread_evenly():
    _, rows = weights_of_rows(in_parts(make_set(np.r_[np.ones(199), 24]), 1))
    places = np.flatnonzero(rows == 199)
    assert len(places) == 6
    assert np.diff(places).min() >= 30
    assert list(rows[rows != 199]) == list(range(199))


def test_the_common_scale_of_weights_makes_no_other_parts():
    weights = 1 + np.random.RandomState(0).pareto(1, size=200)
    weights[:10] = 8 * weights.mean()
    first = in_parts(make_set(weights), 1)
    for times in (3.0, 0.1, 1e-9, 1e9):
        other = in_parts(make_set(times * weights), 1)
        np.testing.assert_array_equal(other.inputs, first.inputs)
        np.testing.assert_allclose(other.weights, first.weights)


def test_what_is_not_heavy_stays_as_it_is():
    for weights in (np.ones(200), np.r_[np.ones(150), [4] * 50], np.linspace(0.1, 4, 200)):
        given = make_set(weights)
        assert in_parts(given, 32) is given
    equal = make_set(np.ones(200))._replace(weights=None)
    assert in_parts(equal, 1) is equal


def test_a_rare_class_may_weigh_more_but_not_one_instance_of_it():
    codes = np.r_[np.zeros(198), 1, 1].astype(int)
    balanced = make_set(np.r_[np.ones(198), 900, 900], codes)
    assert in_parts(balanced, 1) is balanced
    parts = in_parts(make_set(np.r_[np.ones(197), 90, 900, 900], codes), 1)
    sums, rows = weights_of_rows(parts)
    np.testing.assert_allclose(sums, np.r_[np.ones(197), 90, 900, 900])
    np.testing.assert_array_equal(parts.codes, codes[rows])
    assert np.bincount(rows).argmax() == 197


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(
    ("parameters", "is_in_parts"),
    [
        ({}, True),
        ({"solver": "adam"}, True),
        ({"learning_rate_init": 0.1}, False),
        ({"batch_size": "epoch"}, False),
        ({"solver": "rprop"}, False),
        ({"augment": lambda inputs, random_state: inputs + 0}, False),
    ],
)
def test_automatic_rates_of_several_batches_take_parts(estimator, parameters, is_in_parts):
    inputs = np.random.RandomState(0).normal(size=(100, 3))
    weights = np.where(np.arange(100), 1.0, 100.0)
    network = estimator(5, max_iter=2, random_state=0, **parameters)
    targets = inputs[:, 0] > 0
    network.fit(inputs, targets, sample_weight=weights)
    assert (network.t_ > 200) is is_in_parts


def test_epochs_in_parts_are_those_of_a_fit():
    inputs = np.random.RandomState(0).normal(size=(100, 3))
    weights = np.where(np.arange(100), 1.0, 100.0)
    whole = BackpropRegressor(5, max_iter=3, random_state=0).fit(inputs, inputs[:, 0], sample_weight=weights)
    stream = BackpropRegressor(5, random_state=0)
    for _ in range(3):
        stream.partial_fit(inputs, inputs[:, 0], sample_weight=weights)
    for mine, theirs in zip(whole.coefs_, stream.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_other_instances_tell_is_not_told_by_parts_of_the_same():
    """Of noise neither a linear nor a smooth function tells anything; of a part of an instance others would."""
    random_state = np.random.RandomState(0)
    inputs, targets = random_state.randn(300, 6), random_state.randn(300)
    weights = np.where(random_state.rand(300) < 0.1, 50.0, 1.0)
    network = BackpropRegressor(20, batch_size=8, random_state=0).partial_fit(inputs, targets, sample_weight=weights)
    data = network._check_data(inputs, targets, base.Given(weights))
    state, plan = network._resume(), None
    assert len(data.training_set.inputs) > 320
    training = Training(network, state, data.training_set, plan, None)
    assert len(training.training_set.inputs) == 300
    constant = np.average((targets - np.average(targets, weights=weights)) ** 2, weights=weights)
    scale = network.y_scale_[0] ** 2
    for costs in (training.smooth_costs, training.linear_costs):
        assert 2 * scale * costs[0] / len(training.few.inputs) > 0.95 * constant


def test_a_gradient_is_of_all_instances_at_once():
    inputs = np.random.RandomState(0).normal(size=(300, 3))
    weights = np.where(np.arange(300) % 50, 1.0, 500.0)
    network = BackpropRegressor(5, batch_size=8, random_state=0).initialize(inputs, inputs[:, 0])
    for _ in range(2):
        apply_gradient(network, gradient(network, inputs, inputs[:, 0], weights))
    assert network.t_ == 600
