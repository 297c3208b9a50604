"""`manage.py verticals list | check | install | enable SLUG | disable SLUG | purge SLUG`: what is
installed and where it is on.
"""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collegium.accounts.models import Workspace, WorkspaceVertical
from collegium.accounts.services import vertical_enable
from collegium.answers.purge import vertical_purge, vertical_rows
from collegium.sdk.pages import view_problems
from collegium.sdk.registry import broken_verticals, loaded_verticals

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "List the verticals, check them, or remove the data of one."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="the verticals that are loaded, and where they are enabled")
        actions.add_parser("check", help="exit 1 where a vertical is broken, with its whole traceback")
        actions.add_parser("install", help="bring in what the verticals keep for the whole installation")
        for action in ("enable", "disable"):
            switch = actions.add_parser(action, help=f"{action} a vertical in a workspace")
            switch.add_argument("slug")
            switch.add_argument("--workspace", default="demo", help="the workspace's slug (demo)")
        purge = actions.add_parser("purge", help="remove a vertical's knowledge bases, documents and answers")
        purge.add_argument("slug")
        purge.add_argument(
            "--yes", action="store_true", help="do it; without this only the figures are shown"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        action = {
            "list": self._list,
            "check": self._check,
            "install": self._install,
            "enable": self._switch,
            "disable": self._switch,
            "purge": self._purge,
        }[options["action"]]
        action(options)

    def _list(self, options: dict[str, Any]) -> None:
        for slug, vertical in sorted(loaded_verticals().items()):
            rows = WorkspaceVertical.objects.filter(slug=slug, enabled=True)
            places = ", ".join(rows.values_list("workspace__slug", flat=True)) or "no workspace"
            self.stdout.write(f"{slug} {vertical.version} ({vertical.name['en']}): enabled in {places}")
        for slug in sorted(broken_verticals()):
            self.stdout.write(f"{slug}: broken, see `manage.py verticals check`")

    def _check(self, options: dict[str, Any]) -> None:
        faults = 0
        for slug, why in sorted(broken_verticals().items()):
            faults += 1
            self.stdout.write(f"{slug}: could not be loaded\n{why.rstrip()}")
        for slug, vertical in sorted(loaded_verticals().items()):
            problems = view_problems(vertical)
            faults += len(problems)
            self.stdout.write(f"{slug}: {'ok' if not problems else '; '.join(problems)}")
        if faults:
            raise CommandError(f"{faults} fault(s) found.")

    def _install(self, options: dict[str, Any]) -> None:
        failed = []
        for slug, vertical in sorted(loaded_verticals().items()):
            try:
                vertical.installed()
            except Exception as error:
                log.exception("a vertical could not be installed")
                failed.append(f"{slug}: {error}")
            else:
                self.stdout.write(f"{slug}: installed")
        if failed:
            raise CommandError("\n".join(failed))

    def _switch(self, options: dict[str, Any]) -> None:
        slug, workspace = options["slug"], Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace '{options['workspace']}'.")
        on = options["action"] == "enable"
        if on and slug not in loaded_verticals():
            raise CommandError(f"'{slug}' is not loaded; there are {', '.join(sorted(loaded_verticals()))}.")
        vertical_enable(workspace=workspace, slug=slug, enabled=on)
        self.stdout.write(f"{slug} is {'enabled' if on else 'disabled'} in {workspace.slug}")

    def _purge(self, options: dict[str, Any]) -> None:
        slug = options["slug"]
        rows = vertical_rows(slug)
        said = ", ".join(f"{count} {noun}" for noun, count in rows.items())
        if not any(rows.values()):
            raise CommandError(f"There is no data of '{slug}'.")
        if not options["yes"]:
            raise CommandError(f"'{slug}' has {said}. Run it again with --yes to remove them for good.")
        vertical_purge(slug=slug)
        self.stdout.write(f"Removed {said} of '{slug}'.")
