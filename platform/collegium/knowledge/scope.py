"""What one search may look at: the versions that the asker may see, narrowed by the request, as SQL."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import CharField, F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from collegium.accounts.asker import Asker
from collegium.errors import Invalid, NotFound
from collegium.knowledge.models import DocumentVersion
from collegium.knowledge.selectors import visible_knowledge_bases, visible_versions
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.retrieval import SearchRequest

FILTER_VALUES = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """`sql` with `params` selects the ids of the permitted versions; each half of search joins it first.

    `bases`: numbers of their knowledge bases; `chunks`: how many passages they have.
    """

    versions: QuerySet[DocumentVersion]
    sql: str
    params: tuple[Any, ...]
    bases: tuple[int, ...]
    chunks: int


def scope_build(asker: Asker, request: SearchRequest) -> Scope | None:
    """What the asker may search, or None where that is nothing.

    Raises NotFound for a knowledge base that the asker does not see, Invalid for an unknown filter.
    """
    versions = visible_versions(asker)
    if request.knowledge_bases:
        _bases_check(asker, request.knowledge_bases)
        versions = versions.filter(knowledge_base__in=set(request.knowledge_bases))
    if request.vertical:
        versions = versions.filter(knowledge_base__vertical=request.vertical)
    versions = _filtered(asker, versions, request)
    counted = versions.order_by().values(base=F("knowledge_base__number")).annotate(chunks=Sum("chunk_count"))
    held = {row["base"]: row["chunks"] for row in counted if row["chunks"]}
    if not held:
        return None
    try:
        sql, params = versions.order_by().values("id").query.sql_with_params()
    except EmptyResultSet:
        return None
    return Scope(versions, sql, tuple(params), tuple(sorted(held)), sum(held.values()))


def _bases_check(asker: Asker, wanted: Collection[Any]) -> None:
    seen = set(visible_knowledge_bases(asker).filter(pk__in=set(wanted)).values_list("pk", flat=True))
    for base in wanted:
        if base not in seen:
            raise NotFound(f"There is no knowledge base {base}.", code="unknown_knowledge_base")


def _filtered(
    asker: Asker, versions: QuerySet[DocumentVersion], request: SearchRequest
) -> QuerySet[DocumentVersion]:
    if not request.filters:
        return versions
    known = filter_names(asker, request)
    for name, value in request.filters.items():
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Invalid(f"'{name}' is no field to filter by; there are: {there}.", code="unknown_filter")
        versions = _having(versions, name, _values(name, value))
    return versions


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
            f"The filter '{name}' takes a text, a number, or a list of 1 to {FILTER_VALUES} of them.",
            code="bad_filter",
        )
    return [_text(one).casefold() for one in values]


def _text(value: str | int | float) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _having(versions: QuerySet[DocumentVersion], name: str, values: list[str]) -> QuerySet[DocumentVersion]:
    """Versions whose field is one of the values, or a list that holds one; without regard to case."""
    table = DocumentVersion._meta.db_table
    held = RawSQL(f'("{table}"."metadata" ->> %s)', [name], output_field=CharField())  # noqa: S611
    in_list = RawSQL(  # noqa: S611
        f"""(jsonb_typeof("{table}"."metadata" -> %s) = 'array' AND EXISTS (
            SELECT 1 FROM jsonb_array_elements_text(
                CASE WHEN jsonb_typeof("{table}"."metadata" -> %s) = 'array'
                     THEN "{table}"."metadata" -> %s ELSE '[]'::jsonb END) AS one(held)
            WHERE lower(held) = ANY(%s)))""",
        [name, name, name, values],
    )
    return versions.alias(field_text=Lower(held), field_list=in_list).filter(
        Q(field_text__in=values) | Q(field_list=True)
    )
