"""Requests to vLLM's server over its Unix socket, each on a connection whose closing ends the request."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httptools

from engine.errors import EngineBrokenStream, EngineUnavailable

READ_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 64 * 1024**2


class Answer:
    """An answer as it arrives: its status and content type, then its body piece by piece."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.content_type = ""
        self.ended = False
        self._head_read = False
        self._pieces: deque[bytes] = deque()
        self._reader = reader
        self._parser = httptools.HttpResponseParser(self)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self._parser.get_status_code())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == b"content-type":
            self.content_type = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._head_read = True

    def on_body(self, piece: bytes) -> None:
        """Called by the parser."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.ended = True

    async def head(self) -> None:
        """Waits for the status and the headers."""
        while not self._head_read:
            await self._more()

    async def piece(self) -> bytes:
        """What has arrived since the last call, waited for; empty at the end of the answer.

        Raises EngineBrokenStream when the engine closes the connection before that.
        """
        while not self._pieces and not self.ended:
            await self._more()
        joined = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        return joined

    async def whole(self) -> bytes:
        """The rest of the body."""
        pieces, size = [], 0
        while piece := await self.piece():
            size += len(piece)
            if size > MAX_ANSWER_BYTES:
                raise EngineBrokenStream(f"the engine sent more than {MAX_ANSWER_BYTES // 1024**2} MiB")
            pieces.append(piece)
        return b"".join(pieces)

    async def _more(self) -> None:
        try:
            received = await self._reader.read(READ_BYTES)
            if not received:
                raise EngineBrokenStream("the engine closed the connection in the middle of an answer")
            self._parser.feed_data(received)
        except (OSError, httptools.HttpParserError) as error:
            raise EngineBrokenStream(f"the engine broke off: {error}") from error


class Upstream:
    """vLLM's server at its socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)

    @asynccontextmanager
    async def asked(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> AsyncIterator[Answer]:
        """Sends a request and waits for the head of the answer; leaving the block ends the request.

        Raises EngineUnavailable when nobody listens, EngineBrokenStream when the engine breaks off.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket, limit=READ_BYTES)
        except OSError as error:
            raise EngineUnavailable(f"the engine does not answer: {error.strerror}") from error
        try:
            writer.write(_head(method, target, len(body), headers or {}) + body)
            answer = Answer(reader)
            await answer.head()
            yield answer
        finally:
            writer.transport.abort()

    async def json(self, method: str, target: str, value: Any = None) -> dict[str, Any]:
        """Sends and receives a JSON object; raises as `asked`, and for an answer that is not 200."""
        body = b"" if value is None else json.dumps(value).encode()
        async with self.asked(method, target, body) as answer:
            raw = await answer.whole()
            if answer.status != 200:
                raise EngineBrokenStream(f"the engine answered {target} with HTTP {answer.status}")
        try:
            found = json.loads(raw)
        except ValueError as error:
            raise EngineBrokenStream(f"the engine answered {target} with what is not JSON") from error
        if not isinstance(found, dict):
            raise EngineBrokenStream(f"the engine answered {target} with what is no object")
        return found


def _head(method: str, target: str, length: int, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "host: engine", "connection: close"]
    if length:
        lines += ["content-type: application/json", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
