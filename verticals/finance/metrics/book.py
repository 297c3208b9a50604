"""The facts of one company, laid out for look-up: by concept and dimensions, then by dates, newest first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.fiscal_calendar import MATCH_DAYS
from verticals.finance.metrics.units import is_money

Dims = tuple[tuple[str, str], ...]
EXACT = 99  # stands for decimals="INF" where precisions are compared


@dataclass(frozen=True, slots=True)
class Versions:
    """One figure as filings stated it over time, the one that counts first."""

    stated: tuple[KnownFact, ...]

    @property
    def latest(self) -> KnownFact:
        return self.stated[0]

    @property
    def superseded(self) -> KnownFact | None:
        """The newest earlier statement that differs by more than rounding: the figure was restated since."""
        return next((one for one in self.stated[1:] if not figures_agree(one, self.latest)), None)


@dataclass(slots=True)
class Series:
    """One concept with one set of dimensions in one unit: flows by (start, end), balances by day."""

    flows: dict[tuple[date, date], Versions] = field(default_factory=dict)
    instants: dict[date, Versions] = field(default_factory=dict)

    def flow(self, span: Period) -> Versions | None:
        """The flow over these dates, give or take the days of a 52-week year."""
        assert span.start
        near = [
            (abs((start - span.start).days) + abs((end - span.end).days), start, end)
            for start, end in self.flows
            if abs((start - span.start).days) <= MATCH_DAYS and abs((end - span.end).days) <= MATCH_DAYS
        ]
        return self.flows[min(near)[1:]] if near else None

    def instant(self, day: date) -> Versions | None:
        near = [(abs((one - day).days), one) for one in self.instants if abs((one - day).days) <= MATCH_DAYS]
        return self.instants[min(near)[1]] if near else None


def known_at(known: KnownFact) -> float:
    """When a fact became known, in seconds; without a time of acceptance, as its filing's period ends."""
    filing = known.filing
    if filing.accepted_at:
        return filing.accepted_at.timestamp()
    day = filing.period_end or known.fact.period.end
    return datetime.combine(day, time.max).timestamp()


def figures_agree(left: KnownFact, right: KnownFact) -> bool:
    """Whether two statements are the same figure, rounded to the coarser of their precisions."""
    if left.fact.value is None or right.fact.value is None:
        return left.fact.value == right.fact.value
    places = min(_precision(left), _precision(right))
    gap = abs(left.fact.value - right.fact.value)
    return gap <= (Decimal(0) if places == EXACT else Decimal(1).scaleb(-places))


class FactBook:
    """What is known of one company, as of a moment where `as_of` is given."""

    def __init__(
        self,
        entity: str,
        facts: Iterable[KnownFact],
        *,
        as_of: datetime | None = None,
        neutral: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """`neutral`: members that stand beside those of a breakdown without changing what is measured."""
        self.entity = entity
        self.concepts: set[str] = set()  # stated without dimensions
        self._series: dict[tuple[str, Dims], dict[str, Series]] = {}
        self.members: dict[str, set[str]] = {}  # axis -> members
        self._currencies: Counter[str] = Counter()
        self._neutral = neutral
        self._read(facts, None if as_of is None else as_of.timestamp())

    def _read(self, facts: Iterable[KnownFact], until: float | None) -> None:
        gathered: dict[tuple[str, Dims, str], dict[Period, list[KnownFact]]] = {}
        for known in facts:
            fact = known.fact
            if fact.value is None or fact.is_duplicate or (until is not None and known_at(known) > until):
                continue
            dims = fact.dims and self._telling(fact.dims)
            periods = gathered.setdefault((fact.concept, dims, fact.unit), {})
            periods.setdefault(fact.period, []).append(known)
            for axis, member in fact.dims:
                self.members.setdefault(axis, set()).add(member)
            if known.filing.currency:
                self._currencies[known.filing.currency] += 1
        for (concept, dims, unit), periods in gathered.items():
            if not dims:
                self.concepts.add(concept)
            series = self._series.setdefault((concept, dims), {}).setdefault(unit, Series())
            for period, statements in periods.items():
                versions = Versions(_ordered(statements))
                if period.start is None:
                    series.instants[period.end] = versions
                else:
                    series.flows[period.start, period.end] = versions

    def _telling(self, dims: Dims) -> Dims:
        """The dimensions without neutral ones; where all are neutral they are what tells the figure apart."""
        return tuple(pair for pair in dims if pair not in self._neutral) or dims

    def series(self, concept: str, dims: Dims = ()) -> Series | None:
        """A concept's figures in the company's own currency, or in the only unit there is."""
        by_unit = self._series.get((concept, dims))
        if not by_unit:
            return None
        if len(by_unit) == 1:
            return next(iter(by_unit.values()))
        own = [currency for currency, _count in self._currencies.most_common()]
        for unit in [one for currency in own for one in (currency, f"{currency}/shares")]:
            if unit in by_unit:
                return by_unit[unit]
        return max(by_unit.items(), key=lambda item: (is_money(item[0]), _size(item[1]), item[0]))[1]

    def stated(self, concepts: Sequence[str], dims: Dims = ()) -> Iterator[tuple[str, Series]]:
        """The concepts that are stated, in the order asked."""
        for concept in concepts:
            if (series := self.series(concept, dims)) is not None:
                yield concept, series

    def dims_along(self, axis: str, concepts: Iterable[str]) -> list[Dims]:
        """The dimensions of figures that lie along one axis alone, for these concepts."""
        wanted = set(concepts)
        found = {
            dims
            for concept, dims in self._series
            if len(dims) == 1 and dims[0][0] == axis and concept in wanted
        }
        return sorted(found)


def _size(series: Series) -> int:
    return len(series.flows) + len(series.instants)


def _precision(known: KnownFact) -> int:
    return EXACT if known.fact.decimals is None else known.fact.decimals


def _ordered(statements: list[KnownFact]) -> tuple[KnownFact, ...]:
    """Newest first; among those of one filing, and those that only round the newest, the most precise."""
    if len(statements) == 1:
        return (statements[0],)
    by_time = sorted(statements, key=lambda one: (known_at(one), _precision(one)), reverse=True)
    newest = by_time[0]
    same = [one for one in by_time if figures_agree(one, newest)]
    best = max(same, key=lambda one: (_precision(one), known_at(one)))
    return (best, *(one for one in by_time if one is not best))
