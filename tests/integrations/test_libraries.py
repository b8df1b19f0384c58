"""The lines of docs/other_libraries.rst, each where its library is installed."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "other_libraries.rst"
BLOCKS = dict(
    re.findall(r"   :name: with-([\w-]+)\n\n((?:(?:   .*)?\n)+)", PAGE.read_text(encoding="utf-8"))
)  # of each library its code, indented
MODULES = {
    "dask-ml": ["dask_ml"],
    "imbalanced-learn": ["imblearn"],
    "parquet": ["pyarrow"],
    "dask": ["distributed"],
    "mlflow": ["mlflow", "skops"],
}

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # theirs


@pytest.mark.parametrize("name", BLOCKS)
def test_the_lines_of_the_page_run(name, tmp_path, monkeypatch):
    """Each ends in assertions."""
    for module in MODULES.get(name, [name]):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    code = re.sub("^   ", "", BLOCKS[name], flags=re.MULTILINE)
    assert "assert " in code
    exec(compile(code, f"{PAGE.name}, {name}", "exec"), {"__name__": "__main__"})


def test_the_table_of_the_page_names_each():
    page = PAGE.read_text(encoding="utf-8")
    assert len(BLOCKS) > 10
    for name in BLOCKS:
        assert re.search(rf"^   `?{name}`?[ ,<]", page, re.MULTILINE), name
