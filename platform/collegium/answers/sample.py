"""The sample: a workspace `demo` with one knowledge base per vertical, filled through the ordinary
services.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files import File

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.accounts.models import Membership, Role, User, Workspace
from collegium.accounts.services import member_add, vertical_enable, workspace_create
from collegium.errors import Conflict
from collegium.jobs.models import Job, JobState
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.services import document_add, knowledge_base_create
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import Sample

log = logging.getLogger(__name__)
WORKSPACE = "demo"
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the sample's documents are done, of how many, and which failed."""

    done: int
    total: int
    failed: tuple[str, ...]


def workspace_asker_service(workspace: Workspace) -> Asker:
    """Who acts for nobody in particular in a workspace: commands on the server."""
    return Asker(workspace_id=workspace.pk, role="admin", scopes=ROLE_SCOPES["admin"])


def sample_load() -> Iterator[tuple[str, Job | None]]:
    """Load what is missing of the sample; yields each document's title with its job, None where it was
    there.
    """
    workspace = _workspace()
    asker = workspace_asker_service(workspace)
    for slug, vertical in sorted(loaded_verticals().items()):
        if vertical.sample is not None:
            vertical_enable(workspace=workspace, slug=slug)
            yield from _documents_load(asker, slug, vertical.sample)


def _workspace() -> Workspace:
    workspace = Workspace.objects.filter(slug=WORKSPACE).first()
    if workspace is None:
        try:
            workspace = workspace_create(slug=WORKSPACE, name="Demo")
        except Conflict:  # another start made it at this moment
            workspace = Workspace.objects.get(slug=WORKSPACE)
    for user in User.objects.filter(is_superuser=True, is_active=True):
        if not Membership.objects.filter(workspace=workspace, user=user).exists():
            member_add(workspace=workspace, user=user, role=Role.ADMIN)
    return workspace


def _documents_load(asker: Asker, slug: str, sample: Sample) -> Iterator[tuple[str, Job | None]]:
    base = KnowledgeBase.objects.filter(workspace_id=asker.workspace_id, name=sample.knowledge_base).first()
    if base is None:
        base = knowledge_base_create(asker=asker, name=sample.knowledge_base, vertical=slug)
    for document in sample.documents:
        with document.path.open("rb") as stream:
            upload = File(stream, name=document.path.name)
            try:
                _, job = document_add(
                    asker=asker,
                    knowledge_base=base,
                    files=[upload],
                    title=document.title,
                    metadata=document.metadata,
                )
            except Conflict:  # loaded before
                yield document.title, None
                continue
        yield document.title, job


def sample_progress(jobs: list[Job]) -> Progress:
    """How far the ingestion of these documents is."""
    states = dict(Job.objects.filter(pk__in=[job.pk for job in jobs]).values_list("pk", "state"))
    done = sum(1 for state in states.values() if state in ENDED)
    failed = tuple(str(pk) for pk, state in states.items() if state in {JobState.FAILED, JobState.CANCELLED})
    return Progress(done, len(jobs), failed)
