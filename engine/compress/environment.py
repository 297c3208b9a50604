"""The environment of the library that compresses: its versions clash with those that vLLM needs."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.build.staging import disk_require
from engine.errors import CompressionFailed, ConfigInvalid

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements-compress.txt"
STAMP = ".installed"  # holds the hash of the requirements, once all of them are there
SIZE_BYTES = 2 * 1024**3
TAIL_CHARS = 1500


def environment_made(directory: Path) -> Path:
    """The interpreter of the environment in this directory, which is installed when it is not there yet.

    Raises ConfigInvalid when the directory holds something else, CompressionFailed when pip fails.
    """
    interpreter = directory / "bin" / "python"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    with _locked(directory):
        stamp = directory / STAMP
        if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted and interpreter.exists():
            return interpreter
        _cleared(directory)
        disk_require(directory.parent, SIZE_BYTES)
        _run([sys.executable, "-m", "venv", str(directory)])
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "-r", str(REQUIREMENTS)])
        stamp.write_text(wanted, encoding="ascii")
    return interpreter


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_name(f".{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cleared(directory: Path) -> None:
    """Removes an environment that is older or half installed, and nothing else."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if not (directory / "pyvenv.cfg").is_file():
        raise ConfigInvalid(f"{directory} holds something else: name another place for the environment")
    shutil.rmtree(directory)


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise CompressionFailed(
            f"the environment for compression cannot be installed ({REQUIREMENTS.name}): "
            f"{done.stdout[-TAIL_CHARS:].strip()}"
        )
