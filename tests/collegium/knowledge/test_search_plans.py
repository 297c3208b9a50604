"""How PostgreSQL carries out a search: the permission filter comes first, and the indexes are used."""

import json

import numpy as np
import pytest
from django.db import connection

from collegium.knowledge import lexical
from collegium.knowledge.dense import dense_part
from collegium.knowledge.embedding import embedding_model_active
from collegium.knowledge.lexical import lexical_part, query_build
from collegium.knowledge.scope import Scope, scope_build
from collegium.sdk.retrieval import SearchRequest

from .search_corpus import base_make, document_make, half_sql, word_vector


def plan(sql, params, *, by_index: bool = False) -> str:
    """The plan; with `by_index` reading a whole table, which is quick for one so small, is made expensive."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', %s, true)", ["off" if by_index else "on"])
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (found,) = cursor.fetchone()
    return json.dumps(json.loads(found) if isinstance(found, str) else found)


@pytest.fixture
def filled(encoder, workspace):
    """1,000 passages, of which one document in ten is restricted."""
    chance = np.random.default_rng(2)
    base = base_make(workspace)
    for number in range(40):
        words = chance.integers(0, 5000, (25, 12))
        texts = [" ".join(f"w{word}" for word in row) for row in words]
        access = "restricted" if number % 10 == 0 else "workspace"
        document_make(base, texts, title=f"Report {number}", access=access)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE knowledge_chunkvector, knowledge_chunklex, knowledge_documentversion")
    return base


@pytest.fixture
def scope(filled, colleague_asker) -> Scope:
    return scope_build(colleague_asker, SearchRequest("w17 w18"))


def test_the_scope_counts_only_what_may_be_seen(scope, owner_asker):
    assert scope.chunks == 900
    assert scope_build(owner_asker, SearchRequest("w17")).chunks == 1000


def test_the_counts_are_kept_until_who_sees_what_changes(
    scope, filled, colleague_asker, django_assert_num_queries
):
    with django_assert_num_queries(1):  # the mark of changes
        assert scope_build(colleague_asker, SearchRequest("another question")) is scope
    filled.documents.filter(access="restricted").update(access="workspace")
    assert scope_build(colleague_asker, SearchRequest("w17")).chunks == 1000
    filled.documents.first().delete()
    assert scope_build(colleague_asker, SearchRequest("w17")).chunks == 975


def test_many_vectors_are_searched_by_their_hnsw_index(scope):
    model = embedding_model_active()
    sql, params = half_sql(scope, dense_part(model, word_vector("w17 w18"), scope, 10, exactly=False))
    found = plan(sql, params, by_index=True)
    assert f"chunk_vector_hnsw_{model.pk}" in found and "Index Scan" in found


def test_few_vectors_are_compared_one_by_one(scope):
    model = embedding_model_active()
    sql, params = half_sql(scope, dense_part(model, word_vector("w17 w18"), scope, 10, exactly=True))
    found = plan(sql, params, by_index=True)
    assert "chunk_vector_hnsw" not in found


def test_many_passages_are_searched_by_the_index_on_terms(scope, monkeypatch):
    monkeypatch.setattr(lexical, "EXACT_CHUNKS", 0)
    found = plan(*half_sql(scope, lexical_part(query_build("w17 w18", (), scope), scope, 10)), by_index=True)
    assert "chunk_lex_terms" in found


def test_few_passages_are_scored_one_by_one(scope):
    found = plan(*half_sql(scope, lexical_part(query_build("w17 w18", (), scope), scope, 10)))
    assert "chunk_lex_terms" not in found


def test_a_query_of_words_that_nobody_wrote_asks_for_nothing(scope):
    assert not query_build("unheard unseen", (), scope).known
