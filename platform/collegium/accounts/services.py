"""Writes of people, workspaces and keys."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from collegium.accounts.asker import SCOPES, Asker
from collegium.accounts.models import ApiKey, AuditEvent, Membership, Role, User, Workspace, WorkspaceVertical
from collegium.errors import Conflict, Invalid, NotFound


@transaction.atomic
def workspace_create(*, slug: str, name: str, verticals: Iterable[str] = ()) -> Workspace:
    """Make a workspace with the given verticals enabled; an existing slug is a Conflict."""
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"A workspace '{slug}' exists already; choose another slug.")
    workspace = Workspace.objects.create(slug=slug, name=name)
    for vertical in verticals:
        vertical_enable(workspace=workspace, slug=vertical)
    return workspace


def vertical_enable(*, workspace: Workspace, slug: str, enabled: bool = True) -> None:
    WorkspaceVertical.objects.update_or_create(workspace=workspace, slug=slug, defaults={"enabled": enabled})


def member_add(*, workspace: Workspace, user: User, role: str = Role.ANALYST) -> Membership:
    """Give a person a role in a workspace, replacing an earlier one."""
    if role not in Role.values:
        raise Invalid(f"There is no role '{role}'; choose one of {', '.join(Role.values)}.")
    membership, _ = Membership.objects.update_or_create(
        workspace=workspace, user=user, defaults={"role": role}
    )
    return membership


def key_digest(key: str) -> str:
    """SHA-256 suffices for keys of 256 random bits: there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def api_key_create(
    *,
    workspace: Workspace,
    name: str,
    scopes: Iterable[str],
    user: User | None = None,
    verticals: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return its row and the key itself, which is not stored and cannot be shown again."""
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in (*SCOPES, "all")]
    if unknown or not wanted:
        raise Invalid(
            f"Unknown scope {unknown or '(none given)'}; choose from all, {', '.join(SCOPES)}.",
            code="unknown_scope",
        )
    if user is not None and not Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Invalid(f"{user} is not a member of '{workspace.slug}'.")
    key = "col_" + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        workspace=workspace,
        user=user,
        name=name,
        prefix=key[:9],
        digest=key_digest(key),
        scopes=wanted,
        verticals=list(verticals),
        expires_at=expires_at,
    )
    return row, key


def api_key_revoke(*, asker: Asker, key_id: object) -> None:
    """Make a key of the asker's workspace useless from now on."""
    rows = ApiKey.objects.filter(workspace_id=asker.workspace_id, id=key_id, revoked_at__isnull=True)
    if rows.update(revoked_at=timezone.now()) != 1:
        raise NotFound("There is no such key.")


def audit_record(
    *, asker: Asker, action: str, target: object, request_id: str = "", **detail: object
) -> None:
    AuditEvent.objects.create(
        workspace_id=asker.workspace_id,
        user_id=asker.user_id,
        api_key_id=asker.key_id,
        action=action,
        target=str(target),
        detail=detail,
        request_id=request_id,
    )
