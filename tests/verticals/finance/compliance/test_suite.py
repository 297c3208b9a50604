"""The suite counts rightly, keeps its goals over the written cases, and takes reports where they are there."""

import pytest

from tests.evaluation_data import data_set
from verticals.finance.compliance.discussion import discussion_of, discussion_sentences
from verticals.finance.compliance.suite import Share, compliance_run


@pytest.mark.parametrize(
    ("found", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (95, 100, 0.8882, 0.9785), (1, 1000, 0.0002, 0.0056)],
)
def test_intervals_are_those_of_wilson(found, total, low, high):
    interval = Share(found, total).interval
    assert interval == pytest.approx((low, high), abs=5e-5)


def test_nothing_of_nothing_says_nothing():
    assert Share(0, 0).value == 0.0 and Share(0, 0).interval == (0.0, 1.0)


@pytest.fixture(scope="module")
def result():
    return compliance_run(None)


def test_the_goal_is_kept_over_all_cases(result):
    for language in ("en", "zh"):
        assert result.metrics[f"recall_{language}_all"] >= 0.97
        assert result.metrics[f"recall_{language}_unseen"] >= 0.92
        assert result.metrics[f"alarms_{language}_unseen"] <= 0.13
        assert result.metrics[f"recall_{language}_tuned"] >= 0.99
        assert result.metrics[f"own_rule_recall_{language}_tuned"] >= 0.99
        assert result.metrics[f"own_rule_alarms_{language}_tuned"] <= 0.01


def test_details_tell_numbers_only_of_the_unseen_half(result):
    unseen = [row for row in result.details if row["half"] == "unseen"]
    assert len(unseen) == 28 and all(row["violations"] >= 13 and row["negatives"] >= 13 for row in unseen)
    assert all(row["wrong"] == [] for row in unseen)


def test_without_data_no_report_is_counted(result):
    assert not [name for name in result.metrics if name.startswith("discussion")]


def test_the_discussion_is_found_between_its_headings_and_not_in_the_contents():
    body = "Sales rose because prices rose in all regions of the company. " * 100
    text = (
        "Item 7. Management's Discussion and Analysis of Financial Condition and Results of Operations\n"
        "Item 7A. Quantitative and Qualitative Disclosures\n"
        "Item 1. Business\nWe make sensors.\n"
        "Item 7. Management’s Discussion and Analysis of Financial Condition and Results of Operations\n"
        f"{body}\nItem 7A. Quantitative and Qualitative Disclosures\nRates may change.\n"
    )
    found = discussion_of(text, "en")
    assert found.strip() == body.strip()
    assert discussion_of("Item 1. Business\nWe make sensors.", "en") == ""


def test_lines_of_a_report_in_json_are_read_as_its_text(tmp_path):
    import json

    lines = [
        "第四节经营情况讨论与分析",
        *["公司营业收入保持增长，主要由于销量增加。"] * 400,
        "第五节重要事项",
        "其他。",
    ]
    rows = [{"type": "text", "inside": line} for line in lines] + [{"type": "页脚", "inside": "12"}]
    path = tmp_path / "report.txt"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    sentences = discussion_sentences(path, "zh")
    assert len(sentences) == 400 and set(sentences) == {"公司营业收入保持增长，主要由于销量增加。"}


def test_alarms_on_the_discussion_of_real_reports_stay_under_one_in_a_hundred():
    folder = data_set("finglm_zh").parent
    metrics = compliance_run(folder).metrics
    assert metrics["discussion_sentences_zh"] >= 200
    assert metrics["discussion_alarms_zh_all"] <= 0.01
