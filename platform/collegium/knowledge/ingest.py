"""The way of a version from its files to search: parse, chunk, embed, index.

Only the last step writes what people see, in one transaction that also ends the job: a worker that is killed
anywhere leaves the document as it was, and its successor goes on from what lies in the work folder.
"""

import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from collegium.errors import Problem
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import JobCancelled, JobLost, job_end, job_hold, job_progress
from collegium.knowledge.chunking import Passage, passages, text_digest
from collegium.knowledge.context import passages_texts
from collegium.knowledge.disk import is_full, no_space
from collegium.knowledge.index import index_replace
from collegium.knowledge.ingest_embed import vectors_make
from collegium.knowledge.metadata import metadata_described, metadata_sift
from collegium.knowledge.models import Chunk, Document, DocumentVersion, VersionState
from collegium.knowledge.parse import NO_TEXT, parse_files
from collegium.knowledge.work import derived_remove, work_folder, work_remove
from collegium.ops.metrics import INGEST_SECONDS, INGESTED
from collegium.sdk.language import language_of
from collegium.sdk.parsing import ParsedDocument, ParseProblem
from collegium.sdk.registry import vertical_get
from collegium.sdk.vertical import IndexedVersion, Vertical

log = logging.getLogger(__name__)
REPORT_EVERY_S = 0.3
LANGUAGE_SAMPLE_CHARS = 20_000
INSERT_ROWS = 500


@dataclass(slots=True)
class Stages:
    """Shows a job's progress, no more often than people can see, and measures its stages."""

    job: Job
    seconds: dict[str, float] = field(default_factory=dict)
    _name: str = ""
    _shown_at: float = 0.0

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[None]:
        self._name = name
        job_progress(job=self.job, stage=name, total=total)
        self._shown_at = began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 3)
        INGEST_SECONDS.labels(stage=name).observe(self.seconds[name])

    def progress(self, done: int, total: int) -> None:
        """Keep the lease; raises JobCancelled or JobLost where the work is to stop."""
        now = time.monotonic()
        if now - self._shown_at >= REPORT_EVERY_S:
            self._shown_at = now
            job_progress(job=self.job, stage=self._name, done=done, total=total)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from a version's files, ready to be stored."""

    parsed: ParsedDocument
    metadata: dict[str, Any]
    language: str
    passages: Sequence[Passage]
    digests: Sequence[str]
    texts: Sequence[str]


def ingest_run(job: Job) -> None:
    """Do a job that this worker has claimed; whatever happens is written into the job's row."""
    stages = Stages(job)
    try:
        _ingest(job, stages)
        ended = JobState.SUCCEEDED
    except JobLost:
        if not _is_gone(job):
            log.warning("job %s was taken over by another worker", job.pk)
        return  # the work folder is the other's now
    except JobCancelled:
        ended = _unfinished(job, stages, JobState.CANCELLED)
    except ParseProblem as problem:
        stored = {"title": gettext_noop("The file cannot be read"), **problem.as_dict()}
        ended = _unfinished(job, stages, JobState.FAILED, stored)
    except Problem as problem:
        ended = _unfinished(job, stages, JobState.FAILED, problem.as_dict())
    except Exception as error:
        full = is_full(error)
        if isinstance(error, OperationalError | InterfaceError) and not full:
            raise  # the database is away: the lease runs out, and the job is taken up again
        if _is_gone(job):
            return  # the deletion took the work folder away under our hands
        log.exception("job %s failed", job.pk)
        ended = _unfinished(
            job, stages, JobState.FAILED, no_space().as_dict() if full else _unexpected(error)
        )
    work_remove(job.subject)
    INGESTED.labels(state=ended).inc()


def _is_gone(job: Job) -> bool:
    """Whether the version was deleted meanwhile; nothing that was made of it stays then."""
    gone = not DocumentVersion.objects.filter(pk=job.subject).exists()
    if gone:
        derived_remove(job.subject)
    return gone


def _unexpected(error: Exception) -> dict[str, Any]:
    """A mistake of ours or of a vertical's hook: shown to people, and not repeated by itself."""
    message = gettext_noop("An unexpected %(kind)s; see the worker's log. Retry, or report it.")
    params = {"kind": type(error).__name__}
    title = gettext_noop("The ingestion failed")
    return {
        "code": "internal",
        "title": title,
        "detail": message % params,
        "message": message,
        "params": params,
    }


def _ingest(job: Job, stages: Stages) -> None:
    version = (
        DocumentVersion.objects.select_related("document", "knowledge_base").filter(pk=job.subject).first()
    )
    if version is None:
        raise JobCancelled  # the document was deleted meanwhile
    vertical = vertical_get(version.knowledge_base.vertical)
    folder = work_folder(version.pk)
    DocumentVersion.objects.filter(pk=version.pk, state=VersionState.FAILED).update(
        state=VersionState.PENDING
    )
    with stages.stage("parse"):
        files = list(version.files.all())
        parsed = parse_files(files=files, parsers=vertical.parsers, folder=folder, poll=stages.progress)
    with stages.stage("chunk", total=len(parsed.blocks)):
        read = _cut(version, vertical, parsed, files[0].name, stages)
    with stages.stage("embed", total=len(read.texts)):
        vectors = vectors_make(
            version=version, texts=read.texts, digests=read.digests, folder=folder, progress=stages.progress
        )
    with stages.stage("index", total=len(read.passages)):
        _publish(job, stages, version, vertical, read, vectors)


