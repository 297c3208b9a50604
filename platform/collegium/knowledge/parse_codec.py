"""Parsed documents as JSON, between the process that reads a file and the one that trusts nothing it says."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from collegium.sdk.parsing import BLOCK_GAP, Block, Line, ParsedDocument, Word, block_starts

KINDS = {"heading", "text", "table"}


class ParseOutputInvalid(ValueError):
    """What the reading process wrote is not a parsed document."""


def parsed_write(parsed: ParsedDocument, path: Path) -> None:
    """Write a parsed document as JSON."""
    value = {
        "parser": parsed.parser,
        "title": parsed.title,
        "language": parsed.language,
        "pages": [[round(width, 2), round(height, 2)] for width, height in parsed.pages],
        "metadata": parsed.metadata,
        "warnings": list(parsed.warnings),
        "blocks": [_block_value(block) for block in parsed.blocks],
        "data": parsed.data,
    }
    with path.open("w", encoding="utf-8", errors="replace") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _block_value(block: Block) -> list[Any]:
    lines = [
        [
            line.start,
            line.end,
            line.page,
            *(round(edge, 1) for edge in line.box),
            [[word.start, round(word.x0, 1), round(word.x1, 1)] for word in line.words],
        ]
        for line in block.lines
    ]
    return [block.kind, block.text, block.page, block.level, block.anchor, lines]


def parsed_read(path: Path) -> ParsedDocument:
    """Read and check a parsed document; blocks get their place in the version's whole text.

    Raises ParseOutputInvalid where anything in it does not fit together.
    """
    try:
        with path.open(encoding="utf-8") as file:
            value = json.load(file)
        return _document(value)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ParseOutputInvalid(f"{type(error).__name__}: {error}") from error


def _document(value: dict[str, Any]) -> ParsedDocument:
    pages = tuple((_finite(width), _finite(height)) for width, height in value["pages"])
    read = [_block(raw, pages) for raw in value["blocks"]]
    blocks = [
        replace(block, char_start=start)
        for block, start in zip(read, block_starts(read), strict=True)
        if start is not None
    ]
    return ParsedDocument(
        parser=_text(value["parser"])[:100],
        title=_text(value["title"])[:400],
        language=_text(value["language"])[:8],
        pages=pages,
        metadata=dict(value["metadata"]),
        warnings=tuple(_text(warning)[:500] for warning in value["warnings"]),
        blocks=tuple(blocks),
        data=dict(value["data"]),
    )


def _block(raw: list[Any], pages: tuple[tuple[float, float], ...]) -> Block:
    kind, text, page, level, anchor, raw_lines = raw
    _require(kind in KINDS, "kind")
    text = _text(text)
    _require(page is None or (_whole(page) and 1 <= page <= len(pages)), "page")
    _require(_whole(level), "level")
    lines = tuple(_line(line, len(text), page, pages) for line in raw_lines)
    _require(all(a.end <= b.start for a, b in pairwise(lines)), "order of lines")
    return Block(kind, text, page, max(0, min(level, 9)), _text(anchor)[:200], lines=lines)


def _line(raw: list[Any], text_chars: int, page: int | None, pages: tuple[tuple[float, float], ...]) -> Line:
    start, end, line_page, x0, y0, x1, y1, raw_words = raw
    _require(_whole(start) and _whole(end) and 0 <= start < end <= text_chars, "span")
    _require(page is not None and line_page == page, "page of a line")
    width, height = pages[page - 1] if page else (0.0, 0.0)
    box = (_within(x0, width), _within(y0, height), _within(x1, width), _within(y1, height))
    words = tuple(Word(int(at), _within(a, width), _within(b, width)) for at, a, b in raw_words)
    _require(all(start <= word.start < end for word in words), "words")
    return Line(start, end, page or 0, box, words)


def _require(holds: object, what: str) -> None:
    if not holds:
        raise ParseOutputInvalid(f"the {what} of a block does not fit")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(value: Any) -> float:
    number = float(value)
    _require(math.isfinite(number) and 0 <= number <= 1_000_000, "page size")
    return number


def _within(value: Any, high: float) -> float:
    number = float(value)
    _require(math.isfinite(number), "box")
    return round(min(max(number, 0.0), high), 1)


def _text(value: Any) -> str:
    """Text that PostgreSQL can hold; what it cannot is replaced one for one, so that offsets stay right."""
    _require(isinstance(value, str), "text")
    if "\x00" in value:
        value = value.replace("\x00", " ")
    return str(value)


def whole_text(blocks: tuple[Block, ...]) -> str:
    """The version's whole text, in which `char_start` counts."""
    return BLOCK_GAP.join(block.text for block in blocks)
