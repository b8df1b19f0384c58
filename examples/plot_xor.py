"""
XOR and the three ways to stop
==============================

When should a training end? The book names three rules: the weights hardly move any more, the error rate is small enough,
or the number of epochs is used up. An *epoch* presents each instance once. Here the same network learns the same four
instances three times, from the same weights, and meets another rule first each time.
"""

# %%
# XOR ("either, but not both") is the smallest task that no straight line can solve, so it needs hidden units. With
# ``batch_size=1`` each instance moves the weights by itself; the book calls this *case updating*.

import matplotlib.pyplot as plt
import numpy as np

from skbackprop import BackpropClassifier, TrainingCurveDisplay

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([0, 1, 1, 0])


def train(**rules):
    """Fit the network with these stopping rules, and print how it ended."""
    network = BackpropClassifier(4, batch_size=1, init_range=0.5, learning_rate_init=2.0, random_state=0, **rules)
    network.fit(X, y)
    print(f"stop_reason_ = {network.stop_reason_!r} after {network.n_iter_} epochs")
    print(f"outputs for the four instances: {network.predict_proba(X)[:, 1].round(3)}")
    return network


# %%
# Rule 1: all updates are small
# -----------------------------
#
# ``update_tol`` is a threshold for the largest move that any single weight or bias made in an epoch, written max \|Δ\|. The
# updates shrink as the outputs come near their targets. Each picture of a training has the same three panels: the
# loss, the error rate and the largest update of each epoch. The dotted line is a threshold, the ring is the end.

network = train(update_tol=0.005, error_tol=0, max_iter=20_000)
TrainingCurveDisplay.from_estimator(network)
plt.show()

# %%
# Rule 2: the error rate is small
# -------------------------------
#
# ``error_tol`` is a threshold for the share of instances that were misclassified in an epoch, counted when each was
# presented. This is sooner: the outputs need only be on the right side of one half. Each of the four was so when its turn
# came; but the weights moved on after that, and the last of the outputs below is on the wrong side again. The rule is about
# the epoch, not about the network at its end.

network = train(update_tol=0.005, error_tol=0.01, max_iter=20_000)
TrainingCurveDisplay.from_estimator(network)
plt.show()

# %%
# Rule 3: the number of epochs
# ----------------------------
#
# ``max_iter`` ends every training at last. 600 epochs are enough to learn XOR, not to bring the outputs near their targets.
# In the first 150 epochs hardly anything seems to happen: a plateau, which is typical of XOR. Whoever stops there has a
# network that did not learn, and ``fit`` would warn of it.

network = train(update_tol=0.005, error_tol=0, max_iter=600)
TrainingCurveDisplay.from_estimator(network)
plt.show()

# %%
# What it learned
# ---------------
#
# Each hidden unit draws a soft line through the plane, where its net input is 0, and the output unit weighs them. Where the
# colour is strong the network is sure of its answer. Two lines with a band between them would be enough, and four units
# draw four.

# sphinx_gallery_thumbnail_number = 4

from matplotlib.colors import LinearSegmentedColormap
from sklearn.inspection import DecisionBoundaryDisplay

colors = LinearSegmentedColormap.from_list("classes", ["#F2B48C", "#FFFFFF", "#8DC0E3"])
figure, ax = plt.subplots(figsize=(5.2, 4.2), layout="constrained")
display = DecisionBoundaryDisplay.from_estimator(
    network, X, response_method="predict_proba", eps=0.4, cmap=colors, levels=np.linspace(0, 1, 21), ax=ax
)
for (first, second), bias in zip(network.coefs_[0].T, network.intercepts_[0], strict=True):
    ax.axline((0, -bias / second), slope=-first / second, color="black", linestyle="--", linewidth=1.2)
ax.plot([], [], "k--", linewidth=1.2, label="hidden units")
ax.scatter(*X[y == 0].T, s=120, marker="s", color="#D55E00", edgecolor="black", label="class 0")
ax.scatter(*X[y == 1].T, s=120, marker="o", color="#0072B2", edgecolor="black", label="class 1")
ax.set(xlabel="first input", ylabel="second input", xticks=[0, 1], yticks=[0, 1], xlim=(-0.4, 1.4), ylim=(-0.4, 1.4))
figure.legend(loc="outside upper center", ncols=3, frameon=False)
figure.colorbar(display.surface_, ax=ax, label="probability of class 1", ticks=[0, 0.5, 1])
plt.show()
