"""A reviewer lets a held-back image go, as it is or with rectangles blackened; each decision is on record."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.errors import Forbidden, Invalid
from verticals.medical.imaging.models import ImagingInstance, ImagingRelease
from verticals.medical.imaging.selectors import instance_get, visible_instances

REASON_CHARS = (10, 500)
MASKS_MAX = 50
UNSEEN = "document"  # what holds no image cannot be looked at, nor masked
Masks = Sequence[Sequence[int]]


def image_release(*, asker: Asker, pk: int, reason: str, masks: Masks = ()) -> ImagingRelease:
    """Let a held-back image be exported; `masks` are rectangles [left, top, right, bottom] in pixels.

    Raises: Forbidden where the asker does not manage the workspace; NotFound; Invalid where the image is not
    held back, cannot be looked at, or a mask or the reason is none.
    """
    one = _reviewed(asker, pk)
    if not one.held_back:
        raise Invalid(_("This image is not held back."), code="not_held_back")
    if one.held_back == UNSEEN or not one.frames:
        raise Invalid(
            _("A document inside a DICOM file cannot be looked at here, so it is not let go."),
            code="not_releasable",
        )
    checked = [_mask_checked(one, mask) for mask in masks]
    if len(checked) > MASKS_MAX:
        raise Invalid(_("An image may have at most %(count)s masks.") % {"count": MASKS_MAX})
    stated = _reason_checked(reason)
    with transaction.atomic():
        row, _made = ImagingRelease.objects.update_or_create(
            version_id=one.version_id,
            position=one.position,
            member=one.member,
            defaults={"masks": checked, "reason": stated, "released_by_id": asker.user_id},
        )
        audit_record(
            asker=asker,
            action="imaging.release",
            target=f"{one.version_id}/{one.ordinal}",
            reason=stated,
            masks=checked,
            held_back=one.held_back,
        )
    return row


def image_hold(*, asker: Asker, pk: int, reason: str) -> None:
    """Take a release back. Raises Forbidden, NotFound, or Invalid where the image was not released."""
    one = _reviewed(asker, pk)
    stated = _reason_checked(reason)
    with transaction.atomic():
        gone, _kinds = _releases(one).delete()
        if not gone:
            raise Invalid(_("This image was not released."), code="not_released")
        audit_record(
            asker=asker, action="imaging.hold", target=f"{one.version_id}/{one.ordinal}", reason=stated
        )


def release_get(one: ImagingInstance) -> ImagingRelease | None:
    """The release of an instance that the caller has been shown to see."""
    return _releases(one).select_related("released_by").first()


def released_of_version(asker: Asker, version: Any) -> list[dict[str, Any]]:
    """The releases of a version that the asker may see, for the process that exports its files."""
    rows = ImagingRelease.objects.filter(
        version=version, version__in=visible_instances(asker).values("version_id")
    )
    return list(rows.values("position", "member", "masks"))


def released_of_study(instances: Sequence[ImagingInstance]) -> set[int]:
    """Which instances of those that the caller has been shown to see a reviewer has let go."""
    versions = {one.version_id for one in instances}
    rows = ImagingRelease.objects.filter(version__in=versions)
    keys = set(rows.values_list("version_id", "position", "member"))
    return {one.pk for one in instances if (one.version_id, one.position, one.member) in keys}


def _releases(one: ImagingInstance) -> Any:
    return ImagingRelease.objects.filter(version_id=one.version_id, position=one.position, member=one.member)


def _reviewed(asker: Asker, pk: int) -> ImagingInstance:
    one = instance_get(asker, pk)
    if not asker.may("manage"):
        raise Forbidden(_("Only who manages the workspace may review images that are held back."))
    return one


def _reason_checked(reason: str) -> str:
    reason = " ".join(reason.replace("\x00", "").split())
    least, most = REASON_CHARS
    if not least <= len(reason) <= most:
        raise Invalid(
            _("Give the reason in %(least)s to %(most)s characters.") % {"least": least, "most": most}
        )
    return reason


def _mask_checked(one: ImagingInstance, mask: Sequence[int]) -> list[int]:
    """A rectangle inside the image."""
    if len(mask) != 4 or not all(isinstance(at, int) and not isinstance(at, bool) for at in mask):
        raise Invalid(
            _("A mask is four whole numbers: left, top, right, bottom, in pixels."), code="bad_mask"
        )
    left, top, right, bottom = mask
    if not (0 <= left < right <= one.columns and 0 <= top < bottom <= one.rows):
        raise Invalid(
            _("The mask %(mask)s does not lie in the image of %(columns)s × %(rows)s pixels.")
            % {"mask": list(mask), "columns": one.columns, "rows": one.rows},
            code="bad_mask",
        )
    return [left, top, right, bottom]


def masks_read(text: str) -> list[list[int]]:
    """Rectangles as a form gives them, one a line. Raises Invalid for a line that is none."""
    found = []
    for line in text.splitlines():
        parts = line.replace(",", " ").split()
        if not parts:
            continue
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
            raise Invalid(
                _("A mask is four whole numbers: left, top, right, bottom, in pixels."), code="bad_mask"
            )
        found.append([int(part) for part in parts])
    return found
