"""Rectangles of an image blackened in every frame, so that what is written there does not leave."""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian

from collegium.sdk.parsing import ParseProblem
from verticals.medical.imaging.dataset import ReadFile
from verticals.medical.imaging.pixels import colours, frame_values, shape_of

Mask = tuple[int, int, int, int]  # left, top, right, bottom: pixels, the last two outside
MASKED_MAX_BYTES = 1_000_000_000
_PLANAR = ("PlanarConfiguration", "PixelPaddingValue", "PixelPaddingRangeLimit")
_PALETTE = ("Red", "Green", "Blue", "Alpha")


def masks_apply(read: ReadFile, masks: Sequence[Mask]) -> FileDataset:
    """The data set, changed in place: its pixels uncompressed and the rectangles in their darkest value.

    Raises ParseProblem where the pixels cannot be decoded or are too many.
    """
    dataset, shape = read.dataset, shape_of(read)
    if shape.frames * shape.rows * shape.columns * shape.samples * 2 > MASKED_MAX_BYTES:
        raise ParseProblem(
            "dicom_too_large_image", "The image has too many frames to be masked here; mask it before upload."
        )
    frames = [frame_values(read, index) for index in range(shape.frames)]
    if frames[0].ndim == 3:
        frames = [colours(frame, dataset) for frame in frames]
        _colours_state(dataset)
    values = np.stack(frames)
    inverted = str(dataset.PhotometricInterpretation) == "MONOCHROME1"
    dark = values.max() if inverted else values.min() if values.ndim == 3 else 0
    for left, top, right, bottom in masks:
        values[:, top:bottom, left:right] = dark
    _pixels_set(dataset, values)
    return dataset


def _colours_state(dataset: FileDataset) -> None:
    """Say that the pixels are RGB of 8 bits, interleaved."""
    for name in [*_PLANAR, *(f"{one}PaletteColorLookupTableDescriptor" for one in _PALETTE)]:
        if name in dataset:
            del dataset[name]
    for one in _PALETTE:
        for kind in ("Data", "Segmented"):
            name = f"{'Segmented' if kind == 'Segmented' else ''}{one}PaletteColorLookupTableData"
            if name in dataset:
                del dataset[name]
    dataset.PhotometricInterpretation = "RGB"
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0


def _pixels_set(dataset: FileDataset, values: np.ndarray) -> None:
    name = next(one for one in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if one in dataset)
    if name == "PixelData" and values.ndim == 3:
        dataset.BitsAllocated = values.dtype.itemsize * 8
    raw = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
    dataset[name].value = raw + b"\0" * (len(raw) % 2)
    if name == "PixelData":
        dataset[name].VR = "OB" if values.dtype.itemsize == 1 else "OW"
        dataset[name].is_undefined_length = False
    for gone in (
        "ExtendedOffsetTable",
        "ExtendedOffsetTableLengths",
        "EncapsulatedPixelDataValueTotalLength",
    ):
        if gone in dataset:
            del dataset[gone]
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
