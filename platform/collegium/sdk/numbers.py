"""Numbers as people write them, with their scale and unit, so that 1,234 million equals 1.234 billion."""

import re
from dataclasses import dataclass
from decimal import Decimal

_SCALES = {
    "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "bn": 9, "b": 9, "trillion": 12,
    "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "万亿": 12,
}  # fmt: skip
_KINDS = {
    "%": "%", "％": "%", "percent": "%", "per cent": "%",
    "percentage points": "pp", "percentage point": "pp", "pp": "pp", "个百分点": "pp",
    "basis points": "bp", "basis point": "bp", "bps": "bp", "bp": "bp", "个基点": "bp",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ \u00a0]?(?P<suffix>percentage points?|percent|per cent|pp\b|basis points?|bps?\b|%|％|个百分点"
    r"|个基点|万亿|千万|百万|亿|万|千(?!克|米|瓦|卡|帕)|thousand\b|million\b|billion\b|trillion\b"
    r"|mn\b|bn\b|[mkb]\b(?![/²³])))?",
    re.IGNORECASE,
)
_WORDS = """
zero|one|two second|three third|four fourth|five fifth|six sixth|seven seventh|eight eighth|nine ninth|
ten tenth|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty
"""
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ENGLISH = {word: value for value, words in enumerate(_WORDS.split("|")) for word in words.split()} | _TENS
_ENGLISH_WORD = re.compile(r"\b(" + "|".join(_ENGLISH) + r")\b", re.IGNORECASE)
_CHINESE = {mark: value for value, mark in enumerate("零一二三四五六七八九十")} | {"两": 2}
_CHINESE_COUNT = re.compile(
    r"(?<=第)([一二三四五六七八九十])|([二三四五六七八九十两])(?=[个项家种类倍成年次名大])"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: `written` as it stands, `value` without sign, times 10**`exponent`; `kind` is
    "", "%", "pp" (percentage points) or "bp"."""

    written: Decimal
    exponent: int
    kind: str
    start: int
    end: int

    @property
    def value(self) -> Decimal:
        return self.written.scaleb(self.exponent)


def numbers_find(text: str, *, words: bool = False) -> list[Number]:
    """The numbers of a text; with `words` also those written out, such as two, third, 三个."""
    found = []
    for match in _NUMBER.finditer(text):
        suffix = (match["suffix"] or "").lower()
        written = Decimal(match["digits"].replace(",", ""))
        found.append(
            Number(written, _SCALES.get(suffix, 0), _KINDS.get(suffix, ""), match.start(), match.end())
        )
    if words:
        for match in _ENGLISH_WORD.finditer(text):
            value = _ENGLISH[match.group().lower()]
            found.append(Number(Decimal(value), 0, "", match.start(), match.end()))
        for match in _CHINESE_COUNT.finditer(text):
            found.append(Number(Decimal(_CHINESE[match.group()]), 0, "", match.start(), match.end()))
    return found


def scales_named(text: str) -> set[int]:
    """The scales that a text names anywhere, such as 6 for "in millions": a table's header states its
    unit.
    """
    low = text.lower()
    named = {_SCALES[word] for word in ("thousand", "million", "billion", "trillion") if word in low}
    return named | {_SCALES[mark] for mark in ("百万", "千万", "万亿", "亿", "万") if mark in low}
