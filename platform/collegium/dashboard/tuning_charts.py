"""A run's curves as ECharts specifications, and its log as lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from collegium.tuning.models import TuningProgress, TuningRun

LOG_LEAVES_OUT = frozenset({"step", "started", "done"})
LOG_CHARS = 300


def series(name: str, rows: Sequence[TuningProgress], field: str) -> dict[str, Any] | None:
    """A line through what was measured, or None where nothing was."""
    points = [[row.step, getattr(row, field)] for row in rows if getattr(row, field) is not None]
    if not points:
        return None
    return {"name": name, "type": "line", "data": points, "showSymbol": len(points) < 30}


def spec(axis: str, lines: Sequence[dict[str, Any] | None], *, moves: bool) -> dict[str, Any] | None:
    """A chart over the steps; `moves`: it is drawn anew while the run goes on, and so without animation."""
    found = [line for line in lines if line is not None]
    if not found:
        return None
    return {
        "animation": not moves,
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "minInterval": 1, "min": "dataMin", "max": "dataMax"},
        "yAxis": {"type": "value", "name": axis, "scale": True},
        "series": found,
    }


def loss_chart(rows: Sequence[TuningProgress], *, moves: bool = False) -> dict[str, Any] | None:
    lines = [
        series(_("Loss"), rows, "loss"),
        series(_("Loss on held-out examples"), rows, "held_out_loss"),
    ]
    return spec(_("Loss"), lines, moves=moves)


def epsilon_chart(rows: Sequence[TuningProgress], *, moves: bool = False) -> dict[str, Any] | None:
    return spec("ε", [series(_("ε spent"), rows, "epsilon")], moves=moves)


def compared_chart(runs: Sequence[tuple[TuningRun, Sequence[TuningProgress]]]) -> dict[str, Any] | None:
    """The held-out losses of several runs; of one without any, its loss."""
    lines = [series(str(run), rows, "held_out_loss") or series(str(run), rows, "loss") for run, rows in runs]
    return spec(_("Loss"), lines, moves=False)


def log_lines(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a training said, but for its steps, which the curves show."""
    lines = []
    for event in events:
        if event["event"] in LOG_LEAVES_OUT:
            continue
        values = " ".join(
            f"{name}={value}" for name, value in event.items() if name not in {"event", "result"}
        )
        lines.append(f"{event['event']} {values}"[:LOG_CHARS])
    return lines
