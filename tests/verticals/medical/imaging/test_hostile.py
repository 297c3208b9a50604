"""Broken and hostile files: each is refused with its reason, and none is believed about its size."""

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import nullcontext

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from collegium.sdk.parsing import ParseProblem, SourceFile
from tests.verticals.medical.imaging.made import ImplicitVRLittleEndian, dicom_bytes, dicom_make, ramp
from verticals.medical.imaging import archive as archives
from verticals.medical.imaging.archive import DICOM, ZIP, files_found, member_open
from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.render import frame_image


@pytest.fixture
def refused(tmp_path):
    """refused(bytes) -> the problem that reading and drawing them ends with."""

    def run(raw: bytes) -> ParseProblem:
        path = tmp_path / "x.dcm"
        path.write_bytes(raw)
        with pytest.raises(ParseProblem) as caught:
            frame_image(file_read(path, path.name), 0)
        assert "x.dcm" in caught.value.detail
        return caught.value

    return run


def element(group: int, number: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """An element in explicit little endian that may lie about its length."""
    size = len(value) if length is None else length
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return struct.pack("<HH2sHL", group, number, vr, 0, size) + value
    return struct.pack("<HH2sH", group, number, vr, size) + value


GOOD = dicom_bytes(dicom_make(ramp()))


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_file_cut_off_anywhere_is_refused_or_loses_nothing_but_padding(refused, syntax):
    made = dicom_make(ramp())
    if syntax == ExplicitVRBigEndian:
        made = dicom_make(ramp(dtype=">i2"), syntax=syntax)
    elif syntax:
        made = dicom_make(ramp(), syntax=syntax)
    raw = dicom_bytes(made)
    for size in range(140, len(raw) - 1, 37):
        assert refused(raw[:size]).code.startswith(("dicom_", "not_dicom"))
    assert refused(raw[:-10]).code == "dicom_truncated"


def test_a_size_that_is_merely_declared_takes_no_memory(refused):
    raw = GOOD + element(0x7FE1, 0x0010, b"OB", b"few", length=0xFFFFFFF0)
    tracemalloc.start()
    assert refused(raw).code == "dicom_truncated"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_huge_image_that_is_merely_declared_takes_no_memory(refused):
    for elements in (
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": 2_000_000_000},
        {"Rows": 9000, "Columns": 9000},
        {"NumberOfFrames": 15_000},
    ):
        tracemalloc.start()
        assert refused(dicom_bytes(dicom_make(ramp(), **elements))).code in {
            "dicom_too_large_image",
            "dicom_pixels_damaged",
        }
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()


def test_an_unknown_value_representation_is_named_with_its_place(refused):
    problem = refused(GOOD + element(0x7FE1, 0x0010, b"ZZ", b"what"))
    assert problem.code == "dicom_bad_vr" and "'ZZ' at (7FE1,0010)" in problem.detail
    assert refused(GOOD + element(0x7FE1, 0x0010, b"\x01\xff", b"what")).code == "dicom_bad_vr"


def test_sequences_without_end_and_without_bottom_are_refused(refused):
    made = Dataset()
    for _ in range(40):
        outer = Dataset()
        outer.ContentSequence = Sequence([made])
        made = outer
    assert (
        refused(dicom_bytes(dicom_make(ramp(), ContentSequence=made.ContentSequence))).code
        == "dicom_too_deep"
    )
    opened = element(
        0x7FE1, 0x0010, b"SQ", struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF), length=0xFFFFFFFF
    )
    assert refused(GOOD + opened * 3).code == "dicom_truncated"
    assert refused(GOOD + opened * 100_000).code == "dicom_too_deep"


def test_a_value_that_the_image_needs_and_is_none_is_named(refused):
    raw = GOOD.replace(b"\x28\x00\x02\x00US\x02\x00\x01\x00", b"\x28\x00\x08\x00IS\x02\x00xy")
    problem = refused(raw)
    assert problem.code == "dicom_bad_value" and "(0028,0008)" in problem.detail