def _cut(
    version: DocumentVersion, vertical: Vertical, parsed: ParsedDocument, file_name: str, stages: Stages
) -> Read:
    found: list[Passage] = []
    for passage in passages(parsed):
        found.append(passage)
        stages.progress(len(found), len(parsed.blocks))
    if not found:
        raise NO_TEXT
    recognised = metadata_sift(vertical, vertical.recognise(parsed, file_name) | parsed.metadata)
    sample = "".join(passage.text for passage in found[:60])[:LANGUAGE_SAMPLE_CHARS]
    metadata = recognised | version.given_metadata
    texts = passages_texts(version.document.title, metadata_described(vertical.slug, metadata), found)
    return Read(
        parsed=parsed,
        metadata=metadata,
        language=parsed.language or language_of(sample),
        passages=found,
        digests=[text_digest(text) for text in texts],
        texts=texts,
    )


def _publish(
    job: Job,
    stages: Stages,
    version: DocumentVersion,
    vertical: Vertical,
    read: Read,
    vectors: npt.NDArray[np.float32],
) -> None:
    """Store the passages, make them what search finds, and end the job: all of it or nothing."""
    began = time.monotonic()
    with transaction.atomic():
        job_hold(job=job)
        document = Document.objects.select_for_update().filter(pk=version.document_id).first()
        if document is None:
            raise JobCancelled
        chunks = chunks_write(version, read)
        _version_write(version, read)
        if not document.versions.filter(pk=document.current_id, number__gt=version.number).exists():
            document.current = version
            document.save(update_fields=["current"])
            index_replace(version=version, chunks=chunks, vectors=vectors)
            vertical.indexed(
                IndexedVersion(
                    document=document.pk,
                    version=version.pk,
                    knowledge_base=version.knowledge_base_id,
                    workspace=document.workspace_id,
                    metadata=read.metadata,
                    language=read.language,
                    data=read.parsed.data,
                )
            )
        seconds = stages.seconds | {"index": round(time.monotonic() - began, 3)}
        job_end(job=job, state=JobState.SUCCEEDED, stages=seconds)


def chunks_write(version: DocumentVersion, read: Read) -> list[Chunk]:
    """Replace a version's passages; one whose text stays keeps its id, which answers may have cited."""
    old = {chunk.ordinal: chunk for chunk in version.chunks.only("id", "ordinal", "text")}
    rows = [
        Chunk(
            version=version,
            ordinal=ordinal,
            kind=passage.kind,
            text=passage.text,
            section=list(passage.section),
            locator=passage.locator,
            page=passage.page,
            boxes=passage.boxes,
            lines=passage.lines,
            char_start=passage.char_start,
            char_end=passage.char_end,
            digest=digest,
        )
        for ordinal, (passage, digest) in enumerate(zip(read.passages, read.digests, strict=True))
    ]
    kept = []
    for row in rows:
        before = old.get(row.ordinal)
        if before is not None and before.text == row.text:
            row.pk = old.pop(row.ordinal).pk
            kept.append(row)
    version.chunks.filter(pk__in=[chunk.pk for chunk in old.values()]).delete()
    fields = ["kind", "section", "locator", "page", "boxes", "lines", "char_start", "char_end", "digest"]
    Chunk.objects.bulk_update(kept, fields, batch_size=100)
    Chunk.objects.bulk_create([row for row in rows if row.pk is None], batch_size=INSERT_ROWS)
    return rows


def _version_write(version: DocumentVersion, read: Read) -> None:
    parsed = read.parsed
    version.state = VersionState.READY
    version.language = read.language
    version.page_count = len(parsed.pages) or None
    version.chunk_count = len(read.passages)
    version.metadata = read.metadata
    version.outline = [list(size) for size in parsed.pages]
    version.parser = parsed.parser
    version.warnings = list(parsed.warnings)
    version.indexed_at = timezone.now()
    version.save(
        update_fields=[
            "state",
            "language",
            "page_count",
            "chunk_count",
            "metadata",
            "outline",
            "parser",
            "warnings",
            "indexed_at",
        ]
    )


def _unfinished(job: Job, stages: Stages, state: JobState, problem: dict[str, Any] | None = None) -> JobState:
    """End a job without result; a version that was searchable before stays so."""
    with transaction.atomic():
        if job_end(job=job, state=state, problem=problem, stages=stages.seconds):
            version_unread(job.subject)
    return state


def version_unread(version_id: uuid.UUID) -> None:
    """Note that a version was not read, where an earlier reading did not succeed either."""
    DocumentVersion.objects.filter(pk=version_id, state=VersionState.PENDING).update(
        state=VersionState.FAILED
    )
