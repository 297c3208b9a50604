"""`manage.py first_answer`: ask the sample's first question and print the answer with its citations."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from collegium.accounts.asker import Asker
from collegium.accounts.models import User, Workspace
from collegium.accounts.selectors import asker_for_user
from collegium.answers.selectors import answer_data
from collegium.answers.services import ask
from collegium.errors import Problem
from collegium.jobs.models import Job, JobState
from collegium.ops.management.commands.prepare import WORKSPACE
from collegium.sdk.registry import loaded_verticals

SAMPLE_TIMEOUT_S = 240.0


class Command(BaseCommand):
    help = "Ask the first question of the sample; exit 0 if it was answered with a citation."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=WORKSPACE).first()
        if workspace is None:
            raise CommandError("There is no sample: run `manage.py sample` first.")
        _sample_await(workspace)
        vertical, question = _question(workspace)
        try:
            asker = _asker(workspace)
            answer = ask(asker=asker, vertical=vertical, question=question)
            data = answer_data(asker, answer)
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write(answer_text(question, data))
        if data["refused"] or not data["citations"]:
            raise CommandError("The answer cites nothing.")


def _sample_await(workspace: Workspace) -> None:
    """Wait until nothing of the workspace is being ingested."""
    end = time.monotonic() + SAMPLE_TIMEOUT_S
    waiting = Job.objects.filter(workspace=workspace, state__in=[JobState.QUEUED, JobState.RUNNING])
    while waiting.exists():
        if time.monotonic() > end:
            raise CommandError(f"The sample was not searchable after {SAMPLE_TIMEOUT_S:.0f} s.")
        time.sleep(0.2)


def _question(workspace: Workspace) -> tuple[str, str]:
    enabled = set(workspace.verticals.filter(enabled=True).values_list("slug", flat=True))
    for slug, vertical in loaded_verticals().items():
        questions = vertical.sample.questions if vertical.sample else {}
        if slug in enabled and questions.get("en"):
            return slug, questions["en"][0]
    raise CommandError("No vertical that is enabled in the sample's workspace has a first question.")


def _asker(workspace: Workspace) -> Asker:
    user = User.objects.filter(memberships__workspace=workspace, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError(f"Nobody is a member of '{workspace.slug}'.")
    return asker_for_user(user, workspace.pk)


def answer_text(question: str, data: dict[str, Any]) -> str:
    """An answer as text: what was asked, what came, and where each citation points."""
    lines = ["", f"  Q: {question}", ""]
    lines += [f"  {line}" for line in str(data["text"]).splitlines()]
    for number, citation in enumerate(data["citations"], 1):
        page = f", page {citation['page']}" if citation.get("page") else ""
        boxes = "; ".join(", ".join(f"{value:g}" for value in _box(box)) for box in citation["boxes"][:3])
        lines += ["", f"  [{number}] {citation.get('title') or citation['document']}{page}"]
        if boxes:
            lines.append(f"      boxes (points from the top left): {boxes}")
        lines.append(f"      “{' '.join(str(citation['quote']).split())}”")
    timings = data.get("timings") or {}
    model = data.get("model") or "no language model"
    lines += ["", f"  model: {model}; timings: {timings}; home: {settings.HOME.root}", ""]
    return "\n".join(lines)


def _box(box: Any) -> list[float]:
    values = box.values() if isinstance(box, dict) else box
    return [float(value) for value in values if isinstance(value, int | float)]
