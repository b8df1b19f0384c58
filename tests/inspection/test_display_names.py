"""Names in the pictures: that they are drawn letter by letter, and that long ones leave room for the picture."""

import itertools

import numpy as np
import pytest

pytest.importorskip("matplotlib")
import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.text import Text

from skbackprop import (
    BackpropClassifier,
    CVCurveDisplay,
    HiddenUnitsDisplay,
    NetworkDisplay,
    SensitivityDisplay,
    TrainingCurveDisplay,
)
from skbackprop._inspection.displays.names import shortened, width_of

X = np.random.RandomState(0).normal(size=(30, 4))
CURVE = np.array([0.5, 0.4, 0.3])

# What matplotlib would take for formulas, or for parts of them.
ODD = ["a $x_$ b", "$$", "50% $\\frac$", "tax ($), fee ($)"]


@pytest.fixture(scope="module")
def network():
    return BackpropClassifier(6, random_state=0).initialize(X, np.arange(30) % 3)


def pictures(network, inputs, outputs):
    """Every picture of a network that bears names."""
    names = {"feature_names": inputs, "output_names": outputs}
    return [
        NetworkDisplay.from_estimator(network, **names),
        NetworkDisplay.from_estimator(network, kind="heatmap", **names),
        HiddenUnitsDisplay.from_estimator(network, feature_names=inputs),
        SensitivityDisplay.from_estimator(network, X, **names),
    ]


def letter_by_letter(figure):
    """The words of a figure in which nothing is taken for a formula; drawing it fails at a broken one."""
    figure.canvas.draw()
    return {text.get_text() for text in figure.findobj(Text) if not text.get_parse_math() and not text.get_usetex()}


def test_names_with_the_signs_of_formulas_are_drawn_letter_by_letter(network):
    for display in pictures(network, ODD, ODD[:3]):
        assert letter_by_letter(display.figure_) >= set(ODD)


def test_names_of_candidates_and_scores_are_drawn_letter_by_letter():
    curves = {"epochs": [np.arange(3) + 1], "values": [np.array([CURVE, CURVE + 0.1])]}
    candidates = CVCurveDisplay(names=["$$"], values_name="$a_$", best_index=0, best_n_epochs=3, **curves).plot()
    assert letter_by_letter(candidates.figure_) >= {"$$\nchosen: 3 epochs", "$a_$"}
    curves = dict.fromkeys(("loss", "error", "update", "validation_loss", "validation_score"), CURVE)
    thresholds = {"error": 0.0, "update": 0.0}
    training = TrainingCurveDisplay(
        curves=curves, thresholds=thresholds, stop_reason="max_iter", n_epochs=3, scores_name="$$"
    ).plot()
    assert letter_by_letter(training.figure_) >= {"$$"}
    plt.close("all")


def test_long_names_are_cut_in_the_middle_and_stay_distinct():
    assert shortened(["short", "worst concavity"], 15) == ["short", "worst concavity"]
    assert shortened(["worst concavity", "worst concave points"], 13) == ["worst…cavity", "worst…points"]
    for fill in ("{} at the beginning of a long name", "at the end of a name as long as {}", "nearly at {} the end"):
        names = [fill.format(number) for number in range(10)]
        cut = shortened(names, 12)
        assert len(set(cut)) == 10
        assert max(map(width_of, cut)) <= 12
    assert shortened(["\N{COW}" * 20, "\N{OX}" * 20], 12) == [
        "\N{COW}" * 3 + "…" + "\N{COW}" * 2,
        "\N{OX}" * 3 + "…" + "\N{OX}" * 2,
    ]
    assert shortened(["two\nlines"]) == ["two lines"]


@pytest.mark.parametrize("length", [25, 200])
def test_long_names_leave_most_of_a_picture_to_what_it_shows(network, length):
    """Where they do not, matplotlib warns that the panels collapse."""
    names = ["n" * length + str(number) for number in range(4)]
    for display in pictures(network, names, names[:3]):
        display.figure_.canvas.draw()
        box = display.figure_.axes[0].get_position()
        assert box.x0 < 0.35
        assert box.height * display.figure_.get_figheight() > 0.8
        assert display.figure_.get_figwidth() < 12
        drawn = {text.get_text() for text in display.figure_.findobj(Text)}
        assert drawn >= set(shortened(names))


def test_the_attributes_have_the_whole_names(network):
    names = ["n" * 50 + str(number) for number in range(4)]
    displays = pictures(network, names, names[:3])
    assert [getattr(each, "feature_names", None) or each.input_names for each in displays] == [names] * 4
    # The picture of hidden units has no outputs.
    assert [getattr(each, "output_names", None) for each in displays] == [names[:3], names[:3], None, names[:3]]


def test_candidates_of_many_words_keep_to_their_panels():
    names = [f"hidden_layer_sizes=(100, 100, 100, 100, 100, {number})" for number in range(4)]
    values = [np.array([CURVE, CURVE + 0.1])] * 4
    display = CVCurveDisplay(
        epochs=[np.arange(3) + 1] * 4, values=values, names=names, best_index=0, best_n_epochs=3
    ).plot()
    display.figure_.canvas.draw()
    boxes = [panel.title.get_window_extent() for panel in display.axes_]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))
    assert len({panel.get_title() for panel in display.axes_}) == 4
