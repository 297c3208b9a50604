"""Further words for a question's search: what its concepts are called otherwise, in both languages."""

from collections.abc import Sequence

from verticals.medical.tagging.tag import Tag
from verticals.medical.tagging.vocabulary import Vocabulary

TERMS_EACH = 4
TERMS_MAX = 12


def expansions_of(text: str, tags: Sequence[Tag], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The synonyms of a text's concepts, and the names of those below them, without what the text says."""
    said = text.lower()
    found: list[str] = []
    for code in dict.fromkeys(tag.code for tag in tags):
        below = [vocabulary.name(one, "en") for one in vocabulary.narrower(code)]
        terms = [one for one in (*vocabulary.synonyms(code), *below) if one.lower() not in said]
        found += terms[:TERMS_EACH]
    return tuple(dict.fromkeys(found))[:TERMS_MAX]
