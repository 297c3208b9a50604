"""The Celery application of the rank workers: one task, one rank, one process of a pool of one.

Nothing heavy is imported here: the task starts the rank as a process of its own, which imports torch and
vLLM after its threads were set. Orders are acknowledged at once: a rank that dies is not repeated, its whole
engine is rebuilt instead. What becomes of a rank is told through the registry, so results are not kept.
"""

from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from engine.parallel.broker import PREFIX
from engine.parallel.errors import RankRefused

TASK = "engine.rank_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a rank worker was started with. `device` is a GPU's number, None on a CPU."""

    name: str
    url: str
    key: bytes
    model: str
    address: str
    device: int | None
    cores: tuple[int, ...]
    routing_dir: Path | None = None


# No fixups: where Django is configured, Celery would load it. Nor the current one: that is the importer's.
app = Celery("engine.parallel", fixups=[], set_as_current=False)
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=False,
    task_default_queue="engine.unused",
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1,
    worker_concurrency=1,
    worker_pool="prefork",
    worker_hijack_root_logger=False,
    worker_enable_remote_control=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "global_keyprefix": PREFIX,
        "socket_keepalive": True,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
)
worker_settings: WorkerSettings | None = None  # set by engine.parallel.worker before its pool is forked


def app_configure(url: str) -> Celery:
    """Points the application to a broker."""
    app.conf.broker_url = url
    return app


def queue_name(worker: str) -> str:
    """The queue that this worker alone reads."""
    return f"engine.rank.{worker}"


@app.task(name=TASK)
def rank_run(text: str) -> None:
    """Runs one rank until its engine stops, by the sealed order in `text`."""
    from engine.parallel.supervise import rank_supervise

    if worker_settings is None:
        raise RankRefused("this worker was not started by engine.parallel.worker: it has no key")
    rank_supervise(worker_settings, text)
