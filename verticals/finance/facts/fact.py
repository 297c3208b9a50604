"""What a filing states: the values that parsers write, the store keeps and the metrics are computed from."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A duration from `start` to `end`, or an instant, which has only `end`; dates are inclusive, as XBRL
    means them.
    """

    start: date | None
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One stated value.

    `concept` is prefix:local ("us-gaap:Revenues", "cas:营业收入"); `unit` is "USD", "USD/shares", "shares",
    "pure", "CNY"; `decimals` is None where the value is exact (INF); `dims` are (axis, member), sorted;
    `locator` is {kind: "anchor", element, file}, {kind: "page", page, boxes} or
    {kind: "cell", page, table, row, column, boxes}.
    """

    concept: str
    period: Period
    unit: str
    value: Decimal | None
    decimals: int | None
    is_nil: bool
    dims: tuple[tuple[str, str], ...]
    locator: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a document says of itself.

    `identifier` is a CIK, a 统一社会信用代码 or ""; `fiscal_period` is "FY", "Q1".."Q4", "H1" or "9M";
    `fiscal_year_end` is "--12-31"; `gaap` is "US-GAAP", "IFRS", "CAS" or ""; `amends` names the form that
    this one amends, or is "".
    """

    entity: str
    identifier: str
    form: str
    period_end: date
    fiscal_year: int
    fiscal_period: str
    fiscal_year_end: str
    currency: str
    gaap: str
    language: str
    accepted_at: datetime | None
    amends: str
