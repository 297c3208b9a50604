"""Millions of rows at once: COPY into a version's own tables, and from version to version."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from verticals.medical.terminology.partitions import partition, partition_make

BATCH_ROWS = 50_000
_NULL = r"\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def rows_copy(
    table: str,
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    *,
    version: int,
    heard: Callable[[int], None],
) -> int:
    """Write rows by COPY into the version's table, which this transaction has made; returns their number.

    After each batch `heard` is told how many there are. FREEZE: the rows need not be visited again.
    """
    named = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {partition(table, version)} ({named}) FROM STDIN WITH (FREEZE)"
    rest = iter(lines)
    done = 0
    while batch := list(islice(rest, BATCH_ROWS)):
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write("".join(map(_line, batch)))
        done += len(batch)
        heard(done)
    return done


def _line(cells: Sequence[Any]) -> str:
    """A row as COPY reads it. What has to be escaped is rare, and looked for in the whole line first."""
    line = "\t".join([cell if type(cell) is str else _NULL if cell is None else str(cell) for cell in cells])
    nulls = cells.count(None)
    if line.count("\\") != nulls or line.count("\t") != len(cells) - 1 or "\n" in line or "\r" in line:
        line = "\t".join([_NULL if cell is None else str(cell).translate(_ESCAPED) for cell in cells])
    return f"{line}\n"


def ids_take(table: str, count: int) -> list[int]:
    """Ids for rows that are to be written, ascending, which no other load gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return sorted(row[0] for row in cursor.fetchall())


def ids_written(version: int) -> dict[str, int]:
    """code -> id of the concepts in the version's own table, which need not be attached."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT code, id FROM {partition('medical_concept', version)}")
        return dict(cursor.fetchall())


def array(values: Iterable[object]) -> str:
    """Numbers or codes as PostgreSQL reads an array; a list would be adapted one element at a time."""
    return f"{{{','.join(map(str, values))}}}"


def bulk_settings() -> None:
    """In this transaction: memory for the sorting that indexes are built by."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '128MB'")


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
        f"LEFT JOIN medical_concept o{at} ON o{at}.version_id = %(base)s AND o{at}.id = r.{name} "
        f"LEFT JOIN {partition('medical_concept', version)} n{at} ON n{at}.code = o{at}.code"
        for at, name in enumerate(concepts)
    )
    target = ", ".join(f'"{name}"' for name in (*plain, *concepts, "version_id"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {partition(table, version)} ({target}) SELECT {source}, %(version)s FROM {table} r "
            f"{joins} WHERE r.version_id = %(base)s AND r.code <> ALL(%(but)s)",
            {"version": version, "base": base, "but": list(but)},
        )
        return cursor.rowcount


def stage_table(table: str, version: int) -> None:
    """Begin a stage that writes a table: in its own transaction, so that a broken off one leaves nothing."""
    bulk_settings()
    partition_make(table, version)
