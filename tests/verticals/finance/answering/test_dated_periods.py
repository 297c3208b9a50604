"""Months, days between the quarters, periods counted back, and periods of unlike length."""

from decimal import Decimal

import pytest

from tests.verticals.finance.answering.world import NAMES, answered, computed
from tests.verticals.finance.ledger import evaluator, filing, stated
from verticals.finance.answering.composed import composed
from verticals.finance.answering.compute import reason_of
from verticals.finance.answering.grounded import numbers_ungrounded
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue, NotReported, Reason

MILLION = 1_000_000


def asked(text: str) -> list[Decimal | None]:
    return [one.value.value if one.value else None for one in computed(text).cells if one.role == "asked"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tarnbeck revenue in March 2023", "not by month"),
        ("Tarnbeck gross margin in December 2023", "not by month"),
        ("Tarnbeck revenue growth in March 2024", "not by month"),
        ("Tarnbeck revenue in the three months ended May 31, 2023", "not by month"),
        ("Tarnbeck revenue as of May 15, 2024", "not up to that day"),
        ("霁川仪器2023年6月营业收入", "没有单月数据"),
        ("霁川仪器2023年6月毛利率是多少？", "没有单月数据"),
    ],
)
def test_the_flow_of_a_month_is_never_that_of_a_longer_period(text, said):
    answer = computed(text)
    refusal = reason_of(answer)
    assert not answer.answered and not answer.values
    assert refusal is not None and refusal.reason is Reason.NOT_BY_MONTH
    assert said in composed(answer, NAMES).sentences[0]


def test_a_month_that_a_report_does_state_is_given():
    year = filing("2023-12-31", 2023)
    known = stated(year, "2023-12-01/2023-12-31", {"Revenues": 90})
    known += stated(year, "2023-01-01/2023-12-31", {"Revenues": 1200})
    found = evaluator(known).value("revenue", FiscalPeriod(2023, "Q4", calendar=True, month=12))
    assert isinstance(found, MetricValue) and found.value == 90


def test_the_balance_of_a_month_that_ends_a_quarter_is_that_of_its_last_day():
    assert asked("Tarnbeck inventory in December 2023") == [105 * MILLION]
    assert asked("Tarnbeck inventory at the end of December 2022") == [85 * MILLION]
    assert (
        "in December 2023 was USD 105.00 million"
        in answered("Tarnbeck inventory in December 2023").sentences[0]
    )


def test_weeks_that_end_near_the_month_still_make_its_balance():
    year = filing("2023-12-30", 2023, fiscal_year_end="--12-30")
    found = evaluator(stated(year, "2023-12-30", {"InventoryNet": 7})).value(
        "inventory", FiscalPeriod(2023, "Q4", calendar=True, month=12)
    )
    assert isinstance(found, MetricValue) and found.value == 7


@pytest.mark.parametrize(
    "text",
    [
        "What was Tarnbeck's inventory as of 2023-05-15?",
        "What was Tarnbeck's inventory on June 29, 2023?",
        "Tarnbeck inventory in May 2023",
        "Tarnbeck 2023年5月15日的存货是多少？",
    ],
)
def test_a_day_between_the_quarters_has_no_balance_and_those_beside_it_are_offered(text):
    answer = computed(text)
    refusal = reason_of(answer)
    assert refusal is not None and refusal.reason is Reason.NO_BALANCE
    near = [
        (one.about, one.cell.period.code, one.cell.value.value)
        for one in answer.alternatives
        if one.cell.value
    ]
    assert near == [
        ("balance", "2022-12-31", Decimal(85 * MILLION)),
        ("balance", "2023-12-31", Decimal(105 * MILLION)),
    ]
    told = composed(answer, NAMES)
    assert answer.answered and len(told.sentences) == 3
    values = [Decimal(one.row["value"]) for one in told.computations]
    assert not numbers_ungrounded(" ".join(told.sentences), values, names=NAMES.values())


