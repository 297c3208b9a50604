"""Figures are read from the sentences around a table with their years, units and the words beside them."""

from decimal import Decimal

import pytest

from verticals.finance.grids.grid_passages import figures_in, passage_lines, sentences_of
from verticals.finance.grids.grid_read import grid_read
from verticals.finance.grids.grid_sources import Sources

TABLE = grid_read(
    [
        ["(in millions)", "2023", "2022"],
        ["Revenue", "1,200", "1,000"],
        ["Operating lease obligations", "310", "290"],
    ]
)
TEXT = (
    "Rent expense was $ 42 million , $ 38 million and $ 35 million in 2023 , 2022 and 2021 , respectively . "
    "The related sublease income was $ 4 million , $ 3 million and $ 2 million . "
    "We may raise our credit line from $ 500 million to $ 800 million . "
    "Dividends of 30 cents per share were declared in 2023 and 2022 . "
    "The churn rate was 4.5% in 2023 . "
    "Notes of $ 250 million due 2031 carry 5% interest ."
)


def _years(text: str) -> list[dict[int, Decimal]]:
    lines = (one.line for one in passage_lines(text))
    return [{year: cell.value for year, cell in line.by_year.items()} for line in lines]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Rent was $ 5 million and $ 4 million in 2023 and 2022 , respectively .", [{2023: 5, 2022: 4}]),
        ("Rent was $ 5 million in 2023 , compared with $ 4 million in 2022 .", [{2023: 5, 2022: 4}]),
        ("At December 31 , 2023 and 2022 , the fund held $ 9 and $ 8 .", [{2023: 9, 2022: 8}]),
        ("During 2023 , $ 7 million of goodwill was written off .", [{2023: 7}]),
        ("A fee of 30 cents was paid in 2023 and 2022 .", [{2023: 30, 2022: 30}]),
        ("Bonds of $ 250 million due 2031 were sold .", [{}]),
        ("Capacity grew to 12 units .", [{}]),
    ],
)
def test_each_figure_of_a_sentence_has_its_year(text, years):
    assert _years(text) == [{year: Decimal(value) for year, value in one.items()} for one in years]


def test_a_list_without_years_takes_those_of_the_sentence_before():
    assert _years(TEXT)[1] == {2023: Decimal(4), 2022: Decimal(3), 2021: Decimal(2)}


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("See note 12 on page 4 of the 10-k dated March 31 , 2023", []),
        ("a 364-day line of $ 5.0 billion", [("5.0", "money", "billion")]),
        ("a loss of $ ( 3.2 ) million and a rate of 4.5% ( 4.5 % )", [("-3.2", "money", "million"), ("4.5", "percent", "")]),
        ("675000 shares", [("675000", "", "")]),
    ],
)  # fmt: skip
def test_amounts_are_told_from_dates_and_numbers_of_notes(text, figures):
    found = [(str(one.value), one.unit, one.scale) for one in figures_in(text)]
    assert found == figures


def test_sentences_end_at_their_full_stops_and_not_inside_abbreviations():
    assert sentences_of("Sales in the u.s . rose . Costs fell .") == [
        "Sales in the u.s . rose",
        "Costs fell .",
    ]


@pytest.mark.parametrize(
    ("words", "year", "value"),
    [
        ("what was the revenue", 2023, "1200"),
        ("what was the rent expense", 2022, "38"),
        ("what was the sublease income", 2021, "2"),
        ("what was the churn rate", 2023, "4.5"),
        ("operating lease obligations", 2022, "290"),
    ],
)
def test_a_figure_comes_from_the_table_or_else_from_the_text(words, year, value):
    found = Sources(TABLE, TEXT).find(words, [year])
    assert found is not None
    cell = found.line.by_year[year]
    assert cell.value == Decimal(value)
    assert bool(cell.passage) is (value not in {"1200", "290"})


@pytest.mark.parametrize("words", ["what was the impairment", "who audits the company", ""])
def test_what_neither_holds_is_not_found(words):
    assert Sources(TABLE, TEXT).find(words, [2023]) is None


def test_an_empty_text_has_no_figures():
    assert passage_lines("") == []


def test_words_that_run_together_in_a_header_are_taken_apart():
    grid = grid_read([["", "2023"], ["net cashprovided by operations", "7"]])
    sources = Sources(grid, "The cash provided by operations rose .")
    assert sources.lines[0].label == "net cash provided by operations"
