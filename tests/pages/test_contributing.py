"""The recipes of docs/contributing.rst work when they are pasted where the page says."""

import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor, check_gradient, explain_step
from skbackprop._network import losses, solvers, units, updates
from skbackprop._training import schedules, stopping

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "contributing.rst"
REGISTRIES = [units.ACTIVATIONS, losses.REGRESSION_LOSSES, solvers.SOLVERS, schedules.SCHEDULES, stopping.RULES]
X, LABELS = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
TARGETS = X[:, 0] * X[:, 1] + X[:, 2]


@pytest.fixture(autouse=True)
def _registries_are_put_back():
    before = [dict(registry) for registry in REGISTRIES]
    yield
    for registry, entries in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(entries)


@pytest.fixture(autouse=True)
def free_choice(monkeypatch):
    """Of the engine: a kernel that is forced refuses what is not written in C."""
    if os.environ.get("SKBACKPROP_ENGINE") == "kernel":
        monkeypatch.delenv("SKBACKPROP_ENGINE")


def test_the_files_that_the_page_names_are_there():
    paths = set(re.findall(r"``((?:\.ci|docs|skbackprop|tests)/[\w./]*)``", PAGE.read_text(encoding="utf-8")))
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_life_of_one_fit_names_what_is_in_the_code():
    page = PAGE.read_text(encoding="utf-8")
    (life,) = re.findall(r"\nThe life of one fit\n-+\n(.*?)\n\w[^\n]*\n---", page, re.DOTALL)
    names = {name.split(".")[-1] for name in re.findall(r"``([A-Za-z_.]+)(?:\([^`]*)?``", life)}
    sources = [file for file in (ROOT / "skbackprop").rglob("*") if file.suffix in (".py", ".c", ".h")]
    words = set(re.findall(r"\w+", " ".join(f"{file.name} {file.read_text(encoding='utf-8')}" for file in sources)))
    assert len(names) > 40
    assert names - words == set()


def read_code(name):
    """The code of the page's block of that name."""
    block = re.search(rf"   :name: code-{name}\n\n((?:(?:   .*)?\n)+)", PAGE.read_text(encoding="utf-8")).group(1)
    return re.sub("^   ", "", block, flags=re.MULTILINE)


def paste(name, module, monkeypatch):
    """Run a recipe's code as if it stood at the end of a module."""
    names = dict(vars(module))
    exec(read_code(name), names)
    for added in names.keys() - vars(module).keys():
        monkeypatch.setattr(module, added, names[added], raising=False)  # so that pickle finds the classes


def assert_is_at_home(network, y):
    """It learned, is right by central differences, explains its update, and goes on exactly after it was saved."""
    assert network.score(X, y) > 0.8
    assert check_gradient(network, X[::10], y[::10]) < 1e-6
    loaded = pickle.loads(pickle.dumps(network))
    for _ in range(2):
        loaded.partial_fit(X, y)
    longer = clone(network).set_params(max_iter=network.n_iter_ + 2).fit(X, y)
    np.testing.assert_array_equal(loaded.coefs_[0], longer.coefs_[0])
    explanation = explain_step(longer, X[0], y[0], digits=None)
    longer.partial_fit(X[:1], y[:1])
    np.testing.assert_allclose(explanation.new_coefs[0], longer.coefs_[0], rtol=1e-12)


def test_the_activation(monkeypatch):
    paste("activation", units, monkeypatch)
    network = BackpropClassifier(10, activation="softsign", max_iter=60, random_state=0).fit(X, LABELS)
    assert_is_at_home(network, LABELS)
    (hidden, _), first = network.activations(X), X @ network.coefs_[0] + network.intercepts_[0]
    np.testing.assert_allclose(hidden, first / (1 + np.abs(first)), rtol=1e-12)


def test_the_loss(monkeypatch):
    paste("loss", losses, monkeypatch)
    network = BackpropRegressor(10, loss="log_cosh", alpha=0, max_iter=200, normalize_y=False, random_state=0)
    network.fit(X, TARGETS)
    assert_is_at_home(network, TARGETS)
    loss = np.log(np.cosh(network.predict(X) - TARGETS)).mean()
    assert network.set_params(max_iter=1, learning_rate_init=1e-12).partial_fit(X, TARGETS).loss_ == pytest.approx(loss)


def test_the_rule(monkeypatch):
    paste("rule", updates, monkeypatch)
    monkeypatch.setattr(solvers, "RMSProp", updates.RMSProp, raising=False)
    paste("solver", solvers, monkeypatch)
    network = BackpropClassifier(10, solver="rmsprop", max_iter=60, random_state=0).fit(X, LABELS)
    assert_is_at_home(network, LABELS)


def test_the_schedule(monkeypatch):
    paste("schedule", schedules, monkeypatch)
    network = BackpropClassifier(10, learning_rate="exponential", learning_rate_init=1.0, max_iter=60, random_state=0)
    assert_is_at_home(network.fit(X, LABELS), LABELS)
    assert network.learning_rate_ == pytest.approx(0.99**59)


def test_the_stopping_rule(monkeypatch):
    paste("stopping", stopping, monkeypatch)
    network = BackpropRegressor((), batch_size="epoch", learning_rate_init=0.6, max_iter=100, random_state=0)
    assert network.fit(X, TARGETS).stop_reason_ == "max_iter"
    with pytest.warns(ConvergenceWarning, match="rising_loss"):
        network.set_params(learning_rate_init=0.7).fit(X, TARGETS)
    assert np.all(np.diff(network.loss_curve_) > 0)
    assert (network.stop_reason_, network.n_iter_) == ("rising_loss", 4)


def test_the_display():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    plt.close("all")  # what other tests have left open
    names = {"__name__": "weight_sizes"}
    exec(read_code("display"), names)
    network = BackpropClassifier((5, 4), max_iter=2, random_state=0).initialize(X, LABELS)
    try:
        display = names["WeightSizesDisplay"].from_estimator(network)
        assert [len(panel.lines[0].get_xdata()) for panel in display.axes_.flat] == [20, 20, 12]
        np.testing.assert_array_equal(
            display.axes_[0, 0].lines[0].get_xdata(), np.sort(np.abs(network.coefs_[0]).ravel())
        )
    finally:
        plt.close("all")
