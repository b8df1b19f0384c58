"""explain_step: the book's printed tables, and the update that partial_fit makes."""

import pickle
import pickletools
import re

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor, BackpropRegressorCV, explain_step
from skbackprop._inspection.page.contents import Wishes, collect
from skbackprop._inspection.rendering import MAX_ROWS


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
def test_without_rounding_the_explained_step_is_the_update_of_partial_fit(X, estimator):
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


@pytest.mark.parametrize("estimator", [BackpropClassifier(()), BackpropRegressor(()), BackpropRegressor((2,))])
@pytest.mark.parametrize("scale", [0.1, 10.0])
def test_without_hidden_layers_the_automatic_rate_follows_a_larger_instance(X, estimator, scale):
    network = clone(estimator).set_params(batch_size=1, random_state=0).initialize(X, np.arange(40) % 3)
    explanation = explain_step(network, scale * X[1], 1, digits=None)
    network.partial_fit(scale * X[1:2], [1])
    assert explanation.learning_rate == network.learning_rate_
    for mine, theirs in zip(explanation.new_coefs, network.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"momentum": 0.5, "alpha": 0.1},
        {"hidden_layer_sizes": (2, 120)},
        {"solver": "adam", "alpha": 0.1, "hidden_layer_sizes": 400},
    ],
)
def test_hidden_layers_of_a_wide_network_move_at_their_own_rate(X, parameters):
    network = BackpropClassifier(120, batch_size=1, random_state=0).set_params(**parameters)
    network.initialize(X, np.arange(40) % 3)
    explanation = explain_step(network, X[1], 1, digits=None)
    network.partial_fit(X[1:2], [1])
    assert network.hidden_learning_rate_ > network.learning_rate_ == explanation.learning_rate
    for mine, theirs in zip(explanation.new_coefs, network.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    for mine, theirs in zip(explanation.new_intercepts, network.intercepts_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    rates = [f"{rate:.6g}" for rate in (network.learning_rate_, network.hidden_learning_rate_)]
    head = " ".join(str(explanation).split())
    assert f"learning rate l = {rates[0]}, in hidden layers l = ({rates[0]})(" in head
    assert f") = {rates[1]}, and " in head
    updates = explanation.to_frames()["updates"]["formula"]
    assert f"({rates[0]})" in updates.iloc[0]
    assert f"({rates[1]})" in updates.iloc[-1]


@pytest.mark.parametrize("digits", [2, 4])
def test_the_rate_of_hidden_layers_is_used_as_it_is_written(X, digits):
    network = BackpropClassifier(120, random_state=0).initialize(X, np.arange(40) % 3)
    explanation = explain_step(network, X[1], 1, digits=digits)
    updates = explanation.to_frames()["updates"]
    written = re.search(r"in hidden layers l = .* = (\S+), and", " ".join(str(explanation).split()))[1]
    assert len(written.replace(".", "").lstrip("0")) <= max(3, digits)
    for j in range(120):
        move = updates.loc[f"θ{j + 1 + X.shape[1]}", "move"]
        assert move == pytest.approx(float(written) * explanation.errors[0][j], rel=1e-12)


@pytest.mark.parametrize("y", [[[0, 1, 1], [1, 0, 1], [1, 1, 0]], [["a", "x"], ["b", "y"], ["c", "x"]]])
def test_several_labels_make_one_update_too(X, y):
    y = np.array(y)
    network = BackpropClassifier(3, learning_rate_init=0.5, random_state=0).initialize(X[:3], y)
    explanation = explain_step(network, X[0], y[0], digits=None)
    network.partial_fit(X[:1], y[:1])
    np.testing.assert_allclose(explanation.new_coefs[0], network.coefs_[0], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_automatic_rate_is_that_of_a_call_with_the_instance_alone(task):
    network = task.trained(parameters={"learning_rate_init": "auto", "momentum": 0.0})
    explained, of_batches = explain_step(network, task.X[0], task.y[0]).learning_rate, network.learning_rate_
    assert collect(network, task.X, task.y, None, Wishes())["rule"]["numbers"]["learning_rate"] == explained
    assert explained == network.partial_fit(task.X[:1], task.y[:1]).learning_rate_ == of_batches / 4


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


def test_of_many_terms_those_are_left_out_that_are_zero():
    network = BackpropClassifier(2).initialize(
        np.eye(2, 64), [0, 1], coefs_init=[np.full((64, 2), 0.25), np.ones((2, 1))], intercepts_init=[[0.5, -0.5], [0]]
    )
    lines = str(explain_step(network, np.eye(64)[7], 1)).splitlines()
    assert any(re.match(r"65 +0\.25 \+ 0\.5 = 0\.75 ", line) for line in lines)


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
    with pytest.raises(ValueError, match=r"x has shape \(\), but explain_step explains one instance"):
        explain_step(network, None, 1)
    for digits in (0, 16, True, 2.0):
        with pytest.raises(ValueError, match=f"digits={digits} is not valid: it must be an int from 1 to 15, or None"):
            explain_step(network, [1, 2, 3], 1, digits=digits)
    with pytest.raises(ValueError, match="labels 7"):
        explain_step(network, [1, 2, 3], 7)


@pytest.mark.slow
@pytest.mark.oldest
def test_importing_loads_no_extra_that_scikit_learn_does_not_load_itself(run_python):
    code = """
import sys, sklearn.neural_network
extras = {"matplotlib", "pandas", "rich"} - sys.modules.keys()
from skbackprop import TrainingCurveDisplay, check_gradient, explain_step, sensitivity
sys.exit(bool(extras & sys.modules.keys()))
"""
    run_python("-c", code)


# ---- every solver's update, and every line that is printed -----------------------------------------------------------

RULES = {
    "sgd": {},
    "penalty": {"alpha": 0.3},
    "momentum": {"momentum": 0.7, "alpha": 0.3},
    "nesterov": {"momentum": 0.7, "nesterovs_momentum": True, "learning_rate_init": 0.05},
    "adam": {"solver": "adam", "learning_rate_init": 0.05, "alpha": 0.3},
    "rprop": {"solver": "rprop", "learning_rate_init": 0.1, "alpha": 0.3},
}
RATES = {
    "inverse_epoch": {"learning_rate": "inverse_epoch", "momentum": 0.5},
    "invscaling": {"learning_rate": "invscaling", "power_t": 0.3},
    "automatic": {"learning_rate_init": "auto", "momentum": 0.5},
}
LOSSES = [
    *((BackpropClassifier, loss) for loss in ["log_loss", "squared_error"]),
    *((BackpropRegressor, loss) for loss in ["absolute_error", "huber", "poisson", "quantile", "squared_error"]),
]
by_loss = pytest.mark.parametrize(("estimator_class", "loss"), LOSSES, ids=lambda each: str(each).split(".")[-1][8:])


def learned(X, estimator_class, hidden=(3, 2), n_epochs=2, **parameters):
    """A network that has made a few updates, of which its rule has a memory."""
    defaults = {"learning_rate_init": 0.2, "init_range": 1.0, "batch_size": 10, "random_state": 0}
    network = estimator_class(hidden, **{**defaults, **parameters})
    y = np.arange(40) % 3
    network.initialize(X, y)
    for _ in range(n_epochs):
        network.partial_fit(X, y)
    return network


def assert_is_the_update_of_partial_fit(network, x, y, **weight):
    explanation = explain_step(network, x, y, digits=None, **weight)
    before = [*network.coefs_, *network.intercepts_]
    network.partial_fit(x[np.newaxis], [y], **weight)
    mine, theirs = [*explanation.new_coefs, *explanation.new_intercepts], [*network.coefs_, *network.intercepts_]
    moved = max(np.abs(one - other).max() for one, other in zip(before, theirs, strict=True))
    assert moved > 1e-4
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * max(1, np.abs(other).max()))
    assert explanation.learning_rate == network.learning_rate_


@pytest.mark.parametrize("rule", RULES)
@by_loss
def test_the_explained_step_is_the_update_of_partial_fit_whatever_the_solver(X, rule, estimator_class, loss):
    network = learned(X, estimator_class, loss=loss, **RULES[rule])
    assert_is_the_update_of_partial_fit(network, X[4], 1)
    assert_is_the_update_of_partial_fit(network, X[5], 2)


@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
@pytest.mark.parametrize("rate", RATES)
def test_the_explained_step_is_the_update_of_partial_fit_whatever_the_rate(X, rate, activation):
    network = learned(X, BackpropClassifier, activation=activation, **RATES[rate])
    assert_is_the_update_of_partial_fit(network, X[4], 1)
    assert_is_the_update_of_partial_fit(network, X[5], 2)


@pytest.mark.parametrize("rule", ["penalty", "adam", "rprop"])
def test_sample_and_class_weights_count_as_in_partial_fit(X, rule):
    network = learned(X, BackpropClassifier, class_weight={0: 1.0, 1: 4.0, 2: 1.0}, **RULES[rule])
    assert_is_the_update_of_partial_fit(network, X[4], 1, sample_weight=[2.5])
    explanation = explain_step(network, X[4], 1, sample_weight=2.5)
    assert "penalty α = 0.3/10 = 0.03" in str(explanation)


def test_a_rate_that_was_cut_is_the_rate(X):
    network = learned(X, BackpropClassifier, learning_rate="adaptive", tol=100.0, n_iter_no_change=1, n_epochs=5)
    assert explain_step(network, X[4], 1).learning_rate == pytest.approx(
        0.2 / 25
    )  # after the third epoch, and the fifth
    assert_is_the_update_of_partial_fit(network, X[4], 1)


def test_the_memory_of_another_solver_is_not_used(X):
    network = learned(X, BackpropClassifier, solver="adam").set_params(solver="sgd", momentum=0.5)
    assert_is_the_update_of_partial_fit(network, X[4], 1)


def test_the_memory_is_left_as_it_was(X):
    network = learned(X, BackpropClassifier, solver="adam")
    before = {name: vector.copy() for name, vector in network._memory_.items()}
    explain_step(network, X[4], 1)
    for name, vector in before.items():
        np.testing.assert_array_equal(network._memory_[name], vector)


def test_balanced_classes_are_explained_though_partial_fit_has_none(X):
    settings = {"init_range": 0.5, "random_state": 0}  # the automatic range follows the weighted instances
    network = BackpropClassifier(3, class_weight="balanced", **settings).initialize(X, np.arange(40) % 3)
    plain = BackpropClassifier(3, **settings).initialize(X, np.arange(40) % 3)
    assert str(explain_step(network, X[0], 1)) == str(explain_step(plain, X[0], 1))


def test_an_empty_target_is_refused_by_name(X):
    network = BackpropRegressor(3, random_state=0).initialize(X, X[:, 0])
    with pytest.raises(ValueError, match="y is empty, but explain_step explains one instance"):
        explain_step(network, X[0], [])


def test_a_solver_without_updates_of_one_instance_is_refused(X):
    network = BackpropRegressor(3, solver="lbfgs", max_iter=5, random_state=0).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"solver='lbfgs' moves .*: set_params\(solver='sgd'\) lets explain_step show"):
        explain_step(network, X[0], 0.5)
    assert "One case update" in str(explain_step(network.set_params(solver="sgd"), X[0], 0.5))
    tuned = BackpropRegressorCV(3, grid={"solver": ["lbfgs"]}, max_iter=5, cv=3, random_state=0).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"solver='lbfgs' moves .*: leave it out of the grid\.$"):
        explain_step(tuned.set_params(solver="sgd"), X[0], 0.5)


