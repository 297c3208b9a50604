"""Frames as they are looked at: windows, tables, colours and frames against values worked out by hand."""

from collections import Counter

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from collegium.sdk.parsing import ParseProblem
from tests.evaluation_data import data_set
from tests.verticals.medical.imaging.made import (
    ImplicitVRLittleEndian,
    dicom_bytes,
    dicom_make,
    pixels_set,
    ramp,
)
from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.pixels import frame_values, shape_of
from verticals.medical.imaging.render import frame_image
from verticals.medical.imaging.window import Window

# What is no image, or is broken, and the code of the reason that is given.
REFUSED = {
    "badVR.dcm": "dicom_bad_value",
    "meta_missing_tsyntax.dcm": "dicom_bad_shape",
    "nested_priv_SQ.dcm": "dicom_bad_shape",
    "priv_SQ.dcm": "dicom_no_image",
    "reportsi.dcm": "dicom_no_image",
    "rtstruct.dcm": "dicom_no_image",
    "test-SR.dcm": "dicom_no_image",
    "waveform_ecg.dcm": "dicom_no_image",
}


@pytest.fixture
def grey(tmp_path):
    """grey(made, frame, window) -> its grey levels after it was written and read."""

    def run(made, frame: int = 0, window: Window | None = None, **more) -> np.ndarray:
        path = tmp_path / "made.dcm"
        path.write_bytes(dicom_bytes(made))
        return np.asarray(frame_image(file_read(path, path.name), frame, window, **more))

    return run


def test_every_readable_file_of_the_set_is_rendered_and_each_other_refused_with_its_reason(capsys):
    rows, counts = [], Counter()
    for path in sorted(data_set("dicom").rglob("*.dcm")):
        try:
            read = file_read(path, path.name)
            image = frame_image(read, 0)
            low, high = image.convert("L").getextrema()
            assert max(image.size) == 16 or low != high, "nothing is seen"
            frame_image(read, shape_of(read).frames - 1)
            said, code = f"{image.mode} {image.size[0]} × {image.size[1]}", "rendered"
        except ParseProblem as problem:
            said, code = problem.detail, problem.code
        assert code == "rendered" or path.name in said
        assert code == REFUSED.get(path.name, "rendered"), (path.name, said)
        counts[code] += 1
        rows.append(f"{path.name:34} {code:18} {said}")
    with capsys.disabled():
        print("\n" + "\n".join(rows) + f"\n{dict(counts)}")
    assert counts["rendered"] == len(rows) - len(REFUSED) and len(rows) == 44


def test_twelve_bit_jpeg_gives_the_values_that_its_makers_publish():
    """The two values are those by which pydicom's own tests know the file."""
    path = data_set("dicom") / "images" / "JPGExtended.dcm"
    values = frame_values(file_read(path, path.name), 0)
    assert (values[420, 140], values[230, 120]) == (244, 95)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_a_window_is_linear_as_the_standard_says(grey, syntax):
    made = dicom_make(ramp(-100, 155), syntax=syntax, RescaleSlope=2, RescaleIntercept=-10)
    shown = grey(made, window=Window(40, 101)).ravel()
    hounsfield = ramp(-100, 155).ravel().astype(float) * 2 - 10
    wanted = np.clip((hounsfield - 39.5) / 100 + 0.5, 0, 1) * 255
    assert np.abs(shown - wanted).max() <= 0.51
    assert shown[hounsfield <= -10.5].max() == 0 and shown[hounsfield > 89.5].min() == 255


def test_the_file_s_own_window_is_used_unless_another_is_asked_for(grey):
    made = dicom_make(ramp(0, 255), WindowCenter=[128, 10], WindowWidth=[256, 5])
    assert np.array_equal(grey(made).ravel(), np.arange(256))
    assert set(grey(made, window=Window(128.5, 1)).ravel()) == {0, 255}


@pytest.mark.parametrize("function", ["SIGMOID", "LINEAR_EXACT"])
def test_other_functions_of_a_window_follow_the_standard(grey, function):
    made = dicom_make(ramp(0, 255), WindowCenter=100, WindowWidth=80, VOILUTFunction=function)
    x = np.arange(256.0)
    wanted = {
        "SIGMOID": 255 / (1 + np.exp(-4 * (x - 100) / 80)),
        "LINEAR_EXACT": np.clip((x - 100) / 80 + 0.5, 0, 1) * 255,
    }[function]
    assert np.abs(grey(made).ravel() - wanted).max() <= 0.51


def test_white_and_black_change_places_where_the_least_value_is_white(grey):
    made = dicom_make(ramp(0, 255), WindowCenter=128, WindowWidth=256)
    plain = grey(made)
    made.PhotometricInterpretation = "MONOCHROME1"
    assert np.array_equal(grey(made), 255 - plain)
    assert np.array_equal(grey(made, inverse=True), plain)


def test_a_table_of_values_of_interest_is_looked_up(grey):
    item = Dataset()
    item.LUTDescriptor = [256, 0, 8]
    item.LUTData = list(range(255, -1, -1))
    item["LUTData"].VR = "US"
    item["LUTDescriptor"].VR = "US"
    made = dicom_make(ramp(0, 255, dtype="uint16"), VOILUTSequence=Sequence([item]))
    assert np.array_equal(grey(made).ravel(), 255 - np.arange(256))


def test_padding_does_not_spoil_the_window_of_a_file_that_states_none(grey):
    values = ramp(0, 200)
    values[0] = -2000
    made = dicom_make(values, PixelPaddingValue=-2000)
    made["PixelPaddingValue"].VR = "SS"
    shown = grey(made)
    assert shown[1:].min() < 25 and shown[1:].max() == 255


def test_a_palette_gives_its_colours(grey):
    made = dicom_make(ramp(0, 3, dtype="uint8"))
    made.PhotometricInterpretation = "PALETTE COLOR"
    for name, table in {"Red": [0, 65535, 0, 0], "Green": [0, 0, 65535, 0], "Blue": [0, 0, 0, 65535]}.items():
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 16])
        made[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(made, f"{name}PaletteColorLookupTableData", np.array(table, "<u2").tobytes())
    shown = grey(made).reshape(-1, 3)
    assert [tuple(shown[at]) for at in (0, 80, 160, 255)] == [
        (0, 0, 0),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    ]


def test_each_frame_is_drawn_by_its_own_window(grey):
    made = dicom_make()
    pixels_set(made, np.stack([ramp(0, 255), ramp(0, 255)]))
    groups = []
    for centre in (128, 64):
        window, group = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = centre, 2 * centre
        group.FrameVOILUTSequence = Sequence([window])
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = Sequence(groups)
    assert grey(made, 0).ravel()[100] == 100
    assert grey(made, 1).ravel()[100] == pytest.approx(100 / 127 * 255, abs=1)
    with pytest.raises(ParseProblem, match="has 2 frames"):
        grey(made, 2)


def test_run_lengths_are_decoded(grey):
    made = dicom_make(ramp(0, 255, dtype="uint16"), WindowCenter=128, WindowWidth=256)
    plain = grey(made)
    made.compress(RLELossless)
    assert np.array_equal(grey(made), plain)
