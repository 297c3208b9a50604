"""Questions are read to typed queries: whose figures, which, of when, and what is to be done with them."""

from datetime import date

import pytest

from tests.verticals.finance.questions.companies import COMPANIES, TODAY, periods, read
from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.query import Op, Rank, query_as_dict, query_from_dict
from verticals.finance.questions.reading import question_read


@pytest.mark.parametrize(
    ("text", "op", "entities", "metrics", "when"),
    [
        ("What was Tarnbeck's net income in FY2023?", "value", ["tarnbeck"], ["net_income"], ["FY2023"]),
        ("TBK revenue 2021-2023", "trend", ["tarnbeck"], ["revenue"], ["FY2021", "FY2022", "FY2023"]),
        ("Revenue of Vellora Foods in 2022 and 2023", "compare", ["vellora"], ["revenue"], ["FY2022", "FY2023"]),
        (
            "Compare the gross margin of Tarnbeck and Vellora in 2023",
            "compare",
            ["tarnbeck", "vellora"],
            ["gross_margin"],
            ["FY2023"],
        ),
        ("Tarnbeck EPS year over year in Q3 2023", "yoy", ["tarnbeck"], ["eps_diluted"], ["2023Q3"]),
        ("Tarnbeck revenue growth last three years", "trend", ["tarnbeck"], ["revenue"], ["latest 3 year"]),
        ("How did Quillmark's revenue grow from 2019 to 2022?", "growth", ["quillmark"], ["revenue"], ["FY2019", "FY2020", "FY2021", "FY2022"]),
        ("What was the change in Tarnbeck's inventory in 2023?", "change", ["tarnbeck"], ["inventory"], ["FY2023"]),
        ("Tarnbeck LTM free cash flow", "value", ["tarnbeck"], ["free_cash_flow"], ["latest 1 quarter trailing"]),
        (
            "ratio of net income to operating cash flow of Tarnbeck in 2022",
            "ratio",
            ["tarnbeck"],
            ["net_income", "operating_cash_flow"],
            ["FY2022"],
        ),
        (
            "What was Vellora's capex as a percent of operating cash flow in FY2023?",
            "ratio",
            ["vellora"],
            ["capital_expenditure", "operating_cash_flow"],
            ["FY2023"],
        ),
        ("What was R&D as a percentage of revenue at Tarnbeck in FY2023?", "value", ["tarnbeck"], ["research_expense_ratio"], ["FY2023"]),
        ("Why did Tarnbeck's gross margin increase in 2023?", "why", ["tarnbeck"], ["gross_margin"], ["FY2023"]),
        ("What drove operating margin change as of FY2022 for Tarnbeck?", "why", ["tarnbeck"], ["operating_margin"], ["FY2022"]),
        ("Does Tarnbeck have an improving gross margin profile as of FY2022?", "yoy", ["tarnbeck"], ["gross_margin"], ["FY2022"]),
        ("What is Tarnbeck's year end FY2018 net PP&E?", "value", ["tarnbeck"], ["fixed_assets"], ["FY2018"]),
        ("霁川仪器2023年Q3毛利率是多少？", "value", ["jichuan"], ["gross_margin"], ["2023Q3"]),
        ("霁川仪器2023年前三季度毛利率同比变化", "yoy", ["jichuan"], ["gross_margin"], ["2023-9M"]),
        ("霁川儀器2023年第三季度營業收入環比增長多少", "qoq", ["jichuan"], ["revenue"], ["2023Q3"]),
        ("300999.SZ 2023年研发费用占营业收入的比例", "value", ["jichuan"], ["research_expense_ratio"], ["FY2023"]),
        ("霁川仪器2022年销售费用和管理费用分别是多少?", "value", ["jichuan"], ["selling_expense", "administrative_expense"], ["FY2022"]),
        ("霁川仪器 归母净利润 近三年", "trend", ["jichuan"], ["net_income_parent"], ["latest 3 year"]),
        ("霁川仪器2020年研发费用增长率", "yoy", ["jichuan"], ["research_expense"], ["FY2020"]),
        ("霁川仪器2023年存货占总资产的比例", "ratio", ["jichuan"], ["inventory", "total_assets"], ["FY2023"]),
        ("对比霁川仪器和蓝岳电池2023年的净利率", "compare", ["jichuan", "lanyue"], ["net_margin"], ["FY2023"]),
        ("蓝岳海州电池科技股份有限公司2021年应付的职工薪酬", "value", ["lanyue"], ["employee_payables"], ["FY2021"]),
        ("霁川仪器2023年公允价值变动收益", "value", ["jichuan"], ["fair_value_gain"], ["FY2023"]),
        ("为什么霁川仪器2023年毛利率提高？", "why", ["jichuan"], ["gross_margin"], ["FY2023"]),
        ("Tarnbeck's income before tax in 2023", "value", ["tarnbeck"], ["pretax_income"], ["FY2023"]),
        ("Tarnbeck's net income before taxes in 2023", "value", ["tarnbeck"], ["pretax_income"], ["FY2023"]),
        ("Tarnbeck revenue Q2 2024 YTD", "value", ["tarnbeck"], ["revenue"], ["2024H1"]),
        ("Tarnbeck revenue in the first six months of 2024", "value", ["tarnbeck"], ["revenue"], ["2024H1"]),
        ("Tarnbeck revenue HY2024", "value", ["tarnbeck"], ["revenue"], ["2024H1"]),
        ("霁川仪器2023年前3季度营业收入", "value", ["jichuan"], ["revenue"], ["2023-9M"]),
        ("霁川仪器2023年7-9月营业收入", "value", ["jichuan"], ["revenue"], ["2023Q3"]),
        ("霁川仪器2023年1月至9月营业收入", "value", ["jichuan"], ["revenue"], ["2023-9M"]),
        ("霁川仪器2023年第三季度累计营业收入", "value", ["jichuan"], ["revenue"], ["2023-9M"]),
        ("What percentage of revenue was inventory for Tarnbeck in 2023?", "ratio", ["tarnbeck"], ["inventory", "revenue"], ["FY2023"]),
    ],
)  # fmt: skip
def test_questions_are_read(text, op, entities, metrics, when):
    query = read(text)
    assert (str(query.op), list(query.entities), list(query.metrics), periods(query)) == (
        op,
        entities,
        metrics,
        when,
    )
    assert query.complete


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("Which company had the highest revenue in 2023?", Rank()),
        ("Which companies are the top 3 by net margin in 2023?", Rank(count=3)),
        ("2021年营业成本第五高的上市公司是哪家？", Rank(first=5)),
        ("2021年货币资金第12高的上市公司为？", Rank(first=12)),
        ("哪家公司2019年总负债最低？", Rank(highest=False)),
        ("Rank all companies by revenue in 2023", Rank(count=0)),
    ],
)
def test_rankings_are_over_every_company(text, rank):
    query = read(text)
    assert (query.op, query.rank, query.everyone) == (Op.RANK, rank, True)
    assert query.metrics and not query.entities