NOTATION = [
    (r"e\^(-?[\d.]+(?:e[+-]\d+)?)", r"exp(\1)"),
    (r"√(-?[\d.]+(?:e[+-]\d+)?)", r"sqrt(\1)"),
    ("√", "sqrt"),
    (r"\^", "**"),
    ("≥", ">="),
    (r"\[", "("),
    (r"\]", ")"),
    (r"\) ?(?=[(a-z])", ")*"),
]
FUNCTIONS = {
    "exp": np.exp,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sign": np.sign,
    "clip": np.clip,
    "max": max,
    "min": min,
    "abs": abs,
}


def value_of(formula):
    """What a calculator makes of it."""
    for pattern, replacement in NOTATION:
        formula = re.sub(pattern, replacement, formula)
    return float(eval(formula, {"__builtins__": {}}, FUNCTIONS))


def test_the_calculator_is_no_kinder_than_others():
    assert value_of("(1 - -0.762^2)") == pytest.approx(1 + 0.762**2)
    assert value_of("(1 - (-0.762)^2)") == pytest.approx(1 - 0.762**2)
    assert value_of("2 + (3)[0.5 > 0](4) - (2)[-1 ≥ 0] sign(-2)") == 14
    assert value_of("e^-0.5/(e^-0.5 + e^1.0e-03)") == pytest.approx(1 / (1 + np.exp(0.501)))
    assert value_of("√(1 - 0.75)/(√4 + 1e-08)") == pytest.approx(0.25)


