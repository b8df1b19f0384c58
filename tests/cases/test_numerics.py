"""Numbers that leave the ordinary: divergence, saturation, overflow, and predictions in pieces.

The ids are those of tests/head_to_head/cases.py.

The central differences of F5 are in test_solvers.py, for every activation, loss, penalty and weighting.
"""

import math
import pickle
import warnings
from contextlib import suppress
from copy import deepcopy

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines
from skbackprop._training.divergence import Divergence

ADVICE = (
    r"^Solver produced non-finite parameter weights\. The input data may contain large values and need to be preprocessed\."
    r".*learning_rate_init"
)
WILD = {"activation": "relu", "learning_rate_init": 1e6, "momentum": 0.9, "max_iter": 100}

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def wild(task, **parameters):
    """Parameters with which the task diverges; squared errors of sigmoid outputs are too small for that."""
    loss = {"loss": "log_loss"} if task.is_classifier else {}
    return WILD | loss | parameters


# F1: divergence


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("rate", [1e3, 1e6])
@pytest.mark.parametrize("batch_size", [1, 8, "epoch"])
def test_a_regressor_that_diverges_raises_advice_and_is_undisturbed(regressor_task, activation, rate, batch_size):
    """F1. All warnings are errors here, so there is no RuntimeWarning either."""
    parameters = {"activation": activation, "learning_rate_init": rate, "batch_size": batch_size, "max_iter": 200}
    twin = regressor_task.trained("fit", {"activation": activation, "learning_rate_init": 0.05})
    fitted = deepcopy(twin)
    with pytest.raises(ValueError, match=ADVICE):
        regressor_task.train(fitted.set_params(**parameters), "fit")
    regressor_task.assert_undisturbed(fitted.set_params(**twin.get_params()), twin)
    new = regressor_task.new(**parameters)
    with pytest.raises(ValueError, match=ADVICE):
        regressor_task.train(new, "fit")
    assert not [name for name in vars(new) if name.endswith("_")]


