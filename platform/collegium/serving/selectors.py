"""Reads of the registry: the models concern all workspaces, so administrators of the installation see all."""

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import User
from collegium.errors import Forbidden, NotFound
from collegium.serving.models import ModelVersion
from collegium.serving.resolution import CANDIDATE, PREVIOUS, PRODUCTION


def is_administrator(asker: Asker) -> bool:
    """Whether the asker may act for the whole installation: a person of its staff, in a role or with a key
    that manages. A key that acts for nobody never may.
    """
    if asker.user_id is None or not asker.may("manage"):
        return False
    return User.objects.filter(pk=asker.user_id, is_staff=True, is_active=True).exists()


def administrator_demand(asker: Asker) -> None:
    """Raise Forbidden unless the asker may act for the whole installation."""
    if not is_administrator(asker):
        raise Forbidden(
            _("Models serve all workspaces: this needs an administrator of the installation."),
            code="administrator_needed",
        )


def visible_versions(asker: Asker) -> QuerySet[ModelVersion]:
    """The versions that the asker may know of: administrators of all, others of what serves them."""
    rows = ModelVersion.objects.select_related("base", "served_by")
    if is_administrator(asker):
        return rows
    if not asker.may("models"):
        return rows.none()
    return rows.filter(aliases__name__in=[PRODUCTION, CANDIDATE, PREVIOUS]).distinct()


def version_get(asker: Asker, version_id: uuid.UUID | str) -> ModelVersion:
    """The version, or NotFound where there is none or the asker may not know of it."""
    try:
        uid = version_id if isinstance(version_id, uuid.UUID) else uuid.UUID(version_id)
    except ValueError:
        uid = None
    row = visible_versions(asker).filter(uid=uid).first() if uid else None
    if row is None:
        raise NotFound(_("There is no such model version."), code="unknown_model")
    return row
