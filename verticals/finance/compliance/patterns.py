"""Regular expressions that administrators write: refused where they could run away, stopped where they do.

`regex` gives up after a time limit, which the standard library cannot. What would make it hard to foresee is
refused beforehand: references back to groups, recursion, conditionals, fuzzy matching, inline flags.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex
from django.utils.translation import gettext_lazy as _

from verticals.finance.compliance.problem import PatternProblem

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
_WRONG = {  # how the errors of `regex` begin -> what they mean
    "missing )": _("a closing bracket is missing"),
    "unbalanced parenthesis": _("a bracket is closed that was not opened"),
    "nothing to repeat": _("there is nothing that could be repeated"),
    "multiple repeat": _("a repetition is repeated"),
    "unterminated character set": _("a set of characters [ ] is not closed"),
    "missing ]": _("a set of characters [ ] is not closed"),
    "bad character range": _("a range of characters runs backwards"),
    "bad escape (end of pattern)": _("it ends with a backslash"),
    "bad escape": _("a backslash stands before a character with which it means nothing"),
    "bad hex escape": _("a backslash stands before a character with which it means nothing"),
    "incomplete escape": _("a backslash stands before a character with which it means nothing"),
    "min repeat": _("the least count of a repetition exceeds the most"),
}
_QUOTES = {"’": "'", "‘": "'", "＂": '"', "″": '"'}


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
        raise PatternProblem(_("The pattern is empty."))
    if len(source) > PATTERN_CHARS_MAX:
        raise PatternProblem(_("The pattern is longer than %(count)s characters."), count=PATTERN_CHARS_MAX)
    _construct_check(source)
    _size_check(source)
    try:
        compiled = regex.compile(source, regex.IGNORECASE | regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise _unreadable(written, error) from None
    if compiled.fullmatch("", timeout=SEARCH_TIMEOUT_S):
        raise PatternProblem(_("'%(pattern)s' matches the empty text, and so everything."), pattern=written)
    return Pattern(written, compiled)


def _unreadable(written: str, error: Exception) -> PatternProblem:
    """What is wrong with an expression that cannot be compiled, at which of its characters."""
    told = str(getattr(error, "msg", ""))
    meant = next((means for begins, means in _WRONG.items() if told.startswith(begins)), None)
    if meant is None:
        return PatternProblem(_("'%(pattern)s' is no regular expression."), pattern=written)
    return PatternProblem(
        _("'%(pattern)s' is no regular expression: %(why)s (at character %(at)s)."),
        pattern=written,
        why=meant,
        at=(getattr(error, "pos", None) or 0) + 1,
    )


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
                raise PatternProblem(
                    _("'%(pattern)s' uses %(what)s, which is not allowed here."),
                    pattern=source,
                    what=f"\\{following}",
                )
            at += 2
            continue
        if source.startswith("(?", at) and not source.startswith(_GROUPS, at + 2):
            raise PatternProblem(
                _("'%(pattern)s' uses a group '%(what)s', which is not allowed."),
                pattern=source,
                what=source[at : at + 4],
            )
        if source[at] == "{" and not _COUNT.match(source, at):
            raise PatternProblem(
                _("'%(pattern)s': after { a count is expected; write \\{ for the character."), pattern=source
            )
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
            raise PatternProblem(
                _("'%(pattern)s' repeats so much that it would be %(count)s characters long."),
                pattern=source,
                count=sizes[-1],
            )
