"""The computations behind an answer, as the API gives them: every number of the sentences is among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from verticals.finance.answering.bridge import BASIS_POINTS, MarginBridge, basis_points
from verticals.finance.answering.combined import shown_unit
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.roles import ROLES
from verticals.finance.answering.segments import member_name
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.value import MetricValue


@dataclass(frozen=True, slots=True)
class Computation:
    """A computed or reported number, its name and figure in words, and the facts behind it."""

    row: dict[str, Any]
    name: str
    shown: str
    working: str
    facts: tuple[KnownFact, ...]


def computations(computed: Computed, words: Words) -> list[Computation]:
    """Values with formula and the ids of their facts, operands after what they went into, each once."""
    found: dict[tuple[Any, ...], Computation] = {}
    for value, cell in _all_values(computed):
        row = value_row(value)
        found.setdefault(_identity(row), _of_value(row, value, cell, words))
    bridges = [one for one in computed.bridges if isinstance(one, MarginBridge)]
    rows = [_of_bridge(*made, words) for bridge in bridges for made in _bridge_rows(bridge)]
    return [*found.values(), *rows]


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("entity", "metric", "period", "start", "end", "value", "unit", "formula")
    return *(row[name] for name in names), tuple(row["inputs"]), tuple(map(tuple, row["dims"]))


def _of_value(row: dict[str, Any], value: MetricValue, cell: Cell | None, words: Words) -> Computation:
    kind = shown_unit(words.metrics, cell.metric, cell.role) if cell else None
    if value.unit != "pure" and kind is UnitKind.PERCENT:
        kind = UnitKind.MONEY  # a quotient of amounts in different units
    metric = words.metric(value.metric, sentence=False)
    if cell is not None and cell.role in ROLES:
        metric = f"{metric} – {ROLES[cell.role][words.language]}"
    if value.dims:
        metric = f"{words.named(value.dims, member_name(value.dims))} – {metric}"
    name = [words.entity(value.entity), metric, value.period.label(words.language)]
    facts = {known.id: known for known in value.facts}
    return Computation(
        row,
        ("，" if words.chinese else ", ").join(name),
        words.value(value, kind),
        words.working(value),
        tuple(facts.values()),
    )


def _of_bridge(
    row: dict[str, Any], bridge: MarginBridge, values: tuple[MetricValue, ...], words: Words
) -> Computation:
    unit = "个基点" if words.chinese else " basis points"
    facts = {known.id: known for value in values for known in value.facts}
    name = f"{words.metric(bridge.metric, sentence=False)}: {row['formula']}"
    return Computation(row, name, f"{row['value']}{unit}", "", tuple(facts.values()))


def _all_values(computed: Computed) -> Iterator[tuple[MetricValue, Cell | None]]:
    """Every value with its cell, where it has one, and the values that went into it."""
    cells = [*computed.cells, *(one.cell for one in computed.alternatives)]
    waiting: list[tuple[MetricValue, Cell | None]] = [
        (cell.value, cell) for cell in cells if cell.value is not None
    ]
    for bridge in computed.bridges:
        if isinstance(bridge, MarginBridge):
            of_lines = (value for line in bridge.lines for value in line.values)
            waiting += [(value, None) for value in (*bridge.values, *of_lines)]
    while waiting:
        value, cell = waiting.pop(0)
        yield value, cell
        waiting.extend((one, None) for one in value.operands)


def value_row(value: MetricValue) -> dict[str, Any]:
    """One computed or reported value; amounts are texts, so that no digit is lost on the way."""
    return {
        "entity": value.entity,
        "metric": value.metric,
        "period": value.period.code,
        "start": str(value.span.start) if value.span.start else None,
        "end": str(value.span.end),
        "value": plain_text(value.value),
        "unit": value.unit,
        "basis": str(value.basis),
        "formula": value.formula,
        "inputs": list(value.inputs),
        "dims": [list(pair) for pair in value.dims],
    }


def plain_text(value: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_BridgeRow = tuple[dict[str, Any], MarginBridge, tuple[MetricValue, ...]]


def _bridge_rows(bridge: MarginBridge) -> Iterator[_BridgeRow]:
    total, parts = basis_points(bridge)
    formula = f"{bridge.metric}[{bridge.last.code}] - {bridge.metric}[{bridge.first.code}]"
    yield _bridge_row(bridge, "", total, bridge.change, formula, bridge.values)
    for line, shown in zip(bridge.lines, parts, strict=True):
        for effect, points, exact in (("rate", shown[0], line.rate), ("mix", shown[1], line.mix)):
            if bridge.kind == "segment" or effect == "rate":
                yield _bridge_row(
                    bridge, line.name, points, exact, f"{effect} effect of {line.name}", line.values
                )


def _bridge_row(
    bridge: MarginBridge,
    name: str,
    points: Decimal,
    exact: Fraction,
    formula: str,
    values: tuple[MetricValue, ...],
) -> _BridgeRow:
    row = {
        "entity": bridge.entity,
        "metric": f"{bridge.metric}_bridge",
        "period": bridge.last.code,
        "start": None,
        "end": str(bridge.values[-1].span.end),
        "value": plain_text(points),
        "unit": "bp",
        "basis": "derived",
        "formula": formula,
        "inputs": list(dict.fromkeys(known.id for value in values or bridge.values for known in value.facts)),
        "dims": [["line", name]] if name else [],
        "exact": str(exact * BASIS_POINTS),
    }
    return row, bridge, values or bridge.values
