"""Large data: what fit and predict need besides X, and X larger than the memory allowed.

The ids are those of tests/head_to_head/cases.py.

Each case is a process of its own, which may not allocate more than it is given: reads of a memory map are not counted by
that limit, copies of it are. How time grows (I6) is in the benchmarks.
"""

import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit on data is Linux's")

N_FEATURES = 100
MEGABYTES = 160

PROGRAM = """
import gc, resource, warnings
import numpy as np
from scipy import sparse
from skbackprop import {name} as make

warnings.simplefilter("ignore")
X, y = {inputs}, np.load("y.npy")
network = make({units}, max_iter=2, random_state=0, **{parameters})
network.fit(X[:300], y[:300]).predict(X[:300])  # imports, and the libraries' own buffers

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

gc.collect()
resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + {budget} * 10**6, resource.RLIM_INFINITY))
{work}
resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print("done", status("RssAnon") / 1e6)
"""

FIT = "network.fit(X, y)"
PARTIAL_FIT = "network.partial_fit(X, y)"
PREDICT = "network.predict(X)"
COPY = "X = X.copy()"  # not a case but a control

MAPPED = "np.load('X.npy', mmap_mode='r')"
CSR = "sparse.csr_array(tuple(np.load(f'{each}.npy', mmap_mode='r') for each in ('data', 'indices', 'indptr')))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of X, dense and CSR, each of MEGABYTES, and of y with as many rows as the longest."""
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
    np.save(folder / "indices.npy", (np.arange(n_numbers, dtype=np.int32) * 97) % 1000)
    np.save(folder / "indptr.npy", np.arange(0, n_numbers + 1, 30, dtype=np.int32))
    np.save(folder / "y.npy", (np.asarray(X[:, 0]) > 0.5).astype(float))
    return folder


def run(folder, name, work, budget, inputs=MAPPED, units=10, **parameters):
    """Whether the program ended within its budget, in megabytes."""
    program = PROGRAM.format(name=name, inputs=inputs, units=units, parameters=parameters, budget=budget, work=work)
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("done") or "MemoryError" in done.stderr, done.stderr
    return done.stdout.startswith("done")


@pytest.mark.parametrize("name", ["BackpropClassifier", "BackpropRegressor"])
@pytest.mark.parametrize("work", [FIT, PARTIAL_FIT, PREDICT])
@pytest.mark.parametrize("parameters", [{}, {"batch_size": 1, "momentum": 0.5}, {"solver": "adam", "batch_size": 200}])
def test_a_memory_map_larger_than_the_memory_allowed_is_trained_and_predicted(folder, name, work, parameters):
    """I2 and I3: 160 MB with 40 MB, shuffled; the targets, their order and the predictions are a part of those."""
    assert run(folder, name, work, budget=40, **parameters)


def test_one_copy_of_the_inputs_is_more_than_the_memory_allowed(folder):
    """The control: what the others prove."""
    assert not run(folder, "BackpropClassifier", COPY, budget=40)
    assert run(folder, "BackpropClassifier", COPY, budget=MEGABYTES + 40)


@pytest.mark.parametrize("name", ["BackpropClassifier", "BackpropRegressor"])
@pytest.mark.parametrize("work", [FIT, PREDICT])
def test_float32_inputs_are_not_copied_to_float64(folder, name, work):
    """I2."""
    assert run(folder, name, work, budget=40, inputs="np.load('X32.npy', mmap_mode='r')")


@pytest.mark.parametrize("name", ["BackpropClassifier", "BackpropRegressor"])
@pytest.mark.parametrize("work", [FIT, PREDICT])
def test_sparse_inputs_are_never_dense_and_never_copied(folder, name, work):
    """I2: 72 MB of CSR that would be 1600 MB dense."""
    assert run(folder, name, work, budget=40, inputs=CSR)


@pytest.mark.parametrize("solver", ["sgd", "rprop", "lbfgs"])
def test_a_batch_of_all_instances_needs_no_outputs_of_all(folder, solver):
    """I2: the outputs of 300 hidden units for all instances at once would be 480 MB."""
    assert run(folder, "BackpropRegressor", FIT, budget=120, units=300, batch_size="epoch", solver=solver)


@pytest.mark.parametrize("name", ["BackpropClassifier", "BackpropRegressor"])
def test_predictions_by_many_hidden_units_need_no_outputs_of_all(folder, name):
    """I2: as above."""
    assert run(folder, name, PREDICT, budget=40, units=300)


def packages_after(statement):
    """Names of all that a statement has imported."""
    program = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_importing_the_package_imports_no_package_that_scikit_learns_network_does_not():
    """I6: how long it takes is in the benchmarks."""
    ours, theirs = (packages_after(f"import {name}") for name in ("skbackprop", "sklearn.neural_network"))
    third_party = {name for name in ours - theirs if name not in sys.stdlib_module_names}
    assert {name for name in third_party if not name.startswith("_")} == {"skbackprop"}
