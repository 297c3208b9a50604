"""Uploading and ingesting as people do."""

import shutil
from collections.abc import Callable

import pytest
from django.conf import settings

from tests.collegium.knowledge.search_corpus import encoder_use
from tests.documents import report_pdf, upload


@pytest.fixture
def encoder(monkeypatch):
    """An embedding engine whose vectors are known; `away` makes it unreachable."""
    return encoder_use(monkeypatch)


@pytest.fixture
def add(finance_base, editor_asker) -> Callable:
    """add("name", content) -> (version, job), by the editor into the finance base."""
    from collegium.knowledge.services import document_add

    def make(name="report.pdf", content=None, **more):
        files = [upload(name, report_pdf() if content is None else content)]
        options = {"asker": editor_asker, "knowledge_base": finance_base, "files": files}
        return document_add(**(options | more))

    return make


@pytest.fixture
def run_job(encoder) -> Callable:
    """run_job(job) -> the job as it ended, done in this process."""
    from collegium.knowledge.tasks import ingest

    shutil.rmtree(settings.HOME.work, ignore_errors=True)

    def run(job):
        ingest(str(job.pk))
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def stored() -> Callable:
    """stored() -> the names of all files in the blob store, received ones included; empty at the start."""
    shutil.rmtree(settings.HOME.blobs, ignore_errors=True)
    return lambda: sorted(path.name for path in settings.HOME.blobs.rglob("*") if path.is_file())


def index_counts() -> dict[str, int]:
    """How many rows of each table of the index there are."""
    from collegium.knowledge.models import Chunk, ChunkLex, ChunkVector, TermCount

    return {model.__name__: model.objects.count() for model in (Chunk, ChunkVector, ChunkLex, TermCount)}
