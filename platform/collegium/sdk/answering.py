"""Answering as a vertical sees it: the question, the steps it may take, and what each of them leaves on
record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.sdk.retrieval import Hit, SearchRequest


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation, with what was understood of it and what was answered."""

    question: str
    text: str
    query: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in which language the answer is wanted (en or zh), by whom, over which knowledge
    bases.
    """

    text: str
    language: str
    asker: Asker
    knowledge_bases: tuple[UUID, ...] = ()
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What a vertical understood: a search, and anything else that it wants to remember for follow-ups."""

    search: SearchRequest
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited quotation: `number` is the n of its mark [n] in the answer."""

    number: int
    text: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Input:
    """One operand of a computation, with the citation that it was read from."""

    name: str
    value: str
    unit: str = ""
    citation: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """How the model is asked to rephrase: `version` is stored with the answer; `system` comes first."""

    version: str
    system: str
    instruction: str
    max_tokens: int = 256


class AnswerSteps(Protocol):
    """What `Vertical.answer` is given. Each step streams what it does and keeps it for the stored answer."""

    question: Question

    def understood(self, query: Query) -> None:
        """Keep what was understood, for replay and for follow-up questions."""

    def retrieve(self, request: SearchRequest) -> list[Hit]:
        """Search, as the asker."""

    def quote(self, hit: Hit, start: int, end: int) -> Quote:
        """Cite characters [start, end) of a passage. The same span twice gives the same number."""

    def write(self, text: str, *, kind: str = "evidence") -> None:
        """Add a block to the answer; marks [n] in it name quotes."""

    def compute(self, *, name: str, formula: str, inputs: Sequence[Input], value: str, unit: str = "") -> int:
        """Record a computed number."""

    def rephrase(self, prompt: Prompt, quotes: Sequence[Quote]) -> None:
        """Let the model say it in its own words where it is up and speaks the language; what it adds is
        dropped.
        """

    def find(self, *, check: str, action: str, message: str, excerpt: str = "") -> None:
        """Record a finding of a check."""

    def refuse(self, *, code: str, detail: str) -> None:
        """Give no answer, and say why and what was searched."""
