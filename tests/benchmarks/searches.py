"""Searches: the estimator that tunes itself beside a grid search."""

import time

import machine
import numpy as np
from report import Section, bullets, table
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifierCV

GRID = {"alpha": [0.0, 1e-3], "learning_rate_init": [0.3, 1.0]}

INTRODUCTION = """\
Seconds on the wall for four candidates on digits, 30 logistic units, batches of 32, five folds, two jobs:
``BackpropClassifierCV`` chooses the number of epochs as well, up to the number that ``GridSearchCV`` gives
MLPClassifier."""


def run(options):
    """Measure both searches.

    Returns
    -------
    section : Section
    """
    digits, n_epochs = load("B"), 10 if options.quick else 50
    X, common = digits.X.astype(np.float32), {"max_iter": n_epochs, "batch_size": 32, "random_state": 0}
    mlp = MLPClassifier(hidden_layer_sizes=(30,), activation="logistic", solver="sgd", momentum=0.0, **common)
    searches = {
        "BackpropClassifierCV": BackpropClassifierCV(30, grid=GRID, cv=5, n_jobs=2, **common),
        "GridSearchCV of MLPClassifier": GridSearchCV(mlp, GRID, cv=5, n_jobs=2),
    }
    clock = time.perf_counter
    measurements = {name: lambda each=each: seconds(clock, each.fit, X, digits.y) for name, each in searches.items()}
    with machine.all_cores():
        rounds = interleave(measurements, 3)
    ours, others = searches
    ratio = rounds.ratio(others, to=ours)
    rows = [[name, f"{rounds.median(name):.2f}"] for name in searches]
    losses = [f"search: {others} takes {ratio:.2f} of our time"] if ratio < 1 else []
    told = bullets(losses, f"The grid search takes {ratio:.2f} of our time.")
    return Section("Searches", [INTRODUCTION, table(["search", "seconds"], rows), told], losses)
