"""Reads one DICOM file into memory: bounded, checked, and with what was tolerated said."""

import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from collegium.sdk.parsing import ParseProblem
from verticals.medical.imaging.structure import LONG, SHORT, Structure, tag_text

FILE_MAX_BYTES = 500_000_000
INFLATED_MAX_BYTES = 500_000_000
PREAMBLE = 128
WARNINGS_MAX = 20
# Without these an image cannot be told from noise, so a value that cannot be read is no detail.
NEEDED = {
    0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00280101,
    0x00280102, 0x00280103,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's data set, with its meta information; `tolerated`: what was wrong and did not matter."""

    name: str
    dataset: FileDataset
    syntax: UID
    tolerated: tuple[str, ...]


def looks_dicom(head: bytes) -> bool:
    """Whether a file begins as DICOM does: with its mark, or bare with an element of group 2 or 8."""
    if head[PREAMBLE : PREAMBLE + 4] == b"DICM":
        return True
    if len(head) < 8 or head[1:2] != b"\x00" or head[0:1] not in (b"\x02", b"\x08") or head[3:4] != b"\x00":
        return False
    explicit = head[4:6] in LONG | SHORT
    return explicit or int.from_bytes(head[4:8], "little") <= 1024


def file_read(path: Path, name: str) -> ReadFile:
    """Read a file whole. Raises ParseProblem `not_dicom`, `dicom_too_large`, `dicom_bad_value` and those of
    Structure.
    """
    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        raise _too_large(name)
    data = path.read_bytes()
    if not looks_dicom(data[: PREAMBLE + 64]):
        raise ParseProblem(
            "not_dicom",
            "'%(name)s' is no DICOM file: it lacks the mark 'DICM' and does not begin with DICOM elements. "
            "Upload the files as the archive or the device exports them.",
            name=name,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # told of below, by element
        try:
            return _read(data, name)
        except ParseProblem:
            raise
        except RecursionError as error:
            raise _unreadable(name, "it nests without end") from error
        except MemoryError:
            raise
        except Exception as error:  # pydicom raises anything at bytes that it does not expect
            raise _unreadable(name, f"{type(error).__name__}: {error}") from error


def _read(data: bytes, name: str) -> ReadFile:
    meta, start = _meta(data, name)
    syntax = UID(str(meta.get("TransferSyntaxUID", "") or "")) or _syntax_guessed(data, start, name)
    if syntax.is_private and syntax.name == syntax:
        raise ParseProblem(
            "dicom_syntax_unknown",
            "'%(name)s' is in a private transfer syntax, %(syntax)s, that only its maker's software reads. "
            "Export it in a standard one.",
            name=name,
            syntax=str(syntax),
        )
    if syntax == DeflatedExplicitVRLittleEndian:
        data, start = _inflated(data[start:], name), 0
    implicit, little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
    Structure(data, name, implicit=implicit, little=little).check(start)
    stream = BytesIO(data)
    stream.seek(start)
    read = read_dataset(stream, implicit, little, bytelength=len(data) - start)
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, read, file_meta=meta, is_implicit_VR=implicit, is_little_endian=little)
    dataset.set_original_encoding(implicit, little, read._character_set)
    if not len(dataset):
        raise _unreadable(name, "it has no elements after its meta information")
    return ReadFile(name, dataset, syntax, tuple(_values_check(dataset, name)[:WARNINGS_MAX]))


def _meta(data: bytes, name: str) -> tuple[FileMetaDataset, int]:
    """The file meta information, and where the data set begins."""
    start = PREAMBLE + 4 if data[PREAMBLE : PREAMBLE + 4] == b"DICM" else 0
    meta = FileMetaDataset()
    at = start
    while data[at : at + 2] == b"\x02\x00" and len(data) - at >= 8:
        at = Structure(data, name, implicit=False)._element(at, len(data), 0, False)
    if at > start:
        stream = BytesIO(data[start:at])
        meta = FileMetaDataset(read_dataset(stream, False, True, bytelength=at - start))
    return meta, at


def _syntax_guessed(data: bytes, start: int, name: str) -> UID:
    """The representation of a file that does not name it, by how its first element is written."""
    if len(data) - start < 8:
        raise _unreadable(name, "it has no transfer syntax and no elements after its meta information")
    return ExplicitVRLittleEndian if data[start + 4 : start + 6] in LONG | SHORT else ImplicitVRLittleEndian


def _inflated(packed: bytes, name: str) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, INFLATED_MAX_BYTES + 1)
    except zlib.error as error:
        raise _unreadable(name, f"its deflated content is damaged ({error})") from error
    if len(data) > INFLATED_MAX_BYTES:
        raise _too_large(name)
    if not inflater.eof:
        raise _unreadable(name, "its deflated content is cut off")
    return data


def _values_check(dataset: Dataset, name: str) -> list[str]:
    """Make every value, at all depths; returns which could not be made and do not matter."""
    bad: list[str] = []

    def visit(owner: Dataset, depth: int) -> None:
        for tag in list(owner.keys()):
            try:
                element = owner[tag]
                value = element.value
            except RecursionError:
                raise
            except Exception as error:  # of one element: whatever its bytes provoke
                if int(tag) in NEEDED or int(tag) >> 16 == 0x7FE0:
                    raise _bad_value(name, int(tag), error) from error
                bad.append(f"{tag_text(int(tag))} of '{name}' cannot be read and is left out.")
                del owner[tag]
                continue
            if element.VR == "SQ":
                for item in value:
                    visit(item, depth + 1)
            elif element.VR == "IS" and int(tag) in NEEDED and value not in (None, ""):
                _whole_number(name, int(tag), value)

    visit(dataset, 0)
    return bad


def _whole_number(name: str, tag: int, value: Any) -> None:
    try:
        int(value)
    except (TypeError, ValueError) as error:
        raise _bad_value(name, tag, error) from error


def _bad_value(name: str, tag: int, error: Exception) -> ParseProblem:
    return ParseProblem(
        "dicom_bad_value",
        "'%(name)s' states no usable value at %(tag)s (%(error)s), without which its image cannot be shown. "
        "Export it anew and upload that.",
        name=name,
        tag=tag_text(tag),
        error=str(error)[:200],
    )


def _unreadable(name: str, why: str) -> ParseProblem:
    return ParseProblem(
        "dicom_unreadable",
        "'%(name)s' cannot be read as DICOM: %(why)s. Export it anew and upload that.",
        name=name,
        why=why[:300],
    )


def _too_large(name: str) -> ParseProblem:
    return ParseProblem(
        "dicom_too_large",
        "'%(name)s' holds more than %(limit)s MB. Export the series in smaller files.",
        name=name,
        limit=FILE_MAX_BYTES // 1_000_000,
    )
