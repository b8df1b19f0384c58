"""Pictures of a network: how it was trained, what its weights are, and what its inputs do."""

import math
from itertools import pairwise

import numpy as np

from ._inspection import check_network, input_names
from ._inspection import output_names as names_of_outputs
from ._sensitivity import sensitivity

# Blue and vermillion of Okabe and Ito, which colour-blind readers tell apart, and which show on light and dark pages.
_BLUE, _VERMILLION = "#1F86C7", "#D55E00"

# Of more lines than this the dashes would make a thicket.
_MAX_DASHED = 60

_STOP_WORDS = {
    "callback": "a callback ended it",
    "converged": "the minimiser converged",
    "diverged": "the training diverged",
    "early_stopping": "the validation score did not improve",
    "error_tol": "the error rate fell below error_tol",
    "initialized": "not trained yet",
    "interrupted": "Ctrl-C ended it",
    "max_fun": "max_fun was reached",
    "max_iter": "max_iter was reached",
    "max_time": "max_time was over",
    "partial_fit": "partial_fit makes one epoch a call",
    "tol": "the loss did not improve by tol",
    "update_tol": "all updates were below update_tol",
}


def _pyplot():
    """matplotlib.pyplot, imported where a picture is made only."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Pictures need matplotlib: pip install "skbackprop[plots]"') from error
    return plt


def _panels(ax, shape, size, **shared):
    """A grid of axes: in a new figure of `size` inches, or in the place of the given axes."""
    plt = _pyplot()
    if ax is None:
        figure, axes = plt.subplots(*shape, figsize=size, squeeze=False, layout="constrained", **shared)
        return figure, axes
    ax.set_axis_off()
    has_layout = ax.figure.get_layout_engine() is not None  # which then makes the room for labels
    grid = ax.get_subplotspec().subgridspec(*shape, hspace=None if has_layout else 0.6)
    return ax.figure, grid.subplots(squeeze=False, **shared)


def _count(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


class TrainingCurveDisplay:
    """The course of a training: loss, error rate and largest update of each epoch, and the rule that ended it.

    Make it by :meth:`from_estimator`.

    Parameters
    ----------
    curves : dict of str to array-like of shape (n_epochs,)
        "loss", "error" and "update", and where the training was validated, "validation_loss" and "validation_score".
    thresholds : dict of str to float
        "error" and "update": where the stopping rules of these names draw the line; 0 where they were off.
    stop_reason : str
        As ``stop_reason_`` has it.
    n_epochs : int
        Epochs since the weights were drawn.
    scores_name : str or None
        What the validation scores are; None for accuracy or R², which are shown as error rates.
    restarts : list of dict or None
        As ``restarts_`` has it.

    Attributes
    ----------
    axes_ : ndarray of Axes
        The panels, from top to bottom.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    NetworkDisplay : The network that came of it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(network)  # doctest: +SKIP
    """

    def __init__(self, *, curves, thresholds, stop_reason, n_epochs, scores_name=None, restarts=None):
        self.curves = curves
        self.thresholds = thresholds
        self.stop_reason = stop_reason
        self.n_epochs = n_epochs
        self.scores_name = scores_name
        self.restarts = restarts

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, **kwargs):
        """Draw the training of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the curves, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : TrainingCurveDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        if not estimator.loss_curve_:
            raise ValueError("estimator has made no epoch yet, so there is no curve to draw: call fit or partial_fit.")
        curves = {
            "loss": estimator.loss_curve_,
            "error": estimator.error_curve_,
            "update": estimator.update_curve_,
            "validation_loss": estimator.validation_loss_curve_,
            "validation_score": estimator.validation_scores_,
        }
        scoring = estimator.scoring
        display = cls(
            curves={name: np.asarray(curve, dtype=float) for name, curve in curves.items() if curve is not None},
            thresholds={"error": float(estimator.error_tol), "update": float(estimator.update_tol)},
            stop_reason=estimator.stop_reason_,
            n_epochs=estimator.n_epochs_,
            scores_name=scoring if scoring is None or isinstance(scoring, str) else "score",
            restarts=getattr(estimator, "restarts_", None),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax=None, **kwargs):
        """Draw the panels.

        Parameters
        ----------
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the curves, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : TrainingCurveDisplay
            Itself.
        """
        has_scores = "validation_score" in self.curves and self.scores_name is not None
        draws = [self._draw_loss, self._draw_error, self._draw_update]
        draws += [self._draw_scores] * has_scores + [self._draw_restarts] * (self.restarts is not None)
        self.figure_, axes = _panels(ax, (len(draws), 1), (6.4, 1.2 + 1.5 * len(draws)))
        self.axes_ = axes[:, 0]
        for panel, draw in zip(self.axes_, draws, strict=True):
            draw(panel, kwargs)
        self._join_epochs(self.axes_[: 3 + has_scores])
        self.figure_.align_ylabels(self.axes_)
        words = f"{_count(self.n_epochs, 'epoch')}: {_STOP_WORDS.get(self.stop_reason, self.stop_reason)}"
        self.axes_[0].set_title(words)
        return self

    def _epochs(self, name):
        """The epochs of a curve; of those that were validated, the last."""
        n_recorded = len(self.curves["loss"])
        return np.arange(n_recorded - len(self.curves[name]), n_recorded) + 1

    def _draw(self, panel, name, label, kwargs, values=None, **style):
        """One curve, with a mark at its end."""
        values = self.curves[name] if values is None else values
        epochs = self._epochs(name)
        panel.plot(epochs, values, **{"linewidth": 1.8, "label": label, **style, **kwargs})

    def _mark_end(self, panel, name):
        """A mark on the curve whose threshold ended the training."""
        panel.plot(
            self._epochs(name)[-1:],
            self.curves[name][-1:],
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=panel.xaxis.label.get_color(),
            markeredgewidth=1.6,
            linestyle="none",
            clip_on=False,
            zorder=5,
            label="the end",
        )

    def _draw_threshold(self, panel, name):
        if self.thresholds[name] > 0:
            panel.axhline(
                self.thresholds[name],
                color=panel.xaxis.label.get_color(),
                linestyle=":",
                linewidth=1.4,
                label=f"{name}_tol = {self.thresholds[name]:g}",
            )

    def _draw_loss(self, panel, kwargs):
        self._draw(panel, "loss", "training", kwargs, color=_BLUE)
        if "validation_loss" in self.curves:
            self._draw(panel, "validation_loss", "validation", kwargs, color=_VERMILLION, linestyle="--")
        self._finish(panel, "loss", "loss", _OTHER_REASONS, is_log=True)

    def _draw_error(self, panel, kwargs):
        self._draw(panel, "error", "training", kwargs, color=_BLUE)
        if "validation_score" in self.curves and self.scores_name is None:
            errors = 1 - self.curves["validation_score"]
            self._draw(
                panel, "validation_score", "validation", kwargs, values=errors, color=_VERMILLION, linestyle="--"
            )
        self._draw_threshold(panel, "error")
        self._mark_best(panel)
        reasons = ["error_tol"] + ["early_stopping"] * (self.scores_name is None)
        self._finish(panel, "error", "error rate", reasons)

    def _draw_update(self, panel, kwargs):
        self._draw(panel, "update", "training", kwargs, color=_BLUE)
        self._draw_threshold(panel, "update")
        self._finish(panel, "update", "max |Δ|", ["update_tol"], is_log=True)

    def _draw_scores(self, panel, kwargs):
        self._draw(panel, "validation_score", self.scores_name, kwargs, color=_VERMILLION, linestyle="--")
        self._mark_best(panel)
        self._finish(panel, "validation_score", "validation\nscore", ["early_stopping"])

    def _mark_best(self, panel):
        if "validation_score" in self.curves and np.isfinite(self.curves["validation_score"]).any():
            best = self._epochs("validation_score")[np.nanargmax(self.curves["validation_score"])]
            panel.axvline(best, color=_VERMILLION, linewidth=1.2, linestyle=":", label=f"best, epoch {best}")

    def _finish(self, panel, name, label, reasons, is_log=False):
        """Scale, label and legend of a panel; the mark, where one of these reasons ended the training."""
        if self.stop_reason in reasons:
            self._mark_end(panel, name)
        if is_log:
            _set_log_scale(panel)
        elif name == "error":
            panel.set_ylim(bottom=0)
        panel.set_ylabel(label)
        handles, labels = panel.get_legend_handles_labels()
        if labels != ["training"]:
            panel.legend(
                handles, labels, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize="small"
            )

    def _join_epochs(self, panels):
        """One axis of epochs for the panels that have it."""
        for panel in panels[:-1]:
            panel.sharex(panels[-1])
            panel.tick_params(labelbottom=False)
        is_whole = len(self.curves["loss"]) == self.n_epochs
        panels[-1].set_xlabel("epoch" if is_whole else "epoch that was kept")
        panels[-1].xaxis.get_major_locator().set_params(integer=True)

    def _draw_restarts(self, panel, kwargs):
        """The score that each restart ended with, the best filled."""
        scores = np.array([restart["score"] for restart in self.restarts])
        numbers, best = np.arange(len(scores)) + 1, scores.argmax()
        is_loss = "validation_score" not in self.curves
        scores = -scores if is_loss else scores
        panel.plot(numbers, scores, "o", color=_BLUE, markerfacecolor="none", markersize=7, label="restart")
        panel.plot(numbers[best], scores[best], "o", color=_VERMILLION, markersize=7, label="kept")
        panel.set_xlabel("restart")
        panel.set_ylabel("final loss" if is_loss else "best score")
        panel.margins(y=0.2)
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize="small")


