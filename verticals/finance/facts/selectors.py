"""Reads of filings and facts. What an asker may see is decided in the SQL, by the versions that they may see.

Of a figure that several filings state, the one that counts is the latest filing's, as of a day; where an
earlier filing states the same more precisely, its digits count.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from collegium.sdk.asker import Asker
from collegium.sdk.retrieval import visible_versions_sql
from verticals.finance.facts.entity import entity_key, identifier_key
from verticals.finance.facts.fact import Dims, Fact, Period

FACTS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A company with its filings, the latest first. `key`: its identifier, else its name, compared."""

    key: str
    identifier: str
    name: str
    names: tuple[str, ...]
    ticker: str
    gaap: str
    currency: str
    fiscal_year_end: str
    filings: tuple[int, ...]
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFiling:
    """A filing as it is stored, with the document and the version that hold it."""

    id: int
    document: UUID
    version: UUID
    knowledge_base: UUID
    title: str
    entity: str
    entity_key: str
    identifier: str
    ticker: str
    form: str
    period_end: date | None
    fiscal_year: int | None
    fiscal_period: str
    fiscal_year_end: str
    currency: str
    gaap: str
    language: str
    accepted_at: datetime | None
    known_on: date
    amends: str
    accession: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """Which facts are wanted.

    `entities`: identifiers, names or tickers, empty for all. `concepts`: prefix:local, empty for all.
    `start`, `end`: exact days; only `end` for instants and durations alike. `dims`: () for the whole entity
    alone, None for all, or certain members; with `axes` also what is stated along any of these. `filings`:
    those of one company alone. `as_of`: what was known on a day. `history`: every filing's statement, also
    those that later ones replaced. `duplicates`: also less precise statements within a filing.
    """

    knowledge_bases: tuple[UUID, ...] = ()
    entities: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    dims: Dims | None = ()
    axes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    filings: tuple[int, ...] = ()
    as_of: date | None = None
    history: bool = False
    duplicates: bool = False


_FILING_COLUMNS = (
    "filing.id, document.id, version.id, version.knowledge_base_id, document.title, filing.entity,"
    " filing.entity_key, filing.identifier, filing.ticker, filing.form, filing.period_end,"
    " filing.fiscal_year, filing.fiscal_period, filing.fiscal_year_end, filing.currency, filing.gaap,"
    " filing.language, filing.accepted_at, filing.known_on, filing.amends, filing.accession"
)
_FILING_TABLES = (
    " FROM finance_filing AS filing"
    " JOIN knowledge_documentversion AS version ON version.id = filing.version_id"
    " JOIN knowledge_document AS document ON document.id = version.document_id"
)


