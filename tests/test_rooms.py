"""The house: four rooms, one above the other, each of which imports from rooms below it only, and bridges beside them."""

import ast
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGE = Path(find_spec("skbackprop").origin).parent
ROOMS = ["_network", "_training", "_estimators", "_inspection"]  # from the ground up
BELOW_ALL = {"_once", "_public", "_types", "_version"}
BRIDGE = "export"  # into which no room looks
BRIDGE_STANDS_ON = ["_network", "_training", "_estimators"]

# What a room knows besides the standard library and the rooms below it.
KNOWN = {
    "_network": {"numpy", "scipy", "joblib", "threadpoolctl"},
    "_training": {"numpy", "scipy", "joblib"},
    "_estimators": {"numpy", "scipy", "joblib", "sklearn"},
    "_inspection": {"numpy", "scipy", "joblib", "sklearn"},
}
WHEN_CALLED = {"IPython", "matplotlib", "onnx", "pandas", "rich", "skl2onnx"}  # extras, which no import of ours loads


def read_modules():
    """The source of every module of the package, by its dotted name within the package."""
    files = [file for file in PACKAGE.rglob("*.py") if "kernel" not in file.relative_to(PACKAGE).parts]
    return {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file.read_text(encoding="utf-8") for file in files
    }


def imports_of(name, source):
    """Pairs of what a module imports and whether it does so within a function; of ours the name within the package."""
    tree, package = ast.parse(source), name.split(".")[:-1]
    within = {id(node) for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) for node in ast.walk(each)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in within) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module, id(node) in within
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1]
            for alias in node.names:
                path = [*start, *(node.module.split(".") if node.module else [])]
                is_module = find_module([*path, alias.name])
                yield ".".join(["skbackprop", *path, *([alias.name] if is_module else [])]), id(node) in within


def find_module(path):
    """Whether a path within the package is that of a module."""
    file = PACKAGE.joinpath(*path)
    return file.with_suffix(".py").exists() or file.is_dir() or path[-1] == "_kernel"


def ours(modules):
    """Arrows between modules of ours: who imports, what, and whether within a function."""
    for name, source in modules.items():
        for imported, is_within in imports_of(name, source):
            if imported.split(".")[0] == "skbackprop":
                yield name, imported.removeprefix("skbackprop").lstrip("."), is_within


def wrong_arrows(modules):
    """Imports that go up, or into the face of the package."""
    wrong = []
    for name, imported, _ in ours(modules):
        room, other = name.split(".")[0], imported.split(".")[0]
        if other in BELOW_ALL or room == "__init__":
            continue
        if room == BRIDGE and other in (BRIDGE, *BRIDGE_STANDS_ON):
            continue
        if room == BRIDGE or other not in ROOMS or (room in ROOMS and ROOMS.index(other) > ROOMS.index(room)):
            wrong.append((name, imported))
    return wrong


def test_a_room_imports_from_the_rooms_below_it_only():
    assert wrong_arrows(read_modules()) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("_network.units", "from .._training import stopping"),
        ("_training.loop", "from .._estimators.base import BaseBackprop"),
        ("_estimators.base", "from .._inspection.explain import explain_step"),
        ("_estimators.fitted", "from .. import BackpropClassifier"),
        ("_network.losses", "import skbackprop"),
        ("_inspection.displays.network", "from ...callbacks import Checkpoint"),
        ("_estimators.base", "from ..export.description import describe"),
        ("_inspection.explain", "from ..export import to_onnx"),
        ("export.onnx_model", "from .._inspection.networks import check_network"),
        ("export.onnx_model", "from ..callbacks import Checkpoint"),
    ],
)
def test_an_arrow_that_is_turned_round_is_found(module, line):
    modules = read_modules()
    modules[module] += f"\n{line}\n"
    assert [name for name, _ in wrong_arrows(modules)] == [module]


def test_the_imports_make_no_circle():
    arrows = {}
    for name, imported, _ in ours(read_modules()):
        arrows.setdefault(name.removesuffix(".__init__"), set()).add(imported)  # a folder is imported by its name
    done, path = set(), []

    def visit(name):
        assert name not in path, f"{' -> '.join([*path, name])}"
        if name in done:
            return
        path.append(name)
        for other in arrows.get(name, ()):
            visit(other)
        done.add(path.pop())

    for name in arrows:
        visit(name)


def test_modules_of_ours_are_imported_at_the_head_of_a_file():
    assert [arrow for arrow in ours(read_modules()) if arrow[2]] == []


def test_a_room_knows_no_more_packages_than_it_should():
    unknown = []
    for name, source in read_modules().items():
        known = KNOWN.get(name.split(".")[0], KNOWN["_inspection"]) | set(sys.stdlib_module_names) | {"skbackprop"}
        for imported, is_within in imports_of(name, source):
            package = imported.split(".")[0]
            if package not in (known | WHEN_CALLED if is_within else known):
                unknown.append((name, imported))
    assert unknown == []


def test_the_files_of_a_room_need_no_underscore():
    files = [file for room in ROOMS for file in (PACKAGE / room).rglob("*.py")]
    assert len(files) > 30
    assert [file.name for file in files if file.name.startswith("_") and file.name != "__init__.py"] == []
