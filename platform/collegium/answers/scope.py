"""What a question is asked over: the knowledge bases and documents that the asker may see."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import NotFound
from collegium.knowledge.models import Document, VersionState
from collegium.knowledge.scope import bases_filled
from collegium.knowledge.selectors import visible_documents, visible_knowledge_bases


@dataclass(frozen=True, slots=True)
class Searched:
    """The knowledge bases in reach (id and name) and how many of their documents are ready."""

    bases: tuple[dict[str, str], ...]
    documents: int

    def as_dict(self) -> dict[str, Any]:
        return {"knowledge_bases": list(self.bases), "documents": self.documents}


def bases_checked(asker: Asker, vertical: str, wanted: Sequence[uuid.UUID | str]) -> tuple[uuid.UUID, ...]:
    """The ids as UUIDs; NotFound for one that the asker does not see or that is of another vertical."""
    if not wanted:
        return ()
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
    if bases:
        rows = rows.filter(pk__in=bases)
    named = tuple(
        {"id": str(pk), "name": name} for pk, name in rows.order_by("name").values_list("pk", "name")
    )
    return Searched(named, _documents_ready(asker, vertical, bases).count())


def scope_empty(asker: Asker, vertical: str, bases: Sequence[uuid.UUID]) -> bool:
    """Whether a question over these knowledge bases can reach no document at all."""
    return not bases_filled(asker, vertical=vertical, knowledge_bases=bases)


def _documents_ready(asker: Asker, vertical: str, bases: Sequence[uuid.UUID]) -> QuerySet[Document]:
    documents = visible_documents(asker).filter(
        knowledge_base__vertical=vertical, current__state=VersionState.READY
    )
    return documents.filter(knowledge_base__in=bases) if bases else documents
