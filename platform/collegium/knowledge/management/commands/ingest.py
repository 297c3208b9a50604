"""manage.py ingest PATH: add files to a knowledge base and wait until they can be searched."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from collegium.accounts.asker import SCOPES, Asker
from collegium.accounts.models import Workspace
from collegium.errors import Conflict, Problem
from collegium.jobs.models import Job, JobState
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_knowledge_bases
from collegium.knowledge.services import document_add, knowledge_base_create
from collegium.knowledge.tasks import ingest
from collegium.knowledge.uploads import SUPPORTED
from collegium.sdk.registry import loaded_verticals

ENDINGS = {".pdf", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt"}
ENDED = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class Command(BaseCommand):
    help = f"Adds a file, or all files of a folder that can be read, and waits for them. Reads {SUPPORTED}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="+")
        parser.add_argument("--workspace", default="demo", help="the workspace's slug (demo)")
        parser.add_argument("--knowledge-base", default="", help="its name; made where there is none")
        parser.add_argument("--vertical", default="", help="of a knowledge base that is to be made")
        parser.add_argument("--metadata", default="", help="a JSON object of metadata fields")
        parser.add_argument("--no-wait", action="store_true", help="leave the work to the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace '{options['workspace']}'.")
        asker = Asker(workspace_id=workspace.pk, scopes=frozenset(SCOPES))
        try:
            base = self._base(asker, options["knowledge_base"], options["vertical"])
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        failed = 0
        for path in _files(options["path"]):
            failed += not self._add(asker, base, path, options)
        if failed:
            raise CommandError(f"{failed} of the files could not be ingested.")

    def _base(self, asker: Asker, name: str, vertical: str) -> KnowledgeBase:
        bases = visible_knowledge_bases(asker)
        wanted = bases.filter(name=name) if name else bases.filter(vertical=vertical) if vertical else bases
        found = list(wanted.order_by("created_at")[:2])
        if len(found) == 1 or (found and (name or vertical)):
            return found[0]
        if found:
            raise CommandError("There are several knowledge bases; name one by --knowledge-base.")
        slug = vertical or (list(loaded_verticals()) if len(loaded_verticals()) == 1 else [""])[0]
        if not slug:
            raise CommandError(
                f"State the new knowledge base's vertical: --vertical {'|'.join(sorted(loaded_verticals()))}."
            )
        self.stdout.write(f"New knowledge base '{name or slug}' of {slug}")
        return knowledge_base_create(asker=asker, name=name or slug, vertical=slug)

    def _add(self, asker: Asker, base: KnowledgeBase, path: Path, options: dict[str, Any]) -> bool:
        try:
            with path.open("rb") as content:
                upload = File(content, name=path.name)
                _, job = document_add(
                    asker=asker, knowledge_base=base, files=[upload], metadata=options["metadata"]
                )
        except Conflict as problem:
            self.stdout.write(f"{path.name}: there already ({problem.extra.get('document', '')})")
            return problem.code == "duplicate"
        except (Problem, OSError) as problem:
            self.stderr.write(f"{path.name}: {getattr(problem, 'detail', problem)}")
            return False
        if options["no_wait"]:
            self.stdout.write(f"{path.name}: queued as job {job.pk}")
            return True
        return self._await(path.name, job)

    def _await(self, name: str, job: Job) -> bool:
        """Do the work here unless a worker has taken it, and say how it ended."""
        began = time.monotonic()
        ingest(str(job.pk))
        job.refresh_from_db()
        while job.state not in ENDED:
            time.sleep(0.3)
            job.refresh_from_db()
        if job.state == JobState.SUCCEEDED:
            self.stdout.write(f"{name}: document {job.document}, {time.monotonic() - began:.1f} s")
            return True
        problem = job.problem or {"detail": job.state}
        self.stderr.write(f"{name}: {problem['detail']}")
        return False


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in ENDINGS
            )
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"There is no file {path}.")