def go_on(task, estimator, n_calls, X):
    for _ in range(n_calls):
        task.train(estimator, "partial_fit", X=X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_a_stream_that_diverges_keeps_the_last_finite_network(task, dtype, convert):
    """F1."""
    X = convert(task.X.astype(dtype))
    stream, twin = (task.trained("partial_fit", wild(task, learning_rate_init=0.1), X=X) for _ in range(2))
    stream.set_params(learning_rate_init=1e3 if task.is_classifier else 1.0, alpha=0.3 if task.is_classifier else 0.0)
    twin.set_params(**stream.get_params())
    with pytest.raises(ValueError, match=ADVICE):
        go_on(task, stream, 200, X)
    go_on(task, twin, stream.n_epochs_ - 1, X)
    task.assert_same(stream, twin)
    assert stream.loss_curve_ == twin.loss_curve_
    assert np.isfinite(np.concatenate([array.ravel() for array in stream.coefs_ + stream.intercepts_])).all()


@ignore_convergence
@pytest.mark.parametrize("activation", ["identity", "relu", "logistic", "tanh"])
@pytest.mark.parametrize("rate", [10.0, 1e3, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_iter", [1, 2, 5, 20])
def test_at_any_rate_there_is_a_network_that_predicts_numbers_or_an_error(task, activation, rate, dtype, max_iter):
    """F1: no NaN model, and no raw RuntimeWarning."""
    for loss in ("log_loss", "squared_error") if task.is_classifier else ("squared_error", "huber", "poisson"):
        parameters = wild(task, activation=activation, learning_rate_init=rate, loss=loss, max_iter=max_iter)
        X, y = task.X.astype(dtype), task.y if task.is_classifier else np.abs(task.y)
        estimator = task.new(**parameters)
        try:
            task.train(estimator, "fit", X=X, y=y)
        except ValueError as error:
            if "learning_rate_init" not in str(error):
                raise
        else:
            assert not np.isnan(task.outputs(estimator, X)).any()


@ignore_convergence
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("distance", [300, 3000])
def test_the_rate_that_is_named_holds_where_one_instance_is_far_from_all_others(distance, convert):
    """A tenth of the rate would diverge, too."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(500, 5))
    X[7] *= distance / np.linalg.norm(X[7])
    X, y = convert(X), X @ [1, 2, 3, 0, -1]
    network = BackpropRegressor((), random_state=0)
    with pytest.raises(ValueError, match=ADVICE) as caught:
        network.fit(X, y)
    rate = float(str(caught.value).split("such as ")[1].split(",")[0])
    assert network.set_params(learning_rate_init=rate).fit(X, y).score(X, y) > 0.99


# F2: divergence with early stopping


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_divergence_with_early_stopping_keeps_the_best_weights_with_one_warning(task, convert):
    """F2, as in scikit-learn's test_mlp_diverging_loss."""
    X, y = convert(np.tile(task.X, (5, 1))), np.tile(task.y, 5)
    parameters = {"learning_rate_init": 1e3, "alpha": 1.0} if task.is_classifier else {"learning_rate_init": 1.0}
    estimator = task.new(**wild(task, early_stopping=True, n_iter_no_change=100, batch_size="epoch", **parameters))
    with pytest.warns(ConvergenceWarning, match="diverged.*learning_rate_init") as caught:
        task.train(estimator, "fit", X=X, y=y)
    assert len(caught) == 1
    assert estimator.stop_reason_ == "diverged"
    assert math.isnan(estimator.validation_scores_[-1])
    assert np.isfinite(estimator.best_validation_score_)
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)
    assert np.isfinite(task.outputs(estimator, X)).all()


# F3 and F4: saturation and overflow

ENDS = [750.0, 1e4, 1e30, 1e300]


def saturated(y, net, loss, X, **parameters):
    """A classifier without hidden layers whose net inputs are +net, -net and 0."""
    n_outputs = 1 if y.ndim == 1 and y.max() == 1 else y.shape[1] if y.ndim == 2 else len(np.unique(y))
    network = BackpropClassifier(
        (), loss=loss, learning_rate_init=1e-6, batch_size="epoch", random_state=0, **parameters
    )
    return network.initialize(X, y, coefs_init=[np.full((1, n_outputs), net)], intercepts_init=[np.zeros(n_outputs)])


INPUTS = np.array([[1.0], [-1.0], [0.0], [0.5]])
LABELS = {
    "two classes": np.array([0, 1, 0, 1]),
    "three classes": np.array([0, 1, 2, 1]),
    "multilabel": np.array([[0, 1, 1], [1, 0, 1], [0, 0, 1], [1, 1, 0]]),
    "multioutput": np.array([[0, 5, 1], [1, 3, 2], [0, 4, 3], [1, 5, 2]]),
}


def each_table(probabilities):
    return probabilities if isinstance(probabilities, list) else [probabilities]


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("kind", ["two classes", "three classes", "multilabel"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("net", ENDS[:3])
def test_saturated_outputs_are_never_exactly_0_or_1_and_have_finite_logarithms(kind, loss, dtype, net):
    """F3 and F4: |z| beyond what exp can take, the same for all units and with all signs."""
    X = INPUTS.astype(dtype)
    network = saturated(LABELS[kind], net, loss, X)
    for each in each_table(network.predict_proba(X)):
        assert each.dtype == dtype
        assert (each > 0).all()
        assert (each < 1).all()
    for each in each_table(network.predict_log_proba(X)):
        assert np.isfinite(each).all()
    assert network.predict(X).shape == LABELS[kind].shape


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("kind", list(LABELS))
@pytest.mark.parametrize("net", [750.0, 1e4, -1e4, 1e30])
def test_a_saturated_network_can_be_trained(kind, loss, net):
    """F3: neither the gradient nor the loss is NaN."""
    y = LABELS[kind]
    n_outputs = saturated_units(y)
    network = BackpropClassifier((), loss=loss, learning_rate_init=1e-6, batch_size="epoch", random_state=0)
    classes = [np.unique(column) for column in y.T] if kind == "multioutput" else None
    first = classes or (np.arange(3) if kind == "multilabel" else np.unique(y))
    spread = np.linspace(-net, net, n_outputs) if n_outputs > 1 else np.array([net])
    network.partial_fit(
        INPUTS, y, classes=first, coefs_init=[spread[np.newaxis]], intercepts_init=[np.zeros(n_outputs)]
    )
    network.partial_fit(INPUTS, y)
    assert all(np.isfinite(array).all() for array in network.coefs_ + network.intercepts_)
    assert np.isfinite(network.loss_curve_).all()
    for each in each_table(network.predict_log_proba(INPUTS)):
        assert np.isfinite(each).all()


def saturated_units(y):
    """Output units: one for two classes and for each label, one a class for more."""
    columns = [y] if y.ndim == 1 else list(y.T)
    counts = [len(np.unique(column)) for column in columns]
    return sum(1 if count == 2 else count for count in counts)


@pytest.mark.parametrize("difference", [1e4, 1e30, 1e307])
@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_a_softmax_of_large_net_inputs_overflows_nowhere(difference, shift):
    """F4, with the outputs of three classes worked out: the largest takes all, and equal ones share."""
    y = np.array([0, 1, 2, 0])
    coefs, intercepts = [np.array([[difference, -difference, 0.0]])], [np.full(3, shift)]
    network = BackpropClassifier((), loss="log_loss", random_state=0)
    network.initialize(INPUTS, y, coefs_init=coefs, intercepts_init=intercepts)
    expected = [[1, 0, 0], [0, 1, 0], [1 / 3, 1 / 3, 1 / 3], [1, 0, 0]]
    np.testing.assert_allclose(network.predict_proba(INPUTS), expected, rtol=0, atol=1e-15)
    assert np.isfinite(network.predict_log_proba(INPUTS)).all()
    assert network.predict(INPUTS).tolist() == [0, 1, 0, 0]


@ignore_convergence
@pytest.mark.parametrize("scale", [1e4, 1e30, 1e300])
def test_saturated_hidden_units_give_finite_outputs(task, method, scale):
    """F3: sigmoids of net inputs beyond 750."""
    for activation in ("logistic", "tanh"):
        estimator = task.trained(method, {"activation": activation, "hidden_layer_sizes": (4, 3)}, X=task.X * scale)
        assert np.isfinite(task.outputs(estimator, task.X * scale)).all()
        assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)


def test_an_exponential_output_that_overflows_is_an_error_and_no_nan():
    """F1: Poisson regression's output unit is the exponential."""
    X = np.random.RandomState(0).normal(size=(40, 3))
    network = BackpropRegressor(4, loss="poisson", activation="identity", learning_rate_init=1e3, random_state=0)
    with pytest.raises(ValueError, match=ADVICE):
        network.fit(X, np.exp(X[:, 0]))
    assert not hasattr(network, "coefs_")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_weights_that_are_finite_and_whose_sum_is_not_are_no_divergence(task, method):
    starts = {"coefs_init": [np.full((3, 5), 1e308), np.ones((5, 3 if task.is_classifier else 1))]}
    network = task.trained(method, {"hidden_layer_sizes": 5}, **starts)
    assert np.isfinite(network.predict(task.X)).all()
    assert network.coefs_[0].max() == 1e308


def test_divergence_on_targets_whose_squares_are_infinite_is_an_error_without_raw_warnings():
    """F1: the advice measures the targets."""
    X = np.random.RandomState(0).normal(size=(40, 3))
    with pytest.raises(ValueError, match="scale the targets"):
        BackpropRegressor(4, normalize_y=False, random_state=0).fit(X, np.r_[1e300, np.ones(39)])


def test_outputs_whose_predictions_are_infinite_are_an_error():
    """F1: the network's own numbers are finite."""
    X = (np.random.RandomState(0).normal(size=(40, 3)) * 1e6).astype(np.float32)
    y = X[:, 0].astype(float) * 1e31
    network = BackpropRegressor(5, activation="relu", solver="rprop", max_iter=5, random_state=0)
    with pytest.raises(
        ValueError, match=r"The predictions are too large for float32, as y holds numbers of about 4e\+36"
    ):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")
    scaled = network.fit(X / 1e6, y / 1e37)
    assert np.isfinite(scaled.predict(X / 1e6)).all()


@ignore_convergence
def test_large_inputs_of_float32_raise_no_raw_warning():
    random_state = np.random.RandomState(0)
    X = (random_state.normal(size=(40, 2)) * 1e35).astype(np.float32)
    network = BackpropClassifier((4, 3), activation="relu", learning_rate_init=0.01, init_range=10.0, max_iter=2)
    for seed in range(20):
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            with suppress(Divergence):
                network.set_params(random_state=seed).fit(X, X[:, 0] > 0)


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("loss", ["huber", "absolute_error"])
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e21), (np.float64, 1e160)])
def test_targets_whose_squares_are_infinite_are_never_taken_as_fitted(monkeypatch, engine, loss, dtype, size):
    """The error rate is a sum of squares over another."""
    if engine == "kernel" and engines._kernel is None:
        pytest.skip("installed without the compiled kernel")
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    X = np.random.RandomState(0).normal(size=(40, 3)).astype(dtype)
    network = BackpropRegressor(4, normalize_y=False, loss=loss, error_tol=0.01, max_iter=5, random_state=0)
    with pytest.warns(ConvergenceWarning, match="no better on its training data than the mean"):
        network.fit(X, X.sum(axis=1) * dtype(size))
    assert network.stop_reason_ == "max_iter"
    assert not any(rate < 1 for rate in network.error_curve_)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_last_update_that_makes_predictions_infinite_is_a_divergence(method):
    """The weights themselves are finite."""
    generator = np.random.RandomState(0)
    X, y = 1e6 * generator.normal(size=(60, 5)), np.abs(generator.normal(size=60))
    network = BackpropRegressor((), loss="poisson", solver="rprop", max_iter=1, random_state=0)
    with pytest.raises(ValueError, match="diverged in epoch 1"):
        getattr(network, method)(X, y)
    assert not hasattr(network, "coefs_")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden_layer_sizes", [(5, 5, 5), (5,) * 8])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_layers_without_ends_that_overflow_are_a_divergence_or_kept_out(hidden_layer_sizes, early_stopping, seed):
    """Weights may be finite, and what several layers make of large inputs not."""
    random_state = np.random.RandomState(seed)
    inputs, labels = 1e4 * random_state.normal(size=(100, 5)), random_state.randint(3, size=100)
    network = BackpropClassifier(
        hidden_layer_sizes,
        activation="identity",
        loss="log_loss",
        learning_rate_init=0.1,
        init_range=0.5,
        early_stopping=early_stopping,
        max_iter=1,
        random_state=0,
    )
    with suppress(Divergence):
        network.fit(inputs, labels)
        again = pickle.loads(pickle.dumps(network))
        assert np.isfinite(again.predict_log_proba(inputs)).all()


