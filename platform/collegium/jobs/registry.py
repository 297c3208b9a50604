"""Which Celery task does which kind of job, and who is told when a job ends without it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.module_loading import import_string

from collegium.celery import app


@dataclass(frozen=True, slots=True)
class Kind:
    """`task` does the job; `dropped` is called with a job's subject where it ends without a worker."""

    task: str
    dropped: str


KINDS: dict[str, Kind] = {
    "ingest": Kind("collegium.knowledge.tasks.ingest", "collegium.knowledge.ingest.version_unread"),
    "model-evaluation": Kind(
        "collegium.serving.tasks.evaluate", "collegium.serving.tasks.evaluation_dropped"
    ),
}


def task_send(kind: str, job_id: object) -> None:
    """Put a job's id on its queue. A job sent twice is harmless: only one claim succeeds."""
    app.send_task(KINDS[kind].task, args=[str(job_id)])


def dropped_tell(kind: str, subject: UUID) -> None:
    """Tell the owner of a job's subject that the work will not be done."""
    tell: Callable[[UUID], None] = import_string(KINDS[kind].dropped)
    tell(subject)
