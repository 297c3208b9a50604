"""A workspace where images are on, and uploads that take the whole way: staging, the child process, the index."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.collegium.api.conftest import Caller
from tests.collegium.knowledge.search_corpus import encoder_use
from verticals.medical.features.switch import IMAGING, feature_set

WHY = "Radiology reads its own images here."


@pytest.fixture
def images_on(owner_asker):
    feature_set(asker=owner_asker, name=IMAGING, enabled=True, reason=WHY)


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def send(caller, medical_base, monkeypatch):
    """send({"a.dcm": bytes, ...}) -> the stored version, after the job that the upload began."""
    from collegium.jobs.models import Job
    from collegium.knowledge.models import DocumentVersion
    from collegium.knowledge.tasks import ingest as work

    encoder_use(monkeypatch)

    def run(files: dict[str, bytes], state: str = "succeeded") -> DocumentVersion:
        parts = [SimpleUploadedFile(name, content) for name, content in files.items()]
        reply = caller.form("POST", "/api/v1/documents", {"file": parts, "knowledge_base": medical_base.pk})
        assert reply.status_code == 202, reply.content
        work(reply.json()["job"])
        job = Job.objects.get(pk=reply.json()["job"])
        assert job.state == state, job.problem
        version = DocumentVersion.objects.get(pk=reply.json()["version"])
        version.job = job
        return version

    return run
