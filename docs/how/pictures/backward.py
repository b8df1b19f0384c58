"""The book's errors on their way back."""

import matplotlib.pyplot as plt
from drawing import LINES, VERMILLION, book_step, draw_network, in_brackets

outputs, errors, weights = book_step()
words = {unit: f"{outputs[unit]:g}" if unit < 4 else f"{errors[unit]:.4f}" for unit in outputs}
figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
lines = {pair: f"{errors[6]:.4f} · {in_brackets(weights[pair])}" for pair in LINES[6:]}
draw_network(ax, words, {4: VERMILLION, 5: VERMILLION, 6: VERMILLION}, lines, is_backward=True)
ax.annotate("target 1", (3.2, 0.55), (3.2, 0.1), ha="center", arrowprops={"arrowstyle": "-|>", "shrinkB": 12})

# what the page says of it
assert [words[unit] for unit in (4, 5, 6)] == ["-0.0087", "-0.0065", "0.1311"]
