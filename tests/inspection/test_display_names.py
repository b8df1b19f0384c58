"""Names in the pictures: that they are drawn letter by letter, and that long ones leave room for the picture."""

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

X = np.random.RandomState(0).normal(size=(30, 4))
CURVE = np.array([0.5, 0.4, 0.3])

# What matplotlib would take for formulas, or for parts of them.
ODD = ["a $x_$ b", "$$", "50% $\\frac$", "income ($) less tax ($)"]


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
