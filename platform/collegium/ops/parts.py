"""What an installation consists of: servers and programs that the supervisor starts, watches and stops."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from collegium.ops.processes import child_start, child_stop, log_tail

QUICK_DEATHS = 5
ONCE_TRIES = 3
SETTLED_S = 1.0
QUICK_S = 60.0
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
LOG_KEPT_BYTES = 10_000_000


class Server(Protocol):
    """A server that starts within a call: what embedded.py offers."""

    log: Path
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(kw_only=True)
class Part:
    """One part of the installation and how it fares.

    `state` is waiting, starting, ready, restarting, done (a program that ends by itself), failed or stopped.
    `needs` names the parts that must be ready or done first, `after` those that must be so or have failed.
    A `vital` part that fails ends everything.
    """

    name: str
    log: Path
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    vital: bool = False
    once: bool = False
    state: str = "waiting"
    detail: str = ""
    deaths: list[float] = field(default_factory=list)
    retry_at: float = 0.0

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def up(self) -> bool:
        return self.state in {"ready", "done"}

    def died(self, code: int | None) -> None:
        """Plan the next start, later after each quick death, or give up and keep the log's end."""
        now = time.monotonic()
        self.deaths = [at for at in self.deaths if now - at < QUICK_S] + [now]
        if len(self.deaths) >= (ONCE_TRIES if self.once else QUICK_DEATHS):
            self.state = "failed"
            self.detail = (
                f"given up after it ended {len(self.deaths)} times (exit {code}). "
                f"{self.log} ends:\n{log_tail(self.log)}"
            )
            return
        pause_s = BACKOFF_S[min(len(self.deaths) - 1, len(BACKOFF_S) - 1)]
        self.retry_at = now + pause_s
        self.state, self.detail = "restarting", f"exit {code}"


@dataclass(kw_only=True)
class ServerPart(Part):
    """An embedded server: ready as soon as its start returns."""

    server: Server

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self.server.process

    def start(self) -> None:
        log_rotate(self.log)
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    def is_ready(self) -> bool:
        return True


@dataclass(kw_only=True)
class ProgramPart(Part):
    """A program with a log of its own. `command` is built at the start, when what it depends on is there."""

    command: Callable[[], Sequence[str | Path]]
    cwd: Path
    env: Mapping[str, str]
    ready: Callable[[], bool] | None = None  # without a probe: it has lived for a while
    niceness: int = 0
    grace_s: float = 5.0
    pass_fds: tuple[int, ...] = ()
    child: subprocess.Popen[bytes] | None = None
    log_start: int = 0
    started_at: float = 0.0

    @property
    def running_s(self) -> float:
        return time.monotonic() - self.started_at

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self.child

    def start(self) -> None:
        log_rotate(self.log)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.started_at = time.monotonic()
        self.child = child_start(
            self.command(),
            log=self.log,
            death_signal=signal.SIGKILL,
            env=self.env,
            cwd=self.cwd,
            niceness=self.niceness,
            pass_fds=self.pass_fds,
        )

    def stop(self) -> None:
        if self.child is not None:
            child_stop(self.child, grace_s=self.grace_s)

    def is_ready(self) -> bool:
        return self.running_s > SETTLED_S if self.ready is None else self.ready()

    def progress(self) -> dict[str, Any] | None:
        """The last progress that the program printed as a JSON line {"step", "done", "total"}."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(self.log_start, self.log.stat().st_size - 4096))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return None
        for line in reversed(lines):
            if line.startswith("{") and '"done"' in line and '"total"' in line:
                try:
                    found = json.loads(line)
                except json.JSONDecodeError:
                    continue
                if isinstance(found.get("total"), int) and found["total"] > 0:
                    return dict(found)
        return None


def log_rotate(path: Path) -> None:
    """Keep one old log beside a new one, so that logs do not fill the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
        os.replace(path, path.with_suffix(".log.1"))
