"""Which cell of a row belongs to which column, by where cells begin and end."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Placed(Protocol):
    """A cell: its horizontal extent, and whether it holds a number."""

    @property
    def x0(self) -> float: ...
    @property
    def x1(self) -> float: ...
    @property
    def numeric(self) -> bool: ...


C = TypeVar("C", bound=Placed)


def number_columns(rows: Sequence[Sequence[Placed]]) -> list[tuple[float, float]]:
    """The columns of numbers, from left to right: numbers whose extents overlap are in one column."""
    extents = sorted((cell.x0, cell.x1) for cells in rows for cell in cells[1:] if cell.numeric)
    columns: list[tuple[float, float]] = []
    for x0, x1 in extents:
        if columns and x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def columns_align(cells: Sequence[C], columns: Sequence[tuple[float, float]]) -> list[C | None]:
    """A row's cells with None for empty columns; a row that does not fit the columns stays as it is."""
    if len(cells) < 2 or not columns:
        return list(cells)
    placed: list[C | None] = [None] * (len(columns) + 1)
    first = 0
    if cells[0].x0 < columns[0][0] and not (cells[0].numeric and cells[0].x1 > columns[0][0]):
        placed[0], first = cells[0], 1
    for cell in cells[first:]:
        overlap, at = max(
            (min(cell.x1, x1) - max(cell.x0, x0), at) for at, (x0, x1) in enumerate(columns, start=1)
        )
        if overlap <= 0 or placed[at] is not None:
            return list(cells)
        placed[at] = cell
    while placed[-1] is None:
        placed.pop()
    return placed
