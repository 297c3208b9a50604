"""Removes what trainings leave and nobody needs any more."""

import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from collegium.tuning.folder import RunFolder
from collegium.tuning.models import TuningRun
from collegium.tuning.selectors import ACTIVE


def folders_sweep() -> int:
    """Remove folders without a run, and of ended runs what is private or old; returns how many it looked
    at.
    """
    looked = 0
    for path in Path(settings.HOME.tuning).glob("*"):
        with suppress(ValueError, FileNotFoundError):
            _sweep(RunFolder(path), uuid.UUID(path.name))
            looked += 1
    return looked


def _sweep(folder: RunFolder, run_id: uuid.UUID) -> None:
    run = TuningRun.objects.select_related("job").filter(pk=run_id).first()
    if folder.is_held or (run is not None and run.job is not None and run.job.state in ACTIVE):
        return
    if run is None:
        folder.remove()
        return
    folder.private_remove()
    ended = run.job.finished_at if run.job is not None else None
    if ended is None or ended < timezone.now() - timedelta(days=settings.TUNING_KEEP_DAYS):
        folder.out_remove()