def test_a_place_that_narrows_a_ranking_is_kept():
    assert read("注册地址在天津的上市公司中，2019年其他流动资产最高的公司为？").places == ("天津",)
    assert read("Which companies headquartered in Leeds had the highest revenue in 2023?").places == (
        "leeds",
    )


@pytest.mark.parametrize(
    "text",
    [
        "What are the main risks of Tarnbeck?",
        "请简要分析霁川仪器2021年现金流的情况。",
        "Describe Tarnbeck's revenue recognition policy",
        "What would happen if the supplier of optical glass failed?",
    ],
)
def test_questions_about_text_are_left_to_the_text(text):
    assert read(text).op is Op.TEXT


def test_what_reports_state_in_words_is_recognised():
    query = read("霁川仪器2020年的法定代表人与上一年是否相同？")
    assert (query.op, query.attributes, periods(query)) == (
        Op.TEXT,
        ("legal_representative",),
        ["FY2020", "FY2019"],
    )
    assert read("霁川仪器股份有限公司外文名称是什么?").attributes == ("foreign_name",)


def test_a_single_quarter_is_taken_and_the_year_to_date_offered():
    reading = next(one for one in read("霁川仪器2023年Q3毛利率是多少？").readings if one.about == "period")
    assert (reading.taken, reading.offered) == ("2023Q3", ("2023-9M",))
    assert not [one for one in read("霁川仪器2023年前三季度毛利率").readings if one.about == "period"]
    assert not [one for one in read("霁川仪器2023年Q3总资产").readings if one.about == "period"]


