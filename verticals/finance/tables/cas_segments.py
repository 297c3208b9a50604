"""Facts by segment, product and region from the tables of Chinese reports: 分行业, 分产品, 分地区.

Two tables state them (公开发行证券的公司信息披露内容与格式准则第2号 第三节): that of revenue, cost and gross
margin, and in some reports before it the make-up of revenue in two years. Margins and changes are not taken:
they are computed. A member whose name cannot be told is left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Dims, Fact, Period
from verticals.finance.tables.cas_figures import (
    AMOUNT,
    closed_up,
    figure_read,
    groups_of,
    unit_scale,
)
from verticals.finance.tables.cas_periods import column_period, report_period
from verticals.finance.tables.rows import PageRow, Piece, cell_locator, page_rows

_SECTION = re.compile(r"(?:主营业务)?(分(?:行业|产品|地区))(?:[（(]单位.{1,12}[)）])?")
_TITLE = re.compile(r"(?:[（(]?\d*[)）]?[.、]?)?(?:主营业务)?(分(?:行业|产品|地区))情况")
_OVER = re.compile(r"^分(?:销售|季|客户|渠道)|情况的?说明|产销量|成本分析|成本构成|□|统计口径|^[（(]\d+[)）]")
_REVENUE = re.compile(r"(?:主营业务|营业)收入(?:[（(].{1,6}[)）])?")
_COST = re.compile(r"(?:主营业务|营业)成本(?:[（(].{1,6}[)）])?")
_TOTAL = re.compile(r"^(?:合计|总计|小计|营业收入合计|分部间抵销|抵[消销])|合计$")
_PREFIX = re.compile(
    r"^(?:其中[:：]|\d+[.、．](?!\d)|[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、)"
)
_PERCENT = re.compile(r"[-－]?\d[\d,.]*[%％]")
_PROSE = re.compile(r"^[一二三四五六七八九十]+、|^[（(][一二三四五六七八九十]+[)）]|[。；]")
LABEL_CHARS = 40
WRAP_LINES = 1.7  # how many lines of text apart the parts of one label may stand
ROWS_IDLE = 12  # without a figure for so long, the table is over
UNIT_ROWS = 40  # the unit of these tables stands above the first of them
REVENUE, COST = "cas:营业收入", "cas:营业成本"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of amounts; without edges it is known by its place among them."""

    concept: str
    period: Period
    x0: float = 0.0
    x1: float = 0.0


@dataclass(frozen=True, slots=True)
class _Figures:
    """A row's amounts, each with its column, and the words before them."""

    row: PageRow
    axis: str
    scale: int
    table: int
    cells: tuple[tuple[_Column, Piece], ...]
    label: str


def segment_facts(
    blocks: Sequence[Block], *, year: int | None, period: str, tables_before: int = 0
) -> list[Fact]:
    """Revenue and cost of each segment, product and region.

    `year`, `period`: of the report. `tables_before`: the numbers of tables that are taken.
    """
    covered = report_period(year, period, instant=False)
    if covered is None:
        return []
    reader = _Reader(covered, tables_before)
    for row in page_rows(blocks, block_starts(blocks)):
        reader.read(row)
    facts: dict[tuple[str, Period, Dims], Fact] = {}
    for figures, label in reader.labelled():
        for number, (column, piece) in enumerate(figures.cells, 1):
            value, decimals = figure_read(piece.text, figures.scale)
            fact = Fact(
                concept=column.concept,
                period=column.period,
                unit="CNY",
                value=value,
                decimals=decimals,
                dims=((f"cas:{figures.axis}", f"cas:{label}"),),
                locator=cell_locator(figures.row, piece, table=figures.table, column=number),
            )
            facts.setdefault((fact.concept, fact.period, fact.dims), fact)
    return list(facts.values())


