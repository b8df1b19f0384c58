"""A training that is watched: what is shown of it, where, and that the training stays as it is."""

import builtins
import io
import itertools
import pickle
import sys
import types

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skbackprop import BackpropClassifier, BackpropRegressor

pytest.importorskip("sklearn.callback")
from skbackprop._inspection import screens
from skbackprop._inspection.course import Curve
from skbackprop._inspection.monitor import _MAX_SHARE
from skbackprop.callbacks import TrainingMonitor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def new(estimator_class=BackpropClassifier, **parameters):
    return estimator_class(**{"hidden_layer_sizes": 3, "random_state": 0, "update_tol": 0, "max_iter": 12} | parameters)


def watched(network, monitor=None):
    return network.set_callbacks(monitor or TrainingMonitor("text", seconds=0)).fit(X, Y)


class Screen:
    """Keeps what it is shown."""

    seconds, shows_first = 0.0, True

    def __init__(self):
        self.shown, self.is_closed = [], False

    def show(self, course, end):
        self.shown.append((course, end))

    def close(self):
        self.is_closed = True


@pytest.fixture
def screen(monkeypatch):
    only = Screen()
    monkeypatch.setitem(screens.SCREENS, "text", lambda: only)
    return only


def kept_epoch(network):
    """The number of epochs after which the weights were what the network keeps."""
    parameters = network.get_params() | {"restore_best": False}
    for n_epochs in range(1, network.n_iter_ + 1):
        shorter = BackpropClassifier(**parameters | {"max_iter": n_epochs}).fit(X, Y)
        if all(map(np.array_equal, shorter.coefs_, network.coefs_)):
            return n_epochs
    return None


def test_text_has_the_numbers_of_the_training(capsys):
    network = watched(new(early_stopping=True, n_iter_no_change=50, error_tol=0.001))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "BackpropClassifier 4-3-3"
    assert lines[-1] == "Stopped after 12 epochs: max_iter was reached"
    last = lines[-2]
    assert last.startswith("epoch 12, ")
    best = kept_epoch(network)
    assert f"loss {network.loss_curve_[-1]:.3g} " in last
    assert f"error rate {network.error_curve_[-1]:.3g} " in last
    assert f"validation score {network.validation_scores_[-1]:.3g} (best in epoch {best})" in last
    assert "max_iter 12 of 12" in last
    assert f"error_tol {network.error_curve_[-1]:.3g} of 0.001" in last


def test_every_rule_that_was_asked_for_is_shown_with_its_number_and_its_threshold(screen):
    network = watched(new(max_time=100, error_tol=0.01, update_tol=1e-3, early_stopping=True))
    (course, end) = screen.shown[-1]
    rules = {rule.name: rule for rule in course.rules}
    assert list(rules) == ["update_tol", "error_tol", "early_stopping", "max_time", "max_iter"]
    assert rules["update_tol"][1:] == (network.update_curve_[-1], 1e-3, 1e-3 / network.update_curve_[-1])
    assert rules["error_tol"].threshold == 0.01
    assert rules["max_iter"][1:] == (12, 12, 1.0)
    assert 0 < rules["max_time"].share < 0.5
    assert end == "max_iter was reached"


def test_a_rule_that_is_met_has_a_full_bar(screen):
    watched(new(error_tol=0.2, max_iter=300))
    (course, end) = screen.shown[-1]
    assert end == "the error rate fell below error_tol"
    assert {rule.name: rule.share for rule in course.rules}["error_tol"] == 1.0


def test_a_bar_of_epochs_without_improvement_is_full_at_the_end_and_not_before(screen):
    watched(new(early_stopping=True, n_iter_no_change=2, scoring="accuracy", max_iter=300))
    shares = [{rule.name: rule for rule in course.rules}["early_stopping"][1:] for course, _ in screen.shown]
    assert screen.shown[-1][1] == "the validation score did not improve"
    assert shares[-1] == (3, 3, 1.0)
    assert set(shares) == {(0, 3, 0.0), (1, 3, 1 / 3), (2, 3, 2 / 3), (3, 3, 1.0)}
    assert {course.n_epochs for (course, _), share in zip(screen.shown, shares, strict=True) if share[2] == 1} == {
        screen.shown[-1][0].n_epochs
    }


