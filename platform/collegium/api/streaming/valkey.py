"""Connections to Valkey for streams; short time-outs, since an answer must not wait for it."""

from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

TIMEOUT_S = 2


@cache
def _pool(address: str) -> redis.ConnectionPool:
    return redis.ConnectionPool.from_url(
        address, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, max_connections=64
    )


def valkey() -> Any:
    return redis.Redis(connection_pool=_pool(settings.REDIS_URL))


def valkey_async(*, timeout_s: float) -> Any:
    """A client of its own for one event loop, whose commands may block for so long; close it after use."""
    return redis.asyncio.from_url(
        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_S, socket_timeout=timeout_s
    )
