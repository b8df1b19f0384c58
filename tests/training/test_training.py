"""The training loop: order, update modes, continuation, Ctrl-C, divergence, printing."""

import io
import pickle
import tracemalloc
from functools import partial
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import make_blobs, make_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines, parameters
from skbackprop._training import epochs, loop, whole_epochs
from skbackprop._training.state import History

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(50, 4, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
T = X @ [1.0, -2.0, 0.5, 1.0] + np.sin(X[:, 0])


def parameters_of(network):
    return np.concatenate([array.ravel() for array in network.coefs_ + network.intercepts_])


def same_bits(one, other):
    return parameters_of(one).tobytes() == parameters_of(other).tobytes()


@pytest.fixture(params=["classifier", "regressor"])
def case(request):
    """An estimator that learns quickly, data for it, and what its first partial_fit needs besides."""
    if request.param == "classifier":
        return BackpropClassifier(5, random_state=0, max_iter=6, batch_size=8), X, Y, {"classes": [0, 1, 2]}
    return BackpropRegressor(5, random_state=0, max_iter=6, batch_size=8), X, T, {}


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("batch_size", [1, 8, "epoch"])
@pytest.mark.parametrize(
    "make", [np.asarray, csr_array, lambda X: X.astype(np.float32)], ids=["dense", "csr", "float32"]
)
def test_n_partial_fits_are_one_fit_of_n_epochs(case, shuffle, momentum, batch_size, make):
    estimator, X, y, first = case
    estimator.set_params(shuffle=shuffle, momentum=momentum, batch_size=batch_size, learning_rate_init=0.1)
    X = make(X)
    fitted = joblib.load(dumped(estimator)).fit(X, y)
    for _ in range(6):
        estimator.partial_fit(X, y, **first)
    assert same_bits(fitted, estimator)
    assert fitted.loss_curve_ == estimator.loss_curve_
    assert fitted.t_ == estimator.t_ == 300


def dumped(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return file


def test_a_memory_mapped_network_can_go_on(case, tmp_path):
    estimator, X, y, first = case
    joblib.dump(estimator.partial_fit(X, y, **first), tmp_path / "network.joblib")
    mapped = joblib.load(tmp_path / "network.joblib", mmap_mode="r")
    assert same_bits(mapped.partial_fit(X, y), estimator.partial_fit(X, y))


def test_fit_forgets_what_was_learned_before(case):
    estimator, X, y, first = case
    fresh = joblib.load(dumped(estimator)).fit(X, y)
    estimator.partial_fit(X[:, :2], y, **first).fit(X, y)
    assert same_bits(fresh, estimator)
    assert estimator.n_epochs_ == 6


def test_a_random_state_instance_is_advanced(case):
    estimator, X, y, _ = case
    stream = np.random.RandomState(0)
    one = parameters_of(estimator.set_params(random_state=stream).fit(X, y))
    two = parameters_of(estimator.fit(X, y))
    assert not np.array_equal(one, two)
    again = parameters_of(estimator.set_params(random_state=np.random.RandomState(0)).fit(X, y))
    np.testing.assert_array_equal(one, again)


def test_without_shuffling_instances_come_in_their_own_order():
    """Case updating of two instances is two updates of one instance each."""
    network = BackpropClassifier(3, batch_size=1, shuffle=False, init_range=0.5, random_state=0)
    together = pickle.loads(pickle.dumps(network)).partial_fit(X[:2], Y[:2], classes=[0, 1, 2])
    network.partial_fit(X[:1], Y[:1], classes=[0, 1, 2]).partial_fit(X[1:2], Y[1:2])
    assert same_bits(together, network)


@pytest.mark.parametrize("n_copies", [1, 6])
def test_every_epoch_has_an_order_of_its_own(monkeypatch, n_copies):
    """Orders of few instances are drawn many at once, those of many one by one."""
    network = BackpropClassifier(3, batch_size=1, max_iter=3, random_state=0)
    orders = recorded_orders(monkeypatch, network, None, n_copies)
    assert all(sorted(order) == list(range(50 * n_copies)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


@pytest.mark.parametrize("batch_size", [1, 8, "epoch"])
@pytest.mark.parametrize("make", [np.asarray, csr_array], ids=["dense", "csr"])
def test_instances_of_weight_zero_are_as_if_they_were_not_there(case, batch_size, make):
    estimator, X, y, _ = case
    estimator.set_params(batch_size=batch_size)
    weights = np.arange(50) % 3 / 2.0
    kept = weights > 0
    without = pickle.loads(pickle.dumps(estimator)).fit(make(X[kept]), y[kept], weights[kept])
    extreme = np.where(kept, y, 0 if "classes_" in vars(without) else 1e300)
    estimator.fit(make(X), extreme, weights)
    assert same_bits(estimator, without)
    assert estimator.loss_curve_ == without.loss_curve_
    assert estimator.error_curve_ == without.error_curve_
    assert estimator.t_ == without.t_


def test_every_second_weight_may_be_zero_in_large_data():
    """The end of fit looks at a sample of the instances; it must not be one of weight zero only."""
    X = np.random.RandomState(0).normal(size=(2000, 3))
    weights = np.arange(2000) % 2
    BackpropClassifier(3, max_iter=1).fit(X, X[:, 0] > 0, weights)
    BackpropRegressor(3, max_iter=1).fit(X, X[:, 0], weights)


def recorded_orders(monkeypatch, network, weights, n_copies=1):
    orders = []

    def note(epoch, order, rule):
        orders.append(np.array(order))
        return epoch(order, rule)

    wrap_epochs(monkeypatch, note)
    network.fit(np.tile(X, (n_copies, 1)), np.tile(Y, n_copies), weights)
    return orders


def wrap_epochs(monkeypatch, wrapper):
    """Let `wrapper` stand before every engine's epoch, which it gets as its first argument."""
    begin = engines.begin

    def wrapped(*arguments):
        engine = begin(*arguments)
        return SimpleNamespace(epoch=partial(wrapper, engine.epoch), copy_to=engine.copy_to, rest=engine.rest)

    monkeypatch.setattr(engines, "begin", wrapped)


def test_a_batch_update_is_the_mean_of_its_instances_updates():
    start = BackpropClassifier(3, batch_size=1, random_state=0, learning_rate_init=0.5, alpha=0)
    before = parameters_of(start.partial_fit(X[:1], Y[:1], classes=[0, 1, 2]))
    state = pickle.dumps(start)
    moves = [
        parameters_of(pickle.loads(state).partial_fit([row], [label])) - before for row, label in zip(X, Y, strict=True)
    ]
    whole = parameters_of(pickle.loads(state).set_params(batch_size="epoch").partial_fit(X, Y)) - before
    np.testing.assert_allclose(whole, np.mean(moves, axis=0), rtol=1e-9, atol=1e-15)


def test_whole_number_weights_mean_repetition_in_epoch_updating():
    repeats = np.random.RandomState(1).randint(0, 4, 50)
    network = BackpropClassifier(3, batch_size="epoch", alpha=0.1, max_iter=20, random_state=0)
    weighted = pickle.loads(pickle.dumps(network)).fit(X, Y, repeats)
    repeated = network.fit(np.repeat(X, repeats, axis=0), np.repeat(Y, repeats))
    np.testing.assert_allclose(parameters_of(weighted), parameters_of(repeated), rtol=1e-9)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(weighted.error_curve_, repeated.error_curve_, rtol=1e-9)


def test_weights_act_in_case_updating():
    weights = np.where(Y == 1, 3.0, 1.0)
    plain = BackpropClassifier(3, batch_size=1, max_iter=20, random_state=0).fit(X, Y)
    heavier = BackpropClassifier(3, batch_size=1, max_iter=20, random_state=0).fit(X, Y, weights)
    assert heavier.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.02


def test_parameters_changed_between_partial_fits_act(case):
    estimator, X, y, first = case
    estimator.partial_fit(X, y, **first)
    state = pickle.dumps(estimator)
    plain = estimator.partial_fit(X, y)
    for change in ({"learning_rate_init": 0.01}, {"momentum": 0.9}, {"alpha": 1.0}, {"batch_size": 1}):
        changed = pickle.loads(state).set_params(**change).partial_fit(X, y)
        assert not same_bits(changed, plain), change


def interrupt_in_epoch(monkeypatch, *numbers):
    """Let the engine be interrupted half way through an epoch, its weights half moved; in those after it of others too."""
    calls = []

    def interrupt(epoch, order, rule):
        calls.append(1)
        if len(calls) not in numbers:
            return epoch(order, rule)
        epoch(order if order is None else order[: len(order) // 2], rule)
        raise KeyboardInterrupt

    wrap_epochs(monkeypatch, interrupt)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_ctrl_c_keeps_the_whole_epochs(case, monkeypatch, momentum):
    estimator, X, y, _ = case
    estimator.set_params(momentum=momentum, learning_rate_init=0.1)
    three = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=3).fit(X, y)
    interrupt_in_epoch(monkeypatch, 4)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    monkeypatch.undo()
    assert estimator.stop_reason_ == "interrupted"
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 3
    assert same_bits(estimator, three)
    assert same_bits(estimator.partial_fit(X, y), three.partial_fit(X, y))


def test_ctrl_c_in_the_first_epoch_changes_nothing(case, monkeypatch):
    estimator, X, y, first = case
    interrupt_in_epoch(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    monkeypatch.undo()
    with pytest.raises(NotFittedError):
        estimator.predict(X)

    estimator.partial_fit(X, y, **first)
    twin = pickle.loads(pickle.dumps(estimator))
    for method in ("fit", "partial_fit"):
        interrupt_in_epoch(monkeypatch, 1)
        with pytest.raises(KeyboardInterrupt):
            getattr(estimator, method)(X, y)
        monkeypatch.undo()
    assert joblib.hash(estimator) == joblib.hash(twin)
    assert same_bits(estimator.partial_fit(X, y), twin.partial_fit(X, y))


@pytest.mark.parametrize(
    ("place", "name"), [(epochs, "error_rate_of"), (loop, "reason_to_stop"), (loop, "print_epoch")]
)
def test_ctrl_c_at_any_place_of_an_epoch_keeps_the_whole_ones(case, monkeypatch, place, name):
    estimator, X, y, _ = case
    estimator.set_params(verbose=1)
    real, calls = getattr(place, name), []

    def interrupted(*arguments, **keywords):
        calls.append(1)
        result = real(*arguments, **keywords)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(place, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    monkeypatch.undo()
    assert estimator.stop_reason_ == "interrupted"
    whole = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=estimator.n_iter_).fit(X, y)
    assert estimator.n_iter_ in (3, 4)
    assert estimator.loss_curve_ == whole.loss_curve_
    assert same_bits(estimator, whole)
    assert same_bits(estimator.partial_fit(X, y), whole.partial_fit(X, y))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])  # the sixth is the last
def test_ctrl_c_while_an_epoch_is_copied_loses_nothing_but_the_first(case, monkeypatch, n):
    estimator, X, y, _ = case
    monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
    monkeypatch.setattr(whole_epochs, "_SECONDS_TO_KEEP", 0)
    real, calls = engines._NumPyEngine.copy_to, []

    def interrupted(engine, *vectors):
        calls.append(1)
        if len(calls) == n:
            vectors[0][::2] = engine._parameters.vector[::2]
            raise KeyboardInterrupt
        real(engine, *vectors)

    estimator.set_params(momentum=0.9)
    with monkeypatch.context() as patch:
        patch.setattr(engines._NumPyEngine, "copy_to", interrupted)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, y)
    if n == 1:
        with pytest.raises(NotFittedError):
            estimator.predict(X)
    else:
        whole = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=n).fit(X, y)
        assert estimator.n_iter_ == n
        assert same_bits(estimator, whole)
        assert same_bits(estimator.partial_fit(X, y), whole.partial_fit(X, y))


def test_ctrl_c_while_the_only_epoch_is_copied_keeps_it(case, monkeypatch):
    estimator, X, y, _ = case
    real, calls = whole_epochs._WholeEpochs.take, []

    def interrupted(whole):
        real(whole)
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt

    estimator.set_params(max_iter=1)
    with monkeypatch.context() as patch:
        patch.setattr(whole_epochs._WholeEpochs, "take", interrupted)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, y)
    assert (estimator.stop_reason_, estimator.n_iter_) == ("interrupted", 1)
    assert same_bits(estimator, pickle.loads(pickle.dumps(estimator)).fit(X, y))


def test_ctrl_c_when_the_training_is_over_keeps_it(case, monkeypatch):
    estimator, X, y, _ = case
    monkeypatch.setattr("skbackprop._estimators.base.convergence_message", raise_interrupt)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    assert estimator.stop_reason_ == "max_iter"
    assert estimator.n_iter_ == 6


def raise_interrupt(*arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("few", [0, 1000])
def test_an_interrupted_epochs_order_is_drawn_again(case, monkeypatch, few):
    estimator, X, y, _ = case
    for name in ("_BLOCK_LENGTH", "_BLOCK_LENGTH_OF_MANY"):
        monkeypatch.setattr(epochs._Orders, name, 4)
    monkeypatch.setattr(epochs._Orders, "_FEW_INSTANCES", few)
    interrupt_in_epoch(monkeypatch, 6)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    monkeypatch.undo()
    monkeypatch.setattr(epochs._Orders, "_FEW_INSTANCES", few)
    whole = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=5).fit(X, y)
    assert same_bits(estimator.partial_fit(X, y), whole.partial_fit(X, y))


needs_kernel = pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")

HARD_TO_REPEAT = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "learning_rate": "invscaling", "power_t": 0.2},
    {"learning_rate": "inverse_epoch", "alpha": 0.01},
    {"learning_rate": "adaptive", "tol": 0.01, "n_iter_no_change": 2},
    {"solver": "adam", "learning_rate_init": 0.01},
    {"solver": "rprop"},
    {"shuffle": False},
    {"batch_size": "epoch"},
]


