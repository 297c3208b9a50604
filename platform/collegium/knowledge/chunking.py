"""Cuts a parsed document into passages: never across pages, at sentence or row boundaries, with their boxes.

A passage's text is a slice of the version's whole text, so every character of it lies in a line with a box.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from collegium.sdk.language import CJK
from collegium.sdk.parsing import BLOCK_GAP, Block, Line, ParsedDocument
from collegium.sdk.sentences import sentence_spans

TOKENS_MAX = 200  # the default encoder reads 256 pieces, of which the title and headings take some
TOKENS_ENOUGH = 60  # a passage this long is not joined with what follows a heading
CAPTION_CHARS = 240  # text this short before a table stays with it
SECTION_CHARS = 160
SECTION_DEPTH = 6
_PIECES = re.compile(rf"(?P<cjk>[{CJK}])|(?P<number>\d+)|(?P<word>[^\W\d_]+)|(?P<mark>[^\w\s]|_)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk before it is stored; the fields mean what those of models.Chunk do."""

    kind: str
    text: str
    section: tuple[str, ...]
    locator: dict[str, Any]
    page: int | None
    boxes: list[list[float]]
    lines: list[list[Any]]
    char_start: int
    char_end: int


@dataclass(slots=True)
class _Piece:
    """Characters [start, end) of a block, small enough for a passage."""

    block: Block
    start: int
    end: int
    tokens: int


@dataclass(slots=True)
class _Open:
    """A passage that is being filled."""

    section: tuple[str, ...] = ()
    pieces: list[_Piece] = field(default_factory=list)
    tokens: int = 0


def tokens_estimate(text: str) -> int:
    """About how many pieces a WordPiece encoder makes of a text; rather too many than too few."""
    count = 0
    for match in _PIECES.finditer(text):
        kind, length = match.lastgroup, len(match.group())
        if kind == "number":
            count += (length + 1) // 2
        elif kind == "word":
            count += 1 + max(0, length - 7) // 4
        else:
            count += 1
    return count


def passages(parsed: ParsedDocument) -> Iterator[Passage]:
    """Cut a document into passages, in reading order."""
    path: list[tuple[int, str]] = []
    taken = _Open()
    for block in parsed.blocks:
        if block.kind == "heading":
            if taken.tokens >= TOKENS_ENOUGH or _only_other_page(taken, block):
                yield from _closed(taken)
                taken = _Open()
            path = [(level, title) for level, title in path if level < block.level]
            path.append((block.level, _one_line(block.text)[:SECTION_CHARS]))
        for piece in _pieces(block):
            if not _fits(taken, piece):
                yield from _closed(taken)
                taken = _Open()
            if not taken.pieces or all(part.block.kind == "heading" for part in taken.pieces):
                taken.section = _section(path, block, piece)
            taken.pieces.append(piece)
            taken.tokens += piece.tokens
    yield from _closed(taken)


def _only_other_page(taken: _Open, block: Block) -> bool:
    return bool(taken.pieces) and taken.pieces[-1].block.page != block.page


def _fits(taken: _Open, piece: _Piece) -> bool:
    """Whether a piece may join: same page, room left, and tables stand alone but for a caption."""
    if not taken.pieces:
        return True
    last = taken.pieces[-1]
    if last.block.page != piece.block.page or taken.tokens + piece.tokens > TOKENS_MAX:
        return False
    if last.block is piece.block:
        return True
    if last.block.kind == "table":
        return False
    if piece.block.kind == "table":
        return sum(part.end - part.start for part in taken.pieces) <= CAPTION_CHARS
    return True


