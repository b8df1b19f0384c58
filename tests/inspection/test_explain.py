"""explain_step: the book's printed tables, and the update that partial_fit makes."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor, explain_step


@pytest.fixture
def worked_example():
    """Han and Kamber's example: units 1 to 3 are inputs, 4 and 5 hidden, 6 is the output; l is 0.9."""
    return BackpropClassifier(2, learning_rate_init=0.9, batch_size=1).initialize(
        [[1, 0, 1]],
        [1],
        classes=[0, 1],
        coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
        intercepts_init=[[-0.4, 0.2], [0.1]],
    )


# As the book prints them, with its minus signs as hyphens.
BOOK = """
x1 x2 x3 w14 w15 w24 w25 w34 w35 w46 w56 θ4 θ5 θ6
1 0 1 0.2 -0.3 0.4 0.1 -0.5 0.2 -0.3 -0.2 -0.4 0.2 0.1
4 0.2 + 0 - 0.5 - 0.4 = -0.7 1/(1 + e^0.7) = 0.332
5 -0.3 + 0 + 0.2 + 0.2 = 0.1 1/(1 + e^-0.1) = 0.525
6 (-0.3)(0.332) - (0.2)(0.525) + 0.1 = -0.105 1/(1 + e^0.105) = 0.474
6 (0.474)(1 - 0.474)(1 - 0.474) = 0.1311
5 (0.525)(1 - 0.525)(0.1311)(-0.2) = -0.0065
4 (0.332)(1 - 0.332)(0.1311)(-0.3) = -0.0087
w46 -0.3 + (0.9)(0.1311)(0.332) = -0.261
w56 -0.2 + (0.9)(0.1311)(0.525) = -0.138
w14 0.2 + (0.9)(-0.0087)(1) = 0.192
w15 -0.3 + (0.9)(-0.0065)(1) = -0.306
w24 0.4 + (0.9)(-0.0087)(0) = 0.4
w25 0.1 + (0.9)(-0.0065)(0) = 0.1
w34 -0.5 + (0.9)(-0.0087)(1) = -0.508
w35 0.2 + (0.9)(-0.0065)(1) = 0.194
θ6 0.1 + (0.9)(0.1311) = 0.218
θ5 0.2 + (0.9)(-0.0065) = 0.194
θ4 -0.4 + (0.9)(-0.0087) = -0.408
"""


