"""Which passages of reports answer a question in words: searched by what it asks, then put in a better order.

Beside the platform's score a passage counts by what reports are like: the section that its topic belongs to,
the line items of the metrics that are named, the years asked about, figures where a figure is asked for, and
how much else of its page was found.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from collegium.sdk.language import content_terms
from collegium.sdk.numbers import numbers_find
from collegium.sdk.retrieval import Hit, SearchRequest
from verticals.finance.answering.topics import Topic, topics_of
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.questions.normalise import is_chinese
from verticals.finance.questions.proper import question_proper
from verticals.finance.questions.query import TypedQuery

CANDIDATES = 60
IN_SECTION, IN_TEXT = 0.25, 0.12
LINE_ITEM, STATEMENT = 0.15, 0.1
YEARS, FIGURES, SUBJECT = 0.06, 0.05, 0.35
PAGE_SHARE = 0.3  # of what the other passages of a page score
FIGURES_LEAST = 6
NAMES_MOST = 4
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIGURE_ASKED = re.compile(
    r"\bhow (?:much|many)\b|\b(?:highest|lowest|largest|biggest|smallest|most|worst|best|drop|ratio|rate"
    r"|margin|percent|total|amount|average|growth|increase|decrease|change)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"(?:consolidated|condensed)[^\n]{0,40}(?:balance sheet|statements? of|financial position)"
    r"|(?:balance sheet|statements? of (?:income|operations|earnings|cash flows))",
    re.IGNORECASE,
)
HEAD_CHARS = 240


@dataclass(frozen=True, slots=True)
class Sought:
    """What a passage is held against: the subject's terms, topics, years, and names of line items."""

    terms: frozenset[str]
    topics: tuple[Topic, ...]
    years: frozenset[str]
    items: tuple[str, ...]
    figures: bool


def passages_find(
    retrieve: Callable[[SearchRequest], list[Hit]],
    request: SearchRequest,
    query: TypedQuery,
    known: Catalogue,
) -> list[Hit]:
    """The passages in the order in which they answer, as many as the request wants.

    Of a Chinese question the platform's order stays: its reports have other sections.
    """
    text = question_proper(request.text)
    if is_chinese(text):
        return retrieve(request)
    sought = sought_of(text, query, known)
    words = dict.fromkeys(word for topic in sought.topics for word in topic.words)
    wide = replace(
        request,
        text=text,
        limit=max(CANDIDATES, request.limit),
        expansions=(*request.expansions, *words, *sought.items),
    )
    return ordered(retrieve(wide), sought)[: request.limit]


def sought_of(text: str, query: TypedQuery, known: Catalogue) -> Sought:
    """What the question proper seeks."""
    names = [name for code in query.metrics for name in known.get(code).names["en"][:NAMES_MOST]]
    return Sought(
        terms=frozenset(term for term in content_terms(text) if not _YEAR.fullmatch(term)),
        topics=topics_of(text),
        years=frozenset(_YEAR.findall(text)),
        items=tuple(dict.fromkeys(name.lower() for name in names)),
        figures=bool(query.metrics) or _FIGURE_ASKED.search(text) is not None,
    )


def ordered(hits: Sequence[Hit], sought: Sought) -> list[Hit]:
    """The hits, those that answer best first; passages of one page stand by each other's score."""
    common = _common(hits)
    scores = [hit.score + _bonus(hit, sought, common) for hit in hits]
    pages: dict[tuple[UUID, int | None], list[float]] = defaultdict(list)
    for hit, score in zip(hits, scores, strict=True):
        pages[hit.document, hit.page].append(score)
    beside = {page: sum(sorted(found, reverse=True)[1:3]) * PAGE_SHARE / 2 for page, found in pages.items()}
    order = sorted(
        range(len(hits)), key=lambda at: (-scores[at] - beside[hits[at].document, hits[at].page], at)
    )
    return [hits[at] for at in order]


def _common(hits: Iterable[Hit]) -> frozenset[str]:
    """Terms of the documents' own names: every page of a report carries them."""
    return frozenset(
        term
        for hit in hits
        for value in (hit.metadata.get("company"), hit.title)
        for term in content_terms(str(value))
    )


def _bonus(hit: Hit, sought: Sought, common: frozenset[str]) -> float:
    head = "\n".join((*hit.section, hit.text[:HEAD_CHARS]))
    held = set(content_terms("\n".join((*hit.section, hit.text))))
    subject = sought.terms - common
    low = hit.text.lower()
    bonus = SUBJECT * len(subject & held) / len(subject) if subject else 0.0
    if any(topic.section.search(head) for topic in sought.topics):
        bonus += IN_SECTION
    elif any(topic.section.search(hit.text) for topic in sought.topics):
        bonus += IN_TEXT
    if any(item in low for item in sought.items):
        bonus += LINE_ITEM
        bonus += STATEMENT if _STATEMENT.search(head) else 0.0
    if sought.years and sought.years <= set(_YEAR.findall(hit.text)):
        bonus += YEARS
    if sought.figures and len(numbers_find(hit.text)) >= FIGURES_LEAST:
        bonus += FIGURES
    return bonus
