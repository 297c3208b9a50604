"""What `manage.py up` shows: one live line on a terminal, a line per change elsewhere."""

import time
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any, TextIO

from collegium.ops.parts import Part, ProgramPart

MARKS = {"ready": "✓", "done": "✓", "failed": "✗", "restarting": "↻"}
BAR_CELLS = 20


def progress_bar(done: int, total: int, cells: int = BAR_CELLS) -> str:
    filled = min(cells, cells * done // max(total, 1))
    return f"[{'█' * filled}{'·' * (cells - filled)}] {100 * done // max(total, 1)} %"


class StatusLine:
    """Shows the parts' states on `out`."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.live = out.isatty()
        self.began = time.monotonic()
        self._shown: dict[str, str] = {}
        self._drawn = ""

    def say(self, text: str) -> None:
        """Print lines that stay."""
        if self._drawn:
            self.out.write("\r\x1b[K")
            self._drawn = ""
        self.out.write(text + "\n")
        self.out.flush()

    def show(self, parts: Sequence[Part]) -> None:
        """Say what changed, and on a terminal redraw the line."""
        for part in parts:
            text = self._text(part)
            if self._shown.get(part.name) != text:
                self._shown[part.name] = text
                if self._worth_a_line(part):
                    self.say(f"{time.monotonic() - self.began:6.1f} s  {part.name}: {text}")
        if self.live:
            self._draw(parts)

    def _worth_a_line(self, part: Part) -> bool:
        if part.state in {"waiting", "stopped"}:
            return False
        return not self.live or part.state in {"failed", "restarting"}

    def _text(self, part: Part) -> str:
        if part.state == "starting" and part.once and (progress := _progress(part)):
            return f"{progress_bar(progress['done'], progress['total'])} {progress.get('step', '')}".rstrip()
        return f"{part.state} ({part.detail})" if part.detail else part.state

    def _draw(self, parts: Sequence[Part]) -> None:
        words = [
            f"{part.name} {MARKS.get(part.state) or self._text(part)}"
            for part in parts
            if part.state not in {"stopped", "waiting"} and not (part.once and part.state == "done")
        ]
        line = " · ".join(words)[: get_terminal_size().columns - 1]
        if line != self._drawn:
            self.out.write(f"\r\x1b[K{line}")
            self.out.flush()
            self._drawn = line


def _progress(part: Part) -> dict[str, Any] | None:
    return part.progress() if isinstance(part, ProgramPart) else None
