"""`manage.py clinical_notes TABLE --to FOLDER`: tables of notes made into documents to bring in."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from verticals.medical.tuning.note_files import NotesUnreadable, notes_read, notes_write


class Command(BaseCommand):
    help = (
        "Converts a CSV table of clinical notes, of the form of MTS-Dialog or ACI-BENCH, into one text a "
        "note. Bring these in by `manage.py ingest`; the recipe `notes` takes out who they are about."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", type=Path)
        parser.add_argument("--to", type=Path, required=True, help="the folder to write the notes to")
        parser.add_argument("--names", type=Path, help="a table of the patients' names, by encounter_id")

    def handle(self, *args: Any, **options: Any) -> None:
        table, folder = options["table"], options["to"]
        try:
            count = notes_write(notes_read(table, options["names"]), folder, table.stem[:40])
        except (NotesUnreadable, OSError) as problem:
            raise CommandError(str(problem)) from problem
        if not count:
            raise CommandError(f"{table} holds no note with a dialogue and a section.")
        self.stdout.write(
            f"Wrote {count} notes to {folder}. Bring them in by: manage.py ingest {folder} --vertical "
            "medical --knowledge-base NAME; then remove the folder."
        )
