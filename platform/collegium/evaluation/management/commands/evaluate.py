"""manage.py evaluate SUITE [--data DIR] [--details FILE] [--json]"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collegium.errors import Problem
from collegium.evaluation.servers import servers_running
from collegium.evaluation.services import suite_get, suite_run, suites
from collegium.ops.embedded import EmbeddedFailed
from collegium.sdk.evaluation import SuiteProblem


class Command(BaseCommand):
    help = "Runs an evaluation suite of a vertical and stores its figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "suite", nargs="?", help="such as retrieval, or finance.retrieval; none lists them"
        )
        parser.add_argument("--data", type=Path, help="the data set's folder; without it the sample is used")
        parser.add_argument("--details", type=Path, help="write what was judged, one by one, to this file")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["suite"]:
            for name, suite in suites().items():
                self.stdout.write(f"{name:30} {suite.description}")
            return
        data = options["data"].expanduser().resolve() if options["data"] else None
        try:
            suite_get(options["suite"])
            with servers_running():
                run = suite_run(name=options["suite"], data=data)
        except (Problem, SuiteProblem, EmbeddedFailed) as problem:
            raise CommandError(str(problem)) from problem
        if options["details"]:
            text = json.dumps(run.details, ensure_ascii=False, indent=1)
            options["details"].write_text(f"{text}\n", encoding="utf-8")
        if options["json"]:
            self.stdout.write(json.dumps({"suite": run.suite, "metrics": run.metrics}))
            return
        for name, value in run.metrics.items():
            self.stdout.write(f"{name:24} {value:g}")
