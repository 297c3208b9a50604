"""The recipes: who may have what made of which documents, and that it says nothing of whom it is about."""

import logging
import re

import pytest

from collegium.sdk.tuning import Export
from engine.train.data import prepare as preparing
from engine.train.data.options import DataOptions
from tests.evaluation_data import data_set
from tests.verticals.medical.tuning.documents import base_made, document_made, examples_written
from verticals.medical.deidentify.planted import notes_make
from verticals.medical.tuning.note_files import notes_read
from verticals.medical.tuning.recipes import GUIDELINES, NOTES

pytestmark = pytest.mark.django_db

NOTE = (
    "Clinical note 1\n\nPatient name: Martha Collins   MRN: 4471-2208\n\nDialogue\n\n"
    "Doctor: hi , martha . what brings you in ?\n\nPatient: a cough and fever since 3 March 2024 .",
    "History of present illness\n\nMs. Collins has had a cough and fever since 3 March 2024. "
    "She denies chest pain. Dr. Rosalind Kowalczyk saw her on 5 March 2024.\n\nPlan\n\nRest, and a chest X-ray.",
)
GUIDELINE = (
    "Oxygen in pneumonia\n\nHowever, pneumonia is treated at home where the patient (an adult) breathes easily. "
    "Patients with pneumonia and confusion are admitted to a ward. Give amoxicillin 500 mg three times a day in "
    "pneumonia.",
)
GUIDELINE_ZH = (
    "高血压患者应当限制食盐摄入，并且每周运动三次以上。因此，糖尿病合并高血压的患者需要更严格的目标。",
)


def export(asker, *bases):
    return Export(asker, tuple(base.pk for base in bases))


@pytest.fixture
def base(workspace):
    return base_made(workspace, "medical")


def test_a_note_gives_its_sections_and_questions_without_its_patient(base, editor_asker):
    document = document_made(base, *NOTE, metadata={"kind": "note"}, language="en")
    examples = list(NOTES.export(export(editor_asker, base)))
    written = [one for one in examples if not one.evidence]
    assert [one.messages[1].content.split("”")[0] for one in written] == [
        "Write the section “History of present illness", "Write the section “Plan",
    ]  # fmt: skip
    questions = [one for one in examples if one.evidence]
    assert any("chest pain" in one.messages[1].content for one in questions)
    for one in questions:
        assert all(
            part.strip("“”") in one.messages[1].content for part in one.messages[2].content.split("” “")
        )
    said = "\n".join(message.content for one in examples for message in one.messages)
    assert not re.search(
        "martha|collins|4471|kowalczyk|rosalind|since 3 march|on 5 march", said, re.IGNORECASE
    ), said
    assert {one.source for one in examples} == {document}
    assert len({one.group for one in examples}) == 1 and re.fullmatch("p[0-9a-f]{16}", examples[0].group)


def test_notes_of_one_patient_are_one_group(base, editor_asker):
    document_made(base, *NOTE, metadata={"kind": "note"}, language="en")
    later = ("Patient name: Martha Collins\n\nPlan\n\nSeen again on 7 March 2024 for the cough.",)
    document_made(base, *later, metadata={"kind": "note"}, language="en")
    document_made(base, "Plan\n\nSeen on 7 March 2024 for a cough.", metadata={"kind": "note"}, language="en")
    examples = list(NOTES.export(export(editor_asker, base)))
    groups = list(dict.fromkeys(one.group for one in examples))
    assert len(groups) == 2
    assert len({one.source for one in examples if one.group == groups[0]}) == 2


@pytest.mark.parametrize(
    ("recipe", "kind", "texts"), [(NOTES, "note", NOTE), (GUIDELINES, "guideline", GUIDELINE)]
)
def test_an_outsider_gets_nothing_and_a_closed_document_stays_closed(
    base, editor_asker, outsider_asker, recipe, kind, texts
):
    seen = document_made(base, *texts, metadata={"kind": kind}, language="en")
    document_made(base, *texts, metadata={"kind": kind}, language="en", access="restricted")
    examples = list(recipe.export(export(editor_asker, base)))
    assert {one.source for one in examples} == {seen}
    assert list(recipe.export(export(outsider_asker, base))) == []
    assert list(recipe.export(export(editor_asker, base))) == examples  # in the same order


def test_each_workspace_has_surrogates_of_its_own(workspace, foreign, editor_asker, outsider_asker):
    made = []
    for place, asker in ((workspace, editor_asker), (foreign, outsider_asker)):
        base = base_made(place, "medical", "notes")
        document_made(base, *NOTE, metadata={"kind": "note"}, language="en")
        made.append(next(iter(NOTES.export(export(asker, base)))))
    assert made[0].group != made[1].group
    assert made[0].messages[2] != made[1].messages[2]


