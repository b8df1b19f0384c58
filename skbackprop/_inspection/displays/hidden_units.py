"""A picture of what the hidden units look at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._estimators.parameters import is_int
from ..._public import public
from ..._training.table import count
from ..networks import check_counts, check_image_shape, check_network, input_names, square_of, unit_numbers
from .common import BLUE, VERMILLION, make_panels, sign_colors, text_color
from .names import LETTER, name_rows, room_for_names, shortened, widest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._estimators.base import BaseBackprop
    from ..._types import Self


@public
class HiddenUnitsDisplay:
    """What each hidden unit looks at: its incoming weights, as images or as bars.

    Blue is positive, vermillion negative. Make it by :meth:`from_estimator`.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_units)
        Incoming weights of a layer of hidden units.
    biases : ndarray of shape (n_units,)
        Their biases.
    input_names : list of str
        What the inputs of the layer are called.
    image_shape : tuple of int or None
        Rows and columns of the images that the weights make; None for bars.
    first_number : int or None, default=None
        The number of the first unit, where units are counted through the layers, as the book does; None counts on after
        the inputs.

    Attributes
    ----------
    axes_ : ndarray of Axes of shape (n_rows, n_columns)
        The panels; those that are left over are empty.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    NetworkDisplay : All weights in one picture.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skbackprop import BackpropClassifier, HiddenUnitsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> network = BackpropClassifier(30, max_iter=20, random_state=0).fit(X / 16, y)
    >>> display = HiddenUnitsDisplay.from_estimator(network, image_shape=(8, 8))  # doctest: +SKIP
    """

    def __init__(self, *, weights, biases, input_names, image_shape=None, first_number=None):
        self.weights = weights
        self.biases = biases
        self.input_names = input_names
        self.image_shape = image_shape
        self.first_number = first_number

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseBackprop,
        *,
        layer: int = 0,
        image_shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
        max_units: int = 25,
        max_bars: int = 20,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the hidden units of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted, or initialized.
        layer : int, default=0
            Which hidden layer; 0 is the one above the inputs.
        image_shape : tuple of int, default=None
            Rows and columns of the image that the inputs of the layer make. None takes a square for 49 features or more,
            if their number is that of a square and they have no names; else there are bars.
        feature_names : list of str, default=None
            What to call the features; None takes their names in the training data.
        max_units : int, default=25
            Of more units the first are shown.
        max_bars : int, default=20
            Of more inputs those with the largest weights have bars.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the images, as :meth:`~matplotlib.axes.Axes.imshow` takes them, or for the bars, as
            :meth:`~matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : HiddenUnitsDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        n_hidden = len(estimator.coefs_) - 1
        if n_hidden == 0:
            raise ValueError("estimator has no hidden layer, so there are no hidden units to draw.")
        if not is_int(layer, low=0) or layer >= n_hidden:
            raise ValueError(
                f"layer={layer!r} is not valid: this network has {count(n_hidden, 'hidden layer')}, from 0."
            )
        n_inputs = len(estimator.coefs_[layer])
        names = input_names(estimator, feature_names)
        numbers = unit_numbers(map(len, estimator.coefs_))
        if layer > 0:
            names = [f"unit {number}" for number in numbers[layer]]
        is_named = layer > 0 or feature_names is not None or hasattr(estimator, "feature_names_in_")
        image_shape = check_image_shape(image_shape, n_inputs) or square_of(n_inputs, is_named)
        weights, biases = estimator.coefs_[layer], estimator.intercepts_[layer]
        display = cls(
            weights=weights,
            biases=biases,
            input_names=names,
            image_shape=image_shape,
            first_number=numbers[layer + 1][0],
        )
        return display.plot(max_units=max_units, max_bars=max_bars, ax=ax, **kwargs)

    def plot(self, *, max_units: int = 25, max_bars: int = 20, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the units.

        Parameters
        ----------
        max_units : int, default=25
            Of more units the first are shown.
        max_bars : int, default=20
            Of more inputs those with the largest weights have bars.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the images, as :meth:`~matplotlib.axes.Axes.imshow` takes them, or for the bars, as
            :meth:`~matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : HiddenUnitsDisplay
            Itself.
        """
        check_counts(max_units=max_units, max_bars=max_bars)
        n_shown = min(self.weights.shape[1], max_units)
        if self.image_shape is None:
            self._draw_bars(n_shown, max_bars, ax, kwargs)
        else:
            self._draw_images(n_shown, ax, kwargs)
        for panel in self.axes_.flat[n_shown:]:
            panel.set_axis_off()
        return self

    def _title(self, unit, n_shown):
        """The number of a unit; the last one shown says how many more there are."""
        first = len(self.weights) + 1 if self.first_number is None else self.first_number
        n_more = self.weights.shape[1] - n_shown
        return f"{first + unit}, {n_more} more" if unit + 1 == n_shown and n_more else f"{first + unit}"

    def _draw_images(self, n_shown, ax, kwargs):
        n_columns = math.ceil(math.sqrt(n_shown))
        n_rows = math.ceil(n_shown / n_columns)
        self.figure_, self.axes_ = make_panels(ax, (n_rows, n_columns), (1.05 * n_columns + 0.9, 1.2 * n_rows + 0.4))
        largest = np.abs(self.weights[:, :n_shown]).max()
        style = {"cmap": sign_colors(), "vmin": -largest, "vmax": largest, "interpolation": "nearest", **kwargs}
        for unit, panel in enumerate(self.axes_.flat[:n_shown]):
            image = panel.imshow(self.weights[:, unit].reshape(self.image_shape), **style)
            panel.set(xticks=[], yticks=[])
            panel.set_title(self._title(unit, n_shown), fontsize="small", pad=2)
        self.figure_.colorbar(image, ax=list(self.axes_.flat), label="weight", shrink=0.8)

    def _draw_bars(self, n_shown, max_bars, ax, kwargs):
        order = np.arange(len(self.weights))
        if len(order) > max_bars:
            order = np.sort(np.abs(self.weights).mean(axis=1).argsort()[::-1][:max_bars])
        names = [*shortened([self.input_names[i] for i in order], room_for_names(ax)), "bias"]
        n_columns = min(n_shown, 5)
        n_rows = math.ceil(n_shown / n_columns)
        width = LETTER * widest(names) + 1.35 * n_columns + 0.4
        size = (max(width, 3.0), n_rows * (0.22 * len(names) + 0.45) + 0.5)
        self.figure_, self.axes_ = make_panels(ax, (n_rows, n_columns), size, sharex=True, sharey=True)
        for unit, panel in enumerate(self.axes_.flat[:n_shown]):
            values = np.array([*self.weights[order, unit], self.biases[unit]])
            style = {"color": [BLUE if value >= 0 else VERMILLION for value in values], "height": 0.75, **kwargs}
            panel.barh(range(len(values)), values, **style)
            panel.axvline(0, color=text_color(), linewidth=0.8)
            panel.set_title(self._title(unit, n_shown), fontsize="small", pad=3)
        name_rows(self.axes_, names, range(len(names)))
        self.axes_[0, 0].set_ylim(len(names) - 0.4, -0.6)
        for panel in self.axes_.flat[max(0, n_shown - n_columns) : n_shown]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("weight")
