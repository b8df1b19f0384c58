"""The numbers in a picture of a network: of its units, on its lines, and of one instance; none lies on another."""

import itertools

import numpy as np

# Points; a letter is about so much of it wide, and a line so much high.
_SIZE, _WIDTH, _HEIGHT = 8.0, 0.65, 1.35

# Places along a line where its number may stand, as shares of it, the best first.
_PLACES = np.array([0.3, 0.7, 0.4, 0.6, 0.22, 0.78, 0.5, 0.35, 0.65, 0.26, 0.74, 0.45, 0.55, 0.18, 0.82])


def short(number):
    """A number in three digits at most behind the point; a small one in two that count."""
    if number == 0 or 0.001 <= abs(number) < 100:
        return f"{number + 0.0:.3f}".rstrip("0").rstrip(".")
    return f"{number:.2g}" if abs(number) < 1 else f"{number:.4g}"


def number_units(ax, layers):
    """Write each unit's number into it, counted through the layers, the inputs first."""
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.5, foreground=ax.get_facecolor())]  # for units that their bias fills with colour
    numbers = itertools.count(1)
    for layer in layers:
        for y in layer.y:
            ax.text(
                layer.x, y, str(next(numbers)), ha="center", va="center", fontsize=_SIZE, zorder=5, path_effects=halo
            )


def write_values(ax, layers, explanation):
    """Write under each unit what it puts out, and its error, for one instance."""
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.5, foreground=ax.get_facecolor())]  # for numbers that lines run through
    errors = [None, *explanation.errors]
    for layer, outputs, layer_errors in zip(layers, explanation.outputs, errors, strict=True):
        for unit, y in zip(layer.shown, layer.y, strict=True):
            words = f"O {short(outputs[unit])}"
            if layer_errors is not None:
                words += f"\nErr {short(layer_errors[unit])}"
            offset = {"xytext": (0, -11), "textcoords": "offset points"}
            style = {"ha": "center", "va": "top", "fontsize": _SIZE, "zorder": 6, "path_effects": halo}
            ax.annotate(words, (layer.x, y), **offset, **style)


def number_lines(ax, ends, values):
    """Write each line's weight on it, where it lies on no other number; those that find no place are left out.

    Parameters
    ----------
    ax : Axes
        Drawn but for this.
    ends : ndarray of shape (n_lines, 2, 2)
    values : ndarray of shape (n_lines,)
        Weights.
    """
    ax.figure.canvas.figure.draw_without_rendering()  # so that it is known how large all is; a part of a figure cannot
    pixels = ax.figure.dpi / 72
    taken = [text.get_window_extent() for text in ax.texts]
    taken = [(box.x0, box.y0, box.x1, box.y1) for box in taken]
    box = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 0.4, "alpha": 0.85}
    for line, value in zip(ends, values, strict=True):
        text = short(value)
        half = pixels * _SIZE / 2 * np.array([_WIDTH * len(text), _HEIGHT])
        place = _free_place(ax.transData.transform(line), half, taken)
        if place is not None:
            x, y = ax.transData.inverted().transform(place)
            ax.text(x, y, text, ha="center", va="center", fontsize=_SIZE, bbox=box, zorder=2)


def _free_place(line, half, taken):
    """Where on a line a number of this size lies on none before it, in pixels; it is noted there."""
    for share in _PLACES:
        place = line[0] + share * (line[1] - line[0])
        left, bottom, right, top = *(place - half), *(place + half)
        if all(right < x0 or left > x1 or top < y0 or bottom > y1 for x0, y0, x1, y1 in taken):
            taken.append((left, bottom, right, top))
            return place
    return None
