"""
Case updating, epoch updating, and between
==========================================

After how many instances should the weights move? In the book's *case updating* each instance moves them; in *epoch
updating* the moves of all instances are put together into one. ``batch_size`` is the number of instances that share a
move, which is the mean of theirs: 1 is case updating, ``"epoch"`` epoch updating, and what lies between are mini-batches.
"""

# %%
# The path of two weights
# -----------------------
#
# A network without hidden units and with a single input has one weight and one bias, so its loss is a landscape that can be
# drawn, and the training a path through it. The input is larger in class 1, with some overlap.

import matplotlib.pyplot as plt
import numpy as np

from skbackprop import BackpropClassifier

random_state = np.random.RandomState(0)
y = np.arange(60) % 2
X = (random_state.normal(size=60) + np.where(y == 1, 1.2, -0.6)).reshape(-1, 1)

STYLES = {
    1: {"color": "#D55E00", "label": "1: case updating"},
    10: {"color": "#009E73", "label": "10: mini-batches"},
    60: {"color": "#0072B2", "label": "60: epoch updating"},
}


def path(batch_size, n_updates=120):
    """The weight and the bias after each update."""
    network = BackpropClassifier((), batch_size=batch_size, learning_rate_init=2.0, random_state=0)
    network.initialize(X, y, coefs_init=[[[-3.0]]], intercepts_init=[[2.5]])
    points = [(-3.0, 2.5)]
    for update in range(n_updates):
        rows = np.arange(update * batch_size, (update + 1) * batch_size) % len(y)
        network.partial_fit(X[rows], y[rows])
        points.append((network.coefs_[0].item(), network.intercepts_[0].item()))
    return np.array(points)


weight, bias = np.meshgrid(np.linspace(-4, 5, 90), np.linspace(-4, 4, 80))
outputs = 1 / (1 + np.exp(-(weight[..., None] * X.ravel() + bias[..., None])))
loss = 0.5 * ((y - outputs) ** 2).mean(axis=-1)

figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.4), sharey=True, layout="constrained")
for ax, (batch_size, style) in zip(axes, STYLES.items(), strict=True):
    landscape = ax.contourf(weight, bias, loss, levels=14, cmap="Greys", alpha=0.7)
    points = path(batch_size)
    ax.plot(*points.T, linewidth=1.6, color=style["color"])
    ax.plot(*points[0], "o", color="black", markersize=6)
    ax.plot(*points[-1], "X", color="black", markersize=9)
    ax.set(title=style["label"], xlabel="weight")
axes[0].set_ylabel("bias")
figure.colorbar(landscape, ax=axes, label="loss")
plt.show()

# %%
# Each path begins at the dot and makes 120 moves, to the cross. All find the valley. In case updating the instances
# disagree, and the path trembles; in epoch updating it is smooth. But 120 moves are two epochs of the first and 120 of the
# last: moves of single instances are much cheaper.

# %%
# The same on digits
# ------------------
#
# So count twice: by epochs, which is how often each instance was seen, and by moves of the weights.

from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

X, y = load_digits(return_X_y=True)
X = StandardScaler().fit_transform(X)

modes = {
    1: {"color": "#D55E00", "linestyle": "-", "label": "1 (case updating)"},
    32: {"color": "#009E73", "linestyle": "--", "label": "32"},
    256: {"color": "#CC79A7", "linestyle": "-.", "label": "256"},
    "epoch": {"color": "#0072B2", "linestyle": (0, (1, 1)), "label": '"epoch" (epoch updating)'},
}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True, layout="constrained")
for batch_size, style in modes.items():
    network = BackpropClassifier(30, batch_size=batch_size, learning_rate_init=1.0, max_iter=40, random_state=0)
    network.fit(X, y)
    epochs = np.arange(network.n_iter_) + 1
    n_moves = np.ceil(len(y) / (len(y) if batch_size == "epoch" else batch_size))
    left.plot(epochs, network.error_curve_, linewidth=2, **style)
    right.plot(epochs * n_moves, network.error_curve_, linewidth=2, **style)
    print(f"batch_size={batch_size!s:6} {n_moves:5.0f} moves an epoch, error rate {network.error_curve_[-1]:.3f}")
left.set(xlabel="epoch", ylabel="error rate", ylim=(0, 1), title="by epochs")
right.set(xlabel="moves of the weights", xscale="log", title="by moves")
left.legend(title="batch_size", frameon=False)
plt.show()

# %%
# By epochs, small batches are far ahead, because they move the weights more often. By moves it is the other way round,
# but epoch updating and batches of 256 lie nearly on one curve: beyond some size more instances make a move no better,
# only dearer. Single instances make moves that are noisy and cheap. The default, 32, is between. Epoch updating suits
# solvers that make more of an exact gradient: see :ref:`sphx_glr_auto_examples_plot_solvers.py`.
