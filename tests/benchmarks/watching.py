"""What it costs to be watched: ``python tests/benchmarks/watching.py [seconds] [set]``, in per cent of the training alone,

of CPU time. Each training takes about so many seconds, four by default. Turns are taken in one process, and the median of
the rounds' ratios is printed, so that a disturbed round does not count.
"""

import os
import sys
import time
import warnings
from contextlib import redirect_stdout
from functools import partial
from importlib.util import find_spec

import machine
from timing import interleave, seconds

N_ROUNDS = 5


def main():
    """Measure on two sets of data."""
    machine.use_one_thread()
    os.environ["FORCE_COLOR"] = "1"  # so that rich writes as to a terminal
    warnings.simplefilter("ignore")
    length, wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0, sys.argv[2] if len(sys.argv) > 2 else ""
    for name, data, parameters in _cases():
        if name.startswith(wanted):
            _measure(name, *data, parameters, length)


def _cases():
    from sklearn.datasets import load_digits, load_iris

    digits, iris = load_digits(return_X_y=True), load_iris(return_X_y=True)
    return [
        ("digits, batches of 32", digits, {"batch_size": 32}),
        ("iris, one instance at a time", iris, {"batch_size": 1}),
        ("iris, one at a time, 3 hidden units", iris, {"batch_size": 1, "hidden_layer_sizes": 3}),
    ]


def _measure(name, X, y, parameters, length):
    """Print a line for each callback."""
    from sklearn.preprocessing import scale

    from skbackprop import BackpropClassifier
    from skbackprop.callbacks import Recorder, TrainingMonitor

    network = BackpropClassifier(random_state=0, update_tol=0, **parameters)
    fit = partial(_fit, network, scale(X), y)
    fit(100, None)  # what the first training sets up is no part of the others
    n_epochs = max(2, int(1000 * length / seconds(time.process_time, fit, 1000, None)))
    callbacks = {"alone": None, "Recorder": Recorder}
    outputs = ["terminal", "text"] + ["notebook"] * (find_spec("IPython") is not None)
    callbacks |= {f"TrainingMonitor, {output}": partial(TrainingMonitor, output) for output in outputs}
    clock = time.process_time
    rounds = interleave(
        {key: partial(seconds, clock, fit, n_epochs, make) for key, make in callbacks.items()}, N_ROUNDS
    )
    print(f"{name}: {n_epochs} epochs in {rounds.median('alone'):.1f} s")
    for key in list(callbacks)[1:]:
        print(f"    {key:26} {100 * (rounds.ratio(key, 'alone') - 1):+.1f} %", flush=True)


def _fit(network, X, y, n_epochs, make):
    """Train it, watched or not, and let nothing be seen of it."""
    network.set_params(max_iter=n_epochs).set_callbacks(*([] if make is None else [make()]))
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        network.fit(X, y)


if __name__ == "__main__":
    main()