@pytest.mark.parametrize("parameters", HARD_TO_REPEAT, ids=lambda each: "-".join(map(str, each.values())) or "plain")
@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=needs_kernel), "numpy"])
@pytest.mark.parametrize("seconds", [0, 1e9])
def test_ctrl_c_keeps_the_epochs_of_which_no_copy_was_made(case, monkeypatch, parameters, engine, seconds):
    estimator, X, y, _ = case
    monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
    monkeypatch.setattr(whole_epochs, "_SECONDS_TO_KEEP", seconds)
    monkeypatch.setattr(epochs._Orders, "_BLOCK_LENGTH", 4)
    estimator.set_params(**parameters, max_iter=30)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 20)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, y)
    whole = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=19).fit(X, y)
    assert (estimator.stop_reason_, estimator.n_iter_) == ("interrupted", 19)
    assert estimator.loss_curve_ == whole.loss_curve_
    assert estimator.update_curve_ == whole.update_curve_
    assert estimator.learning_rate_ == whole.learning_rate_
    assert same_bits(estimator, whole)
    assert same_bits(estimator.partial_fit(X, y), whole.partial_fit(X, y))


@pytest.mark.parametrize(("second", "n_kept"), [(7, 1), (8, 1), (11, 5), (None, 5)])
def test_ctrl_c_while_epochs_are_trained_again_leaves_them_out(case, monkeypatch, second, n_kept):
    estimator, X, y, _ = case
    monkeypatch.setattr(whole_epochs, "_SECONDS_TO_KEEP", 1e9)
    monkeypatch.setattr(epochs._Orders, "_BLOCK_LENGTH", 2)
    estimator.set_params(momentum=0.9, learning_rate="invscaling", power_t=0.2)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 6, second)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, y)
    whole = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=n_kept).fit(X, y)
    assert (estimator.stop_reason_, estimator.n_iter_) == ("interrupted", n_kept)
    assert estimator.learning_rate_ == whole.learning_rate_
    assert estimator.loss_curve_ == whole.loss_curve_
    assert same_bits(estimator, whole)
    assert same_bits(estimator.partial_fit(X, y), whole.partial_fit(X, y))


