"""Writes a model version as one archive, piece by piece, without a copy on disk."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.services import audit_record
from collegium.errors import Conflict
from collegium.serving.archive import ENDING, HEAD, ArchivedFile, ArchiveHead, member_header, padding
from collegium.serving.model_files import ADAPTER, MODEL
from collegium.serving.models import ModelVersion
from collegium.serving.resolution import default_folder
from collegium.serving.selectors import administrator_demand, version_get
from engine.errors import ModelInvalid
from engine.manifest import MANIFEST_NAME, file_sha256, manifest_read

PIECE_BYTES = 1024 * 1024


class FileAltered(RuntimeError):
    """A file changed since it was registered: the archive ends broken, so that nobody takes it for whole."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive to be sent: its name, its size, and its bytes, which can be read once."""

    name: str
    size_bytes: int
    pieces: Iterator[bytes]


def version_export(*, asker: Asker, version_id: UUID | str) -> Archive:
    """The archive of a version; Conflict where its files are not here or differ from the manifest."""
    administrator_demand(asker)
    version = version_get(asker, version_id)
    archive = archive_of(version)
    audit_record(asker=asker, action="model.export", target=version.uid, label=str(version))
    return archive


def archive_of(version: ModelVersion) -> Archive:
    """The archive of a version, whoever asks; Conflict as version_export."""
    places = _places(version)
    head = _head(version, places)
    encoded = head.encoded()
    sizes = [len(encoded), *(file.size_bytes for file in head.files.values())]
    names = [HEAD, *head.files]
    total = len(ENDING) + sum(
        len(member_header(name, size)) + size + len(padding(size))
        for name, size in zip(names, sizes, strict=True)
    )
    safe = "".join(
        char if char.isalnum() or char in "._-" else "_" for char in f"{version.name}-{version.version}"
    )
    return Archive(f"{safe}.tar", total, _pieces(encoded, head, places))


def _places(version: ModelVersion) -> dict[str, Path]:
    """Each file by its place in the archive; the manifest first, so that a reader sees it early."""
    folder = version.folder
    if folder is not None:
        roots = {MODEL: folder / MODEL} | ({ADAPTER: folder / ADAPTER} if version.has_adapter else {})
    elif version.url == settings.ENGINE_URL and (own := default_folder()) is not None:
        roots = {MODEL: own}
    else:
        raise Conflict(_("The files of %(label)s are not here.") % {"label": version}, code="no_files")
    found = {
        f"{top}/{path.relative_to(root).as_posix()}": path
        for top, root in roots.items()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }
    return dict(sorted(found.items(), key=lambda item: item[0] != f"{MODEL}/{MANIFEST_NAME}"))


def _head(version: ModelVersion, places: dict[str, Path]) -> ArchiveHead:
    """What the archive will say of itself; the hashes of the model are the manifest's."""
    place = f"{MODEL}/{MANIFEST_NAME}"
    try:
        manifest = manifest_read(places[place])
    except (KeyError, ModelInvalid) as error:
        raise Conflict(
            _("The files of %(label)s are not here.") % {"label": version}, code="no_files"
        ) from error
    if manifest.digest != version.digest:
        raise Conflict(
            _("The manifest of %(label)s was altered since it was registered.") % {"label": version},
            code="model_invalid",
        )
    known = {f"{MODEL}/{name}": digest for name, digest in manifest.files.items()}
    files = {
        name: ArchivedFile(path.stat().st_size, known.get(name) or file_sha256(path))
        for name, path in places.items()
    }
    base = version.base
    origin = {"name": base.name, "version": base.version, "digest": base.digest} if base else version.origin
    return ArchiveHead(
        name=version.name,
        version=version.version,
        digest=version.digest,
        base=origin or {},
        card=version.card,
        certificate=version.certificate,
        metrics=version.metrics,
        files=files,
    )


def _pieces(encoded: bytes, head: ArchiveHead, places: dict[str, Path]) -> Iterator[bytes]:
    yield member_header(HEAD, len(encoded)) + encoded + padding(len(encoded))
    for name, file in head.files.items():
        yield member_header(name, file.size_bytes)
        sha256, left = hashlib.sha256(), file.size_bytes
        with places[name].open("rb") as stream:
            while left and (piece := stream.read(min(PIECE_BYTES, left))):
                sha256.update(piece)
                left -= len(piece)
                yield piece
        if left or sha256.hexdigest() != file.sha256:
            raise FileAltered(f"{name} differs from what was registered")
        yield padding(file.size_bytes)
    yield ENDING
