"""Facts from the statements of Chinese reports: balance sheets, income and cash flow statements.

A statement begins at its title and ends at the next one. Its columns are where the headings of periods stand;
a figure belongs to the column whose right edge it shares. A label that runs over several rows is put together
until it is a line item of the statement formats; what is none is left out, so nothing is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Dims, Fact, Period
from verticals.finance.tables.cas_figures import (
    AMOUNT,
    closed_up,
    figure_read,
    groups_of,
    unit_scale,
)
from verticals.finance.tables.cas_items import BALANCE, CASH, INCOME, PER_SHARE, item_of, label_plain
from verticals.finance.tables.cas_periods import column_period, report_period, stated_period
from verticals.finance.tables.rows import PageRow, Piece, cell_locator, page_rows

_TITLE = re.compile(
    r"(?:[（(]?[一二三四五六七八九十\d]+[）)]?[、.．]?)?(?:财务报表)?(合并|母公司|公司)?(?:及母?公司)?"
    r"(?:年初到报告期末|本报告期)?(资产负债表|利润表|现金流量表)(?:[（(]续[）)])?(?P<rest>.*)"
)
_AFTER_TITLE = re.compile(
    r"(?:20\d\d年[\d年月日度半\-—–－~至到第一二三四季]*)?(?:[（(]?(?:未经审计|单位|编制单位|会企).*)?"
)
_OTHER_TITLE = re.compile(r"^(?:合并|母公司)?(?:所有者权益|股东权益)变动表|^[三四五]、公司基本情况|补充资料")
_WHOLE = re.compile(r"[-－﹣–]?\d+")
_NOTE = re.compile(
    r"(?:[（(]?[一二三四五六七八九十]+[）)]?[、.]?\s*[（(]?\d+[）)]?|[一二三四五六七八九十]+、)$"
)
_KINDS = {"资产负债表": BALANCE, "利润表": INCOME, "现金流量表": CASH}
_OWNERS = "[（(]?(?:合并数?|本?集团|母公司数?|本公司|公司)[）)]?"
_OWNER = re.compile(rf"^{_OWNERS}|{_OWNERS}$")
PARENT: Dims = (("cas:报表范围", "cas:母公司"),)
EDGE_PT = 12.0  # how far the right edge of a figure may lie from that of its column
TITLE_CHARS = 40
UNIT_ROWS = 5  # a unit stated so closely above a title is the statement's
ROWS_WITHOUT_ITEM = 60  # after so many the statement is over


@dataclass(slots=True)
class _Column:
    """A column of figures: its period and its right edge, and whether it is the parent company's alone."""

    period: Period
    x0: float
    x1: float
    parent: bool = False


@dataclass(slots=True)
class _Statement:
    """A statement that is being read."""

    kind: str
    whose: str
    number: int
    current: Period | None
    scale: int = 0
    columns: list[_Column] = field(default_factory=list)
    rows: list[PageRow] = field(default_factory=list)
    dated: list[_Column] = field(default_factory=list)  # the last row of headings with periods
    edges: dict[float, float] = field(default_factory=dict)  # column -> the right edge of its figures

    @property
    def dims(self) -> Dims:
        return PARENT if self.whose in ("母公司", "公司") else ()


def cas_facts(blocks: Sequence[Block], *, year: int | None, period: str) -> list[Fact]:
    """The figures of the statements. `year`, `period`: of the report, for columns such as 本期金额."""
    facts: dict[tuple[Any, ...], Fact] = {}
    statements = list(_statements(list(page_rows(blocks, block_starts(blocks))), year, period))
    # Beside consolidated statements a title without a word to it is a mention, or a note.
    consolidated = any(statement.whose == "合并" for statement in statements)
    for statement in statements:
        if consolidated and not statement.whose:
            continue
        for fact in _facts(statement):
            facts.setdefault((fact.concept, fact.period, fact.dims, fact.unit), fact)
    return list(facts.values())