@pytest.mark.parametrize("scoring", [None, "accuracy"])
def test_the_best_epoch_is_that_of_the_weights_that_are_kept(screen, scoring):
    """Of equal scores the one with the smallest loss, or the first where the score alone decides."""
    network = watched(new(early_stopping=True, n_iter_no_change=50, scoring=scoring))
    curves = {curve.name: curve for curve in screen.shown[-1][0].curves}
    assert curves["validation score"].best_epoch == kept_epoch(network)
    assert (kept_epoch(network) == np.argmax(network.validation_scores_) + 1) == (scoring is not None)
    assert curves["loss"].best_epoch == np.argmin(network.loss_curve_) + 1
    assert curves["max |update|"].best is None


def test_a_training_that_goes_on_without_validation_shows_no_scores_of_before(screen):
    network = watched(new(early_stopping=True, n_iter_no_change=50, warm_start=True))
    assert "validation score" in [curve.name for curve in screen.shown[-1][0].curves]
    network.set_params(early_stopping=False).fit(X, Y)
    assert [curve.name for curve in screen.shown[-1][0].curves] == ["loss", "error rate", "max |update|"]


def test_the_first_epoch_and_the_end_are_shown_however_rarely_it_draws(screen):
    watched(new(), TrainingMonitor("text", seconds=1000))
    assert [(course.n_epochs, end) for course, end in screen.shown] == [(1, None), (12, "max_iter was reached")]
    assert screen.is_closed


def test_partial_fit_shows_no_call_by_itself(screen):
    network = new().set_callbacks(TrainingMonitor("text", seconds=1000))
    for _ in range(5):
        network.partial_fit(X, Y, classes=[0, 1, 2])
    assert [course.n_epochs for course, _ in screen.shown] == [1]


class FitsMeanwhile:
    """A callback that trains another network after the first epoch."""

    def __init__(self, other):
        self.other = other

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch" and not hasattr(self.other, "coefs_"):
            self.other.fit(X, Y)


def test_fits_that_run_at_once_share_a_monitor(screen):
    monitor = TrainingMonitor("text", seconds=0)
    inner = new(max_iter=5).set_callbacks(monitor)
    new(max_iter=9).set_callbacks(monitor, FitsMeanwhile(inner)).fit(X, Y)
    ends = [course.n_epochs for course, end in screen.shown if end is not None]
    assert ends == [5, 9]
    assert screen.is_closed
    assert pickle.loads(pickle.dumps(monitor)).seconds == 0


def test_a_search_in_threads_can_be_watched(screen):
    network = new().set_callbacks(TrainingMonitor("text", seconds=0))
    with parallel_config("threading", n_jobs=3):
        search = GridSearchCV(network, {"alpha": [0.0, 0.1, 0.2]}, cv=4, error_score="raise").fit(X, Y)
    assert screen.is_closed
    assert screen.shown[-1][0].curves[0].values[-1] == search.best_estimator_.loss_curve_[-1]


def watched_call_of_partial_fit(output):
    new().set_callbacks(TrainingMonitor(output, seconds=0)).partial_fit(X, Y, classes=[0, 1, 2])


def test_no_rule_is_shown_of_partial_fit_which_asks_none(screen):
    watched_call_of_partial_fit("text")
    assert [(course.n_epochs, course.rules) for course, _ in screen.shown] == [(1, [])]


def test_a_course_without_rules_is_shown_as_text_and_as_a_table(monkeypatch, capsys):
    watched_call_of_partial_fit("text")
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("epoch 1, ")
    assert ";" not in line
    terminal = open_terminal(monkeypatch)
    watched_call_of_partial_fit("terminal")
    assert "epoch 1" in terminal.getvalue()
    assert "stops when" not in terminal.getvalue()


NUMBERS = [0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e308, -1e308, 5e-324]


def test_a_curve_of_any_numbers_is_drawn_without_a_warning():
    pytest.importorskip("rich")
    for values in itertools.product(NUMBERS, repeat=2):
        best = int(np.nanargmin(values)) if np.isfinite(values).any() else None
        assert len(screens._spark(Curve("loss", np.array(values), best, None), n_blocks=24)) == 2


@pytest.fixture
def slow_clock(monkeypatch):
    """It goes on by a second a look, so that drawing takes one."""
    clock = types.SimpleNamespace(monotonic=iter(np.arange(0.0, 1e6, 1.0)).__next__)
    monkeypatch.setattr("skbackprop._inspection.monitor.time", clock)


