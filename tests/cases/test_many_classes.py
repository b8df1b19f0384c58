"""Many classes: memory in proportion to rows times classes at most, in streams, predictions and scores.

Each case of memory is a process of its own, which may not allocate more than it is given.
"""

import subprocess
import sys

import numpy as np
import pytest

from skbackprop import BackpropClassifier
from skbackprop._estimators import labels

N_CLASSES = 10_000
MEGABYTES = 100  # a table of all classes by all classes takes 800, or 400 in float32

PROGRAM = """
import resource, warnings
import numpy as np
from skbackprop import BackpropClassifier

warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(10, 8)).astype("{dtype}")
y = np.arange(10) * 7 + 1
BackpropClassifier(20).fit(X, y).predict_proba(X)  # imports, and the libraries' own buffers

with open("/proc/self/status") as lines:
    used = next(int(line.split()[1]) for line in lines if line.startswith("VmData")) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + {budget} * 10**6, resource.RLIM_INFINITY))
{work}
print("done")
"""

STREAM = """
network = BackpropClassifier(20, **{parameters})
for _ in range(3):
    network.partial_fit(X, {y}, classes={classes})
"""
USE = """
network = BackpropClassifier(20).initialize(X, y, classes=range({n}))
network.predict(X), network.predict_proba(X), network.predict_log_proba(X), network.score(X, y)
"""


def run(work, dtype="float64"):
    """Whether the program ended within the memory that it is given."""
    program = PROGRAM.format(dtype=dtype, budget=MEGABYTES, work=work)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("done") or "MemoryError" in done.stderr, done.stderr
    return done.stdout.startswith("done")


on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit on data is Linux's")


@on_linux
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "log_loss"},
        {"solver": "adam"},
        {"on_new_class": "grow", "class_weight": dict.fromkeys(range(99), 2.0)},
    ],
    ids=["squared_error", "log_loss", "adam", "grow"],
)
def test_a_stream_of_ten_rows_with_ten_thousand_classes_takes_little_memory(parameters, dtype):
    assert run(STREAM.format(parameters=parameters, y="y", classes=f"range({N_CLASSES})"), dtype)


@on_linux
def test_columns_of_many_classes_take_little_memory():
    half = f"range({N_CLASSES // 2})"
    assert run(STREAM.format(parameters={}, y="np.column_stack([y, y])", classes=f"[{half}, {half}]"))


@on_linux
def test_predictions_and_scores_of_ten_thousand_classes_take_little_memory():
    assert run(USE.format(n=N_CLASSES))


@on_linux
def test_a_table_of_all_classes_by_all_is_more_than_the_memory_allowed():
    """The control: what the others prove."""
    assert not run(f"np.eye({N_CLASSES}, dtype=X.dtype)", "float32")


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("weights", [None, np.arange(1, 13)], ids=["plain", "weighted"])
def test_rows_of_targets_for_the_classes_that_occur_make_the_same_network_bit_for_bit(monkeypatch, loss, weights):
    X = np.random.RandomState(0).normal(size=(12, 5))
    y = np.array([5, 99, 0, 42, 42, 7, 0, 98, 63, 12, 5, 70])

    def stream():
        network = BackpropClassifier(6, batch_size=4, loss=loss, random_state=0)
        for _ in range(3):
            network.partial_fit(X, y, weights, classes=range(100))
        return network

    few = stream()
    monkeypatch.setattr(labels, "_SMALL_TABLE", 100)
    all_ = stream()
    for mine, theirs in zip(few.coefs_ + few.intercepts_, all_.coefs_ + all_.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert few.loss_curve_ == all_.loss_curve_
    assert few.error_curve_ == all_.error_curve_


@pytest.mark.parametrize("kind", [labels.SingleLabels, labels.LabelColumns])
def test_targets_are_one_for_the_class_of_an_instance_and_have_no_more_rows_than_instances(kind):
    codes = np.array([500, 3, 3, 999, 0])
    is_single = kind is labels.SingleLabels
    known = kind(np.arange(1000) if is_single else [np.arange(1000), np.arange(2)])
    targets, rows = known.targets(codes if is_single else np.column_stack([codes, codes % 2]), np.float32)
    assert targets.dtype == np.float32
    assert len(targets) <= len(codes)
    targets = targets[rows] if is_single else targets
    expected = np.zeros((5, 1000))
    expected[np.arange(5), codes] = 1
    np.testing.assert_array_equal(targets[:, :1000], expected)
    if not is_single:
        np.testing.assert_array_equal(targets[:, 1000], codes % 2)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_validation_set_has_targets_of_its_own_classes_only(monkeypatch):
    """The score and the loss of ten rows of 150 classes are those that a table of all classes gives."""
    X = np.random.RandomState(0).normal(size=(300, 4))
    y = np.arange(300) % 150

    def fitted():
        network = BackpropClassifier(5, max_iter=3, random_state=0)
        return network.fit(X, y, X_val=X[:10], y_val=y[140:150])

    few = fitted()
    monkeypatch.setattr(labels, "_SMALL_TABLE", 1000)
    assert few.validation_loss_curve_ == fitted().validation_loss_curve_
    assert few.validation_scores_ == fitted().validation_scores_
