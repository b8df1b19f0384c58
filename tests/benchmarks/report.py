"""Writes what was measured, the same text to the terminal and to the documentation."""

import json
from pathlib import Path
from typing import NamedTuple

PAGE = """\
Benchmarks
==========

How fast the package is beside others that train the same network. Absolute times belong to one machine; the ratios were
taken in one run, in which all candidates took turns.

The machine
-----------

{machine}

.. code-block:: shell

    pip install -e ".[benchmark]"
    {command}

FANN comes from the system's packages, such as ``libfann-dev``; a peer that is not installed is left out.

Cells we lose
-------------

{losses}
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
    """

    title: str
    parts: list
    losses: list
    draw: object = None

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
    sections[section.title] = {"parts": section.parts, "losses": section.losses}
    path.write_text(json.dumps(sections, indent=1), encoding="utf-8")


def kept(path):
    """The sections of a file of results."""
    sections = json.loads(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else {}
    return [Section(title, **section) for title, section in sections.items()]


def write(path, sections, machine, command):
    """Write the page of the documentation."""
    losses = bullets([loss for section in sections for loss in section.losses], "None.")
    head = PAGE.format(machine=bullets(machine, ""), command=command, losses=losses)
    Path(path).write_text("\n".join([head, *(section.text() for section in sections)]), encoding="utf-8")
