"""Reads of stored passages, of current and earlier versions, for whoever may see the document."""

from typing import Any

from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import NotFound
from collegium.knowledge.models import Chunk
from collegium.knowledge.selectors import Id, version_get, visible_documents


def chunk_get(asker: Asker, chunk_id: int | str) -> Chunk:
    """A passage with its version and document, or NotFound where the asker may not see the document."""
    rows = Chunk.objects.filter(version__document__in=visible_documents(asker).values("pk"))
    try:
        chunk = rows.select_related("version__document__knowledge_base").filter(pk=chunk_id).first()
    except ValueError:  # not the form of an id
        chunk = None
    if chunk is None:
        raise NotFound(_("There is no such passage."))
    return chunk


def version_blocks(asker: Asker, version_id: Id) -> list[dict[str, Any]]:
    """A version's text in reading order, passage by passage, with the places where each stands.

    Passages do not overlap; `start` and `end` count in the version's whole text.
    """
    version = version_get(asker, version_id)
    fields = ("pk", "kind", "text", "section", "locator", "page", "char_start", "char_end")
    return [
        {
            "chunk": pk,
            "kind": kind,
            "text": text,
            "section": section,
            "locator": locator,
            "page": page,
            "start": start,
            "end": end,
        }
        for pk, kind, text, section, locator, page, start, end in version.chunks.order_by(
            "ordinal"
        ).values_list(*fields)
    ]
