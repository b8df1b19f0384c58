"""Every script in examples/ runs without a warning, and prints what it says that it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Runs a script once, in an empty folder that must stay empty, and gives what it printed."""
    printed = {}

    def run(name):
        if name not in printed:
            folder = tmp_path_factory.mktemp(name)
            finished = subprocess.run(
                [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
                cwd=folder,
                env=os.environ
                | {"PYTHONUTF8": "1"},  # they print Greek letters, which not every console's encoding has
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=300,
            )
            assert finished.returncode == 0, finished.stderr
            assert finished.stderr == ""
            assert not list(folder.iterdir())
            printed[name] = finished.stdout
        return printed[name]

    return run


def _number_after(text, label):
    return float(re.search(re.escape(label) + r"\s*(-?[\d.]+)", text).group(1))


@pytest.mark.parametrize("name", SCRIPTS)
def test_example_runs_without_a_warning(name, outputs):
    assert outputs(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_example_has_a_check_of_its_own(name):
    assert f"def test_{name}_" in Path(__file__).read_text(encoding="utf-8")


def test_digits_reaches_97_percent_shows_its_curve_and_survives_saving(outputs):
    printed = outputs("digits")
    assert _number_after(printed, "Test accuracy:") >= 97
    assert len(re.findall(r"^Iteration \d+, loss = ", printed, re.MULTILINE)) >= 3
    assert re.search(r"^Stop reason: (update_tol|error_tol|max_iter), after \d+ epochs$", printed, re.MULTILINE)
    assert "The loaded model predicts the same" in printed


def test_grid_search_prints_a_ranked_table(outputs):
    printed = outputs("grid_search")
    ranks = [int(rank) for rank in re.findall(r"^ +(\d+) +0\.\d{4}", printed, re.MULTILINE)]
    assert len(ranks) == 8
    assert ranks[0] == 1
    assert ranks == sorted(ranks)
    assert _number_after(printed, "Test accuracy of the best:") >= 95


def test_stopping_rules_fires_each_rule_once(outputs):
    printed = outputs("stopping_rules")
    reasons = re.findall(r"stop_reason_ = '(\w+)'", printed)
    assert reasons == ["update_tol", "error_tol", "max_iter"]
    assert printed.count("error_curve_") == 3


def test_regression_beats_the_linear_model_and_the_mean(outputs):
    printed = outputs("regression")
    test_r2 = {
        name: float(re.search(rf"^{name}\s+\S+\s+(-?[\d.]+)$", printed, re.MULTILINE).group(1))
        for name in ("mean of the targets", "linear model", "BackpropRegressor")
    }
    assert test_r2["mean of the targets"] < 0.1
    assert test_r2["BackpropRegressor"] > test_r2["linear model"] + 0.1


def test_streaming_continues_exactly_and_learns(outputs):
    printed = outputs("streaming")
    assert "has the same weights, bit for bit" in printed
    assert "made the same weights as fit with five epochs" in printed
    accuracies = [float(each) for each in re.findall(r"before it was learned: ([\d.]+)", printed)]
    assert len(accuracies) == 11
    assert min(accuracies[-3:]) > 0.85


def test_worked_example_prints_the_numbers_of_the_book(outputs):
    """Han and Kamber, "Classification by Backpropagation", the three tables of the worked example."""
    printed = outputs("worked_example")
    net_inputs, errors, updates = printed.split("\n\n")
    assert re.findall(r"^ +(\d) +(-?\d\.\d+) +(\d\.\d+)$", net_inputs, re.MULTILINE) == [
        ("4", "-0.700", "0.332"),
        ("5", "0.100", "0.525"),
        ("6", "-0.105", "0.474"),
    ]
    book_errors = {6: 0.1311, 5: -0.0065, 4: -0.0087}
    printed_errors = {int(j): float(error) for j, error in re.findall(r"^ +(\d) +(-?\d\.\d+)$", errors, re.MULTILINE)}
    assert printed_errors == pytest.approx(book_errors, abs=1.01e-4)  # the book rounds O_6 before it goes on
    book_updates = {
        "w14": 0.192, "w15": -0.306, "w24": 0.4, "w25": 0.1, "w34": -0.508, "w35": 0.194,
        "w46": -0.261, "w56": -0.138, "θ4": -0.408, "θ5": 0.194, "θ6": 0.218,
    }  # fmt: skip
    printed_updates = re.findall(r"^([wθ]\d+) +\S+ +(\S+)$", updates, re.MULTILINE)
    assert {name: float(number) for name, number in printed_updates} == book_updates
