"""The lines of an English statement and the items that they state: totals before parts, net before gross."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from verticals.finance.tables.en_items import PARTS, Item, item_of, label_plain
from verticals.finance.tables.rows import PageRow, Piece

_MINORITY = re.compile(r"non-?controlling|minority interest", re.IGNORECASE)
_EARNED = re.compile(r"retained ?earnings|accumulated ?deficit", re.IGNORECASE)
_ALL_EQUITY = "us-gaap:StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
_OWNERS_EQUITY = "us-gaap:StockholdersEquity"
_EQUITY = {_ALL_EQUITY, _OWNERS_EQUITY}
_ALL_COSTS, _COST_OF_REVENUE = "us-gaap:CostsAndExpenses", "us-gaap:CostOfRevenue"
_TAX = "us-gaap:IncomeTaxExpenseBenefit"
_OPERATING = "us-gaap:OperatingIncomeLoss"
_EXPENSES = frozenset(
    f"us-gaap:{name}"
    for name in (
        "GeneralAndAdministrativeExpense", "SellingGeneralAndAdministrativeExpense",
        "ResearchAndDevelopmentExpense",
    )
)  # fmt: skip
_NET = re.compile(r"\bnet\b|,net", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its label and a value, or None for a dash, in each column."""

    row: PageRow
    label: str
    cells: tuple[tuple[Piece, Decimal | None], ...]


def items_of(lines: Sequence[Line], kind: str, labels: Sequence[str]) -> Iterator[tuple[Line, Item]]:
    """The lines with their items. Beside a total of an item its other lines are parts of it, and beside one
    that is net the gross amount is left out.

    `labels` are all rows of the statement, whether they state figures or not.
    """
    named = [(line, item) for line in lines if (item := item_of(line.label, kind))]
    named = list(_costs_told_apart(named))
    totals = {item for line, item in named if is_total(line)}
    nets = {item for line, item in named if _NET.search(line.label)}
    equity = _equity(labels, [item for _line, item in named])
    for line, item in named:
        part = item in totals and not is_total(line)
        gross = item in nets and item not in totals and not _NET.search(line.label)
        if not part and not gross:
            yield line, Item(equity, item.ifrs, item.deducted) if equity and item.us_gaap in _EQUITY else item


def parts_of(lines: Sequence[Line], kind: str) -> Iterator[tuple[Item, list[Line]]]:
    """The items that are stated in parts, such as inventories in raw materials and finished goods."""
    for item, wordings in PARTS.get(kind, {}).items():
        found = [line for line in lines if label_plain(line.label) in wordings]
        if len(found) > 1:
            yield item, found


def deductions_bracketed(items: Sequence[tuple[Line, Item]]) -> bool:
    """Whether a statement shows deductions in brackets, as most of them that have one sign throughout show.

    Then one without brackets is the opposite of a deduction, such as a tax benefit.
    """
    signs = [_signs(line) for line, item in items if item.deducted]
    below, above = signs.count({True}), signs.count({False})
    return below > above or (below == above and any(True in one for one in signs))


def alone_bracketed(line: Line, item: Item) -> bool:
    """Whether a deduction is in brackets although the others are not: below the line of other income.

    Of taxes brackets mean a benefit there.
    """
    return _signs(line) == {True} and item.us_gaap != _TAX


def _signs(line: Line) -> set[bool]:
    return {value < 0 for _piece, value in line.cells if value}


def is_part(label: str, kind: str) -> bool:
    """Whether a label is of a part of an item."""
    return any(label_plain(label) in wordings for wordings in PARTS.get(kind, {}).values())


def is_total(line: Line) -> bool:
    return line.label.lower().startswith("total")


def _costs_told_apart(named: Sequence[tuple[Line, Item]]) -> Iterator[tuple[Line, Item]]:
    """Total costs that other expenses follow are the cost of what was sold, not all that was spent."""
    concepts = [item.us_gaap for _line, item in named]
    for at, (line, item) in enumerate(named):
        follows = _EXPENSES.intersection(concepts[at + 1 :]) and _OPERATING in concepts[at:]
        if item.us_gaap == _ALL_COSTS and follows and _COST_OF_REVENUE not in concepts:
            yield line, replace(item, us_gaap=_COST_OF_REVENUE, deducted=True)
        else:
            yield line, item


def _equity(labels: Sequence[str], items: Sequence[Item]) -> str:
    """Which equity the balance sheet's one total is: all of it where others have interests in it."""
    found = {item.us_gaap for item in items} & _EQUITY
    if len(found) != 1 or not any(map(_EARNED.match, labels)):
        return ""
    return _ALL_EQUITY if any(map(_MINORITY.search, labels)) else _OWNERS_EQUITY


def member_of(label: str) -> str:
    """`Process Control` as the name of a member."""
    words = re.findall(r"[A-Za-z0-9]+", label)
    return f"ext:{''.join(word[0].upper() + word[1:] for word in words)[:200]}Member"
