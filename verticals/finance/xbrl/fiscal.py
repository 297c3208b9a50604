"""Which fiscal year and period a report covers, by its last day and the company's year end."""

from datetime import date

YEAR_DAYS, YEAR_SLACK_DAYS = 365, 20
QUARTERS = {1: "Q1", 2: "Q2", 3: "Q3", 4: "FY"}
NEXT_YEARS_FIRST_DAYS = 7  # a year of 52 or 53 weeks may end in the first days of January


def fiscal_period(end: date, year_end: str) -> tuple[int, str]:
    """Fiscal year and period (FY, Q1 to Q3) of a report that ends on a day.

    `year_end`: --MM-DD, empty for the calendar year. A fiscal year is named for the calendar year in which
    most of companies say it ends: the one that holds its last day, or the one before where that day lies in
    the first week of January.
    """
    closes = year_close(end, year_end)
    months_left = round((closes - end).days / 30.44)
    quarter = 4 - round(max(0, months_left) / 3)
    return year_named(closes), QUARTERS[min(max(quarter, 1), 4)]


def year_close(end: date, year_end: str) -> date:
    """The last day of the fiscal year that a report's last day lies in, or misses by some days."""
    month, day = year_end_read(year_end)
    for year in (end.year - 1, end.year, end.year + 1):
        closes = _day(year, month, day)
        if (end - closes).days <= YEAR_SLACK_DAYS:
            return closes
    return end


def year_named(closes: date) -> int:
    """The calendar year by which a fiscal year is called that ends on a day."""
    early = closes.month == 1 and closes.day <= NEXT_YEARS_FIRST_DAYS
    return closes.year - 1 if early else closes.year


def year_end_read(text: str) -> tuple[int, int]:
    """Month and day of --MM-DD; the calendar year's end for anything else."""
    try:
        month, day = int(text[2:4]), int(text[5:7])
        date(2000, month, day)
    except ValueError:
        return 12, 31
    return month, day


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February
        return date(year, month, 28)
