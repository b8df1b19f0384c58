"""
Where the weights begin
=======================

Before the training each weight and bias is drawn at random from a range [-r, r]. The book names two ranges, r = 0.5 and
r = 1; scikit-learn's networks use a range that depends on the sizes of the layers, called Glorot's after the author who
proposed it. ``init_range`` takes all of them. Does it matter?
"""

# %%
# One hidden layer
# ----------------
#
# The digits again, with 30 hidden units. Beside the three ranges there are one that is much too small and one that is much
# too large. Each line is the mean over three starts.

import textwrap
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = load_digits(return_X_y=True)
X = StandardScaler().fit_transform(X)

STYLES = {
    0.001: {"color": "#999999", "linestyle": (0, (1, 1))},
    "glorot": {"color": "#009E73", "linestyle": "--"},
    0.5: {"color": "#0072B2", "linestyle": "-"},
    1.0: {"color": "#D55E00", "linestyle": "-."},
    5.0: {"color": "#000000", "linestyle": (0, (5, 1, 1, 1, 1, 1))},
}


def error_curves(init_range, **parameters):
    """The error rate of each epoch, in the mean over three starts."""
    curves = []
    for seed in range(3):
        network = BackpropClassifier(init_range=init_range, random_state=seed, **parameters)
        curves.append(network.fit(X, y).error_curve_)
    return np.mean(curves, axis=0)


figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for init_range, style in STYLES.items():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # from the largest range, of which more below
        curve = error_curves(init_range, hidden_layer_sizes=30, max_iter=30)
    ax.plot(np.arange(len(curve)) + 1, curve, linewidth=2, label=f"{init_range}", **style)
ax.set(xlabel="epoch", ylabel="error rate", yscale="log", title="64-30-10 network")
ax.legend(title="init_range", frameon=False)
plt.show()

# %%
# Between the book's two ranges and Glorot's there is little to choose. From very small weights all hidden units begin
# nearly alike, and it takes some epochs until they differ. From very large ones most outputs of the hidden units are near 0
# or 1, where the sigmoid is flat and hardly learns: they are *saturated*.
#
# The outputs of the hidden units before the training show it. ``initialize`` makes the network that ``fit`` would begin
# with, and ``activations`` gives the outputs of its layers.

figure, axes = plt.subplots(1, 5, figsize=(9, 2.2), sharey=True, layout="constrained")
for ax, init_range in zip(axes, STYLES, strict=True):
    network = BackpropClassifier(30, init_range=init_range, random_state=0).initialize(X, y)
    ax.hist(network.activations(X)[0].ravel(), bins=np.linspace(0, 1, 21), color="#0072B2")
    ax.set(title=f"{init_range}", xlabel="output", xticks=[0, 0.5, 1], yticks=[])
axes[0].set_ylabel("how often")
plt.show()

# %%
# Four hidden layers
# ------------------
#
# In a deep network of sigmoid units the choice decides. Each layer squeezes what comes in, so the outputs of the last
# hidden layer may differ hardly at all between one image and another; and the errors, which come back through the same
# weights, vanish in the same way.

depths = np.arange(1, 5)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for init_range in ("glorot", 0.5, 1.0, 5.0):
    network = BackpropClassifier((30,) * 4, init_range=init_range, random_state=0).initialize(X, y)
    spreads = [outputs.std(axis=0).mean() for outputs in network.activations(X)[:-1]]
    left.plot(depths, spreads, marker="o", linewidth=2, label=f"{init_range}", **STYLES[init_range])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        curve = error_curves(init_range, hidden_layer_sizes=(30,) * 4, max_iter=60)
    right.plot(np.arange(len(curve)) + 1, curve, linewidth=2, **STYLES[init_range])
    print(f"init_range={init_range}: error rate {curve[-1]:.2f}, warned {len(caught)} times")
    for warning in caught[:1]:
        print(textwrap.fill(str(warning.message), 100, initial_indent="  ", subsequent_indent="  "))
left.set(
    xlabel="hidden layer", xticks=depths, yscale="log", ylabel="spread of the outputs", title="before the training"
)
right.set(xlabel="epoch", ylabel="error rate", ylim=(0, 1), title="the training")
left.legend(title="init_range", frameon=False)
plt.show()

# %%
# From Glorot's range the outputs of the fourth layer are all but the same for every image, and the network learns no more
# than how frequent the classes are. ``fit`` looks for this at its end and warns, whichever rule ended the training. The
# book's ranges learn, 1.0 sooner than 0.5. From 5.0 the units start saturated; the network misses whole digits, and is
# warned about too. For ``activation="relu"`` Glorot's range is the one to take, because these units do not squeeze.
