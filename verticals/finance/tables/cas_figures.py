"""Figures and headings in the tables of Chinese reports: amounts, units, words that belong together."""

import re
from collections.abc import Sequence
from decimal import Decimal

from verticals.finance.tables.rows import Piece

AMOUNT = re.compile(r"[（(]?[-－﹣–]?\d{1,3}(?:,\d{3})+(?:\.\d+)?[)）]?|[（(]?[-－﹣–]?\d+\.\d+[)）]?")
UNIT = re.compile(
    r"单位[:：]?\s*(?:人民币)?\s*(亿元|千万元|百万元|万元|千元|元)|人民币(亿元|百万元|万元|千元|元)"
)
_SCALES = {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "千万元": 7, "亿元": 8}
_NEGATIVE = re.compile(r"^[（(]|^[-－﹣–]")


def unit_scale(text: str) -> int | None:
    """The power of ten of the unit that a row states; None where it states none."""
    stated = UNIT.search(text)
    return _SCALES[stated[1] or stated[2]] if stated else None


def figure_read(text: str, scale: int) -> tuple[Decimal, int]:
    """The value of a figure in 元, and its decimals as XBRL counts them."""
    digits = re.sub(r"[^\d.]", "", text)
    value = Decimal(f"{digits}E{scale}")
    return -value if _NEGATIVE.match(text) else value, len(digits.partition(".")[2]) - scale


def closed_up(pieces: Sequence[Piece]) -> str:
    """Words as one text: Chinese has no spaces between them."""
    return "".join(piece.text for piece in pieces).replace(" ", "")


def groups_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Words that stand close together as one heading."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and piece.x0 - groups[-1][-1].x1 < 0.8 * _height(piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _height(piece: Piece) -> float:
    """About how tall a word's letters are, by how wide they are."""
    return max(6.0, min(14.0, (piece.x1 - piece.x0) / max(1, len(piece.text))))
