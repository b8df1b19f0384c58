"""Other kinds of training: momentum, relu and text in CSR, beside MLPClassifier."""

import numpy as np
from report import Section, bullets, number, table
from scipy.sparse import random_array
from sklearn.neural_network import MLPClassifier
from timing import PerEpoch, interleave
from workloads import load

from skbackprop import BackpropClassifier

INTRODUCTION = """\
Microseconds per training instance in whole epochs, set-up left out, float32. The text is random: 20 000 columns in CSR, of
which 0.5 % are filled. MLPClassifier has the same network, momentum and units, with the log loss."""

COMMON = {"solver": "sgd", "learning_rate_init": 0.01, "random_state": 0}


def run(options):
    """Measure each kind at three sizes of batches.

    Returns
    -------
    section : Section
    """
    rows, losses = [], []
    for title, X, y, parameters in _kinds(options):
        for batch_size in (32, 200) if options.quick else (32, 200, 1000):
            rounds = interleave(_measurements(X, y, parameters | {"batch_size": batch_size}, options), options.n_rounds)
            ratio = rounds.ratio("mlp", to="ours")
            times = [number(1e6 * rounds.median(name) / len(y)) for name in ("ours", "mlp")]
            rows.append([title, batch_size, *times, f"{ratio:.2f}"])
            if ratio < 1:
                losses.append(f"{title}, batch {batch_size}: MLPClassifier takes {ratio:.2f} of our time")
    header = ["kind", "batch", "ours, µs", "MLP, µs", "MLP : ours"]
    return Section(
        "Other kinds of training", [INTRODUCTION, table(header, rows), bullets(losses, "No cell lost.")], losses
    )


def _kinds(options):
    """Titles, inputs, labels and parameters."""
    digits = load("B")
    dense = digits.X.astype(np.float32), digits.y
    text = random_array((500 if options.quick else 2000, 20_000), density=0.005, format="csr", dtype=np.float32, rng=0)
    labels = np.random.RandomState(0).randint(10, size=text.shape[0])
    return [
        ("digits, momentum 0.9", *dense, {"momentum": 0.9, "activation": "logistic"}),
        ("digits, relu, momentum 0.9", *dense, {"momentum": 0.9, "activation": "relu"}),
        ("text in CSR", text, labels, {"momentum": 0.0, "activation": "logistic"}),
    ]


def _measurements(X, y, parameters, options):
    """A function for each candidate that measures the seconds of an epoch."""
    ours = BackpropClassifier(100, loss="log_loss", alpha=0.0, update_tol=0.0, **COMMON, **parameters)
    mlp = MLPClassifier(
        hidden_layer_sizes=(100,), tol=0.0, n_iter_no_change=10**6, nesterovs_momentum=False, **COMMON, **parameters
    )
    models = {"ours": ours, "mlp": mlp}
    return {
        name: PerEpoch(lambda n, model=model: model.set_params(max_iter=n).fit(X, y), options)
        for name, model in models.items()
    }
