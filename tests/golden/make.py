"""Makes the golden files: small networks as this version saves them, which every later version must load.

Run it once for a release, ``python tests/golden/make.py``: it makes only the files that are missing, since a golden file
that is made anew says nothing about older versions.
"""

import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier, BackpropRegressor

FOLDER = Path(__file__).parent

X = np.random.RandomState(0).normal(size=(40, 3))
SUM = X.sum(axis=1)
TARGETS = {
    "binary": np.where(SUM > 0, "yes", "no"),
    "multiclass": np.digitize(SUM, [-1, 1]),
    "multilabel": np.column_stack([SUM > 0, X[:, 0] > 0, X[:, 1] > 1]).astype(int),
    "regressor": SUM**2,
    "targets": np.column_stack([SUM, SUM**2]),
}

# Name of the file to the estimator, the key of its targets and the dtype of its inputs.
QUICK = {"hidden_layer_sizes": (4,), "batch_size": 8, "max_iter": 8, "random_state": 0}
QUICK |= {"init_range": 0.5, "update_tol": 1e-4}
DEEP = {"hidden_layer_sizes": (6, 5, 4), "activation": "relu", "momentum": 0.5, "alpha": 30.0}
NETWORKS = {
    "binary": (BackpropClassifier(**QUICK), "binary", np.float64),
    "multiclass": (BackpropClassifier(**QUICK), "multiclass", np.float64),
    "multilabel": (BackpropClassifier(**QUICK), "multilabel", np.float64),
    "regressor": (BackpropRegressor(**QUICK), "regressor", np.float64),
    "targets": (BackpropRegressor(**QUICK), "targets", np.float64),
    "float32": (BackpropClassifier(**QUICK), "multiclass", np.float32),
    "momentum": (BackpropClassifier(momentum=0.9, nesterovs_momentum=True, **QUICK), "multiclass", np.float64),
    "adam": (BackpropRegressor(solver="adam", **QUICK), "regressor", np.float64),
    "rprop": (BackpropClassifier(solver="rprop", loss="log_loss", **QUICK), "multiclass", np.float64),
    "sigmoids": (BackpropClassifier(momentum=0.9, **QUICK), "binary", np.float64),
    "layers": (BackpropRegressor(**QUICK | DEEP), "regressor", np.float64),
    "validated": (BackpropClassifier(early_stopping=True, activation="tanh", **QUICK), "multiclass", np.float64),
}


def outputs_of(network, X):
    """What the network says of X, in its finest form."""
    return network.predict_proba(X) if isinstance(network, BackpropClassifier) else network.predict(X)


def make(name):
    """Write a network, its data, what it predicts, and what it predicts after one more epoch."""
    network, key, dtype = NETWORKS[name]
    inputs, targets = X.astype(dtype), TARGETS[key]
    joblib.dump(network.fit(inputs, targets), FOLDER / f"{name}.joblib", compress=("zlib", 9))
    predicted = outputs_of(network, inputs)
    if network.early_stopping:
        network.set_params(early_stopping=False)
    then = outputs_of(network.partial_fit(inputs, targets), inputs)
    np.savez_compressed(FOLDER / f"{name}.npz", X=inputs, y=targets, predicted=predicted, then=then)


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)  # eight epochs teach nothing
    for name in NETWORKS:
        if not (FOLDER / f"{name}.joblib").exists():
            make(name)
