"""A real worker on the queue `tuning`: stopped, killed and succeeded by another."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collegium.jobs.models import Job, JobState
from collegium.jobs.services import lost_jobs_requeue
from collegium.ops.processes import alive
from collegium.tuning.folder import output_tail, run_folder
from collegium.tuning.models import PrivacySpending, SpendingState, TuningRun
from collegium.tuning.services import run_cancel, run_resume

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


@pytest.fixture
def sent():
    """Jobs are really sent here."""


@pytest.fixture
def worker_start(process_environment, tmp_path):
    """worker_start() -> a running worker of the queue, with a lease of 2 s; all are killed at the end."""
    running = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "tests.collegium.tuning.training_worker", "worker"]
        with (tmp_path / f"worker-{len(running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "-Q", "tuning", "-c", "1", "-n", f"tuning@test-{len(running)}", "-l", "INFO"],
                cwd=ROOT,
                env=process_environment | {"COLLEGIUM_LEASE_S": "2"},
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


def _until(condition, timeout_s: float = 90.0):
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def _ended(run) -> bool:
    lost_jobs_requeue()
    return Job.objects.get(pk=run.job_id).state in ENDED


def _reached(run, step: int):
    lost_jobs_requeue()
    events = output_tail(run_folder(run.pk).output(1), 50)
    return any(event["event"] == "step" and event["step"] >= step for event in events)


def _state(run) -> str:
    return PrivacySpending.objects.get(run=run, execution=TuningRun.objects.get(pk=run.pk).execution).state


def _trainings(run) -> list[int]:
    """The processes that train this run now."""
    job = str(run_folder(run.pk).job).encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if job in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_a_cancelled_training_writes_a_checkpoint_first_and_is_gone_on_with(
    start, training, worker_start, owner_asker
):
    training(step_s=0.1)
    run = start("dummy.private", epsilon=0.25, steps=60, checkpoint_steps=1000)
    worker_start()
    _until(lambda: _reached(run, 3))
    run_cancel(asker=owner_asker, run_id=run.pk)
    _until(lambda: _ended(run))
    job = Job.objects.get(pk=run.job_id)
    assert job.state == JobState.CANCELLED and _state(run) == SpendingState.SPENT
    stopped = output_tail(run_folder(run.pk).output(1), 1)[0]
    assert stopped["event"] == "stopped" and run_folder(run.pk).has_checkpoint()
    assert not run_folder(run.pk).examples.exists() and not _trainings(run)
    training(step_s=0.01)
    run_resume(asker=owner_asker, run_id=run.pk)
    _until(lambda: _ended(run))
    done = TuningRun.objects.get(pk=run.pk)
    assert done.job.state == JobState.SUCCEEDED, done.job.problem
    assert done.execution == 1 and PrivacySpending.objects.count() == 1
    steps = [e["step"] for e in output_tail(run_folder(run.pk).output(1), 500) if e["event"] == "step"]
    assert steps == list(range(1, 61))


def test_a_killed_workers_training_dies_with_it_and_its_successor_goes_on_from_the_checkpoint(
    start, training, worker_start
):
    training(step_s=0.1)
    run = start("dummy.private", epsilon=0.25, steps=40, checkpoint_steps=2)
    first = worker_start()
    _until(lambda: _reached(run, 5))
    (trainer,) = _trainings(run)
    _kill(first)
    _until(lambda: not alive(trainer), timeout_s=5)
    training(step_s=0.01)
    worker_start()
    _until(lambda: _ended(run))
    done = TuningRun.objects.get(pk=run.pk)
    assert done.job.state == JobState.SUCCEEDED, done.job.problem
    assert done.job.attempt == 2 and done.starts == 2 and done.execution == 1
    assert PrivacySpending.objects.count() == 1 and _state(run) == SpendingState.SPENT
    assert done.progress.count() == 40


def test_a_worker_killed_before_the_first_step_costs_nothing_until_its_successor_takes_one(
    start, training, worker_start, owner_asker
):
    training(before_start_s=60)
    run = start("dummy.private", epsilon=0.25, steps=4)
    first = worker_start()
    _until(lambda: _trainings(run))
    _kill(first)
    assert _state(run) == SpendingState.RESERVED
    run_cancel(asker=owner_asker, run_id=run.pk)
    _until(lambda: _ended(run))
    assert Job.objects.get(pk=run.job_id).state == JobState.CANCELLED
    assert _state(run) == SpendingState.RETURNED
    assert not run_folder(run.pk).examples.exists()


def test_a_training_that_does_not_hear_is_killed_when_its_time_is_over(
    start, training, worker_start, owner_asker, process_environment
):
    process_environment["COLLEGIUM_TUNING_STOP_GRACE_S"] = "1"
    training(step_s=0.1, ignore_term=True)
    run = start("dummy.open", steps=600)
    worker_start()
    _until(lambda: _reached(run, 2))
    run_cancel(asker=owner_asker, run_id=run.pk)
    _until(lambda: _ended(run), timeout_s=20)
    assert Job.objects.get(pk=run.job_id).state == JobState.CANCELLED and not _trainings(run)
