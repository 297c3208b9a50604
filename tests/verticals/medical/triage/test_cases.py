"""The form of the triage cases: what rules, model and the measurement of them may rely on."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "verticals" / "medical" / "triage" / "cases"
KINDS = {
    "plain",
    "colloquial",
    "misspelt",
    "note",
    "negated",
    "historical",
    "family",
    "hypothetical",
    "vitals",
}
FIELDS = {"id", "text", "emergency", "category", "kind"}
UNSEEN_AT_LEAST = {(language, label): 450 for language in ("en", "zh") for label in (True, False)}
HAN = re.compile(r"[\u4e00-\u9fff]")


def cases(half: str, language: str) -> list[dict]:
    return yaml.safe_load((FOLDER / f"{half}_{language}.yaml").read_text(encoding="utf-8"))["cases"]


UNSEEN = {language: cases("unseen", language) for language in ("en", "zh")}
ALL = [*UNSEEN["en"], *UNSEEN["zh"], *cases("tuned", "en"), *cases("tuned", "zh")]


def test_a_case_has_its_fields():
    for case in ALL:
        assert set(case) - {"why"} == FIELDS, case["id"]
        assert type(case["emergency"]) is bool, case["id"]
        assert case["kind"] in KINDS, case["id"]
        for field in FIELDS - {"emergency"}:
            assert case[field] and case[field] == case[field].strip(), case["id"]


def test_no_case_is_there_twice_so_what_is_measured_was_not_built_from():
    for field in ("id", "text"):
        values = Counter(re.sub(r"\W", "", case[field].lower()) for case in ALL)
        assert sum(count > 1 for count in values.values()) == 0


@pytest.mark.parametrize(("language", "emergency"), UNSEEN_AT_LEAST)
def test_each_language_holds_enough_of_each_label(language, emergency):
    chosen = [case for case in UNSEEN[language] if case["emergency"] is emergency]
    assert len(chosen) >= UNSEEN_AT_LEAST[language, emergency]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_category_has_both_labels_and_each_label_has_all_kinds(language):
    for emergency in (True, False):
        chosen = [case for case in UNSEEN[language] if case["emergency"] is emergency]
        assert {case["kind"] for case in chosen} == KINDS
        assert len({case["category"] for case in chosen}) == 24
    assert {case["category"] for case in UNSEEN["en"]} == {case["category"] for case in UNSEEN["zh"]}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_text_is_in_the_language_of_its_file(language):
    for case in UNSEEN[language]:
        han = len(HAN.findall(case["text"]))
        assert (han > 0) is (language == "zh"), case["id"]
        assert case["id"].startswith(f"{language}-")
