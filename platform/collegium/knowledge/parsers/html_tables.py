"""Tables in HTML: their rows as cells in aligned columns, with the named elements inside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from collegium.knowledge.parsers.table_columns import columns_align, number_columns
from collegium.sdk.parsing import Mark

CELL_GAP = " | "
SPAN_MAX = 200
_NUMERIC = re.compile(r"^[\s$€£¥￥(+\-–—−]*[\d—–-][\d,.\s%)xX]*$")
_OPENS = re.compile(r"^[$€£¥￥(\s]+$")
_CLOSES = re.compile(r"^[)\]%\s]+$")


@dataclass(slots=True)
class Cell:
    """A cell's text and the columns [x0, x1) of the table's grid that it covers; marks count in its text."""

    text: str
    x0: int
    x1: int
    marks: list[Mark] = field(default_factory=list)

    @property
    def numeric(self) -> bool:
        return bool(_NUMERIC.match(self.text))


def table_is_data(table: Any) -> bool:
    """Whether a table holds data rather than a page's layout: no table inside, rows with several cells."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    celled = sum(len(cells) >= 2 for cells in _rows(table))
    return celled >= 2 or (celled == 1 and next(table.iterdescendants("th"), None) is not None)


def table_read(table: Any) -> tuple[str, tuple[Mark, ...]]:
    """One row per line, cells parted by " | "; a sign in a cell of its own, such as $, joins its number."""
    rows = [_signs_joined(cells) for cells in _rows(table)]
    columns = number_columns(rows)
    text = ""
    marks: list[Mark] = []
    for cells in rows:
        if not cells:
            continue
        text += "\n" if text else ""
        for number, cell in enumerate(columns_align(cells, columns)):
            text += CELL_GAP if number else ""
            if cell is not None:
                marks += _moved(cell.marks, len(text))
                text += cell.text
    return text, tuple(marks)


def _moved(marks: list[Mark], by: int) -> list[Mark]:
    return [replace(mark, start=mark.start + by, end=mark.end + by) for mark in marks]


def _rows(table: Any) -> Iterator[list[Cell]]:
    """The cells with text of each row. A cell that spans rows counts in its first."""
    for row in table.iterdescendants("tr"):
        cells, at = [], 0
        for element in row.iterchildren("td", "th"):
            width = _span(element.get("colspan"))
            text = _text(element)
            if text:
                cells.append(Cell(text, at, at + width, _marks(element, text)))
            at += width
        yield cells


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _marks(cell: Any, text: str) -> list[Mark]:
    """The elements with a prefix and an id, such as facts of inline XBRL, at their places in the cell."""
    marks, at = [], 0
    for element in cell.iterdescendants():
        name = element.get("id") if ":" in element.tag else None
        if name and (own := _text(element)) and (start := text.find(own, at)) >= 0:
            marks.append(Mark(name, start, start + len(own)))
            at = start
    return marks


def _span(value: str | None) -> int:
    """The columns that a cell covers; 1 for what browsers do not read as a number either."""
    stated = int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 1
    return min(max(stated, 1), SPAN_MAX)


def _signs_joined(cells: list[Cell]) -> list[Cell]:
    joined: list[Cell] = []
    opening: Cell | None = None
    for cell in cells:
        if opening is not None:
            marks = opening.marks + _moved(cell.marks, len(opening.text))
            cell, opening = Cell(opening.text + cell.text, opening.x0, cell.x1, marks), None
        elif _CLOSES.match(cell.text) and joined:
            last = joined[-1]
            joined[-1] = Cell(last.text + cell.text, last.x0, cell.x1, last.marks)
            continue
        if _OPENS.match(cell.text):
            opening = cell
            continue
        joined.append(cell)
    return joined if opening is None else [*joined, opening]
