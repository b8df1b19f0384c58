"""The registries: a member is added by one entry, which all that asks for it reads; the docstrings name each member."""

import ast
import inspect
import pickle
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import log_expit
from sklearn.base import clone

import skbackprop
from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    BackpropRegressorCV,
    check_gradient,
    explain_step,
    sensitivity,
)
from skbackprop._network import engines
from skbackprop._network.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES, Loss
from skbackprop._network.solvers import SOLVERS, Solver
from skbackprop._network.units import ACTIVATIONS, OUTPUT_UNITS, Activation, Flat, OutputUnit
from skbackprop._network.updates import Line
from skbackprop._training.schedules import SCHEDULES, Schedule
from skbackprop._training.stopping import NO_ENDS, OTHER_ENDS, RULES, StoppingRule

CLASSES = [BackpropClassifier, BackpropRegressor]
both = pytest.mark.parametrize("estimator_class", CLASSES)
needs_kernel = pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")


@pytest.fixture(autouse=True)
def unforced(monkeypatch):
    monkeypatch.delenv("SKBACKPROP_ENGINE", raising=False)


# ---- toy members -----------------------------------------------------------------------------------------------------


def softsign(net):
    return np.divide(net, 1 + np.abs(net), out=net)


def scale_by_softsign_slope(errors, outputs):
    errors *= (1 - np.abs(outputs)) ** 2


SOFTSIGN = Activation(
    softsign,
    scale_by_softsign_slope,
    formula="{net}/(1 + abs({net}))",
    slope_formula="(1 - abs({o}))^2",
    mean_square=0.2,
    flat=Flat(lambda outputs: np.abs(outputs) > 0.9, "beyond -0.9 or 0.9, where softsign hardly learns"),
    deep_start=0.7,
    glorot_factor=4.0,
)

SOFTPLUS = OutputUnit(
    lambda net, units: np.negative(log_expit(-net), out=net),
    "log(1 + e^{net})",
    lambda outputs, k: -np.expm1(-outputs),  # 1 - e^-O_j
)


def log_cosh_losses(outputs, targets, _):
    residuals = np.abs(targets - outputs)
    return (residuals + np.log1p(np.exp(-2 * residuals)) - np.log(2)).sum(axis=1)


LOG_COSH = Loss(
    "identity",
    lambda outputs, targets, _: np.tanh(targets - outputs),
    log_cosh_losses,
    lambda targets, weights, _: np.median(targets, axis=0),
    error_formula="tanh({t} - {o})",
    makes_means=False,
)

POSITIVE = Loss(
    "softplus",
    lambda outputs, targets, _: -np.expm1(-outputs) * (targets - outputs),
    lambda outputs, targets, _: 0.5 * ((targets - outputs) ** 2).sum(axis=1),
    lambda targets, weights, _: np.average(targets, axis=0, weights=weights),
    error_formula="(1 - e^-{o})({t} - {o})",
    least_target=0.0,
)


def quartic(groups):
    return Loss(
        "logistic",
        lambda outputs, targets, _: outputs * (1 - outputs) * (targets - outputs) ** 3,
        lambda outputs, targets, _: 0.25 * ((targets - outputs) ** 4).sum(axis=1),
        lambda targets, weights, _: np.average(targets, axis=0, weights=weights),
        error_formula="({o})(1 - {o})({t} - {o})^3",
    )


class RMSProp(NamedTuple):
    """Steps in units of the root mean square of past gradients."""

    learning_rate: float
    decay: float = 0.9
    epsilon: float = 1e-6
    alpha: float = 0.0

    def memory(self):
        return {"mean_square": 0.0}

    def step(self, gradient, memory):
        (mean_square,) = memory.vectors.values()
        mean_square *= self.decay
        mean_square += (1 - self.decay) * gradient * gradient
        gradient *= -self.learning_rate / (np.sqrt(mean_square) + self.epsilon)
        return gradient

    def letters(self, memory):
        letters = {"l": self.learning_rate, "ρ": self.decay, "ε": self.epsilon}
        return {**letters, "v'": memory.vectors["mean_square"]}

    def lines(self):
        return [
            Line("v", "({ρ})({v'}) + (1 - {ρ}){d}^2", lambda it: it["ρ"] * it["v'"] + (1 - it["ρ"]) * it["d"] ** 2),
            Line("Δ", "({l}){d}/(√{v} + {ε})", lambda it: it["l"] * it["d"] / (np.sqrt(it["v"]) + it["ε"])),
        ]


