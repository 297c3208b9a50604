"""Real worker processes of tests: started, waited for, killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def worker_run(
    app: str, options: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen:
    """A worker of a Celery application, at the head of a session of its own; what it says goes into a file."""
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", app, "worker", "-c", "1", *options],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )


def worker_kill(process: subprocess.Popen) -> None:
    """The worker and its children, at once and without a word."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], Any], timeout_s: float) -> Any:
    """What a condition gives once it is true."""
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found
