"""The client of a chat engine and of an embedding engine, over the OpenAI surface. Imports no torch."""

import base64
import binascii
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chat_stream import ChatDelta, Usage, deltas_read, events_checked
from engine.errors import (
    EngineBrokenStream,
    EngineError,
    EngineRejected,
    EngineUnavailable,
)
from engine.transport import Transport

__all__ = [
    "ChatDelta",
    "ChatMessage",
    "EmbeddingClient",
    "EmbeddingInfo",
    "EngineClient",
    "EngineHealth",
    "Scheduling",
    "Usage",
]

EMBED_TEXTS_PER_REQUEST = 256
HEALTH_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduling:
    """For whom, how urgently and until when a request is to be served; the engine admits requests by it.

    `workspace` is whose turn it is when several ask; `priority` is "interactive" or "batch"; after
    `deadline_ms` the engine itself ends the answer. What is None is the engine's to choose.
    """

    workspace: str | None = None
    priority: str | None = None
    deadline_ms: int | None = None

    def headers(self) -> dict[str, str]:
        """The HTTP headers that say it."""
        named = {
            "X-Workspace": self.workspace,
            "X-Priority": self.priority,
            "X-Deadline-Ms": self.deadline_ms,
        }
        return {name: str(value) for name, value in named.items() if value}


UNSCHEDULED = Scheduling()


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """What an engine's state is: "ready", "loading" or "down"."""

    state: str
    model: str | None
    detail: str
    latency_ms: float


@dataclass(frozen=True, slots=True)
class EmbeddingInfo:
    """Which embedding model answers; vectors of different digests must not be compared."""

    name: str
    dims: int
    max_tokens: int
    digest: str


