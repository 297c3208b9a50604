"""What a training tells while it runs: one JSON object a line, each with an `event`."""

import json
import sys
from collections.abc import Callable
from typing import Any

Tell = Callable[..., None]


def told(event: str, **values: Any) -> None:
    """Prints one event and flushes it: whoever reads may act on it at once."""
    print(json.dumps({"event": event} | values, ensure_ascii=False, allow_nan=False), flush=True)


def silent(event: str, **values: Any) -> None:
    """Tells nothing: for the processes of a training beside the first."""


def complained(code: str, message: str) -> None:
    """Prints the event of a training that failed, and the message for people."""
    told("problem", code=code, message=message)
    print(f"engine.train: {message}", file=sys.stderr)
