"""HTTP to an engine over TCP or a Unix socket, with failures turned into the engine's errors."""

import json
import os
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from engine.errors import (
    ConfigInvalid,
    ContextTooLong,
    EngineBrokenStream,
    EngineError,
    EngineRejected,
    EngineTimeout,
    EngineUnavailable,
)

MAX_ERROR_CHARS = 500
# An idle connection is given up before the server (uvicorn: 5 s) does so: a request at that moment fails.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
CONTEXT_LIMIT = re.compile(r"maximum (?:context|model) length(?: is| of)? \(?(\d+)", re.I)
PROMPT_TOKENS = re.compile(r"(?:contains|at least|requested|length) \(?(\d+)(?:\)| (?:input )?tokens)", re.I)


class Transport:
    """Sends requests to one engine; safe to share between threads, and across a fork."""

    def __init__(
        self, url: str, *, api_key: str | None, timeout_s: float, connect_timeout_s: float = 2.0
    ) -> None:
        self.url = url
        self._base_url, self._socket = _address(url)
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = httpx.Timeout(timeout_s, connect=connect_timeout_s)
        self._lock = threading.Lock()
        self._clients: dict[int, httpx.Client] = {}

    def _client(self) -> httpx.Client:
        """The client of this process: a connection must not be shared with a forked child."""
        pid = os.getpid()
        with self._lock:
            if pid not in self._clients:
                self._clients = {
                    pid: httpx.Client(
                        base_url=self._base_url,
                        headers=self._headers,
                        timeout=self._timeout,
                        transport=httpx.HTTPTransport(uds=self._socket, limits=LIMITS, trust_env=False),
                        trust_env=False,
                    )
                }
            return self._clients[pid]

    def close(self) -> None:
        """Closes the connections; the next request opens new ones."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def json(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> dict[str, Any]:
        """Sends a request and returns the JSON object it answers with."""
        timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else httpx.Timeout(timeout_s)
        with failures_named(self.url):
            response = self._client().request(method, path, json=body, headers=headers, timeout=timeout)
            return _json_object(response)

    @contextmanager
    def stream(self, path: str, *, body: Any, headers: dict[str, str] | None = None) -> Iterator[Any]:
        """Opens an event stream; leaving the block closes the connection."""
        with failures_named(self.url):
            with self._client().stream("POST", path, json=body, headers=headers) as response:
                if response.status_code >= 400:
                    response.read()
                _stream_check(response)
                yield response

    @asynccontextmanager
    async def astream(
        self, path: str, *, body: Any, headers: dict[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """As stream, for a coroutine: on a connection of its own, since pools belong to one event loop."""
        with failures_named(self.url):
            async with self._async_client() as client:
                async with client.stream("POST", path, json=body, headers=headers) as response:
                    if response.status_code >= 400:
                        await response.aread()
                    _stream_check(response)
                    yield response

    async def ajson(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """As json, for a coroutine."""
        with failures_named(self.url):
            async with self._async_client() as client:
                return _json_object(await client.request(method, path, json=body, headers=headers))

    def _async_client(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(uds=self._socket) if self._socket else None
        return httpx.AsyncClient(
            base_url=self._base_url,
            headers=self._headers,
            timeout=self._timeout,
            transport=transport,
            trust_env=False,
        )


def _address(url: str) -> tuple[str, str | None]:
    """Splits an engine's address into an HTTP base URL and, for unix://, the socket's path."""
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return "http://engine", parts.path
    if parts.scheme in ("http", "https") and parts.hostname:
        return url.rstrip("/").removesuffix("/v1"), None
    raise ConfigInvalid(f"{url!r} is no engine address: use http://host:port or unix:///path.sock")


@contextmanager
def failures_named(url: str) -> Iterator[None]:
    """Turns what httpx raises inside the block into the engine's errors."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise EngineUnavailable(f"no engine answers at {url}: {error}") from error
    except httpx.TimeoutException as error:
        raise EngineTimeout(f"the engine at {url} took too long") from error
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
        raise EngineBrokenStream(f"the engine at {url} broke off: {error}") from error


def _json_object(response: httpx.Response) -> dict[str, Any]:
    if response.status_code >= 400:
        raise error_from_response(response.status_code, response.text)
    try:
        value = response.json()
    except ValueError as error:
        raise EngineBrokenStream("the engine answered with what is not JSON") from error
    if not isinstance(value, dict):
        raise EngineBrokenStream("the engine answered with what is not a JSON object")
    return value


def _stream_check(response: httpx.Response) -> None:
    if response.status_code >= 400:
        raise error_from_response(response.status_code, response.text)
    kind = response.headers.get("content-type", "")
    if not kind.startswith("text/event-stream"):
        raise EngineBrokenStream(f"the engine answered with {kind or 'no content type'}, not a stream")


def error_from_response(status: int, text: str) -> EngineError:
    """The named error for a refusal's status and body."""
    message = _message(text) or f"HTTP {status}"
    if status in (408, 504):
        return EngineTimeout(message)
    if status == 429 or status >= 500:
        return EngineUnavailable(f"{message} (HTTP {status})")
    if status in (400, 413, 422) and (limit := CONTEXT_LIMIT.search(message)):
        asked = PROMPT_TOKENS.search(message)
        return ContextTooLong(
            message,
            status=status,
            prompt_tokens=int(asked[1]) if asked else None,
            limit_tokens=int(limit[1]),
        )
    return EngineRejected(message, status=status)


def _message(text: str) -> str:
    """The words of an error body: OpenAI's {"error": {"message"}}, or FastAPI's {"detail"}."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip()[:MAX_ERROR_CHARS]
    if isinstance(value, dict):
        inner = value.get("error", value)
        found = (inner.get("message") or inner.get("detail")) if isinstance(inner, dict) else inner
        return str(found or value)[:MAX_ERROR_CHARS]
    return str(value)[:MAX_ERROR_CHARS]
