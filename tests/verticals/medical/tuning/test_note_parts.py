"""The parts of notes as people and data sets write them."""

import pytest

from verticals.medical.tuning.note_parts import dialogue_read, note_parts, section_key

NOTE = """Clinical note 7

Dialogue

Doctor: What brings you in?

Patient: My knee. Medications: none, I think.

[guest_family] He fell
on Monday.

CHIEF COMPLAINT

Knee pain.

Medications: ibuprofen as needed.

## Assessment and Plan

Knee sprain.
• Rest.
"""


def test_a_note_is_read_into_its_dialogue_and_sections():
    parts = note_parts(NOTE)
    assert parts.dialogue == (
        "Doctor: What brings you in?\nPatient: My knee. Medications: none, I think.\n"
        "Family: He fell on Monday."
    )
    assert [(one.key, one.text) for one in parts.sections] == [
        ("complaint", "Knee pain."),
        ("medications", "ibuprofen as needed."),
        ("assessment_plan", "Knee sprain.\n• Rest."),
    ]


def test_a_chinese_note_may_hold_its_headings_within_a_line():
    parts = note_parts("入院记录\n主诉：反复上腹痛1月。现病史：患者1月前出现上腹隐痛。\n医嘱：清淡饮食。")
    assert [(one.name("zh"), one.text) for one in parts.sections] == [
        ("主诉", "反复上腹痛1月。"),
        ("现病史", "患者1月前出现上腹隐痛。"),
        ("医嘱", "清淡饮食。"),
    ]
    assert parts.dialogue == ""


def test_a_dialogue_before_the_first_heading_is_read():
    parts = note_parts("医生：哪里不舒服？ 患者：头痛两天。\n\n诊断：偏头痛。")
    assert parts.dialogue == "医生：哪里不舒服？\n患者：头痛两天。"
    assert [one.key for one in parts.sections] == ["diagnosis"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n",
        "A practice note without headings.",
        "Patient: Anna Keller",
        "Doctor: a\nDoctor: b",
        "Doctor: a\nPatıent: b\n[Phyſician] c",
        "：：：" * 500,
    ],
)
def test_what_is_no_note_has_no_parts(text):
    parts = note_parts(text)
    assert parts.dialogue == "" and parts.sections == ()


def test_one_who_speaks_alone_holds_no_dialogue():
    assert dialogue_read("Patient: Hello.\nPatient: Hello?") == ""


def test_headings_are_known_by_all_their_names():
    assert section_key("FAM/SOCHX") == "family_social"
    assert section_key(" past  Medical History ") == "past"
    assert section_key("HIV") == ""
