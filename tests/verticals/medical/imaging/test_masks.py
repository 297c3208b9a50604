"""Areas are blackened in every frame, whatever the pixels were stored as, and nothing else changes."""

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from tests.verticals.medical.imaging.made import dicom_bytes, dicom_make, ramp
from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.masks import masks_apply

MASK = (2, 3, 9, 7)  # left, top, right, bottom


def masked(made, tmp_path):
    path = tmp_path / "image.dcm"
    path.write_bytes(dicom_bytes(made))
    clean = masks_apply(file_read(path, "image"), [MASK])
    clean.save_as(tmp_path / "masked.dcm", enforce_file_format=True)
    return dcmread(tmp_path / "masked.dcm")


def colours_make() -> tuple[object, np.ndarray]:
    made = dicom_make()
    values = np.random.default_rng(4).integers(40, 250, (16, 16, 3), dtype=np.uint8)
    made.Rows = made.Columns = 16
    made.SamplesPerPixel, made.PlanarConfiguration = 3, 1
    made.PhotometricInterpretation = "RGB"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.PixelData = values.transpose(2, 0, 1).tobytes()
    made["PixelData"].VR = "OB"
    return made, values


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("packed", [False, True], ids=["uncompressed", "run length"])
def test_grey_frames_are_dark_inside_and_unchanged_outside(frames, packed, tmp_path):
    values = ramp(-1000, 900) if frames == 1 else np.stack([ramp(-1000, 900 + at) for at in range(frames)])
    made = dicom_make(values)
    if packed:
        made.compress(RLELossless)
    found = masked(made, tmp_path).pixel_array
    inside = np.zeros((16, 16), dtype=bool)
    inside[3:7, 2:9] = True
    assert (found[..., inside] == -1000).all()
    assert np.array_equal(found[..., ~inside], values[..., ~inside])


def test_where_high_values_are_dark_the_highest_is_put_there(tmp_path):
    made = dicom_make(ramp(0, 255, dtype="uint8"), PhotometricInterpretation="MONOCHROME1")
    assert (masked(made, tmp_path).pixel_array[3:7, 2:9] == 255).all()


def test_colours_are_black_inside_and_unchanged_outside(tmp_path):
    made, values = colours_make()
    clean = masked(made, tmp_path)
    assert clean.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian and clean.PlanarConfiguration == 0
    found = clean.pixel_array
    assert not found[3:7, 2:9].any()
    assert np.array_equal(found[7:], values[7:]) and np.array_equal(found[:, 9:], values[:, 9:])


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_of_colours_is_black_inside_and_unchanged_outside(bits, tmp_path):
    made = dicom_make(ramp(dtype=f"uint{bits}"), PhotometricInterpretation="PALETTE COLOR")
    levels = np.arange(256, dtype="uint16") * 257
    for name, table in (("Red", levels), ("Green", levels[::-1]), ("Blue", levels)):
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(made, f"{name}PaletteColorLookupTableData", table.tobytes())
    clean = masked(made, tmp_path)
    found = clean.pixel_array
    assert clean.PhotometricInterpretation == "RGB" and not found[3:7, 2:9].any()
    assert np.array_equal(found[7:, :, 0], ramp(dtype="uint8")[7:])
    assert np.array_equal(found[7:, :, 1], 255 - ramp(dtype="uint8")[7:])
