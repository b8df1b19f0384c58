"""Growth: the time of a fit against the numbers of instances and of epochs, which is to be a straight line."""

from functools import partial
from pathlib import Path

import numpy as np
from report import Section, bullets
from timing import interleave, seconds
from workloads import load

from skbackprop import BackpropClassifier

PLOT = "benchmarks_growth.svg"
# The slope of log time over log size that still passes as linear.
SLOPES = (0.9, 1.1)

IMAGE = f"""\
.. image:: {PLOT}
   :alt: Seconds of a fit against instances and against epochs: two straight lines.
   :width: 100%"""


def run(options):
    """Measure fits of growing size.

    Returns
    -------
    section : Section
    """
    curves = {"instances": _instances(options), "epochs": _epochs(options)}
    lines, losses = [], []
    for name, curve in curves.items():
        slope = _slope(*curve)
        lines.append(f"time grows as the number of {name} to the power of {slope:.2f}")
        if not SLOPES[0] <= slope <= SLOPES[1]:
            losses.append(lines[-1])
    parts = ["A network 100-100-10, batch size 32, float32, one core.", bullets(lines, ""), IMAGE]
    return Section("Growth", parts, losses, partial(_plot, curves))


def _instances(options):
    top = 20_000 if options.quick else 160_000
    sizes = np.linspace(top / 8, top, 8).astype(int)
    workload = load("E")
    X = np.resize(workload.X.astype(np.float32), (top, 100))
    y = np.resize(workload.y, top)
    return sizes, _times({n: _fit(X[:n], y[:n], 5, options) for n in sizes}, options)


def _epochs(options):
    sizes = np.linspace(1, 8, 8).astype(int) * (5 if options.quick else 25)
    workload = load("E").head(5000)
    return sizes, _times({n: _fit(workload.X.astype(np.float32), workload.y, n, options) for n in sizes}, options)


def _fit(X, y, n_epochs, options):
    model = BackpropClassifier(100, max_iter=int(n_epochs), alpha=0.0, update_tol=0.0, random_state=0)
    return lambda: seconds(options.clock, model.fit, X, y)


def _times(measurements, options):
    rounds = interleave(measurements, 5)
    return np.array([rounds.median(size) for size in measurements])


def _slope(sizes, times):
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def _plot(curves, folder):
    """Draw the curves that were measured, next to the page that shows them."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"font.size": 15, "svg.hashsalt": "skbackprop", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.5), facecolor="white", layout="constrained")
    for axis, (name, (sizes, times)) in zip(axes, curves.items(), strict=True):
        line = np.polynomial.Polynomial.fit(sizes, times, 1)
        axis.plot([0, sizes[-1]], line(np.array([0, sizes[-1]])), color="0.6", linewidth=2, label="straight line")
        axis.plot(sizes, times, "o", color="#1f5fa8", markersize=9, label="measured")
        axis.set(xlabel=name, xlim=(0, None), ylim=(0, None), ylabel="seconds")
        axis.locator_params(nbins=5)
    axes[0].legend(frameon=False)
    figure.savefig(Path(folder) / PLOT, metadata={"Date": None})
