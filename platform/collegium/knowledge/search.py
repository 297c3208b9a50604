"""Hybrid search: by meaning and by words, over what the asker may see."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, transaction

from collegium.accounts.asker import Asker
from collegium.errors import Invalid
from collegium.knowledge.dense import dense_exactly, dense_find, half_text
from collegium.knowledge.embedding import EmbeddingsUnavailable, embed_question, embedding_model_known
from collegium.knowledge.fusion import Scores, best, dense_weight
from collegium.knowledge.lexical import LexicalQuery, lexical_find, query_build
from collegium.knowledge.models import EmbeddingModel
from collegium.knowledge.scope import Scope, scope_build
from collegium.knowledge.tokens import chinese_share
from collegium.ops.metrics import SEARCH_SECONDS
from collegium.sdk.retrieval import Hit, SearchRequest

log = logging.getLogger(__name__)
MAX_LIMIT = 100
DEPTH = 60  # how many of each half are considered, at least

Meaning = tuple[EmbeddingModel, npt.NDArray[np.float32]]


def search(asker: Asker, request: SearchRequest, *, weight: float | None = None) -> list[Hit]:
    """The best passages that the asker may see, best first.

    Where the embedding engine does not answer, passages are found by their words alone, without similarity.
    `weight` of the dense half, 0 to 1, is for evaluation; otherwise the question's language decides.
    """
    with _timed("total"):
        text = _text_checked(request)
        meaning = _meaning(text)  # before the first query: no network while a connection is held
        with _timed("scope"):
            scope = scope_build(asker, request)
        if scope is None:
            return []
        with transaction.atomic():
            found = _candidates(text, request, scope, meaning)
        chosen = dense_weight(chinese_share(text)) if weight is None else weight
        ranked = best(found, chosen, request.limit)
        with _timed("fetch"):
            return _hits(ranked, found, scope)


def _text_checked(request: SearchRequest) -> str:
    text = request.text.replace("\x00", " ").strip()
    if not text:
        raise Invalid("The search is empty: write what to look for.", code="empty_search")
    if len(text) > settings.QUESTION_MAX_CHARS:
        raise Invalid(
            f"The search has {len(text)} characters; at most {settings.QUESTION_MAX_CHARS} are read.",
            code="question_too_long",
        )
    if not 1 <= request.limit <= MAX_LIMIT:
        raise Invalid(f"limit must be from 1 to {MAX_LIMIT}, not {request.limit}.", code="bad_limit")
    return text


def _meaning(text: str) -> Meaning | None:
    try:
        with _timed("embed"):
            vector = embed_question(text)
        model = embedding_model_known()
    except EmbeddingsUnavailable as problem:
        log.warning("search goes by words alone: %s", problem.detail)
        return None
    if model is None:
        log.warning("search goes by words alone: nothing is indexed with the present encoder yet")
        return None
    return model, vector


def _candidates(
    text: str, request: SearchRequest, scope: Scope, meaning: Meaning | None
) -> dict[int, Scores]:
    depth = max(DEPTH, request.limit)
    with _timed("lexical"):
        query = query_build(text, request.expansions, scope)
        chunks = lexical_find(query, scope, depth)
    if meaning:
        with _timed("dense"):
            model, vector = meaning
            exactly = dense_exactly(scope, query.chunks_everywhere, model.dims)
            chunks += dense_find(model, vector, scope, depth, exactly=exactly)
    return _scores(set(chunks), query, meaning)


def _scores(chunks: set[int], query: LexicalQuery, meaning: Meaning | None) -> dict[int, Scores]:
    """Both scores of every candidate, whichever half found it."""
    dense = "NULL::float8"
    params: list[object] = []
    if meaning:
        model, vector = meaning
        dense = (
            f"CASE WHEN vec.model_id = {model.pk:d}"
            f" THEN -(vec.embedding::halfvec({model.dims:d}) <#> %s::halfvec({model.dims:d})) END"
        )
        params.append(half_text(vector))
    sql = f"""
        SELECT lex.chunk_id, {dense}, -(lex.weights <#> %s::sparsevec)
        FROM knowledge_chunklex AS lex LEFT JOIN knowledge_chunkvector AS vec USING (chunk_id)
        WHERE lex.chunk_id = ANY(%s)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, query.vector, sorted(chunks)])
        return {
            chunk: Scores(None if cosine is None else min(1.0, cosine), query.share(score))
            for chunk, cosine, score in cursor.fetchall()
        }


def _hits(ranked: Sequence[tuple[int, float]], found: Mapping[int, Scores], scope: Scope) -> list[Hit]:
    """Reads the passages, once more through the permission filter: a document may have gone meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HITS.format(permitted=scope.sql), [*scope.params, [chunk for chunk, _score in ranked]]
        )
        rows = {row[0]: row for row in cursor.fetchall()}
    return [_hit(rows[chunk], score, found[chunk]) for chunk, score in ranked if chunk in rows]


_HITS = """
    SELECT chunk.id, version.document_id, version.id, version.knowledge_base_id, document.title, chunk.text,
        chunk.kind, chunk.section, chunk.locator, chunk.page, chunk.boxes, chunk.lines, version.metadata,
        version.language
    FROM knowledge_chunk AS chunk
    JOIN knowledge_documentversion AS version ON version.id = chunk.version_id
    JOIN knowledge_document AS document ON document.id = version.document_id
    WHERE version.id IN ({permitted}) AND chunk.id = ANY(%s)"""


def _hit(row: Sequence[Any], score: float, scores: Scores) -> Hit:
    chunk, document, version, base, title, text, kind, *rest, language = row
    section, locator, page, boxes, lines, metadata = rest
    return Hit(
        chunk=chunk,
        document=document,
        version=version,
        knowledge_base=base,
        title=title,
        text=text,
        kind=kind,
        section=tuple(json.loads(section)),
        locator=json.loads(locator),
        page=page,
        boxes=tuple(tuple(box) for box in json.loads(boxes)),
        lines=tuple(json.loads(lines)),
        metadata=json.loads(metadata),
        language=language,
        score=score,
        similarity=scores.similarity,
        lexical=None if scores.lexical is None else min(1.0, scores.lexical),
    )


@contextmanager
def _timed(part: str) -> Iterator[None]:
    start = perf_counter()
    try:
        yield
    finally:
        SEARCH_SECONDS.labels(part=part).observe(perf_counter() - start)
