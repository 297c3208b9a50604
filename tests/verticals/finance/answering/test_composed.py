"""Answers in words, tables and charts: every number of theirs is a computation, in English and in Chinese."""

import re
from decimal import Decimal

import pytest

from tests.verticals.finance.answering.world import NAMES, answered, computed
from verticals.finance.answering.composed import Composed, composed
from verticals.finance.answering.figures import exact, figure
from verticals.finance.answering.grounded import numbers_ungrounded
from verticals.finance.metrics.metric import UnitKind

QUESTIONS = [
    "What was Tarnbeck's gross margin in 2023?",
    "Tarnbeck's revenue and net income in 2022",
    "Tarnbeck revenue year over year in 2023",
    "Tarnbeck gross margin year over year in 2023",
    "How much did Tarnbeck's revenue grow from 2021 to 2023?",
    "Revenue CAGR of Tarnbeck from 2021 to 2023",
    "What was the change in Tarnbeck's revenue in 2023?",
    "What was the change in Tarnbeck's gross margin in 2023?",
    "What was Tarnbeck's net income to operating cash flow ratio in 2022?",
    "3 year average of Tarnbeck's gross margin from 2021 to 2023",
    "Tarnbeck revenue from 2021 to 2023",
    "Compare the gross margin of Tarnbeck and Vellora in 2023",
    "Rank all companies by revenue in 2023",
    "Which company had the second highest revenue in 2023?",
    "Tarnbeck revenue by segment in 2023",
    "Why did Tarnbeck's gross margin change in 2023?",
    "Why did Tarnbeck's operating margin change in 2023?",
    "What was Tarnbeck's ROE in 2023?",
    "Tarnbeck's days inventory outstanding in 2023",
    "Tarnbeck LTM revenue",
    "Tarnbeck EPS 2023",
    "Tarnbeck revenue in Q2 2024",
    "霁川仪器2023年Q3毛利率是多少？",
    "霁川仪器2023年前三季度营业收入",
    "TBK 2023年净利润同比增长多少",
    "TBK 2023年毛利率为什么变化",
    "TBK 2023年净资产收益率",
    "对比TBK和Vellora Foods 2023年的毛利率",
    "2023年营业收入最高的公司是哪家？",
    "TBK 2021-2023年营业收入",
    "TBK 2023年存货占总资产的比例",
    "TBK 2021年到2023年营业收入年复合增长率",
]


def rows(answer: Composed) -> list[dict]:
    return [one.row for one in answer.computations]


READINGS = [
    "Which company had the biggest increase in revenue in 2023?",
    "Which company grew revenue the fastest in 2023?",
    "Which company had the largest decline in revenue in 2023?",
    "2023年营业收入增幅最大的公司是哪家？",
    "2023年哪家公司营业收入增长最多？",
    "Which segment of Tarnbeck had the highest revenue in 2023?",
    "Which segment of Tarnbeck grew fastest in 2023?",
    "Rank Tarnbeck's segments by gross margin in 2023",
    "Tarnbeck revenue growth by segment in 2023",
    "Tarnbeck revenue 2023 vs Q2 2024",
    "Tarnbeck inventory as of May 15, 2023",
    "Tarnbeck inventory in December 2023",
]
_COUNTED = re.compile(r"(?:companies|segments) have|家公司有|个分部有")


def _unexplained(text: str, answer: Composed) -> list[str]:
    return numbers_ungrounded(text, [Decimal(row["value"]) for row in rows(answer)], names=NAMES.values())


@pytest.mark.parametrize("half_year", [False, True])
@pytest.mark.parametrize("text", [*QUESTIONS, *READINGS])
def test_every_number_of_an_answer_is_among_its_computations(text, half_year):
    answer = answered(text, half_year=half_year)
    assert answer.answered and answer.sentences and answer.computations
    for sentence in answer.sentences:
        assert not _unexplained(sentence, answer), sentence
    for line in answer.interpretation:
        if not _COUNTED.search(line):
            assert not _unexplained(line, answer), line


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_computation_has_a_formula_and_leads_to_facts(text):
    for row in rows(answered(text)):
        assert row["formula"] and row["inputs"], row


