"""
The NumPy network of the tutorials
==================================

Many tutorials build the same network in some lines of NumPy: two layers that learn XOR. Here it stands beside
:class:`~skbackprop.BackpropClassifier`, which ends with the same weights. So what you know of the one holds for the other.
"""

# %%
# The tutorial's network
# ----------------------
#
# Two inputs, four hidden units and one output unit, all of them sigmoid. The weights are drawn from the normal distribution
# N(0, 1), the biases start at 0. In each epoch all four instances go forward together; the error goes back, and the moves
# of the four are *summed*. The error of the output unit, ``(y_hat - y) * y_hat * (1 - y_hat)``, belongs to the squared
# error, though what is printed, every ten epochs, is the log loss.

import matplotlib.pyplot as plt
import numpy as np

from skbackprop import BackpropClassifier

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]])

rng = np.random.RandomState(1)
start = [rng.normal(size=(2, 4)), rng.normal(size=(4, 1))]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def log_loss(y_hat):
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))


W1, W2 = (weights.copy() for weights in start)
b1, b2 = np.zeros(4), np.zeros(1)
rate, theirs = 0.5, []
for epoch in range(1000):
    hidden = sigmoid(X @ W1 + b1)
    y_hat = sigmoid(hidden @ W2 + b2)
    theirs.append(log_loss(y_hat))
    if epoch % 10 == 0:
        print(f"epoch {epoch:3d}: log loss {theirs[-1]:.4f}")

    output_error = (y_hat - y) * y_hat * (1 - y_hat)
    hidden_error = (output_error @ W2.T) * hidden * (1 - hidden)
    W2 -= rate * hidden.T @ output_error
    b2 -= rate * output_error.sum(axis=0)
    W1 -= rate * X.T @ hidden_error
    b1 -= rate * hidden_error.sum(axis=0)

# %%
# The same with the estimator
# ---------------------------
#
# ``batch_size="epoch"`` makes one move of all four instances, which is the *mean* of theirs. The tutorial's sum is four
# times the mean, so the rate is four times as large. The squared error is the default, and with ``update_tol=0``
# nothing ends the training before its 1000 epochs.

network = BackpropClassifier(4, batch_size="epoch", learning_rate_init=4 * rate, max_iter=1000, update_tol=0)
network.fit(X, y.ravel(), coefs_init=start, intercepts_init=[np.zeros(4), np.zeros(1)])

pairs = zip([W1, W2, b1, b2], [*network.coefs_, *network.intercepts_], strict=True)
difference = max(np.abs(mine - ours).max() for mine, ours in pairs)
print(f"largest difference of any weight or bias: {difference:.1e}")

# %%
# What is left is the rounding of the last digit, over a thousand updates. The picture goes the same way once more, an epoch
# at a time: ``partial_fit`` presents the data once, and the log loss is looked at before each epoch, as the tutorial does.

network = BackpropClassifier(4, batch_size="epoch", learning_rate_init=4 * rate)
network.initialize(X, y.ravel(), coefs_init=start, intercepts_init=[np.zeros(4), np.zeros(1)])
ours = []
for _ in range(1000):
    ours.append(log_loss(network.predict_proba(X)[:, 1:]))
    network.partial_fit(X, y.ravel())

figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(ours, color="#8DC0E3", linewidth=6, label="BackpropClassifier")
ax.plot(theirs, color="#D55E00", linestyle="--", label="NumPy")
ax.set(xlabel="epoch", ylabel="log loss")
ax.legend(frameon=False)
plt.show()

# %%
# From here on the estimator has more to offer than the loop: a stop reason, other losses and solvers, saving and going on,
# pipelines and searches, and the compiled kernel.
