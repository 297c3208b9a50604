"""Facts from the statements of English reports, and from tables of a figure by segment.

A statement begins at its title; its columns are the years and dates above its figures, its unit is the one
that it states. A row counts where it has a figure in each column and its label is a known line item; without
unit or period nothing is read. A table by segment counts where its segments add up to its total.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Dims, Fact, Period
from verticals.finance.tables.en_columns import Cover, columns_of
from verticals.finance.tables.en_items import BALANCE, CASH, INCOME, Item, item_of
from verticals.finance.tables.rows import PageRow, Piece, page_rows

_TITLE = re.compile(
    r"(?:[\w&.,'’-]+ ){0,6}?(?:(?:condensed|consolidated|interim|unaudited|group) )*"
    r"(?:(?P<income>income statements?"
    r"|statements? of (?:consolidated )?(?:income|operations|earnings|profit or loss))"
    r"|(?P<balance>balance sheets?|statements? of financial position)"
    r"|(?P<cash>(?:statements? of )?cash ?flows?(?: statements?)?))(?: ?\([a-z ,$']+\))?",
    re.IGNORECASE,
)
_BY_SEGMENT = re.compile(
    r"(?P<what>[A-Za-z ]+?) by (?:operating |reportable |business )?segments?\b", re.IGNORECASE
)
_UNIT = re.compile(
    r"(?:\bin |\()\s*(?P<before>US ?\$|\$|€|£|U\.S\. dollars? |USD |EUR |GBP )?\s*"
    r"(?P<scale>thousands?|millions?|billions?)|(?P<thousands>\$ ?['’]?000s?\b)",
    re.IGNORECASE,
)
_SCALES = {"thousand": 3, "million": 6, "billion": 9}
_CURRENCIES = {"€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP"}
_AMOUNT = re.compile(r"\(?[$€£]?\(?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\)?|[-–—]")
_DASH = frozenset("-–—")
_SIGNS = frozenset({"$", "€", "£", "$(", ")"})
_SHARES_SCALE = re.compile(r"\bin (thousand|million|billion)s?\b", re.IGNORECASE)
US_SEGMENTS, IFRS_SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis", "ifrs-full:SegmentsAxis"
_MINORITY = re.compile(r"non-?controlling|minority interest", re.IGNORECASE)
_EARNED = re.compile(r"retained earnings|accumulated deficit", re.IGNORECASE)
_ALL_EQUITY = "us-gaap:StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
_OWNERS_EQUITY = "us-gaap:StockholdersEquity"
_EQUITY = {_ALL_EQUITY, _OWNERS_EQUITY}
TITLE_CHARS = 90
ROWS_WITHOUT_ITEM = 40


@dataclass(slots=True)
class _Table:
    """A statement, or a table by segment (`whole`: the item that it breaks down), that is being read."""

    kind: str
    number: int
    whole: Item | None = None
    title: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[PageRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with its label and a value, or None for a dash, in each column."""

    row: PageRow
    label: str
    cells: tuple[tuple[Piece, Decimal | None], ...]


def en_facts(blocks: Sequence[Block], cover: Cover | None, *, ifrs: bool, currency: str) -> list[Fact]:
    """The figures of the statements and of the tables by segment, each once."""
    facts: dict[tuple[Any, ...], Fact] = {}
    for table in _tables(list(page_rows(blocks, block_starts(blocks)))):
        for fact in _facts(table, cover, ifrs=ifrs, currency=currency):
            facts.setdefault((fact.concept, fact.period, fact.dims, fact.unit), fact)
    return list(facts.values())


def has_statements(blocks: Sequence[Block]) -> bool:
    return any(_kind(block.text) for block in blocks if len(block.text) <= TITLE_CHARS)


def _kind(text: str) -> str:
    found = _TITLE.fullmatch(" ".join(text.split())) if len(text) <= TITLE_CHARS else None
    return found.lastgroup or "" if found else ""


def row_text(row: PageRow) -> str:
    return " ".join(piece.text for piece in row.pieces)


