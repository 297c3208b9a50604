"""Stores the instances that the parser found, once their version becomes searchable."""

import math
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.errors import Forbidden, Invalid
from collegium.sdk.vertical import IndexedVersion
from verticals.medical.features.switch import IMAGING, feature_enabled
from verticals.medical.imaging.models import ImagingInstance
from verticals.medical.imaging.quarantine import REASONS

INSTANCES_MAX = 5_000
TEXTS = {
    "member": 1000, "study_uid": 64, "series_uid": 64, "instance_uid": 64, "accession_number": 64,
    "modality": 16,
}  # fmt: skip
WHOLE = ("ordinal", "position", "frames", "rows", "columns")
NUMBERS = ("centre", "width", "low", "high")


def instances_store(version: IndexedVersion) -> None:
    """Replace a version's instances. Raises Forbidden where images are off in the workspace."""
    values = version.data.get("imaging")
    if values is None:
        return
    if not feature_enabled(version.workspace, IMAGING):
        raise Forbidden(
            _(
                "Image handling is off in this workspace. An administrator can turn it on, with a reason, on "
                "the page 'Images'; then read the document anew."
            ),
            code="feature_off",
        )
    if not isinstance(values, list) or len(values) > INSTANCES_MAX:
        raise Invalid(_("The reader found more images than a document may have; upload one study at a time."))
    ImagingInstance.objects.filter(version_id=version.version).delete()
    ImagingInstance.objects.bulk_create([_row(version, value) for value in values], batch_size=500)


def _row(version: IndexedVersion, value: dict[str, Any]) -> ImagingInstance:
    """A row of what the process that reads hostile files said, each part checked."""
    row = ImagingInstance(version_id=version.version)
    for name, chars in TEXTS.items():
        setattr(row, name, str(value.get(name) or "").replace("\x00", "")[:chars])
    for name in WHOLE:
        setattr(row, name, max(0, min(int(value.get(name) or 0), 2**31 - 1)))
    row.number = max(-(2**31), min(int(value.get("number") or 0), 2**31 - 1))
    for name in NUMBERS:
        number = value.get(name)
        setattr(
            row, name, float(number) if isinstance(number, int | float) and math.isfinite(number) else None
        )
    spacing = value.get("spacing") or []
    row.spacing = [float(one) for one in spacing][:2]
    reason = str(value.get("held_back") or "")
    row.held_back = reason if reason in REASONS else ("burned_in_unknown" if reason else "")
    return row
