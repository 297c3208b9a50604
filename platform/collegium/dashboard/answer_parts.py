"""An answer as the page prints it: blocks of lines, whose marks [n] become links to citations."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or the mark of citation `number`."""

    text: str = ""
    number: int = 0


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


def answer_blocks(data: Mapping[str, Any]) -> list[ShownBlock]:
    """The blocks of answer_data; an answer without blocks is shown as one block of its text."""
    known = {int(citation["id"]) for citation in data.get("citations") or ()}
    raw: Sequence[Mapping[str, Any]] = data.get("blocks") or ()
    if not raw and data.get("text"):
        raw = [{"kind": "text", "text": data["text"]}]
    return [
        ShownBlock(
            str(block.get("kind", "text")),
            [line_pieces(line, known) for line in str(block.get("text", "")).splitlines() if line.strip()],
        )
        for block in raw
        if str(block.get("text", "")).strip()
    ]