class _Reader:
    """Goes down the rows of a report and keeps those of its breakdowns."""

    def __init__(self, covered: Period, tables_before: int) -> None:
        self._covered = covered
        self._table = tables_before
        self._axis = ""
        self._columns: tuple[_Column, ...] = ()
        self._years: tuple[Period, ...] = ()
        self._scale: int | None = None
        self._since_unit = 0
        self._idle = 0
        self._headed = 0  # one more than the words that were there when the headings began
        self._figures: list[_Figures] = []
        self._words: list[tuple[PageRow, str]] = []  # rows that hold a part of a label alone

    def read(self, row: PageRow) -> None:
        text = row.text.replace(" ", "")
        self._since_unit += 1
        if (scale := unit_scale(text)) is not None:
            self._scale, self._since_unit = scale, 0
        elif self._since_unit > UNIT_ROWS and not self._columns:
            self._scale = None
        if self._heading(row, text) or not (self._columns and self._axis and self._scale is not None):
            return
        if cells := self._cells(row):
            label = closed_up([piece for piece in row.pieces if piece.x1 <= cells[0][1].x0])
            self._figures.append(_Figures(row, self._axis, self._scale, self._table, cells, label))
            self._idle = 0
            return
        self._idle += 1
        if self._idle > ROWS_IDLE or _PROSE.search(text):
            self._close()
        elif words := closed_up([one for one in row.pieces if one.x1 <= self._first_edge(row)]):
            self._words.append((row, words))

    def _first_edge(self, row: PageRow) -> float:
        """Where the amounts begin: words that start left of it are a label."""
        return min((column.x0 for column in self._columns if column.x1), default=0.0)

    def _close(self) -> None:
        self._axis, self._columns, self._years = "", (), ()

    def _heading(self, row: PageRow, text: str) -> bool:
        """Take the axis and the columns that a row names; whether it names any."""
        groups = groups_of(row.pieces)
        heads = [closed_up(group) for group in groups]
        if found := _TITLE.fullmatch(text):
            self._close()
            self._axis = found[1]
            return True
        if _OVER.search(text):
            self._close()
            return True
        section = _SECTION.fullmatch(heads[0])
        if section:
            self._axis, self._idle = section[1], 0
        revenue = next((at for at, head in enumerate(heads) if _REVENUE.fullmatch(head)), None)
        cost = next((at for at, head in enumerate(heads) if _COST.fullmatch(head)), None)
        if revenue is not None and cost is not None:
            self._begin(
                tuple(
                    _Column(concept, self._covered, groups[at][0].x0, groups[at][-1].x1)
                    for concept, at in ((REVENUE, revenue), (COST, cost))
                )
            )
            return True
        years = tuple(found for head in heads if (found := column_period(head, self._covered)))
        if len(years) == 2 and len(set(years)) == 2 and self._covered in years:
            self._years = years
            return True
        if heads.count("金额") == 2 and self._years:
            self._begin(tuple(_Column(REVENUE, one) for one in self._years))
            return True
        return section is not None and len(heads) == 1

    def _begin(self, columns: tuple[_Column, ...]) -> None:
        """Headings run over several rows: what stood between those of one table is no label."""
        if not self._headed or (self._figures and self._figures[-1].table == self._table):
            self._table += 1
        else:
            del self._words[self._headed - 1 :]
        self._columns, self._years, self._idle = columns, (), 0
        self._headed = len(self._words) + 1

    def _cells(self, row: PageRow) -> tuple[tuple[_Column, Piece], ...]:
        """The amounts of the columns that stand in a row; all of them, or none."""
        amounts = [piece for piece in row.pieces if AMOUNT.fullmatch(piece.text)]
        if not self._columns[0].x1:
            shares = [piece for piece in row.pieces if _PERCENT.fullmatch(piece.text)]
            whole = len(amounts) == len(self._columns) and len(shares) >= len(amounts)
            return tuple(zip(self._columns, amounts, strict=True)) if whole else ()
        found = []
        for column in self._columns:
            over = [one for one in amounts if min(one.x1, column.x1) > max(one.x0, column.x0)]
            if len(over) != 1:
                return ()
            found.append((column, over[0]))
        return tuple(found)

    def labelled(self) -> Iterator[tuple[_Figures, str]]:
        """The rows of figures with the names of their members, words beside a row given to the nearest."""
        parts: dict[int, list[tuple[float, str]]] = {}
        for row, words in self._words:
            near = [
                (abs(_middle(one.row) - _middle(row)), at)
                for at, one in enumerate(self._figures)
                if row.box and one.row.box and one.row.page == row.page
            ]
            if near and row.box and min(near)[0] <= WRAP_LINES * (row.box[3] - row.box[1]):
                parts.setdefault(min(near)[1], []).append((_middle(row), words))
        for at, one in enumerate(self._figures):
            pieces = sorted([*parts.get(at, ()), (_middle(one.row), one.label)])
            label = "".join(words for _height, words in pieces)
            while (shorter := _PREFIX.sub("", label)) != label:
                label = shorter
            if label and len(label) <= LABEL_CHARS and not _TOTAL.search(label):
                yield one, label


def _middle(row: PageRow) -> float:
    return (row.box[1] + row.box[3]) / 2 if row.box else 0.0
