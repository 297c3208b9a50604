"""What was computed for a question: cells, what can be read instead, and what to know of how it was read."""

from dataclasses import dataclass, field
from typing import Any

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Dims, MetricValue, NotReported, Outcome
from verticals.finance.questions.query import Op, TypedQuery


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of an answer, or why it is missing. `role` tells a base period from the one asked about."""

    entity: str
    metric: str
    period: FiscalPeriod
    outcome: Outcome
    role: str = "asked"  # asked | base | movement | change | ratio | average | sum
    dims: Dims = ()
    member: str = ""

    @property
    def subject(self) -> str:
        """What is ranked or compared: the member of a breakdown, else the company."""
        return self.dims[-1][1] if self.dims else self.entity

    @property
    def value(self) -> MetricValue | None:
        return self.outcome if isinstance(self.outcome, MetricValue) else None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same words, computed: `about` is metric or period.

    `about` "balance" is the balance of a day near the one asked about, "movement" a ranking by the other
    measure of how figures moved.
    """

    about: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the answer says of how the question was read; `data` holds what the sentence names."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """Everything computed for one question, in the order in which it is told."""

    query: TypedQuery
    op: Op
    cells: tuple[Cell, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    remarks: tuple[Remark, ...] = ()
    bridges: tuple[Any, ...] = ()
    order: tuple[str, ...] = ()  # of a ranking, the companies or members from the first place down

    @property
    def values(self) -> tuple[MetricValue, ...]:
        """The values of the answer, the alternatives after what was asked for."""
        found = [cell.value for cell in (*self.cells, *(one.cell for one in self.alternatives))]
        return tuple(one for one in found if one is not None)

    @property
    def refused(self) -> tuple[NotReported, ...]:
        """Why figures that were asked for are missing."""
        return tuple(cell.outcome for cell in self.cells if isinstance(cell.outcome, NotReported))

    @property
    def answered(self) -> bool:
        instead = any(one.about in {"period", "balance"} for one in self.alternatives)
        return instead or any(cell.value is not None for cell in self.cells) or bool(self.bridges)
