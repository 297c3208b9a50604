"""Which Celery task does which kind of job, and who is told when a job ends without it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.module_loading import import_string

from collegium.accounts.asker import Asker
from collegium.celery import app


@dataclass(frozen=True, slots=True)
class Kind:
    """`task` does the job; `dropped` is called with a job's subject where it ends without a worker.

    `scope` is needed to stop it or have it done again, `seen_with` to know of it. `again`, where there is
    one,
    is called with the asker and the subject in the transaction that queues it again, and may refuse.
    """

    task: str
    dropped: str
    scope: str = "upload"
    seen_with: str = "read"
    again: str = ""


KINDS: dict[str, Kind] = {
    "ingest": Kind("collegium.knowledge.tasks.ingest", "collegium.knowledge.ingest.version_unread"),
    "tuning": Kind(
        "collegium.tuning.tasks.tune",
        "collegium.tuning.judging.run_dropped",
        scope="manage",
        seen_with="manage",
        again="collegium.tuning.services.run_again",
    ),
    "model-evaluation": Kind(
        "collegium.serving.tasks.evaluate",
        "collegium.serving.tasks.evaluation_dropped",
        scope="manage",
        seen_with="manage",
    ),
}


def kinds_hidden(asker: Asker) -> list[str]:
    """The kinds of jobs that the asker may not know of."""
    return [name for name, kind in KINDS.items() if not asker.may(kind.seen_with)]


def again_ask(kind: str, asker: Asker, subject: UUID) -> None:
    """Let the owner of a job's subject prepare for its repetition, or refuse it by a Problem."""
    if dotted := KINDS[kind].again:
        prepare: Callable[[Asker, UUID], None] = import_string(dotted)
        prepare(asker, subject)


def task_send(kind: str, job_id: object) -> None:
    """Put a job's id on its queue. A job sent twice is harmless: only one claim succeeds."""
    app.send_task(KINDS[kind].task, args=[str(job_id)])


def dropped_tell(kind: str, subject: UUID) -> None:
    """Tell the owner of a job's subject that the work will not be done."""
    tell: Callable[[UUID], None] = import_string(KINDS[kind].dropped)
    tell(subject)
