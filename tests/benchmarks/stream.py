"""A stream: ``partial_fit`` of one row a call, and of a few hundred."""

import numpy as np
from report import Section, bullets, number, table
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifier, BackpropRegressor

# Seconds a call of one row, in both estimators.
GOAL = 3e-4

INTRODUCTION = """\
Microseconds a call of ``partial_fit`` on digits, 30 hidden units, one core: dense rows without names, one of them or 300 in
each call, after a first call that has made the network. What the others take is given as a multiple of what our estimator
of the same kind takes; SGDClassifier is a linear model."""


def run(options):
    """Measure every estimator that has `partial_fit`.

    Returns
    -------
    section : Section
    """
    rows, losses = [], []
    for n_rows in (1, 300):
        streams = {name: _stream(make, n_rows, options) for name, make in _makers().items()}
        rounds = interleave(streams, options.n_rounds)
        for name, ours in OURS.items():
            ratio = number(rounds.ratio(name, to=ours))
            rows.append([name, n_rows, number(1e6 * rounds.median(name)), "" if name == ours else ratio])
            if name != ours and rounds.ratio(name, to=ours) < 1:
                losses.append(f"stream, {n_rows} rows a call: {name} takes {ratio} of our time")
            if name == ours and n_rows == 1 and rounds.median(name) > GOAL:
                losses.append(f"stream: a row takes {name} {number(1e6 * rounds.median(name))} µs, goal {1e6 * GOAL:g}")
    header = ["estimator", "rows a call", "µs a call", "times ours"]
    return Section(
        "Streams", [INTRODUCTION, table(header, rows), bullets(losses, "No slower, and the goal is met.")], losses
    )


# Each estimator, and ours that it is compared with.
OURS = {
    "BackpropClassifier": "BackpropClassifier",
    "MLPClassifier": "BackpropClassifier",
    "SGDClassifier": "BackpropClassifier",
    "BackpropRegressor": "BackpropRegressor",
    "MLPRegressor": "BackpropRegressor",
}


def _makers():
    mlp = {"activation": "logistic", "solver": "sgd", "random_state": 0}
    return {
        "BackpropClassifier": lambda: BackpropClassifier(30, random_state=0),
        "MLPClassifier": lambda: MLPClassifier(hidden_layer_sizes=(30,), **mlp),
        "SGDClassifier": lambda: SGDClassifier(random_state=0),
        "BackpropRegressor": lambda: BackpropRegressor(30, random_state=0),
        "MLPRegressor": lambda: MLPRegressor(hidden_layer_sizes=(30,), **mlp),
    }


def _stream(make, n_rows, options):
    """A function that measures the seconds of a call, as the mean of many in a row."""
    digits, model = load("B"), make()
    is_regressor = "Regressor" in type(model).__name__
    y = digits.y.astype(float) if is_regressor else digits.y
    model.partial_fit(digits.X[:300], y[:300], **({} if is_regressor else {"classes": np.arange(10)}))
    n_calls = (20 if options.quick else 200) if n_rows == 1 else 20
    starts = [number * 7 % (len(y) - n_rows) for number in range(n_calls)]
    calls = [(digits.X[start : start + n_rows], y[start : start + n_rows]) for start in starts]

    def present():
        for X_part, y_part in calls:
            model.partial_fit(X_part, y_part)

    return lambda: seconds(options.clock, present) / n_calls
