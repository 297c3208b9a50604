"""How a benchmark tells its figures: a table for people, JSON for machines."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Row = Mapping[str, str | int | float]


def report(name: str, rows: Sequence[Row], directory: Path, **facts: Any) -> Path:
    """Prints the rows as a table and writes them, with the machine, to directory/name.json."""
    columns = list(rows[0])
    cells = [columns, *([_cell(row[c]) for c in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    machine = {"cores": len(os.sched_getaffinity(0)), "machine": platform.machine()}
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    content = {"name": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), **machine, **facts}
    path.write_text(
        json.dumps(content | {"rows": [dict(r) for r in rows]}, indent=2) + "\n", encoding="utf-8"
    )
    print(f"written to {path}")
    return path


def _cell(value: str | int | float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
