"""J7: whoever predicts while the network is trained anew gets the answer of the old network or of the new one."""

import sys
import threading

import numpy as np
import pytest

from skbackprop import BackpropClassifier, BackpropRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N_REFITS, N_THREADS = 200, 2
X = np.random.RandomState(0).normal(size=(60, 4))
TWO, THREE = np.where(X[:, 0] > 0, "b", "a"), np.array(["x", "y", "z"])[np.digitize(X[:, 1], [-0.5, 0.5])]
QUICK = {"hidden_layer_sizes": 5, "max_iter": 2, "random_state": 0}


class Fit:
    """Trains from new weights on one set of targets after the other."""

    def __init__(self, kind):
        self.network, self.targets = BackpropClassifier(**QUICK), [TWO, THREE]
        if kind == "regressor":
            self.network, self.targets = BackpropRegressor(**QUICK), [X[:, 0], X[:, :2]]
        self.wholes = [type(self.network)(**QUICK).fit(X, y) for y in self.targets]
        self.network.fit(X, self.targets[0])

    def change(self, number):
        self.network.fit(X, self.targets[number % 2])


class Initialize(Fit):
    """Makes untrained networks of other sizes."""

    def __init__(self, kind):
        super().__init__(kind)
        self.wholes = [type(self.network)(**QUICK).initialize(X, y) for y in self.targets]
        self.network.initialize(X, self.targets[0])

    def change(self, number):
        self.network.initialize(X, self.targets[number % 2])


def answers_of(network):
    answers = [network.predict(X).tolist(), [outputs.tolist() for outputs in network.activations(X)]]
    if isinstance(network, BackpropClassifier):
        answers += [network.predict_proba(X).tolist()]
    return answers


@pytest.fixture
def hasty():
    """Threads take turns as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.slow
@pytest.mark.parametrize("story", [Fit, Initialize])
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_prediction_during_a_refit_is_that_of_one_whole_network(hasty, kind, story):
    story = story(kind)
    allowed = list(zip(*map(answers_of, story.wholes), strict=True))
    is_over, wrong, count = threading.Event(), [], [0] * N_THREADS

    def predict(thread):
        while not is_over.is_set():
            try:
                got = answers_of(story.network)
                wrong.extend(each for each, whole in zip(got, allowed, strict=True) if each not in whole)
            except Exception as error:
                wrong.append(error)
            count[thread] += 1

    threads = [threading.Thread(target=predict, args=(number,)) for number in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for number in range(N_REFITS):
        story.change(number)
    is_over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert min(count) > 0


def test_a_network_that_grows_is_never_seen_with_half_of_its_new_units(hasty):
    network = BackpropClassifier(on_new_class="grow", **QUICK)
    network.partial_fit(X, np.zeros(60, dtype=int), classes=[0, 1])
    is_over, wrong, sizes = threading.Event(), [], set()

    def predict():
        while not is_over.is_set():
            try:
                sums = network.predict_proba(X).sum(axis=1)
                np.testing.assert_allclose(sums, 1, rtol=1e-12)
                sizes.add(network.n_outputs_)
            except Exception as error:
                wrong.append(error)

    thread = threading.Thread(target=predict)
    thread.start()
    for number in range(60):
        network.partial_fit(X, np.arange(60) % (number + 2))
    is_over.set()
    thread.join()
    assert wrong == []
    assert sizes
    assert len(network.classes_) == 60


def test_whatever_fails_at_the_end_of_a_call_takes_nothing_over():
    """A callback that fails when all is over, where the new state has been handed over already."""
    pytest.importorskip("sklearn.callback")

    class Fails:
        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "fit":
                assert fitted_estimator.classes_.tolist() == ["x", "y", "z"]
                raise RuntimeError("at the end")
            return False

    network = BackpropClassifier(**QUICK).fit(X, TWO)
    before = answers_of(network)
    names = set(vars(network))
    with pytest.raises(RuntimeError, match="at the end"):
        network.set_callbacks(Fails()).fit(X, THREE)
    assert set(vars(network)) - {"_skl_callbacks"} == names
    assert answers_of(network) == before


def test_the_smallest_loss_stays_zero_once_it_was():
    """J9."""
    network = BackpropRegressor((), normalize_y=False, random_state=0, update_tol=0, max_iter=1)
    network.fit(X, X @ [1.0, 2, 0, 0], coefs_init=[[[1.0], [2], [0], [0]]], intercepts_init=[[0.0]])
    assert network.best_loss_ == 0.0
    assert network.partial_fit(X, X[:, 0]).best_loss_ == 0.0


def test_what_another_thread_sets_during_a_stream_stays_set(hasty):
    network = BackpropRegressor(**QUICK).partial_fit(X, X[:, 0])
    is_over, lost = threading.Event(), []

    def change():
        for number in range(1, 3000):
            network.set_params(alpha=number * 1e-9)
            network.note_ = number
            if (network.alpha, network.note_) != (number * 1e-9, number):
                lost.append(number)
        is_over.set()

    thread = threading.Thread(target=change)
    thread.start()
    while not is_over.is_set():
        network.partial_fit(X, X[:, 0])
    thread.join()
    assert lost == []
    assert network.n_epochs_ > 1


def test_a_subclass_scores_with_its_own_predict():
    class Counting(BackpropClassifier):
        n_calls_ = 0

        def predict(self, X):
            self.n_calls_ += 1
            return super().predict(X)

    network = Counting(**QUICK).fit(X, TWO)
    network.score(X, TWO)
    assert network.n_calls_ == 1
