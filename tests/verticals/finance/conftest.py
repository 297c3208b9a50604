"""Filings uploaded and read as people's uploads are, into a workspace with an outsider beside it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.collegium.knowledge.search_corpus import encoder_use
from tests.documents import upload


@pytest.fixture
def ingest(finance_base, editor_asker, monkeypatch) -> Callable[..., Any]:
    """ingest({"a.htm": text}, ...) -> the version, searchable, with its facts."""
    from collegium.knowledge.services import document_add, version_add
    from collegium.knowledge.tasks import ingest as work

    encoder_use(monkeypatch)

    def run(
        files: dict[str, str | bytes], *, base=None, document=None, state="succeeded", **more: Any
    ) -> Any:
        sent = [upload(name, content) for name, content in files.items()]
        if document is None:
            base = base or finance_base
            version, job = document_add(asker=editor_asker, knowledge_base=base, files=sent, **more)
        else:
            version, job = version_add(asker=editor_asker, document=document, files=sent, **more)
        work(str(job.pk))
        job.refresh_from_db()
        assert job.state == state, job.problem
        version.refresh_from_db()
        version.job = job
        return version

    return run
