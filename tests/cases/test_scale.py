"""Large data: what fit and predict need besides X, and X larger than the memory allowed.

The ids are those of tests/head_to_head/cases.py.

A case may not allocate more than it is given: reads of a memory map are not counted by that limit, copies of it are. The
cases of one kind of inputs share a process. How time grows (I6) is in the benchmarks.
"""

import json
import os
import sys
from functools import cache

import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit on data is Linux's"),
]

N_FEATURES = 100
MEGABYTES = 80

PROGRAM = """
import gc, json, resource, sys, warnings
import numpy as np
from scipy import sparse
from skbackprop import BackpropClassifier, BackpropRegressor

warnings.simplefilter("ignore")
X, y = {inputs}, np.load("y.npy")
np.dot(*np.ones((2, 500, 500), X.dtype))  # BLAS takes its buffer

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

def is_possible(budget, work):
    gc.collect()
    resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + budget * 10**6, resource.RLIM_INFINITY))
    try:
        work()
    except MemoryError:
        return False
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return True

def is_trained(name, method, budget, parameters):
    network = dict(classifier=BackpropClassifier, regressor=BackpropRegressor)[name]()
    network.set_params(**dict(hidden_layer_sizes=10, max_iter=2, random_state=0) | parameters)
    network.fit(X[:300], y[:300]).predict(X[:300])  # imports, and the libraries' own buffers
    call = getattr(network, method)
    return is_possible(budget, lambda: call(X) if method == "predict" else call(X, y))

ended = [is_trained(*case) for case in json.loads(sys.argv[1])]
copies = [is_possible(budget, lambda: X.copy()) for budget in ({budget}, {megabytes} + {budget})]
print(json.dumps([ended, copies]))
"""

BUDGET = 20
NAMES = ["classifier", "regressor"]
METHODS = ["fit", "partial_fit", "predict"]

MAPPED = "np.load('X.npy', mmap_mode='r')"
MAPPED32 = "np.load('X32.npy', mmap_mode='r')"
CSR = "sparse.csr_array(tuple(np.load(f'{each}.npy', mmap_mode='r') for each in ('data', 'indices', 'indptr')))"

CASE_UPDATING = {"batch_size": 1, "momentum": 0.5}
ADAM = {"solver": "adam", "batch_size": 200}
MANY_UNITS = {"hidden_layer_sizes": 300}
LONG_BATCHES = [MANY_UNITS | {"batch_size": "epoch", "solver": solver} for solver in ("sgd", "rprop", "lbfgs")]

# What is done with each kind of inputs, in one process: estimator, method, megabytes, parameters.
CASES = {
    MAPPED: [
        *[(name, method, BUDGET, each) for each in ({}, CASE_UPDATING, ADAM) for name in NAMES for method in METHODS],
        *[("regressor", "fit", 3 * BUDGET, each) for each in LONG_BATCHES],
        *[(name, "predict", BUDGET, MANY_UNITS) for name in NAMES],
    ],
    MAPPED32: [(name, method, BUDGET, {}) for name in NAMES for method in ("fit", "predict")],
    CSR: [(name, method, BUDGET, {}) for name in NAMES for method in ("fit", "predict")],
}


def words_of(case):
    name, method, _, parameters = case
    return " ".join([name, method, *map(str, parameters.values())])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of X, dense and CSR, the largest of MEGABYTES, and of y with as many rows."""
    folder = tmp_path_factory.mktemp("scale")
    n_instances = MEGABYTES * 10**6 // (8 * N_FEATURES)
    X = np.lib.format.open_memmap(folder / "X.npy", mode="w+", shape=(n_instances, N_FEATURES))
    random = np.random.default_rng(0)
    for start in range(0, n_instances, 10_000):
        random.random(out=X[start : start + 10_000])
    X32 = np.lib.format.open_memmap(folder / "X32.npy", mode="w+", shape=X.shape, dtype=np.float32)
    X32[...] = X
    # Thirty numbers in each row of 1000 columns, 12 bytes each.
    n_numbers = n_instances * 30
    np.save(folder / "data.npy", random.random(n_numbers))
    columns = (np.arange(n_numbers, dtype=np.int32) * 97) % 1000
    np.save(folder / "indices.npy", np.sort(columns.reshape(-1, 30), axis=1).ravel())  # canonical: others are copied
    np.save(folder / "indptr.npy", np.arange(0, n_numbers + 1, 30, dtype=np.int32))
    np.save(folder / "y.npy", (np.asarray(X[:, 0]) > 0.5).astype(float))
    return folder


@pytest.fixture(scope="module")
def outcomes(folder, run_python):
    """Which of the cases ended within their budgets, and whether X could be copied within the budget, and within more."""
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",  # each thread would have a buffer
        # So that what is freed goes back at once, and the next case does not live on it.
        "MALLOC_MMAP_THRESHOLD_": "100000",
        "MALLOC_TRIM_THRESHOLD_": "100000",
    }

    @cache
    def outcomes(inputs):
        program = PROGRAM.format(inputs=inputs, budget=BUDGET, megabytes=MEGABYTES)
        done = run_python("-c", program, json.dumps(CASES[inputs]), cwd=folder, env=environment)
        return json.loads(done.stdout)

    return outcomes


@pytest.mark.parametrize("case", CASES[MAPPED], ids=words_of)
def test_a_memory_map_larger_than_the_memory_allowed_is_trained_and_predicted(outcomes, case):
    """I2 and I3: 80 MB with 20 MB, shuffled; the targets, their order and the predictions are a part of those.

    The outputs of 300 hidden units for all instances at once would be 240 MB.
    """
    assert outcomes(MAPPED)[0][CASES[MAPPED].index(case)]


@pytest.mark.parametrize("case", CASES[MAPPED32], ids=words_of)
def test_float32_inputs_are_not_copied_to_float64(outcomes, case):
    """I2."""
    assert outcomes(MAPPED32)[0][CASES[MAPPED32].index(case)]


@pytest.mark.parametrize("case", CASES[CSR], ids=words_of)
def test_sparse_inputs_are_never_dense_and_their_numbers_never_copied(outcomes, case):
    """I2: 36 MB of CSR that would be 800 MB dense. The indices, a third of it, are copied (J1)."""
    assert outcomes(CSR)[0][CASES[CSR].index(case)]


@pytest.mark.parametrize("inputs", CASES, ids=["dense", "float32", "csr"])
def test_one_copy_of_the_inputs_is_more_than_the_memory_allowed(outcomes, inputs):
    """The control, after all the cases: what the others prove."""
    assert outcomes(inputs)[1] == [False, True]


@pytest.mark.oldest
def test_importing_the_package_imports_no_package_that_scikit_learns_network_does_not(run_python):
    """I6: how long it takes is in the benchmarks."""

    def packages_after(statement):
        program = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
        return set(run_python("-c", program).stdout.split())

    ours, theirs = (packages_after(f"import {name}") for name in ("skbackprop", "sklearn.neural_network"))
    third_party = {name for name in ours - theirs if name not in sys.stdlib_module_names}
    assert {name for name in third_party if not name.startswith("_")} == {"skbackprop"}