def _tables(rows: Sequence[PageRow]) -> Iterator[_Table]:
    open_: _Table | None = None
    number = 0
    for row in rows:
        text = row_text(row)
        segments = _BY_SEGMENT.match(text)
        whole = item_of(segments["what"], INCOME) if segments else None
        kind = _kind(text)
        if kind or whole:
            if open_ is not None:
                yield open_
            number += 1
            open_ = _Table(kind or INCOME, number, whole, text)
        if open_ is not None and not kind:
            open_.rows.append(row)
    if open_ is not None:
        yield open_


def _facts(table: _Table, cover: Cover | None, *, ifrs: bool, currency: str) -> Iterator[Fact]:
    lines = _lines(table)
    unit = _UNIT.search(" ".join([table.title, *table.heads]))
    if not lines or unit is None:
        return
    scale = 3 if unit["thousands"] else _SCALES[unit["scale"].lower().rstrip("s")]
    currency = _CURRENCIES.get((unit["before"] or "").strip().upper(), currency)
    periods = columns_of(table.heads, cover, instant=table.kind == BALANCE)
    made = _segment_facts if table.whole else _statement_facts
    reading = _Reading(table, periods, scale, currency, ifrs)
    yield from made(reading, [line for line in lines if len(line.cells) == len(periods)])


def _lines(table: _Table) -> list[_Line]:
    """The rows with figures; those before the first one are the table's head."""
    lines: list[_Line] = []
    missed = 0
    for at, row in enumerate(table.rows):
        if missed > ROWS_WITHOUT_ITEM:
            break
        label, cells = _cells(row)
        full = _whole_label(table, at, label) if cells else ""
        if full and not _is_head(row, table):
            lines.append(_Line(row, full, cells))
            missed = 0
            if table.whole and label.lower().startswith("total"):
                break
            continue
        missed += 1
        if not lines:
            table.heads.append(row_text(row))
    return lines


def _whole_label(table: _Table, at: int, label: str) -> str:
    """The label, with the row before or after it that it runs over; empty where it is no line item."""
    if table.whole is not None:
        return label
    beside = [
        row_text(table.rows[one]) if 0 <= one < len(table.rows) and not _cells(table.rows[one])[1] else ""
        for one in (at - 1, at + 1)
    ]
    candidates = (label, f"{label} {beside[1]}", f"{beside[0]} {label}")
    return next((one for one in candidates if item_of(one, table.kind)), "")


def _is_head(row: PageRow, table: _Table) -> bool:
    """Whether a row only names years: `2024 2023` look like figures."""
    _label, cells = _cells(row)
    years = [re.fullmatch(r"(?:19|20)\d\d", piece.text) for piece, _value in cells]
    return all(years) and not any(
        table.heads and re.search(r"\b(?:19|20)\d\d\b", head) for head in table.heads[1:]
    )


def _cells(row: PageRow) -> tuple[str, tuple[tuple[Piece, Decimal | None], ...]]:
    """Label and figures of a row; none where words follow the figures, or percentages."""
    pieces = [piece for piece in row.pieces if piece.text not in _SIGNS]
    at = len(pieces)
    while at and _AMOUNT.fullmatch(pieces[at - 1].text):
        at -= 1
    label = " ".join(piece.text for piece in pieces[:at])
    return label, tuple((piece, _value(piece.text)) for piece in pieces[at:])


