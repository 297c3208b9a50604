"""Bits beside the stored value of a pixel, where overlays once were drawn: what is in them does not leave."""

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian

from collegium.sdk.parsing import ParseProblem

_WORD_BITS = (8, 16, 32, 64)
_OVERLAY_BIT_POSITION, _OVERLAY_DATA = 0x0102, 0x3000


def unused_bits_clear(dataset: FileDataset) -> bool:
    """Clear the bits of PixelData that BitsStored and HighBit leave over (PS3.5, 8.1.1), in place.

    Above a signed value they repeat its sign, as programs expect that do not look at BitsStored. Call it
    before the overlays' descriptions are removed.

    Returns: whether anything was in them.
    Raises: ParseProblem `overlay_in_pixels` where an overlay is in pixels that are compressed.
    """
    if not dataset.get("PixelData"):
        return False
    element = dataset["PixelData"]
    allocated = _whole(dataset, "BitsAllocated", 0)
    if element.is_undefined_length or allocated not in _WORD_BITS:
        if _states_overlay_in_pixels(dataset):
            raise ParseProblem(
                "overlay_in_pixels",
                "An overlay lies in the unused bits of its compressed pixels. Export it uncompressed, or "
                "without its overlay.",
            )
        return False
    stored = _whole(dataset, "BitsStored", allocated)
    below = max(0, _whole(dataset, "HighBit", stored - 1) - stored + 1)
    if not 1 <= stored < allocated or below + stored > allocated:
        return False
    order = ">" if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian else "<"
    size = len(element.value) // (allocated // 8) * (allocated // 8)
    values = np.frombuffer(element.value[:size], f"{order}u{allocated // 8}")
    clean = (values & (((1 << stored) - 1) << below)).astype(values.dtype)
    if np.array_equal(values, clean):
        return False
    if _whole(dataset, "PixelRepresentation", 0):
        negative = (clean >> (below + stored - 1)).astype(bool)
        clean[negative] |= (1 << allocated) - (1 << below + stored)
        if np.array_equal(values, clean):
            return False
    element.value = clean.tobytes() + element.value[size:]
    return True


def _whole(dataset: FileDataset, name: str, otherwise: int) -> int:
    value = dataset.get(name)
    return value if isinstance(value, int) else otherwise


def _states_overlay_in_pixels(dataset: FileDataset) -> bool:
    """Whether a group of overlays says that its bits lie in the pixels, or has none of its own."""
    groups = {one.tag.group for one in dataset if one.tag.group >> 8 == 0x60 and one.tag.group % 2 == 0}
    return any(
        (group, _OVERLAY_DATA) not in dataset
        or ((group, _OVERLAY_BIT_POSITION) in dataset and bool(dataset[group, _OVERLAY_BIT_POSITION].value))
        for group in groups
    )