def test_a_failed_fit_leaves_the_users_random_state_alone():
    stream = np.random.RandomState(0)
    network = BackpropRegressor(5, learning_rate_init=1e9, batch_size=1, random_state=stream)
    with pytest.raises(ValueError, match="non-finite"):
        network.fit(X, T)
    assert stream.uniform() == np.random.RandomState(0).uniform()


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.PCG64, np.random.Philox])
def test_random_states_of_any_generator_continue_exactly(case, bits):
    estimator, X, y, first = case
    fitted = pickle.loads(pickle.dumps(estimator)).set_params(random_state=np.random.RandomState(bits(0))).fit(X, y)
    estimator.set_params(random_state=np.random.RandomState(bits(0)))
    for _ in range(6):
        estimator = joblib.load(dumped(estimator.partial_fit(X, y, **first)))
    assert same_bits(fitted, estimator)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_divergence_raises_in_its_epoch_and_changes_nothing(method):
    network = BackpropRegressor(5, random_state=0, max_iter=500).fit(X, T)
    before = joblib.hash(network)
    network.set_params(learning_rate_init=1e6, batch_size=1)
    message = r"^Solver produced non-finite parameter weights\. .* in epoch 1 with a learning rate of 1e\+06"
    with pytest.raises(ValueError, match=message):
        getattr(network, method)(X, T)
    assert (
        joblib.hash(network.set_params(learning_rate_init=BackpropRegressor().learning_rate_init, batch_size=32))
        == before
    )


