"""Tables of one version: made beside the ones in use, filled, indexed when full, attached, dropped."""

import re
from collections.abc import Callable

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from collegium.sdk.errors import Conflict

TABLES = (
    "medical_concept", "medical_closure", "medical_description", "medical_termword", "medical_relationship",
    "medical_axiom", "medical_member",
)  # fmt: skip
_INDEX = re.compile(r"CREATE INDEX \S+ ON (?:ONLY )?\S+ USING (.+)", re.DOTALL)


def partition(table: str, version: int) -> str:
    """The name of the table that holds the version's rows."""
    return f"{table}_{int(version)}"


def partition_make(table: str, version: int) -> None:
    """Make the version's table without indexes; what an earlier attempt left of it is dropped.

    The check spares the scan of all rows when the table is attached.
    """
    name = partition(table, version)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(
            f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS, "
            f"CONSTRAINT {name}_version CHECK (version_id = {int(version)}))"
        )


def partition_index(table: str, version: int) -> None:
    """Build the keys and indexes that the whole table has, and count values: queries are planned by that."""
    name = partition(table, version)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'ADD ' || pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('p', 'u') ORDER BY conname",
            [table],
        )
        constraints = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY 1",
            [table],
        )
        found = [_INDEX.fullmatch(row[0]) for row in cursor.fetchall()]
        for constraint in constraints:
            cursor.execute(f"ALTER TABLE {name} {constraint}")
        for index in found:
            if index is None:
                raise RuntimeError(f"An index of {table} is of a form that is not known here.")
            cursor.execute(f"CREATE INDEX ON {name} USING {index[1]}")
        cursor.execute(f"ANALYZE {name}")


def partitions_index(version: int, heard: Callable[[int], None]) -> int:
    """Index all tables of the version, those that no stage has written too; tells how many are done."""
    for done, table in enumerate(TABLES, 1):
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NULL", [partition(table, version)])
            if cursor.fetchone()[0]:
                partition_make(table, version)
        partition_index(table, version)
        heard(done)
    return len(TABLES)


def partitions_attach(version: int) -> None:
    """Make the version's tables parts of the whole ones; those who ask of other versions do not wait."""
    with connection.cursor() as cursor:
        for table in TABLES:
            name = partition(table, version)
            cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES IN ({int(version)})")
            cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_version")


def partitions_drop(version: int) -> None:
    """Remove all that was written of a version. Raises Conflict where long questions hold the tables."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            for table in TABLES:
                cursor.execute(f"DROP TABLE IF EXISTS {partition(table, version)}")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise Conflict("Terminologies are being asked without a pause. Try again later.") from error
