"""XOR without hidden units, with two of them, and as the two of them see it."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from drawing import X_XOR, Y_XOR, check_learned, class_colors, draw_classes, shade, xor_network
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier

X, y, network = X_XOR, Y_XOR, xor_network()
straight = BackpropClassifier((), batch_size=1, init_range=1.0, learning_rate_init=2.0, max_iter=3000, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # it does not learn, which is what the picture shows
    straight.fit(X, y)
seen = network.activations(X)[0]

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.8), layout="compressed")
figure.get_layout_engine().set(w_pad=0.12)
colors = class_colors()
shade(left, straight, colors, (-0.4, 1.4))
left.set(title="no hidden unit: one line", xlabel="first input", ylabel="second input")

shade(middle, network, colors, (-0.4, 1.4), has_line=False)
lines = list(zip(network.coefs_[0].T, network.intercepts_[0], strict=True))
for number, (weights, bias) in enumerate(lines, start=3):
    middle.axline((0, -bias / weights[1]), slope=-weights[0] / weights[1], color="black", linestyle="--")
    at = -bias / weights.sum()
    assert -0.2 < at < 1.2  # the label is inside the axes
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

# What the page says of the three: a line with corners of both classes on each side, near which the unit is undecided; two
# lines as good as parallel, between which the corners of class 1 are; and these corners in one place, which a line parts
# from the others.
assert all({*y[straight.predict(X) == side]} == {0, 1} for side in (0, 1))
np.testing.assert_allclose(straight.predict_proba(X), 0.5, atol=0.05)
slopes = [weights[0] / weights[1] for weights, _ in lines]
np.testing.assert_allclose(slopes, 1, atol=0.1)
sides = [X @ weights + bias > 0 for weights, bias in lines]
np.testing.assert_array_equal(sides[0] != sides[1], y == 1)
np.testing.assert_allclose(seen[1], seen[2], atol=0.05)
check_learned(top, seen, y)
