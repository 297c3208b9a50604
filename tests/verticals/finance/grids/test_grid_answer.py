"""Questions over one table are computed from its cells, and left alone where the table does not hold them."""

from decimal import Decimal

import pytest

from verticals.finance.grids.grid_answer import grid_answer
from verticals.finance.grids.grid_dialogue import GridDialogue
from verticals.finance.grids.grid_read import grid_read

TABLE = grid_read(
    [
        ["", "2023", "2022", "2021"],
        ["(in thousands)", "", "", ""],
        ["Optical instruments", "$ 900", "$ 700", "$ 600"],
        ["Laboratory services", "300", "300", "200"],
        ["Total revenue", "1,200", "1,000", "800"],
        ["Interest expense", "(20)", "(25)", "(15)"],
        ["Effective tax rate", "21.0%", "19.5%", "20.0%"],
        ["Total current assets", "500", "400", "300"],
        ["Total current liabilities", "250", "160", "150"],
    ],
    around="The table shows amounts in thousands.",
)


@pytest.mark.parametrize(
    ("question", "value", "scale"),
    [
        ("What was the percentage change in total revenue from 2022 to 2023?", "20.00", "percent"),
        ("What was the change in optical instruments in 2023 from 2022?", "200", "thousand"),
        ("What is the difference in laboratory services between 2021 and 2023?", "100", "thousand"),
        ("What was the change in interest expense between 2021 and 2022?", "-10", "thousand"),
        ("What was the average revenue from laboratory services for 2021 to 2023?", "266.67", "thousand"),
        ("What is the 2023 average total revenue?", "1100", "thousand"),
        ("What is the average effective tax rate for 2022 and 2023?", "20.25", "percent"),
        ("What is the change between 2022 and 2023 average total revenue?", "200", "thousand"),
        ("What is the ratio of optical instruments to laboratory services in 2023?", "3.00", ""),
        ("What percentage of total revenue was laboratory services in 2022?", "30.00", "percent"),
        ("What is the proportion of laboratory services over total revenue in 2023?", "0.25", ""),
        ("What was the total laboratory services revenue in 2022 and 2023?", "600", "thousand"),
        ("What is the sum of optical instruments and laboratory services in 2021?", "800", "thousand"),
        ("What is the current ratio in 2023?", "2.00", ""),
        ("What is the change in current ratio from 2022 to 2023?", "-0.50", ""),
    ],
)
def test_a_question_is_computed_from_the_cells_of_the_table(question, value, scale):
    answer = grid_answer(question, TABLE)
    assert answer is not None
    assert (round(answer.value, 2), answer.scale) == (Decimal(value), scale)
    assert answer.cells and answer.formula


@pytest.mark.parametrize(
    "question",
    [
        "What was the percentage change in goodwill from 2022 to 2023?",
        "What was the change in total revenue from 2015 to 2016?",
        "Who audits the company?",
        "What is the inventory turnover in 2023?",
        "",
    ],
)
def test_what_the_table_does_not_hold_is_not_guessed(question):
    assert grid_answer(question, TABLE) is None


def test_division_by_zero_gives_no_answer():
    grid = grid_read([["", "2023", "2022"], ["Restructuring", "5", "—"]])
    assert grid_answer("What was the percentage change in restructuring from 2022 to 2023?", grid) is None


def test_a_conversation_goes_on_with_what_it_came_to():
    dialogue = GridDialogue(TABLE)
    turns = [
        ("what was the total revenue in 2023?", "1200"),
        ("and in 2022?", "1000"),
        ("what was, then, the change over the years?", "200"),
        ("and how much does that change represent in relation to the 2022 value?", "0.2"),
        ("and how much is that in percentage?", "20"),
        ("what was the laboratory services revenue in 2022?", "300"),
        ("and in 2021?", "200"),
        ("combined, what was the total for these two years?", "500"),
        ("and what was the average?", "250"),
        ("what is that divided by 100?", "2.5"),
    ]
    for question, value in turns:
        turn = dialogue.ask(question)
        assert turn is not None, question
        assert round(turn.value, 4) == Decimal(value), question


def test_a_turn_that_cannot_be_answered_leaves_the_conversation_as_it_was():
    dialogue = GridDialogue(TABLE)
    assert dialogue.ask("what was the goodwill impairment?") is None
    assert dialogue.turns == []
