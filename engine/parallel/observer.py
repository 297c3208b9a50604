"""What the front says of the ranks: which there are, how each fares, how often they were started."""

import time
from collections.abc import Iterator
from typing import Any

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.config import ServeConfig
from engine.errors import EngineError
from engine.parallel.broker import broker_url
from engine.parallel.registry import Registry
from engine.parallel.seal import key_read
from engine.serve.observers import Observers

SEEN_WITHIN_S = 10.0  # an executor that lives writes twice a second


def ranks_observe(observers: Observers, config: ServeConfig) -> None:
    """Adds "ranks" to the front's state, and their figures, where the model runs on rank workers.

    Raises ConfigInvalid when the broker's address, its password or the key cannot be used.
    """
    if config.broker is None or config.rank_key_file is None:
        return
    url = broker_url(config.broker, config.broker_password_file)
    registry = Registry(url, key_read(config.rank_key_file))
    observers.add(state=("ranks", lambda: ranks_state(registry)), collector=RanksCollector(registry))


def ranks_state(registry: Registry) -> list[dict[str, Any]]:
    """The ranks of the last run; none before the first, or while the broker does not answer."""
    try:
        state = registry.engine_state()
    except (redis.RedisError, EngineError):
        return []
    gone = bool(state.get("lost")) or time.time() - state.get("seen", 0.0) > SEEN_WITHIN_S
    return [
        rank | {"state": "failed" if gone and rank["state"] != "ended" else rank["state"]}
        for rank in state.get("ranks", [])
    ]


class RanksCollector(Collector):
    """Figures of the ranks for Prometheus."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Whether each rank is ready, its memory, and the runs that were begun."""
        labels = ("rank", "worker", "host")
        ready = GaugeMetricFamily("collegium_engine_rank_ready", "Whether the rank serves.", labels=labels)
        memory = GaugeMetricFamily("collegium_engine_rank_memory_bytes", "Its memory.", labels=labels)
        for rank in ranks_state(self._registry):
            names = (str(rank["rank"]), rank["worker"], rank["host"])
            ready.add_metric(names, float(rank["state"] == "ready"))
            memory.add_metric(names, rank["memory_bytes"])
        yield from (ready, memory)
        runs = CounterMetricFamily("collegium_engine_rank_runs", "Times that ranks were started.")
        try:
            runs.add_metric((), self._registry.engine_state()["runs"])
        except (redis.RedisError, EngineError):  # a figure that is not known is left out
            return
        yield runs

    def describe(self) -> list[Metric]:
        """Nothing is known of them before they are asked for."""
        return []
