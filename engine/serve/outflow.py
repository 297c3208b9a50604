"""What was made for a caller and is not yet taken: so much of it that no slow reader holds the engine up."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from engine.serve.failures import SlowReader

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

KEPT_BYTES = 512 * 1024  # an answer of 2,000 tokens; a caller who is further behind slows its own answer down
STALL_S = 30.0  # and is given up after this
DRAIN_S = 300.0  # what a caller has, once the answer is made, to take the rest of it


class Outflow:
    """Sends blocks of an event stream in a task of its own; `put` waits only when too much is kept."""

    def __init__(self, send: Send, *, kept_bytes: int = KEPT_BYTES, stall_s: float = STALL_S) -> None:
        self.begun = False
        self._send = send
        self._kept_bytes = kept_bytes
        self._stall_s = stall_s
        self._blocks: deque[bytes] = deque()
        self._size = 0
        self._closed = False
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def put(self, block: bytes) -> None:
        """Hands a block over. Raises SlowReader when the caller has taken nothing for too long."""
        if self._task is None:
            self.begun = True
            self._task = asyncio.create_task(self._run())
        self._blocks.append(block)
        self._size += len(block)
        self._more.set()
        while self._size > self._kept_bytes:
            self._room.clear()
            try:
                async with asyncio.timeout(self._stall_s):
                    await self._room.wait()
            except TimeoutError:
                raise SlowReader(f"the caller took nothing for {self._stall_s:.0f} seconds") from None

    def put_last(self, block: bytes) -> None:
        """Hands over the last block, however much is kept."""
        self._blocks.append(block)
        self._more.set()

    async def finish(self) -> None:
        """Waits until the caller has taken everything; gives up after DRAIN_S."""
        self._closed = True
        self._more.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=DRAIN_S)

    def stop(self) -> None:
        """Drops what is left."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        while self._blocks or not self._closed:
            if not self._blocks:
                self._more.clear()
                await self._more.wait()
                continue
            block = self._blocks.popleft()
            await self._send({"type": "http.response.body", "body": block, "more_body": True})
            self._size -= len(block)
            self._room.set()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
