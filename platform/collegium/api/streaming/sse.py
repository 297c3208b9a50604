"""Server-sent events: how an event is written, and a response that streams them."""

import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import StreamingHttpResponse

from collegium.api.streaming.relay import Numbered

HEARTBEAT = b": still here\n\n"


def event_bytes(event: Numbered) -> bytes:
    data = json.dumps(event.data, ensure_ascii=False, default=str)
    return f"id: {event.number}\nevent: {event.name}\ndata: {data}\n\n".encode()


def data_bytes(value: Any) -> bytes:
    """An event without a name, as OpenAI's streams have them."""
    return f"data: {json.dumps(value, ensure_ascii=False, default=str)}\n\n".encode()


def stream_response(parts: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """A response that no proxy on the way keeps back."""
    return StreamingHttpResponse(
        parts,
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"},
    )
