"""A margin's change is taken apart into parts that add up to it exactly."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.verticals.finance.answering.world import computed
from tests.verticals.finance.ledger import evaluator, filing, stated
from verticals.finance.answering.bridge import MarginBridge, basis_points, margin_bridges, segment_effects
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.periods import FiscalPeriod

BEFORE, AFTER = FiscalPeriod(2022), FiscalPeriod(2023)
AXIS = "srt:ProductOrServiceAxis"
# A large phone maker, in millions: (revenue, cost) of products and services in two years.
PHONES = {
    "Product": ((316199, 201471), (298085, 189282)),
    "Service": ((78129, 22075), (85200, 24855)),
}


def bridge(
    parts: dict[str, tuple[tuple[int, int], tuple[int, int]]],
    totals: tuple[tuple[int, int], tuple[int, int]] | None = None,
) -> MarginBridge:
    """The bridge of two years of (revenue, cost) by segment; totals are the sums unless given."""
    facts = []
    for at, year in enumerate((2022, 2023)):
        source, span = filing(f"{year}-12-31", year), f"{year}-01-01/{year}-12-31"
        revenue, cost = (
            totals[at] if totals else tuple(sum(one[at][part] for one in parts.values()) for part in (0, 1))
        )
        facts += stated(source, span, {"Revenues": revenue, "CostOfRevenue": cost})
        for name, one in parts.items():
            dims = ((AXIS, f"x:{name}Member"),)
            facts += stated(source, span, {"Revenues": one[at][0], "CostOfRevenue": one[at][1]}, dims=dims)
    found = margin_bridges(catalogue(), evaluator(facts), "gross_margin", BEFORE, AFTER)
    assert found is not None
    return found


def points(value: Fraction) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator) * 10_000, 1)


def test_the_worked_example():
    found = bridge(PHONES)
    assert (round(float(found.before), 4), round(float(found.after), 4)) == (0.4331, 0.4413)
    assert points(found.change) == Decimal("82.1")
    effects = {line.name: (points(line.rate), points(line.mix)) for line in found.lines}
    assert effects == {
        "Product": (Decimal("17.2"), Decimal("17.7")),
        "Service": (Decimal("-19.3"), Decimal("66.6")),
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_add_up_without_rounding(seed):
    chance = random.Random(seed)
    parts = {}
    for name in ("North", "South", "East", "West")[: chance.randint(2, 4)]:
        sold = [chance.randint(1, 10**9) for _ in range(2)]
        parts[name] = tuple((one, chance.randint(0, 2 * one)) for one in sold)
    found = bridge(parts)
    assert found.kind == "segment"
    assert sum(line.effect for line in found.lines) == found.change


def test_rounded_parts_add_up_to_the_rounded_change():
    for seed in range(30):
        chance = random.Random(seed)
        parts = {
            name: tuple((chance.randint(1, 999), chance.randint(0, 999)) for _ in range(2)) for name in "ABC"
        }
        total, shown = basis_points(bridge(parts))
        assert sum((rate + mix for rate, mix in shown), Decimal(0)) == total


def test_what_the_segments_leave_is_a_part_of_its_own():
    totals = ((400000, 230000), (390000, 221000))
    found = bridge(PHONES, totals)
    assert [line.name for line in found.lines] == ["Product", "Service", "other"]
    assert sum(line.effect for line in found.lines) == found.change


def test_costs_that_no_segment_bears_are_a_part_of_their_own():
    totals = ((394328, 230000), (383285, 221000))
    found = bridge(PHONES, totals)
    assert sum(line.effect for line in found.lines) == found.change
    assert found.lines[-1].name == "other" and found.lines[-1].mix == 0


def test_segments_that_hold_one_another_are_no_parts():
    parts = {**PHONES, "Everything": ((394328, 223546), (383285, 214137))}
    assert bridge(parts, ((394328, 223546), (383285, 214137))).kind == "cost"


def test_without_costs_by_segment_each_cost_is_a_part():
    facts = []
    for year, figures in ((2022, (1000, 600, 150, 100, 90)), (2023, (1200, 690, 150, 140, 130))):
        names = (
            "Revenues",
            "CostOfRevenue",
            "SellingGeneralAndAdministrativeExpense",
            "ResearchAndDevelopmentExpense",
            "OperatingIncomeLoss",
        )
        facts += stated(
            filing(f"{year}-12-31", year),
            f"{year}-01-01/{year}-12-31",
            dict(zip(names, figures, strict=True)),
        )
    found = margin_bridges(catalogue(), evaluator(facts), "operating_margin", BEFORE, AFTER)
    assert found is not None
    assert (found.kind, [line.name for line in found.lines]) == (
        "cost",
        ["cost_of_revenue", "sga_expense", "research_expense", "other"],
    )
    assert found.lines[0].rate == Fraction(600, 1000) - Fraction(690, 1200)
    assert (
        sum(line.effect for line in found.lines) == found.change == Fraction(130, 1200) - Fraction(90, 1000)
    )


def test_a_margin_without_figures_on_both_sides_has_no_bridge():
    facts = stated(filing("2023-12-31", 2023), "2023-01-01/2023-12-31", {"Revenues": 10, "CostOfRevenue": 6})
    assert margin_bridges(catalogue(), evaluator(facts), "gross_margin", BEFORE, AFTER) is None
    assert margin_bridges(catalogue(), evaluator(facts), "revenue", BEFORE, AFTER) is None


def test_the_two_effects_of_one_segment_follow_the_formula():
    weights, margins, totals = (
        (Fraction(1, 2), Fraction(3, 5)),
        (Fraction(1, 5), Fraction(3, 10)),
        (Fraction(1, 4), Fraction(1, 3)),
    )
    rate, mix = segment_effects(weights, margins, totals)
    assert rate == Fraction(11, 20) * Fraction(1, 10)
    assert mix == Fraction(1, 10) * (Fraction(1, 4) - Fraction(7, 24))


def test_segments_are_found_along_the_business_axis_as_well():
    found = computed("Why did Tarnbeck's gross margin change in 2023?").bridges[0]
    assert isinstance(found, MarginBridge)
    assert (found.kind, {line.name for line in found.lines}) == ("segment", {"Optics", "Lab Services"})
