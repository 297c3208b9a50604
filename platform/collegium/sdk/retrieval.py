"""Search as a vertical sees it: a request, hits, and the one filter that says what an asker may see."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collegium.accounts.asker import Asker

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to look for.

    `knowledge_bases`: ids, empty for all that the asker sees (of `vertical`, where given). `filters`:
    metadata field -> value or list of values, all must match. `expansions`: further words for the lexical
    half, at `expansion_weight`; below 1 they only add: a passage without them is no less about the question.
    """

    text: str
    knowledge_bases: tuple[uuid.UUID, ...] = ()
    vertical: str = ""
    limit: int = 10
    filters: dict[str, Any] = field(default_factory=dict)
    expansions: tuple[str, ...] = ()
    expansion_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `score` is the fused one in 0..1; `similarity` the cosine to the question."""

    chunk: int
    document: uuid.UUID
    version: uuid.UUID
    knowledge_base: uuid.UUID
    title: str
    text: str
    kind: str
    section: tuple[str, ...]
    locator: dict[str, Any]
    page: int | None
    boxes: tuple[tuple[float, float, float, float], ...]
    lines: tuple[Any, ...]
    metadata: dict[str, Any]
    language: str
    score: float
    similarity: float | None = None
    lexical: float | None = None  # share of the question's term weight that the passage holds, 0..1


def search(asker: Asker, request: SearchRequest) -> list[Hit]:
    """The best passages that the asker may see, best first."""
    from collegium.knowledge.search import search as run

    return run(asker, request)


def visible_versions(asker: Asker) -> "QuerySet[Any]":
    """The current document versions that the asker may see: join it before any candidate budget."""
    from collegium.knowledge.selectors import visible_versions as select

    return select(asker)


def visible_versions_sql(asker: Asker) -> tuple[str, tuple[Any, ...]] | None:
    """The same as text, which selects their `id` and `knowledge_base_id`; None where nothing can be visible.

    For queries of a vertical's own tables that are asked often: making the text is the slowest part of them.
    """
    from django.core.exceptions import EmptyResultSet

    from collegium.knowledge.visible_sql import versions_checked_sql

    try:
        return versions_checked_sql(asker)
    except EmptyResultSet:
        return None


def visibility_mark() -> tuple[int, int]:
    """A mark that changes whenever who may see what does; cheap to ask for.

    For what a vertical keeps in memory per asker: read the mark, then make it, and make it anew where the
    mark is another. Rows of a vertical's own tables count where a migration of its puts the trigger
    `knowledge_visibility_changed` on them.
    """
    from collegium.knowledge.changes import visibility_mark as mark

    return mark()


def span_boxes(lines: tuple[Any, ...], start: int, end: int) -> tuple[tuple[float, float, float, float], ...]:
    """The boxes of characters [start, end) of a passage, one per line, cut at word edges.

    `lines` is Chunk.lines: [start, end, page, x0, y0, x1, y1, [[word start, x0, x1], ...]].
    """
    boxes = []
    for line_start, line_end, _page, x0, y0, x1, y1, words in lines:
        if line_end <= start or line_start >= end:
            continue
        left, right = x0, x1
        for index, (word_start, word_x0, word_x1) in enumerate(words):
            word_end = words[index + 1][0] if index + 1 < len(words) else line_end
            if word_start <= start < word_end:
                left = word_x0
            if word_start < end <= word_end:
                right = word_x1
        boxes.append((left, y0, right, y1))
    return tuple(boxes)