RMSPROP = Solver(
    lambda learning_rate, alpha, parameters: RMSProp(learning_rate, alpha),
    lambda curvature, parameters: 0.1 / curvature.n_units,
    has_schedule=True,
)

HALVING = Schedule(
    lambda first_rate, history, power_t: first_rate * history.progress.rate_factor * 0.5**history.n_epochs,
    "({l})(0.5)^({t} - 1)",
)

LOW_LOSS = StoppingRule(
    lambda history, thresholds: history.n_iter >= 3 and history.loss_curve[-1] < history.loss_curve[0],
    lambda thresholds: True,
    "the loss fell, which is enough for a toy",
)

TOYS = [
    (ACTIVATIONS, "softsign", SOFTSIGN),
    (OUTPUT_UNITS, "softplus", SOFTPLUS),
    (REGRESSION_LOSSES, "log_cosh", LOG_COSH),
    (REGRESSION_LOSSES, "positive", POSITIVE),
    (CLASSIFICATION_LOSSES, "quartic", quartic),
    (SOLVERS, "rmsprop", RMSPROP),
    (SCHEDULES, "halving", HALVING),
]


@pytest.fixture
def toys(monkeypatch):
    """All of them, by nothing but their entries; the stopping rule, which is always asked, has a fixture of its own."""
    for registry, name, entry in TOYS:
        monkeypatch.setitem(registry, name, entry)


@pytest.fixture
def low_loss(monkeypatch):
    monkeypatch.setitem(RULES, "low_loss", LOW_LOSS)


NEW = [
    BackpropClassifier(activation="softsign"),
    BackpropRegressor(activation="softsign"),
    BackpropRegressor(loss="log_cosh"),
    BackpropRegressor(loss="positive"),
    BackpropClassifier(loss="quartic"),
    BackpropClassifier(solver="rmsprop", alpha=0.01),
    BackpropRegressor(solver="rmsprop"),
    BackpropClassifier(learning_rate="halving", learning_rate_init=1.0),
    BackpropClassifier(activation="softsign", loss="quartic", solver="rmsprop", learning_rate="halving"),
    BackpropRegressor(activation="softsign", loss="positive", solver="rmsprop"),
]
each_new = pytest.mark.parametrize("toy", NEW, ids=lambda toy: repr(toy)[8:])


def new(toy, **parameters):
    """A quick one."""
    return clone(toy).set_params(hidden_layer_sizes=(4, 3), random_state=0, init_range=1.0, **parameters)


def targets(X, toy):
    y = X[:, 0] + X[:, 1] > 0
    return y.astype(int) if isinstance(toy, BackpropClassifier) else np.exp(X[:, 0])


