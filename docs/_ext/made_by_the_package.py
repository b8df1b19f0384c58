"""What the package makes for its pages before they are built: the landing page's film, and networks to step through."""

import sys
from pathlib import Path

import numpy as np

from skbackprop import BackpropClassifier, export_html

DOCS = Path(__file__).parents[1]
MADE = DOCS / "generated" / "made"  # the theme takes it for a folder of static files
MADE.mkdir(parents=True, exist_ok=True)


def make(app):
    _write_worked_example(MADE / "worked_example.html")
    _write_xor(MADE / "xor.html")
    film = MADE / "film.gif"
    if not film.exists() or film.stat().st_mtime < (DOCS / "film.py").stat().st_mtime:
        _write_film(film)


def _write_worked_example(path):
    network = BackpropClassifier(2, batch_size=1, learning_rate_init=0.9).initialize(
        [[1, 0, 1]],
        [1],
        classes=[0, 1],
        coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
        intercepts_init=[[-0.4, 0.2], [0.1]],
    )
    export_html(network, [[1, 0, 1]], [1], path, title="The book's worked example")


def _write_xor(path):
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    network = BackpropClassifier(2, batch_size=1, learning_rate_init=2.0, max_iter=1000, random_state=1).fit(X, y)
    export_html(network, X, y, path, title="XOR")


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
