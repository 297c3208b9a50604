"""Answering as a vertical sees it: the question, the steps it may take, and what each of them leaves on
record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.sdk.retrieval import Hit, SearchRequest

EXHIBITS = ("table", "chart")


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

    `context`: what the asker states beside the question, in the form that the vertical reads.
    """

    text: str
    language: str
    asker: Asker
    knowledge_bases: tuple[UUID, ...] = ()
    history: tuple[Turn, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


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
    """One operand of a computation, with the citation that it was read from.

    `source`: the vertical's own id of what was read, such as a stored fact; `document`: the one that holds
    it. Who may not see the document any more is not shown the answer.
    """

    name: str
    value: str
    unit: str = ""
    citation: int | None = None
    source: int | None = None
    document: UUID | None = None


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Characters [start, end) of the whole text of a document version."""

    version: UUID
    start: int
    end: int


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

    def cite(self, places: Sequence[TextPlace]) -> list[Quote | None]:
        """Cite the rows or sentences that hold these places; None for one that the asker may not see or that
        is not in the text.
        """

    def write(self, text: str, *, kind: str = "evidence") -> None:
        """Add a block to the answer; marks [n] in it name quotes."""

    def interpret(self, lines: Sequence[str]) -> None:
        """Say how the question was read and what else it may mean: a block of its own, and a field."""

    def rests_on(self, documents: Iterable[UUID]) -> None:
        """Name documents that the answer tells of without citing them: it is withheld once one is closed."""

    def exhibit(self, kind: str, data: Mapping[str, Any]) -> None:
        """Show a table ({columns: [{key, label}], rows: [[{text, value, unit, inputs}]]}) or a chart (an
        ECharts specification) beside the text.
        """

    def compute(
        self,
        *,
        name: str,
        formula: str,
        inputs: Sequence[Input],
        value: str,
        unit: str = "",
        about: Mapping[str, Any] | None = None,
    ) -> int:
        """Record a computed number; `about` holds members of the vertical's own, such as metric and period.

        Of these the pages show `shown`, the number as the text writes it, and `working`, how it came about.
        """

    def rephrase(self, prompt: Prompt, quotes: Sequence[Quote]) -> None:
        """Let the model say it in its own words where it is up and speaks the language; what it adds is
        dropped.
        """

    def find(
        self,
        *,
        check: str,
        action: str,
        message: str,
        excerpt: str = "",
        rule: str = "",
        citation: str = "",
        text: str = "",
    ) -> None:
        """Record a finding of a check (sdk.vertical.Finding)."""

    def refuse(self, *, code: str, detail: str) -> None:
        """Give no answer, and say why and what was searched."""
