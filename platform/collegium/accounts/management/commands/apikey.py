"""`manage.py apikey create|list|revoke`: keys for programs."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from collegium.accounts.asker import SCOPES
from collegium.accounts.models import ApiKey, User, Workspace
from collegium.accounts.services import api_key_create, api_key_revoke
from collegium.errors import Problem
from collegium.sdk.registry import loaded_verticals


class Command(BaseCommand):
    help = "Make, list and revoke API keys. A new key is printed alone on the last line, and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="Make a key and print it on the last line.")
        create.add_argument("--workspace", required=True, help="The workspace's slug.")
        create.add_argument(
            "--scopes",
            required=True,
            nargs="+",
            help=f"all, or some of {', '.join(SCOPES)}; spaces or commas.",
        )
        create.add_argument("--user", help="The member whom the key acts for; it sees what they see.")
        create.add_argument("--name", default="", help="What the key is for.")
        create.add_argument("--verticals", nargs="+", default=[], help="Only these; without it, all.")
        create.add_argument("--days", type=int, help="Days until it expires; without it, never.")
        show = actions.add_parser("list", help="List the keys, without the keys themselves.")
        show.add_argument("--workspace", help="Only of this workspace.")
        revoke = actions.add_parser("revoke", help="Make a key useless from now on.")
        revoke.add_argument("key", help="Its id or prefix, as `list` shows them.")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            {"create": self._create, "list": self._list, "revoke": self._revoke}[action](options)
        except Problem as problem:
            raise CommandError(problem.detail) from problem

    def _create(self, options: dict[str, Any]) -> None:
        workspace = workspace_find(options["workspace"])
        verticals = _split(options["verticals"])
        if unknown := sorted(set(verticals) - set(loaded_verticals())):
            raise CommandError(f"Unknown verticals: {', '.join(unknown)}.")
        days = options["days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be from 1 to 36500.")
        row, key = api_key_create(
            workspace=workspace,
            name=options["name"] or "command line",
            scopes=_split(options["scopes"]),
            user=user_find(options["user"]) if options["user"] else None,
            verticals=verticals,
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        self.stderr.write(f"Key {row.pk} of workspace '{workspace.slug}'; keep it, it is not shown again.")
        self.stdout.write(key)

    def _list(self, options: dict[str, Any]) -> None:
        keys = ApiKey.objects.select_related("workspace", "user").order_by("workspace__slug", "created_at")
        if options["workspace"]:
            keys = keys.filter(workspace=workspace_find(options["workspace"]))
        for key in keys:
            acts_for = key.user.username if key.user else "-"
            columns = (key.pk, key.prefix, key.workspace.slug, acts_for, ",".join(key.scopes), key_state(key))
            self.stdout.write("  ".join([*map(str, columns), key.name]))

    def _revoke(self, options: dict[str, Any]) -> None:
        wanted = options["key"]
        found = [
            key for key in ApiKey.objects.select_related("workspace") if wanted in {str(key.pk), key.prefix}
        ]
        if len(found) != 1:
            raise CommandError(
                f"'{wanted}' is the id or prefix of {len(found)} keys; `apikey list` shows their ids."
            )
        api_key_revoke(key=found[0])
        self.stdout.write(f"Revoked {found[0].pk} ({found[0].name}).")


def key_state(key: ApiKey) -> str:
    """active, revoked or expired."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= timezone.now() else "active"


def workspace_find(slug: str) -> Workspace:
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        there = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no workspace '{slug}'; there are: {there}.")
    return workspace


def user_find(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no person '{username}'; add one in the admin or by `createsuperuser`.")
    return user


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split(",") if part]
