"""Does a tuning job: examples, the training as a process, its lines, and its model to the registry.

Whatever happens is judged by what the process wrote (tuning.judging). A worker that dies leaves the lease to
run out; its successor goes on from the newest checkpoint.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from collegium.accounts.services import audit_record
from collegium.errors import Problem
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import (
    JobCancelled,
    JobLost,
    job_end,
    job_hold,
    job_lease_renew,
    job_progress,
)
from collegium.knowledge.disk import is_full, no_space
from collegium.tuning.bases import base_of_digest
from collegium.tuning.exporting import every, examples_write, run_asker
from collegium.tuning.folder import FolderHeld, RunFolder, boot_id, output_tail, run_folder
from collegium.tuning.handover import model_hand_over, result_take
from collegium.tuning.judging import execution_judge, execution_settle
from collegium.tuning.models import SpendingState, TuningRun
from collegium.tuning.parameters import delta_used
from collegium.tuning.problems import TrainingFailed, problem_stored
from collegium.tuning.process import POLL_S, Training, job_write, training_demand, training_run
from collegium.tuning.progress import ProgressKeeper
from collegium.tuning.spending import spending_lower, spending_spend, spending_state

log = logging.getLogger(__name__)
REPORT_EVERY_S = 0.3
CRASHES_MOST = 3  # so often a training that died without a word is taken up again
STOPPED = 143
PLAN_KEYS = ("examples", "steps", "noise_multiplier", "sample_rate", "epsilon", "delta")


@dataclass(slots=True)
class Attempt:
    """One worker's work at a run: what the training has said so far."""

    job: Job
    run: TuningRun
    folder: RunFolder
    progress: ProgressKeeper
    stage: str = "prepare"
    problem: TrainingFailed | None = None
    done: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    _shown_at: float = 0.0

    def show(self, stage: str = "", *, done: int | None = None, total: int | None = None) -> None:
        """Show how far it is, no more often than people see; raises JobCancelled or JobLost."""
        now = time.monotonic()
        if now - self._shown_at < REPORT_EVERY_S and stage in {"", self.stage}:
            return
        self.stage, self._shown_at = stage or self.stage, now
        done = self.progress.done if done is None else done
        total = self.progress.total if total is None else total
        job_progress(job=self.job, stage=self.stage[:30], done=done, total=total)


def run_train(job: Job) -> None:
    """Do a job that this worker has claimed; whatever happens is written into its row and the ledger."""
    run = TuningRun.objects.select_related("created_by", "api_key", "base").filter(pk=job.subject).first()
    if run is None:
        job_end(job=job, state=JobState.CANCELLED)
        return
    attempt = Attempt(job, run, run_folder(run.pk), ProgressKeeper(run))
    try:
        _train(attempt)
        return
    except JobLost:
        log.warning("job %s was taken over by another worker", job.pk)
        return  # the folder is the other's now
    except JobCancelled:
        state, problem = JobState.CANCELLED, None
    except TrainingFailed as failed:
        state, problem = JobState.FAILED, failed.problem
    except Problem as told:
        state, problem = JobState.FAILED, told.as_dict()
    except Exception as error:
        full = is_full(error)
        if isinstance(error, OperationalError | InterfaceError) and not full:
            raise  # the database is away: the lease runs out, and the job is taken up again
        log.exception("job %s failed", job.pk)
        state = JobState.FAILED
        problem = no_space().as_dict() if full else problem_stored("internal", {"kind": type(error).__name__})
    _unfinished(attempt, state, problem)


def _unfinished(attempt: Attempt, state: JobState, problem: dict[str, Any] | None) -> None:
    """End a job without a model: what it reserved is spent or returned, as its output tells."""
    attempt.progress.write(now=True)
    with transaction.atomic():
        if job_end(job=attempt.job, state=state, problem=problem, stages=attempt.seconds):
            execution_settle(attempt.run)
            attempt.folder.private_remove()  # of a worker that died before this one


def _train(attempt: Attempt) -> None:
    attempt.folder.make()
    _predecessor_judge(attempt)
    with _folder_wait(attempt) as held:
        try:
            if not _is_trained(attempt):
                _examples_export(attempt)
                _until_done(attempt, held)
            _finish(attempt)
            attempt.folder.out_remove()
        finally:
            attempt.folder.private_remove()  # while the folder is ours


