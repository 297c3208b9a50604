"""The reports of 霁川仪器股份有限公司, by Chinese accounting standards: 年度报告, 半年度报告, 季度报告.

Interim reports state the year to date, as the exchanges' forms for them do.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from verticals.finance.samples.report import Part, Report, Said, Table, TableRow
from verticals.finance.samples.statements import Line, Maker, Style, headed
from verticals.finance.samples.table import Span, figure_table
from verticals.finance.samples.words import Words

YEARS = (2021, 2022, 2023)
QUARTERS = tuple((year, quarter) for year in YEARS for quarter in (1, 2, 3))
_NAMES = {1: "第一季度报告", 2: "半年度报告", 3: "第三季度报告"}
_STEMS = {1: "q1-report", 2: "half-year-report", 3: "q3-report"}
INCOME = (
    Line("一、营业总收入", "revenue_total"),
    Line("其中：营业收入", "revenue"),
    Line("二、营业总成本", "total_cost"),
    Line("其中：营业成本", "cost"),
    Line("税金及附加", "taxes_and_surcharges"),
    Line("销售费用", "selling"),
    Line("管理费用", "administration"),
    Line("研发费用", "research"),
    Line("财务费用", "financial"),
    Line("加：其他收益", "other_income"),
    Line("信用减值损失（损失以“-”号填列）", "credit_loss"),
    Line("资产减值损失（损失以“-”号填列）", "asset_loss"),
    Line("三、营业利润（亏损以“-”号填列）", "operating_profit"),
    Line("加：营业外收入", "non_operating_income"),
    Line("减：营业外支出", "non_operating_expense"),
    Line("四、利润总额（亏损总额以“-”号填列）", "profit_before_tax"),
    Line("减：所得税费用", "income_tax"),
    Line("五、净利润（净亏损以“-”号填列）", "profit"),
    Line("1.归属于母公司所有者的净利润", "parent_profit"),
    Line("2.少数股东损益", "minority_profit"),
    Line("六、其他综合收益的税后净额", "currency_effect"),
    Line("七、综合收益总额", "comprehensive_income"),
    Line("归属于母公司所有者的综合收益总额", "parent_comprehensive_income"),
    Line("八、每股收益："),
    Line("（一）基本每股收益（元/股）", "basic_eps"),
    Line("（二）稀释每股收益（元/股）", "diluted_eps"),
)
BALANCE = (
    Line("流动资产："),
    Line("货币资金", "cash"),
    Line("应收账款", "receivables"),
    Line("存货", "inventories"),
    Line("其他流动资产", "other_current_assets"),
    Line("流动资产合计", "current_assets"),
    Line("非流动资产："),
    Line("固定资产", "property"),
    Line("在建工程", "construction"),
    Line("无形资产", "intangibles"),
    Line("商誉", "goodwill"),
    Line("非流动资产合计", "non_current_assets"),
    Line("资产总计", "assets"),
    Line("流动负债："),
    Line("短期借款", "short_term_borrowings"),
    Line("应付账款", "payables"),
    Line("合同负债", "contract_liabilities"),
    Line("应付职工薪酬", "staff"),
    Line("应交税费", "taxes"),
    Line("其他应付款", "other_payables"),
    Line("流动负债合计", "current_liabilities"),
    Line("非流动负债："),
    Line("长期借款", "long_term_borrowings"),
    Line("递延收益", "deferred_income"),
    Line("非流动负债合计", "non_current_liabilities"),
    Line("负债合计", "liabilities"),
    Line("所有者权益："),
    Line("股本", "share_capital"),
    Line("资本公积", "capital_reserve"),
    Line("其他综合收益", "other_comprehensive_income"),
    Line("盈余公积", "surplus_reserve"),
    Line("未分配利润", "retained_earnings"),
    Line("归属于母公司所有者权益合计", "parent_equity"),
    Line("少数股东权益", "minority"),
    Line("所有者权益合计", "equity"),
    Line("负债和所有者权益总计", "liabilities_and_equity"),
)
CASH_FLOW = (
    Line("一、经营活动产生的现金流量："),
    Line("销售商品、提供劳务收到的现金", "sales_receipts"),
    Line("收到的税费返还", "tax_refunds"),
    Line("收到其他与经营活动有关的现金", "other_receipts"),
    Line("经营活动现金流入小计", "operating_inflow"),
    Line("购买商品、接受劳务支付的现金", "goods_paid"),
    Line("支付给职工以及为职工支付的现金", "staff_paid"),
    Line("支付的各项税费", "taxes_paid"),
    Line("支付其他与经营活动有关的现金", "other_paid"),
    Line("经营活动现金流出小计", "operating_outflow"),
    Line("经营活动产生的现金流量净额", "operating_cash_flow"),
    Line("二、投资活动产生的现金流量："),
    Line("处置固定资产、无形资产和其他长期资产收回的现金净额", "disposals"),
    Line("购建固定资产、无形资产和其他长期资产支付的现金", "capital_expenditure"),
    Line("投资活动产生的现金流量净额", "investing_cash_flow"),
    Line("三、筹资活动产生的现金流量："),
    Line("取得借款收到的现金", "borrowed"),
    Line("偿还债务支付的现金", "repaid"),
    Line("分配股利、利润或偿付利息支付的现金", "dividends_and_interest"),
    Line("筹资活动现金流出小计", "financing_outflow"),
    Line("筹资活动产生的现金流量净额", "financing_cash_flow"),
    Line("四、汇率变动对现金及现金等价物的影响", "cash_currency_effect"),
    Line("五、现金及现金等价物净增加额", "cash_change"),
    Line("加：期初现金及现金等价物余额", "cash", opening=True, whole_period=True),
    Line("六、期末现金及现金等价物余额", "cash", whole_period=True),
)
KEY_FIGURES = (
    ("营业收入", "revenue"),
    ("营业成本", "cost"),
    ("归属于母公司所有者的净利润", "parent_profit"),
    ("研发费用", "research"),
    ("经营活动产生的现金流量净额", "operating_cash_flow"),
)
_BEFORE_ITEM = re.compile(r"^(?:[一二三四五六七八]、|（[一二]）|\d\.)?(?:其中：|加：|减：)?")
_AFTER_ITEM = re.compile(r"（.*）$")
_ITEMS = {"股本": "实收资本"}  # 财会〔2019〕6号


def concept_of(label: str) -> str:
    """cas: and the item that a line of a statement names."""
    item = _AFTER_ITEM.sub("", _BEFORE_ITEM.sub("", label))
    return f"cas:{_ITEMS.get(item, item)}"


@cache
def style(*, scale: int = 0) -> Style:
    """Figures in 元, or in 10 to the power of `scale` of them."""
    return Style(
        table=figure_table("jichuan"),
        concepts={},
        axis="cas:分行业",
        members={name: f"cas:{label}" for name, label in figure_table("jichuan").segments.items()},
        shown_scale=scale,
        shown_places=2,
        brackets=False,
        concept_of=concept_of,
    )


def reports() -> Iterator[Report]:
    """All reports, the oldest first."""
    for year in YEARS:
        yield from (interim(*one) for one in QUARTERS if one[0] == year)
        yield annual(year)


def annual(year: int) -> Report:
    span = Span(year, 1, 4)
    columns = (f"{year}年度", f"{year - 1}年度")
    said = {"report": f"{year} 年年度报告"}
    return _report(span, f"jichuan-annual-report-{year}", said, columns)


def interim(year: int, quarter: int) -> Report:
    """A report on the first one, two or three quarters, which states them together."""
    span = Span(year, 1, quarter)
    to_date = "年初到报告期末" if quarter == 3 else ""
    columns = (f"{year}年半年度", f"{year - 1}年半年度") if quarter == 2 else ("本期发生额", "上期发生额")
    said = {
        "report": f"{year} 年{_NAMES[quarter]}",
        "income statement": f"合并{to_date}利润表",
        "cash flow statement": f"合并{to_date}现金流量表",
    }
    return _report(span, f"jichuan-{_STEMS[quarter]}-{year}", said, columns)


def _report(span: Span, stem: str, said: Mapping[str, str], columns: tuple[str, str]) -> Report:
    table = figure_table("jichuan")
    spans = (span, span.before)
    ends = (span, span.year_end_before)
    days = [day_text(one.end) for one in ends]
    tables: dict[str, Maker] = {
        "key figures": lambda: _key_figures(span, columns),
        "segments": lambda: _segments(span),
        "balance": lambda: Table(headed("项目", days), style().rows(BALANCE, ends)),
        "income": lambda: Table(headed("项目", columns), style().rows(INCOME, spans)),
        "cash flow": lambda: Table(headed("项目", columns), style().rows(CASH_FLOW, spans)),
    }
    words: dict[str, Part] = {
        "company": Said("", table.name), "period end": day_text(span.end), "year": str(span.year), **said,
    }  # fmt: skip
    own = Words.source(stem).exists()
    source = stem if own else "jichuan-annual-report" if span.last == 4 else "jichuan-interim-report"
    writer = Words(table, span, said=words, figure=style(scale=4).figure, tables=tables, percent_places=2)
    return Report(
        stem=stem,
        title=f"{table.name} {said['report']}",
        company=table.name,
        identifier="",
        language="zh",
        start=span.start,
        end=span.end,
        cover={},
        blocks=writer.blocks(source),
    )


def _key_figures(span: Span, columns: tuple[str, str]) -> Table:
    """The main figures, each with its growth."""
    rows = []
    for label, name in KEY_FIGURES:
        now, then = (style(scale=4).figure(name, one, label=label) for one in (span, span.before))
        growth = f"{(now.value / then.value - 1) * 100:.2f}%"
        rows.append(TableRow(label, (now, then, growth)))
    shown = (f"{span.year} 年", f"{span.year - 1} 年") if span.last == 4 else columns
    return Table(
        headed("主要财务指标（单位：万元）", (*shown, "本年比上年增减" if span.last == 4 else "同比增减")),
        tuple(rows),
    )


def _segments(span: Span) -> Table:
    table, figure = figure_table("jichuan"), style(scale=4).figure
    rows = []
    for segment, label in table.segments.items():
        revenue, cost = (
            figure(f"{name}.{segment}", span, label=item)
            for name, item in (("revenue", "营业收入"), ("cost", "营业成本"))
        )
        rows.append(TableRow(label, (revenue, cost, f"{(1 - cost.value / revenue.value) * 100:.2f}%")))
    return Table(headed("分行业（单位：万元）", ("营业收入", "营业成本", "毛利率")), tuple(rows))


def day_text(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
