"""How much of the processors' time went to the host's other guests while something was timed."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
MOST = 0.01  # of all processors' time; with 6 % the slowest twentieth of searches took half as long again
TRIES = 8
STAT = Path("/proc/stat")


def undisturbed(measure: Callable[[], T], tries: int = TRIES) -> tuple[T, float]:
    """What `measure` gives, and the share that was stolen meanwhile.

    Measured again while more than `MOST` was stolen; after so many tries the least disturbed one counts.
    """
    taken: list[tuple[float, T]] = []
    while not taken or (min(share for share, _figures in taken) > MOST and len(taken) < tries):
        before = _ticks()
        figures = measure()
        taken.append((_share(before, _ticks()), figures))
    share, figures = min(taken, key=lambda one: one[0])
    return figures, share


def _ticks() -> tuple[float, int]:
    """When, and the `steal` column of all processors (man 5 proc_stat)."""
    return time.monotonic(), int(STAT.read_text().split("\n", 1)[0].split()[8]) if STAT.exists() else 0


def _share(before: tuple[float, int], after: tuple[float, int]) -> float:
    seconds = (after[0] - before[0]) * (os.cpu_count() or 1)
    return (after[1] - before[1]) / os.sysconf("SC_CLK_TCK") / seconds if seconds else 0.0
