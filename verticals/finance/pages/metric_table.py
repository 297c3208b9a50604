"""Metrics over periods as a table whose figures lead to where they come from, and as a chart of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verticals.finance.answering.figures import HUNDRED
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.metric import Metric, MetricKind, UnitKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.units import is_money
from verticals.finance.metrics.value import Basis, MetricValue, NotReported, Outcome
from verticals.finance.pages.addresses import value_address
from verticals.finance.pages.amounts import Scale, kind_caption, metric_text, scale_for

_IN_PERCENT = {UnitKind.PERCENT, UnitKind.POINTS}
LINES_FROM = 9  # periods: more are drawn as lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure with where it leads to; without a value `reason` says why."""

    text: str
    href: str
    derived: bool = False
    restated: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """`label`: of the metric, or of the company in a comparison; `href` leads to the company then."""

    label: str
    unit: str
    cells: tuple[Cell, ...]
    drawn: bool = False
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTable:
    """`missing`: names of metrics without any value, with the reason of the latest period."""

    periods: tuple[str, ...]
    rows: tuple[MetricRow, ...]
    missing: tuple[tuple[str, str], ...] = ()
    chart: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A metric of a company in each of the periods of a table."""

    metric: Metric
    entity: str
    label: str
    outcomes: tuple[Outcome, ...]
    drawn: bool = False
    href: str = ""
    note: str = ""

    @property
    def values(self) -> list[MetricValue]:
        return [one for one in self.outcomes if isinstance(one, MetricValue)]


def lines_of(
    evaluator: Evaluator,
    entity: str,
    metrics: Sequence[Metric],
    periods: Sequence[FiscalPeriod],
    language: str,
    drawn: Sequence[str] = (),
) -> list[Line]:
    """A line for each metric of one company."""
    return [
        Line(
            metric=metric,
            entity=entity,
            label=metric.name(language),
            outcomes=tuple(evaluator.value(metric.code, period) for period in periods),
            drawn=metric.code in drawn,
        )
        for metric in metrics
    ]


def table_of(lines: Sequence[Line], periods: Sequence[FiscalPeriod], words: Words) -> MetricTable:
    """The lines that have a value, over the periods in which any has one; the others with their reasons."""
    kept = [line for line in lines if line.values]
    held = [
        number
        for number in range(len(periods))
        if any(isinstance(line.outcomes[number], MetricValue) for line in kept)
    ]
    scale = scale_for(
        [one.value for line in kept for one in line.values if _is_amount(line.metric, one)], words.language
    )
    return MetricTable(
        periods=tuple(periods[number].label(words.language) for number in held),
        rows=tuple(_row(line, held, scale, words) for line in kept),
        missing=tuple(
            (line.label, reason_text(line.outcomes[0], words))
            for line in lines
            if not line.values and line.outcomes and isinstance(line.outcomes[0], NotReported)
        ),
        chart=_chart(kept, [periods[number] for number in held], held, words) if len(held) > 1 else None,
    )


def _is_amount(metric: Metric, value: MetricValue) -> bool:
    return metric.unit is UnitKind.MONEY and is_money(value.unit)


def _row(line: Line, held: Sequence[int], money: Scale, words: Words) -> MetricRow:
    first = line.values[0]
    scale = money if _is_amount(line.metric, first) else _own_scale(line, words.language)
    return MetricRow(
        label=line.label,
        unit=kind_caption(line.metric.unit, first.unit, scale.power, words.language),
        cells=tuple(_cell(line, line.outcomes[number], scale, words) for number in held),
        drawn=line.drawn,
        href=line.href,
        note=line.note,
    )


def _own_scale(line: Line, language: str) -> Scale:
    if line.metric.unit in {UnitKind.SHARES, UnitKind.COUNT, UnitKind.MONEY}:
        return scale_for([one.value for one in line.values], language)
    return Scale()


def _cell(line: Line, outcome: Outcome, scale: Scale, words: Words) -> Cell:
    href = value_address(line.entity, line.metric.code, outcome.period)
    if isinstance(outcome, NotReported):
        return Cell(text="–", href=href, reason=reason_text(outcome, words))
    return Cell(
        text=metric_text(outcome.value, outcome.unit, line.metric.unit, scale),
        href=href,
        derived=outcome.basis is Basis.DERIVED,
        restated=any(note.code.startswith("restated") for note in outcome.notes_all()),
    )


def _chart(
    lines: Sequence[Line], periods: Sequence[FiscalPeriod], held: Sequence[int], words: Words
) -> dict[str, Any] | None:
    """An ECharts specification: the earliest period on the left, an axis for each unit."""
    axes = list(dict.fromkeys(_axis(line) for line in lines))[:2]  # a third would have no side to stand on
    shown = [line for line in lines if _axis(line) in axes]
    if not shown:
        return None
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [period.label(words.language) for period in periods][::-1]},
        "yAxis": [{"type": "value", "name": name} for name in axes],
        "series": [
            {
                "name": line.label,
                "type": "bar" if _drawn_as_bar(line, len(periods)) else "line",
                "yAxisIndex": axes.index(_axis(line)),
                "data": [_number(line, line.outcomes[number]) for number in reversed(held)],
            }
            for line in shown
        ],
    }


def _axis(line: Line) -> str:
    if line.metric.unit in _IN_PERCENT:
        return "%"
    unit = line.values[0].unit
    return "" if unit == "pure" else unit


def _drawn_as_bar(line: Line, count: int) -> bool:
    return line.metric.kind is not MetricKind.RATIO and count < LINES_FROM


def _number(line: Line, outcome: Outcome) -> float | None:
    if isinstance(outcome, NotReported):
        return None
    return float(outcome.value * HUNDRED if line.metric.unit in _IN_PERCENT else outcome.value)
