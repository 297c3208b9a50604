"""Writes a version's filings and facts, in the transaction that makes the version searchable.

Facts that stay the same when a version is read again keep their ids, which answers may have named.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection

from collegium.sdk.vertical import IndexedVersion
from verticals.finance import models
from verticals.finance.facts.codec import filings_read, statements_value
from verticals.finance.facts.entity import entity_key, identifier_key
from verticals.finance.facts.fact import Fact, Filing, ReadFiling
from verticals.finance.metrics.periods import PARTS

_COLUMNS = (
    'filing_id, concept, start, "end", value, unit, decimals, is_nil, is_duplicate, dims, locator, footnotes'
)

YEARS = range(1800, 2201)  # of fiscal years that people may state


def filings_write(version: IndexedVersion) -> None:
    """Replace what is stored of a document by the filings of this version.

    What people stated of the document (its metadata) goes before what the filing says of itself. Raises
    FactsInvalid where the reading process handed over what are no filings.
    """
    read = filings_corrected(filings_read(version.data.get("filings", [])), version)
    models.Filing.objects.filter(version__document_id=version.document).exclude(
        version_id=version.version
    ).delete()
    kept = {row.position: row for row in models.Filing.objects.filter(version_id=version.version)}
    for position, one in enumerate(read):
        row = kept.pop(position, None) or models.Filing(version_id=version.version, position=position)
        _filing_fill(row, one)
        row.save()
        _facts_write(row, one.facts)
    models.Filing.objects.filter(pk__in=[row.pk for row in kept.values()]).delete()


def filings_remove(document: UUID) -> None:
    """Remove all filings of a document with their facts."""
    models.Filing.objects.filter(version__document_id=document).delete()


def filings_corrected(read: Sequence[ReadFiling], version: IndexedVersion) -> list[ReadFiling]:
    """The filings with the document's metadata put over what they say; one without facts is a filing too.

    Of several filings in one document only the company's own fields are common to all.
    """
    stated = _stated(version.metadata)
    if not read:
        return [ReadFiling(filing=Filing(**stated), facts=())] if stated.get("entity") else []
    common = {name: stated[name] for name in ("entity", "identifier", "ticker") if name in stated}
    of_first = stated if len(read) == 1 else common
    first = read[0].filing.identifier
    corrected = []
    for number, one in enumerate(read):
        ours = number == 0 or (one.filing.identifier == first and one.filing.accession)
        changes = of_first if number == 0 else common if ours else {}
        filing = replace(one.filing, **changes)
        filing = filing if filing.language else replace(filing, language=version.language)
        corrected.append(replace(one, filing=filing))
    return corrected


def _stated(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The document's metadata as fields of a filing, as far as they are stated."""
    period = str(metadata.get("period") or "")
    filed = _day(metadata.get("filed"))
    year = metadata.get("fiscal_year")
    form = str(metadata.get("form") or "")
    found = {
        "entity": " ".join(str(metadata.get("company") or "").split())[:300],
        "identifier": identifier_key(str(metadata.get("identifier") or ""))[:300],
        "ticker": str(metadata.get("ticker") or "")[:20],
        "form": form[:40],
        "amends": form[:-2] if form.endswith("/A") else "",
        "period_end": _day(metadata.get("period_end")),
        "fiscal_year": year if isinstance(year, int) and year in YEARS else None,
        "fiscal_period": _part(period),
        "fiscal_year_end": str(metadata.get("fiscal_year_end") or "")[:7],
        "currency": str(metadata.get("currency") or "")[:10],
        "gaap": str(metadata.get("gaap") or "")[:10],
        "language": str(metadata.get("report_language") or "")[:8],
        "accepted_at": datetime.combine(filed, time(), UTC) if filed else None,
    }
    return {name: value for name, value in found.items() if value}


def _part(period: str) -> str:
    """The part of the year that a period names: FY of FY2023, Q3 of 2023Q3; empty where it names none."""
    if period.startswith("FY"):
        return "FY"
    part = period[4:].strip(" -").upper()
    return part if period[:4].isdigit() and part in PARTS else ""


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _filing_fill(row: models.Filing, read: ReadFiling) -> None:
    for name in Filing.__slots__:
        setattr(row, name, getattr(read.filing, name))
    row.entity = read.filing.entity or read.filing.identifier or "?"
    row.entity_key = entity_key(row.entity)
    row.identifier = " ".join(row.identifier.split())
    row.ticker = row.ticker.upper()
    row.known_on = known_on(read)
    row.statements = statements_value(read.statements)


def known_on(read: ReadFiling) -> date:
    """The day from which a filing's values count: of its acceptance, else the report's own latest day."""
    filing = read.filing
    if filing.accepted_at is not None:
        return filing.accepted_at.date()
    if read.known_on or filing.period_end:
        return max(day for day in (read.known_on, filing.period_end) if day)
    if filing.fiscal_year:
        month, day = {"Q1": (3, 31), "Q2": (6, 30), "H1": (6, 30), "Q3": (9, 30), "9M": (9, 30)}.get(
            filing.fiscal_period, (12, 31)
        )
        return date(filing.fiscal_year, month, day)
    return datetime.now(UTC).date()


def _facts_write(row: models.Filing, facts: Sequence[Fact]) -> None:
    """Make these, and no others, the facts of a filing."""
    lines = {_key(line): line for line in (_line(row.pk, fact) for fact in facts)}
    before = _stored(row.pk)
    gone = [pk for key, (pk, _rest) in before.items() if key not in lines]
    changed = [
        (before[key][0], line) for key, line in lines.items() if key in before and before[key][1] != line[10:]
    ]
    if gone:
        models.Fact.objects.filter(pk__in=gone).delete()
    with connection.cursor() as cursor:
        for pk, line in changed:
            cursor.execute(
                "UPDATE finance_fact SET locator = %s, footnotes = %s WHERE id = %s", [line[10], line[11], pk]
            )
    facts_copy(line for key, line in lines.items() if key not in before)


def facts_copy(lines: Iterable[tuple[Any, ...]]) -> None:
    """Add rows of facts in bulk; each is in the order of the table's columns."""
    with connection.cursor() as cursor, cursor.copy(f"COPY finance_fact ({_COLUMNS}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row(line)


def _line(filing: int, fact: Fact) -> tuple[Any, ...]:
    return (
        filing,
        fact.concept,
        fact.period.start,
        fact.period.end,
        fact.value,
        fact.unit,
        fact.decimals,
        fact.is_nil,
        fact.is_duplicate,
        _json(dict(fact.dims)),
        _json(fact.locator),
        _json(list(fact.footnotes)),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _key(line: Sequence[Any]) -> tuple[Any, ...]:
    """What makes a fact the same when it is read again: all but its place and the remarks on it."""
    value = line[4]
    return (*line[1:4], None if value is None else format(value, "f"), *line[5:10])


def _stored(filing: int | None) -> dict[tuple[Any, ...], tuple[int, tuple[str, str]]]:
    """Key -> id, locator and footnotes of the facts that are stored of a filing."""
    rows = models.Fact.objects.filter(filing_id=filing).values_list(
        "filing_id", "concept", "start", "end", "value", "unit", "decimals", "is_nil", "is_duplicate", "dims",
        "locator", "footnotes", "id",
    )  # fmt: skip
    found = {}
    for row in rows:
        line = (*row[:9], *map(_json, row[9:12]))
        found[_key(line)] = (row[12], (line[10], line[11]))
    return found
