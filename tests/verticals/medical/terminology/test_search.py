"""Search by beginnings, by typo, by code, in several languages, for those of the workspace alone."""

import pytest

from tests.verticals.medical.terminology.releases import (
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    concept,
    description,
    file_write,
    names,
)  # fmt: skip
from verticals.medical.terminology.search import concepts_search
from verticals.medical.terminology.words import term_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def several(load, folder):
    """The small release with Swedish and Chinese terms, one of an inactive concept."""
    more = [
        description(7000, FEVER, "Förhöjd temperatur", language="sv"), description(7001, FEVER, "发热", language="zh"),
        description(7002, HEAD_PAIN, "头部疼痛", language="zh"), description(7003, "49727002", "Headache, old"),
    ]  # fmt: skip
    file_write(folder, "Description", [*names(), *more])
    codes = [
        line.split("\t")[0]
        for line in (folder / "sct2_Concept_Snapshot_INT_20250101.txt").read_text().splitlines()[1:]
    ]
    file_write(folder, "Concept", [*(concept(code) for code in codes), concept("49727002", active=0)])
    return load(folder)


@pytest.mark.parametrize(
    ("text", "code", "exact"),
    [
        ("headache", HEAD_PAIN, True), ("heada", HEAD_PAIN, True), ("pain hea", HEAD_PAIN, True), ("HEAD of pain", HEAD_PAIN, True),
        ("hedache", HEAD_PAIN, False), ("haedache", HEAD_PAIN, False), ("headachee", HEAD_PAIN, False), ("pyrexai", FEVER, False),
        ("clinicl findng", FINDING, False), ("forhojd temp", FEVER, True), ("发热", FEVER, True), ("疼痛", HEAD_PAIN, True),
        ("R51.9", HEAD_PAIN, True), ("热", FEVER, True), (PAIN, PAIN, True), ("head struc", HEAD, True),
    ],
)  # fmt: skip
def test_a_concept_is_found_first(several, colleague_asker, text, code, exact):
    found = concepts_search(colleague_asker, "snomed", text)
    assert found and (found[0].code, found[0].exact) == (code, exact)


def test_a_concept_comes_once_and_the_inactive_ones_last(several, colleague_asker):
    found = concepts_search(colleague_asker, "snomed", "head")
    assert [one.code for one in found] == [HEAD_PAIN, HEAD, "49727002"]
    assert found[0].term == "Headache" and not found[-1].active
    assert len(concepts_search(colleague_asker, "snomed", "head", limit=1)) == 1


def test_a_language_can_be_asked_for(several, colleague_asker):
    assert [
        one.language for one in concepts_search(colleague_asker, "snomed", "temperatur", language="sv")
    ] == ["sv"]
    assert concepts_search(colleague_asker, "snomed", "temperatur", language="en") == []


@pytest.mark.parametrize(
    "text", ["", " ", "!?", "zz", "xylophone", "头痛欲裂", "' | ':* &", "%", "\\", "a" * 5000]
)
def test_what_stands_nowhere_finds_nothing(several, colleague_asker, text):
    assert concepts_search(colleague_asker, "snomed", text) == []


def test_an_outsider_finds_nothing(several, outsider_asker):
    for text in ("headache", "hedache", PAIN, "R51.9", "发热"):
        assert concepts_search(outsider_asker, "snomed", text) == []


def test_words_are_lower_case_without_accents_and_chinese_ones_in_pairs():
    assert term_words("Ménière's disease, ＡＢＣ") == "'abc' 'disease' 'meniere' 's'"
    assert term_words("心绞痛 x") == "'x' '心' '心绞' '痛' '绞' '绞痛'"
