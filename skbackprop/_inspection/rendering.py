"""Tables as aligned lines of text, as HTML and as LaTeX."""

import html
import re
import unicodedata
from typing import NamedTuple

# What is shown of a long table; frames have all rows.
MAX_ROWS = 30
_WIDE_COLUMNS = 14


def shorten(items, longest):
    """The items, or of many of them the first and the last with None between."""
    if len(items) <= longest:
        return items
    half = longest // 2
    return [*items[:half], None, *items[-half:]]


class Table(NamedTuple):
    """A table: its numbers, and the same as text.

    Attributes
    ----------
    key, title : str
    letters : list of str
        The general formulas.
    fields : tuple of str
        Columns of the records.
    records : list of tuple
        Rows of numbers.
    header : tuple of str
    cells : list of tuple of str
        Rows of text.
    """

    key: str
    title: str
    letters: list
    fields: tuple
    records: list
    header: tuple
    cells: list

    def _short_cells(self):
        """The rows, or the first and the last of many."""
        return [row or ("...", *[""] * (len(self.header) - 1)) for row in shorten(self.cells, MAX_ROWS)]

    def to_text(self):
        return "\n".join([self.title, ",  ".join(self.letters), *_align([self.header, *self._short_cells()])])

    def to_html(self):
        return _html_table(f"{self.title}: {', '.join(self.letters)}", [(self.header, self._short_cells())])

    def to_latex(self):
        letters = ", ".join(_latex(each) for each in self.letters)
        return _latex_table(f"{self.title}: {letters}", [(self.header, self._short_cells())])


class WideTable(Table):
    """A table whose records lie side by side, their names above their values, in as many blocks as the page needs."""

    def _blocks(self, cells):
        for start in range(0, len(cells), _WIDE_COLUMNS):
            names, values = zip(*cells[start : start + _WIDE_COLUMNS], strict=True)
            yield names, [values]

    def _short_cells(self):
        return [cell or ("...", "...") for cell in shorten(self.cells, 4 * _WIDE_COLUMNS - 2)]

    def to_text(self):
        blocks = ["\n".join(_align([names, *rows], is_right=True)) for names, rows in self._blocks(self._short_cells())]
        return "\n".join([self.title, *blocks])

    def to_html(self):
        return _html_table(self.title, self._blocks(self._short_cells()))

    def to_latex(self):
        return _latex_table(self.title, self._blocks(self._short_cells()))


def _align(rows, is_right=False):
    """Lines of text in columns, with rules around the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    place = str.rjust if is_right else str.ljust
    lines = ["  ".join(map(place, row, widths)).rstrip() for row in rows]
    rule = "-" * max(map(len, lines))
    return [rule, lines[0], rule, *lines[1:]]


def _html_table(caption, blocks):
    """One HTML table for each block of a header and rows; the first has the caption.

    They scroll in a box of their own, or a narrow window would have to scroll the whole page.
    """
    tables = []
    for header, rows in blocks:
        parts = [f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in header)}</tr>"]
        parts += [f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
        title = "" if tables else f"<caption>{html.escape(caption)}</caption>"
        tables.append(f"<table>{title}{''.join(parts)}</table>")
    return f'<div style="overflow-x: auto">{"".join(tables)}</div>'


def names_to_latex(names):
    """A table of what numbers stand for, or of the first and the last of many, in LaTeX.

    Parameters
    ----------
    names : dict of int to str
    """
    rows = [
        ("..." if row is None else str(row[0]), row[1] if row else "") for row in shorten([*names.items()], MAX_ROWS)
    ]
    return _latex_table("Units", [(("unit", "name"), rows)], write=_latex_words)


def _latex_words(text):
    """Words of the user's own as LaTeX prints them."""
    return text.translate(_LATEX_WORDS)


def _latex_table(caption, blocks, write=None):
    """A table environment with one tabular for each block, its cells written as formulas if not otherwise."""
    tabulars = []
    for header, rows in blocks:
        lines = [" & ".join(map(write or _latex, row)) + r" \\" for row in [header, *rows]]
        body = "\n".join([r"\hline", lines[0], r"\hline", *lines[1:], r"\hline"])
        tabulars.append(f"\\begin{{tabular}}{{{'l' * len(header)}}}\n{body}\n\\end{{tabular}}")
    return "\n".join([r"\begin{table}", rf"\caption{{{caption}}}", "\n\n".join(tabulars), r"\end{table}"])


_LATEX_WORDS = str.maketrans(
    {each: rf"\{each}" for each in "{}$&#_%"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)

_LATEX = [
    ("Δ", r"\\Delta "),
    (r"e\^(-?[\w.+-]+)", r"e^{\1}"),
    (r"\^(\d[\w.+-]+)", r"^{\1}"),
    (r"√\(([^()]*)\)", r"\\sqrt{\1}"),
    (r"√([\w.+-]+)", r"\\sqrt{\1}"),
    (r"(\d)e([+-]\d+)", lambda match: rf"{match[1]}\times 10^{{{int(match[2])}}}"),
    (r"\b([wxTIOd]|Err|θ)('?)_?(\d[\d,]*|[ijk]+)\b", r"\1\2_{\3}"),
    (r"Σ_([ik])", r"\\sum_{\1}"),
    (r"\b(tanh|max|min)\b", r"\\\1"),
    (r"(?<![\\\w])([^\W\d_]{2,})(?=[(_])", r"\\mathrm{\1}"),
    (r"\.\.\.", r"\\dots"),
    ("≥", r"\\geq"),
    ("[α-ω]", lambda match: "\\" + unicodedata.name(match[0]).split()[-1].lower().replace("lamda", "lambda")),
]


def _latex(cell):
    """A cell in LaTeX: words as they are, formulas in mathematics."""
    words = re.match(r"(unit|net input|output|hidden|error|weight or bias|direction|move|new value) ?", cell)
    text = words[0] if words else ""
    formula = cell[len(text) :]
    for pattern, replacement in _LATEX:
        formula = re.sub(pattern, replacement, formula)
    return text + (f"${formula}$" if formula else "")
