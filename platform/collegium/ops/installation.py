"""The parts of this installation, from its settings: what is embedded here, and in which order it starts."""

import json
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from collegium.environment import env_int
from collegium.ops.embedded import EmbeddedPostgres, EmbeddedValkey
from collegium.ops.parts import Part, ProgramPart, ServerPart
from collegium.ops.ranks import Ranks, padded_model, ranks_prepare, served_model
from collegium.ops.worker_signals import TUNING_WORKER

EMBEDDING_MODEL = "all-minilm-l6-v2"
DEFAULT_MODEL = "smollm2-135m-moe"
LISTEN_BACKLOG = 512


class PortTaken(RuntimeError):
    """Something else listens where the site is to answer."""


def listener_open(host: str, port: int) -> socket.socket:
    """Listen before anything starts, so that a taken port is seen first; port 0 lets the system choose."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(LISTEN_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Port {port} of {host} cannot be used ({error.strerror}): stop what listens there, "
            "or set COLLEGIUM_PORT to another one (0 lets the system choose)."
        ) from error
    return listener


def site_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}"


class Readiness:
    """What /readyz says, asked at most once a second however many parts want to know."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._at = 0.0
        self._parts: dict[str, Any] = {}

    def ready(self, name: str, *, seen_within_s: float | None = None) -> bool:
        """Whether a part is ready; one that shows its life by signs must have shown one so recently."""
        if time.monotonic() - self._at > 1.0:
            self._parts = self._read()
            self._at = time.monotonic()
        part = self._parts.get(name, {})
        if seen_within_s is not None and part.get("seen_s", seen_within_s) >= seen_within_s:
            return False
        return bool(part.get("state") == "ready")

    def _read(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:  # noqa: S310
                raw = response.read()
        except urllib.error.HTTPError as error:
            raw = error.read()
        except OSError:
            return {}
        try:
            return dict(json.loads(raw).get("parts", {}))
        except (ValueError, AttributeError):
            return {}


def url_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


def parts_make(listener: socket.socket, *, engine: bool, sample: bool) -> list[Part]:
    """Every part that this installation starts itself."""
    return [
        *_servers(),
        *_programs(listener, sample=sample),
        *(_engine() if engine and settings.EMBEDDED_ENGINE else []),
    ]


def _servers() -> list[Part]:
    home, parts = settings.HOME, []
    if settings.EMBEDDED_DATABASE:
        postgres = EmbeddedPostgres(home)
        parts.append(ServerPart(name="database", log=postgres.log, server=postgres, vital=True))
    if settings.EMBEDDED_VALKEY:
        valkey = EmbeddedValkey(home)
        parts.append(ServerPart(name="valkey", log=valkey.log, server=valkey, vital=True))
    return list(parts)


def _programs(listener: socket.socket, *, sample: bool) -> list[Part]:
    url = site_url(listener)
    readiness = Readiness(url)
    descriptor = listener.fileno()
    workers = env_int("COLLEGIUM_WEB_WORKERS", 1, low=1, high=64)
    children = env_int("COLLEGIUM_WORKERS", 2, low=1, high=64)
    celery = ("-m", "celery", "-q", "-A", "collegium.celery")
    worker = _program(
        "worker",
        _python(
            *(*celery, "worker", "-Q", "default,ingest", "-P", "prefork", "-c", str(children)),
            *("--without-gossip", "--without-mingle", "-l", settings.LOGGING["root"]["level"]),
        ),
        needs=("web",),
        grace_s=8.0,
    )
    # A sign of life from before this start is one of the worker that died.
    worker.ready = lambda: readiness.ready("worker", seen_within_s=worker.running_s)
    # One training at a time, given time to take its children along; what it trains is gone on with later.
    tuning = _program(
        "tuning",
        _python(
            *(*celery, "worker", "-Q", "tuning", "-P", "prefork", "-c", "1", "-n", f"{TUNING_WORKER}@%h"),
            *("--without-gossip", "--without-mingle", "-l", settings.LOGGING["root"]["level"]),
        ),
        needs=("web",),
        after=("sample",),
        niceness=5,
    )
    parts = [
        _program("prepare", _manage("prepare"), needs=("database", "valkey"), once=True, vital=True),
        _program(
            "web",
            _python("-m", "collegium.ops.web", "--fd", str(descriptor), "--workers", str(workers)),
            needs=("prepare",),
            vital=True,
            ready=lambda: url_answers(f"{url}/healthz"),
            pass_fds=(descriptor,),
            grace_s=6.0,
        ),
        worker,
        tuning,
        _program(
            "beat",
            _python(*celery, "beat", "-s", str(settings.HOME.run / "beat-schedule"), "--pidfile="),
            needs=("worker",),
        ),
    ]
    if settings.EMBEDDED_EMBEDDINGS:
        parts += _embeddings(readiness)
    # After the sample, which people wait for.
    parts.append(
        _program(
            "verticals",
            _manage("verticals", "install"),
            needs=("web",),
            after=("sample",),
            once=True,
            niceness=5,
        )
    )
    if sample:
        parts.append(
            _program("sample", _manage("sample", "--wait"), needs=("worker", "embeddings"), once=True)
        )
    return list(parts)


def _embeddings(readiness: Readiness) -> list[ProgramPart]:
    home = settings.HOME
    return [
        _program(
            "embeddings-build",
            _python("-m", "engine.build", "embeddings", "--home", str(home.root)),
            needs=("web",),
            once=True,
            niceness=5,
        ),
        _program(
            "embeddings",
            _python(
                *("-m", "engine.serve.embeddings", "--model", str(home.models / EMBEDDING_MODEL)),
                *("--uds", str(home.embeddings_socket)),
            ),
            needs=("embeddings-build",),
            ready=lambda: readiness.ready("embeddings"),
        ),
    ]


def _engine() -> list[Part]:
    home = settings.HOME
    model = settings.ENGINE_MODEL
    if model and (home.models / model / "manifest.json").exists():
        model = str(home.models / model)
    # Only once the sample is searchable: on few cores loading a model starves everything else.
    parts: list[Part] = []
    if not model:
        model = str(home.models / DEFAULT_MODEL)
        parts.append(
            _program(
                "engine-build",
                _python("-m", "engine.build", "default", "--home", str(home.root)),
                needs=("web",),
                after=("embeddings", "sample"),
                once=True,
                niceness=10,
            )
        )
    probe = _engine_probe()
    ranks = ranks_prepare() if settings.ENGINE_RANKS > 1 else None
    if ranks:
        parts += _ranks(ranks, model)

    def command() -> list[str]:
        served = ("--model", served_model(model) if ranks else model)
        options = ("--uds", str(home.engine_socket), "--routing-dir", str(home.run / "routing"))
        return [
            *(sys.executable, "-m", "engine.serve.llm", *served, *options),
            *(ranks.engine_options if ranks else ()),
        ]

    parts.append(
        _program(
            "engine",
            command,
            needs=("web", "engine-build", *(ranks.names if ranks else ())),
            after=("embeddings", "sample"),
            ready=probe,
            grace_s=15.0,
        )
    )
    return parts


def _ranks(ranks: Ranks, model: str) -> list[Part]:
    """The workers of the engine's ranks; before them, a model of the house is given heads they can share."""
    needs, after = ("web", "valkey", "engine-build"), ("embeddings", "sample")
    parts: list[Part] = []
    if Path(model).is_absolute():
        heads = _python("-m", "engine.moe.heads", model, padded_model(model), "--ranks", str(ranks.count))
        parts.append(_program("engine-heads", heads, needs=needs, after=after, once=True, niceness=10))
    for index, name in enumerate(ranks.names):
        command = partial(ranks.worker_command, index, model)
        parts.append(_program(name, command, needs=(*needs, "engine-heads"), after=after, grace_s=10.0))
    return parts


def _engine_probe() -> Callable[[], bool]:
    from engine.client import EngineClient

    client = EngineClient(settings.ENGINE_URL, api_key=settings.ENGINE_API_KEY or None)
    return lambda: client.health().state == "ready"


def _python(*arguments: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, *arguments]


def _manage(*arguments: str) -> Callable[[], list[str]]:
    return _python("-m", "django", *arguments)


def _program(name: str, command: Callable[[], list[str]], **more: Any) -> ProgramPart:
    return ProgramPart(
        name=name,
        log=settings.HOME.logs / f"{name}.log",
        command=command,
        cwd=settings.BASE_DIR,
        env=child_environment(),
        **more,
    )


def child_environment() -> dict[str, str]:
    """What every child is given: our own environment, the import path, and where metrics are gathered."""
    root = settings.BASE_DIR
    path = [str(root), str(root / "platform"), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "COLLEGIUM_HOME": str(settings.HOME.root),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "collegium.settings"),
        "PYTHONPATH": os.pathsep.join(part for part in path if part),
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(settings.HOME.metrics),
    }


def folders_prepare() -> None:
    """Make the home's folders; figures of processes that ended before are forgotten."""
    home = settings.HOME
    home.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (home.logs, home.models, home.blobs, home.cache, home.work, settings.STATIC_ROOT):
        folder.mkdir(parents=True, exist_ok=True)
    home.tuning.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(home.metrics, ignore_errors=True)
    home.metrics.mkdir(parents=True)


def password_file() -> Path:
    return Path(settings.HOME.root / "initial_password")
