"""A declaration that is amiss is refused with words that say where."""

import copy

import pytest

from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.trial import rule_check

GOOD = {
    "id": "house-rule",
    "title": {"en": "Emoji"},
    "forbids": {"en": "The word rocket."},
    "citations": [{"regulation": "House style", "clause": "4"}],
    "action": "block",
    "match": {"en": [{"find": [r"\brockets?\b"]}]},
    "examples": {"en": {"good": ["It rose."], "bad": ["It is a rocket."]}},
}


def changed(**change):
    declared = copy.deepcopy(GOOD)
    declared.update(change)
    return {key: value for key, value in declared.items() if value is not None}


def test_a_good_declaration_is_read_and_passes():
    rule = rule_read(GOOD)
    rule_check(rule)
    assert rule.citation == "House style 4" and list(rule.conditions) == ["en"]


AMISS = [
    ({"id": "No Good"}, "lower-case letters"),
    ({"colour": "red"}, "unknown key 'colour'"),
    ({"action": "shout"}, "choose block, rewrite, disclose, log"),
    ({"match": {}}, "at least one condition"),
    ({"match": ["rocket"]}, "at least one condition"),
    ({"match": {"en": [{"needs": ["a"]}]}}, "at least one pattern under find"),
    ({"match": {"en": [{"find": ["(a"]}]}}, r"match\.en\.find: .* no regular expression"),
    ({"match": {"en": [{"find": ["{nowhere} a"]}]}}, r"no word list \{nowhere\}"),
    ({"match": {"en": [{"find": ["a"], "except": ["sometimes"]}]}}, "no context 'sometimes'"),
    ({"match": {"en": [{"find": "a"}]}}, "a list is expected"),
    ({"match": {"en": [{"find": ["ab"] * 61}]}}, "at most 60 patterns"),
    ({"citations": []}, "at least one"),
    ({"citations": [{"clause": "4"}]}, "names a regulation"),
    ({"title": None}, "title, forbids"),
    ({"text": "a"}, "a text each under en and zh"),
    ({"text": {"en": "a" * 1001}}, "at most 1000 characters"),
    ({"action": "rewrite"}, "needs the text that is shown, in en"),
    ({"examples": None}, "give good and bad examples"),
    ({"examples": {"en": {"good": [], "bad": ["It is a rocket."]}}}, "at least one good and one bad"),
    ({"examples": {"en": {"good": [3], "bad": ["x"]}}}, "each entry is a text"),
]


@pytest.mark.parametrize(("change", "words"), AMISS)
def test_what_is_amiss_is_said(change, words):
    with pytest.raises(RuleProblem, match=words):
        rule_read(changed(**change))


def test_what_is_no_mapping_is_refused():
    with pytest.raises(RuleProblem, match="A rule is a mapping"):
        rule_read(["a"])


def test_a_rules_own_text_must_not_break_it():
    rule = rule_read(changed(action="rewrite", text={"en": "No rocket here."}))
    with pytest.raises(RuleProblem, match="its own text"):
        rule_check(rule)
