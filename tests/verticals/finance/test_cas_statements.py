"""Statements of Chinese reports: labels over several rows, columns by their right edge, units, parent company."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from collegium.sdk.parsing import Block, Line, ParsedDocument, ParseLimits, SourceFile, Word
from tests.evaluation_data import data_set
from verticals.finance.facts.codec import filings_read
from verticals.finance.facts.fact import Period
from verticals.finance.filing_parser import FilingParser
from verticals.finance.tables.cas_items import BALANCE, CASH, INCOME, ITEMS, item_of
from verticals.finance.tables.cas_periods import column_period, report_period, stated_period
from verticals.finance.tables.cas_statements import PARENT, cas_facts
from verticals.finance.tables.report import report_filing

YEAR = Period(start=date(2023, 1, 1), end=date(2023, 12, 31))
NINE = Period(start=date(2023, 1, 1), end=date(2023, 9, 30))


def page_of(*rows: list[tuple[str, float]], page: int = 1) -> Block:
    """A block whose rows hold words with their right edges, ten points a letter, as a PDF's pages do."""
    text, lines = "", []
    for number, row in enumerate(rows):
        start, words = len(text), []
        for word, right in row:
            words.append(Word(len(text), right - 5 * len(word), right))
            text += f"{word} "
        text = text.rstrip()
        box = (words[0].x0, 20.0 * number, words[-1].x1, 20.0 * number + 10)
        lines.append(Line(start, len(text), page, box, tuple(words)))
        text += "\n"
    return Block("text", text.rstrip("\n"), page=page, lines=tuple(lines))


def values(facts) -> dict[tuple, Decimal]:
    return {(fact.concept, fact.period, bool(fact.dims)): fact.value for fact in facts}


HEAD = (
    [("合并利润表", 200.0)],
    [("单位：万元", 500.0)],
    [("项目", 100.0), ("附注", 300.0), ("2023年度", 400.0), ("2022年度", 500.0)],
)


def test_figures_belong_to_the_column_whose_right_edge_they_share():
    facts = cas_facts(
        [
            page_of(
                *HEAD,
                [("一、营业总收入", 150), ("12,345.67", 412), ("11,000.00", 512)],
                [("其中：营业收入", 150), ("七、61", 300), ("12,345.67", 412), ("11,000.00", 512)],
                [("信用减值损失", 150), ("七、62", 300), ("-5.00", 412)],
                [("资产减值损失", 150), ("七、63", 300), ("（7.50）", 512)],
            )
        ],
        year=2023, period="FY",
    )  # fmt: skip
    before = Period(start=date(2022, 1, 1), end=date(2022, 12, 31))
    assert values(facts) == {
        ("cas:营业总收入", YEAR, False): Decimal("123456700"), ("cas:营业总收入", before, False): Decimal("110000000"),
        ("cas:营业收入", YEAR, False): Decimal("123456700"), ("cas:营业收入", before, False): Decimal("110000000"),
        ("cas:信用减值损失", YEAR, False): Decimal("-50000"), ("cas:资产减值损失", before, False): Decimal("-75000"),
    }  # fmt: skip
    assert {fact.unit for fact in facts} == {"CNY"} and {fact.decimals for fact in facts} == {-2}
    locator = next(fact.locator for fact in facts if fact.value == Decimal("-50000"))
    assert locator["kind"] == "cell" and locator["page"] == 1 and locator["column"] == 1
    assert locator["boxes"] == [[412 - 25.0, 100.0, 412.0, 110.0]]


def test_a_label_that_runs_over_rows_is_put_together_and_what_is_no_item_is_left_out():
    facts = cas_facts(
        [
            page_of(
                *HEAD,
                [("加：投资收益（损失以“－”号填", 200), ("1.00", 412), ("2.00", 512)],
                [("列）", 120)],
                [("1.归属于母公司股东的净利润", 200), ("3.00", 412), ("4.00", 512)],
                [("（净亏损以“-”号填列）", 160)],
                [("六、其他综合收益的税后", 180), ("5.00", 412)],
                [("净额", 120)],
                [("上年同期某项目", 150), ("6.00", 412)],
                [("（一）基本每股收益(元/股)", 180), ("0.62", 412), ("0.88", 512)],
            )
        ],
        year=2023, period="FY",
    )  # fmt: skip
    assert {fact.concept: fact.value for fact in facts if fact.period == YEAR} == {
        "cas:投资收益": 10000, "cas:归属于母公司所有者的净利润": 30000, "cas:其他综合收益的税后净额": 50000,
        "cas:基本每股收益": Decimal("0.62"),
    }  # fmt: skip
    assert {fact.unit for fact in facts if "每股" in fact.concept} == {"CNY/shares"}


