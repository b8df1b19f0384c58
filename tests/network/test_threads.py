"""Threads: results do not depend on their number, limits are obeyed, and a fork does not hang."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import threads

_kernel = pytest.importorskip(
    "skbackprop._network._kernel", reason="installed without the compiled kernel", exc_type=ImportError
)

SIZES = (150, 300, 130, 260, 7)  # whose weights make rows of inputs, of units, and of inputs again
WIDE = (530, 1100, 540, 7)  # the same, of which no core's second cache holds the first two
N_INSTANCES = 450
NUMBERS = [2, 3, 8]


def make_context(dtype, is_sparse=False, sizes=SIZES):
    """A context with all that a rule may ask for, the number of its parameters, and what must outlive it."""
    rng = np.random.RandomState(0)
    inputs = rng.standard_normal((N_INSTANCES, sizes[0])) * (rng.uniform(size=(N_INSTANCES, sizes[0])) < 0.3)
    inputs = sparse.csr_array(inputs.astype(dtype)) if is_sparse else rng.standard_normal(inputs.shape).astype(dtype)
    arrays = (inputs.data, inputs.indices, inputs.indptr) if is_sparse else (inputs, None, None)
    codes = rng.randint(sizes[-1], size=N_INSTANCES).astype(np.int32)
    weights = rng.uniform(0.5, 1.5, N_INSTANCES).astype(dtype)
    context = _kernel.Context(sizes, dtype, "tanh", "softmax_log", (sizes[-1],))
    context.bind(*arrays, np.eye(sizes[-1], dtype=dtype), codes, weights)
    vector = rng.uniform(-0.1, 0.1, sum((a + 1) * b for a, b in pairwise(sizes))).astype(dtype)
    context.load(vector, np.zeros_like(vector), np.full_like(vector, 0.01))
    return context, vector


def learn(n_threads, dtype, rule, batch_size, is_sparse=False, sizes=SIZES):
    """The parameters after two epochs, and the sums of the second."""
    context, vector = make_context(dtype, is_sparse, sizes)
    context.use_threads(n_threads)
    order = np.random.RandomState(1).permutation(N_INSTANCES)
    for epoch in range(2):
        if rule == "descent":
            sums = context.epoch(order, batch_size, 0.1, 0.9, True, 0.01)
        elif rule == "adam":
            sums = context.epoch_adam(order, batch_size, 0.01, 0.9, 0.999, 1e-8, epoch, 0.01)
        elif rule == "rprop":
            sums = context.epoch_rprop(order, 1.2, 0.5, 1e-6, 50.0, 0.01)
        else:
            return vector, context.gradient(0.01, vector)
    context.store(vector)
    return vector, sums


@pytest.mark.parametrize("sizes", [SIZES, (400, 1000, 1000, 3)], ids=["small", "from the system"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_a_rule_remembers_is_loaded_over_what_was_there(sizes, n_threads):
    """Large memory is the system's, zeroed as it is touched; zeros are loaded into it as well where it was written to."""
    found = []
    for n_loads in (1, 2):
        context, vector = make_context("float32", sizes=sizes)
        context.use_threads(n_threads)
        begun = vector.copy(), np.zeros_like(vector), np.zeros_like(vector)
        for _ in range(n_loads):
            context.load(*begun)
            context.epoch_adam(None, 200, 0.01, 0.9, 0.999, 1e-8, 0, 0.0)
        made = [np.empty_like(vector) for _ in begun]
        context.store(*made)
        assert all(each.any() for each in made)
        found.append(made)
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("rule", "batch_size"),
    [
        ("descent", 1),
        ("descent", 32),
        ("descent", 200),
        ("adam", 200),
        ("rprop", N_INSTANCES),
        ("gradient", N_INSTANCES),
    ],
)
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits_do_not_depend_on_the_number_of_threads(dtype, is_sparse, rule, batch_size):
    vector, sums = learn(1, dtype, rule, batch_size, is_sparse)
    assert np.isfinite(vector).all()
    for n_threads in NUMBERS:
        again, sums_again = learn(n_threads, dtype, rule, batch_size, is_sparse)
        np.testing.assert_array_equal(again, vector)
        assert sums_again == sums


