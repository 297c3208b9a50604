"""The documents that an asker may see, as a vertical lists them and matches questions against them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from collegium.accounts.asker import Asker
from collegium.sdk.retrieval import visible_versions

LIST_MAX = 10_000


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A searchable document in its current version."""

    document: UUID
    version: UUID
    knowledge_base: UUID
    knowledge_base_name: str
    title: str
    language: str
    page_count: int | None
    indexed_at: datetime | None
    metadata: dict[str, Any]


def documents_list(
    asker: Asker,
    vertical: str,
    *,
    knowledge_bases: Sequence[UUID] = (),
    holding: Mapping[str, Collection[str]] | None = None,
    limit: int = LIST_MAX,
) -> list[DocumentInfo]:
    """The documents of a vertical that the asker may see, by title.

    `holding`: metadata field -> values; only documents of which one of the fields is one of its values.
    """
    rows = visible_versions(asker).filter(knowledge_base__vertical=vertical)
    if knowledge_bases:
        rows = rows.filter(knowledge_base__in=list(knowledge_bases))
    if holding is not None:
        one_holds = Q(pk__in=())  # nothing, where no value is given
        for name, values in holding.items():
            one_holds |= Q(**{f"metadata__{name}__in": list(values)})
        rows = rows.filter(one_holds)
    values = rows.order_by("document__title").values_list(
        "document_id",
        "id",
        "knowledge_base_id",
        "knowledge_base__name",
        "document__title",
        "language",
        "page_count",
        "indexed_at",
        "metadata",
    )
    return [DocumentInfo(*row) for row in values[:limit]]


def knowledge_bases_check(asker: Asker, ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """The ids, each of a knowledge base that the asker may see; NotFound otherwise."""
    from collegium.knowledge.selectors import knowledge_base_get

    return tuple(knowledge_base_get(asker, one).pk for one in dict.fromkeys(ids))


def metadata_values(
    asker: Asker, vertical: str, field: str, *, knowledge_bases: Sequence[UUID] = ()
) -> list[Any]:
    """The distinct values of a metadata field among the documents that the asker may see, in order."""
    found = {
        document.metadata[field]
        for document in documents_list(asker, vertical, knowledge_bases=knowledge_bases)
        if isinstance(document.metadata.get(field), str | int | float)
    }
    return sorted(found, key=str)


def document_text(asker: Asker, version: UUID) -> str:
    """The text of a version as it was read, without what passages repeat of each other.

    Raises NotFound where the asker may not see the version.
    """
    from collegium.knowledge.selectors import version_get

    parts: list[str] = []
    at = 0
    chunks = version_get(asker, version).chunks.order_by("char_start", "ordinal")
    for text, start, end in chunks.values_list("text", "char_start", "char_end"):
        if end > at:
            parts += ["\n"] if start > at and parts else []
            parts.append(text[max(0, at - start) :])
            at = end
    return "".join(parts)
