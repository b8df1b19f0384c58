"""
Solvers compared
================

Back-propagation says in which direction each weight should move. How far it moves is the solver's business. The book's is
``solver="sgd"``: a fixed share of the gradient. Here are all of them on one task, by epochs and by time.
"""

# %%
# * ``"sgd"``: gradient steps after each batch, the book's rule; with momentum, a weight also repeats a share of its
#   last move.
# * ``"adam"``: each weight's steps are scaled by its past gradients.
# * ``"rprop"``: one move an epoch; each weight has a step of its own, longer while the sign of its gradient stays the same.
# * ``"lbfgs"``: SciPy's minimiser over all instances, which guesses the curvature from past gradients.
#
# The task is a curved function of ten inputs with noise. The loss is the one on the training data; the accuracy on other
# data, here :math:`R^2`, is printed, because a solver that goes further may only have learned the noise.

import time

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor

X, y = make_friedman1(n_samples=1500, noise=1.0, random_state=0)
X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

solvers = {
    "sgd": ({}, {"color": "#0072B2", "linestyle": "-"}),
    "sgd, momentum 0.9": (
        {"momentum": 0.9, "learning_rate_init": 0.02},
        {"color": "#56B4E9", "linestyle": "--"},
    ),
    "adam": ({"solver": "adam", "learning_rate_init": 0.01}, {"color": "#009E73", "linestyle": "-."}),
    "rprop": ({"solver": "rprop"}, {"color": "#D55E00", "linestyle": (0, (1, 1))}),
    "lbfgs": ({"solver": "lbfgs"}, {"color": "#000000", "linestyle": (0, (5, 1, 1, 1))}),
}
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True, layout="constrained")
print(f"{'solver':18} epochs  seconds  train R²  test R²")
for name, (parameters, style) in solvers.items():
    network = BackpropRegressor(20, max_iter=300, random_state=0, **parameters)
    start = time.perf_counter()
    network.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    epochs = np.arange(network.n_iter_) + 1
    left.plot(epochs, network.loss_curve_, linewidth=2, label=name, **style)
    right.plot(epochs * seconds / len(epochs), network.loss_curve_, linewidth=2, **style)
    r2 = [network.score(X_train, y_train), network.score(X_test, y_test)]
    print(f"{name:18} {network.n_iter_:6d}  {seconds:7.2f}  {r2[0]:8.3f}  {r2[1]:7.3f}")
left.set(xlabel="epoch", ylabel="loss", yscale="log", title="by epochs")
left.yaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 1, 2, 5]))
left.yaxis.set_major_formatter("{x:g}")
left.yaxis.set_minor_locator(NullLocator())
right.set(xlabel="seconds", xscale="log", title="by time")
figure.legend(loc="outside right center", frameon=False)
plt.show()
