"""Model directories that appear whole or not at all, with progress on the way."""

import fcntl
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ModelInvalid, ModelTooLarge
from engine.manifest import Manifest, files_hash, manifest_verify, manifest_write

DISK_RESERVE_BYTES = 200 * 1024**2


class Progress:
    """Prints one JSON line per step: {"step": ..., "done": ..., "total": ...}."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def step(self, name: str) -> None:
        """Says that a step begins; the steps before it are done."""
        self._print(name)
        self._done += 1

    def finish(self) -> None:
        """Says that everything is done."""
        self._done = self._total
        self._print("ready")

    def _print(self, name: str) -> None:
        line = {"step": name, "done": min(self._done, self._total), "total": self._total}
        print(json.dumps(line), flush=True, file=sys.stdout)


def disk_require(directory: Path, size_bytes: int) -> None:
    """Raises ModelTooLarge when the disk that holds the directory has too little room."""
    free = shutil.disk_usage(directory).free
    if free < size_bytes + DISK_RESERVE_BYTES:
        raise ModelTooLarge(
            f"building needs {(size_bytes + DISK_RESERVE_BYTES) / 1e9:.2f} GB of disk in {directory}, "
            f"and {free / 1e9:.2f} GB are free: free some, or choose another home"
        )


def model_present(final: Path, version: str) -> bool:
    """Whether the model is there, whole, and of this version."""
    if not final.exists():
        return False
    try:
        return manifest_verify(final).version == version
    except ModelInvalid as error:
        print(f"{error}: it is built again", file=sys.stderr)
        return False


@contextmanager
def staged(final: Path, size_bytes: int) -> Iterator[Path]:
    """Gives a fresh directory to build in, and moves it to `final` when the block succeeds.

    One builder at a time works on a model; another waits. What a killed builder left is removed.
    """
    models = final.parent
    models.mkdir(parents=True, exist_ok=True)
    draft, old = (models / f".{final.name}.{kind}" for kind in ("building", "old"))
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    disk_require(models, size_bytes)
    draft.mkdir()
    try:
        yield draft
        if final.exists():
            final.rename(old)
        draft.rename(final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def builder_lock(final: Path) -> Iterator[None]:
    """Holds the right to build this model; the system gives it back when the process dies."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with (final.parent / f".{final.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def manifest_add(directory: Path, manifest: Manifest) -> None:
    """Writes the manifest with the hashes of the files that are in the directory now."""
    manifest_write(directory, manifest)
    if set(manifest.files) != set(files_hash(directory)):
        raise ModelInvalid(f"{directory}: the manifest does not list the files that were built")
