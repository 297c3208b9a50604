"""Text to vectors, by the embedding engine; and which of its models the stored vectors belong to."""

import logging
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, transaction

from collegium.errors import Unavailable
from collegium.knowledge.models import EmbeddingModel
from engine.client import EmbeddingClient, EmbeddingInfo
from engine.errors import EngineError

log = logging.getLogger(__name__)
QUESTION_CHARS = 2000  # what an encoder reads of a question, at most
HNSW_MAX_DIMS = 4000  # pgvector's limit for halfvec
MODEL_LOCK = 7_201  # advisory lock of those that add a row to EmbeddingModel


class EmbeddingsUnavailable(Unavailable):
    """The embedding engine does not answer."""

    code = "embeddings_unavailable"


@cache
def client_get(url: str) -> EmbeddingClient:
    """The client of this process for the engine at `url`; it keeps its connections."""
    return EmbeddingClient(url)


def embed_passages(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Embed passages as rows of length 1 [texts, dims]; not inside a transaction."""
    if not texts:
        return np.zeros((0, 0), dtype=np.float32)
    try:
        return client_get(settings.EMBEDDINGS_URL).embed(list(texts))
    except EngineError as problem:
        raise _unavailable(problem) from problem


def embed_question(text: str) -> npt.NDArray[np.float32]:
    """Embed a question [dims], ahead of bulk work; not inside a transaction."""
    try:
        return client_get(settings.EMBEDDINGS_URL).embed([text[:QUESTION_CHARS]], interactive=True)[0]
    except EngineError as problem:
        raise _unavailable(problem) from problem


def _unavailable(problem: EngineError) -> EmbeddingsUnavailable:
    return EmbeddingsUnavailable(f"The embedding engine does not answer: {problem}")


def embedding_info() -> EmbeddingInfo:
    """Which encoder answers now; asked once per process."""
    try:
        return client_get(settings.EMBEDDINGS_URL).info()
    except EngineError as problem:
        raise _unavailable(problem) from problem


def embedding_model_active() -> EmbeddingModel:
    """The row of the encoder that answers now; on its first use the row and its vector index are made."""
    info = embedding_info()
    digest = _digest(info)
    model = EmbeddingModel.objects.filter(digest=digest, active=True).first()
    return model or _model_activate(info, digest)


def embedding_model_known() -> EmbeddingModel | None:
    """The row of the encoder that answers now, or None where nothing was indexed with it yet."""
    return EmbeddingModel.objects.filter(digest=_digest(embedding_info())).first()


def _digest(info: EmbeddingInfo) -> str:
    if len(info.digest) <= 64:
        return info.digest
    import hashlib

    return hashlib.sha256(info.digest.encode()).hexdigest()


def _model_activate(info: EmbeddingInfo, digest: str) -> EmbeddingModel:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MODEL_LOCK])
        others = EmbeddingModel.objects.filter(active=True).exclude(digest=digest)
        for other in others:
            log.warning(
                "encoder %s replaces %s: what is not indexed again is found by its words alone",
                info.name,
                other.name,
            )
        others.update(active=False)
        model, made = EmbeddingModel.objects.update_or_create(
            digest=digest, defaults={"name": info.name, "dims": info.dims, "active": True}
        )
        if made:
            vector_index_make(model)
    return model


def vector_index_make(model: EmbeddingModel) -> None:
    """Make the HNSW index over a model's rows where there is none, by inner product of unit vectors."""
    if model.dims > HNSW_MAX_DIMS:
        log.warning("vectors of %d dimensions are searched without an index", model.dims)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS chunk_vector_hnsw_{model.pk:d} ON knowledge_chunkvector"
            f" USING hnsw ((embedding::halfvec({model.dims:d})) halfvec_ip_ops)"
            f" WITH (m = 16, ef_construction = 100) WHERE model_id = {model.pk:d}"
        )
