"""The form of a model version's archive: a tar whose first member says what follows, file by file."""

import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from collegium.errors import Invalid
from collegium.serving.model_files import ADAPTER, MODEL, name_check

FORMAT = 1
HEAD = "archive.json"
HEAD_MAX_BYTES = 10_000_000
FILES_MAX = 10_000
MEMBERS = frozenset(
    {"format", "name", "version", "digest", "base", "card", "certificate", "metrics", "files"}
)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file by its place in the archive, such as model/config.json."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What archive.json says. `digest` is the manifest's; `base` names the model that it was made from."""

    name: str
    version: str
    digest: str
    base: Mapping[str, str]
    card: Mapping[str, Any] | None
    certificate: Mapping[str, Any] | None
    metrics: Mapping[str, Any]
    files: Mapping[str, ArchivedFile]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.values())

    def encoded(self) -> bytes:
        """The bytes of archive.json."""
        files = {name: {"bytes": file.size_bytes, "sha256": file.sha256} for name, file in self.files.items()}
        value = {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "base": dict(self.base),
            "card": self.card,
            "certificate": self.certificate,
            "metrics": dict(self.metrics),
            "files": files,
        }
        return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def head_read(raw: bytes) -> ArchiveHead:
    """Read archive.json; Invalid where it is none of ours, or names a file that a model may not hold."""
    try:
        value = json.loads(raw)
        if not isinstance(value, dict) or value.get("format") != FORMAT or set(value) != MEMBERS:
            raise ValueError
        files = {
            _place_checked(name): ArchivedFile(_size(entry["bytes"]), _sha256(entry["sha256"]))
            for name, entry in value["files"].items()
        }
        head = ArchiveHead(
            name=_text(value["name"]),
            version=_text(value["version"]),
            digest=_sha256(value["digest"]),
            base={key: _text(value["base"].get(key, "")) for key in ("name", "version", "digest")},
            card=_mapping(value["card"]),
            certificate=_mapping(value["certificate"]),
            metrics=_mapping(value["metrics"]) or {},
            files=files,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise no_archive() from error
    if not head.files or len(head.files) > FILES_MAX:
        raise no_archive()
    for name, file in head.files.items():
        name_check(name, file.size_bytes)
    return head


def no_archive() -> Invalid:
    return Invalid(_("This is no archive of a model version, or of another format."), code="no_archive")


def _place_checked(name: object) -> str:
    """A place inside model/ or adapter/; Invalid for one that leads elsewhere."""
    path = PurePosixPath(name) if isinstance(name, str) else PurePosixPath()
    parts = path.parts
    sound = len(parts) > 1 and parts[0] in {MODEL, ADAPTER} and path.as_posix() == name and len(name) <= 300
    if not sound or any(part.startswith(".") for part in parts) or "\\" in name or not name.isprintable():
        raise Invalid(
            _("'%(name)s' is no place inside a model's folder.") % {"name": str(name)[:200]},
            code="bad_path",
            file=str(name)[:200],
        )
    return str(name)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200 or "\x00" in value:
        raise ValueError
    return value


def _sha256(value: object) -> str:
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError
    return value


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _mapping(value: object) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, Mapping):
        raise ValueError
    return value


def member_header(name: str, size_bytes: int) -> bytes:
    """The tar header of a plain file."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size_bytes, 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def padding(size_bytes: int) -> bytes:
    """What fills a file up to whole blocks."""
    return b"\0" * (-size_bytes % tarfile.BLOCKSIZE)


ENDING = b"\0" * (2 * tarfile.BLOCKSIZE)
