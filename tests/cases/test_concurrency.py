"""Threads and processes: what they make is what one alone makes, and none waits for ever.

The ids are those of tests/head_to_head/cases.py.

H9, a RandomState that is passed, is tested in test_cases_parameters.py.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score

from skbackprop import BackpropRegressor
from skbackprop._training.epochs import Epochs

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def in_threads(functions):
    """What each function returns, all of them begun at once in threads of their own."""
    barrier = threading.Barrier(len(functions))

    def work(function):
        barrier.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(work, functions))


@pytest.fixture
def run(run_python, tmp_path):
    """Run a program, from a file, which processes that are spawned import; give what it prints."""

    def run(program, **environment):
        path = tmp_path / "program.py"
        path.write_text(program)
        return run_python("-W", "ignore", path, env=os.environ | environment).stdout

    return run


# H1, H2, H10: threads


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_eight_threads_that_predict_with_one_network_get_what_one_gets(task, convert):
    """H1, with more rows than one chunk of a prediction holds."""
    estimator = task.trained("fit", {"hidden_layer_sizes": 70})
    X = convert(np.random.RandomState(0).normal(size=(6000, 3)))
    alone, state = task.outputs(estimator, X), joblib.hash(vars(estimator))
    for outputs in in_threads([lambda: [task.outputs(estimator, X) for _ in range(5)]] * 8):
        for each in outputs:
            np.testing.assert_array_equal(each, alone)
    assert joblib.hash(vars(estimator)) == state


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop", "lbfgs"])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_eight_threads_that_fit_with_one_seed_make_one_network(task, solver, convert):
    """H2."""
    X, y = convert(np.tile(task.X, (10, 1))), np.tile(task.y, 10)
    parameters = {"solver": solver, "max_iter": 8}
    alone = task.trained("fit", parameters, X=X, y=y)
    for network in in_threads([lambda: task.trained("fit", parameters, X=X, y=y)] * 8):
        task.assert_same(network, alone)
        assert network.loss_curve_ == alone.loss_curve_


@pytest.mark.slow
def test_threads_that_do_different_things_at_once_do_them_as_one_after_the_other(classifier_task, regressor_task):
    """H10: what the suite does most, by hand in four threads."""

    def work(task, solver, n_hidden):
        network = task.new(solver=solver, hidden_layer_sizes=n_hidden, max_iter=10)
        task.train(network, "fit", X=sparse.csr_array(task.X) if n_hidden % 2 else task.X)
        for _ in range(10):
            task.train(network, "partial_fit", sample_weight=np.arange(40.0))
            task.outputs(network)
        for bad in (task.X[:, :2], np.full((40, 3), np.nan)):
            with pytest.raises(ValueError, match="X"):
                task.train(network, "partial_fit", X=bad)
        return network, task.outputs(clone(network).fit(task.X.astype(np.float32), task.y))

    jobs = [
        (task, solver, n_hidden)
        for task in (classifier_task, regressor_task)
        for solver in ("sgd", "adam", "rprop")
        for n_hidden in (3, 30)
    ]
    expected = [work(*job) for job in jobs]
    for offset in range(3):  # so that neighbours differ from round to round
        turned = jobs[offset:] + jobs[:offset]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda job: work(*job), turned))
        for (network, outputs), (twin, outputs_of_twin) in zip(
            found, expected[offset:] + expected[:offset], strict=True
        ):
            classifier_task.assert_same(network, twin)
            np.testing.assert_array_equal(outputs, outputs_of_twin)


def test_restarts_in_threads_are_those_in_turn(task):
    alone = task.trained("fit", {"n_init": 6, "n_jobs": None})
    for network in in_threads([lambda: task.trained("fit", {"n_init": 6, "n_jobs": 3})] * 4):
        task.assert_same(network, alone)
        assert network.restarts_ == alone.restarts_


# H7: the interpreter is free while the network trains


class EnoughSeen(Exception):
    """Ends a training."""


@pytest.mark.slow
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("batch_size", [1, 32, "epoch"])
def test_another_thread_goes_on_while_a_network_trains(convert, batch_size):
    """H7: in a long epoch a thread that wants to run every millisecond comes to run ten times.

    Between the epochs, where the interpreter is busy, it comes to run once or twice. On a busy machine it may have to wait
    for a later epoch, but not for all.
    """
    X = np.random.RandomState(0).normal(size=(6000, 200))
    X, y = convert(X), X[:, 0]
    network = BackpropRegressor(
        (300, 100), batch_size=batch_size, max_iter=100, random_state=0, learning_rate_init=1e-6
    )
    ticks, ticks_before, is_over = [], [0], threading.Event()

    def tick():
        while not is_over.wait(0.001):
            ticks.append(1)

    def score(network, X, y):
        """Called at the end of each epoch."""
        if len(ticks) - ticks_before[-1] >= 10:
            raise EnoughSeen
        ticks_before.append(len(ticks))
        return 0.0

    network.set_params(update_tol=0, early_stopping=False, scoring=score)
    ticking = threading.Thread(target=tick)
    ticking.start()
    try:
        with pytest.raises(EnoughSeen):
            network.fit(X, y, X_val=X[:10], y_val=y[:10])
    finally:
        is_over.set()
        ticking.join()


# H3: joblib's backends, and other schedulers


PARALLEL = """
import numpy as np
from joblib import Parallel, delayed
from skbackprop import BackpropClassifier, BackpropRegressor