def assert_written(value, text, digits):
    """The text is the value, rounded to so many decimals or to two significant digits."""
    size = abs(value) or 1.0
    unit = 10.0 ** -max(digits, 1 - np.floor(np.log10(size)))
    assert abs(float(text) - value) <= 0.5001 * unit, (value, text)


def assert_equation(cell, digits):
    *formulas, result = cell.split(" = ")
    for formula in formulas:
        assert_written(value_of(formula), result, digits)
    return len(formulas)


def assert_adds_up(explanation, digits):
    """Every line of the text evaluates to the number beside it; returns how many formulas there were."""
    head, *blocks = str(explanation).split("\n\n")
    n_formulas = 0
    for part in re.sub(r"\s+", " ", head.split("\nUnits")[0]).partition("with ")[2].split(" and "):
        strength = re.match(r"(learning rate l|penalty α) = (.*)", part)
        if strength and " = " in strength[2]:
            formula, _, result = strength[2].partition(" = ")
            assert float(result) == pytest.approx(value_of(formula), rel=0.51 * 10.0 ** (1 - max(3, digits)))
            n_formulas += 1
    for block in blocks[1:]:
        title, letters, _, _, _, *rows = block.splitlines()
        for constant in re.findall(r"= ([^=,]*\d[^=,]* = [\d.]+)(?=,|$)", letters):
            n_formulas += assert_equation(constant, digits + 1)
        for row in rows:
            _, *cells = re.split(r"\s{2,}", row.strip())
            if title == "Net input and output":
                n_formulas += sum(assert_equation(cell, digits) for cell in cells)
            elif title == "New weights and biases":
                move, cell = cells
                n_formulas += assert_equation(cell, digits)
                old = float(re.match(r"\S+", cell)[0])
                assert_written(value_of(cell.split(" = ")[0]) - old, move, digits + 1)
            else:
                n_formulas += sum(assert_equation(cell, digits + 1) for cell in cells)
    return n_formulas


