"""The lexical half of search: BM25 as an inner product of sparse vectors, ranked inside PostgreSQL.

BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15) is a sum over the
terms that question and passage share of idf(term) * tf / (tf + k1 (1 - b + b dl / avgdl)). The second
factor is stored with the passage, idf is put into the question's vector, and their inner product is the
score. `avgdl` is a constant: the encoder bounds a passage's length, and a frozen average keeps stored
weights valid.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db import connection

from collegium.knowledge.models import TERM_SPACE
from collegium.knowledge.scope import Scope
from collegium.knowledge.tokens import term_id, tokens

K1 = 1.5
B = 0.75
AVERAGE_TERMS = 120.0
MAX_TERMS = 16_000  # pgvector's limit for the elements of a sparsevec
EXACT_CHUNKS = 20_000  # up to here all permitted passages are scored
CANDIDATES = 5_000  # beyond, as many may be looked at, over the whole index
PAIRED_TERMS = 8  # the rarest of the common terms, of which pairs and triples are looked for
CLAUSES = 16  # pairs and triples in one query
TOGETHER = {2: 1.5, 3: 3.0}  # how much more often terms of a question meet than independent ones would


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term of the question: its weight, and how many passages of the whole index hold it."""

    id: int
    idf: float
    chunks_everywhere: int
    asked: bool = True  # not a further word that only adds


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The question's terms, and the highest score that a passage with each of them once would have."""

    terms: tuple[QueryTerm, ...]
    chunks_everywhere: int

    @property
    def idf_total(self) -> float:
        return sum(term.idf for term in self.terms if term.asked)

    @property
    def vector(self) -> str:
        known = {term.id: term.idf for term in self.terms if term.chunks_everywhere}
        return sparse_text(known)

    @property
    def known(self) -> bool:
        """Whether any passage anywhere holds any of the terms."""
        return any(term.chunks_everywhere for term in self.terms)

    def share(self, score: float) -> float:
        """A score as the share of the question's term weight that the passage holds.

        A passage of average length with every term once has 1; with more of them it has more.
        """
        return score * (K1 + 1) / self.idf_total if self.idf_total else 0.0


def term_weights(text: str) -> dict[int, float]:
    """Term -> BM25 weight without idf, by ascending term; of too many terms the most frequent."""
    words = tokens(text)
    counts = Counter(term_id(word) for word in words)
    norm = K1 * (1 - B + B * len(words) / AVERAGE_TERMS)
    return {term: count / (count + norm) for term, count in sorted(counts.most_common(MAX_TERMS))}


def sparse_text(weights: dict[int, float]) -> str:
    """A sparsevec as PostgreSQL reads it."""
    inner = ",".join(f"{term}:{weight:.5g}" for term, weight in sorted(weights.items()))
    return f"{{{inner}}}/{TERM_SPACE}"


def query_build(text: str, expansions: Sequence[str], scope: Scope, *, weight: float = 1.0) -> LexicalQuery:
    """The question's terms with their idf over the knowledge bases in scope; those of expansions weighted."""
    words = tokens(" ".join([text, *expansions]))
    ids = sorted({term_id(word) for word in words})
    asked = {term_id(word) for word in tokens(text)} if weight < 1 else set(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term, coalesce(sum(chunks) FILTER (WHERE kb = ANY(%s)), 0), sum(chunks)"
            " FROM knowledge_termcount WHERE term = ANY(%s) GROUP BY term",
            [list(scope.bases), [0, *ids]],
        )
        counts = {term: (int(here), int(everywhere)) for term, here, everywhere in cursor.fetchall()}
    chunks_here, chunks_everywhere = counts.get(0, (0, 0))
    terms = []
    for term in ids:
        here, everywhere = counts.get(term, (0, 0))
        idf = math.log(1 + (chunks_here - here + 0.5) / (here + 0.5)) if chunks_here >= here else 0.0
        own = term in asked
        terms.append(QueryTerm(term, idf if own else weight * idf, everywhere, own))
    return LexicalQuery(tuple(terms), chunks_everywhere)


def lexical_part(query: LexicalQuery, scope: Scope, limit: int) -> tuple[str, list[Any]]:
    """A query of the permitted chunks with the highest BM25, as chunk_id, score.

    All permitted passages are scored where they are few, else those that the index on terms proposes.
    """
    if scope.chunks <= EXACT_CHUNKS:
        source = "knowledge_chunklex AS lex JOIN permitted ON permitted.id = lex.version_id WHERE true"
        values: list[Any] = []
    else:  # as a subplan the permission filter cannot keep the planner from the index on terms
        condition, values = _condition(query)
        source = (
            f"knowledge_chunklex AS lex WHERE ({condition})"
            " AND (lex.version_id IN (SELECT id FROM permitted)) IS TRUE"
        )
    sql = f"""
        WITH scored AS MATERIALIZED (
            SELECT lex.chunk_id, -(lex.weights <#> %s::sparsevec) AS score
            FROM {source}{scope.only_wanted("lex")}
        )
        SELECT chunk_id, score FROM scored WHERE score > 0 ORDER BY score DESC, chunk_id LIMIT %s"""
    return sql, [query.vector, *values, limit]


def _condition(query: LexicalQuery) -> tuple[str, list[Any]]:
    sets = candidate_sets(query)
    singles = [terms[0] for terms in sets if len(terms) == 1]
    several = [list(terms) for terms in sets if len(terms) > 1]
    parts = ["lex.terms && %s::int[]"] if singles else []
    parts += ["lex.terms @> %s::int[]"] * len(several)
    return " OR ".join(parts), [*([singles] if singles else []), *several]


def candidate_sets(query: LexicalQuery, budget: int = CANDIDATES) -> list[tuple[int, ...]]:
    """Sets of terms; a passage that holds all of one set is a candidate.

    First each rare term by itself, up to half the budget. The rest goes to pairs of the common ones, then to
    triples, most weight for least passages first. With a budget of 5 % of 14,858 passages of filings, nine of
    the ten best of 150 questions are among the candidates (8 %: .94).
    """
    known = [term for term in query.terms if term.chunks_everywhere]
    by_rarity = sorted(known, key=lambda term: term.chunks_everywhere)
    chosen: list[tuple[int, ...]] = []
    spent = 0.0
    while by_rarity and spent + by_rarity[0].chunks_everywhere <= budget / 2:
        term = by_rarity.pop(0)
        chosen.append((term.id,))
        spent += term.chunks_everywhere
    clauses = 0
    offers = sorted(_offers(by_rarity[:PAIRED_TERMS], query.chunks_everywhere))
    for _size, _price, guess, ids in offers:
        held = any(set(other) <= set(ids) for other in chosen)
        if held or spent + guess > budget or clauses == CLAUSES:
            continue
        chosen.append(ids)
        spent += guess
        clauses += 1
    return chosen or [offers[-1][3] if offers else (by_rarity[0].id,)]


def _offers(
    terms: Sequence[QueryTerm], everywhere: int
) -> Iterator[tuple[int, float, float, tuple[int, ...]]]:
    """Size, price, guessed number of passages and ids of each pair and triple."""
    for size, together in TOGETHER.items():
        for some in combinations(terms, size):
            fraction = math.prod(term.chunks_everywhere / everywhere for term in some)
            guess = min(fraction * everywhere * together, some[0].chunks_everywhere)
            weight = sum(term.idf for term in some)
            if weight > 0:
                yield size, guess / weight, guess, tuple(term.id for term in some)
