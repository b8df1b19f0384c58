"""Speed-up: one training on all cores beside the same on one, on an idle machine and beside others' work."""

import itertools
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial

import machine
import numpy as np
from joblib import Parallel, delayed
from report import Section, bullets, table
from threadpoolctl import threadpool_limits
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifier

INTRODUCTION = """\
One training of {n_epochs} epochs or more with a thread for each of the {n_cores} cores beside the same with one thread: how
many times as fast it is, on the wall, through ``fit``, by batch size; logistic units, plain gradient steps and Adam. The
goal is {goal} where batches have {rows} instances and a layer has {units} units, and nowhere less than {least}. The control
is matrix products of one thread each, at once and one after the other: what the machine can give. The lower table is beside
a process for each core that does nothing but count."""

GOAL, LEAST = 1.7, 0.97
GOES_FOR_ROWS, GOES_FOR_UNITS = 200, 256
RULES = ("sgd", "adam")
CELLS = "ABCDEFHG"
# Networks as wide as these are not trained with single rows, which takes minutes and uses one thread anyhow.
_WIDE = 256
_FEWEST_ROWS_OF_WIDE = 32
# How long one turn lasts, at least, and how many epochs it has: what `fit` does before and after them it does but once.
_SECONDS = 0.15
_N_EPOCHS = 5


def run(options):
    """Measure all cells, twice.

    Returns
    -------
    section : Section
    """
    parts, losses = [], []
    with machine.all_cores() as n_cores:
        for n_busy in (0, n_cores):
            with _others(n_busy):
                rows = [_Row(name, rule, dtype, options, n_cores) for name, rule, dtype in _kinds(options)]
            header = ["network", "rule", "float type", *map(str, options.batches), "control"]
            parts.append(table(header, [row.cells() for row in rows]))
            lost = [f"threads: {loss}" for row in rows for loss in row.losses()]
            losses += (
                [f"threads, beside busy processes: {len(lost)} cells are short of a goal"] if n_busy and lost else lost
            )
    goals = {"goal": GOAL, "rows": GOES_FOR_ROWS, "units": GOES_FOR_UNITS, "least": LEAST, "n_epochs": _N_EPOCHS}
    parts = [INTRODUCTION.format(**goals, n_cores=n_cores), *parts, bullets(losses, "Both goals are met.")]
    return Section("Threads of one training", parts, losses)


@contextmanager
def _others(n_processes):
    """Processes that keep so many cores busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n_processes)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _kinds(options):
    return itertools.product(options.names(CELLS), RULES, (np.float32, np.float64))


class _Row:
    """One network, rule and float type at all batch sizes, measured."""

    def __init__(self, name, rule, dtype, options, n_cores):
        self._workload, self._rule, self._dtype = load(name), rule, dtype
        self._speedups = {}
        for batch_size in options.batches:
            if not self._takes_too_long(batch_size):
                rounds = interleave(self._trainings(batch_size, n_cores), options.n_rounds)
                self._speedups[batch_size] = rounds.ratio("one", to="all")
        rounds = interleave({n: partial(_products, n, dtype) for n in (1, n_cores)}, options.n_rounds)
        self._control = n_cores * rounds.ratio(1, to=n_cores)
        self._batches = options.batches
        print(*self.cells(), sep="\t", flush=True)

    def cells(self):
        """The line of the table."""
        speedups = [f"{self._speedups[size]:.2f}" if size in self._speedups else "" for size in self._batches]
        return [self._workload.title, self._rule, self._dtype.__name__, *speedups, f"{self._control:.2f}"]

    def losses(self):
        """What falls short of its goal."""
        return [
            f"{self._workload.title}, {self._rule}, batch {size}, {self._dtype.__name__}: all are {speedup:.2f} times as "
            f"fast as one, the control {self._control:.2f}, goal {self._goal(size)}"
            for size, speedup in self._speedups.items()
            if speedup < self._goal(size)
        ]

    def _goal(self, batch_size):
        is_large = batch_size >= GOES_FOR_ROWS and max(self._workload.hidden) >= GOES_FOR_UNITS
        return GOAL if is_large else LEAST

    def _takes_too_long(self, batch_size):
        is_wide = max(self._workload.hidden) >= _WIDE
        return (is_wide and batch_size < _FEWEST_ROWS_OF_WIDE) or batch_size > len(self._workload.y)

    def _trainings(self, batch_size, n_cores):
        """Functions that measure the same training with one thread and with all."""
        few = self._workload.head(200 if batch_size == 1 else max(1000, 4 * batch_size))
        X = few.X.astype(self._dtype)
        settings = {
            "batch_size": batch_size,
            "solver": self._rule,
            "learning_rate_init": 1e-3,
            "alpha": 0.0,
            "update_tol": 0.0,
        }
        model = BackpropClassifier(few.hidden, **settings, max_iter=1, random_state=0, warm_start=True).fit(X, few.y)

        def train(n_threads, n_epochs):
            with threadpool_limits(n_threads):
                return seconds(time.perf_counter, model.set_params(max_iter=n_epochs).fit, X, few.y)

        n_epochs = _N_EPOCHS
        while train(1, n_epochs) < _SECONDS:
            n_epochs *= 2
        return {"one": lambda: train(1, n_epochs), "all": lambda: train(n_cores, n_epochs)}


def _products(n_threads, dtype):
    """Seconds of eight matrix products in each of so many threads, which need nothing of each other."""
    matrix = np.ones((700, 700), dtype=dtype)
    with threadpool_limits(1):
        jobs = (delayed(np.matmul)(matrix, matrix) for _ in range(8 * n_threads))
        return seconds(time.perf_counter, Parallel(n_threads, backend="threading"), jobs)
