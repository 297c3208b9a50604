"""The chat completion stream of the OpenAI surface, read strictly: an answer is whole or an error."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineBrokenStream, EngineRejected, EngineTimeout
from engine.sse import DONE, EventDecoder
from engine.transport import error_from_response

FAILED_FINISHES = frozenset({"abort", "error"})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written for one answer."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class ChatDelta:
    """A piece of an answer as it is generated; the last one carries the usage and no text."""

    text: str
    finish_reason: str | None
    usage: Usage | None


def deltas_read(pieces: Iterator[bytes], deadline: float) -> Iterator[ChatDelta]:
    """The pieces of an answer in a stream of bytes; `deadline` is in monotonic seconds.

    Raises EngineBrokenStream unless the answer came to its end, EngineTimeout after the deadline.
    """
    decoder, finished = EventDecoder(), False
    for piece in pieces:
        if time.monotonic() > deadline:
            raise EngineTimeout("the engine did not finish the answer in time")
        for data in decoder.feed(piece):
            if data == DONE:
                if not finished:
                    raise EngineBrokenStream("the engine ended the stream without finishing the answer")
                return
            delta = _delta(_event(data))
            finished = finished or delta.finish_reason is not None
            yield delta
    if not finished:
        raise EngineBrokenStream("the engine's stream ended before the answer did")


async def events_checked(pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event before [DONE]; raises as deltas_read, but knows no deadline."""
    decoder, finished = EventDecoder(), False
    async for piece in pieces:
        for data in decoder.feed(piece):
            if data == DONE:
                return
            finished = _finish_reason(_event(data)) is not None or finished
            yield data
    if not finished:
        raise EngineBrokenStream("the engine's stream ended before the answer did")


def _event(data: str) -> dict[str, Any]:
    """An event's JSON object; raises the error it holds, if it holds one."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise EngineBrokenStream(f"the engine sent an event that is not JSON: {data[:80]!r}") from error
    if not isinstance(value, dict):
        raise EngineBrokenStream(f"the engine sent an event that is no object: {data[:80]!r}")
    if "error" in value:
        status = 500
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            status = int(value["error"]["code"])
        error_named = error_from_response(status, data)
        if isinstance(error_named, EngineRejected | EngineTimeout):
            raise error_named
        raise EngineBrokenStream(f"the engine failed in mid-stream: {error_named}")
    return value


def _choice(event: Mapping[str, Any]) -> dict[str, Any] | None:
    choices = event.get("choices")
    if not isinstance(choices, list) or not all(isinstance(c, dict) for c in choices):
        raise EngineBrokenStream("the engine sent an event without choices")
    return choices[0] if choices else None


def _finish_reason(event: Mapping[str, Any]) -> str | None:
    reason = (_choice(event) or {}).get("finish_reason")
    if reason in FAILED_FINISHES:
        raise EngineBrokenStream(f"the engine gave up the answer: {reason}")
    return str(reason) if reason is not None else None


def _delta(event: Mapping[str, Any]) -> ChatDelta:
    choice, raw_usage = _choice(event), event.get("usage")
    try:
        text = (choice or {}).get("delta", {}).get("content") or ""
        usage = (
            Usage(int(raw_usage["prompt_tokens"]), int(raw_usage["completion_tokens"])) if raw_usage else None
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EngineBrokenStream("the engine sent an event of an unknown form") from error
    if not isinstance(text, str):
        raise EngineBrokenStream("the engine sent text that is no text")
    return ChatDelta(text, _finish_reason(event), usage)
