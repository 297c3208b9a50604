"""The embedding server: POST /v1/embeddings as OpenAI shapes it, for every process of the installation.

python -m engine.serve.embeddings --model DIR (--uds PATH | --host H --port P) [--threads N]
    [--batch-tokens N]
"""

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.config import EmbeddingConfig
from engine.errors import EngineError, EngineRejected, EngineUnavailable, ModelInvalid
from engine.manifest import Manifest, manifest_verify
from engine.serve.encoder import MAX_CHARS_PER_TOKEN, Encoder
from engine.serve.lane import Rows
from engine.serve.metrics import EmbeddingMetrics
from engine.serve.schedule import Priority, Schedule
from engine.serve.sockets import tcp_open, uds_open

MAX_TEXTS = 2048
MAX_BODY_BYTES = 16 * 1024**2
MAX_WAITING = 50_000
DISCONNECT_POLL_S = 1.0
SHUTDOWN_TIMEOUT_S = 5


class EmbeddingServer:
    """The routes of the server, over a model that loads while they already answer 503."""

    def __init__(self, config: EmbeddingConfig, manifest: Manifest) -> None:
        self._config = config
        self._manifest = manifest
        self._max_chars = manifest.max_tokens * MAX_CHARS_PER_TOKEN
        self._digest = manifest.digest
        self._schedule: Schedule | None = None
        self._metrics = EmbeddingMetrics(self._waiting)
        routes = [
            Route("/v1/embeddings", self.embeddings, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/health", self.health),
            Route("/info", self.info),
            Route("/metrics", self.metrics),
        ]
        self.app = Starlette(routes=routes, exception_handlers={EngineError: _error_response})

    def load(self) -> None:
        """Loads the model; until then requests are answered with 503."""
        encoder = Encoder(
            self._config.model / "model.onnx",
            self._config.model / "tokenizer.json",
            max_tokens=self._manifest.max_tokens,
        )
        encoder.embed([encoder.tokenize("warm up")])
        wanted = self._config.batch_tokens
        self._schedule = Schedule(
            encoder,
            threads=self._config.threads,
            max_waiting=MAX_WAITING,
            batch_tokens=self._manifest.batch_tokens if wanted is None else wanted,
            observe=self._metrics.run,
        )

    def stop(self) -> None:
        """Ends the threads."""
        if self._schedule is not None:
            self._schedule.stop()

    async def health(self, request: Request) -> Response:
        """200 when the model is loaded, 503 before."""
        self._ready()
        return JSONResponse({"status": "ready"})

    async def info(self, request: Request) -> Response:
        """Which model this is."""
        self._ready()
        m = self._manifest
        return JSONResponse(
            {
                "name": m.name,
                "version": m.version,
                "dims": m.dims,
                "max_tokens": m.max_tokens,
                "digest": self._digest,
            }
        )

    async def models(self, request: Request) -> Response:
        """The one model, in OpenAI's list."""
        self._ready()
        entry = {"id": self._manifest.name, "object": "model", "created": 0, "owned_by": "collegium"}
        return JSONResponse({"object": "list", "data": [entry]})

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format."""
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def embeddings(self, request: Request) -> Response:
        """Embeds `input`, a text or a list of them; the header X-Priority says who waits."""
        wanted = request.headers.get("x-priority", Priority.BULK)
        priority = Priority.INTERACTIVE if wanted == Priority.INTERACTIVE else Priority.BULK
        with self._metrics.request(priority) as measured:
            schedule = self._ready()
            texts, encoding = _input_read(await _body(request), self._manifest.name)
            texts = [text[: self._max_chars] for text in texts]
            rows, tokens = await _result(request, schedule, texts, priority)
            measured.texts, measured.tokens = len(texts), tokens
        data = [
            {"object": "embedding", "index": i, "embedding": _encoded(row, encoding)}
            for i, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": self._manifest.name, "usage": usage})

    def _ready(self) -> Schedule:
        if self._schedule is None:
            raise EngineUnavailable("the embedding model is loading")
        return self._schedule

    def _waiting(self, priority: Priority) -> int:
        return self._schedule.waiting(priority) if self._schedule else 0


async def _body(request: Request) -> Any:
    too_large = EngineRejected(f"the body is larger than {MAX_BODY_BYTES // 1024**2} MiB", status=413)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise too_large
        pieces.append(piece)
    try:
        return json.loads(b"".join(pieces))
    except ValueError as error:
        raise EngineRejected(f"the body is not JSON: {error}") from error


def _input_read(body: Any, served: str) -> tuple[list[str], str]:
    """The texts and the encoding a request asks for; raises EngineRejected saying what is wrong."""
    if not isinstance(body, dict):
        raise EngineRejected("the body must be a JSON object")
    if body.get("model") not in (None, served):
        raise EngineRejected(f"this server has the model {served}, not {body['model']!r}", status=404)
    encoding = body.get("encoding_format", "float")
    if encoding not in ("float", "base64"):
        raise EngineRejected("encoding_format must be float or base64")
    if body.get("dimensions") is not None:
        raise EngineRejected("dimensions cannot be chosen for this model")
    texts = body.get("input")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise EngineRejected("input must be a text or a list of at least one text")
    if len(texts) > MAX_TEXTS:
        raise EngineRejected(f"{len(texts)} texts in one request, more than {MAX_TEXTS}: send several")
    for number, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise EngineRejected(
                f"text {number} is not Unicode: half of a surrogate pair is in it"
            ) from error
    return texts, encoding


async def _result(
    request: Request, schedule: Schedule, texts: list[str], priority: Priority
) -> tuple[Rows, int]:
    """Waits for the vectors; drops the work when the caller is gone."""
    future = asyncio.wrap_future(schedule.submit(texts, priority))
    while not future.done():
        await asyncio.wait([future], timeout=DISCONNECT_POLL_S)
        if not future.done() and await request.is_disconnected():
            future.cancel()
            raise ClientDisconnect
    if future.cancelled():
        raise EngineUnavailable("the embedding server is stopping")
    return future.result()


def _encoded(row: Rows, encoding: str) -> str | list[float]:
    return base64.b64encode(row.astype("<f4").tobytes()).decode() if encoding == "base64" else row.tolist()


async def _error_response(request: Request, error: Exception) -> Response:
    """An engine's error in OpenAI's shape."""
    if not isinstance(error, EngineError):
        raise error
    status = error.status if isinstance(error, EngineRejected) else 503 if error.retryable else 500
    inner = {"message": str(error), "type": error.code, "code": status}
    headers = {"Retry-After": "1"} if status == 503 else None
    return JSONResponse({"error": inner}, status_code=status, headers=headers)


async def _serve(server: EmbeddingServer, listener: socket.socket) -> None:
    """Answers while the model loads and after, until a signal."""
    config = uvicorn.Config(
        server.app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    http = uvicorn.Server(config)
    serving = asyncio.create_task(http.serve(sockets=[listener]))
    try:
        await asyncio.to_thread(server.load)
    except Exception as error:
        http.should_exit = True
        await serving
        raise ModelInvalid(f"the embedding model cannot be loaded: {error}") from error
    await serving
    await asyncio.to_thread(server.stop)


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; 1 with a message when it cannot start."""
    # uvicorn raises the signal again once it has stopped: that must not end us before we clean up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        config = _config(arguments)
        manifest = manifest_verify(config.model)
        if manifest.kind != "embedding":
            raise ModelInvalid(f"{config.model} is a {manifest.kind} model, not an embedding model")
        server = EmbeddingServer(config, manifest)
        listener = uds_open(config.uds) if config.uds else tcp_open(config.host, config.port)
        where = f"unix://{config.uds}" if config.uds else f"http://{config.host}:{listener.getsockname()[1]}"
        print(f"embeddings: {manifest.name} at {where}", flush=True)
        try:
            asyncio.run(_serve(server, listener))
        finally:
            listener.close()
            if config.uds:
                with suppress(FileNotFoundError):
                    config.uds.unlink()
    except EngineError as error:
        print(f"engine.serve.embeddings: {error}", file=sys.stderr)
        return 1
    return 0


def _config(arguments: list[str] | None) -> EmbeddingConfig:
    parser = argparse.ArgumentParser(prog="python -m engine.serve.embeddings")
    parser.add_argument("--model", type=Path, required=True, help="the model's directory")
    parser.add_argument("--uds", type=Path, help="the Unix socket to listen on")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--batch-tokens",
        type=int,
        help="at most so many in one run, instead of what the model's manifest says",
    )
    return EmbeddingConfig(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
