"""Compare every solver with MLPClassifier's, on five data sets with five splits each, and print the table of the guide.

Run it with ``python docs/solver_study.py``; it takes some minutes.
"""

import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

DATA_SETS = {
    "iris": load_iris(return_X_y=True),
    "wine": load_wine(return_X_y=True),
    "breast cancer": load_breast_cancer(return_X_y=True),
    "digits": load_digits(return_X_y=True),
    "moons": make_moons(500, noise=0.2, random_state=0),
}
N_SPLITS = 5

# What MLPClassifier does, by its names and by ours.
THEIR_SETTINGS = {
    "activation": "relu",
    "loss": "log_loss",
    "init_range": "glorot",
    "alpha": 1e-4,
    "batch_size": "auto",
    "learning_rate_init": 0.001,
    "momentum": 0.9,
    "nesterovs_momentum": True,
    "tol": 1e-4,
    "update_tol": 0,
}


def candidates():
    """Names and makers of the networks, which take the seed."""
    for solver in ("sgd", "adam", "lbfgs"):
        yield (
            f"MLPClassifier, {solver}",
            lambda seed, s=solver: MLPClassifier(solver=s, random_state=seed, max_iter=300),
        )
        yield (
            f"ours with its settings, {solver}",
            lambda seed, s=solver: BackpropClassifier(solver=s, random_state=seed, **THEIR_SETTINGS),
        )
        yield f"ours, {solver}", lambda seed, s=solver: BackpropClassifier(solver=s, random_state=seed)
        yield (
            f"ours, {solver}, log loss",
            lambda seed, s=solver: BackpropClassifier(solver=s, loss="log_loss", random_state=seed),
        )
    yield "ours, rprop", lambda seed: BackpropClassifier(solver="rprop", random_state=seed)
    yield "ours, rprop, log loss", lambda seed: BackpropClassifier(solver="rprop", loss="log_loss", random_state=seed)


def accuracy(make, X, y, seed):
    """Accuracy on a quarter of the data after training on the rest."""
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=y)
    return make_pipeline(StandardScaler(), make(seed)).fit(X_train, y_train).score(X_test, y_test)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"{'':34}", *(f"{name:>14}" for name in DATA_SETS))
    for title, make in candidates():
        scores = [np.mean([accuracy(make, X, y, seed) for seed in range(N_SPLITS)]) for X, y in DATA_SETS.values()]
        print(f"{title:34}", *(f"{score:14.3f}" for score in scores), flush=True)


if __name__ == "__main__":
    main()
