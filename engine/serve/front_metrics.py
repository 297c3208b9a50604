"""What the front tells Prometheus of the requests that go through it."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.errors import ContextTooLong, EngineError, EngineRejected, EngineTimeout
from engine.serve.admission import Admission, Priority, QueueFull
from engine.serve.failures import EngineAway
from engine.serve.turnstile import Passage

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TOKEN_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5)
PREFIX = "collegium_engine_"


class FrontMetrics:
    """The figures of all requests."""

    def __init__(self, admission: Admission) -> None:
        self.registry = registry = CollectorRegistry()
        priority = ["priority"]

        def counter(name: str, text: str, labels: list[str]) -> Counter:
            return Counter(PREFIX + name, text, labels, registry=registry)

        def histogram(name: str, text: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
            return Histogram(PREFIX + name, text, labels, buckets=buckets, registry=registry)

        self.requests = counter("requests", "Requests that ended, by how", ["priority", "outcome"])
        self.retries = counter("retries", "Requests sent again to a rebuilt engine", priority)
        self.prompt_tokens = counter("prompt_tokens", "Tokens read", priority)
        self.completion_tokens = counter("completion_tokens", "Tokens written", priority)
        self.waited = histogram("queue_seconds", "Time until a request was let through", priority, SECONDS)
        self.first = histogram("first_token_seconds", "Time from arrival to first token", priority, SECONDS)
        self.next = histogram("inter_token_seconds", "Time between tokens", priority, TOKEN_SECONDS)
        waiting = Gauge(PREFIX + "waiting_requests", "Requests that wait", priority, registry=registry)
        for one in Priority:
            waiting.labels(one).set_function(partial(admission.waiting, one))
        for name, text, value in (
            ("requests_in_flight", "Sequences with the engine", lambda: admission.held.sequences),
            ("tokens_in_flight", "Tokens they may take", lambda: admission.held.tokens),
            ("tokens_budget", "Tokens that may be in flight", lambda: admission.limits.tokens),
            ("reading_tokens", "Tokens of prompts being read", lambda: admission.held.reading_tokens),
            ("waiting_tokens", "Tokens that waiting requests may take", admission.waiting_tokens),
        ):
            Gauge(PREFIX + name, text, registry=registry).set_function(value)

    def request(self) -> "RequestFigures":
        """The figures of one request, which begins now."""
        return RequestFigures(self)


class RequestFigures:
    """What is measured of one request."""

    def __init__(self, metrics: FrontMetrics) -> None:
        self.priority = Priority.INTERACTIVE
        self._metrics = metrics
        self._arrived_s = time.monotonic()
        self._token_s = 0.0
        self._over = False
        self._next: Histogram | None = None

    def admitted(self) -> None:
        """It was let through to the engine."""
        self._metrics.waited.labels(self.priority).observe(time.monotonic() - self._arrived_s)

    def first_token(self) -> None:
        """Its first token came."""
        self._token_s = time.monotonic()
        self._metrics.first.labels(self.priority).observe(self._token_s - self._arrived_s)
        self._next = self._metrics.next.labels(self.priority)

    def next_token(self) -> None:
        """Another token came."""
        now = time.monotonic()
        if self._next is not None:
            self._next.observe(now - self._token_s)
        self._token_s = now

    def used(self, passage: Passage, usage: Mapping[str, Any] | None) -> None:
        """The engine counted its tokens."""
        if usage:
            read, written = int(usage["prompt_tokens"]), int(usage.get("completion_tokens") or 0)
            passage.used_tokens = read + written
            self._metrics.prompt_tokens.labels(self.priority).inc(read)
            self._metrics.completion_tokens.labels(self.priority).inc(written)

    def retried(self) -> None:
        """It is sent again."""
        self._metrics.retries.labels(self.priority).inc()

    def done(self) -> None:
        """It was answered."""
        self._ended("done")

    def left(self) -> None:
        """Its caller left."""
        self._ended("left")

    def failed(self, error: EngineError) -> None:
        """It ended with an error."""
        self._ended(_outcome(error))

    def _ended(self, outcome: str) -> None:
        if self._over:  # answered, and the caller left while the last of it was sent
            return
        self._over = True
        self._metrics.requests.labels(self.priority, outcome).inc()


def _outcome(error: EngineError) -> str:
    if isinstance(error, EngineTimeout):
        return "deadline"
    if isinstance(error, QueueFull | EngineAway):
        return "refused"
    if isinstance(error, ContextTooLong):
        return "too_long"
    return "rejected" if isinstance(error, EngineRejected) else "failed"


class ProcessFigures(Collector):
    """The engine's state, restarts and memory, read when asked."""

    def __init__(
        self,
        states: tuple[str, ...],
        state: Callable[[], str],
        restarts: Callable[[], int],
        memory_bytes: Callable[[], dict[str, int]],
    ) -> None:
        self._states, self._state = states, state
        self._restarts, self._memory_bytes = restarts, memory_bytes

    def collect(self) -> list[Metric]:
        """The figures now."""
        state = GaugeMetricFamily(PREFIX + "state", "1 for the state the engine is in", labels=["state"])
        for name in self._states:
            state.add_metric([name], float(name == self._state()))
        restarts = CounterMetricFamily(PREFIX + "restarts", "How often the engine was started again")
        restarts.add_metric([], self._restarts())
        memory = GaugeMetricFamily(PREFIX + "memory_bytes", "Memory of each process", labels=["process"])
        for name, size in self._memory_bytes().items():
            memory.add_metric([name], size)
        return [state, restarts, memory]
