"""A real worker on the queue `tuning`: stopped, killed and succeeded by another."""

import contextlib
import signal
import subprocess
from pathlib import Path

import pytest

from collegium.jobs.models import Job, JobState
from collegium.jobs.services import lost_jobs_requeue
from collegium.ops.processes import alive
from collegium.tuning.folder import output_tail, run_folder
from collegium.tuning.models import PrivacySpending, SpendingState, TuningRun
from collegium.tuning.services import run_cancel, run_resume
from tests.workers import until, worker_kill, worker_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WITHIN_S = 180.0
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


@pytest.fixture
def sent():
    """Jobs are really sent here."""


@pytest.fixture
def worker_start(process_environment, tmp_path):
    """worker_start() -> a running worker of the queue, with a lease of 10 s; all are killed at the end."""
    running = []

    def start() -> subprocess.Popen:
        process = worker_run(
            "tests.collegium.tuning.trained_site",
            ["-Q", "tuning", "-n", f"tuning@test-{len(running)}", "-l", "INFO"],
            process_environment | {"COLLEGIUM_LEASE_S": "10"},
            tmp_path / f"worker-{len(running)}.log",
        )
        running.append(process)
        return process

    yield start
    for process in running:
        worker_kill(process)


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
    until(lambda: _reached(run, 3), WITHIN_S)
    run_cancel(asker=owner_asker, run_id=run.pk)
    until(lambda: _ended(run), WITHIN_S)
    job = Job.objects.get(pk=run.job_id)
    assert job.state == JobState.CANCELLED and _state(run) == SpendingState.SPENT
    stopped = output_tail(run_folder(run.pk).output(1), 1)[0]
    assert stopped["event"] == "stopped" and run_folder(run.pk).has_checkpoint()
    assert not run_folder(run.pk).examples.exists() and not _trainings(run)
    training(step_s=0.01)
    run_resume(asker=owner_asker, run_id=run.pk)
    until(lambda: _ended(run), WITHIN_S)
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
    until(lambda: _reached(run, 5), WITHIN_S)
    (trainer,) = _trainings(run)
    worker_kill(first)
    until(lambda: not alive(trainer), timeout_s=20)
    training(step_s=0.01)
    worker_start()
    until(lambda: _ended(run), WITHIN_S)
    done = TuningRun.objects.get(pk=run.pk)
    assert done.job.state == JobState.SUCCEEDED, done.job.problem
    assert done.job.attempt == 2 and done.starts == 2 and done.execution == 1
    assert PrivacySpending.objects.count() == 1 and _state(run) == SpendingState.SPENT
    assert done.progress.count() == 40


def test_a_worker_that_is_asked_to_stop_leaves_a_checkpoint_and_the_run_queued(
    start, training, worker_start, settings
):
    training(step_s=0.1)
    run = start("dummy.private", epsilon=0.25, steps=60, checkpoint_steps=1000)
    first = worker_start()
    until(lambda: _reached(run, 3), WITHIN_S)
    first.send_signal(signal.SIGTERM)
    first.wait(90)
    job = Job.objects.get(pk=run.job_id)
    assert job.state == JobState.QUEUED and not _trainings(run)
    assert run_folder(run.pk).has_checkpoint() and not run_folder(run.pk).examples.exists()
    training(step_s=0.01)
    worker_start()
    until(lambda: _ended(run), WITHIN_S)
    done = TuningRun.objects.get(pk=run.pk)
    assert done.job.state == JobState.SUCCEEDED, done.job.problem
    assert done.job.attempt == 1 and PrivacySpending.objects.count() == 1
    steps = [e["step"] for e in output_tail(run_folder(run.pk).output(1), 500) if e["event"] == "step"]
    assert steps == list(range(1, 61))


def test_a_worker_killed_before_the_first_step_costs_nothing_until_its_successor_takes_one(
    start, training, worker_start, owner_asker
):
    training(before_start_s=60)
    run = start("dummy.private", epsilon=0.25, steps=4)
    first = worker_start()
    until(lambda: _trainings(run), WITHIN_S)
    worker_kill(first)
    assert _state(run) == SpendingState.RESERVED
    run_cancel(asker=owner_asker, run_id=run.pk)
    until(lambda: _ended(run), WITHIN_S)
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
    until(lambda: _reached(run, 2), WITHIN_S)
    run_cancel(asker=owner_asker, run_id=run.pk)
    until(lambda: _ended(run), timeout_s=60)
    assert Job.objects.get(pk=run.job_id).state == JobState.CANCELLED and not _trainings(run)
