"""`manage.py terminology load|list|cancel|remove`: the terminologies of a workspace."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from collegium.sdk.errors import Problem
from verticals.medical.tagging.store import workspace_tag
from verticals.medical.terminology import icd10cm
from verticals.medical.terminology.loading import release_load
from verticals.medical.terminology.rf2_files import KINDS
from verticals.medical.terminology.versions import version_cancel, version_remove, versions_list


class Command(BaseCommand):
    help = "Load terminologies into a workspace, list and remove their versions."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        load = actions.add_parser("load", help="Load a terminology; the same load goes on where it ended.")
        load.add_argument(
            "path",
            type=Path,
            nargs="+",
            help="An RF2 release: a folder, a zip archive or files, of an edition and its extensions; or "
            "icd10cm, the open vocabulary, which is loaded for all workspaces at once.",
        )
        load.add_argument("--kind", choices=KINDS, default="", help="Where a release holds several.")
        load.add_argument(
            "--lenient",
            action="store_true",
            help="Leave out rows that name concepts the release does not hold.",
        )
        show = actions.add_parser("list", help="List the versions.")
        cancel = actions.add_parser("cancel", help="Call off the loads that run.")
        remove = actions.add_parser("remove", help="Remove a version that is no longer in use.")
        remove.add_argument("version", type=int, help="Its number, as `list` shows it.")
        for one in (load, show, cancel, remove):
            one.add_argument("--workspace", default="demo", help="the workspace's slug (demo)")

    def handle(self, *, action: str, **options: Any) -> None:
        workspace = apps.get_model("accounts", "Workspace").objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace '{options['workspace']}'.")
        run = {"load": self._load, "list": self._list, "cancel": self._cancel, "remove": self._remove}[action]
        try:
            run(workspace.pk, options)
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        except KeyboardInterrupt as error:
            raise CommandError("Cancelled. Load the same release again to go on with it.") from error

    def _load(self, workspace: UUID, options: dict[str, Any]) -> None:
        began = time.monotonic()

        def heard(stage: str, done: int) -> None:
            self.stdout.write(f"{time.monotonic() - began:7.1f} s  {stage}: {done:,}")

        if options["path"] == [Path(icd10cm.NAME)]:
            version = icd10cm.icd10cm_load(heard=heard)
        else:
            chosen = {"kind": options["kind"], "lenient": options["lenient"]}
            version = release_load(workspace=workspace, paths=options["path"], heard=heard, **chosen)
        tagged = 0 if version.workspace_id is None else workspace_tag(workspace)
        counts = ", ".join(f"{count:,} {stage}" for stage, count in version.stages.items())
        self.stdout.write(f"Loaded '{version.label}' in {time.monotonic() - began:.1f} s: {counts}.")
        if tagged:
            self.stdout.write(f"Tagged {tagged} documents with its concepts.")

    def _list(self, workspace: UUID, options: dict[str, Any]) -> None:
        for one in versions_list(workspace):
            counts = ", ".join(f"{count:,} {stage}" for stage, count in one.stages.items())
            why = f"  {one.problem['detail']}" if one.problem else ""
            self.stdout.write(
                f"{one.pk}  {one.terminology}  {one.label}  {one.kind}  {one.state}  {counts}{why}"
            )

    def _cancel(self, workspace: UUID, options: dict[str, Any]) -> None:
        self.stdout.write(f"{version_cancel(workspace=workspace)} loads were called off.")

    def _remove(self, workspace: UUID, options: dict[str, Any]) -> None:
        version_remove(workspace=workspace, version=options["version"])
        self.stdout.write(f"Removed the version {options['version']}.")
