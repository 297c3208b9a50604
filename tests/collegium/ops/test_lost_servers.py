"""Documents survive: the database, the broker, the worker and the supervisor are killed while they are read."""

import os
import signal
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.collegium.ops.installation import Installation

pytestmark = pytest.mark.slow
PARTS = ("database", "valkey", "web", "worker", "beat", "embeddings")
DOCUMENTS = 4
PARAGRAPHS = 60
COUNTS = """
SELECT document.title, version.state, job.state, version.chunk_count,
    (SELECT count(*) FROM knowledge_chunk AS chunk WHERE chunk.version_id = version.id),
    (SELECT count(*) FROM knowledge_chunkvector AS vec WHERE vec.version_id = version.id),
    (SELECT count(*) FROM knowledge_chunklex AS lex WHERE lex.version_id = version.id),
    document.current_id = version.id
FROM knowledge_documentversion AS version
JOIN knowledge_document AS document ON document.id = version.document_id
JOIN jobs_job AS job ON job.subject = version.id
WHERE document.knowledge_base_id = %s
"""


@pytest.fixture(scope="module")
def installation(embedding_model: Path):
    """One for all victims: each is killed while documents of its own are read, and comes back."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLLEGIUM_LEASE_S", "3")
        running = Installation(embedding_model.parent)
        try:
            running.start(*PARTS)
            yield running
        finally:
            running.remove()


@pytest.fixture(scope="module")
def key(installation: Installation) -> str:
    made = installation.manage("apikey", "create", "--workspace", "demo", "--scopes", "all")
    assert made.returncode == 0, made.stderr
    return made.stdout.splitlines()[-1].strip()


def client(installation: Installation, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=installation.up()["url"], headers={"Authorization": f"Bearer {key}"}, timeout=20
    )


def report(number: int, victim: str) -> str:
    """Long enough that reading it takes a while, and different from every other."""
    return f"# Report {number} ({victim})\n\n" + "\n\n".join(
        f"Paragraph {part} of report {number} tells that division {part} of the company sold "
        f"{number * 1000 + part} instruments in the year, {part} more than in the year before, because the "
        f"plant in district {part} was opened in time and its {part + 40} people learned quickly. " * 3
        for part in range(PARAGRAPHS)
    )


def upload(api: httpx.Client, victim: str) -> str:
    base = api.post("/api/v1/knowledge-bases", json={"name": f"Reports ({victim})", "vertical": "finance"})
    assert base.status_code == 201, base.text
    for number in range(DOCUMENTS):
        sent = api.post(
            "/api/v1/documents",
            data={"knowledge_base": base.json()["id"]},
            files={"file": (f"report-{number}.md", report(number, victim).encode())},
        )
        assert sent.status_code == 202, sent.text
    return base.json()["id"]


def rows(installation: Installation, base: str) -> list[tuple]:
    address = f"host={installation.home}/pgrun dbname=collegium user=collegium"
    with psycopg.connect(address, connect_timeout=5) as connection:
        return connection.execute(COUNTS, [base]).fetchall()


def all_ended(installation: Installation, base: str, timeout_s: float = 120) -> list[tuple]:
    end = time.monotonic() + timeout_s
    while True:
        try:
            found = rows(installation, base)
        except psycopg.OperationalError:  # the database is on its way back
            found = []
        if len(found) == DOCUMENTS and all(row[2] in {"succeeded", "failed"} for row in found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.3)


def wait_for_a_running_job(installation: Installation, base: str) -> None:
    end = time.monotonic() + 30
    while not any(row[2] == "running" for row in rows(installation, base)):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("victim", ["database", "valkey", "worker", "supervisor"])
def test_every_document_is_complete_exactly_once_after_a_kill(installation, key, victim):
    with client(installation, key) as api:
        base = upload(api, victim)
    wait_for_a_running_job(installation, base)

    if victim == "supervisor":
        installation.process.kill()
        installation.process.wait()
        time.sleep(3)  # its children see that it is gone
        installation.start(*PARTS)
    else:
        os.kill(installation.up()["children"][victim], signal.SIGKILL)

    ended = all_ended(installation, base)
    assert len({title for title, *_ in ended}) == DOCUMENTS
    for title, version, job, counted, chunks, vectors, words, current in ended:
        assert (version, job, current) == ("ready", "succeeded", True), title
        assert counted == chunks == vectors == words > PARAGRAPHS // 2, title
    for part in PARTS:
        installation.wait_for(part)
    query = {"query": "division 17 of report 2 sold instruments", "knowledge_bases": [base]}
    with client(installation, key) as api:
        found = api.post("/api/v1/search", json=query).json()["data"]
    assert len({(hit["document"], hit["chunk"]) for hit in found}) == len(found) > 0
