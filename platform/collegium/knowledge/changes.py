"""A mark of who may see what: what was derived from it may be kept for as long as the mark stays.

The triggers of migration 0003 note each change of grants, documents, versions, knowledge bases and enabled
verticals; a vertical whose own rows matter puts the same trigger on its table.
"""

from django.db import connection

from collegium.knowledge.models import VisibilityChange

NOTES_KEPT = 1000


def visibility_mark() -> tuple[int, int]:
    """The mark, in one short query. Read it before what it is to mark.

    A note is part of the transaction that it tells of, so a change that can be seen has changed the mark;
    numbers are never given twice, so no two states have one sum.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(sum(id), 0) FROM knowledge_visibilitychange")
        count, total = cursor.fetchone()
    return int(count), int(total)


def visibility_notes_sweep() -> None:
    """Remove old notes: the mark is made of all that are kept."""
    newest = VisibilityChange.objects.order_by("-pk").values_list("pk", flat=True)[NOTES_KEPT:]
    if (last := newest.first()) is not None:
        VisibilityChange.objects.filter(pk__lte=last).delete()
