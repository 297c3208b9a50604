"""The engine's event stream, cut into whole events; what the front needs is found by its bytes alone."""

import json
from typing import Any

from engine.errors import EngineBrokenStream

END = b"\n\n"
DONE = b"data: [DONE]"
ERROR_STARTS = (b'data: {"error"', b'data: {"object":"error"', b'data: {"object": "error"')
USAGE = b'"usage":{'
ABORTED = b'"finish_reason":"abort"'  # how the engine ends what it was at when it is stopped
MAX_EVENT_BYTES = 1 << 20


class EventBlocks:
    """Takes bytes, gives back whole events; knows whether the stream came to its end."""

    def __init__(self, *, drops_usage: bool) -> None:
        self.done = False
        self.usage: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self._drops_usage = drops_usage
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """The whole events that the piece completes; an error's event is kept in `error` and ends them."""
        whole, end, self._rest = (self._rest + piece).rpartition(END)
        if len(self._rest) > MAX_EVENT_BYTES:
            raise EngineBrokenStream("the engine sent an event of more than 1 MiB")
        block = whole + end
        if not any(mark in block for mark in (DONE, USAGE, b'"error"', ABORTED)):
            return block
        return b"".join(kept for event in whole.split(END) if (kept := self._judged(event)))

    def _judged(self, event: bytes) -> bytes:
        if self.error is not None:
            return b""
        if event.startswith(ERROR_STARTS):
            self.error = _object(event)
            return b""
        if ABORTED in event:
            self.error = {"message": "the engine gave the answer up"}
            return b""
        if event.startswith(DONE):
            self.done = True
        elif USAGE in event and (usage := _object(event).get("usage")):
            self.usage = usage
            if self._drops_usage:
                return _without_usage(event)
        return event + END


def _object(event: bytes) -> dict[str, Any]:
    try:
        value = json.loads(event.removeprefix(b"data: "))
    except ValueError as error:
        raise EngineBrokenStream(f"the engine sent an event that is not JSON: {event[:80]!r}") from error
    return value if isinstance(value, dict) else {}


def _without_usage(event: bytes) -> bytes:
    """The event for a caller who asked for no usage: nothing, where the usage was all it held."""
    value = _object(event)
    if not value.get("choices"):
        return b""
    value.pop("usage")
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + END
