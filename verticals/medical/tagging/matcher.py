"""Finds the longest terms of a dictionary in a text, in one pass (Aho and Corasick, 1975).

Texts and terms are compared word by word: English words without their endings, Chinese characters as they
are. So a term never begins inside a word, and "fevers" meets "fever". An abbreviation in capitals is met only
by the same capitals, and by none in a text that is all capitals: "PE" is no "pe", and SHOUTED "or" no "OR".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import ahocorasick

from collegium.sdk.language import CJK, stem

GAP = "\x1f"
ABBREVIATION_MAX_CHARS = 6
_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’]s\b)?")
_ABBREVIATION = re.compile(rf"(?=[^a-z]*[A-Z][^a-z]*[A-Z])[A-Z0-9]{{2,{ABBREVIATION_MAX_CHARS}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """A term at [start, end) of a text."""

    start: int
    end: int
    code: str


class Matcher:
    """Terms, each with the code of its concept; of equal terms the first counts."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self._abbreviations: dict[str, str] = {}
        self._automaton = ahocorasick.Automaton()
        for term, code in codes.items():
            if _ABBREVIATION.fullmatch(term):
                self._abbreviations.setdefault(term, code)
                continue
            key = _key([match.group() for match in _TOKEN.finditer(term)])
            if len(key) > 2 and key not in self._automaton:
                self._automaton.add_word(key, (len(key), code))
        self._empty = len(self._automaton) == 0
        if not self._empty:
            self._automaton.make_automaton()

    def find(self, text: str) -> list[Found]:
        """The terms in a text in order, none overlapping another; where they do, the longest counts."""
        places = [(match.start(), match.end(), match.group()) for match in _TOKEN.finditer(text)]
        shouted = not any(char.islower() for char in text) and any(char.isupper() for char in text)
        found = [] if self._empty else self._phrases(places)
        if not shouted:
            found += [
                Found(start, end, self._abbreviations[word])
                for start, end, word in places
                if word in self._abbreviations
            ]
        found.sort(key=lambda one: (one.start - one.end, one.start))
        kept: list[Found] = []
        taken = bytearray(len(text))
        for one in found:
            if not any(taken[one.start : one.end]):
                taken[one.start : one.end] = b"\x01" * (one.end - one.start)
                kept.append(one)
        return sorted(kept, key=lambda one: one.start)

    def _phrases(self, places: list[tuple[int, int, str]]) -> list[Found]:
        begins: dict[int, int] = {}  # where a word begins and ends in the key -> in the text
        ends: dict[int, int] = {}
        at = 0
        words = []
        for start, end, word in places:
            plain = _plain(word)
            words.append(plain)
            begins[at] = start
            at += len(plain) + 1
            ends[at] = end
        key = GAP + GAP.join(words) + GAP
        return [
            Found(begins[last - length + 1], ends[last], code)
            for last, (length, code) in self._automaton.iter(key)
        ]


def _key(words: list[str]) -> str:
    return GAP + GAP.join(map(_plain, words)) + GAP


def _plain(word: str) -> str:
    return stem(word) if word.isascii() else word.lower()
