"""Names of units in pictures: how they are written, and how they are cut where they are long."""

from .common import check_ax

# How names of the user's are drawn: letter by letter, as $, _ and \ in them begin no formula.
VERBATIM = {"parse_math": False, "usetex": False}

# Inches that a letter is wide, and a line high, with some air.
LETTER, LINE = 0.09, 0.15

# Letters of a name where a figure is made for it, and at least, where there is little room.
_MOST, _LEAST = 20, 8

# From here on, in East Asia's letters and among emoji, a letter is as wide as two.
_FIRST_WIDE = "\u2e80"


def shortened(names, longest=_MOST):
    """Names whose middle gives way to an ellipsis where they are long, and which stay as distinct as they can.

    The cut is in the middle, or where it has to be so that the fewest names become the same.

    Parameters
    ----------
    names : sequence of str
    longest : int
        Letters, the ellipsis among them.

    Returns
    -------
    shortened : list of str
    """
    names = [" ".join(name.splitlines()) for name in names]
    if all(width_of(name) <= longest for name in names):
        return names
    middle = longest // 2
    heads = sorted(range(1, longest - 1), key=lambda head: abs(head - middle))
    return max(([_cut(name, head, longest) for name in names] for head in heads), key=lambda cut: len(set(cut)))


def _cut(name, n_head, longest):
    """The first and the last letters of a name, around an ellipsis."""
    if width_of(name) <= longest:
        return name
    return f"{_beginning(name, n_head).rstrip()}…{_beginning(name[::-1], longest - 1 - n_head)[::-1].lstrip()}"


def _beginning(name, longest):
    """As many letters as fit."""
    name = name[:longest]
    while width_of(name) > longest:
        name = name[:-1]
    return name


def width_of(name):
    """How wide a name is, in letters."""
    return sum(1 if letter < _FIRST_WIDE else 2 for letter in name)


def widest(names):
    """The width of the longest name, in letters."""
    return max(map(width_of, names), default=0)


def room_for_names(ax):
    """How many letters names may have beside a picture: many in a figure of its own, else by the width of its place."""
    check_ax(ax)
    if ax is None:
        return _MOST
    inches = ax.bbox.width / ax.figure.dpi
    return min(_MOST, max(_LEAST, int(inches / 4 / LETTER)))


def name_rows(axes, names, places):
    """Write names beside the rows of the first panels of a grid, whose rows are the same."""
    for panel in axes[:, 0]:  # each has labels of its own, though they share the places
        panel.set_yticks(places, names, **VERBATIM)
