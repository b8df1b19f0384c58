"""What it costs to be watched: ``python tests/benchmarks/watching.py [rounds]``, in per cent of the training's CPU time.

Short trainings take turns in one process, alone and watched, and the median of the rounds' ratios is printed, so that what
disturbs a round does not count. The monitor is asked at each epoch; what it then draws is timed by itself, as it is drawn
once a second, or less often where that would take more than a fiftieth of the time.
"""

import math
import os
import sys
import time
import warnings
from contextlib import redirect_stdout
from functools import partial
from importlib.util import find_spec

import machine
from timing import interleave, seconds

LENGTH, N_PICTURES = 0.25, 20  # seconds of a training; pictures of which one is timed
CLOCK = time.process_time


def main():
    """Measure on two sets of data."""
    machine.use_one_thread()
    os.environ["FORCE_COLOR"] = "1"  # so that rich writes as to a terminal
    warnings.simplefilter("ignore")
    n_rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for name, data, parameters in _cases():
        _measure(name, *data, parameters, n_rounds)


def _cases():
    from sklearn.datasets import load_digits, load_iris

    digits, iris = load_digits(return_X_y=True), load_iris(return_X_y=True)
    return [
        ("digits, batches of 32", digits, {"batch_size": 32}),
        ("iris, one instance at a time", iris, {"batch_size": 1}),
        ("iris, one at a time, 3 hidden units", iris, {"batch_size": 1, "hidden_layer_sizes": 3}),
    ]


def _measure(name, X, y, parameters, n_rounds):
    """Print a line for each callback and for each kind of picture."""
    from sklearn.preprocessing import scale

    from skbackprop import BackpropClassifier
    from skbackprop.callbacks import Recorder, TrainingMonitor

    fit = partial(_fit, BackpropClassifier(random_state=0, alpha=0, update_tol=0, **parameters), scale(X), y)
    fit(100, None)  # what the first training sets up is no part of the others
    n_epochs = max(50, int(100 * LENGTH / seconds(CLOCK, fit, 100, None)))
    callbacks = {"alone": None, "Recorder": Recorder, "TrainingMonitor": partial(TrainingMonitor, "text")}
    rounds = interleave(
        {key: partial(seconds, CLOCK, fit, n_epochs, make) for key, make in callbacks.items()}, n_rounds
    )
    print(f"{name}: {1e6 * rounds.median('alone') / n_epochs:.0f} µs an epoch")
    for key in list(callbacks)[1:]:
        print(f"    {key:18} {100 * (rounds.ratio(key, 'alone') - 1):+.1f} %")
    for output in ["terminal", "text"] + ["notebook"] * (find_spec("IPython") is not None):
        print(
            f"    a picture, {output:8} {1e3 * _time_picture(fit, partial(TrainingMonitor, output, 0.0)):.1f} ms",
            flush=True,
        )


def _time_picture(fit, make):
    """The time of a picture, where one is drawn of each epoch."""
    from skbackprop._inspection import monitor

    most, monitor._MAX_SHARE = monitor._MAX_SHARE, math.inf
    fit(2, make)
    alone, watched = seconds(CLOCK, fit, N_PICTURES, None), seconds(CLOCK, fit, N_PICTURES, make)
    monitor._MAX_SHARE = most
    return (watched - alone) / N_PICTURES


def _fit(network, X, y, n_epochs, make):
    """Train it, watched or not, and let nothing be seen of it."""
    network.set_params(max_iter=n_epochs).set_callbacks(*([] if make is None else [make()]))
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        network.fit(X, y)


if __name__ == "__main__":
    main()
