"""Whether the installation works: /healthz, /readyz and /metrics."""

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from collegium.environment import env_text
from collegium.jobs.models import Job, JobState
from collegium.ops.metrics import ENGINE_UP, QUEUE_DEPTH
from collegium.ops.worker_signals import worker_seen_s
from collegium.serving.services import engine_state
from engine.client import EmbeddingClient

WORKER_LATE_S = 10.0
VITAL = ("database", "valkey")
_embeddings: dict[str, EmbeddingClient] = {}


@dataclass(frozen=True, slots=True)
class PartState:
    """`state` is ready, loading or down; `seen_s` is how long ago a worker last showed that it lives."""

    state: str
    latency_ms: float
    seen_s: float | None = None

    def as_dict(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def parts_probe() -> dict[str, PartState]:
    """Ask each part that the site depends on; never raises."""
    probes: dict[str, Callable[[], str]] = {
        "database": _database,
        "valkey": _valkey,
        "embeddings": _embedding_server,
        "engine": lambda: engine_state().state,
    }
    states = {}
    for name, probe in probes.items():
        began = time.perf_counter()
        try:
            state = probe()
        except (DatabaseError, RedisError, OSError):
            state = "down"
        states[name] = PartState(state, _since_ms(began))
    return states | {"worker": _worker()}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ready"


def _valkey() -> str:
    cache.get("ops:probe")
    return "ready"


def _embedding_server() -> str:
    url = settings.EMBEDDINGS_URL
    return _embeddings.setdefault(url, EmbeddingClient(url)).health().state


def _worker() -> PartState:
    began = time.perf_counter()
    try:
        seen_s = worker_seen_s()
    except (RedisError, OSError):
        seen_s = None
    state = "ready" if seen_s is not None and seen_s < WORKER_LATE_S else "down"
    return PartState(state, _since_ms(began), None if seen_s is None else round(seen_s, 1))


def _since_ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Each part's state and latency; 503 where the site cannot work, `degraded` where it does less."""
    parts = parts_probe()
    if any(parts[name].state != "ready" for name in VITAL):
        status = "down"
    elif any(part.state != "ready" for part in parts.values()):
        status = "degraded"
    else:
        status = "ready"
    body = {"status": status, "parts": {name: part.as_dict() for name, part in parts.items()}}
    return JsonResponse(body, status=503 if status == "down" else 200)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for this machine or whoever holds COLLEGIUM_METRICS_TOKEN."""
    if not _may_read_metrics(request):
        return HttpResponse(
            "Only this machine may read the metrics, or a bearer of COLLEGIUM_METRICS_TOKEN.\n",
            status=403,
            content_type="text/plain",
        )
    _gauges_fill()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    else:
        registry = REGISTRY
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    token = env_text("COLLEGIUM_METRICS_TOKEN")
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # Through a proxy everybody comes from this machine, so forwarded requests need the token.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _gauges_fill() -> None:
    """What is a state and no count is looked up when it is asked for."""
    for name, part in parts_probe().items():
        ENGINE_UP.labels(name).set(part.state == "ready")
    try:
        counts = dict(Job.objects.values_list("state").annotate(Count("pk")).order_by())
    except DatabaseError:
        return  # the gauge of the database says why
    for state in JobState.values:
        QUEUE_DEPTH.labels(state).set(counts.get(state, 0))
