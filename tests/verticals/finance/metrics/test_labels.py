"""A statement line is recognised however the report numbers and qualifies it."""

import pytest

from verticals.finance.metrics.labels import label_clean, line_concept


@pytest.mark.parametrize(
    ("label", "concept"),
    [
        ("一、营业总收入", "cas:营业总收入"),
        ("其中：营业收入", "cas:营业收入"),
        ("减：库存股", "cas:库存股"),
        ("五、净利润（净亏损以“－”号填列）", "cas:净利润"),
        ("1.归属于母公司股东的净利润（净亏损以“-”号填列）", "cas:归属于母公司所有者的净利润"),
        ("（一）基本每股收益（元/股）", "cas:基本每股收益"),
        ("实收资本（或股本）", "cas:实收资本"),
        ("所有者权益（或股东权益）合计", "cas:所有者权益合计"),
        ("负债和所有者权益（或股东权益）总计", "cas:负债和所有者权益总计"),
        ("销售商品、提供劳务收到的现金", "cas:销售商品、提供劳务收到的现金"),
        ("　　应付票据", "cas:应付票据"),
        ("六、期末现金及现金等价物余额", "cas:期末现金及现金等价物余额"),
        ("按所有权归属分类", None),
    ],
)
def test_a_cas_line_gets_the_name_of_the_catalogue(label, concept):
    assert line_concept(label, "cas") == concept


@pytest.mark.parametrize(
    ("label", "concept"),
    [
        ("Total net sales", "us-gaap:Revenues"),
        ("Cost of sales", "us-gaap:CostOfRevenue"),
        ("Net income (loss)", "us-gaap:NetIncomeLoss"),
        ("Property, plant and equipment, net", "us-gaap:PropertyPlantAndEquipmentNet"),
        ("Our people", None),
    ],
)
def test_an_english_line_is_found_by_the_names_of_the_metrics(label, concept):
    assert line_concept(label, "us-gaap") == concept


def test_numbering_and_remarks_fall_away_from_a_label():
    assert label_clean("加：公允价值变动收益（损失以“-”号填列）") == "公允价值变动收益"
    assert label_clean("△利息收入") == "利息收入"