@pytest.mark.parametrize("rule", RULES)
@by_loss
@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
def test_every_line_evaluates_to_the_number_beside_it(X, rule, estimator_class, loss, activation):
    network = learned(X, estimator_class, loss=loss, activation=activation, **RULES[rule])
    for digits, row in ((2, 4), (3, 5), (6, 6)):
        assert assert_adds_up(explain_step(network, X[row], row % 3, digits=digits), digits) > 20


@pytest.mark.parametrize("rate", RATES)
def test_every_line_evaluates_whatever_the_rate(X, rate):
    for digits in (2, 3, 6):
        assert (
            assert_adds_up(explain_step(learned(X, BackpropClassifier, **RATES[rate]), X[4], 1, digits=digits), digits)
            > 20
        )


@pytest.mark.parametrize("y", [[[0, 1, 1], [1, 0, 1], [1, 1, 0]], [["a", "x"], ["b", "y"], ["c", "x"]]])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_every_line_of_several_labels_evaluates_too(X, y, loss):
    y = np.array(y)
    network = BackpropClassifier((), loss=loss, learning_rate_init=0.5, random_state=0).initialize(X[:3], y)
    explanation = explain_step(network, X[0], y[0])
    assert assert_adds_up(explanation, 3) > 12
    assert ("Σ_k" in str(explanation)) == (loss == "log_loss" and y.dtype.kind == "U")


