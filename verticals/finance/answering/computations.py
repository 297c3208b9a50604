"""The computations behind an answer, as the API gives them: every number of the sentences is among them."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from verticals.finance.answering.bridge import BASIS_POINTS, MarginBridge, basis_points
from verticals.finance.answering.computed import Computed
from verticals.finance.metrics.value import MetricValue


def computations(computed: Computed) -> list[dict[str, Any]]:
    """Values with formula and the ids of their facts, operands after what they went into, each once."""
    rows: list[dict[str, Any]] = []
    for value in _all_values(computed):
        row = value_row(value)
        if row not in rows:
            rows.append(row)
    for bridge in computed.bridges:
        if isinstance(bridge, MarginBridge):
            rows += list(_bridge_rows(bridge))
    return rows


def _all_values(computed: Computed) -> Iterator[MetricValue]:
    waiting = list(computed.values)
    for bridge in computed.bridges:
        if isinstance(bridge, MarginBridge):
            waiting += [*bridge.values, *(value for line in bridge.lines for value in line.values)]
    while waiting:
        value = waiting.pop(0)
        yield value
        waiting.extend(value.operands)


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


def _bridge_rows(bridge: MarginBridge) -> Iterator[dict[str, Any]]:
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
) -> dict[str, Any]:
    return {
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
