"""The rows of a report in reading order, with their words and where these stand.

A page's words have their places in points; in pages without geometry a table's cells count as columns of
equal width, so that both are read in one way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collegium.sdk.parsing import Block

CELL_GAP = " | "
COLUMN_WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a cell, with its horizontal extent."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row; `start`, `end`: its characters in the version's whole text. Without pages `page` is None."""

    page: int | None
    block: int
    index: int
    pieces: tuple[Piece, ...]
    box: tuple[float, float, float, float] | None
    anchor: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The row closed up: Chinese words have no spaces between them."""
        return "".join(piece.text for piece in self.pieces)


def row_text(row: PageRow) -> str:
    """The words of a row with a space between them."""
    return " ".join(piece.text for piece in row.pieces)


def page_rows(blocks: Sequence[Block], starts: Sequence[int | None]) -> Iterator[PageRow]:
    """The rows of all blocks in order."""
    for number, (block, start) in enumerate(zip(blocks, starts, strict=True)):
        if start is None:
            continue
        rows = _lines(block, number, start) if block.lines else _cells(block, number, start)
        yield from rows


def _lines(block: Block, number: int, at: int) -> Iterator[PageRow]:
    for index, line in enumerate(block.lines):
        edges = [word.start for word in line.words] + [line.end]
        pieces = []
        for word, until in zip(line.words, edges[1:], strict=True):
            text = block.text[word.start : until].replace("|", " ").strip()
            if text:
                pieces.append(Piece(text, word.x0, word.x1))
        if pieces:
            yield PageRow(
                line.page,
                number,
                index,
                tuple(pieces),
                line.box,
                block.anchor,
                at + line.start,
                at + line.end,
            )


def _cells(block: Block, number: int, at: int) -> Iterator[PageRow]:
    start = at
    for index, line in enumerate(block.text.split("\n")):
        cells = line.split(CELL_GAP) if block.kind == "table" else [line]
        pieces = tuple(
            Piece(cell.strip(), column * COLUMN_WIDTH, column * COLUMN_WIDTH + COLUMN_WIDTH * 0.5)
            for column, cell in enumerate(cells)
            if cell.strip()
        )
        if pieces:
            yield PageRow(block.page, number, index, pieces, None, block.anchor, start, start + len(line))
        start += len(line) + 1


def cell_locator(row: PageRow, piece: Piece, *, table: int, column: int) -> dict[str, Any]:
    """Where a figure stands: its row in the version's text, and where there are pages its box."""
    locator: dict[str, Any] = {"kind": "cell", "start": row.start, "end": row.end, "table": table}
    locator |= {"row": row.index, "column": column}
    if row.page is not None:
        locator["page"] = row.page
    if row.box is not None:
        locator["boxes"] = [[piece.x0, row.box[1], piece.x1, row.box[3]]]
    elif row.anchor:
        locator["anchor"] = row.anchor[:300]
    return locator
