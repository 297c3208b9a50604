"""What parts of the engine tell the front about themselves: members of /state, and figures for /metrics."""

import asyncio
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector


class Observers:
    """Collects what others add; each is asked anew for every page, off the event loop."""

    def __init__(self) -> None:
        self._states: dict[str, Callable[[], Any]] = {}
        self._texts: list[Callable[[], bytes]] = []
        self._registry = CollectorRegistry()

    def add(
        self,
        *,
        state: tuple[str, Callable[[], Any]] | None = None,
        collector: Collector | None = None,
        text: Callable[[], bytes] | None = None,
    ) -> None:
        """Adds a named member of /state, a collector of figures, or figures as Prometheus' text.

        A state's value goes into JSON as it is. Names of figures begin with collegium_engine_.
        """
        if state is not None:
            self._states[state[0]] = state[1]
        if collector is not None:
            self._registry.register(collector)
        if text is not None:
            self._texts.append(text)

    async def states(self) -> dict[str, Any]:
        """What they say of their state."""
        return {name: await asyncio.to_thread(state) for name, state in self._states.items()}

    async def figures(self) -> bytes:
        """Their figures, in Prometheus' text format."""
        texts = [await asyncio.to_thread(text) for text in self._texts]
        return b"".join([await asyncio.to_thread(generate_latest, self._registry), *texts])
