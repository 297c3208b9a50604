"""Fiscal periods get the dates that the company's own filings show."""

from datetime import date

import pytest

from tests.verticals.finance.ledger import filing
from verticals.finance.facts.fact import Period
from verticals.finance.metrics.fiscal_calendar import FiscalCalendar, calendar_read
from verticals.finance.metrics.periods import FiscalPeriod


def span(dates: FiscalCalendar, year: int, part: str, **more: bool) -> tuple[str, str]:
    found = dates.span(FiscalPeriod(year, part, **more))
    return str(found.start), str(found.end)


def test_without_filings_a_fiscal_year_is_the_calendar_year():
    assert span(FiscalCalendar(), 2023, "FY") == ("2023-01-01", "2023-12-31")
    assert span(FiscalCalendar(), 2024, "Q1") == ("2024-01-01", "2024-03-31")
    assert span(FiscalCalendar(), 2023, "9M") == ("2023-01-01", "2023-09-30")


def test_a_year_that_ends_in_june_begins_in_july_of_the_calendar_year_before():
    calendar = calendar_read([filing("2023-06-30", 2023, fiscal_year_end="--06-30")])
    assert span(calendar, 2023, "FY") == ("2022-07-01", "2023-06-30")
    assert span(calendar, 2023, "Q3") == ("2023-01-01", "2023-03-31")
    assert span(calendar, 2024, "Q3", trailing=True) == ("2023-04-01", "2024-03-31")


def test_a_year_that_ends_in_january_is_named_as_the_filing_names_it():
    by_end = calendar_read([filing("2025-01-31", 2025, fiscal_year_end="--01-31")])
    by_start = calendar_read([filing("2023-01-28", 2022, fiscal_year_end="--01-28")])
    assert span(by_end, 2025, "FY") == ("2024-02-01", "2025-01-31")
    assert span(by_start, 2022, "FY")[1] == "2023-01-28"
    assert span(by_start, 2021, "FY")[1] == "2022-01-28"


def test_weeks_move_the_ends_of_quarters_to_where_the_filings_put_them():
    calendar = calendar_read(
        [
            filing("2023-09-30", 2023, fiscal_year_end="--09-30"),
            filing("2022-09-24", 2022, fiscal_year_end="--09-24"),
            filing("2023-07-01", 2023, "Q3", fiscal_year_end="--09-30"),
        ]
    )
    assert span(calendar, 2023, "FY") == ("2022-09-25", "2023-09-30")
    assert span(calendar, 2023, "Q4") == ("2023-07-02", "2023-09-30")


def test_quarters_of_twelve_weeks_are_carried_over_to_other_years():
    calendar = calendar_read(
        [
            filing("2023-09-03", 2023, fiscal_year_end="--09-03"),
            filing("2023-05-07", 2023, "Q3", fiscal_year_end="--09-03"),
        ]
    )
    end = calendar.quarter_end(2022, 3)
    assert abs((end - date(2022, 5, 8)).days) <= 6  # the nominal end of the third quarter is 3 June


def test_a_year_of_53_weeks_that_ends_in_the_first_days_of_january_keeps_its_year():
    calendar = calendar_read([filing("2021-01-02", 2020, fiscal_year_end="--12-31")])
    assert span(calendar, 2020, "FY")[1] == "2021-01-02"
    assert span(calendar, 2021, "FY") == ("2021-01-03", "2021-12-31")


def test_calendar_periods_ignore_the_fiscal_year():
    calendar = calendar_read([filing("2023-06-30", 2023, fiscal_year_end="--06-30")])
    assert span(calendar, 2023, "FY", calendar=True) == ("2023-01-01", "2023-12-31")


def test_filings_that_say_nothing_of_their_period_are_passed_over():
    calendar = calendar_read([filing("2023-06-30", 2023, "")])
    assert calendar == FiscalCalendar()


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2023-01-01", "2023-12-31", "FY2023"),
        ("2023-01-01", "2023-09-30", "2023-9M"),
        ("2022-10-02", "2022-12-31", "2022Q4"),
        ("2023-02-03", "2023-07-22", None),
    ],
)
def test_dates_are_named_by_the_fiscal_period_that_they_are(start, end, code):
    found = FiscalCalendar().period_of(Period(start=date.fromisoformat(start), end=date.fromisoformat(end)))
    assert (found.code if found else None) == code


def test_the_period_before_a_first_quarter_is_the_last_of_the_year_before_and_nine_months_have_none():
    assert FiscalPeriod(2023, "Q1").previous() == FiscalPeriod(2022, "Q4")
    assert FiscalPeriod(2023, "H2").previous() == FiscalPeriod(2023, "H1")
    assert FiscalPeriod(2023, "9M").previous() is None


def test_periods_are_labelled_in_both_languages():
    assert FiscalPeriod(2023, "9M").label("zh") == "2023年前三季度"
    assert FiscalPeriod(2023, "9M").label("en") == "first nine months of 2023"
    assert FiscalPeriod(2024, "Q2", trailing=True).label("en") == "twelve months to the end of Q2 2024"
    assert FiscalPeriod(2023, calendar=True).label("en") == "calendar 2023"
    with pytest.raises(ValueError, match="no part of a year"):
        FiscalPeriod(2023, "Q5")


@pytest.mark.parametrize("year", [1, 2, 9999])
def test_years_at_the_edges_of_the_calendar_have_periods(year):
    span = Period(start=date(year, 1, 1), end=date(year, 12, 31))
    named = FiscalCalendar().period_of(span)
    assert named is None or abs(named.year - year) <= 1