def test_verbose_prints_the_first_every_kth_and_the_last_epoch(capsys):
    BackpropClassifier(3, max_iter=11, verbose=5, random_state=0).fit(X, Y)
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["loss", "error", "rate", "max", "|update|", "validation", "seconds"]
    assert [line.split()[:2] for line in lines[:-1]] == [["Iteration", str(number)] for number in (1, 5, 10, 11)]
    assert lines[-1] == "Stopped after 11 epochs: max_iter"


def test_verbose_prints_the_head_once_for_calls_of_partial_fit(capsys):
    network = BackpropClassifier(3, verbose=1, random_state=0)
    for _ in range(3):
        network.partial_fit(X, Y, classes=np.unique(Y))
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["Iteration", str(number)] for number in (1, 2, 3)]


def test_nothing_is_printed_unless_asked(capsys):
    BackpropClassifier(3, max_iter=20, random_state=0).fit(X, Y)
    assert capsys.readouterr().out == ""


def test_long_streams_thin_their_older_epochs():
    history = History()
    for number in range(25):
        history.add(float(number), 0.0, 0.0)
        history.thin(20)
    assert history.loss_curve.tolist() == [1.0, 3.0, 5.0, 7.0, 9.0, *(float(number) for number in range(10, 25))]
    assert history.n_epochs == 25
    for number in range(25, 10_000):
        history.add(float(number), 0.0, 0.0)
        history.thin(20)
    assert len(history.loss_curve) == len(history.update_curve) <= 20
    assert history.loss_curve.tolist() == sorted(history.loss_curve)


