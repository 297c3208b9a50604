"""The real language model server with the default model."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.client import ChatMessage, EngineClient
from engine.errors import ContextTooLong, EngineBrokenStream, EngineUnavailable
from tests.engine.servers import ROOT, started

pytestmark = pytest.mark.slow

LONG = [ChatMessage("user", "Many words. " * 1000)]
SIGNALS = {"core": signal.SIGKILL, "server": signal.SIGKILL, "core stopped": signal.SIGSTOP}
STORY = [ChatMessage("user", "Write a long story about a river and the people who live along it.")]


@contextmanager
def serving(model: Path, path: Path) -> Iterator[tuple[EngineClient, "subprocess.Popen[bytes]"]]:
    client = EngineClient(f"unix://{path}")
    arguments = ["--model", str(model), "--uds", str(path), "--routing-dir", str(path.with_name("routing"))]
    with started("engine.serve.llm", *arguments, client=client, wait_s=240) as process:
        yield client, process


def running(path: Path) -> float:
    """How many requests vLLM is at."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://e") as http:
        lines = http.get("/metrics").text.splitlines()
    return sum(float(x.split()[-1]) for x in lines if x.startswith("vllm:num_requests_running"))


def state(path: Path) -> dict[str, Any]:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://e") as http:
        return http.get("/state").json()


def wait_until(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def test_it_streams_cancels_and_leaves_no_process_when_stopped(language_model, tmp_path):
    path = tmp_path / "l.sock"
    with serving(language_model, path) as (client, process):
        deltas = list(
            client.stream_chat([ChatMessage("user", "What is the capital of France?")], max_tokens=24)
        )
        assert "Paris" in "".join(d.text for d in deltas)
        assert len(deltas) > 4 and deltas[-1].usage and deltas[-1].usage.completion_tokens <= 24

        schema = {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 20}},
            "required": ["name"],
            "additionalProperties": False,
        }
        text, _ = client.chat([ChatMessage("user", "A name, as JSON.")], max_tokens=60, json_schema=schema)
        assert set(json.loads(text)) == {"name"}
        assert client.chat(STORY, max_tokens=12) == client.chat(STORY, max_tokens=12)

        with pytest.raises(ContextTooLong) as caught:
            client.chat([ChatMessage("user", "word " * 6000)])
        assert caught.value.limit_tokens == 4096 and caught.value.prompt_tokens > 6000
        assert dashboard_metrics() <= exported_metrics(path)

        stream = client.stream_chat(STORY, max_tokens=2000)
        assert [next(stream) for _ in range(3)] and running(path) == 1
        stream.close()
        assert wait_until(lambda: running(path) == 0, 5), "closing the stream did not abort the generation"

        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert psutil.wait_procs(family, timeout=10)[1] == []
        assert not path.exists() and not path.with_name("l.sock.engine").exists()


def dashboard_metrics() -> set[str]:
    """The names of the figures that the engine's dashboard shows."""
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "engine.json").read_text())
    shown = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    return set(re.findall(r"\b(?:collegium_engine_|vllm:)\w+", shown))


def exported_metrics(path: Path) -> set[str]:
    """The names under which the front's figures are stored."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://e") as http:
        families = list(text_string_to_metric_families(http.get("/metrics").text))
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    return {family.name + end for family in families for end in suffixes.get(family.type, [""])}


# In CI the one that computes; `make soak` also kills vLLM's server, and stops the one that computes.
SOAK = bool(os.environ.get("COLLEGIUM_SOAK"))
VICTIMS = ["core", "server", "core stopped"] if SOAK else ["core"]
NOTICED_WITHIN_S = 10 if SOAK else 30  # the first on a machine of one's own


@pytest.mark.parametrize("victim", VICTIMS)
def test_what_dies_under_answers_is_replaced_and_what_was_not_begun_is_sent_again(
    language_model, tmp_path, victim
):
    path, shared_before = tmp_path / "l.sock", set(Path("/dev/shm").iterdir())
    start = time.monotonic()
    with serving(language_model, path) as (client, process):
        load_s = time.monotonic() - start
        front = psutil.Process(process.pid)
        (server,) = front.children()
        core = max(server.children(), key=lambda child: child.memory_info().rss)
        begun = client.stream_chat(STORY, max_tokens=2000)
        next(begun)
        with ThreadPoolExecutor(1) as pool:
            unbegun = pool.submit(client.chat, LONG, max_tokens=4)
            assert wait_until(lambda: state(path)["in_flight"]["requests"] == 2, 10)
            killed = time.monotonic()
            os.kill((server if victim == "server" else core).pid, SIGNALS[victim])
            with pytest.raises(EngineBrokenStream):
                list(begun)
            assert time.monotonic() - killed < NOTICED_WITHIN_S
            answer = unbegun.result(timeout=max(90, 2 * load_s))
            assert answer == client.chat(LONG, max_tokens=4) and answer[1].completion_tokens > 0
        assert state(path)["restarts"] == 1 and not server.is_running() and not core.is_running()
        assert client.health().state == "ready"
        family = front.children(recursive=True)
        stream = client.stream_chat(STORY, max_tokens=2000)
        next(stream)
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(EngineBrokenStream):
            list(stream)
        process.wait()
        assert psutil.wait_procs(family, timeout=15)[1] == []
        with pytest.raises(EngineUnavailable):
            client.chat(STORY)
        assert client.health().state == "down"
    assert set(Path("/dev/shm").iterdir()) <= shared_before


def test_an_architecture_that_vllm_does_not_know_is_refused_with_its_name(language_model, tmp_path):
    model = tmp_path / "m"
    shutil.copytree(language_model, model)
    (model / "manifest.json").unlink()
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(
        json.dumps({**config, "architectures": ["UnheardForCausalLM"], "model_type": "unheard"})
    )
    command = [sys.executable, "-m", "engine.serve.llm", "--model", str(model), "--uds", str(tmp_path / "s")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "unheard" in done.stderr.splitlines()[-1].lower()
