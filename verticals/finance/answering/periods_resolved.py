"""The fiscal periods of one company that a question's periods stand for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from verticals.finance.facts.fact import Filing
from verticals.finance.metrics.fiscal_calendar import FiscalCalendar
from verticals.finance.metrics.periods import FiscalPeriod, day_alone, months_ending
from verticals.finance.questions.query import AskedPeriod, Grain, Latest

_QUARTER_OF = {"Q1": 1, "Q2": 2, "H1": 2, "Q3": 3, "9M": 3, "Q4": 4, "FY": 4}
_PART_OF_QUARTER = {1: "Q1", 2: "Q2", 3: "Q3", 4: "Q4"}
YEARS_MOST = 20
DAYS_A_MONTH = 30.44
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Reported:
    """Up to where a company's filings reach: its latest full year and its latest quarter, (year, quarter)."""

    year: int | None
    quarter: tuple[int, int] | None
    parts: frozenset[tuple[int, str]] = frozenset()


def reported_read(filings: Iterable[Filing]) -> Reported:
    """How far the filings reach; those that do not say their fiscal period are passed over."""
    quarters: set[tuple[int, int]] = set()
    parts: set[tuple[int, str]] = set()
    for filing in filings:
        year, quarter = filing.fiscal_year, _QUARTER_OF.get(filing.fiscal_period, 0)
        if not year or not quarter:
            continue
        quarters.add((year, quarter))
        parts.add((year, filing.fiscal_period))
    years = [year for year, quarter in quarters if quarter == 4]
    return Reported(max(years, default=None), max(quarters, default=None), frozenset(parts))


def periods_resolved(
    asked: Sequence[AskedPeriod],
    calendar: FiscalCalendar,
    reported: Reported,
    *,
    default: Latest | None = None,
) -> list[FiscalPeriod]:
    """The periods in order, each once; `default` is meant where the question names none.

    Periods that are counted from the latest report come to nothing where there is no report.
    """
    meant = list(asked) or ([AskedPeriod(latest=default)] if default else [])
    found: list[FiscalPeriod] = []
    for one in meant:
        if one.named:
            found.append(one.named)
        elif one.dates:
            found.append(_of_dates(one, calendar))
        elif one.latest:
            found.extend(_latest(one.latest, reported))
    return list(dict.fromkeys(found))


def _of_dates(asked: AskedPeriod, calendar: FiscalCalendar) -> FiscalPeriod:
    """The fiscal period of stated dates, else the calendar's, else the months as such.

    A day alone ends a year to date where a quarter ends on it.
    """
    assert asked.dates
    start, end = asked.dates.start, asked.dates.end
    if start is None:
        return calendar.quarter_ending(end) or day_alone(end)
    if named := calendar.period_of(asked.dates):
        return named
    if named := FiscalCalendar().period_of(asked.dates):
        return replace(named, calendar=True)
    count = round((end - start).days / DAYS_A_MONTH)
    if count == MONTHS_A_YEAR and (quarter := calendar.quarter_ending(end)):
        return replace(quarter, trailing=True)
    return months_ending(end, max(1, count))


def _latest(latest: Latest, reported: Reported) -> list[FiscalPeriod]:
    if latest.part and latest.part != "FY":
        return _latest_part(latest, reported)
    if latest.trailing:
        return _trailing(latest, reported)
    if latest.grain is Grain.ANY:
        return _newest(latest, reported)
    if latest.grain is Grain.QUARTER:
        return _quarters(latest, reported)
    if reported.year is None:
        return []
    last = reported.year - latest.skip
    first = latest.since or last - latest.count + 1
    return [FiscalPeriod(year) for year in range(max(first, last - YEARS_MOST), last + 1)]


def _latest_part(latest: Latest, reported: Reported) -> list[FiscalPeriod]:
    """The latest such part of a year that the filings reach."""
    if reported.quarter is None:
        return []
    year, quarter = reported.quarter
    needed = FiscalPeriod(year, latest.part).last_quarter
    return [FiscalPeriod((year if quarter >= needed else year - 1) - latest.skip, latest.part)]


def _trailing(latest: Latest, reported: Reported) -> list[FiscalPeriod]:
    if reported.quarter is None:
        return []
    year, quarter = reported.quarter
    return (
        [FiscalPeriod(year - latest.skip, _PART_OF_QUARTER[quarter], trailing=quarter != 4)]
        if quarter != 4
        else [FiscalPeriod(year - latest.skip)]
    )


def _newest(latest: Latest, reported: Reported) -> list[FiscalPeriod]:
    """What the newest filing is about: a year, or the year to date."""
    if reported.quarter is None:
        return []
    year, quarter = reported.quarter
    period = FiscalPeriod(year, _PART_OF_QUARTER[quarter]).to_date
    return [replace(period, year=period.year - latest.skip)]


def _quarters(latest: Latest, reported: Reported) -> list[FiscalPeriod]:
    if reported.quarter is None:
        return []
    period = FiscalPeriod(reported.quarter[0], _PART_OF_QUARTER[reported.quarter[1]])
    chain = [period]
    while len(chain) < latest.count + latest.skip:
        before = chain[-1].previous()
        assert before is not None  # quarters always have one before
        chain.append(before)
    return chain[latest.skip :][::-1]
