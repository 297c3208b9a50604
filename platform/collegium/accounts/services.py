"""Writes of people, workspaces and keys."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collegium.accounts.asker import SCOPES, Asker
from collegium.accounts.models import ApiKey, AuditEvent, Membership, Role, User, Workspace, WorkspaceVertical
from collegium.errors import Conflict, Invalid
from collegium.ops.logs import request_id


@transaction.atomic
def workspace_create(*, slug: str, name: str, verticals: Iterable[str] = ()) -> Workspace:
    """Make a workspace with the given verticals enabled; an existing slug is a Conflict."""
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(_("A workspace '%(slug)s' exists already; choose another slug.") % {"slug": slug})
    workspace = Workspace.objects.create(slug=slug, name=name)
    for vertical in verticals:
        vertical_enable(workspace=workspace, slug=vertical)
    return workspace


def vertical_enable(*, workspace: Workspace, slug: str, enabled: bool = True) -> None:
    WorkspaceVertical.objects.update_or_create(workspace=workspace, slug=slug, defaults={"enabled": enabled})


def member_add(*, workspace: Workspace, user: User, role: str = Role.ANALYST) -> Membership:
    """Give a person a role in a workspace, replacing an earlier one."""
    if role not in Role.values:
        raise Invalid(
            _("There is no role '%(role)s'; choose one of %(roles)s.")
            % {"role": role, "roles": ", ".join(Role.values)}
        )
    membership, _created = Membership.objects.update_or_create(
        workspace=workspace, user=user, defaults={"role": role}
    )
    return membership


def key_digest(key: str) -> str:
    """SHA-256 suffices for keys of 256 random bits: there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def api_key_create(
    *,
    workspace: Workspace,
    name: str,
    scopes: Iterable[str],
    user: User | None = None,
    verticals: Iterable[str] = (),
    expires_at: datetime | None = None,
    made_by: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return its row and the key itself, which is not stored and cannot be shown again."""
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in (*SCOPES, "all")]
    if unknown or not wanted:
        raise Invalid(
            _("Unknown scope %(unknown)s; choose from all, %(scopes)s.")
            % {"unknown": ", ".join(unknown) or _("(none given)"), "scopes": ", ".join(SCOPES)},
            code="unknown_scope",
        )
    if user is not None and not Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Invalid(
            _("%(user)s is not a member of '%(workspace)s'.") % {"user": user, "workspace": workspace.slug}
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("The key would have expired already; choose a later time."), code="expired")
    key = "col_" + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        workspace=workspace,
        user=user,
        name=name,
        prefix=key[:9],
        digest=key_digest(key),
        scopes=wanted,
        verticals=list(dict.fromkeys(verticals)),
        expires_at=expires_at,
    )
    _key_event(row, "api_key.create", made_by, scopes=wanted)
    return row, key


def api_key_revoke(*, key: ApiKey, by: User | None = None) -> None:
    """Make a key useless from now on; Conflict where it is so already."""
    with transaction.atomic():
        rows = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
        if rows.update(revoked_at=timezone.now()) != 1:
            raise Conflict(_("The key is revoked already."), code="revoked")
        _key_event(key, "api_key.revoke", by)


def _key_event(key: ApiKey, action: str, by: User | None, **detail: object) -> None:
    AuditEvent.objects.create(
        workspace=key.workspace,
        user=by,
        action=action,
        target=str(key.pk),
        detail={"name": key.name, "prefix": key.prefix, **detail},
        request_id=request_id(),
    )


def audit_record(*, asker: Asker, action: str, target: object, **detail: object) -> None:
    """Keep who did what to what. Nothing secret and no text of a document belongs in `detail`."""
    AuditEvent.objects.create(
        workspace_id=asker.workspace_id,
        user_id=asker.user_id,
        api_key_id=asker.key_id,
        action=action,
        target=str(target),
        detail=detail,
        request_id=request_id(),
    )
