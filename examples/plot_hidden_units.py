"""
What the hidden units saw
=========================

Nobody tells a hidden unit what to look for. Its weights show what it found.
"""

# %%
# Digits: weights as images
# -------------------------
#
# Each hidden unit of this network has one weight for each of the 64 pixels, so its weights make an image. Blue pixels
# switch the unit on, vermillion ones switch it off.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, HiddenUnitsDisplay

X, y = load_digits(return_X_y=True)
network = BackpropClassifier(20, alpha=0.02, max_iter=100, random_state=0).fit(X / 16, y)
HiddenUnitsDisplay.from_estimator(network, image_shape=(8, 8))
plt.show()

# %%
# Some units answer to a stroke in one place, others to a stroke here and a hole there. A unit takes part in several digits,
# and a digit needs several units. ``alpha`` pulls weights towards 0 that are of little use, which makes cleaner images.

# %%
# Wine: weights as bars
# ---------------------
#
# Where the inputs are not an image, each weight is a bar with the name of its feature.

X, y = load_wine(return_X_y=True, as_frame=True)
scaler = StandardScaler().set_output(transform="pandas")
network = BackpropClassifier(3, alpha=0.02, random_state=0).fit(scaler.fit_transform(X), y)
HiddenUnitsDisplay.from_estimator(network)
plt.show()

# %%
# What the hidden units are worth to the classes is the other half: the whole network in one picture.

from skbackprop import NetworkDisplay

NetworkDisplay.from_estimator(network)
plt.show()

# %%
# Eight words through three units
# -------------------------------
#
# A classical experiment of the people who made back-propagation known: eight inputs, of which one is on; the same eight as
# outputs; between them three hidden units only. To get through, the network must find a code of three numbers for eight
# words. Six networks, from different starts, all do. How many have found the binary numbers that an engineer would choose?

words, numbers = np.eye(8), np.arange(8)
codes = []
for seed in range(6):
    network = BackpropClassifier(
        3, batch_size=1, init_range=0.5, learning_rate_init=2, max_iter=3000, random_state=seed
    )
    network.fit(words, numbers)
    codes.append(network.activations(words)[0])
    n_different = len(np.unique(codes[-1].round(), axis=0))
    right = network.score(words, numbers)
    print(f"start {seed}: {right:.0%} of the words are right; rounded, {n_different} of 8 codes are different")

# %%
# Each row is the code of one word, on the left from start 0 and on the right from start 2. The left one uses values
# between 0 and 1 too, which serve it as well. The right one is binary, and nobody asked for it: with outputs near 0 and
# 1 the eight codes are as far apart as they can be.

figure, axes = plt.subplots(1, 2, figsize=(7, 4.2), sharey=True, layout="constrained")
for ax, start in zip(axes, (0, 2), strict=True):
    image = ax.imshow(codes[start], cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for (row, column), output in np.ndenumerate(codes[start]):
        ink = "black" if output > 0.5 else "white"
        ax.text(column, row, f"{output:.2f}", ha="center", va="center", color=ink)
    ax.set(title=f"start {start}", xlabel="hidden unit", xticks=range(3), xticklabels=[9, 10, 11], yticks=range(8))
axes[0].set_ylabel("word")
figure.colorbar(image, ax=axes, label="output of the hidden unit")
plt.show()
