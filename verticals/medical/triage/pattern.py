"""The language of the patterns in rules: words with gaps, wild endings, macros and parts that must meet.

English: a space is a gap that may hold small words ("chest is really tight" for `chest tight`), `*` ends a
word openly. Chinese: `..` is up to six characters without punctuation. In both `{name}` is a macro of the
lexicon, `~` joins parts that meet in one sentence in any order (inside brackets: in the order written), `&`
parts that meet anywhere in the text, and `|` outside of brackets separates whole patterns.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from verticals.medical.triage.text import View

# Up to two short words may stand between the words of a pattern, but none that denies or turns.
_GAP = r"(?:[\s,/-]+(?:(?!no\b|not\b|never\b|without\b|denies\b|but\b)[a-z']{1,8}\s+){0,2}?)"
_FOLLOWED = "[^.;!?。；！？]{0,60}?"  # for `~` inside of brackets, in the order written
_CHINESE_GAP = r"[^，。；！？,;!?\n]{0,6}?"
_MACRO = re.compile(r"\{([^\W\d]\w*)\}")
NEAR = {"en": 110, "zh": 36}  # characters within which the parts of a `~` pattern meet
Span = tuple[int, int]
Present = Callable[[int, int], bool]


class PatternProblem(ValueError):
    """A pattern that cannot be read."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts of a pattern; `apart`: they may meet in different sentences."""

    source: str
    parts: tuple[re.Pattern[str], ...]
    apart: bool
    near: int

    def find(self, view: View, present: Present) -> tuple[Span, ...] | None:
        """The places of its parts in the view, all of them `present`; None where they do not meet."""
        places: list[list[Span]] = []
        for part in self.parts:
            found = [one.span() for one in part.finditer(view.text) if one.end() > one.start()]
            found = [one for one in found if present(*one)]
            if not found:
                return None
            places.append(found)
        if len(places) == 1:
            return (places[0][0],)
        return next(self._meetings(view, places), None)

    def _meetings(self, view: View, places: list[list[Span]]) -> Iterator[tuple[Span, ...]]:
        for first in places[0]:
            low, high = view.sentence_at(first[0])
            chosen = [first]
            for others in places[1:]:
                near = others
                if not self.apart:
                    near = [one for one in _near(first, others, self.near) if low <= one[0] < high]
                if not near:
                    break
                chosen.append(min(near, key=lambda one: _apart(first, one)))
            if len(chosen) == len(places):
                yield tuple(chosen)


def _near(one: Span, others: list[Span], most: int) -> list[Span]:
    """Those of others, which are in order and do not overlap, that stand at most so many characters off."""
    low = bisect_left(others, one[0] - most, key=lambda other: other[1])
    return others[low : bisect_right(others, one[1] + most, key=lambda other: other[0])]


def _apart(one: Span, other: Span) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)


def patterns_read(source: str, language: str, macros: Mapping[str, str]) -> tuple[Pattern, ...]:
    """Compile a line of patterns, which `|` outside of brackets separates.

    Raises PatternProblem where a macro is unknown or an expression is broken.
    """
    if not _outside(source, "~&")[1:]:
        return (_pattern(source, language, macros),)
    return tuple(_pattern(one, language, macros) for one in _outside(source, "|"))


def expression_read(source: str, language: str, macros: Mapping[str, str]) -> re.Pattern[str]:
    """Compile a source of one part. Raises PatternProblem."""
    return _compiled(source, language, _frozen(macros))


def _pattern(source: str, language: str, macros: Mapping[str, str]) -> Pattern:
    apart = len(_outside(source, "&")) > 1
    if apart and len(_outside(source, "~")) > 1:
        raise PatternProblem(f"{source!r} joins parts by ~ and by &: use one of them.")
    parts = tuple(_compiled(one, language, _frozen(macros)) for one in _outside(source, "~&"))
    return Pattern(source.strip(), parts, apart, NEAR[language])


def _outside(source: str, signs: str) -> list[str]:
    """The pieces between signs that stand outside of brackets."""
    pieces, depth = [""], 0
    for at, char in enumerate(source):
        if char in "([" and source[at - 1 : at] != "\\":
            depth += 1
        elif char in ")]" and source[at - 1 : at] != "\\":
            depth -= 1
        if char in signs and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += char
    return [one.strip() for one in pieces]


def _frozen(macros: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(macros.items())


@cache
def _compiled(source: str, language: str, macros: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    expression = expanded(source, dict(macros))
    expression = re.sub(r" *~ *", _FOLLOWED, expression)
    if language == "en":
        expression = re.sub(r"(?<=[a-z])\*", "[a-z']*", expression)
        expression = expression.replace(" ", _GAP)
        expression = rf"(?<![a-z0-9])(?:{expression})(?![a-z0-9])"
    else:
        expression = expression.replace("..", _CHINESE_GAP)
    try:
        return re.compile(expression, re.I if language == "zh" else 0)  # notes in Chinese hold GCS, TBSA
    except re.error as problem:
        raise PatternProblem(f"{source!r} is no pattern: {problem}.") from None


def expanded(source: str, macros: Mapping[str, str]) -> str:
    """The pattern with its macros put in, those of macros too."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in macros:
            raise PatternProblem(f"{source!r} names {match[0]}, which the lexicon does not have.")
        return expanded(macros[match[1]], macros)

    return f"{_MACRO.sub(put, source)}"
