"""Threads: whether a grid search over threads really runs two fits at once."""

import time

import machine
import numpy as np
from joblib import Parallel, delayed, parallel_config
from report import Section, bullets, table
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifier

GOAL = 1.6

INTRODUCTION = """\
Seconds on the wall of a ``GridSearchCV`` of eight fits on digits, batch size 1, with joblib's threading backend: one job
against two, BLAS at one thread. The ratio is 2 where two fits run at once and 1 where they wait for each other. The control
is matrix products, which release the interpreter's lock: what the machine can give at this moment."""


def run(options):
    """Measure one and two jobs, ours and MLPClassifier's.

    Returns
    -------
    section : Section
    """
    n_epochs = 300 if options.quick else 1000
    models = {
        "ours": (BackpropClassifier(60, batch_size=1, alpha=0.0, update_tol=0.0), n_epochs),
        "MLPClassifier": (
            MLPClassifier(60, activation="logistic", solver="sgd", batch_size=1),
            1 if options.quick else 2,
        ),
    }
    measurements = {
        (name, n_jobs): _search(model.set_params(max_iter=n, random_state=0), n_jobs)
        for name, (model, n) in models.items()
        for n_jobs in (1, 2)
    }
    measurements.update({("control", n_jobs): _products(n_jobs) for n_jobs in (1, 2)})
    names = [*models, "control"]
    with machine.all_cores():
        rounds = interleave(measurements, 5)
    speedups = {name: rounds.ratio((name, 1), to=(name, 2)) for name in names}
    rows = [
        [name, *(f"{rounds.median((name, n_jobs)):.2f}" for n_jobs in (1, 2)), f"{speedups[name]:.2f}"]
        for name in names
    ]
    losses = []
    if speedups["ours"] < GOAL:
        possible = f"the control's are {speedups['control']:.2f}, goal {GOAL}"
        losses.append(f"grid search: two threads are {speedups['ours']:.2f} times as fast as one, {possible}")
    parts = [INTRODUCTION, table(["model", "n_jobs=1", "n_jobs=2", "ratio"], rows), bullets(losses, "The goal is met.")]
    return Section("Threads", parts, losses)


def _search(model, n_jobs):
    """A function that measures one grid search."""
    digits = load("B")
    search = GridSearchCV(model, {"learning_rate_init": [0.1, 0.2, 0.3, 0.4]}, cv=2, n_jobs=n_jobs, refit=False)

    def fit():
        with parallel_config(backend="threading"):
            search.fit(digits.X.astype(np.float32), digits.y)

    return lambda: seconds(time.perf_counter, fit)


def _products(n_jobs):
    """A function that measures eight long matrix products."""
    matrix = np.ones((1500, 1500))

    def multiply():
        with parallel_config(backend="threading"):
            Parallel(n_jobs)(delayed(np.matmul)(matrix, matrix) for _ in range(8))

    return lambda: seconds(time.perf_counter, multiply)
