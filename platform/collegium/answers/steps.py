"""The steps that a vertical takes to answer, each recorded for replay and told as an event."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from collegium.answers.computed import computation_data, input_stored
from collegium.answers.events import Event
from collegium.answers.scope import scope_searched
from collegium.knowledge.hits import passages_holding
from collegium.sdk.answering import EXHIBITS, Input, Prompt, Query, Question, Quote, TextPlace
from collegium.sdk.retrieval import Hit, SearchRequest, search, span_boxes
from collegium.sdk.sentences import sentence_spans
from collegium.sdk.vertical import Vertical
from collegium.sdk.wording import sentence

NAME_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Rephrasing:
    """A wish of the vertical to let the model speak; it is fulfilled after its steps."""

    prompt: Prompt
    quotes: tuple[Quote, ...]


@dataclass(slots=True)
class Record:
    """All that was done for an answer so far."""

    query: dict[str, Any] = field(default_factory=dict)
    retrieved: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[dict[str, str]] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    computations: list[dict[str, Any]] = field(default_factory=list)
    interpretation: list[str] = field(default_factory=list)
    exhibits: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, str]] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    refusal: dict[str, Any] | None = None
    model: str = ""
    model_digest: str = ""
    prompt_version: str = ""
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as text. Notices of the platform, which carry a code, are shown beside it."""
        return "\n\n".join(block["text"] for block in self.blocks if not block.get("code"))

    def spent(self, part: str, seconds: float) -> None:
        self.timings[part] = round(self.timings.get(part, 0.0) + seconds * 1000, 1)


