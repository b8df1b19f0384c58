"""Formulas as MathML, made when the pages are built, so that no page asks another host for a renderer."""

import re

from docutils import nodes
from latex2mathml.converter import convert

# A command, with the word that it takes, or else a word: the book's Err is one name and no product of three.
_WORDS = re.compile(r"(\\(?:text|begin|end|mathrm|operatorname)\*?\{[^}]*\}|\\[a-zA-Z]+)|([a-zA-Z]{3,})")


def to_mathml(formula, display):
    """The formula as MathML; latex2mathml leaves what it does not know as it is, which must not pass unseen."""
    mathml = convert(_WORDS.sub(lambda found: found[1] or rf"\text{{{found[2]}}}", formula), display=display)
    if "\\" in mathml or "<mi>&</mi>" in mathml:
        raise ValueError(f"The formula {formula!r} holds what latex2mathml does not know: {mathml!r}.")
    return mathml


def visit_inline(self, node):
    self.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(f"{to_mathml(node.astext(), 'block')}</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
