"""What a Celery worker does beside its tasks: it shows that it lives, and its children die with it."""

import logging
import os
import signal
import time
from typing import Any

from celery.signals import heartbeat_sent, task_postrun, task_prerun, worker_process_init, worker_ready
from django.core.cache import cache
from redis.exceptions import RedisError

from collegium.ops.logs import request_id_set
from collegium.ops.processes import die_with_parent

log = logging.getLogger(__name__)
HEARTBEAT_KEY = "ops:worker-heartbeat"
HEARTBEAT_KEPT_S = 60
TUNING_WORKER = "tuning"  # what the worker that trains is called before its host


def connect() -> None:
    """Called when the application is ready; the signals come in workers only."""
    heartbeat_sent.connect(_heartbeat, dispatch_uid="collegium.heartbeat")
    worker_ready.connect(_heartbeat, dispatch_uid="collegium.heartbeat")
    worker_process_init.connect(_die_with_worker, dispatch_uid="collegium.die")
    task_prerun.connect(_task_begins, dispatch_uid="collegium.task")
    task_postrun.connect(_task_ends, dispatch_uid="collegium.task")


def worker_seen_s() -> float | None:
    """Seconds since any worker last showed that it lives, or None where none did of late."""
    at = cache.get(HEARTBEAT_KEY)
    return None if at is None else max(0.0, time.time() - float(at))


def _heartbeat(sender: Any = None, **_: Any) -> None:
    """A sign of life of a worker that serves people; one that trains must not hide that none is left."""
    named = getattr(sender, "hostname", "") or getattr(getattr(sender, "eventer", None), "hostname", "")
    if str(named).startswith(f"{TUNING_WORKER}@"):
        return
    try:
        cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_KEPT_S)
    except RedisError as error:  # the broker is away too, and the worker says so itself
        log.debug("the heartbeat was not stored: %s", error)


def _die_with_worker(**_: Any) -> None:
    die_with_parent(signal.SIGKILL, os.getppid())


def _task_begins(task_id: str = "", args: Any = (), **_: Any) -> None:
    """Log lines of a task carry the id of the job that it works on, or else its own."""
    request_id_set(str(args[0]) if args and isinstance(args[0], str) else task_id)


def _task_ends(**_: Any) -> None:
    request_id_set("")
