"""Passages as what asks for them sees them, and those that hold places which are known already."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from collegium.accounts.asker import Asker
from collegium.sdk.answering import TextPlace
from collegium.sdk.retrieval import Hit, visible_versions_sql

HIT_COLUMNS = (
    "chunk.id, version.document_id, version.id, version.knowledge_base_id, document.title, chunk.text,"
    " chunk.kind, chunk.section, chunk.locator, chunk.page, chunk.boxes, chunk.lines, version.metadata,"
    " version.language"
)
HIT_TABLES = (
    " FROM knowledge_chunk AS chunk"
    " JOIN knowledge_documentversion AS version ON version.id = chunk.version_id"
    " JOIN knowledge_document AS document ON document.id = version.document_id"
)
# The wanted versions are held against what the asker may see before any passage is looked at.
_PLACED = """
WITH place AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[])
        WITH ORDINALITY AS place (version, first, past, number)
), allowed AS MATERIALIZED (
    SELECT id FROM ({visible}) AS visible WHERE id = ANY(%s::uuid[])
)
SELECT {columns}, place.number - 1, place.first - chunk.char_start, place.past - chunk.char_start{tables}
JOIN place ON place.version = version.id AND chunk.char_start <= place.first AND chunk.char_end >= place.past
WHERE version.id IN (SELECT id FROM allowed)
"""


def passages_holding(asker: Asker, places: Sequence[TextPlace]) -> list[tuple[Hit, int, int] | None]:
    """For each place the passage that holds it whole, with the place's characters in it.

    None for a place that no passage holds, or in a version that the asker may not see.
    """
    found: list[tuple[Hit, int, int] | None] = [None] * len(places)
    visible = visible_versions_sql(asker) if places else None
    if visible is None:
        return found
    versions = [place.version for place in places]
    columns = [versions, [place.start for place in places], [place.end for place in places]]
    sql = _PLACED.format(visible=visible[0], columns=HIT_COLUMNS, tables=HIT_TABLES)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns, *visible[1], versions])
        for *row, number, start, end in cursor.fetchall():
            found[number] = hit_made(row, 1.0), start, end
    return found


def hit_made(
    row: Sequence[Any], score: float, *, similarity: float | None = None, lexical: float | None = None
) -> Hit:
    """The passage of a row of HIT_COLUMNS."""
    chunk, document, version, base, title, text, kind, *rest, language = row
    section, locator, page, boxes, lines, metadata = rest
    return Hit(
        chunk=chunk,
        document=document,
        version=version,
        knowledge_base=base,
        title=title,
        text=text,
        kind=kind,
        section=tuple(json.loads(section)),
        locator=json.loads(locator),
        page=page,
        boxes=tuple(tuple(box) for box in json.loads(boxes)),
        lines=tuple(json.loads(lines)),
        metadata=json.loads(metadata),
        language=language,
        score=score,
        similarity=similarity,
        lexical=None if lexical is None else min(1.0, lexical),
    )
