"""What one search may look at: the versions that the asker may see, narrowed by the request, as SQL."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import Invalid, NotFound
from collegium.knowledge.changes import visibility_mark
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.knowledge.visible_sql import ready_versions_sql
from collegium.sdk.passages import Passages
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.retrieval import SearchRequest

FILTER_VALUES = 100
SCOPES_KEPT = 1024

Conditions = tuple[tuple[str, tuple[str, ...]], ...]  # a field's name and the values that are wanted

_OF_VERTICAL = """version.knowledge_base_id IN (
    SELECT base.id FROM knowledge_knowledgebase AS base WHERE base.vertical = %s
)"""
# A field that holds one of the values, or a list with one of them; without regard to case.
_FIELD_HOLDS = """(
    lower(version.metadata ->> %s) = ANY(%s)
    OR EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(
            CASE jsonb_typeof(version.metadata -> %s) WHEN 'array' THEN version.metadata -> %s ELSE '[]' END
        ) AS one(held) WHERE lower(held) = ANY(%s)
    )
)"""


@dataclass(frozen=True, slots=True)
class Scope:
    """`sql` with `params` selects the ids of the permitted versions; each half of search joins it first.

    `wanted` selects the ids of the passages that the verticals' own filters leave, or is empty. `bases`:
    numbers of the knowledge bases; `chunks`: how many passages may be found.
    """

    sql: str
    params: tuple[Any, ...]
    bases: tuple[int, ...]
    chunks: int
    wanted: str = ""
    wanted_params: tuple[Any, ...] = ()

    def only_wanted(self, alias: str) -> str:
        """A further condition on a table's passages, where filters of passages are given."""
        return f" AND ({alias}.chunk_id IN (SELECT chunk_id FROM wanted)) IS TRUE" if self.wanted else ""


def scope_build(asker: Asker, request: SearchRequest) -> Scope | None:
    """What the asker may search, or None where that is nothing.

    Raises NotFound for a knowledge base that the asker does not see, Invalid for an unknown filter.
    """
    conditions, passages = _filters(asker, request)
    narrowed = asker, tuple(request.knowledge_bases), request.vertical, conditions, passages
    try:
        scope, found = _scope_made(visibility_mark(), *narrowed)
    except EmptyResultSet:  # Django saw that nothing can match
        scope, found = None, frozenset()
    _bases_check(asker, request, found=found)
    return scope


@lru_cache(maxsize=SCOPES_KEPT)
def _scope_made(
    _changes: tuple[int, int],
    asker: Asker,
    bases: tuple[uuid.UUID, ...],
    vertical: str,
    conditions: Conditions,
    passages: tuple[Passages, ...],
) -> tuple[Scope | None, frozenset[uuid.UUID]]:
    """The scope, and which knowledge bases have something in it.

    Kept for as long as nothing has changed of what anybody may see. The counts decide how a search goes about
    it; what may be found is looked up by the scope's SQL each time.
    """
    visible, visible_params = ready_versions_sql(asker)
    params: list[Any] = [*visible_params]
    wheres = []
    if bases:
        wheres.append("version.knowledge_base_id = ANY(%s)")
        params.append(list(bases))
    if vertical:
        wheres.append(_OF_VERTICAL)
        params.append(vertical)
    for name, values in conditions:
        wheres.append(_FIELD_HOLDS)
        params += [name, list(values), name, name, list(values)]
    rest = f" FROM ({visible}) AS version WHERE {' AND '.join(wheres) or 'true'}"
    wanted = " INTERSECT ".join(
        f"SELECT chunk_id, version_id FROM ({one.sql}) AS fitting" for one in passages
    )
    wanted_params = tuple(value for one in passages for value in one.params)
    held = _held(rest, params, wanted, wanted_params)
    found = frozenset(base for base, _number, _chunks in held)
    chunks = int(sum(count for _base, _number, count in held))
    if not chunks:
        return None, found
    numbers = sorted(number for _base, number, _chunks in held)
    made = Scope(f"SELECT version.id {rest}", tuple(params), tuple(numbers), chunks, wanted, wanted_params)
    return made, found


