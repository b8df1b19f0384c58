"""
Which inputs matter, and how
============================

A network is called a black box because its weights are hard to read. The book's *sensitivity analysis* asks instead how
much an output changes when one input changes a little. :func:`~skbackprop.sensitivity` gives the exact answer, the
derivative, for each instance.
"""

# %%
# Data whose answer is known
# --------------------------
#
# Friedman's first function is :math:`10 \sin(\pi x_1 x_2) + 20 (x_3 - 0.5)^2 + 10 x_4 + 5 x_5` with some noise; the inputs
# :math:`x_6` to :math:`x_{10}` do nothing. Does the network know?

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris, make_friedman1
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor, SensitivityDisplay, sensitivity

X, y = make_friedman1(n_samples=2000, noise=0.5, random_state=0)
network = BackpropRegressor(20, solver="lbfgs", alpha=1, max_iter=500, random_state=0).fit(X, y)
SensitivityDisplay.from_estimator(network, X, output_names=["Friedman's function"])
plt.show()

# %%
# The dot is the mean size of the derivative over all instances, the line goes from the 5th to the 95th percentile. The last
# five inputs hardly count. :math:`x_4` and :math:`x_5` act everywhere alike, by 10 and by 5, and so their lines are short;
# the others act here and not there.

# %%
# With their signs
# ----------------
#
# The derivative for :math:`x_3` should be :math:`40 (x_3 - 0.5)`: downwards first, then upwards, and 0 in the middle. A
# linear model, whose sensitivity is one number, would miss it.
# At both ends the network is flatter than the truth: it has seen nothing beyond them.

derivatives = sensitivity(network, X)[:, :, 0]
print("mean sizes, x1 to x10:", np.abs(derivatives).mean(axis=0).round(1))
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.2), sharey=True, layout="constrained")
grid = np.linspace(0, 1, 50)
known = {"x3": (2, 40 * (grid - 0.5)), "x4": (3, np.full(50, 10.0)), "x6": (5, np.zeros(50))}
for ax, (name, (feature, slopes)) in zip(axes, known.items(), strict=True):
    ax.scatter(X[:, feature], derivatives[:, feature], s=6, color="#0072B2", alpha=0.4, label="network")
    ax.plot(grid, slopes, color="#D55E00", linewidth=2.5, linestyle="--", label="true")
    ax.set(xlabel=name, title=f"∂y / ∂{name}")
axes[0].legend(frameon=False, markerscale=2)
plt.show()

# %%
# Of a classifier, for each class
# -------------------------------
#
# Here the outputs are the probabilities of the three kinds of iris, and the inputs are standardised, so a sensitivity is a
# change of probability per standard deviation. Where a class is certain its probability does not move, whichever input
# moves; so a small sensitivity may mean that an input does not matter, or that the case is clear.

X, y = load_iris(return_X_y=True, as_frame=True)
X = StandardScaler().set_output(transform="pandas").fit_transform(X)
network = BackpropClassifier(5, max_iter=100, random_state=0).fit(X, y)
SensitivityDisplay.from_estimator(network, X, output_names=["setosa", "versicolor", "virginica"])
plt.show()
