"""Lets the heads of tables go over two lines, where names of classes join words, so that wide tables fit the page."""

import re

from docutils import nodes

_LONG = re.compile(r"\S{12,}")
# Between BackpropClassifier's two words, and after an opening bracket.
_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\()(?=\w)")


def break_heads(app, doctree):
    """Put into long words of heads what a browser may break a line at, and shows as nothing."""
    for head in doctree.findall(nodes.thead):
        for text in list(head.findall(nodes.Text)):
            broken = _LONG.sub(lambda word: _JOINT.sub("\N{ZERO WIDTH SPACE}", word[0]), text)
            text.parent.replace(text, nodes.Text(broken))


def setup(app):
    app.connect("doctree-read", break_heads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
