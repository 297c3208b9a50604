"""The Redis between engine and ranks, as its three clients want it named."""

from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from engine.errors import ConfigInvalid

PREFIX = "collegium-engine:"  # everything of ours in that Redis begins so, Celery's queues too
TIMEOUT_S = 2.0
SCHEMES = ("redis", "rediss", "redis+socket", "unix")


def broker_url(url: str, password_file: Path | None = None) -> str:
    """The URL as Celery takes it, with the password from its file.

    Raises ConfigInvalid for another scheme, and for a password in the URL: command lines are no place for it.
    """
    parts = urlsplit(url)
    if parts.password is not None:
        raise ConfigInvalid("the broker's URL holds a password: give it by --broker-password-file instead")
    if parts.scheme not in SCHEMES:
        raise ConfigInvalid(f"the broker must be redis://HOST:PORT/DB or redis+socket://PATH, not {url!r}")
    if parts.scheme == "unix":
        parts = parts._replace(scheme="redis+socket", query=parts.query.replace("db=", "virtual_host="))
    if password_file is None:
        return _url(parts)
    try:
        password = password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigInvalid(
            f"the broker's password file {password_file} cannot be read: {error.strerror}"
        ) from error
    netloc = f"{parts.username or ''}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
    return _url(parts._replace(netloc=netloc))


def redis_open(url: str) -> redis.Redis:
    """A client for a URL from `broker_url`; a call fails within TIMEOUT_S when nothing answers."""
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        url = _url(parts._replace(scheme="unix", query=parts.query.replace("virtual_host=", "db=")))
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def _url(parts: SplitResult) -> str:
    """The URL; urlunsplit forgets the slashes of one without a host, as sockets have."""
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
