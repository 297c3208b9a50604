"""Turning a feature on and off for a workspace, and whether it is on."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.errors import Forbidden, Invalid
from verticals.medical.features.models import Feature

TRIAGE, IMAGING = "triage", "imaging"
FEATURES = (TRIAGE, IMAGING)
REASON_CHARS = (10, 500)


def feature_state(asker: Asker, name: str) -> Feature | None:
    """The feature's row in the asker's workspace, None where nobody has ever turned it on."""
    return Feature.objects.filter(workspace_id=asker.workspace_id, name=name).first()


def feature_enabled(workspace: UUID, name: str) -> bool:
    return Feature.objects.filter(workspace_id=workspace, name=name, enabled=True).exists()


def feature_open(asker: Asker, name: str) -> None:
    """Raise Forbidden where the feature is off in the asker's workspace."""
    if not feature_enabled(asker.workspace_id, name):
        raise Forbidden(
            _("This feature is off in this workspace. An administrator can turn it on, giving the reason."),
            code="feature_off",
        )


def feature_set(*, asker: Asker, name: str, enabled: bool, reason: str) -> Feature:
    """Turn a feature on or off. The reason is kept in the row and on the workspace's record.

    Raises:
        Forbidden: the asker does not manage the workspace.
        Invalid: there is no such feature, or the reason is too short or too long.
    """
    if not asker.may("manage"):
        raise Forbidden(_("Only an administrator of the workspace may turn this feature on or off."))
    if name not in FEATURES:
        raise Invalid(_("There is no feature %(name)s.") % {"name": name})
    reason = " ".join(reason.replace("\x00", "").split())
    least, most = REASON_CHARS
    if not least <= len(reason) <= most:
        raise Invalid(
            _("Give the reason in %(least)s to %(most)s characters.") % {"least": least, "most": most}
        )
    with transaction.atomic():
        row, _made = Feature.objects.update_or_create(
            workspace_id=asker.workspace_id,
            name=name,
            defaults={"enabled": enabled, "reason": reason, "changed_by_id": asker.user_id},
        )
        audit_record(
            asker=asker, action=f"medical_feature.{'on' if enabled else 'off'}", target=name, reason=reason
        )
    return row
