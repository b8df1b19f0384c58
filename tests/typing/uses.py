"""What users write, for type checkers: `.ci/types` has mypy and pyright read it, and its lines run in the suite."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    BackpropRegressorCV,
    StepExplanation,
    check_gradient,
    explain_step,
    sensitivity,
    show_versions,
)
from skbackprop.callbacks import Checkpoint
from skbackprop.export import to_c

Floats = NDArray[np.float64]


def data() -> tuple[Floats, NDArray[np.int64], Floats]:
    """Inputs, labels and targets."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    return X, (X[:, 0] > 0).astype(np.int64), 5 * X[:, 1]


def classify() -> float:
    """Fit, go on and predict."""
    X, y, _ = data()
    network = BackpropClassifier((4, 3), activation="tanh", max_iter=3, class_weight={0: 1.0, 1: 2.0}, random_state=0)
    network = network.fit(X, y, sample_weight=np.ones(60), X_val=X[:20], y_val=y[:20])
    network.partial_fit(X, y).partial_fit(X.tolist(), y.tolist())
    probabilities: NDArray[Any] = network.predict_proba(X)
    labels: NDArray[Any] = network.predict(X)
    layers: list[NDArray[Any]] = network.activations(X)
    reason: str = network.stop_reason_
    losses: list[float] = network.loss_curve_
    assert reason == "partial_fit"
    assert (len(layers), len(losses)) == (3, 5)
    assert np.array_equal(labels, probabilities.argmax(axis=1))
    return network.score(X, y)


def stream() -> BackpropClassifier:
    """Learn from parts of the data, from weights of one's own."""
    X, y, _ = data()
    network = BackpropClassifier(2, batch_size="epoch", learning_rate_init=0.5, random_state=np.random.RandomState(0))
    start = [np.zeros((3, 2)), np.zeros((2, 1))]
    network.partial_fit(X[:30], y[:30], classes=[0, 1], coefs_init=start, intercepts_init=[[0.1, -0.1], [0.0]])
    return network.partial_fit(X[30:], y[30:])


def regress() -> float:
    """Several targets, another loss, restarts."""
    X, _, y = data()
    network = BackpropRegressor(4, loss="huber", huber_delta=2.0, n_init=2, tol=1e-3, max_iter=3, random_state=0)
    predictions: NDArray[Any] = network.fit(X, np.stack([y, -y], axis=1)).predict(X)
    score: float = network.score(X, np.stack([y, -y], axis=1))
    assert predictions.shape == (60, 2)
    return score


def tune() -> tuple[int, int]:
    """Cross-validation inside."""
    X, labels, y = data()
    classifier = BackpropClassifierCV(3, grid={"alpha": [0.0, 1.0]}, cv=2, max_iter=3, random_state=0).fit(X, labels)
    regressor = BackpropRegressorCV(3, grid=[{"alpha": [0.1]}], cv=2, max_iter=3, random_state=0).fit(X, y)
    return classifier.n_epochs_, regressor.n_epochs_


def inspect() -> StepExplanation:
    """Look into a network."""
    X, _, y = data()
    network = BackpropRegressor(3, random_state=0).initialize(X, y)
    error: float = check_gradient(network, X, y, max_parameters=10)
    derivatives: NDArray[Any] = sensitivity(network, X)
    explanation = explain_step(network, X[0], y[0], digits=4)
    latex: str = explanation.to_latex()
    assert error < 1e-6
    assert derivatives.shape == (60, 3, 1)
    assert "table" in latex
    show_versions()
    return explanation


def save() -> str:
    """Checkpoints, and a header of C."""
    X, y, _ = data()
    with TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder) / "network.joblib", every=2, keep=1)
        network: BackpropClassifier = checkpoint.resume(BackpropClassifier(2, max_iter=2), X, y)
    header: str = to_c(network, "small", dtype="float32")
    return header
