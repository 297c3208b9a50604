"""The folder of a run: its job, its examples while it runs, what its process printed, its checkpoints."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from collegium.knowledge.blobs import folder_remove
from collegium.knowledge.disk import space_check, space_errors_named

LINE_MOST = 100_000
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class FolderHeld(Exception):
    """Another worker, or a training that it started, still has the run's folder."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps its files; closed to everybody but the installation's own user."""

    root: Path

    @property
    def examples(self) -> Path:
        return self.root / "examples.jsonl"

    @property
    def job(self) -> Path:
        return self.root / "job.json"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def checkpoints(self) -> Path:
        return self.out / "checkpoints"

    @property
    def errors(self) -> Path:
        return self.root / "errors.log"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    def output(self, execution: int) -> Path:
        """What the processes of one execution printed, one after the other."""
        return self.root / f"output-{execution}.jsonl"

    def make(self) -> None:
        """Make the folder. Raises NoSpace where the disk is full."""
        with space_errors_named():
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)
            space_check(self.root, 0)

    def has_checkpoint(self) -> bool:
        """Whether a training of this run could be gone on with."""
        with suppress(OSError):
            return any(path.is_dir() and not path.name.startswith(".") for path in self.checkpoints.iterdir())
        return False

    def private_remove(self) -> None:
        """Remove what only a running training needs of people's texts."""
        self.examples.unlink(missing_ok=True)
        for draft in self.root.glob("examples.jsonl.*"):
            draft.unlink(missing_ok=True)

    def out_remove(self) -> None:
        """Remove all that trainings of the run wrote, but for what they printed."""
        folder_remove(self.out)

    def remove(self) -> None:
        folder_remove(self.root)

    @contextmanager
    def held(self) -> Iterator[IO[bytes]]:
        """Hold the folder; a process that inherits the open file goes on holding it. Raises FolderHeld."""
        with self.lock.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderHeld from None
            yield file

    @property
    def is_held(self) -> bool:
        """Whether somebody holds it."""
        try:
            with self.held():
                return False
        except FolderHeld:
            return True
        except FileNotFoundError:
            return False


def run_folder(run_id: object) -> RunFolder:
    return RunFolder(Path(settings.HOME.tuning) / str(run_id))


def boot_id() -> str:
    """What tells this start of the machine from others; empty where that is not known."""
    with suppress(OSError):
        return BOOT_ID.read_text().strip()
    return ""


class OutputReader:
    """Reads the whole lines that a training has printed since it was last asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    @property
    def is_cut(self) -> bool:
        """Whether the output ends within a line."""
        try:
            return self._path.stat().st_size > self._at
        except OSError:
            return False

    def read(self) -> list[dict[str, Any]]:
        """The events printed since; what is no JSON object with an event is left out."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                raw = file.read()
        except FileNotFoundError:
            return []
        whole, found, _rest = raw.rpartition(b"\n")
        if not found:
            return []
        self._at += len(whole) + 1
        return [event for line in whole.split(b"\n") if (event := _event(line)) is not None]


def _event(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{") or len(line) > LINE_MOST:
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def output_tail(path: Path, lines: int) -> list[dict[str, Any]]:
    """The last events of an output."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - lines * 600)
            file.seek(start)
            rows = file.read().split(b"\n")
    except OSError:
        return []
    found = [event for line in rows[1 if start else 0 :] if (event := _event(line)) is not None]
    return found[-lines:]
