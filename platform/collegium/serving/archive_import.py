"""Registers a version from an archive: read as a stream, every file checked, all of it or nothing."""

import hashlib
import tarfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.services import audit_record
from collegium.errors import Invalid, TooLarge
from collegium.knowledge.disk import space_check, space_errors_named
from collegium.serving.archive import HEAD, HEAD_MAX_BYTES, ArchivedFile, ArchiveHead, head_read, no_archive
from collegium.serving.model_files import (
    ADAPTER,
    MODEL,
    WEIGHTS,
    incoming,
    invalid,
    model_verified,
    weights_check,
)
from collegium.serving.models import ModelVersion
from collegium.serving.selectors import administrator_demand
from collegium.serving.versions import base_check, version_settled

PIECE_BYTES = 1024 * 1024


def version_import(*, asker: Asker, stream: IO[bytes]) -> ModelVersion:
    """Register the version in an archive, for administrators; raises as archive_take."""
    administrator_demand(asker)
    version = archive_take(stream)
    audit_record(asker=asker, action="model.import", target=version.uid, label=str(version))
    return version


def archive_take(stream: IO[bytes]) -> ModelVersion:
    """Register the version in an archive, which is read once from its beginning.

    Raises Invalid naming the file for pickles, links, places outside the model, hashes that differ, files
    that are missing or were not announced, and an adapter for another base; TooLarge beyond
    COLLEGIUM_MAX_MODEL_MB. What is refused leaves nothing.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as tar, incoming() as staging:
            return _registered(staging, _unpacked(tar, staging))
    except (tarfile.TarError, EOFError) as error:
        raise no_archive() from error


def _unpacked(tar: tarfile.TarFile, staging: Path) -> ArchiveHead:
    first = tar.next()
    if first is None or first.name != HEAD or not first.isreg() or first.size > HEAD_MAX_BYTES:
        raise no_archive()
    head = head_read(_content(tar, first).read())
    limit = settings.MODEL_MAX_BYTES
    if head.size_bytes > limit:
        raise TooLarge(
            _(
                "The model is larger than %(limit)s MB, the limit of this installation "
                "(COLLEGIUM_MAX_MODEL_MB)."
            )
            % {"limit": limit // 1_000_000},
            limit_bytes=limit,
        )
    space_check(staging, head.size_bytes)
    left = dict(head.files)
    while (member := tar.next()) is not None:
        file = left.pop(member.name, None)
        _member_check(member, file)
        assert file is not None
        with space_errors_named():
            _write(_content(tar, member), staging / member.name, member.name, file)
    if left:
        raise invalid(_("The archive lacks %(file)s, which it announces."), next(iter(left)))
    return head


def _member_check(member: tarfile.TarInfo, file: ArchivedFile | None) -> None:
    if not member.isreg() or member.issparse():
        raise invalid(
            _("%(file)s is a link or a special file: only plain files are taken."), member.name, "bad_member"
        )
    if file is None:
        raise invalid(_("%(file)s was not announced, or is there twice."), member.name, "bad_member")
    if member.size != file.size_bytes:
        raise invalid(_("%(file)s has another size than announced."), member.name, "hash_mismatch")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise no_archive()
    return content


def _write(content: IO[bytes], path: Path, name: str, file: ArchivedFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    with path.open("xb") as target:
        while piece := content.read(PIECE_BYTES):
            sha256.update(piece)
            target.write(piece)
    if sha256.hexdigest() != file.sha256:
        raise invalid(_("%(file)s differs from its SHA-256: send the archive again."), name, "hash_mismatch")
    if path.suffix == WEIGHTS:
        weights_check(path, name)


def _registered(staging: Path, head: ArchiveHead) -> ModelVersion:
    manifest = model_verified(staging / MODEL)
    if manifest.digest != head.digest or (manifest.name, manifest.version) != (head.name, head.version):
        raise Invalid(_("The manifest is not the one that the archive announces."), code="hash_mismatch")
    base = ModelVersion.objects.filter(digest=head.base["digest"]).exclude(digest="").order_by("pk").first()
    adapter = staging / ADAPTER
    if adapter.exists() or base is not None:
        base_check(base.digest if base else "", head.certificate, adapter if adapter.exists() else None)
    facts = {
        "base": base,
        "origin": dict(head.base) if head.base["digest"] or head.base["name"] else {},
        "card": head.card,
        "certificate": head.certificate,
        "metrics": dict(head.metrics),
    }
    return version_settled(staging, manifest, facts)