def test_every_line_of_weighted_instances_evaluates_too(X):
    network = learned(X, BackpropClassifier, alpha=0.3)
    assert assert_adds_up(explain_step(network, X[0], 1, sample_weight=7.0), 3) > 20


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3])
@pytest.mark.parametrize("rule", ["momentum", "adam", "rprop"])
def test_every_line_of_small_and_large_numbers_evaluates_too(X, scale, rule):
    network = learned(X, BackpropRegressor, normalize_y=False, learning_rate_init=1e-5, **drop_rate(RULES[rule]))
    assert assert_adds_up(explain_step(network, X[0], scale), 3) > 20


def drop_rate(parameters):
    return {name: value for name, value in parameters.items() if name != "learning_rate_init"}


FROM_LATEX = [
    (r"\\times 10\^\{(-?\d+)\}", r"*10**\1"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"e\^\{([^{}]*)\}", r"e^\1"),
    (r"\^\{([^{}]*)\}", r"^\1"),
    (r"\\mathrm\{(\w+)\}", r"\1"),
    (r"\\(tanh|max|min)", r"\1"),
    (r"\\geq", "≥"),
]


@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam", "rprop"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
def test_latex_evaluates_to_the_same_numbers(X, rule, activation):
    network = learned(X, BackpropRegressor, n_epochs=3, loss="quantile", activation=activation, **RULES[rule])
    n_formulas = 0
    for formula in re.findall(r"\$([^$]+)\$", explain_step(network, X[4], 1).to_latex()):
        assert not re.search(r"\^\w[\w.]", formula), "of an exponent without braces TeX takes one character"
        if " = " not in formula or re.search(r"[A-Z]|_", formula):
            continue  # the general formulas
        for pattern, replacement in FROM_LATEX:
            formula = re.sub(pattern, replacement, formula)
        *formulas, result = formula.split(" = ")
        if re.fullmatch(r"[a-zη]'?", formulas[0].strip()):
            continue
        assert value_of(formulas[0]) == pytest.approx(value_of(result), rel=0.06, abs=6e-4)
        n_formulas += 1
    assert n_formulas > 20


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["momentum", "nesterov", "adam", "rprop"])
def test_the_latex_of_every_solver_is_mathematics(X, rule):
    mathtext = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    network = learned(X, BackpropRegressor, hidden=(1,), loss="huber", **RULES[rule])
    formulas = re.findall(r"\$([^$]+)\$", explain_step(network, X[4], 1).to_latex())
    assert len(formulas) > 30
    for formula in formulas:
        mathtext.parse(f"${formula}$")


def test_a_pickle_names_no_private_module(X):
    for rule in RULES.values():
        explanation = explain_step(learned(X, BackpropClassifier, **rule), X[0], 1)
        pickled = pickle.dumps(explanation)
        names = [value for _, value, _ in pickletools.genops(pickled) if isinstance(value, str)]
        assert "skbackprop" in names
        assert [name for name in names if name.startswith("skbackprop._")] == []
        again = pickle.loads(pickled)
        assert str(again) == str(explanation)
        assert again.to_latex() == explanation.to_latex()
        assert again._repr_html_() == explanation._repr_html_()


def test_the_frame_of_the_memory_holds_the_moments(X):
    pytest.importorskip("pandas")
    network = learned(X, BackpropClassifier, solver="adam", learning_rate_init=0.01)
    frames = explain_step(network, X[0], 1, digits=None).to_frames()
    assert list(frames) == ["initial", "outputs", "errors", "memory", "updates"]
    network.partial_fit(X[:1], [1])
    moments = [network._memory_[name] for name in ("first_moment", "second_moment")]
    assert sorted(-frames["memory"]["m"]) == pytest.approx(sorted(moments[0]), rel=1e-12)
    assert sorted(frames["memory"]["v"]) == pytest.approx(sorted(moments[1]), rel=1e-12)