def test_the_parent_companys_statements_are_kept_apart_and_mentions_are_no_titles():
    balance = [("项目", 100.0), ("2023年12月31日", 412.0), ("2022年12月31日", 512.0)]
    facts = cas_facts(
        [
            page_of([("资产负债表", 200)], balance, [("存货", 150), ("9.00", 412)]),
            page_of([("1、合并资产负债表", 200)], [("单位：元", 500)], balance, [("存货", 150), ("1.00", 412), ("2.00", 512)]),
            page_of([("存货", 150), ("7.00", 412)], page=2),
            page_of([("母公司资产负债表", 200)], balance, [("存货", 150), ("3.00", 412)], page=3),
            page_of([("合并所有者权益变动表", 200)], [("存货", 150), ("8.00", 412)], page=4),
        ],
        year=2023, period="FY",
    )  # fmt: skip
    assert [(int(fact.value), fact.period.end.year, fact.dims) for fact in facts] == [
        (1, 2023, ()), (2, 2022, ()), (3, 2023, PARENT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "heads",
    [
        ([("项目", 100.0), ("2023年12月31日", 380.0), ("2022年12月31日", 580.0)],
         [("合并", 300.0), ("公司", 400.0), ("合并", 500.0), ("公司", 600.0)]),
        ([("项目", 100.0), ("2023年12月31日合并", 300.0), ("2023年12月31日公司", 400.0),
          ("2022年12月31日合并", 500.0), ("2022年12月31日公司", 600.0)],),
    ],
)  # fmt: skip
def test_beside_the_groups_columns_those_of_the_parent_company_are_kept_apart(heads):
    row = [("存货", 150.0), ("1.00", 302.0), ("2.00", 402.0), ("3.00", 502.0), ("4.00", 602.0)]
    facts = cas_facts(
        [page_of([("合并及公司资产负债表", 200.0)], [("单位：元", 600.0)], *heads, row)],
        year=2023,
        period="FY",
    )
    assert [(int(fact.value), fact.period.end.year, fact.dims) for fact in facts] == [
        (1, 2023, ()), (2, 2023, PARENT), (3, 2022, ()), (4, 2022, PARENT),
    ]  # fmt: skip


def test_columns_whose_owner_cannot_be_told_state_nothing():
    heads = (
        [("项目", 100.0), ("2023年12月31日", 380.0), ("2022年12月31日", 580.0)],
        [("合并", 300.0), ("公司", 400.0), ("合并", 500.0)],
    )
    row = [("存货", 150.0), ("1.00", 302.0), ("2.00", 402.0), ("3.00", 502.0)]
    assert cas_facts([page_of([("合并及公司资产负债表", 200.0)], *heads, row)], year=2023, period="FY") == []


def test_columns_without_dates_follow_the_statements_own_period_or_the_reports():
    head = [("项目", 100.0), ("本期发生额", 412.0), ("上期发生额", 512.0)]
    row = [("其中：营业成本", 150), ("1.00", 412), ("2.00", 512)]
    stated = cas_facts([page_of([("合并年初到报告期末利润表", 200)], head, row)], year=2023, period="Q3")
    before = Period(start=date(2022, 1, 1), end=date(2022, 9, 30))
    assert [(fact.period, int(fact.value)) for fact in stated] == [(NINE, 1), (before, 2)]
    titled = cas_facts([page_of([("合并利润表2023年1—9月", 200)], head, row)], year=None, period="")
    assert [fact.period for fact in titled] == [NINE, before]
    assert cas_facts([page_of([("合并利润表", 200)], head, row)], year=None, period="") == []


@pytest.mark.parametrize(
    ("text", "instant", "expected"),
    [
        ("2019 年 12 月 31 日", True, Period(end=date(2019, 12, 31))), ("2023年1-9月", False, NINE),
        ("2024年2月30日", True, None), ("2023年度", False, YEAR), ("2023 年", False, YEAR),
        ("2023年半年度", False, Period(start=date(2023, 1, 1), end=date(2023, 6, 30))),
        ("2023年第三季度", False, NINE), ("2024年1月至3月", False, Period(start=date(2024, 1, 1), end=date(2024, 3, 31))), ("附注", False, None),
        ("2024年2月29日", True, Period(end=date(2024, 2, 29))),
    ],
)  # fmt: skip
def test_periods_are_read_as_they_are_written(text, instant, expected):
    assert stated_period(text, instant=instant) == expected


def test_last_years_column_of_a_balance_sheet_is_the_end_of_the_year_before():
    now = report_period(2023, "Q3", instant=True)
    assert now == Period(end=date(2023, 9, 30))
    assert (
        column_period("年初余额", now) == column_period("上年年末余额", now) == Period(end=date(2022, 12, 31))
    )
    assert column_period("期末余额", now) == now and column_period("增减", now) is None


@pytest.mark.parametrize(
    ("label", "statement", "item"),
    [
        ("减：所得税费用", INCOME, "所得税费用"), ("三、营业利润（亏损以“－”号填列）", INCOME, "营业利润"),
        ("（一）按经营持续性分类", INCOME, ""), ("实收资本（或股本）", BALANCE, "实收资本"), ("股本", BALANCE, "实收资本"),
        ("销售商品,提供劳务收到的现金", CASH, "销售商品、提供劳务收到的现金"), ("营业收入", BALANCE, ""),
        ("1．不能重分类进损益的其他综合收益", INCOME, "不能重分类进损益的其他综合收益"), ("", INCOME, ""),
    ],
)  # fmt: skip
def test_labels_name_items_of_their_own_statement(label, statement, item):
    assert item_of(label, statement) == item


def test_the_list_of_items_is_whole_and_names_none_twice():
    assert {name: len(set(items.values())) > 40 for name, items in ITEMS.items()} == dict.fromkeys(
        ITEMS, True
    )
    for items in ITEMS.values():
        assert all(items[item] == item for item in items.values())


def test_a_report_in_html_becomes_a_filing_with_facts(tmp_path):
    path = tmp_path / "r"
    path.write_text(
        "<h1>霁川仪器股份有限公司</h1><p>2023年年度报告</p><p>股票代码：600000</p><p>2、合并利润表</p><p>单位：元</p>"
        "<table><tr><td>项目</td><td>2023年度</td><td>2022年度</td></tr>"
        "<tr><td>一、营业总收入</td><td>1,234.50</td><td>1,000.00</td></tr>"
        "<tr><td>减：所得税费用</td><td></td><td>10.00</td></tr></table>",
        encoding="utf-8",
    )
    parsed = FilingParser().parse([SourceFile(path, "r.html", "text/html")], ParseLimits())
    assert not parsed.warnings and parsed.language == "zh"
    (read,) = filings_read(parsed.data["filings"])
    assert (read.filing.entity, read.filing.gaap, read.filing.period_end) == (
        "霁川仪器股份有限公司", "CAS", date(2023, 12, 31),
    )  # fmt: skip
    assert [(fact.concept, fact.period.end.year, str(fact.value)) for fact in read.facts] == [
        ("cas:营业总收入", 2023, "1234.50"), ("cas:营业总收入", 2022, "1000.00"), ("cas:所得税费用", 2022, "10.00"),
    ]  # fmt: skip
    whole = "\n\n".join(block.text for block in parsed.blocks)
    assert "1,234.50" in whole[read.facts[0].locator["start"] : read.facts[0].locator["end"]]
    assert parsed.metadata["period"] == "FY2023" and parsed.metadata["gaap"] == "CAS"


def test_a_report_without_statements_makes_no_filing():
    assert report_filing(ParsedDocument("t/1", (Block("text", "营业收入增长。"),)), "a.pdf") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["四方科技", "海翔药业"])
