"""A Celery worker that stops dead at one point of ingestion, so that a test can kill it exactly there.

`celery -A tests.collegium.knowledge.halting_worker worker` with HALT_AT=point; the file HALT_FLAG tells that the
point was reached.
"""

import os
import time
from pathlib import Path

import django

django.setup()

from collegium.celery import app  # noqa: E402, F401
from collegium.knowledge import ingest, parse, tasks, work  # noqa: E402

AT = os.environ["HALT_AT"]


def _halt(point: str) -> None:
    if point == AT:
        Path(os.environ["HALT_FLAG"]).touch()
        time.sleep(600)


def _before(module, name: str, point: str) -> None:
    real = getattr(module, name)

    def halting(*args, **kwargs):
        _halt(point)
        return real(*args, **kwargs)

    setattr(module, name, halting)


def _after(module, name: str, point: str) -> None:
    real = getattr(module, name)

    def halting(*args, **kwargs):
        value = real(*args, **kwargs)
        _halt(point)
        return value

    setattr(module, name, halting)


def _while_child_runs() -> None:
    real = parse.child_run

    def halting(*, poll, **kwargs):
        def reading():
            poll()
            _halt("parse")

        return real(poll=reading, **kwargs)

    parse.child_run = halting


_before(ingest, "_ingest", "claimed")
_while_child_runs()
_after(ingest, "_cut", "chunk")
_after(work.VectorFile, "append", "embed")
_after(ingest, "index_replace", "index")
_after(tasks, "ingest_run", "unacknowledged")
