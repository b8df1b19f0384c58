"""Every script in examples/ runs without a warning and prints what it says that it shows; so does the guide to pictures."""

import ast
import doctest
import re
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))
PICTURES = EXAMPLES.parent / "docs" / "pictures.rst"
README = EXAMPLES.parent / "README.md"

# The first test waits for the scripts that are run before its own.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def outputs(run_of_example):
    """Gives what a script printed that was run once, in an empty folder that must stay empty."""

    def output(name):
        if name.startswith("plot_"):
            pytest.importorskip("matplotlib")
        done, folder = run_of_example(name)
        assert done.stderr == ""
        assert list(folder.iterdir()) == []
        return done.stdout

    return output


def _number_after(text, label):
    return float(re.search(re.escape(label) + r"\s*(-?[\d.]+)", text).group(1))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_example_runs_without_a_warning(name, outputs):
    assert outputs(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_example_has_a_check_of_its_own(name):
    assert f"def test_{name}_" in Path(__file__).read_text(encoding="utf-8")


@pytest.mark.slow
def test_plot_numpy_network_ends_with_the_tutorials_weights_to_the_last_digit(outputs):
    printed = outputs("plot_numpy_network")
    losses = [float(loss) for loss in re.findall(r"^epoch +\d+: log loss ([\d.]+)$", printed, re.MULTILINE)]
    assert len(losses) == 100
    assert losses[0] > 0.6
    assert losses[-1] < 0.2
    assert float(re.search("largest difference of any weight or bias: (.*)$", printed, re.MULTILINE)[1]) <= 3e-15


@pytest.mark.slow
def test_digits_reaches_97_percent_shows_its_curve_and_survives_saving(outputs):
    printed = outputs("digits")
    assert _number_after(printed, "Test accuracy:") >= 97
    assert len(re.findall(r"^Iteration \d+ ", printed, re.MULTILINE)) >= 3
    assert re.search(r"^Stop reason: (update_tol|error_tol|max_iter), after \d+ epochs$", printed, re.MULTILINE)
    assert "The loaded model predicts the same" in printed


def test_digits_needs_no_matplotlib():
    """It is README's first command, which installs the package alone."""
    assert not re.search(r"^\s*(import|from) matplotlib", (EXAMPLES / "digits.py").read_text("utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_plot_grid_search_prints_a_ranked_table(outputs):
    printed = outputs("plot_grid_search")
    ranks = [int(rank) for rank in re.findall(r"^ +(\d+) +0\.\d{4}", printed, re.MULTILINE)]
    assert len(ranks) == 8
    assert ranks[0] == 1
    assert ranks == sorted(ranks)
    assert _number_after(printed, "Test accuracy of the best:") >= 95


@pytest.mark.slow
def test_plot_xor_fires_each_rule_once(outputs):
    printed = outputs("plot_xor")
    assert re.findall(r"stop_reason_ = '(\w+)'", printed) == ["update_tol", "error_tol", "max_iter"]
    n_epochs = [int(number) for number in re.findall(r"after (\d+) epochs", printed)]
    assert n_epochs[1] < n_epochs[2] == 600 < n_epochs[0]
    outputs_of_rules = [np.array(row.split(), dtype=float) for row in re.findall(r"instances: \[(.*)\]", printed)]
    assert [list(each > 0.5) for each in outputs_of_rules] == [
        [False, True, True, False],
        [False, True, True, True],  # as its text says
        [False, True, True, False],
    ]


@pytest.mark.slow
def test_plot_initialisation_warns_of_the_ranges_that_a_deep_network_does_not_learn_from(outputs):
    printed = outputs("plot_initialisation")
    found = re.findall(r"^init_range=(\S+): error rate ([\d.]+), warned (\d) times$", printed, re.MULTILINE)
    assert {name: int(warned) for name, _, warned in found} == {"glorot": 3, "0.5": 0, "1.0": 0, "5.0": 3}
    rates = {name: float(rate) for name, rate, _ in found}
    assert max(rates["0.5"], rates["1.0"]) < 0.05 < 0.3 < rates["5.0"] < rates["glorot"]


@pytest.mark.slow
def test_plot_update_modes_is_faster_by_epochs_the_smaller_the_batch(outputs):
    rates = [float(rate) for rate in re.findall(r"error rate ([\d.]+)$", outputs("plot_update_modes"), re.MULTILINE)]
    assert len(rates) == 4
    assert rates == sorted(rates)


@pytest.mark.slow
def test_plot_decision_boundaries_needs_hidden_units_for_a_bend(outputs):
    found = re.findall(r"^ *(\d+) hidden units: (\d+)% right$", outputs("plot_decision_boundaries"), re.MULTILINE)
    right = {int(n_units): int(share) for n_units, share in found}
    assert right[1] < 90 < 95 < min(right[3], right[20])
    assert right[1] <= right[2] <= right[3]


@pytest.mark.slow
def test_plot_calibration_scores_as_its_text_says(outputs):
    rows = re.findall(r"^([^\d\n]+?) +0\.\d{3} +(0\.\d+) +(0\.\d+)$", outputs("plot_calibration"), re.MULTILINE)
    brier_scores = {name: float(brier_score) for name, brier_score, _ in rows}
    assert len(rows) == 3
    assert brier_scores["squared error, calibrated"] < brier_scores["squared error"] < brier_scores["log loss"]


@pytest.mark.slow
def test_plot_regression_beats_the_linear_model_and_the_mean(outputs):
    printed = outputs("plot_regression")
    test_r2 = {
        name: float(re.search(rf"^{name}\s+\S+\s+(-?[\d.]+)$", printed, re.MULTILINE).group(1))
        for name in ("mean of the targets", "linear model", "BackpropRegressor")
    }
    assert test_r2["mean of the targets"] < 0.1
    assert test_r2["BackpropRegressor"] > test_r2["linear model"] + 0.1
    assert 75 < int(re.search(r"^(\d+)% of the targets are in the band$", printed, re.MULTILINE).group(1)) < 85


@pytest.mark.slow
def test_plot_streaming_learns_the_change_and_continues_exactly(outputs):
    printed = outputs("plot_streaming")
    accuracies = {
        int(chunk): float(accuracy)
        for chunk, accuracy in re.findall(
            r"^Chunk +(\d+), accuracy before it was learned: ([\d.]+)", printed, re.MULTILINE
        )
    }
    assert accuracies[31] < 0.5 < 0.85 < min(accuracies[30], accuracies[60])
    assert "Classes: [0 1 2 3 4 5 6 7 8 9], weights of the output units: (40, 10)" in printed
    assert "has the same weights, bit for bit" in printed
    assert "made the same weights as fit with five epochs" in printed


@pytest.mark.slow
def test_data_parallel_makes_the_epochs_of_one_machine(outputs):
    printed = outputs("data_parallel")
    differences = re.findall(r"largest difference ([\de.+-]+)$", printed, re.MULTILINE)
    assert len(differences) == 3
    assert max(map(float, differences)) < 1e-12
    assert "Epochs: 30, instances presented: 13260, as alone: 30, 13260" in printed


@pytest.mark.slow
def test_plot_hidden_units_finds_codes_of_which_some_are_binary(outputs):
    found = re.findall(r"(\d+)% of the words are right; rounded, (\d) of 8", outputs("plot_hidden_units"))
    assert [right for right, _ in found] == ["100"] * 6
    assert found[0][1] != "8"
    assert found[2][1] == "8"


@pytest.mark.slow
def test_plot_sensitivity_finds_the_inputs_that_matter(outputs):
    sizes = re.search(r"mean sizes, x1 to x10: \[(.*?)\]", outputs("plot_sensitivity"), re.DOTALL).group(1)
    sizes = np.array(sizes.split(), dtype=float)
    np.testing.assert_allclose(sizes[[3, 4]], [10, 5], atol=0.5)
    assert min(sizes[:5]) > 4
    assert max(sizes[5:]) < 0.5


@pytest.mark.slow
def test_plot_rules_are_few_and_say_what_the_network_says(outputs):
    printed = outputs("plot_rules")
    assert _number_after(printed, "n_weights ") < 0.2 * _number_after(printed, "n_weights_before")
    assert re.search(r"^if .*: class_\d   \(as the network: \d+ of \d+\)$", printed, re.MULTILINE)
    table = np.array([line.split()[1:] for line in printed.splitlines() if re.match("(iris|wine|breast)", line)], float)
    assert table.shape == (3, 8)
    assert table[:, 1].max() < 20
    assert table[:, 2].max() <= 8
    assert table[:, 5:].min() > 0.85


@pytest.mark.slow
def test_plot_validation_keeps_an_epoch_that_is_better_than_the_last(outputs):
    printed = outputs("plot_validation")
    best = _number_after(printed, "Test accuracy of the best epoch:")
    assert best > _number_after(printed, "Test accuracy of the last epoch:")
    assert "stop_reason_ = 'early_stopping'" in printed
    losses = [float(loss) for loss in re.findall(r"^restart +\d+: loss ([\d.]+)", printed, re.MULTILINE)]
    assert len(losses) == 10
    assert min(losses) < 0.5 * max(losses)


@pytest.mark.slow
def test_plot_cross_validation_is_about_as_good_as_the_better_constant(outputs):
    printed = outputs("plot_cross_validation")
    rows = re.findall(r"^(\w+) +(\d+) epochs: test R2 +(-?[\d.]+)(, chosen)?$", printed, re.MULTILINE)
    scores = {name: [float(score) for other, _, score, _ in rows if other == name] for name in ("sine", "diabetes")}
    for few, many, chosen in scores.values():
        assert chosen > max(few, many) - 0.03
        assert chosen > min(few, many) + 0.2
    n_epochs = {name: int(number) for name, number, _, is_chosen in rows if is_chosen}
    assert n_epochs["diabetes"] < 50 < n_epochs["sine"]
    assert f"stop_reason_ = 'cross_validation' after {n_epochs['sine']} epochs" in printed


@pytest.mark.slow
def test_plot_solvers_all_learn(outputs):
    rows = re.findall(r"^([^\d\n]+?(?: 0\.9)?) +\d+ +[\d.]+ +[\d.]+ +([\d.]+)$", outputs("plot_solvers"), re.MULTILINE)
    assert [name for name, _ in rows] == ["sgd", "sgd, momentum 0.9", "adam", "rprop", "lbfgs"]
    assert min(float(r2) for _, r2 in rows) > 0.85


@pytest.mark.slow
def test_plot_speed_measures_both_at_every_batch_size(outputs):
    ratios = re.findall(r"^64-\d+-10 +\d+ +[\d.]+ ms +[\d.]+ ms +([\d.]+)$", outputs("plot_speed"), re.MULTILINE)
    assert len(ratios) == 8


@pytest.mark.slow
def test_plot_worked_example_prints_the_numbers_of_the_book(outputs):
    """Han and Kamber, "Classification by Backpropagation", the tables of the worked example."""
    _, _, net_inputs, errors, updates = outputs("plot_worked_example").split("\n\n")
    found = re.findall(r"^(\d) .* = (-?[\d.]+) +1/.* = ([\d.]+)$", net_inputs, re.MULTILINE)
    assert found == [("4", "-0.7", "0.332"), ("5", "0.1", "0.525"), ("6", "-0.105", "0.474")]
    found = re.findall(r"^(\d) .* = (-?[\d.]+)$", errors, re.MULTILINE)
    assert found == [("6", "0.1311"), ("5", "-0.0065"), ("4", "-0.0087")]
    book_updates = {
        "w14": 0.192, "w15": -0.306, "w24": 0.4, "w25": 0.1, "w34": -0.508, "w35": 0.194,
        "w46": -0.261, "w56": -0.138, "θ4": -0.408, "θ5": 0.194, "θ6": 0.218,
    }  # fmt: skip
    found = re.findall(r"^([wθ]\d+) .* = (-?[\d.]+)$", updates, re.MULTILINE)
    assert {name: float(number) for name, number in found} == book_updates


def test_the_gallery_has_a_place_for_every_example():
    conf = (EXAMPLES.parent / "docs" / "conf.py").read_text(encoding="utf-8")
    listed = re.findall(r'^    "(\w+)\.py",$', conf, re.MULTILINE)
    assert sorted(listed) == SCRIPTS


def _guide_code(*names):
    """The code of these blocks of the guide to pictures."""
    guide = PICTURES.read_text(encoding="utf-8")
    blocks = [re.search(rf"   :name: code-{name}\n\n((?:(?:   .*)?\n)+)", guide).group(1) for name in names]
    return re.sub("^   ", "", "\n".join(blocks), flags=re.MULTILINE)


def test_the_guide_to_pictures_keeps_what_its_beginning_defines():
    """So that it can be read, and run, from top to bottom."""
    examples = doctest.DocTestParser().get_examples(PICTURES.read_text(encoding="utf-8"))
    assert len(examples) > 10
    for example in examples:
        nodes = ast.walk(ast.parse(example.source))
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        assert not stored & {"X", "y", "network"}, example.source


def test_the_guide_to_pictures_draws(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    exec(_guide_code("start", "sensitivity", "training", "cv", "network"), {})
    assert len(plt.get_fignums()) == 5


def test_the_guide_to_pictures_writes_a_page_with_a_recording(monkeypatch, tmp_path):
    pytest.importorskip("sklearn.callback")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(_guide_code("start", "page"), names)
    assert (tmp_path / "iris.html").stat().st_size > 50_000
    assert names["recorder"].epochs_[-1] == names["watched"].n_epochs_ == 100


def test_the_readme_writes_a_page_and_a_film(monkeypatch, tmp_path):
    """Its other lines are doctests; these write files, and are to be copied as they stand."""
    pytest.importorskip("sklearn.callback")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n((?!>>>).*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    names = {}
    for block in blocks:
        exec(block, names)
    assert {path.name for path in tmp_path.iterdir()} == {"moons.html", "moons.gif"}
    assert names["network"].score(names["X"], names["y"]) > 0.98


def test_the_guide_to_pictures_draws_a_film_and_watches(monkeypatch, tmp_path, capsys):
    pytest.importorskip("sklearn.callback")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(_guide_code("start", "film", "monitor"), names)
    assert (tmp_path / "iris.gif").stat().st_size > 0
    assert names["recorder"].epochs_ == [0, 1, 2, 5, 10, 20, 50, 100]
    assert "Stopped after" in capsys.readouterr().out


def test_the_guide_to_pictures_shows_progress(capsys):
    pytest.importorskip("sklearn.callback")
    pytest.importorskip("rich")
    names = {}
    exec(_guide_code("start", "progress"), names)
    assert names["network"].n_iter_ == 100
    assert "BackpropClassifier" in capsys.readouterr().out
