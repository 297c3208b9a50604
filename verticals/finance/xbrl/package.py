"""The files of a filing: those that were uploaded, and those inside a .zip, sorted by what they are.

Nothing of an archive is written under a name that it chooses, and its size is counted while it is unpacked.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from collegium.sdk.parsing import ParseLimits, SourceFile
from verticals.finance.xbrl.names import INLINE_URIS
from verticals.finance.xbrl.problems import XbrlProblem

ZIP, XML, JSON, HTML, PDF = (
    "application/zip", "application/xml", "application/json", "text/html", "application/pdf",
)  # fmt: skip
MEMBERS_MAX = 300
UNPACKED_MAX_BYTES = 400_000_000
_PART_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_BY_ENDING = {
    "htm": HTML, "html": HTML, "xhtml": HTML, "xml": XML, "xsd": XML, "xbrl": XML, "json": JSON, "pdf": PDF,
}  # fmt: skip
# What the SEC's viewer made of the filing, and its summary, state nothing of their own.
_RENDERED = re.compile(r"^(?:R\d+\.html?|FilingSummary\.xml|MetaLinks\.json)$", re.IGNORECASE)


@dataclass(slots=True)
class Package:
    """A filing's files by kind; `readable`: those with text for people, HTML and PDF among them."""

    inline: list[SourceFile] = field(default_factory=list)
    html: list[SourceFile] = field(default_factory=list)
    xml: list[SourceFile] = field(default_factory=list)
    json: list[SourceFile] = field(default_factory=list)
    readable: list[SourceFile] = field(default_factory=list)


def package_open(files: Sequence[SourceFile], folder: Path, limits: ParseLimits) -> Package:
    """Sort the files; archives are unpacked into `folder`.

    Raises XbrlProblem: `bad_zip`, `zip_encrypted`, `zip_too_large`, `zip_empty`.
    """
    package = Package()
    for file in files:
        members = _unpacked(file, folder) if file.media_type == ZIP else [file]
        for member in members:
            _sort(member, package)
    return package


def _sort(file: SourceFile, package: Package) -> None:
    if file.media_type == JSON:
        package.json.append(file)
    elif file.media_type == XML and not is_page(file):
        package.xml.append(file)
    else:
        if file.media_type in (HTML, XML):
            (package.inline if holds_inline(file) else package.html).append(file)
        package.readable.append(SourceFile(file.path, file.name, HTML) if file.media_type == XML else file)


def holds_inline(file: SourceFile) -> bool:
    """Whether a page binds the namespace of inline XBRL, in any encoding that keeps ASCII or is UTF-16."""
    raw = _legible(file.path.read_bytes())
    return any(uri in raw for uri in INLINE_URIS)


def is_page(file: SourceFile) -> bool:
    """Whether the root element of an XML file is `html`."""
    with file.path.open("rb") as source:
        head = _COMMENT.sub(b"", _legible(source.read(_HEAD_BYTES)))
    root = _ELEMENT.search(head)
    return root is not None and root[1].lower() == b"html"


def _legible(raw: bytes) -> bytes:
    """The bytes of UTF-16 as those of ASCII, as far as they are."""
    return raw.replace(b"\x00", b"") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw


def _unpacked(file: SourceFile, folder: Path) -> list[SourceFile]:
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = list(_members(archive, file.name))
            room = UNPACKED_MAX_BYTES
            found = []
            for number, member in enumerate(members):
                path = folder / f"{len(list(folder.iterdir()))}-{number}"
                room -= _member_write(archive, member, path, room, file.name)
                name = PurePosixPath(member.filename).name
                found.append(SourceFile(path, name, _BY_ENDING[_ending(name)]))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise XbrlProblem(
            "bad_zip",
            f"'{file.name}' cannot be unpacked ({error}). Pack the filing's files anew and upload that.",
        ) from error
    if not found:
        raise XbrlProblem(
            "zip_empty",
            f"'{file.name}' holds no .htm, .xml, .xsd, .json or .pdf. Pack the filing's own files and upload "
            "that.",
        )
    return found


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[zipfile.ZipInfo]:
    taken = 0
    for member in archive.infolist():
        last = PurePosixPath(member.filename).name
        if member.is_dir() or "__MACOSX" in member.filename or _RENDERED.match(last):
            continue
        if _ending(last) not in _BY_ENDING:
            continue
        if member.flag_bits & 0x1:
            raise XbrlProblem("zip_encrypted", f"'{name}' is locked with a password. Upload it unlocked.")
        taken += 1
        if taken > MEMBERS_MAX:
            raise XbrlProblem(
                "zip_too_large", f"'{name}' holds more than {MEMBERS_MAX} files. Upload one filing at a time."
            )
        yield member


def _member_write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int, name: str) -> int:
    size = 0
    with archive.open(member) as source, path.open("xb") as target:
        while part := source.read(_PART_BYTES):
            size += len(part)
            if size > room:
                raise XbrlProblem(
                    "zip_too_large",
                    f"'{name}' unpacks to more than {UNPACKED_MAX_BYTES // 1_000_000} MB. Upload one filing "
                    "at a time.",
                )
            target.write(part)
    return size


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
