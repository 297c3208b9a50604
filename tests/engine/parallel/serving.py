"""The public server over ranks, as a test sees it: its parts, and what happens when one of them is broken."""

import os
import time
from collections.abc import Callable

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from engine.client import ChatMessage, EngineClient
from engine.errors import EngineError
from engine.parallel.machine import SHARED_MEMORY
from tests.engine.parallel.cluster import Cluster, wait_until

# The limits hold on a machine of one's own, as `make soak` has it; beside other work all takes several times as long.
PATIENCE = float(os.environ.get("COLLEGIUM_TEST_PATIENCE") or (1 if os.environ.get("COLLEGIUM_SOAK") else 3))
NOTICED_WITHIN_S = 10.0 * PATIENCE
SERVING_AGAIN_WITHIN_S = 90.0 * PATIENCE
STORY = [ChatMessage("user", "Write a long story about a river and the people who live along it.")]


class Serving:
    """The public server over two ranks, and what a test wants to know of it."""

    def __init__(self, made: Cluster, client: EngineClient, pid: int) -> None:
        self.cluster, self.client, self.pid = made, client, pid

    @property
    def run(self) -> str:
        return self.cluster.registry.engine_state()["run"]

    def figures(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        """The samples of the front's figures, by name."""
        transport = httpx.HTTPTransport(uds=self.client.url.removeprefix("unix://"))
        with httpx.Client(transport=transport, base_url="http://e", timeout=30) as http:
            text = http.get("/metrics").text
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for sample in (s for family in text_string_to_metric_families(text) for s in family.samples):
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def figure(self, name: str) -> float:
        """The sum of a figure's samples."""
        return sum(value for _, value in self.figures()[name])

    def executor_pid(self) -> int:
        found = [p for p in psutil.Process(self.pid).children(recursive=True) if "EngineCor" in p.name()]
        assert len(found) == 1, found
        return found[0].pid

    def failure(self, break_it: Callable[[], object]) -> "Failure":
        """Breaks something in the middle of a stream."""
        self.client.chat(STORY, max_tokens=4)  # it serves
        return Failure(self, break_it)

    def ready_again(self) -> float:
        """Waits until it serves; returns the seconds."""
        taken = wait_until(self.serves, SERVING_AGAIN_WITHIN_S, "serving again")
        print(f"serving again after {taken:.1f} s more")
        assert self.client.chat(STORY, max_tokens=4)[0]
        return taken

    def serves(self) -> bool:
        return self.client.health().state == "ready"


class Failure:
    """One thing broken in mid-stream: how long until the caller heard, and whether anything was left."""

    def __init__(self, serving: Serving, break_it: Callable[[], object]) -> None:
        self.run, self.pids = serving.run, serving.cluster.rank_pids()
        assert len(self.pids) == 2 and shared_memory(self.run)
        stream = serving.client.stream_chat(STORY, max_tokens=1500)
        assert [next(stream) for _ in range(3)]
        self.broken_at = time.monotonic()
        break_it()
        self.said = ""
        try:
            for _ in stream:
                pass
        except EngineError as error:
            self.said = str(error)
        self.noticed_s = time.monotonic() - self.broken_at
        assert self.said, "the stream ended as if nothing had happened"

    def check(self) -> None:
        """The caller heard in time, and neither rank nor shared memory of that run is left."""
        print(f"noticed after {self.noticed_s:.1f} s: {self.said}")
        assert self.noticed_s < NOTICED_WITHIN_S
        wait_until(lambda: not any(map(psutil.pid_exists, self.pids)), NOTICED_WITHIN_S, "ranks are left")
        wait_until(lambda: not shared_memory(self.run), NOTICED_WITHIN_S, "shared memory is left")


def shared_memory(run: str) -> list[str]:
    return [path.name for path in SHARED_MEMORY.iterdir() if run in path.name]
