"""What a killed rank leaves behind: shared memory that vLLM's CPU communicator names and nobody unlinks."""

import re
import time
from collections.abc import Collection
from contextlib import suppress

from engine.parallel.machine import SHARED_MEMORY

MARK = re.compile(r"run=(?P<run>[^&]+)&host=(?P<host>[0-9a-f]+)")
YOUNG_S = 20.0


def shared_memory_mark(run: str, host: str) -> str:
    """What the names of a run's segments on this host hold, so that they are told from another's.

    It travels in the address where the ranks meet: vLLM names the segments after the part behind its last
    colon. Without the host in it, ranks of two hosts would take each other for neighbours.
    """
    return f"run={run}&host={host}"


def shared_memory_sweep(host: str, living: Collection[str]) -> list[str]:
    """Removes what ranks on this host left whose supervision was killed, too; returns the names.

    A segment that is young may belong to a run that `living` does not hold yet.
    """
    removed = []
    for path in SHARED_MEMORY.glob("*cpushm*"):
        found = MARK.search(path.name)
        if found is None or found["host"] != host or found["run"] in living:
            continue
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > YOUNG_S:
                path.unlink()
                removed.append(path.name)
    return removed


def shared_memory_remove(run: str, host: str) -> list[str]:
    """Removes the segments of a run whose ranks on this host have ended; returns their names."""
    mark, removed = shared_memory_mark(run, host), []
    for path in SHARED_MEMORY.glob("*cpushm*"):
        if mark in path.name:
            with suppress(FileNotFoundError):
                path.unlink()
                removed.append(path.name)
    return removed
