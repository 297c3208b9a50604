"""Ends a request's task from outside, with the reason as the error that the task sees."""

import asyncio
from types import TracebackType


class Ending:
    """Within its block the task can be ended by `because`; the block then raises the reason.

    As asyncio.timeout does it: the task is cancelled, and the cancellation turned into the reason.
    """

    def __init__(self) -> None:
        self._reason: Exception | None = None
        self._task: asyncio.Task[object] | None = None

    async def __aenter__(self) -> "Ending":
        self._task = asyncio.current_task()
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if self._reason is None or task is None:
            return
        if error is None:  # ended in the moment in which it was done: the cancellation is still to come
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError as late:
                error = late
        if task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise self._reason from None

    def because(self, reason: Exception) -> None:
        """Ends the block for this reason, unless it is over or ends already."""
        if self._task is not None and self._reason is None:
            self._reason = reason
            self._task.cancel()