def test_a_word_with_several_meanings_is_read_one_way_and_the_others_are_offered():
    query = read("What was Tarnbeck's profit in 2023?")
    assert query.metrics == ("net_income",)
    assert "gross_profit" in query.readings[0].offered
    assert read("霁川仪器2023年净利润").readings[0].offered[0] == "net_income_parent"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What was Oskarsund's revenue in 2023?", "Oskarsund"),
        ("Brightwater Chemicals revenue 2023", "Brightwater Chemicals"),
        ("云杉重工2023年净利润是多少", "云杉重工"),
        ("雾港纺织股份有限公司2023年净利润是多少", "雾港纺织股份有限公司"),
    ],
)
def test_a_company_that_is_not_there_is_named_and_asked_back(text, name):
    query = read(text)
    assert (query.missing, query.unknown, query.entities) == (("entity",), name, ())


def test_without_a_company_it_is_asked_which():
    assert read("What was revenue in 2023?").missing == ("entity",)


def test_a_name_that_two_companies_share_is_asked_back_with_both():
    query = read("What was Hallworth's revenue in 2023?")
    assert query.missing == ("entity",)
    assert set(query.near) == {"hallworth-uk", "hallworth-us"}
    assert read("Hallworth Group revenue in 2023").entities == ("hallworth-uk",)


def test_a_misspelt_name_is_understood_and_said_so():
    query = read("What was Quilmark Systems' revenue in 2023?")
    assert query.entities == ("quillmark",)
    assert [one.about for one in query.readings] == ["entity"]


def test_the_only_company_in_reach_is_meant_where_none_is_named():
    only = EntityDirectory([Entity(key="one", name="Tarnbeck Instruments plc")])
    assert question_read("What was revenue in 2023?", only, today=TODAY).entities == ("one",)
    other = question_read("What was Vellora's revenue in 2023?", only, today=TODAY)
    assert (other.entities, other.unknown) == ((), "Vellora")


def test_a_ticker_is_a_ticker_only_in_capitals_and_one_letter_only_where_marked():
    assert read("TBK revenue 2023").entities == ("tarnbeck",)
    assert read("tbk revenue 2023").entities == ()
    assert read("Vellora Foods (F) EBITDA 2022").entities == ("vellora",)
    assert read("Option F revenue 2022").entities == ()


def test_a_companys_name_that_holds_a_metric_is_the_company():
    query = read("First Income Metals revenue in 2023")
    assert (query.entities, query.metrics) == (("profit-metals",), ("revenue",))


def test_averages_compound_growth_and_segments_are_recognised():
    assert read("3 year average of Tarnbeck's gross margin from 2021 to 2023").aggregate == "average"
    assert read("Revenue CAGR of Tarnbeck from 2019 to 2023").compound
    assert read("Tarnbeck revenue by segment 2023").compare_by == "segment"
    assert read("霁川仪器2023年分产品收入").compare_by == "product"
    assert read("Chart Tarnbeck's revenue since 2019").chart


def test_a_query_survives_being_stored():
    for text in (
        "霁川仪器2023年Q3毛利率是多少？",
        "2021年营业成本第五高的上市公司是哪家？",
        "TBK LTM revenue",
        "TBK revenue for the year ended June 30, 2023",
    ):
        query = read(text)
        assert query_from_dict(query_as_dict(query)) == query


def test_last_year_counts_from_today_where_nothing_else_is_named():
    query = question_read("Tarnbeck revenue last year", COMPANIES, today=date(2025, 3, 1))
    assert periods(query) == ["FY2024"]
    assert [one.offered for one in query.readings if one.about == "period"] == [("latest",)]


@pytest.mark.parametrize("text", ["", "   ", "?", "！！！", "2023", "\x00\x01", "a" * 5000, "净" * 3000])
def test_odd_input_is_read_without_an_error(text):
    assert read(text).metrics == ()
