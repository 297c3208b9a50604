"""What a computation gives: a value with all that it came from, or the reason why there is none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.periods import FiscalPeriod

Dims = tuple[tuple[str, str], ...]


class Basis(StrEnum):
    REPORTED = "reported"
    DERIVED = "derived"


class Reason(StrEnum):
    """Why there is no value."""

    NOT_STATED = "not_stated"  # no filing at hand states it, nor what it could be computed from
    OTHER_PERIODS = "other_periods"  # stated, but for other periods; `periods` are those it would take
    NOT_ADDITIVE = "not_additive"  # stated for other periods, and may not be added or subtracted
    NOT_APPLICABLE = "not_applicable"  # a metric that this kind of company does not have
    SCOPE = "scope"  # the cost at hand does not cover the whole revenue
    UNITS = "units"  # the inputs are in units that do not agree
    ZERO = "zero"  # division by zero
    NOT_BY_MONTH = "not_by_month"  # a flow of a month or up to a day: reports state quarters and years
    NO_BALANCE = "no_balance"  # no balance of that day: it ends no quarter
    NEGATIVE = "negative"  # a growth rate per year between figures of which one is below zero
    NO_PERIOD = "no_period"  # there is no such period, such as the one before nine months


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about a value, such as that it was restated; `data` holds what the sentence names."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValue:
    """A value, `span` in dates, with its formula and the facts that it was read or computed from."""

    metric: str
    entity: str
    period: FiscalPeriod
    span: Period
    value: Decimal
    unit: str
    basis: Basis
    formula: str = ""
    facts: tuple[KnownFact, ...] = ()
    operands: tuple["MetricValue", ...] = ()
    notes: tuple[Note, ...] = ()
    dims: Dims = ()
    opening: bool = False  # the balance at the start of the period

    @property
    def inputs(self) -> tuple[str, ...]:
        """The ids of the facts behind the value, each once."""
        return tuple(dict.fromkeys(known.id for known in self.facts))

    def notes_all(self) -> Iterator[Note]:
        """The notes of the value and of everything that it was computed from, each once."""
        seen: list[Note] = []
        for note in (*self.notes, *(note for one in self.operands for note in one.notes_all())):
            if note not in seen:
                seen.append(note)
                yield note


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReported:
    """No value, and why: `needs` are the metrics that were missing, `periods` the periods it would take."""

    metric: str
    entity: str
    period: FiscalPeriod
    reason: Reason
    needs: tuple[str, ...] = ()
    periods: tuple[FiscalPeriod, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    dims: Dims = ()


Outcome = MetricValue | NotReported