# F7: predictions in pieces


@pytest.fixture(scope="module")
def many_inputs():
    """More rows than one chunk of a prediction holds, of which there are 2**18 numbers in the widest layer."""
    X = np.random.RandomState(3).normal(size=(6000, 3))
    X[np.abs(X) < 0.3] = 0
    return X


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of a rate that is given
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, np.asfortranarray])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("hidden", [(60,), (60, 3), ()], ids=str)
def test_predictions_are_the_same_in_any_pieces_and_any_order(task, many_inputs, convert, dtype, hidden):
    """F7."""
    X = many_inputs.astype(dtype)
    estimator = task.trained("fit", {"hidden_layer_sizes": hidden, "max_iter": 20}, X=task.X.astype(dtype))
    atol = 1e-12 if dtype == np.float64 else 1e-5
    whole = task.outputs(estimator, convert(X))
    order = np.random.RandomState(0).permutation(len(X))
    np.testing.assert_allclose(task.outputs(estimator, convert(X[order])), whole[order], rtol=0, atol=atol)
    pieces = [task.outputs(estimator, convert(piece)) for piece in np.split(X, [1, 2, 700, 4096])]
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=0, atol=atol)
    rows = [task.outputs(estimator, convert(row[np.newaxis])) for row in X[::300]]
    np.testing.assert_allclose(np.concatenate(rows), whole[::300], rtol=0, atol=atol)
