"""The state of what answers: the engine, the embedding server, the workers."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from collegium.accounts.asker import Asker
from collegium.celery import app as celery_app
from collegium.dashboard.access import page
from collegium.dashboard.heat_map import heat_map, owner_name
from collegium.jobs.models import JobState
from collegium.jobs.selectors import visible_jobs
from collegium.ops.worker_signals import TUNING_WORKER
from collegium.serving.models import ModelVersion
from collegium.serving.report import engine_report
from collegium.serving.resolution import candidate_for, production_version
from collegium.serving.services import engine_state
from engine.client import EmbeddingClient
from engine.errors import EngineError

log = logging.getLogger(__name__)
WORKERS_KEY = "dashboard:workers"
WORKERS_CACHE_S = 10
PING_TIMEOUT_S = 0.6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the installation: ready, loading or down, with what is known of it."""

    state: str
    detail: str = ""


@page("read")
def badge(request: HttpRequest, asker: Asker) -> HttpResponse:
    return render(request, "dashboard/_engine_badge.html", {"engine": engine_part()})


@page("read")
def engine(request: HttpRequest, asker: Asker) -> HttpResponse:
    waiting = dict(
        visible_jobs(asker)
        .filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    known = {
        "engine": engine_part(),
        "embeddings": embeddings_part(),
        "workers": workers_part(),
        "queued": waiting.get(JobState.QUEUED, 0),
        "running": waiting.get(JobState.RUNNING, 0),
        "serving": versions_answering(asker),
        "section": "engine",
    }
    if request.user.is_staff:
        known |= report_of(get_language() or "en")
    return render(request, "dashboard/engine.html", known)


def versions_answering(asker: Asker) -> list[ModelVersion]:
    """What answers the asker's workspace: production, and the candidate where it is in its share."""
    rows = (production_version(), candidate_for(asker.workspace_id))
    return [row for row in rows if row is not None]


def report_of(language: str) -> dict[str, Any]:
    """What administrators of the installation see of the engine: all workspaces share it."""
    report = engine_report()
    owners = [(owner_name(group.owner, language), group) for group in report.owners]
    routed = report.routing is not None and report.routing.total
    picture = heat_map(report.routing, report.owners, language) if report.routing and routed else None
    return {"report": report, "owners": owners, "heat": picture}


def engine_part() -> Part:
    """What serving says of the production engine."""
    state = engine_state()
    return Part(state.state, state.model)


def embeddings_part() -> Part:
    try:
        info = EmbeddingClient(settings.EMBEDDINGS_URL).info()
    except EngineError:
        log.warning("the embedding server does not answer", exc_info=True)  # its address is not for the page
        return Part("down")
    return Part("ready", info.name)


def workers_part() -> Part:
    """How many workers that do not train answer; asked every ten seconds at most: it takes half of one."""
    try:
        count = cache.get(WORKERS_KEY)
        if count is None:
            answers = celery_app.control.ping(timeout=PING_TIMEOUT_S)
            count = sum(not name.startswith(f"{TUNING_WORKER}@") for answer in answers for name in answer)
            cache.set(WORKERS_KEY, count, WORKERS_CACHE_S)
    except (OSError, RedisError, BrokerError):
        log.warning("the workers cannot be asked: Valkey does not answer", exc_info=True)
        return Part("down")
    return Part("ready" if count else "down", str(count))
