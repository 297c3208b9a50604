"""Arithmetic over single tables of the evaluation sets, on the half that was set aside and on the other."""

from decimal import Decimal

import pytest

from tests.evaluation_data import data_set
from verticals.finance.evaluation import convfinqa, tatqa


def test_tatqa_reaches_its_goal_on_the_tables_that_were_set_aside():
    tallies = tatqa.run(data_set("tatqa"))
    aside, seen = tallies["set aside"], tallies["built on"]
    assert aside.questions + seen.questions > 700
    assert aside.right / aside.questions >= 0.68
    assert seen.right / seen.questions >= 0.75
    assert aside.right / (aside.right + aside.wrong) >= 0.79


def test_convfinqa_is_answered_as_far_as_the_tables_go():
    tallies = convfinqa.run(data_set("convfinqa"))
    aside = tallies["set aside"]
    assert aside.conversations + tallies["built on"].conversations == 198
    assert aside.in_table_right / aside.in_table >= 0.45
    assert aside.last_right / aside.conversations >= 0.25


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("ans = 60.94", "60.94"),
        ("x0 = 60.94 - 25.14; ans = x0 / 25.14", "1.424"),
        ("ans = 62%", "0.62"),
        ("ans = 674.0 + -202.8", "471.2"),
    ],
)
def test_programs_of_the_set_are_evaluated(program, value):
    found = convfinqa.program_value(program)
    assert found is not None and round(found, 3) == round(Decimal(value), 3)


@pytest.mark.parametrize("program", ["ans = 2 > 1", "import os", "ans = open('x')", "ans = 1 / 0", "ans ="])
def test_anything_else_is_no_program(program):
    assert convfinqa.program_value(program) is None


def test_answers_are_compared_as_the_set_compares_them():
    assert tatqa.comparable(Decimal("-22.2222"), "percent") == tatqa.comparable(Decimal("-22.22"), "percent")
    assert tatqa.comparable(Decimal("12.6"), "million") != tatqa.comparable(Decimal("12.6"), "thousand")
    assert convfinqa.agrees(Decimal("0.2"), Decimal("20")) and not convfinqa.agrees(
        Decimal("0.2"), Decimal("0.21")
    )
