"""Evaluation data for tests: unpacked from beside the repository, where they are there; never committed."""

import subprocess
from pathlib import Path

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
        DATA.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(UNPACK), str(DATA), name], check=True, stdout=subprocess.DEVNULL)
    return folder
