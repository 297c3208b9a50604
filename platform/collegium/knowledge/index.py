"""Writes what search reads: the vectors and the term weights of the current version's passages."""

import uuid
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from django.db import connection

from collegium.knowledge.context import passages_texts
from collegium.knowledge.dense import half_text
from collegium.knowledge.embedding import embedding_model_active
from collegium.knowledge.lexical import sparse_text, term_weights
from collegium.knowledge.metadata import metadata_described
from collegium.knowledge.models import Chunk, Document, DocumentVersion, EmbeddingModel, KnowledgeBase

__all__ = ["embedding_model_active", "index_remove", "index_replace"]
TERM_LOCK = 7_202  # advisory lock per knowledge base; the triggers on ChunkLex take the same


def index_replace(
    *, version: DocumentVersion, chunks: Sequence[Chunk], vectors: npt.NDArray[np.float32]
) -> None:
    """Make these passages, and no others of the document, findable.

    They come in reading order, and row i of `vectors` is of the i-th. Runs in the caller's transaction, after
    the passages are saved.
    """
    model = embedding_model_active()
    if chunks and vectors.shape != (len(chunks), model.dims):
        raise ValueError(
            f"{len(chunks)} passages need vectors [{len(chunks)}, {model.dims}], not {vectors.shape}"
        )
    base, vertical = KnowledgeBase.objects.values_list("number", "vertical").get(pk=version.knowledge_base_id)
    title = Document.objects.values_list("title", flat=True).get(pk=version.document_id)
    _base_lock(base)
    _document_clear([version.document_id])
    if not chunks:
        return
    _vectors_copy(version, base, model, chunks, vectors)
    texts = passages_texts(title, metadata_described(vertical, version.metadata), chunks)
    _terms_copy(version, base, texts, chunks)


def index_remove(*, document_ids: Collection[uuid.UUID]) -> None:
    """Make documents unfindable, in the caller's transaction."""
    if not document_ids:
        return
    bases = Document.objects.filter(pk__in=document_ids).values_list("knowledge_base__number", flat=True)
    for base in sorted(set(bases)):
        _base_lock(base)
    _document_clear(document_ids)


def _base_lock(base: int) -> None:
    """One writer per knowledge base at a time: they would meet in the counts of common words anyway."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TERM_LOCK, base])


def _document_clear(document_ids: Collection[uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        for table in ("knowledge_chunkvector", "knowledge_chunklex"):
            cursor.execute(
                f"DELETE FROM {table} WHERE version_id IN"
                " (SELECT id FROM knowledge_documentversion WHERE document_id = ANY(%s))",
                [list(document_ids)],
            )


def _vectors_copy(
    version: DocumentVersion,
    base: int,
    model: EmbeddingModel,
    chunks: Sequence[Chunk],
    vectors: npt.NDArray[np.float32],
) -> None:
    rows = (
        (chunk.pk, version.pk, base, model.pk, half_text(vector))
        for chunk, vector in zip(chunks, vectors, strict=True)
    )
    _copy("knowledge_chunkvector (chunk_id, version_id, kb, model_id, embedding)", rows)


def _terms_copy(version: DocumentVersion, base: int, texts: Sequence[str], chunks: Sequence[Chunk]) -> None:
    def rows() -> Iterable[tuple[object, ...]]:
        for chunk, text in zip(chunks, texts, strict=True):
            weights = term_weights(text)
            terms = "{" + ",".join(map(str, weights)) + "}"
            yield chunk.pk, version.pk, base, terms, sparse_text(weights)

    _copy("knowledge_chunklex (chunk_id, version_id, kb, terms, weights)", rows())


def _copy(target: str, rows: Iterable[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
