"""Runs a blocking iterator of events in a thread of its own and hands them to a coroutine."""

import asyncio
import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connections

from collegium.answers.events import PULSE
from collegium.ops.connections import connections_release

log = logging.getLogger(__name__)


class Event(Protocol):
    """answers.events.Event."""

    @property
    def name(self) -> str: ...
    @property
    def data(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in the stream, from 1."""

    number: int
    name: str
    data: dict[str, Any]


class NothingYet(Exception):
    """No event came within the time that the caller wanted to wait."""


class Relay:
    """Produces events in a thread until they end, fail, or `stop` is called.

    `keep` is called in that thread with each event, before it is handed over, `pause` where the next may take
    its time, and `end` once at the end with what went wrong, if anything did. Works from any event loop.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[Event]],
        *,
        keep: Callable[[Numbered], None] = lambda event: None,
        pause: Callable[[], None] = lambda: None,
        end: Callable[[Exception | None], None] = lambda failure: None,
    ) -> None:
        self._make = make
        self._keep = keep
        self._pause = pause
        self._end = end
        self._lock = threading.Lock()
        self._ready: deque[Numbered | Exception | None] = deque()
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        run = contextvars.copy_context().run  # log lines keep the request's id
        threading.Thread(target=run, args=(self._run,), name="answer-stream", daemon=True).start()

    def stop(self) -> None:
        """Close the iterator at its next event; generation ends there. Harmless when it has ended."""
        self._stopped.set()

    async def next(self, timeout_s: float) -> Numbered | None:
        """The next event, or None at the end. Raises NothingYet, or what the iterator raised."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            with self._lock:
                if self._ready:
                    item = self._ready.popleft()
                    break
                loop = asyncio.get_running_loop()
                woken: asyncio.Future[None] = loop.create_future()
                self._waiter = (loop, woken)
            try:
                async with asyncio.timeout_at(deadline):
                    await woken
            except TimeoutError as error:
                raise NothingYet from error
        if isinstance(item, Exception):
            raise item
        return item

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            self._produce()
        except Exception as error:  # handed to the coroutine, which knows how to tell the client
            failure = error
        finally:
            connections.close_all()
            self._end(failure)
            self._put(failure)

    def _produce(self) -> None:
        events = self._make()
        try:
            number = 0
            for event in events:
                if event is not PULSE:
                    number += 1
                    numbered = Numbered(number, event.name, event.data)
                    self._keep(numbered)
                    self._put(numbered)
                    connections_release()
                else:
                    self._pause()
                if self._stopped.is_set():
                    log.info("the client left; the answer stops after event %s", number)
                    return
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _put(self, item: Numbered | Exception | None) -> None:
        with self._lock:
            self._ready.append(item)
            waiter, self._waiter = self._waiter, None
        if waiter is not None:
            loop, future = waiter
            try:
                loop.call_soon_threadsafe(_wake, future)
            except RuntimeError:  # the loop has closed: nobody waits any more
                self._stopped.set()


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