def _statements(rows: Sequence[PageRow], year: int | None, period: str) -> Iterator[_Statement]:
    """The rows of each statement, from its title on."""
    open_: _Statement | None = None
    number = 0
    scale, since = 0, UNIT_ROWS + 1  # the unit stated last, and how many rows before
    for row in rows:
        text = row.text
        since += 1
        if (stated := unit_scale(text)) is not None:
            scale, since = stated, 0
        title = _title(text)
        if title is not None:
            if open_ is not None:
                yield open_
            number += 1
            kind, whose = title
            instant = kind == BALANCE
            current = stated_period(text, instant=instant) or report_period(year, period, instant=instant)
            if current and current.start and "本报告期" in text and "年初" not in text:
                # 本报告期利润表: the last quarter alone, beside 年初到报告期末
                current = Period(start=date(current.end.year, current.end.month - 2, 1), end=current.end)
            inherited = scale if open_ is not None or since <= UNIT_ROWS else 0
            open_ = _Statement(kind, whose, number, current, inherited)
        elif open_ is not None and _OTHER_TITLE.search(text[:TITLE_CHARS]):
            yield open_
            open_ = None
        elif open_ is not None:
            open_.rows.append(row)
    if open_ is not None:
        yield open_


def _title(text: str) -> tuple[str, str] | None:
    """Kind of a statement and whose it is (合并, 母公司 or nothing), where a row is its title alone."""
    plain = text.replace(" ", "")
    found = _TITLE.fullmatch(plain) if len(plain) <= TITLE_CHARS else None
    if not found or not _AFTER_TITLE.fullmatch(found["rest"]) or AMOUNT.search(plain):
        return None
    return _KINDS[found[2]], found[1] or ""


def _facts(statement: _Statement) -> Iterator[Fact]:
    rows = statement.rows
    missed = 0
    for at, row in enumerate(rows):
        if missed > ROWS_WITHOUT_ITEM:
            return
        _heading(statement, row)
        values = _values(statement, row)
        if not values:
            missed += 1
            continue
        item = _item(statement, rows, at)
        missed = 0 if item else missed + 1
        if item:
            for column, piece in values:
                if (fact := _fact(statement, row, item, column, piece)) is not None:
                    yield fact


def _heading(statement: _Statement, row: PageRow) -> None:
    """Take the unit, the period and the columns that a row states; columns are kept over the pages."""
    text = row.text
    if (scale := unit_scale(text)) is not None:
        statement.scale = scale
    if AMOUNT.search(text) and not stated_period(text, instant=True):
        return
    groups = groups_of(row.pieces)
    columns = [
        _Column(period, group[0].x0, group[-1].x1, _whose(head) == "公司")
        for group in groups
        if (period := column_period(_OWNER.sub("", head := closed_up(group)), statement.current))
    ]
    owners = [(group, _whose(closed_up(group))) for group in groups if _OWNER.fullmatch(closed_up(group))]
    if len(owners) >= 2 and not columns:
        _owned(statement, owners)
    elif len(columns) >= 2 or (columns and len(groups) >= 2):
        statement.columns, statement.dated = columns, columns
        statement.edges = _edges(statement)
    elif columns and statement.current is None and len(text) < TITLE_CHARS:
        statement.current = stated_period(text, instant=statement.kind == BALANCE)


def _whose(heading: str) -> str:
    """合并 or 公司 where a heading says whose figures stand below it."""
    found = _OWNER.search(heading)
    return "" if not found else "公司" if "公司" in found[0] else "合并"


