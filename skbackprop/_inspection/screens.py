"""Where the course of a training is shown: a table in a terminal, curves in a notebook, or lines of text."""

import io

import numpy as np

from .._training.table import count
from .displays.common import BLUE, VERMILLION

# Blocks of a bar, at most and at least, and what the other columns of the table take.
_N_BARS, _MIN_BARS, _WIDTH_BESIDE = 24, 15, 54

# Of losses that are infinite, or nearly so: ten times it, and what lies between two, are still numbers.
_LARGEST = np.finfo(float).max / 20
_HEIGHTS = "▁▂▃▄▅▆▇█"


def number(value):
    """A number in the few digits that are read at a glance."""
    return f"{value:d}" if isinstance(value, int | np.integer) else f"{value:.3g}"


class Text:
    """Lines of text."""

    seconds, shows_first = 10.0, True

    def __init__(self):
        self._title, self._last = None, None

    def show(self, course, end):
        """Print the last epoch, under the title of its training, and what ended the training.

        Parameters
        ----------
        course : Course
        end : str or None
        """
        if course.title != self._title:
            print(course.title)
        self._title = course.title
        curves = ", ".join(_in_words(curve) for curve in course.curves if curve.name != "max |update|")
        rules = ", ".join(f"{rule.name} {number(rule.now)} of {number(rule.threshold)}" for rule in course.rules[::-1])
        end_of_line = f"; {rules}" if rules else ""
        shown = course.title, course.n_epochs, curves
        if end is None or shown != self._last:  # the last epoch may have been shown before its training was over
            print(f"epoch {course.n_epochs}, {course.seconds:.1f} s: {curves}{end_of_line}", flush=True)
        self._last = shown
        if end is not None:
            print(f"Stopped after {count(course.n_epochs, 'epoch')}: {end}", flush=True)

    def close(self):
        """Do nothing."""


def _in_words(curve):
    """A curve's last number, and the epoch of its best one."""
    words = f"{curve.name} {number(curve.values[-1])}"
    has_best = curve.best_epoch is not None and len(curve.values) > 1
    return f"{words} (best in epoch {curve.best_epoch})" if has_best else words


class Terminal:
    """One table that changes in its place."""

    seconds, shows_first = 1.0, True

    def __init__(self):
        try:
            from rich.console import Console
            from rich.live import Live
        except ImportError as error:
            raise ImportError(
                'TrainingMonitor needs rich in a terminal: pip install "skbackprop[show]", or choose output="text".'
            ) from error
        self._console = Console()
        if self._console.is_jupyter:  # where a table that changes needs widgets: the last one is printed as text
            self._console = Console(force_jupyter=False, force_terminal=False)
        self._live = Live(console=self._console, auto_refresh=False)

    def show(self, course, end):
        """Draw the table anew.

        Parameters
        ----------
        course : Course
        end : str or None
        """
        if not self._live.is_started:
            self._live.start()
        self._live.update(_table(course, end, self._console), refresh=True)

    def close(self):
        """Leave the last table where it stands."""
        self._live.stop()


def _draws_blocks(console):
    """Whether the terminal has more than letters."""
    return console.encoding.lower().startswith("utf")


def _table(course, end, console):
    """All there is to see, as rich's table; where there is little room, the numbers come before the bars."""
    from rich.table import Table

    has_blocks, room = _draws_blocks(console), console.width - _WIDTH_BESIDE
    n_bars, n_columns = max(_MIN_BARS, min(_N_BARS, room)), 5 if room >= _MIN_BARS else 4
    caption = None if end is None else f"Stopped after {count(course.n_epochs, 'epoch')}: {end}"
    title = f"{course.title}, epoch {course.n_epochs}, {course.seconds:.1f} s"
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    table.add_column("")
    for name in ("now", "best", "in epoch"):
        table.add_column(name, justify="right")
    if n_columns == 5:
        table.add_column("since the start" if has_blocks else "", min_width=n_bars, no_wrap=True)
    for curve in course.curves:
        table.add_row(*_row_of_curve(curve, n_bars if has_blocks else 0)[:n_columns])
    if course.rules:
        table.add_section()
        heads = "[bold]stops when[/]", "[bold]now[/]", "[bold]reaches[/]", "", "[bold]how near[/]"
        table.add_row(*heads[:n_columns])
    for rule in course.rules:
        numbers = rule.name, number(rule.now), number(rule.threshold), f"{rule.share:.0%}"
        table.add_row(*[*numbers, _bar(rule.share, n_bars, has_blocks)][:n_columns])
    return table


def _row_of_curve(curve, n_blocks):
    now, best, epoch = number(curve.values[-1]), "", ""
    if curve.best is not None:
        best = number(curve.values[curve.best])
        epoch = "" if curve.best_epoch is None else f"{'★' if n_blocks else '*'} {curve.best_epoch}"
    return curve.name, now, best, epoch, _spark(curve, n_blocks) if n_blocks else ""


def _bar(share, n_bars, has_blocks):
    """A bar that can be read without colours."""
    from rich.text import Text as Line

    full, empty = "█░" if has_blocks else "#."
    n_full = int(share * n_bars)
    return Line(full * n_full + empty * (n_bars - n_full), style="bold magenta" if share == 1 else "blue")


