"""Many classes: memory in proportion to rows times classes at most, in streams, predictions and scores.

The cases of memory are in a process of their own, in which none may allocate more than it is given.
"""

import json
import os
import sys

import numpy as np
import pytest

from skbackprop import BackpropClassifier
from skbackprop._estimators import labels

N_CLASSES = 10_000
MEGABYTES = 100  # a table of all classes by all classes takes 800, or 400 in float32

PROGRAM = """
import gc, json, resource, warnings
import numpy as np
from skbackprop import BackpropClassifier

warnings.simplefilter("ignore")
inputs = np.random.default_rng(0).normal(size=(10, 8))
y = np.arange(10) * 7 + 1
for dtype in (np.float64, np.float32):  # imports, and the libraries' own buffers
    BackpropClassifier(20).fit(inputs.astype(dtype), y).predict_proba(inputs.astype(dtype))

def is_possible(dtype, work):
    gc.collect()
    with open("/proc/self/status") as lines:
        used = next(int(line.split()[1]) for line in lines if line.startswith("VmData")) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + {budget} * 10**6, resource.RLIM_INFINITY))
    try:
        exec(work, dict(np=np, BackpropClassifier=BackpropClassifier, X=inputs.astype(dtype), y=y))
    except MemoryError:
        return False
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return True

print(json.dumps([is_possible(*case) for case in {cases}]))
"""

STREAM = """
network = BackpropClassifier(20, **{parameters})
for _ in range(3):
    network.partial_fit(X, {y}, classes={classes})
"""
USE = f"""
network = BackpropClassifier(20).initialize(X, y, classes=range({N_CLASSES}))
network.predict(X), network.predict_proba(X), network.predict_log_proba(X), network.score(X, y)
"""

STREAMS = {
    "squared_error": {},
    "log_loss": {"loss": "log_loss"},
    "adam": {"solver": "adam"},
    "grow": {"on_new_class": "grow", "class_weight": dict.fromkeys(range(99), 2.0)},
}
HALF = f"range({N_CLASSES // 2})"

# Name to the dtype of X and what is done. The last one is the control: what the others prove.
CASES = {
    **{
        f"{name} {dtype}": (dtype, STREAM.format(parameters=parameters, y="y", classes=f"range({N_CLASSES})"))
        for name, parameters in STREAMS.items()
        for dtype in ("float32", "float64")
    },
    "columns": ("float64", STREAM.format(parameters={}, y="np.column_stack([y, y])", classes=f"[{HALF}, {HALF}]")),
    "predictions and scores": ("float64", USE),
    "a table of all classes by all": ("float32", f"np.eye({N_CLASSES}, dtype=X.dtype)"),
}


@pytest.fixture(scope="module")
def outcomes(run_python):
    """Which of the cases ended within the memory that each is given."""
    program = PROGRAM.format(budget=MEGABYTES, cases=list(CASES.values()))
    # So that what is freed goes back at once, and the next case does not live on it.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "100000", "MALLOC_TRIM_THRESHOLD_": "100000"}
    return dict(zip(CASES, json.loads(run_python("-c", program, env=environment).stdout), strict=True))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit on data is Linux's")
@pytest.mark.parametrize("case", CASES)
def test_a_few_rows_of_ten_thousand_classes_take_little_memory(outcomes, case):
    assert outcomes[case] == (case != "a table of all classes by all")


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
