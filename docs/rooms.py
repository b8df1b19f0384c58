"""Draws the map of the rooms in contributing.rst from the imports: a file uses files that stand below its own line.

Run as ``python docs/rooms.py`` it writes the map into the page.
"""

import ast
import re
import textwrap
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "skbackprop"
PAGE = Path(__file__).with_name("contributing.rst")
ROOMS = ["export", "_inspection", "_estimators", "_training", "_network"]
MAP = re.compile(r"(   :name: rooms\n\n)(.*?)(?=\n\S)", re.DOTALL)


def read_rooms():
    """For each room its files, by the paths that Python has for them, and which of the same room each imports.

    A folder within a room has its name from its ``__init__``, by which others import from it.
    """
    for room in ROOMS:
        files = [*(PACKAGE / room).rglob("[!_]*.py"), *(PACKAGE / room).glob("*/__init__.py")]
        files = [file for file in files if file.parent.name != "kernel"]
        paths = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in files}
        yield room, {path: set(imports_of(path, file)) & paths.keys() for path, file in paths.items()}


def imports_of(path, file):
    """Paths of all that a file imports from the package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = path.split(".")[: -node.level] + (node.module.split(".") if node.module else [])
            yield from (".".join([*start, *more]) for alias in node.names for more in ([], [alias.name], ["__init__"]))


def floors_of(files):
    """The files of a room, the ground floor last: each stands one floor above the highest that it imports."""
    floors = {}
    for path in TopologicalSorter(files).static_order():
        floors[path] = max((floors[below] + 1 for below in files[path]), default=0)
    return [sorted(path for path in files if floors[path] == floor) for floor in range(max(floors.values()), -1, -1)]


def draw_rooms():
    """The map, as lines of text."""
    lines = ["__init__.py, callbacks.py: the public names"]
    for room, files in read_rooms():
        lines += ["", f"{room}/"]
        for floor in floors_of(files):
            names = "   ".join(
                path.removeprefix(f"{room}.").removesuffix("__init__").replace(".", "/") for path in floor
            )
            lines += textwrap.wrap(names, 110, initial_indent=" " * 4, subsequent_indent=" " * 8)
    lines.append("    kernel/: the same in C")
    return [f"   {line}".rstrip() for line in lines]


if __name__ == "__main__":
    drawn = "\n".join(draw_rooms()) + "\n"
    PAGE.write_text(MAP.sub(lambda found: found[1] + drawn, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
