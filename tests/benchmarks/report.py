"""Writes what was measured, the same text to the terminal and to the documentation."""

import json
import re
from pathlib import Path
from typing import NamedTuple

# What the page says of what was not measured, or not well; whoever measures anew writes it anew.
LIMITS = Path(__file__).with_name("limits.rst")
# How the titles of sections begin, in the order of the page.
ORDER = (
    "Training",
    "Adam",
    "Rectified units",
    "Prediction",
    "Whole fits",
    "Time to accuracy",
    "Searches",
    "Threads",
    "Growth",
)
# The picture on top of the page.
BARS = "benchmarks_cells.svg"
# How a section is called in which every candidate takes as many cores as it can.
ALL_CORES = "all cores"
# What a section says of a cell that falls short, beside a peer, or of all cores beside one.
_BESIDE_PEER = re.compile(
    r"(?P<cell>.+): (?P<peer>.+) takes (?P<ratio>[\d.]+) of our time"
    r"(?: \((?P<medians>[\d.]+) by the medians of the times\))?(?:, goal (?P<goal>[\d.]+))?(?: \(met\))?"
)
_BESIDE_ONE = re.compile(
    r"(?:.+: )?threads: (?P<cell>.+): all are (?P<ratio>[\d.]+) times as fast as one, .*, goal (?P<goal>[\d.]+)"
)
# Above it bars are cut, so that one sees by how little others are won or lost.
_HIGHEST_BAR = 8

PAGE = """\
Benchmarks
==========

How fast the package is beside others that train the same network. Absolute times belong to one machine; the ratios of a
cell were taken in one run, in which all candidates took turns. Each has one core, but in sections that are named so all
cores, of which it takes as many as it can.
{picture}
Slower than a peer
------------------

The ratio is the peer's time over ours: the median of the ratios of all rounds, which the tables below have, or the ratio of
the median times, whichever is less. It is below 1 here, before it is rounded.

{slower}

Short of our own goal
---------------------

No peer is faster here. Where all cores are compared with one, the peer is one thread of ours, and the ratio says how many
times as fast all are.

{short}

{limits}
The machine
-----------

{machine}

.. code-block:: shell

    pip install -e ".[benchmark]"
    python tests/benchmarks --cpu-time --cells A,B,C,D,E --results found.json --write docs/benchmarks.rst
    python tests/benchmarks --cpu-time --cells F,G --only training,adam --results found.json --write docs/benchmarks.rst
    python tests/benchmarks --cpu-time --cells D,E,G,H --only rectified --results found.json --write docs/benchmarks.rst
    python tests/benchmarks --cpu-time --all-cores --only training,adam,rectified,predict --cells D,E,F,G,H \\
        --batches 32,200,1000 --results found.json --write docs/benchmarks.rst
    python tests/benchmarks --all-cores --rounds 5 --only speedup --results found.json --write docs/benchmarks.rst

FANN comes from the system's packages, such as ``libfann-dev``; a peer that is not installed is left out.
"""

PICTURE = """
.. image:: {name}
   :alt: For each peer, on one core and on all, a bar for each cell: how many times as long as ours the peer takes.
   :width: 100%
"""


class Section(NamedTuple):
    """What one concern found out.

    Attributes
    ----------
    title : str
    parts : list of str
        Paragraphs and tables, as reStructuredText.
    losses : list of str
        What falls short of its goal.
    draw : callable or None
        Takes a folder and writes the plot that `parts` refer to.
    bars : list of list
        A cell, and a dict of how many times as long as ours each peer takes: the bars of the picture on top.
    """

    title: str
    parts: list
    losses: list
    draw: object = None
    bars: list | tuple = ()

    def text(self):
        """The section as reStructuredText."""
        underline = "-" * len(self.title)
        return "\n\n".join([f"{self.title}\n{underline}", *self.parts]) + "\n"


