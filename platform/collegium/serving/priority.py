"""How urgently the work at hand asks the engine: a person waits for it, or a job does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

INTERACTIVE, BATCH = "interactive", "batch"
_current: ContextVar[str] = ContextVar("engine_priority", default=INTERACTIVE)


def priority_current() -> str:
    return _current.get()


@contextmanager
def asked_as_batch() -> Iterator[None]:
    """What the block asks of the engine comes after what people ask."""
    token = _current.set(BATCH)
    try:
        yield
    finally:
        _current.reset(token)
