"""manage.py models list | export NAME@VERSION FILE | import FILE"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collegium.accounts.models import AuditEvent
from collegium.errors import Problem
from collegium.serving.archive_export import archive_of
from collegium.serving.archive_import import archive_take
from collegium.serving.models import ModelVersion


class Command(BaseCommand):
    help = "List the model versions, write one as an archive, or register one from an archive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="name@version, aliases, state")
        export = actions.add_parser("export", help="write a version with the hash of every file")
        export.add_argument("label", help="name@version")
        export.add_argument("file", type=Path)
        taking = actions.add_parser("import", help="register a version: all of it, or nothing")
        taking.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"list": self._list, "export": self._export, "import": self._import}[options["action"]](options)
        except (Problem, OSError) as problem:
            raise CommandError(str(problem)) from problem

    def _list(self, options: dict[str, Any]) -> None:
        for row in ModelVersion.objects.prefetch_related("aliases").order_by("pk"):
            aliases = ",".join(alias.name for alias in row.aliases.all()) or "-"
            self.stdout.write(f"{row!s:40} {aliases:24} {row.state}")

    def _export(self, options: dict[str, Any]) -> None:
        name, _at, version = options["label"].rpartition("@")
        row = ModelVersion.objects.filter(name=name, version=version).order_by("-pk").first()
        if row is None:
            raise CommandError(f"There is no model version '{options['label']}'; `models list` shows them.")
        archive, draft = archive_of(row), options["file"].with_name(options["file"].name + ".part")
        try:
            with draft.open("xb") as file:
                for piece in archive.pieces:
                    file.write(piece)
            draft.replace(options["file"])
        finally:
            draft.unlink(missing_ok=True)
        _recorded("model.export", row)
        self.stdout.write(f"{row} written to {options['file']}: {archive.size_bytes / 1e6:.0f} MB")

    def _import(self, options: dict[str, Any]) -> None:
        with options["file"].open("rb") as file:
            row = archive_take(file)
        _recorded("model.import", row)
        self.stdout.write(f"{row} registered")


def _recorded(action: str, row: ModelVersion) -> None:
    AuditEvent.objects.create(action=action, target=str(row.uid), detail={"label": str(row), "by": "command"})