def _held(
    rest: str, params: list[Any], wanted: str, wanted_params: tuple[Any, ...]
) -> list[tuple[uuid.UUID, int, int]]:
    """Id and number of each knowledge base in scope, and how many passages may be found there."""
    counted = f"SELECT version.knowledge_base_id AS id, sum(version.chunk_count) AS chunks {rest} GROUP BY 1"
    if wanted:
        counted = f"""
            SELECT knowledge_base_id AS id, count(*) AS chunks
            FROM (SELECT version.id AS version_id, version.knowledge_base_id {rest}) AS permitted
            JOIN ({wanted}) AS wanted USING (version_id) GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, base.number, chunks FROM knowledge_knowledgebase AS base"
            f" JOIN ({counted}) AS held USING (id)",
            [*params, *wanted_params],
        )
        return cursor.fetchall()


def bases_filled(
    asker: Asker, *, vertical: str = "", knowledge_bases: Collection[uuid.UUID] = ()
) -> frozenset[uuid.UUID]:
    """The knowledge bases, of those or of all, in which the asker sees a document that is ready."""
    try:
        return _scope_made(visibility_mark(), asker, tuple(knowledge_bases), vertical, (), ())[1]
    except EmptyResultSet:  # Django saw that nothing can match
        return frozenset()


def _bases_check(asker: Asker, request: SearchRequest, *, found: Collection[uuid.UUID]) -> None:
    """A base without anything to find is asked for: it may be empty, or one that the asker does not see."""
    unsure = [base for base in request.knowledge_bases if base not in found]
    if not unsure:
        return
    seen = set(visible_knowledge_bases(asker).filter(pk__in=unsure).values_list("pk", flat=True))
    for base in unsure:
        if base not in seen:
            raise NotFound(
                _("There is no knowledge base %(base)s.") % {"base": base}, code="unknown_knowledge_base"
            )


def _filters(asker: Asker, request: SearchRequest) -> tuple[Conditions, tuple[Passages, ...]]:
    """What is wanted of versions, by their metadata, and of passages, by the verticals' own filters."""
    if not request.filters:
        return (), ()
    own = {
        slug: {one.name for one in loaded_verticals()[slug].passage_filters}
        for slug in _slugs(asker, request)
    }
    known = filter_names(asker, request).union(*own.values())
    for name in request.filters:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Invalid(
                _("'%(name)s' is no field to filter by; there are: %(known)s.")
                % {"name": name, "known": there},
                code="unknown_filter",
            )
    given = {name: _values(name, value) for name, value in request.filters.items()}
    passages = _passages(asker, own, given)
    of_passages = set().union(*own.values())
    conditions = (
        (name, tuple(value.lower() for value in values))
        for name, values in given.items()
        if name not in of_passages
    )
    return tuple(conditions), passages


def _passages(
    asker: Asker, own: Mapping[str, set[str]], given: Mapping[str, tuple[str, ...]]
) -> tuple[Passages, ...]:
    """The passages that each vertical's own filters leave; all must hold."""
    asked = {slug: {name: given[name] for name in sorted(names & set(given))} for slug, names in own.items()}
    return tuple(loaded_verticals()[slug].passages(asker, some) for slug, some in asked.items() if some)


def filter_names(asker: Asker, request: SearchRequest) -> set[str]:
    """The metadata fields that may be filtered by, of the verticals that the request is about."""
    return {
        field.name
        for slug in _slugs(asker, request)
        for field in loaded_verticals()[slug].metadata_fields
        if field.filterable
    }


def _slugs(asker: Asker, request: SearchRequest) -> list[str]:
    """The verticals that a request is about, of those that the asker may use."""
    slugs = {request.vertical} if request.vertical else set(loaded_verticals())
    if request.knowledge_bases and not request.vertical:
        bases = visible_knowledge_bases(asker).filter(pk__in=set(request.knowledge_bases))
        slugs = set(bases.values_list("vertical", flat=True))
    return [slug for slug in loaded_verticals() if slug in slugs and asker.may_use(slug)]


def _values(name: str, value: Any) -> tuple[str, ...]:
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    plain = all(isinstance(one, str | int | float) for one in values)
    if not values or len(values) > FILTER_VALUES or not plain:
        raise Invalid(
            _("The filter '%(name)s' takes a text, a number, or a list of 1 to %(limit)s of them.")
            % {"name": name, "limit": FILTER_VALUES},
            code="bad_filter",
        )
    return tuple(_text(one).replace("\x00", "") for one in values)


def _text(value: str | int | float) -> str:
    """As PostgreSQL writes it; 2019.0 is stored as 2019."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
