"""Reads of people, workspaces and keys."""

import uuid
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.accounts.models import ApiKey, Membership, User, Workspace, WorkspaceVertical
from collegium.accounts.services import key_digest
from collegium.errors import NotFound


def asker_for_user(user: User, workspace_id: uuid.UUID) -> Asker:
    """The person in that workspace; NotFound where they are not a member."""
    membership = Membership.objects.filter(user=user, user__is_active=True, workspace_id=workspace_id).first()
    if membership is None:
        raise NotFound(_("There is no such workspace."))
    return Asker(
        workspace_id=workspace_id, user_id=user.pk, role=membership.role, scopes=ROLE_SCOPES[membership.role]
    )


def asker_for_key(key: str) -> Asker | None:
    """Whom a key acts for, or None where it is unknown, revoked or expired."""
    now = timezone.now()
    row = _valid_keys().filter(digest=key_digest(key)).first()
    asker = _asker_of(row) if row is not None else None
    if row is None or asker is None:
        return None
    if row.last_used_at is None or row.last_used_at < now - timedelta(minutes=1):
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    return asker


def asker_for_api_key(key: ApiKey) -> Asker | None:
    """Whom a key acts for that something was started with before; None where it has become useless."""
    row = _valid_keys().filter(pk=key.pk).first()
    return _asker_of(row) if row is not None else None


def _valid_keys() -> QuerySet[ApiKey]:
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(unexpired, revoked_at__isnull=True).select_related("user")


def _asker_of(row: ApiKey) -> Asker | None:
    role = "editor"
    scopes = ROLE_SCOPES["admin"] if "all" in row.scopes else frozenset(row.scopes)
    if row.user is not None:
        membership = Membership.objects.filter(workspace_id=row.workspace_id, user=row.user).first()
        if membership is None or not row.user.is_active:
            return None
        role = membership.role
        scopes &= ROLE_SCOPES[role]
    return Asker(
        workspace_id=row.workspace_id,
        user_id=row.user_id,
        key_id=row.pk,
        role=role,
        scopes=scopes,
        verticals=frozenset(row.verticals),
    )


def workspaces_of(user: User) -> QuerySet[Workspace]:
    return Workspace.objects.filter(memberships__user=user).order_by("name")


def vertical_slugs(asker: Asker) -> list[str]:
    """The verticals that the asker's workspace has enabled and that the asker may use."""
    rows = WorkspaceVertical.objects.filter(workspace_id=asker.workspace_id, enabled=True).order_by("slug")
    return [slug for slug in rows.values_list("slug", flat=True) if asker.may_use(slug)]
