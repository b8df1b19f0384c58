"""A film of a training: the same picture at each recorded epoch."""

import math
from pathlib import Path

import numpy as np
from scipy.sparse import issparse

from ..._estimators import labels
from ..._estimators.data import as_floats
from ..._estimators.fitted import snapshot
from ..._estimators.parameters import check_path, is_positive
from ..._public import public
from ..networks import (
    check_counts,
    check_image_shape,
    check_network,
    check_recording,
    input_names,
    is_one_of,
    is_pair,
    square_of,
    unit_numbers,
)
from .common import CLASS_SHAPES, class_color, make_panels, pyplot, sign_colors, text_color
from .names import VERBATIM, shortened

_KINDS = ("plane", "images", "weights")
_N_COLUMNS = 4

# Of a film, in each direction; the writer cannot make files of next to none.
_LEAST_PIXELS = 16

# Points of the plane along each axis.
_FINENESS = 100

# Frames that the end of a film stands still.
_N_STILL = 4

# Ticks of an axis of units, and names of classes beside their colours, at most.
_N_TICKS, _N_NAMES = 5, 20


@public
class FilmDisplay:
    """A training in small pictures, one for each recorded epoch, or as a film.

    Make it by :meth:`from_recorder`.

    Parameters
    ----------
    frames : list of dict
        What each picture shows: ``"plane"`` values of shape (n_rows, n_columns), or ``"image"``, weights of that shape.
    epochs : list of int
        Of each frame.
    kind : {'plane', 'images', 'weights'}
        What the frames are.
    points : dict or None
        Of a plane: ``"X"`` of shape (n_samples, 2), ``"codes"``, which are numbers of classes or targets, ``"n_classes"``,
        which is 0 of a regressor, ``"class_names"``, ``"extent"`` and ``"levels"``.
    feature_names : list of str
        What the inputs are called.

    Attributes
    ----------
    axes_ : ndarray of Axes
        A panel for each frame.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    HiddenUnitsDisplay : The weights of the hidden units of one network.
    TrainingCurveDisplay : The curves of a training.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skbackprop import BackpropClassifier, FilmDisplay
    >>> from skbackprop.callbacks import Recorder  # doctest: +SKIP
    >>> X, y = make_moons(100, noise=0.1, random_state=0)
    >>> recorder = Recorder()  # doctest: +SKIP
    >>> network = BackpropClassifier(5, random_state=0).set_callbacks(recorder).fit(X, y)  # doctest: +SKIP
    >>> display = FilmDisplay.from_recorder(recorder, network, X, y)  # doctest: +SKIP
    >>> display.save("moons.gif")  # doctest: +SKIP
    """

    def __init__(self, *, frames, epochs, kind, points=None, feature_names=()):
        self.frames = frames
        self.epochs = epochs
        self.kind = kind
        self.points = points
        self.feature_names = feature_names

    @classmethod
    def from_recorder(
        cls, recorder, estimator, X=None, y=None, *, kind=None, image_shape=None, max_units=16, max_frames=12, ax=None
    ):
        """Draw what was recorded of a training.

        Parameters
        ----------
        recorder : Recorder
            That was set on the estimator.
        estimator : BackpropClassifier or BackpropRegressor
            The one that was trained.
        X : {array-like, sparse matrix} of shape (n_samples, 2), default=None
            Inputs, where there are two: points of the plane.
        y : array-like of shape (n_samples,), default=None
            Their targets, which colour the points.
        kind : {'plane', 'images', 'weights'} or None, default=None
            The plane of two inputs, coloured by the one label or target that the network predicts there; the incoming
            weights of the first hidden units as images; or as a heat map, with a row for each unit. None takes the plane
            where X has two columns, images where there is an image_shape, and else the heat map.
        image_shape : tuple of int, default=None
            Rows and columns of the image that the inputs make. None takes a square for 49 features or more, if their number
            is that of a square and they have no names, and with kind="images" for any number of a square.
        max_units : int, default=16
            Of more units the first have images.
        max_frames : int, default=12
            Of more epochs some are left out, the first and the last not.
        ax : Axes, default=None
            To draw in its place; None makes a figure.

        Returns
        -------
        display : FilmDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        check_recording("recorder", recorder, estimator)
        if not is_one_of(kind, (None, *_KINDS)):
            raise ValueError(f"kind={kind!r} is not valid: it must be one of {', '.join(map(repr, _KINDS))}, or None.")
        shape = _image_shape(kind, image_shape, estimator)
        kind = _check_kind(kind, X, estimator, shape)
        check_counts(max_units=max_units, max_frames=max_frames)
        n_recorded = len(recorder.epochs_)
        places = np.unique(np.linspace(0, n_recorded - 1, min(max_frames, n_recorded)).round().astype(int))
        networks = [_at(recorder, place, estimator) for place in places]
        points = None
        if kind == "plane":
            points = _points(estimator, X, y)
            frames = [{"plane": _plane(network, points)} for network in networks]
            values = np.concatenate([frame["plane"].ravel() for frame in frames])
            points["levels"] = _levels(estimator, values)
        else:
            make = _montage if kind == "images" else _rows
            frames = [{"image": make(network.coefs_[0], shape, max_units)} for network in networks]
        display = cls(
            frames=frames,
            epochs=[recorder.epochs_[place] for place in places],
            kind=kind,
            points=points,
            feature_names=input_names(estimator),
        )
        return display.plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw a small picture of each frame.

        Parameters
        ----------
        ax : Axes, default=None
            To draw in its place; None makes a figure.

        Returns
        -------
        display : FilmDisplay
            Itself.
        """
        n_columns = min(_N_COLUMNS, len(self.frames))
        n_rows = -(-len(self.frames) // n_columns)
        size = (2.2 * n_columns + 1.4, 2.2 * n_rows + 0.5)
        self.figure_, axes = make_panels(ax, (n_rows, n_columns), size, sharex=True, sharey=True)
        self.axes_ = axes.ravel()[: len(self.frames)]
        for panel in axes.ravel()[len(self.frames) :]:
            panel.set_axis_off()
        for number, panel in enumerate(self.axes_):
            colored = self._draw(panel, number)
            panel.label_outer()
            if number + n_columns >= len(self.frames) and self.kind != "images":
                panel.tick_params(labelbottom=True)
                panel.set_xlabel(self._x_label(), **VERBATIM)
        self._add_key(colored, axes.ravel().tolist())
        return self

    def save(self, path, *, fps=2, size=(4.0, 4.0), dpi=100):
        """Write the frames as a film, a GIF that begins again when it has ended.

        Parameters
        ----------
        path : str or path-like
            Of the file, such as ``"moons.gif"``.
        fps : float, default=2
            Frames a second.
        size : tuple of float, default=(4.0, 4.0)
            Width and height in inches.
        dpi : int, default=100
            Pixels an inch.

        Raises
        ------
        ValueError
            If the path has another ending, fps, size or dpi are no positive numbers, or make less than 16 pixels.
        TypeError
            If the path is none.
        """
        _check_film(path, fps, size, dpi)
        plt = pyplot()
        from matplotlib.animation import PillowWriter

        figure, axes = plt.subplots(figsize=size, layout="constrained")
        writer = PillowWriter(fps=fps)
        try:
            with writer.saving(figure, str(path), dpi):
                self._add_key(self._draw(axes, 0), [axes])
                for number in [*range(len(self.frames)), *[len(self.frames) - 1] * _N_STILL]:
                    axes.clear()
                    self._draw(axes, number)
                    axes.set_xlabel(self._x_label(), **VERBATIM)
                    writer.grab_frame()
        finally:
            plt.close(figure)

    def _axis_names(self):
        """What the axes of a plane are called."""
        return shortened(self.feature_names[:2])

    def _x_label(self):
        return self._axis_names()[0] if self.kind == "plane" else {"images": "", "weights": "input"}[self.kind]

    def _draw(self, panel, number):
        """One frame; what it returns has the colours."""
        frame, epoch = self.frames[number], self.epochs[number]
        panel.set_title("start" if epoch == 0 else f"epoch {epoch}", fontsize="medium")
        if self.kind == "plane":
            panel.set_ylabel(self._axis_names()[1], **VERBATIM)
            return self._draw_plane(panel, frame["plane"])
        largest = max(np.nanmax(np.abs(each["image"])) for each in self.frames)
        style = {"cmap": sign_colors(), "vmin": -largest, "vmax": largest}
        if self.kind == "images":
            panel.set(xticks=[], yticks=[])
            return panel.imshow(frame["image"], **style)
        inputs, units = unit_numbers(frame["image"].T.shape)
        extent = (0.5, inputs[-1] + 0.5, units[-1] + 0.5, units[0] - 0.5)
        image = panel.imshow(frame["image"], aspect="auto", extent=extent, **style)
        panel.set_ylabel("hidden unit")
        for axis in (panel.xaxis, panel.yaxis):
            axis.get_major_locator().set_params(integer=True, min_n_ticks=1, nbins=_N_TICKS)
        return image

    def _add_key(self, colored, panels):
        """What the colours stand for, beside the panels."""
        from matplotlib.ticker import MaxNLocator

        low, high = colored.get_clim() if self.points is None else self.points["levels"][[0, -1]]
        ticks = MaxNLocator(_N_TICKS).tick_values(low, high)
        bar = panels[0].figure.colorbar(colored, ax=panels, ticks=ticks[(low <= ticks) & (ticks <= high)])
        if self.kind != "plane":
            bar.set_label("weight")
            return
        names = shortened(self.points["class_names"])
        if len(names) not in (0, 2):
            places = range(0, len(names), math.ceil(len(names) / _N_NAMES))
            bar.set_ticks(places, labels=[names[place] for place in places], **VERBATIM)
            return
        bar.set_label(f"probability of {names[1]}" if names else "prediction", **VERBATIM)

    def _draw_plane(self, panel, plane):
        """What the network says of each place, and the instances."""
        from matplotlib.colors import ListedColormap

        points = self.points
        horizontal, vertical = (np.linspace(*each, _FINENESS) for each in points["extent"])
        n_classes = points["n_classes"]
        colors = (
            sign_colors() if n_classes <= 2 else ListedColormap([class_color(number) for number in range(n_classes)])
        )
        extend = "both" if n_classes == 0 else "neither"
        style = {"levels": points["levels"], "cmap": colors, "alpha": 0.55, "extend": extend}
        colored = panel.contourf(horizontal, vertical, plane, **style)
        if n_classes == 2 and plane.min() < 0.5 < plane.max():
            panel.contour(horizontal, vertical, plane, levels=[0.5], colors=text_color(), linewidths=1.5)
        self._draw_points(panel)
        return colored

    def _draw_points(self, panel):
        X, codes, n_classes = (self.points[name] for name in ("X", "codes", "n_classes"))
        style = {"s": 14, "edgecolors": text_color(), "linewidths": 0.4, "zorder": 3}
        if codes is None or n_classes == 0:
            levels = self.points["levels"]  # so that the key tells the colours of the targets too
            scale = {"cmap": sign_colors(), "vmin": levels[0], "vmax": levels[-1]}
            colors = {"c": "none"} if codes is None else {"c": codes, **scale}
            panel.scatter(*X.T, **colors, **style)
            return
        for number in range(n_classes):
            mine = codes == number
            shape = CLASS_SHAPES[number % len(CLASS_SHAPES)]
            panel.scatter(*X[mine].T, color=class_color(number), marker=shape, **style)


def _says_one_thing(estimator):
    """Whether there is one label or target for each instance."""
    if not hasattr(estimator, "classes_"):
        return estimator.n_outputs_ == 1
    return labels.of(estimator).name == "single"


def _image_shape(kind, given, estimator):
    """Rows and columns of the image that the inputs make, or None."""
    n_features = estimator.n_features_in_
    side = math.isqrt(n_features)
    if kind == "images" and given is None and side**2 == n_features:
        return side, side
    return check_image_shape(given, n_features) or square_of(n_features, hasattr(estimator, "feature_names_in_"))


def _check_kind(kind, X, estimator, shape):
    """What to draw; a ValueError where it cannot be."""
    n_features, has_plane = estimator.n_features_in_, _says_one_thing(estimator)
    if kind is None:
        is_plane = n_features == 2 and X is not None and has_plane
        kind = "plane" if is_plane else "images" if shape else "weights"
    if kind == "plane" and (n_features != 2 or X is None):
        raise ValueError(
            f"kind='plane' needs X with two features, but this network has {n_features} and X is {_told(X)}."
        )
    if kind == "plane" and not has_plane:
        raise ValueError("kind='plane' has one colour for each place, but this network has several labels or targets.")
    if kind == "images" and shape is None:
        raise ValueError(f"kind='images' needs an image_shape, as no square has {n_features} features.")
    return kind


def _check_film(path, fps, size, dpi):
    """Raise a ValueError or a TypeError for what no film can be made of."""
    check_path(path, "training.gif")
    if Path(path).suffix.lower() != ".gif":
        raise ValueError(f"path={str(path)!r} is not valid: it must end in .gif.")
    for name, value in (("fps", fps), ("dpi", dpi)):
        if not is_positive(value):
            raise ValueError(f"{name}={value!r} is not valid: it must be a number > 0.")
    if not is_pair(size) or not all(map(is_positive, size)):
        raise ValueError(f"size={size!r} is not valid: it must be two numbers > 0, width and height in inches.")
    if min(size) * dpi < _LEAST_PIXELS:
        raise ValueError(
            f"dpi={dpi!r} is too small for size={size!r}: there must be {_LEAST_PIXELS} pixels in each direction."
        )


def _told(X):
    return None if X is None else "given"


def _at(recorder, place, estimator):
    """The network as it was at a recorded epoch."""
    network = snapshot(estimator)
    network.coefs_, network.intercepts_ = recorder.coefs_[place], recorder.intercepts_[place]
    return network


def _points(estimator, X, y):
    """The instances, and the part of the plane that holds them."""
    X = estimator._check_inputs(X)
    X = (X.toarray() if issparse(X) else X).astype(float)  # two columns are few
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    n_classes = len(estimator.classes_) if hasattr(estimator, "classes_") else 0
    codes = None if y is None else _codes(estimator, y, len(X))
    extent = list(zip(low - margin, high + margin, strict=True))
    names = [str(name) for name in estimator.classes_] if n_classes else []
    return {"X": X, "codes": codes, "n_classes": n_classes, "class_names": names, "extent": extent}


def _codes(estimator, y, n_instances):
    """The number of each instance's class, or its target."""
    y = np.asarray(y)
    if y.shape not in ((n_instances,), (n_instances, 1)):
        raise ValueError(f"y has shape {y.shape}, but X {n_instances} instances: pass one label or target for each.")
    y = y.ravel()
    return labels.of(estimator).encode(y) if hasattr(estimator, "classes_") else as_floats(y, "y")


def _plane(network, points):
    """What the network says on a grid: the probability of the second of two classes, the number of one of more, or y."""
    grid = np.stack(np.meshgrid(*(np.linspace(*each, _FINENESS) for each in points["extent"])), axis=-1).reshape(-1, 2)
    grid = grid.astype(network.coefs_[0].dtype)
    if hasattr(network, "feature_names_in_"):
        network.__dict__.pop("feature_names_in_")
    if points["n_classes"] == 2:
        values = network.predict_proba(grid)[:, 1]
    elif points["n_classes"]:
        values = np.searchsorted(network.classes_, network.predict(grid)).astype(float)
    else:
        values = network.predict(grid)
    return values.reshape(_FINENESS, _FINENESS)


def _levels(estimator, values):
    """Steps of colour, the same for all frames."""
    n_classes = len(estimator.classes_) if hasattr(estimator, "classes_") else 0
    if n_classes == 2:
        return np.linspace(0, 1, 11)
    if n_classes:
        return np.arange(n_classes + 1) - 0.5
    low, high = np.percentile(values, [1, 99])
    return np.linspace(low, high if high > low else low + 1, 13)


def _montage(weights, shape, max_units):
    """The images of some units side by side, each scaled by the largest weight of all."""
    n_units = min(weights.shape[1], max_units)
    n_columns = math.ceil(math.sqrt(n_units))
    n_rows = -(-n_units // n_columns)
    height, width = shape[0] + 1, shape[1] + 1
    image = np.full((n_rows * height - 1, n_columns * width - 1), np.nan)
    for unit in range(n_units):
        top, left = unit // n_columns * height, unit % n_columns * width
        image[top : top + shape[0], left : left + shape[1]] = weights[:, unit].reshape(shape)
    return image


def _rows(weights, shape, max_units):
    """The heat map, a row for each unit."""
    return weights.T
