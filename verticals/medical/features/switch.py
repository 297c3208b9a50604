"""Turning a feature on and off for a workspace, and whether it is on."""

from django.db import transaction
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.errors import Forbidden, Invalid
from verticals.medical.features.models import Feature

FEATURES = ("triage", "imaging")
REASON_CHARS = (10, 500)


def feature_state(asker: Asker, name: str) -> Feature | None:
    """The feature's row in the asker's workspace, None where nobody has ever turned it on."""
    return Feature.objects.filter(workspace_id=asker.workspace_id, name=name).first()


def feature_open(asker: Asker, name: str) -> None:
    """Raise Forbidden where the feature is off in the asker's workspace."""
    row = feature_state(asker, name)
    if row is None or not row.enabled:
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
    reason = " ".join(reason.split())
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
