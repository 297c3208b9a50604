"""`manage.py prepare`: bring the database up to date; where there are no people yet, make the first one."""

import os
import secrets
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from collegium.accounts.models import Role, User, Workspace
from collegium.accounts.services import member_add, workspace_create
from collegium.ops.installation import password_file
from collegium.sdk.registry import loaded_verticals

USERNAME = "admin"
WORKSPACE = "demo"


class Command(BaseCommand):
    help = (
        "Apply migrations; on an empty installation make the administrator 'admin' and the workspace 'demo'."
    )
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=1, stdout=self.stdout)
        with transaction.atomic():
            if User.objects.exists():
                return
            workspace = Workspace.objects.filter(slug=WORKSPACE).first() or workspace_create(
                slug=WORKSPACE, name="Demo", verticals=loaded_verticals()
            )
            user = User.objects.create_superuser(username=USERNAME, password=_password())
            member_add(workspace=workspace, user=user, role=Role.ADMIN)
        self.stdout.write(f"The administrator '{USERNAME}' was made; its password is in {password_file()}.")


def _password() -> str:
    """A random password, left in a file that only the installation's owner can read."""
    path = password_file()
    password = secrets.token_urlsafe(12)
    draft = path.with_name(".initial_password.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    draft.replace(path)
    return password
