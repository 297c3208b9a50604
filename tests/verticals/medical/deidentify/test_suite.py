"""The suite counts what is left in a text, and holds the goals on templates that rules were not written for."""

import json

import pytest

from collegium.sdk.evaluation import SuiteProblem
from tests.evaluation_data import data_set
from verticals.medical.deidentify.pii_text import pii_read
from verticals.medical.deidentify.planted import HALVES, LANGUAGES, Note, Planted, notes_make
from verticals.medical.deidentify.suite import deidentify_run, figures, outcome_of
from verticals.medical.vertical import Medical


def test_notes_are_made_alike_each_time_and_tell_where_everything_is():
    for half in HALVES:
        for language in LANGUAGES:
            notes = list(notes_make(half, language, count=1))
            assert notes == list(notes_make(half, language, count=1)) and len(notes) >= 20
            assert not any("{" in note.text for note in notes)
            for note in notes:
                assert all(0 <= one.start < one.end <= len(note.text) for one in note.planted)


def test_half_a_name_left_in_the_text_is_a_miss_and_a_word_taken_for_a_name_a_false_alarm():
    text = "MRN: 4471920 for Mr Haddad at Zz."
    planted = (Planted(0, 12, "record"), Planted(20, 26, "name"))
    outcome = outcome_of(Note(text, "en", "unseen", "t", planted))
    assert [one.kind for one in outcome.missed] == ["record"] and [one.kind for one in outcome.found] == [
        "name"
    ]
    told = figures([outcome, outcome_of(Note("Mr Haddad", "en", "unseen", "t", ()))])
    assert told["recall_names"] == 1.0 and told["recall_structured"] == 0.0
    assert told["precision"] == round(2 / 3, 4)


def test_the_goals_hold_on_notes_from_templates_not_used_for_building():
    notes = [note for language in LANGUAGES for note in notes_make("unseen", language, count=3)]
    assert_goals_held(figures([outcome_of(note) for note in notes]))


def test_the_goals_hold_for_each_kind_with_the_sentences_that_were_set_aside():
    notes = [note for language in LANGUAGES for note in notes_make("unseen", language)]
    notes += [note for note in pii_read(data_set("pii_text")) if note.half == "unseen"]
    told = figures([outcome_of(note) for note in notes])
    assert_goals_held(told)
    assert all(value >= 0.99 for name, value in told.items() if name.startswith("recall_")), told


def assert_goals_held(told: dict[str, float]) -> None:
    assert told["recall_structured"] >= 0.99 and told["recall_names"] >= 0.95, told
    assert told["precision"] >= 0.90, told


def test_the_vertical_registers_the_suite_and_its_details_show_only_the_tuned_half():
    (suite,) = [one for one in Medical.suites if one.name == "deidentify"]
    assert suite.run is deidentify_run and suite.data_sets == ("pii_text",)


def test_labels_that_name_no_identifier_count_neither_way(tmp_path):
    row = {
        "full_text": "In 1977 Monday, 3 March, aged 47",
        "template_id": 7,
        "spans": [
            {
                "entity_type": kind,
                "entity_value": value,
                "start_position": at,
                "end_position": at + len(value),
            }
            for kind, value, at in (("DATE_TIME", "1977", 3), ("DATE_TIME", "3 March", 16), ("AGE", "47", 30))
        ],
    }
    (tmp_path / "synth_x.json").write_text(json.dumps([row]), encoding="utf-8")
    (note,) = pii_read(tmp_path)
    assert [one.kind for one in note.planted] == ["", "date", ""] and note.half == "unseen"


def test_a_folder_without_the_data_set_is_refused(tmp_path):
    with pytest.raises(SuiteProblem, match="pii_text"):
        deidentify_run(tmp_path)


def test_the_sentences_of_the_data_set_are_read_with_their_places():
    notes = pii_read(data_set("pii_text"))
    assert len(notes) == 710 and {one.half for one in notes} == set(HALVES)
    assert any(
        note.text[one.start : one.end].startswith("Mr") is False for note in notes for one in note.planted
    )
