"""One training, and where each of the book's three rules would have ended it."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREEN, VERMILLION

from skbackprop import BackpropClassifier

X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([0, 1, 1, 0])
ENDS = {
    "error_tol": ({"error_tol": 0.01}, BLUE),
    "max_iter": ({"max_iter": 600}, GREEN),
    "update_tol": ({"update_tol": 0.005}, VERMILLION),
}


def train(rules):
    settings = {"batch_size": 1, "learning_rate_init": 2.0, "random_state": 0, "update_tol": 0, "max_iter": 1000}
    return BackpropClassifier(4, **(settings | rules)).fit(X, y)


network = train({})
curves = {
    "loss": np.array(network.loss_curve_),
    "error rate": np.array(network.error_curve_),
    "max |Δ|": np.array(network.update_curve_),
}
figure, axes = plt.subplots(3, 1, figsize=(8, 5), sharex=True, layout="constrained")
for ax, (name, curve) in zip(axes, curves.items(), strict=True):
    ax.plot(np.arange(1, len(curve) + 1), curve, color="black", linewidth=1)
    ax.set(ylabel=name, ylim=(0, 1.1 * curve.max()))
for name, (rules, color) in ENDS.items():
    ended = train(rules)
    for ax in axes:
        ax.axvline(ended.n_iter_, color=color, linestyle="--")
    axes[0].text(
        ended.n_iter_ + 8, axes[0].get_ylim()[1] * 0.95, f"{name}:\nepoch {ended.n_iter_}", color=color, va="top"
    )
axes[2].axhline(0.005, color=VERMILLION, linestyle=":")
axes[2].set_xlabel("epoch")
