"""Refuses request bodies that are too large before Django writes them to disk."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from html import escape
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request, override

from collegium.api.parsers import FORM_ALLOWANCE_BYTES, body_too_large, upload_too_large
from collegium.api.problems import OPENAI_PREFIX, PROBLEM_TYPE, openai_error, problem_body
from collegium.errors import TooLarge
from collegium.ops.logs import request_id_set

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LINGER_S = 30.0  # how long a refused client may go on sending before it is cut off unheard
LINGER_BYTES = 2_000_000_000


class _BodyTooLarge(Exception):
    """The body passed the limit while it was received."""


class BodyLimit:
    """Wraps an ASGI application: answers 413 for a body over the limit, by its announced or real length.

    Forms with files may be as large as an upload may be; everything else as DATA_UPLOAD_MAX_MEMORY_SIZE says.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal_make, limit = _limit(headers)
        announced = headers.get(b"content-length", "")
        if announced.isdigit() and int(announced) > limit:
            if "100-continue" not in headers.get(b"expect", "").lower():
                await body_drain(receive)
            await _refuse(scope, send, headers, refusal_make)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _BodyTooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except _BodyTooLarge:
            await body_drain(receive)
            await _refuse(scope, send, headers, refusal_make)


def _limit(headers: dict[bytes, str]) -> tuple[Callable[[], TooLarge], int]:
    if headers.get(b"content-type", "").lower().startswith("multipart/form-data"):
        return upload_too_large, settings.UPLOAD_MAX_BYTES + FORM_ALLOWANCE_BYTES
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return partial(body_too_large, limit), limit


def _language(headers: dict[bytes, str]) -> str:
    """The language that LanguageMiddleware, which this stands before, would choose."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", "")
    return get_language_from_request(request)


async def body_drain(receive: Receive) -> None:
    """Let the client finish sending, keeping nothing: many clients read no answer before that."""
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


async def _refuse(
    scope: Message, send: Send, headers: dict[bytes, str], refusal_make: Callable[[], TooLarge]
) -> None:
    request_id = uuid.uuid4().hex
    request_id_set(request_id)
    language = _language(headers)
    with override(language):
        refusal = refusal_make()
        media_type, body = _written(str(scope["path"]), refusal)
    told = [
        (b"content-type", media_type.encode()),
        (b"content-language", language.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _written(path: str, refusal: TooLarge) -> tuple[str, bytes]:
    """Media type and body as the address speaks; a page shows the notice where it tells of errors."""
    if path.startswith(OPENAI_PREFIX):
        return "application/json", json.dumps(openai_error(refusal)).encode()
    if path.startswith("/api/"):
        return PROBLEM_TYPE, json.dumps(problem_body(refusal)).encode()
    notice = f'<div class="notice error" role="alert"><span>{escape(refusal.detail)}</span></div>'
    return "text/html; charset=utf-8", notice.encode()
