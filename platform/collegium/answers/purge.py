"""Removes all data of a vertical, also of one that is not installed any more and of restricted documents."""

from django.db import transaction

from collegium.accounts.models import WorkspaceVertical
from collegium.answers.models import Answer, Conversation
from collegium.jobs.services import jobs_of_document_stop
from collegium.knowledge.blobs import blobs_remove_unused
from collegium.knowledge.index import index_remove
from collegium.knowledge.models import Document, KnowledgeBase, VersionFile
from collegium.knowledge.work import derived_remove
from collegium.sdk.registry import loaded_verticals


def vertical_rows(slug: str) -> dict[str, int]:
    """How much data of a vertical there is, in all workspaces."""
    vertical = loaded_verticals().get(slug)
    return {
        "knowledge bases": KnowledgeBase.objects.filter(vertical=slug).count(),
        "documents": Document.objects.filter(knowledge_base__vertical=slug).count(),
        "answers": Answer.objects.filter(vertical=slug).count(),
        **(vertical.kept() if vertical is not None else {}),
    }


def vertical_purge(*, slug: str) -> None:
    """Delete the vertical's documents with their files, its knowledge bases, conversations and enablements,
    and have it remove what else it keeps; what a vertical keeps that is not loaded stays.
    """
    files = VersionFile.objects.filter(version__document__knowledge_base__vertical=slug)
    versions = set(files.values_list("version_id", flat=True))
    hashes = list(files.values_list("sha256", flat=True))
    vertical = loaded_verticals().get(slug)
    with transaction.atomic():
        WorkspaceVertical.objects.filter(slug=slug).delete()
        documents = list(Document.objects.filter(knowledge_base__vertical=slug).values_list("pk", flat=True))
        for document in documents:
            jobs_of_document_stop(document_id=document)
            if vertical is not None:
                vertical.removed(document)
        index_remove(document_ids=documents)
        KnowledgeBase.objects.filter(vertical=slug).delete()
        Conversation.objects.filter(vertical=slug).delete()
        if vertical is not None:
            vertical.purged()
    blobs_remove_unused(hashes=hashes)
    for version in versions:
        derived_remove(version)
