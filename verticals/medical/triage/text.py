"""A text as patterns read it: folded to small letters and plain forms, with the place of each character."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from re import Pattern, compile

_PLAIN = {"’": "'", "‘": "'", "´": "'", "`": "'", "–": "-", "—": ",", "疼": "痛", "\u3000": " ", "℉": "f"}
SENTENCE_END: Pattern[str] = compile(r"[!?;。！？；\n]+|\.(?=\s|$)")


@dataclass(frozen=True)
class View:
    """What is matched. Character `at` stands for `starts[at]` up to `ends[at]` of the text given."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """First and last place of each sentence."""
        cuts = [0, *(one.end() for one in SENTENCE_END.finditer(self.text)), len(self.text)]
        return tuple((first, last) for first, last in zip(cuts, cuts[1:], strict=False) if first < last)

    def sentence_at(self, place: int) -> tuple[int, int]:
        for first, last in self.sentences:
            if first <= place < last:
                return first, last
        return 0, len(self.text)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """A span of the view as a span of the text given."""
        return self.starts[start], self.ends[end - 1]

    def replaced(self, changes: Iterable[tuple[int, int, str]]) -> "View":
        """With other words in the places given, which are in order and do not overlap."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, word in changes:
            pieces += [self.text[at:start], word]
            starts += [*self.starts[at:start], *([self.starts[start]] * len(word))]
            ends += [*self.ends[at:start], *([self.ends[end - 1]] * len(word))]
            at = end
        pieces.append(self.text[at:])
        return View("".join(pieces), (*starts, *self.starts[at:]), (*ends, *self.ends[at:]))


def view_of(text: str) -> View:
    """The text in compatibility forms (Unicode NFKC) and small letters."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, char in enumerate(text):
        for one in _folded(char):
            chars.append(one)
            starts.append(at)
            ends.append(at + 1)
    return View("".join(chars), tuple(starts), tuple(ends))


def _folded(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    if char in "。！？；，、：（）":
        return char
    return unicodedata.normalize("NFKC", char).lower()
