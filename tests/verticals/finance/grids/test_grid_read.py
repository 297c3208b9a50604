"""Tables are read as reports set them: headers over several rows, headings, brackets for losses, units."""

from decimal import Decimal

import pytest

from verticals.finance.grids.grid_match import Lines
from verticals.finance.grids.grid_read import grid_read, number_read, scale_in, years_in


@pytest.mark.parametrize(
    ("text", "value", "percent"),
    [
        ("$  1,452.4", "1452.4", False),
        ("(119 )", "-119", False),
        ("$(5,860)", "-5860", False),
        ("-26 ( 26 )", "-26", False),
        ("62% ( 62 % )", "62", True),
        ("(14.3)%", "-14.3", True),
        ("—", "0", False),
        ("US$ 7", "7", False),
        ("-130 bps", "-130", False),
        (".5", "0.5", False),
    ],
)
def test_numbers_are_read_with_sign_and_percentage(text, value, percent):
    assert number_read(text) == (Decimal(value), percent)


@pytest.mark.parametrize("text", ["", "n/a", "nm", "2 to 5", "December 31", "1:1", "30/7/2021~"])
def test_other_texts_are_no_numbers(text):
    assert number_read(text) is None


def test_years_are_read_in_their_many_forms():
    assert years_in("Years ended 2019, 2018") == [2019, 2018]
    assert years_in("FY19 against F18") == [2019, 2018]
    assert years_in("12/31/10") == [2010]
    assert years_in("2,019 units at 2019.5") == []


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("(in millions)", "million"),
        ("U.S. $ in thousands", "thousand"),
        ("US$’000", "thousand"),
        ("£m", "million"),
        ("units", ""),
    ],
)
def test_the_scale_is_read_where_a_text_names_it(text, scale):
    assert scale_in(text) == scale


def test_a_header_over_several_rows_dates_the_columns():
    grid = grid_read(
        [
            ["", "Years Ended September 30,", ""],
            ["", "2019", "2018"],
            ["", "(in millions)", ""],
            ["Other", "44.1", "56.7"],
        ]
    )
    assert grid.scale == "million"
    line = Lines(grid).lines[0]
    assert {year: cell.value for year, cell in line.by_year.items()} == {
        2019: Decimal("44.1"),
        2018: Decimal("56.7"),
    }


def test_a_header_that_spans_two_columns_stands_over_both():
    grid = grid_read(
        [
            ["", "Fiscal 2018", "", "Fiscal 2017", ""],
            ["", "Sales", "% of total", "Sales", "% of total"],
            ["APAC", "$479", "40.0%", "$288", "38.1%"],
        ]
    )
    lines = {line.header: line for line in Lines(grid).lines}
    assert set(lines) == {"Sales", "% of total"}
    assert lines["% of total"].by_year[2017].value == Decimal("38.1")


def test_years_down_the_side_make_lines_of_columns():
    grid = grid_read(
        [
            ["", "Operating leases", "Finance leases"],
            ["2021", "$138", "$6"],
            ["2022", "135", "6"],
            ["Thereafter", "577", "35"],
        ]
    )
    line = next(one for one in Lines(grid).lines if one.header == "Operating leases" and one.by_year)
    assert line.by_year[2022].value == 135


def test_headings_and_sums_without_a_name_are_understood():
    grid = grid_read(
        [
            ["", "2019", "2018"],
            ["Accrued liabilities", "", ""],
            ["Payroll taxes", "155", "113"],
            ["", "$3,571", "$3,416"],
        ]
    )
    assert [(cell.label, cell.section) for cell in grid.cells][::2] == [
        ("Payroll taxes", "Accrued liabilities"),
        ("Total Accrued liabilities", "Accrued liabilities"),
    ]


def test_columns_of_changes_are_not_years():
    grid = grid_read([["", "2019", "2018", "2019 vs 2018"], ["Cost of sales", "5,860", "5,803", "1.0%"]])
    by_year = [line.by_year for line in Lines(grid).lines if line.by_year]
    assert len(by_year) == 1 and set(by_year[0]) == {2018, 2019}


def test_an_empty_or_ragged_table_gives_an_empty_grid_or_what_it_holds():
    assert grid_read([]).cells == ()
    assert grid_read([["a"], ["b", "1", "2"], []]).cells[0].value == 1
