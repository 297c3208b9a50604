"""Tables of clinical notes: MTS-Dialog's form (one section a row) and ACI-BENCH's (a whole note a row).

They are converted into one text a note, which is then brought in as any document is: who may see it, whose
privacy budget it has, and that it can be deleted, need no ways of their own.
"""

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from verticals.medical.tuning.note_parts import (
    DIALOGUE,
    Section,
    dialogue_read,
    note_parts,
    section_key,
    section_name,
)

SECTION_COLUMNS = ("ID", "section_header", "section_text", "dialogue")
NOTE_COLUMNS = ("encounter_id", "dialogue", "note")
NAME_COLUMNS = ("encounter_id", "patient_firstname", "patient_familyname")
FIELD_CHARS_MAX = 1_000_000


class NotesUnreadable(ValueError):
    """A table is none of notes; the message says where, and what it should be."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note of a table; `key` names it in the table, `name` is its patient's where that is known."""

    key: str
    dialogue: str
    sections: tuple[Section, ...]
    name: str = ""

    def text(self) -> str:
        """The note as a document: the patient, the dialogue, then its sections under their names."""
        head = [f"Clinical note {self.key}"] + ([f"Patient name: {self.name}"] if self.name else [])
        spoken = [section_name(DIALOGUE, "en"), self.dialogue.replace("\n", "\n\n")]
        written = [part for one in self.sections for part in (one.name("en"), one.text)]
        return "\n\n".join([*head, *spoken, *written]) + "\n"


def notes_read(path: Path, names: Path | None = None) -> Iterator[NoteRow]:
    """The notes of a table that have both a dialogue and a section, in its order.

    `names`: a table of the patients' names beside one of whole notes. Raises NotesUnreadable.
    """
    called = _names_read(names) if names else {}
    for number, row in _rows(path, SECTION_COLUMNS, NOTE_COLUMNS):
        if "note" in row:
            key, sections = row["encounter_id"], note_parts(row["note"]).sections
        else:
            key, sections = row["ID"], _one_section(path, number, row)
        dialogue = dialogue_read(row["dialogue"])
        if dialogue and sections:
            yield NoteRow(key or str(number), dialogue, sections, called.get(key, ""))


def _one_section(path: Path, number: int, row: Mapping[str, str]) -> tuple[Section, ...]:
    key = section_key(row["section_header"])
    if not key or key == DIALOGUE:
        raise NotesUnreadable(
            f"{path}:{number}: {row['section_header']!r} is no section of a note that is known"
        )
    text = row["section_text"].strip()
    return (Section(key, text),) if text else ()


def _names_read(path: Path) -> dict[str, str]:
    return {
        row["encounter_id"]: " ".join(f"{row['patient_firstname']} {row['patient_familyname']}".split())
        for _number, row in _rows(path, NAME_COLUMNS)
    }


def _rows(path: Path, *forms: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table whose header has the columns of one of the forms, with their line numbers."""
    csv.field_size_limit(FIELD_CHARS_MAX)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            columns = set(table.fieldnames or ())
            if not any(columns.issuperset(form) for form in forms):
                wanted = " or ".join(", ".join(form) for form in forms)
                raise NotesUnreadable(f"{path}: the header must name the columns {wanted}")
            for row in table:
                if None in row or None in row.values():
                    raise NotesUnreadable(f"{path}:{table.line_num}: the row has not the header's columns")
                yield table.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotesUnreadable(f"{path}: the table cannot be read: {error}") from error


def notes_write(notes: Iterator[NoteRow], folder: Path, stem: str) -> int:
    """Write each note as a text that only the owner of the folder may read; how many were written."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for note in notes:
        key = re.sub(r"[^\w-]+", "-", note.key)[:60]
        path = folder / f"clinical-note-{stem}-{key}.txt"
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(note.text())
        count += 1
    return count