def test_the_statements_of_real_reports_are_read_to_the_fen(name):
    folder = data_set("finglm_zh")
    (path,) = [one for one in (folder / "reports").iterdir() if f"__{name}__" in one.name]
    kind = {".pdf": "application/pdf", ".html": "text/html"}[path.suffix]
    parsed = FilingParser().parse([SourceFile(path, path.name, kind)], ParseLimits())
    (read,) = filings_read(parsed.data["filings"])
    assert read.filing.gaap == "CAS" and read.filing.fiscal_year == 2019
    shown = {one.title: [row.label for row in one.rows] for one in read.statements}
    assert list(shown) == ["资产负债表", "利润表", "现金流量表"]
    assert shown["资产负债表"][0] == "货币资金" and len(shown["资产负债表"]) > 30
    assert shown["利润表"].index("营业收入") < shown["利润表"].index("净利润")
    stated = {
        fact.concept: fact.value
        for fact in read.facts
        if not fact.dims and fact.period.end == date(2019, 12, 31)
    }
    checked = 0
    for table in sorted((folder / "structured").glob("*.csv")):
        with table.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["股票简称"] == name and row["报告年份"] == "2019":
                    checked += _row_check(row, stated)
    assert checked > 45


def _row_check(row: dict[str, str], stated: dict[str, Decimal]) -> int:
    other = {"归属母公司所有者净利润": "归属于母公司所有者的净利润", "现金的期末余额": ""}
    checked = 0
    for label, text in row.items():
        if text and label not in {
            "报告年份",
            "信息来源",
            "股票代码",
            "股票简称",
            "年份",
            "证券代码",
            "证券简称",
        }:
            item = other.get(label, label)
            if item:
                assert stated.get(f"cas:{item}") == Decimal(text), label
                checked += 1
    return checked


def test_a_unit_above_the_title_holds_for_the_statement_and_for_those_after_it():
    facts = cas_facts(
        [
            page_of(
                [("单位：万元", 500.0)],
                *HEAD[::2],
                [("一、营业总收入", 150), ("12.00", 412), ("11.00", 512)],
            )
        ],
        year=2023,
        period="FY",
    )
    assert values(facts)["cas:营业总收入", YEAR, False] == Decimal("120000")


def test_the_quarter_and_the_nine_months_of_a_third_quarter_report_are_kept_apart():
    quarter = Period(start=date(2023, 7, 1), end=date(2023, 9, 30))
    heads = [("项目", 100.0), ("本期金额（7-9月）", 300.0), ("年初至报告期期末金额（1-9月）", 500.0)]
    facts = cas_facts(
        [
            page_of(
                [("合并利润表", 200.0)], heads, [("一、营业总收入", 150), ("100.00", 300), ("300.00", 500)]
            )
        ],
        year=2023,
        period="Q3",
    )
    found = values(facts)
    assert found["cas:营业总收入", quarter, False] == 100 and found["cas:营业总收入", NINE, False] == 300
