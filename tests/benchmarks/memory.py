"""Memory: by how much a fit, or a prediction, raises the peak of the process, each in a process of its own.

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
Megabytes by which the peak resident memory of a process grows in ``fit``, or in ``predict``, once everything is imported
and X is there. Dense X is float32 with 784 columns, or 100, the network 784-30-10, or 100-30-10; sparse X has 1000 rows and
a million columns, 100 numbers in each row, and the network 1000000-10-10, whose weights alone are 40 MB. What ``predict``
returns is counted: 8 bytes a row."""

# The size of the control, and how far the measured growth may be from it.
_CONTROL, _TOLERANCE = 100, 5

# Who does what with how many megabytes of how many columns; a million columns are sparse.
_CASES = {
    "control, a copy of 100 MB": ("copy", "fit", 100, 784),
    "ours, fit, 500 MB of 784 columns": ("ours", "fit", 500, 784),
    "ours, fit, 500 MB of 100 columns": ("ours", "fit", 500, 100),
    "ours, fit, 100 MB of 784 columns": ("ours", "fit", 100, 784),
    "MLPClassifier, fit, 100 MB of 784 columns": ("mlp", "fit", 100, 784),
    "ours, fit, CSR of a million columns": ("ours", "fit", 0, 10**6),
    "MLPClassifier, fit, CSR of a million columns": ("mlp", "fit", 0, 10**6),
    "ours, predict, 500 MB of 784 columns": ("ours", "predict", 500, 784),
    "MLPClassifier, predict, 500 MB of 784 columns": ("mlp", "predict", 500, 784),
    "ours, predict, 500 MB of 100 columns": ("ours", "predict", 500, 100),
    "MLPClassifier, predict, 500 MB of 100 columns": ("mlp", "predict", 500, 100),
}
_GOES_FOR = ("ours, fit, 500 MB of 784 columns", "ours, fit, 500 MB of 100 columns")


def run(options):
    """Start a process for each case.

    Returns
    -------
    section : Section
    """
    growths = {title: _in_process(*case) for title, case in _CASES.items()}
    control, *_ = growths.values()
    losses = [
        f"{title}: grows by {growths[title]:.0f} MB, goal {GOAL}" for title in _GOES_FOR if growths[title] >= GOAL
    ]
    if abs(control - _CONTROL) > _TOLERANCE:
        losses.append(f"memory was not measured: a copy of {_CONTROL} MB seems to take {control:.0f} MB")
    rows = [[title, f"{growth:.1f}"] for title, growth in growths.items()]
    return Section("Memory", [INTRODUCTION, table(["", "MB"], rows), bullets(losses, "The goal is met.")], losses)


def _in_process(*case):
    """The growth that a new process prints."""
    command = [sys.executable, __file__, *map(str, case)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _measure(who, method, megabytes, n_columns):
    """Make the data, fit or predict, and print by how much the peak grew."""
    X, y = _dense(megabytes, n_columns) if megabytes else _sparse(n_columns)
    n_units = 30 if megabytes else 10
    _estimator(who, 2).fit(X[:50, :5], y[:50])  # imports, and the libraries' own buffers
    model = _estimator(who, n_units)
    if method == "fit":
        print(_growth(model.fit, X, y))
    else:
        print(_growth(model.fit(X[:50], y[:50]).predict, X))


def _growth(function, *arguments):
    """Megabytes by which a call raises the peak."""
    before = _peak()
    function(*arguments)
    return _peak() - before


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


def _dense(megabytes, n_columns):
    X = np.empty((megabytes * 10**6 // (4 * n_columns), n_columns), np.float32)
    random = np.random.default_rng(0)
    for start in range(0, len(X), 1000):
        rows = X[start : start + 1000]
        random.random(out=rows, dtype=np.float32)
    return X, random.integers(10, size=len(X))


def _sparse(n_columns):
    from scipy.sparse import csr_array

    random = np.random.default_rng(0)
    columns = np.sort(random.integers(n_columns, size=(1000, 100)), axis=1)
    numbers = random.random(columns.size, dtype=np.float32)
    X = csr_array((numbers, columns.ravel(), np.arange(0, columns.size + 1, 100)), shape=(1000, n_columns))
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
    _measure(*sys.argv[1:3], *map(int, sys.argv[3:]))
