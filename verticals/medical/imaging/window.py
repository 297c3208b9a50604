"""From stored values to grey levels: modality and VOI transformations (PS3.3, C.11.1 and C.11.2)."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi

Array = npt.NDArray[Any]
# Per frame or shared in enhanced multi-frame objects (PS3.3, C.7.6.16), else at the top.
_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
_ATTRIBUTES = (
    "BitsAllocated", "BitsStored", "PixelRepresentation", "PhotometricInterpretation", "PresentationLUTShape",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept",
    "RescaleType", "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth", "PixelSpacing",
    "ImagerPixelSpacing", "PixelAspectRatio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Centre and width in the values that the modality transformation gives, such as Hounsfield units."""

    centre: float
    width: float


def frame_attributes(dataset: Dataset, index: int) -> Dataset:
    """What describes the values of frame `index`: of the frame itself, shared by all, or of the instance."""
    found = Dataset()
    sources = [dataset]
    for name, at in (("SharedFunctionalGroupsSequence", 0), ("PerFrameFunctionalGroupsSequence", index)):
        items = dataset.get(name) or []
        if at < len(items):
            sources += [group[0] for one in _GROUPS if (group := items[at].get(one))]
    for source in sources:
        for name in _ATTRIBUTES:
            if name in source:
                found[name] = source[name]
    return found


def modality_values(values: Array, attributes: Dataset) -> Array:
    """Stored values in the unit of the modality, float32 where they are rescaled."""
    if attributes.get("ModalityLUTSequence"):
        return apply_modality_lut(values, attributes)
    slope, intercept = (
        _number(attributes.get("RescaleSlope"), 1.0),
        _number(attributes.get("RescaleIntercept"), 0),
    )
    if slope in (0.0, 1.0) and intercept == 0.0:  # a slope of nothing is a mistake of the writer
        return values
    return values.astype(np.float32) * np.float32(slope or 1.0) + np.float32(intercept)


def window_stated(attributes: Dataset) -> Window | None:
    """The first window that the file states."""
    centre, width = (_first(attributes.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if centre is None or width is None or width <= 0:
        return None
    return Window(centre, width)


def window_of_values(values: Array, attributes: Dataset) -> Window:
    """A window over all values but padding."""
    shown = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    padding = attributes.get("PixelPaddingValue")
    if isinstance(padding, int) and values.dtype.kind in "iu":
        kept = shown[shown != padding]
        shown = kept if kept.size else shown
    if not shown.size:
        return Window(0.5, 1.0)
    low, high = float(shown.min()), float(shown.max())
    if values.dtype.kind == "f":
        return Window((low + high) / 2, max(high - low, 1e-6))
    return Window((low + high + 1) / 2, high - low + 1)


def grey_levels(values: Array, attributes: Dataset, window: Window | None) -> Array:
    """8-bit grey levels of a frame: by `window`, else the file's VOI table or window, else all values."""
    inverse = attributes.get("PhotometricInterpretation") == "MONOCHROME1"
    inverse = inverse or attributes.get("PresentationLUTShape") == "INVERSE"
    if window is None and attributes.get("VOILUTSequence") and values.dtype.kind in "iu":
        levels = _by_table(values, attributes)
    else:
        changed = modality_values(values, attributes)
        function = str(attributes.get("VOILUTFunction") or "LINEAR") if window is None else "LINEAR"
        chosen = window or window_stated(attributes) or window_of_values(changed, attributes)
        levels = _by_window(changed, chosen, function)
    return 255 - levels if inverse else levels


def _by_table(values: Array, attributes: Dataset) -> Array:
    changed = modality_values(values, attributes)
    whole = changed if changed.dtype.kind in "iu" else np.rint(changed).astype(np.int32)
    item = attributes.VOILUTSequence[0]
    bits = int(item.LUTDescriptor[2])
    table = apply_voi(whole, attributes)
    # Some writers declare 16 bits and fill fewer: what they use is what they mean.
    high = max(2**bits - 1 if bits <= 8 or int(table.max()) >= 2 ** (bits - 1) else int(table.max()), 1)
    return np.clip(table.astype(np.float32) * (255.0 / high), 0, 255).astype(np.uint8)


def _by_window(values: Array, window: Window, function: str) -> Array:
    """PS3.3, C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2 (LINEAR_EXACT)."""
    x = values.astype(np.float32)
    centre, width = window.centre, window.width
    if function == "SIGMOID":
        y = 1 / (1 + np.exp(np.clip(-4 * (x - centre) / width, -60, 60)))
    elif function == "LINEAR_EXACT" or width <= 1:
        y = (x - centre) / width + 0.5
    else:
        y = (x - (centre - 0.5)) / (width - 1) + 0.5
    return (np.nan_to_num(np.clip(y, 0, 1)) * 255).round().astype(np.uint8)


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        value = next(iter(value), None)
    number = _number(value, math.nan)
    return number if math.isfinite(number) else None


def _number(value: Any, otherwise: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return otherwise
    return number if math.isfinite(number) else otherwise
