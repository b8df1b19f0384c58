"""What the package makes for its pages before they are built: the landing page's film, and networks to step through."""

import os
import re
import sys
from pathlib import Path

import numpy as np
from drawing import X_XOR, Y_XOR, book_network, xor_network

from skbackprop import export_html

DOCS = Path(__file__).parents[1]
README = DOCS.parent / "README.md"
LINES = re.compile(r"^from sklearn.datasets import make_moons$.*?(?=^```)", re.MULTILINE | re.DOTALL)
MADE = DOCS / "generated" / "made"  # the theme takes it for a folder of static files
MADE.mkdir(parents=True, exist_ok=True)


def make(app):
    _write_worked_example(MADE / "worked_example.html")
    _write_xor(MADE / "xor.html")
    _write_moons()
    film = MADE / "film.gif"
    if not film.exists() or film.stat().st_mtime < (DOCS / "film.py").stat().st_mtime:
        _write_film(film)


def _write_worked_example(path):
    export_html(book_network(), [[1, 0, 1]], [1], path, title="The book's worked example")


def _write_xor(path):
    network = xor_network()
    # what the pages that show it say of it
    np.testing.assert_allclose(network.predict_proba(X_XOR)[:, 1], Y_XOR, atol=0.02)
    assert network.update_curve_[-1] < 0.001
    export_html(network, X_XOR, Y_XOR, path, title="XOR")


def _write_moons():
    """By the lines of README that the landing page shows, which write into the folder in which they are run."""
    lines = LINES.search(README.read_text(encoding="utf-8"))[0]
    before, names = Path.cwd(), {}
    os.chdir(MADE)
    try:
        exec(lines, names)
    finally:
        os.chdir(before)
    assert names["network"].score(names["X"], names["y"]) > 0.98


def _write_film(path):
    """In a figure that shows nowhere, whatever the machine has."""
    sys.path.insert(0, str(DOCS))
    import film
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    film.write_film(path)


def setup(app):
    app.connect("builder-inited", make)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
