"""The tables of docs/coming_from_mlp.rst and the docstrings say what the classes say, so that nothing can be forgotten."""

import csv
import doctest
import inspect
import re
import runpy
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

import skbackprop
import skbackprop.callbacks
from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    BackpropRegressorCV,
    __version__,
)
from skbackprop._training.stopping import RULES

DOCS = Path(__file__).parents[2] / "docs"
THEIRS, OURS = [MLPClassifier, MLPRegressor], [BackpropClassifier, BackpropRegressor]
CLASSES = THEIRS + OURS
TUNED = [BackpropClassifierCV, BackpropRegressorCV]

# What the oldest scikit-learn that we take does not have yet; the page is about 1.9.
YOUNGER_THAN_1_6 = {"loss"}
SKLEARN_VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])

about_1_9 = pytest.mark.skipif(SKLEARN_VERSION < (1, 9), reason="the page is about scikit-learn 1.9")


def read_table(name):
    """Rows of the page's csv-table of that name: first column to a list of the four cells of the classes, and status."""
    page = (DOCS / "coming_from_mlp.rst").read_text(encoding="utf-8")
    block = re.search(rf":name: {name}\n(?:   :.*\n)*\n((?:   .+\n)+)", page).group(1)
    rows = list(csv.reader(re.sub("^ +", "", block, flags=re.MULTILINE).splitlines(), skipinitialspace=True))
    table = {row[0].strip("`"): ([cell.strip("`") for cell in row[1:5]], row[5]) for row in rows}
    assert len(table) == len(rows)
    return table


def status_of(cells):
    """What the page must call a row, from its cells for the four classes."""
    theirs, ours = cells[:2], cells[2:]
    if set(theirs) == {"—"}:
        return "new"
    return "same" if theirs == ours else "other default"


def cells_of(columns):
    """The cells of each name that any of the columns, which are dicts, holds."""
    return {name: [column.get(name, "—") for column in columns] for name in set().union(*columns)}


def default_of(parameter):
    return "required" if parameter.default is parameter.empty else repr(parameter.default)


def parameters_of(function):
    """The parameters of a method, or of a class's constructor."""
    return {name: each for name, each in inspect.signature(function).parameters.items() if name != "self"}


def expected_parameters():
    return cells_of([{name: default_of(each) for name, each in parameters_of(cls).items()} for cls in CLASSES])


def expected_arguments():
    return cells_of(
        [
            {
                f"{method}: {name}": default_of(each)
                for method in ("fit", "partial_fit", "score")
                for name, each in parameters_of(getattr(cls, method)).items()
            }
            for cls in CLASSES
        ]
    )


def methods_of(cls):
    return [name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name))]


def expected_methods():
    return cells_of([dict.fromkeys(methods_of(cls), "yes") for cls in CLASSES])


def fitted_attributes(cls):
    """Names of the public attributes of a fitted network."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 2)), columns=["a", "b"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = vars(cls(max_iter=2).fit(X, np.arange(20) % 2))
    return [name for name in fitted if name.endswith("_") and not name.startswith("_")]


def expected_attributes():
    return cells_of([dict.fromkeys(fitted_attributes(cls), "yes") for cls in CLASSES])


def without_younger(table):
    return {name: row for name, row in table.items() if not (SKLEARN_VERSION < (1, 7) and name in YOUNGER_THAN_1_6)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mlp-parameters", expected_parameters),
        ("mlp-attributes", expected_attributes),
        pytest.param("mlp-methods", expected_methods, marks=about_1_9),
        pytest.param("mlp-arguments", expected_arguments, marks=about_1_9),
    ],
)
def test_table_lists_what_the_four_classes_have(name, expected):
    cells = {first: cells for first, (cells, _) in without_younger(read_table(name)).items()}
    assert cells == without_younger(expected())


@pytest.mark.parametrize("name", ["mlp-parameters", "mlp-attributes", "mlp-methods", "mlp-arguments"])
def test_table_calls_each_row_what_it_is(name):
    table = read_table(name)
    assert len(table) > 10
    assert {first: status for first, (_, status) in table.items()} == {
        first: status_of(cells) for first, (cells, _) in table.items()
    }


@pytest.mark.parametrize(("theirs", "ours"), zip(THEIRS, OURS, strict=True))
def test_nothing_of_scikit_learn_is_missing(theirs, ours):
    assert parameters_of(theirs).keys() <= parameters_of(ours).keys()
    assert set(methods_of(theirs)) <= set(methods_of(ours))
    assert set(fitted_attributes(theirs)) <= set(fitted_attributes(ours))
    for method in ("fit", "partial_fit", "predict", "score"):
        assert parameters_of(getattr(theirs, method)).keys() <= parameters_of(getattr(ours, method)).keys()


def read_docstring(cls, section):
    """The entries of one section of a class's docstring: names, as they stand there, to the line and the text."""
    body = re.search(rf"^{section}\n-+\n(.*?)(?=\n\n\w[^\n]*\n---|\Z)", inspect.getdoc(cls), re.S | re.M).group(1)
    entries = re.findall(r"^(\w+(?:, \w+)*) : (.*)\n((?:(?:    .*)?\n?)+)", body, re.M)
    return {names: (line, text) for names, line, text in entries}