def test_where_balances_of_quarters_are_stated_the_nearest_are_offered():
    known = stated(filing("2022-12-31", 2022), "2022-12-31", {"InventoryNet": 1})
    for end, part, value in (("2023-03-31", "Q1", 2), ("2023-06-30", "Q2", 3), ("2023-09-30", "Q3", 4)):
        known += stated(filing(end, 2023, part), end, {"InventoryNet": value})
    book = evaluator(known)
    missing = book.value("inventory", FiscalPeriod(2023, "Q2", calendar=True, month=5, day=15))
    assert isinstance(missing, NotReported) and missing.reason is Reason.NO_BALANCE
    assert isinstance(
        found := book.value("inventory", FiscalPeriod(2023, "Q2", calendar=True, month=6)), MetricValue
    )
    assert found.value == 3


@pytest.mark.parametrize(
    "text",
    [
        "Tarnbeck revenue 2023 vs Q2 2024",
        "Compare Tarnbeck's revenue in 2023 with Q2 2024",
        "What was the change in Tarnbeck's revenue between 2023 and Q2 2024?",
        "Tarnbeck 2023年营业收入与2024年第二季度相比增长多少？",
    ],
)
def test_a_year_and_a_quarter_are_both_given_and_no_change_between_them(text):
    answer = computed(text)
    assert {one.value.value for one in answer.cells if one.value} == {1200 * MILLION, 340 * MILLION}
    assert not [one for one in answer.cells if one.role in {"movement", "change"}]
    told = " ".join(composed(answer, NAMES).sentences)
    assert "unlike length" in told or "期间长度不同" in told


def test_balances_of_unlike_periods_are_compared_since_they_are_of_days():
    answer = computed("What was the change in Tarnbeck's total assets between 2022 and Q4 2023?")
    assert [one.value.value for one in answer.cells if one.role == "change" and one.value] == [160 * MILLION]


def test_periods_are_counted_back_from_today_or_from_the_latest_report():
    assert asked("Tarnbeck revenue three years ago") == [1000 * MILLION]
    assert asked("Tarnbeck revenue the year before last") == [1200 * MILLION]
    assert asked("Tarnbeck revenue two quarters ago") == [320 * MILLION]
    assert asked("Tarnbeck三年前的营业收入") == asked("Tarnbeck revenue three years ago")
    assert asked("Tarnbeck大前年的营业收入") == [1000 * MILLION]
    assert asked("Tarnbeck两个季度前的营业收入") == [320 * MILLION]


def test_since_so_many_years_ago_the_latest_is_compared_with_that_year():
    answer = computed("How has Tarnbeck's revenue changed since two years ago?")
    assert [(one.role, one.period.code) for one in answer.cells] == [
        ("asked", "FY2023"), ("base", "FY2021"), ("change", "FY2023"), ("movement", "FY2023"),
    ]  # fmt: skip


def test_a_follow_up_goes_back_as_far_as_it_says():
    first = computed("What was Tarnbeck's revenue in Q2 2024?")
    assert [
        one.named.code for one in computed("and two quarters ago?", first.query).query.periods if one.named
    ] == ["2023Q4"]


@pytest.mark.parametrize(("before", "how"), [(-50, "negative"), (0, "zero")])
def test_no_compound_growth_leads_from_a_loss_or_from_nothing(before, how):
    from verticals.finance.answering.combined import compound_growth
    from verticals.finance.metrics.catalogue import catalogue

    known = [
        one
        for year, profit in ((2021, before), (2023, 80))
        for one in stated(
            filing(f"{year}-12-31", year), f"{year}-01-01/{year}-12-31", {"NetIncomeLoss": profit}
        )
    ]
    book = evaluator(known)
    now, then = (book.value("net_income", FiscalPeriod(year)) for year in (2023, 2021))
    outcome = compound_growth(catalogue(), now, then)
    assert isinstance(outcome, NotReported) and outcome.reason is Reason.NEGATIVE
    assert outcome.data == {"needed_in": FiscalPeriod(2021), "sign": how}
