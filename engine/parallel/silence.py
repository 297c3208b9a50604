"""How long the other side has been silent."""

import time
from typing import Any

SILENT_FOR_S = 7.0  # longer than a restart of the broker; with what follows, noticed in less than ten seconds


class Silence:
    """Measures for how long something has not changed, by this process's clock."""

    def __init__(self) -> None:
        self._last: Any = None
        self._since = time.monotonic()

    def saw(self, value: Any) -> None:
        """Notes what is there now."""
        if value is not None and value != self._last:
            self._last = value
            self._since = time.monotonic()

    def forgive(self) -> None:
        """Begins anew: the time so far was not the other side's fault."""
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long nothing has changed."""
        return time.monotonic() - self._since