class RecordedSteps:
    """What `Vertical.answer` is given (sdk.answering.AnswerSteps)."""

    def __init__(self, vertical: Vertical, question: Question) -> None:
        self.question = question
        self.record = Record()
        self.rephrasings: list[Rephrasing] = []
        self._vertical = vertical
        self._events: list[Event] = []
        self._chunks: set[int] = set()

    def events(self) -> Iterator[Event]:
        """What happened since this was last asked."""
        events, self._events = self._events, []
        yield from events

    def understood(self, query: Query) -> None:
        self.record.query = {
            "text": query.search.text,
            "filters": dict(query.search.filters),
            "expansions": list(query.search.expansions),
            "notes": dict(query.notes),
        }

    def retrieve(self, request: SearchRequest) -> list[Hit]:
        """Search within the vertical and the knowledge bases that were asked over, whatever the
        request says.
        """
        bases = self.question.knowledge_bases
        if request.knowledge_bases and bases:
            bases = tuple(base for base in request.knowledge_bases if base in bases)
        elif request.knowledge_bases:
            bases = request.knowledge_bases
        request = replace(request, vertical=self._vertical.slug, knowledge_bases=bases)
        with self._timed("retrieval"):
            hits = search(self.question.asker, request)
        self._retrieved(hits)
        found = [{"document": str(hit.document), "title": hit.title, "page": hit.page} for hit in hits]
        self._tell("retrieval", {"query": request.text, "filters": dict(request.filters), "found": found})
        return hits

    def _retrieved(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            if hit.chunk not in self._chunks:
                self._chunks.add(hit.chunk)
                self.record.retrieved.append(
                    {
                        "chunk": hit.chunk,
                        "version": str(hit.version),
                        "document": str(hit.document),
                        "score": round(hit.score, 5),
                    }
                )

    def cite(self, places: Sequence[TextPlace]) -> list[Quote | None]:
        """Cite the row or sentence that holds each place; None where the asker sees none."""
        with self._timed("citations"):
            found = passages_holding(self.question.asker, places)
        self._retrieved([one[0] for one in found if one])
        return [self._cited(*one) if one else None for one in found]

    def _cited(self, hit: Hit, start: int, end: int) -> Quote:
        spans = sentence_spans(hit.text, table=hit.kind == "table")
        first = max((one for one, _end in spans if one <= start), default=start)
        last = min((one for _start, one in spans if one >= end), default=end)
        return self.quote(hit, first, last)

    def quote(self, hit: Hit, start: int, end: int) -> Quote:
        """Cite a span of a retrieved passage; a passage that was not retrieved cannot be cited."""
        if hit.chunk not in self._chunks:
            raise ValueError(f"passage {hit.chunk} was not retrieved for this answer")
        if not 0 <= start < end <= len(hit.text):
            raise ValueError(f"[{start}, {end}) is no span of passage {hit.chunk}")
        text = hit.text[start:end]
        for quote in self.record.quotes:
            if quote.hit.chunk == hit.chunk and quote.text == text:
                return quote
        quote = Quote(len(self.record.quotes) + 1, text, hit)
        boxes = span_boxes(hit.lines, start, end) or hit.boxes
        citation = {
            "id": quote.number,
            "document": str(hit.document),
            "version": str(hit.version),
            "chunk": hit.chunk,
            "title": hit.title,
            "section": list(hit.section),
            "locator": _locator(hit, start, end),
            "page": hit.page,
            "boxes": [list(box) for box in boxes],
            "quote": text,
            "score": round(hit.score, 5),
        }
        self.record.quotes.append(quote)
        self.record.citations.append(citation)
        self._tell("citation", citation)
        return quote

    def write(self, text: str, *, kind: str = "evidence") -> None:
        if text.strip():
            self.delta(text, kind, opens=True)
            self.record.blocks.append({"kind": kind, "text": text})

    def interpret(self, lines: Sequence[str]) -> None:
        said = [line for line in lines if line.strip()]
        self.record.interpretation += said
        self.write("\n".join(said), kind="interpretation")

    def rests_on(self, documents: Iterable[UUID]) -> None:
        self.record.documents.update(map(str, documents))

    def exhibit(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind not in EXHIBITS:
            raise ValueError(f"'{kind}' is no exhibit; there are {', '.join(EXHIBITS)}")
        self.record.exhibits.append({"kind": kind, "data": dict(data)})

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
        computation = {
            "id": len(self.record.computations) + 1,
            "name": name[:NAME_MAX_CHARS],
            "formula": formula,
            "inputs": [input_stored(one) for one in inputs],
            "value": value,
            "unit": unit,
            "about": dict(about or {}),
        }
        self.record.computations.append(computation)
        self._tell("computation", computation_data(**computation))
        return len(self.record.computations)

    def rephrase(self, prompt: Prompt, quotes: Sequence[Quote]) -> None:
        """Done after the vertical's steps, in the order given, so that closing the stream stops the model at
        once.
        """
        if quotes:
            self.rephrasings.append(Rephrasing(prompt, tuple(quotes)))

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
        finding = {
            "check": check,
            "action": action,
            "message": message,
            "excerpt": excerpt[:500],
            "rule": rule,
            "citation": citation,
            "text": text,
        }
        self.record.findings.append(finding)
        self._tell("guard", finding)

    def refuse(self, *, code: str, detail: str) -> None:
        language = self.question.language
        searched = scope_searched(self.question.asker, self._vertical.slug, self.question.knowledge_bases)
        names = ("、" if language == "zh" else ", ").join(base["name"] for base in searched.bases)
        said = sentence("searched", language, names=names or "-", count=searched.documents)
        self.record.refusal = {"code": code, "detail": detail, "searched": searched.as_dict()}
        self.write(f"{detail} {said}" if language != "zh" else f"{detail}{said}", kind="refusal")

    def notice(self, code: str) -> None:
        """Tell about the installation beside the answer, such as that the model is not running."""
        text = sentence(code, self.question.language)
        self.record.blocks.append({"kind": "notice", "code": code, "text": text})
        self._tell("guard", {"check": "engine", "action": "noted", "message": text, "code": code})

    def delta(self, text: str, kind: str, *, opens: bool) -> None:
        """A piece of the answer; the first one of a block begins a paragraph."""
        before = "\n\n" if opens and self.record.text else ""
        self._tell("delta", {"text": before + text, "kind": kind})

    def _tell(self, name: str, data: dict[str, Any]) -> None:
        self._events.append(Event(name, data))

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begin = time.monotonic()
        try:
            yield
        finally:
            self.record.spent(part, time.monotonic() - begin)


def _locator(hit: Hit, start: int, end: int) -> dict[str, Any]:
    """The passage's locator; a span in the document's text is narrowed to the quotation."""
    if hit.locator.get("kind") != "span" or "start" not in hit.locator:
        return dict(hit.locator)
    first = int(hit.locator["start"])
    return {**hit.locator, "start": first + start, "end": first + end}
