"""`manage.py restore FILE.tar`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from collegium.ops.backup import BackupFailed, backup_restore
from collegium.ops.supervisor import AlreadyRunning, HomeLock


class Command(BaseCommand):
    help = "Bring a backup into an empty home; nothing is changed where it cannot be restored whole."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, **options: Any) -> None:
        lock = HomeLock(settings.HOME)
        try:
            lock.take()
            done = backup_restore(options["file"].absolute())
        except (AlreadyRunning, BackupFailed) as error:
            raise CommandError(str(error)) from None
        finally:
            lock.release()
        self.stdout.write(f"Restored with {done['uploads']} uploads into {settings.HOME.root}.")
        self.stdout.write(
            "Start it by `make run`, or `manage.py up`; models are built again if they are missing."
        )
