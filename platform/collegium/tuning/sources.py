"""The documents that a recipe may read: what its asker may see, decided in the SQL."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.knowledge.models import Chunk, DocumentVersion
from collegium.knowledge.selectors import visible_versions
from collegium.sdk.tuning import Export, SourceText

VERSIONS_AT_ONCE = 50


def source_versions(asker: Asker, knowledge_bases: Sequence[UUID]) -> list[UUID]:
    """The current versions of the asker's visible documents in these knowledge bases, oldest document
    first.
    """
    rows = visible_versions(asker).filter(knowledge_base__in=list(knowledge_bases))
    return list(rows.order_by("document__created_at", "document_id").values_list("pk", flat=True))


def source_texts(export: Export) -> Iterator[SourceText]:
    """The visible documents with their passages, some at a time; one that is closed meanwhile is left out."""
    wanted = source_versions(export.asker, export.knowledge_bases)
    for at in range(0, len(wanted), VERSIONS_AT_ONCE):
        some = wanted[at : at + VERSIONS_AT_ONCE]
        seen = visible_versions(export.asker).filter(pk__in=some).select_related("document")
        versions = {version.pk: version for version in seen}
        texts = _texts(list(versions))
        for pk in some:
            version = versions.get(pk)
            if version is not None and (not export.language or version.language in {"", export.language}):
                yield _source(version, texts.get(pk, ()))


def _texts(versions: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, list[str]] = {}
    rows = Chunk.objects.filter(version__in=versions).order_by("version", "ordinal")
    for version, text in rows.values_list("version_id", "text"):
        found.setdefault(version, []).append(text)
    return {version: tuple(texts) for version, texts in found.items()}


def _source(version: DocumentVersion, passages: tuple[str, ...]) -> SourceText:
    return SourceText(
        document=version.document_id,
        version=version.pk,
        knowledge_base=version.knowledge_base_id,
        title=version.document.title,
        language=version.language,
        metadata=version.metadata,
        passages=passages,
    )