def test_a_screen_that_takes_long_is_used_less(slow_clock, screen):
    watched(new(), TrainingMonitor("text"))
    # 50 seconds are to pass before the next.
    assert [course.n_epochs for course, _ in screen.shown] == [1, 12]
    assert pytest.approx(0.02) == _MAX_SHARE


def test_every_epoch_is_shown_to_who_asks_for_it_however_long_that_takes(slow_clock, screen):
    watched(new(), TrainingMonitor("text", seconds=0))
    assert [course.n_epochs for course, _ in screen.shown] == [*range(1, 13), 12]


def test_text_has_a_line_for_each_epoch_and_a_title_for_each_restart(capsys):
    network = watched(new(n_init=3, max_iter=2))
    lines = [line.partition(", ")[::2] for line in capsys.readouterr().out.splitlines()]
    kept = int(np.argmax([restart["score"] for restart in network.restarts_]))
    title, epochs = "BackpropClassifier 4-3-3", ["epoch 1", "epoch 2"]
    heads = [line[0] for line in lines]
    assert heads[:9] == [title, *epochs] * 3
    again = [title, "epoch 2"] if kept < 2 else []
    assert heads[9:] == [*again, "Stopped after 2 epochs: max_iter was reached"]
    numbers = [rest for head, rest in lines if head == title]
    assert numbers == [f"restart {number + 1} of 3" for number in [0, 1, 2, *([kept] if again else [])]]


@pytest.mark.parametrize(
    "parameters", [{"solver": "lbfgs"}, {"n_init": 3}, {"n_init": 3, "n_jobs": 2}, {"loss": "log_loss"}]
)
def test_the_training_is_the_same(screen, parameters):
    plain, network = new(**parameters).fit(X, Y), watched(new(**parameters))
    np.testing.assert_array_equal(plain.coefs_[0], network.coefs_[0])
    assert plain.loss_curve_ == network.loss_curve_
    assert screen.shown[-1][0].n_epochs == network.n_epochs_
    assert screen.shown[-1][0].curves[0].values[-1] == network.loss_curve_[-1]


def test_a_training_that_diverges_is_left_in_order(screen):
    network = new(BackpropRegressor, learning_rate_init=1e20, activation="relu")
    with pytest.raises(ValueError, match="diverged"):
        watched(network)
    assert screen.is_closed


def test_a_monitor_and_a_network_that_has_one_can_be_copied(screen):
    monitor = TrainingMonitor("text", seconds=3)
    watched(new(), monitor)
    assert pickle.loads(pickle.dumps(monitor)).seconds == 3


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"output": "paper"}, "output='paper' is not valid: it must be one of 'auto', 'terminal', 'notebook', 'text'"),
        ({"output": []}, r"output=\[\] is not valid: it must be one of 'auto', 'terminal'"),
        ({"output": None}, "output=None is not valid"),
        ({"seconds": -1}, "seconds=-1 is not valid: it must be None or a number, 0 or more"),
        ({"seconds": "1"}, "seconds='1' is not valid"),
    ],
)
def test_parameters_that_make_no_sense_are_named(parameters, words):
    with pytest.raises(ValueError, match=words):
        watched(new(), TrainingMonitor(**parameters))


def test_one_that_is_refused_does_not_end_the_view_of_another():
    monitor, network, other = TrainingMonitor("text"), new(), LogisticRegression()
    monitor.setup(network, None)
    with pytest.raises(TypeError, match="TrainingMonitor watches the networks"):
        monitor.setup(other, None)
    monitor.teardown(other, None)
    assert monitor._screen is not None
    monitor.teardown(network, None)
    assert monitor._screen is None


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="TrainingMonitor watches the networks of skbackprop, not LogisticRegression"):
        TrainingMonitor().setup(LogisticRegression(), None)


def test_what_is_no_terminal_gets_text(capsys):
    watched(new(), TrainingMonitor())
    assert "Stopped after 12 epochs" in capsys.readouterr().out.splitlines()[-1]


def open_terminal(monkeypatch):
    """A terminal that keeps what is written; in the test itself, as pytest sets its own output after a fixture."""
    pytest.importorskip("rich")
    written = io.StringIO()
    written.isatty = lambda: True
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdout", written)
    return written