def test_float32_inputs_make_a_float32_network(case):
    estimator, X, y, _ = case
    estimator.fit(X.astype(np.float32), y)
    assert all(array.dtype == np.float32 for array in estimator.coefs_ + estimator.intercepts_)
    outputs = getattr(estimator, "predict_proba", estimator.predict)
    assert outputs(X).dtype == np.float32
    assert estimator.partial_fit(X, y).coefs_[0].dtype == np.float32


def test_chunks_do_not_change_predictions(case, monkeypatch):
    estimator, X, y, _ = case
    outputs = getattr(estimator.fit(X, y), "predict_proba", estimator.predict)
    whole = outputs(X)
    monkeypatch.setattr(parameters, "_SCRATCH_NUMBERS", 7 * 5)
    np.testing.assert_allclose(outputs(X), whole, rtol=1e-12)
    np.testing.assert_allclose(np.concatenate([outputs(X[[row]]) for row in range(50)]), whole, rtol=1e-12)


@pytest.mark.parametrize("labels", ["two", "several", "indicators", "columns"])
def test_labels_are_decided_in_chunks(labels, monkeypatch):
    X, y = make_blobs(200, centers=4, n_features=3, random_state=0)
    y = {"two": y % 2, "several": y, "indicators": np.eye(4, dtype=int)[y], "columns": np.stack([y, y % 2], axis=1)}[
        labels
    ]
    network = BackpropClassifier(5, max_iter=20, random_state=0).fit(X, y)
    whole = network.predict(X)
    for inputs in (X, X.astype(np.float32), np.asfortranarray(X), csr_array(X)):
        monkeypatch.setattr(engines, "_FORGOTTEN_NUMBERS", 7 * 5)
        np.testing.assert_array_equal(network.predict(inputs), whole)
        monkeypatch.setattr(engines, "_FORGOTTEN_NUMBERS", 1)
        np.testing.assert_array_equal(network.predict(inputs), whole)


def test_predict_does_not_keep_the_outputs_of_all_instances():
    X = np.zeros((50_000, 2))
    network = BackpropClassifier(3, max_iter=1, random_state=0).fit(np.zeros((100, 2)), np.arange(100))
    network.predict(X[:2])
    tracemalloc.start()
    try:
        network.predict(X)
        assert tracemalloc.get_traced_memory()[1] < X.shape[0] * 100 * 8 / 2
    finally:
        tracemalloc.stop()


def test_a_plain_array_is_predicted_as_what_has_to_be_converted(case):
    """It takes another way through the validation."""
    estimator, X, y, _ = case
    outputs = getattr(estimator.fit(X, y), "predict_proba", estimator.predict)
    for same in (X.tolist(), np.asfortranarray(X), X[::-1][::-1], csr_array(X)):
        np.testing.assert_allclose(outputs(same), outputs(X), rtol=1e-12)
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            outputs(np.where(np.arange(len(X))[:, np.newaxis] == 1, bad, X))
    with pytest.raises(ValueError, match="features"):
        outputs(X[:, 1:])
    assert np.isfinite(outputs(np.full((2, X.shape[1]), 1e308))).all()


def test_an_exponent_too_large_for_the_schedule_leaves_no_rate():
    X, y = np.random.RandomState(0).normal(size=(60, 3)), np.arange(60) % 2
    network = BackpropClassifier(3, learning_rate="invscaling", power_t=500, max_iter=3, update_tol=0, random_state=0)
    with pytest.warns(ConvergenceWarning):
        network.fit(X, y)
    assert network.learning_rate_ == 0
