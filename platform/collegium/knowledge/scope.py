"""What one search may look at: the versions that the asker may see, narrowed by the request, as SQL."""

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import Invalid, NotFound
from collegium.knowledge.selectors import visible_knowledge_bases, visible_versions
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.retrieval import SearchRequest

FILTER_VALUES = 100

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
    try:
        visible, visible_params = visible_sql(asker)
    except EmptyResultSet:  # Django saw that nothing can match
        _bases_check(asker, request, found=set())
        return None
    params: list[Any] = [*visible_params]
    wheres = []
    if request.knowledge_bases:
        wheres.append("version.knowledge_base_id = ANY(%s)")
        params.append(list(request.knowledge_bases))
    if request.vertical:
        wheres.append("base.vertical = %s")
        params.append(request.vertical)
    for name, values in conditions:
        wheres.append(_FIELD_HOLDS)
        params += [name, values, name, name, values]
    rest = (
        f" FROM ({visible}) AS version"
        " JOIN knowledge_knowledgebase AS base ON base.id = version.knowledge_base_id"
        f" WHERE {' AND '.join(wheres) or 'true'}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT base.id, base.number, sum(version.chunk_count) {rest} GROUP BY base.id, base.number",
            params,
        )
        held = cursor.fetchall()
    _bases_check(asker, request, found={base for base, _number, _chunks in held})
    if not any(chunks for _base, _number, chunks in held):
        return None
    numbers = sorted(number for _base, number, _chunks in held)
    chunks = sum(count for _base, _number, count in held)
    return Scope(f"SELECT version.id {rest}", tuple(params), tuple(numbers), int(chunks))


@lru_cache(maxsize=4096)
def visible_sql(asker: Asker) -> tuple[str, tuple[Any, ...]]:
    """The permission filter of an asker as text, which is the slowest part of a search to make.

    Kept because it holds nothing but the asker's own fields: what is shared, enabled or current is looked up
    by the database each time that the text is run. A test guards that making it asks the database nothing.
    """
    columns = visible_versions(asker).order_by().values("id", "knowledge_base_id", "chunk_count", "metadata")
    sql, params = columns.query.sql_with_params()
    return sql, tuple(params)


def _bases_check(asker: Asker, request: SearchRequest, *, found: set[uuid.UUID]) -> None:
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


def _filters(asker: Asker, request: SearchRequest) -> list[tuple[str, list[str]]]:
    if not request.filters:
        return []
    known = filter_names(asker, request)
    for name in request.filters:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Invalid(
                _("'%(name)s' is no field to filter by; there are: %(known)s.")
                % {"name": name, "known": there},
                code="unknown_filter",
            )
    return [(name, _values(name, value)) for name, value in request.filters.items()]


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


def _values(name: str, value: Any) -> list[str]:
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    plain = all(isinstance(one, str | int | float) for one in values)
    if not values or len(values) > FILTER_VALUES or not plain:
        raise Invalid(
            _("The filter '%(name)s' takes a text, a number, or a list of 1 to %(limit)s of them.")
            % {"name": name, "limit": FILTER_VALUES},
            code="bad_filter",
        )
    return [_text(one).replace("\x00", "").lower() for one in values]


def _text(value: str | int | float) -> str:
    """As PostgreSQL writes it; 2019.0 is stored as 2019."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
