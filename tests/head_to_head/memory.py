"""The command: ``python tests/head_to_head/memory.py [megabytes]`` prints what fit and predict need besides X, as a table.

Each number is the growth of the peak of a process of its own, in megabytes. What measures is that of the benchmarks.
"""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
from memory import _estimator, _peak
from report import table

KINDS = {
    "float32": "dense, float32",
    "float64": "dense, float64",
    "csr": "CSR, float64",
    "narrow": "dense, float64, 10 columns",
}
WHO = {"copy": "a copy of X, as a control", "ours": "BackpropClassifier", "mlp": "MLPClassifier"}
N_FEATURES = 784


def main():
    megabytes = sys.argv[1] if len(sys.argv) > 1 else "200"
    rows = []
    for who, name in WHO.items():
        for kind, words in KINDS.items():
            cells = [_in_process(who, kind, method, megabytes) for method in ("fit", "predict")]
            rows.append([name, words, *cells])
    print(f"X of {megabytes} MB with {N_FEATURES} columns, network {N_FEATURES}-30-10, one epoch, batches of 32; in MB")
    print(f"10 columns: X of {int(megabytes) // 10} MB, network 10-100-10\n")
    print(table(["of", "X", "fit", "predict"], rows))


def _in_process(who, kind, method, megabytes):
    """What a new process prints."""
    if (who, method) == ("copy", "predict"):
        return ""
    command = [sys.executable, __file__, who, kind, method, megabytes]
    return f"{float(subprocess.run(command, check=True, capture_output=True, text=True).stdout):.1f}"


def _measure(who, kind, method, megabytes):
    """Make the data, train, and print by how much the peak grew in the call."""
    X, y = _data(kind, megabytes)
    n_units = 100 if kind == "narrow" else 30
    model, small = _estimator(who, n_units), _estimator(who, n_units)
    if who != "copy":
        small.fit(X[:300], y[:300]).predict(X[:300])  # imports, and the libraries' own buffers
    before = _peak()
    if method == "fit":
        model.fit(X, y)
    else:
        small.predict(X)
    print(_peak() - before)


def _data(kind, megabytes):
    """X of this size, made without a larger one on the way, and labels."""
    random = np.random.default_rng(0)
    if kind == "csr":
        n_rows, n_numbers = megabytes * 10**6 // (12 * 150), 150
        columns = np.arange(n_rows * n_numbers, dtype=np.int32)
        columns *= 5
        columns %= 750  # 150 columns in order, the same in all rows
        starts = np.arange(0, n_rows * n_numbers + 1, n_numbers, dtype=np.int32)
        X = csr_array((random.random(n_rows * n_numbers), columns, starts), shape=(n_rows, N_FEATURES))
    elif kind == "narrow":
        X = random.random((megabytes * 10**5 // 80, 10))
    else:
        dtype = np.dtype(kind)
        X = np.empty((megabytes * 10**6 // (dtype.itemsize * N_FEATURES), N_FEATURES), dtype)
        for start in range(0, len(X), 1000):
            random.random(out=X[start : start + 1000], dtype=dtype)
    return X, random.integers(10, size=X.shape[0])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if len(sys.argv) > 2:
        _measure(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
