"""A conversation keeps to what its words point at: results, figures of other years, the text around the table."""

from decimal import Decimal

import pytest

from verticals.finance.grids.grid_dialogue import GridDialogue
from verticals.finance.grids.grid_read import grid_read

TABLE = grid_read(
    [
        ["(in millions)", "2023", "2022", "2021"],
        ["Optical instruments", "$ 900", "$ 700", "$ 600"],
        ["Laboratory services", "300", "300", "200"],
        ["Net change in cash", "(20)", "15", "40"],
        ["Total revenue", "1,200", "1,000", "800"],
    ]
)
TEXT = (
    "Rent expense was $ 42 million and $ 35 million in 2023 and 2022 , respectively . "
    "We may raise our credit line from $ 500 million to $ 800 million . "
    "Backlog stood at $ 2.4 billion at the end of 2023 ."
)
SHARES = grid_read(
    [
        ["", "Number of shares purchased", "Average price paid per share"],
        ["October", "1,000", "$ 5.50"],
        ["November", "2,000", "$ 6.00"],
        ["Total", "3,000", "$ 5.83"],
    ]
)
INDEX = grid_read(
    [["", "2019", "2023"], ["Lens Corporation", "100.00", "180.00"], ["Peer group", "100.00", "150.00"]]
)

CONVERSATIONS = [
    (
        "rent from the text",
        TABLE,
        [
            ("What was the rent expense in 2023?", "42"),
            ("And in 2022?", "35"),
            ("What was, then, the change over the year?", "7"),
            ("And how much does that change represent in relation to the 2022 rent expense, in percentage?", "0.2"),
            ("How much is that in percentage?", "20"),
        ],
    ),
    (
        "a part of a total",
        TABLE,
        [
            ("What was the optical instruments revenue in 2023?", "900"),
            ("And what was the total revenue?", "1200"),
            ("What percentage, then, does that amount represent in relation to this total?", "0.75"),
        ],
    ),
    (
        "what a text says may go from one to another",
        TABLE,
        [
            ("What would be the change in the credit line if it was raised?", "300"),
            ("And how much does this change represent in relation to the original line, in percentage?", "0.6"),
        ],
    ),
    (
        "a label that speaks of a change itself",
        TABLE,
        [("What was the net change in cash in 2022?", "15"), ("And in 2021?", "40")],
    ),
    (
        "units",
        TABLE,
        [("What was the backlog in 2023, in millions?", "2400"), ("What is that divided by 100?", "24")],
    ),
    (
        "less and ratio",
        TABLE,
        [
            ("What is the 2023 value of laboratory services less the 2021 value?", "100"),
            ("What was the 2021 value?", "200"),
            ("What is the change over the 2021 value?", "0.5"),
        ],
    ),
    (
        "the same for another line",
        TABLE,
        [
            ("What was the percentage change in optical instruments from 2021 to 2023?", "0.5"),
            ("And what was it for the laboratory services?", "0.5"),
        ],
    ),
    (
        "worth",
        SHARES,
        [
            ("What was the total value of the shares purchased in October?", "5500"),
            ("What was the average price paid per share in November?", "6"),
        ],
    ),
    (
        "index",
        INDEX,
        [
            ("What is the value of Lens Corporation in 2023?", "180"),
            ("What is the net change in value?", "80"),
            ("What rate of return does this represent?", "0.8"),
            ("What about the net change of the peer group from 2019 to 2023?", "50"),
            ("What rate of return does this represent?", "0.5"),
            ("What is the difference in rate of return among these investments?", "0.3"),
        ],
    ),
    (
        "what fell",
        TABLE,
        [
            ("What was the net change in cash in 2021?", "40"),
            ("And in 2022?", "15"),
            ("What was the decline?", "25"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "turns"), [case[1:] for case in CONVERSATIONS], ids=[case[0] for case in CONVERSATIONS]
)
def test_a_conversation_is_followed(table, turns):
    dialogue = GridDialogue(table, TEXT)
    for question, value in turns:
        turn = dialogue.ask(question)
        assert turn is not None, question
        assert round(turn.value, 4) == Decimal(value), f"{question}: {turn.formula}"
        assert turn.formula
        assert turn.cells, question


def test_nothing_is_built_on_a_turn_that_has_no_answer():
    dialogue = GridDialogue(TABLE, TEXT)
    assert dialogue.ask("what was the total revenue in 2023?") is not None
    assert dialogue.ask("what was the goodwill impairment?") is None
    assert dialogue.ask("what is that times 100?") is None
    assert dialogue.ask("and in 2022?") is None


def test_figures_of_different_scales_are_put_into_one():
    dialogue = GridDialogue(TABLE, TEXT)
    dialogue.ask("what was the backlog in 2023?")
    dialogue.ask("what was the total revenue in 2023?")
    turn = dialogue.ask("what is the ratio?")
    assert turn is not None and turn.value == Decimal(2)


def test_a_division_by_zero_is_refused():
    dialogue = GridDialogue(grid_read([["", "2023", "2022"], ["Restructuring charge", "5", "—"]]))
    dialogue.ask("what was the restructuring charge in 2023?")
    dialogue.ask("and in 2022?")
    assert dialogue.ask("what was the percentage change?") is None


@pytest.mark.parametrize("question", ["", "?", "and?", "what is that over 0?"])
def test_a_turn_that_says_nothing_has_no_answer(question):
    assert GridDialogue(TABLE, TEXT).ask(question) is None
