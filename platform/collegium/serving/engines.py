"""A handle on an engine that serves a version of a model, and what is known of its state."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from engine.client import EngineClient

STATE_KEPT_S = 3


@dataclass(frozen=True, slots=True)
class EngineHandle:
    """A model version where it is served. `manifest` is the model's own, empty for a foreign engine.

    `asked_as` is what an engine of several models calls it. A handle stays with its engine, wherever aliases
    move.
    """

    url: str
    model: str
    version: str
    digest: str
    manifest: dict[str, Any]
    client: EngineClient
    asked_as: str | None = None

    def state(self) -> "EngineState":
        """Whether it can be asked now; never raises."""
        return state_of(self.url, model=self.asked_as)

    @property
    def label(self) -> str:
        return f"{self.model}@{self.version}"

    @property
    def max_tokens(self) -> int:
        return int(self.manifest.get("max_tokens") or 4096)

    def speaks(self, language: str) -> bool:
        """Whether the manifest lists the language; a foreign engine states none and is taken to speak all."""
        languages = self.manifest.get("languages")
        return not languages or language in languages


@dataclass(frozen=True, slots=True)
class EngineState:
    """`state` is ready, loading or down; `detail` says why, for administrators."""

    state: str
    model: str
    detail: str
    latency_ms: float


@lru_cache(maxsize=64)
def client_for(url: str, model: str | None, api_key: str | None, timeout_s: float) -> EngineClient:
    """One client per engine and process, so that its connections are kept."""
    return EngineClient(url, model=model, api_key=api_key, timeout_s=timeout_s)


def client_of(url: str, *, model: str | None = None) -> EngineClient:
    timeout_s = float(settings.GENERATION_TIMEOUT_S)
    return client_for(url, model, settings.ENGINE_API_KEY or None, timeout_s)


def state_of(url: str, *, model: str | None = None) -> EngineState:
    """The engine's state, asked at most every few seconds by the whole installation."""
    if (kept := _cached(_state_key(url, model))) is not None:
        return EngineState(**kept)
    return state_asked(url, model=model)


def state_asked(url: str, *, model: str | None = None) -> EngineState:
    """The engine's state, asked now whatever is remembered of it."""
    health = client_of(url, model=model).health()
    state = EngineState(health.state, health.model or model or "", health.detail, health.latency_ms)
    with suppress(RedisError):  # the cache only spares questions to the engine
        cache.set(_state_key(url, model), asdict(state), STATE_KEPT_S)
    return state


def _state_key(url: str, model: str | None) -> str:
    return f"engine-state:{url}:{model or ''}"


def _cached(key: str) -> dict[str, Any] | None:
    try:
        return cache.get(key)
    except RedisError:
        return None
