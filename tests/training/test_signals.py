"""Real signals, in processes of their own: Ctrl-C ends a training at once and loses no whole epoch, SIGTERM no file."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from skbackprop._network import engines

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")]

# What the documentation promises, in seconds, at any data size; measured are some tens of milliseconds. Where Linux tells,
# they are those in which the process worked, as a busy machine lets it wait.
LONGEST_WAIT = 1.0


class Process:
    """A Python program to send signals to; it says where it is, a line at a time."""

    def __init__(self, process):
        self._process = process

    def says(self):
        """The next line; an empty one at the end."""
        return self._process.stdout.readline().strip()

    def send(self, number):
        self._process.send_signal(number)

    def code(self):
        return self._process.wait(60)

    def seconds(self):
        """In which it has worked so far."""
        path = Path(f"/proc/{self._process.pid}/stat")
        if not path.exists():
            return time.monotonic()
        ticks = path.read_text().rpartition(")")[2].split()[11:13]  # in user mode, and in the system
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def start(start_python):
    """Start a program, in a `with` statement, with these arguments and environment."""

    @contextmanager
    def start(program, *arguments, **environment):
        with start_python(
            *("-c", program, *arguments), stdout=subprocess.PIPE, env=os.environ | environment
        ) as process:
            yield Process(process)

    return start


def press_ctrl_c(process):
    """In the middle of a fit, which must end soon."""
    time.sleep(0.4)
    begin, sent = process.seconds(), time.monotonic()
    process.send(signal.SIGINT)
    assert process.says() == "interrupted"
    assert process.seconds() - begin < LONGEST_WAIT
    assert time.monotonic() - sent < 40 * LONGEST_WAIT  # of a process that waits for something; others may be busy


MANY, FEW = "n_instances = 10**6\n", "n_instances = 10**3\n"

PREPARE = """
import signal
import sys
import warnings

import numpy as np
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from skbackprop import BackpropClassifier

warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(n_instances, 4))
y = (X[:, 0] > 0).astype(int)
X = csr_array(X * (X > 0.5)) if sys.argv[1] == "csr" else X


def say(*words):
    print(*words, flush=True)
"""

FIT = """
for batch_size in (1, 32, "epoch"):
    network = BackpropClassifier(3, batch_size=batch_size, max_iter=10**6, update_tol=0, random_state=0)
    say("fits", batch_size)
    try:
        network.fit(X, y)
    except KeyboardInterrupt:
        say("interrupted")
    try:
        answers = network.predict(X[:10])
        assert network.stop_reason_ == "interrupted"
        assert len(network.loss_curve_) == network.n_iter_ > 0
    except NotFittedError:
        assert not [name for name in vars(network) if name.endswith("_")]
    network.set_params(max_iter=2).fit(X[:100], y[:100])
    twin = BackpropClassifier(3, batch_size=batch_size, max_iter=2, update_tol=0, random_state=0).fit(X[:100], y[:100])
    assert np.array_equal(network.predict_proba(X[:10]), twin.predict_proba(X[:10]))
say("done")
"""


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(
            "kernel", marks=pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
        ),
        "numpy",
    ],
)
@pytest.mark.parametrize("kind", ["dense", "csr"])
def test_ctrl_c_ends_a_training_on_a_million_instances_within_a_second(start, engine, kind):
    """Case G2: in case updating, mini-batches and epoch updating."""
    with start(MANY + PREPARE + FIT, kind, SKBACKPROP_ENGINE=engine) as process:
        for batch_size in (1, 32, "epoch"):
            assert process.says() == f"fits {batch_size}"
            press_ctrl_c(process)
        assert process.says() == "done"
        assert process.code() == 0


SEARCH = """
from sklearn.model_selection import GridSearchCV, cross_val_score


class Told(BackpropClassifier):
    def fit(self, X, y):
        say("fits")
        return super().fit(X, y)


network = Told(3, max_iter=10**6, update_tol=0, random_state=0)
say("ready")
try:
    if sys.argv[2] == "cross_val_score":
        cross_val_score(network, X, y, cv=3)
    else:
        GridSearchCV(network, {"momentum": [0.0, 0.5]}, cv=3, error_score=0.0).fit(X, y)
except KeyboardInterrupt:
    say("interrupted")
"""


@pytest.mark.oldest
@pytest.mark.parametrize("how", ["cross_val_score", "GridSearchCV"])
def test_ctrl_c_ends_a_whole_search(start, how):
    """Case G3: no other fit begins."""
    with start(MANY + PREPARE + SEARCH, "dense", how) as process:
        assert process.says() == "ready"
        assert process.says() == "fits"
        press_ctrl_c(process)
        assert process.says() == ""
        assert process.code() == 0


SAVE = """
import os
import time

from skbackprop.callbacks import Checkpoint

fsync, n_writes = os.fsync, 0


def slow_fsync(file):
    global n_writes
    n_writes += 1
    if n_writes == 5:  # two a file: this is the third one's own
        say("writes")
        time.sleep(60)
    fsync(file)


network = BackpropClassifier(3, max_iter=20, update_tol=0, random_state=0)
if sys.argv[3] == "turned":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
os.fsync = slow_fsync
try:
    Checkpoint(sys.argv[2]).resume(network, X, y)
except KeyboardInterrupt:
    say("interrupted after", network.n_iter_)
"""

GO_ON = """
from sklearn.base import clone

from skbackprop.callbacks import Checkpoint

network = BackpropClassifier(3, max_iter=20, update_tol=0, random_state=0)
say(Checkpoint.latest(sys.argv[2]).n_epochs_)
resumed, whole = Checkpoint(sys.argv[2]).resume(clone(network), X, y), network.fit(X, y)
say(resumed.predict_proba(X).tobytes() == whole.predict_proba(X).tobytes() and resumed.n_iter_ == 20)
"""


@pytest.mark.parametrize("kill", ["SIGTERM", "SIGKILL"])
def test_a_process_that_dies_while_a_file_is_written_leaves_the_one_before(start, tmp_path, kill):
    """Case G4."""
    pytest.importorskip("sklearn.callback")
    path = tmp_path / "network.joblib"
    with start(FEW + PREPARE + SAVE, "dense", path, "default") as process:
        assert process.says() == "writes"
        process.send(getattr(signal, kill))
        assert process.code() == -getattr(signal, kill)
    left = ["network-epoch000001.joblib", "network-epoch000002.joblib", "network-epoch000003.joblib.tmp"]
    assert sorted(file.name for file in tmp_path.iterdir()) == left
    with start(FEW + PREPARE + GO_ON, "dense", path) as process:
        assert process.says() == "2"
        assert process.says() == "True"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "network-epoch000019.joblib",
        "network-epoch000020.joblib",
    ]


def test_sigterm_can_be_turned_into_ctrl_c(start, tmp_path):
    """As the documentation says how; then the epochs that are done are saved before the process ends."""
    pytest.importorskip("sklearn.callback")
    path = tmp_path / "network.joblib"
    with start(FEW + PREPARE + SAVE, "dense", path, "turned") as process:
        assert process.says() == "writes"
        process.send(signal.SIGTERM)
        assert process.says() == "interrupted after 3"
        assert process.code() == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "network-epoch000002.joblib",
        "network-epoch000003.joblib",
    ]
    with start(FEW + PREPARE + GO_ON, "dense", path) as process:
        assert process.says() == "3"
        assert process.says() == "True"
