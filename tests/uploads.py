"""Uploads that take the whole way: over the API, through the process that reads them, into the index."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile

if TYPE_CHECKING:
    from collegium.knowledge.models import DocumentVersion, KnowledgeBase
    from tests.collegium.api.conftest import Caller


def upload_read(
    caller: "Caller", base: "KnowledgeBase", files: Mapping[str, str | bytes], state: str = "succeeded"
) -> "DocumentVersion":
    """The stored version, with its `job`, which has ended in that state."""
    from collegium.jobs.models import Job
    from collegium.knowledge.models import DocumentVersion
    from collegium.knowledge.tasks import ingest

    parts = [
        SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
        for name, content in files.items()
    ]
    reply = caller.form("POST", "/api/v1/documents", {"file": parts, "knowledge_base": base.pk})
    assert reply.status_code == 202, reply.content
    ingest(reply.json()["job"])
    job = Job.objects.get(pk=reply.json()["job"])
    assert job.state == state, job.problem
    version = DocumentVersion.objects.get(pk=reply.json()["version"])
    version.job = job
    return version
