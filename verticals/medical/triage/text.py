"""A text as patterns read it: folded to small letters and plain forms, with the place of each character."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from re import I, Match, Pattern, compile

_PLAIN = {"’": "'", "‘": "'", "´": "'", "`": "'", "–": "-", "—": ",", "疼": "痛", "\u3000": " ", "℉": "f"}
SENTENCE_END: Pattern[str] = compile(r"[!?;。！？；\n]+|\.(?=\s|$)")

WRAP_COLUMNS = 40  # a line at least so wide ends where the page did
_LINE_END: Pattern[str] = compile(r"(?<![ \t\r])[ \t\r]*\n[ \t\r\n]*")
_HAN: Pattern[str] = compile(r"[\u3400-\u9fff]")
_ENDED: Pattern[str] = compile(r"[.!?;:。！？；：]$")
_OPEN: Pattern[str] = compile(
    r"(?:[,，、]|\b(?:a|an|the|and|or|of|in|on|at|to|for|with|since|from|by|no|not|his|her|my|is|was|has|had|very))$",
    I,
)
_OWN_LINE: Pattern[str] = compile(
    r"\s*(?:[-*•·#>]|\(?\d{1,2}[.)、]\s|[A-Za-z][\w /]{0,20}:|[\u3400-\u9fff]{2,8}[:：]|$)"
)


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
        at = bisect_right(self.sentences, place, key=lambda one: one[0])
        return self.sentences[at - 1] if place < len(self.text) else (0, len(self.text))

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
    """The text in compatibility forms (Unicode NFKC) and small letters, its wrapped lines joined."""
    wraps = {one.start(): one.end() for one in _LINE_END.finditer(text) if _wraps(text, one)}
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        end = wraps.get(at, at + 1)
        joint = "" if _HAN.match(text, end) else " "
        for one in joint if at in wraps else _folded(text[at]):
            chars.append(one)
            starts.append(at)
            ends.append(end)
        at = end
    return View("".join(chars), tuple(starts), tuple(ends))


def _wraps(text: str, line_end: Match[str]) -> bool:
    """Whether a line goes on in the next: it is long or ends in the middle of a phrase, and nothing that
    begins a line of its own (a mark of a list, a heading, a capital after a short line) follows.
    """
    line = text[text.rfind("\n", 0, line_end.start()) + 1 : line_end.start()].strip()
    end = text.find("\n", line_end.end())
    following = text[line_end.end() : end if end >= 0 else len(text)]
    if not line or line_end[0].count("\n") > 1 or _OWN_LINE.match(following) or _ENDED.search(line):
        return False
    width = len(line) + len(_HAN.findall(line))  # a Han character is as wide as two letters
    return width >= WRAP_COLUMNS or bool(_OPEN.search(line)) or following[:1].islower() and width >= 20


def _folded(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    if char in "。！？；，、：（）":
        return char
    return unicodedata.normalize("NFKC", char).lower()