@each_new
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_toy_learns_and_goes_on(toys, X, toy):
    y = targets(X, toy)
    parameters = {"max_iter": 60, "batch_size": 8, "update_tol": 0}
    network = new(toy, **parameters).fit(X, y)
    assert network.loss_curve_[-1] < network.loss_curve_[0]
    assert np.isfinite(network.predict(X).astype(float)).all()
    halves = new(toy, **parameters, warm_start=True).set_params(max_iter=35).fit(X, y).set_params(max_iter=25).fit(X, y)
    again = pickle.loads(pickle.dumps(halves))
    for mine, theirs in zip(again.coefs_, network.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@each_new
def test_a_toys_gradient_is_that_of_its_loss(toys, X, toy):
    assert check_gradient(new(toy), X, targets(X, toy)) < 1e-6


@each_new
def test_a_toys_step_is_explained(toys, X, toy):
    y = targets(X, toy)
    network = new(toy).partial_fit(X, y, **({"classes": [0, 1]} if hasattr(toy, "class_weight") else {}))
    network.partial_fit(X, y)
    explanation = explain_step(network, X[0], y[0], digits=None)
    assert "{" not in str(explanation)
    assert explanation.to_latex().isascii()
    network.partial_fit(X[:1], y[:1])
    for mine, theirs in zip(explanation.new_coefs, network.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        (
            {"activation": "softsign"},
            [r"hidden O_j = I_j/(1 + abs(I_j))", r"hidden Err_j = (1 - abs(O_j))^2 Σ_k Err_k w_jk"],
        ),
        ({"loss": "log_cosh"}, ["output Err_j = tanh(T_j - O_j)"]),
        ({"loss": "positive"}, ["output O_j = log(1 + e^I_j)", "output Err_j = (1 - e^-O_j) (T_j - O_j)"]),
        ({"solver": "rmsprop"}, ["v = ρ v' + (1 - ρ) d^2", "Δ = l d/(√v + ε)"]),
        ({"learning_rate": "halving"}, ["learning rate l = (0.1)(0.5)^(3 - 1) = 0.025"]),
    ],
    ids=str,
)
def test_explain_step_prints_the_entrys_formulas(toys, X, parameters, lines):
    network = new(BackpropRegressor(learning_rate_init=0.1, **parameters)).partial_fit(X, np.exp(X[:, 0]))
    text = str(explain_step(network.partial_fit(X, np.exp(X[:, 0])), X[0], 1.0))
    for line in lines:
        assert line in text


def test_an_activations_numbers_fill_its_formula(toys, X):
    network = new(BackpropRegressor(activation="softsign")).initialize(X, X[:, 0])
    frames = re.findall(r"(-?[\d.]+)/\(1 \+ abs\((-?[\d.]+)\)\) = (-?[\d.]+)", str(explain_step(network, X[0], 1.0)))
    assert len(frames) == 7
    for net, same, output in frames:
        assert net == same
        assert float(output) == pytest.approx(float(net) / (1 + abs(float(net))), abs=6e-4)


@pytest.mark.parametrize("parameters", [{"activation": "softsign"}, {"loss": "positive"}], ids=str)
def test_sensitivity_takes_the_entrys_slopes(toys, X, parameters):
    network = new(BackpropRegressor(**parameters)).initialize(X, np.exp(X[:, 0]))
    step = 1e-6 * np.eye(3)[1]
    differences = (network.predict(X + step) - network.predict(X - step)) / 2e-6
    assert sensitivity(network, X)[:, 1, 0] == pytest.approx(differences, rel=1e-5, abs=1e-8)


def test_an_automatic_rate_follows_the_entries(toys, X):
    y = X[:, 0]
    sgd = BackpropRegressor(activation="softsign")
    assert new(sgd).initialize(X, y).learning_rate_ == 0.75 / max(1 + 0.2 * 24, (1 + np.mean((X**2).sum(axis=1))) / 2)
    assert new(sgd).initialize(X / 100, y).learning_rate_ == 0.75 / (1 + 0.2 * 24)  # where the outputs decide
    assert new(BackpropRegressor(solver="rmsprop")).initialize(X, y).learning_rate_ == 0.1 / 3


def test_a_start_like_mlps_follows_the_entry(toys, X):
    network = new(BackpropRegressor(activation="softsign")).set_params(hidden_layer_sizes=500, init_range="glorot")
    weights = network.initialize(X, X[:, 0]).coefs_[0]
    assert np.abs(weights).max() == pytest.approx(np.sqrt(4 / 503), rel=0.01)


def test_the_diagnosis_speaks_the_entrys_words(toys, X):
    still = {"learning_rate_init": 1e-9, "max_iter": 1, "update_tol": 0, "random_state": 0}
    network = BackpropRegressor((3, 3), activation="softsign", init_range=1e3, **still)
    with pytest.warns(
        match="100% of the outputs of its hidden units were beyond -0.9 or 0.9, where softsign hardly learns"
    ):
        network.fit(X, X[:, 0])
    with pytest.warns(match="of such units learn better from init_range=0.7"):
        network.set_params(init_range=1e-3, learning_rate_init="auto", max_iter=30).fit(X, X[:, 0])