def test_a_value_that_does_not_matter_is_left_out_and_said(tmp_path):
    raw = GOOD + element(0x7FE1, 0x1001, b"FD", b"\0\0\0")
    path = tmp_path / "odd.dcm"
    path.write_bytes(raw)
    read = file_read(path, "odd.dcm")
    assert read.tolerated == ("(7FE1,1001) of 'odd.dcm' cannot be read and is left out.",)
    assert (0x7FE1, 0x1001) not in read.dataset and frame_image(read, 0).size == (16, 16)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_dicom"),
        (b"DICM", "not_dicom"),
        (b"\0" * 128 + b"DICM", "dicom_unreadable"),
        (b"%PDF-1.7\n" + b"x" * 500, "not_dicom"),
        (GOOD[:128] + b"DICM" + b"\xff" * 400, "dicom_unreadable"),
    ],
)
def test_what_is_no_dicom_is_refused(refused, raw, code):
    assert refused(raw).code in {code, "dicom_broken"}


def test_a_private_or_undecodable_transfer_syntax_is_named(refused):
    made = dicom_make(ramp())
    made.file_meta.TransferSyntaxUID = "1.2.3.4.5"
    assert refused(dicom_bytes_raw(made)).code == "dicom_syntax_unknown"
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"  # MPEG2
    made.PixelData = encapsulate([b"\0\0\1\xb3"])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    problem = refused(dicom_bytes_raw(made))
    assert problem.code == "dicom_no_codec" and "MPEG2" in problem.detail


def dicom_bytes_raw(made) -> bytes:
    """As it stands, whatever its transfer syntax says of itself."""
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return out.getvalue()


def test_damaged_compressed_pixels_are_refused(refused):
    made = dicom_make(np.kron(ramp(dtype="uint16"), np.ones((16, 16), "uint16")))
    made.compress(JPEG2000, encoding_plugin="pylibjpeg", j2k_cr=[2])
    raw = bytearray(dicom_bytes(made))
    start = raw.index(b"\xff\x4f\xff\x51")
    raw[start + 4 : start + 60] = b"\x55" * 56
    assert refused(bytes(raw)).code == "dicom_pixels_damaged"


