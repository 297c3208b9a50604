"""Whether a training took a step: told by what its process wrote, and by nothing that a worker remembers.

A reservation is returned only where it is certain that no step ran. The first step is announced by a line
that is written before it, so a whole output without that line is certain; what a machine that stopped may
have lost, or what is still being written, is not.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from collegium.tuning.folder import FolderHeld, OutputReader, boot_id, run_folder
from collegium.tuning.models import TuningRun
from collegium.tuning.spending import spending_return, spending_spend

log = logging.getLogger(__name__)
# Whatever can only be said once steps are being taken; the first of them is said before.
AFTER_START = frozenset({"started", "step", "held_out", "checkpoint", "stopped", "done"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """`started` holds also where it is not certain that no step ran; `reason` says what it was judged by."""

    started: bool
    reason: str


def execution_judge(run: TuningRun) -> Judgement:
    """Whether a step of the run's execution ran, or may have run."""
    if not run.boot:
        return Judgement(False, "no_process")
    folder = run_folder(run.pk)
    output = OutputReader(folder.output(run.execution))
    try:
        with folder.held():  # nobody writes while it is read
            said = {event["event"] for event in output.read()}
            if said & AFTER_START:
                return Judgement(True, "started")
            if not folder.output(run.execution).exists():
                return Judgement(True, "output_missing")
            if output.is_cut:
                return Judgement(True, "output_cut")
            if run.boot != boot_id():
                return Judgement(True, "machine_restarted")
            return Judgement(False, "not_started")
    except FolderHeld:
        return Judgement(True, "still_running")
    except OSError:
        return Judgement(True, "output_missing")


def execution_settle(run: TuningRun) -> Judgement:
    """Spend or return what the run's execution reserved, as is judged; what was decided before stays."""
    judgement = execution_judge(run)
    decide = spending_spend if judgement.started else spending_return
    if decide(run=run, reason=judgement.reason):
        log.info("privacy of run %s: %s", run.pk, judgement.reason)
    return judgement


def run_dropped(run_id: UUID) -> None:
    """Settle a run whose job ended without a worker, and remove its examples."""
    run = TuningRun.objects.filter(pk=run_id).first()
    if run is None:
        return
    execution_settle(run)
    run_folder(run_id).private_remove()