@pytest.mark.parametrize("cls", OURS + TUNED)
def test_docstring_has_each_parameter_with_its_default_in_order(cls):
    stated = {name: line.rpartition("default=")[2] for name, (line, _) in read_docstring(cls, "Parameters").items()}
    parameters = parameters_of(cls)
    assert list(stated) == list(parameters)
    for name, parameter in parameters.items():
        default = stated[name]
        assert default in (str(parameter.default), repr(parameter.default)) or float(default) == parameter.default, name


@pytest.mark.parametrize("cls", OURS + TUNED)
def test_docstring_has_each_fitted_attribute(cls):
    names = [name for names in read_docstring(cls, "Attributes") for name in names.split(", ")]
    assert len(names) == len(set(names))
    assert set(names) == {*fitted_attributes(cls), "pruning_"}  # which `prune` sets, and no fit


@pytest.mark.parametrize("cls", OURS + TUNED)
def test_docstring_names_each_choice_that_a_parameter_has(cls, X):
    entries = read_docstring(cls, "Parameters")
    n_choices = 0
    for name in parameters_of(cls):
        with pytest.raises(ValueError, match=f"{name}=.* is not valid") as refused:
            cls(**{name: object()}).fit(X, np.arange(len(X)) % 2)
        for choice in re.findall(r"'(\w+)'", str(refused.value).partition("it must be")[2]):
            assert f"'{choice}'" in " ".join(entries[name]), (name, choice)
            n_choices += 1
    assert n_choices > 20


@pytest.mark.parametrize("cls", OURS + TUNED)
def test_docstring_names_each_reason_to_stop(cls):
    others = {"cross_validation"} if cls in TUNED else set()
    others |= {"max_fun", "converged", "callback", "diverged", "interrupted", "partial_fit", "initialized"}
    stated = re.findall(r"'(\w+)'", read_docstring(cls, "Attributes")["stop_reason_"][1])
    assert RULES.keys() | others <= set(stated)


# Parameters and attributes of which a tuned estimator has more to say, or something else.
OF_ITS_OWN = {
    *("loss", "max_iter", "max_time", "verbose", "warm_start", "early_stopping", "validation_fraction", "scoring"),
    *("restore_best", "n_init", "n_jobs", "on_divergence", "stop_reason_"),
}


@pytest.mark.parametrize(("cls", "parent"), zip(TUNED, OURS, strict=True))
@pytest.mark.parametrize("section", ["Parameters", "Attributes"])
def test_the_docstring_of_a_tuned_estimator_says_what_its_parents_says(cls, parent, section):
    mine, theirs = read_docstring(cls, section), read_docstring(parent, section)
    assert theirs.keys() <= mine.keys()
    differing = {name for name, entry in theirs.items() if "".join(entry).split() != "".join(mine[name]).split()}
    assert differing <= OF_ITS_OWN


def read_code(name):
    """The code of the user guide's block of that name."""
    guide = (DOCS / "user_guide.rst").read_text(encoding="utf-8")
    block = re.search(rf"   :name: code-{name}\n\n((?:(?:   .*)?\n)+)", guide).group(1)
    return re.sub("^   ", "", block, flags=re.MULTILINE)