class EngineClient:
    """Talks to one chat engine; safe to share between threads; keeps its connections."""

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 120.0,
        connect_timeout_s: float = 2.0,
    ) -> None:
        self.url = url
        self._model = model
        self._timeout_s = timeout_s
        self._http = Transport(url, api_key=api_key, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s)

    def health(self) -> EngineHealth:
        """The engine's state now; never raises."""
        return _health(self._http, self._model)

    def models(self) -> list[str]:
        """The names of the models the engine serves."""
        return _models(self._http)

    def state(self) -> dict[str, Any]:
        """What our own engine says of itself, for people; EngineRejected where there is no /state."""
        return self._http.json("GET", "/state", timeout_s=HEALTH_TIMEOUT_S)

    def adapter_load(self, name: str, path: str) -> list[str]:
        """Loads an adapter into our own engine; from then on requests may name it. Returns what is loaded.

        `path` is relative to the engine's directory of adapters. Raises EngineRejected where it takes none.
        """
        return _loaded(self._http.json("POST", "/adapters", body={"name": name, "path": path}))

    def adapter_unload(self, name: str) -> list[str]:
        """Takes an adapter out of our own engine; returns what is still loaded."""
        return _loaded(self._http.json("DELETE", f"/adapters/{name}"))

    def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int = 256,
        temperature: float = 0.0,
        seed: int = 0,
        stop: Sequence[str] = (),
        json_schema: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        scheduling: Scheduling = UNSCHEDULED,
    ) -> Generator[ChatDelta, None, None]:
        """Generates an answer piece by piece; closing the iterator aborts the generation.

        Raises EngineError; EngineTimeout when the whole answer takes longer than timeout_s.
        """
        deadline = time.monotonic() + self._timeout_s
        body: dict[str, Any] = {
            "model": self._model_name(),
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            body["stop"] = list(stop)
        if json_schema is not None:
            schema = {"name": "answer", "schema": dict(json_schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        headers = scheduling.headers() | ({"X-Request-Id": request_id} if request_id else {})
        with self._http.stream("/v1/chat/completions", body=body, headers=headers) as response:
            yield from deltas_read(response.iter_bytes(), deadline)

    def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int = 256,
        temperature: float = 0.0,
        seed: int = 0,
        stop: Sequence[str] = (),
        json_schema: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        scheduling: Scheduling = UNSCHEDULED,
    ) -> tuple[str, Usage]:
        """Generates a whole answer; streams underneath, so that a timeout aborts the generation."""
        parts: list[str] = []
        usage = Usage(0, 0)
        for delta in self.stream_chat(
            messages,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            stop=stop,
            json_schema=json_schema,
            request_id=request_id,
            scheduling=scheduling,
        ):
            parts.append(delta.text)
            usage = delta.usage or usage
        return "".join(parts), usage

    async def astream_raw(
        self, body: Mapping[str, Any], *, scheduling: Scheduling = UNSCHEDULED
    ) -> AsyncGenerator[bytes, None]:
        """Passes an OpenAI chat request through; yields whole events, the last being [DONE]."""
        request, headers = {**body, "stream": True}, scheduling.headers()
        async with self._http.astream("/v1/chat/completions", body=request, headers=headers) as response:
            async with aclosing(events_checked(response.aiter_bytes())) as events:
                async for data in events:
                    yield f"data: {data}\n\n".encode()
        yield b"data: [DONE]\n\n"

    def chat_raw(self, body: Mapping[str, Any], *, scheduling: Scheduling = UNSCHEDULED) -> dict[str, Any]:
        """Passes an OpenAI chat request through and returns the engine's whole answer."""
        request, headers = {**body, "stream": False}, scheduling.headers()
        return self._http.json("POST", "/v1/chat/completions", body=request, headers=headers)

    async def achat_raw(
        self, body: Mapping[str, Any], *, scheduling: Scheduling = UNSCHEDULED
    ) -> dict[str, Any]:
        """As chat_raw, for a coroutine; cancelling it aborts the generation."""
        request, headers = {**body, "stream": False}, scheduling.headers()
        return await self._http.ajson("POST", "/v1/chat/completions", body=request, headers=headers)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _model_name(self) -> str:
        if self._model is None:
            self._model = next(iter(self.models()), None)
        if self._model is None:
            raise EngineUnavailable(f"the engine at {self.url} serves no model")
        return self._model


class EmbeddingClient:
    """Talks to one embedding engine; safe to share between threads; keeps its connections."""

    def __init__(
        self, url: str, *, model: str | None = None, api_key: str | None = None, timeout_s: float = 60.0
    ) -> None:
        self.url = url
        self._model = model
        self._info: EmbeddingInfo | None = None
        self._http = Transport(url, api_key=api_key, timeout_s=timeout_s)

    def embed(self, texts: Sequence[str], *, interactive: bool = False) -> npt.NDArray[np.float32]:
        """Embeds texts as rows of length 1, float32 [texts, dims].

        `interactive` is for what a person waits for: it goes before bulk work.
        """
        info = self.info()
        rows = np.empty((len(texts), info.dims), dtype=np.float32)
        for start in range(0, len(texts), EMBED_TEXTS_PER_REQUEST):
            some = list(texts[start : start + EMBED_TEXTS_PER_REQUEST])
            rows[start : start + len(some)] = self._request(info.name, some, interactive, info.dims)
        norms: npt.NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.maximum(norms, np.float32(1e-12))

    def info(self) -> EmbeddingInfo:
        """Which model answers; asked once, then remembered."""
        if self._info is None:
            self._info = self._info_read()
        return self._info

    def health(self) -> EngineHealth:
        """The engine's state now; never raises."""
        return _health(self._http, self._model)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _info_read(self) -> EmbeddingInfo:
        try:
            raw = self._http.json("GET", "/info")
        except EngineRejected as error:
            if error.status != 404:
                raise
            return self._info_probe()
        try:
            return EmbeddingInfo(
                str(raw["name"]), int(raw["dims"]), int(raw["max_tokens"]), str(raw["digest"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise EngineBrokenStream(f"{self.url} is no embedding engine: /info lacks {error}") from error

    def _info_probe(self) -> EmbeddingInfo:
        """The model of a foreign OpenAI-compatible engine, which has no /info: its name stands for it."""
        name = self._model or next(iter(_models(self._http)), None)
        if name is None:
            raise EngineUnavailable(f"the engine at {self.url} serves no model")
        dims = self._request(name, ["probe"], False, None).shape[1]
        return EmbeddingInfo(name, dims, 512, f"remote:{name}:{dims}")

    def _request(
        self, model: str, texts: list[str], interactive: bool, dims: int | None
    ) -> npt.NDArray[np.float32]:
        answer = self._http.json(
            "POST",
            "/v1/embeddings",
            body={"model": model, "input": texts, "encoding_format": "base64"},
            headers={"X-Priority": "interactive" if interactive else "bulk"},
        )
        try:
            by_index = {int(d["index"]): _vector(d["embedding"]) for d in answer["data"]}
            rows = np.stack([by_index[i] for i in range(len(texts))])
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise EngineBrokenStream(f"the engine at {self.url} sent rubbish for embeddings") from error
        if rows.ndim != 2 or dims not in (None, rows.shape[1]) or not np.isfinite(rows).all():
            raise EngineBrokenStream(f"the engine at {self.url} sent embeddings of a wrong shape or value")
        return rows


def _loaded(said: Mapping[str, Any]) -> list[str]:
    found = said.get("loaded")
    return [str(name) for name in found] if isinstance(found, list) else []


def _vector(value: object) -> npt.NDArray[np.float32]:
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
    return np.asarray(value, dtype=np.float32)


def _health(http: Transport, model: str | None) -> EngineHealth:
    start = time.monotonic()
    state, detail = "ready", ""
    try:
        # vLLM's /health has no body, so the models list, which is JSON, stands for it.
        served = _models(http, timeout_s=HEALTH_TIMEOUT_S)
        if model is not None and model not in served:
            state, detail = "down", f"serves {', '.join(served) or 'nothing'}, not {model}"
        model = model or next(iter(served), None)
    except EngineUnavailable as error:
        state, detail = ("loading" if "HTTP 503" in str(error) else "down"), str(error)
    except EngineError as error:
        state, detail = "down", str(error)
    return EngineHealth(state, model, detail, (time.monotonic() - start) * 1000)


def _models(http: Transport, *, timeout_s: float | None = None) -> list[str]:
    answer = http.json("GET", "/v1/models", timeout_s=timeout_s)
    try:
        return [str(m["id"]) for m in answer["data"]]
    except (KeyError, TypeError) as error:
        raise EngineBrokenStream(f"{http.url} sent no list of models: is it an OpenAI surface?") from error
