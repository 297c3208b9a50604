"""Contexts in which words do not mean what a rule looks for: denied, forbidden, asked, said by others ...

They are declared in contexts.yaml, with word lists that patterns name as {word}. A context looks at the
clause before a match, at what follows it, or at the whole sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verticals.finance.compliance.patterns import Pattern, pattern_compile

DECLARED = Path(__file__).with_name("contexts.yaml")
_WORD = re.compile(r"\{([a-z_]+)\}")
_CLAUSE_END = re.compile(r"[,;:!?。—]|\bbut\b|\band yet\b|而是|但")
_QUOTATION = re.compile(r"“[^“”]*”|\"[^\"]*\"|「[^「」]*」|『[^『』]*』|《[^《》]*》")
REACH_CHARS = {"en": 60, "zh": 20}  # of a clause before a match, and after it


@dataclass(frozen=True, slots=True)
class Context:
    """Patterns by where they are looked for; `quoted`: the match must stand inside quotation marks too."""

    before: tuple[Pattern, ...] = ()
    inside: tuple[Pattern, ...] = ()
    after: tuple[Pattern, ...] = ()
    sentence: tuple[Pattern, ...] = ()
    quoted: bool = False

    def holds(self, text: str, span: tuple[int, int], reach: int) -> bool:
        """Whether the match at `span` stands in this context."""
        start, end = span
        if self.quoted:
            around = _quotation_around(text, start, end)
            if around is None:
                return False
            outside = text[: around[0]] + " … " + text[around[1] :]
            return any(pattern.search(outside) for pattern in self.sentence)
        clause = _CLAUSE_END.split(text[max(0, start - reach) : start])[-1]
        if any(pattern.search(clause) for pattern in self.before):
            return True
        if any(pattern.search(text[start:end]) for pattern in self.inside):
            return True
        follows = _CLAUSE_END.split(text[end : end + reach])[0]
        if any(pattern.search(follows) for pattern in self.after):
            return True
        return any(pattern.search(text) for pattern in self.sentence)


def _quotation_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    for match in _QUOTATION.finditer(text):
        if match.start() < start and end < match.end():
            return match.span()
    return None


@cache
def _declared() -> dict[str, Any]:
    return yaml.safe_load(DECLARED.read_text(encoding="utf-8"))


def words_put_in(written: str, language: str) -> str:
    """The pattern with each {word} replaced by its list; KeyError names one that there is not."""
    words: Mapping[str, str] = _declared()["words"][language]

    def listed(match: re.Match[str]) -> str:
        return f"(?:{_WORD.sub(listed, words[match[1]])})"

    return _WORD.sub(listed, written)


@cache
def contexts(language: str) -> dict[str, Context]:
    """Name -> context, for a language."""
    made = {}
    for name, by_language in _declared()["contexts"].items():
        parts = dict(by_language[language])
        quoted = bool(parts.pop("quoted", False))
        read = {
            place: tuple(pattern_compile(words_put_in(one, language)) for one in patterns)
            for place, patterns in parts.items()
        }
        made[name] = Context(**read, quoted=quoted)
    return made


def context_names() -> tuple[str, ...]:
    return tuple(_declared()["contexts"])


def context_titles() -> dict[str, Mapping[str, str]]:
    """Name -> what it means, by language."""
    return dict(_declared()["titles"])
