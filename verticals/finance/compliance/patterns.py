"""Regular expressions that administrators write: refused where they could run away, stopped where they do.

`regex` gives up after a time limit, which the standard library cannot. What would make it hard to foresee is
refused beforehand: references back to groups, recursion, conditionals, fuzzy matching, inline flags.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

PATTERN_CHARS_MAX = 2000  # after its words are put in
TEXT_CHARS_MAX = 2000  # of a sentence; what follows is screened as a sentence of its own
SIZE_MAX = 20_000  # with all that it repeats written out
SEARCH_TIMEOUT_S = 0.1
HITS_MAX = 20
_META = frozenset(r"\^$.|?*+()[]{}")
_COUNT = regex.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_CLASS = regex.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", regex.DOTALL)
_ATOM = regex.compile(r"\\.|.|\\", regex.DOTALL)
_GROUPS = (":", "=", "!", "<=", "<!")
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD], None)
_QUOTES = {"’": "'", "‘": "'", "＂": '"', "″": '"'}


class PatternProblem(ValueError):
    """A regular expression is not taken; the message says why."""


class PatternSlow(Exception):
    """A search took longer than is allowed, so that nothing is known of the text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as it was written, and compiled."""

    written: str
    compiled: Any  # regex.Pattern

    def search(self, text: str) -> bool:
        return bool(self.spans(text, limit=1))

    def spans(self, text: str, *, limit: int = HITS_MAX) -> list[tuple[int, int]]:
        """The first matches that are not empty; PatternSlow where they take too long to find."""
        found: list[tuple[int, int]] = []
        try:
            for match in self.compiled.finditer(text, timeout=SEARCH_TIMEOUT_S, concurrent=True):
                if match.end() > match.start():
                    found.append(match.span())
                if len(found) >= limit:
                    break
        except TimeoutError:
            raise PatternSlow(self.written) from None
        return found


def text_normalised(text: str) -> str:
    """One spelling for what looks alike: full-width forms, apostrophes, invisible characters, white space."""
    plain = "".join(_QUOTES.get(char, char) for char in text.translate(_INVISIBLE))
    return " ".join(unicodedata.normalize("NFKC", plain).split())


@lru_cache(maxsize=4096)
def pattern_compile(written: str) -> Pattern:
    """Compile a pattern that is matched without regard to case. PatternProblem where it is not taken."""
    source = "".join(map(_normalised, written))
    if not source.strip():
        raise PatternProblem("The pattern is empty.")
    if len(source) > PATTERN_CHARS_MAX:
        raise PatternProblem(f"The pattern is longer than {PATTERN_CHARS_MAX} characters.")
    _construct_check(source)
    _size_check(source)
    try:
        compiled = regex.compile(source, regex.IGNORECASE | regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise PatternProblem(f"'{written}' is no regular expression: {error}.") from None
    if compiled.fullmatch("", timeout=SEARCH_TIMEOUT_S):
        raise PatternProblem(f"'{written}' matches the empty text, and so everything.")
    return Pattern(written, compiled)


def _normalised(char: str) -> str:
    """The character as texts have it; one that only then means something in a pattern is escaped."""
    plain = unicodedata.normalize("NFKC", _QUOTES.get(char, char))
    if len(plain) != 1 or plain == char:
        return char
    return f"\\{plain}" if plain in _META else plain


def _construct_check(source: str) -> None:
    at = 0
    while at < len(source):
        if source[at] == "\\":
            following = source[at + 1 : at + 2]
            if following.isdigit() or following in {"g", "k", "K", "G", "R", "X", "L"}:
                raise PatternProblem(f"'{source}' uses \\{following}, which is not allowed here.")
            at += 2
            continue
        if source.startswith("(?", at) and not source.startswith(_GROUPS, at + 2):
            raise PatternProblem(
                f"'{source}' uses a group '(?{source[at + 2 : at + 4]}', which is not allowed."
            )
        if source[at] == "{" and not _COUNT.match(source, at):
            raise PatternProblem(f"'{source}': after {{ a count is expected; write \\{{ for the character.")
        at += 1


def _size_check(source: str) -> None:
    """Compiling writes out what is repeated: refuses a pattern that is too long then."""
    sizes, last, at = [0], 0, 0
    while at < len(source):
        count = _COUNT.match(source, at)
        part = count or _CLASS.match(source, at) or _ATOM.match(source, at)
        assert part
        if count:
            last *= max(int(count[1]), int(count[2] or 0), 1) - 1
        elif part[0] == "(":
            sizes.append(0)
            last = 0
        elif part[0] == ")":
            last = sizes.pop() if len(sizes) > 1 else 0
        else:
            last = 1
        sizes[-1] += last
        at = part.end()
        if sizes[-1] > SIZE_MAX:
            raise PatternProblem(f"'{source}' repeats so much that it would be {sizes[-1]} characters long.")
