"""Which period a column of an English statement is about, by the rows above its figures and the cover.

Nothing is guessed: of years that end on odd days only those count whose last day is stated.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from verticals.finance.facts.fact import Period
from verticals.finance.recognise import MONTH, MONTHS

_DAY = re.compile(
    rf"(?:(?<!\d)(?P<d1>\d{{1,2}}) (?P<m1>{MONTH})|(?P<m2>{MONTH}) ?(?P<d2>\d{{1,2}}))"
    r"(?:,? ?(?P<year>20\d\d|19\d\d))?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:(three|six|nine|twelve) months ended|(quarter|quarters|quarterly period) ended"
    r"|(?<!half )(?<!half-)((?:fiscal )?years?) ended)\b",
    re.IGNORECASE,
)
_OTHER_LENGTH = re.compile(  # 13 weeks, six months to, half year: a length that is stated and not read
    r"(?<!52 )(?<!53 )\bweeks\b|\bmonths\b|\bhalf[- ]year|\bquarter\b", re.IGNORECASE
)
_MONTHS_LONG = {"three": 3, "six": 6, "nine": 9, "twelve": 12}
_QUARTER = re.compile(r"\bQ([1-4]) (20\d\d)\b")
_YEAR = re.compile(r"(?<![\d.,])(?:20|19)\d\d(?![\d.,%])")
ENDED = re.compile(rf"\b(?:{_LENGTH.pattern}):? {_DAY.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cover says of the report's own period: its last day and its length in months."""

    end: date
    months: int


def cover_period(text: str) -> Cover | None:
    """The latest period with its last day that a text states; of several with one end the first."""
    stated = (
        Cover(day, _months(found[1], found[2]))
        for found in ENDED.finditer(" ".join(text.split()))
        if (day := _day(found, None)) is not None
    )
    return max(stated, key=lambda cover: cover.end, default=None)


def _months(counted: str | None, quarter: str | None) -> int:
    return _MONTHS_LONG[counted.lower()] if counted else 3 if quarter else 12


def _day(found: re.Match[str], year: int | None) -> date | None:
    stated = int(found["year"]) if found["year"] else year
    if stated is None:
        return None
    try:
        return date(stated, MONTHS[(found["m1"] or found["m2"]).lower()], int(found["d1"] or found["d2"]))
    except ValueError:
        return None


def columns_of(heads: Sequence[str], cover: Cover | None, *, instant: bool) -> list[Period | None]:
    """The periods of the columns from left to right; None for one that cannot be told."""
    whole = " ".join(heads)
    lengths = [_months(found[1], found[2]) for found in _LENGTH.finditer(whole)]
    quarters = [(int(found[1]), int(found[2])) for head in heads for found in _QUARTER.finditer(head)]
    dates = [day for head in heads for found in _DAY.finditer(head) if (day := _day(found, None))]
    last = next((head for head in reversed(heads) if _YEAR.search(head)), "")
    years = [int(year) for year in _YEAR.findall(last)]
    if quarters and not lengths:
        return [_quarter(number, year, cover, instant) for number, year in quarters]
    open_days = [found for head in heads for found in _DAY.finditer(head) if not found["year"]]
    if dates and len(dates) == len(years):
        ends: list[date | None] = [*dates]
    elif not dates and len(open_days) == len(years) > 1:  # "August 29, August 30," above "2021 2020"
        ends = [_day(found, year) for found, year in zip(open_days, years, strict=True)]
    else:
        ends = [_end(year, heads, dates, cover) for year in years]
    if instant:
        return [Period(end=end) if end else None for end in ends]
    if not lengths:
        other = _OTHER_LENGTH.search(whole) is not None
        lengths = [12] if not other and (cover is None or cover.months == 12) else []
    if not lengths or len(ends) % len(lengths):
        return [None for _end_ in ends]
    each = len(ends) // len(lengths)
    return [_lasting(end, lengths[at // each], dates) if end else None for at, end in enumerate(ends)]


def _end(year: int, heads: Sequence[str], dates: Sequence[date], cover: Cover | None) -> date | None:
    """The last day of a column's period: as stated with its year, else the same end of a month."""
    stated = [day for day in dates if day.year == year]
    if stated:
        return stated[0]
    found = next((one for head in heads if (one := _DAY.search(head)) and not one["year"]), None)
    day = _day(found, year) if found else None
    if day is None and cover is not None:
        if cover.end.year == year:
            return cover.end
        day = month_end(year, cover.end.month) if is_month_end(cover.end) else None
    if day is None or day == (cover.end if cover else None):
        return day
    return day if is_month_end(day) else None


def _quarter(number: int, year: int, cover: Cover | None, instant: bool) -> Period | None:
    """Q3 2024 of a company whose report is on a quarter with that number, by the calendar."""
    if cover is None or not is_month_end(cover.end) or cover.end.month != 3 * number:
        return None
    end = month_end(year, cover.end.month)
    return Period(end=end) if instant else _lasting(end, 3, ())


def _lasting(end: date, months: int, dates: Sequence[date]) -> Period | None:
    """The months that end on a day; a year of odd weeks begins after the end of the one before."""
    if is_month_end(end):
        index = end.year * 12 + end.month - months
        return Period(start=date(index // 12, index % 12 + 1, 1), end=end)
    before = [day for day in dates if 360 <= (end - day).days <= 372]
    return Period(start=before[0] + timedelta(days=1), end=end) if months == 12 and before else None


def is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
