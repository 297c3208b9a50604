"""Evaluation data for tests: unpacked from beside the repository, where they are there; never committed."""

import fcntl
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).resolve().parents[1]
UNPACK = ROOT.parent / "shared" / "data" / "unpack"
DATA = ROOT / "var" / "data"


def data_set(name: str) -> Path:
    """The folder of a data set; the test is skipped where it cannot be had."""
    folder = DATA / name
    if not folder.is_dir():
        if not UNPACK.exists():
            pytest.skip(f"the data set {name} is not beside the repository")
        _unpack(name, folder)
    return folder


def _unpack(name: str, folder: Path) -> None:
    """Whole or not at all: another process of the same run may want it at the same time."""
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return
        with TemporaryDirectory(dir=DATA, prefix=".unpacking-") as scratch:
            subprocess.run([str(UNPACK), scratch, name], check=True, stdout=subprocess.DEVNULL)
            (Path(scratch) / name).rename(folder)
