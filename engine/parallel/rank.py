"""One rank, as a process: builds vLLM's configuration from the order's plain values, and serves the executor.

Started by engine.parallel.supervise as `python -m engine.parallel.rank REPORT_FD`; the first line of its
input is its task, every further line a sign that its supervision lives.
"""

import json
import os
import select
import sys
import threading
import time
from typing import Any

from engine.parallel.errors import RankRefused
from engine.parallel.order import Order, order_read

BEAT_EVERY_S = 0.5
SUPERVISION_SILENT_FOR_S = 9.0
ORPHANED, FAILED = 3, 1


class Reports:
    """Tells the supervision twice a second how the rank fares."""

    def __init__(self, fd: int) -> None:
        self._stream = os.fdopen(fd, "w", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {"state": "starting"}
        self._beat = 0
        threading.Thread(target=self._run, daemon=True).start()

    def say(self, **said: Any) -> None:
        """Changes what is told, and tells it now."""
        with self._lock:
            self._said |= said
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            self._beat += 1
            line = json.dumps(self._said | {"beat": self._beat, "memory_bytes": _memory_bytes()})
            self._stream.write(line + "\n")

    def _run(self) -> None:
        while True:
            try:
                self._tell()
            except OSError:  # nobody reads any more
                os._exit(ORPHANED)
            time.sleep(BEAT_EVERY_S)


def supervision_watch(fd: int) -> None:
    """Ends this process, wherever it hangs, when the supervision's signs of life cease."""

    def watch() -> None:
        while True:
            readable, _, _ = select.select([fd], [], [], SUPERVISION_SILENT_FOR_S)
            if not readable or not os.read(fd, 4096):
                os._exit(ORPHANED)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Serves until the process is ended from outside; leaves hard, for peers may be gone."""
    reports = Reports(int(sys.argv[1]))
    task = json.loads(_line(sys.stdin.fileno()))
    supervision_watch(sys.stdin.fileno())
    try:
        _serve(order_read(task["order"]), task, reports)
    except BaseException as error:  # whatever it is, the engine must hear of it
        reports.say(state="failed", reason=f"{type(error).__name__}: {error}"[:2000])
        import traceback

        traceback.print_exc()
        os._exit(FAILED)


def _serve(order: Order, task: dict[str, Any], reports: Reports) -> None:
    from engine.parallel.facts import config_facts, config_made
    from engine.parallel.queues import queue_address
    from engine.parallel.rank_worker import RankWorker

    config = config_made({**order.arguments, **task["own"]})
    _facts_check(config_facts(config), order.facts)
    worker = RankWorker(config, order, address=task["address"], meeting=task["meeting"])
    reports.say(state="ready", queue=queue_address(worker.answers))
    worker.serve()


def _facts_check(own: dict[str, Any], wanted: Any) -> None:
    """Raises RankRefused when the same arguments became another configuration here."""
    for name in sorted(set(own) | set(wanted)):
        if own.get(name) != wanted.get(name):
            raise RankRefused(f"{name} is {own.get(name)!r} here and {wanted.get(name)!r} in the engine")


def _line(fd: int) -> bytes:
    """One line, unbuffered: what follows it is for another reader."""
    line = b""
    while not line.endswith(b"\n"):
        if not (piece := os.read(fd, 1)):
            os._exit(ORPHANED)
        line += piece
    return line


def _memory_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
