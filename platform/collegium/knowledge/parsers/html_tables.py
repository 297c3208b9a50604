"""Tables in HTML: their rows as cells in aligned columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collegium.knowledge.parsers.table_columns import columns_align, number_columns

CELL_GAP = " | "
SPAN_MAX = 200
_NUMERIC = re.compile(r"^[\s$€£¥￥(+\-–—−]*[\d—–-][\d,.\s%)xX]*$")
_OPENS = re.compile(r"^[$€£¥￥(\s]+$")
_CLOSES = re.compile(r"^[)\]%\s]+$")


@dataclass(slots=True)
class Cell:
    """A cell's text and the columns [x0, x1) of the table's grid that it covers."""

    text: str
    x0: int
    x1: int

    @property
    def numeric(self) -> bool:
        return bool(_NUMERIC.match(self.text))


def table_is_data(table: Any) -> bool:
    """Whether a table holds data rather than a page's layout: no table inside, rows with several cells."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    celled = sum(len(cells) >= 2 for cells in _rows(table))
    return celled >= 2 or (celled == 1 and next(table.iterdescendants("th"), None) is not None)


def table_text(table: Any) -> str:
    """One row per line, cells parted by " | "; a sign in a cell of its own, such as $, joins its number."""
    rows = [_signs_joined(cells) for cells in _rows(table)]
    columns = number_columns(rows)
    lines = []
    for cells in rows:
        if cells:
            aligned = columns_align(cells, columns)
            lines.append(CELL_GAP.join(cell.text if cell is not None else "" for cell in aligned))
    return "\n".join(lines)


def _rows(table: Any) -> Iterator[list[Cell]]:
    """The cells with text of each row. A cell that spans rows counts in its first."""
    for row in table.iterdescendants("tr"):
        cells, at = [], 0
        for element in row.iterchildren("td", "th"):
            width = _span(element.get("colspan"))
            text = " ".join(" ".join(element.itertext()).split())
            if text:
                cells.append(Cell(text, at, at + width))
            at += width
        yield cells


def _span(value: str | None) -> int:
    """The columns that a cell covers; 1 for what browsers do not read as a number either."""
    stated = int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 1
    return min(max(stated, 1), SPAN_MAX)


def _signs_joined(cells: list[Cell]) -> list[Cell]:
    joined: list[Cell] = []
    opening: Cell | None = None
    for cell in cells:
        if opening is not None:
            cell, opening = Cell(opening.text + cell.text, opening.x0, cell.x1), None
        elif _CLOSES.match(cell.text) and joined:
            joined[-1] = Cell(joined[-1].text + cell.text, joined[-1].x0, cell.x1)
            continue
        if _OPENS.match(cell.text):
            opening = cell
            continue
        joined.append(cell)
    return joined if opening is None else [*joined, opening]
