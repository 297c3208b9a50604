"""The form of the unseen tagging cases: what a measurement on them may rely on."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "verticals" / "medical" / "tagging" / "cases"
FILE = FOLDER / "unseen.yaml"
CONTEXTS = {"affirmed", "negated", "uncertain", "hypothetical", "family", "historical"}
LANGUAGES = ["en", "zh"]
CASES = yaml.safe_load(FILE.read_text(encoding="utf-8"))["cases"]
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_a_case_has_its_fields_and_findings():
    for case in CASES:
        assert set(case) == {"id", "language", "text", "findings"}, case["id"]
        assert case["language"] in LANGUAGES, case["id"]
        assert bool(HAN.search(case["text"])) is (case["language"] == "zh"), case["id"]
        assert case["findings"], case["id"]


def test_a_finding_lies_at_one_place_of_its_text_and_has_one_context():
    for case in CASES:
        for finding in case["findings"]:
            assert set(finding) == {"text", "context"}, case["id"]
            assert finding["context"] in CONTEXTS, case["id"]
            assert finding["text"] == finding["text"].strip() != "", case["id"]
            assert case["text"].count(finding["text"]) == 1, (case["id"], finding["text"])


def test_no_two_findings_of_a_sentence_overlap():
    for case in CASES:
        starts = sorted((case["text"].index(each["text"]), len(each["text"])) for each in case["findings"])
        for (start, length), (following, _) in zip(starts, starts[1:], strict=False):
            assert start + length <= following, case["id"]


def test_an_id_and_a_text_occur_once():
    for field in ("id", "text"):
        values = Counter(re.sub(r"\W", "", case[field].lower()) for case in CASES)
        assert [value for value, count in values.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_holds_enough_sentences_and_each_context(language):
    chosen = [case for case in CASES if case["language"] == language]
    assert len(chosen) >= 85
    contexts = Counter(finding["context"] for case in chosen for finding in case["findings"])
    assert set(contexts) == CONTEXTS
    assert min(contexts.values()) >= 14
    assert sum(len(case["findings"]) > 1 for case in chosen) >= 60
