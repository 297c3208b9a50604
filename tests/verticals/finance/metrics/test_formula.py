"""Formulas are parsed to a tree, and text that is none is refused."""

from decimal import Decimal

import pytest

from verticals.finance.metrics.formula import (
    Binary,
    Call,
    Days,
    FormulaError,
    Name,
    Negative,
    Number,
    formula_names,
    formula_parse,
    formula_text,
)


def test_multiplication_binds_tighter_than_addition_and_brackets_tighter_still():
    assert formula_parse("a + b * 2") == Binary("+", Name("a"), Binary("*", Name("b"), Number(Decimal(2))))
    assert formula_parse("(a + b) / c") == Binary("/", Binary("+", Name("a"), Name("b")), Name("c"))


def test_subtraction_and_division_go_from_left_to_right():
    assert formula_parse("a - b - c") == Binary("-", Binary("-", Name("a"), Name("b")), Name("c"))


def test_functions_days_and_signs_are_understood():
    assert formula_parse("days * average(x)") == Binary("*", Days(), Call("average", Name("x")))
    assert formula_parse("-x") == Negative(Name("x"))


@pytest.mark.parametrize(
    "text", ["a - (b - c)", "a / (b * c)", "a * (b + c)", "-(a + b)", "1 - prior(a) / b", "a - b + c"]
)
def test_a_formula_is_written_back_as_it_was(text):
    assert formula_text(formula_parse(text)) == text


def test_the_names_of_a_formula_are_those_it_reads():
    assert list(formula_names(formula_parse("(a - optional(b)) / average(a)"))) == ["a", "b", "a"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "a b",
        "(a",
        "a)",
        "f(a)",
        "a ** b",
        "__import__('os')",
        "a.b",
        "prior()",
        "a[0]",
        "1 +* 2",
        "a; b",
        "A",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(FormulaError):
        formula_parse(text)
