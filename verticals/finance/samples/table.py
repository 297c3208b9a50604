"""The sample companies' figures: what each quarter's flows, balances and sums are, from one table a company.

All else is computed: years are sums of quarters, balances are carried forward by flows, sums by their terms.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FIGURES = Path(__file__).parent / "figures"
_TERM = re.compile(r"([+-]?)\s*([a-z][a-z_.]*)")
_QUARTER = re.compile(r"(\d{4})Q([1-4])")
CENT = Decimal("0.01")


class FiguresWrong(ValueError):
    """The table does not hold together: a balance sheet or a cash flow that does not add up."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Quarters of one fiscal year, both included; `first` = 1 and `last` = 4 is the year."""

    year: int
    first: int
    last: int

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.first - 2, 1)

    @property
    def end(self) -> date:
        following = date(self.year + self.last // 4, 3 * (self.last % 4) + 1, 1)
        return following - timedelta(days=1)

    @property
    def before(self) -> "Span":
        """The same months of the year before."""
        return Span(self.year - 1, self.first, self.last)

    @property
    def year_end_before(self) -> "Span":
        return Span(self.year - 1, 4, 4)


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A company's figures in its own unit, 10 to the power of `scale`, with `places` decimals."""

    name: str
    short_name: str
    identifier: str
    ticker: str
    currency: str
    scale: int
    places: int
    segments: dict[str, str]
    quarters: tuple[str, ...]
    flows: dict[str, list[Decimal]]
    averages: dict[str, list[Decimal]]
    levels: dict[str, list[Decimal]]
    opening: dict[str, Decimal]
    balances: dict[str, str]
    sums: dict[str, str]
    totals: dict[str, str]
    per_share: dict[str, tuple[str, str]]
    _known: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    def flow(self, name: str, span: Span) -> Decimal:
        """What flowed in a span of quarters; of averages the mean, of figures per share the quotient."""
        places = [self._at(span.year, quarter) for quarter in range(span.first, span.last + 1)]
        if name in self.per_share:
            profit, shares = self.per_share[name]
            return (self.flow(profit, span) / self.flow(shares, span)).quantize(CENT, ROUND_HALF_UP)
        if name in self.averages:
            mean = sum((self.averages[name][at] for at in places), Decimal(0)) / len(places)
            return mean.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)
        return sum((self._quarter(name, at) for at in places), Decimal(0))

    def balance(self, name: str, span: Span) -> Decimal:
        """What stood at the end of a span."""
        return self._balance(name, self._at(span.year, span.last))

    def is_flow(self, name: str) -> bool:
        return any(
            name in known for known in (self.flows, self.sums, self.averages, self.per_share)
        ) and name not in (self.balances | self.totals)

    def value(self, name: str, span: Span) -> Decimal:
        return self.flow(name, span) if self.is_flow(name) else self.balance(name, span)

    def has(self, span: Span) -> bool:
        return all(f"{span.year}Q{one}" in self.quarters for one in range(span.first, span.last + 1))

    def check(self) -> None:
        """Raises FiguresWrong where the balance sheets or the cash flows do not add up."""
        for at, quarter in enumerate(self.quarters):
            if self._balance("assets", at) != self._balance("liabilities_and_equity", at):
                raise FiguresWrong(f"{self.name}: the balance sheet of {quarter} does not balance")
            change = self._balance("cash", at) - self._balance("cash", at - 1)
            if change != self._quarter("cash_change", at):
                raise FiguresWrong(
                    f"{self.name}: the cash flow of {quarter} does not tie to the balance sheet"
                )

    def _at(self, year: int, quarter: int) -> int:
        """The place of a quarter; -1 for the opening balance."""
        name = f"{year}Q{quarter}"
        if name in self.quarters:
            return self.quarters.index(name)
        first = _QUARTER.fullmatch(self.quarters[0])
        if first and quarter == 4 and int(first[1]) == year + 1:
            return -1
        raise FiguresWrong(f"{self.name} has no {name} in its table")

    def _quarter(self, name: str, at: int) -> Decimal:
        if name in self.flows:
            return self.flows[name][at]
        if name not in self.sums:
            raise FiguresWrong(f"{self.name} has no flow '{name}' in its table")
        key = (name, at)
        if key not in self._known:
            self._known[key] = sum(
                (sign * self._quarter(term, at) for sign, term in terms(self.sums[name])), Decimal(0)
            )
        return self._known[key]

    def _balance(self, name: str, at: int) -> Decimal:
        if name in self.levels:
            return self.levels[name][max(at, 0)]
        if name in self.totals:
            return sum(
                (sign * self._balance(term, at) for sign, term in terms(self.totals[name])), Decimal(0)
            )
        if at < 0:
            return self.opening[name]
        key = (name, at)
        if key not in self._known:
            change = (sign * self._quarter(term, at) for sign, term in terms(self.balances[name]))
            self._known[key] = self._balance(name, at - 1) + sum(change, Decimal(0))
        return self._known[key]


def terms(text: str) -> list[tuple[int, str]]:
    """`a + b - c` as signed names."""
    return [(-1 if sign == "-" else 1, name) for sign, name in _TERM.findall(text)]


@cache
def figure_table(company: str) -> FigureTable:
    """The table of a sample company (tarnbeck, jichuan), checked. Raises FiguresWrong."""
    text = (FIGURES / f"{company}.yaml").read_text(encoding="utf-8")
    given: dict[str, Any] = yaml.load(text, Loader=_Exact)  # noqa: S506 (a safe loader with exact numbers)
    table = FigureTable(
        name=given["name"],
        short_name=given.get("short_name", given["name"]),
        identifier=given.get("identifier", ""),
        ticker=given["ticker"],
        currency=given["currency"],
        scale=int(given["scale"]),
        places=int(given["places"]),
        segments=given["segments"],
        quarters=tuple(given["quarters"]),
        flows=_rows(given["flows"]),
        averages=_rows(given["averages"]),
        levels=_rows(given["levels"]),
        opening={name: Decimal(value) for name, value in given["opening"].items()},
        balances=given["balances"],
        sums=given["sums"],
        totals=given["totals"],
        per_share={name: (profit, shares) for name, (profit, shares) in given["per_share"].items()},
    )
    table.check()
    return table


class _Exact(yaml.SafeLoader):
    """Numbers as they are written."""


_Exact.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":float", ":int"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _rows(given: dict[str, list[Any]]) -> dict[str, list[Decimal]]:
    return {name: [Decimal(value) for value in row] for name, row in given.items()}
