"""Writes of jobs: every change of state is a conditional update, so two workers never both hold one."""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from collegium.accounts.asker import Asker
from collegium.errors import Conflict, Forbidden
from collegium.jobs.models import Job, JobState
from collegium.jobs.registry import KINDS, again_ask, dropped_tell, task_send
from collegium.jobs.selectors import job_get

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


def job_lease_renew(*, job: Job) -> bool:
    """Keep the lease of a job that is running or being stopped; returns whether this worker still has it."""
    until = timezone.now() + timedelta(seconds=settings.LEASE_S)
    held = Job.objects.filter(
        pk=job.pk, lease_token=job.lease_token, state__in=[JobState.RUNNING, JobState.CANCELLING]
    )
    return held.update(lease_until=until) == 1


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
    changes = _ended(state, problem)
    if stages is not None:
        changes["stages"] = stages
    held = Job.objects.filter(
        pk=job.pk, lease_token=job.lease_token, state__in=[JobState.RUNNING, JobState.CANCELLING]
    ).update(**changes)
    return held == 1


def job_cancel(*, asker: Asker, job_id: uuid.UUID | str) -> Job:
    """Stop a job that the asker may start: at once where it waits, at its next step where it runs."""
    job = _own_job(asker, job_id)
    with transaction.atomic():
        row = Job.objects.filter(pk=job.pk)
        if row.filter(state=JobState.QUEUED).update(**_ended(JobState.CANCELLED)) == 1:
            dropped_tell(job.kind, job.subject)
        else:
            row.filter(state=JobState.RUNNING).update(state=JobState.CANCELLING)
    job.refresh_from_db()
    if job.state not in {JobState.CANCELLED, JobState.CANCELLING}:
        raise Conflict(
            _("The job has ended already: %(state)s.") % {"state": job.get_state_display()}, code="job_ended"
        )
    return job


def work_claim(*, kind: str, subject: uuid.UUID, besides: uuid.UUID | None = None) -> None:
    """Keep others from queueing the same work until the surrounding transaction ends.

    Conflict where a job does it already, other than `besides`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind} {subject}"])
    jobs = Job.objects.filter(kind=kind, subject=subject).exclude(pk=besides)
    active = jobs.filter(state__in=[JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING]).first()
    if active is not None:
        raise Conflict(
            _("Another job does this work already; wait for it or cancel it."),
            code="job_running",
            job=str(active.pk),
        )


def job_retry(*, asker: Asker, job_id: uuid.UUID | str) -> Job:
    """Queue a failed or cancelled job, which the asker sees and may start, again."""
    job = _own_job(asker, job_id)
    with transaction.atomic():
        work_claim(kind=job.kind, subject=job.subject, besides=job.pk)
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            again_ask(job.kind, asker, job.subject)
        again = Job.objects.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
            state=JobState.QUEUED,
            problem=None,
            finished_at=None,
            sent_at=None,
            attempt=0,
            done=0,
            total=0,
            stage="",
        )
        job.refresh_from_db()
        if again == 1:
            transaction.on_commit(lambda: _send(job))
    if again != 1:
        raise Conflict(
            _("Only a failed or cancelled job can be tried again; this one is %(state)s.")
            % {"state": job.get_state_display()},
            code="job_not_ended",
        )
    return job


def _own_job(asker: Asker, job_id: uuid.UUID | str) -> Job:
    job = job_get(asker, job_id)
    scope = KINDS[job.kind].scope
    if not asker.may(scope):
        raise Forbidden(
            _("This needs the permission '%(scope)s'; ask an administrator for it.") % {"scope": scope}
        )
    return job


def _ended(state: JobState, problem: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "state": state,
        "problem": problem,
        "lease_token": None,
        "lease_until": None,
        "finished_at": timezone.now(),
    }


def jobs_of_document_stop(*, document_id: uuid.UUID) -> None:
    """End the jobs of a document that is being deleted, in the transaction that deletes it.

    Waits for a job that is just completing, and keeps every other worker from completing one later.
    """
    rows = Job.objects.filter(document=document_id, finished_at__isnull=True)
    held = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    Job.objects.filter(pk__in=held, finished_at__isnull=True).update(**_ended(JobState.CANCELLED))


def lost_jobs_requeue() -> int:
    """Queue again what no living worker holds, and send again what waits; returns how many were lost."""
    now = timezone.now()
    count = 0
    with transaction.atomic():
        # A row that is locked is being completed or cancelled at this moment, so it is not lost.
        lost = Job.objects.filter(lease_until__lt=now).select_for_update(skip_locked=True)
        for job in lost.order_by("lease_until")[:200]:
            count += _lost_handle(job)
    # Forgotten by the broker, or never sent: sending twice is harmless, so what waits is sent again at times.
    waiting = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - timedelta(seconds=5)).filter(
        Q(sent_at__isnull=True) | Q(sent_at__lt=now - timedelta(seconds=60))
    )
    for job in waiting.order_by("created_at")[:50]:
        _send(job)
    return count


def _lost_handle(job: Job) -> int:
    """Decide over a job whose worker has gone; returns 1 where it was queued again."""
    row = Job.objects.filter(pk=job.pk)
    if job.state == JobState.CANCELLING:
        row.update(**_ended(JobState.CANCELLED))
        dropped_tell(job.kind, job.subject)
        return 0
    if job.attempt >= MAX_LOST:
        died = gettext_noop("The worker died %(times)s times at this job. See its log, then retry.")
        row.update(
            **_ended(
                JobState.FAILED,
                {
                    "code": "worker_died",
                    "title": gettext_noop("The worker died"),
                    "detail": died % {"times": MAX_LOST},
                    "message": died,
                    "params": {"times": MAX_LOST},
                },
            )
        )
        dropped_tell(job.kind, job.subject)
        return 0
    row.update(state=JobState.QUEUED, lease_token=None, lease_until=None, sent_at=None)
    return 1
