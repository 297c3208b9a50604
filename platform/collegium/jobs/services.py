"""Writes of jobs: every change of state is a conditional update, so two workers never both hold one."""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from collegium.accounts.asker import Asker
from collegium.errors import Conflict, NotFound
from collegium.jobs.models import Job, JobState
from collegium.jobs.registry import task_send

log = logging.getLogger(__name__)
MAX_LOST = 5  # a job whose worker died this often is taken for the killer


class JobCancelled(Exception):
    """Somebody asked for the job to stop."""


class JobLost(Exception):
    """The lease ran out and another worker has the job: stop without writing anything."""


def job_create(*, asker: Asker, kind: str, subject: uuid.UUID, document: uuid.UUID | None = None) -> Job:
    """Queue a job when the surrounding transaction commits."""
    job = Job.objects.create(
        workspace_id=asker.workspace_id,
        created_by_id=asker.user_id,
        kind=kind,
        subject=subject,
        document=document,
    )
    transaction.on_commit(lambda: _send(job))
    return job


def _send(job: Job) -> None:
    try:
        task_send(job.kind, job.pk)
        Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())
    except Exception:  # the broker may be away; the row is queued and lost_work_find sends it again
        log.warning("job %s could not be put on its queue; it will be sent again", job.pk, exc_info=True)


def job_claim(*, job_id: uuid.UUID | str) -> Job | None:
    """Take a queued job, or return None where another worker has it or it has ended."""
    now = timezone.now()
    token = uuid.uuid4()
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        lease_token=token,
        lease_until=now + timedelta(seconds=settings.LEASE_S),
        attempt=F("attempt") + 1,
        started_at=now,
        problem=None,
        finished_at=None,
    )
    return Job.objects.get(pk=job_id) if taken == 1 else None


def job_progress(*, job: Job, stage: str, done: int = 0, total: int = 0) -> None:
    """Show how far the job is and keep its lease; raises JobCancelled or JobLost where it is to stop."""
    now = timezone.now()
    kept = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=JobState.RUNNING).update(
        stage=stage, done=done, total=total, lease_until=now + timedelta(seconds=settings.LEASE_S)
    )
    if kept == 1:
        return
    state = Job.objects.filter(pk=job.pk, lease_token=job.lease_token).values_list("state", flat=True).first()
    if state == JobState.CANCELLING:
        raise JobCancelled
    raise JobLost


def job_hold(*, job: Job) -> None:
    """Lock the row inside the transaction that completes the work, so that nobody can take or cancel it."""
    state = (
        Job.objects.select_for_update()
        .filter(pk=job.pk, lease_token=job.lease_token)
        .values_list("state", flat=True)
        .first()
    )
    if state == JobState.CANCELLING:
        raise JobCancelled
    if state != JobState.RUNNING:
        raise JobLost


def job_end(
    *,
    job: Job,
    state: JobState,
    problem: dict[str, object] | None = None,
    stages: dict[str, float] | None = None,
) -> bool:
    """Close a job that this worker holds; returns whether it still held it."""
    changes: dict[str, object] = {
        "state": state,
        "problem": problem,
        "lease_token": None,
        "lease_until": None,
        "finished_at": timezone.now(),
    }
    if stages is not None:
        changes["stages"] = stages
    held = Job.objects.filter(
        pk=job.pk, lease_token=job.lease_token, state__in=[JobState.RUNNING, JobState.CANCELLING]
    ).update(**changes)
    return held == 1


def job_cancel(*, asker: Asker, job_id: uuid.UUID | str) -> Job:
    """Stop a job: at once where it waits, at its next step where it runs."""
    rows = Job.objects.filter(pk=job_id, workspace_id=asker.workspace_id)
    if rows.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED, finished_at=timezone.now()) != 1:
        rows.filter(state=JobState.RUNNING).update(state=JobState.CANCELLING)
    job = rows.first()
    if job is None:
        raise NotFound("There is no such job.")
    if job.state not in {JobState.CANCELLED, JobState.CANCELLING}:
        raise Conflict(f"The job has ended: it {job.state}.", code="job_ended")
    return job


def job_retry(*, asker: Asker, job_id: uuid.UUID | str) -> Job:
    """Queue a failed or cancelled job again."""
    rows = Job.objects.filter(pk=job_id, workspace_id=asker.workspace_id)
    again = rows.filter(state__in=[JobState.FAILED, JobState.CANCELLED]).update(
        state=JobState.QUEUED,
        problem=None,
        finished_at=None,
        sent_at=None,
        attempt=0,
        done=0,
        total=0,
        stage="",
    )
    job = rows.first()
    if job is None:
        raise NotFound("There is no such job.")
    if again != 1:
        raise Conflict(
            f"Only a failed or cancelled job can be tried again; this one is {job.state}.",
            code="job_not_ended",
        )
    transaction.on_commit(lambda: _send(job))
    return job


def lost_jobs_requeue() -> int:
    """Queue again what no living worker holds, and send again what waits; returns how many were lost."""
    now = timezone.now()
    lost = Job.objects.filter(lease_until__lt=now)
    lost.filter(state=JobState.CANCELLING).update(
        state=JobState.CANCELLED, lease_token=None, lease_until=None, finished_at=now
    )
    lost.filter(state=JobState.RUNNING, attempt__gte=MAX_LOST).update(
        state=JobState.FAILED,
        lease_token=None,
        lease_until=None,
        finished_at=now,
        problem={
            "code": "worker_died",
            "title": "The worker died",
            "detail": f"The worker died {MAX_LOST} times at this job. See the worker's log, then retry.",
        },
    )
    count = lost.filter(state=JobState.RUNNING).update(
        state=JobState.QUEUED, lease_token=None, lease_until=None, sent_at=None
    )
    # Forgotten by the broker, or never sent: sending twice is harmless, so what waits is sent again now and then.
    waiting = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - timedelta(seconds=5)).filter(
        Q(sent_at__isnull=True) | Q(sent_at__lt=now - timedelta(seconds=60))
    )
    for job in waiting.order_by("created_at")[:50]:
        _send(job)
    return count
