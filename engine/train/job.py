"""A training job: a JSON file that is checked before anything is loaded."""

import json
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import ConfigInvalid, EngineError

Job = TypeVar("Job")


def job_read(path: Path, kind: type[Job]) -> Job:
    """Reads a job of one kind (a dataclass); raises ConfigInvalid for unknown, missing or unusable values."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigInvalid(f"{path}: is no readable job ({error})") from error
    if not isinstance(raw, dict):
        raise ConfigInvalid(f"{path}: is not a JSON object")
    known: dict[str, Any] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(raw) - set(known)):
        raise ConfigInvalid(f"{path}: unknown keys: {', '.join(unknown)} (known: {', '.join(sorted(known))})")
    missing = sorted(n for n, f in known.items() if f.default is MISSING and n not in raw)
    if missing:
        raise ConfigInvalid(f"{path}: missing keys: {', '.join(missing)}")
    for name, value in raw.items():
        default = known[name].default
        if type(default) in (int, float) and (
            type(value) not in (int, float) or value <= 0 or (type(default) is int and value != int(value))
        ):
            raise ConfigInvalid(f"{path}: {name} must be a positive number, not {value!r}")
    return kind(**raw)


def progress(step: str, done: int, total: int, **figures: float) -> None:
    """Prints one JSON line about how far a job is."""
    line = {"step": step, "done": done, "total": total}
    print(json.dumps(line | {k: round(v, 5) for k, v in figures.items()}), flush=True)


def job_run(module: str, kind: type[Job], work: Callable[[Job], str], arguments: list[str] | None) -> int:
    """The command `python -m MODULE JOB.json`: `work` does the job and says what was done.

    Returns the exit status: 1 with a message when the job cannot be done, 2 for other arguments.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print(f"usage: python -m {module} JOB.json", file=sys.stderr)
        return 2
    try:
        done = work(job_read(Path(arguments[0]), kind))
    except (EngineError, OSError) as error:
        print(f"{module}: {error}", file=sys.stderr)
        return 1
    progress(done, 1, 1)
    return 0
