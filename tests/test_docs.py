"""The tables of docs/coming_from_mlp.rst say what the four classes say, so that no parameter or default can drift."""

import csv
import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skbackprop import BackpropClassifier, BackpropRegressor

PAGE = Path(__file__).parents[1] / "docs" / "coming_from_mlp.rst"
THEIRS, OURS = [MLPClassifier, MLPRegressor], [BackpropClassifier, BackpropRegressor]
CLASSES = THEIRS + OURS

# What the oldest scikit-learn that we take does not have yet.
YOUNGER_THAN_1_6 = {"loss"}
SKLEARN_1_6 = sklearn.__version__.startswith("1.6.")


def read_table(name):
    """Rows of the page's csv-table of that name: first column to a list of the four cells of the classes, and status."""
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(rf":name: {name}\n(?:   :.*\n)*\n((?:   .+\n)+)", page).group(1)
    rows = csv.reader(re.sub("^ +", "", block, flags=re.MULTILINE).splitlines(), skipinitialspace=True)
    return {row[0].strip("`"): ([cell.strip("`") for cell in row[1:5]], row[5]) for row in rows}


def status_of(cells):
    """What the page must call a row, from its cells for the four classes."""
    theirs, ours = cells[:2], cells[2:]
    if set(ours) == {"—"}:
        return "not yet there"
    if set(theirs) == {"—"}:
        return "new"
    return "same" if theirs == ours else "other default"


def expected_parameters():
    defaults = [
        {name: repr(parameter.default) for name, parameter in inspect.signature(each).parameters.items()}
        for each in CLASSES
    ]
    return {name: [each.get(name, "—") for each in defaults] for name in set().union(*defaults)}


def expected_attributes():
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame(rng.normal(size=(20, 2)), columns=["a", "b"]), np.arange(20) % 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = [vars(each(max_iter=2).fit(X, y)) for each in CLASSES]
    names = {name for each in fitted for name in each if name.endswith("_") and not name.startswith("_")}
    return {name: ["yes" if name in each else "—" for each in fitted] for name in names}


def without_younger(table):
    return {name: row for name, row in table.items() if not (SKLEARN_1_6 and name in YOUNGER_THAN_1_6)}


@pytest.mark.parametrize(
    ("name", "expected"), [("mlp-parameters", expected_parameters), ("mlp-attributes", expected_attributes)]
)
def test_table_lists_what_the_four_classes_have(name, expected):
    cells = {first: cells for first, (cells, _) in without_younger(read_table(name)).items()}
    assert cells == without_younger(expected())


@pytest.mark.parametrize("name", ["mlp-parameters", "mlp-attributes"])
def test_table_calls_each_row_what_it_is(name):
    table = read_table(name)
    assert len(table) > 10
    assert {first: status for first, (_, status) in table.items()} == {
        first: status_of(cells) for first, (cells, _) in table.items()
    }


@pytest.mark.parametrize("estimator", OURS)
def test_docstring_states_each_default(estimator):
    stated = dict(
        re.findall(r"^    (\w+) : .*, default=(.+)$", inspect.getdoc(estimator).replace("\n", "\n    "), re.M)
    )
    for name, parameter in inspect.signature(estimator).parameters.items():
        default = stated[name]
        assert default in (str(parameter.default), repr(parameter.default)) or float(default) == parameter.default, name