X = np.random.RandomState(0).normal(size=(26_000, 100))
y = np.digitize(X[:, 0], [-0.5, 0.5])

def work(X, seed):
    make = BackpropClassifier if seed % 2 else BackpropRegressor
    network = make(5, max_iter=1, random_state=seed).fit(X, y)
    return not X.flags.writeable, [array.tobytes() for array in network.coefs_ + network.intercepts_]

if __name__ == "__main__":
    serial = [work(X, seed)[1] for seed in range(4)]
    {run}
    assert [bytes_ for _, bytes_ in found] == serial
    print(all(is_read_only for is_read_only, _ in found))
"""

RUN = {
    "loky": "found = Parallel(2, backend='loky', max_nbytes='1M')(delayed(work)(X, seed) for seed in range(4))",
    "threading": "found = Parallel(2, backend='threading')(delayed(work)(X, seed) for seed in range(4))",
    "multiprocessing": "found = Parallel(2, backend='multiprocessing', max_nbytes='1M')"
    "(delayed(work)(X, seed) for seed in range(4))",
    "dask": "import dask\n    found = dask.compute(*(dask.delayed(work)(X, seed) for seed in range(4)), "
    "scheduler='threads')",
    "dask processes": "import dask\n    found = dask.compute(*(dask.delayed(work)(X, seed) for seed in range(4)), "
    "scheduler='processes', num_workers=2)",
    "ray": "import ray\n    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)\n"
    "    shared = ray.put(X)\n    found = ray.get([ray.remote(work).remote(shared, seed) for seed in range(3)])",
}


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", list(RUN))
def test_every_scheduler_makes_what_one_process_makes(run, scheduler):
    """H3: X of 20 MB, which processes get as a memory map that they may only read."""
    pytest.importorskip(scheduler.split()[0] if scheduler.split()[0] in ("dask", "ray") else "joblib")
    is_read_only = run(PARALLEL.format(run=RUN[scheduler])).split()[-1] == "True"
    assert is_read_only == (scheduler in ("loky", "multiprocessing", "ray"))


@pytest.mark.slow
@pytest.mark.oldest
def test_searches_in_processes_find_what_one_process_finds(task):
    """H3, as users have it."""
    for function in (cross_val_score, cross_val_predict):
        alone, beside = (function(task.new(), task.X, task.y, cv=3, n_jobs=n_jobs) for n_jobs in (1, 2))
        np.testing.assert_array_equal(alone, beside)


# H4: processes begun after a training


AFTER_FITS = """
import multiprocessing, threading
import numpy as np
from scipy.sparse import csr_array
from sklearn.base import clone
from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network.engines import name_of_engine