def _spark(curve, n_blocks):
    """The curve in a line of blocks, the best one in another colour."""
    from rich.text import Text as Line

    values = np.where(np.isnan(curve.values), np.nanmax(curve.values, initial=0.0), curve.values)
    values = values.clip(-_LARGEST, _LARGEST)
    places = np.linspace(0, len(values) - 1, min(n_blocks, len(values))).round().astype(int)
    if curve.best is not None:
        places[np.abs(places - curve.best).argmin()] = curve.best  # so that it is seen
    heights = values[places]
    if heights.min() > 0 and heights.max() > 10 * heights.min():
        heights = np.log(heights)
    low, span = heights.min(), np.ptp(heights)
    shares = (heights - low) / span if 0 < span < np.inf else np.zeros(len(places))
    line = Line("".join(_HEIGHTS[int(share * (len(_HEIGHTS) - 1))] for share in shares), style="blue")
    if curve.best is not None:
        at = int(np.abs(places - curve.best).argmin())
        line.stylize("bold magenta", at, at + 1)
    return line


class Notebook:
    """Curves that are drawn anew in the same cell."""

    seconds, shows_first = 1.0, False  # as it takes long

    def __init__(self):
        try:
            from IPython.display import Image, display
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError(
                'TrainingMonitor needs matplotlib and IPython in a notebook: pip install "skbackprop[plots]" ipython, or '
                'choose output="text".'
            ) from error
        self._image, self._display = Image, display
        self._figure = Figure(figsize=(7.0, 2.6), dpi=80)
        FigureCanvasAgg(self._figure)
        self._panels, self._handle = None, None

    def show(self, course, end):
        """Draw the curves anew.

        Parameters
        ----------
        course : Course
        end : str or None
        """
        if self._panels is None:
            self._panels = [_Panel(axes, names) for axes, names in zip(*self._make_panels(), strict=True)]
        for panel in self._panels:
            panel.draw(course)
        title = f"{course.title}, epoch {course.n_epochs}, {course.seconds:.1f} s{_in_a_title(course.rules, end)}"
        self._figure.suptitle(title, fontsize="medium", x=0.01, ha="left")
        self._put(title)

    def _make_panels(self):
        names = [("loss", "validation loss"), ("error rate", "validation score"), ("max |update|",)]
        axes = self._figure.subplots(1, 3)
        self._figure.subplots_adjust(left=0.07, right=0.98, bottom=0.17, top=0.78, wspace=0.3)
        return axes, names

    def _put(self, words):
        """The picture in the notebook, in the place of the one before."""
        buffer = io.BytesIO()
        self._figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
        image = self._image(data=buffer.getvalue(), format="png", alt=words)
        if self._handle is None:
            self._handle = self._display(image, display_id=True)
        else:
            self._handle.update(image)

    def close(self):
        """Do nothing: the last picture stays."""


def _in_a_title(rules, end):
    """What ended a training, or else the rule that is nearest to it."""
    if end is None and not rules:
        return ""
    nearest = max(rules, key=lambda rule: rule.share, default=None)
    return f": {end}" if end else f": nearest rule: {nearest.name}, {nearest.share:.0%}"


class _Panel:
    """One panel of curves, whose lines are changed and not drawn anew."""

    _MAX_POINTS = 500

    def __init__(self, axes, names):
        self._axes = axes
        styles = [{"color": BLUE}, {"color": VERMILLION, "linestyle": "--"}]
        self._lines = {
            name: axes.plot([], [], label=name, **style)[0] for name, style in zip(names, styles, strict=False)
        }
        self._best = axes.plot([], [], "*", color=VERMILLION, markersize=10, zorder=4)[0]
        self._limit = axes.axhline(np.nan, color=axes.xaxis.label.get_color(), linestyle=":", linewidth=1.0)
        axes.set_xlabel("epoch", fontsize="small")
        axes.tick_params(labelsize="small")
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_locator().set_params(nbins=4)  # labels are what takes the time
        axes.xaxis.get_major_locator().set_params(integer=True)

    def draw(self, course):
        """Set the lines, the best epoch and the threshold."""
        curves = {curve.name: curve for curve in course.curves if curve.name in self._lines}
        for name, curve in curves.items():
            places = np.unique(
                np.linspace(0, len(curve.values) - 1, min(self._MAX_POINTS, len(curve.values))).round().astype(int)
            )
            self._lines[name].set_data(places + course.n_epochs - len(curve.values) + 1, curve.values[places])
        self._axes.set_title(", ".join(curves), fontsize="small")
        self._mark(curves, course)
        if len(curves) > 1 and self._axes.get_legend() is None:
            handles = [self._lines[name] for name in curves]
            self._axes.legend(handles, list(curves), fontsize="x-small", frameon=False)
        self._axes.relim()
        self._axes.autoscale_view()

    def _mark(self, curves, course):
        """The best epoch of the curve that it is chosen by, and the line that a rule draws."""
        best = [curve for curve in curves.values() if curve.name.startswith("validation") and curve.best is not None]
        for curve in best:
            self._best.set_data([curve.best_epoch or np.nan], [curve.values[curve.best]])
        thresholds = {"error_tol": "error rate", "update_tol": "max |update|"}
        for rule in course.rules:
            if thresholds.get(rule.name) in self._lines:
                self._limit.set_ydata([rule.threshold] * 2)
        if "max |update|" in curves and (curves["max |update|"].values > 0).all():
            self._axes.set_yscale("log")
            self._axes.yaxis.minorticks_off()


SCREENS = {"terminal": Terminal, "notebook": Notebook, "text": Text}
