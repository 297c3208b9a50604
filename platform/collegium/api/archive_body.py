"""Takes a model's archive from the wire to a file, for administrators only, before Django would hold it."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from collegium.accounts.selectors import asker_for_key
from collegium.api.authentication import MAX_KEY_CHARS
from collegium.api.body_limit import body_drain
from collegium.errors import Problem, TooLarge
from collegium.knowledge.disk import is_full, no_space
from collegium.ops.connections import connections_release
from collegium.serving.archive import HEAD_MAX_BYTES
from collegium.serving.selectors import is_administrator

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ARCHIVE_TYPE = "application/x-tar"
PATH = "/api/v1/models/import"
KEY = "collegium.archive"  # in the scope: the file's path, or the Problem that it met


class ArchiveBody:
    """Wraps an ASGI application. The body of an import goes to a file in pieces, of at most what a model may
    have; of a caller who may not import nothing is kept, and the view refuses them.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != ARCHIVE_TYPE.encode():
            await self._app(scope, receive, send)
            return
        path = Path(settings.HOME.work) / f"archive-{uuid.uuid4().hex}.tar"
        try:
            if await asyncio.to_thread(_may_import, headers.get(b"authorization", b"").decode("latin-1")):
                scope[KEY] = await _received(receive, path)
            else:
                await body_drain(receive)
            kept = [
                (k, v)
                for k, v in scope["headers"]
                if k.lower() not in {b"content-length", b"transfer-encoding"}
            ]
            scope["headers"] = [*kept, (b"content-length", b"0")]
            await self._app(scope, _emptied(receive), send)
        finally:
            path.unlink(missing_ok=True)


def _emptied(receive: Receive) -> Receive:
    """What the application hears: an empty body, and then whether the caller leaves."""
    told = False

    async def hear() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return hear


def _may_import(authorization: str) -> bool:
    scheme, _space, key = authorization.strip().partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not 0 < len(key) <= MAX_KEY_CHARS or not key.isascii():
        return False
    try:
        asker = asker_for_key(key)
        return asker is not None and is_administrator(asker)
    finally:
        connections_release()


async def _received(receive: Receive, path: Path) -> str | Problem:
    """Write the body to the file; what it meets is for the view to tell."""
    limit, size = settings.MODEL_MAX_BYTES + 2 * HEAD_MAX_BYTES, 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return str(path)  # cut off: it will not be read as whole
                size += len(message.get("body", b""))
                if size > limit:
                    break
                await asyncio.to_thread(file.write, message.get("body", b""))
                if not message.get("more_body", False):
                    return str(path)
    except OSError as error:
        await body_drain(receive)
        if is_full(error):
            return no_space()
        raise
    await body_drain(receive)
    return TooLarge(
        _("The model is larger than %(limit)s MB, the limit of this installation (COLLEGIUM_MAX_MODEL_MB).")
        % {"limit": settings.MODEL_MAX_BYTES // 1_000_000},
        limit_bytes=settings.MODEL_MAX_BYTES,
    )


@contextmanager
def archive_received(request: HttpRequest) -> Iterator[IO[bytes] | None]:
    """The archive that came with a request, as a file; None where the body itself is still to be read."""
    found = getattr(request, "scope", {}).get(KEY)
    if isinstance(found, Problem):
        raise found
    if found is None:
        yield None
        return
    with open(os.fspath(found), "rb") as file:
        yield file
