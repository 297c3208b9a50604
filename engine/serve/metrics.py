"""What the embedding server tells Prometheus."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from engine.errors import EngineRejected
from engine.serve.schedule import Priority

BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


@dataclass(slots=True)
class Measured:
    """What one request amounted to, filled in while it runs."""

    texts: int = 0
    tokens: int = 0


class EmbeddingMetrics:
    """Counts requests, texts and tokens, and measures how long requests take."""

    def __init__(self, waiting: Callable[[Priority], int]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "embedding_requests", "Requests", ["priority", "outcome"], registry=self.registry
        )
        self._texts = Counter("embedding_texts", "Texts embedded", ["priority"], registry=self.registry)
        self._tokens = Counter("embedding_tokens", "Tokens read", ["priority"], registry=self.registry)
        self._seconds = Histogram(
            "embedding_request_seconds",
            "Time to answer",
            ["priority"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._runs = Counter("embedding_runs", "Runs of the encoder", registry=self.registry)
        self._run_texts = Counter("embedding_run_texts", "Texts in these runs", registry=self.registry)
        self._run_tokens = Counter(
            "embedding_run_tokens",
            "Tokens in these runs, and what filled texts up",
            ["kind"],
            registry=self.registry,
        )
        depth = Gauge("embedding_waiting_texts", "Texts waiting", ["priority"], registry=self.registry)
        for priority in Priority:
            depth.labels(priority).set_function(partial(waiting, priority))

    def run(self, lengths: Sequence[int]) -> None:
        """Counts a run over texts of so many tokens each."""
        self._runs.inc()
        self._run_texts.inc(len(lengths))
        self._run_tokens.labels("read").inc(sum(lengths))
        self._run_tokens.labels("padding").inc(max(lengths) * len(lengths) - sum(lengths))

    @contextmanager
    def request(self, priority: Priority) -> Iterator[Measured]:
        """Measures the block as one request."""
        measured, start, outcome = Measured(), time.monotonic(), "failed"
        try:
            yield measured
            outcome = "done"
        except EngineRejected:
            outcome = "rejected"
            raise
        finally:
            self._requests.labels(priority, outcome).inc()
            self._texts.labels(priority).inc(measured.texts)
            self._tokens.labels(priority).inc(measured.tokens)
            self._seconds.labels(priority).observe(time.monotonic() - start)
