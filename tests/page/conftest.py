"""A browser for the tests of the page, and pages to open in it; without a browser these tests are skipped."""

import os
import shutil
import warnings
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skbackprop import BackpropClassifier, export_html
from skbackprop._inspection.page.assembly import SCRIPTS, _read

# Where the user's own choice is not set; the browser that playwright would download is not needed.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _find_browser():
    chosen = os.environ.get("SKBACKPROP_BROWSER")
    return chosen or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = _find_browser()
    if path is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens what `export_html` writes; at the end no page may have complained, or asked anything of anyone."""
    complaints, requests, contexts, numbers = [], [], [], count()

    def open_(network, X, y, at="", width=1300, theme="light", **wishes):
        path = tmp_path / f"{next(numbers)}.html"
        export_html(network, X, y, path, **wishes)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{path.as_uri()}{at}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.fixture(scope="session")
def arithmetic(browser):
    """The scripts that compute, without a page around them."""
    page = browser.new_page()
    page.set_content("<title>arithmetic</title>")
    page.add_script_tag(content="\n".join(_read(name) for name in SCRIPTS[:5]))
    yield page
    page.close()


@pytest.fixture
def worked_example():
    """Han and Kamber's example: units 1 to 3 are inputs, 4 and 5 hidden, 6 is the output; l is 0.9."""
    network = BackpropClassifier(2, learning_rate_init=0.9, batch_size=1).initialize(
        [[1, 0, 1]],
        [1],
        classes=[0, 1],
        coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
        intercepts_init=[[-0.4, 0.2], [0.1]],
    )
    return network, [[1, 0, 1]], [1]


XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


@pytest.fixture(scope="session")
def xor():
    """A network that is trained on XOR, the points, and what a Recorder would have of it."""
    X, y = XOR
    recording = SimpleNamespace(epochs_=[], coefs_=[], intercepts_=[])
    network = BackpropClassifier(3, batch_size=1, learning_rate_init=0.5, momentum=0.9, init_range=1.0, random_state=1)
    for n_epochs in (1, 5, 20, 300):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.set_params(max_iter=n_epochs).fit(X, y)
        recording.epochs_.append(network.n_iter_)
        recording.coefs_.append(network.coefs_)
        recording.intercepts_.append(network.intercepts_)
    return network, X, y, recording
