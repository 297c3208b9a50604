"""Words that give away what a question wants, tried only where the text can hold them at all."""

import re
from dataclasses import dataclass

from verticals.finance.questions.normalise import is_chinese

_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the plain spelling, with what decides which patterns need to be tried on it."""

    text: str
    english: frozenset[str]
    chinese: bool


class Cue:
    """A pattern for each language; the English one is tried where one of its `words` is in the text."""

    def __init__(self, *, en: str = "", words: str = "", zh: str = "") -> None:
        self._en = re.compile(en) if en else None
        self._words = frozenset(words.split())
        self._zh = re.compile(zh) if zh else None

    def search(self, words: Words) -> re.Match[str] | None:
        """The first place where the text shows the cue, in Chinese before English."""
        if words.chinese and self._zh and (match := self._zh.search(words.text)):
            return match
        if self._en and not self._words.isdisjoint(words.english):
            return self._en.search(words.text)
        return None

    def found(self, words: Words) -> bool:
        return self.search(words) is not None


def words_of(text: str) -> Words:
    """The words of a text in the plain spelling."""
    return Words(text, frozenset(_WORD.findall(text)), is_chinese(text))
