"""The real engine with the default model: started once for a test session, for all tests that only ask it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from engine.build.generation import generation_build
from engine.client import EngineClient
from tests.engine.servers import model_cache, started

LOADED_WITHIN_S = 240
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, slots=True)
class LanguageEngine:
    """A running server, its model, and ways to ask it."""

    model: Path
    path: Path
    process: "subprocess.Popen[bytes]"
    client: EngineClient
    load_s: float

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def http(self, method: str, target: str, **options: Any) -> httpx.Response:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.path)), base_url="http://e") as http:
            return http.request(method, target, timeout=120, **options)

    def state(self) -> dict[str, Any]:
        return self.http("GET", "/state").json()

    def running(self) -> float:
        """How many requests vLLM is at."""
        lines = self.http("GET", "/metrics").text.splitlines()
        return sum(float(x.split()[-1]) for x in lines if x.startswith("vllm:num_requests_running"))

    def figures(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        """The samples of each name under which a figure is stored; of some there are none yet."""
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(self.http("GET", "/metrics").text):
            for end in SUFFIXES.get(family.type, ("",)):
                found.setdefault(family.name + end, [])
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


@contextmanager
def language_engine_started(path: Path) -> Iterator[LanguageEngine]:
    """The engine at a socket's path; after the block it is stopped, and must leave nothing."""
    model = generation_build(model_cache())
    client = EngineClient(f"unix://{path}")
    began = time.monotonic()
    arguments = ["--model", str(model), "--uds", str(path), "--routing-dir", str(path.with_name("routing"))]
    with started("engine.serve.llm", *arguments, client=client, wait_s=LOADED_WITHIN_S) as process:
        yield LanguageEngine(model, path, process, client, time.monotonic() - began)
