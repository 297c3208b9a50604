"""Which Celery task does which kind of job."""

from celery import current_app

TASKS: dict[str, str] = {"ingest": "collegium.knowledge.tasks.ingest"}


def task_send(kind: str, job_id: object) -> None:
    """Put a job's id on its queue. A job sent twice is harmless: only one claim succeeds."""
    current_app.send_task(TASKS[kind], args=[str(job_id)])
