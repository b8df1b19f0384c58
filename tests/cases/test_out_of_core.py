"""Data that are larger than the memory that a process may have: from a memory map, and from a file of Parquet."""

import sys

import numpy as np
import pytest

LIMITED = """
import resource, sys, warnings
import numpy as np
from skbackprop import BackpropClassifier

warnings.simplefilter("ignore")
path, way = sys.argv[1:]
N_ROWS, N_COLUMNS = {n_rows}, 64
# What is loaded and trained once before the limit is set: libraries keep some memory.
network = BackpropClassifier(4, max_iter=1, update_tol=0, random_state=0)
network.fit(np.random.RandomState(0).normal(size=(200, N_COLUMNS)).astype(np.float32), np.arange(200) % 2)
if way == "parquet":
    import pyarrow as pa
    import pyarrow.parquet as pq
    pa.set_cpu_count(1), pa.set_io_thread_count(1)

def data():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmData")) * 1024

resource.setrlimit(resource.RLIMIT_DATA, (data() + {allowed}, resource.RLIM_INFINITY))
y = np.arange(N_ROWS) % 2
if way == "parquet":
    network = BackpropClassifier(4, random_state=0)
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=4096, use_threads=False):
            X = np.column_stack([column.to_numpy() for column in batch.columns])
            network.partial_fit(X, np.arange(len(X)) % 2, classes=[0, 1])
    assert network.t_ == N_ROWS
else:
    X = np.memmap(path, np.float32, "r", shape=(N_ROWS, N_COLUMNS))
    if way == "partial_fit":
        network = BackpropClassifier(4, random_state=0)
        for start in range(0, N_ROWS, 20_000):
            network.partial_fit(X[start : start + 20_000], y[start : start + 20_000], classes=[0, 1])
    else:
        network.fit(X, y)
    assert network.t_ == N_ROWS
    assert network.predict(X).shape == (N_ROWS,)
try:
    np.ones((N_ROWS, N_COLUMNS), np.float32)
except MemoryError:
    print("a copy does not fit")
"""

N_ROWS, ALLOWED = 400_000, 60 * 2**20  # of 102 MB

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit what is allocated, but not mapped"),
]


def run_limited(run_python, path, way):
    program = LIMITED.format(n_rows=N_ROWS, allowed=ALLOWED)
    assert run_python("-c", program, path, way).stdout == "a copy does not fit\n"


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
def test_a_memory_map_may_be_larger_than_the_memory(run_python, tmp_path, way):
    mapped = np.memmap(tmp_path / "X", np.float32, "w+", shape=(N_ROWS, 64))
    mapped[::100] = np.random.RandomState(0).normal(size=(N_ROWS // 100, 64))
    mapped.flush()
    run_limited(run_python, tmp_path / "X", way)


def test_a_file_of_parquet_may_be_larger_than_the_memory(run_python, tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    X = np.random.RandomState(0).normal(size=(N_ROWS // 40, 64)).astype(np.float32)
    table = pa.table({f"x{number}": column for number, column in enumerate(X.T)})
    with pq.ParquetWriter(tmp_path / "X.parquet", table.schema, use_dictionary=False) as writer:
        for _ in range(40):
            writer.write_table(table)
    run_limited(run_python, tmp_path / "X.parquet", "parquet")
