"""Texts without capitals given those that streets, places and postal codes have."""

import re

from verticals.medical.deidentify.lexicon import LETTERS, is_place, is_word
from verticals.medical.deidentify.name_words import SHARE_SMALL
from verticals.medical.deidentify.street_words import RARE_SUFFIX, SUFFIX

_PLACE_LEAD = (
    "new|north|south|east|west|lake|port|saint|san|santa|los|las|el|great|upper|lower|mount|fort|bad"
)
_STREET_WORD = f"(?i:{SUFFIX}|{RARE_SUFFIX})"


def capitals_given(text: str) -> str:
    """A text with next to no capitals, with one for each word that is in no list, and codes in capitals."""
    if sum(one.isupper() for one in text) > SHARE_SMALL * len(text):
        return text
    words = rf"[{LETTERS}][{LETTERS}'’]+"
    text = re.sub(
        words, lambda one: one[0] if is_word(one[0]) and not is_place(one[0]) else _titled(one[0]), text
    )
    text = re.sub(
        rf"(?<=\d )({words}) ({_STREET_WORD})\b", lambda one: f"{_titled(one[1])} {one[2].title()}", text
    )
    # "janet harbor" is as much a street as "Janet Harbor"
    text = re.sub(
        rf"(?<=[A-ZÀ-Þ])({words}) ({_STREET_WORD})\b", lambda one: f"{one[1]} {one[2].title()}", text
    )
    text = re.sub(rf"\b(?:{_PLACE_LEAD})(?= [A-ZÀ-Þ])", lambda one: one[0].title(), text)
    text = re.sub(
        r"(?<=\d{4} )[a-z]{2}\b|\b[a-z]{1,2}(?=-\d{4})|\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b",
        lambda one: one[0].upper(),
        text,
    )
    return re.sub(r"\b(?=\w*\d)\w{3,8}\b", lambda one: _upper(one[0]), text)


def _titled(word: str) -> str:
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word


def _upper(word: str) -> str:
    return word.upper() if len(word.upper()) == len(word) else word