def _owned(statement: _Statement, owners: Sequence[tuple[list[Piece], str]]) -> None:
    """Give each date's columns to whom a second row of headings names: 合并 | 公司 under one date.

    A date stands over its columns from left to right; each has as many as the others.
    """
    dated = statement.dated or ([_Column(statement.current, 0, 0)] if statement.current else [])
    each = len(owners) // len(dated) if dated else 0
    if not each or each * len(dated) != len(owners):
        statement.columns = []  # whose figures these are cannot be told
        return
    statement.columns = [
        _Column(dated[at // each].period, group[0].x0, group[-1].x1, owner == "公司")
        for at, (group, owner) in enumerate(owners)
    ]
    statement.edges = _edges(statement)


def _values(statement: _Statement, row: PageRow) -> list[tuple[_Column, Piece]]:
    """The row's figures, each with the column in which it stands."""
    if not statement.columns:
        return []
    edges = statement.edges
    found = []
    for piece in row.pieces:
        if not (AMOUNT.fullmatch(piece.text) or _WHOLE.fullmatch(piece.text)):
            continue
        column = min(statement.columns, key=lambda one: _distance(one, piece, edges))
        near = _distance(column, piece, edges)
        if near <= EDGE_PT or (AMOUNT.fullmatch(piece.text) and near < float("inf")):
            found.append((column, piece))
    taken = [column.x1 for column, _piece in found]
    return found if len(taken) == len(set(taken)) else []


def _edges(statement: _Statement) -> dict[float, float]:
    """Column -> the right edge that most of the figures under its heading share."""
    edges: dict[float, float] = {}
    for column in statement.columns:
        under = [
            piece.x1
            for row in statement.rows
            for piece in row.pieces
            if AMOUNT.fullmatch(piece.text) and piece.x1 > column.x0 and piece.x0 < column.x1
        ]
        if under:
            edges[column.x1] = max(set(under), key=lambda edge: sum(abs(edge - other) < 2 for other in under))
    return edges


def _distance(column: _Column, piece: Piece, edges: dict[float, float]) -> float:
    """How far a figure's right edge lies from its column's; without end where they stand apart."""
    edge = edges.get(column.x1)
    if edge is None:
        return float("inf")
    overlaps = piece.x1 > column.x0 - EDGE_PT and piece.x0 < max(column.x1, edge) + EDGE_PT
    return abs(edge - piece.x1) if overlaps or abs(edge - piece.x1) <= EDGE_PT else float("inf")


def _label(statement: _Statement, row: PageRow) -> str:
    """The row's words before its first figure and the numbers of notes."""
    words = []
    for piece in row.pieces:
        if AMOUNT.fullmatch(piece.text):
            break
        words.append(piece.text)
    return re.sub(
        r"(?:[（(]?[一二三四五六七八九十]+[）)]?[、.]?\s*[（(]?\d+[）)]?|[一二三四五六七八九十]+、)$",
        "",
        "".join(words),
    )


def _item(statement: _Statement, rows: Sequence[PageRow], at: int) -> str:
    """The line item that a row is about: its label, with those rows without figures that it runs over."""
    own = _label(statement, rows[at])
    after = [_label(statement, row) for row in _without_values(statement, rows[at + 1 : at + 3])]
    before = [_label(statement, row) for row in _without_values(statement, rows[max(0, at - 2) : at][::-1])]
    candidates = [own + "".join(after[:count]) for count in range(len(after) + 1)]
    candidates += ["".join(before[:1]) + one for one in candidates if before]
    found = [item for one in candidates if (item := item_of(one, statement.kind))]
    # The shortest that is whole: `营业收入` is one although the next row would fit as well.
    whole = [item_of(one, statement.kind) for one in candidates if _balanced(one)]
    return next((item for item in whole if item), found[0] if found else "")


def _balanced(text: str) -> bool:
    return text.count("（") + text.count("(") == text.count("）") + text.count(")") and bool(
        label_plain(text)
    )


def _without_values(statement: _Statement, rows: Sequence[PageRow]) -> Iterator[PageRow]:
    for row in rows:
        if _values(statement, row):
            return
        yield row


def _fact(statement: _Statement, row: PageRow, item: str, column: _Column, piece: Piece) -> Fact | None:
    per_share = item in PER_SHARE
    value, decimals = figure_read(piece.text, 0 if per_share else statement.scale)
    return Fact(
        concept=f"cas:{item}",
        period=column.period,
        unit="CNY/shares" if per_share else "CNY",
        value=value,
        decimals=decimals,
        dims=PARENT if column.parent else statement.dims,
        locator=cell_locator(row, piece, table=statement.number, column=statement.columns.index(column) + 1),
    )
