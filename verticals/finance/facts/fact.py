"""A reported figure and the filing that reports it, as all parts of the finance vertical pass them on."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Dims = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A duration, both days included, or an instant, which has only `end`: the state at that day's end."""

    start: date | None = None
    end: date

    @property
    def is_instant(self) -> bool:
        return self.start is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One figure for one concept, period, unit and set of dimensions.

    `concept`: prefix:local, such as us-gaap:Revenues or cas:营业收入. `unit`: USD, USD/shares, shares, pure,
    CNY. `value` is None where the filing states that there is none (`is_nil`). `decimals`: to which place the
    value is accurate (-3: thousands); None for exact values. `is_duplicate`: another fact of the filing says
    the same more precisely, and counts in its place. `dims`: (axis, member), sorted; empty for the
    whole entity. `locator` says where it stands: {kind: anchor, element, file}, {kind: page, page, boxes} or
    {kind: cell, page, table, row, column, boxes}.
    """

    concept: str
    period: Period
    unit: str
    value: Decimal | None
    decimals: int | None = None
    is_nil: bool = False
    dims: Dims = ()
    locator: dict[str, Any] = field(default_factory=dict)
    footnotes: tuple[str, ...] = ()
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a statement as filed: a concept or, where `concept` is empty, a heading.

    `role`: the label that the presentation asks for, by the last part of its role (totalLabel,
    negatedLabel, periodStartLabel); it says how the line's figures are shown (XBRL 2.1 section 5.2.4.2.1,
    and the roles of the Link Role Registry). `dims`: of the figures that it shows.
    """

    label: str
    concept: str = ""
    depth: int = 0
    role: str = ""
    dims: Dims = ()

    @property
    def is_negated(self) -> bool:
        """Whether figures are shown with the opposite sign."""
        return self.role.startswith("negated")

    @property
    def is_opening(self) -> bool:
        """Whether a balance is that at the start of the column's period."""
        return "periodstart" in self.role.lower()

    @property
    def is_total(self) -> bool:
        return "total" in self.role.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement's lines in the order in which the filing presents them."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a filing says of itself; empty or None where it does not say.

    `identifier`: CIK with ten digits, 统一社会信用代码, or empty. `fiscal_period`: FY, Q1 to Q4, H1 or 9M.
    `fiscal_year_end`: month and day, --12-31. `gaap`: US-GAAP, IFRS or CAS. `accepted_at`: when the filing
    became public. `amends`: the form that it amends. `accession`: the number under which it was filed.
    """

    entity: str = ""
    identifier: str = ""
    ticker: str = ""
    form: str = ""
    period_end: date | None = None
    fiscal_year: int | None = None
    fiscal_period: str = ""
    fiscal_year_end: str = ""
    currency: str = ""
    gaap: str = ""
    language: str = ""
    accepted_at: datetime | None = None
    amends: str = ""
    accession: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFiling:
    """A filing with its facts, as a parser found them; `known_on`: a day on which they were public."""

    filing: Filing
    facts: tuple[Fact, ...]
    statements: tuple[Statement, ...] = ()
    known_on: date | None = None
