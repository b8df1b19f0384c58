"""Fixtures that several files share: the two estimators, each with a small data set, and both engines; the check that a bad
call fails without a trace; what is quick; and the limits without which a test could hang."""

import faulthandler
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._network import engines

# Of a test with many cases `pytest -m quick` takes so many.
N_QUICK_CASES = 6

# Seconds that a process may take which a test starts: many times what it takes, as the machine may be busy.
TIMEOUT = 120

ROOT = Path(__file__).parents[1]

_stderr = pytest.StashKey()


def pytest_configure(config):
    """Keep the standard error that no test captures."""
    config.stash[_stderr] = os.dup(2)


def pytest_collection_modifyitems(items):
    """Mark as quick what is not marked as slow: of each test all cases, or some if there are many."""
    cases_of = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") is None:
            cases_of[item.nodeid.partition("[")[0]].append(item)
    for cases in cases_of.values():
        # Drawn, as every n-th case would meet but one value of some parameter; the same ones every time.
        for case in random.Random(0).sample(cases, min(len(cases), N_QUICK_CASES)):
            case.add_marker("quick")


@pytest.fixture(autouse=True)
def _close_figures():
    """Close what a test has drawn: of more than twenty figures matplotlib warns, whichever test opens the next."""
    yield
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """End the run where a test hangs in code that no signal reaches, after twice what pytest-timeout gave it."""
    marker = item.get_closest_marker("timeout")
    # scikit-learn's own tests are run without our settings.
    seconds = float(marker.args[0] if marker else item.config.getini("timeout") or TIMEOUT)
    faulthandler.dump_traceback_later(2 * seconds, exit=True, file=item.config.stash[_stderr])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Ctrl-C is heard, by processes that tests start too; a shell that starts pytest in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def numpy_by_choice():
    """Where there is no kernel, processes that tests start are not told of it: some are strict about warnings."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if engines._kernel is None:
            monkeypatch.setenv("SKBACKPROP_ENGINE", "numpy")
        yield


@contextmanager
def _start_python(*arguments, **options):
    """A Python process, as `subprocess.Popen` has it; in the end it is killed with all that it has started."""
    command = [sys.executable, *map(str, arguments)]
    if Path.cwd() == ROOT:  # of fixtures that come before `elsewhere`
        options = {"cwd": tempfile.gettempdir()} | options
    process = subprocess.Popen(command, text=True, start_new_session=True, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
        process.communicate()


def _run_python(*arguments, check=True, timeout=TIMEOUT, **options):
    """Let a Python process come to its end, a good one if `check`; return its exit status and what it printed."""
    with _start_python(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        stdout, stderr = process.communicate(timeout=timeout)
    assert process.returncode == 0 or not check, stderr
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@pytest.fixture(scope="session")
def start_python():
    return _start_python


@pytest.fixture(scope="session")
def run_python():
    return _run_python


EXAMPLES = ROOT / "examples"

# Without a display matplotlib shows nothing; with one its words about that are no warning of ours.
NO_DISPLAY = "ignore:FigureCanvasAgg is non-interactive"


def _examples_of(session):
    """The names of the scripts that the chosen tests are about."""
    tests = [item.name for item in session.items if "outputs" in getattr(item, "fixturenames", ())]
    return sorted({path.stem for path in EXAMPLES.glob("*.py") if any(path.stem in test for test in tests)})


@pytest.fixture(scope="session", autouse=True)
def run_of_example(request, run_python, tmp_path_factory):
    """Gives how the run of a script ended, and its folder; they are begun beside the tests that come before theirs."""
    # As it is now, since tests change it; and they print Greek letters, which not every console's encoding has.
    environment = os.environ | {"PYTHONUTF8": "1", "MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1"}

    @cache
    def start(name):
        folder = tmp_path_factory.mktemp(name)
        arguments = ("-W", "error", "-W", NO_DISPLAY, EXAMPLES / f"{name}.py")
        options = {"cwd": folder, "env": environment, "encoding": "utf-8", "timeout": 400}
        return pool.submit(run_python, *arguments, **options), folder

    with ThreadPoolExecutor(1) as pool:
        if "PYTEST_XDIST_WORKER" not in os.environ:  # each of which would run them all
            for name in _examples_of(request.session):
                start(name)
        yield lambda name: (start(name)[0].result(), start(name)[1])
        pool.shutdown(cancel_futures=True)


class Task:
    """One of the two estimators with data that it learns.

    Parameters
    ----------
    estimator_class : type
    X : ndarray of shape (40, 3)
    y : ndarray of shape (40,)
    """

    def __init__(self, estimator_class, X, y):
        self.estimator_class = estimator_class
        self.is_classifier = estimator_class is BackpropClassifier
        self.X = X
        self.y = y

    def new(self, **parameters):
        """An unfitted estimator that trains quickly."""
        quick = {"hidden_layer_sizes": 4, "max_iter": 5, "batch_size": 8, "momentum": 0.5, "random_state": 0}
        quick["learning_rate_init"] = 2.0 if self.is_classifier else 0.375
        return self.estimator_class(**{**quick, **parameters})

    def train(self, estimator, method, **arguments):
        """Call fit or partial_fit with this task's data, except for what `arguments` replaces."""
        arguments = {"X": self.X, "y": self.y, **arguments}
        if self.is_classifier and method == "partial_fit" and not hasattr(estimator, "classes_"):
            arguments.setdefault("classes", np.unique(self.y))
        return getattr(estimator, method)(**arguments)

    def trained(self, method="fit", parameters=None, **arguments):
        """An estimator after one call."""
        return self.train(self.new(**(parameters or {})), method, **arguments)

    @cached_property
    def _fitted(self):
        return self.trained()

    def outputs(self, estimator, X=None):
        """What the estimator says of X, in its finest form."""
        X = self.X if X is None else X
        return estimator.predict_proba(X) if self.is_classifier else estimator.predict(X)

    def assert_same(self, one, other, rtol=0.0, atol=0.0):
        """Two estimators have the same weights and biases: bit for bit, unless a tolerance is given."""
        for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)

    def assert_undisturbed(self, estimator, twin):
        """The estimator predicts as its twin does, and goes on as its twin does."""
        assert set(vars(estimator)) == set(vars(twin))
        np.testing.assert_array_equal(self.outputs(estimator), self.outputs(twin))
        estimator, twin = deepcopy(estimator), deepcopy(twin)
        for each in (estimator, twin):
            self.train(each, "partial_fit")
        self.assert_same(estimator, twin)
        assert estimator.loss_curve_ == twin.loss_curve_

    def assert_refused(self, method, error, match, parameters=None, **arguments):
        """A call raises this error, and leaves a new estimator new and a fitted one undisturbed."""
        parameters = parameters or {}
        new = self.new(**parameters)
        with pytest.raises(error, match=match):
            self.train(new, method, **arguments)
        assert not [name for name in vars(new) if name.endswith("_")]
        with pytest.raises(NotFittedError):
            new.predict(self.X)

        twin = self._fitted
        fitted = deepcopy(twin)
        good = {name: getattr(fitted, name) for name in parameters}
        fitted.set_params(**parameters)
        with pytest.raises(error, match=match):
            self.train(fitted, method, **arguments)
        self.assert_undisturbed(fitted.set_params(**good), twin)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory, monkeypatch):
    """Other processes that a test starts find the package as it is installed, not as its sources lie here."""
    monkeypatch.chdir(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def X():
    X = np.random.RandomState(0).normal(size=(40, 3))
    X.flags.writeable = False  # all tests share it
    return X


@pytest.fixture(scope="session")
def classifier_task(X):
    return Task(BackpropClassifier, X, np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5]))


@pytest.fixture(scope="session")
def regressor_task(X):
    return Task(BackpropRegressor, X, X[:, 0] + X[:, 1] + 0.5 * X[:, 2])


@pytest.fixture(params=["classifier", "regressor"], scope="session")
def task(request):
    return request.getfixturevalue(f"{request.param}_task")


@pytest.fixture(params=["fit", "partial_fit"])
def method(request):
    return request.param


@pytest.fixture(
    params=[
        pytest.param(
            "kernel", marks=pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
        ),
        "numpy",
    ]
)
def engine(request, monkeypatch):
    """Force one engine after the other."""
    activation = request.node.callspec.params.get("activation", "logistic")
    if request.param == "kernel" and activation not in engines._kernel.ACTIVATIONS:
        pytest.skip(f"{activation} is not written in C")
    monkeypatch.setenv("SKBACKPROP_ENGINE", request.param)
