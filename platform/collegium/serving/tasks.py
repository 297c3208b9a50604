"""The tasks of the registry; each takes an id and finds the truth in its row."""

import logging

from celery import shared_task
from django.utils.translation import gettext_noop

from collegium.errors import Problem
from collegium.jobs.models import JobState
from collegium.jobs.services import JobCancelled, JobLost, job_claim, job_end
from collegium.ops.logs import request_id_set
from collegium.sdk.evaluation import SuiteProblem
from collegium.serving.evaluation import lease_kept, version_evaluate
from collegium.serving.models import ModelVersion

log = logging.getLogger(__name__)


@shared_task
def evaluate(job_id: str) -> None:
    """Evaluate the model version that a job names, where no other worker has the job."""
    job = job_claim(job_id=job_id)
    if job is None:
        return
    request_id_set(f"job-{job.pk}")
    try:
        version = ModelVersion.objects.select_related("served_by").get(uid=job.subject)
        with lease_kept(job) as progress:
            version_evaluate(version=version, progress=progress)
        job_end(job=job, state=JobState.SUCCEEDED)
    except JobCancelled:
        job_end(job=job, state=JobState.CANCELLED)
    except JobLost:
        log.warning("job %s is another worker's now", job.pk)
    except Problem as problem:
        job_end(job=job, state=JobState.FAILED, problem=problem.as_dict())
    except SuiteProblem as problem:
        title = gettext_noop("The suite cannot run")
        job_end(
            job=job, state=JobState.FAILED, problem={"code": "suite", "title": title, "detail": str(problem)}
        )
    except Exception:
        log.exception("the evaluation of job %s broke", job.pk)
        detail = gettext_noop("The evaluation broke; the worker's log says why.")
        told = {"code": "broken", "title": gettext_noop("The evaluation broke"), "detail": detail}
        job_end(job=job, state=JobState.FAILED, problem=told)
        raise
    finally:
        request_id_set("")


def evaluation_dropped(subject: object) -> None:
    """Nothing is kept of an evaluation that did not run: its version stays as it was judged before."""
