"""The DICOM files of an upload: those sent singly, and those inside a .zip.

Nothing of an archive is written under a name that it chooses, and its size is counted while it is unpacked.
"""

import lzma
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from collegium.sdk.parsing import ParseProblem, SourceFile
from verticals.medical.imaging.dataset import FILE_MAX_BYTES, PREAMBLE, looks_dicom

DICOM, ZIP = "application/dicom", "application/zip"
MEMBERS_MAX = 5_000
NAME_CHARS = 1_000  # of a member's name; as many are kept of it
UNPACKED_MAX_BYTES = 2_000_000_000
RATIO_MAX = 200  # no image packs that well, and a bomb does
RATIO_FROM_BYTES = 10_000_000
_PART_BYTES = 1 << 20
_UNPACKING = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip
_READABLE = {".txt": "text/plain", ".md": "text/markdown", ".pdf": "application/pdf", ".html": "text/html"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file of an upload: where it lies among the version's files, and its name inside an archive."""

    position: int
    member: str
    file: SourceFile
    is_dicom: bool


def files_found(files: Sequence[SourceFile], folder: Path) -> list[Found]:
    """All files, archives unpacked into `folder`; those in an archive that are neither DICOM nor text are
    left out.

    Raises ParseProblem: `zip_bad`, `zip_encrypted`, `zip_too_large`, `zip_nested`, `zip_doubled`.
    """
    found: list[Found] = []
    for position, file in enumerate(files):
        if file.media_type == ZIP:
            found += _unpacked(position, file, folder)
        else:
            found.append(Found(position, "", file, file.media_type == DICOM or _is_dicom(file.path)))
    return found


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as source:
        return looks_dicom(source.read(PREAMBLE + 64))


def _unpacked(position: int, file: SourceFile, folder: Path) -> Iterator[Found]:
    room = UNPACKED_MAX_BYTES
    with _opened(file) as archive:
        for number, member in enumerate(_members(archive, file.name)):
            path = folder / f"{position}-{number}"
            room -= _write(archive, member, path, room, file.name)
            last = PurePosixPath(member.filename.replace("\\", "/")).name
            kind = _READABLE.get(PurePosixPath(last).suffix.lower(), "")
            if _is_dicom(path):
                yield Found(position, member.filename, SourceFile(path, last, DICOM), True)
            elif kind:
                yield Found(position, member.filename, SourceFile(path, last, kind), False)
            elif zipfile.is_zipfile(path):
                raise ParseProblem(
                    "zip_nested",
                    "'%(name)s' holds an archive in the archive, '%(member)s'. Pack the files themselves.",
                    name=file.name,
                    member=last,
                )
            elif last.lower().endswith(".dcm") or last.upper() == "DICOMDIR":
                # Said to be DICOM: the reader tells what is wrong with it.
                yield Found(position, member.filename, SourceFile(path, last, DICOM), True)
            else:
                path.unlink()


@contextmanager
def _opened(file: SourceFile) -> Iterator[zipfile.ZipFile]:
    with _unpacking(file.name):
        archive = zipfile.ZipFile(file.path)
    with archive:
        yield archive


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    """Tell what is raised inside as a fault of the archive `name`: only what reads it belongs here."""
    try:
        yield
    except _UNPACKING as error:
        raise ParseProblem(
            "zip_bad",
            "'%(name)s' cannot be unpacked (%(why)s). Pack the files anew and upload that.",
            name=name,
            why=str(error)[:200],
        ) from error


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    members = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename]
    if len(members) > MEMBERS_MAX:
        raise _too_large(name)
    for member in members:
        if member.flag_bits & 0x1:
            raise ParseProblem(
                "zip_encrypted", "'%(name)s' is locked with a password. Upload it unlocked.", name=name
            )
    if doubled := _doubled(members):
        raise ParseProblem(
            "zip_doubled",
            "'%(name)s' holds two files named '%(member)s', so that one would be taken for the other. Give "
            "each its own name and pack them anew.",
            name=name,
            member=doubled[-200:],
        )
    return members


def _doubled(members: Sequence[zipfile.ZipInfo]) -> str:
    """A name that two members have, as far as names are kept: by it images are drawn, and let go."""
    counts = Counter(one.filename[:NAME_CHARS] for one in members)
    return next((name for name, count in counts.items() if count > 1), "")


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int, name: str) -> int:
    size = 0
    packed = max(member.compress_size, 1)
    with _unpacking(name):
        source = archive.open(member)
    with source, path.open("wb") as target:
        while part := _part(source, name):
            size += len(part)
            if size > min(room, FILE_MAX_BYTES) or (size > RATIO_FROM_BYTES and size > RATIO_MAX * packed):
                raise _too_large(name)
            target.write(part)
    return size


def _part(source: IO[bytes], name: str) -> bytes:
    with _unpacking(name):
        return source.read(_PART_BYTES)


def _too_large(name: str) -> ParseProblem:
    return ParseProblem(
        "zip_too_large",
        "'%(name)s' unpacks to more than %(files)s files or %(limit)s MB, or packs its content more tightly "
        "than images can be. Upload one study at a time.",
        name=name,
        files=MEMBERS_MAX,
        limit=UNPACKED_MAX_BYTES // 1_000_000,
    )


@contextmanager
def member_open(file: SourceFile, member: str) -> Iterator[SourceFile]:
    """A file of a version, or the one inside an archive that has the name `member`, unpacked for a while."""
    if file.media_type != ZIP:
        yield file
        return
    with tempfile.TemporaryDirectory() as folder, _opened(file) as archive:
        found = [one for one in _members(archive, file.name) if one.filename[:NAME_CHARS] == member]
        if not found:
            raise ParseProblem("dicom_no_frame", "There is no such image.")
        path = Path(folder) / "member"
        _write(archive, found[0], path, UNPACKED_MAX_BYTES, file.name)
        yield SourceFile(path, PurePosixPath(member).name, DICOM)
