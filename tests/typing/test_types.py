"""The annotations: typical uses pass the type checker, and run; a wrong use does not pass."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_origin, get_type_hints

import pytest
import sklearn

USES = Path(__file__).with_name("uses.py")


def check(file, folder):
    """What mypy --strict says of a file, read far from the sources, where it finds the package as users have it."""
    pytest.importorskip("mypy", reason="the test needs mypy")
    shutil.copy(file, folder / "program.py")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "program.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.slow
def test_mypy_accepts_typical_uses(tmp_path):
    answer = check(USES, tmp_path)
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout


@pytest.mark.slow
def test_mypy_refuses_wrong_uses(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from skbackprop import BackpropClassifier, explain_step\n"
        "from skbackprop.export import to_c\n"
        'network = BackpropClassifier(max_iter="300")\n'
        "network.fit([[0.0]], [1]).score()\n"
        "network.partial_fit([[0.0]])\n"
        "explain_step(network, [0.0], 1).to_html()\n"
        "to_c(network, 7)\n"
    )
    answer = check(wrong, tmp_path)
    for line, kind in ((3, "arg-type"), (4, "call-arg"), (5, "call-arg"), (6, "attr-defined"), (7, "arg-type")):
        assert any(f":{line}: " in said and f"[{kind}]" in said for said in answer.stdout.splitlines()), answer.stdout


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["classify", "stream", "regress", "tune", "inspect", "save"])
def test_typical_uses_run(name):
    if name == "save" and sklearn.__version__ < "1.9":
        pytest.skip("checkpoints need scikit-learn 1.9")
    spec = importlib.util.spec_from_file_location("uses", USES)
    uses = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(uses)
    use = getattr(uses, name)
    promised = get_type_hints(use)["return"]
    assert isinstance(use(), get_origin(promised) or promised)
