"""The tasks of knowledge; each takes an id and finds the truth in its row."""

from celery import shared_task

from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_claim
from collegium.knowledge.blobs import orphans_sweep
from collegium.knowledge.changes import visibility_notes_sweep
from collegium.knowledge.ingest import ingest_run
from collegium.knowledge.pages import page_images_sweep
from collegium.knowledge.work import abandoned_sweep
from collegium.ops.logs import request_id_set


@shared_task
def ingest(job_id: str) -> None:
    """Ingest the version that a job names, where no other worker has the job."""
    job = job_claim(job_id=job_id)
    if job is None:
        return
    request_id_set(f"job-{job.pk}")
    try:
        ingest_run(job)
    finally:
        request_id_set("")


@shared_task
def blobs_sweep() -> None:
    """Remove files that nothing names any more: contents, work folders, page images."""
    orphans_sweep()
    active = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING])
    abandoned_sweep(active={str(subject) for subject in active.values_list("subject", flat=True)})
    page_images_sweep()


@shared_task
def visibility_sweep() -> None:
    """Remove old notes of what may be seen."""
    visibility_notes_sweep()
