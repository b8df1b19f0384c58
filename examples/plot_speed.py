"""
How fast is an epoch?
=====================

The time of one epoch beside :class:`~sklearn.neural_network.MLPClassifier`, which does the same arithmetic, measured while
this page is made. :doc:`/benchmarks` has careful measurements, beside more peers; this is a look.
"""

# %%
# Both networks have the same layers, sigmoid units, constant rate and no momentum. ``partial_fit`` presents the 1797 digits
# once. The least of some calls counts, as other work on the machine can only add to it. What differs is the number of
# instances that share a move of the weights, and the number of hidden units.

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from skbackprop import BackpropClassifier

X, y = load_digits(return_X_y=True)
X = X / 16


def seconds(network):
    """The shortest of some epochs, and of those that half a second has room for."""
    network.partial_fit(X, y, classes=np.arange(10))
    shortest, end = np.inf, time.perf_counter() + 0.5
    while shortest == np.inf or time.perf_counter() < end:
        start = time.perf_counter()
        network.partial_fit(X, y)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def compare(n_units, batch_size):
    """Milliseconds an epoch of MLPClassifier and of BackpropClassifier."""
    shared = {"hidden_layer_sizes": (n_units,), "batch_size": batch_size, "learning_rate_init": 0.1, "random_state": 0}
    theirs = MLPClassifier(solver="sgd", activation="logistic", momentum=0, nesterovs_momentum=False, alpha=0, **shared)
    ours = BackpropClassifier(loss="log_loss", **shared)
    return 1000 * seconds(theirs), 1000 * seconds(ours)


batch_sizes = [1, 8, 64, len(y)]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
print("network    batch size  MLPClassifier  BackpropClassifier  ratio")
for ax, n_units in zip(axes, (30, 500), strict=True):
    times = np.array([compare(n_units, batch_size) for batch_size in batch_sizes])
    for batch_size, (theirs, ours) in zip(batch_sizes, times, strict=True):
        layers = f"64-{n_units}-10"
        print(f"{layers:9}  {batch_size:10d}  {theirs:10.1f} ms  {ours:15.1f} ms  {theirs / ours:5.1f}")
    ax.plot(batch_sizes, times[:, 0], "s--", color="#D55E00", linewidth=2, label="MLPClassifier")
    ax.plot(batch_sizes, times[:, 1], "o-", color="#0072B2", linewidth=2, label="BackpropClassifier")
    ax.set(title=f"{n_units} hidden units", xlabel="batch size", xscale="log", yscale="log")
    ax.grid(axis="y", linewidth=0.4)
axes[0].set_ylabel("milliseconds an epoch")
axes[0].legend(frameon=False)
plt.show()

# %%
# In small batches ``MLPClassifier`` spends its time between the products of small matrices, in Python, and that is what the
# compiled kernel saves. With many units, or all instances in one batch, both wait for large matrix products, and the
# two come closer to each other. A ratio below 1 is a case that ``MLPClassifier`` wins. The engine that served here:

import skbackprop

skbackprop.show_versions()