def _value(text: str) -> Decimal | None:
    if text in _DASH:
        return None
    digits = re.sub(r"[^\d.]", "", text)
    return -Decimal(digits) if "(" in text or ")" in text else Decimal(digits)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known of a table: the periods of its columns, its unit and its taxonomy."""

    table: _Table
    periods: list[Period | None]
    scale: int
    currency: str
    ifrs: bool

    def fact(self, line: _Line, at: int, item: Item, *, sign: int, dims: Dims = ()) -> Fact | None:
        piece, shown = line.cells[at]
        period = self.periods[at]
        concept = item.ifrs if self.ifrs else item.us_gaap
        if shown is None or period is None or not concept:
            return None
        if item.edge and period.start is not None:
            day = period.end if item.edge == ">" else period.start - timedelta(days=1)
            period = Period(end=day)
        unit, scale = self.currency, self.scale
        if item.per_share:
            unit, scale = f"{self.currency}/shares", 0
        elif item.shares:
            stated = _SHARES_SCALE.search(line.label)
            unit, scale = "shares", _SCALES[stated[1].lower()] if stated else self.scale
        places = -int(shown.as_tuple().exponent)
        return Fact(
            concept=concept,
            period=period,
            unit=unit,
            value=(shown * sign).scaleb(scale) if shown else Decimal(0),
            decimals=places - scale,
            dims=dims,
            locator=_locator(self.table, line.row, piece, at + 1),
        )


def _statement_facts(reading: _Reading, lines: Sequence[_Line]) -> Iterator[Fact]:
    kind = reading.table.kind
    items = list(_items(reading.table, lines))
    # Where one deduction stands in brackets all do, and one without is the opposite of a deduction.
    bracketed = kind == CASH or any(
        value is not None and value < 0
        for line, item in items
        if item.deducted
        for _piece, value in line.cells
    )
    for line, item in items:
        sign = -1 if item.deducted and bracketed else 1
        for at in range(len(line.cells)):
            if (fact := reading.fact(line, at, item, sign=sign)) is not None:
                yield fact


def _items(table: _Table, lines: Sequence[_Line]) -> Iterator[tuple[_Line, Item]]:
    """The lines with their items. Beside a total of an item its other lines are parts of it."""
    named = [(line, item) for line in lines if (item := item_of(line.label, table.kind))]
    totals = {item for line, item in named if _is_total(line)}
    equity = _equity(table, [item for _line, item in named])
    for line, item in named:
        if item in totals and not _is_total(line):
            continue
        yield line, Item(equity, item.ifrs, item.deducted) if equity and item.us_gaap in _EQUITY else item


def _equity(table: _Table, items: Sequence[Item]) -> str:
    """Which equity the balance sheet's one total is: all of it where others have interests in it."""
    found = {item.us_gaap for item in items} & _EQUITY
    labels = [row_text(row) for row in table.rows]
    if len(found) != 1 or not any(map(_EARNED.match, labels)):
        return ""
    return _ALL_EQUITY if any(map(_MINORITY.search, labels)) else _OWNERS_EQUITY


def _is_total(line: _Line) -> bool:
    return line.label.lower().startswith("total")


def _segment_facts(reading: _Reading, lines: Sequence[_Line]) -> Iterator[Fact]:
    """The figures of each segment and their total, where they add up in every column."""
    whole = reading.table.whole
    if whole is None or len(lines) < 3 or not _is_total(lines[-1]):
        return
    for at in range(len(reading.periods)):
        parts = [line.cells[at][1] or Decimal(0) for line in lines]
        if sum(parts[:-1]) != parts[-1]:
            return
    axis = IFRS_SEGMENTS if reading.ifrs else US_SEGMENTS
    for line in lines:
        dims = () if line is lines[-1] else ((axis, member_of(line.label)),)
        for at in range(len(line.cells)):
            if (fact := reading.fact(line, at, whole, sign=1, dims=dims)) is not None:
                yield fact


def member_of(label: str) -> str:
    """`Process Control` as the name of a member."""
    words = re.findall(r"[A-Za-z0-9]+", label)
    return f"ext:{''.join(word[0].upper() + word[1:] for word in words)[:200]}Member"


def _locator(table: _Table, row: PageRow, piece: Piece, column: int) -> dict[str, Any]:
    locator: dict[str, Any] = {"kind": "cell", "start": row.start, "end": row.end, "table": table.number}
    locator |= {"row": row.index, "column": column}
    if row.page is not None:
        locator["page"] = row.page
    if row.box is not None:
        locator["boxes"] = [[piece.x0, row.box[1], piece.x1, row.box[3]]]
    elif row.anchor:
        locator["anchor"] = row.anchor[:300]
    return locator
