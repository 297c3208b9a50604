"""Starts the parts in the order of their needs, watches them, restarts what dies, and stops everything."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from collegium.environment import Home
from collegium.ops.embedded import EmbeddedFailed
from collegium.ops.parts import Part
from collegium.ops.processes import child_start, session_kill
from collegium.ops.status_line import StatusLine

TICK_S = 0.1
PROBE_S = 0.5
READY_PROBE_S = 5.0


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this home."""


class HomeLock:
    """One supervisor per home; the kernel lets go of the lock however we end."""

    def __init__(self, home: Home) -> None:
        self.path = home.root / "up.lock"
        self.state = home.run / "up.json"
        self._file: int | None = None

    def take(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(self._file, 20).decode() or "unknown"
            raise AlreadyRunning(
                f"Collegium runs on {self.path.parent} already (process {pid}). "
                "Stop that one first, or set COLLEGIUM_HOME to another folder."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def held(self) -> bool:
        """Whether the lock is still this home's: a home that was removed has lost it."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), os.stat(self.path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Supervisor:
    """Runs parts until it is told to stop, on one thread: children die with the thread that started them."""

    def __init__(self, parts: Sequence[Part], *, home: Home, url: str, status: StatusLine) -> None:
        self.parts = list(parts)
        self.home = home
        self.url = url
        self.status = status
        self.stop_asked = 0
        self._probed: dict[str, float] = {}
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._written = ""

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def run(self, each_tick: Callable[[], bool] | None = None, lock: HomeLock | None = None) -> int:
        """Run until a signal (0), a vital part's failure or the loss of the home (1), or until `each_tick`
        returns True (0).
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._on_signal)
        self._watchdog_start()
        code = 0
        try:
            while not self.stop_asked:
                if lock is not None and not lock.held():
                    # Its servers would hold the sockets of the home that may be made in its place.
                    self.status.say(f"Collegium cannot go on: its home {self.home.root} was removed.")
                    code = 1
                    break
                self.tick()
                if failed := next(
                    (part for part in self.parts if part.vital and part.state == "failed"), None
                ):
                    self.status.say(f"Collegium cannot go on: {failed.name} {failed.detail}")
                    code = 1
                    break
                if each_tick is not None and each_tick():
                    break
                time.sleep(TICK_S)
        finally:
            self.stop()
        return code

    def tick(self) -> None:
        """Look at each part once."""
        for part in self.parts:
            if self.stop_asked:
                return
            if part.state in {"waiting", "restarting"}:
                self._start_if_due(part)
            elif part.state in {"starting", "ready"}:
                self._watch(part)
        self.status.show(self.parts)
        self._state_write()

    def _start_if_due(self, part: Part) -> None:
        if time.monotonic() < part.retry_at:
            return
        needed = [self.part(name) for name in part.needs]
        before = [self.part(name) for name in part.after]
        if not all(other is None or other.up for other in needed):
            return
        if not all(other is None or other.up or other.state == "failed" for other in before):
            return
        part.state, part.detail = "starting", ""
        self.status.show(self.parts)
        try:
            part.start()
        except (EmbeddedFailed, OSError) as error:
            part.stop()
            part.died(None)
            part.detail = part.detail if part.state == "failed" else str(error).splitlines()[0]
            return
        if part.process is not None:
            self._watchdog_tell("+", part.process.pid)
        self._probed[part.name] = 0.0
        self._watch(part)

    def _watch(self, part: Part) -> None:
        process = part.process
        code = process.poll() if process is not None else None
        if process is not None and code is not None:
            part.stop()  # also what it left in its session
            self._watchdog_tell("-", process.pid)
            if part.once and code == 0:
                part.state, part.detail = "done", ""
            else:
                part.died(code)
            return
        if part.once:
            return
        now = time.monotonic()
        if now - self._probed.get(part.name, 0.0) < (READY_PROBE_S if part.state == "ready" else PROBE_S):
            return
        self._probed[part.name] = now
        if part.state == "starting" and part.is_ready():
            part.state = "ready"

    def stop(self) -> None:
        """Stop every part, the last started first; a second signal kills what is slow."""
        for part in reversed(self.parts):
            process = part.process
            if self.stop_asked > 1 and process is not None:
                session_kill(process.pid)
            part.stop()
            part.state = "stopped"
        if self._watchdog is not None:
            self._watchdog_write(".")
            self._watchdog.wait(5)
            self._watchdog = None
        (self.home.run / "up.json").unlink(missing_ok=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked += 1
        if self.stop_asked > 1:  # inside stop(): hurry the part that it waits for
            for part in self.parts:
                if part.process is not None and not part.vital:
                    session_kill(part.process.pid)

    def _watchdog_start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._watchdog = child_start(
            [sys.executable, "-m", "collegium.ops.watchdog"],
            log=self.home.logs / "watchdog.log",
            death_signal=signal.SIGCONT,  # it outlives us, for a moment
            env=environment,
            stdin=subprocess.PIPE,
        )

    def _watchdog_tell(self, sign: str, pid: int) -> None:
        self._watchdog_write(f"{sign}{pid}")

    def _watchdog_write(self, line: str) -> None:
        if self._watchdog is None or self._watchdog.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # somebody killed it; the kernel's signal remains
            self._watchdog.stdin.write(line.encode() + b"\n")
            self._watchdog.stdin.flush()

    def _state_write(self) -> None:
        """HOME/run/up.json: who runs, where, and how it fares."""
        state = {
            "pid": os.getpid(),
            "url": self.url,
            "children": {part.name: part.process.pid for part in self.parts if _running(part)},
            "states": {part.name: part.state for part in self.parts},
        }
        text = json.dumps(state, indent=1)
        if text != self._written:
            path = self.home.run / "up.json"
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_suffix(".new")
            draft.write_text(text)
            draft.replace(path)
            self._written = text


def _running(part: Part) -> bool:
    return part.process is not None and part.process.poll() is None


def program_log(home: Home, name: str) -> Path:
    return home.logs / f"{name}.log"
