"""How deep a heading is by the way it is numbered, in English and Chinese."""

import re

_LEVELS = (
    (re.compile(r"^part\s+(?:[ivx]+|\d+)\b", re.I), 1),
    (re.compile(r"^第[一二三四五六七八九十百\d]+[章节部编]"), 1),
    (re.compile(r"^(?:item|chapter|section)\s+\d+[a-z]?\b", re.I), 2),
    (re.compile(r"^[一二三四五六七八九十]+、"), 2),
    (re.compile(r"^note\s+\d+\b", re.I), 3),
    (re.compile(r"^[（(][一二三四五六七八九十]+[）)]"), 3),
)
HEADING_MAX_CHARS = 160
_SENTENCE_ENDS = (".", "。", ";", "；", ",", "，")


def may_be_heading(text: str) -> bool:
    """Whether a line's text allows it to be a heading: short, with letters, and no sentence."""
    if not 2 <= len(text) <= HEADING_MAX_CHARS or text.endswith(_SENTENCE_ENDS):
        return False
    return any(char.isalpha() for char in text)


def numbered_level(text: str) -> int:
    """The depth that a heading's numbering gives it, or 0."""
    return next((level for pattern, level in _LEVELS if pattern.match(text)), 0)
