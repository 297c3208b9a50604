"""Values made of other values across periods or metrics: differences, growth rates, quotients, averages."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

from verticals.finance.answering.computed import Cell
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import DIGITS
from verticals.finance.metrics.growth import changed_unit
from verticals.finance.metrics.metric import MetricKind, UnitKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.units import UnitsDiffer, unit_quotient, unit_sum
from verticals.finance.metrics.value import Basis, MetricValue, Note, NotReported, Outcome, Reason


def difference(metrics: Catalogue, later: Outcome, earlier: Outcome) -> Outcome:
    """The later value less the earlier: of a percentage, points."""
    return _combine(metrics, later, earlier, "change")


def growth(metrics: Catalogue, later: Outcome, earlier: Outcome) -> Outcome:
    """The later value over the earlier, less one; of a ratio, the difference: ratios move by points."""
    kind = metrics.get(later.metric)
    moved_by_points = kind.kind is MetricKind.RATIO and kind.unit is not UnitKind.MONEY
    return _combine(metrics, later, earlier, "change" if moved_by_points else "growth")


def compound_growth(metrics: Catalogue, later: Outcome, earlier: Outcome) -> Outcome:
    """The growth rate per year from one year to another."""
    return _combine(metrics, later, earlier, "cagr")


def quotient(first: Outcome, second: Outcome) -> Outcome:
    """One metric divided by another."""
    if isinstance(first, NotReported):
        return first
    if isinstance(second, NotReported):
        return second
    if not second.value:
        return _none(first, Reason.ZERO, needs=(second.metric,))
    with localcontext(DIGITS):
        value = first.value / second.value
    return _made(
        first,
        value,
        unit_quotient(first.unit, second.unit),
        f"{first.metric} / {second.metric}",
        (first, second),
    )


def average(values: Sequence[Outcome]) -> Outcome:
    """The mean over several periods; none of them may be missing."""
    return _over(values, "average")


def total(values: Sequence[Outcome]) -> Outcome:
    """The sum over several periods; none of them may be missing."""
    return _over(values, "sum")


def _over(values: Sequence[Outcome], how: str) -> Outcome:
    found: list[MetricValue] = []
    for one in values:
        if isinstance(one, NotReported):
            return one
        found.append(one)
    last = found[-1]
    try:
        for one in found:
            unit_sum(last.unit, one.unit)
    except UnitsDiffer as differ:
        return _none(last, Reason.UNITS, left=differ.left, right=differ.right)
    with localcontext(DIGITS):
        value = sum((one.value for one in found), Decimal(0))
        value = value / len(found) if how == "average" else value
    periods = ", ".join(one.period.code for one in found)
    return _made(last, value, last.unit, f"{how}({last.metric}: {periods})", tuple(found))


def _combine(metrics: Catalogue, later: Outcome, earlier: Outcome, how: str) -> Outcome:
    if isinstance(later, NotReported):
        return later
    if isinstance(earlier, NotReported):
        return replace(earlier, period=later.period, data={**earlier.data, "needed_in": earlier.period})
    try:
        unit = unit_sum(later.unit, earlier.unit)
    except UnitsDiffer as differ:
        return _none(later, Reason.UNITS, left=differ.left, right=differ.right)
    now, then = f"{later.metric}[{later.period.code}]", f"{earlier.metric}[{earlier.period.code}]"
    if how == "change":
        return _made(later, later.value - earlier.value, unit, f"{now} - {then}", (later, earlier))
    if how == "cagr":
        return _compounded(later, earlier, f"({now} / {then})")
    if not earlier.value:
        return _none(later, Reason.ZERO, needs=(earlier.metric,))
    notes = (Note("negative_base", {"metric": earlier.metric}),) if earlier.value < 0 else ()
    with localcontext(DIGITS):
        value = (later.value - earlier.value) / earlier.value
    return _made(later, value, "pure", f"({now} - {then}) / {then}", (later, earlier), notes)


def _compounded(later: MetricValue, earlier: MetricValue, quotient: str) -> Outcome:
    """The rate per year that leads from one figure to another, both above zero."""
    years = later.period.year - earlier.period.year
    if years < 1:
        return _none(later, Reason.NO_PERIOD, needs=(earlier.metric,))
    for one in (earlier, later):
        if one.value <= 0:
            sign = "negative" if one.value < 0 else "zero"
            return _none(later, Reason.NEGATIVE, needs=(one.metric,), needed_in=one.period, sign=sign)
    with localcontext(DIGITS):
        value = (later.value / earlier.value) ** (Decimal(1) / years) - 1
    return _made(later, value, "pure", f"{quotient} ^ (1 / {years}) - 1", (later, earlier))


def _made(
    model: MetricValue,
    value: Decimal,
    unit: str,
    formula: str,
    operands: tuple[MetricValue, ...],
    notes: tuple[Note, ...] = (),
) -> MetricValue:
    return replace(
        model,
        value=value,
        unit=unit,
        basis=Basis.DERIVED,
        formula=formula,
        facts=tuple(known for one in operands for known in one.facts),
        operands=operands,
        notes=notes,
    )


def _none(model: MetricValue, reason: Reason, *, needs: tuple[str, ...] = (), **data: Any) -> NotReported:
    return NotReported(
        metric=model.metric,
        entity=model.entity,
        period=model.period,
        reason=reason,
        needs=needs,
        data=dict(data),
        dims=model.dims,
    )


def shown_unit(metrics: Catalogue, code: str, role: str) -> UnitKind:
    """In what a cell is shown: growth in per cent, the change of a percentage in points."""
    unit = metrics.get(code).unit
    if role in {"growth", "ratio"}:
        return UnitKind.PERCENT
    if role == "movement":
        kind = metrics.get(code)
        points = kind.kind is MetricKind.RATIO and kind.unit is not UnitKind.MONEY
        return changed_unit(unit) if points else UnitKind.PERCENT
    return changed_unit(unit) if role == "change" else unit


def earliest_and_latest(periods: Sequence[FiscalPeriod]) -> tuple[FiscalPeriod, FiscalPeriod]:
    """The two ends of several periods."""
    ordered = sorted(periods, key=lambda one: (one.year, one.last_quarter))
    return ordered[0], ordered[-1]


def flows_in(metrics: Catalogue, cell: Cell) -> bool:
    """Whether a figure is measured over time, or made of such: not a balance, nor a ratio of balances."""
    kind = metrics.get(cell.metric).kind
    if kind is MetricKind.RATIO and cell.value is not None and cell.value.operands:
        return any(metrics.get(one.metric).kind is not MetricKind.INSTANT for one in cell.value.operands)
    return kind is not MetricKind.INSTANT
