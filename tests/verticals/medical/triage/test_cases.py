"""The form of the unseen triage cases: what a measurement on them may rely on."""

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
AT_LEAST = {("en", True): 300, ("en", False): 275, ("zh", True): 320, ("zh", False): 290}
HAN = re.compile(r"[\u4e00-\u9fff]")


def cases(language: str) -> list[dict]:
    return yaml.safe_load((FOLDER / f"unseen_{language}.yaml").read_text(encoding="utf-8"))["cases"]


BOTH = cases("en") + cases("zh")


def test_a_case_has_the_fields_of_its_label():
    for case in BOTH:
        expected = {"id", "text", "emergency", "category", "kind"} | ({"why"} if case["emergency"] else set())
        assert set(case) == expected, case["id"]
        assert type(case["emergency"]) is bool, case["id"]
        assert case["kind"] in KINDS, case["id"]
        for field in expected - {"emergency"}:
            assert case[field] and case[field] == case[field].strip(), case["id"]


def test_an_id_and_a_text_occur_once():
    for field in ("id", "text"):
        values = Counter(re.sub(r"\W", "", case[field].lower()) for case in BOTH)
        assert [value for value, count in values.items() if count > 1] == []


@pytest.mark.parametrize(("language", "emergency"), AT_LEAST)
def test_each_language_holds_enough_of_each_label(language, emergency):
    chosen = [case for case in cases(language) if case["emergency"] is emergency]
    assert len(chosen) >= AT_LEAST[language, emergency]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_category_has_both_labels_and_each_label_has_all_kinds(language):
    for emergency in (True, False):
        chosen = [case for case in cases(language) if case["emergency"] is emergency]
        assert {case["kind"] for case in chosen} == KINDS
        fewest = min(Counter(case["category"] for case in chosen).values())
        assert fewest >= 9
    assert len({case["category"] for case in cases(language)}) == 24
    assert {case["category"] for case in cases("en")} == {case["category"] for case in cases("zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_text_is_in_the_language_of_its_file(language):
    for case in cases(language):
        assert bool(HAN.search(case["text"])) is (language == "zh"), case["id"]
        assert case["id"].startswith(f"{language}-")
