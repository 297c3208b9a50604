"""Whether a version may be promoted: its figures on the gate's suites, against the thresholds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from collegium.serving.models import EvaluationGate, ModelEvaluation, ModelVersion


@dataclass(frozen=True, slots=True)
class Figure:
    """One threshold and what was measured.

    `problem` is not_measured, below, worse or not_compared; empty where it is passed.
    """

    suite: str
    metric: str
    value: float | None
    minimum: float | None
    production: float | None
    worse_by: float | None
    higher_is_better: bool
    problem: str

    @property
    def passed(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a version. Without thresholds nothing was judged, and nothing passes."""

    figures: tuple[Figure, ...]

    @property
    def passed(self) -> bool:
        return bool(self.figures) and all(figure.passed for figure in self.figures)

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(figure) for figure in self.figures]


def gates_active() -> list[EvaluationGate]:
    """The thresholds that count, in the order in which they are shown."""
    return list(EvaluationGate.objects.filter(active=True).order_by("suite", "metric", "pk"))


def gate_judge(version: ModelVersion, production: ModelVersion | None) -> Verdict:
    """Judge a version by its newest figures, and production by its own over the same data."""
    own, other = _newest(version), _newest(production) if production else {}
    return Verdict(tuple(_figure(gate, own, other, version, production) for gate in gates_active()))


def _newest(version: ModelVersion) -> dict[tuple[str, str], ModelEvaluation]:
    rows = ModelEvaluation.objects.filter(model_version=version).select_related("suite_run").order_by("pk")
    return {(row.suite_run.suite, row.data): row for row in rows}


def _figure(
    gate: EvaluationGate,
    own: dict[tuple[str, str], ModelEvaluation],
    other: dict[tuple[str, str], ModelEvaluation],
    version: ModelVersion,
    production: ModelVersion | None,
) -> Figure:
    key = (gate.suite, gate.data)
    mine, theirs = own.get(key), other.get(key)
    value = _metric(mine, gate.metric)
    comparable = mine and theirs and mine.suite_run.data_fingerprint == theirs.suite_run.data_fingerprint
    compared = _metric(theirs, gate.metric) if comparable else None
    alone = production is None or production.pk == version.pk  # nothing else to be compared with
    return Figure(
        suite=gate.suite,
        metric=gate.metric,
        value=value,
        minimum=gate.minimum,
        production=compared,
        worse_by=gate.worse_by,
        higher_is_better=gate.higher_is_better,
        problem=_problem(gate, value, compared, alone),
    )


def _metric(row: ModelEvaluation | None, metric: str) -> float | None:
    found = row.suite_run.metrics.get(metric) if row else None
    return float(found) if isinstance(found, int | float) else None


def _problem(gate: EvaluationGate, value: float | None, production: float | None, alone: bool) -> str:
    sign = 1 if gate.higher_is_better else -1
    if value is None:
        return "not_measured"
    if gate.minimum is not None and sign * value < sign * gate.minimum:
        return "below"
    if gate.worse_by is None or alone:
        return ""
    if production is None:
        return "not_compared"
    return "worse" if sign * (production - value) > gate.worse_by + 1e-12 else ""


def suites_wanted() -> Sequence[tuple[str, str, bool]]:
    """The suites that the gate asks for: name, data folder, whether production is measured too."""
    wanted: dict[tuple[str, str], bool] = {}
    for gate in gates_active():
        key = (gate.suite, gate.data)
        wanted[key] = wanted.get(key, False) or gate.worse_by is not None
    return [(*key, compared) for key, compared in wanted.items()]
