"""Flows over periods that no filing states, as sums and differences of those that filings state.

Stated flows are edges between the days on which they begin and end; a path between two days derives one: a
fourth quarter is the year less nine months, twelve trailing months are a year plus the months since less the
same months of the year before. The shortest path is taken.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.book import Series
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.fiscal_calendar import MATCH_DAYS

TERMS_MOST = 4
SAME_DAY = 4  # days apart that filings use for one and the same boundary


@dataclass(frozen=True, slots=True)
class Term:
    """One stated flow of a derivation, added or subtracted."""

    sign: int
    span: tuple[date, date]
    known: KnownFact
    restated: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """A flow over `span` as a sum of terms."""

    span: Period
    terms: tuple[Term, ...]


def flow_derive(series: Series, span: Period, is_boundary: Callable[[date], bool]) -> Derivation | None:
    """The terms that make up a flow over `span`, or None where the stated flows do not reach.

    Terms meet only where `is_boundary` says that a quarter ends: a company that was bought in mid-quarter
    states the days before and after on different bases, which do not add up to a quarter.
    """
    assert span.start
    boundaries = _Boundaries(series.flows)
    inner = {node for day, node in boundaries.of.items() if is_boundary(day - timedelta(days=1))}
    start, end = boundaries.nearest(span.start), boundaries.nearest(span.end + timedelta(days=1))
    if start is None or end is None or start == end:
        return None
    path = _shortest(boundaries, series, start, end, inner | {end})
    if not path:
        return None
    (first, begun), (last, ended) = path[0], path[-1]
    actual = Period(
        start=begun[0] if first > 0 else begun[1] + timedelta(days=1),
        end=ended[1] if last > 0 else ended[0] - timedelta(days=1),
    )
    return Derivation(actual, _same_vintage(path, series))


def flow_gaps(series: Series, span: Period) -> list[Period]:
    """The flows that would complete the derivation together with one that is stated, the shortest first."""
    assert span.start
    gaps = []
    for start, end in series.flows:
        same_end = abs((end - span.end).days) <= MATCH_DAYS
        if same_end and start < span.start - timedelta(days=MATCH_DAYS):
            gaps.append(Period(start=start, end=span.start - timedelta(days=1)))
    return sorted(gaps, key=lambda gap: (gap.end - (gap.start or gap.end)).days)


class _Boundaries:
    """The days on which stated flows begin or end, those that mean the same day taken together."""

    def __init__(self, spans: Iterable[tuple[date, date]]) -> None:
        self.of: dict[date, int] = {}
        self._first: list[date] = []
        days = {day for start, end in spans for day in (start, end + timedelta(days=1))}
        for day in sorted(days):
            if not self._first or (day - self._first[-1]).days > SAME_DAY:
                self._first.append(day)
            self.of[day] = len(self._first) - 1

    def nearest(self, day: date) -> int | None:
        if not self.of:
            return None
        off, node = min((abs((one - day).days), node) for one, node in self.of.items())
        return node if off <= MATCH_DAYS else None


def _shortest(
    boundaries: _Boundaries, series: Series, start: int, end: int, inner: set[int]
) -> list[tuple[int, tuple[date, date]]] | None:
    edges: dict[int, list[tuple[int, int, tuple[date, date]]]] = {}
    for span in sorted(series.flows, key=lambda one: (one[1] - one[0], one), reverse=True):
        begin, after = boundaries.of[span[0]], boundaries.of[span[1] + timedelta(days=1)]
        edges.setdefault(begin, []).append((after, 1, span))
        edges.setdefault(after, []).append((begin, -1, span))
    seen = {start}
    waiting: deque[tuple[int, tuple[tuple[int, tuple[date, date]], ...]]] = deque([(start, ())])
    while waiting:
        node, path = waiting.popleft()
        if node == end:
            return list(path)
        if len(path) == TERMS_MOST:
            continue
        for other, sign, span in edges.get(node, ()):
            if other not in seen and other in inner:
                seen.add(other)
                waiting.append((other, (*path, (sign, span))))
    return None


def _same_vintage(path: list[tuple[int, tuple[date, date]]], series: Series) -> tuple[Term, ...]:
    """The terms, none restated while the others were not: a difference of the two would be no flow at all."""
    all_versions = [series.flows[span] for _sign, span in path]
    restated = [versions.superseded is not None for versions in all_versions]
    mixed = any(restated) and not all(restated)
    return tuple(
        Term(sign, span, (mixed and versions.superseded) or versions.latest, changed)
        for (sign, span), versions, changed in zip(path, all_versions, restated, strict=True)
    )
