"""Documents of evaluation suites: in a workspace without members, read by the way that uploads go."""

import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db.models import F, QuerySet

from collegium.accounts.asker import SCOPES, Asker
from collegium.accounts.models import Workspace
from collegium.accounts.services import vertical_enable, workspace_create
from collegium.errors import Conflict
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_retry, lost_jobs_requeue
from collegium.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase, VersionState
from collegium.knowledge.parse_codec import parsed_write
from collegium.knowledge.parsers.joining import parsed_join
from collegium.knowledge.parsers.text import TextParser
from collegium.knowledge.services import document_add, knowledge_base_create
from collegium.knowledge.work import work_folder
from collegium.sdk.evaluation import EvaluationBase, SuiteProblem
from collegium.sdk.parsing import ParseLimits, SourceFile

log = logging.getLogger(__name__)
WORKSPACE = "evaluation"
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
POLL_S = 0.5


@contextmanager
def evaluation_base(*, suite: str, vertical: str, files: Sequence[Path]) -> Iterator[EvaluationBase]:
    """The files as one knowledge base; those that an earlier run has read are not read again.

    Raises SuiteProblem where there are no files or one cannot be read.
    """
    if not files:
        raise SuiteProblem("There are no documents to read.")
    asker = _asker(vertical)
    base = _base(asker, f"{suite} {files_fingerprint(files)[:12]}", vertical)
    known = {title: pk for pk, title in _ready(base).values_list("pk", "title")}
    for number, path in enumerate(files, 1):
        if path.stem not in known:
            log.info("reading %s, %d of %d", path.name, number, len(files))
            known[path.stem] = _document_read(asker, base, path)
    wanted = {path.stem: known[path.stem] for path in files}
    pages = _ready(base).values_list("current__page_count", flat=True)
    yield EvaluationBase(asker, base.pk, wanted, sum(count or 0 for count in pages))


def page_texts(base: EvaluationBase) -> dict[str, dict[int, str]]:
    """What was read of each document: file stem -> page -> text."""
    texts: dict[str, dict[int, str]] = {stem: {} for stem in base.documents}
    names = {document: stem for stem, document in base.documents.items()}
    rows = Chunk.objects.filter(version__document__in=names, version__document__current_id=F("version_id"))
    for document, page, text in rows.order_by("version", "ordinal").values_list(
        "version__document_id", "page", "text"
    ):
        pages = texts[names[document]]
        pages[page or 0] = f"{pages.get(page or 0, '')}\n{text}"
    return texts


def files_fingerprint(files: Sequence[Path]) -> str:
    """SHA-256 over names and sizes: enough to tell one data set from another."""
    lines = sorted(f"{path.name} {path.stat().st_size}" for path in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _asker(vertical: str) -> Asker:
    workspace = Workspace.objects.filter(slug=WORKSPACE).first()
    if workspace is None:
        workspace = workspace_create(slug=WORKSPACE, name="Evaluation")
    vertical_enable(workspace=workspace, slug=vertical)
    return Asker(workspace.pk, role="admin", scopes=frozenset(SCOPES))


def _base(asker: Asker, name: str, vertical: str) -> KnowledgeBase:
    base = KnowledgeBase.objects.filter(workspace_id=asker.workspace_id, name=name).first()
    return base or knowledge_base_create(asker=asker, name=name, vertical=vertical)


def _ready(base: KnowledgeBase) -> QuerySet[Document]:
    return Document.objects.filter(knowledge_base=base, current__state=VersionState.READY)


def _document_read(asker: Asker, base: KnowledgeBase, path: Path) -> UUID:
    """Add the document and see its ingestion through, here or by a worker that was faster."""
    with path.open("rb") as source:
        try:
            version, job = document_add(
                asker=asker, knowledge_base=base, files=[File(source, name=path.name)]
            )
            document = version.document_id
            _text_read(version, path)
        except Conflict as conflict:
            document, job = _begun(asker, path, conflict)
    _see_through(path, job)
    return document


def _text_read(version: DocumentVersion, path: Path) -> None:
    """Leave plain text read for the ingestion: data sets hold thousands of short ones, and a process for each
    takes longer than all other stages. It is the operator's own data, not an upload.
    """
    if path.suffix == ".txt":
        limits = ParseLimits(max_pages=settings.PARSE_MAX_PAGES)
        parsed = TextParser().parse([SourceFile(path, path.name, "text/plain")], limits)
        parsed_write(parsed_join([parsed], limits), work_folder(version.pk) / "parsed.json")


def _begun(asker: Asker, path: Path, conflict: Conflict) -> tuple[UUID, Job]:
    """The document that an earlier run left unread, and its job, queued anew where it had ended."""
    document = UUID(str(conflict.extra["document"]))
    job = Job.objects.filter(document=document).order_by("-created_at").first()
    if job is None:
        raise SuiteProblem(f"{path.name} is in the knowledge base and has no job; delete it there.")
    log.info("an earlier run has begun %s", path.name)
    if job.state in {JobState.FAILED, JobState.CANCELLED}:
        job = job_retry(asker=asker, job_id=job.pk)
    return document, job


def _see_through(path: Path, job: Job) -> None:
    """Do the job, or wait for who does it; what a dead worker holds is free when its lease has run out."""
    from collegium.knowledge.tasks import ingest

    while True:
        ingest(str(job.pk))
        state, problem = Job.objects.values_list("state", "problem").get(pk=job.pk)
        if state == JobState.SUCCEEDED:
            return
        if state in ENDED:
            raise SuiteProblem(f"{path.name} could not be read: {(problem or {}).get('detail', state)}")
        time.sleep(POLL_S)
        lost_jobs_requeue()
