"""Runs a child process that handles hostile input, and turns every way it can die into a named problem."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from collegium.knowledge.parse_child import EXIT_MEMORY, FAILED, REACHES_NETWORK, READS_NOW
from collegium.sdk.parsing import ParseProblem

log = logging.getLogger(__name__)
POLL_S = 0.05
STDERR_CHARS = 4000
OUTPUT_MB = 2000
# What a process of libraries in C does where an allocation fails.
_MEMORY_SIGNALS = {signal.SIGABRT, signal.SIGTRAP, signal.SIGILL}


def child_run(
    *,
    module: str,
    spec: dict[str, Any],
    folder: Path,
    out: Path,
    timeout_s: float | None = None,
    poll: Callable[[], None] = lambda: None,
) -> None:
    """Run `python -m module SPEC OUT` under limits and wait, calling `poll` all the while.

    It may take `timeout_s`, or without one as long as the operator lets the reading of a file take.

    What the child leaves among its temporary files, such as uploads that it unpacked, goes however it ends.
    Whatever `poll` raises kills the child and is raised on. Raises ParseProblem where the child fails.
    """
    limit_s = settings.PARSE_TIMEOUT_S if timeout_s is None else timeout_s
    spec = {
        **spec,
        "parent": os.getpid(),
        "memory_mb": settings.PARSE_MEMORY_MB,
        "timeout_s": max(1, int(limit_s)),
        "output_mb": OUTPUT_MB,
    }
    with tempfile.TemporaryDirectory(prefix="tmp", dir=folder) as own:
        spec_path, errors_path = Path(own) / "spec", Path(own) / "stderr"
        spec_path.write_text(json.dumps(spec), encoding="utf-8")
        with errors_path.open("wb") as errors:
            code = _wait(_start(module, spec_path, out, errors), limit_s, poll)
        said = errors_path.read_text(encoding="utf-8", errors="replace")
        if said.startswith(REACHES_NETWORK):
            _reaches_network(said.splitlines()[0])
        if code is None or -code == signal.SIGXCPU:
            raise _timeout(timeout_s)
        if code != 0:
            raise _problem(code, said)


def _start(module: str, spec: Path, out: Path, errors: Any) -> subprocess.Popen[bytes]:
    roots = [str(settings.BASE_DIR), str(settings.BASE_DIR / "platform")]
    return subprocess.Popen(
        [sys.executable, "-m", module, str(spec), str(out)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        cwd=settings.BASE_DIR,
        # Its own environment: no address, no secret.
        env={
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(roots + _further_roots()),
            "PYTHONIOENCODING": "utf-8",
            "LANG": "C.UTF-8",
            "TMPDIR": str(spec.parent),  # its own
            "OMP_NUM_THREADS": "1",
        },
        start_new_session=True,
    )


def _further_roots() -> list[str]:
    """Where this process found other code, such as verticals that are not installed in the environment."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [folder for folder in given if folder]


def _wait(process: subprocess.Popen[bytes], timeout_s: float, poll: Callable[[], None]) -> int | None:
    """How the process ended; None where it was stopped at its limit."""
    end = time.monotonic() + timeout_s
    try:
        while True:
            try:
                return process.wait(POLL_S)
            except subprocess.TimeoutExpired:
                poll()
            if time.monotonic() > end:
                return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@cache
def _reaches_network(said: str) -> None:
    """Tell the operator once, not at every file."""
    log.warning(
        "processes that read uploads are %s. Run the workers on Linux, x86_64 or aarch64, with seccomp, or "
        "where their host lets no connection out.",
        said,
    )


def _timeout(timeout_s: float | None) -> ParseProblem:
    if timeout_s is None:
        return ParseProblem(
            "parse_timeout",
            "Reading the file took longer than %(limit)s s. Split it, or ask the operator to raise "
            "COLLEGIUM_PARSE_TIMEOUT_S.",
            limit=settings.PARSE_TIMEOUT_S,
        )
    return ParseProblem(
        "parse_timeout",
        "Reading the file took longer than %(limit)s s. Split it into smaller files and upload those.",
        limit=int(timeout_s),
    )


def _log_safe(errors: str) -> str:
    """What a child said before it read anything, and then where it failed: any other words, those of
    libraries too, may quote the file.
    """
    before, _reads, after = errors.partition(f"{READS_NOW}\n")
    told = [line for line in after.splitlines() if line.startswith(FAILED)]
    return (before + "\n".join(told))[-STDERR_CHARS:]


def _problem(code: int, errors: str) -> ParseProblem:
    log.warning("a reading process ended with %s: %s", code, _log_safe(errors))
    memory = ParseProblem(
        "parse_memory",
        "Reading the file needs more than %(limit)s MB of memory. Split it, or ask the operator to raise "
        "COLLEGIUM_PARSE_MEMORY_MB.",
        limit=settings.PARSE_MEMORY_MB,
    )
    if code == EXIT_MEMORY or (code < 0 and -code in _MEMORY_SIGNALS and "llocat" in errors):
        return memory
    if code < 0 and -code == signal.SIGKILL:
        return ParseProblem(
            "parse_killed",
            "The reading process was killed from outside, most likely because memory ran out. Retry when the "
            "machine has memory to spare.",
        )
    if code < 0:
        return ParseProblem(
            "parse_crashed",
            "The file crashes the reader (%(signal)s). Save it anew, for example by printing it to a PDF, "
            "and upload that.",
            signal=signal.Signals(-code).name,
        )
    return ParseProblem(
        "parser_failed", "The parser failed at this file; the worker's log says why. Report it with the file."
    )
