"""What an ingestion leaves between its stages, so that a killed worker's successor goes on where it was."""

import logging
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from collegium.knowledge.blobs import folder_remove
from collegium.knowledge.disk import space_check, space_errors_named

log = logging.getLogger(__name__)
_HEAD = struct.Struct("<32sI")
ABANDONED_AGE_S = 24 * 3600


def work_folder(version_id: object) -> Path:
    """The folder of a version's ingestion; made where there is none."""
    folder = Path(settings.HOME.work) / str(version_id)
    with space_errors_named():
        folder.mkdir(parents=True, exist_ok=True)
        space_check(folder, 0)
    return folder


def work_remove(version_id: object) -> None:
    folder_remove(Path(settings.HOME.work) / str(version_id))


def derived_remove(version_id: object) -> None:
    """Remove what was made of a version outside the database: the text a worker read, images of its pages."""
    work_remove(version_id)
    folder_remove(Path(settings.HOME.cache) / "pages" / str(version_id))


def abandoned_sweep(*, active: set[str]) -> int:
    """Remove the folders of versions that no job works on any more."""
    removed = 0
    before = time.time() - ABANDONED_AGE_S
    for folder in Path(settings.HOME.work).glob("*"):
        with suppress(FileNotFoundError):
            if folder.name not in active and folder.stat().st_mtime < before:
                folder_remove(folder)
                removed += 1
    return removed


class VectorFile:
    """Vectors of passages that were embedded already, by the digest of what was embedded.

    Records are appended whole batches at a time; a record that was cut off by a crash is dropped.
    """

    def __init__(self, folder: Path, model_digest: str, dims: int) -> None:
        self._path = folder / "vectors"
        self._head = _HEAD.pack(bytes.fromhex(_sha(model_digest)), dims)
        self._record = np.dtype([("digest", "S32"), ("vector", "<f4", (dims,))])

    def read(self) -> dict[str, npt.NDArray[np.float32]]:
        """Digest -> vector of all whole records; a file of another encoder is removed."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        if raw[: len(self._head)] != self._head:
            self._path.unlink(missing_ok=True)
            return {}
        size = self._record.itemsize
        count = (len(raw) - len(self._head)) // size
        whole = len(self._head) + count * size
        if whole < len(raw):
            os.truncate(self._path, whole)
        vectors: dict[str, npt.NDArray[np.float32]] = {}
        for at in range(count):
            record = raw[len(self._head) + at * size : len(self._head) + (at + 1) * size]
            vectors[record[:32].hex()] = np.frombuffer(record, "<f4", offset=32).copy()
        return vectors

    def append(self, digests: list[str], vectors: npt.NDArray[np.float32]) -> None:
        """Keep a batch; it is on the disk when this returns."""
        parts = [] if self._path.exists() else [self._head]
        for digest, vector in zip(digests, vectors, strict=True):
            parts.append(bytes.fromhex(digest) + np.asarray(vector, "<f4").tobytes())
        with space_errors_named(), self._path.open("ab") as file:
            file.write(b"".join(parts))
            file.flush()
            os.fsync(file.fileno())


def _sha(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
