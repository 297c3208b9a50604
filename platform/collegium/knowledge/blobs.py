"""The store of uploaded bytes: one file per content, named by its SHA-256, complete or not there at all."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from collegium.errors import TooLarge
from collegium.knowledge.disk import space_check, space_errors_named
from collegium.knowledge.models import VersionFile

ORPHAN_AGE_S = 3600
_LOCK_SPACE = 0x636F6C6C


@dataclass(frozen=True, slots=True)
class StagedBlob:
    """Bytes that were received in full and are not in the store yet."""

    path: Path
    sha256: str
    size_bytes: int


def blob_path(sha256: str) -> Path:
    return Path(settings.HOME.blobs) / sha256[:2] / sha256[2:4] / sha256


def _incoming() -> Path:
    folder = Path(settings.HOME.blobs) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def blob_stage(*, parts: Iterable[bytes], max_bytes: int, announced_bytes: int = 0) -> StagedBlob:
    """Write bytes to the store's own disk and hash them, without adding them yet.

    Raises TooLarge as soon as `max_bytes` is passed, NoSpace where the disk's reserve would be touched;
    either way nothing is left behind.
    """
    if announced_bytes > max_bytes:
        raise _too_large(max_bytes)
    with space_errors_named():
        path = _incoming() / uuid.uuid4().hex
        space_check(path.parent, announced_bytes)
    digest = hashlib.sha256()
    size = 0
    try:
        with space_errors_named(), path.open("xb") as file:
            for part in parts:
                size += len(part)
                if size > max_bytes:
                    raise _too_large(max_bytes)
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            space_check(path.parent, 0)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return StagedBlob(path, digest.hexdigest(), size)


def _too_large(max_bytes: int) -> TooLarge:
    limit_mb = max_bytes / 1_000_000
    return TooLarge(
        _(
            "The file is larger than the limit of %(limit)s MB. Split it, or ask the operator to raise "
            "COLLEGIUM_MAX_UPLOAD_MB."
        )
        % {"limit": f"{limit_mb:g}"},
        limit_bytes=max_bytes,
    )


def blob_discard(staged: StagedBlob) -> None:
    """Remove staged bytes that were not added."""
    staged.path.unlink(missing_ok=True)


def blob_add(staged: StagedBlob) -> None:
    """Put staged bytes into the store, in the transaction that makes the rows which name them.

    The lock keeps a removal of the same content, in another transaction, from coming between.
    """
    _lock(staged.sha256)
    target = blob_path(staged.sha256)
    if target.is_file():
        os.utime(target)
        staged.path.unlink(missing_ok=True)
        return
    with space_errors_named():
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.path.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def blobs_remove_unused(*, hashes: Iterable[str]) -> int:
    """Remove the given contents where no version names them any more; returns how many went."""
    removed = 0
    for sha256 in sorted(set(hashes)):
        with transaction.atomic():
            _lock(sha256)
            path = blob_path(sha256)
            if path.is_file() and not VersionFile.objects.filter(sha256=sha256).exists():
                path.unlink()
                removed += 1
    return removed


def _lock(sha256: str) -> None:
    """Hold the content's name until the transaction ends."""
    with connection.cursor() as cursor:
        key = int(sha256[:8], 16) - 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, key])


def orphans_sweep(*, age_s: float = ORPHAN_AGE_S) -> int:
    """Remove contents older than `age_s` that no version names, and uploads that were broken off."""
    before = time.time() - age_s
    root = Path(settings.HOME.blobs)
    old = []
    for path in root.glob("*/*/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                old.append(path.name)
    removed = 0
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        named = set(VersionFile.objects.filter(sha256__in=some).values_list("sha256", flat=True))
        removed += blobs_remove_unused(hashes=[name for name in some if name not in named])
    received = Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*")  # of web processes that were killed
    for path in (*(root / "incoming").glob("*"), *received):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def folder_remove(path: Path) -> None:
    """Remove a folder of derived files; one that is gone already is no error."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path)