def test_the_check_of_numbers_finds_a_number_that_was_not_computed():
    answer = answered("What was Tarnbeck's gross margin in 2023?")
    said = "Tarnbeck Instruments's gross margin in FY2023 was 43.5%."
    assert _unexplained(said, answer) == ["43.5%"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "What was Tarnbeck's gross margin in 2023?",
            "Tarnbeck Instruments' gross margin in FY2023 was 42.50% (gross profit ÷ revenue = USD 510.00 million ÷ USD 1.20 billion).",
        ),
        (
            "Tarnbeck revenue year over year in 2023",
            "Tarnbeck Instruments' revenue in FY2023 was USD 1.20 billion, against USD 1.00 billion in FY2022: up 20.00%.",
        ),
        (
            "TBK 2023年毛利率同比",
            "Tarnbeck Instruments2023年度毛利率为42.50%，2022年度为40.00%，同比上升2.50个百分点。",
        ),
        (
            "霁川仪器2023年前三季度毛利率",
            "霁川仪器2023年前三季度毛利率为21.92%（毛利 ÷ 营业收入 = 645.81亿元 ÷ 2,946.77亿元）。",
        ),
        ("Which company had the highest revenue in 2023?", "Vellora Foods had the highest revenue in FY2023: USD 5.20 billion (5,200,000,000)."),
        ("Revenue CAGR of Tarnbeck from 2021 to 2023", "Tarnbeck Instruments' revenue in FY2023 was USD 1.20 billion, against USD 800.00 million in FY2021: up 22.47% a year."),
    ],
)  # fmt: skip
def test_sentences_read_as_people_write(text, sentence):
    assert sentence in answered(text).sentences


@pytest.mark.parametrize(
    ("text", "said", "never"),
    [
        ("sum of Tarnbeck's gross margin in 2022 and 2023", "may not be added up", "82.5"),
        ("average equity of Tarnbeck in 2023", "USD 380.00 million", "may not"),
        ("Tarnbeck combined revenue 2022 and 2023", "USD 2.20 billion", "may not"),
        ("lowest revenue and net income in 2023", "lowest revenue", "net income"),
    ],
)
def test_what_may_not_be_added_or_ranked_together_is_not(text, said, never):
    answer = answered(text)
    whole = " ".join([*answer.sentences, *answer.interpretation])
    assert said in whole and never not in whole


def test_the_missing_half_year_report_is_named_and_the_nine_months_given():
    said = " ".join(answered("霁川仪器2023年Q3毛利率是多少？").sentences)
    assert "缺少2023年半年度报告" in said
    assert "2023年前三季度毛利率为21.92%" in said


def test_with_the_half_year_report_the_quarter_is_given_and_the_nine_months_offered():
    answer = answered("霁川仪器2023年Q3毛利率是多少？", half_year=True)
    assert "2023年第三季度毛利率为22.46%" in answer.sentences[0]
    assert any("21.92%" in line for line in answer.interpretation)


def test_readings_and_cautions_are_said():
    lines = answered("What was Tarnbeck's ROE in 2023?").interpretation
    assert any("average of opening and closing" in line for line in lines)
    assert any("return on closing equity instead" in line for line in lines)
    assert any(
        "latest reported is taken: FY2023" in line for line in answered("Tarnbeck's revenue").interpretation
    )
    assert any("2022-07-01 to 2023-06-30" in line for line in answered("Vellora revenue 2023").interpretation)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What was Harrow Bank's gross margin in 2023?", "the company is a bank"),
        (
            "What was Oskarsund's revenue in 2023?",
            "No company called “Oskarsund” is among the documents. There are: Harrow Bank",
        ),
        ("雾港纺织2023年净利润是多少", "文档中没有“雾港纺织”"),
        ("What was Tarnbeck's revenue in 2015?", "for other periods only"),
        ("What was Vellora's net income in 2023?", "do not state"),
        ("Vellora EPS in Q4 2023", "do not state"),
    ],
)
def test_what_cannot_be_answered_says_why(text, said):
    answer = answered(text)
    assert not answer.answered
    assert said in " ".join(answer.sentences)


