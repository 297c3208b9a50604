"""Tables of notes: both forms, and tables that are none."""

import stat

import pytest
from django.core.management import CommandError, call_command

from tests.evaluation_data import data_set
from verticals.medical.recognise import guideline_recognise
from verticals.medical.tuning.note_files import NotesUnreadable, notes_read
from verticals.medical.tuning.note_parts import note_parts

SECTIONS = (
    "ID,section_header,section_text,dialogue\n"
    '3,ALLERGY,"Penicillin.","Doctor: Any allergies?\nPatient: Penicillin."\n'
    '4,PLAN,"","Doctor: Any allergies?\nPatient: Penicillin."\n'
)
NOTES = (
    "dataset,encounter_id,dialogue,note\n"
    'x,D1,"[doctor] hi , anna .\n[patient] hello .","CHIEF COMPLAINT\n\nCough.\n\nPLAN\n\nRest."\n'
)


def test_a_row_of_sections_becomes_a_note_with_one_section(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(SECTIONS)
    (note,) = notes_read(table)
    assert (note.key, note.sections[0].key, note.sections[0].text) == ("3", "allergies", "Penicillin.")


def test_what_the_command_writes_is_read_again_as_it_was(tmp_path, capsys):
    table, names = tmp_path / "visits.csv", tmp_path / "names.csv"
    table.write_text(NOTES)
    names.write_text("encounter_id,patient_firstname,patient_familyname\nD1,Anna,Keller\n")
    call_command("clinical_notes", str(table), "--to", str(tmp_path / "out"), "--names", str(names))
    assert "Wrote 1 notes" in capsys.readouterr().out
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "clinical-note-visits-D1.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "Patient name: Anna Keller" in text
    parts = note_parts(text)
    assert parts.dialogue == "Doctor: hi , anna .\nPatient: hello ."
    assert [(one.key, one.text) for one in parts.sections] == [("complaint", "Cough."), ("plan", "Rest.")]


def test_a_converted_note_is_recognised_as_a_note_by_its_files_name():
    from collegium.sdk.parsing import ParsedDocument

    assert guideline_recognise(ParsedDocument("text/1", ()), "clinical-note-visits-D1.txt")["kind"] == "note"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the header must name"),
        ("a,b\n1,2\n", "ID, section_header, section_text, dialogue or encounter_id, dialogue, note"),
        ("ID,section_header,section_text,dialogue\n1,PLAN\n", ":2: the row has not"),
        ("ID,section_header,section_text,dialogue\n1,POETRY,a,b\n", "'POETRY' is no section"),
        (b"ID,section_header,section_text,dialogue\n1,PLAN,\xff,b\n", "cannot be read"),
    ],
)
def test_a_table_of_another_form_is_named_with_its_line(tmp_path, content, message):
    table = tmp_path / "table.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NotesUnreadable, match=message):
        list(notes_read(table))
    with pytest.raises(CommandError):
        call_command("clinical_notes", str(table), "--to", str(tmp_path / "out"))


def test_a_table_without_a_whole_note_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("ID,section_header,section_text,dialogue\n")
    with pytest.raises(CommandError, match="holds no note"):
        call_command("clinical_notes", str(table), "--to", str(tmp_path / "out"))


def test_the_data_sets_are_read_whole():
    mts = data_set("mts_dialog")
    assert len(list(notes_read(mts / "MTS-Dialog-TrainingSet.csv"))) >= 1190
    assert len(list(notes_read(mts / "MTS-Dialog-ValidationSet.csv"))) == 100
    aci = data_set("aci_bench")
    visits = list(notes_read(aci / "train.csv", aci / "train_metadata.csv"))
    assert len(visits) == 67 and sum(bool(one.name) for one in visits) >= 60
