"""Checkpoints of a training: written beside it, whole or not at all, and looked at before they count.

A checkpoint is a folder `step-00000010` with `tensors.safetensors`, `state.json` and `sha256.json`, which has
the hashes of the other two. It is written under a hidden name, brought to the disk, read back, tried by the
trainer, and only then given its name: whatever bears such a name was sound when it was written.
"""

import errno
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.errors import CheckpointCorrupt, DiskFull
from engine.manifest import file_sha256

TENSORS, STATE, HASHES, BEST = "tensors.safetensors", "state.json", "sha256.json", "best.json"
_NAME = re.compile(r"step-(\d{8,})")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OS_ERROR = re.compile(r"\(os error (\d+)\)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A sound checkpoint. `state` is what the trainer gave as JSON; the tensors are read when asked for."""

    step: int
    folder: Path
    state: Mapping[str, Any]

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name, on the CPU, in the types that they were written in."""
        return load_file(self.folder / TENSORS)


class CheckpointStore:
    """The checkpoints in a folder. `verify` is called with each new one's folder, and raises if it is unfit.

    `passed_over` lists what `newest` found corrupt. A store is used from one thread.
    """

    def __init__(
        self, folder: Path, *, keep_last: int = 3, verify: Callable[[Path], None] | None = None
    ) -> None:
        self.folder, self.passed_over = folder, list[CheckpointCorrupt]()
        self._keep_last, self._verify = keep_last, verify
        self._writer: threading.Thread | None = None
        self._failure: Exception | None = None

    def write(
        self, step: int, tensors: Mapping[str, Tensor], state: Mapping[str, Any], *, best: bool = False
    ) -> None:
        """Copies everything and returns; a thread writes it, after the one before has been written.

        Raises what went wrong with the one before: DiskFull, CheckpointCorrupt or the trainer's own error.
        """
        self.wait()
        kept = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()}
        text = json.dumps(dict(state), allow_nan=False, sort_keys=True)
        self._writer = threading.Thread(
            target=self._write_kept, args=(step, kept, text, best), name=f"checkpoint {step}"
        )
        self._writer.start()

    def wait(self) -> None:
        """Waits until the last checkpoint counts; raises what went wrong with it."""
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def steps(self) -> list[int]:
        """The steps of which there is a checkpoint, in order, sound or not."""
        if not self.folder.is_dir():
            return []
        names = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(name[1]) for name in names if name)

    def newest(self) -> Checkpoint | None:
        """The newest sound checkpoint; corrupt ones after it go into `passed_over`, and stay."""
        for step in reversed(self.steps()):
            try:
                return self.read(step)
            except CheckpointCorrupt as error:
                self.passed_over.append(error)
        return None

    def best(self) -> Checkpoint | None:
        """The checkpoint that was marked best last; None without one. Raises CheckpointCorrupt."""
        step = self._best_step()
        return None if step is None else self.read(step)

    def read(self, step: int) -> Checkpoint:
        """The checkpoint of a step; raises CheckpointCorrupt naming the file that is missing or altered."""
        folder = self.path(step)
        return Checkpoint(step, folder, _checked(folder))

    def clear(self) -> None:
        """Removes all checkpoints, as those of a training that was here before."""
        for step in self.steps():
            self._remove(self.path(step))

    def path(self, step: int) -> Path:
        """Where the checkpoint of a step is, or will be."""
        return self.folder / f"step-{step:08d}"

    def _write_kept(self, step: int, tensors: dict[str, Tensor], state: str, best: bool) -> None:
        draft = self.folder / f".{self.path(step).name}.new"
        try:
            with _full_named(self.folder, sum(value.nbytes for value in tensors.values())):
                self._drafts_remove()
                draft.mkdir(parents=True)
                save_file(tensors, draft / TENSORS)
                (draft / STATE).write_text(state, encoding="utf-8")
                hashes = {name: file_sha256(draft / name) for name in (TENSORS, STATE)}
                (draft / HASHES).write_text(json.dumps(hashes), encoding="utf-8")
                for name in (TENSORS, STATE, HASHES):
                    _flush(draft / name)
                _flush(draft)
            self._try(draft, tensors)
            with _full_named(self.folder, 0):
                self._name_give(draft, step)
                if best:
                    self._best_mark(step)
                self._old_remove()
        except Exception as error:
            shutil.rmtree(draft, ignore_errors=True)
            self._failure = error

    def _try(self, draft: Path, tensors: Mapping[str, Tensor]) -> None:
        """Raises CheckpointCorrupt unless what lies there is, bit for bit, what was to be written."""
        _checked(draft)
        written = load_file(draft / TENSORS)
        for name, value in tensors.items():
            if name not in written or not _same(written[name], value):
                raise CheckpointCorrupt(f"{draft / TENSORS}: {name} was not written as it was")
        if self._verify is not None:
            self._verify(draft)

    def _name_give(self, draft: Path, step: int) -> None:
        there = self.path(step)
        if there.exists():  # of the run that was resumed from before it
            self._remove(there)
        draft.rename(there)
        _flush(self.folder)

    def _best_mark(self, step: int) -> None:
        draft = self.folder / f".{BEST}.new"
        draft.write_text(json.dumps({"step": step}), encoding="utf-8")
        _flush(draft)
        draft.replace(self.folder / BEST)

    def _best_step(self) -> int | None:
        try:
            return int(json.loads((self.folder / BEST).read_text(encoding="utf-8"))["step"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CheckpointCorrupt(f"{self.folder / BEST}: names no step ({error})") from error

    def _old_remove(self) -> None:
        try:
            best = self._best_step()
        except CheckpointCorrupt:
            return  # which one is the best is unknown: none is removed
        for step in self.steps()[: -self._keep_last]:
            if step != best:
                self._remove(self.path(step))

    def _remove(self, folder: Path) -> None:
        """Takes the name away first, so that no half of a checkpoint ever bears one."""
        away = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(away, ignore_errors=True)
        folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def _drafts_remove(self) -> None:
        """Removes what a killed process had begun."""
        for path in self.folder.glob(".step-*"):
            shutil.rmtree(path, ignore_errors=True)


def _checked(folder: Path) -> dict[str, Any]:
    """The state of a checkpoint whose files all are as they were written; raises CheckpointCorrupt."""
    hashes = _json(folder / HASHES)
    for name in (TENSORS, STATE):
        path = folder / name
        if not path.is_file():
            raise CheckpointCorrupt(f"{path}: is missing")
        if file_sha256(path) != hashes.get(name):
            raise CheckpointCorrupt(f"{path}: is not what was written (sha256)")
    return _json(folder / STATE)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointCorrupt(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise CheckpointCorrupt(f"{path}: is no JSON object")
    return found


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are equal bit for bit, NaN and negative zero included."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    flat = (value.reshape(-1).view(torch.uint8) for value in (one, other))
    return torch.equal(next(flat), next(flat))


def _flush(path: Path) -> None:
    """Brings a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _full_named(folder: Path, size_bytes: int) -> Iterator[None]:
    """Turns the errors of a full disk into DiskFull, which says how much was wanted."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        said = _OS_ERROR.search(str(error))
        number = error.errno if isinstance(error, OSError) else int(said[1]) if said else None
        if number not in _FULL:
            raise
        raise DiskFull(
            f"{folder}: a checkpoint of {size_bytes / 1e6:.0f} MB does not fit there "
            f"({os.strerror(number)}); free some space and resume from the last checkpoint"
        ) from error
