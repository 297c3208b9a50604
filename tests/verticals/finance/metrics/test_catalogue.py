"""The shipped definitions are sound, and unsound ones are refused with a message that says what to correct."""

from collections import Counter
from pathlib import Path

import pytest

from verticals.finance.metrics.catalogue import LANGUAGES, catalogue, catalogue_read, name_key
from verticals.finance.metrics.formula import formula_names, formula_parse, formula_text
from verticals.finance.metrics.growth import movement_code
from verticals.finance.metrics.metric import CatalogueError, MetricKind, UnitKind, UnknownMetric

# Lines of the form of 财会〔2019〕6号 that any general company's statements may hold.
CAS_LINES = """
货币资金 交易性金融资产 衍生金融资产 应收票据 应收账款 应收款项融资 预付款项 其他应收款 应收利息 应收股利 存货 合同资产
持有待售资产 一年内到期的非流动资产 其他流动资产 流动资产合计 发放贷款和垫款 债权投资 其他债权投资 长期应收款 长期股权投资
其他权益工具投资 其他非流动金融资产 投资性房地产 固定资产 在建工程 生产性生物资产 油气资产 使用权资产 无形资产 开发支出
商誉 长期待摊费用 递延所得税资产 其他非流动资产 非流动资产合计 资产总计 短期借款 交易性金融负债 衍生金融负债 应付票据
应付账款 预收款项 合同负债 应付职工薪酬 应交税费 其他应付款 应付利息 应付股利 持有待售负债 一年内到期的非流动负债
其他流动负债 流动负债合计 长期借款 应付债券 优先股 租赁负债 长期应付款 长期应付职工薪酬 预计负债 递延收益
递延所得税负债 其他非流动负债 非流动负债合计 负债合计 实收资本 股本 其他权益工具 资本公积 库存股 其他综合收益 专项储备
盈余公积 一般风险准备 未分配利润 归属于母公司所有者权益合计 少数股东权益 所有者权益合计 负债和所有者权益总计
营业总收入 营业收入 利息收入 已赚保费 手续费及佣金收入 营业总成本 营业成本 利息支出 手续费及佣金支出 退保金 赔付支出净额
提取保险责任准备金净额 保单红利支出 分保费用 税金及附加 销售费用 管理费用 研发费用 财务费用 利息费用 其他收益 投资收益
对联营企业和合营企业的投资收益 汇兑收益 净敞口套期收益 公允价值变动收益 信用减值损失 资产减值损失 资产处置收益 营业利润
营业外收入 营业外支出 利润总额 所得税费用 净利润 持续经营净利润 终止经营净利润 归属于母公司所有者的净利润 少数股东损益
其他综合收益的税后净额 综合收益总额 归属于母公司所有者的综合收益总额 归属于少数股东的综合收益总额 基本每股收益 稀释每股收益
销售商品、提供劳务收到的现金 收到的税费返还 收到其他与经营活动有关的现金 经营活动现金流入小计 购买商品、接受劳务支付的现金
支付给职工以及为职工支付的现金 支付的各项税费 支付其他与经营活动有关的现金 经营活动现金流出小计 经营活动产生的现金流量净额
收回投资收到的现金 取得投资收益收到的现金 处置固定资产、无形资产和其他长期资产收回的现金净额
处置子公司及其他营业单位收到的现金净额 收到其他与投资活动有关的现金 投资活动现金流入小计
购建固定资产、无形资产和其他长期资产支付的现金 投资支付的现金 取得子公司及其他营业单位支付的现金净额
支付其他与投资活动有关的现金 投资活动现金流出小计 投资活动产生的现金流量净额 吸收投资收到的现金 取得借款收到的现金
收到其他与筹资活动有关的现金 筹资活动现金流入小计 偿还债务支付的现金 分配股利、利润或偿付利息支付的现金
支付其他与筹资活动有关的现金 筹资活动现金流出小计 筹资活动产生的现金流量净额 汇率变动对现金及现金等价物的影响
现金及现金等价物净增加额 期初现金及现金等价物余额 期末现金及现金等价物余额
"""


