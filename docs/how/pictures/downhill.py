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
for ax, rate, color in zip(axes, (1, 15, 150), (BLUE, GREEN, VERMILLION), strict=True):
    hills = ax.contourf(weights, biases, loss(weights, biases), levels=14, cmap="Greys")
    places = path(rate)
    ax.plot(*places.T, ".-", color=color, linewidth=1.2, markersize=5)
    ax.plot(*places[0], "s", color="black")
    ax.plot(*places[-1], "X", color="black")
    ax.set(title=f"l = {rate}: loss {loss(*places[-1:].T)[0]:.3f}", xlabel="weight", xlim=(-4, 8), ylim=(-6, 4))
axes[0].set_ylabel("bias")
figure.colorbar(hills, ax=axes, label="loss")