def test_nothing_of_planted_identifiers_comes_through_but_what_the_recognisers_miss(base, editor_asker):
    planted = []
    for language in ("en", "zh"):
        for note in notes_make("tuned", language, count=1):
            head = "主诉：" if language == "zh" else "History of present illness\n\n"
            document_made(base, head + note.text, metadata={"kind": "note"}, language=language)
            planted += [note.text[one.start : one.end] for one in note.planted if one.kind == "name"]
    said = "\n".join(m.content for one in NOTES.export(export(editor_asker, base)) for m in one.messages)
    assert said and planted
    assert [one for one in planted if len(one) > 2 and one in said] == []


@pytest.mark.parametrize(
    "text", [" ", "年" * 500, "Plan\n\n", "Dialogue\n\nDoctor:\n\nPatient:", "\u202e\ufeff" * 20]
)
def test_odd_notes_give_no_examples_and_do_not_stop_the_others(base, editor_asker, text):
    document_made(base, text, metadata={"kind": "note"}, language="")
    document_made(base, metadata={"kind": "note"}, language="")
    assert list(NOTES.export(export(editor_asker, base))) == []
    document_made(base, *NOTE, metadata={"kind": "note"}, language="en")
    assert list(NOTES.export(export(editor_asker, base)))


def test_a_note_in_another_script_is_left_out_and_named_in_the_log(base, editor_asker, caplog):
    russian = "Plan\n\nПациент жалуется на кашель и высокую температуру в течение трёх дней."
    document = document_made(base, russian, metadata={"kind": "note"}, language="")
    with caplog.at_level(logging.WARNING):
        assert list(NOTES.export(export(editor_asker, base))) == []
    assert document in caplog.text and "кашель" not in caplog.text


def test_a_guideline_gives_short_restatements_without_doses_or_asides(base, editor_asker):
    document_made(base, *GUIDELINE, metadata={"kind": "guideline"}, language="en")
    document_made(base, *GUIDELINE_ZH, metadata={"kind": "guideline"}, language="zh")
    document_made(base, *GUIDELINE, metadata={"kind": "abstract"}, language="en")
    examples = list(GUIDELINES.export(export(editor_asker, base)))
    english = [one for one in examples if one.language == "en"]
    assert english[0].messages[2].content == (
        "Pneumonia is treated at home where the patient breathes easily. Patients with pneumonia and confusion "
        "are admitted to a ward."
    )
    assert "500 mg" not in "".join(one.messages[2].content for one in english)
    chinese = [one for one in examples if one.language == "zh"]
    assert chinese and all("因此" not in one.messages[2].content for one in chinese)
    assert len({one.source for one in examples}) == 2


@pytest.mark.parametrize(
    "stated",
    [
        "Patient name: Anna Keller",
        "MRN 4471-2208",
        "She was born on 3 May 1950.",
        "SSN 536-90-4399",
        "患者姓名：李明",
        "出生日期：1950年5月3日",
    ],
)
def test_a_guideline_that_states_a_patient_is_left_out_and_named_in_the_log(
    base, editor_asker, caplog, stated
):
    document = document_made(base, *GUIDELINE, stated, metadata={"kind": "guideline"}, language="en")
    with caplog.at_level(logging.WARNING):
        assert list(GUIDELINES.export(export(editor_asker, base))) == []
    assert document in caplog.text and stated not in caplog.text


def test_a_sentence_of_a_guideline_with_a_name_or_number_of_a_person_is_left_out(base, editor_asker):
    text = (
        "Oxygen in pneumonia\n\nPneumonia is treated at home where the patient breathes easily. "
        "Mrs. Anna Keller with pneumonia was treated at home as well. "
        "Patients with pneumonia and doubts may call 555-123-4567 at night. "
        "Topiramate is of no use in pneumonia, whatever its cause may be.",
    )
    document_made(base, *text, metadata={"kind": "guideline"}, language="en")
    examples = list(GUIDELINES.export(export(editor_asker, base)))
    said = "\n".join(message.content for one in examples for message in one.messages)
    assert "breathes easily" in said and "Topiramate" in said
    assert not re.search("keller|4567", said, re.IGNORECASE)


def test_the_training_takes_the_examples(base, editor_asker, tmp_path):
    notes = data_set("mts_dialog")
    for number, note in enumerate(notes_read(notes / "MTS-Dialog-ValidationSet.csv")):
        if number < 30:
            document_made(base, note.text(), metadata={"kind": "note"}, language="en")
    examples = list(NOTES.export(export(editor_asker, base)))
    path = examples_written(examples, tmp_path / "examples.jsonl")
    options = DataOptions(**NOTES.data)
    prepared = preparing.prepare(path, options, held_out=None, private=True, seed=1)
    assert len(prepared.train) + len(prepared.held_out) >= 0.9 * len(examples) >= 27
    assert prepared.card.train.groups + prepared.card.held_out.groups == 30
