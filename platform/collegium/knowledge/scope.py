"""What one search may look at: the versions that the asker may see, narrowed by the request, as SQL."""

import uuid
from collections.abc import Collection
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

    `bases`: numbers of their knowledge bases; `chunks`: how many passages they have.
    """

    sql: str
    params: tuple[Any, ...]
    bases: tuple[int, ...]
    chunks: int


def scope_build(asker: Asker, request: SearchRequest) -> Scope | None:
    """What the asker may search, or None where that is nothing.

    Raises NotFound for a knowledge base that the asker does not see, Invalid for an unknown filter.
    """
    conditions = _filters(asker, request)
    narrowed = asker, tuple(request.knowledge_bases), request.vertical, conditions
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
    held_sql = f"""
        SELECT id, base.number, chunks FROM knowledge_knowledgebase AS base JOIN (
            SELECT version.knowledge_base_id AS id, sum(version.chunk_count) AS chunks {rest} GROUP BY 1
        ) AS held USING (id)"""
    with connection.cursor() as cursor:
        cursor.execute(held_sql, params)
        held = cursor.fetchall()
    found = frozenset(base for base, _number, _chunks in held)
    chunks = int(sum(count for _base, _number, count in held))
    if not chunks:
        return None, found
    numbers = sorted(number for _base, number, _chunks in held)
    return Scope(f"SELECT version.id {rest}", tuple(params), tuple(numbers), chunks), found


def bases_filled(
    asker: Asker, *, vertical: str = "", knowledge_bases: Collection[uuid.UUID] = ()
) -> frozenset[uuid.UUID]:
    """The knowledge bases, of those or of all, in which the asker sees a document that is ready."""
    try:
        return _scope_made(visibility_mark(), asker, tuple(knowledge_bases), vertical, ())[1]
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


def _filters(asker: Asker, request: SearchRequest) -> Conditions:
    if not request.filters:
        return ()
    known = filter_names(asker, request)
    for name in request.filters:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Invalid(
                _("'%(name)s' is no field to filter by; there are: %(known)s.")
                % {"name": name, "known": there},
                code="unknown_filter",
            )
    return tuple((name, _values(name, value)) for name, value in request.filters.items())


def filter_names(asker: Asker, request: SearchRequest) -> set[str]:
    """The metadata fields that may be filtered by, of the verticals that the request is about."""
    slugs = {request.vertical} if request.vertical else set(loaded_verticals())
    if request.knowledge_bases and not request.vertical:
        bases = visible_knowledge_bases(asker).filter(pk__in=set(request.knowledge_bases))
        slugs = set(bases.values_list("vertical", flat=True))
    return {
        field.name
        for slug, vertical in loaded_verticals().items()
        if slug in slugs and asker.may_use(slug)
        for field in vertical.metadata_fields
        if field.filterable
    }


def _values(name: str, value: Any) -> tuple[str, ...]:
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    plain = all(isinstance(one, str | int | float) for one in values)
    if not values or len(values) > FILTER_VALUES or not plain:
        raise Invalid(
            _("The filter '%(name)s' takes a text, a number, or a list of 1 to %(limit)s of them.")
            % {"name": name, "limit": FILTER_VALUES},
            code="bad_filter",
        )
    return tuple(_text(one).replace("\x00", "").lower() for one in values)


def _text(value: str | int | float) -> str:
    """As PostgreSQL writes it; 2019.0 is stored as 2019."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
