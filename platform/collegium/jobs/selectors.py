"""Reads of jobs: whoever sees the document sees its job."""

import uuid

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import NotFound
from collegium.jobs.models import Job
from collegium.jobs.registry import kinds_hidden


def visible_jobs(asker: Asker) -> QuerySet[Job]:
    """The jobs of the asker's workspace; one about a document only where the asker sees the document.

    Without the scope that a kind is seen with, its jobs are left out.
    """
    from collegium.knowledge.selectors import visible_documents

    rows = Job.objects.filter(workspace_id=asker.workspace_id).exclude(kind__in=kinds_hidden(asker))
    return rows.filter(Q(document__isnull=True) | Q(document__in=visible_documents(asker).values("pk")))


def job_get(asker: Asker, job_id: uuid.UUID | str) -> Job:
    """The job, or NotFound where there is none or the asker may not know of it."""
    try:
        job = visible_jobs(asker).filter(pk=job_id).first()
    except (ValidationError, ValueError):  # not the form of an id
        job = None
    if job is None:
        raise NotFound(_("There is no such job."))
    return job
