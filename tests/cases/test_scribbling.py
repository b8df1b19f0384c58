"""Arrays that are written to while a network learns from them: numbers may be wrong, or an exception comes, but no crash.

The stories are told in processes of their own, since what they must not do is die.
"""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from skbackprop._network import engines

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "scribble"

PROGRAM = """
import faulthandler
import threading
import warnings

import numpy as np
from scipy import sparse

from skbackprop import BackpropClassifier, BackpropRegressor

faulthandler.enable()
warnings.simplefilter("ignore")
WRONG = np.array([-1, 10**9, -(10**9), 2**31 - 1, -(2**31), 0])
rng = np.random.default_rng(0)
X = rng.standard_normal((400, 30))
X[rng.uniform(size=X.shape) < 0.7] = 0
y = np.arange(400) % 3
arrays = [y]
if {is_sparse}:
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype("{index_dtype}"), X.indptr.astype("{index_dtype}")
    arrays += [X.indices, X.indptr]
before = [array.copy() for array in arrays]
n_scribbles = 0


def scribble():
    global n_scribbles
    n_scribbles += 1
    for array in arrays:
        array[...] = rng.choice(WRONG, array.size)


def heal():
    for array, good in zip(arrays, before):
        array[...] = good


def attempt(estimator):
    try:
        estimator.fit(X, y)
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
    heal()


CALLS = [("sgd", 1), ("sgd", 32), ("sgd", "epoch"), ("adam", 32), ("rprop", "epoch"), ("lbfgs", "epoch")]


def settings():
    for solver, batch_size in CALLS:
        yield dict(hidden_layer_sizes=12, solver=solver, batch_size=batch_size, max_iter=15, random_state=0)


for name, story in {stories}.items():
    n_scribbles = 0
    exec(story)
    assert n_scribbles > 10, n_scribbles
    print("alive after", name, flush=True)
"""

STORIES = {
    "another thread": """
done = threading.Event()


def work():
    while not done.is_set():
        scribble()
        done.wait(0.0005)
        heal()
        done.wait(0.0005)


thread = threading.Thread(target=work)
thread.start()
for each in settings():
    attempt(BackpropClassifier(**each))
    attempt(BackpropRegressor(**each))
done.set()
thread.join()
""",
    "a scorer": """
def scorer(estimator, X, y):
    scribble()
    return rng.uniform()


for each in settings():
    if each["solver"] != "lbfgs":
        attempt(BackpropClassifier(**each, early_stopping=True, scoring=scorer))
        attempt(BackpropRegressor(**each, early_stopping=True, scoring=scorer))
""",
    "a callback": """
class Scribbler:
    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        scribble()

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        scribble()


for each in settings():
    attempt(BackpropClassifier(**each).set_callbacks(Scribbler()))
    attempt(BackpropRegressor(**each).set_callbacks(Scribbler()))
""",
}


@pytest.fixture(scope="module")
def process_with_stories(run_python):
    """What became of a process in which all stories were told, up to the one that it died of, if it did."""

    @cache
    def process_with_stories(engine, index_dtype):
        told = dict(STORIES)
        if find_spec("sklearn.callback") is None:
            del told["a callback"]
        program = PROGRAM.format(stories=told, is_sparse=index_dtype is not None, index_dtype=index_dtype)
        return run_python("-c", program, env=os.environ | {"SKBACKPROP_ENGINE": engine}, check=False)

    return process_with_stories


@pytest.mark.parametrize(
    ("engine", "index_dtype"), [("kernel", None), ("kernel", "int32"), ("kernel", "int64"), ("numpy", "int32")]
)
@pytest.mark.parametrize("story", STORIES)
def test_whoever_scribbles_over_labels_and_indices_ends_no_process(process_with_stories, story, engine, index_dtype):
    """J1. An index is read where it was copied and checked, or is checked where it is read."""
    if engine == "kernel" and engines._kernel is None:
        pytest.skip("no compiled kernel")
    if story == "a callback":
        pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")
    done = process_with_stories(engine, index_dtype)
    assert f"alive after {story}\n" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr


def test_whoever_scribbles_over_all_that_is_passed_ends_no_process(run_python):
    """J1. A batch of .ci/scribble, which makes other calls than fit too, and has processes that scribble."""
    if not (SCRIPT.exists() and hasattr(os, "fork")):
        pytest.skip("the script is in the source, beside this folder, and wants to fork")
    done = run_python(SCRIPT, "--calls", 100, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    assert "crashes and hangs: 0" in done.stdout
