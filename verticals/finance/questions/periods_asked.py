"""The periods that a question means: those it names, those it moves, those of the question before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_scan import PeriodsFound
from verticals.finance.questions.period_words import stated_periods
from verticals.finance.questions.query import AskedPeriod, Grain, Latest, Op, Reading

_SIDE_BY_SIDE = {Op.COMPARE, Op.CHANGE, Op.GROWTH, Op.TREND, Op.TEXT, Op.VALUE}
_BETWEEN = {Op.CHANGE, Op.GROWTH, Op.COMPARE}
QUARTERS = 4


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
        return _moved(found, before, op, today)
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
        quarterly = asked.latest.grain is Grain.QUARTER and not asked.latest.trailing
        years = found.back_years * (QUARTERS if quarterly else 1)
        back = years + (found.back_quarters if quarterly or not years else 0)
        return replace(asked, latest=replace(asked.latest, skip=asked.latest.skip + max(1, back)))
    if asked.dates or asked.named is None:
        return None
    period: FiscalPeriod | None = asked.named
    for _ in range(found.back_quarters):
        period = period.previous() if period else None
    if period and not found.back_quarters:
        period = replace(period, year=period.year - found.back_years)
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


def _moved(found: PeriodsFound, before: Sequence[AskedPeriod], op: Op, today: date) -> PeriodsAsked:
    """The periods of the question before, moved; without one, counted from today or the latest report."""
    moved = [shifted for one in before if (shifted := _shifted(one, found))]
    if moved:
        return PeriodsAsked(tuple(moved), moved=True)
    if found.against and op in _BETWEEN:
        grain = Grain.QUARTER if found.back_quarters else Grain.YEAR
        then = Latest(grain, skip=found.back_quarters or found.back_years)
        return PeriodsAsked((AskedPeriod(latest=then), AskedPeriod(latest=Latest(grain))))
    if found.back_quarters:  # the quarter before today's is the latest that can be reported
        return PeriodsAsked((AskedPeriod(latest=Latest(Grain.QUARTER, skip=found.back_quarters - 1)),))
    year = FiscalPeriod(today.year - found.back_years)
    return PeriodsAsked((AskedPeriod(named=year),), readings=(Reading("period", "", year.code, ("latest",)),))
