"""What may be uploaded: safe names, and the kind of a file by its content rather than by what it claims."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from collegium.errors import Invalid, Unsupported
from collegium.knowledge.blobs import StagedBlob

PDF = "application/pdf"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
XML = "application/xml"
ZIP = "application/zip"
DICOM = "application/dicom"
OWN_MEDIA_TYPES = (PDF, HTML, MARKDOWN, TEXT)
SUPPORTED = "PDF (.pdf), HTML (.html, .htm), Markdown (.md) and text (.txt)"
NAME_MAX_CHARS = 200
HEAD_BYTES = 8192

_BY_ENDING = {
    "pdf": PDF,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "txt": TEXT,
    "text": TEXT,
    "xml": XML,
    "xsd": XML,
    "xbrl": XML,
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "zip": ZIP,
    "dcm": DICOM,
}
_TEXTS = {HTML, MARKDOWN, TEXT, XML, "text/csv", "text/tab-separated-values", "application/json"}


class Upload(Protocol):
    """What a service needs of an uploaded file; Django's UploadedFile is one."""

    name: str
    size: int

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A received file: its staged bytes, the name to show, and its kind."""

    blob: StagedBlob
    name: str
    media_type: str


def name_clean(name: str | None) -> str:
    """The last part of an uploaded name, without control characters; Invalid where nothing is left."""
    last = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    # Cc, Cf: control and invisible characters, among them those that reverse the direction of a name.
    kept = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs"}).strip()
    if kept in {"", ".", ".."}:
        raise Invalid(
            _("The file has no usable name; name it, for example 'report.pdf'."), code="invalid_name"
        )
    if len(kept) > NAME_MAX_CHARS:
        stem, dot, ending = kept.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 10 else ""
        kept = kept[: NAME_MAX_CHARS - len(ending)] + ending
    return kept


def media_type_of(name: str, head: bytes, *, further: Iterable[str] = ()) -> str:
    """The kind of a file by its first bytes and its name's ending.

    `further`: kinds that the vertical's own parsers read. Raises Unsupported naming what can be read.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    claimed = _BY_ENDING.get(ending, "")
    if head[128:132] == b"DICM":  # before the PDF that it may hold; archives name such files as they like
        found = DICOM
    elif b"%PDF-" in head[:1024]:
        found = PDF
    elif _looks_binary(head):
        found = claimed if claimed not in _TEXTS | {PDF} else ""
    elif claimed == PDF:
        raise Unsupported(
            _("'%(name)s' is named as a PDF but its content is none. Upload the PDF itself.") % {"name": name}
        )
    elif claimed == ZIP and not head.startswith(b"PK\x03\x04"):
        raise Unsupported(
            _("'%(name)s' is named as a ZIP archive but its content is none. Pack it anew.") % {"name": name}
        )
    elif _looks_html(head):
        found = HTML
    else:
        found = claimed or (TEXT if not ending else "")
    if found in OWN_MEDIA_TYPES or (found and found in set(further)):
        return found
    supported = supported_text(further)
    raise Unsupported(
        _("'%(name)s' cannot be read. Supported are %(supported)s.") % {"name": name, "supported": supported},
        supported=supported,
    )


def supported_text(further: Iterable[str]) -> str:
    """What can be read, in words; `further`: kinds that the vertical's own parsers read."""
    more = set(further) - set(OWN_MEDIA_TYPES)
    endings = [f".{ending}" for ending, kind in _BY_ENDING.items() if kind in more]
    return ", ".join([SUPPORTED, *endings])


def endings_read(further: Iterable[str]) -> list[str]:
    """The endings of names that can be uploaded: .pdf and so on."""
    read = {*OWN_MEDIA_TYPES, *further}
    return [f".{ending}" for ending, kind in _BY_ENDING.items() if kind in read]


def _looks_html(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return True
    return start.startswith(b"<?xml") and b"<html" in start


def _looks_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16 with its mark
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in head)
    return b"\x00" in head or controls > len(head) // 50


class HeadKeeper:
    """Passes an upload's parts on and remembers its first bytes."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.head = b""
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if len(self.head) < HEAD_BYTES:
                self.head += bytes(part[: HEAD_BYTES - len(self.head)])
            yield part


def size_announced(upload: Any) -> int:
    """The size that an upload states, or 0 where it states none."""
    size = getattr(upload, "size", None)
    return size if isinstance(size, int) and size > 0 else 0