# Of so many instances of so many units the kernel shares an epoch out between threads, and so does the BLAS.
X = np.random.RandomState(0).normal(size=(120, 100))
y = np.digitize(X[:, 0], [-0.5, 0.5])
NETWORKS = [
    make((300, 100), max_iter=2, random_state=0, solver=solver, batch_size=batch_size, n_init=2, n_jobs=2)
    for make in (BackpropClassifier, BackpropRegressor)
    for solver, batch_size in (("sgd", 1), ("sgd", "epoch"), ("adam", 200), ("lbfgs", 32))
]

def fit(number):
    network = clone(NETWORKS[number % len(NETWORKS)]).fit(csr_array(X) if number % 3 else X, y)
    return [array.tobytes() for array in network.coefs_]

def work(number):
    return fit(number), fit(number + 1)

def main():
    expected = [work(number) for number in range(len(NETWORKS) // 2)]
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running = threading.Thread(target=lambda: [fit(number) for number in range(4)])
    if name_of_engine() == "kernel":  # NumPy's BLAS hangs where a process is split while it works
        running.start()  # so that the process is split while a training holds whatever it holds
    with multiprocessing.get_context("{how}").Pool(2) as pool:
        assert pool.map(work, range(len(expected))) == expected
    if running.ident:
        running.join()

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_processes_begun_after_and_during_trainings_train_too(run, how):
    """H4."""
    run(AFTER_FITS.format(how=how), OPENBLAS_NUM_THREADS="2")


@pytest.mark.slow
def test_a_process_that_forked_can_predict_with_the_networks_of_its_parent(run):
    """H4."""
    run("""
import os
import numpy as np
from skbackprop import BackpropRegressor

X = np.random.RandomState(0).normal(size=(5000, 50))
network = BackpropRegressor(300, max_iter=2, random_state=0).fit(X, X[:, 0])
expected = network.predict(X)
child = os.fork()
if child == 0:
    same = np.array_equal(network.predict(X), expected)
    network.partial_fit(X, X[:, 0])
    os._exit(0 if same else 1)
assert os.waitpid(child, 0)[1] == 0
assert np.array_equal(network.predict(X), expected)
""")


# H6: jobs in jobs


@pytest.mark.slow
@pytest.mark.oldest
def test_jobs_within_jobs_find_the_same(classifier_task):
    """H6."""
    grid = {"learning_rate_init": [0.5, 1.0], "n_init": [2]}

    def scores(n_jobs):
        search = GridSearchCV(classifier_task.new(n_jobs=n_jobs), grid, cv=2, n_jobs=n_jobs)
        return cross_val_score(search, classifier_task.X, classifier_task.y, cv=2, n_jobs=n_jobs)

    np.testing.assert_array_equal(scores(1), scores(2))


class Counted:
    """Counts how many threads are in a function at once.

    Attributes
    ----------
    most : int
    """

    def __init__(self, function):
        self._function = function
        self._lock = threading.Lock()
        self._n_in = self.most = 0

    def __call__(self, *arguments):
        with self._lock:
            self._n_in += 1
            self.most = max(self.most, self._n_in)
        try:
            time.sleep(0.001)  # so that every thread that may come in does
            return self._function(*arguments)
        finally:
            with self._lock:
                self._n_in -= 1


def test_jobs_within_jobs_do_not_start_more_threads_than_they_say(classifier_task, monkeypatch):
    """H6: of eight trainings of eight restarts each two may train at once, with two restarts each."""
    counted = Counted(Epochs.present)
    monkeypatch.setattr(Epochs, "present", lambda epochs: counted(epochs))
    fit = joblib.delayed(classifier_task.trained)
    joblib.Parallel(2, backend="threading")(fit("fit", {"n_init": 8, "n_jobs": 2}) for _ in range(8))
    assert 2 <= counted.most <= 4
