"""Gives a test session servers and a home of its own, before Django reads its settings.

Loaded by `-p tests.services` (pyproject.toml). At import it points COLLEGIUM_HOME to a fresh folder and forgets
what the caller's environment says. PostgreSQL and Valkey start once tests are collected, unless all of them
belong to the engine or the layout, and stop at the session's end. The embedding server starts with the
fixture `embeddings`; its model is built once, into var/test-models.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST_MODELS = ROOT / "var" / "test-models"
PREFIX = "collegium-test-"
WITHOUT_SERVERS = ("tests/engine/", "tests/layout/")
FOR_TESTS = ("COLLEGIUM_SOAK", "COLLEGIUM_TEST_")  # what they begin with is kept
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path]


def _pid_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _home_make() -> Path:
    """A fresh home, after removing those of sessions that were killed."""
    for old in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            if not _pid_alive((old / "session_pid").read_text()):
                shutil.rmtree(old)
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o755)  # the database's own user passes through
    (home / "session_pid").write_text(str(os.getpid()))
    return home


def _environment_clean() -> None:
    for name in list(os.environ):
        if name.startswith(FOR_TESTS):
            continue
        if name.startswith(("COLLEGIUM_", "ENGINE_")) or name in {
            "DATABASE_URL",
            "REDIS_URL",
            "EMBEDDINGS_URL",
        }:
            del os.environ[name]
    os.environ["COLLEGIUM_HOME"] = str(HOME)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    os.environ["DJANGO_SETTINGS_MODULE"] = "collegium.settings"
    os.environ["COLLEGIUM_LOG_LEVEL"] = "WARNING"


def _interrupts_heard() -> None:
    """A run in the background of a script ignores Ctrl-C, and so would all that it starts; tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_interrupts_heard()
HOME = _home_make()
_environment_clean()
_running: list = []


def _servers_start() -> None:
    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres, EmbeddedValkey

    home = Home(HOME)
    for server in (EmbeddedPostgres(home, durable=False), EmbeddedValkey(home)):
        server.start()
        _running.append(server)


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.configured:  # hashing passwords slowly protects nobody here
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    if any(not item.nodeid.startswith(WITHOUT_SERVERS) for item in session.items):
        _servers_start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    while _running:
        _running.pop().stop()
    shutil.rmtree(HOME, ignore_errors=True)


# Which queue a message goes to stays: senders declare it once a connection, and without it a message is dropped
# in silence.
_SCRIPT = b"""for db = 0, 15 do
    redis.call('SELECT', db)
    for _, key in ipairs(redis.call('KEYS', '*')) do
        if string.sub(key, 1, 15) ~= '_kombu.binding.' then redis.call('DEL', key) end
    end
end"""
_EMPTY = b"*3\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n0\r\n" % (len(_SCRIPT), _SCRIPT)


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    """Nothing cached or queued by one test reaches the next."""
    yield
    if not _running:
        return
    from django.conf import settings

    # A test that stopped the server has nothing to empty.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(settings.HOME.valkey_socket))
        connection.sendall(_EMPTY)
        connection.recv(64)


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """The language that a request of one test asked for is not the next one's."""
    yield
    if _running:
        from django.utils import translation

        translation.deactivate()


@pytest.fixture(scope="session")
def embedding_model() -> Path:
    """The folder of the default embedding model, built at first use."""
    folder = TEST_MODELS / "models" / "all-minilm-l6-v2"
    command = [sys.executable, "-m", "engine.build", "embeddings", "--home", str(TEST_MODELS)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    return folder


@pytest.fixture(scope="session")
def embeddings(embedding_model: Path) -> Iterator[str]:
    """A real embedding server at settings.EMBEDDINGS_URL, whose address is returned."""
    from django.conf import settings

    from collegium.ops.processes import child_start, child_stop, log_tail
    from engine.client import EmbeddingClient

    address = settings.HOME.embeddings_socket
    address.parent.mkdir(parents=True, exist_ok=True)
    log = settings.HOME.logs / "embeddings.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    server = child_start(
        [sys.executable, "-m", "engine.serve.embeddings", "--model", embedding_model, "--uds", address],
        log=log,
        cwd=ROOT,
    )
    client = EmbeddingClient(settings.EMBEDDINGS_URL)
    end = time.monotonic() + 60
    while client.health().state != "ready":
        if server.poll() is not None or time.monotonic() > end:
            child_stop(server, grace_s=1)
            pytest.fail(f"the embedding server did not start:\n{log_tail(log)}")
        time.sleep(0.05)
    client.close()
    yield settings.EMBEDDINGS_URL
    child_stop(server, grace_s=5)
