"""Reads of knowledge: what an asker may see is decided here, in the SQL, and nowhere else."""

import uuid
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import WorkspaceVertical
from collegium.errors import NotFound
from collegium.knowledge.blobs import blob_path
from collegium.knowledge.models import (
    Access,
    Document,
    DocumentVersion,
    Grant,
    KnowledgeBase,
    VersionFile,
    VersionState,
)

Id = uuid.UUID | str
M = TypeVar("M", bound=Model)


def _bases_of_verticals(asker: Asker) -> QuerySet[KnowledgeBase]:
    """The workspace's knowledge bases whose vertical is enabled and open to the asker, restricted or not."""
    enabled = WorkspaceVertical.objects.filter(workspace_id=asker.workspace_id, enabled=True)
    if asker.verticals:
        enabled = enabled.filter(slug__in=asker.verticals)
    return KnowledgeBase.objects.filter(workspace_id=asker.workspace_id, vertical__in=enabled.values("slug"))


def visible_knowledge_bases(asker: Asker) -> QuerySet[KnowledgeBase]:
    """The knowledge bases of the asker's workspace, verticals and grants."""
    bases = _bases_of_verticals(asker)
    if asker.sees_restricted:
        return bases
    visible = Q(access=Access.WORKSPACE)
    if asker.user_id is not None:
        granted = Grant.objects.filter(knowledge_base=OuterRef("pk"), user_id=asker.user_id)
        visible |= Q(created_by_id=asker.user_id) | Q(Exists(granted))
    return bases.filter(visible)


def visible_documents(asker: Asker) -> QuerySet[Document]:
    """The documents that the asker may see, whatever the state of their versions.

    A restricted document needs a grant of its own, or to be one's own; a grant of a document also opens it
    inside a restricted knowledge base.
    """
    documents = Document.objects.filter(workspace_id=asker.workspace_id)
    in_visible_base = Q(knowledge_base__in=visible_knowledge_bases(asker).values("pk"))
    if asker.sees_restricted:
        return documents.filter(in_visible_base)
    reachable = in_visible_base & Q(access=Access.WORKSPACE)
    if asker.user_id is not None:
        granted = Grant.objects.filter(document=OuterRef("pk"), user_id=asker.user_id)
        reachable |= in_visible_base & Q(created_by_id=asker.user_id)
        reachable |= Q(Exists(granted), knowledge_base__in=_bases_of_verticals(asker).values("pk"))
    return documents.filter(reachable)


def visible_versions(asker: Asker) -> QuerySet[DocumentVersion]:
    """The current, searchable version of each document that the asker may see."""
    return DocumentVersion.objects.filter(
        state=VersionState.READY,
        document__in=visible_documents(asker).values("pk"),
        document__current_id=F("pk"),
    )


def _one(rows: QuerySet[M], pk: Id, missing: str) -> M:
    try:
        row = rows.filter(pk=pk).first()
    except (ValidationError, ValueError):  # not the form of an id, so not the id of anything
        row = None
    if row is None:
        raise NotFound(missing)
    return row


def knowledge_base_get(asker: Asker, knowledge_base_id: Id) -> KnowledgeBase:
    """The knowledge base, or NotFound where there is none or the asker may not know of it."""
    return _one(visible_knowledge_bases(asker), knowledge_base_id, _("There is no such knowledge base."))


def document_get(asker: Asker, document_id: Id) -> Document:
    """The document, or NotFound where there is none or the asker may not know of it."""
    rows = visible_documents(asker).select_related("knowledge_base", "current")
    return _one(rows, document_id, _("There is no such document."))


def version_get(asker: Asker, version_id: Id) -> DocumentVersion:
    """A version, current or not, of a document that the asker may see."""
    rows = DocumentVersion.objects.filter(document__in=visible_documents(asker).values("pk"))
    return _one(rows.select_related("document", "knowledge_base"), version_id, _("There is no such version."))


def version_file_open(asker: Asker, version_id: Id, *, position: int = 0) -> tuple[VersionFile, Path]:
    """A file of a version and where its bytes lie; NotFound where the asker may not see it."""
    version = version_get(asker, version_id)
    file = version.files.filter(position=position).first()
    if file is None:
        raise NotFound(_("There is no such file."))
    path = blob_path(file.sha256)
    if not path.is_file():
        raise NotFound(_("The file's content is missing from the store; restore it from a backup."))
    return file, path


def version_files_open(asker: Asker, version_id: Id) -> list[tuple[VersionFile, Path]]:
    """All files of a version in order, and where their bytes lie; NotFound where the asker may not see it."""
    version = version_get(asker, version_id)
    found = [(file, blob_path(file.sha256)) for file in version.files.all()]
    if not found or not all(path.is_file() for _file, path in found):
        raise NotFound(_("The file's content is missing from the store; restore it from a backup."))
    return found
