"""What the pictures share: matplotlib, their panels and their colours."""

# Blue and vermillion of Okabe and Ito, which colour-blind readers tell apart, and which show on light and dark pages.
BLUE, VERMILLION = "#1F86C7", "#D55E00"


# Colours and shapes of classes, those of the interactive page; for later ones the colours are shifted against the shapes.
CLASS_COLORS = [
    VERMILLION,
    BLUE,
    "#009E73",
    "#B4568F",
    "#B88A00",
    "#5BA9D6",
    "#5A6570",
    "#7D4A1F",
    "#6F8F1A",
    "#E75A8D",
]
CLASS_SHAPES = "os^Dvp*P><"


def class_color(number):
    return CLASS_COLORS[(number + number // len(CLASS_SHAPES)) % len(CLASS_COLORS)]


def pyplot():
    """matplotlib.pyplot, imported where a picture is made only."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Pictures need matplotlib: pip install "skbackprop[plots]"') from error
    return plt


def check_ax(ax):
    """Raise a TypeError for what is neither Axes nor None."""
    pyplot()
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(
            f"ax={ax!r} is not valid: it must be one Axes, such as matplotlib.pyplot.subplots() makes, or None."
        )


def make_panels(ax, shape, size, **shared):
    """A grid of axes: in a new figure of `size` inches, or in the place of the given axes."""
    check_ax(ax)
    if ax is None:
        figure, axes = pyplot().subplots(*shape, figsize=size, squeeze=False, layout="constrained", **shared)
        return figure, axes
    if ax.get_subplotspec() is None:
        raise ValueError("ax was not made by subplots, so there is no grid to divide: pass one that was, or None.")
    ax.set_axis_off()
    has_layout = ax.figure.get_layout_engine() is not None  # which then makes the room for labels
    grid = ax.get_subplotspec().subgridspec(*shape, hspace=None if has_layout else 0.6)
    return ax.figure, grid.subplots(squeeze=False, **shared)


def text_color():
    return pyplot().rcParams["text.color"]


def sign_colors():
    """Colours from vermillion over the page's own to blue."""
    from matplotlib.colors import LinearSegmentedColormap

    middle = pyplot().rcParams["axes.facecolor"]
    return LinearSegmentedColormap.from_list("signs", [VERMILLION, middle, BLUE])
