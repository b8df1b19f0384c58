"""Memory: by how much a fit raises the peak of the process, each in a process of its own.

A process that is started inherits the ``ru_maxrss`` of the large one that starts it, so that it can hide all growth; where
there is /proc its VmHWM is read, which begins anew. A copy of known size is measured too, as a control.
"""

import resource
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
from report import Section, bullets, table

GOAL = 20

INTRODUCTION = """\
Megabytes by which the peak resident memory of a process grows in ``fit``, once everything is imported and X is there.
Dense X is float32 with 784 columns, the network 784-30-10; sparse X has 1000 rows and a million columns, 100 numbers in
each row, and the network 1000000-10-10, whose weights alone are 40 MB."""

# The size of the control, and how far the measured growth may be from it.
_CONTROL, _TOLERANCE = 100, 5

_CASES = {
    "control, a copy of 100 MB": ("copy", "dense", _CONTROL),
    "ours, dense 500 MB": ("ours", "dense", 500),
    "ours, dense 100 MB": ("ours", "dense", 100),
    "MLPClassifier, dense 100 MB": ("mlp", "dense", 100),
    "ours, CSR of a million columns": ("ours", "csr", 0),
    "MLPClassifier, CSR of a million columns": ("mlp", "csr", 0),
}


def run(options):
    """Start a process for each case.

    Returns
    -------
    section : Section
    """
    growths = {title: _in_process(*case) for title, case in _CASES.items()}
    control, *_ = growths.values()
    ours = growths["ours, dense 500 MB"]
    losses = [f"fit of 500 MB: grows by {ours:.0f} MB, goal {GOAL}"] if ours >= GOAL else []
    if abs(control - _CONTROL) > _TOLERANCE:
        losses.append(f"memory was not measured: a copy of {_CONTROL} MB seems to take {control:.0f} MB")
    rows = [[title, f"{growth:.1f}"] for title, growth in growths.items()]
    return Section("Memory", [INTRODUCTION, table(["fit", "MB"], rows), bullets(losses, "The goal is met.")], losses)


def _in_process(who, kind, megabytes):
    """The growth that a new process prints."""
    command = [sys.executable, __file__, who, kind, str(megabytes)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _measure(who, kind, megabytes):
    """Make the data, fit, and print by how much the peak grew."""
    model = _estimator(who, 30 if kind == "dense" else 10)
    X, y = _dense(megabytes) if kind == "dense" else _sparse()
    _estimator(who, 2).fit(X[:50, :5], y[:50])  # imports, and the libraries' own buffers
    before = _peak()
    model.fit(X, y)
    print(_peak() - before)


class _Copy:
    """Not a model: its fit copies X, so that the growth is known."""

    def fit(self, X, y):
        self.copy_ = X.copy()


def _estimator(who, n_units):
    if who == "copy":
        return _Copy()
    if who == "ours":
        from skbackprop import BackpropClassifier

        return BackpropClassifier(n_units, max_iter=1, random_state=0)
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(n_units, activation="logistic", solver="sgd", max_iter=1, batch_size=32, random_state=0)


def _dense(megabytes):
    X = np.empty((megabytes * 10**6 // (4 * 784), 784), np.float32)
    random = np.random.default_rng(0)
    for start in range(0, len(X), 1000):
        rows = X[start : start + 1000]
        random.random(out=rows, dtype=np.float32)
    return X, random.integers(10, size=len(X))


def _sparse():
    from scipy.sparse import csr_array

    random = np.random.default_rng(0)
    columns = np.sort(random.integers(10**6, size=(1000, 100)), axis=1)
    numbers = random.random(columns.size, dtype=np.float32)
    X = csr_array((numbers, columns.ravel(), np.arange(0, columns.size + 1, 100)), shape=(1000, 10**6))
    X.sum_duplicates()
    return X, random.integers(10, size=1000)


def _peak():
    """Peak resident memory of this process in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
