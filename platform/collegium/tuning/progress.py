"""Keeps what a training says of its steps: few rows however long it is, written together."""

import math
import time
from collections.abc import Mapping
from typing import Any

from collegium.tuning.models import TuningProgress, TuningRun

ROWS_MOST = 1000
WRITE_EVERY_S = 1.0
FIELDS = ("loss", "held_out_loss", "epsilon", "tokens_per_s", "memory_bytes", "learning_rate")
WHOLE_MOST = 2**62


def number(value: Any) -> float | None:
    """A finite number, or None for anything else."""
    if type(value) is int and abs(value) < WHOLE_MOST:
        return float(value)
    return value if type(value) is float and math.isfinite(value) else None


def whole(value: Any) -> int:
    """A whole number that is not negative; 0 for anything else."""
    return value if type(value) is int and 0 <= value < WHOLE_MOST else 0


class ProgressKeeper:
    """Takes events of a run and keeps their figures, at most about ROWS_MOST of its steps."""

    def __init__(self, run: TuningRun) -> None:
        self._run = run
        self._kept: dict[int, dict[str, Any]] = {}
        self._written_at = 0.0
        self.done = self.total = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep a step's or a measurement's figures; other events tell how many steps there are."""
        step = min(whole(event.get("step")), 2**31 - 1)
        if event["event"] in {"plan", "step"} and whole(event.get("steps")):
            self.total = min(whole(event["steps"]), 2**31 - 1)
        if event["event"] == "step":
            self.done = step
            if self._is_kept(step):
                figures = {name: number(event.get(name)) for name in FIELDS if name in event}
                figures["memory_bytes"] = whole(event.get("memory_bytes")) or None
                self._kept.setdefault(step, {}).update(figures)
        elif event["event"] == "held_out" and self._is_kept(step):
            self._kept.setdefault(step, {})["held_out_loss"] = number(event.get("loss"))

    def _is_kept(self, step: int) -> bool:
        stride = max(1, math.ceil(self.total / ROWS_MOST))
        return step == 1 or step == self.total or step % stride == 0

    def write(self, *, now: bool = False) -> None:
        """Write what has come, once in a while; `now`: at once."""
        if not self._kept or (not now and time.monotonic() - self._written_at < WRITE_EVERY_S):
            return
        old = {
            row.step: row for row in TuningProgress.objects.filter(run=self._run, step__in=list(self._kept))
        }
        rows = []
        for step, figures in self._kept.items():
            row = old.get(step) or TuningProgress(run=self._run, step=step)
            for name, value in figures.items():
                setattr(row, name, value)
            rows.append(row)
        TuningProgress.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["run", "step"],
            update_fields=[*FIELDS, "at"],
        )
        self._kept.clear()
        self._written_at = time.monotonic()
