"""Why a margin changed: the change taken apart into parts that add up to it exactly.

With revenue and profit per segment, each segment i with weight w (its share of revenue) and margin m adds

    rate effect = (w0 + w1) / 2 * (m1 - m0)
    mix effect  = (w1 - w0) * ((m0 + m1) / 2 - (M0 + M1) / 2)

where M is the total margin: the rate effects say which segments earn more or less on their revenue, the mix
effects which have become a larger part of it. Without costs per segment, each cost adds the fall of its share
of revenue. All arithmetic is on fractions, so that the parts add up without rounding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from verticals.finance.answering.segments import breakdown_members, member_name
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Dims, MetricValue

BASIS_POINTS = 10_000
AXES_TRIED = ("product", "segment")
# margin -> the profit in it
PROFIT_OF = {
    "gross_margin": "gross_profit",
    "operating_margin": "operating_income",
    "net_margin": "net_income",
}
# margin -> costs between the revenue and that profit, the sum before its parts
COSTS_OF = {
    "gross_margin": ("cost_of_revenue",),
    "operating_margin": (
        "cost_of_revenue", "sga_expense", "selling_expense", "administrative_expense", "research_expense",
    ),
    "net_margin": (
        "cost_of_revenue", "sga_expense", "selling_expense", "administrative_expense", "research_expense",
        "financial_expense", "income_tax",
    ),
}  # fmt: skip
_PARTS = {"sga_expense": ("selling_expense", "administrative_expense")}


@dataclass(frozen=True, slots=True)
class BridgeLine:
    """One part of the change, in fractions of revenue: `rate` and `mix` of a segment, or `rate` of a cost."""

    name: str  # a member's name, a metric's code, or "other"
    rate: Fraction
    mix: Fraction
    dims: Dims = ()
    values: tuple[MetricValue, ...] = ()

    @property
    def effect(self) -> Fraction:
        return self.rate + self.mix


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginBridge:
    """The change of a margin from `first` to `last`; `kind` is "segment" or "cost"."""

    entity: str
    metric: str
    kind: str
    first: FiscalPeriod
    last: FiscalPeriod
    before: Fraction
    after: Fraction
    lines: tuple[BridgeLine, ...]
    values: tuple[MetricValue, ...]

    @property
    def change(self) -> Fraction:
        return self.after - self.before


def margin_bridges(
    known: Catalogue, evaluator: Evaluator, code: str, first: FiscalPeriod, last: FiscalPeriod
) -> MarginBridge | None:
    """The bridge of a margin between two periods: by segment where costs are stated so, else by cost."""
    profit = PROFIT_OF.get(code)
    if profit is None:
        return None
    ends = [_Side.read(evaluator, profit, period) for period in (first, last)]
    if ends[0] is None or ends[1] is None:
        return None
    before, after = ends[0], ends[1]
    for by in AXES_TRIED if code != "net_margin" else ():
        for axis in known.axes[by]:
            members = breakdown_members(known, evaluator, ("revenue", profit), axis)
            if lines := _by_segment(evaluator, profit, members, before, after):
                return _bridge(evaluator, code, "segment", before, after, lines)
    return _bridge(
        evaluator, code, "cost", before, after, list(_by_cost(evaluator, COSTS_OF[code], before, after))
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """Revenue and profit of one period, of a segment or of the whole company."""

    period: FiscalPeriod
    revenue: MetricValue
    profit: MetricValue

    @classmethod
    def read(cls, evaluator: Evaluator, profit: str, period: FiscalPeriod, dims: Dims = ()) -> "_Side | None":
        sold, earned = evaluator.value("revenue", period, dims), evaluator.value(profit, period, dims)
        if isinstance(sold, MetricValue) and isinstance(earned, MetricValue):
            return cls(period, sold, earned) if sold.value and sold.unit == earned.unit else None
        return None

    @property
    def margin(self) -> Fraction:
        return Fraction(self.profit.value) / Fraction(self.revenue.value)

    @property
    def values(self) -> tuple[MetricValue, ...]:
        return self.revenue, self.profit


def segment_effects(
    weights: tuple[Fraction, Fraction], margins: tuple[Fraction, Fraction], totals: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    """The rate and the mix effect of a segment; weights, margins and total margins are (before, after)."""
    rate = (weights[0] + weights[1]) / 2 * (margins[1] - margins[0])
    mix = (weights[1] - weights[0]) * ((margins[0] + margins[1]) / 2 - (totals[0] + totals[1]) / 2)
    return rate, mix


def _by_segment(
    evaluator: Evaluator,
    profit: str,
    members: Sequence[Dims],
    before: _Side,
    after: _Side,
) -> list[BridgeLine]:
    """A line for each segment with revenue and profit in both periods, and one for what is left over."""
    pairs = []
    for dims in members:
        then = _Side.read(evaluator, profit, before.period, dims)
        now = _Side.read(evaluator, profit, after.period, dims)
        if then is not None and now is not None:
            pairs.append((dims, then, now))
    if len(pairs) < 2:
        return []
    totals = (before.margin, after.margin)
    lines, left = [], [[Fraction(1), totals[0]], [Fraction(1), totals[1]]]
    for dims, then, now in pairs:
        weights = (_share(then.revenue, before), _share(now.revenue, after))
        rate, mix = segment_effects(weights, (then.margin, now.margin), totals)
        lines.append(BridgeLine(member_name(dims), rate, mix, dims, (*then.values, *now.values)))
        for side, weight, one in ((0, weights[0], then), (1, weights[1], now)):
            left[side][0] -= weight
            left[side][1] -= weight * one.margin
    if any(side[0] < 0 for side in left):
        return []  # segments that hold one another, or sell to one another: no parts of the whole
    return lines + list(_remainder(left, totals))


def _share(revenue: MetricValue, side: _Side) -> Fraction:
    return Fraction(revenue.value) / Fraction(side.revenue.value)


def _remainder(left: list[list[Fraction]], totals: tuple[Fraction, Fraction]) -> Iterator[BridgeLine]:
    """What the segments leave: other revenue as a segment of its own, or costs that none of them bears."""
    (weight0, earned0), (weight1, earned1) = left
    if not any((weight0, weight1, earned0, earned1)):
        return
    if weight0 and weight1:
        rate, mix = segment_effects((weight0, weight1), (earned0 / weight0, earned1 / weight1), totals)
        yield BridgeLine("other", rate, mix)
        return
    average = (totals[0] + totals[1]) / 2
    yield BridgeLine("other", earned1 - earned0 - (weight1 - weight0) * average, Fraction(0))


def _by_cost(evaluator: Evaluator, codes: Sequence[str], before: _Side, after: _Side) -> Iterator[BridgeLine]:
    """A line for each cost stated in both periods, and one for everything else between revenue and profit."""
    explained = Fraction(0)
    covered: set[str] = set()
    for code in codes:
        if code in covered:
            continue
        then, now = evaluator.value(code, before.period), evaluator.value(code, after.period)
        if not isinstance(then, MetricValue) or not isinstance(now, MetricValue):
            continue
        if {then.unit, now.unit} != {before.revenue.unit}:
            continue
        covered.update(_PARTS.get(code, ()))
        effect = _share(then, before) - _share(now, after)
        explained += effect
        yield BridgeLine(code, effect, Fraction(0), (), (then, now))
    rest = after.margin - before.margin - explained
    if rest:
        yield BridgeLine("other", rest, Fraction(0))


def _bridge(
    evaluator: Evaluator, code: str, kind: str, before: _Side, after: _Side, lines: list[BridgeLine]
) -> MarginBridge:
    return MarginBridge(
        entity=evaluator.book.entity,
        metric=code,
        kind=kind,
        first=before.period,
        last=after.period,
        before=before.margin,
        after=after.margin,
        lines=tuple(lines),
        values=(*before.values, *after.values),
    )


def basis_points(bridge: MarginBridge, *, places: int = 1) -> tuple[Decimal, list[tuple[Decimal, Decimal]]]:
    """The change and the (rate, mix) of each line in basis points, rounded so that the parts still add up.

    The largest remainders are rounded up first, as seats are in Hamilton's method of apportionment.
    """
    scale = 10**places
    exact = [part * BASIS_POINTS * scale for line in bridge.lines for part in (line.rate, line.mix)]
    total = round(bridge.change * BASIS_POINTS * scale)
    floors = [part.numerator // part.denominator for part in exact]
    short = total - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda at: floors[at] - exact[at])
    for at in by_remainder[: max(0, short)]:
        floors[at] += 1
    shown = [Decimal(part) / scale for part in floors]
    return Decimal(total) / scale, [(shown[at], shown[at + 1]) for at in range(0, len(shown), 2)]
