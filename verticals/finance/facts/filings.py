"""Reads of filings and of their companies, decided in the SQL by the versions that the asker may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from collegium.sdk.asker import Asker
from collegium.sdk.retrieval import visible_versions_sql
from verticals.finance.facts.entity import entity_key, identifier_key
from verticals.finance.facts.query import FactQuery


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
    found = filings_sql(asker, query, _FILING_COLUMNS)
    if found is None:
        return []
    sql, params = found
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY filing.known_on DESC, filing.id DESC", params)
        names = list(StoredFiling.__slots__)
        return [StoredFiling(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def filings_sql(asker: Asker, query: FactQuery, columns: str) -> tuple[str, list[Any]] | None:
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
    visible = visible_versions_sql(asker)
    if visible is None:
        return 0, 0
    chosen = "WHERE knowledge_base_id = ANY(%s)" if knowledge_bases else ""
    sql = (
        "SELECT count(*), coalesce(bit_xor(hashtextextended(filing.id || ':' || filing.xmin::text, 0)), 0)"
        " FROM finance_filing AS filing"
        f" WHERE filing.version_id IN (SELECT id FROM ({visible[0]}) AS visible {chosen})"
    )
    params = [*visible[1], *([list(knowledge_bases)] if knowledge_bases else [])]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        count, mark = cursor.fetchone()
    return count, mark


def filings_with_facts(asker: Asker, filings: Sequence[int]) -> set[int]:
    """Those of these filings of which facts are stored."""
    has = "filing.id, EXISTS (SELECT FROM finance_fact AS fact WHERE fact.filing_id = filing.id)"
    found = filings_sql(asker, FactQuery(filings=tuple(filings)), has)
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
