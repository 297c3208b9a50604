"""Millions of rows at once: COPY into the tables of terminologies, from version to version, removal."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection

BATCH_ROWS = 50_000
TABLES = (
    "medical_description", "medical_termword", "medical_relationship", "medical_axiom", "medical_member",
    "medical_concept",
)  # fmt: skip
_GIN = ("concept_lineage", "description_words", "term_word_like")


def rows_copy(
    table: str, columns: Sequence[str], lines: Iterable[Sequence[Any]], *, heard: Callable[[int], None]
) -> int:
    """Write rows by COPY; after each batch `heard` is told how many there are. Returns their number."""
    named = ", ".join(f'"{name}"' for name in columns)
    rest = iter(lines)
    done = 0
    while batch := list(islice(rest, BATCH_ROWS)):
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
            for line in batch:
                copy.write_row(line)
        done += len(batch)
        heard(done)
    return done


def ids_take(table: str, count: int) -> list[int]:
    """Ids for rows that are to be written, which no other load gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor.fetchall()]


def bulk_settings() -> None:
    """In this transaction: index entries are gathered in memory before they are sorted in."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL maintenance_work_mem = '256MB'")


def tables_settle() -> None:
    """Sort in what the indexes have gathered, and count values anew: queries are planned by that."""
    with connection.cursor() as cursor:
        for name in _GIN:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")


def version_rows_remove(version: int) -> None:
    """Remove all that was written of a version."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE version_id = %s", [version])


def rows_carry(
    table: str,
    columns: Sequence[str],
    concepts: Sequence[str],
    *,
    base: int,
    version: int,
    but: Sequence[str],
) -> int:
    """Copy the rows of the base version, but those of some codes, to the version. Returns their number.

    `concepts`: the columns that name a concept, which becomes the one of the same code in the new version.
    """
    plain = [name for name in columns if name not in concepts and name != "version_id"]
    source = ", ".join([*(f'r."{name}"' for name in plain), *(f"n{at}.id" for at in range(len(concepts)))])
    joins = " ".join(
        f"LEFT JOIN medical_concept o{at} ON o{at}.id = r.{name} "
        f"LEFT JOIN medical_concept n{at} ON n{at}.version_id = %(version)s AND n{at}.code = o{at}.code"
        for at, name in enumerate(concepts)
    )
    target = ", ".join(f'"{name}"' for name in (*plain, *concepts, "version_id"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({target}) SELECT {source}, %(version)s FROM {table} r {joins} "
            "WHERE r.version_id = %(base)s AND r.code <> ALL(%(but)s)",
            {"version": version, "base": base, "but": list(but)},
        )
        return cursor.rowcount
