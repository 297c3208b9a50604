"""Typed queries are computed over facts: values, movements, ratios, rankings, breakdowns, and why not."""

from decimal import Decimal

import pytest

from tests.verticals.finance.answering.world import computed
from verticals.finance.answering.compute import reason_of
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.metrics.value import Reason
from verticals.finance.questions.query import Op

MILLION = 1_000_000


def cells(answer: Computed, role: str = "asked") -> list[Cell]:
    return [cell for cell in answer.cells if cell.role == role]


def values(answer: Computed, role: str = "asked") -> list[Decimal | None]:
    return [cell.value.value if cell.value else None for cell in cells(answer, role)]


def test_a_value_is_computed_with_its_inputs():
    answer = computed("What was Tarnbeck's gross margin in 2023?")
    assert values(answer) == [Decimal("0.425")]
    assert len(answer.values[0].inputs) == 2


@pytest.mark.parametrize(
    ("text", "role", "expected"),
    [
        ("Tarnbeck revenue year over year in 2023", "movement", ["0.2"]),
        ("Tarnbeck gross margin year over year in 2023", "movement", ["0.025"]),
        ("What was the change in Tarnbeck's revenue in 2023?", "change", ["200000000"]),
        ("What was the change in Tarnbeck's revenue between 2021 and 2023?", "change", ["400000000"]),
        ("How much did Tarnbeck's revenue grow from 2021 to 2023?", "movement", ["0.5"]),
        ("What was Tarnbeck's net income to operating cash flow ratio in 2022?", "ratio", ["0.642857"]),
        ("3 year average of Tarnbeck's net income from 2021 to 2023", "average", ["93333333.333333"]),
        ("What was Tarnbeck's total revenue from 2021 to 2023 in total?", "sum", ["3000000000"]),
        ("Tarnbeck revenue quarter over quarter in Q2 2024", "movement", ["0.0625"]),
    ],
)
def test_operations_give_their_figure(text, role, expected):
    assert [round(value, 6) for value in values(computed(text), role) if value is not None] == [
        Decimal(one) for one in expected
    ]


def test_compound_growth_is_per_year():
    answer = computed("Revenue CAGR of Tarnbeck from 2021 to 2023")
    assert [round(value, 6) for value in values(answer, "movement") if value is not None] == [
        Decimal("0.224745")
    ]


def test_a_trend_is_a_series_and_its_growth_a_series_of_rates():
    assert values(computed("Tarnbeck revenue from 2021 to 2023")) == [
        800 * MILLION,
        1000 * MILLION,
        1200 * MILLION,
    ]
    assert values(computed("Tarnbeck revenue growth in the last two years")) == [
        Decimal("0.25"),
        Decimal("0.2"),
    ]


def test_trailing_months_and_the_latest_quarter_are_counted_from_the_newest_filing():
    assert values(computed("Tarnbeck LTM revenue")) == [(1200 + 660 - 620) * MILLION]
    assert values(computed("Tarnbeck revenue last quarter")) == [340 * MILLION]
    assert values(computed("Tarnbeck's revenue")) == [1200 * MILLION]


def test_companies_are_compared_each_by_its_own_fiscal_year():
    answer = computed("Compare the gross margin of Tarnbeck and Vellora in 2023")
    assert [(cell.entity, round(cell.value.value, 4)) for cell in cells(answer) if cell.value] == [
        ("tarnbeck", Decimal("0.425")),
        ("vellora", Decimal("0.1923")),
    ]
    assert [one.data["entity"] for one in answer.remarks if one.code == "fiscal_year"] == ["vellora"]


def test_a_ranking_goes_over_all_companies_and_leaves_out_other_currencies():
    answer = computed("Rank all companies by revenue in 2023")
    assert answer.order == ("vellora", "tarnbeck", "oldbank")
    assert computed("Which company had the lowest revenue in 2023?").order == ("oldbank",)
    assert computed("Which company had the second highest revenue in 2023?").order == ("tarnbeck",)
    without = next(one for one in answer.remarks if one.code == "ranked_of")
    assert (without.data["count"], without.data["without"]) == (3, 1)


def test_a_ranking_by_place_is_refused():
    answer = computed("Which companies headquartered in Leeds had the highest revenue in 2023?")
    assert not answer.answered
    assert [one.code for one in answer.remarks] == ["place_unknown"]


def test_a_metric_by_segment_has_a_figure_for_each_and_the_total():
    answer = computed("Tarnbeck revenue by segment in 2023")
    assert [(cell.member, cell.value.value) for cell in cells(answer) if cell.value] == [
        ("Lab Services", 300 * MILLION),
        ("Optics", 900 * MILLION),
    ]
    assert values(answer, "total") == [1200 * MILLION]


def test_without_a_breakdown_the_total_is_given_and_said_so():
    answer = computed("Vellora revenue by segment in 2023")
    assert values(answer) == [5200 * MILLION]
    assert [one.code for one in answer.remarks if one.code == "no_breakdown"] == ["no_breakdown"]


def test_of_the_two_readings_of_a_chinese_quarter_the_one_that_can_be_had_is_given():
    answer = computed("霁川仪器2023年Q3毛利率是多少？")
    refusal = reason_of(answer)
    assert refusal is not None and refusal.reason is Reason.OTHER_PERIODS
    assert [period.code for period in refusal.periods] == ["2023H1"]
    assert [round(one.cell.value.value * 100, 2) for one in answer.alternatives if one.cell.value] == [
        Decimal("21.92")
    ]
    assert answer.answered


def test_with_the_half_year_report_both_readings_are_given():
    answer = computed("霁川仪器2023年Q3毛利率是多少？", half_year=True)
    assert [round(value * 100, 2) for value in values(answer) if value is not None] == [Decimal("22.46")]
    assert [round(one.cell.value.value * 100, 2) for one in answer.alternatives if one.cell.value] == [
        Decimal("21.92")
    ]


def test_a_bank_is_told_to_have_no_gross_margin():
    refusal = reason_of(computed("What was Harrow Bank's gross margin in 2023?"))
    assert refusal is not None and refusal.reason is Reason.NOT_APPLICABLE


def test_a_period_without_a_report_is_a_reason():
    refusal = reason_of(computed("What was Tarnbeck's revenue in 2015?"))
    assert refusal is not None and refusal.reason is Reason.OTHER_PERIODS


@pytest.mark.parametrize(
    "text", ["What are Tarnbeck's main risks?", "What was Oskarsund's revenue in 2023?", "hello"]
)
def test_questions_that_are_not_about_figures_compute_nothing(text):
    answer = computed(text)
    assert not answer.cells and not answer.answered


def test_a_follow_up_is_computed_for_the_period_it_moves_to():
    first = computed("What was Tarnbeck's gross margin in 2023?")
    assert values(computed("and the year before?", first.query)) == [Decimal("0.4")]


def test_a_question_why_gives_both_margins_and_the_bridge():
    answer = computed("Why did Tarnbeck's gross margin change in 2023?")
    assert answer.op is Op.WHY
    assert values(answer) == [Decimal("0.425")] and values(answer, "base") == [Decimal("0.4")]
    assert len(answer.bridges) == 1