def _section(path: Sequence[tuple[int, str]], block: Block, piece: _Piece) -> tuple[str, ...]:
    """The headings above a piece; a table's later pieces carry its first row, which names their columns."""
    section = [title for _, title in path]
    if block.kind == "table" and piece.start > 0:
        section.append(block.text.split("\n", 1)[0][:SECTION_CHARS])
    return tuple(section[-SECTION_DEPTH:])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _pieces(block: Block) -> Iterator[_Piece]:
    """Cut a block at its sentences or rows so that each piece fits; small neighbours are put together."""
    total = tokens_estimate(block.text)
    if total <= TOKENS_MAX:
        yield _Piece(block, 0, len(block.text), total)
        return
    start = end = tokens = 0
    # White space around the first and last sentence belongs to their pieces, so blocks join without a gap.
    for at, until in _atoms(block):
        more = tokens_estimate(block.text[at:until])
        if tokens and tokens + more > TOKENS_MAX:
            yield _Piece(block, start, end, tokens)
            start, tokens = at, 0
        elif not tokens:
            start = at if end else 0
        end, tokens = until, tokens + more
    if tokens:
        yield _Piece(block, start, len(block.text), tokens)


def _atoms(block: Block) -> Iterator[tuple[int, int]]:
    """Sentences, or rows of a table; one that is too long by itself is cut between words."""
    for start, end in sentence_spans(block.text, table=block.kind == "table"):
        if tokens_estimate(block.text[start:end]) <= TOKENS_MAX:
            yield start, end
        else:
            yield from _hard_cuts(block.text, start, end)


def _hard_cuts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cuts that fit even text without sentences or spaces."""
    while start < end:
        until = min(end, start + TOKENS_MAX * 4)
        while tokens_estimate(text[start:until]) > TOKENS_MAX:
            until = start + max(1, (until - start) * 2 // 3)
        if until < end:
            space = text.rfind(" ", start + (until - start) // 2, until)
            until = space + 1 if space > 0 else until
        yield start, until
        start = until


def _closed(taken: _Open) -> Iterator[Passage]:
    if not taken.pieces:
        return
    first = taken.pieces[0]
    begin = first.block.char_start + first.start
    text, lines, boxes = "", [], []
    before: _Piece | None = None
    for piece in taken.pieces:
        if before is not None:
            text += before.block.text[before.end : piece.start] if before.block is piece.block else BLOCK_GAP
        shift = len(text) - piece.start
        cut = [kept for kept in (_line_cut(line, piece, shift) for line in piece.block.lines) if kept]
        lines += cut
        if cut:
            boxes.append(_around(cut))
        text += piece.block.text[piece.start : piece.end]
        before = piece
    page = first.block.page
    kind = "table" if any(piece.block.kind == "table" for piece in taken.pieces) else "text"
    end = begin + len(text)
    anchor = next((part.block.anchor for part in reversed(taken.pieces) if part.block.anchor), "")
    if not any(char.isalnum() for char in text):
        return
    locator = _locator(page, anchor, begin, end)
    yield Passage(kind, text, taken.section, locator, page, boxes, lines, begin, end)


def _locator(page: int | None, anchor: str, start: int, end: int) -> dict[str, Any]:
    if page is not None:
        return {"kind": "page", "page": page}
    if anchor:
        return {"kind": "anchor", "anchor": anchor, "start": start, "end": end}
    return {"kind": "span", "start": start, "end": end}


def _line_cut(line: Line, piece: _Piece, shift: int) -> list[Any] | None:
    """The part of a line that lies in a piece, in the form of Chunk.lines."""
    start, end = max(line.start, piece.start), min(line.end, piece.end)
    if start >= end:
        return None
    x0, y0, x1, y1 = line.box
    words = []
    for at, word in enumerate(line.words):
        word_end = line.words[at + 1].start if at + 1 < len(line.words) else line.end
        if word_end > start and word.start < end:
            words.append([max(word.start, start) + shift, word.x0, word.x1])
    if words and (start > line.start or end < line.end):
        x0, x1 = min(word[1] for word in words), max(word[2] for word in words)
    return [start + shift, end + shift, line.page, x0, y0, x1, y1, words]


def _around(lines: Sequence[list[Any]]) -> list[float]:
    return [
        min(line[3] for line in lines),
        min(line[4] for line in lines),
        max(line[5] for line in lines),
        max(line[6] for line in lines),
    ]


def text_digest(text: str) -> str:
    """What a passage's vector is kept under."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
