"""Finds concepts by the beginnings of words, and by words like those typed where these find nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rapidfuzz.distance import OSA

from collegium.sdk.asker import Asker
from verticals.medical.terminology.naming import name_in
from verticals.medical.terminology.visible import version_id
from verticals.medical.terminology.words import is_han, pairs, runs

TEXT_MAX_CHARS = 200
WORDS_MAX = 12
PREFIX_MIN_CHARS = 3  # a shorter word is looked for whole: too many words begin with it
SHORTEST_OF_ONE = 10  # terms for each concept that is wanted
LIKE_MAX = 10  # words that are tried in place of a mistyped one


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A concept with the term that was found. `exact`: no word was taken for mistyped."""

    code: str
    name: str
    term: str
    language: str
    active: bool
    exact: bool


def concepts_search(
    asker: Asker, terminology: str, text: str, *, language: str = "", limit: int = 20, shown: str = ""
) -> list[FoundTerm]:
    """The concepts whose terms hold all words of the text, the shortest term first; each concept once.

    A code finds its concept, and one of another classification the concepts that map to it. Where no term
    holds the words, those close to them count in their place. `shown`: the language of the concepts' names.
    """
    words = runs(text[:TEXT_MAX_CHARS])[:WORDS_MAX]
    if not words:
        return []
    scope = {"version": version_id(asker, terminology), "shown": shown, "language": language, "limit": limit}
    code = text.strip()
    found = _by_code(scope, code) or _by_map(scope, code)
    found = found or _by_words(scope, _query([[word] for word in words]), exact=True)
    if not found:
        alike = [[word] if _known(scope, word) else _words_like(scope, word) for word in words]
        if all(alike):
            found = _by_words(scope, _query(alike), exact=False)
    return found


def _query(choices: Sequence[Sequence[str]]) -> str:
    """A tsquery: of each list one word, as a prefix. Words hold nothing but letters and digits."""
    return " & ".join("(" + " | ".join(_lexemes(word) for word in words) + ")" for words in choices)


def _lexemes(word: str) -> str:
    if is_han(word):
        return "(" + " & ".join(f"'{pair}'" for pair in (pairs(word) or [word])) + ")"
    return f"'{word}':*" if len(word) >= PREFIX_MIN_CHARS else f"'{word}'"


def _by_code(scope: dict[str, Any], code: str) -> list[FoundTerm]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.code, {name_in('c', scope['shown'])}, c.name, '', c.active FROM medical_concept c "
            "WHERE c.version_id = %(version)s AND c.code = %(code)s",
            {**scope, "code": code},
        )
        return [FoundTerm(*row, exact=True) for row in cursor.fetchall()]


def _by_map(scope: dict[str, Any], code: str) -> list[FoundTerm]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT c.code, {name_in('c', scope['shown'])} AS name, m.target, '', c.active "
            "FROM medical_member m "
            "JOIN medical_concept c ON c.version_id = %(version)s AND c.id = m.concept_id "
            "WHERE m.version_id = %(version)s AND m.kind = 'map' AND m.target = %(code)s "
            "ORDER BY c.active DESC, name LIMIT %(limit)s",
            {**scope, "code": code},
        )
        return [FoundTerm(*row, exact=True) for row in cursor.fetchall()]


def _by_words(scope: dict[str, Any], query: str, *, exact: bool) -> list[FoundTerm]:
    """Active concepts come first, then the shortest of the terms found.

    Among the shortest terms are nearly always enough active concepts; only where not are all looked at.
    """
    shortest = SHORTEST_OF_ONE * scope["limit"]
    found, terms = _by_shortest(scope, query, shortest, exact=exact)
    if terms > shortest and sum(one.active for one in found) < scope["limit"]:
        found, _terms = _by_shortest(scope, query, terms, exact=exact)
    return found


def _by_shortest(
    scope: dict[str, Any], query: str, shortest: int, *, exact: bool
) -> tuple[list[FoundTerm], int]:
    """What so many of the shortest terms find, one of each concept; and how many such terms there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.code, {name_in('t', scope['shown'])}, t.term, t.language, t.active, t.terms FROM ("
            " SELECT c.id, c.code, c.name, n.term, n.language, c.active, n.size, n.terms FROM ("
            "  SELECT *, count(*) OVER () AS terms FROM ("
            "   SELECT DISTINCT ON (d.concept_id) d.concept_id, d.term, d.language, length(d.term) AS size"
            "   FROM medical_description d"
            "   WHERE d.version_id = %(version)s AND d.words @@ %(query)s::tsquery AND d.kind <> 'definition'"
            "   AND (%(language)s = '' OR d.language = %(language)s)"
            "   ORDER BY d.concept_id, size, d.id"
            "  ) AS of_concept ORDER BY size, concept_id LIMIT %(shortest)s"
            " ) AS n JOIN medical_concept c ON c.version_id = %(version)s AND c.id = n.concept_id"
            ") AS t ORDER BY active DESC, size, id LIMIT %(limit)s",
            {**scope, "query": query, "shortest": shortest},
        )
        rows = cursor.fetchall()
    return [FoundTerm(*row[:-1], exact=exact) for row in rows], rows[0][-1] if rows else 0


def _known(scope: dict[str, Any], word: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM medical_description d WHERE d.version_id = %(version)s "
            "AND d.words @@ %(query)s::tsquery)",
            {**scope, "query": _lexemes(word)},
        )
        return cursor.fetchone()[0]


def _words_like(scope: dict[str, Any], word: str) -> list[str]:
    """The nearest words: a slip (a letter more, less, other, or two swapped) in four letters, three at most.

    `%` of pg_trgm holds from 0.3 of common trigrams on.
    """
    if is_han(word) or len(word) < 4:
        return []
    slips = min(3, max(1, len(word) // 4))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.word FROM medical_termword w WHERE w.version_id = %(version)s AND w.word %% %(word)s "
            "AND length(w.word) BETWEEN %(least)s AND %(most)s",
            {**scope, "word": word, "least": len(word) - slips, "most": len(word) + slips},
        )
        near = [(OSA.distance(word, found, score_cutoff=slips), found) for (found,) in cursor.fetchall()]
    return [found for distance, found in sorted(near) if distance <= slips][:LIKE_MAX]