@pytest.mark.parametrize(
    ("rule", "batch_size"),
    [("descent", 33), ("descent", 200), ("descent", 250), ("adam", 64), ("adam", 65), ("adam", N_INSTANCES)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits_of_wide_networks_do_not_depend_on_the_number_of_threads(dtype, rule, batch_size):
    vector, sums = learn(1, dtype, rule, batch_size, sizes=WIDE)
    assert np.isfinite(vector).all()
    for n_threads in NUMBERS:
        again, sums_again = learn(n_threads, dtype, rule, batch_size, sizes=WIDE)
        np.testing.assert_array_equal(again, vector)
        assert sums_again == sums


# Of 2**20 parameters, one less, many layers, one with more rows than columns, and one with fewer tasks than threads.
@pytest.mark.parametrize(
    "sizes",
    [(1023, 1023, 1), (1024, 1023), WIDE, (300000, 5, 3), (65, 17000)],
    ids=lambda sizes: "-".join(map(str, sizes)),
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_threads_load_and_store_stays_the_same(dtype, sizes):
    n_parameters = sum((a + 1) * b for a, b in pairwise(sizes))
    given = [np.random.RandomState(seed).uniform(size=n_parameters).astype(dtype) for seed in range(3)]
    for n_threads in (1, *NUMBERS):
        context = _kernel.Context(sizes, dtype, "tanh", "softmax_log", (sizes[-1],))
        context.use_threads(n_threads)
        context.load(*given)
        stored = [np.full_like(vector, np.nan) for vector in given]
        context.store(*stored)
        np.testing.assert_array_equal(stored, given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_row_is_predicted_alike_alone_and_among_others_by_any_number_of_threads(is_sparse, dtype):
    rng = np.random.RandomState(0)
    inputs = rng.standard_normal((300, SIZES[0])).astype(dtype)
    layers = [rng.uniform(-0.1, 0.1, shape).astype(dtype) for shape in pairwise(SIZES)]
    biases = [rng.uniform(-0.1, 0.1, size).astype(dtype) for size in SIZES[1:]]

    def predict(rows, n_threads):
        given = sparse.csr_array(rows) if is_sparse else rows
        arrays = (given.data, given.indices, given.indptr) if is_sparse else (given, None, None)
        into = np.full((len(rows), SIZES[-1]), np.nan, dtype=dtype)
        _kernel.predict(SIZES, dtype, "tanh", *arrays, layers, biases, n_threads, into)
        return into

    outputs = predict(inputs, 1)
    expected = inputs.astype("float64")
    for weights, bias in zip(layers[:-1], biases[:-1], strict=True):
        expected = np.tanh(expected @ weights + bias)
    np.testing.assert_allclose(
        outputs, expected @ layers[-1] + biases[-1], rtol=0, atol=1e-5 if dtype == "float32" else 1e-13
    )
    for n_threads in NUMBERS:
        np.testing.assert_array_equal(predict(inputs, n_threads), outputs)
    for rows in (slice(1), slice(7, 10), slice(3, 50), slice(295, 300)):
        np.testing.assert_array_equal(predict(inputs[rows], 1), outputs[rows])


def test_what_prediction_is_given_is_checked():
    weights, biases = [np.zeros((2, 3))], [np.zeros(3)]
    good = ((2, 3), "float64", "logistic", np.zeros((4, 2)), None, None, weights, biases, 1, np.zeros((4, 3)))
    _kernel.predict(*good)
    for place, bad in [
        (3, np.zeros((4, 2), "f4")),
        (6, [np.zeros((3, 3))]),
        (7, [np.zeros(2)]),
        (8, 0),
        (9, np.zeros((3, 3))),
    ]:
        with pytest.raises(ValueError, match=r"items|type|n_threads|columns"):
            _kernel.predict(*good[:place], bad, *good[place + 1 :])


def fit(estimator, n_threads, seed=0):
    """The bits of a training of two wide layers, and of its predictions, with the limit of threads that OpenMP is told."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((400, 120)).astype("float32")
    y = X[:, 0] > 0 if estimator is BackpropClassifier else X[:, 0]
    with threadpool_limits(n_threads, user_api="openmp"):
        network = estimator((256, 256), batch_size=100, max_iter=3, update_tol=0, random_state=0, early_stopping=True)
        outputs = network.fit(X, y).predict(X)
    return b"".join(each.tobytes() for each in [*network.coefs_, *network.intercepts_, np.asarray(outputs)])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_bits_of_estimators_do_not_depend_on_the_number_of_threads(estimator):
    assert len({fit(estimator, n_threads) for n_threads in (1, 2)}) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 70, "momentum": 0.9, "alpha": 0.1, "activation": "tanh"},
        {"batch_size": 200, "solver": "adam", "activation": "relu", "loss": "log_loss"},
        {"batch_size": "epoch", "solver": "rprop"},
        {"solver": "lbfgs", "alpha": 0.1},
    ],
    ids=["momentum", "adam", "rprop", "lbfgs"],
)
def test_wide_layers_learn_what_the_book_says(options, is_sparse, monkeypatch):
    rng = np.random.RandomState(0)
    X, y = rng.standard_normal((450, 150)) * (rng.uniform(size=(450, 150)) < 0.5), rng.randint(7, size=450)
    X = sparse.csr_array(X) if is_sparse else X
    weights = []
    for engine in ("kernel", "numpy"):
        monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
        network = BackpropClassifier(SIZES[1:-1], max_iter=3, update_tol=0, random_state=0, **options).fit(X, y)
        weights.append(np.concatenate([each.ravel() for each in network.coefs_ + network.intercepts_]))
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-8, atol=1e-8)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 1000},
        {"batch_size": 1000, "momentum": 0.9, "alpha": 0.1},
        {"batch_size": 1700, "solver": "adam", "activation": "relu"},  # in two chunks
        {"batch_size": "epoch", "solver": "rprop"},
        {"solver": "lbfgs", "alpha": 0.1},
    ],
    ids=["plain", "momentum", "adam", "rprop", "lbfgs"],
)
def test_large_batches_in_long_layers_learn_what_the_book_says(options, monkeypatch):
    """Of so many instances a part at a time goes into the sums of so many weights."""
    assert_both_engines_learn_the_same((610, 530, 37), 1703, options, monkeypatch)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 33},
        {"batch_size": 64, "momentum": 0.9, "alpha": 0.1},
        {"batch_size": 65, "momentum": 0.9},
        {"batch_size": 20, "solver": "adam"},
        {"batch_size": 660},  # in two chunks, of which the second is small
    ],
    ids=["plain", "momentum", "momentum, one more", "adam", "two chunks"],
)
def test_small_batches_in_wide_networks_learn_what_the_book_says(options, monkeypatch):
    """For so few instances weights that no cache holds are moved row by row."""
    assert_both_engines_learn_the_same(WIDE[:-1], 680, options, monkeypatch)


def assert_both_engines_learn_the_same(sizes, n_instances, options, monkeypatch):
    rng = np.random.RandomState(0)
    X, y = rng.standard_normal((n_instances, sizes[0])), rng.randint(7, size=n_instances)
    weights = []
    for engine in ("kernel", "numpy"):
        monkeypatch.setenv("SKBACKPROP_ENGINE", engine)
        network = BackpropClassifier(sizes[1:], max_iter=2, update_tol=0, random_state=0, **options).fit(X, y)
        weights.append(np.concatenate([each.ravel() for each in network.coefs_ + network.intercepts_]))
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-8, atol=1e-8)


def run_in_process(code, **environment):
    """What a Python process prints, which may not take longer than a minute."""
    result = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


COUNT = "import sklearn.neural_network; from skbackprop._network.threads import n_threads; print(n_threads())"


@pytest.mark.slow
@pytest.mark.parametrize(("told", "n_threads"), [("1", 1), ("3", 3), ("2,1", 2)])
def test_omp_num_threads_is_obeyed(told, n_threads):
    assert run_in_process(COUNT, OMP_NUM_THREADS=told) == str(n_threads)


def test_limits_of_threadpoolctl_are_obeyed_and_there_are_never_more_than_processors(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert 1 <= threads.n_threads() <= joblib.cpu_count()
    with threadpool_limits(1):
        assert threads.n_threads() == 1
    with threadpool_limits(1, user_api="openmp"):
        assert threads.n_threads() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are not bound to processors here")
def test_processors_that_were_taken_away_count_again_when_they_are_back(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    there, before = os.sched_getaffinity(0), threads.n_threads()
    threads._quota.cache_clear()
    try:
        os.sched_setaffinity(0, {min(there)})
        assert threads.n_threads() == 1
    finally:
        os.sched_setaffinity(0, there)
    assert threads.n_threads() == before


TWO_EPOCHS = """
import os, threading, time, numpy as np
from skbackprop._network import _kernel
rng = np.random.RandomState(0)
X, T = rng.standard_normal((400, 200)), np.eye(10)
codes, vector = rng.randint(10, size=400).astype(np.int32), rng.uniform(-0.1, 0.1, 200 * 300 + 300 * 10 + 310)

def learn(n_threads, n_epochs=3):
    context = _kernel.Context((200, 300, 10), "float64", "logistic", "logistic_log", (10,))
    context.bind(X, None, None, T, codes, None)
    context.load(vector)
    context.use_threads(n_threads)
    for _ in range(n_epochs):
        context.epoch(None, 100, 0.1, 0.0, False, 0.0)
    into = np.empty_like(vector)
    context.store(into)
    return into.tobytes()
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_bits_are_the_same_within_joblib(backend):
    code = f"""
import joblib
alone = learn(1)
jobs = (joblib.delayed(learn)(n_threads) for n_threads in (1, 2, 8))
print(joblib.Parallel(n_jobs=2, backend={backend!r})(jobs) == [alone] * 3)
"""
    assert run_in_process(TWO_EPOCHS + code) == "True"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_after_a_training_does_not_hang():
    code = """
before = learn(4)
child = os.fork()
if child == 0:
    os._exit(0 if learn(4) == before else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), learn(4) == before)
"""
    assert run_in_process(TWO_EPOCHS + code) == "0 True"


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_helpers_are_made_once_and_shared_by_all_callers():
    code = """
count = lambda: len(os.listdir("/proc/self/task"))
n_before = count()
learn(3)
n_one = count() - n_before
callers = [threading.Thread(target=learn, args=(3, 20)) for _ in range(4)]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
for _ in range(100):  # until the system has ended the callers
    if count() - n_before <= n_one:
        break
    time.sleep(0.01)
print(n_one, count() - n_before)
"""
    assert run_in_process(TWO_EPOCHS + code, OPENBLAS_NUM_THREADS="1") in (
        "2 2",
        "0 0",
    )  # "0 0" is a build without threads


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_no_helper_is_made_where_no_batch_is_shared_out():
    code = """
count = lambda: len(os.listdir("/proc/self/task"))
n_before = count()
context = _kernel.Context((200, 300, 10), "float64", "logistic", "logistic_log", (10,))
context.bind(X, None, None, T, codes, None)
context.load(vector)
context.use_threads(8)
for batch_size in (1, 4):
    context.epoch(None, batch_size, 0.1, 0.0, False, 0.0)
print(count() - n_before)
"""
    assert run_in_process(TWO_EPOCHS + code, OPENBLAS_NUM_THREADS="1") == "0"


LBFGS = """
import os, threading, warnings, numpy as np
from threadpoolctl import threadpool_info
from skbackprop import BackpropRegressor
warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(120, 100))

def fit():
    network = BackpropRegressor((300, 100), solver="lbfgs", max_iter=8, random_state=0)
    return network.fit(X, X[:, 0]).coefs_[0].tobytes()

def blas():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
"""


def test_the_bits_of_lbfgs_do_not_depend_on_the_threads_of_the_blas():
    code = """
import hashlib
from threadpoolctl import threadpool_limits
threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]))  # from then on threadpoolctl may hear this thread alone
made = []
other = threading.Thread(target=lambda: made.append(fit()))
other.start()
other.join()
print({hashlib.sha256(bits).hexdigest() for bits in (fit(), *made)})
"""
    printed = {run_in_process(LBFGS + code, OPENBLAS_NUM_THREADS=str(n)) for n in (1, 2)}
    assert len(printed) == 1
    assert "," not in printed.pop()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forks_while_trainings_use_the_blas_do_not_hang():
    code = """
before, expected, is_over = blas(), fit(), threading.Event()

def work():
    while not is_over.is_set():
        fit()

workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers:
    worker.start()
statuses = []
for number in range(20):
    is_over.wait(0.01 * (number % 7))
    child = os.fork()
    if child == 0:
        is_as_before = blas() == before and fit() == expected and blas() == before
        os._exit(0 if is_as_before and np.isfinite(X.T @ X).all() else 1)
    statuses.append(os.waitpid(child, 0)[1])
is_over.set()
for worker in workers:
    worker.join()
print(sum(statuses), blas() == before)
"""
    assert run_in_process(LBFGS + code, OPENBLAS_NUM_THREADS="2") == "0 True"


def test_whoever_is_last_gives_the_blas_its_threads_back():
    code = """
from skbackprop._network.threads import one_blas_thread
before, seen, first_is_within, first_may_leave = blas(), [], threading.Event(), threading.Event()

def first():
    with one_blas_thread():
        first_is_within.set()
        assert first_may_leave.wait(60)

for _ in range(2):
    other = threading.Thread(target=first)
    other.start()
    assert first_is_within.wait(60)
    with one_blas_thread():
        first_may_leave.set()
        other.join()
        seen += blas()
        with one_blas_thread():
            pass
        seen += blas()
    assert blas() == before
print(set(seen))
"""
    assert run_in_process(LBFGS + code, OPENBLAS_NUM_THREADS="2") in (
        "{1}",
        "set()",
    )  # none where the BLAS is of another kind


# Many short regions, each of whose tasks must be done once. As on a machine of 32 bits, if so asked.
REGIONS = """
#include <stdatomic.h>
#include <stdio.h>
#include "threads.h"

enum { N = 64 };
static atomic_int n_done[N], n_strange;

static void task(void *shared, ptrdiff_t number, int thread)
{
    (void)shared, (void)thread;
    if (number < 0 || number >= N) atomic_fetch_add(&n_strange, 1);
    else atomic_fetch_add(&n_done[number], 1);
}

int main(void)
{
    Team *team = begin_team(4);
    for (int region = 1; region <= 100000; region++) {
        share_out(team, task, NULL, N);
        for (int i = 0; i < N; i++)
            if (n_strange || n_done[i] != region) return printf("region %d, task %d: %d\\n", region, i, n_done[i]), 1;
    }
    end_team(team);
    return 0;
}
"""
NARROW = """
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#define ptrdiff_t int32_t
#define atomic_ptrdiff_t _Atomic(int32_t)
"""
SOURCES = Path(threads.__file__).parent / "kernel"


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("cc") is None or os.name == "nt" or not (SOURCES / "threads.c").exists(),
    reason="there is no compiler, or no source",
)
@pytest.mark.parametrize("before", ["", NARROW], ids=["as here", "32 bits"])
def test_each_task_of_a_region_is_done_once(tmp_path, before):
    (tmp_path / "before.h").write_text(before)
    (tmp_path / "regions.c").write_text(REGIONS)
    command = ["cc", "-std=gnu11", "-O2", "-include", "before.h", f"-I{SOURCES}", "regions.c"]
    subprocess.run([*command, SOURCES / "threads.c", "-o", "regions", "-pthread"], check=True, cwd=tmp_path, timeout=60)
    result = subprocess.run([tmp_path / "regions"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout
