"""`manage.py backup FILE.tar`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collegium.ops.backup import BackupFailed, backup_write


class Command(BaseCommand):
    help = "Write the database, the uploads and the secret key to one file; the site may go on running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, **options: Any) -> None:
        try:
            made = backup_write(options["file"].absolute())
        except BackupFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{options['file']}: {made['uploads']} uploads, {made['size_bytes'] / 1e6:.1f} MB.")
        self.stderr.write(
            "It holds everything, with the secret key: keep it as safe as the installation itself."
        )
