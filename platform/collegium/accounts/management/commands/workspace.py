"""`manage.py workspace create|list|member`: workspaces and their people."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from django.db.models import Count

from collegium.accounts.management.commands.apikey import user_find, workspace_find
from collegium.accounts.models import Role, Workspace
from collegium.accounts.services import member_add, workspace_create
from collegium.errors import Problem
from collegium.sdk.registry import loaded_verticals


class Command(BaseCommand):
    help = "Make and list workspaces, and give people roles in them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="Make a workspace.")
        create.add_argument("slug")
        create.add_argument("--name", default="")
        create.add_argument(
            "--verticals", nargs="*", help="Those to enable; without it, all that are loaded."
        )
        actions.add_parser("list", help="List the workspaces.")
        member = actions.add_parser("member", help="Give a person a role, replacing an earlier one.")
        member.add_argument("slug")
        member.add_argument("username")
        member.add_argument("--role", choices=Role.values, default=Role.ANALYST)

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            {"create": self._create, "list": self._list, "member": self._member}[action](options)
        except Problem as problem:
            raise CommandError(problem.detail) from problem

    def _create(self, options: dict[str, Any]) -> None:
        slug = options["slug"]
        try:
            validate_slug(slug)
        except ValidationError as error:
            raise CommandError(f"'{slug}' is no slug: write letters, digits, - and _ only.") from error
        loaded = loaded_verticals()
        wanted = options["verticals"] if options["verticals"] is not None else sorted(loaded)
        if unknown := sorted(set(wanted) - set(loaded)):
            raise CommandError(
                f"Unknown verticals: {', '.join(unknown)}; there are: {', '.join(sorted(loaded))}."
            )
        workspace = workspace_create(slug=slug, name=options["name"] or slug, verticals=wanted)
        self.stdout.write(
            f"Made the workspace '{workspace.slug}' with {', '.join(wanted) or 'no verticals'}."
        )

    def _list(self, options: dict[str, Any]) -> None:
        for workspace in Workspace.objects.annotate(people=Count("memberships")).order_by("slug"):
            self.stdout.write(f"{workspace.slug}  {workspace.name}  {workspace.people} people")

    def _member(self, options: dict[str, Any]) -> None:
        workspace, user = workspace_find(options["slug"]), user_find(options["username"])
        member_add(workspace=workspace, user=user, role=options["role"])
        self.stdout.write(f"{user.username} is {options['role']} in '{workspace.slug}'.")
