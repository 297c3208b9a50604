"""Marks words and quotations in a text, as parts that templates print escaped."""

import re
from dataclasses import dataclass

from collegium.knowledge.tokens import tokens

EXCERPT_CHARS = 420
WORD = re.compile(r"[A-Za-z0-9]+(?:[.,'’-][A-Za-z0-9]+)*|[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    marked: bool = False


def words_marked(text: str, query: str, *, length: int = EXCERPT_CHARS) -> list[Part]:
    """An excerpt around the first words of the query, with all its words marked."""
    spans = _word_spans(text, query)
    start = 0
    if len(text) > length and spans and spans[0][0] > length // 3:
        start = text.rfind(" ", 0, max(0, spans[0][0] - length // 4)) + 1
    end = min(len(text), start + length)
    parts = [Part("… ")] if start else []
    parts += spans_marked(text, spans, start, end)
    return parts if end == len(text) else [*parts, Part(" …")]


def spans_marked(text: str, spans: list[tuple[int, int]], start: int, end: int) -> list[Part]:
    """Characters [start, end) of the text, cut into marked and plain parts; spans are sorted and apart."""
    parts = []
    at = start
    for span_start, span_end in spans:
        left, right = max(at, span_start), min(end, span_end)
        if left >= right:
            continue
        if left > at:
            parts.append(Part(text[at:left]))
        parts.append(Part(text[left:right], True))
        at = right
    if at < end:
        parts.append(Part(text[at:end]))
    return parts


def _word_spans(text: str, query: str) -> list[tuple[int, int]]:
    wanted = set(tokens(query))
    spans = []
    for match in WORD.finditer(text):
        word = match.group()
        if word[0] < "\u3400":
            if wanted.intersection(tokens(word)):
                spans.append(match.span())
            continue
        spans += _cjk_spans(word, match.start(), wanted)
    return spans


def _cjk_spans(run: str, offset: int, wanted: set[str]) -> list[tuple[int, int]]:
    """Chinese has no spaces: mark every wanted term of two or more characters, overlaps joined."""
    found: list[tuple[int, int]] = []
    for term in sorted((term for term in wanted if len(term) > 1 and term[0] >= "\u3400"), key=len):
        at = run.find(term)
        while at >= 0:
            found.append((offset + at, offset + at + len(term)))
            at = run.find(term, at + 1)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def quote_span(text: str, quote: str) -> tuple[int, int] | None:
    """Where the quotation stands in the text, white space aside; None where it does not."""
    words = quote.split()
    if not words:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return found.span() if found else None
