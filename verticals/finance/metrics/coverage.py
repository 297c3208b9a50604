"""Whether a cost covers what the revenue counts: only then is their difference a gross profit.

A filer may state the cost of its products alone beside the revenue of products and services. The statement
itself tells: where cost, operating expenses and operating income do not add up to the revenue, or the cost is
one that leaves something out by definition, part of it is missing.
"""

from collections.abc import Callable
from decimal import Decimal

from verticals.finance.metrics.value import MetricValue, NotReported

# Concepts of a cost that leaves something out by definition.
PARTIAL_COSTS = frozenset(
    {
        "us-gaap:CostOfGoodsAndServiceExcludingDepreciationDepletionAndAmortization",
        "us-gaap:CostOfGoodsSold",
        "us-gaap:CostOfServices",
    }
)
Look = Callable[[str], MetricValue | NotReported]  # a metric of the same company, period and dimensions


def cost_gap(revenue: MetricValue, cost: MetricValue, look: Look) -> str:
    """Why the cost does not cover the revenue, or "" where nothing says that it does not.

    `partial`: the cost's concept leaves something out and nothing shows that it is all there is.
    `unexplained`: revenue less cost less operating expenses is more than the operating income.
    """
    operating = look("operating_income")
    expenses = look("operating_expenses")
    total = look("total_operating_cost")
    slack = sum((_rounding(one) for one in (revenue, cost, operating, expenses, total)), Decimal(0))
    explained: bool | None = None
    if isinstance(operating, MetricValue) and isinstance(expenses, MetricValue):
        left = revenue.value - cost.value - expenses.value - operating.value
        # operating expenses that already hold the cost of revenue leave minus the cost
        explained = abs(left) <= slack or abs(left + cost.value) <= slack
        if not explained and left > slack:
            return "unexplained"
    elif isinstance(expenses, MetricValue) and isinstance(total, MetricValue):
        explained = abs(total.value - cost.value - expenses.value) <= slack
    concepts = {known.fact.concept for known in cost.facts}
    if concepts & PARTIAL_COSTS and not explained and not _both_parts(concepts):
        return "partial"
    return ""


def _both_parts(concepts: set[str]) -> bool:
    """Goods and services together are the whole cost of revenue."""
    return {"us-gaap:CostOfGoodsSold", "us-gaap:CostOfServices"} <= concepts


def _rounding(one: MetricValue | NotReported) -> Decimal:
    """By how much a value may be off: half a unit of its last accurate place, for each of its facts."""
    if isinstance(one, NotReported):
        return Decimal(0)
    places = [known.fact.decimals for known in one.facts if known.fact.decimals is not None]
    return sum((Decimal(1).scaleb(-place) for place in places), Decimal(0))
