"""Draws how a small network learns: the film of the landing page, and README's picture, which is its last frame.

Run as ``python docs/film.py`` it writes README's picture; the film is made when the pages are built.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import PillowWriter
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, NetworkDisplay

README_PICTURE = Path(__file__).parent / "_static" / "network.svg"
COLORS = LinearSegmentedColormap.from_list("classes", ["#F2B48C", "#FFFFFF", "#8DC0E3"])
LAST = 1000

X, y = make_moons(120, noise=0.15, random_state=0)
X = StandardScaler().fit_transform(X)


def draw(figure, network):
    """The plane with what the network says of it, its weights, and the share of points that it had wrong so far."""
    figure.clear()
    plane, units, curve = figure.subplots(1, 3, width_ratios=[1.1, 1.4, 1])
    _draw_plane(plane, network)
    NetworkDisplay.from_estimator(network, ax=units, feature_names=["x₁", "x₂"], output_names=[""])
    units.get_legend().remove()
    errors = 100 * np.array(network.error_curve_)
    curve.plot(np.arange(1, len(errors) + 1), errors, color="#0072B2", marker="o", markevery=[-1], clip_on=False)
    curve.set(xscale="log", xlim=(1, LAST), ylim=(0, 50), xlabel="epoch", title="wrong, in per cent")
    curve.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])


def _draw_plane(ax, network):
    style = {"response_method": "predict_proba", "grid_resolution": 60, "ax": ax, "eps": 0.4}
    DecisionBoundaryDisplay.from_estimator(network, X, cmap=COLORS, levels=np.linspace(0, 1, 11), **style)
    boundary = {"levels": [0.5], "colors": "black", "linewidths": 2}
    DecisionBoundaryDisplay.from_estimator(network, X, plot_method="contour", **boundary, **style)
    for label, color, marker in ((0, "#D55E00", "s"), (1, "#0072B2", "o")):
        ax.scatter(*X[y == label].T, s=14, marker=marker, color=color)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="", title=f"epoch {network.n_epochs_}")


def frames(figure):
    """Draw the training at ever rarer epochs, and yield the network after each."""
    network = BackpropClassifier(6, batch_size=4, random_state=1).initialize(X, y)
    for n_epochs in np.unique(np.geomspace(1, LAST, 40).astype(int)):
        while network.n_epochs_ < n_epochs:
            network.partial_fit(X, y)
        draw(figure, network)
        yield network
    # what the texts for those who do not see it say
    errors = np.array(network.error_curve_)
    assert 0.3 < errors[0] < 0.4
    assert errors[99] < 0.02
    assert errors[-1] == 0
    assert network.score(X, y) == 1


def new_figure():
    return plt.figure(figsize=(9, 2.9), layout="constrained")


def write_film(path):
    """Write a GIF that stays on its last frame for some seconds."""
    figure, writer = new_figure(), PillowWriter(fps=6)
    with writer.saving(figure, str(path), dpi=100):
        for _ in frames(figure):
            writer.grab_frame()
        for _ in range(18):
            writer.grab_frame()
    plt.close(figure)


def write_last_frame(path):
    """Write the picture that the film ends with."""
    figure = new_figure()
    *_, _ = frames(figure)
    # the same file from the same package: neither a date nor random names in it
    with mpl.rc_context({"svg.hashsalt": "skbackprop", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    write_last_frame(README_PICTURE)
