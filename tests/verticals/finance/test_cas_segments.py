"""Segments, products and regions of Chinese reports: both tables, labels beside their figures, units."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collegium.sdk.parsing import Block, ParseLimits, SourceFile
from tests.evaluation_data import data_set
from tests.verticals.finance.test_cas_statements import page_of
from verticals.finance.facts.codec import filings_read
from verticals.finance.facts.fact import Period
from verticals.finance.filing_parser import FilingParser
from verticals.finance.samples import make
from verticals.finance.tables.cas_segments import segment_facts

YEAR, BEFORE = (Period(start=date(year, 1, 1), end=date(year, 12, 31)) for year in (2023, 2022))
UNIT = [("单位：元", 500.0)]
HEAD = [("营业收入", 300.0), ("营业成本", 400.0), ("毛利率", 450.0), ("营业收入比上年同期增减", 560.0)]


def shown(*rows: list[tuple[str, float]]) -> dict[tuple[str, str, str, int], Decimal | None]:
    facts = segment_facts([page_of(*rows)], year=2023, period="FY")
    return {
        (fact.dims[0][0], fact.dims[0][1], fact.concept, fact.period.end.year): fact.value for fact in facts
    }


def figures(label: str, revenue: str, cost: str) -> list[tuple[str, float]]:
    return [(label, 100.0), (revenue, 305.0), (cost, 405.0), ("40.00%", 450.0), ("3.00%", 560.0)]


def test_each_section_of_a_table_is_a_breakdown():
    assert shown(
        UNIT, HEAD,
        [("分行业", 60.0)], figures("仪器", "1,000.00", "600.00"),
        [("分产品", 60.0)], figures("光谱仪", "700.00", "400.00"), figures("其中：便携式", "300.00", "200.00"),
        [("分地区", 60.0)], figures("境内", "1,000.00", "600.00"), figures("合计", "1,000.00", "600.00"),
        [("分销售模式", 60.0)], figures("直销", "1,000.00", "600.00"),
    ) == {
        ("cas:分行业", "cas:仪器", "cas:营业收入", 2023): 1000, ("cas:分行业", "cas:仪器", "cas:营业成本", 2023): 600,
        ("cas:分产品", "cas:光谱仪", "cas:营业收入", 2023): 700, ("cas:分产品", "cas:光谱仪", "cas:营业成本", 2023): 400,
        ("cas:分产品", "cas:便携式", "cas:营业收入", 2023): 300, ("cas:分产品", "cas:便携式", "cas:营业成本", 2023): 200,
        ("cas:分地区", "cas:境内", "cas:营业收入", 2023): 1000, ("cas:分地区", "cas:境内", "cas:营业成本", 2023): 600,
    }  # fmt: skip


def test_the_make_up_of_revenue_states_both_years():
    found = shown(
        [("单位：万元", 500.0)],
        [("2023年", 300.0), ("2022年", 450.0), ("同比增减", 560.0)],
        [("金额", 300.0), ("占营业收入比重", 350.0), ("金额", 450.0), ("占营业收入比重", 500.0)],
        [("分行业", 60.0)],
        [("仪器", 100.0), ("12.50", 300.0), ("100%", 350.0), ("10.00", 450.0), ("100%", 500.0), ("25.00%", 560.0)],
        [("服务", 100.0), ("7.00", 300.0), ("30%", 350.0)],
    )  # fmt: skip
    assert found == {
        ("cas:分行业", "cas:仪器", "cas:营业收入", 2023): 125_000,
        ("cas:分行业", "cas:仪器", "cas:营业收入", 2022): 100_000,
    }


def test_words_above_and_below_their_figures_are_one_label_and_a_heading_further_down_is_none():
    block = page_of(
        UNIT,
        [("主营业务分行业情况", 300.0)],
        [("分行业", 60.0), *HEAD],
        [("实验室分析仪器及", 120.0)],
        [("9.00", 305.0), ("6.00", 405.0)],
        [("过程控制", 100.0)],
        [("费用分析", 100.0)],
    )
    heights = [20.0, 40.0, 60.0, 80.0, 87.0, 94.0, 130.0]
    lines = [
        replace(line, box=(line.box[0], y, line.box[2], y + 10)) if line.box else line
        for line, y in zip(block.lines, heights, strict=True)
    ]
    facts = segment_facts([replace(block, lines=tuple(lines))], year=2023, period="FY")
    assert {fact.dims[0][1] for fact in facts} == {"cas:实验室分析仪器及过程控制"}


@pytest.mark.parametrize(
    "rows",
    [
        ([("分行业", 60.0), *HEAD], figures("仪器", "1,000.00", "600.00")),  # no unit
        (UNIT, [("分行业情况", 300.0)], [("分行业", 60.0), ("成本构成项目", 150.0), ("本期金额", 300.0)], figures("仪器", "1.00", "2.00")),
        (UNIT, HEAD, figures("仪器", "1,000.00", "600.00")),  # along no axis
        (UNIT, HEAD, [("分行业", 60.0)], [("仪器", 100.0), ("1,000.00", 305.0)]),  # a cost is missing
        (UNIT, HEAD, [("分行业", 60.0)], [("1,000.00", 305.0), ("600.00", 405.0)]),  # no name
        (UNIT, HEAD, [("分行业", 60.0)], [("情况的说明", 100.0)], figures("仪器", "1,000.00", "600.00")),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_left_out(rows):
    assert shown(*rows) == {}


def test_without_the_reports_period_there_are_no_facts():
    rows = (UNIT, HEAD, [("分行业", 60.0)], figures("仪器", "1,000.00", "600.00"))
    assert segment_facts([page_of(*rows)], year=None, period="") == []


def test_a_table_of_a_page_without_geometry_is_read_by_its_cells():
    block = Block(
        "table", " | 营业收入 | 营业成本 | 毛利率\n分产品 |  |  | \n软件 | 3,000.00 | 1,000.00 | 66.67%"
    )
    (revenue, cost) = segment_facts([Block("text", "单位：元"), block], year=2023, period="FY")
    assert (revenue.value, cost.value) == (3000, 1000) and revenue.dims == (("cas:分产品", "cas:软件"),)
    assert revenue.locator["kind"] == "cell" and revenue.period == YEAR


def test_the_segments_of_the_sample_report_have_a_page_and_a_box():
    path = Path(make.__file__).parent / "jichuan-annual-report-2023.pdf"
    parsed = FilingParser().parse([SourceFile(path, path.name, "application/pdf")], ParseLimits())
    (read,) = filings_read(parsed.data["filings"])
    found = [fact for fact in read.facts if any(axis == "cas:分行业" for axis, _member in fact.dims)]
    assert {fact.dims[0][1] for fact in found} == {"cas:实验室仪器", "cas:过程控制", "cas:技术服务"}
    assert len(found) == 6
    total = next(
        fact
        for fact in read.facts
        if fact.concept == "cas:营业收入" and not fact.dims and fact.period == YEAR
    )
    parts = [fact.value for fact in found if fact.concept == "cas:营业收入"]
    assert abs(sum(parts) - (total.value or 0)) < 200  # the table is in 万元 to two places
    whole = "\n\n".join(block.text for block in parsed.blocks)
    for fact in found:
        assert fact.locator["page"] and fact.locator["boxes"]
        assert fact.dims[0][1].removeprefix("cas:") in whole[
            fact.locator["start"] : fact.locator["end"]
        ].replace(" ", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "member", "revenue", "cost", "earlier", "count"),
    [
        ("四方科技", ("cas:分产品", "cas:罐式集装箱"), "764321152.14", "632091386.24", None, 12),
        ("海翔药业", ("cas:分产品", "cas:染料中间体"), "343759248.43", "152958448.36", "405163859.03", 33),
    ],
)
def test_the_breakdowns_of_real_reports_are_read_to_the_fen(name, member, revenue, cost, earlier, count):
    (path,) = [one for one in (data_set("finglm_zh") / "reports").iterdir() if f"__{name}__" in one.name]
    kind = {".pdf": "application/pdf", ".html": "text/html"}[path.suffix]
    parsed = FilingParser().parse([SourceFile(path, path.name, kind)], ParseLimits())
    (read,) = filings_read(parsed.data["filings"])
    own = [fact for fact in read.facts if any(axis.startswith("cas:分") for axis, _member in fact.dims)]
    assert len(own) == count and {fact.dims[0][0] for fact in own} == {
        "cas:分行业",
        "cas:分产品",
        "cas:分地区",
    }
    stated = {(fact.concept, fact.period.end.year): str(fact.value) for fact in own if fact.dims == (member,)}
    expected = {("cas:营业收入", 2019): revenue, ("cas:营业成本", 2019): cost}
    assert stated == expected | ({("cas:营业收入", 2018): earlier} if earlier else {})
