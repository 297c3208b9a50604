"""Which texts are embedded next: what a person waits for runs beside the bulk, both in batches by length.

A batch is what waits when a thread gets free: no text is held back to fill one. How batches are chosen is
told in engine.serve.lane.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Protocol

import numpy as np

from engine.errors import EngineUnavailable
from engine.serve.lane import Ids, Job, Lane, Piece, Rows

BULK_NICENESS = 5  # the kernel then prefers the interactive thread, even in the middle of a bulk batch
MAX_WAITING_CHARS = 64 * 1024**2


class TextEncoder(Protocol):
    """What makes tokens of a text, and vectors [texts, dims] of some texts' tokens."""

    def tokenize(self, text: str) -> Ids: ...

    def embed(self, texts: Sequence[Ids]) -> Rows: ...


class Priority(StrEnum):
    """Who waits for a request: a person, or a job."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


Observe = Callable[[Sequence[int]], None]  # is told the lengths, in tokens, of the texts of each run


class Schedule:
    """Runs jobs in batches: bulk on `threads` threads, what a person waits for on one of its own.

    A bulk job of any size therefore holds no interactive one up, and other bulk jobs by their turn alone.
    A run takes at most `batch_tokens`, padding included, or one text; 0 runs all texts one by one.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        *,
        threads: int,
        max_waiting: int,
        batch_tokens: int = 0,
        observe: Observe = lambda lengths: None,
    ) -> None:
        self._encoder = encoder
        self._max_waiting = max_waiting
        self._observe = observe
        self._lanes = {priority: Lane(batch_tokens) for priority in Priority}
        self._idle = dict.fromkeys(Priority, 0)
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
        lane = self._lanes[priority]
        job = Job(texts, [None] * len(texts), len(texts), chars=sum(map(len, texts)))
        with self._wake:
            waiting, chars = lane.waiting() + len(texts), lane.chars() + job.chars
            if self._stopped or waiting > self._max_waiting or chars > MAX_WAITING_CHARS:
                raise EngineUnavailable(f"{lane.waiting()} texts wait already: try again later")
            lane.add(job)
            self._wake.notify_all()
        job.future.add_done_callback(partial(self._drop, lane, job))
        return job.future

    def waiting(self, priority: Priority) -> int:
        """How many texts wait to be begun."""
        with self._wake:
            return self._lanes[priority].waiting()

    def stop(self) -> None:
        """Ends the threads after the batches they are at; jobs that are not done are cancelled."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()
        for lane in self._lanes.values():
            for job in lane.open_jobs():
                job.future.cancel()

    def _drop(self, lane: Lane, job: Job, future: object) -> None:
        with self._wake:
            lane.drop(job)

    def _work(self, role: Priority) -> None:
        if role == Priority.BULK and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BULK_NICENESS)
        lane = self._lanes[role]
        while True:
            with self._wake:
                self._idle[role] += 1
                self._wake.wait_for(lambda: self._stopped or lane.has_work())
                self._idle[role] -= 1
                if self._stopped:
                    return
                unread = lane.unread_take()
                batch = [] if unread else lane.batch_take(self._idle[role] + 1)
            if unread:
                self._tokenize(lane, unread)
            elif batch:
                self._embed(batch)

    def _tokenize(self, lane: Lane, unread: Sequence[tuple[Job, int]]) -> None:
        pieces = []
        for job, index in unread:
            try:
                pieces.append(Piece(job, index, self._encoder.tokenize(job.texts[index])))
            except Exception as error:  # whatever it is, it belongs to the request, not to this thread
                _fail(job, error)
        with self._wake:
            lane.window_add(pieces)
            self._wake.notify_all()

    def _embed(self, batch: Sequence[Piece]) -> None:
        """Embeds some texts together; where that fails one by one, so that an error stays with its own."""
        try:
            rows = self._encoder.embed([piece.ids for piece in batch])
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0].job, error)
                return
            for piece in batch:
                self._embed([piece])
            return
        self._observe([len(piece.ids) for piece in batch])
        for piece, row in zip(batch, rows, strict=True):
            self._keep(piece, row)

    def _keep(self, piece: Piece, row: Rows) -> None:
        job = piece.job
        with self._wake:
            job.rows[piece.index] = row
            job.tokens += len(piece.ids)
            job.left -= 1
            rows = [r for r in job.rows if r is not None] if job.left == 0 else []
        if rows:
            with suppress(InvalidStateError):  # cancelled meanwhile: nobody wants it
                job.future.set_result((np.stack(rows), job.tokens))


def _fail(job: Job, error: Exception) -> None:
    with suppress(InvalidStateError):  # it failed before, or was cancelled
        job.future.set_exception(error)
