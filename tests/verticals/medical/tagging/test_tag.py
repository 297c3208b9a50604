"""A text is tagged with the longest terms, whole words only, in the spelling and number that it uses."""

from verticals.medical.tagging.matcher import Matcher
from verticals.medical.tagging.tag import tags_find, tags_of
from verticals.medical.tagging.vocabulary import (
    Term,
    Vocabulary,
    default_vocabulary,
    findings_terms,
    icd10cm_terms,
)
from verticals.medical.terminology.icd10cm import codes


def found(text: str, **codes: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.code) for one in Matcher(codes).find(text)]


def test_the_longest_term_counts():
    codes = {"chest pain": "A", "pain": "B"}
    assert [one.code for one in Matcher(codes).find("Chest pain, and pain in the arm")] == ["A", "B"]


def test_a_term_is_met_as_a_whole_word_in_any_number_and_form():
    assert found("Fevers rose; the feverfew did not", fever="A") == [("Fevers", "A")]
    assert found("She vomited", vomiting="A") == [("vomited", "A")]


def test_an_abbreviation_is_met_by_the_same_capitals_alone():
    codes = {"PE": "A", "OR": "B"}
    assert [one.code for one in Matcher(codes).find("PE or not pe")] == ["A"]
    assert Matcher(codes).find("FEVER OR PAIN") == []
    assert found("he presents today", PRES="A") == []


def test_chinese_terms_need_no_space_around_them():
    assert found("患者胸痛3天", 胸痛="A") == [("胸痛", "A")]


def test_a_matcher_without_terms_finds_nothing():
    assert Matcher({}).find("fever") == []


def test_tags_carry_name_context_and_place_in_both_languages():
    text = "No fever. Her father had a heart attack."
    first, second = tags_find(text, language="zh")
    assert (text[first.start : first.end], first.name, first.context) == ("fever", "发热", "negated")
    assert (second.name, second.context) == ("心肌梗死", "family")
    assert tags_of([first, second], "negated") == [first]


def test_terms_of_any_source_can_be_used():
    vocabulary = Vocabulary([Term("1", "zorblax", "en"), Term("1", "佐布", "zh")])
    (tag,) = tags_find("Possible zorblax.", vocabulary=vocabulary)
    assert (tag.code, tag.context) == ("1", "uncertain")
    assert vocabulary.synonyms("1", "zh") == ["佐布"] and vocabulary.name("2", "en") == "2"


def test_icd_10_cm_is_there_from_the_start_and_our_own_names_come_first():
    vocabulary = default_vocabulary()
    assert [one.code for one in vocabulary.find("Typhoid fever")] == ["A01.0"]
    assert vocabulary.find("hypertension")[0].code == "I10" and vocabulary.name("I10", "zh") == "高血压"
    assert len(list(icd10cm_terms())) > 20_000
    assert "E11.65" in vocabulary.narrower("E11")


def test_every_finding_of_our_own_list_has_names_in_both_languages():
    languages: dict[str, set[str]] = {}
    for term in findings_terms():
        languages.setdefault(term.code, set()).add(term.language)
        assert term.text == term.text.strip() != ""
    assert len(languages) >= 200 and all(some == {"en", "zh"} for some in languages.values())


def test_every_code_of_our_own_list_is_one_of_icd_10_cm():
    assert {term.code for term in findings_terms()} - {one.code for one in codes()} == set()