@pytest.mark.parametrize("rate", [100.0, 1e-8, 0.1])
@pytest.mark.parametrize("scale", [1.0, 1e-160])
def test_the_explained_step_is_the_update_of_partial_fit_at_the_limits_of_rprop(X, rate, scale):
    """The first step is what was asked for, and signs do not underflow."""
    network = BackpropRegressor(2, solver="rprop", learning_rate_init=rate, normalize_y=False, random_state=0)
    x = scale * X[:1]
    network.initialize(x, [1.0])
    for _ in range(3):
        explanation = explain_step(network, x[0], 1.0, digits=None)
        network.partial_fit(x, [1.0])
        for mine, theirs in zip(explanation.new_coefs, network.coefs_, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_a_sparse_row_of_one_dimension_or_two_is_taken(task):
    network = task.trained()
    X = csr_array(task.X)
    expected = str(explain_step(network, task.X[3], task.y[3]))
    for x in (X[3], X[[3]], csr_array(X[[3]]), csr_matrix(task.X)[3]):
        assert str(explain_step(network, x, task.y[3])) == expected
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\), but explain_step explains one instance"):
        explain_step(network, X[:2], task.y[3])


def test_sparse_labels_of_the_row_are_taken(X):
    labels = np.arange(80).reshape(40, 2) % 3 == 0
    network = BackpropClassifier(2, random_state=0).initialize(X, csr_matrix(labels.astype(int)))
    expected = str(explain_step(network, X[0], labels[0].astype(int)))
    for y in (csr_array(labels.astype(int))[0], csr_matrix(labels.astype(int))[0]):
        assert str(explain_step(network, csr_array(X)[0], y)) == expected


def test_the_unit_of_a_single_class_is_named_by_what_a_1_of_it_would_say(X):
    network = BackpropClassifier(2, random_state=0).initialize(X, ["only"] * 40)
    text = str(explain_step(network, X[0], "only"))
    assert "T6 = 0\n" in text
    assert "Units: 6 = other than class only" in text
    y = np.column_stack([np.arange(40) % 3, np.ones(40, dtype=int), np.arange(40) % 2]) + 5
    beside = BackpropClassifier((), random_state=0).initialize(X, y)
    assert "7 = other than y2: 6, 8 = y3: 6" in str(explain_step(beside, X[0], y[0]))


def test_latex_says_what_the_units_are_called():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"share_%": [1.0, 2.0], "a^b~{c}": [3.0, 4.0]})
    network = BackpropClassifier(2, random_state=0).initialize(X, ["no & more", "yes"])
    first, second = explain_step(network, X.iloc[0], "yes").to_latex().split("\n\n")[:2]
    assert first.startswith("\\begin{table}\n\\caption{Units}\n\\begin{tabular}{ll}\n\\hline\nunit & name \\\\\n")
    for line in (r"1 & share\_\% \\", r"2 & a\textasciicircum{}b\textasciitilde{}\{c\} \\", r"5 & class yes \\"):
        assert line in first.splitlines()
    assert r"\caption{Initial input, weight and bias values}" in second
    plain = BackpropRegressor(2, random_state=0).initialize(np.eye(2), [0.0, 1.0])
    assert "Units" not in explain_step(plain, [0, 1], 1.0).to_latex()


def test_latex_leaves_out_the_rows_that_text_leaves_out():
    network = BackpropClassifier((30, 20), random_state=0).initialize(np.eye(10, 64), range(10))
    explanation = explain_step(network, np.eye(64)[3], 4)
    rows = [line for line in explanation.to_latex().splitlines() if line.endswith(r"\\")]
    n_of_names, n_of_initial_values, n_of_long_table = 1 + 10, 2 * 4, 1 + MAX_ROWS + 1
    assert len(rows) == n_of_names + n_of_initial_values + 3 * n_of_long_table
    assert sum(line.startswith(r"$\dots$ &") for line in rows) == 3


def test_tables_of_a_narrow_window_scroll_in_boxes_of_their_own(worked_example):
    page = explain_step(worked_example, [1, 0, 1], 1)._repr_html_()
    assert page.count('<div style="overflow-x: auto"><table>') == page.count("</table></div>") == 4
