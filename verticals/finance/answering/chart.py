"""The figures of an answer as an ECharts specification: a plain dictionary that a page hands on."""

from decimal import Decimal
from typing import Any

from verticals.finance.answering.bridge import BridgeLine, MarginBridge, basis_points
from verticals.finance.answering.combined import shown_unit
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.figures import HUNDRED
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.questions.query import Op

_IN_PERCENT = {UnitKind.PERCENT, UnitKind.POINTS}
_BARS = {Op.COMPARE, Op.RANK}


def chart(computed: Computed, words: Words) -> dict[str, Any] | None:
    """A chart where a series, a comparison, a ranking or a bridge is asked for; else None."""
    bridge = next((one for one in computed.bridges if isinstance(one, MarginBridge)), None)
    if bridge is not None:
        return _waterfall(bridge, words)
    drawn = {"asked", "base", "ratio"}
    cells = [cell for cell in computed.cells if cell.value is not None and cell.role in drawn]
    if len(cells) < 2 or not (computed.query.chart or computed.op in {Op.TREND, *_BARS}):
        return None
    if computed.op is Op.RANK:
        return _ranking(cells, words)
    return _series(cells, computed, words)


def _series(cells: list[Cell], computed: Computed, words: Words) -> dict[str, Any]:
    """Periods along the axis, a series for each company, metric and segment; bars where periods are few."""
    periods = sorted({cell.period for cell in cells}, key=lambda one: (one.year, one.last_quarter))
    groups: dict[tuple[str, str, str], dict[Any, Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.entity, cell.metric, words.member(cell)), {})[cell.period] = cell
    several = len({key[0] for key in groups}) > 1
    kind = "line" if computed.op is Op.TREND and len(periods) > 2 else "bar"
    units = list(dict.fromkeys(_axis_name(cell, words) for cell in cells))
    series = [
        {
            "name": _series_name(key, words, several=several),
            "type": kind,
            "yAxisIndex": units.index(_axis_name(next(iter(found.values())), words)),
            "data": [_number(found[period], words) if period in found else None for period in periods],
        }
        for key, found in groups.items()
    ]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [one["name"] for one in series]},
        "xAxis": {"type": "category", "data": [period.label(words.language) for period in periods]},
        "yAxis": [{"type": "value", "name": unit} for unit in units],
        "series": series,
    }


def _series_name(key: tuple[str, str, str], words: Words, *, several: bool) -> str:
    entity, metric, member = key
    parts = [words.entity(entity)] if several else []
    return " – ".join([*parts, *([member] if member else []), words.metric(metric, sentence=False)])


def _ranking(cells: list[Cell], words: Words) -> dict[str, Any]:
    """Horizontal bars, the first place on top."""
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "name": _axis_name(cells[0], words)},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [words.subject(cell) for cell in cells],
        },
        "series": [
            {
                "name": words.metric(cells[0].metric, sentence=False),
                "type": "bar",
                "data": [_number(cell, words) for cell in cells],
            }
        ],
    }


def _waterfall(bridge: MarginBridge, words: Words) -> dict[str, Any]:
    """From the margin before to the one after in basis points: invisible bars carry those of the steps."""
    total, parts = basis_points(bridge)
    start = Decimal(bridge.before.numerator) / Decimal(bridge.before.denominator) * 10_000
    names, steps = [bridge.first.label(words.language)], []
    for line, (rate, mix) in zip(bridge.lines, parts, strict=True):
        name = _line_name(line, bridge, words)
        if bridge.kind == "segment":
            rate_name, mix_name = ("利润率", "结构") if words.chinese else ("rate", "mix")
            names += [f"{name} – {rate_name}", f"{name} – {mix_name}"]
            steps += [rate, mix]
        else:
            names.append(name)
            steps.append(rate)
    names.append(bridge.last.label(words.language))
    carried, shown = _steps_drawn(start, steps, total)
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names},
        "yAxis": [{"type": "value", "name": "基点" if words.chinese else "basis points", "scale": True}],
        "series": [
            {
                "type": "bar",
                "stack": "bridge",
                "silent": True,
                "itemStyle": {"color": "transparent"},
                "data": carried,
            },
            {
                "name": words.metric(bridge.metric, sentence=False),
                "type": "bar",
                "stack": "bridge",
                "data": [
                    {"value": value, "change": float(step)}
                    for value, step in zip(shown, [Decimal(0), *steps, Decimal(0)], strict=True)
                ],
            },
        ],
    }


def _steps_drawn(start: Decimal, steps: list[Decimal], total: Decimal) -> tuple[list[float], list[float]]:
    """The heights of the invisible bars and of those upon them, from the margin before to the one after."""
    carried, shown, level = [0.0], [float(round(start, 1))], start
    for step in steps:
        carried.append(float(round(min(level, level + step), 1)))
        shown.append(float(abs(step)))
        level += step
    return [*carried, 0.0], [*shown, float(round(start + total, 1))]


def _line_name(line: BridgeLine, bridge: MarginBridge, words: Words) -> str:
    if line.name == "other":
        return "其他" if words.chinese else "Everything else"
    if bridge.kind == "cost":
        return words.metric(line.name, sentence=False)
    return words.named(line.dims, line.name)


def _number(cell: Cell, words: Words) -> float | None:
    if cell.value is None:
        return None
    value, unit = cell.value.value, shown_unit(words.metrics, cell.metric, cell.role)
    return float(value * HUNDRED if unit in _IN_PERCENT else value)


def _axis_name(cell: Cell, words: Words) -> str:
    unit = shown_unit(words.metrics, cell.metric, cell.role)
    if unit in _IN_PERCENT:
        return "%"
    return cell.value.unit if cell.value and cell.value.unit != "pure" else ""
