"""`manage.py sample`: load the sample documents that the verticals bring."""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collegium.answers.sample import WORKSPACE, sample_load, sample_progress
from collegium.jobs.models import Job

BAR_CHARS = 30


class Command(BaseCommand):
    help = f"Load the sample into the workspace '{WORKSPACE}'; what is there already is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", action="store_true", help="wait until the documents are searchable")
        parser.add_argument("--timeout", type=float, default=600.0, help="seconds to wait at most (600)")

    def handle(self, *args: Any, **options: Any) -> None:
        jobs: list[Job] = []
        for title, job in sample_load():
            self.stdout.write(f"{title}: {'queued' if job else 'already there'}")
            if job is not None:
                jobs.append(job)
        if options["wait"] and jobs:
            self._wait(jobs, options["timeout"])

    def _wait(self, jobs: list[Job], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while (progress := sample_progress(jobs)).done < progress.total:
            self._bar(progress.done, progress.total)
            if time.monotonic() > deadline:
                raise CommandError(
                    f"After {timeout_s:.0f} s only {progress.done} of {progress.total} documents are ready. "
                    "Is a worker running (`manage.py up`)?"
                )
            time.sleep(0.5)
        self._bar(progress.done, progress.total, end="\n")
        if progress.failed:
            raise CommandError(
                f"{len(progress.failed)} sample documents failed: jobs {', '.join(progress.failed)}."
            )
        self.stdout.write("The sample is ready.")

    def _bar(self, done: int, total: int, end: str = "") -> None:
        filled = BAR_CHARS * done // total
        line = f"[{'#' * filled}{'.' * (BAR_CHARS - filled)}] {done}/{total} documents"
        if sys.stdout.isatty():
            self.stdout.write(f"\r{line}", ending=end)
        else:  # what `manage.py up` reads
            self.stdout.write(json.dumps({"step": "documents", "done": done, "total": total}))
