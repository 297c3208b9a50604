"""Real worker processes: killed anywhere, they leave every document complete exactly once; cancelling is quick."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_cancel, lost_jobs_requeue
from collegium.knowledge.models import Chunk, ChunkLex, ChunkVector, TermCount
from collegium.knowledge.services import document_add, knowledge_base_create
from tests.collegium.knowledge.halting_points import POINTS
from tests.documents import report_pdf, upload
from tests.workers import until, worker_kill, worker_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WITHIN_S = 60.0
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


@pytest.fixture
def worker_start(process_environment, tmp_path, embeddings):
    """worker_start(halt_at="") -> a running worker, with a lease of 2 s; all are killed at the end.

    One that halts at a point makes the file halted-POINT there.
    """
    running = []

    def start(halt_at: str = "") -> subprocess.Popen:
        environment = process_environment | {
            "COLLEGIUM_LEASE_S": "2",
            "HALT_AT": halt_at,
            "HALT_FLAG": str(tmp_path / f"halted-{halt_at}"),
        }
        app = "tests.collegium.knowledge.halting_worker" if halt_at else "collegium"
        process = worker_run(
            app,
            ["-Q", "ingest,default", "-n", f"worker-{len(running)}@test", "-l", "WARNING"]
            + ["--without-gossip", "--without-mingle"],
            environment,
            tmp_path / f"worker-{len(running)}.log",
        )
        running.append(process)
        return process

    yield start
    for process in running:
        worker_kill(process)


def _state(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def _ended(job: Job):
    lost_jobs_requeue()
    return _state(job) in ENDED


def _add(asker, base, name="report.pdf", **shape):
    return document_add(asker=asker, knowledge_base=base, files=[upload(name, report_pdf(**shape))])


def _stored(version, base) -> dict:
    """All that the version left in the database, without its ids."""
    chunks = Chunk.objects.filter(version=version)
    return {
        "texts": list(chunks.values_list("ordinal", "text", "section", "page", "digest")),
        "vectors": ChunkVector.objects.filter(version=version, chunk__in=chunks).count(),
        "all_vectors": ChunkVector.objects.filter(kb=base.number).count(),
        "lex": ChunkLex.objects.filter(kb=base.number).count(),
        "terms": sorted(TermCount.objects.filter(kb=base.number).values_list("term", "chunks")),
    }


def test_killed_workers_leave_their_documents_complete_once(
    worker_start, workspace, owner_asker, tmp_path, settings
):
    """One worker halts at each point, with a document of its own in its hands, and is killed there."""
    settings.LEASE_S = 2
    bases = [
        knowledge_base_create(asker=owner_asker, name=name, vertical="finance")
        for name in (*POINTS, "control")
    ]
    given = [_add(owner_asker, base) for base in bases[:-1]]
    halting = [worker_start(halt_at=point) for point in POINTS]
    until(lambda: all((tmp_path / f"halted-{point}").exists() for point in POINTS), 120)
    for worker in halting:
        worker_kill(worker)
    states = sorted(_state(job) for _, job in given)
    assert states == [JobState.RUNNING] * (len(POINTS) - 1) + [
        JobState.SUCCEEDED
    ]  # it was only unacknowledged
    done = Job.objects.get(state=JobState.SUCCEEDED).subject
    indexed = set(ChunkVector.objects.values_list("chunk__version", flat=True))
    assert indexed == set(Chunk.objects.values_list("version", flat=True)) == {done}

    given.append(_add(owner_asker, bases[-1]))
    worker_start()
    until(lambda: all(_ended(job) for _, job in given), WITHIN_S)
    wanted = _stored(given[-1][0], bases[-1])
    for base, (version, job) in zip(bases, given, strict=True):
        job.refresh_from_db()
        version.refresh_from_db()
        assert (job.state, job.problem) == (JobState.SUCCEEDED, None)
        assert version.state == "ready" and version.document.current_id == version.pk
        found = _stored(version, base)
        assert found == wanted
        assert found["vectors"] == found["lex"] == len(found["texts"]) == version.chunk_count > 0
    assert not list(settings.HOME.work.glob("*"))


@pytest.mark.parametrize(("stage", "pages"), [("parse", 600), ("embed", 120)])
def test_cancelling_stops_a_running_worker_within_about_a_second(
    stage, pages, worker_start, finance_base, editor_asker, settings
):
    version, job = _add(editor_asker, finance_base, pages=pages, paragraphs=8)
    worker_start()
    until(lambda: Job.objects.filter(pk=job.pk, stage=stage, done__gt=0).exists(), 120)
    began = time.monotonic()
    assert job_cancel(asker=editor_asker, job_id=job.pk).state == JobState.CANCELLING
    until(lambda: _state(job) == JobState.CANCELLED, WITHIN_S)
    assert time.monotonic() - began < 2.5  # on a busy machine; half a second on an idle one
    version.refresh_from_db()
    assert version.state == "failed"
    assert Chunk.objects.count() == 0
    until(lambda: not list(settings.HOME.work.glob("*")), 5)
    until(lambda: not _readers(), 5)


def _readers() -> list[str]:
    """The command lines of reading processes that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "parse_child" in line and os.environ["COLLEGIUM_HOME"] in line:
                found.append(line)
    return found
