"""Real worker processes: killed anywhere, they leave every document complete exactly once; cancelling is quick."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_cancel, lost_jobs_requeue
from collegium.knowledge.models import Chunk, ChunkLex, ChunkVector, TermCount
from collegium.knowledge.services import document_add
from tests.collegium.knowledge.halting_points import POINTS
from tests.documents import report_pdf, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


@pytest.fixture
def worker_start(process_environment, tmp_path, embeddings):
    """worker_start(halt_at="") -> a running worker, with a lease of 2 s; all are killed at the end."""
    running = []

    def start(halt_at: str = "") -> subprocess.Popen:
        environment = process_environment | {
            "COLLEGIUM_LEASE_S": "2",
            "HALT_AT": halt_at,
            "HALT_FLAG": str(tmp_path / "halted"),
        }
        app = "tests.collegium.knowledge.halting_worker" if halt_at else "collegium"
        command = [sys.executable, "-m", "celery", "-A", app, "worker", "-Q", "ingest,default", "-c", "1"]
        log = (tmp_path / f"worker-{len(running)}.log").open("wb")
        process = subprocess.Popen(
            [*command, "-l", "WARNING", "--without-gossip", "--without-mingle"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        _kill(process)


def _kill(process: subprocess.Popen) -> None:
    """The worker and its children, at once and without a word."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until(condition, timeout_s: float = 60.0):
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


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


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_leaves_the_document_complete_once(
    point, worker_start, finance_base, medical_base, editor_asker, tmp_path, settings
):
    settings.LEASE_S = 2
    version, job = _add(editor_asker, finance_base)
    first = worker_start(halt_at=point)
    _until((tmp_path / "halted").exists)
    _kill(first)
    if point not in {"unacknowledged"}:
        assert _state(job) == JobState.RUNNING
        assert ChunkVector.objects.count() == 0
    control, control_job = _add(editor_asker, medical_base)
    worker_start()
    _until(lambda: _ended(job) and _ended(control_job))
    for one in (job, control_job):
        one.refresh_from_db()
        assert (one.state, one.problem) == (JobState.SUCCEEDED, None)
    version.refresh_from_db()
    control.refresh_from_db()
    assert version.state == "ready" and version.document.current_id == version.pk
    found, wanted = _stored(version, finance_base), _stored(control, medical_base)
    assert found == wanted
    assert found["vectors"] == found["lex"] == len(found["texts"]) == version.chunk_count > 0
    assert not list(settings.HOME.work.glob("*"))


@pytest.mark.parametrize("stage", ["parse", "embed"])
def test_cancelling_stops_a_running_worker_within_about_a_second(
    stage, worker_start, finance_base, editor_asker, settings
):
    version, job = _add(editor_asker, finance_base, pages=600, paragraphs=8)
    worker_start()
    _until(lambda: Job.objects.filter(pk=job.pk, stage=stage, done__gt=0).exists(), 120)
    began = time.monotonic()
    assert job_cancel(asker=editor_asker, job_id=job.pk).state == JobState.CANCELLING
    _until(lambda: _state(job) == JobState.CANCELLED)
    assert time.monotonic() - began < 2.5  # on a busy machine; half a second on an idle one
    version.refresh_from_db()
    assert version.state == "failed"
    assert Chunk.objects.count() == 0
    _until(lambda: not list(settings.HOME.work.glob("*")), 5)
    _until(lambda: not _readers(), 5)


def _readers() -> list[str]:
    """The command lines of reading processes that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "parse_child" in line and os.environ["COLLEGIUM_HOME"] in line:
                found.append(line)
    return found
