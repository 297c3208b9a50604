"""The periods that a question means: those it names, those it moves, those of the question before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_scan import PeriodsFound
from verticals.finance.questions.period_words import stated_periods
from verticals.finance.questions.query import AskedPeriod, Grain, Latest, Op, Reading

_SIDE_BY_SIDE = {Op.COMPARE, Op.CHANGE, Op.GROWTH, Op.TREND, Op.TEXT, Op.VALUE}
TREND_YEARS = 5


@dataclass(frozen=True, slots=True)
class PeriodsAsked:
    """`ends`: the ends of a range were named. `moved`: the periods of the question before, moved in time."""

    periods: tuple[AskedPeriod, ...]
    ends: bool = False
    moved: bool = False
    readings: tuple[Reading, ...] = ()


def periods_asked(
    found: PeriodsFound, *, op: Op, today: date, before: Sequence[AskedPeriod] = ()
) -> PeriodsAsked:
    """The periods of a question; `before` are those of the one that it follows."""
    stated = list(stated_periods(found))
    named = [one for one in stated if one.named]
    if named:
        return PeriodsAsked(tuple(stated + _beside(found, named, op)), found.ends)
    if stated:
        return PeriodsAsked(tuple(stated))
    if found.part:
        return _part_alone(found, before)
    if found.back_years or found.back_quarters:
        return _moved(found, before, today)
    if found.this_year:
        return PeriodsAsked((AskedPeriod(named=FiscalPeriod(today.year), words=""),))
    return PeriodsAsked(())


def _beside(found: PeriodsFound, named: list[AskedPeriod], op: Op) -> list[AskedPeriod]:
    """The earlier periods that "the year before" or "the two years before" put beside the one named."""
    last = named[-1]
    assert last.named
    if found.earlier_years:
        years = range(1, found.earlier_years + 1)
        return [replace(last, named=replace(last.named, year=last.named.year - back)) for back in years]
    if op not in _SIDE_BY_SIDE or len(named) > 1:
        return []  # growth on the year before needs no second period: it is part of the formula
    earlier = _shifted(last, found)
    return [earlier] if earlier and earlier != last else []


def _shifted(asked: AskedPeriod, found: PeriodsFound) -> AskedPeriod | None:
    """A period moved back by years and by its own length."""
    if asked.latest:
        return replace(asked, latest=replace(asked.latest, skip=asked.latest.skip + max(1, found.back_years)))
    if asked.dates or asked.named is None:
        return None
    period: FiscalPeriod | None = asked.named
    if found.back_quarters:
        period = asked.named.previous()
    elif found.back_years:
        period = replace(asked.named, year=asked.named.year - found.back_years)
    return replace(asked, named=period) if period else None


def _part_alone(found: PeriodsFound, before: Sequence[AskedPeriod]) -> PeriodsAsked:
    """A part of a year without a year: of the years of the question before, else the latest such part."""
    years = list(dict.fromkeys(one.named.year for one in before if one.named))
    if years:
        moved = tuple(AskedPeriod(named=FiscalPeriod(year - found.back_years, found.part)) for year in years)
        return PeriodsAsked(moved, moved=True)
    grain = Grain.YEAR if found.part == "FY" else Grain.QUARTER if found.part.startswith("Q") else Grain.HALF
    latest = Latest(grain, part=found.part, skip=found.back_years)
    return PeriodsAsked((AskedPeriod(latest=latest),), readings=(Reading("period", found.part, "latest"),))


def _moved(found: PeriodsFound, before: Sequence[AskedPeriod], today: date) -> PeriodsAsked:
    """The periods of the question before, moved; without one, counted from today or the latest report."""
    moved = [shifted for one in before if (shifted := _shifted(one, found))]
    if moved:
        return PeriodsAsked(tuple(moved), moved=True)
    if found.back_quarters:
        return PeriodsAsked((AskedPeriod(latest=Latest(Grain.QUARTER)),))
    year = FiscalPeriod(today.year - found.back_years)
    return PeriodsAsked((AskedPeriod(named=year),), readings=(Reading("period", "", year.code, ("latest",)),))
