"""Formulas evaluated on quantities: sums and products exact, quotients to forty digits, units in step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from verticals.finance.metrics.formula import Binary, Call, Days, Name, Negative, Node, Number
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.units import PURE, UnitsDiffer, unit_product, unit_quotient, unit_sum
from verticals.finance.metrics.value import MetricValue, Note, NotReported, Outcome, Reason

TWO = Decimal(2)
# From the reason that tells a reader most to the one that tells least.
_TELLING = (
    Reason.NOT_APPLICABLE, Reason.NOT_BY_MONTH, Reason.NO_BALANCE, Reason.NEGATIVE, Reason.SCOPE,
    Reason.UNITS, Reason.ZERO, Reason.NOT_ADDITIVE, Reason.OTHER_PERIODS, Reason.NO_PERIOD, Reason.NOT_STATED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """The period that a part of a formula is evaluated for; `opening`: at its start."""

    period: FiscalPeriod
    opening: bool = False


Look = Callable[[str, When], Outcome]
DaysIn = Callable[[FiscalPeriod], int]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number on the way through a formula, with the values that it was made of."""

    value: Decimal
    unit: str = PURE
    operands: tuple[MetricValue, ...] = ()
    notes: tuple[Note, ...] = ()


class Missing(Exception):
    """A formula that cannot be evaluated; `outcome` says why."""

    def __init__(self, outcome: NotReported) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Evaluates the formulas of one metric, looking up what they name."""

    metric: str
    entity: str
    look: Look
    days_in: DaysIn

    def evaluate(self, node: Node, when: When) -> Quantity:
        """The quantity of a formula. Raises Missing."""
        match node:
            case Number(value):
                return Quantity(value)
            case Days():
                return Quantity(Decimal(self.days_in(when.period)), "days")
            case Name(code):
                return self._named(code, when)
            case Negative(operand):
                inner = self.evaluate(operand, when)
                return replace(inner, value=-inner.value)
            case Call(function, operand):
                return self._call(function, operand, when)
            case Binary(operator, left, right):
                return self._binary(operator, *self._both((left, when), (right, when)), when)

    def _named(self, code: str, when: When) -> Quantity:
        found = self.look(code, when)
        if isinstance(found, NotReported):
            raise Missing(self._because(found, when))
        return Quantity(found.value, found.unit, (found,))

    def _because(self, inner: NotReported, when: When) -> NotReported:
        """The inner reason, told of the metric that was asked for."""
        data = {**inner.data, "needed_in": inner.data.get("needed_in", inner.period)}
        return replace(inner, metric=self.metric, period=when.period, data=data)

    def _call(self, function: str, operand: Node, when: When) -> Quantity:
        if function == "prior":
            return self.evaluate(operand, replace(when, period=when.period.prior()))
        if function == "previous":
            before = when.period.previous()
            if before is None:
                raise Missing(self._none(Reason.NO_PERIOD, when))
            return self.evaluate(operand, replace(when, period=before))
        if function == "opening":
            return self.evaluate(operand, replace(when, opening=True))
        if function == "average":
            opening, closing = self._both((operand, replace(when, opening=True)), (operand, when))
            total = self._binary("+", opening, closing, when)
            named = operand.code if isinstance(operand, Name) else ""
            return replace(
                total, value=total.value / TWO, notes=(*total.notes, Note("average", {"metric": named}))
            )
        return self._optional(operand, when)

    def _optional(self, operand: Node, when: When) -> Quantity:
        try:
            return self.evaluate(operand, when)
        except Missing as missing:
            if missing.outcome.reason is not Reason.NOT_STATED and not missing.outcome.data.get("nil_then"):
                raise
            # a unit of "" adds to anything: nothing of any currency
            return Quantity(Decimal(0), "", (), (Note("taken_as_nil", {"metrics": missing.outcome.needs}),))

    def _both(self, left: tuple[Node, When], right: tuple[Node, When]) -> tuple[Quantity, Quantity]:
        """Both sides; where either is missing, everything that is missing is told at once."""
        found: list[Quantity] = []
        missing: list[NotReported] = []
        for node, when in (left, right):
            try:
                found.append(self.evaluate(node, when))
            except Missing as one:
                missing.append(one.outcome)
        if missing:
            raise Missing(most_telling(missing))
        return found[0], found[1]

    def _binary(self, operator: str, left: Quantity, right: Quantity, when: When) -> Quantity:
        operands = each_once((*left.operands, *right.operands))
        notes = (*left.notes, *right.notes)
        if operator in "+-":
            unit = self._sum_unit(left, right, when)
            value = left.value + right.value if operator == "+" else left.value - right.value
        elif operator == "*":
            unit, value = unit_product(left.unit, right.unit), left.value * right.value
        else:
            if not right.value:
                raise Missing(
                    self._none(Reason.ZERO, when, needs=tuple(one.metric for one in right.operands))
                )
            unit, value = unit_quotient(left.unit, right.unit), left.value / right.value
        return Quantity(value, unit, operands, notes)

    def _sum_unit(self, left: Quantity, right: Quantity, when: When) -> str:
        if not left.unit or not right.unit:
            return left.unit or right.unit
        try:
            return unit_sum(left.unit, right.unit)
        except UnitsDiffer as differ:
            units = {"left": differ.left, "right": differ.right}
            raise Missing(self._none(Reason.UNITS, when, data=units)) from differ

    def _none(
        self, reason: Reason, when: When, *, needs: tuple[str, ...] = (), data: dict[str, str] | None = None
    ) -> NotReported:
        return NotReported(
            metric=self.metric,
            entity=self.entity,
            period=when.period,
            reason=reason,
            needs=needs,
            data=dict(data or {}),
        )


def most_telling(outcomes: list[NotReported]) -> NotReported:
    """The reason that tells most, with everything that is missing for that reason."""
    first = min(outcomes, key=lambda one: _TELLING.index(one.reason))
    alike = [one for one in outcomes if one.reason is first.reason]
    needs = tuple(dict.fromkeys(code for one in alike for code in one.needs))
    periods = tuple(dict.fromkeys(period for one in alike for period in one.periods))
    return replace(first, needs=needs, periods=periods)


def each_once(values: tuple[MetricValue, ...]) -> tuple[MetricValue, ...]:
    """Values without repeats, in order."""
    seen: dict[tuple[object, ...], MetricValue] = {}
    for one in values:
        seen.setdefault((one.metric, one.period, one.dims, one.opening), one)
    return tuple(seen.values())
