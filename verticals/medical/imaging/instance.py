"""What is kept of an instance, to show it and to put it with its study."""

import hashlib
import math
import re
from typing import Any

from pydicom.dataset import Dataset

from collegium.sdk.parsing import ParseProblem
from verticals.medical.imaging.dataset import ReadFile
from verticals.medical.imaging.pixels import frame_values, has_pixels, shape_of
from verticals.medical.imaging.quarantine import quarantine_reason
from verticals.medical.imaging.window import (
    frame_attributes,
    modality_values,
    window_of_values,
    window_stated,
)

UID = re.compile(r"[0-9][0-9.]{0,63}")  # PS3.5, 9.1, as far as an address needs it


def instance_value(read: ReadFile) -> dict[str, Any]:
    """The instance as JSON values; its first frame is decoded. Raises ParseProblem where that fails."""
    dataset = read.dataset
    if not dataset.get("SOPClassUID"):
        raise ParseProblem(
            "dicom_no_kind",
            "'%(name)s' states no SOP class, so it is neither an image nor a report. Export it anew.",
            name=read.name,
        )
    value: dict[str, Any] = {
        "study_uid": study_uid(dataset),
        "series_uid": _text(dataset, "SeriesInstanceUID", 64),
        "instance_uid": _text(dataset, "SOPInstanceUID", 64),
        "accession_number": _text(dataset, "AccessionNumber", 64),
        "modality": _text(dataset, "Modality", 16),
        "number": _whole(dataset.get("InstanceNumber")),
        "held_back": quarantine_reason(dataset),
    }
    return value | (_image_value(read) if has_pixels(dataset) else {})


def study_uid(dataset: Dataset) -> str:
    """The study of an instance; one of its own where the file states none, or what is no UID."""
    stated, own = (_text(dataset, name, 1000) for name in ("StudyInstanceUID", "SOPInstanceUID"))
    if UID.fullmatch(stated):
        return stated
    if own and not UID.fullmatch(own):
        own = hashlib.sha256(own.encode()).hexdigest()
    return f"alone-{own[:50]}"


def _image_value(read: ReadFile) -> dict[str, Any]:
    shape = shape_of(read)
    values = frame_values(read, 0)
    found: dict[str, Any] = {"frames": shape.frames, "rows": shape.rows, "columns": shape.columns}
    attributes = frame_attributes(read.dataset, 0)
    spacing = attributes.get("PixelSpacing") or attributes.get("ImagerPixelSpacing") or []
    if len(spacing) == 2 and all(0 < float(one) < 1000 for one in spacing):
        found["spacing"] = [float(one) for one in spacing]
    if values.ndim == 2:
        changed = modality_values(values, attributes)
        whole = window_of_values(changed, attributes)
        window = window_stated(attributes) or whole
        found |= {"centre": window.centre, "width": window.width}
        found |= {"low": whole.centre - whole.width / 2, "high": whole.centre + whole.width / 2}
    return {name: one for name, one in found.items() if not isinstance(one, float) or math.isfinite(one)}


def _text(dataset: Dataset, name: str, chars: int) -> str:
    return str(dataset.get(name) or "").replace("\0", "").strip()[:chars]


def _whole(value: Any) -> int:
    try:
        return max(-(2**31), min(int(value or 0), 2**31 - 1))
    except (TypeError, ValueError):
        return 0