def test_a_loss_that_makes_no_means_is_validated_by_itself(toys, X):
    network = new(BackpropRegressor(loss="log_cosh"), max_iter=5).fit(X, X[:, 0], X_val=X, y_val=X[:, 0])
    assert network.validation_scores_ == pytest.approx([-loss for loss in network.validation_loss_curve_])


def test_a_loss_refuses_targets_that_it_does_not_take(toys, X):
    with pytest.raises(ValueError, match=r"y holds -\S+, but loss='positive' takes targets >= 0 only"):
        new(BackpropRegressor(loss="positive")).fit(X, X[:, 0])
    network = new(BackpropRegressor(loss="positive")).initialize(X, np.exp(X[:, 0]))
    assert (network.y_mean_, network.y_scale_) == (0, np.exp(X[:, 0]).mean())


@both
def test_a_toys_name_is_among_those_that_are_accepted(toys, X, estimator_class):
    for name, member in [("activation", "softsign"), ("solver", "rmsprop"), ("learning_rate", "halving")]:
        with pytest.raises(ValueError, match=f"{name}='nonsense' is not valid: it must be one of .*'{member}'"):
            estimator_class(**{name: "nonsense"}).fit(X, X[:, 0] > 0)


@pytest.mark.parametrize(
    ("name", "member"),
    [("activation", "softsign"), ("loss", "log_cosh"), ("solver", "rmsprop"), ("learning_rate", "halving")],
)
def test_without_its_entry_a_toy_is_refused(X, name, member):
    with pytest.raises(ValueError, match=f"{name}='{member}' is not valid"):
        BackpropRegressor(**{name: member}).fit(X, X[:, 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_toy_rule_ends_a_training_and_its_display_says_so(low_loss, task):
    pytest.importorskip("matplotlib")
    network = task.trained(parameters={"max_iter": 50})
    assert (network.stop_reason_, network.n_iter_) == ("low_loss", 3)
    display = skbackprop.TrainingCurveDisplay.from_estimator(network)
    assert display.axes_[0].get_title() == "3 epochs: the loss fell, which is enough for a toy"
    assert "the end" in [line.get_label() for line in display.axes_[0].lines]


def test_every_other_end_has_words_and_a_mark(task):
    pytest.importorskip("matplotlib")
    for reason, words in OTHER_ENDS.items():
        network = task.trained()
        network.stop_reason_ = reason
        panel = skbackprop.TrainingCurveDisplay.from_estimator(network).axes_[0]
        assert panel.get_title() == f"5 epochs: {words}"
        assert "the end" in [line.get_label() for line in panel.lines]


# ---- the engine --------------------------------------------------------------------------------------------------------


@each_new
@pytest.mark.parametrize("forced", [None, "kernel"])
@needs_kernel
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_the_kernel_lacks_is_left_to_numpy_or_refused(toys, X, toy, forced, monkeypatch):
    begun, begin = [], engines.begin
    monkeypatch.setattr(engines, "begin", lambda *arguments: begun.append(begin(*arguments)) or begun[-1])
    network, y = new(toy, max_iter=2), targets(X, toy)
    lacks = toy.learning_rate != "halving" or toy.activation == "softsign"
    if forced:
        monkeypatch.setenv("SKBACKPROP_ENGINE", forced)
    if forced and lacks:
        with pytest.raises(ImportError, match="SKBACKPROP_ENGINE=kernel, but the compiled kernel has no"):
            network.fit(X, y)
    else:
        network.fit(X, y)
        assert [type(engine) for engine in begun] == [engines._NumPyEngine if lacks else engines._KernelEngine]


@needs_kernel
def test_the_kernel_has_what_the_registries_say():
    losses = [*REGRESSION_LOSSES.values()]
    losses += [make(groups) for make in CLASSIFICATION_LOSSES.values() for groups in [(1,), (3,), (1, 3)]]
    rules = [solver.make(0.1, 0.0, BackpropClassifier()) for solver in SOLVERS.values() if solver.learns_in_epochs]
    in_c = [rule for rule in rules if getattr(rule, "kernel_name", None)]  # a new one need not be
    assert {"identity", "logistic", "relu", "tanh"} <= set(engines._kernel.ACTIVATIONS) <= set(ACTIVATIONS)
    assert set(engines._kernel.OUTPUT_UNITS) == {loss.kernel_name for loss in losses if loss.kernel_name}
    assert {"adam", "descent", "rprop"} <= set(engines._kernel.RULES) == {rule.kernel_name for rule in in_c}
    assert set(engines._LEARNERS) == {type(rule) for rule in in_c}
    assert {loss.output_unit for loss in losses} == set(OUTPUT_UNITS)


# ---- the docstrings ----------------------------------------------------------------------------------------------------


def stated(estimator_class, name):
    """The members that a docstring has in braces, in their order."""
    line = re.search(rf"^ *{name} : \{{(.*?)\}}", inspect.getdoc(estimator_class), re.M)[1]
    return re.findall(r"'(\w+)'", line)


def registries(estimator_class):
    losses = CLASSIFICATION_LOSSES if estimator_class is BackpropClassifier else REGRESSION_LOSSES
    return {"activation": ACTIVATIONS, "solver": SOLVERS, "loss": losses, "learning_rate": SCHEDULES}


@both
def test_a_docstring_names_the_members_and_no_others(estimator_class):
    for name, registry in registries(estimator_class).items():
        assert stated(estimator_class, name) == sorted(registry)


@both
def test_a_member_that_a_docstring_does_not_name_is_missed(toys, low_loss, estimator_class):
    for check in (test_a_docstring_names_the_members_and_no_others, test_a_docstring_names_the_ends_and_no_others):
        with pytest.raises(AssertionError):
            check(estimator_class)


@both
def test_a_docstring_says_something_of_each_member(estimator_class):
    for name, registry in registries(estimator_class).items():
        text = re.search(rf"^ *{name} : .*?\n\n", inspect.getdoc(estimator_class), re.M | re.S)[0].partition("\n")[2]
        others = {"activation": set(registry), "learning_rate": {"constant"}, "solver": set(), "loss": set(registry)}[
            name
        ]
        assert set(registry) - others <= set(re.findall(r"'(\w+)'", text)), name


@both
def test_a_docstring_names_the_output_units_of_its_losses(estimator_class):
    losses = registries(estimator_class)["loss"].values()
    if estimator_class is BackpropClassifier:
        losses = [make(groups) for make in losses for groups in [(1,), (3,)]]
    assert stated(estimator_class, "out_activation_") == sorted({loss.output_unit for loss in losses})


@pytest.mark.parametrize(
    "estimator_class", [BackpropClassifier, BackpropRegressor, BackpropClassifierCV, BackpropRegressorCV]
)
def test_a_docstring_names_the_ends_and_no_others(estimator_class):
    ends = RULES.keys() | OTHER_ENDS.keys() | NO_ENDS.keys()
    ends -= set() if hasattr(estimator_class(), "cv") else {"cross_validation"}
    text = re.search(r"^ *stop_reason_ : str\n(.*?)\n\n", inspect.getdoc(estimator_class), re.M | re.S)[1]
    assert set(re.findall(r"'(\w+)'", text)) - SOLVERS.keys() == ends


# ---- nobody asks by name -------------------------------------------------------------------------------------------------


def names_asked_for(source):
    """Text that a comparison compares with, or looks for, by itself or in a tuple, list or set."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_no_code_asks_for_a_member_by_its_name():
    members = {*ACTIVATIONS, *OUTPUT_UNITS, *REGRESSION_LOSSES, *CLASSIFICATION_LOSSES, *SOLVERS, *SCHEDULES}
    members -= {"auto"}  # which other parameters take, too
    asked = {
        (file.name, name)
        for file in Path(skbackprop.__file__).parent.rglob("*.py")
        if file.parent.name != "export" and file.name != "mlp.py"  # these say members in other libraries' words
        for name in names_asked_for(file.read_text(encoding="utf-8"))
        if name in members
    }
    assert asked == ASKED


# Whether classes that came late share a softmax is a question about the output unit, not about the loss.
ASKED = {("classifier.py", "softmax")}


def test_a_name_that_is_asked_for_is_found():
    assert list(names_asked_for("if self.solver in ('sgd', 'rprop') and x == 1: pass")) == ["sgd", "rprop"]
