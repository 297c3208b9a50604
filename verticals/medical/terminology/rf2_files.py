"""Which files of a folder, an archive or a single path belong to an RF2 release."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from verticals.medical.terminology.problems import BrokenRelease

KINDS = ("Snapshot", "Full", "Delta")  # in the order of preference
NEEDED = ("Concept", "Description", "Relationship")
SIZE_MAX_BYTES = 8 * 2**30  # of one unpacked file; the largest of an edition has below 1 GiB
# <type>_<content>_<summary><kind>[-<language>]_<country or namespace>_<date>.txt
_NAME = re.compile(
    r"x?(?:sct|der)2_(?P<content>[A-Za-z]+)_(?P<summary>[A-Za-z0-9]*?)(?P<kind>Full|Snapshot|Delta)"
    r"(?:-(?P<language>[A-Za-z-]+))?_(?P<origin>[A-Za-z0-9]+)_(?P<released>[0-9]{8})\.txt"
)
# What reading a file or an archive raises: also of a password (RuntimeError) and of unknown compression.
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
_UNUSED = frozenset({"StatedRelationship", "Identifier"})  # what the inferred form replaces; foreign ids


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of a release; `content` is the part of its name that says what it holds."""

    name: str  # below what was given, as messages name it
    content: str  # Concept, Description, ... or Refset
    kind: str  # Full | Snapshot | Delta
    origin: str  # INT, or the country or namespace of an extension
    released: str  # YYYYMMDD as the name says, which need not be a day of the calendar
    size_bytes: int
    open: Callable[[], IO[bytes]]


def release_files(paths: Sequence[Path], *, kind: str = "") -> list[ReleaseFile]:
    """The files of one release of one kind (the first of Snapshot, Full, Delta there is), by name.

    Several paths are one release: an international edition and its extensions. Raises BrokenRelease where
    there is none, or where a Snapshot or Full lacks a kind of component.
    """
    found = [file for path in paths for file in _under(path)]
    if not found:
        raise BrokenRelease(
            f"There are no RF2 files under {', '.join(map(str, paths))}. Name the folder or the archive of a "
            "release; its files are called like sct2_Concept_Snapshot_INT_20250101.txt."
        )
    kinds = {file.kind for file in found}
    chosen = kind or next(one for one in KINDS if one in kinds)
    files = sorted((file for file in found if file.kind == chosen), key=lambda file: file.name)
    if not files:
        raise BrokenRelease(f"There is no {chosen} there, only {', '.join(sorted(kinds))}.")
    missing = [one for one in NEEDED if all(file.content != one for file in files)]
    if missing and chosen != "Delta":
        raise BrokenRelease(
            f"The {chosen} is partial: there is no {' and no '.join(missing)} file. Unpack the whole "
            "release, and give an extension together with the edition that it extends."
        )
    return files


def _under(path: Path) -> Iterator[ReleaseFile]:
    if path.is_dir():
        for one in sorted(path.rglob("*.txt")):
            if one.is_file():
                yield from _named(
                    one.name, str(one.relative_to(path)), one.stat().st_size, partial(one.open, "rb")
                )
    elif path.suffix.lower() == ".zip" and path.is_file():
        yield from _archived(path)
    elif path.is_file():
        yield from _named(path.name, path.name, path.stat().st_size, partial(path.open, "rb"))
    else:
        raise BrokenRelease(f"There is no file or folder {path}.")


def _archived(path: Path) -> Iterator[ReleaseFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except UNREADABLE as error:
        raise BrokenRelease(f"It cannot be read as a zip archive: {error}", file=path.name) from error
    for member in members:
        name = member.filename.rsplit("/", 1)[-1]
        yield from _named(
            name, member.filename, member.file_size, partial(_member_open, path, member.filename)
        )


def _member_open(path: Path, name: str) -> IO[bytes]:
    return zipfile.ZipFile(path).open(name)


def _named(name: str, shown: str, size_bytes: int, opener: Callable[[], IO[bytes]]) -> Iterator[ReleaseFile]:
    match = _NAME.fullmatch(name)
    if match is None or match["content"] in _UNUSED:
        return
    if size_bytes > SIZE_MAX_BYTES:
        raise BrokenRelease(
            f"It would unpack to {size_bytes} bytes; no file of a release is as large.", file=shown
        )
    content = "Refset" if match["content"].endswith("Refset") else match["content"]
    yield ReleaseFile(shown, content, match["kind"], match["origin"], match["released"], size_bytes, opener)
