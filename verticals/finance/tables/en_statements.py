"""Facts from the statements of English reports, and from tables of a figure by segment.

A statement begins at its title; its columns are the years and dates above its figures, its unit is the one
that it states. A row counts where it has a figure in each column and its label is a known line item; without
unit or period nothing is read. A table by segment counts where its segments add up to its total.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Dims, Fact, Period
from verticals.finance.tables.en_columns import Cover, columns_of
from verticals.finance.tables.en_items import BALANCE, CASH, INCOME, Item, item_of
from verticals.finance.tables.en_lines import (
    Line,
    alone_bracketed,
    deductions_bracketed,
    is_part,
    is_total,
    items_of,
    member_of,
    parts_of,
)
from verticals.finance.tables.rows import PageRow, Piece, cell_locator, page_rows, row_text

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
# Some PDFs have no spaces between the words of a line.
_GLUED = re.compile(
    r"(?:condensed|consolidated|interim|unaudited|group)+(?:(?P<income>incomestatements?|statementsof(?:consolidated)?"
    r"(?:income|operations|earnings))|(?P<balance>balancesheets?|statementsoffinancialposition)"
    r"|(?P<cash>statementsofcashflows?))(?:\(unaudited\))?",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:\bin ?|\((?:u\.?s\.? ?)?(?:dollars|amounts)? ?(?:in)?)\s*"
    r"(?P<before>US ?\$|\$|€|£|U\.S\. dollars? |USD |EUR |GBP )?\s*"
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
_OWN_FIGURES = re.compile(r"allowance|accumulated|authorized|issued|outstanding|par value", re.IGNORECASE)
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


def en_facts(blocks: Sequence[Block], cover: Cover | None, *, ifrs: bool, currency: str) -> list[Fact]:
    """The figures of the statements and of the tables by segment, each once."""
    tables = [
        list(_facts(table, cover, ifrs=ifrs, currency=currency))
        for table in _tables(list(page_rows(blocks, block_starts(blocks))))
    ]
    facts: dict[tuple[Any, ...], Fact] = {}
    for table in sorted(tables, key=len, reverse=True):  # a statement in full before a summary of it
        for fact in table:
            facts.setdefault((fact.concept, fact.period, fact.dims, fact.unit), fact)
    return list(facts.values())


def has_statements(blocks: Sequence[Block]) -> bool:
    return any(_kind(block.text) for block in blocks if len(block.text) <= TITLE_CHARS)


def _kind(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) > TITLE_CHARS:
        return ""
    found = _TITLE.fullmatch(plain) or (None if " " in plain else _GLUED.fullmatch(plain))
    return found.lastgroup or "" if found else ""


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
    fitting = (_fitted(line, len(periods)) for line in lines)
    yield from made(reading, [line for line in fitting if len(line.cells) == len(periods)])


def _fitted(line: Line, columns: int) -> Line:
    """The line without figures that belong to its label: an allowance, a number of shares."""
    extra = len(line.cells) - columns
    own = _OWN_FIGURES.search(line.label)
    return replace(line, cells=line.cells[extra:]) if extra > 0 and own and columns else line


def _lines(table: _Table) -> list[Line]:
    """The rows with figures; those before the first one are the table's head."""
    lines: list[Line] = []
    missed = 0
    for at, row in enumerate(table.rows):
        if missed > ROWS_WITHOUT_ITEM:
            break
        label, cells = _cells(row)
        full = _whole_label(table, at, label) if cells else ""
        if full and not _is_head(row, table):
            lines.append(Line(row, full, cells))
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
    first, before, after = (_words_only(table, one) for one in (at - 2, at - 1, at + 1))
    candidates = [label, f"{label} {after}", f"{before} {label}"]
    if before:
        candidates.append(f"{first} {before} {label}")
    return next((one for one in candidates if item_of(one, table.kind) or is_part(one, table.kind)), "")


def _words_only(table: _Table, at: int) -> str:
    """The text of a row without figures of its own; empty where it has some."""
    inside = 0 <= at < len(table.rows)
    return row_text(table.rows[at]) if inside and not _cells(table.rows[at])[1] else ""


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

    def fact(self, line: Line, at: int, item: Item, *, sign: int, dims: Dims = ()) -> Fact | None:
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
            locator=cell_locator(line.row, piece, table=self.table.number, column=at + 1),
        )


def _statement_facts(reading: _Reading, lines: Sequence[Line]) -> Iterator[Fact]:
    kind = reading.table.kind
    items = list(items_of(lines, kind, [row_text(row) for row in reading.table.rows]))
    bracketed = kind == CASH or deductions_bracketed(items)
    for line, item in items:
        sign = -1 if item.deducted and (bracketed or kind != CASH and alone_bracketed(line, item)) else 1
        for at in range(len(line.cells)):
            if (fact := reading.fact(line, at, item, sign=sign)) is not None:
                yield fact
    yield from _sums(reading, lines, {item.us_gaap for _line, item in items})


def _sums(reading: _Reading, lines: Sequence[Line], stated: Collection[str]) -> Iterator[Fact]:
    """Items that the statement gives in parts alone: their sum stands where the parts do."""
    for item, parts in parts_of(lines, reading.table.kind):
        if item.us_gaap in stated:
            continue
        for at in range(len(reading.periods)):
            facts = [fact for line in parts if (fact := reading.fact(line, at, item, sign=1)) is not None]
            if len(facts) < len(parts):
                continue
            boxes = [box for fact in facts for box in fact.locator.get("boxes", ())]
            end = {"end": facts[-1].locator["end"]} | ({"boxes": boxes} if boxes else {})
            total = sum((fact.value or Decimal(0) for fact in facts), Decimal(0))
            yield replace(facts[0], value=total, locator=facts[0].locator | end)


def _segment_facts(reading: _Reading, lines: Sequence[Line]) -> Iterator[Fact]:
    """The figures of each segment and their total, where they add up in every column."""
    whole = reading.table.whole
    if whole is None or len(lines) < 3 or not is_total(lines[-1]):
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
