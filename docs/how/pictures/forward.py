"""The book's instance on its way forward."""

import matplotlib.pyplot as plt
from drawing import BLUE, book_step, draw_network, in_brackets

outputs, _, weights = book_step()
words = {unit: f"{output:g}" if unit < 4 else f"{output:.3f}" for unit, output in outputs.items()}
figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
lines = {pair: f"{outputs[pair[0]]:.3g} · {in_brackets(weight)}" for pair, weight in weights.items()}
draw_network(ax, words, {4: BLUE, 5: BLUE, 6: BLUE}, lines)

# what the page says of it
assert [words[unit] for unit in (4, 5, 6)] == ["0.332", "0.525", "0.474"]