def table(header, rows):
    """A simple table of reStructuredText."""
    cells = [[str(cell) or "\\ " for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def bullets(lines, otherwise):
    """A list, or a sentence where there is nothing to list."""
    return "\n".join(f"* {line}" for line in lines) if lines else otherwise


def slower_and_short(losses):
    """A table of the cells in which a peer is faster, and one of those that miss our own goal, with what is in no cell."""
    slower, short, others = [], [], []
    for loss in losses:
        if found := _BESIDE_PEER.fullmatch(loss):
            ratio, goal = min(float(each) for each in found.group("ratio", "medians") if each), found["goal"]
            row = [found["cell"], found["peer"], f"{ratio:.2f}"]
            # A goal above 1 is missed where we are ahead, too; one of at most 1 has a line only where we are not.
            is_slower = goal is None or float(goal) <= 1 or ratio < 1
            (slower if is_slower else short).append(row if is_slower else [*row, goal])
        elif found := _BESIDE_ONE.fullmatch(loss):
            short.append([found["cell"], "one thread", found["ratio"], found["goal"]])
        else:
            others.append(loss)
    header = ["cell", "peer", "ratio"]
    parts = [table([*header, "goal"], short)] if short else []
    parts += [bullets(others, "")] if others else []
    return table(header, slower) if slower else "None.", "\n\n".join(parts) or "None."


def number(value):
    """Three significant digits without an exponent."""
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:#.3g}".rstrip(".")


def keep(path, section):
    """Put a section into a file of results, in the place of an earlier one of its title. Its plot is not kept."""
    path = Path(path)
    sections = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    sections[section.title] = {"parts": section.parts, "losses": section.losses, "bars": section.bars}
    path.write_text(json.dumps(sections, indent=1), encoding="utf-8")


def kept(path):
    """The sections of a file of results."""
    sections = json.loads(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else {}
    return [Section(title, **section) for title, section in sections.items()]


def picture_of(sections, folder):
    """Draw for each peer a bar a cell, its time over ours; return the name of the file."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "skbackprop", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    columns = _columns(sections)
    peers = list(dict.fromkeys(peer for ratios in columns.values() for peer in ratios))
    size = (9, 0.6 + 0.55 * len(peers))
    figure, grid = pyplot.subplots(
        len(peers), len(columns), figsize=size, sharex="col", sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (cores, ratios) in zip(grid.T, columns.items(), strict=True):
        axes[0].set_title(cores)
        for axis, peer in zip(axes, peers, strict=True):
            _draw_peer(axis, peer, sorted(ratios.get(peer, ()), reverse=True))
    figure.supxlabel(f"a bar for each cell that the peer can do: its time over ours, cut at {_HIGHEST_BAR}")
    figure.savefig(Path(folder) / BARS, metadata={"Date": None})
    return BARS


def _columns(sections):
    """The ratios of every peer, by cores and peer."""
    columns = {}
    for section in sections:
        cores = ALL_CORES if section.title.endswith(ALL_CORES) else "one core"
        for _, ratios in section.bars:
            for peer, ratio in ratios.items():
                columns.setdefault(cores, {}).setdefault(peer, []).append(ratio)
    return columns


def _draw_peer(axis, peer, ratios):
    """Bars of one peer, its slowest cell first: upward where we are faster, downward where it is."""
    colors = ["#1f5fa8" if ratio >= 1 else "#c1440e" for ratio in ratios]
    axis.bar(range(len(ratios)), [ratio - 1 for ratio in ratios], bottom=1, color=colors)
    axis.axhline(1, color="0.3", linewidth=0.8)
    axis.set(yscale="log", ylim=(0.5, _HIGHEST_BAR), xticks=[], yticks=[0.5, 1, 2, 4], yticklabels=["", "1", "", "4"])
    axis.minorticks_off()
    axis.set_title(peer, loc="right", fontsize="medium", pad=2)
    axis.spines[["top", "right", "bottom"]].set_visible(False)


def _place(section):
    """Where a section stands on the page: one core first."""
    places = [place for place, title in enumerate(ORDER) if section.title.startswith(title)]
    return min(places, default=len(ORDER)), section.title.endswith(ALL_CORES)


def write(path, sections, machine):
    """Write the page of the documentation."""
    sections = sorted(sections, key=_place)  # stable, so that others stay behind these in their own order
    slower, short = slower_and_short([loss for section in sections for loss in section.losses])
    limits = LIMITS.read_text(encoding="utf-8") if LIMITS.exists() else ""
    has_bars = any(section.bars for section in sections)
    picture = PICTURE.format(name=picture_of(sections, Path(path).parent)) if has_bars else ""
    head = PAGE.format(picture=picture, machine=bullets(machine, ""), slower=slower, short=short, limits=limits)
    Path(path).write_text("\n".join([head, *(section.text() for section in sections)]), encoding="utf-8")
