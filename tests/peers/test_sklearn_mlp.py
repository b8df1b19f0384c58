"""scikit-learn's own tests of MLPClassifier and MLPRegressor hold for our classes with their defaults."""

import os
import re
from pathlib import Path

import pytest
from sklearn import __version__

# The functions that are left out by name, because they are not about behaviour, stand in the plugin with their reasons.
N_LEFT_OUT = 6
TESTS = "sklearn.neural_network.tests.test_mlp"


@pytest.mark.skipif(tuple(map(int, __version__.split(".")[:2])) < (1, 9), reason="older ones test other behaviour")
@pytest.mark.slow
def test_scikit_learns_own_tests_pass_with_the_classes_swapped(run_python):
    folder = Path(__file__).parent
    done = run_python(
        *("-m", "pytest", "-q", "-c", os.devnull, "-p", "swap_mlp", "-p", "no:cacheprovider", "--pyargs", TESTS),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        check=False,
    )
    assert done.returncode == 0, done.stdout
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|skipped)", done.stdout.splitlines()[-1])}
    assert counts["skipped"] == N_LEFT_OUT
    assert counts["passed"] >= 37, "the public functions of scikit-learn 1.9"
