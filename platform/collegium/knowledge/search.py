"""Hybrid search: by meaning and by words, over what the asker may see."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import Invalid
from collegium.knowledge.dense import dense_exactly, dense_part, dense_prepare, half_text
from collegium.knowledge.embedding import EmbeddingsUnavailable, embed_question, embedding_model_known
from collegium.knowledge.fusion import Scores, best, dense_weight
from collegium.knowledge.hits import HIT_COLUMNS, HIT_TABLES, hit_made
from collegium.knowledge.lexical import LexicalQuery, lexical_part, query_build
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
        meaning = _meaning(text)  # before the transaction: no network inside one
        with transaction.atomic():
            with _timed("scope"):
                scope = scope_build(asker, request)
            if scope is None:
                return []
            with _timed("candidates"):
                query = query_build(text, request.expansions, scope, weight=request.expansion_weight)
                found = candidates_find(scope, query, meaning, depth=max(DEPTH, request.limit))
            chosen = dense_weight(chinese_share(text)) if weight is None else weight
            with _timed("hits"):
                return _hits(best(found, chosen, request.limit), found)


def _text_checked(request: SearchRequest) -> str:
    text = request.text.replace("\x00", " ").strip()
    if not text:
        raise Invalid(_("The search is empty: write what to look for."), code="empty_search")
    if len(text) > settings.QUESTION_MAX_CHARS:
        raise Invalid(
            _("The search has %(count)s characters; at most %(limit)s are read.")
            % {"count": len(text), "limit": settings.QUESTION_MAX_CHARS},
            code="question_too_long",
        )
    if not 1 <= request.limit <= MAX_LIMIT:
        raise Invalid(
            _("limit must be from 1 to %(most)s, not %(given)s.")
            % {"most": MAX_LIMIT, "given": request.limit},
            code="bad_limit",
        )
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


def candidates_find(
    scope: Scope, query: LexicalQuery, meaning: Meaning | None, *, depth: int
) -> dict[int, Scores]:
    """The best of each half with both scores, in one statement, so the permission filter is planned once."""
    parts, params = {}, [*scope.params]
    if scope.wanted:
        parts["wanted"] = f"SELECT chunk_id FROM ({scope.wanted}) AS fitting"
        params += scope.wanted_params
    if query.known:
        parts["by_words"], values = lexical_part(query, scope, depth)
        params += values
    cosine = "NULL::float8"
    if meaning:
        model, vector = meaning
        exactly = dense_exactly(scope, query.chunks_everywhere, model.dims)
        parts["by_meaning"], values = dense_part(model, vector, scope, depth, exactly=exactly)
        if not exactly:
            dense_prepare(depth)
        dims = model.dims
        cosine = (
            f"CASE WHEN vec.model_id = {model.pk:d}"
            f" THEN -(vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d})) END"
        )
        params += [*values, half_text(vector)]
    halves = [name for name in parts if name != "wanted"]
    if not halves:
        return {}
    withs = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, sql in parts.items())
    chosen = " UNION ".join(f"SELECT chunk_id FROM {name}" for name in halves)
    sql = f"""
        WITH permitted AS MATERIALIZED ({scope.sql}), {withs}
        SELECT lex.chunk_id, {cosine}, -(lex.weights <#> %s::sparsevec)
        FROM ({chosen}) AS chosen
        JOIN knowledge_chunklex AS lex USING (chunk_id)
        LEFT JOIN knowledge_chunkvector AS vec USING (chunk_id)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, query.vector])
        return {
            chunk: Scores(None if cosine is None else min(1.0, cosine), query.share(score))
            for chunk, cosine, score in cursor.fetchall()
        }


def _hits(ranked: Sequence[tuple[int, float]], found: Mapping[int, Scores]) -> list[Hit]:
    """Reads passages that the permission filter has let through; what went meanwhile is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {HIT_COLUMNS}{HIT_TABLES} WHERE chunk.id = ANY(%s) AND document.current_id = version.id",
            [[chunk for chunk, _score in ranked]],
        )
        rows = {row[0]: row for row in cursor.fetchall()}
    return [
        hit_made(rows[chunk], score, similarity=found[chunk].similarity, lexical=found[chunk].lexical)
        for chunk, score in ranked
        if chunk in rows
    ]


@contextmanager
def _timed(part: str) -> Iterator[None]:
    start = perf_counter()
    try:
        yield
    finally:
        SEARCH_SECONDS.labels(part=part).observe(perf_counter() - start)
