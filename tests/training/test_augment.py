"""Augmented inputs: each epoch sees the inputs that the user's function makes for it."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification

from skbackprop import BackpropClassifier, BackpropRegressor

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(60, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T = X[:, 0] - X[:, 1]


@pytest.fixture(params=["classifier", "regressor"])
def case(request):
    """An estimator and its targets."""
    estimator_class, y = (BackpropClassifier, Y) if request.param == "classifier" else (BackpropRegressor, T)
    return estimator_class(5, max_iter=6, batch_size=8, random_state=0, update_tol=0), y


def vector_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


class Recorder:
    """An augmentation that notes what it is given, and returns what it is told to."""

    def __init__(self, make=lambda X, random_state: X):
        self.make = make
        self.inputs, self.random_states = [], []

    def __call__(self, X, random_state):
        self.inputs.append(X)
        self.random_states.append(random_state)
        return self.make(X, random_state)


def noisy(X, random_state):
    return X + 0.5 * random_state.normal(size=X.shape)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_the_function_is_called_once_an_epoch_with_the_inputs_and_a_random_state(case, solver):
    network, y = case
    recorder = Recorder()
    network.set_params(augment=recorder, solver=solver).fit(X, y)
    assert len(recorder.inputs) == network.n_iter_ == 6
    for inputs, random_state in zip(recorder.inputs, recorder.random_states, strict=True):
        np.testing.assert_array_equal(inputs, X)
        assert isinstance(random_state, np.random.RandomState)


def test_partial_fit_calls_the_function_once(case):
    network, y = case
    recorder = Recorder()
    first = {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}
    network.set_params(augment=recorder).partial_fit(X, y, **first)
    assert len(recorder.inputs) == 1


def test_predictions_are_not_augmented(case):
    network, y = case
    recorder = Recorder()
    network.set_params(augment=recorder).fit(X, y)
    network.predict(X)
    network.score(X, y)
    assert len(recorder.inputs) == 6


def test_validation_data_are_not_augmented(case):
    network, y = case
    recorder = Recorder(lambda X, random_state: X * 0)
    network.set_params(augment=recorder, restore_best=False).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    assert [len(inputs) for inputs in recorder.inputs] == [40] * network.n_iter_
    assert network.validation_scores_[-1] == pytest.approx(network.score(X[40:], y[40:]))


def test_what_is_held_back_is_not_augmented(case):
    network, y = case
    recorder = Recorder()
    network.set_params(augment=recorder, early_stopping=True).fit(X, y)
    assert [inputs.shape for inputs in recorder.inputs] == [(54, 4)] * network.n_iter_


def test_instances_of_weight_zero_are_not_augmented(case):
    network, y = case
    recorder = Recorder()
    network.set_params(augment=recorder).fit(X, y, np.arange(60) % 2)
    np.testing.assert_array_equal(recorder.inputs[0], X[1::2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_users_array_cannot_be_changed_by_the_function(case, dtype):
    """Contiguous inputs are never copied, so the function gets them as they are, but read-only."""
    network, y = case
    mine = X.astype(dtype)

    def greedy(X, random_state):
        X += 1
        return X

    with pytest.raises(ValueError, match=r"^augment wrote to its X, .*X\.copy\(\).*read-only"):
        network.set_params(augment=greedy).fit(mine, y)
    assert not hasattr(network, "coefs_")
    network.set_params(augment=noisy).fit(mine, y)
    np.testing.assert_array_equal(mine, X.astype(dtype))
    assert mine.flags.writeable
    assert network.coefs_[0].dtype == dtype


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_each_epoch_presents_what_the_function_returns(case, solver, shuffle):
    """Inputs that stay the same are those of a fit with them; other ones make another network."""
    network, y = case
    # What is automatic follows X as it was passed.
    network.set_params(solver=solver, shuffle=shuffle, init_range=0.5, alpha=0)
    plain = clone(network).fit(X * 0.5 + 1, y)
    same = clone(network).set_params(augment=lambda X, random_state: X * 0.5 + 1).fit(X, y)
    if not shuffle or solver == "rprop":  # the orders of an augmented training are drawn one at a time
        np.testing.assert_array_equal(vector_of(plain), vector_of(same))
        assert plain.loss_curve_ == same.loss_curve_
    different = clone(network).set_params(augment=noisy).fit(X, y)
    assert not np.allclose(vector_of(different), vector_of(clone(network).fit(X, y)))


@pytest.mark.usefixtures("engine")
def test_each_epoch_is_a_fit_with_its_own_inputs(case):
    """Epoch after epoch, with the noise that the function drew: written out by partial_fit."""
    network, y = case
    network.set_params(shuffle=False, momentum=0.5)
    seen = []

    def keep(X, random_state):
        seen.append(noisy(X, random_state))
        return seen[-1]

    augmented = clone(network).set_params(augment=keep).fit(X, y)
    first = {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}
    start = clone(network).initialize(X, y, **first)
    start.set_params(
        alpha=augmented.alpha_
    )  # that of X: inputs that come later share the automatic one with those before
    for inputs in seen:
        start.partial_fit(inputs, y)
    np.testing.assert_array_equal(vector_of(augmented), vector_of(start))
    assert len({inputs.tobytes() for inputs in seen}) == 6


def test_the_same_seed_makes_the_same_network(case):
    network, y = case
    network.set_params(augment=noisy)
    one, two = clone(network).fit(X, y), clone(network).fit(X, y)
    np.testing.assert_array_equal(vector_of(one), vector_of(two))
    three = clone(network).set_params(random_state=1).fit(X, y)
    assert not np.allclose(vector_of(one), vector_of(three))


def test_a_random_state_of_the_users_is_drawn_from(case):
    network, y = case
    stream = np.random.RandomState(0)
    recorder = Recorder(noisy)
    network.set_params(augment=recorder, random_state=stream).fit(X, y)
    assert len(recorder.random_states) == network.n_iter_
    assert all(random_state is stream for random_state in recorder.random_states)
    after = stream.uniform()
    stream.set_state(np.random.RandomState(0).get_state())
    network.fit(X, y)
    assert stream.uniform() == after


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda X, random_state: X[:-1], r"^augment returned shape \(59, 4\).*\(60, 4\)"),
        (lambda X, random_state: X[:, :2], r"^augment returned shape \(60, 2\).*\(60, 4\)"),
        (lambda X, random_state: None, r"^augment returned None, but must return a dense array"),
        (lambda X, random_state: csr_array(X), r"^augment returned a sparse matrix"),
        (lambda X, random_state: X + 1j, r"^augment returned no array of real numbers: they are complex"),
        (lambda X, random_state: [[1.0], [2.0, 3.0]], r"^augment returned no array of real numbers"),
        (lambda X, random_state: np.full(X.shape, "pixel"), r"^augment returned"),
        (lambda X, random_state: X * np.nan, r"^augment returned NaN or infinity"),
        (lambda X, random_state: X + np.inf, r"^augment returned NaN or infinity"),
    ],
    ids=["rows", "columns", "nothing", "sparse", "complex", "ragged", "text", "nan", "inf"],
)
def test_what_will_not_do_is_refused_by_name(case, make, match):
    network, y = case
    fitted = clone(network).fit(X, y)
    before = vector_of(fitted)
    calls = []

    def later(X, random_state):
        calls.append(1)
        return make(X, random_state) if len(calls) == 3 else X

    for estimator in (network, fitted):
        calls.clear()
        with pytest.raises(ValueError, match=match):
            estimator.set_params(augment=later).fit(X, y)
        assert len(calls) == 3
    assert not [name for name in vars(network) if name.endswith("_")]
    np.testing.assert_array_equal(vector_of(fitted), before)


@pytest.mark.parametrize(
    "make",
    [
        lambda X, random_state: X.tolist(),
        lambda X, random_state: np.asfortranarray(X),
        lambda X, random_state: X[::-1][::-1],
        lambda X, random_state: X.astype(np.float128 if hasattr(np, "float128") else float),
    ],
    ids=["list", "fortran", "view", "longdouble"],
)
def test_arrays_of_any_layout_are_taken(case, make):
    network, y = case
    plain = clone(network).set_params(augment=lambda X, random_state: X).fit(X, y)
    np.testing.assert_array_equal(vector_of(network.set_params(augment=make).fit(X, y)), vector_of(plain))


def test_numbers_too_large_for_the_network_are_refused(case):
    network, y = case
    with pytest.raises(ValueError, match=r"^augment returned"):
        network.set_params(augment=lambda X, random_state: X.astype(float) * 1e300).fit(X.astype(np.float32), y)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_sparse_inputs_are_refused_by_name(case, method):
    network, y = case
    first = {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) and method == "partial_fit" else {}
    with pytest.raises(ValueError, match=r"^augment takes dense inputs"):
        getattr(network.set_params(augment=noisy), method)(csr_array(X), y, **first)
    assert not [name for name in vars(network) if name.endswith("_")]


def test_an_error_of_the_users_function_comes_through_and_leaves_no_trace(case):
    network, y = case

    def broken(X, random_state):
        random_state.uniform()
        raise RuntimeError("the camera is off")

    stream = np.random.RandomState(0)
    with pytest.raises(RuntimeError, match="the camera is off"):
        network.set_params(augment=broken, random_state=stream).fit(X, y)
    assert not [name for name in vars(network) if name.endswith("_")]
    assert stream.uniform() == np.random.RandomState(0).uniform()


def test_ctrl_c_in_the_function_keeps_the_whole_epochs_and_their_random_state(case):
    network, y = case
    whole = clone(network).set_params(augment=noisy, max_iter=3).fit(X, y)
    calls = []

    def interrupted(X, random_state):
        calls.append(1)
        X = noisy(X, random_state)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return X

    network.set_params(augment=interrupted)
    with pytest.raises(KeyboardInterrupt):
        network.fit(X, y)
    assert (network.stop_reason_, network.n_iter_) == ("interrupted", 3)
    np.testing.assert_array_equal(vector_of(network), vector_of(whole))
    network.set_params(augment=noisy)
    np.testing.assert_array_equal(vector_of(network.partial_fit(X, y)), vector_of(whole.partial_fit(X, y)))


def test_lbfgs_takes_augmented_inputs_or_says_that_it_does_not(case):
    """A minimiser needs a loss that stays the same; to forget the function in silence is no answer."""
    network, y = case
    recorder = Recorder(noisy)
    network.set_params(solver="lbfgs", augment=recorder)
    with pytest.raises(ValueError, match=r"augment.*lbfgs|lbfgs.*augment"):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


def test_a_fitted_network_keeps_no_inputs(case):
    network, y = case
    few = clone(network).set_params(augment=noisy).fit(X, y)
    many = clone(network).set_params(augment=noisy).fit(np.tile(X, (20, 1)), np.tile(y, 20))
    assert len(pickle.dumps(many)) < 1.05 * len(pickle.dumps(few))


@pytest.mark.parametrize("parameters", [{"n_init": 2}, {"n_init": 2, "n_jobs": 2}, {"on_divergence": "halve"}], ids=str)
def test_restarts_and_halvings_draw_their_own_noise(case, parameters):
    network, y = case
    network.set_params(augment=noisy, **parameters)
    one, two = clone(network).fit(X, y), clone(network).fit(X, y)
    np.testing.assert_array_equal(vector_of(one), vector_of(two))
    if "n_init" in parameters:
        best = max(one.restarts_, key=lambda restart: restart["score"])
        alone = clone(network).set_params(n_init=1, n_jobs=None, random_state=best["seed"]).fit(X, y)
        np.testing.assert_array_equal(vector_of(alone), vector_of(one))


def test_moved_inputs_make_a_network_that_bears_them():
    """What it is for: a network that saw noise is less disturbed by it."""
    generator = np.random.RandomState(0)
    inputs, labels = make_classification(80, 20, n_informative=5, random_state=0)
    moved = np.vstack([inputs + generator.normal(size=inputs.shape) for _ in range(10)])
    plain = BackpropClassifier(20, random_state=0, max_iter=200, update_tol=0).fit(inputs, labels)
    augmented = clone(plain).set_params(augment=lambda X, rs: X + rs.normal(size=X.shape)).fit(inputs, labels)
    assert augmented.score(moved, np.tile(labels, 10)) > plain.score(moved, np.tile(labels, 10))


def test_a_random_state_that_the_augmentation_keeps_is_not_that_of_the_next_call(case):
    network, y = case
    recorder = Recorder(noisy)
    first = {"classes": [0, 1, 2]} if isinstance(network, BackpropClassifier) else {}
    network.set_params(augment=recorder).partial_fit(X, y, **first)
    for _ in range(3):
        before = pickle.dumps(network._random_state_)
        alone = clone(network).set_params(augment=noisy)
        alone.__setstate__(network.__getstate__() | {"augment": noisy})
        for random_state in recorder.random_states:
            random_state.random_sample(1000)
        assert pickle.dumps(network._random_state_) == before
        np.testing.assert_array_equal(vector_of(network.partial_fit(X, y)), vector_of(alone.partial_fit(X, y)))
