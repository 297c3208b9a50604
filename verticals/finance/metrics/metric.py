"""What a metric is: its names, the concepts that state it, and the formula that computes it."""

from dataclasses import dataclass, field
from enum import StrEnum

from verticals.finance.metrics.formula import Node


class MetricKind(StrEnum):
    """How a metric relates to time: a flow over a period, a balance at its end, or neither."""

    DURATION = "duration"
    INSTANT = "instant"
    RATIO = "ratio"
    PER_SHARE = "per_share"


class UnitKind(StrEnum):
    """In what a metric is counted; a percentage is held as a fraction and shown times a hundred."""

    MONEY = "money"
    MONEY_PER_SHARE = "money_per_share"
    SHARES = "shares"
    PERCENT = "percent"
    POINTS = "points"
    TIMES = "times"
    DAYS = "days"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Concept:
    """A name under which filings state a metric, with the fiscal years in which it is the usual one."""

    name: str  # prefix:local
    since: int | None = None
    until: int | None = None

    def usual_in(self, year: int) -> bool:
        return (self.since is None or year >= self.since) and (self.until is None or year <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of the catalogue.

    `concepts` stand in order of preference, all standards together: their prefixes tell them apart.
    `formulas` are tried in order where no concept is stated. `of` and `by` make it a breakdown of another
    metric. `readings` are metrics that the same words may mean. `origin` says where the rows come from.
    """

    code: str
    names: dict[str, tuple[str, ...]]  # language -> names, the first is the one shown
    kind: MetricKind
    unit: UnitKind
    additive: bool
    concepts: tuple[Concept, ...] = ()
    formulas: tuple[Node, ...] = ()
    guard: str = ""
    not_for: frozenset[str] = frozenset()
    only_for: frozenset[str] = frozenset()
    of: str = ""
    by: str = ""
    readings: tuple[str, ...] = ()
    origin: dict[str, str] = field(default_factory=dict)

    def name(self, language: str) -> str:
        return self.names[language][0]

    @property
    def concept_names(self) -> tuple[str, ...]:
        return tuple(concept.name for concept in self.concepts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Something that reports state in words, such as the registered address."""

    code: str
    names: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """A kind of company that states other lines, told by the concepts that only it reports."""

    code: str
    names: dict[str, str]
    concepts: frozenset[str]


class CatalogueError(Exception):
    """A definition that cannot be used; the message names the file, the metric and what to correct."""


class UnknownMetric(KeyError):
    """A code that no metric has."""