def filings_list(
    asker: Asker,
    *,
    knowledge_bases: Sequence[UUID] = (),
    entities: Sequence[str] = (),
    filings: Sequence[int] = (),
    as_of: date | None = None,
) -> list[StoredFiling]:
    """The filings that the asker may see, the latest first: of companies, or those of some ids."""
    query = FactQuery(
        knowledge_bases=tuple(knowledge_bases),
        entities=tuple(entities),
        filings=tuple(filings),
        as_of=as_of,
    )
    found = _filings_sql(asker, query, _FILING_COLUMNS)
    if found is None:
        return []
    sql, params = found
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY filing.known_on DESC, filing.id DESC", params)
        names = list(StoredFiling.__slots__)
        return [StoredFiling(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _filings_sql(asker: Asker, query: FactQuery, columns: str) -> tuple[str, list[Any]] | None:
    """The filings that are asked for and visible; None where nothing can be visible.

    What is asked for is looked up first, and only these versions are checked: the plan would else find all
    that the asker may see, for every question about one company.
    """
    visible = visible_versions_sql(asker)
    if visible is None:
        return None
    asked, params = _asked(query)
    checked = f"SELECT id FROM ({visible[0]}) AS visible"
    prefix = ""
    if asked:
        prefix = f"WITH asked AS MATERIALIZED (SELECT id, version_id FROM finance_filing WHERE {asked}) "
        checked += " WHERE visible.id = ANY(ARRAY(SELECT version_id FROM asked))"
    params += visible[1]
    conditions = [f"filing.version_id IN ({checked})"]
    if asked:
        conditions.append("filing.id IN (SELECT id FROM asked)")
    if query.knowledge_bases:
        conditions.append("version.knowledge_base_id = ANY(%s)")
        params.append(list(query.knowledge_bases))
    if query.as_of:
        conditions.append("filing.known_on <= %s")
        params.append(query.as_of)
    return f"{prefix}SELECT {columns}{_FILING_TABLES} WHERE {' AND '.join(conditions)}", params


def _asked(query: FactQuery) -> tuple[str, list[Any]]:
    """Which filings are meant: of companies by identifier, name or ticker, or by their ids."""
    conditions: list[str] = []
    params: list[Any] = []
    if query.entities:
        conditions.append("(identifier = ANY(%s) OR entity_key = ANY(%s) OR ticker = ANY(%s))")
        named = (
            [identifier_key(one) for one in query.entities],
            [entity_key(one) for one in query.entities],
            [one.strip().upper() for one in query.entities],
        )
        params += [[one for one in names if one] for names in named]
    if query.filings:
        conditions.append("id = ANY(%s)")
        params.append(list(query.filings))
    return " AND ".join(conditions), params


def filings_mark(asker: Asker, *, knowledge_bases: Sequence[UUID] = ()) -> tuple[int, int]:
    """A mark of the filings that the asker may see: another set, or one of them changed, has another mark.

    `xmin` is the transaction that last wrote a row.
    """
    query = FactQuery(knowledge_bases=tuple(knowledge_bases))
    found = _filings_sql(
        asker,
        query,
        "count(*), coalesce(bit_xor(hashtextextended(filing.id || ':' || filing.xmin::text, 0)), 0)",
    )
    if found is None:
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(*found)
        count, mark = cursor.fetchone()
    return count, mark


def filings_with_facts(asker: Asker, filings: Sequence[int]) -> set[int]:
    """Those of these filings of which facts are stored."""
    has = "filing.id, EXISTS (SELECT FROM finance_fact AS fact WHERE fact.filing_id = filing.id)"
    found = _filings_sql(asker, FactQuery(filings=tuple(filings)), has)
    if found is None:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(*found)
        return {number for number, filled in cursor.fetchall() if filled}


def entities_list(asker: Asker, *, knowledge_bases: Sequence[UUID] = ()) -> list[Entity]:
    """The companies whose filings the asker may see, by name.

    Filings without an identifier belong to the company of the same name, where there is but one such.
    """
    filings = filings_list(asker, knowledge_bases=knowledge_bases)
    return sorted(entities_of(filings).values(), key=lambda one: (one.name.casefold(), one.key))


def entities_find(asker: Asker, text: str, *, knowledge_bases: Sequence[UUID] = ()) -> list[Entity]:
    """The companies that an identifier, a name or a ticker means: the one of exactly that key, else all."""
    named = filings_list(asker, knowledge_bases=knowledge_bases, entities=[text])
    keys = {key for one in named for key in (one.identifier, one.entity_key) if key}
    if not keys:
        return []
    groups = entities_of(filings_list(asker, knowledge_bases=knowledge_bases, entities=sorted(keys)))
    meant = {one.id for one in named}
    found = [one for one in groups.values() if meant & set(one.filings)]
    exact = [one for one in found if one.key in (text.strip(), identifier_key(text))]
    return exact or found


def entities_of(filings: Sequence[StoredFiling]) -> dict[str, Entity]:
    """Key -> company, of filings with the latest first."""
    named: dict[str, set[str]] = {}
    for filing in filings:
        if filing.identifier:
            named.setdefault(filing.entity_key, set()).add(filing.identifier)
    groups: dict[str, list[StoredFiling]] = {}
    for filing in filings:
        same = named.get(filing.entity_key, set())
        key = filing.identifier or (next(iter(same)) if len(same) == 1 else filing.entity_key)
        groups.setdefault(key, []).append(filing)
    return {key: _entity(key, group) for key, group in groups.items()}


def _entity(key: str, filings: Sequence[StoredFiling]) -> Entity:
    def latest(name: str) -> str:
        return next((value for one in filings if (value := getattr(one, name))), "")

    ends = [one.period_end for one in filings if one.period_end]
    return Entity(
        key=key,
        identifier=latest("identifier"),
        name=latest("entity"),
        names=tuple(dict.fromkeys(one.entity for one in filings)),
        ticker=latest("ticker"),
        gaap=latest("gaap"),
        currency=latest("currency"),
        fiscal_year_end=latest("fiscal_year_end"),
        filings=tuple(one.id for one in filings),
        first=min(ends, default=None),
        last=max(ends, default=None),
    )


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
    filings = _filings_sql(asker, query, columns)
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


def _stored_fact(row: Sequence[Any]) -> StoredFact:
    dims, locator, footnotes = (json.loads(one) if isinstance(one, str) else one for one in row[16:19])
    fact = Fact(
        concept=row[9],
        period=Period(start=row[10], end=row[11]),
        unit=row[12],
        value=row[13],
        decimals=row[14],
        is_nil=row[15],
        dims=tuple(sorted(dims.items())),
        locator=locator,
        footnotes=tuple(footnotes),
        is_duplicate=row[19],
    )
    return StoredFact(
        id=row[0], filing=row[1], document=row[2], version=row[3], entity=row[4], identifier=row[5],
        entity_key=row[6], form=row[7], known_on=row[8], fact=fact,
    )  # fmt: skip
