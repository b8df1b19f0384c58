"""One training, and where each of the book's three rules would have ended it."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREEN, VERMILLION, X_XOR, Y_XOR, check_learned

from skbackprop import BackpropClassifier

ENDS = {
    "error_tol": ({"error_tol": 0.01}, BLUE),
    "max_iter": ({"max_iter": 600}, GREEN),
    "update_tol": ({"update_tol": 0.005}, VERMILLION),
}


def train(rules):
    settings = {"batch_size": 1, "init_range": 0.5, "learning_rate_init": 2.0, "random_state": 0}
    return BackpropClassifier(4, **(settings | {"update_tol": 0, "max_iter": 1000} | rules)).fit(X_XOR, Y_XOR)


network = check_learned(train({}), X_XOR, Y_XOR)
curves = {
    "loss": np.array(network.loss_curve_),
    "error rate": np.array(network.error_curve_),
    "max |Δ|": np.array(network.update_curve_),
}
figure, axes = plt.subplots(3, 1, figsize=(8, 5), sharex=True, layout="constrained")
for ax, (name, curve) in zip(axes, curves.items(), strict=True):
    ax.plot(np.arange(1, len(curve) + 1), curve, color="black", linewidth=1)
    ax.set(ylabel=name, ylim=(0, 1.1 * curve.max()))
ended = {name: train(rules) for name, (rules, _) in ENDS.items()}
for name, (_, color) in ENDS.items():
    n_epochs = ended[name].n_iter_
    for ax in axes:
        ax.axvline(n_epochs, color=color, linestyle="--")
    axes[0].text(n_epochs + 8, axes[0].get_ylim()[1] * 0.95, f"{name}:\nepoch {n_epochs}", color=color, va="top")
axes[2].axhline(0.005, color=VERMILLION, linestyle=":")
axes[2].set_xlabel("epoch")

# What the page says: the epochs, which end is of which rule, the plateau, and how far the network has learned at each end.
assert {name: network.n_iter_ for name, network in ended.items()} == {
    "error_tol": 383,
    "max_iter": 600,
    "update_tol": 827,
}
assert all(network.stop_reason_ == name for name, network in ended.items())
np.testing.assert_allclose(curves["loss"][49:150], curves["loss"][49:150].mean(), rtol=0.06)
assert [network.score(X_XOR, Y_XOR) for network in ended.values()] == [0.75, 1, 1]
