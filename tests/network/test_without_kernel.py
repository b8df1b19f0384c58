"""Without its compiled kernel the package works in NumPy, and says once why, and what to do."""

import os
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOURCES = Path(__file__).parents[2] / "skbackprop"

# An import must be silent, and whatever filter is set, the first training alone may say something.
PROGRAM = """
import warnings
warnings.simplefilter("error")
import skbackprop
warnings.simplefilter("always")
skbackprop.show_versions()
corners, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
network = skbackprop.BackpropClassifier(
    4, batch_size=1, max_iter=900, error_tol=0.1, update_tol=0, n_init=3, n_jobs=3, random_state=0
)
for _ in range(2):
    print(network.fit(corners, labels).stop_reason_)
"""


@pytest.fixture(params=["clone", "installed"])
def folder(request, tmp_path):
    """Where Python finds the package without a kernel: a clone that was not built, or what an installation left."""
    built = ["__pycache__", "_kernel*"] + (["kernel"] if request.param == "installed" else [])
    shutil.copytree(SOURCES, tmp_path / "skbackprop", ignore=shutil.ignore_patterns(*built))
    return tmp_path


@pytest.fixture
def run(folder, run_python):
    """What the program prints and complains of, where Python finds the package in this folder."""

    def run(**environment):
        others = {name: value for name, value in os.environ.items() if not name.startswith("SKBACKPROP")}
        done = run_python("-c", PROGRAM, cwd=folder, env=others | environment)
        assert done.stdout.splitlines()[-2:] == ["error_tol", "error_tol"]
        return done.stdout, done.stderr

    return run


def test_the_first_training_says_that_there_is_no_kernel_and_what_to_do(folder, run):
    """Cases J20 and J28: threads that begin at once say it once too."""
    shown, complaints = run()
    (said,) = re.findall("RuntimeWarning: (.*)", complaints)
    others = complaints.replace("RuntimeWarning, stacklevel=1", "")  # the line of the package that says it
    assert "Warning" not in others.replace("RuntimeWarning", "", 1)
    assert said.startswith("skbackprop trains without its compiled kernel, up to a hundred times slower: ")
    clone = folder if (folder / "skbackprop" / "_network" / "kernel").exists() else None
    remedy = f'pip install -e "{clone}"' if clone else "pip install --force-reinstall --no-binary skbackprop skbackprop"
    assert f"`{remedy}`" in said
    assert f"engine: numpy. {said}\n" in shown


def test_numpy_that_was_asked_for_trains_in_silence(run):
    shown, complaints = run(SKBACKPROP_ENGINE="numpy")
    assert complaints == ""
    assert "engine: numpy. " in shown
