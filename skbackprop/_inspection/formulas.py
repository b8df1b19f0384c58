"""Numbers and formulas as text: how a number is rounded and written, and how it stands in the place of a letter."""

import math
import re

import numpy as np


def _decimals(number, digits):
    """How many decimals a number is to have: the given ones, and more where two significant digits need them."""
    if number == 0 or not math.isfinite(number):
        return digits
    return max(digits, 1 - math.floor(math.log10(abs(number))))


def write(number, digits):
    """A calculated number as the tables show it, without trailing zeros."""
    number = float(number)
    if number == 0:
        return "0"
    if digits is None:
        return f"{number:.6g}"
    decimals = _decimals(number, digits)
    if decimals > digits + 3 or abs(number) >= 1e7:
        return f"{number:.{1 if abs(number) < 1 else digits}e}"
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".")


def write_setting(number):
    """A number that the user chose, which is not rounded: of 0.9999 three decimals would be 1."""
    return str(number) if isinstance(number, int) else f"{number:.12g}"


def write_rate(number, digits):
    """A learning rate, which the user chose or which was calculated: with three significant digits at least."""
    return f"{number:.6g}" if digits is None else f"{number:.{max(3, digits)}g}"


def rounded(numbers, digits):
    """The numbers as `write` shows them; None rounds nothing."""
    if digits is None:
        return numbers
    return np.vectorize(lambda number: float(write(number, digits)), otypes=[float])(numbers)


_NUMBER = re.compile(r"-?[\d.]+(e[+-]\d+)?")

# After these a minus sign stands by itself, if no power follows.
_OPENINGS = ("", "(", "[", "^", ", ", "> ", "< ", "≥ ")


def fill(formula, texts):
    """A formula with texts in the place of its letters, numbers with brackets around them where they need some.

    Parameters
    ----------
    formula : str
        With letters in braces.
    texts : dict of str to str
    """

    def replace(match):
        text = texts[match[1]]
        before, after = formula[: match.start()], formula[match.end() :]
        return f"({text})" if _needs_brackets(text, before, after) else text

    return re.sub(r"\{([^{}]*)\}", replace, formula)


def _needs_brackets(text, before, after):
    """Whether a sign, or a power of ten, would be taken for a part of something else."""
    if not _NUMBER.fullmatch(text):
        return False
    has_power = "e" in text
    if after.startswith("^"):
        return has_power or text.startswith("-")
    is_open = any(before.endswith(each) if each else not before for each in _OPENINGS)
    return (has_power and before.endswith("/")) or (text.startswith("-") and not is_open)


def in_letters(formula, **texts):
    """A formula in letters, without the brackets that only numbers need.

    Parameters
    ----------
    formula : str
        With letters in braces.
    **texts : str
        What stands for some of the letters.
    """
    letters = re.findall(r"\{([^{}]*)\}", formula)
    text = fill(formula, {**{letter: letter for letter in letters}, **texts})
    text = re.sub(r"(?<!\w)\(([^\s()\[\]]+)\)", r" \1 ", text)  # not those of tanh(I_j)
    return re.sub(r" +(?=[/^)\],]|$)|(?<=[(\[])\s+|^ +|(?<= ) +", "", text).replace(")(", ") (").replace(")[", ") [")
