"""The networks of these pages, the book's and those for XOR, and how the pictures draw them."""

import numpy as np

from skbackprop import BackpropClassifier, explain_step

BLUE, VERMILLION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"

PLACES = {1: (0, 2), 2: (0, 1), 3: (0, 0), 4: (1.6, 1.6), 5: (1.6, 0.4), 6: (3.2, 1)}
LINES = [(1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5), (4, 6), (5, 6)]


def book_network():
    """The network of Han and Kamber's worked example, before its update."""
    return BackpropClassifier(2, batch_size=1, learning_rate_init=0.9).initialize(
        [[1, 0, 1]],
        [1],
        classes=[0, 1],
        coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
        intercepts_init=[[-0.4, 0.2], [0.1]],
    )


X_XOR, Y_XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([0, 1, 1, 0])


def xor_network():
    """Two hidden units that have learned XOR, from the wider of the book's two ranges."""
    network = BackpropClassifier(
        2, batch_size=1, init_range=1.0, learning_rate_init=2.0, max_iter=3000, update_tol=0, random_state=1
    )
    return check_learned(network.fit(X_XOR, Y_XOR), X_XOR, Y_XOR)


def check_learned(network, X, y):
    """Give back a network of which a page says that it has learned; if it has not, the build fails."""
    assert network.score(X, y) == 1, "a page says that this network has learned"
    return network


def by_unit(layers):
    """Values of layers as a dict from the number of the unit."""
    return dict(enumerate(np.concatenate([np.ravel(layer) for layer in layers]), start=7 - sum(map(np.size, layers))))


def book_step():
    """Outputs and errors of the worked example's units, by their numbers, and the weights, by the units they join."""
    explanation = explain_step(book_network(), [1, 0, 1], 1)
    first, second = book_network().coefs_
    weights = {(i, j): first[i - 1, j - 4] for i, j in LINES[:6]} | {(i, 6): second[i - 4, 0] for i in (4, 5)}
    outputs = by_unit([[1, 0, 1], *explanation.outputs[-2:]])
    return outputs, by_unit(explanation.errors), weights


def in_brackets(number):
    """A factor of a product, in brackets if it is negative."""
    return f"({number:g})" if number < 0 else f"{number:g}"


def draw_network(ax, words, colors, line_words, *, is_backward=False):
    """Draw units with a word in each, and an arrow with a word for each connection."""
    for (i, j), word in line_words.items():
        start, end = (PLACES[j], PLACES[i]) if is_backward else (PLACES[i], PLACES[j])
        arrow = {"arrowstyle": "-|>", "shrinkA": 24, "shrinkB": 24, "color": GREY, "linewidth": 1.2}
        ax.annotate("", end, start, arrowprops=arrow)
        share = 0.34 if j < 6 else 0.45
        x, y = (np.array(PLACES[i]) * (1 - share) + np.array(PLACES[j]) * share).tolist()
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        ax.text(x, y, word, ha="center", va="center", fontsize=9, bbox=box)
    for unit, word in words.items():
        x, y = PLACES[unit]
        ax.scatter(x, y, s=1900, color="white", edgecolor=colors.get(unit, "black"), linewidth=1.8, zorder=3)
        ax.text(x, y, word, ha="center", va="center", fontsize=9.5, zorder=4)
        ax.text(x, y + 0.31, f"unit {unit}", ha="center", fontsize=8, color=GREY, zorder=4)
    ax.set(xlim=(-0.45, 3.65), ylim=(-0.4, 2.55))
    ax.set_axis_off()


def shade(ax, network, colors, limits, *, has_line=True):
    """Fill a plane with what the network puts out, and draw the line where it is one half."""
    first, second = np.meshgrid(np.linspace(*limits, 101), np.linspace(*limits, 101))
    points = np.column_stack([first.ravel(), second.ravel()])
    outputs = network.predict_proba(points)[:, 1].reshape(first.shape)
    ax.contourf(first, second, outputs, levels=np.linspace(0, 1, 11), cmap=colors)
    if has_line:
        ax.contour(first, second, outputs, levels=[0.5], colors="black", linewidths=2)


def class_colors():
    """From the colour of class 0 over white to that of class 1."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("classes", ["#F2B48C", "#FFFFFF", "#8DC0E3"])


def draw_classes(ax, points, y):
    """Squares for class 0 and circles for class 1."""
    for label, color, marker in ((0, VERMILLION, "s"), (1, BLUE, "o")):
        ax.scatter(*points[y == label].T, s=110, marker=marker, color=color, edgecolor="black", zorder=3)
