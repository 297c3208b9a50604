"""Evaluates a version by its own engine, on the suites that the gate names."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.services import audit_record
from collegium.errors import Conflict, Invalid, Unavailable
from collegium.evaluation.services import suite_get, suite_run
from collegium.jobs.models import Job
from collegium.jobs.services import JobCancelled, JobLost, job_create, job_progress, work_claim
from collegium.serving.engines import state_asked
from collegium.serving.gate import Verdict, gate_judge, gates_active, suites_wanted
from collegium.serving.models import ModelEvaluation, ModelState, ModelVersion
from collegium.serving.resolution import answered_by, production_version
from collegium.serving.selectors import administrator_demand, version_get

KIND = "model-evaluation"
ENGINE_WAIT_S = 600.0
WANTED_MARGIN_S = 600
POLL_S = 0.5
Progress = Callable[[str, int, int], None]


def evaluation_start(*, asker: Asker, version_id: UUID | str) -> Job:
    """Queue the evaluation of a version. Conflict where the gate asks for nothing or it is evaluated now."""
    administrator_demand(asker)
    version = version_get(asker, version_id)
    if version.state == ModelState.RETIRED:
        raise Conflict(_("%(label)s is retired.") % {"label": version}, code="retired")
    if not gates_active():
        raise Conflict(
            _("The gate names no suite yet: add evaluation gates in the administration."), code="no_gate"
        )
    with transaction.atomic():
        work_claim(kind=KIND, subject=version.uid)
        version_want(version)
        audit_record(asker=asker, action="model.evaluate", target=version.uid, label=str(version))
        return job_create(asker=asker, kind=KIND, subject=version.uid)


def version_evaluate(
    *, version: ModelVersion, progress: Progress = lambda stage, done, total: None
) -> Verdict:
    """Run the gate's suites with this version as the one that answers, and keep its figures and state.

    Production is measured too where the gate compares with it and its figures are missing or of other data or
    code. Raises Unavailable where an engine does not become ready, and whatever a suite raises.
    """
    production = production_version()
    suites = suites_wanted()
    engine_await(version, ENGINE_WAIT_S, lambda: progress("engine", 0, len(suites)))
    for number, (suite, data, compared) in enumerate(suites):
        progress(suite[:30], number, len(suites))
        mine = _measure(version, suite, data)
        if compared and production and production != version and not _comparable(production, mine):
            _measure(production, suite, data)
    verdict = gate_judge(version, production)
    state = ModelState.EVALUATED if verdict.passed else ModelState.REFUSED
    ModelVersion.objects.filter(pk=version.pk).exclude(state=ModelState.RETIRED).update(state=state)
    return verdict


def _measure(version: ModelVersion, suite: str, data: str) -> ModelEvaluation:
    name, _suite = suite_get(suite)
    version_want(version)
    with answered_by(version):
        run = suite_run(name=name, data=data_folder(data))
    return ModelEvaluation.objects.create(model_version=version, suite_run=run, data=data)


def _comparable(production: ModelVersion, mine: ModelEvaluation) -> bool:
    run = mine.suite_run
    return ModelEvaluation.objects.filter(
        model_version=production,
        data=mine.data,
        suite_run__suite=run.suite,
        suite_run__data_fingerprint=run.data_fingerprint,
        suite_run__code_version=run.code_version,
    ).exists()


def data_folder(data: str) -> Path | None:
    """The folder of a gate's data; None for the vertical's own sample."""
    if not data:
        return None
    root = (Path(settings.HOME.root) / "evaluation").resolve()
    folder = (root / data).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        raise Invalid(_("There is no data folder '%(name)s'.") % {"name": data}, code="no_data")
    return folder


def version_want(version: ModelVersion, for_s: float = ENGINE_WAIT_S + WANTED_MARGIN_S) -> None:
    """Have the version's engine started, or kept, for a while."""
    until = timezone.now() + timedelta(seconds=for_s)
    ModelVersion.objects.filter(pk=version.pk).exclude(state=ModelState.RETIRED).update(wanted_until=until)


def engine_await(version: ModelVersion, wait_s: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait until the version's engine is ready, and have it started where it is ours; else Unavailable."""
    if version.has_own_engine and not settings.EMBEDDED_ENGINE:
        raise Conflict(
            _(
                "Engines are run elsewhere here (ENGINE_URL): export %(label)s, serve it, and write its "
                "address into its row in the administration."
            )
            % {"label": version},
            code="no_engine_here",
        )
    end, row = time.monotonic() + wait_s, version
    while state_asked(row.address, model=row.asked_as).state != "ready":
        if time.monotonic() >= end:
            raise Unavailable(
                _("The engine of %(label)s is not ready yet. It goes on loading; try again in a minute.")
                % {"label": version},
                code="engine_not_ready",
            )
        version_want(version)
        meanwhile()
        time.sleep(POLL_S)
        row = ModelVersion.objects.select_related("served_by").get(
            pk=version.pk
        )  # it may be loaded elsewhere


@contextmanager
def lease_kept(job: Job) -> Iterator[Progress]:
    """Keep a job's lease while the block works; what it is told says how far the job is, and stops the block
    with JobCancelled or JobLost where it is to end.
    """
    told, ended = threading.Event(), threading.Event()
    at: list[tuple[str, int, int]] = [("engine", 0, 0)]
    refused: list[Exception] = []

    def keep() -> None:
        try:
            while not ended.is_set():
                job_progress(job=job, stage=at[0][0], done=at[0][1], total=at[0][2])
                told.wait(settings.LEASE_S / 3)
                told.clear()
        except (JobCancelled, JobLost) as error:
            refused.append(error)
        finally:
            connection.close()

    def progress(stage: str, done: int, total: int) -> None:
        at[0] = (stage, done, total)
        told.set()
        if refused:
            raise refused[0]

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield progress
    finally:
        ended.set()
        told.set()
        keeper.join()
    if refused:
        raise refused[0]
