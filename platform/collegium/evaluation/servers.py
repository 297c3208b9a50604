"""Servers for a command that runs while the installation does not: embedded ones that are away start."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from collegium.errors import Unavailable
from collegium.ops.embedded import EmbeddedPostgres, EmbeddedValkey, valkey_answers
from collegium.ops.installation import EMBEDDING_MODEL, child_environment
from collegium.ops.processes import child_start, child_stop, log_tail
from collegium.ops.supervisor import AlreadyRunning, HomeLock
from engine.client import EmbeddingClient

log = logging.getLogger(__name__)
START_TIMEOUT_S = 120.0


@contextmanager
def servers_running() -> Iterator[None]:
    """Database, broker and embeddings answer inside; what was started for it is stopped after it.

    Whoever starts servers holds the home, so that an installation does not come to lean on them.
    """
    with ExitStack() as stack:
        lock = HomeLock(settings.HOME)
        try:
            lock.take()
        except AlreadyRunning as other:
            _answers_await(str(other))
            yield
            return
        stack.callback(lock.release)
        if settings.EMBEDDED_DATABASE and not _database_answers():
            postgres = EmbeddedPostgres(settings.HOME)
            postgres.start()
            stack.callback(postgres.stop)
            stack.callback(connection.close)
            call_command("migrate", verbosity=0, skip_checks=True)
        if settings.EMBEDDED_VALKEY and not valkey_answers(settings.HOME.valkey_socket):
            valkey = EmbeddedValkey(settings.HOME)
            valkey.start()
            stack.callback(valkey.stop)
        _embeddings_start(stack)
        yield


def _answers_await(who: str) -> None:
    """Wait for the servers of a running installation, which may be starting."""
    client = EmbeddingClient(settings.EMBEDDINGS_URL)
    end = time.monotonic() + START_TIMEOUT_S
    try:
        while not (_database_answers() and client.health().state == "ready"):
            if time.monotonic() > end:
                raise Unavailable(f"{who} Its database and embeddings do not answer; see its status.")
            time.sleep(0.5)
    finally:
        client.close()


def _database_answers() -> bool:
    """Asked without the pool of connections, which would go on trying for many seconds."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _embeddings_start(stack: ExitStack) -> None:
    client = EmbeddingClient(settings.EMBEDDINGS_URL)
    stack.callback(client.close)
    if client.health().state == "ready":
        return
    if not settings.EMBEDDED_EMBEDDINGS:
        raise Unavailable(
            f"The embedding engine at {settings.EMBEDDINGS_URL} does not answer. Start it, then try again."
        )
    home = settings.HOME
    for folder in (home.logs, home.embeddings_socket.parent, home.metrics):
        folder.mkdir(parents=True, exist_ok=True)
    build = [sys.executable, "-m", "engine.build", "embeddings", "--home", str(home.root)]
    subprocess.run(
        build, check=True, env=child_environment(), cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
    )
    server = child_start(
        [
            *(sys.executable, "-m", "engine.serve.embeddings", "--model", home.models / EMBEDDING_MODEL),
            *("--uds", home.embeddings_socket),
        ],
        log=home.logs / "embeddings.log",
        env=child_environment(),
        cwd=settings.BASE_DIR,
    )
    stack.callback(lambda: child_stop(server, grace_s=5))
    end = time.monotonic() + START_TIMEOUT_S
    while client.health().state != "ready":
        if server.poll() is not None or time.monotonic() > end:
            raise Unavailable(
                "The embedding engine does not start. Its log ends:\n"
                + log_tail(home.logs / "embeddings.log")
            )
        time.sleep(0.2)
