"""A picture of a network's units and connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._estimators.parameters import kind_of
from ..._public import public
from ..._training.table import count
from ..explain import StepExplanation
from ..networks import check_counts, check_network, input_names, is_one_of, unit_numbers
from ..networks import output_names as names_of_outputs
from .common import BLUE, VERMILLION, make_panels, pyplot, sign_colors, text_color
from .names import LETTER, LINE, VERBATIM, room_for_names, shortened, widest
from .network_numbers import number_lines, number_units, write_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._estimators.base import BaseBackprop
    from ..._types import Self

# Of more lines than this the dashes would make a thicket.
_MAX_DASHED = 60

# Of no more lines, and units, than this numbers can be read.
_MAX_NUMBERED, _MAX_NUMBERED_UNITS = 24, 40

# Heat maps grow with no more rows than this, whose names can still be read one by one.
_MAX_ROWS = 40

# Letters that a figure has room for in any case, of inputs and outputs together, and inches that captions of layers take.
_FREE_LETTERS, _CAPTION = 18, 1.1

# Points between the middle of a unit and its name, and inches of an axes that has room for the whole legend.
_ASIDE, _LEGEND = 12, 3.6


@public
class NetworkDisplay:
    """The units of a network, and the connections between them.

    Blue lines are positive weights and vermillion ones negative, which are dashed where there are few; the wider, the
    larger, on one scale for the whole network; a weight that is 0 has none. A unit is filled with the colour of its bias,
    the more the larger. Where there are few, units bear their numbers, counted through the layers as the book does, and
    lines their weights. Long names are cut in the middle, and on small axes words are left out. Make it by
    :meth:`from_estimator`.

    Parameters
    ----------
    coefs : list of ndarray of shape (n_inputs, n_units)
        Weights of each layer.
    intercepts : list of ndarray of shape (n_units,)
        Biases of each layer.
    feature_names, output_names : list of str
        What the inputs and the output units are called.
    activation : str
        Of the hidden units.
    output_unit : str
        Of the output units.

    Attributes
    ----------
    ax_ : Axes
        The picture; of a heat map the first panel.

    figure_ : Figure
        Figure that holds it.

    See Also
    --------
    HiddenUnitsDisplay : The incoming weights of each hidden unit.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, NetworkDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> network = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(network)  # doctest: +SKIP
    """

    def __init__(self, *, coefs, intercepts, feature_names, output_names, activation, output_unit):
        self.coefs = coefs
        self.intercepts = intercepts
        self.feature_names = feature_names
        self.output_names = output_names
        self.activation = activation
        self.output_unit = output_unit

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseBackprop,
        *,
        feature_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        max_units: int = 16,
        kind: str = "lines",
        strongest: int | None = None,
        values: StepExplanation | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the network of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted, or initialized.
        feature_names, output_names : list of str, default=None
            What to call the inputs and the output units; None takes the names of the features and classes.
        max_units : int, default=16
            Of layers with more units the middle is left out.
        kind : {'lines', 'heatmap'}, default='lines'
            Units and lines, or for large networks all weights of a layer as a panel of coloured squares.
        strongest : int or None, default=None
            Draw this many connections into each unit, those of the largest weights; None draws all.
        values : StepExplanation or None, default=None
            What :func:`explain_step` made of an instance: outputs and errors are written under the units.
        ax : Axes, default=None
            To draw in; None makes a figure.
        **kwargs : dict
            For the connections, as :class:`~matplotlib.collections.LineCollection` takes them, or for the heat maps, as
            :meth:`~matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : NetworkDisplay
            With ``figure_`` and ``ax_``.
        """
        check_network(estimator)
        display = cls(
            coefs=estimator.coefs_,
            intercepts=estimator.intercepts_,
            feature_names=input_names(estimator, feature_names),
            output_names=names_of_outputs(estimator, output_names),
            activation=estimator._activation_,
            output_unit=estimator.out_activation_,
        )
        return display.plot(max_units=max_units, kind=kind, strongest=strongest, values=values, ax=ax, **kwargs)

    def plot(
        self,
        *,
        max_units: int = 16,
        kind: str = "lines",
        strongest: int | None = None,
        values: StepExplanation | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the network.

        Parameters
        ----------
        max_units : int, default=16
            Of layers with more units the middle is left out.
        kind : {'lines', 'heatmap'}, default='lines'
            Units and lines, or for large networks all weights of a layer as a panel of coloured squares.
        strongest : int or None, default=None
            Draw this many connections into each unit, those of the largest weights; None draws all.
        values : StepExplanation or None, default=None
            What :func:`explain_step` made of an instance: outputs and errors are written under the units.
        ax : Axes, default=None
            To draw in; None makes a figure.
        **kwargs : dict
            For the connections, as :class:`~matplotlib.collections.LineCollection` takes them, or for the heat maps, as
            :meth:`~matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : NetworkDisplay
            Itself.
        """
        self._check(max_units, kind, strongest, values)
        if kind == "heatmap":
            return self._plot_heat_maps(ax, kwargs)
        sizes = [len(self.feature_names), *map(len, self.intercepts)]
        height = max(min(size, max_units // 2 * 2 + 1) for size in sizes)
        layers = [_Column(number, size, max_units, height) for number, size in enumerate(sizes)]
        ends, weights = self._connections(layers, strongest)
        names = self._drawn_names(layers, ax)
        if ax is None:
            # For each unit, so that what is written below it stands free.
            inches = 0.78 if values is not None else 0.62 if len(weights) <= _MAX_NUMBERED else 0.34
            width = LETTER * max(0, sum(map(widest, names)) - _FREE_LETTERS)
            size = (2.2 * len(sizes) + 1.5 + width, max(2.8, inches * height + 1.3))
            _, ax = pyplot().subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self._set_limits(height, len(sizes))
        self._draw_lines(ends, weights / self._largest(), kwargs)
        is_numbered = not any(layer.is_short for layer in layers) and sum(sizes) <= _MAX_NUMBERED_UNITS
        self._draw_units(layers, size=230 if is_numbered else 130)
        self._draw_names(layers, names)
        self._draw_captions(layers, names)
        self._draw_legend(len(weights))
        if is_numbered:
            number_units(ax, layers)
        if values is not None:
            write_values(ax, layers, values)
        if is_numbered and len(weights) <= _MAX_NUMBERED:
            number_lines(ax, ends, weights)
        return self

    def _check(self, max_units, kind, strongest, values):
        """Raise a ValueError or a TypeError for what cannot be drawn."""
        check_counts(least=2, max_units=max_units)
        if not is_one_of(kind, ("lines", "heatmap")):
            raise ValueError(f"kind={kind!r} is not valid: it must be 'lines' or 'heatmap'.")
        if strongest is not None:
            check_counts(strongest=strongest)
        if values is None:
            return
        if not isinstance(values, StepExplanation):
            raise TypeError(f"values is {kind_of(values)}, but must be what explain_step returns.")
        sizes, theirs = [len(self.feature_names), *map(len, self.intercepts)], list(map(len, values.outputs))
        if theirs != sizes:
            raise ValueError(f"values is of a network with layers of {theirs} units, but this one has {sizes}.")

    def _plot_heat_maps(self, ax, kwargs):
        """A panel for each layer of weights, with a column for each unit."""
        n_layers, room = len(self.coefs), room_for_names(ax)
        numbers = unit_numbers([len(self.feature_names), *map(len, self.intercepts)])
        self.figure_, axes = make_panels(ax, (1, n_layers), self._size_of_heat_maps())
        self.ax_, largest = axes[0, 0], self._largest()
        style = {"cmap": sign_colors(), "vmin": -largest, "vmax": largest, "aspect": "auto", "interpolation": "nearest"}
        for number, (panel, weights) in enumerate(zip(axes[0], self.coefs, strict=True)):
            rows, columns = numbers[number], numbers[number + 1]
            extent = (columns[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5, rows[0] - 0.5)
            image = panel.imshow(weights, extent=extent, **{**style, **kwargs})
            panel.set_xlabel("output unit" if number == n_layers - 1 else "hidden unit")
            panel.set_ylabel("hidden unit" if number else "input")
            _name_units(panel.yaxis, rows, None if number else self.feature_names, room)
            _name_units(panel.xaxis, columns, self.output_names if number == n_layers - 1 else None, room)
        self.figure_.colorbar(image, ax=axes[0].tolist(), label="weight")
        return self

    def _size_of_heat_maps(self):
        """Inches of a figure in which names take no room from the panels."""
        n_inputs = len(self.feature_names)
        side = LETTER * widest(shortened(self.feature_names)) if n_inputs <= _MAX_ROWS else 0.0
        below = LETTER * widest(shortened(self.output_names)) if len(self.output_names) <= _MAX_ROWS else 0.0
        height = max(3.0, (LINE + 0.05) * n_inputs if n_inputs <= _MAX_ROWS else 0.0)
        return 3.2 * len(self.coefs) + 0.8 + side, height + 0.6 + below

    def _set_limits(self, height, n_layers):
        self.ax_.set_axis_off()
        self.ax_.set_xlim(-0.25, n_layers - 0.75)
        self.ax_.set_ylim(-height / 2 - 1.4, height / 2 + 0.6)

    def _largest(self):
        """The largest weight, which has the widest line."""
        return max(max(np.abs(weights).max() for weights in self.coefs), np.finfo(float).tiny)

    def _connections(self, layers, strongest):
        """Ends and weights of the lines to draw, the large ones last."""
        ends, values = [], []
        for left, right, weights in zip(layers[:-1], layers[1:], self.coefs, strict=True):
            seen = weights[np.ix_(left.shown, right.shown)]
            least = np.zeros(len(right.shown))
            if strongest is not None and strongest < len(seen):
                least = np.sort(np.abs(seen), axis=0)[-strongest]
            for i, j in zip(*np.nonzero((seen != 0) & (np.abs(seen) >= least)), strict=True):
                ends.append([(left.x, left.y[i]), (right.x, right.y[j])])
                values.append(seen[i, j])
        order = np.abs(values).argsort()
        return np.array(ends).reshape(-1, 2, 2)[order], np.array(values)[order]

    def _draw_lines(self, ends, shares, kwargs):
        """Lines for weights as shares of the largest."""
        from matplotlib.collections import LineCollection

        is_many = len(shares) > _MAX_DASHED
        for is_positive in (False, True):
            chosen = (shares >= 0) == is_positive
            if not chosen.any():  # Matplotlib does not take an alpha for each of none
                continue
            style = {
                "colors": BLUE if is_positive else VERMILLION,
                "linewidths": 0.3 + 3.7 * np.abs(shares[chosen]),
                "linestyles": "solid" if is_positive or is_many else (0, (4, 1.2)),
                "alpha": (0.35 + 0.65 * np.abs(shares[chosen]) ** 0.5) if is_many else 0.9,
                "capstyle": "butt",
                "zorder": 1,
            }
            self.ax_.add_collection(LineCollection(ends[chosen], **{**style, **kwargs}), autolim=False)

    def _draw_units(self, layers, size):
        largest = max(max(np.abs(biases).max() for biases in self.intercepts), np.finfo(float).tiny)
        background = self.ax_.get_facecolor()
        for layer, biases in zip(layers, [np.zeros(layers[0].size), *self.intercepts], strict=True):
            style = {"c": biases[layer.shown], "cmap": sign_colors(), "vmin": -largest, "vmax": largest}
            edge = {"edgecolors": text_color(), "linewidths": 1.2, "zorder": 3, "clip_on": False}
            self.ax_.scatter([layer.x] * len(layer.y), layer.y, s=size, **style, **edge)
            if layer.is_short:
                box = {"facecolor": background, "edgecolor": "none", "pad": 1.5}
                words = f"⋮ {layer.n_hidden} more"
                self.ax_.text(layer.x, 0, words, ha="center", va="center", zorder=4, bbox=box)

    def _drawn_names(self, layers, ax):
        """Names of the inputs and of the output units that are shown."""
        room = room_for_names(ax)
        pairs = (self.feature_names, layers[0]), (self.output_names, layers[-1])
        return [shortened([names[unit] for unit in layer.shown], room) for names, layer in pairs]

    def _draw_names(self, layers, names):
        """The names of the inputs to their left, those of the output units to their right."""
        sides = (-_ASIDE, "right"), (_ASIDE, "left")
        for layer, theirs, (aside, align) in zip((layers[0], layers[-1]), names, sides, strict=True):
            style = {"xytext": (aside, 0), "textcoords": "offset points", "ha": align, "va": "center", **VERBATIM}
            for name, y in zip(theirs, layer.y, strict=True):
                self.ax_.annotate(name, (layer.x, y), **style)

    def _draw_captions(self, layers, names):
        """What each layer is; where words would lie on words, how many units it has."""
        first, last = layers[0], layers[-1]
        inches = self._width() - LETTER * sum(map(widest, names))
        has_room = inches / len(layers) > _CAPTION
        bottom = self.ax_.get_ylim()[0] + 0.1
        for layer in layers:
            kind = "input" if layer is first else "output unit" if layer is last else "hidden unit"
            words = count(layer.size, kind) if has_room else str(layer.size)
            if has_room and layer is not first:
                words += f"\n({self.output_unit if layer is last else self.activation})"
            self.ax_.text(layer.x, bottom + 0.9, words, ha="center", va="top", fontsize="small")

    def _width(self):
        """Of the axes, in inches."""
        return self.ax_.bbox.width / self.figure_.dpi

    def _draw_legend(self, n_lines):
        from matplotlib.lines import Line2D

        largest = self._largest()
        dashes = "solid" if n_lines > _MAX_DASHED else (0, (2, 0.6))
        handles = [
            Line2D([], [], color=BLUE, linewidth=4, label=f"+{largest:.3g}"),
            Line2D([], [], color=VERMILLION, linewidth=4, linestyle=dashes, label=f"-{largest:.3g}"),
            Line2D([], [], color=BLUE, linewidth=0.3 + 3.7 / 4, label=f"+{largest / 4:.3g}"),
        ]
        small = {"fontsize": "x-small", "title_fontsize": "x-small", "handlelength": 1.0, "columnspacing": 0.8}
        self.ax_.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=3,
            frameon=False,
            title="lines: weights; fill of a unit: its bias",
            **({} if self._width() > _LEGEND else small),
        )


class _Column:
    """Where the units of a layer stand; small layers spread over some of the height of the tallest."""

    def __init__(self, x, size, max_units, height):
        self.x = x
        self.size = size
        self.is_short = size > max_units
        half = max_units // 2
        self.shown = [*range(half), *range(size - half, size)] if self.is_short else list(range(size))
        self.n_hidden = size - len(self.shown)
        n_places = len(self.shown) + self.is_short
        places = min(1.8, height / n_places) * ((n_places - 1) / 2 - np.arange(n_places))
        self.y = np.delete(places, half) if self.is_short else places


def _name_units(axis, numbers, names, room):
    """Write names beside the rows or columns that are theirs, or numbers where there is no room for them, or no names."""
    panel, is_across = axis.axes, axis.axis_name == "x"
    inches = (panel.bbox.width if is_across else panel.bbox.height) / panel.figure.dpi / len(numbers)
    digits = [str(number) for number in numbers]
    if names is None and inches >= max(LINE, LETTER * (widest(digits) + 1)):
        names = digits
    if names is None or inches < LINE:
        axis.get_major_locator().set_params(integer=True, min_n_ticks=min(2, len(numbers)))
        return
    words = shortened(names, room)
    is_turned = is_across and LETTER * (widest(words) + 1) > inches
    axis.set_ticks(numbers, words, rotation=90 if is_turned else 0, **VERBATIM)
