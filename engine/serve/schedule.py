"""Which text is embedded next: what a person waits for runs beside the bulk, which runs in its order.

Texts are embedded one by one, not in batches. Measured (engine.bench.embeddings) on texts of equal length,
the best that a queue sorted by length could make of them, batches pay below 64 tokens only (2.3 times as fast
at 6 tokens, 1.3 at 24, 1.0 at 64, 0.9 at 100), and they move the vectors at every length (cosine down to
0.981): the encoder quantises its activations together, so a text's vector would depend on what else was asked
for. One by one, the order within a request changes its end by no more than one text's time, so it stays.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from engine.errors import EngineUnavailable

BULK_NICENESS = 5  # the kernel then prefers the interactive thread, even in the middle of a bulk text

Rows = npt.NDArray[np.float32]
Embed = Callable[[str], tuple[Rows, int]]


class Priority(StrEnum):
    """Who waits for a request: a person, or a job."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


@dataclass(slots=True)
class Job:
    """The texts of one request; its future gives the vectors [texts, dims] and the number of tokens."""

    texts: Sequence[str]
    rows: list[Rows | None]
    left: int
    tokens: int = 0
    future: "Future[tuple[Rows, int]]" = field(default_factory=Future)


class Schedule:
    """Runs jobs text by text: bulk on `threads` threads, what a person waits for on one of its own.

    A bulk job of any size therefore holds no interactive one up, and other bulk jobs by their order alone.
    """

    def __init__(self, embed: Embed, *, threads: int, max_waiting: int) -> None:
        self._embed = embed
        self._max_waiting = max_waiting
        self._waiting: dict[Priority, deque[tuple[Job, int]]] = {p: deque() for p in Priority}
        self._wake = threading.Condition()
        self._stopped = False
        roles = [Priority.BULK] * threads + [Priority.INTERACTIVE]
        self._threads = [threading.Thread(target=self._work, args=(r,), daemon=True) for r in roles]
        for thread in self._threads:
            thread.start()

    def submit(self, texts: Sequence[str], priority: Priority) -> "Future[tuple[Rows, int]]":
        """Queues texts; cancelling the future drops those not begun.

        Raises EngineUnavailable when too many wait already.
        """
        job = Job(texts, [None] * len(texts), len(texts))
        with self._wake:
            queue = self._waiting[priority]
            if self._stopped or len(queue) + len(texts) > self._max_waiting:
                raise EngineUnavailable(f"{len(queue)} texts wait already: try again later")
            queue.extend((job, index) for index in range(len(texts)))
            self._wake.notify_all()
        return job.future

    def waiting(self, priority: Priority) -> int:
        """How many texts wait to be begun."""
        with self._wake:
            return len(self._waiting[priority])

    def stop(self) -> None:
        """Ends the threads after the texts they are at; jobs that are not done are cancelled."""
        with self._wake:
            self._stopped = True
            jobs = {id(job): job for queue in self._waiting.values() for job, _ in queue}
            for queue in self._waiting.values():
                queue.clear()
            self._wake.notify_all()
        for job in jobs.values():
            job.future.cancel()
        for thread in self._threads:
            thread.join()

    def _work(self, role: Priority) -> None:
        if role == Priority.BULK and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BULK_NICENESS)
        while (taken := self._take(role)) is not None:
            job, index = taken
            if job.future.done():
                continue
            try:
                row, tokens = self._embed(job.texts[index])
            except Exception as error:  # whatever it is, it belongs to the request, not to this thread
                with suppress(InvalidStateError):
                    job.future.set_exception(error)
            else:
                self._keep(job, index, row, tokens)

    def _take(self, role: Priority) -> tuple[Job, int] | None:
        """Waits for the next text of this role; None when stopped."""
        with self._wake:
            self._wake.wait_for(lambda: self._stopped or self._waiting[role])
            return None if self._stopped else self._waiting[role].popleft()

    def _keep(self, job: Job, index: int, row: Rows, tokens: int) -> None:
        with self._wake:
            job.rows[index] = row
            job.tokens += tokens
            job.left -= 1
            rows = [r for r in job.rows if r is not None] if job.left == 0 else []
        if rows:
            with suppress(InvalidStateError):  # cancelled meanwhile: nobody wants it
                job.future.set_result((np.stack(rows), job.tokens))
