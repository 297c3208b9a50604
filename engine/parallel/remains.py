"""What a killed rank leaves behind: shared memory that vLLM's CPU communicator names and nobody unlinks."""

import hashlib
import hmac
import re
import time
from collections.abc import Collection
from contextlib import suppress

from engine.parallel.machine import SHARED_MEMORY, host_key

MARK = re.compile(r"run=(?P<run>[^&]+)&owner=(?P<owner>[0-9a-f]+)")
FREE_FOR_S = 20.0


def memory_owner(key: bytes) -> str:
    """Whose segments are whose: the same on one host for all who sign with one key, another for all others.

    A second installation on the host has a broker of its own, which knows nothing of these runs.
    """
    return hmac.digest(key, host_key().encode(), hashlib.sha256).hex()[:16]


def shared_memory_mark(run: str, owner: str) -> str:
    """What the names of a run's segments hold, so that they are told from another's.

    It travels in the address where the ranks meet: vLLM names the segments after the part behind its last
    colon. The owner is another on each host: else ranks of two hosts would take each other for neighbours.
    """
    return f"run={run}&owner={owner}"


class SharedMemorySweep:
    """Removes what an owner's ranks left whose supervision was killed, too.

    A segment goes once its run has held no worker for a while: a broker that restarts forgets all claims at
    once, and a run that begins has none yet.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
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
        return found is not None and found["owner"] == self._owner and found["run"] not in living


def shared_memory_remove(run: str, owner: str) -> list[str]:
    """Removes an owner's segments of a run whose ranks here have ended; returns their names."""
    mark, removed = shared_memory_mark(run, owner), []
    for path in SHARED_MEMORY.glob("*cpushm*"):
        if mark in path.name:
            with suppress(FileNotFoundError):
                path.unlink()
                removed.append(path.name)
    return removed
