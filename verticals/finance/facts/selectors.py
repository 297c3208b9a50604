"""Reads of facts. What an asker may see is decided in the SQL, by the versions that they may see.

Of a figure that several filings state, the one that counts is the latest filing's, as of a day; where an
earlier filing states the same more precisely, its digits count.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from collegium.sdk.asker import Asker
from verticals.finance.facts.fact import Fact, Period
from verticals.finance.facts.filings import filings_sql
from verticals.finance.facts.query import FactQuery

FACTS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFact:
    """A fact with its id and the filing that states it."""

    id: int
    filing: int
    document: UUID
    version: UUID
    entity: str
    identifier: str
    entity_key: str
    form: str
    known_on: date
    fact: Fact


def facts_find(asker: Asker, query: FactQuery, *, after: int = 0, limit: int = FACTS_MAX) -> list[StoredFact]:
    """The facts that the asker may see, by id from `after` on."""
    statement = _facts_sql(asker, query)
    if statement is None:
        return []
    sql, params = statement
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} WHERE id > %s ORDER BY id LIMIT %s", [*params, after, limit])
        return [_stored_fact(row) for row in cursor.fetchall()]


_FACT_COLUMNS = (
    "id, filing_id, document_id, version_id, entity, identifier, entity_key, form, known_on, concept, start,"
    ' "end", unit, value, decimals, is_nil, dims, locator, footnotes, is_duplicate'
)
_ENTITY = "coalesce(nullif(identifier, ''), entity_key), "
_FIGURE = 'concept, unit, start, "end", dims'
_LATEST = "known_on DESC, accepted_at DESC NULLS LAST, amends <> '' DESC, filing_id DESC, is_duplicate, id"
# The latest filing's statement of each figure; among those that rounding reconciles with it, the most exact.
_COUNTS = """
SELECT DISTINCT ON ({figure}) {columns}
FROM (
    SELECT stated.*, first_value(value) OVER latest AS newest,
        first_value(decimals) OVER latest AS newest_decimals
    FROM stated WINDOW latest AS (PARTITION BY {figure} ORDER BY {latest})
) AS stated
WHERE value IS NOT DISTINCT FROM newest OR abs(value - newest) <=
    CASE WHEN decimals IS NULL THEN 0 ELSE 0.5 * power(10::numeric, -decimals) END
    + CASE WHEN newest_decimals IS NULL THEN 0 ELSE 0.5 * power(10::numeric, -newest_decimals) END
ORDER BY {figure}, decimals DESC NULLS FIRST, {latest}
"""


def _facts_sql(asker: Asker, query: FactQuery) -> tuple[str, list[Any]] | None:
    columns = (
        "filing.id, filing.entity, filing.identifier, filing.entity_key, filing.form, filing.known_on,"
        " filing.accepted_at, filing.amends, version.id AS version_id, document.id AS document_id"
    )
    filings = filings_sql(asker, query, columns)
    if filings is None:
        return None
    sql, params = filings
    conditions, more = _fact_conditions(query)
    stated = (
        f"WITH filing AS MATERIALIZED ({sql}), stated AS ("
        " SELECT fact.*, filing.entity, filing.identifier, filing.entity_key, filing.form, filing.known_on,"
        " filing.accepted_at, filing.amends, filing.version_id, filing.document_id"
        " FROM filing JOIN finance_fact AS fact ON fact.filing_id = filing.id"
        f" WHERE {' AND '.join(conditions)})"
    )
    counted = f"SELECT {_FACT_COLUMNS} FROM stated"
    if not query.history:
        figure = _FIGURE if query.filings else _ENTITY + _FIGURE
        counted = _COUNTS.format(figure=figure, columns=_FACT_COLUMNS, latest=_LATEST)
    return f"{stated} SELECT * FROM ({counted}) AS counted", params + more


def _fact_conditions(query: FactQuery) -> tuple[list[str], list[Any]]:
    conditions, params = ["true"], []
    for column, values in (("concept", query.concepts), ("unit", query.units)):
        if values:
            conditions.append(f"fact.{column} = ANY(%s)")
            params.append(list(values))
    for column, day in (("start", query.start), ('"end"', query.end)):
        if day is not None:
            conditions.append(f"fact.{column} = %s")
            params.append(day)
    if query.dims is not None:
        along = " OR fact.dims ?| %s::text[]" if query.axes else ""
        conditions.append(f"(fact.dims = %s::jsonb{along})")
        params.append(json.dumps(dict(query.dims)))
        params += [list(query.axes)] if query.axes else []
    if not query.duplicates:
        conditions.append("NOT fact.is_duplicate")
    return conditions, params


def _json(held: Any) -> Any:
    if held == "{}" or held == "[]":  # most of them, and a question reads hundreds
        return ()
    return json.loads(held) if isinstance(held, str) else held


def _stored_fact(row: Sequence[Any]) -> StoredFact:
    dims, locator, footnotes = map(_json, row[16:19])
    fact = Fact(
        concept=row[9],
        period=Period(start=row[10], end=row[11]),
        unit=row[12],
        value=row[13],
        decimals=row[14],
        is_nil=row[15],
        dims=tuple(sorted(dims.items())) if dims else (),
        locator=locator or {},
        footnotes=tuple(footnotes),
        is_duplicate=row[19],
    )
    return StoredFact(
        id=row[0], filing=row[1], document=row[2], version=row[3], entity=row[4], identifier=row[5],
        entity_key=row[6], form=row[7], known_on=row[8], fact=fact,
    )  # fmt: skip