# Reasons to end that no other panel has a mark for.
_OTHER_REASONS = _STOP_WORDS.keys() - {"early_stopping", "error_tol", "initialized", "partial_fit", "update_tol"}


def _set_log_scale(panel):
    """A logarithmic scale, where the values of the lines are positive and span a decade."""
    from matplotlib.ticker import LogLocator, NullFormatter

    values = np.concatenate([np.atleast_1d(line.get_ydata()) for line in panel.lines])
    values = values[np.isfinite(values)]
    if len(values) and values.min() > 0 and values.max() >= 10 * values.min():
        panel.set_yscale("log")
        panel.yaxis.set_minor_formatter(NullFormatter())
        if values.max() < 100 * values.min():
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_major_formatter("{x:g}")


class NetworkDisplay:
    """The units of a network, and the connections between them.

    Blue lines are positive weights and vermillion ones negative, which are dashed where there are few; the wider, the
    larger, on one scale for the whole network. A unit is filled with the colour of its bias, the more the larger. Make it
    by :meth:`from_estimator`.

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
        The picture.

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
    def from_estimator(cls, estimator, *, feature_names=None, output_names=None, max_units=16, ax=None, **kwargs):
        """Draw the network of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted, or initialized.
        feature_names, output_names : list of str, default=None
            What to call the inputs and the output units; None takes the names of the features and classes.
        max_units : int, default=16
            Of layers with more units the middle is left out.
        ax : Axes, default=None
            To draw in; None makes a figure.
        **kwargs : dict
            For the connections, as :class:`~matplotlib.collections.LineCollection` takes them.

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
        return display.plot(max_units=max_units, ax=ax, **kwargs)

    def plot(self, *, max_units=16, ax=None, **kwargs):
        """Draw the network.

        Parameters
        ----------
        max_units : int, default=16
            Of layers with more units the middle is left out.
        ax : Axes, default=None
            To draw in; None makes a figure.
        **kwargs : dict
            For the connections, as :class:`~matplotlib.collections.LineCollection` takes them.

        Returns
        -------
        display : NetworkDisplay
            Itself.
        """
        if not isinstance(max_units, (int, np.integer)) or max_units < 2:
            raise ValueError(f"max_units={max_units!r} is not valid: it must be an int >= 2.")
        sizes = [len(self.feature_names), *map(len, self.intercepts)]
        height = max(min(size, max_units // 2 * 2 + 1) for size in sizes)
        layers = [_Column(number, size, max_units, height) for number, size in enumerate(sizes)]
        if ax is None:
            size = (2.2 * len(sizes) + 1.5, max(2.8, 0.34 * height + 1.3))
            _, ax = _pyplot().subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self._set_limits(height, len(sizes))
        self._draw_connections(layers, kwargs)
        self._draw_units(layers)
        self._draw_names(layers)
        self._draw_legend(sum(len(left.y) * len(right.y) for left, right in pairwise(layers)))
        return self

    def _set_limits(self, height, n_layers):
        self.ax_.set_axis_off()
        self.ax_.set_xlim(-0.25, n_layers - 0.75)
        self.ax_.set_ylim(-height / 2 - 1.4, height / 2 + 0.6)

    def _largest(self):
        """The largest weight, which has the widest line."""
        return max(max(np.abs(weights).max() for weights in self.coefs), np.finfo(float).tiny)

    def _draw_connections(self, layers, kwargs):
        ends, values = [], []
        for left, right, weights in zip(layers[:-1], layers[1:], self.coefs, strict=True):
            for i, j in np.ndindex(len(left.shown), len(right.shown)):
                ends.append([(left.x, left.y[i]), (right.x, right.y[j])])
                values.append(weights[left.shown[i], right.shown[j]])
        ends, values = np.array(ends), np.array(values)
        order = np.abs(values).argsort()  # the large ones on top
        self._draw_lines(ends[order], values[order] / self._largest(), kwargs)

    def _draw_lines(self, ends, shares, kwargs):
        """Lines for weights as shares of the largest."""
        from matplotlib.collections import LineCollection

        is_many = len(shares) > _MAX_DASHED
        for is_positive in (False, True):
            chosen = (shares >= 0) == is_positive
            style = {
                "colors": _BLUE if is_positive else _VERMILLION,
                "linewidths": 0.3 + 3.7 * np.abs(shares[chosen]),
                "linestyles": "solid" if is_positive or is_many else (0, (4, 1.2)),
                "alpha": (0.35 + 0.65 * np.abs(shares[chosen]) ** 0.5) if is_many else 0.9,
                "capstyle": "butt",
                "zorder": 1,
            }
            self.ax_.add_collection(LineCollection(ends[chosen], **{**style, **kwargs}), autolim=False)

    def _draw_units(self, layers):
        largest = max(max(np.abs(biases).max() for biases in self.intercepts), np.finfo(float).tiny)
        background = self.ax_.get_facecolor()
        for layer, biases in zip(layers, [np.zeros(layers[0].size), *self.intercepts], strict=True):
            style = {"c": biases[layer.shown], "cmap": _sign_colors(), "vmin": -largest, "vmax": largest}
            edge = {"edgecolors": _text_color(), "linewidths": 1.2, "zorder": 3, "clip_on": False}
            self.ax_.scatter([layer.x] * len(layer.y), layer.y, s=130, **style, **edge)
            if layer.is_short:
                box = {"facecolor": background, "edgecolor": "none", "pad": 1.5}
                words = f"⋮ {layer.n_hidden} more"
                self.ax_.text(layer.x, 0, words, ha="center", va="center", zorder=4, bbox=box)

    def _draw_names(self, layers):
        first, last = layers[0], layers[-1]
        for unit, y in zip(first.shown, first.y, strict=True):
            self.ax_.text(first.x - 0.08, y, self.feature_names[unit], ha="right", va="center")
        for unit, y in zip(last.shown, last.y, strict=True):
            self.ax_.text(last.x + 0.08, y, self.output_names[unit], ha="left", va="center")
        bottom = self.ax_.get_ylim()[0] + 0.1
        for layer in layers:
            kind = "input" if layer is first else "output unit" if layer is last else "hidden unit"
            words = _count(layer.size, kind)
            if layer is not first:
                words += f"\n({self.output_unit if layer is last else self.activation})"
            self.ax_.text(layer.x, bottom + 0.9, words, ha="center", va="top", fontsize="small")

    def _draw_legend(self, n_lines):
        from matplotlib.lines import Line2D

        largest = self._largest()
        dashes = "solid" if n_lines > _MAX_DASHED else (0, (2, 0.6))
        handles = [
            Line2D([], [], color=_BLUE, linewidth=4, label=f"+{largest:.3g}"),
            Line2D([], [], color=_VERMILLION, linewidth=4, linestyle=dashes, label=f"-{largest:.3g}"),
            Line2D([], [], color=_BLUE, linewidth=0.3 + 3.7 / 4, label=f"+{largest / 4:.3g}"),
        ]
        self.ax_.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=3,
            frameon=False,
            title="lines: weights; fill of a unit: its bias",
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


def _text_color():
    return _pyplot().rcParams["text.color"]


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

    def __init__(self, *, weights, biases, input_names, image_shape=None):
        self.weights = weights
        self.biases = biases
        self.input_names = input_names
        self.image_shape = image_shape

    @classmethod
    def from_estimator(
        cls, estimator, *, layer=0, image_shape=None, feature_names=None, max_units=25, max_bars=20, ax=None, **kwargs
    ):
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
        if not isinstance(layer, (int, np.integer)) or not 0 <= layer < n_hidden:
            raise ValueError(
                f"layer={layer!r} is not valid: this network has {_count(n_hidden, 'hidden layer')}, from 0."
            )
        n_inputs = len(estimator.coefs_[layer])
        names = input_names(estimator, feature_names)
        if layer > 0:
            names = [f"unit {number}" for number in range(1, n_inputs + 1)]
        side = math.isqrt(n_inputs)
        is_named = layer > 0 or feature_names is not None or hasattr(estimator, "feature_names_in_")
        if image_shape is None and not is_named and n_inputs >= 49 and side**2 == n_inputs:
            image_shape = (side, side)
        if image_shape is not None and math.prod(image_shape) != n_inputs:
            raise ValueError(f"image_shape={image_shape!r} is not valid: the layer has {n_inputs} inputs.")
        weights, biases = estimator.coefs_[layer], estimator.intercepts_[layer]
        display = cls(weights=weights, biases=biases, input_names=names, image_shape=image_shape)
        return display.plot(max_units=max_units, max_bars=max_bars, ax=ax, **kwargs)

    def plot(self, *, max_units=25, max_bars=20, ax=None, **kwargs):
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
        n_shown = min(self.weights.shape[1], max_units)
        if self.image_shape is None:
            self._draw_bars(n_shown, max_bars, ax, kwargs)
        else:
            self._draw_images(n_shown, ax, kwargs)
        for panel in self.axes_.flat[n_shown:]:
            panel.set_axis_off()
        return self

    def _title(self, unit, n_shown):
        """The number of a unit; the last one shown says how many there are."""
        n_units = self.weights.shape[1]
        return f"{unit + 1} of {n_units}" if unit + 1 == n_shown < n_units else f"{unit + 1}"

    def _draw_images(self, n_shown, ax, kwargs):
        n_columns = math.ceil(math.sqrt(n_shown))
        n_rows = math.ceil(n_shown / n_columns)
        self.figure_, self.axes_ = _panels(ax, (n_rows, n_columns), (1.05 * n_columns + 0.9, 1.2 * n_rows + 0.4))
        largest = np.abs(self.weights[:, :n_shown]).max()
        style = {"cmap": _sign_colors(), "vmin": -largest, "vmax": largest, "interpolation": "nearest", **kwargs}
        for unit, panel in enumerate(self.axes_.flat[:n_shown]):
            image = panel.imshow(self.weights[:, unit].reshape(self.image_shape), **style)
            panel.set(xticks=[], yticks=[])
            panel.set_title(self._title(unit, n_shown), fontsize="small", pad=2)
        self.figure_.colorbar(image, ax=list(self.axes_.flat), label="weight", shrink=0.8)

    def _draw_bars(self, n_shown, max_bars, ax, kwargs):
        order = np.arange(len(self.weights))
        if len(order) > max_bars:
            order = np.sort(np.abs(self.weights).mean(axis=1).argsort()[::-1][:max_bars])
        names = [*(self.input_names[i] for i in order), "bias"]
        n_columns = min(n_shown, 5)
        n_rows = math.ceil(n_shown / n_columns)
        width = 0.09 * max(map(len, names)) + 1.35 * n_columns + 0.4
        size = (max(width, 3.0), n_rows * (0.22 * len(names) + 0.45) + 0.5)
        self.figure_, self.axes_ = _panels(ax, (n_rows, n_columns), size, sharex=True, sharey=True)
        for unit, panel in enumerate(self.axes_.flat[:n_shown]):
            values = np.array([*self.weights[order, unit], self.biases[unit]])
            style = {"color": [_BLUE if value >= 0 else _VERMILLION for value in values], "height": 0.75, **kwargs}
            panel.barh(range(len(values)), values, **style)
            panel.axvline(0, color=_text_color(), linewidth=0.8)
            panel.set_title(self._title(unit, n_shown), fontsize="small", pad=3)
        self.axes_[0, 0].set_yticks(range(len(names)), names)
        self.axes_[0, 0].set_ylim(len(names) - 0.4, -0.6)
        for panel in self.axes_.flat[max(0, n_shown - n_columns) : n_shown]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("weight")


def _sign_colors():
    """Colours from vermillion over the page's own to blue."""
    from matplotlib.colors import LinearSegmentedColormap

    middle = _pyplot().rcParams["axes.facecolor"]
    return LinearSegmentedColormap.from_list("signs", [_VERMILLION, middle, _BLUE])


class SensitivityDisplay:
    """How strongly each output moves with each input: the mean size of the derivative, and its spread.

    The dot is the mean of the absolute derivatives over the instances, and the line goes from their 5th to their 95th
    percentile. Make it by :meth:`from_estimator`.

    Parameters
    ----------
    derivatives : ndarray of shape (n_samples, n_features, n_outputs)
        As :func:`sensitivity` returns them.
    feature_names, output_names : list of str
        What the inputs and the outputs are called.

    Attributes
    ----------
    axes_ : ndarray of Axes of shape (n_rows, n_columns)
        The panels, one for each output; those that are left over are empty.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    sensitivity : The numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, SensitivityDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> network = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    >>> display = SensitivityDisplay.from_estimator(network, X)  # doctest: +SKIP
    """

    def __init__(self, *, derivatives, feature_names, output_names):
        self.derivatives = derivatives
        self.feature_names = feature_names
        self.output_names = output_names

    @classmethod
    def from_estimator(cls, estimator, X, *, feature_names=None, output_names=None, max_features=20, ax=None, **kwargs):
        """Draw the sensitivities of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted, or initialized.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs at which the derivatives are taken.
        feature_names, output_names : list of str, default=None
            What to call the inputs and the output units; None takes the names of the features and classes.
        max_features : int, default=20
            Of more features those to which the outputs are the most sensitive.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the points, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : SensitivityDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        display = cls(
            derivatives=sensitivity(estimator, X),
            feature_names=input_names(estimator, feature_names),
            output_names=names_of_outputs(estimator, output_names),
        )
        return display.plot(max_features=max_features, ax=ax, **kwargs)

    def plot(self, *, max_features=20, ax=None, **kwargs):
        """Draw a panel for each output.

        Parameters
        ----------
        max_features : int, default=20
            Of more features those to which the outputs are the most sensitive.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the points, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : SensitivityDisplay
            Itself.
        """
        sizes = np.abs(self.derivatives)
        means = sizes.mean(axis=0)
        features = np.sort(means.mean(axis=1).argsort()[::-1][:max_features])
        names = [self.feature_names[feature] for feature in features]
        low, high = np.quantile(sizes, [0.05, 0.95], axis=0)
        n_outputs = sizes.shape[2]
        n_columns = min(n_outputs, 4)
        n_rows = math.ceil(n_outputs / n_columns)
        width = 0.09 * max(map(len, names)) + 2.1 * n_columns + 0.6
        size = (max(width, 4.0), n_rows * (0.25 * len(names) + 0.55) + 0.7)
        widest = high[features].max(axis=0)
        is_shared = bool(widest.max() <= 100 * widest.min())  # the targets of a regressor may have units of their own
        self.figure_, self.axes_ = _panels(ax, (n_rows, n_columns), size, sharex=is_shared, sharey=True)
        places = np.arange(len(names))
        for output, panel in enumerate(self.axes_.flat[:n_outputs]):
            panel.hlines(places, low[features, output], high[features, output], color=_BLUE, linewidth=2.5, alpha=0.55)
            panel.plot(means[features, output], places, **{"marker": "o", "linestyle": "", "color": _BLUE, **kwargs})
            panel.grid(axis="y", linewidth=0.4, alpha=0.5)
            panel.set_title(self.output_names[output], fontsize="medium")
        for panel in self.axes_.flat[n_outputs:]:
            panel.set_axis_off()
        self.axes_[0, 0].set_yticks(places, names)
        self.axes_[0, 0].set_ylim(len(names) - 0.5, -0.5)
        for panel in self.axes_.flat[:n_outputs]:
            panel.set_xlim(left=-0.02 * panel.get_xlim()[1])
        for panel in self.axes_.flat[max(0, n_outputs - n_columns) : n_outputs]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("|∂ output / ∂ input|")
        if ax is None:
            self.figure_.suptitle("mean (dot), 5th to 95th percentile (line)", fontsize="medium")
        return self
