"""Who a note is about is taken out of all of it, whatever way it is written."""

import re

import pytest

from verticals.medical.deidentify.planted import notes_make
from verticals.medical.deidentify.project import Project
from verticals.medical.tuning.private_text import note_deidentify

PROJECT = Project("test", b"0" * 32)


def test_a_name_in_small_letters_is_taken_out_where_it_was_found_once_or_is_stated():
    text = "Doctor: hi , martha . how is rosalind ?\nSeen with Dr. Rosalind Kowalczyk. kowalczyk agreed."
    done = note_deidentify(text, project=PROJECT, group="a", name="Martha Collins")
    for word in ("martha", "rosalind", "kowalczyk", "collins"):
        assert not re.search(word, done, re.IGNORECASE), done
    assert done.startswith("Doctor: hi , ") and "how is" in done


def test_the_same_name_has_the_same_surrogate_in_each_note_and_dates_of_a_patient_move_together():
    first = note_deidentify("Seen 2024-03-01, again 2024-03-05.", project=PROJECT, group="a")
    second = note_deidentify("Discharged 2024-03-05.", project=PROJECT, group="a")
    other = note_deidentify("Discharged 2024-03-05.", project=PROJECT, group="b")
    moved = re.findall(r"\d{4}-\d\d-\d\d", first)
    assert moved[1] in second and moved[1] not in other
    assert "2024-03-05" not in first + second + other


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_more_of_planted_identifiers_is_left_than_the_recognisers_leave(language):
    """In notes whose templates were open: every name and structured identifier that was planted."""
    left = planted = 0
    for note in notes_make("tuned", language, count=2):
        done = note_deidentify(note.text, project=PROJECT, group=note.template)
        for one in note.planted:
            if one.kind and one.kind != "organisation":
                planted += 1
                left += note.text[one.start : one.end] in done
    assert planted > 50
    assert left <= 0.01 * planted
