"""Each rule fires on its own examples and is silent on those that it must not fire on."""

import pytest

from verticals.medical.triage.recognise import triage
from verticals.medical.triage.rule import CATEGORIES, LANGUAGES, RuleProblem, rules_read, shipped_rules

RULES = shipped_rules()
EXAMPLES = [(rule, language) for rule in RULES for language in LANGUAGES]


@pytest.mark.parametrize(("rule", "language"), EXAMPLES, ids=lambda one: getattr(one, "id", one))
def test_a_rule_fires_on_its_examples_and_tells_where(rule, language):
    assert rule.examples[language].fires
    for text in rule.examples[language].fires:
        result = triage(text, language=language)
        assert result.emergency, text
        seen = result.hits or result.escalation.signs
        hits = [hit for hit in seen if hit.rule.id == rule.id]
        assert hits or result.hits, text
        for start, end in (span for hit in hits for span in hit.spans):
            assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(("rule", "language"), EXAMPLES, ids=lambda one: getattr(one, "id", one))
def test_nothing_is_seen_in_examples_that_are_none(rule, language):
    assert rule.examples[language].silent
    for text in rule.examples[language].silent:
        result = triage(text, language=language)
        assert not result.emergency, (text, [hit.rule.id for hit in result.hits], result.escalation)


def test_every_category_has_a_rule_with_a_citation_and_patterns_in_both_languages():
    assert {rule.category for rule in RULES} == set(CATEGORIES)
    for rule in RULES:
        told = all(rule.name[one] and (rule.patterns[one] or rule.signs[one]) for one in LANGUAGES)
        assert rule.citation and told, rule.id


def test_a_rule_that_is_not_whole_is_refused_by_name(tmp_path):
    (tmp_path / "lexicon.yaml").write_text("{en: {}, zh: {}}", encoding="utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    row = "- {id: x.y, category: airway, name: {en: a, zh: b}, citation: c, en: '{unknown}', examples: {}}"
    (rules / "a.yaml").write_text(row, encoding="utf-8")
    with pytest.raises(RuleProblem, match=r"a\.yaml, rule x\.y.*\{unknown\}"):
        list(rules_read(rules, tmp_path / "lexicon.yaml"))


def test_concepts_that_alarm_together_are_told_where_they_stand_and_not_where_one_is_denied():
    told = triage("She has chest pain and gasps for breath.")
    (hit,) = [one for one in told.hits if one.rule.id == "chest_pain.acs"]
    assert len(hit.spans) >= 2
    assert not triage("She has chest pain when she coughs, but no trouble breathing.").hits
    assert not triage("What should one do about chest pain and breathlessness in general?").hits


def test_a_rule_with_a_concept_that_nobody_described_is_refused_by_name(tmp_path):
    (tmp_path / "lexicon.yaml").write_text("{en: {}, zh: {}}", encoding="utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    row = (
        "- {id: x.y, category: airway, name: {en: a, zh: b}, citation: c, en: a, zh: b, "
        "concepts: breathless & gremlins, examples: {}}"
    )
    (rules / "a.yaml").write_text(row, encoding="utf-8")
    with pytest.raises(RuleProblem, match="gremlins"):
        list(rules_read(rules, tmp_path / "lexicon.yaml"))