def test_a_deflated_bomb_is_refused_before_it_unfolds(refused, monkeypatch):
    from verticals.medical.imaging import dataset

    monkeypatch.setattr(dataset, "INFLATED_MAX_BYTES", 20_000_000)
    made = dicom_make(ramp(), syntax=DeflatedExplicitVRLittleEndian)
    raw = dicom_bytes(made)
    head = raw[: raw.index(b"1.2.840.10008.1.2.1.99") + 22]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = head + b"".join(packer.compress(b"\0" * 10_000_000) for _ in range(30)) + packer.flush()
    tracemalloc.start()
    problem = refused(bomb)
    assert tracemalloc.get_traced_memory()[1] < 90_000_000
    tracemalloc.stop()
    assert problem.code in {"dicom_too_large", "dicom_unreadable"}
    assert refused(raw[:-20]).code == "dicom_unreadable"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def doubled(name: str, *contents: bytes) -> bytes:
    """An archive of files that all have one name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for content in contents:
            with (
                pytest.warns(UserWarning, match="Duplicate name")
                if name in archive.namelist()
                else nullcontext()
            ):
                archive.writestr(name, content)
    return out.getvalue()


def spoilt(raw: bytes) -> bytes:
    """The archive with some of its packed bytes changed."""
    return raw[:100] + bytes(byte ^ 0x5A for byte in raw[100:200]) + raw[200:]


@pytest.fixture
def unpacked(tmp_path):
    def run(raw: bytes):
        path = tmp_path / "study.zip"
        path.write_bytes(raw)
        folder = tmp_path / "unpacked"
        folder.mkdir(exist_ok=True)
        return files_found([SourceFile(path, "study.zip", ZIP)], folder)

    return run


def test_an_archive_gives_its_images_and_reports_and_leaves_the_rest(unpacked, tmp_path):
    raw = zipped(**{"../../evil": GOOD, "a/report.txt": b"Seen.", "a/autorun.exe": b"MZ", "DICOMDIR": GOOD})
    found = unpacked(raw)
    assert [(one.member, one.file.media_type) for one in found] == [
        ("../../evil", DICOM), ("a/report.txt", "text/plain"), ("DICOMDIR", DICOM),
    ]  # fmt: skip
    assert all(one.file.path.parent == tmp_path / "unpacked" for one in found)
    with member_open(SourceFile(tmp_path / "study.zip", "study.zip", ZIP), "../../evil") as file:
        assert file.path.read_bytes() == GOOD


def test_an_archive_with_two_files_of_one_name_is_refused_and_neither_is_drawn(unpacked, tmp_path):
    raw = doubled("series/IM1", GOOD, dicom_bytes(dicom_make(ramp(), number=2)))
    with pytest.raises(ParseProblem, match="series/IM1") as caught:
        unpacked(raw)
    assert caught.value.code == "zip_doubled"
    with (
        pytest.raises(ParseProblem, match="series/IM1"),
        member_open(SourceFile(tmp_path / "study.zip", "study.zip", ZIP), "series/IM1"),
    ):
        pass


def test_a_member_with_a_name_longer_than_is_kept_is_drawn_unless_two_are_the_same_so_far(unpacked, tmp_path):
    name = "a" * 1_200
    (found,) = unpacked(zipped(**{name: GOOD}))
    source = SourceFile(tmp_path / "study.zip", "study.zip", ZIP)
    with member_open(source, found.member[:1_000]) as file:
        assert file.path.read_bytes() == GOOD
    with pytest.raises(ParseProblem) as caught:
        unpacked(zipped(**{name + "1": GOOD, name + "2": GOOD}))
    assert caught.value.code == "zip_doubled"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "zip_bad"),
        (zipped(inner=zipped(a=GOOD)), "zip_nested"),
        (zipped(**{"bomb.dcm": b"\0" * 40_000_000}), "zip_too_large"),
        (spoilt(zipped(**{"a.dcm": GOOD})), "zip_bad"),
    ],
    ids=["no archive", "nested", "bomb", "damaged"],
)
def test_a_hostile_archive_is_refused(unpacked, raw, code):
    with pytest.raises(ParseProblem) as caught:
        unpacked(raw)
    assert caught.value.code == code and "study.zip" in caught.value.detail


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("no such window")])
def test_what_fails_beside_an_archive_is_not_told_as_its_fault(tmp_path, unpacked, error):
    (found,) = unpacked(zipped(**{"a.dcm": GOOD}))
    source = SourceFile(tmp_path / "study.zip", "study.zip", ZIP)
    with pytest.raises(type(error)) as caught, member_open(source, found.member):
        raise error
    assert caught.value is error
    with pytest.raises(FileNotFoundError):
        files_found([source], tmp_path / "no such folder")


def test_an_archive_of_too_many_files_or_behind_a_password_is_refused(unpacked, monkeypatch):
    raw = bytearray(zipped(a=GOOD, b=GOOD, c=GOOD))
    monkeypatch.setattr(archives, "MEMBERS_MAX", 2)
    with pytest.raises(ParseProblem, match="unpacks to more than 2 files"):
        unpacked(bytes(raw))
    monkeypatch.setattr(archives, "MEMBERS_MAX", 5)
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    with pytest.raises(ParseProblem, match="locked with a password"):
        unpacked(bytes(raw))


def test_whatever_bytes_are_changed_the_end_is_an_image_or_a_reason(tmp_path):
    """Two thousand damaged files, the same each time: no other error may come of any."""
    chance = random.Random(20240312)
    item = Dataset()
    item.CodeMeaning = "Chest"
    good = dicom_bytes(dicom_make(ramp(), ProcedureCodeSequence=Sequence([item])))
    ends = {"image": 0, "reason": 0}
    for number in range(2000):
        raw = bytearray(good)
        for _ in range(chance.choice((1, 3, 10))):
            raw[chance.randrange(132, len(raw) - 512 if number % 2 else len(raw))] = chance.randrange(256)
        path = tmp_path / "x.dcm"
        path.write_bytes(bytes(raw))
        try:
            frame_image(file_read(path, "x.dcm"), 0)
            ends["image"] += 1
        except ParseProblem:
            ends["reason"] += 1
    assert ends["image"] > 100 and ends["reason"] > 100, ends
