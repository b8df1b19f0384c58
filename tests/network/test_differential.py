"""A sample of what .ci/differential tries: both engines against a reference of single numbers, in random cases."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "differential"


@pytest.mark.slow
def test_engines_are_as_near_to_the_formulas_as_rounding_allows(run_python):
    done = run_python(FOLDER, "--cases", 60)
    assert "beyond rounding: 0" in done.stdout
