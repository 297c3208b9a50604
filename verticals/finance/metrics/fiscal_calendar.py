"""When a company's fiscal periods begin and end, read off its filings.

The month and day of the fiscal year end give the nominal dates; the dates of the filings themselves take
their place where they are known, so that years of 52 or 53 weeks and quarters of 12 or 16 weeks come out
right.
"""

import calendar as months
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from verticals.finance.facts.fact import Filing, Period
from verticals.finance.metrics.periods import PARTS, FiscalPeriod, month_end

NEAR_DAYS = 35  # a period that ends further from its nominal end is of another calendar
UNLIKE_DAYS = 7  # further off the nominal end than 52 weeks explain: quarters of 12 or 16 weeks
MATCH_DAYS = 10
_QUARTER_OF = {"Q1": 1, "Q2": 2, "H1": 2, "Q3": 3, "9M": 3, "Q4": 4, "FY": 4}


@dataclass(frozen=True, slots=True)
class YearEnd:
    """The nominal end of fiscal years: `lag` is 0 where a year is named for the one it ends in, else -1."""

    month: int
    day: int
    lag: int = 0

    @lru_cache(maxsize=4096)  # noqa: B019  (year ends are values, and few)
    def on(self, fiscal_year: int) -> date:
        year = min(max(fiscal_year - self.lag, 2), 9998)  # a quarter may end in the year before or after
        return date(year, self.month, min(self.day, months.monthrange(year, self.month)[1]))

    @lru_cache(maxsize=4096)  # noqa: B019
    def quarter_end(self, fiscal_year: int, quarter: int) -> date:
        end = self.on(fiscal_year)
        month = end.month - 3 * (4 - quarter)
        year = end.year + (month - 1) // 12
        month = (month - 1) % 12 + 1
        last = months.monthrange(year, month)[1]
        whole_month = self.day >= months.monthrange(end.year, end.month)[1]
        return date(year, month, last if whole_month else min(self.day, last))


CALENDAR_YEAR = YearEnd(12, 31)


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """The year ends by fiscal year in which they were stated, and the ends of quarters that filings show."""

    eras: Mapping[int, YearEnd] = field(default_factory=dict)
    known: Mapping[tuple[int, int], date] = field(default_factory=dict)

    def year_end(self, fiscal_year: int) -> YearEnd:
        """The year end stated nearest to a year; where a company changed it, either side keeps its own."""
        if not self.eras:
            return CALENDAR_YEAR
        return self.eras[min(self.eras, key=lambda year: (abs(year - fiscal_year), -year))]

    def quarter_end(self, fiscal_year: int, quarter: int) -> date:
        """The last day of a quarter; quarter 0 is the end of the year before."""
        if quarter == 0:
            return self.quarter_end(fiscal_year - 1, 4)
        if (fiscal_year, quarter) in self.known:
            return self.known[fiscal_year, quarter]
        nominal = self.year_end(fiscal_year).quarter_end(fiscal_year, quarter)
        alike = [year for year, number in self.known if number == quarter]
        if alike:
            year = min(alike, key=lambda one: abs(one - fiscal_year))
            drift = self.known[year, quarter] - self.year_end(year).quarter_end(year, quarter)
            if abs(drift.days) > UNLIKE_DAYS:
                return nominal + drift
        return nominal

    def span(self, period: FiscalPeriod) -> Period:
        """The dates of a period."""
        if period.dates:
            return period.dates
        if period.calendar:
            return _span(FiscalCalendar(), period)
        return _span(self, period)

    def is_quarter_end(self, day: date) -> bool:
        """Whether a quarter ends on a day, give or take the days of a 52-week year."""
        return any(
            abs((self.quarter_end(year, quarter) - day).days) <= MATCH_DAYS
            for year in (day.year - 1, day.year, day.year + 1)
            for quarter in (1, 2, 3, 4)
        )

    def quarter_ending(self, day: date) -> FiscalPeriod | None:
        """The year to date that a quarter closes on a day; None where none does.

        Quarters of whole weeks end near the day that people name, which is the end of a month.
        """
        for year in (day.year - 1, day.year, day.year + 1):
            for quarter in (1, 2, 3, 4):
                end = self.quarter_end(year, quarter)
                named = _closes_a_month(day) or not _closes_a_month(end)
                if end == day or (named and abs((end - day).days) <= MATCH_DAYS):
                    return FiscalPeriod(year, f"Q{quarter}").to_date
        return None

    def period_of(self, span: Period) -> FiscalPeriod | None:
        """The fiscal period that dates stand for, or None where they are no part of a fiscal year."""
        for year in (span.end.year - 1, span.end.year, span.end.year + 1):
            for part in PARTS:
                named = FiscalPeriod(year, part)
                dates = self.span(named)
                if abs((dates.end - span.end).days) <= MATCH_DAYS and (
                    span.start is None or abs(((dates.start or span.start) - span.start).days) <= MATCH_DAYS
                ):
                    return named
        return None


def _closes_a_month(day: date) -> bool:
    return day == month_end(day.year, day.month)


def _span(calendar: FiscalCalendar, period: FiscalPeriod) -> Period:
    before, count = PARTS[period.part]
    end = calendar.quarter_end(period.year, before + count)
    if period.trailing:
        start = calendar.quarter_end(period.year - 1, before + count)
    else:
        start = calendar.quarter_end(period.year, before)
    return Period(start=start + timedelta(days=1), end=end)


def calendar_read(filings: Iterable[Filing]) -> FiscalCalendar:
    """The calendar that a company's filings show; the calendar year where they show none."""
    votes: dict[int, YearEnd] = {}
    known: dict[tuple[int, int], date] = {}
    for filing in filings:
        quarter = _QUARTER_OF.get(filing.fiscal_period, 0)
        if not filing.fiscal_year or not filing.period_end or not quarter:
            continue
        end = _year_end(filing, quarter)
        nominal = end.quarter_end(filing.fiscal_year, quarter)
        if abs((filing.period_end - nominal).days) <= NEAR_DAYS:
            votes[filing.fiscal_year] = end
            known[filing.fiscal_year, quarter] = filing.period_end
    return FiscalCalendar(eras=votes, known=known)


def _year_end(filing: Filing, quarter: int) -> YearEnd:
    """The year end of one filing: its month and day as stated, else by when the period ends."""
    assert filing.period_end and filing.fiscal_year
    month, day = _month_day(filing.fiscal_year_end)
    if not month:
        ahead = filing.period_end.month + 3 * (4 - quarter)
        month = (ahead - 1) % 12 + 1
        day = 31 if filing.period_end.day >= 28 else filing.period_end.day
    options = (YearEnd(month, day, lag) for lag in (0, -1, 1))
    return min(
        options,
        key=lambda one: abs((one.quarter_end(filing.fiscal_year or 0, quarter) - filing.period_end).days),  # type: ignore[operator]
    )


def _month_day(text: str) -> tuple[int, int]:
    parts = text.strip("-").split("-")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        return 0, 0
    month, day = int(parts[0]), int(parts[1])
    return (month, day) if 1 <= month <= 12 and 1 <= day <= 31 else (0, 0)
