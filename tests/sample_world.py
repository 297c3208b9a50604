"""The sample, really ingested once for the tests of a package: parse, embed, index; removed at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class World:
    """The workspace `demo` with its documents, a member who asks, and an outsider of another workspace."""

    workspace: Any
    asker: Any
    colleague: Any
    outsider: Any
    asker_user: Any

    def base(self, vertical: str) -> Any:
        from collegium.knowledge.models import KnowledgeBase

        return KnowledgeBase.objects.get(workspace=self.workspace, vertical=vertical)

    def document(self, title: str) -> Any:
        from collegium.knowledge.models import Document

        return Document.objects.get(workspace=self.workspace, title__contains=title)


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any, embeddings: str) -> Iterator[World]:
    with django_db_blocker.unblock():
        made = _make()
        yield made
        _remove(made)


def _make() -> World:
    from collegium.accounts.models import User
    from collegium.accounts.selectors import asker_for_user
    from collegium.accounts.services import member_add, workspace_create
    from collegium.answers.sample import _workspace, sample_load
    from collegium.jobs.models import Job
    from collegium.knowledge.tasks import ingest

    for _title, job in list(sample_load()):
        if job is not None:
            ingest(str(job.pk))
            job = Job.objects.get(pk=job.pk)
            assert job.state == "succeeded", job.problem
    workspace = _workspace()
    elsewhere = workspace_create(slug="elsewhere", name="Elsewhere", verticals=["finance", "medical"])
    people = [
        User.objects.create_user(username=f"sample-{name}") for name in ("asker", "colleague", "outsider")
    ]
    for person, place, role in zip(
        people, (workspace, workspace, elsewhere), ("admin", "analyst", "admin"), strict=True
    ):
        member_add(workspace=place, user=person, role=role)
    return World(
        workspace,
        asker_for_user(people[0], workspace.pk),
        asker_for_user(people[1], workspace.pk),
        asker_for_user(people[2], elsewhere.pk),
        people[0],
    )


def _remove(made: World) -> None:
    from collegium.accounts.models import User, Workspace
    from collegium.knowledge.models import ChunkLex, ChunkVector, Document, TermCount
    from collegium.serving.models import ModelAlias, ModelVersion

    kept = Document.objects.filter(workspace=made.workspace)
    ChunkLex.objects.filter(version__document__in=kept).delete()
    ChunkVector.objects.filter(version__document__in=kept).delete()
    TermCount.objects.all().delete()
    ModelAlias.objects.all().delete()
    ModelVersion.objects.all().delete()
    Workspace.objects.filter(slug__in=["demo", "elsewhere"]).delete()
    User.objects.filter(username__startswith="sample-").delete()