def test_callbacks_of_the_user_guide_work():
    pytest.importorskip("sklearn.callback")
    names = {}
    exec(read_code("callbacks"), names)
    assert len(names["scores"]) == names["network"].n_iter_ == 20
    assert names["scores"][-1] == names["network"].score(names["X"], names["y"])
    exec(read_code("own-callback"), names)
    assert names["network"].stop_reason_ == "callback"
    assert names["network"].loss_curve_[-1] < 0.05 <= names["network"].loss_curve_[-2]


def test_the_callback_of_the_user_guide_hides_no_divergence():
    pytest.importorskip("sklearn.callback")
    names = {}
    exec(read_code("callbacks"), names)
    exec(read_code("own-callback"), names)
    targets = names["X"][:, 0]
    network = BackpropRegressor(50, learning_rate_init=50.0, random_state=0).set_callbacks(names["StopAtLoss"](1e-9))
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        network.fit(names["X"], targets)
    network.set_params(on_divergence="halve").fit(names["X"], targets)
    assert network.score(names["X"], targets) > 0.5


def test_the_citation_and_the_change_log_name_this_version():
    citation = (DOCS.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE).group(1) == __version__
    changes = (DOCS / "changelog.rst").read_text(encoding="utf-8")
    assert re.search(r"^Version (.*)$", changes, re.MULTILINE).group(1) == __version__


def test_the_map_of_the_rooms_is_drawn_from_the_imports():
    """If not, ``python docs/rooms.py`` draws it anew."""
    page = (DOCS / "contributing.rst").read_text(encoding="utf-8")
    rooms = runpy.run_path(str(DOCS / "rooms.py"))
    assert rooms["MAP"].search(page).group(2).rstrip() == "\n".join(rooms["draw_rooms"]())


# The first two are made by functions, whose examples show them; the third is met, not used.
WITHOUT_EXAMPLE = {"RuleList", "StepExplanation", "InconsistentSkbackpropVersionWarning"}
if not hasattr(BackpropClassifier, "set_callbacks"):  # scikit-learn < 1.9
    WITHOUT_EXAMPLE |= {"Checkpoint", "Recorder", "TrainingMonitor"}

PUBLIC = {name: module for module in (skbackprop, skbackprop.callbacks) for name in module.__all__}


def examples_of(thing):
    """The doctests of a function, or of a class and of what it inherits from us."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    ours = [each for each in getattr(thing, "__mro__", [thing]) if each.__module__.startswith("skbackprop")]
    # pytest collects those of a module's own, and to a module that a class was moved to it is somebody else's.
    return [test for each in ours for test in finder.find(each, each.__name__, module=False, globs={}) if test.examples]


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_in_docstrings_run(name, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said = []
    for test in examples_of(getattr(PUBLIC[name], name)):
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)
    assert (runner.tries == 0) == (name in WITHOUT_EXAMPLE)


def test_readme_leads_to_files_that_are_there():
    readme = DOCS.parent / "README.md"
    links = re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if "://" not in link and not (readme.parent / link).exists()] == []


def test_each_parameter_of_an_estimator_is_in_one_group_of_its_page():
    groups = runpy.run_path(str(DOCS / "_ext" / "parameter_groups.py"))["GROUPS"]
    grouped = [name for names in groups.values() for name in names]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set().union(*(parameters_of(cls) for cls in OURS + TUNED))


def csv_tables():
    """The heads and the rows of every csv-table of the pages, by file."""
    block = re.compile(r"csv-table::.*\n(?:   :.*\n)*?   :header: (.*)\n(?:   :.*\n)*\n((?:   .+\n)+)")
    for path in sorted(DOCS.glob("*.rst")):
        for heads, rows in block.findall(path.read_text(encoding="utf-8")):
            lines = [line.strip() for line in (heads, *rows.splitlines())]
            yield path.name, list(csv.reader(lines, skipinitialspace=True))


def test_each_column_of_a_table_has_one_head():
    tables = list(csv_tables())
    assert {"defaults.rst", "coming_from_mlp.rst"} <= {name for name, _ in tables}
    assert [(name, row) for name, (heads, *rows) in tables for row in rows if len(row) != len(heads)] == []