class _folder_wait:  # noqa: N801  (reads as a call)
    """Hold the run's folder; wait while a worker that was taken for dead, or its training, still does."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def __enter__(self) -> IO[bytes]:
        while True:
            self._holding = self._attempt.folder.held()
            try:
                return self._holding.__enter__()
            except FolderHeld:
                self._attempt.show("waiting")
                time.sleep(POLL_S)

    def __exit__(self, *what: Any) -> None:
        self._holding.__exit__(*what)


def _predecessor_judge(attempt: Attempt) -> None:
    """Spend what a training of this execution, whose worker has gone, may have spent; refuse to repeat it.

    Steps on private texts that left no checkpoint may not be taken again at the same price.
    """
    run = attempt.run
    if not run.boot:
        return
    while (judgement := execution_judge(run)).reason == "still_running":
        attempt.show("waiting")
        time.sleep(POLL_S)
    if not judgement.started:
        return
    spending_spend(run=run, reason=judgement.reason)
    if run.private and not attempt.folder.has_checkpoint() and not _is_trained(attempt):
        raise TrainingFailed("restart_refused")


def _is_trained(attempt: Attempt) -> bool:
    """Whether a worker before this one saw the training done and died before it handed the model over."""
    return bool(attempt.run.boot) and (attempt.folder.out / "result.json").is_file() and _said_done(attempt)


def _said_done(attempt: Attempt) -> bool:
    events = output_tail(attempt.folder.output(attempt.run.execution), 1)
    return bool(events) and events[-1]["event"] == "done"


def _examples_export(attempt: Attempt) -> None:
    """Write the examples, which must be the same for a run that goes on as they were at its begin."""
    run = attempt.run
    began = time.monotonic()
    attempt.show("export", done=0, total=0)
    poll = every(REPORT_EVERY_S, lambda count: attempt.show("export", done=count, total=0))
    exported = examples_write(run, attempt.folder, poll)
    goes_on = attempt.folder.has_checkpoint() or spending_state(run) == SpendingState.SPENT
    if goes_on and run.examples_sha256 not in {"", exported.sha256}:
        raise TrainingFailed("data_changed")
    run.examples_sha256, run.examples_count = exported.sha256, exported.count
    run.save(update_fields=["examples_sha256", "examples_count"])
    attempt.seconds["export"] = round(time.monotonic() - began, 3)


def _until_done(attempt: Attempt, held: IO[bytes]) -> None:
    """Start the training, and start it again from its checkpoint where it dies without a word."""
    training_demand()
    for crashes in range(1, CRASHES_MOST + 2):
        job_write(attempt.folder, training_job(attempt.run, attempt.folder))
        attempt.run.boot = boot_id() or "unknown"
        attempt.run.starts += 1
        attempt.run.save(update_fields=["boot", "starts"])  # before a process is there that could take a step
        with training_run(attempt.folder, attempt.run.execution, held.fileno()) as training:
            _watch(attempt, training)
        if attempt.done:
            return
        if attempt.problem is not None:
            raise attempt.problem
        if crashes > CRASHES_MOST:
            raise TrainingFailed("crashed", times=crashes, how=training.how_ended)
        _restart_allow(attempt, training)


def _restart_allow(attempt: Attempt, training: Training) -> None:
    spent = spending_state(attempt.run) == SpendingState.SPENT
    log.warning("the training of run %s ended by %s", attempt.run.pk, training.how_ended)
    if spent and not attempt.folder.has_checkpoint():
        raise TrainingFailed("restart_refused")


def training_job(run: TuningRun, folder: RunFolder) -> dict[str, Any]:
    """The job that the training reads. Raises TrainingFailed where its base is gone."""
    base = base_of_digest(run.base_digest)
    if base is None:
        raise TrainingFailed("base_gone", base=run.base_label)
    job = dict(run.parameters)
    if job.get("privacy"):
        reserved = Decimal(str(job["privacy"]["delta"]))
        delta = delta_used(reserved, run.examples_count)
        spending_lower(run=run, delta=delta)
        job["privacy"] = {**job["privacy"], "delta": float(delta)}
    if not folder.has_checkpoint():
        folder.out_remove()
    return {
        **job,
        "base": str(base.folder),
        "name": run.model_name,
        "version": str(run.model_number),
        "examples": str(folder.examples),
        "held_out": None,
        "out": str(folder.out),
        "resume_from": str(folder.checkpoints) if folder.has_checkpoint() else None,
        "trained_on": f"{run.vertical}.{run.recipe}, run {run.pk}",
        "licence": base.manifest.licence,
    }


def _watch(attempt: Attempt, training: Training) -> None:
    """Take the training's lines until it ends; one that is to stop is asked to, and waited for."""
    began = time.monotonic()
    try:
        while not training.wait():
            _take(attempt, training)
            attempt.show()
    except JobCancelled:
        _stop(attempt, training)
        raise
    finally:
        _take(attempt, training)
        attempt.progress.write(now=True)
        taken = time.monotonic() - began
        attempt.seconds["train"] = round(attempt.seconds.get("train", 0.0) + taken, 3)


def _stop(attempt: Attempt, training: Training) -> None:
    """Let it write its checkpoint, for as long as the operator allows."""
    training.stop_ask()
    end = time.monotonic() + settings.TUNING_STOP_GRACE_S
    while not training.wait() and time.monotonic() < end:
        _take(attempt, training)
        if not job_lease_renew(job=attempt.job):
            raise JobLost


def _take(attempt: Attempt, training: Training) -> None:
    for event in training.events():
        _heard(attempt, event)
    attempt.progress.write()


def _heard(attempt: Attempt, event: Mapping[str, Any]) -> None:
    """Act on one line of the training."""
    kind = event["event"]
    attempt.progress.take(event)
    if kind == "started":
        spending_spend(run=attempt.run, reason="started")
    elif kind == "stage":
        attempt.stage = str(event.get("stage") or attempt.stage)[:30]
    elif kind == "plan":
        attempt.run.plan = {name: event[name] for name in PLAN_KEYS if name in event}
        attempt.run.save(update_fields=["plan"])
    elif kind == "done":
        attempt.done = True
    elif kind == "problem":
        attempt.problem = TrainingFailed(str(event.get("code") or "")[:40], said=event.get("message") or "")


def _finish(attempt: Attempt) -> None:
    """Hand the model over and end the job, both or neither."""
    run = attempt.run
    attempt.show("register", done=attempt.progress.total, total=attempt.progress.total)
    began = time.monotonic()
    result_take(run, attempt.folder)
    asker = run_asker(run)
    with transaction.atomic():
        job_hold(job=attempt.job)
        run.model_version = model_hand_over(run, attempt.folder)
        run.save(update_fields=["result", "card", "certificate", "model_version"])
        audit_record(asker=asker, action="tuning.model", target=run.pk, model=str(run))
        spending_spend(run=run, reason="done")
        seconds = attempt.seconds | {"register": round(time.monotonic() - began, 3)}
        job_end(job=attempt.job, state=JobState.SUCCEEDED, stages=seconds)
