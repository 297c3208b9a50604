"""Parts of the vertical that are off until an administrator turns them on for a workspace."""

import uuid

from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.errors import Forbidden, Invalid
from verticals.medical.models import FeatureSwitch

IMAGING = "imaging"
REASON_MIN_CHARS = 10


def feature_enabled(workspace_id: uuid.UUID, feature: str) -> bool:
    return FeatureSwitch.objects.filter(workspace_id=workspace_id, feature=feature, enabled=True).exists()


def feature_get(asker: Asker, feature: str) -> FeatureSwitch | None:
    """The switch of the asker's workspace; None where nobody ever touched it."""
    return FeatureSwitch.objects.filter(workspace_id=asker.workspace_id, feature=feature).first()


def feature_set(*, asker: Asker, feature: str, enabled: bool, reason: str) -> FeatureSwitch:
    """Turn a feature on or off, with the reason on record. Raises Forbidden, Invalid."""
    if not asker.may("manage"):
        raise Forbidden(_("Only an administrator of the workspace turns this on or off."))
    reason = " ".join(reason.replace("\x00", "").split())
    if len(reason) < REASON_MIN_CHARS:
        raise Invalid(
            _("Say in at least %(count)s characters why; the reason is kept on record.")
            % {"count": REASON_MIN_CHARS}
        )
    switch, _made = FeatureSwitch.objects.update_or_create(
        workspace_id=asker.workspace_id,
        feature=feature,
        defaults={"enabled": enabled, "reason": reason[:2000], "changed_by_id": asker.user_id},
    )
    audit_record(
        asker=asker,
        action=f"feature.{'enable' if enabled else 'disable'}",
        target=feature,
        reason=reason[:2000],
    )
    return switch


def feature_required(asker: Asker, feature: str) -> None:
    """Raise Forbidden where the feature is off in the asker's workspace."""
    if not feature_enabled(asker.workspace_id, feature):
        raise off_problem()


def off_problem() -> Forbidden:
    return Forbidden(
        _(
            "Image handling is off in this workspace. An administrator can turn it on, with a reason, on the "
            "page 'Images'; then read the document anew."
        ),
        code="feature_off",
    )
