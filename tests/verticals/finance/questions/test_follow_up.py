"""A follow-up takes from the question before it what it leaves out, and nothing that it says itself."""

import pytest

from tests.verticals.finance.questions.companies import periods, read
from verticals.finance.questions.query import Op

FIRST = read("What was Tarnbeck's gross margin in 2023?")


@pytest.mark.parametrize(
    ("text", "op", "entities", "metrics", "when"),
    [
        ("and the year before?", "value", ["tarnbeck"], ["gross_margin"], ["FY2022"]),
        ("And two years earlier?", "value", ["tarnbeck"], ["gross_margin"], ["FY2021"]),
        ("那去年呢？", "value", ["tarnbeck"], ["gross_margin"], ["FY2022"]),
        ("上一年呢？", "value", ["tarnbeck"], ["gross_margin"], ["FY2022"]),
        ("And in 2021?", "value", ["tarnbeck"], ["gross_margin"], ["FY2021"]),
        ("what about Q3?", "value", ["tarnbeck"], ["gross_margin"], ["2023Q3"]),
        ("And for Vellora?", "value", ["vellora"], ["gross_margin"], ["FY2023"]),
        ("霁川仪器呢？", "value", ["jichuan"], ["gross_margin"], ["FY2023"]),
        ("How about net income?", "value", ["tarnbeck"], ["net_income"], ["FY2023"]),
        ("净利润呢？", "value", ["tarnbeck"], ["net_income"], ["FY2023"]),
        ("why?", "why", ["tarnbeck"], ["gross_margin"], ["FY2023"]),
        ("为什么？", "why", ["tarnbeck"], ["gross_margin"], ["FY2023"]),
        ("Compare with Vellora", "compare", ["tarnbeck", "vellora"], ["gross_margin"], ["FY2023"]),
        ("and the last three years?", "trend", ["tarnbeck"], ["gross_margin"], ["latest 3 year"]),
        ("同比呢？", "yoy", ["tarnbeck"], ["gross_margin"], ["FY2023"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_inherited(text, op, entities, metrics, when):
    query = read(text, FIRST)
    assert (str(query.op), list(query.entities), list(query.metrics), periods(query)) == (
        op,
        entities,
        metrics,
        when,
    )
    assert query.follows


def test_the_quarter_before_is_counted_from_the_quarter_asked_about():
    first = read("霁川仪器2023年第一季度营业收入")
    assert periods(read("上季度呢？", first)) == ["2022Q4"]


def test_a_chain_of_follow_ups_goes_on_from_each_other():
    second = read("and the year before?", FIRST)
    assert periods(read("and the year before that?", second)) == ["FY2021"]


def test_a_question_that_stands_alone_takes_nothing():
    query = read("Which company had the highest revenue in 2022?", FIRST)
    assert (query.op, query.entities, query.follows) == (Op.RANK, (), False)


def test_a_question_about_text_keeps_the_company_and_drops_the_metric():
    query = read("What would happen if the supplier of optical glass failed?", FIRST)
    assert (query.op, query.entities, query.metrics) == (Op.TEXT, ("tarnbeck",), ())
