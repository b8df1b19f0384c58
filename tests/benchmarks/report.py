"""Writes what was measured, the same text to the terminal and to the documentation."""

import json
from pathlib import Path
from typing import NamedTuple

# The picture on top of the page.
BARS = "benchmarks_cells.svg"

PAGE = """\
Benchmarks
==========

How fast the package is beside others that train the same network. Absolute times belong to one machine; the ratios were
taken in one run, in which all candidates took turns. Each has one core, but in sections that are named so all cores, of
which it takes as many as it can.
{picture}
Cells we lose
-------------

{losses}

The machine
-----------

{machine}

.. code-block:: shell

    pip install -e ".[benchmark]"
    {command}

FANN comes from the system's packages, such as ``libfann-dev``; a peer that is not installed is left out.
"""

PICTURE = """
.. image:: {name}
   :alt: A bar for each cell: how many times as long as ours the fastest peer takes.
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
        A cell, the fastest peer in it, and how many times as long as ours that takes: a bar of the picture on top.
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


def picture_of(bars, folder):
    """Draw one bar a cell, the fastest peer's time over ours; return the name of the file."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "skbackprop", "svg.fonttype": "none"})
    from matplotlib import pyplot

    cells, rivals, ratios = zip(*reversed(bars), strict=True)
    figure, axis = pyplot.subplots(figsize=(9, 1 + 0.22 * len(bars)), facecolor="white", layout="constrained")
    colors = ["#1f5fa8" if ratio >= 1 else "#c1440e" for ratio in ratios]
    axis.barh(range(len(bars)), [ratio - 1 for ratio in ratios], left=1, color=colors)
    axis.set_yticks(range(len(bars)), [f"{cell}: {rival}" for cell, rival in zip(cells, rivals, strict=True)])
    axis.axvline(1, color="0.3", linewidth=1)
    axis.set(xscale="log", xlabel="time of the fastest peer over ours; right of 1 we are faster", ylim=(-1, len(bars)))
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(folder) / BARS, metadata={"Date": None})
    return BARS


def write(path, sections, machine, command):
    """Write the page of the documentation."""
    losses = bullets([loss for section in sections for loss in section.losses], "None.")
    bars = [bar for section in sections for bar in section.bars]
    picture = PICTURE.format(name=picture_of(bars, Path(path).parent)) if bars else ""
    head = PAGE.format(picture=picture, machine=bullets(machine, ""), command=command, losses=losses)
    Path(path).write_text("\n".join([head, *(section.text() for section in sections)]), encoding="utf-8")
