"""The script that reads the built pages finds what a browser would fetch from another host, and nothing else."""

import runpy
from pathlib import Path

import pytest

PAGES = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "pages"))


def requests_in(text, folder, suffix=".html"):
    path = folder / f"index{suffix}"
    path.write_text(text, encoding="utf-8")
    return PAGES["requests_of"](path)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".html", '<script src="https://cdn.example/mathjax.js"></script>'),
        (".html", '<link rel="stylesheet" href="//fonts.example/css">'),
        (".html", '<img src="a.png" srcset="a.png 1x, https://cdn.example/b.png 2x">'),
        (".html", '<iframe src="http://example.org"></iframe>'),
        (".html", '<div style="background: url(https://example.org/x.png)"></div>'),
        (".html", "<style>@import 'https://example.org/a.css';</style>"),
        (".html", '<script>fetch("https://example.org/data")</script>'),
        (".svg", '<svg><image xlink:href="https://example.org/x.png"/></svg>'),
        (".css", "@font-face { src: url('https://fonts.example/a.woff2'); }"),
        (".js", 'const data = await import("https://cdn.example/a.js");'),
    ],
)
def test_what_a_browser_would_fetch_from_elsewhere_is_found(suffix, text, tmp_path):
    assert len(requests_in(text, tmp_path, suffix)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://scikit-learn.org">scikit-learn</a>',
        '<link rel="canonical" href="https://skbackprop.example/index.html">',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="x.png"/></svg>',
        '<img src="data:image/png;base64,AA//BB"><script src="_static/a.js"></script>',
        "<p>fetch('https://example.org') is text here</p>",
    ],
)
def test_links_and_what_the_page_brings_along_are_not(text, tmp_path):
    assert requests_in(text, tmp_path) == []


@pytest.mark.parametrize(("text", "code"), [("<img src='https://example.org/x.png'>", True), ("<p>one</p>", False)])
def test_the_script_fails_where_there_is_one(text, code, tmp_path):
    requests_in(text, tmp_path)
    with pytest.raises(SystemExit) as ended:
        PAGES["main"](tmp_path)
    assert ended.value.code == code