def definitions(folder: Path, text: str) -> Path:
    (folder / "one.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_catalogue_holds_far_more_than_the_metrics_promised():
    kinds = Counter(metric.kind for metric in catalogue())
    assert len(catalogue()) >= 300
    assert all(kinds[kind] >= 10 for kind in MetricKind)


def test_every_line_of_the_cas_statements_feeds_a_metric():
    stated = {name.removeprefix("cas:") for metric in catalogue() for name in metric.concept_names}
    assert not [line for line in CAS_LINES.split() if line not in stated]


@pytest.mark.parametrize("metric", list(catalogue()), ids=lambda metric: metric.code)
def test_a_metric_has_names_in_both_languages_sources_and_a_formula_that_reads_back(metric):
    assert all(metric.names[language] for language in LANGUAGES)
    assert {concept.name.split(":")[0] for concept in metric.concepts} <= metric.origin.keys()
    for formula in metric.formulas:
        assert formula_parse(formula_text(formula)) == formula
        assert metric.code not in formula_names(formula)
    if metric.kind is MetricKind.DURATION and metric.additive:
        assert metric.unit is UnitKind.MONEY
    if metric.kind in {MetricKind.PER_SHARE, MetricKind.RATIO, MetricKind.INSTANT}:
        assert not metric.additive


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_belongs_to_two_metrics_unless_it_is_declared_ambiguous(language):
    names = Counter(
        name_key(name) for metric in catalogue() for name in {*map(name_key, metric.names[language])}
    )
    assert not [name for name, count in names.items() if count > 1]
    assert not names.keys() & {name_key(name) for name in catalogue().ambiguous[language]}


def test_us_revenue_knows_the_names_of_every_era():
    names = {concept.name: concept for concept in catalogue().get("revenue").concepts}
    assert not names["us-gaap:SalesRevenueNet"].usual_in(2023)
    assert names["us-gaap:SalesRevenueNet"].usual_in(2012)
    assert not names["us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"].usual_in(2012)
    assert names["us-gaap:Revenues"].usual_in(2012) and names["us-gaap:Revenues"].usual_in(2023)


def test_growth_and_change_exist_for_every_metric_without_being_written_down():
    assert catalogue().get("revenue_growth").unit is UnitKind.PERCENT
    assert catalogue().get("gross_margin_change").unit is UnitKind.POINTS
    assert movement_code(catalogue().get("gross_margin")) == "gross_margin_change"
    assert movement_code(catalogue().get("eps_diluted"), quarter=True) == "eps_diluted_growth_qoq"
    assert "no_such_metric_growth" not in catalogue()
    with pytest.raises(UnknownMetric, match="no_such_metric"):
        catalogue().get("no_such_metric")


def test_the_concepts_of_a_metric_include_those_of_all_it_is_computed_from():
    needed = catalogue().concepts_needed(["roic"])
    assert {
        "us-gaap:OperatingIncomeLoss",
        "cas:短期借款",
        "ifrs-full:IncomeTaxExpenseContinuingOperations",
    } <= needed
    assert "us-gaap:InventoryNet" not in needed


ROW = "defaults: {kind: duration, unit: money}\norigins: {cas: form}\nmetrics:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROW + "  a: {en: [A], zh: [甲], cas: [甲], colour: red}", "one.yaml: a: there is no key 'colour'"),
        (ROW + "  a: {en: [A], cas: [甲]}", "a: needs names in 'zh'"),
        (ROW + "  A-b: {en: [A], zh: [甲], cas: [甲]}", "lower case letters"),
        (ROW + "  a: {en: [A], zh: [甲], us-gaap: [Jia]}", "says not where its us-gaap names come from"),
        (ROW + "  a: {en: [A], zh: [甲], formula: b +}", "'b \\+' ends too early"),
        (ROW + "  a: {en: [A], zh: [甲], formula: sum(b)}", "there is no function 'sum'"),
        (ROW + "  a: {en: [A], zh: [甲], formula: b}", "a names b, which is not defined"),
        (ROW + "  a: {en: [A], zh: [甲]}", "a has neither a concept nor a formula"),
        (ROW + "  a: {en: [A], zh: [甲], cas: [甲], kind: sometimes}", "sometimes"),
        (ROW + "  a: {en: [A], zh: [甲], cas: [甲], guard: dog}", "there is no guard 'dog'"),
        (
            ROW + "  a: {en: [A], zh: [甲], cas: [甲]}\n  b: {en: [a], zh: [乙], cas: [乙]}",
            "'a' names both a and b",
        ),
        (
            ROW + "  a: {en: [A], zh: [甲], cas: [甲]}\nambiguous: {en: {a: [a]}}",
            "a name of a and declared ambiguous",
        ),
        (ROW + "  a: {en: [A], zh: [甲], cas: [甲]}\nambiguous: {en: {x: [b]}}", "'x' may mean b"),
        ("metrics: [", "one.yaml"),
    ],
)
def test_a_wrong_definition_is_refused_and_the_message_says_what_is_wrong(tmp_path, text, message):
    with pytest.raises(CatalogueError, match=message):
        catalogue_read(definitions(tmp_path, text))


def test_one_code_defined_in_two_files_is_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            ROW + f"  a: {{en: [{name}], zh: [{name}], cas: [甲]}}", encoding="utf-8"
        )
    with pytest.raises(CatalogueError, match="a is defined twice"):
        catalogue_read(tmp_path)
