"""
A boundary grows
================

What a training does to the regions that the classes have, looked at after 0, 2, 5 and more epochs; and what more hidden
units can do.
"""

# %%
# Epoch by epoch
# --------------
#
# The data are scikit-learn's two half-moons. ``initialize`` makes the untrained network, and each call of ``partial_fit``
# is one epoch more, so the pictures show one training at different times. The colour is the probability of a class, strong
# where the network is sure; the line is where it is undecided. The weights begin in the book's range, [-0.5, 0.5].

import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = make_moons(200, noise=0.2, random_state=0)
X = StandardScaler().fit_transform(X)

COLORS = LinearSegmentedColormap.from_list("classes", ["#F2B48C", "#FFFFFF", "#8DC0E3"])


def draw(network, title, ax):
    """The probability of class 1 over the plane, and the data."""
    style = {"response_method": "predict_proba", "grid_resolution": 80, "ax": ax}
    DecisionBoundaryDisplay.from_estimator(network, X, cmap=COLORS, levels=np.linspace(0, 1, 21), **style)
    DecisionBoundaryDisplay.from_estimator(
        network, X, plot_method="contour", levels=[0.5], colors="black", linewidths=1.5, **style
    )
    for label, color, marker in ((0, "#D55E00", "s"), (1, "#0072B2", "o")):
        ax.scatter(*X[y == label].T, s=12, marker=marker, color=color)
    ax.set(title=title, xticks=[], yticks=[], xlabel="", ylabel="")


network = BackpropClassifier(20, batch_size=8, init_range=0.5, random_state=0).initialize(X, y)
figure, axes = plt.subplots(2, 4, figsize=(9.5, 5), layout="constrained")
for ax, n_epochs in zip(axes.flat, [0, 1, 5, 20, 60, 150, 400, 1000], strict=True):
    while network.n_epochs_ < n_epochs:
        network.partial_fit(X, y)
    draw(network, f"epoch {n_epochs}: {network.score(X, y):.0%} right", ax)
plt.show()

# %%
# At first the network is undecided everywhere. Then a straight line appears, which is what little weights make, because a
# sigmoid is nearly straight around 0. The bend comes later, when some weights are large, and the line grows sharp at last.
# The default, ``init_range="auto"``, begins with larger weights where the data ask for bent units, and need not wait.

# %%
# Unit by unit
# ------------
#
# Each hidden unit adds one soft step across the plane. With one of them the line is straight; with two or three it bends as
# the moons do, and with twenty also around some points of the other moon. So that the start has no say in it, each network
# is the best of four (``n_init``), and trains for long. Of one unit ``fit`` warns that it does worse than it might; more
# hidden units are among its remedies, and shown here.

warnings.simplefilter("ignore", ConvergenceWarning)
figure, axes = plt.subplots(1, 4, figsize=(9.5, 2.6), layout="constrained")
for ax, n_units in zip(axes, [1, 2, 3, 20], strict=True):
    network = BackpropClassifier(n_units, batch_size=8, max_iter=1500, n_init=4, random_state=0).fit(X, y)
    print(f"{n_units:2d} hidden units: {network.score(X, y):.0%} right")
    draw(network, f"{n_units} hidden: {network.score(X, y):.0%} right", ax)
plt.show()

# %%
# All numbers are about the data that the network was trained with. How it does on other data is the subject of
# :ref:`sphx_glr_auto_examples_plot_validation.py`.
