"""What a killed rank leaves behind: shared memory that vLLM's CPU communicator names and nobody unlinks."""

import re
import time
from collections.abc import Collection
from contextlib import suppress

from engine.parallel.machine import SHARED_MEMORY

MARK = re.compile(r"run=(?P<run>[^&]+)&host=(?P<host>[0-9a-f]+)")
FREE_FOR_S = 20.0


def shared_memory_mark(run: str, host: str) -> str:
    """What the names of a run's segments on this host hold, so that they are told from another's.

    It travels in the address where the ranks meet: vLLM names the segments after the part behind its last
    colon. Without the host in it, ranks of two hosts would take each other for neighbours.
    """
    return f"run={run}&host={host}"


class SharedMemorySweep:
    """Removes what ranks on this host left whose supervision was killed, too.

    A segment goes once its run has held no worker for a while: a broker that restarts forgets all claims at
    once, and a run that begins has none yet.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._free_since: dict[str, float] = {}

    def sweep(self, living: Collection[str]) -> list[str]:
        """Looks once; `living` are the runs that hold a worker. Returns the names that it removed."""
        now, removed = time.monotonic(), []
        free = {path.name for path in SHARED_MEMORY.glob("*cpushm*") if self._free(path.name, living)}
        self._free_since = {name: self._free_since.get(name, now) for name in free}
        for name in free:
            if now - self._free_since[name] > FREE_FOR_S:
                (SHARED_MEMORY / name).unlink(missing_ok=True)
                removed.append(name)
        return removed

    def _free(self, name: str, living: Collection[str]) -> bool:
        found = MARK.search(name)
        return found is not None and found["host"] == self._host and found["run"] not in living


def shared_memory_remove(run: str, host: str) -> list[str]:
    """Removes the segments of a run whose ranks on this host have ended; returns their names."""
    mark, removed = shared_memory_mark(run, host), []
    for path in SHARED_MEMORY.glob("*cpushm*"):
        if mark in path.name:
            with suppress(FileNotFoundError):
                path.unlink()
                removed.append(path.name)
    return removed