def test_a_bridge_is_told_with_its_parts():
    answer = answered("Why did Tarnbeck's gross margin change in 2023?")
    assert any(
        "moved from 40.00% in FY2022 to 42.50% in FY2023, by +250.0 basis points" in one
        for one in answer.sentences
    )
    assert any(one.startswith("Optics: ") for one in answer.sentences)
    assert [row["value"] for row in rows(answer) if row["metric"] == "gross_margin_bridge"][0] == "250"


def test_labels_of_members_take_the_place_of_their_elements_names():
    answer = composed(
        computed("Tarnbeck revenue by segment in 2023"),
        NAMES,
        members={"x:LabServicesMember": "Laboratory services"},
    )
    assert any("Laboratory services" in one for one in answer.sentences)


def test_series_and_comparisons_come_as_a_table_and_a_chart():
    answer = answered("Tarnbeck revenue from 2021 to 2023")
    assert answer.table and answer.chart
    assert [column["key"] for column in answer.table["columns"]] == [
        "company",
        "metric",
        "FY2021",
        "FY2022",
        "FY2023",
    ]
    assert answer.table["rows"][0]["cells"]["FY2023"]["text"] == "USD 1.20 billion"
    assert answer.chart["series"][0]["data"] == [800e6, 1000e6, 1200e6]
    assert answer.chart["xAxis"]["data"] == ["FY2021", "FY2022", "FY2023"]
    margins = answered("Compare the gross margin of Tarnbeck and Vellora in 2023").chart
    assert margins and [one["data"] for one in margins["series"]] == [
        [42.5],
        [pytest.approx(19.23, abs=0.01)],
    ]


def test_a_single_value_needs_neither_table_nor_chart():
    answer = answered("What was Tarnbeck's gross margin in 2023?")
    assert answer.table is None and answer.chart is None


def test_a_ranking_is_drawn_from_the_first_place_down():
    chart = answered("Rank all companies by revenue in 2023").chart
    assert chart and chart["yAxis"]["data"] == ["Vellora Foods", "Tarnbeck Instruments", "Harrow Bank"]


def test_a_bridge_is_drawn_as_steps_from_one_margin_to_the_other():
    chart = answered("Why did Tarnbeck's gross margin change in 2023?").chart
    assert chart
    shown = chart["series"][1]["data"]
    assert (shown[0]["value"], shown[-1]["value"]) == (4000.0, 4250.0)
    assert sum(step["change"] for step in shown) == pytest.approx(250.0)


@pytest.mark.parametrize(
    ("value", "unit", "kind", "english", "chinese"),
    [
        ("33723297000", "USD", UnitKind.MONEY, "USD 33.72 billion", "337.23亿美元"),
        ("-1234567.8", "CNY", UnitKind.MONEY, "CNY -1.23 million", "-123.46万元"),
        ("17", "USD", UnitKind.MONEY, "USD 17", "17美元"),
        ("5.8", "USD/shares", UnitKind.MONEY_PER_SHARE, "USD 5.80 per share", "5.80美元/股"),
        ("0.2192", "pure", UnitKind.PERCENT, "21.92%", "21.92%"),
        ("-0.00001", "pure", UnitKind.PERCENT, "0.00%", "0.00%"),
        ("0.0082", "pure", UnitKind.POINTS, "0.82 percentage points", "0.82个百分点"),
        ("1.275", "pure", UnitKind.TIMES, "1.28", "1.28"),
        ("47.42", "days", UnitKind.DAYS, "47.4 days", "47.4天"),
        ("1124", "pure", UnitKind.COUNT, "1,124", "1,124"),
        ("12722000000", "shares", UnitKind.SHARES, "12.72 billion shares", "127.22亿股"),
    ],
)
def test_figures_are_written_in_the_manner_of_each_language(value, unit, kind, english, chinese):
    assert figure(Decimal(value), unit, kind, "en") == english
    assert figure(Decimal(value), unit, kind, "zh") == chinese


def test_exact_figures_keep_their_digits():
    assert exact(Decimal("138734348.36"), "CNY", "zh") == "138,734,348.36元"
    assert exact(Decimal("33723297000"), "USD", "en") == "USD 33,723,297,000"
