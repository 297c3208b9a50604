"""Keeps the events of an answer for a while, so that a client that lost its connection can go on."""

import json
import logging
import uuid
from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError

from collegium.api.problems import problem_body, problem_from
from collegium.api.streaming.relay import Numbered
from collegium.api.streaming.valkey import TIMEOUT_S, valkey, valkey_async

log = logging.getLogger(__name__)
KEPT_S = 600
MAX_EVENTS = 20_000
LAST = frozenset({"done", "error"})
TOGETHER = 50  # events at most that are written at once


def _key(answer_id: uuid.UUID | str) -> str:
    return f"answer:{answer_id}"


class EventKeeper:
    """Appends each event of one answer to its Valkey stream; the first event names the answer.

    Events that come at once are written together, at `flush` or with the last one.
    """

    def __init__(self) -> None:
        self.answer_id = ""
        self.last: Numbered | None = None
        self._waiting: list[Numbered] = []
        self._broken = False

    def keep(self, event: Numbered) -> None:
        if not self.answer_id:
            self.answer_id = str(event.data.get("id", ""))
        if not self.answer_id or self._broken:
            return
        self._waiting.append(event)
        self.last = event
        if event.name in LAST or event.number == 1 or len(self._waiting) >= TOGETHER:
            self.flush()

    def end(self, failure: Exception) -> None:
        """Close a stream that ended without its last event, so that whoever resumes does not wait."""
        if self.last is not None and self.last.name not in LAST:
            self.keep(Numbered(self.last.number + 1, "error", problem_body(problem_from(failure))))

    def flush(self) -> None:
        """Write what has not been written yet."""
        events, self._waiting = self._waiting, []
        if not events or self._broken:
            return
        key = _key(self.answer_id)
        try:
            pipe = valkey().pipeline(transaction=False)
            for event in events:
                data = json.dumps(event.data, ensure_ascii=False, default=str)
                pipe.xadd(key, {"event": event.name, "data": data}, id=f"{event.number}-0", maxlen=MAX_EVENTS)
            pipe.expire(key, KEPT_S)
            pipe.execute()
        except RedisError:  # the client that listens now still gets everything
            self._broken = True
            log.warning("the events of an answer are not kept: Valkey does not answer", exc_info=True)


async def kept_events(
    answer_id: uuid.UUID | str, after: int, *, running: bool, wait_s: float
) -> AsyncIterator[Numbered | None]:
    """The kept events after a number; of a running answer also those that follow, None in a silent `wait_s`.

    Ends after the last event, and at once where nothing is kept or Valkey does not answer.
    """
    client = valkey_async(timeout_s=wait_s + TIMEOUT_S)
    try:
        async for event in _read(client, _key(answer_id), after, int(wait_s * 1000) if running else None):
            yield event
    except RedisError:
        log.warning("the events of an answer cannot be read: Valkey does not answer", exc_info=True)
    finally:
        await client.aclose()


async def _read(client: Any, key: str, after: int, block_ms: int | None) -> AsyncIterator[Numbered | None]:
    newest = await client.xrevrange(key, count=1)
    if not newest:
        return
    at = min(after, _number(newest[0][0]))  # a number beyond the end would wait for ever
    while await client.exists(key):
        found = await client.xread({key: f"{at}-0"}, count=200, block=block_ms)
        if not found:
            if block_ms is None:
                return
            yield None
            continue
        for raw_id, fields in found[0][1]:
            at = _number(raw_id)
            event = Numbered(at, fields[b"event"].decode(), json.loads(fields[b"data"]))
            yield event
            if event.name in LAST:
                return


def _number(raw_id: bytes) -> int:
    return int(raw_id.partition(b"-")[0])
