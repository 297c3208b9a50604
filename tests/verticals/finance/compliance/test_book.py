"""The rules that come with the vertical: each passes its own examples, and a rule that does not is refused."""

import pytest
import yaml

from verticals.finance.compliance.book import RULES, rules_load, shipped_rules
from verticals.finance.compliance.cases import cases_read
from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.rule import LANGUAGES, Action
from verticals.finance.compliance.screen import breaches_find

MUST_COVER = {
    "promised-returns", "projected-performance", "exaggeration", "recommendation", "omitted-risk",
    "selected-performance", "testimonial", "regulator-approval", "pressure", "price-certainty",
    "unfounded-comparison", "undisclosed-conflict", "managed-account", "inside-information",
}  # fmt: skip


def test_every_shipped_rule_loads_with_examples_and_a_citation_of_each_country():
    rules = shipped_rules()
    assert {rule.code for rule in rules} == MUST_COVER == {path.stem for path in RULES.glob("*.yaml")}
    for rule in rules:
        assert {one.jurisdiction for one in rule.citations} == {"US", "CN"}, rule.code
        for language in LANGUAGES:
            assert rule.title[language] and rule.forbids[language] and rule.conditions[language]
            assert len(rule.examples[language].bad) >= 3 and len(rule.examples[language].good) >= 3


def test_all_four_regulations_are_cited():
    cited = {one.regulation for rule in shipped_rules() for one in rule.citations}
    assert {"FINRA Rule 2210", "SEC Rule 206(4)-1", "证券投资顾问业务暂行规定", "广告法"} <= cited


def test_no_text_that_a_rule_puts_into_an_answer_breaks_any_rule():
    texts = [text for rule in shipped_rules() for text in rule.text.values()]
    assert texts
    for text in texts:
        assert [one.rule.code for one in breaches_find(text, shipped_rules())] == []


def test_no_rule_finds_anything_in_the_good_examples_of_another():
    for rule in shipped_rules():
        for language, examples in rule.examples.items():
            for sentence in examples.good:
                found = [one.code for one in shipped_rules() if rule_match(one, sentence, language)]
                assert found == [], sentence


def test_every_rule_has_enough_cases_in_both_languages_and_none_twice():
    cases = cases_read()
    for code in MUST_COVER:
        for language in LANGUAGES:
            for breaks in (True, False):
                chosen = [
                    one for one in cases if (one.rule, one.language, one.breaks) == (code, language, breaks)
                ]
                assert len(chosen) >= 25, (code, language, breaks)
    sentences = [(one.rule, one.sentence) for one in cases]
    assert len(set(sentences)) == len(sentences)
    assert all(one.sentence for one in cases)


def test_no_example_of_a_rule_is_an_unseen_case_of_the_suite():
    sentences = {one.sentence for one in cases_read() if one.half == "unseen"}
    for rule in shipped_rules():
        for examples in rule.examples.values():
            assert not sentences & {*examples.good, *examples.bad}


def test_a_rule_that_misses_its_own_bad_example_is_refused_with_the_sentence(tmp_path):
    declared = yaml.safe_load((RULES / "pressure.yaml").read_text())
    declared["examples"]["en"]["bad"].append("Revenue rose by 4%.")
    (tmp_path / "pressure.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True))
    with pytest.raises(RuleProblem, match=r"does not find its own bad example “Revenue rose by 4%"):
        rules_load(tmp_path)


def test_a_rule_that_finds_its_own_good_example_is_refused_with_the_words(tmp_path):
    declared = yaml.safe_load((RULES / "pressure.yaml").read_text())
    declared["examples"]["en"]["good"].append("Act now before the price rises.")
    (tmp_path / "pressure.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True))
    with pytest.raises(RuleProblem, match=r"finds “Act now” in its own good example"):
        rules_load(tmp_path)


def test_two_rules_of_one_code_are_refused(tmp_path):
    text = (RULES / "pressure.yaml").read_text()
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(RuleProblem, match="two rules 'pressure'"):
        rules_load(tmp_path)


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "broken.yaml").write_text("id: [")
    with pytest.raises(RuleProblem, match=r"broken\.yaml"):
        rules_load(tmp_path)


def test_all_four_actions_exist():
    assert set(Action) == {"block", "rewrite", "disclose", "log"}
