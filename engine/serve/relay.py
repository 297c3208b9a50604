"""One request's way through the front: it is read, waits its turn, is answered by the engine and sent on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from engine.errors import EngineBrokenStream, EngineError, EngineRejected, EngineTimeout, EngineUnavailable
from engine.serve.completion_request import CompletionRequest, request_read
from engine.serve.ending import Ending
from engine.serve.event_blocks import EventBlocks
from engine.serve.failures import EngineAway, EngineRefusal, error_event, error_response, refusal_read
from engine.serve.front_metrics import FrontMetrics, RequestFigures
from engine.serve.outflow import Outflow
from engine.serve.turnstile import Passage, Turnstile
from engine.serve.upstream import Answer, Upstream

MAX_BODY_BYTES = 16 * 1024**2
BODY_TIMEOUT_S = 60.0
ATTEMPTS = 2
OPEN_REQUESTS = 1024  # with those whose callers still read: each keeps up to half a MiB (outflow)
JSON_HEADERS = [(b"content-type", b"application/json")]


class Engine(Protocol):
    """What the relay needs of the engine."""

    upstream: Upstream
    context_tokens: int

    def required(self) -> None:
        """Raises EngineAway unless the engine is ready."""

    async def survived(self) -> bool:
        """Whether the engine still works after a request failed; where it does not, it is being rebuilt."""

    def progressed(self) -> None:
        """Something came from the engine."""


class EngineDied(EngineBrokenStream):
    """The engine died under a request."""

    retry_after_s = 10


class CallerLeft(Exception):
    """The caller closed its connection."""


class Relay:
    """The ASGI application behind the routes for completions."""

    def __init__(self, engine: Engine, turnstile: Turnstile, metrics: FrontMetrics) -> None:
        self._engine = engine
        self._turnstile = turnstile
        self._metrics = metrics
        self._endings: set[Ending] = set()

    @property
    def under_way(self) -> int:
        """How many requests are being answered or wait."""
        return len(self._endings)

    def end_all(self, reason: EngineError) -> None:
        """Ends every request with an error that its caller is told."""
        for ending in list(self._endings):
            ending.because(reason)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        outflow, figures, ending = Outflow(send), self._metrics.request(), Ending()
        self._endings.add(ending)
        try:
            async with ending:
                self._engine.required()
                if len(self._endings) > OPEN_REQUESTS:
                    raise EngineAway(f"more than {OPEN_REQUESTS} requests are open", retry_after_s=5)
                headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
                body = await _body(receive)
                request = request_read(scope["path"], headers, body, self._engine.context_tokens)
                figures.priority = request.priority
                async with _noticed_when_left(receive, ending):
                    whole = await self._answer(request, outflow, figures, ending)
                    figures.done()
                    if whole is None:
                        await outflow.finish()
                    else:
                        await send({"type": "http.response.start", "status": 200, "headers": JSON_HEADERS})
                        await send({"type": "http.response.body", "body": whole})
        except EngineError as error:
            figures.failed(error)
            if outflow.begun:
                outflow.put_last(error_event(error))
                await outflow.finish()
            else:
                await error_response(error)(scope, receive, send)
        except CallerLeft:
            figures.left()
        finally:
            self._endings.discard(ending)
            outflow.stop()

    async def _answer(
        self, request: CompletionRequest, outflow: Outflow, figures: RequestFigures, ending: Ending
    ) -> bytes | None:
        """Has the request answered within its deadline; gives the body where it is not streamed."""
        timer = None
        if request.deadline_ms is not None:
            late = EngineTimeout(
                f"the answer was not complete within its deadline of {request.deadline_ms} ms"
            )
            timer = asyncio.get_running_loop().call_later(request.deadline_ms / 1000, ending.because, late)
        try:
            for _ in range(ATTEMPTS - 1):
                try:
                    return await self._attempt(request, outflow, figures)
                except EngineDied:
                    if outflow.begun:
                        raise
                    figures.retried()
            return await self._attempt(request, outflow, figures)
        finally:
            if timer:
                timer.cancel()

    async def _attempt(
        self, request: CompletionRequest, outflow: Outflow, figures: RequestFigures
    ) -> bytes | None:
        headers = {"x-request-id": request.request_id} if request.request_id else {}
        async with self._turnstile.passed(request.ticket()) as passage:
            figures.admitted()
            try:
                upstream = self._engine.upstream
                async with upstream.asked("POST", request.target, request.body, headers) as answer:
                    if answer.status != 200:
                        raise await refusal_read(answer, request, upstream)
                    if request.streams:
                        await self._stream(request, answer, passage, outflow, figures)
                        return None
                    passage.begins_unseen()
                    whole = await answer.whole()
                    figures.used(passage, _usage(whole))
                    return whole
            except (EngineUnavailable, EngineBrokenStream, EngineRefusal) as error:
                if await self._engine.survived() and isinstance(error, EngineRefusal):
                    raise
                raise EngineDied("the engine died while it answered this request; send it again") from error

    async def _stream(
        self,
        request: CompletionRequest,
        answer: Answer,
        passage: Passage,
        outflow: Outflow,
        figures: RequestFigures,
    ) -> None:
        events = EventBlocks(drops_usage=request.adds_usage)
        while not events.done and (piece := await answer.piece()):
            self._engine.progressed()
            block = events.feed(piece)
            if block:
                if outflow.begun:
                    figures.next_token()
                else:
                    passage.begun()
                    figures.first_token()
                await outflow.put(block)
            if events.error is not None:
                raise EngineRefusal.of(events.error)
        figures.used(passage, events.usage)
        if not events.done:
            raise EngineBrokenStream("the engine ended the stream before the answer was complete")


async def _body(receive: Receive) -> bytes:
    pieces, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise CallerLeft
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                more = message.get("more_body", False)
                if size > MAX_BODY_BYTES:
                    raise EngineRejected(
                        f"the body is larger than {MAX_BODY_BYTES // 1024**2} MiB", status=413
                    )
    except TimeoutError:
        raise EngineRejected(f"the body did not come within {BODY_TIMEOUT_S:.0f} s", status=408) from None
    return b"".join(pieces)


@asynccontextmanager
async def _noticed_when_left(receive: Receive, ending: Ending) -> AsyncIterator[None]:
    """Ends the request when its caller closes the connection."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        ending.because(CallerLeft())

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()


def _usage(whole: bytes) -> dict[str, Any] | None:
    try:
        return json.loads(whole).get("usage")
    except (ValueError, AttributeError) as error:
        raise EngineBrokenStream("the engine sent an answer that is no JSON object") from error
