"""The tasks of tuning; each takes an id and finds the truth in its row."""

from celery import shared_task

from collegium.jobs.services import job_claim
from collegium.ops.logs import request_id_set
from collegium.tuning.runner import run_train
from collegium.tuning.sweep import folders_sweep


# Acknowledged early: a training may take longer than the broker waits, and its lease finds it where it is
# lost.
@shared_task(acks_late=False, reject_on_worker_lost=False)
def tune(job_id: str) -> None:
    """Train as a job says, where no other worker has it."""
    job = job_claim(job_id=job_id)
    if job is None:
        return
    request_id_set(f"job-{job.pk}")
    try:
        run_train(job)
    finally:
        request_id_set("")


@shared_task
def tuning_sweep() -> None:
    """Remove folders of runs that are gone, examples that a crash left, and checkpoints that nobody goes on
    from.
    """
    folders_sweep()