def test_a_terminal_gets_one_table_that_changes_in_its_place(monkeypatch):
    terminal = open_terminal(monkeypatch)
    network = watched(new(early_stopping=True, n_iter_no_change=50, error_tol=0.001), TrainingMonitor(seconds=0))
    written = terminal.getvalue()
    assert "\x1b[1A" in written  # goes back up
    last = written.rpartition("BackpropClassifier 4-3-3")[2]
    for words in ("epoch 12", "loss", "error rate", "validation score", "early_stopping", "error_tol", "100%"):
        assert words in last
    assert f"★ {kept_epoch(network)}" in last
    assert "Stopped after 12 epochs: max_iter was reached" in last
    assert "█" * 24 in last  # the bar of the rule that is met


def test_a_narrow_terminal_shows_the_numbers_whole(monkeypatch):
    for columns in (50, 70):
        terminal = open_terminal(monkeypatch)
        monkeypatch.setenv("COLUMNS", str(columns))
        network = watched(new(early_stopping=True, n_iter_no_change=50), TrainingMonitor())
        last = terminal.getvalue().rpartition("BackpropClassifier 4-3-3")[2]
        assert "…" not in last
        for words in ("validation score", "early_stopping", f"{network.loss_curve_[-1]:.3g}", "100%"):
            assert words in last
        assert ("█" in last) == (columns == 70)


def test_the_table_is_printed_once_in_a_notebook(monkeypatch, capsys):
    pytest.importorskip("rich")
    shell = type("ZMQInteractiveShell", (), {})  # by whose name rich knows a notebook
    monkeypatch.setattr(builtins, "get_ipython", shell, raising=False)
    watched(new(), TrainingMonitor("terminal", seconds=0))
    written = capsys.readouterr().out
    assert written.count("stops when") == 1
    assert "epoch 12" in written
    assert "Stopped after 12 epochs: max_iter was reached" in written
    assert "\x1b" not in written  # what moves a terminal's cursor


def test_without_rich_a_terminal_says_what_to_install(monkeypatch):
    open_terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    network = new()
    with pytest.raises(ImportError, match=r'pip install "skbackprop\[show\]", or choose output="text"'):
        watched(network, TrainingMonitor())
    assert not hasattr(network, "coefs_")


class Notebook(types.ModuleType):
    """IPython, as far as it is used."""

    def __init__(self):
        super().__init__("IPython")
        self.version_info = (9, 0)  # which matplotlib looks at
        self.display = types.ModuleType("IPython.display")
        self.display.Image = lambda **picture: picture
        self.display.display = self._display
        self.shown, self.n_updates = [], 0

    def get_ipython(self):
        return types.SimpleNamespace(kernel=object())

    def _display(self, picture, display_id):
        assert display_id is True
        self.shown.append(picture)
        return types.SimpleNamespace(update=self._update)

    def _update(self, picture):
        self.shown[-1] = picture
        self.n_updates += 1


def test_epochs_below_the_curves_are_whole_numbers(monkeypatch):
    pytest.importorskip("matplotlib")
    notebook = Notebook()
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook.display)
    made = []
    monkeypatch.setitem(screens.SCREENS, "notebook", lambda: made.append(screens.Notebook()) or made[0])
    watched(new(max_iter=9), TrainingMonitor(seconds=0))
    ticks = [tick for axes in made[0]._figure.axes for tick in axes.get_xticks()]
    assert len(ticks) >= 6
    assert all(tick == round(tick) for tick in ticks)


def test_a_notebook_gets_curves_that_are_drawn_anew_in_the_same_place(monkeypatch):
    pytest.importorskip("matplotlib")
    notebook = Notebook()
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook.display)
    watched(new(early_stopping=True, n_iter_no_change=50), TrainingMonitor(seconds=0))
    (picture,) = notebook.shown
    assert notebook.n_updates >= 1
    assert picture["data"].startswith(b"\x89PNG")
    assert "epoch 12" in picture["alt"]
    assert "max_iter was reached" in picture["alt"]
    watched_call_of_partial_fit("auto")
    assert notebook.shown[-1]["alt"].startswith("BackpropClassifier 4-3-3, epoch 1, ")
    assert notebook.shown[-1]["alt"].endswith(" s")
