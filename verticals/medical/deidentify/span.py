"""A place in a text that identifies somebody, and how places that overlap are settled."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

STRUCTURED_KINDS = (
    "date", "age", "address", "phone", "email", "url", "ip", "record", "device", "account", "insurance",
    "card", "iban", "ssn", "resident", "plate",
)  # fmt: skip
KINDS = (*STRUCTURED_KINDS, "name", "organisation")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text. `score` (0 to 1) decides between rules that overlap."""

    start: int
    end: int
    kind: str
    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A pattern whose group `id` (the whole, where there is none) is a span if `check` holds for it."""

    kind: str
    name: str
    pattern: re.Pattern[str]
    score: float
    check: Callable[[str], bool] = bool

    def spans(self, text: str) -> Iterable[Span]:
        group: int | str = "id" if "id" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            if match[group] and self.check(match[group]):
                yield Span(match.start(group), match.end(group), self.kind, self.name, self.score)


def spans_settle(text: str, spans: Iterable[Span]) -> list[Span]:
    """Spans without overlap, in the order of the text.

    The higher score wins, then the longer span. Of a loser the parts outside the winners stay, so that
    nothing that any rule found is let through.
    """
    owner: list[Span | None] = [None] * len(text)
    for span in sorted(spans, key=lambda one: (one.score, one.end - one.start, -one.start), reverse=True):
        for at in range(span.start, span.end):
            if owner[at] is None:
                owner[at] = span
    settled: list[Span] = []
    at = 0
    while at < len(text):
        span, start = owner[at], at
        while at < len(text) and owner[at] is span:
            at += 1
        if span is not None:
            piece = _trimmed(text, replace(span, start=start, end=at))
            if piece.end > piece.start and (piece == span or _WORD.search(text, piece.start, piece.end)):
                settled.append(piece)
    return settled


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and (text[start].isspace() or text[start] in ",;、，；"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;、，；"):
        end -= 1
    return replace(span, start=start, end=end)
