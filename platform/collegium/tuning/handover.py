"""What becomes of a training that is done: its result is checked, and its model handed to the registry."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collegium.errors import Problem
from collegium.serving.models import ModelVersion
from collegium.tuning.budgets import epsilon_up
from collegium.tuning.folder import RunFolder
from collegium.tuning.models import PrivacySpending, TuningRun
from collegium.tuning.problems import TrainingFailed
from collegium.tuning.progress import number
from collegium.tuning.spending import plain, spending_raise

try:
    from collegium.serving.services import version_add
except ImportError:  # a registry that only knows where models are served
    from collegium.tuning.plain_registry import version_add

RESULT, CERTIFICATE, CARD = "result.json", "certificate.json", "card.json"
FILE_MOST_BYTES = 5_000_000


def result_take(run: TuningRun, folder: RunFolder) -> None:
    """Read what the training left beside its model into the run. Raises TrainingFailed."""
    run.result = _object_read(folder.out / RESULT, needed=True)
    run.card = _object_read(folder.out / CARD)
    run.certificate = _object_read(folder.out / CERTIFICATE) if run.private else None
    if run.private:
        certificate_check(run)


def certificate_check(run: TuningRun) -> None:
    """Charge, and refuse the model of, a private training that has no certificate or spent more than
    reserved.
    """
    certificate = run.certificate or {}
    epsilon, delta = number(certificate.get("epsilon")), number(certificate.get("delta"))
    if epsilon is None or delta is None:
        raise TrainingFailed("no_certificate")
    rows = PrivacySpending.objects.filter(run=run, execution=run.execution)
    for reserved in rows:
        # A delta that went through a binary fraction may differ in its last digit.
        if epsilon_up(epsilon) > reserved.epsilon or delta > float(reserved.delta) * (1 + 1e-9):
            spending_raise(run=run, epsilon=epsilon, delta=delta)
            raise TrainingFailed("over_reserved", epsilon=f"{epsilon:g}", reserved=plain(reserved.epsilon))
    if not rows:
        raise TrainingFailed("no_certificate")


def model_hand_over(run: TuningRun, folder: RunFolder) -> ModelVersion:
    """Give the model to the registry, which moves its files. Raises TrainingFailed where it is refused."""
    try:
        return version_add(
            directory=folder.out,
            base=run.base,
            run=run.pk,
            certificate=run.certificate,
            card=run.card,
            metrics=run.result,
        )
    except Problem as problem:
        raise TrainingFailed("result_invalid", said=problem.detail) from problem


def _object_read(path: Path, *, needed: bool = False) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > FILE_MOST_BYTES:
            raise TrainingFailed(
                "result_invalid", said=f"{path.name} is larger than {FILE_MOST_BYTES} bytes."
            )
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if needed:
            raise TrainingFailed("result_invalid", said=f"{path.name} is missing.") from None
        return None
    except (ValueError, RecursionError) as error:
        raise TrainingFailed("result_invalid", said=f"{path.name} is no JSON.") from error
    if not isinstance(found, Mapping):
        raise TrainingFailed("result_invalid", said=f"{path.name} is no JSON object.")
    return dict(found)
