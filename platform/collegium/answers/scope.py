"""What a question is asked over: the knowledge bases and documents that the asker may see."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import NotFound
from collegium.knowledge.selectors import visible_documents, visible_knowledge_bases, visible_versions


@dataclass(frozen=True, slots=True)
class Searched:
    """The knowledge bases in reach (id and name) and how many of their documents are ready, or still being
    read.
    """

    bases: tuple[dict[str, str], ...]
    documents: int
    pending: int

    def as_dict(self) -> dict[str, Any]:
        return {"knowledge_bases": list(self.bases), "documents": self.documents}


def bases_checked(asker: Asker, vertical: str, wanted: Sequence[uuid.UUID | str]) -> tuple[uuid.UUID, ...]:
    """The ids as UUIDs; NotFound for one that the asker does not see or that is of another vertical."""
    ids = []
    for one in dict.fromkeys(wanted):
        try:
            ids.append(one if isinstance(one, uuid.UUID) else uuid.UUID(str(one)))
        except ValueError as error:
            raise NotFound(
                _("There is no knowledge base %(base)s.") % {"base": f"'{str(one)[:60]}'"}
            ) from error
    visible = visible_knowledge_bases(asker).filter(vertical=vertical, pk__in=ids)
    seen = set(visible.values_list("pk", flat=True))
    for one in ids:
        if one not in seen:
            raise NotFound(
                _("There is no knowledge base %(base)s of '%(vertical)s'.")
                % {"base": one, "vertical": vertical}
            )
    return tuple(ids)


def scope_searched(asker: Asker, vertical: str, bases: Sequence[uuid.UUID]) -> Searched:
    """What a question over these knowledge bases (none: all of the vertical) can reach."""
    rows = visible_knowledge_bases(asker).filter(vertical=vertical)
    documents = visible_documents(asker).filter(knowledge_base__vertical=vertical)
    versions = visible_versions(asker).filter(knowledge_base__vertical=vertical)
    if bases:
        rows, documents = rows.filter(pk__in=bases), documents.filter(knowledge_base__in=bases)
        versions = versions.filter(knowledge_base__in=bases)
    ready = versions.count()
    named = tuple(
        {"id": str(pk), "name": name} for pk, name in rows.order_by("name").values_list("pk", "name")
    )
    return Searched(named, ready, documents.count() - ready)
