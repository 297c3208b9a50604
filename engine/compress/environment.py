"""The environment of the library that compresses: its versions clash with those that vLLM needs."""

from pathlib import Path

from engine.build import environment
from engine.errors import CompressionFailed, InstallFailed

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements-compress.txt"
SIZE_BYTES = 2 * 1024**3


def environment_made(directory: Path) -> Path:
    """The interpreter of the environment in this directory, which is installed when it is not there yet.

    Raises ConfigInvalid when the directory holds something else, CompressionFailed when pip fails.
    """
    try:
        return environment.environment_made(directory, REQUIREMENTS, SIZE_BYTES)
    except InstallFailed as error:
        raise CompressionFailed(f"the environment for compression {error}") from error
