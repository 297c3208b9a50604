"""What a version leaves in the database."""

from django.db import connection

from verticals.medical.terminology.partitions import TABLES, partition


def tables_left(version):
    """The version's own tables that there are, attached or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s)",
            [[partition(one, version.pk) for one in TABLES]],
        )
        return len(cursor.fetchall())
