"""An answer as the page prints it: blocks of lines, whose marks [n] become links to citations."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from collegium.accounts.asker import Asker
from collegium.sdk.passages import Mark
from collegium.sdk.registry import loaded_verticals

Href = Callable[[int], str]
Marker = Callable[[str], Sequence[Mark]]  # what is to be marked in a text
MARKED_BLOCKS = frozenset({"evidence", "text"})  # what is quoted; the platform's own words are not marked

MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or the mark of citation `number`; `mark` says what a vertical knows of the text."""

    text: str = ""
    number: int = 0
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block of an answer; evidence is shown as quotations, a rephrased part is labelled as the model's."""

    kind: str
    lines: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A cited document with its citations."""

    title: str
    citations: list[Mapping[str, Any]]


def answer_sources(data: Mapping[str, Any]) -> list[ShownSource]:
    """The citations of answer_data by document, in the order in which the answer cites them."""
    sources: dict[str, ShownSource] = {}
    for citation in data.get("citations") or ():
        source = sources.setdefault(citation["document"], ShownSource(citation["title"], []))
        source.citations.append(citation)
    return list(sources.values())


def pieces_marked(pieces: Sequence[Piece], marker: Marker) -> list[Piece]:
    """The same pieces, their texts cut where a vertical marks something in the line that they make."""
    line = "".join(one.text for one in pieces)
    marks = list(marker(line))
    made: list[Piece] = []
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        for mark in marks:
            if at <= mark.start and mark.end <= end and mark.start < mark.end:
                if at < mark.start:
                    made.append(Piece(line[at : mark.start]))
                made.append(Piece(line[mark.start : mark.end], mark=mark))
                at = mark.end
        if at < end:
            made.append(Piece(line[at:end]))
        elif piece.number:
            made.append(piece)
        at = end
    return made


def line_pieces(line: str, known: Collection[int]) -> list[Piece]:
    """Cut a line at its marks; a mark that names no citation stays text."""
    pieces: list[Piece] = []
    at = 0
    for match in MARK.finditer(line):
        number = int(match[1])
        if number not in known:
            continue
        if match.start() > at:
            pieces.append(Piece(line[at : match.start()]))
        pieces.append(Piece(number=number))
        at = match.end()
    if at < len(line):
        pieces.append(Piece(line[at:]))
    return pieces


def answer_blocks(data: Mapping[str, Any], marker: Marker = lambda line: ()) -> list[ShownBlock]:
    """The blocks of answer_data; an answer without blocks is shown as one block of its text."""
    known = {int(citation["id"]) for citation in data.get("citations") or ()}
    raw: Sequence[Mapping[str, Any]] = data.get("blocks") or ()
    if not raw and data.get("text"):
        raw = [{"kind": "text", "text": data["text"]}]
    shown = []
    for block in raw:
        kind, text = str(block.get("kind", "text")), str(block.get("text", ""))
        lines = [line_pieces(line, known) for line in text.splitlines() if line.strip()]
        if kind in MARKED_BLOCKS:
            lines = [pieces_marked(line, marker) for line in lines]
        if lines:
            shown.append(ShownBlock(kind, lines))
    return shown


def marker_of(asker: Asker, slug: str, language: str) -> Marker:
    """What a vertical marks in shown texts; nothing where it is not loaded or closed to the asker."""
    vertical = loaded_verticals().get(slug)
    if vertical is None or not asker.may_use(slug):
        return lambda line: ()
    return lambda line: vertical.marks(asker, line, language)


def source_href(slug: str) -> Href:
    """Where a vertical shows what a computation was read from, by its id; empty where it has no such page."""
    vertical = loaded_verticals().get(slug)
    name = vertical.source_page if vertical else ""

    def href(source: int) -> str:
        try:
            return reverse(f"vertical-{slug}-{name}", args=[source]) if name else ""
        except NoReverseMatch:  # a page that could not be imported
            return ""

    return href


def answer_computations(data: Mapping[str, Any], href: Href) -> list[dict[str, Any]]:
    """The computations of answer_data, their operands with the address of what was read."""
    return [
        {**row, "operands": [{**one, "href": _href(one.get("source"), href)} for one in row["operands"]]}
        for row in data.get("computations") or ()
    ]


def answer_exhibits(data: Mapping[str, Any], href: Href) -> list[dict[str, Any]]:
    """The charts of answer_data each with an id for the page, and its tables with addresses in the cells."""
    shown = []
    for number, exhibit in enumerate(data.get("exhibits") or (), 1):
        if exhibit["kind"] == "chart":
            identity = f"chart-{data['id']}-{number}"
            shown.append({"kind": "chart", "id": identity, "data": exhibit["data"]})
            continue
        table = exhibit["data"]
        rows = [[{**cell, "href": _only_href(cell, href)} for cell in row] for row in table["rows"]]
        shown.append({"kind": "table", "columns": table["columns"], "rows": rows, "headers": _headers(rows)})
    return shown


def _href(source: int | None, href: Href) -> str:
    return "" if source is None else href(source)


def _only_href(cell: Mapping[str, Any], href: Href) -> str:
    """Where a cell leads that was read from one place alone."""
    inputs = cell.get("inputs") or ()
    return href(inputs[0]) if len(inputs) == 1 else ""


def _headers(rows: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """How many columns at the left name the rows: those in which no cell has a value."""
    width = max((len(row) for row in rows), default=0)
    valued = (at for at in range(width) if any(row[at].get("value") is not None for row in rows))
    return next(valued, width)
