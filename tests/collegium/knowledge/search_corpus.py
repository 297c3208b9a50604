"""Small corpora for the tests of search: documents written straight into the index, with known vectors."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

from collegium.knowledge import embedding
from collegium.knowledge.context import passages_texts
from collegium.knowledge.index import index_replace
from collegium.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase, VersionState
from collegium.knowledge.tokens import tokens
from engine.client import EmbeddingInfo
from engine.errors import EngineUnavailable

DIMS = 64


def word_vector(text: str) -> np.ndarray:
    """A unit vector in which each word of the text adds to a place of its own: shared words, larger cosine."""
    vector = np.zeros(DIMS, dtype=np.float32)
    for word in tokens(text) or ["nothing"]:
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIMS] += 1
    return vector / math.sqrt(float(vector @ vector))


@dataclass
class WordEncoder:
    """Stands for the embedding engine where the test must know every vector; `away` makes it unreachable."""

    digest: str = "words-1"
    away: bool = False

    def info(self) -> EmbeddingInfo:
        if self.away:
            raise EngineUnavailable("the engine is away")
        return EmbeddingInfo("words", DIMS, 256, self.digest)

    def embed(self, texts: Sequence[str], *, interactive: bool = False) -> np.ndarray:
        self.info()
        return np.stack([word_vector(text) for text in texts])


def encoder_use(monkeypatch) -> WordEncoder:
    encoder = WordEncoder()
    monkeypatch.setattr(embedding, "client_get", lambda url: encoder)
    return encoder


def base_make(workspace, name="Reports", *, vertical="finance", access="workspace", by=None) -> KnowledgeBase:
    base = KnowledgeBase.objects.create(
        workspace=workspace, name=name, vertical=vertical, access=access, created_by=by
    )
    base.refresh_from_db()
    return base


def word_vectors(texts: Sequence[str]) -> np.ndarray:
    return np.stack([word_vector(text) for text in texts])


def document_make(
    base, texts, *, title="Report", access="workspace", metadata=None, by=None, embed=word_vectors
) -> Document:
    document = Document.objects.create(
        workspace=base.workspace, knowledge_base=base, title=title, access=access, created_by=by
    )
    version_make(document, texts, metadata=metadata, embed=embed)
    return document


def version_make(document, texts, *, metadata=None, embed=word_vectors) -> DocumentVersion:
    """A further version, which becomes the current one."""
    number = document.versions.count() + 1
    version = DocumentVersion.objects.create(
        document=document,
        knowledge_base=document.knowledge_base,
        number=number,
        content_hash=hashlib.sha256(f"{document.pk}{number}".encode()).hexdigest(),
        state=VersionState.READY,
        metadata=metadata or {},
        chunk_count=len(texts),
    )
    chunks = chunks_make(version, texts)
    index_replace(version=version, chunks=chunks, vectors=vectors_of(document, chunks, embed))
    document.current = version
    document.save(update_fields=["current"])
    return version


def chunks_make(version, texts) -> list[Chunk]:
    rows = [
        Chunk(version=version, ordinal=n, text=text, page=n + 1, locator={"kind": "page", "page": n + 1})
        for n, text in enumerate(texts)
    ]
    return Chunk.objects.bulk_create(rows)


def vectors_of(document, chunks, embed=word_vectors) -> np.ndarray:
    metadata = chunks[0].version.metadata if chunks else {}
    texts = passages_texts(document.title, metadata, chunks)
    return embed(texts) if texts else np.zeros((0, DIMS), np.float32)


def half_find(scope, part) -> list[int]:
    """The chunks that one half of search proposes, best first."""
    sql, params = half_sql(scope, part)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [chunk for chunk, _score in cursor.fetchall()]


def half_sql(scope, part) -> tuple[str, list]:
    sql, params = part
    return (
        f"WITH permitted AS MATERIALIZED ({scope.sql}), half AS MATERIALIZED ({sql})"
        " SELECT chunk_id, score FROM half ORDER BY score DESC, chunk_id",
        [*scope.params, *params],
    )
