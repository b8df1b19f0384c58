"""The file that a browser opens: the template with the style, the scripts and the contents in it.

A page may hold any text of the user's, so none reaches it but through `_as_json`, which leaves nothing that could end the
element it stands in, and the scripts put it on the page as text. The page's own policy lets it load nothing, from nowhere,
and run no script but those that are written into it here.
"""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files

# In this order: each script uses those before it.
SCRIPTS = (
    "network.js",
    "formulas.js",
    "book.js",
    "training.js",
    "points.js",
    "address.js",
    "drawing.js",
    "pictures.js",
    "curves.js",
    "step_tab.js",
    "train_tab.js",
    "play_tab.js",
    "page.js",
)


def assemble(contents):
    """The page as text.

    Parameters
    ----------
    contents : dict
        As `collect` makes it.
    """
    script = "\n".join(_read(name) for name in SCRIPTS)
    parts = {
        "title": html.escape(contents["title"]),
        "policy": _policy(script),
        "style": _read("page.css"),
        "contents": _as_json(contents),
        "script": script,
    }
    # In one pass, so that a text of the user's that looks like a place to fill is left alone.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _read("template.html"))


def _read(name):
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(script):
    """What the page may do: run this script, and show pictures that it has drawn itself."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _as_json(contents):
    """JSON without the characters that mean something in HTML."""
    text = json.dumps(contents, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
