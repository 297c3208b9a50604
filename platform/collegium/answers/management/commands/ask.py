"""`manage.py ask QUESTION`: answer a question on the command line, with its citations."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collegium.accounts.asker import Asker
from collegium.accounts.models import Membership, User, Workspace
from collegium.accounts.selectors import asker_for_user, vertical_slugs
from collegium.answers.sample import workspace_asker_service
from collegium.answers.selectors import answer_data
from collegium.answers.services import ask
from collegium.errors import Problem


class Command(BaseCommand):
    help = "Answer a question from a workspace's documents."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--vertical", help="slug; the first enabled one is the default")
        parser.add_argument("--workspace", default="demo")
        parser.add_argument("--user", help="ask as this member of the workspace")
        parser.add_argument("--language", choices=["en", "zh"])
        parser.add_argument("--conversation", help="id of the conversation that the question follows")
        parser.add_argument(
            "--json", action="store_true", help="print the whole answer as JSON on the last line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        asker = asker_here(options["workspace"], options["user"])
        enabled = vertical_slugs(asker)
        if not enabled:
            raise CommandError(f"No vertical is enabled in the workspace '{options['workspace']}'.")
        try:
            answer = ask(
                asker=asker,
                vertical=options["vertical"] or enabled[0],
                question=options["question"],
                conversation=options["conversation"],
                language=options["language"],
            )
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        data = answer_data(asker, answer)
        if options["json"]:
            self.stdout.write(json.dumps(data, ensure_ascii=False))
        else:
            self.stdout.write(answer_lines(data))


def asker_here(slug: str, user_name: str | None) -> Asker:
    """The named member; else the workspace's first administrator of the installation; else nobody in
    particular.
    """
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise CommandError(f"There is no workspace '{slug}'. `manage.py sample` makes the workspace 'demo'.")
    members = Membership.objects.filter(workspace=workspace, user__is_active=True)
    if user_name:
        if not members.filter(user__username=user_name).exists():
            raise CommandError(f"'{user_name}' is no member of '{slug}'.")
        return asker_for_user(User.objects.get(username=user_name), workspace.pk)
    first = members.filter(user__is_superuser=True).order_by("user_id").select_related("user").first()
    return asker_for_user(first.user, workspace.pk) if first else workspace_asker_service(workspace)


def answer_lines(data: dict[str, Any]) -> str:
    """The answer for a terminal: its text, notices, and where each quotation stands."""
    lines = [data["text"], ""]
    lines += [f"({block['text']})" for block in data["blocks"] if block.get("code")]
    for one in data["citations"]:
        place = (
            f"page {one['page']}" if one["page"] else f"{one['locator'].get('kind')} {_place(one['locator'])}"
        )
        boxes = " ".join("(" + ", ".join(f"{edge:.0f}" for edge in box) + ")" for box in one["boxes"])
        lines.append(f"[{one['id']}] {one['title']}, {place}{' at ' + boxes if boxes else ''}")
        lines.append(f"    {' '.join(one['quote'].split())}")
    lines.append(f"model: {data['model'] or 'none'}; {data['timings'].get('total', 0) / 1000:.1f} s")
    return "\n".join(lines)


def _place(locator: dict[str, Any]) -> str:
    return str(locator.get("anchor") or f"{locator.get('start', '')}-{locator.get('end', '')}").strip("-")
