"""Child processes that do not outlive the process that starts them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel for a signal when our parent ends. Linux only; elsewhere the watchdog acts."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it ended between fork and here
        os.kill(os.getpid(), signal.SIGKILL)


def _before_exec(death_signal: int, niceness: int) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(death_signal, parent)
        os.nice(niceness)

    return prepare


def child_start(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    death_signal: int = signal.SIGKILL,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: tuple[int, int] | None = None,
    niceness: int = 0,
    pass_fds: Sequence[int] = (),
    stdin: int = subprocess.DEVNULL,
    errors: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, its output appended to `log`; it dies with the calling thread.

    `user` is the (uid, gid) to run as; a positive `niceness` gives way to other processes. `errors`: the file
    that its error output is appended to, where that is not `log`.
    """
    who: dict[str, Any] = {}
    if user is not None:
        who = {"user": user[0], "group": user[1], "extra_groups": []}
    with open(log or os.devnull, "ab") as output, open(errors or log or os.devnull, "ab") as complaints:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=output,
            stderr=complaints,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=_before_exec(death_signal, niceness),
            **who,
        )


def session_members(session: int) -> list[int]:
    """The living processes of a session, whatever their process group."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (OSError, UnicodeDecodeError):
            continue  # it ended while we looked
        state, sid = fields[0], int(fields[3])
        if sid == session and state not in "ZX":
            members.append(int(entry.parent.name))
    return members


def session_kill(session: int) -> None:
    """Kill whatever is left of a child's session."""
    if sys.platform != "linux":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)
        return
    for pid in session_members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def child_stop(
    process: subprocess.Popen[bytes], *, grace_s: float, stop_signal: int = signal.SIGTERM
) -> bool:
    """End a child and everything in its session; returns whether it ended by itself within the grace time."""
    gentle = True
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            gentle = False
    session_kill(process.pid)
    process.wait()
    return gentle


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, or an empty string where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def wait_until(ready: Callable[[], bool], *, timeout_s: float, pause_s: float = 0.02) -> bool:
    """Poll until `ready` or the time is over; returns whether it became ready."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(pause_s)
    return ready()
