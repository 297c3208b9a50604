"""Tables on a PDF page: which rows form one, and which cell of a row belongs to which column.

Columns come from the boxes of the numbers: where their extents overlap over the rows, they are one column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collegium.knowledge.parsers.pdf_rows import Row, Segment
from collegium.knowledge.parsers.table_columns import columns_align, number_columns

_OPENS = re.compile(r"^[\s$€£¥￥(]+$")  # belongs to the number at its right
_CLOSES = re.compile(r"^[)\]%\s]+$")  # belongs to the number at its left
SINGLE_ROWS_INSIDE = (
    3  # rows without cells that may stand between two rows of a table: headings, wrapped labels
)


@dataclass(slots=True)
class TableRow:
    """Cells from left to right; None is an empty cell."""

    cells: list[Segment | None]


def tables_find(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The spans [start, end) of rows that form tables."""
    spans: list[tuple[int, int]] = []
    start = last = -1
    for at, row in enumerate(rows):
        if not _has_cells(row):
            continue
        if start >= 0 and at - last - 1 <= SINGLE_ROWS_INSIDE and _near(rows[last : at + 1]):
            last = at
            continue
        spans.append((start, last + 1))
        start = last = at
    spans.append((start, last + 1))
    return [span for span in spans if span[0] >= 0 and _is_table(rows[slice(*span)])]


def _has_cells(row: Row) -> bool:
    """Whether a row looks like cells: parts side by side, at most one of them long."""
    return len(row.segments) >= 2 and sum(len(part.text) > 45 for part in row.segments) < 2


def _near(rows: Sequence[Row]) -> bool:
    """Whether no gap between the rows is so tall that something else must have begun."""
    return all(
        after.y0 - before.y1 < 3 * max(before.height, after.height)
        and (len(after.segments) > 1 or len(after.text) < 90)
        for before, after in zip(rows, rows[1:], strict=False)
    )


def _is_table(rows: Sequence[Row]) -> bool:
    celled = [row for row in rows if _has_cells(row)]
    numeric = sum(any(part.numeric for part in row.segments[1:]) for row in celled)
    if len(celled) >= 2 and numeric >= 2 and numeric >= 0.3 * len(celled):
        return True
    # A table of words: the second cells of at least three rows begin, end or centre at the same place.
    seconds = [row.segments[1] for row in celled]
    aligned = max(
        _most_alike([cell.x0 for cell in seconds]),
        _most_alike([cell.x1 for cell in seconds]),
        _most_alike([(cell.x0 + cell.x1) / 2 for cell in seconds]),
    )
    return len(celled) >= 3 and aligned >= 0.7 * len(celled)


def _most_alike(places: Sequence[float]) -> int:
    return max((sum(abs(one - other) < 3 for other in places) for one in places), default=0)


def table_rows(rows: Sequence[Row]) -> list[TableRow]:
    """The rows' cells in aligned columns; a row that does not fit the columns stays as it is."""
    celled = [_signs_joined(row.segments) for row in rows]
    columns = number_columns(celled)
    return [TableRow(columns_align(cells, columns)) for cells in celled]


def _signs_joined(segments: Sequence[Segment]) -> list[Segment]:
    """Put a currency sign or bracket that stands alone into the cell of its number."""
    joined: list[Segment] = []
    opening: Segment | None = None
    for segment in segments:
        text = segment.text
        if _OPENS.match(text):
            opening = segment if opening is None else _merged(opening, segment)
            continue
        if opening is not None:
            segment, opening = _merged(opening, segment), None
        elif _CLOSES.match(text) and joined:
            joined[-1] = _merged(joined[-1], segment)
            continue
        joined.append(segment)
    if opening is not None:
        joined.append(opening)
    return joined


def _merged(left: Segment, right: Segment) -> Segment:
    return Segment(
        left.words + right.words,
        min(left.x0, right.x0),
        min(left.y0, right.y0),
        max(left.x1, right.x1),
        max(left.y1, right.y1),
        left.bold and right.bold,
    )
