"""Contexts: the same words denied, forbidden, quoted or asked are no breach."""

import pytest

from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.reading import rule_read


def rule_of(language="en", **condition):
    condition.setdefault("find", ["guaranteed"])
    return rule_read(
        {
            "id": "test-rule",
            "title": {"en": "T"},
            "forbids": {"en": "F"},
            "citations": [{"regulation": "House", "clause": "1"}],
            "action": "log",
            "match": {language: [condition]},
            "examples": {language: {"good": ["g"], "bad": ["b"]}},
        }
    )


@pytest.mark.parametrize(
    ("context", "exempt", "caught"),
    [
        ("negated", "Returns are not guaranteed.", "It does not matter; returns are guaranteed."),
        ("prohibited", "It is illegal to say that returns are guaranteed.", "Returns are guaranteed."),
        (
            "attributed",
            "The report states that repayment is guaranteed.",
            "The report is out, and returns are guaranteed.",
        ),
        ("quoted", 'The filing calls it "guaranteed income".', 'It is "guaranteed".'),
        ("asked", "Are returns guaranteed?", "Ask no more: returns are guaranteed."),
        ("warned", "Returns are guaranteed, but you may lose capital.", "Returns are guaranteed."),
    ],
)
def test_a_context_exempts_and_its_absence_does_not(context, exempt, caught):
    rule = rule_of(**{"except": [context]})
    assert rule_match(rule, exempt, "en") == ""
    assert rule_match(rule, caught, "en") == "guaranteed"
    assert rule_match(rule_of(), exempt, "en") == "guaranteed"


@pytest.mark.parametrize(
    ("context", "exempt", "caught"),
    [
        ("negated", "公司不保证收益。", "不必多说，我们保证收益。"),
        ("prohibited", "法律禁止保证收益。", "我们保证收益。"),
        ("attributed", "根据公司公告，大股东保证收益。", "我们保证收益。"),
        ("quoted", "年报称其为“保证收益”产品。", "这就是“保证收益”。"),
    ],
)
def test_the_same_holds_in_chinese(context, exempt, caught):
    rule = rule_of("zh", find=["保证"], **{"except": [context]})
    assert rule_match(rule, exempt, "zh") == ""
    assert rule_match(rule, caught, "zh") == "保证"


def test_one_exempt_match_does_not_cover_for_another():
    rule = rule_of(**{"except": ["negated"]})
    assert rule_match(rule, "Dividends are not guaranteed, yet returns are guaranteed.", "en") == "guaranteed"


def test_needs_must_all_match_and_unless_must_not():
    rule = rule_of(needs=["return", "fund"], unless=["parent"])
    assert rule_match(rule, "The fund's return is guaranteed.", "en")
    assert not rule_match(rule, "The return is guaranteed.", "en")
    assert not rule_match(rule, "The parent guaranteed the fund's return: guaranteed.", "en")


def test_a_rule_of_one_language_is_silent_in_the_other():
    assert rule_match(rule_of(), "收益 guaranteed", "zh") == ""


def test_a_match_far_into_a_very_long_text_is_found():
    assert rule_match(rule_of(), "word " * 1000 + "guaranteed", "en") == "guaranteed"
