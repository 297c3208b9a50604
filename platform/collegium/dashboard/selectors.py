"""Reads for the pages. Each starts from what the asker may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import Membership, User
from collegium.answers.models import Answer, Conversation
from collegium.answers.selectors import visible_answers, visible_conversations
from collegium.errors import NotFound, problem_told
from collegium.jobs.models import Job, JobState
from collegium.jobs.selectors import visible_jobs
from collegium.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase, VersionState
from collegium.knowledge.selectors import version_get, visible_documents, visible_knowledge_bases

RUNNING = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING})
AGAIN = frozenset({JobState.FAILED, JobState.CANCELLED})
DOCUMENTS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a table shows it: its newest version, and the newest job about it."""

    document: Document
    version: DocumentVersion | None
    job: Job | None

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.state in RUNNING

    @property
    def may_retry(self) -> bool:
        return self.job is not None and self.job.state in AGAIN

    @property
    def problem(self) -> str:
        """Why the newest job failed, in the reader's language."""
        return str(problem_told(self.job.problem).get("detail", "")) if self.job and self.job.problem else ""

    @property
    def searchable(self) -> bool:
        return self.document.current_id is not None

    @property
    def percent(self) -> int | None:
        if self.job is None or not self.job.total:
            return None
        return min(100, round(100 * self.job.done / self.job.total))


def conversations_recent(asker: Asker, limit: int = 12) -> list[Conversation]:
    """The asker's last conversations, each with `last_answer`, the id of its newest answer."""
    newest = Answer.objects.filter(conversation=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    rows = visible_conversations(asker).annotate(last_answer=Subquery(newest)).exclude(last_answer=None)
    return list(rows.order_by("-created_at")[:limit])


def conversation_answers(asker: Asker, conversation_id: UUID) -> list[Answer]:
    """The answers of one of the asker's own conversations, oldest first."""
    rows = visible_answers(asker).filter(conversation_id=conversation_id)
    return list(rows.order_by("created_at").prefetch_related("citations", "computations", "findings"))


def bases_with_counts(asker: Asker, vertical: str = "") -> list[KnowledgeBase]:
    """The knowledge bases that the asker sees, each with `document_count`, counting what the asker sees."""
    rows = visible_knowledge_bases(asker)
    if vertical:
        rows = rows.filter(vertical=vertical)
    counts = dict(
        visible_documents(asker)
        .order_by()
        .values_list("knowledge_base")
        .annotate(number=Count("pk", distinct=True))
    )
    bases = list(rows.order_by("name"))
    for base in bases:
        base.document_count = counts.get(base.pk, 0)  # type: ignore[attr-defined]
    return bases


def document_page(asker: Asker, base: KnowledgeBase, number: str | int = 1) -> Page:
    """A page of the visible documents of a knowledge base, newest first, as DocumentRows.

    A number beyond the last page means that one, and what is no number the first.
    """
    rows = visible_documents(asker).filter(knowledge_base=base).order_by("-created_at", "-pk")
    found = Paginator(rows, DOCUMENTS_PER_PAGE).get_page(number)
    found.object_list = _rows(asker, found.object_list)
    return found


def document_rows(asker: Asker, ids: Iterable[UUID]) -> list[DocumentRow]:
    """The visible ones of these documents, newest first."""
    return _rows(asker, visible_documents(asker).filter(pk__in=list(ids)).order_by("-created_at", "-pk"))


def _rows(asker: Asker, found: QuerySet[Document]) -> list[DocumentRow]:
    documents = list(found.select_related("current", "created_by"))
    wanted = [document.pk for document in documents]
    versions = {
        version.document_id: version
        for version in DocumentVersion.objects.filter(document__in=wanted).order_by("document", "number")
    }
    jobs = {
        job.document: job
        for job in visible_jobs(asker).filter(document__in=wanted).order_by("document", "created_at")
    }
    return [DocumentRow(document, versions.get(document.pk), jobs.get(document.pk)) for document in documents]


def version_read_get(asker: Asker, document_id: UUID, version_id: UUID) -> DocumentVersion:
    """A version that was read, of this document, which the asker sees; NotFound otherwise."""
    version = version_get(asker, version_id)
    if version.document_id != document_id or version.state != VersionState.READY:
        raise NotFound(_("There is no such version of this document."))
    return version


def passages_around(
    version: DocumentVersion, ordinal: int, *, before: int = 4, after: int = 6
) -> list[Chunk]:
    """The passages next to one of a version that `version_read_get` has let through."""
    span = (max(0, ordinal - before), ordinal + after)
    return list(Chunk.objects.filter(version=version, ordinal__range=span).order_by("ordinal"))


def passage_holding(version: DocumentVersion, position: int) -> Chunk | None:
    """The passage with this character of a version that `version_read_get` has let through."""
    rows = Chunk.objects.filter(version=version, char_start__lte=position, char_end__gt=position)
    return rows.order_by("ordinal").first()


def passages_of_page(version: DocumentVersion, page: int) -> list[Chunk]:
    """The passages of a page of a version that `version_read_get` has let through."""
    return list(Chunk.objects.filter(version=version, page=page).order_by("ordinal"))


def members(asker: Asker) -> list[User]:
    """The people of the asker's workspace."""
    rows = Membership.objects.filter(workspace_id=asker.workspace_id, user__is_active=True)
    return [row.user for row in rows.select_related("user").order_by("user__username")]
