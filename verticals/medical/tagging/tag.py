"""Tags a text: which concepts it names, where, and in which context."""

from collections.abc import Iterable
from dataclasses import dataclass

from verticals.medical.tagging.context import contexts_find
from verticals.medical.tagging.vocabulary import Vocabulary, default_vocabulary


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept at [start, end) of a text; `context` is one of context.CONTEXTS."""

    start: int
    end: int
    code: str
    name: str
    context: str


def tags_find(text: str, *, language: str = "en", vocabulary: Vocabulary | None = None) -> list[Tag]:
    """The concepts of a text with their contexts, in order; `language` is that of their names."""
    words = vocabulary or default_vocabulary()
    found = words.find(text)
    contexts = contexts_find(text, [(one.start, one.end) for one in found])
    return [
        Tag(one.start, one.end, one.code, words.name(one.code, language), context)
        for one, context in zip(found, contexts, strict=True)
    ]


def tags_of(tags: Iterable[Tag], *contexts: str) -> list[Tag]:
    """The tags in one of the contexts, each concept once."""
    kept = {one.code: one for one in reversed(list(tags)) if one.context in contexts}
    return sorted(kept.values(), key=lambda one: one.start)
