"""The stored values of one frame: decoded by the codec of its transfer syntax, palette and YBR as RGB."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import apply_color_lut, get_decoder, pixel_array
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from collegium.sdk.parsing import ParseProblem
from verticals.medical.imaging.dataset import ReadFile

FRAME_MAX_PIXELS = 100_000_000
FRAMES_MAX = 20_000
VALUE_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
# GDCM ends the process at damaged bytes where the others raise: it reads only what nothing else does.
CODECS = {
    JPEGBaseline8Bit: "pillow", JPEGExtended12Bit: "pillow",
    JPEG2000Lossless: "pylibjpeg", JPEG2000: "pylibjpeg",
    JPEGLSLossless: "pyjpegls", JPEGLSNearLossless: "pyjpegls",
    RLELossless: "pylibjpeg",
}  # fmt: skip
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of an instance's frames in pixels, and how many there are."""

    rows: int
    columns: int
    frames: int
    samples: int


def has_pixels(dataset: Dataset) -> bool:
    return any(name in dataset for name in VALUE_ELEMENTS)


def shape_of(read: ReadFile) -> Shape:
    """The declared size, within limits. Raises ParseProblem: `dicom_no_image`, `dicom_too_large_image`,
    `dicom_bad_shape`.
    """
    dataset = read.dataset
    if not has_pixels(dataset):
        kind = dataset.get("SOPClassUID")
        raise ParseProblem(
            "dicom_no_image",
            "'%(name)s' holds no image (%(kind)s).",
            name=read.name,
            kind=kind.name if kind else "no kind stated",
        )
    names = ("Rows", "Columns", "SamplesPerPixel")
    missing = [name for name in names if not _whole(dataset.get(name))]
    if missing or not dataset.get("PhotometricInterpretation"):
        raise ParseProblem(
            "dicom_bad_shape",
            "'%(name)s' does not state %(missing)s, without which its image cannot be shown. Export it anew.",
            name=read.name,
            missing=", ".join(missing) or "PhotometricInterpretation",
        )
    rows, columns, samples = (int(dataset[name].value) for name in names)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if rows * columns > FRAME_MAX_PIXELS or not 1 <= frames <= FRAMES_MAX or samples not in (1, 3, 4):
        raise ParseProblem(
            "dicom_too_large_image",
            "'%(name)s' declares %(frames)s frames of %(rows)s × %(columns)s pixels with %(samples)s "
            "samples; up to %(most)s frames of %(pixels)s megapixels are shown.",
            name=read.name,
            frames=frames,
            rows=rows,
            columns=columns,
            samples=samples,
            most=FRAMES_MAX,
            pixels=FRAME_MAX_PIXELS // 1_000_000,
        )
    return Shape(rows, columns, frames, samples)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def frame_values(read: ReadFile, index: int) -> Array:
    """Frame `index`, from 0: [rows, columns] of stored values, or [rows, columns, 3] of RGB.

    Raises ParseProblem, `dicom_no_codec` and `dicom_pixels_damaged` among them.
    """
    shape = shape_of(read)
    if not 0 <= index < shape.frames:
        raise ParseProblem(
            "dicom_no_frame",
            "'%(name)s' has %(frames)s frames; there is no frame %(frame)s.",
            name=read.name,
            frames=shape.frames,
            frame=index + 1,
        )
    _decoder_check(read)
    try:
        if read.syntax == JPEGExtended12Bit and read.dataset.BitsStored > 8:
            return _jpeg_12_bit(read, shape, index)
        values = pixel_array(read.dataset, index=index, decoding_plugin=CODECS.get(read.syntax, ""))
        if str(read.dataset.PhotometricInterpretation) == "PALETTE COLOR":
            return _eight_bits(apply_color_lut(values, read.dataset)[..., :3], 0)
        return values
    except MemoryError:
        raise
    except Exception as error:  # codecs raise anything at damaged bytes
        why = " ".join(str(error).split())
        raise ParseProblem(
            "dicom_pixels_damaged",
            "The image in '%(name)s' cannot be decoded (%(why)s). Export it anew and upload that.",
            name=read.name,
            why=why[:300] or type(error).__name__,
        ) from error


def _decoder_check(read: ReadFile) -> None:
    try:
        available = get_decoder(read.syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise ParseProblem(
            "dicom_no_codec",
            "'%(name)s' is in the transfer syntax '%(syntax)s', for which there is no decoder here. Export "
            "it uncompressed or as JPEG 2000.",
            name=read.name,
            syntax=read.syntax.name,
        )


def _eight_bits(values: Array, bits_stored: int) -> Array:
    """Colours in 8 bits; `bits_stored` 0: those of the array's own type."""
    bits = bits_stored or values.dtype.itemsize * 8
    if bits <= 8:
        return values.astype(np.uint8)
    return (values.astype(np.uint32) >> (bits - 8)).astype(np.uint8)


def colours(values: Array, dataset: Dataset) -> Array:
    """The values of a frame of `dataset` as RGB as it is shown, 8 bits a sample."""
    if str(dataset.PhotometricInterpretation) == "PALETTE COLOR":
        return values  # its bits stored are those of the palette's indices
    return _eight_bits(values[..., :3], int(dataset.get("BitsStored") or 8))


def _jpeg_12_bit(read: ReadFile, shape: Shape, index: int) -> Array:
    """GDCM decodes 12 bits of JPEG Extended rightly (a file with known values is in the tests), where
    pydicom's way to it refuses them.
    """
    import gdcm

    dataset = read.dataset
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(get_frame(dataset.PixelData, index, number_of_frames=shape.frames))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((shape.columns, shape.rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(str(dataset.PhotometricInterpretation))
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    syntax = gdcm.TransferSyntax.GetTSType(str(read.syntax))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    stored = int(dataset.BitsStored)
    image.SetPixelFormat(gdcm.PixelFormat(shape.samples, 16, stored, stored - 1, 0))
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(raw, "<u2").reshape(shape.rows, shape.columns)
