"""Three rates on one landscape: a weight and a bias, and the loss over them."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREEN, VERMILLION

from skbackprop import BackpropClassifier

random_state = np.random.RandomState(0)
y = np.arange(60) % 2
X = (random_state.normal(size=60) + np.where(y == 1, 1.2, -0.6)).reshape(-1, 1)


def loss(weights, biases):
    """The mean loss of the 60 instances, for every pair of a weight and a bias."""
    outputs = 1 / (1 + np.exp(-(np.multiply.outer(weights, X[:, 0]) + biases[..., np.newaxis])))
    return ((y - outputs) ** 2).mean(axis=-1) / 2


def path(rate, n_epochs=40):
    """Weight and bias from the start (-3, 2.5) on, an epoch at a time."""
    network = BackpropClassifier((), batch_size="epoch", learning_rate_init=rate)
    network.initialize(X, y, coefs_init=[[[-3.0]]], intercepts_init=[[2.5]])
    places = [(-3.0, 2.5)]
    for _ in range(n_epochs):
        network.partial_fit(X, y)
        places.append((network.coefs_[0][0, 0], network.intercepts_[0][0]))
    return np.array(places)


figure, axes = plt.subplots(1, 3, figsize=(10, 3.5), sharey=True, layout="constrained")
weights, biases = np.meshgrid(np.linspace(-4, 8, 121), np.linspace(-6, 4, 101))
paths = {rate: path(rate) for rate in (1, 15, 150)}
for ax, (rate, places), color in zip(axes, paths.items(), (BLUE, GREEN, VERMILLION), strict=True):
    hills = ax.contourf(weights, biases, loss(weights, biases), levels=14, cmap="Greys")
    ax.plot(*places.T, ".-", color=color, linewidth=1.2, markersize=5)
    ax.plot(*places[0], "s", color="black")
    ax.plot(*places[-1], "X", color="black")
    ax.set(title=f"l = {rate}: loss {loss(*places[-1:].T)[0]:.3f}", xlabel="weight", xlim=(-4, 8), ylim=(-6, 4))
axes[0].set_ylabel("bias")
figure.colorbar(hills, ax=axes, label="loss")

# What the page says of them: the first hardly moves, the second comes to rest in the valley, the third leaves the picture
# and comes to no rest.
losses = {rate: loss(*places.T) for rate, places in paths.items()}
assert losses[1][-1] > 0.7 * losses[1][0]
assert losses[15][-1] < 1.001 * min(losses[15]) < min(losses[1])
assert np.abs(np.diff(paths[15][-5:], axis=0)).max() < 0.1
assert paths[150][:, 1].max() > 4
assert np.abs(np.diff(paths[150][-5:], axis=0)).max() > 0.2
