"""The permission filter of an asker as text: making it is the slowest part of a quick query.

The texts are kept because they hold nothing but the asker's own fields: what is shared, enabled or current is
looked up by the database each time that one is run. A test guards that making them asks the database nothing.
"""

import uuid
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from collegium.accounts.asker import Asker
from collegium.knowledge.models import DocumentVersion, VersionState
from collegium.knowledge.selectors import visible_documents, visible_versions

Sql = tuple[str, tuple[Any, ...]]
ASKERS_KEPT = 4096


@lru_cache(maxsize=ASKERS_KEPT)
def ready_versions_sql(asker: Asker) -> Sql:
    """The current, searchable versions that the asker may see, with what search narrows them by.

    Raises EmptyResultSet where Django sees that nothing can match.
    """
    return _text(visible_versions(asker).values("id", "knowledge_base_id", "chunk_count", "metadata"))


@lru_cache(maxsize=ASKERS_KEPT)
def versions_checked_sql(asker: Asker) -> Sql:
    """The `id` and `knowledge_base_id` of the same versions, in a form for checking a few that are known.

    By the ids of documents' current versions the database goes from a few versions to their documents; over
    10,000 filings a computed answer takes a third less so, and a search, which starts from all versions that
    are visible and a filter on them, four times as long. Raises EmptyResultSet as above.
    """
    current = visible_documents(asker).values("current_id")
    versions = DocumentVersion.objects.filter(state=VersionState.READY, pk__in=current)
    return _text(versions.values("id", "knowledge_base_id"))


@lru_cache(maxsize=ASKERS_KEPT)
def _documents_sql(asker: Asker) -> Sql:
    return _text(visible_documents(asker).values("id"))


def documents_seen(asker: Asker, documents: Collection[uuid.UUID | str]) -> frozenset[uuid.UUID]:
    """Those of these documents that are there and that the asker may see."""
    if not documents:
        return frozenset()
    try:
        visible, params = _documents_sql(asker)
    except EmptyResultSet:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({visible}) AS visible WHERE id = ANY(%s::uuid[])",
            [*params, [str(one) for one in documents]],
        )
        return frozenset(one for (one,) in cursor.fetchall())


def _text(rows: QuerySet[Any, dict[str, Any]]) -> Sql:
    sql, params = rows.order_by().query.sql_with_params()
    return sql, tuple(params)
