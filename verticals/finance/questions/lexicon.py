"""Finds the longest names of a dictionary in a text, in one pass (Aho and Corasick, 1975)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import ahocorasick

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """A name found at [start, end) of a text, with what it stands for."""

    start: int
    end: int
    value: T

    @property
    def length(self) -> int:
        return self.end - self.start


class Lexicon(Generic[T]):
    """Names, already in the spelling of the texts that are searched, and what each stands for."""

    def __init__(self, names: Mapping[str, T]) -> None:
        self._automaton = ahocorasick.Automaton()
        for name, value in names.items():
            if name:
                self._automaton.add_word(name, (len(name), value))
        self._empty = len(self._automaton) == 0
        if not self._empty:
            self._automaton.make_automaton()

    def find(self, text: str, *, taken: Iterable[tuple[int, int]] = ()) -> list[Span[T]]:
        """The names in a text, none inside a word, overlapping another or `taken`; the longest come first."""
        if self._empty:
            return []
        matches = [
            (length, end - length + 1, end + 1, value)
            for end, (length, value) in self._automaton.iter(text)
            if _whole(text, end - length + 1, end + 1)
        ]
        matches.sort(key=lambda one: (-one[0], one[1]))
        kept: list[Span[T]] = []
        blocked = list(taken)
        for _length, start, end, value in matches:
            if all(end <= begin or start >= finish for begin, finish in blocked):
                blocked.append((start, end))
                kept.append(Span(start, end, value))
        return sorted(kept, key=lambda span: span.start)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether neither end cuts a word of Latin letters or digits."""
    if start > 0 and _latin(text[start]) and _latin(text[start - 1]):
        return False
    return not (end < len(text) and _latin(text[end - 1]) and _latin(text[end]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
