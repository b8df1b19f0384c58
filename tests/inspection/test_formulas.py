"""Formulas: numbers in the place of letters, with the brackets that they need, and letters with no more than those."""

import pytest

from skbackprop._inspection.formulas import fill, in_letters, rounded, write, write_rate, write_setting


@pytest.mark.parametrize(
    ("formula", "text", "filled"),
    [
        ("{x} + 1", "-2", "-2 + 1"),
        ("1 - {x}", "-2", "1 - (-2)"),
        ("1 - {x}", "2", "1 - 2"),
        ("{x}^2", "-2", "(-2)^2"),
        ("{x}^2", "1.5e-07", "(1.5e-07)^2"),
        ("{x}^2", "2", "2^2"),
        ("(1 - {x}^2)", "-0.762", "(1 - (-0.762)^2)"),
        ("e^{x}", "-2", "e^-2"),
        ("1/{x}", "-2", "1/(-2)"),
        ("1/{x}", "1.5e-07", "1/(1.5e-07)"),  # 1/1.5·10^-7 could be read otherwise
        ("1/{x}", "(1 + 2)", "1/(1 + 2)"),
        ("tanh({x})", "-2", "tanh(-2)"),
        ("max(0, {x})", "-2", "max(0, -2)"),
        ("[{x} > 0]", "-2", "[-2 > 0]"),
        ("[1 < {x}]", "-2", "[1 < -2]"),
        ("({x})({x})", "-2", "(-2)(-2)"),
    ],
)
def test_a_number_has_brackets_where_it_needs_them(formula, text, filled):
    assert fill(formula, {"x": text}) == filled


@pytest.mark.parametrize(
    ("formula", "letters"),
    [
        ("({o})(1 - {o})({t} - {o})", "o (1 - o) (t - o)"),
        ("tanh({net})", "tanh(net)"),
        ("({β_1})({m'}) + (1 - {β_1}){d}", "β_1 m' + (1 - β_1) d"),
        ("({l})({c})({m})/(√{v} + {ε})", "l c m/(√v + ε)"),
        ("({p})[{t} > {o}]", "p [t > o]"),
        ("(1 - {β_2}){d}^2", "(1 - β_2) d^2"),
        ("sign{d}", "sign(d)"),
    ],
)
def test_letters_have_no_brackets_of_their_own(formula, letters):
    assert in_letters(formula, d="(d)") == letters


def test_letters_stand_for_what_they_are_called():
    assert in_letters("({l}){d}", d="(Err_j O_i - α w_ij)") == "l (Err_j O_i - α w_ij)"


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.5, 3, "0.5"),
        (-0.04567, 3, "-0.046"),
        (0.00004567, 3, "0.000046"),
        (4.567e-7, 3, "4.6e-07"),
        (12345.6789, 2, "12345.68"),
        (1.23456789e7, 3, "1.235e+07"),
        (1 / 3, None, "0.333333"),
        (-0.0, 3, "0"),
    ],
)
def test_what_is_written_is_what_is_calculated_with(number, digits, text):
    assert write(number, digits) == text
    if digits is not None:
        assert rounded([number], digits)[0] == float(text)


def test_settings_are_not_rounded_and_rates_keep_three_digits():
    assert [write_setting(number) for number in (0.9999, 1e-8, 12)] == ["0.9999", "1e-08", "12"]
    assert [write_rate(0.00123456, digits) for digits in (1, 3, 5, None)] == [
        "0.00123",
        "0.00123",
        "0.0012346",
        "0.00123456",
    ]
