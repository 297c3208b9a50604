"""The lexical half against a slow BM25 in plain Python."""

import math
import random
from collections import Counter

import pytest

from collegium.knowledge import lexical
from collegium.knowledge.context import passages_texts
from collegium.knowledge.lexical import (
    AVERAGE_TERMS,
    K1,
    B,
    candidate_sets,
    lexical_part,
    query_build,
    term_weights,
)
from collegium.knowledge.models import ChunkLex
from collegium.knowledge.scope import scope_build
from collegium.knowledge.tokens import tokens
from collegium.sdk.retrieval import SearchRequest

from .search_corpus import base_make, document_make, half_find

WORDS = [f"word{n}" for n in range(40)]


def bm25(question: str, passages: dict[int, str]) -> dict[int, float]:
    """The formula, written down once more without any of the index."""
    bags = {key: Counter(tokens(text)) for key, text in passages.items()}
    scores = {}
    for key, bag in bags.items():
        norm = K1 * (1 - B + B * bag.total() / AVERAGE_TERMS)
        scores[key] = 0.0
        for word in set(tokens(question)):
            holding = sum(word in other for other in bags.values())
            idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
            scores[key] += idf * bag[word] / (bag[word] + norm)
    return scores


@pytest.fixture
def corpus(encoder, workspace):
    """Zipfian passages in two bases; chunk -> what is indexed of it."""
    chance = random.Random(5)
    weights = [1 / (n + 1) for n in range(len(WORDS))]
    passages = {}
    for number in range(2):
        base = base_make(workspace, f"Base {number}")
        texts = [" ".join(chance.choices(WORDS, weights, k=chance.randint(5, 60))) for _ in range(60)]
        document = document_make(base, texts, title=f"Report {number}")
        chunks = list(document.current.chunks.all())
        texts = passages_texts(document.title, document.current.metadata, chunks)
        passages |= dict(zip((chunk.pk for chunk in chunks), texts, strict=True))
    return passages


def asked(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 8))) + " report unheard"


def test_the_order_is_that_of_a_slow_bm25(corpus, colleague_asker):
    chance = random.Random(11)
    for _ in range(15):
        question = asked(chance)
        scope = scope_build(colleague_asker, SearchRequest(question))
        found = half_find(scope, lexical_part(query_build(question, (), scope), scope, 10))
        expected = bm25(question, corpus)
        best = sorted(expected.values(), reverse=True)[: len(found)]
        assert [expected[chunk] for chunk in found] == pytest.approx(best, rel=1e-3)


def test_the_frequency_of_terms_is_that_of_the_bases_in_scope(corpus, workspace, colleague_asker):
    bases = list(workspace.knowledge_bases.order_by("number"))
    question = "word3 word9"
    request = SearchRequest(question, knowledge_bases=(bases[0].pk,))
    scope = scope_build(colleague_asker, request)
    inside = set(ChunkLex.objects.filter(kb=bases[0].number).values_list("pk", flat=True))
    expected = bm25(question, {key: text for key, text in corpus.items() if key in inside})
    found = half_find(scope, lexical_part(query_build(question, (), scope), scope, 5))
    assert set(found) <= inside
    assert [expected[chunk] for chunk in found] == pytest.approx(
        sorted(expected.values(), reverse=True)[:5], rel=1e-3
    )


def test_candidates_by_the_index_on_terms_find_nearly_the_same(corpus, colleague_asker, monkeypatch):
    monkeypatch.setattr(lexical, "EXACT_CHUNKS", 0)
    chance = random.Random(3)
    shared = total = 0
    for _ in range(20):
        question = asked(chance)
        scope = scope_build(colleague_asker, SearchRequest(question))
        found = set(half_find(scope, lexical_part(query_build(question, (), scope), scope, 10)))
        expected = bm25(question, corpus)
        best = sorted((key for key in expected if expected[key] > 0), key=lambda key: -expected[key])[:10]
        shared, total = shared + len(found & set(best)), total + len(best)
    assert shared / total > 0.95


def test_candidate_sets_keep_to_their_budget_and_offer_at_least_one(corpus, colleague_asker):
    scope = scope_build(colleague_asker, SearchRequest("x"))
    query = query_build("word0 word1 word2 word38", (), scope)
    held = {term.id: term.chunks_everywhere for term in query.terms}
    small = candidate_sets(query, budget=20)
    assert sum(held[terms[0]] for terms in small if len(terms) == 1) <= 20
    assert candidate_sets(query, budget=0)


def test_a_passage_with_every_term_once_has_the_whole_share(corpus, colleague_asker):
    scope = scope_build(colleague_asker, SearchRequest("x"))
    query = query_build("word1 word2 word30", (), scope)
    average = " ".join(["word1 word2 word30", *["filler"] * int(AVERAGE_TERMS - 3)])
    weights = term_weights(average)
    score = sum(term.idf * weights[term.id] for term in query.terms)
    assert query.share(score) == pytest.approx(1.0)
