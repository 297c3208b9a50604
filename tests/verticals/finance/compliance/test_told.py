"""What is wrong in a rule is said in the reader's language, whichever kind of fault it is."""

import re

import pytest
from django.utils.translation import override

from tests.clients import client_of
from tests.verticals.finance.compliance.test_pages import FORM, NEW
from tests.verticals.finance.compliance.test_patterns import REFUSED
from tests.verticals.finance.compliance.test_reading import AMISS, changed
from verticals.finance.compliance.patterns import pattern_compile
from verticals.finance.compliance.problem import PatternProblem, RuleProblem, Told
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.trial import rule_check

IN_CHINESE = {"accept-language": "zh-hans"}
CHINESE = re.compile("[\u4e00-\u9fff]{2}")
BROKEN = ["(a", "a)", "*a", "a**", "[a", "[z-a]", "a\\", r"\q", "a{3,2}", r"\xg"]
FAILS = [
    {"examples": {"en": {"good": ["It rose."], "bad": ["It fell."]}}},
    {"examples": {"en": {"good": ["A rocket."], "bad": ["It is a rocket."]}}},
    {"action": "rewrite", "text": {"en": "No rocket here."}},
]


def told(problem: Told) -> tuple[str, str]:
    """The problem in English and in Chinese."""
    with override("en"):
        english = str(problem)
    with override("zh-hans"):
        return english, str(problem)


def sentences(problem: Told) -> list[str]:
    """The sentences that a problem is made of, as they are written in the code."""
    nested = [value for value in problem.values.values() if isinstance(value, Told)]
    with override(None):
        return [str(problem.sentence), *(one for part in nested for one in sentences(part))]


def assert_told_in_both(problem: Told, *values: str) -> None:
    english, chinese = told(problem)
    assert not CHINESE.search(english) and CHINESE.search(chinese), chinese
    for sentence in sentences(problem):
        for words in re.split(r"%\(\w+\)s", sentence):  # what stands between the places is translated
            if len(re.findall("[a-z]{2,}", words)) > 2:
                assert words not in chinese
    assert "%(" not in english + chinese
    for value in values:
        assert value in english and value in chinese


@pytest.mark.parametrize(("written", "_why"), REFUSED)
def test_a_refused_pattern_is_told_in_both_languages(written, _why):
    with pytest.raises(PatternProblem) as caught:
        pattern_compile(written)
    assert_told_in_both(caught.value)


@pytest.mark.parametrize("written", BROKEN)
def test_a_broken_expression_is_told_with_the_character_in_both_languages(written):
    with pytest.raises(PatternProblem) as caught:
        pattern_compile(written)
    assert_told_in_both(caught.value, written, str(caught.value.values["at"]))


@pytest.mark.parametrize(("change", "_words"), AMISS)
def test_a_faulty_declaration_is_told_in_both_languages(change, _words):
    with pytest.raises(RuleProblem) as caught:
        rule_read(changed(**change))
    assert_told_in_both(caught.value)


@pytest.mark.parametrize("change", FAILS)
def test_a_rule_that_fails_its_examples_is_told_in_both_languages(change):
    rule = rule_read(changed(**change))
    with pytest.raises(RuleProblem) as caught:
        rule_check(rule)
    assert_told_in_both(caught.value, "house-rule")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"find_en": "(rocket"}, "“(rocket”不是正则表达式：缺少右括号（第 8 个字符处）。"),
        ({"code": "No Good"}, "应为 3 至 60 个小写字母"),
        ({"find_en": "{nowhere} a"}, "没有词表 {nowhere}"),
        ({"bad_en": ""}, "good 和 bad 例句至少各一句"),
        ({"action": "rewrite"}, "需要 en 语言的显示文字"),
    ],
)
def test_the_page_tells_it_in_chinese(owner, wrong, said):
    for do in ("save", "test"):
        response = client_of(owner).post(NEW, {**FORM, **wrong, "do": do}, headers=IN_CHINESE)
        page = response.content.decode()
        assert response.status_code == 400 and said in page.replace("&#x27;", "'")
