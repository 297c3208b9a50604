"""An environment of its own for what clashes with the engine's versions, or is wanted rarely."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.build.staging import disk_require
from engine.errors import ConfigInvalid, InstallFailed

STAMP = ".installed"  # holds the hash of what was asked for, once all of it is there
TAIL_CHARS = 1500


def environment_made(
    directory: Path,
    requirements: Path,
    size_bytes: int,
    *,
    also: Callable[[Path], None] = lambda interpreter: None,
    also_version: str = "",
) -> Path:
    """The interpreter of the environment in this directory, which is installed when it is not there yet.

    `also` does what pip alone does not, with its interpreter; `also_version` names what that makes.
    Raises ConfigInvalid when the directory holds something else, ModelTooLarge when the disk is too small,
    InstallFailed when pip fails.
    """
    interpreter = directory.absolute() / "bin" / "python"
    wanted = hashlib.sha256(requirements.read_bytes() + also_version.encode()).hexdigest()
    with _locked(directory):
        stamp = directory / STAMP
        if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted and interpreter.exists():
            return interpreter
        _cleared(directory)
        disk_require(directory.parent, size_bytes)
        command_run([sys.executable, "-m", "venv", str(directory)], requirements.name)
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command_run([*pip, "-r", str(requirements)], requirements.name)
        also(interpreter)
        stamp.write_text(wanted, encoding="ascii")
    return interpreter


def command_run(command: Sequence[str], purpose: str) -> None:
    """Runs a command of an installation; raises InstallFailed with the end of what it said."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise InstallFailed(f"cannot be installed ({purpose}): {error}") from error
    if done.returncode != 0:
        raise InstallFailed(f"cannot be installed ({purpose}): {done.stdout[-TAIL_CHARS:].strip()}")


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
