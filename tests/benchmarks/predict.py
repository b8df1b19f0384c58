"""Prediction: rows per second, and the time of a single row."""

import numpy as np
from report import Section, bullets, number, table
from sklearn.neural_network import MLPClassifier
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifier

N_ROWS = (1, 10, 100, 1000, 20_000)

INTRODUCTION = """\
``predict`` of so many rows, and ``predict_proba`` of one: microseconds per call, and rows per second for
20 000 rows. MLPClassifier has the same network. A ratio below 1 is a cell that we lose."""


def run(options):
    """Measure both networks in both float types.

    Returns
    -------
    section : Section
    """
    rows, losses = [], []
    for name in "DE":
        for dtype in (np.float32, np.float64):
            for method, n_rows in (("predict_proba", 1), *(("predict", n_rows) for n_rows in N_ROWS)):
                row, ratio = _cell(load(name), dtype, method, n_rows, options)
                rows.append(row)
                if ratio < 1:
                    losses.append(f"{' '.join(map(str, row[:4]))}: MLPClassifier takes {ratio:.2f} of our time")
    header = ["network", "float type", "method", "rows", "ours, µs", "MLP, µs", "MLP : ours", "ours, rows/s"]
    return Section("Prediction", [INTRODUCTION, table(header, rows), bullets(losses, "No slower in any cell.")], losses)


def _cell(workload, dtype, method, n_rows, options):
    """A row of the table, and MLPClassifier's time over ours."""
    few = workload.head(500)
    X = np.resize(workload.X, (n_rows, workload.X.shape[1])).astype(dtype)
    models = {"ours": BackpropClassifier, "mlp": MLPClassifier}
    measurements = {}
    for name, make in models.items():
        model = make(workload.hidden, activation="logistic", max_iter=1) if name == "mlp" else make(workload.hidden)
        seconds(options.clock, model.set_params(max_iter=1, random_state=0).fit, few.X.astype(dtype), few.y)
        measurements[name] = _per_call(getattr(model, method), X, options)
    rounds = interleave(measurements, options.n_rounds)
    ours, ratio = rounds.median("ours"), rounds.ratio("mlp", to="ours")
    times = [number(1e6 * ours), number(1e6 * rounds.median("mlp")), f"{ratio:.2f}", number(n_rows / ours)]
    return ["-".join(map(str, workload.layer_sizes)), dtype.__name__, method, n_rows, *times], ratio


def _per_call(predict, X, options):
    """A function that measures the seconds of one call, as the mean of many in a row."""
    predict(X)
    n_calls = max(1, int(options.seconds_per_turn / max(seconds(options.clock, predict, X), 1e-6)))

    def calls():
        for _ in range(n_calls):
            predict(X)

    return lambda: seconds(options.clock, calls) / n_calls
