"""What a compliance rule is: the law it stands on, what it looks for, what is done, how to tell it works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from verticals.finance.compliance.patterns import Pattern

LANGUAGES = ("en", "zh")


class Action(StrEnum):
    """What is done with a sentence that breaks a rule."""

    BLOCK = "block"  # it is left out
    REWRITE = "rewrite"  # the rule's text stands in its place
    DISCLOSE = "disclose"  # it stays, and the rule's text is added to the answer
    LOG = "log"  # it stays, and the finding is on record


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause of a regulation; `jurisdiction` is an ISO 3166 code, or empty for a house rule."""

    regulation: str
    clause: str
    jurisdiction: str = ""

    def __str__(self) -> str:
        gap = "" if not self.clause or self.clause[0] in "(（" or self.clause[0] > "\u2e7f" else " "
        return f"{self.regulation}{gap}{self.clause}"


@dataclass(frozen=True, slots=True)
class Condition:
    """A sentence breaks the rule where one of `find` matches, each of `needs` matches somewhere, none of
    `unless` does, and the match stands in none of the `contexts`.
    """

    find: tuple[Pattern, ...]
    needs: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences that the rule must find (`bad`) and must leave alone (`good`)."""

    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A declared rule. Texts are by language; a rule may cover one language only."""

    code: str
    title: Mapping[str, str]
    forbids: Mapping[str, str]
    citations: tuple[Citation, ...]
    action: Action
    text: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, tuple[Condition, ...]]
    examples: Mapping[str, Examples]

    @property
    def citation(self) -> str:
        return "; ".join(map(str, self.citations))

    def said(self, texts: Mapping[str, str], language: str) -> str:
        """A text of the rule in that language, else in the one that there is."""
        return texts.get(language) or next(iter(texts.values()), "")