def rows_of(text):
    """Lines with single blanks, without the column of moves, which the book does not print."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [re.sub(r"^([wθ]\d+) \S+ (.* = )", r"\1 \2", line) for line in lines if re.match(r"(x1|\d|[wθ]\d)", line)]


def test_the_worked_example_comes_out_digit_for_digit(worked_example):
    assert rows_of(str(explain_step(worked_example, [1, 0, 1], 1))) == BOOK.strip().splitlines()


def test_the_frames_hold_the_books_numbers(worked_example):
    pytest.importorskip("pandas")
    frames = explain_step(worked_example, [1, 0, 1], 1).to_frames()
    assert list(frames) == ["initial", "outputs", "errors", "updates"]
    assert frames["initial"]["value"]["w34"] == -0.5
    assert frames["outputs"].loc[[4, 5, 6], "net_input"].tolist() == [-0.7, 0.1, -0.105]
    assert frames["outputs"].loc[[4, 5, 6], "output"].tolist() == [0.332, 0.525, 0.474]
    assert frames["errors"]["error"].to_dict() == {6: 0.1311, 5: -0.0065, 4: -0.0087}
    new = frames["updates"]["new"].round(3).to_dict()
    assert new["w46"], new["θ4"] == (-0.261, -0.408)
    assert (frames["updates"]["old"] + frames["updates"]["move"]).tolist() == frames["updates"]["new"].tolist()


@pytest.mark.slow
def test_every_formula_in_latex_is_mathematics(worked_example):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    network = BackpropClassifier((2, 2), activation="tanh", loss="log_loss", alpha=0.1, random_state=0)
    network.initialize(np.eye(3, 9), [0, 1, 2])
    for explanation in (explain_step(worked_example, [1, 0, 1], 1), explain_step(network, np.arange(9.0), 2)):
        formulas = re.findall(r"\$([^$]+)\$", explanation.to_latex())
        assert len(formulas) > 50
        for formula in formulas:
            mathtext.MathTextParser("path").parse(f"${formula}$")
    assert (
        r"$w_{46}$ & $0.0392$ & $-0.3 + (0.9)(0.1311)(0.332) = -0.261$ \\"
        in explain_step(worked_example, [1, 0, 1], 1).to_latex()
    )


def test_html_has_four_tables(worked_example):
    page = explain_step(worked_example, [1, 0, 1], 1)._repr_html_()
    assert page.count("<table>") == page.count("</table>") == 4
    assert "<td>-0.3 + (0.9)(0.1311)(0.332) = -0.261</td>" in page


CLASSIFIERS = [
    BackpropClassifier(hidden, activation=activation, loss=loss, alpha=alpha)
    for hidden in [(), (4,), (4, 3, 2)]
    for activation in ["identity", "logistic", "relu", "tanh"]
    for loss in ["log_loss", "squared_error"]
    for alpha in [0.0, 0.3]
]
REGRESSORS = [
    BackpropRegressor((4, 3), loss=loss) for loss in ["absolute_error", "huber", "poisson", "quantile", "squared_error"]
]


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *REGRESSORS], ids=lambda estimator: repr(estimator)[8:])
def test_without_rounding_it_is_the_update_of_partial_fit(X, estimator):
    network = clone(estimator).set_params(batch_size=1, learning_rate_init=0.2, random_state=0)
    network.initialize(X, np.arange(40) % 3)
    explanation = explain_step(network, X[1], 1, digits=None)
    assert np.abs(explanation.errors[0]).max() > 0
    network.partial_fit(X[1:2], [1])
    for mine, theirs in zip(explanation.new_coefs, network.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    for mine, theirs in zip(explanation.new_intercepts, network.intercepts_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    assert str(explanation)


@pytest.mark.parametrize("y", [[[0, 1, 1], [1, 0, 1], [1, 1, 0]], [["a", "x"], ["b", "y"], ["c", "x"]]])
def test_several_labels_make_one_update_too(X, y):
    y = np.array(y)
    network = BackpropClassifier(3, learning_rate_init=0.5, random_state=0).initialize(X[:3], y)
    explanation = explain_step(network, X[0], y[0], digits=None)
    network.partial_fit(X[:1], y[:1])
    np.testing.assert_allclose(explanation.new_coefs[0], network.coefs_[0], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_automatic_rate_is_the_networks(task):
    network = task.trained(parameters={"learning_rate_init": "auto", "momentum": 0.0})
    assert explain_step(network, task.X[0], task.y[0]).learning_rate == network.learning_rate_


def test_features_and_classes_have_their_names():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"length": [1.0, 2.0], "width": [3.0, 4.0]})
    network = BackpropClassifier(2, random_state=0).initialize(X, ["no", "yes"])
    for x in (X.iloc[0], X.iloc[[0]], [1.0, 3.0]):
        text = str(explain_step(network, x, "yes"))
        assert "Units: 1 = length, 2 = width, 5 = class yes" in text
    assert explain_step(network, X.iloc[0], "yes").to_frames()["outputs"].loc[5, "name"] == "class yes"


def test_numbers_of_units_beyond_nine_are_set_apart():
    network = BackpropClassifier(10, random_state=0).initialize(np.eye(3), [0, 1, 2])
    text = str(explain_step(network, [0, 1, 0], 2))
    assert "w1,4" in text
    assert "w4,14" in text


def test_long_tables_are_printed_in_part_and_framed_whole():
    pytest.importorskip("pandas")
    network = BackpropClassifier(30, random_state=0).initialize(np.eye(10, 64), range(10))
    explanation = explain_step(network, np.eye(64)[3], 4)
    assert len(str(explanation).splitlines()) < 140
    assert len(explanation.to_frames()["updates"]) == 64 * 30 + 30 * 10 + 40


def test_the_estimator_stays_as_it_was(task):
    network, twin = task.trained(), task.trained()
    explain_step(network, task.X[0], task.y[0])
    task.assert_undisturbed(network, twin)


def test_bad_arguments_are_named(classifier_task):
    network = classifier_task.trained()
    with pytest.raises(TypeError, match="estimator is a NoneType, but must be a BackpropClassifier"):
        explain_step(None, [1, 2, 3], 1)
    with pytest.raises(NotFittedError):
        explain_step(classifier_task.new(), [1, 2, 3], 1)
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\), but explain_step explains one instance"):
        explain_step(network, np.ones((2, 3)), 1)
    with pytest.raises(ValueError, match="digits=0 is not valid: it must be an int from 1 to 15, or None"):
        explain_step(network, [1, 2, 3], 1, digits=0)
    with pytest.raises(ValueError, match="labels 7"):
        explain_step(network, [1, 2, 3], 7)


@pytest.mark.slow
def test_importing_loads_no_extra_that_scikit_learn_does_not_load_itself(run_python):
    code = """
import sys, sklearn.neural_network
extras = {"matplotlib", "pandas", "rich"} - sys.modules.keys()
from skbackprop import TrainingCurveDisplay, check_gradient, explain_step, sensitivity
sys.exit(bool(extras & sys.modules.keys()))
"""
    run_python("-c", code)
