"""A workspace with a searchable document, and callers with keys."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tests.collegium.knowledge.search_corpus import base_make, document_make, encoder_use
from tests.collegium.tuning.made import run_failed

SECRET = "Zanzibar"  # stands in the document and nowhere else
PASSAGES = [
    f"Net sales of the {SECRET} division were 4,210 million dollars in 2024.",
    "The board proposed a dividend of 1.20 dollars per share.",
]


@dataclass
class Caller:
    """Calls the API with one key."""

    key: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __call__(self, method: str, path: str, body: Any = None, **options: Any):
        headers = dict(options.pop("headers", {}))
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(method, path, headers=headers, **options)

    def form(self, method: str, path: str, data: dict[str, Any], **headers: str):
        from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

        return self(
            method,
            path,
            data=encode_multipart(BOUNDARY, data),
            content_type=MULTIPART_CONTENT,
            headers=headers,
        )


@pytest.fixture
def anonymous() -> Caller:
    return Caller()


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    """A key of the workspace's administrator, with every scope."""
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def stranger(foreign, outsider, key_make) -> Caller:
    """A key with every scope, of another workspace's administrator."""
    return Caller(key_make(foreign, user=outsider))


@dataclass
class World:
    """What the workspace holds; none of it may reach a stranger."""

    base: Any
    document: Any
    version: Any
    chunk: Any
    job: Any = None
    answer: str = ""
    run: Any = None

    def traces(self) -> list[str]:
        found = [self.base, self.document, self.version, self.job, self.run]
        return [SECRET, self.answer or SECRET, *(str(one.pk) for one in found if one is not None)]


@pytest.fixture
def knowledge(workspace, owner, monkeypatch) -> World:
    encoder_use(monkeypatch)
    base = base_make(workspace, "Acme reports")
    document = document_make(base, PASSAGES, title="Annual report", by=owner)
    document.refresh_from_db()
    return World(base, document, document.current, document.current.chunks.first())


@pytest.fixture
def world(knowledge, workspace, owner_asker, caller) -> World:
    """The knowledge, a job about its document, an answer from it, and a model tuned on it.

    Needs a database without a transaction.
    """
    from collegium.jobs.models import Job, JobState

    knowledge.job = Job.objects.create(
        workspace=workspace,
        kind="ingest",
        subject=knowledge.version.pk,
        document=knowledge.document.pk,
        state=JobState.FAILED,
        problem={"code": "broken", "title": "Broken", "detail": "It broke."},
    )
    knowledge.run = run_failed(owner_asker, knowledge.base)
    reply = caller(
        "POST", "/api/v1/finance/answers", {"question": f"What were net sales of {SECRET} in 2024?"}
    )
    assert reply.status_code == 200, reply.content
    assert SECRET in reply.json()["text"]
    knowledge.answer = reply.json()["id"]
    return knowledge


@contextlib.contextmanager
def uvicorn_run(environment: dict[str, str], log_path):
    """A real web process over the test's database; yields its address and the process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        port = listener.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "collegium.asgi:application",
            "--fd",
            str(listener.fileno()),
        ]
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [*command, "--no-access-log"],
                env=environment,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        address = f"http://127.0.0.1:{port}"
        try:
            _ready_wait(process, address, log_path)
            yield address, process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready_wait(process, address: str, log_path) -> None:
    import httpx

    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log_path.read_text()
        try:
            if httpx.get(f"{address}/v1/models", timeout=5).status_code == 401:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(log_path.read_text())
