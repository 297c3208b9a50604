"""Server-sent events, decoded from bytes as they arrive."""

import codecs

from engine.errors import EngineBrokenStream

MAX_EVENT_CHARS = 1 << 20
DONE = "[DONE]"


class EventDecoder:
    """Collects bytes and returns the data of each event that is complete.

    Raises EngineBrokenStream for bytes that are not server-sent events.
    """

    def __init__(self) -> None:
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[str]:
        """Takes the next bytes and returns the data of the events they complete."""
        try:
            self._rest += self._text.decode(piece)
        except UnicodeDecodeError as error:
            raise EngineBrokenStream("the engine's stream is not UTF-8 text") from error
        *lines, self._rest = self._rest.replace("\r\n", "\n").split("\n")
        events = [data for line in lines if (data := self._line(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT_CHARS:
            raise EngineBrokenStream("the engine sent an event of more than 1 MiB")
        return events

    def _line(self, line: str) -> str | None:
        if not line:
            data, self._data = self._data, []
            return "\n".join(data) if data else None
        field, colon, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
        elif not (colon and field in ("", "event", "id", "retry")):
            raise EngineBrokenStream(f"the engine's stream has a line that is no event: {line[:80]!r}")
        return None
