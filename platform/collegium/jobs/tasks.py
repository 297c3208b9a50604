from celery import shared_task

from collegium.jobs.services import lost_jobs_requeue


@shared_task
def lost_work_find() -> None:
    """Find work that a dead worker held."""
    lost_jobs_requeue()
