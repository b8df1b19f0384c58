"""XOR without hidden units, with two of them, and as the two of them see it."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from drawing import class_colors, draw_classes, shade
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier

X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([0, 1, 1, 0])
settings = {"batch_size": 1, "learning_rate_init": 2.0, "max_iter": 3000, "random_state": 1}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # it does not learn, which is what the picture shows
    straight = BackpropClassifier((), **settings).fit(X, y)
network = BackpropClassifier(2, **settings).fit(X, y)
seen = network.activations(X)[0]

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.8), layout="compressed")
colors = class_colors()
shade(left, straight, colors, (-0.4, 1.4))
left.set(title="no hidden unit: one line", xlabel="first input", ylabel="second input")

shade(middle, network, colors, (-0.4, 1.4))
for number, (weights, bias) in enumerate(zip(network.coefs_[0].T, network.intercepts_[0], strict=True), start=3):
    middle.axline((0, -bias / weights[1]), slope=-weights[0] / weights[1], color="black", linestyle="--")
    at = -bias / weights.sum()
    middle.text(at, at, f"unit {number}", ha="center", va="center", fontsize=9, bbox={"facecolor": "white", "pad": 1.5})
middle.set(title="two hidden units: a line each", xlabel="first input", xlim=(-0.4, 1.4), ylim=(-0.4, 1.4))

top = BackpropClassifier(()).initialize(
    seen, y, coefs_init=[network.coefs_[1]], intercepts_init=[network.intercepts_[1]]
)
shade(right, top, colors, (-0.1, 1.1))
right.set(title="what the output unit sees", xlabel="output of unit 3", ylabel="output of unit 4")

for ax, points in ((left, X), (middle, X), (right, seen)):
    draw_classes(ax, points, y)
    ax.set(xticks=[0, 1], yticks=[0, 1], aspect="equal")
