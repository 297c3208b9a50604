"""The engine's public server: the OpenAI surface, before vLLM's own, which it keeps running."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.errors import EngineError, EngineRejected
from engine.serve.adapters import Adapters
from engine.serve.admission import Admission, Limits, Priority
from engine.serve.api_key import KeyGuard
from engine.serve.engine_process import EngineProcess, State
from engine.serve.failures import EngineAway, error_response
from engine.serve.front_metrics import FrontMetrics, ProcessFigures
from engine.serve.observers import Observers
from engine.serve.relay import Relay
from engine.serve.turnstile import Turnstile

GRACE_S = 3.0  # for answers under way when the server is told to stop
CLOSE_TIMEOUT_S = 2
AWAY_LIMIT_S = 180.0  # requests wait so long for an engine that is being rebuilt


class _Http(uvicorn.Server):
    """Leaves the signals to the front."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


class Front:
    """Routes, admission and the engine's process.

    `limits.tokens` 0 means as many as the engine's cache holds; for start_tries see EngineProcess.
    """

    def __init__(
        self,
        command: Sequence[str],
        engine_socket: Path,
        *,
        limits: Limits,
        stall_s: float,
        start_tries: int | None,
        api_key: str | None,
        observers: Observers,
        adapters_dir: Path | None = None,
    ) -> None:
        self._limits = limits
        self._turnstile = Turnstile(Admission(limits))
        self._metrics = FrontMetrics(self._turnstile.admission)
        self._observers = observers
        self._away_timer: asyncio.TimerHandle | None = None
        self._reopening: asyncio.Task[None] | None = None
        self.engine = EngineProcess(
            command,
            engine_socket,
            stall_s=stall_s,
            start_tries=start_tries,
            on_ready=self._ready,
            on_away=self._away,
            busy=lambda: self._turnstile.admission.held.sequences > 0,
        )
        self._adapters = Adapters(self.engine, adapters_dir) if adapters_dir else None
        self._relay = Relay(self.engine, self._turnstile, self._metrics)
        self._metrics.registry.register(
            ProcessFigures(
                tuple(State), lambda: self.engine.state, lambda: self.engine.restarts, self._memory_bytes
            )
        )
        self.app = self._routed(api_key)

    async def run(self, listener: socket.socket) -> None:
        """Serves until SIGTERM or SIGINT, or until the engine cannot be started (ModelInvalid)."""
        http = _Http(
            uvicorn.Config(
                self.app,
                http="httptools",
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=CLOSE_TIMEOUT_S,
            )
        )
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        engine = asyncio.create_task(self.engine.run())
        serving = asyncio.create_task(http.serve(sockets=[listener]))
        stopping = asyncio.create_task(told.wait())
        await asyncio.wait([engine, serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        self.engine.state = State.STOPPED
        self._turnstile.close()
        await self._drained()
        http.should_exit = True
        await serving
        stopping.cancel()
        engine.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await engine

    async def _drained(self) -> None:
        """Lets answers end that will end soon; tells the other callers that the server stops."""
        deadline = asyncio.get_running_loop().time() + GRACE_S
        while self._relay.under_way and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        self._relay.end_all(EngineAway("the server is stopping", retry_after_s=10))

    def _routed(self, api_key: str | None) -> "Starlette | KeyGuard":
        routes = [
            Route("/v1/chat/completions", self._relay, methods=["POST"]),
            Route("/v1/completions", self._relay, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/health", self.health),
            Route("/state", self.state),
            Route("/metrics", self.metrics),
        ]
        if self._adapters is not None:
            routes += [
                Route("/adapters", self._adapters.load, methods=["POST"]),
                Route("/adapters/{name}", self._adapters.unload, methods=["DELETE"]),
            ]
        handlers = {EngineError: _refused, HTTPException: _not_routed}
        app = Starlette(routes=routes, exception_handlers=handlers)
        return KeyGuard(app, api_key) if api_key else app

    async def models(self, request: Request) -> Response:
        """What the engine serves, as it said when it became ready."""
        self.engine.required()
        return JSONResponse(self.engine.models)

    async def health(self, request: Request) -> Response:
        """200 when the engine is ready, 503 before and while it is rebuilt."""
        self.engine.required()
        return JSONResponse({"status": "ready"})

    async def state(self, request: Request) -> Response:
        """The engine's state for people: what it serves, what it is doing, which parts it has."""
        engine, admission = self.engine, self._turnstile.admission
        data = engine.models.get("data") or [{}]
        return JSONResponse(
            {
                "model": data[0].get("id"),
                "state": engine.state,
                "detail": engine.detail,
                "restarts": engine.restarts,
                "context_tokens": engine.context_tokens,
                "cache_tokens": engine.cache_tokens,
                "waiting": {p: admission.waiting(p) for p in Priority},
                "in_flight": {"requests": admission.held.sequences, "tokens": admission.held.tokens},
                "memory_bytes": self._memory_bytes(),
                "ranks": [],
                "experts": None,
                "adapters": None if self._adapters is None else sorted(self._adapters.loaded),
                **await self._observers.states(),
            }
        )

    async def metrics(self, request: Request) -> Response:
        """Ours, those of other parts, and vLLM's own, in Prometheus' text format."""
        ours = generate_latest(self._metrics.registry)
        try:
            vllm = await self.engine.metrics()
        except EngineError:
            vllm = b""  # whether the engine is there is among our figures
        return Response(ours + await self._observers.figures() + vllm, media_type=CONTENT_TYPE_LATEST)

    def _ready(self) -> None:
        tokens = self._limits.tokens or self.engine.cache_tokens or self.engine.context_tokens
        self._turnstile.admission.limits = replace(self._limits, tokens=tokens)
        if self._away_timer is not None:
            self._away_timer.cancel()
        if self._adapters is not None and self._adapters.loaded:
            self._reopening = asyncio.create_task(self._reopen(self._adapters))
        else:
            self._turnstile.open()

    async def _reopen(self, adapters: Adapters) -> None:
        """Opens once a rebuilt engine has its adapters again; one that died meanwhile says so itself."""
        with contextlib.suppress(EngineError):
            await adapters.again()
            self._turnstile.open()

    def _away(self) -> None:
        self._turnstile.close()
        gave_up = EngineAway("the engine was not rebuilt in time", retry_after_s=30)
        loop = asyncio.get_running_loop()
        self._away_timer = loop.call_later(AWAY_LIMIT_S, self._relay.end_all, gave_up)

    def _memory_bytes(self) -> dict[str, int]:
        front = psutil.Process(os.getpid()).memory_info().rss
        return {"front": front, **self.engine.memory_bytes()}


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, EngineError):
        raise error
    return error_response(error)


async def _not_routed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = f"{request.method} {request.url.path}: {getattr(error, 'detail', error)}"
    return error_response(EngineRejected(words, status=status))
