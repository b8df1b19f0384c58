"""A unit's sum, and the sigmoid that makes a number between 0 and 1 of it."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY, VERMILLION, book_network, book_step

outputs, _, weights = book_step()
bias = book_network().intercepts_[0][0]
net = sum(outputs[i] * weights[i, 4] for i in (1, 2, 3)) + bias

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
for i, y in zip((1, 2, 3), (2, 1, 0), strict=True):
    arrow = {"arrowstyle": "-|>", "shrinkA": 16, "shrinkB": 38, "linewidth": 0.8 + 4 * abs(weights[i, 4])}
    arrow |= {"color": BLUE if weights[i, 4] > 0 else VERMILLION, "linestyle": "-" if weights[i, 4] > 0 else "--"}
    left.annotate("", (2, 1), (0, y), arrowprops=arrow)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    left.text(0.8, 1 + (y - 1) * 0.6, f"w{'₁₂₃'[i - 1]}₄ = {weights[i, 4]:g}", ha="center", va="center", bbox=box)
    left.text(
        0, y, f"{outputs[i]:g}", ha="center", va="center", fontsize=12, bbox={"boxstyle": "circle", "fc": "white"}
    )
left.scatter(2, 1, s=4200, color="white", edgecolor="black", linewidth=1.5, zorder=3)
left.text(2, 1, f"bias {bias:g}\nsum {net:.1f}", ha="center", va="center", fontsize=11, zorder=4)
left.text(3.1, 1, f"{outputs[4]:.3f}", va="center", fontsize=12)
left.annotate("", (3.05, 1), (2, 1), arrowprops={"arrowstyle": "-|>", "shrinkA": 34, "color": "black"})
left.set(xlim=(-0.3, 3.7), ylim=(-0.5, 2.5), title="one unit")
left.set_axis_off()

x = np.linspace(-6, 6, 200)
right.plot(x, 1 / (1 + np.exp(-x)), color=BLUE, linewidth=2)
right.plot([net, net, -6], [0, outputs[4], outputs[4]], color=GREY, linestyle=":")
right.plot(net, outputs[4], "o", color=VERMILLION)
right.annotate(f"I = {net:.1f}, O = {outputs[4]:.3f}", (net, outputs[4]), (0.8, 0.2))
right.set(xlabel="net input I", ylabel="output O", xlim=(-6, 6), ylim=(0, 1), title="the sigmoid")

# what the page says of it
assert (f"{net:.1f}", f"{outputs[4]:.3f}") == ("-0.7", "0.332")
