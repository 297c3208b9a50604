"""vLLM's message queues between executor and ranks: by address instead of pickled handle, and never deaf.

A queue over TCP whose writer is gone waits for ever, and closing it does not wake the reader. So readers here
wait in slices, and ask between two of them whether there is still something to wait for.
"""

import time
from collections.abc import Callable
from typing import Any

import zmq
from vllm.distributed.device_communicators.shm_broadcast import Handle, MessageQueue

from engine.parallel.errors import RankLost
from engine.parallel.order import address_check

SLICE_S = 0.5


def queue_open(address: str, readers: int) -> MessageQueue:
    """A queue that so many readers reach over TCP, at a port of `address` that the system chooses."""
    return MessageQueue(n_reader=readers, n_local_reader=0, connect_ip=address)


def queue_address(queue: MessageQueue) -> str:
    """Where the readers of a queue find it: tcp://HOST:PORT."""
    address = str(queue.export_handle().remote_subscribe_addr)
    address_check(address)
    return address


def queue_join(address: str) -> MessageQueue:
    """The reader's end of the queue at an address. Raises OrderInvalid for what is no tcp://HOST:PORT."""
    address_check(address)
    handle = Handle(remote_subscribe_addr=address, remote_addr_ipv6="[" in address)
    return MessageQueue.create_from_handle(handle, -1)


def queue_ready(queue: Any, timeout_s: float) -> None:
    """Waits until all ends of a queue have met; raises RankLost when they do not in time."""
    queue.remote_socket.setsockopt(zmq.RCVTIMEO, int(timeout_s * 1000))
    try:
        queue.wait_until_ready()
    except zmq.Again:
        raise RankLost(f"the other end of a queue did not answer for {timeout_s:.0f} s") from None
    queue.remote_socket.setsockopt(zmq.RCVTIMEO, -1)


class WatchedQueue:
    """A reader's end that gives up as soon as `check` raises; takes the place of vLLM's MessageQueue."""

    def __init__(self, queue: Any, check: Callable[[], None]) -> None:
        self._queue = queue
        self._check = check

    def dequeue(self, timeout: float | None = None, **_: Any) -> Any:
        """The next message; raises TimeoutError after `timeout` seconds, or whatever the check raises."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = SLICE_S if deadline is None else min(SLICE_S, max(0.0, deadline - time.monotonic()))
            try:
                return self._queue.dequeue(timeout=left)
            except TimeoutError:
                self._check()
                if deadline is not None and time.monotonic() >= deadline:
                    raise

    def shutdown(self) -> None:
        """Closes the queue."""
        self._queue.shutdown()
