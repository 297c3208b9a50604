"""The real language model server with the default model."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from engine.client import ChatMessage, EngineClient
from engine.errors import ContextTooLong, EngineBrokenStream, EngineUnavailable
from tests.engine.servers import started

pytestmark = pytest.mark.slow

STORY = [ChatMessage("user", "Write a long story about a river and the people who live along it.")]


@contextmanager
def serving(model: Path, path: Path) -> Iterator[tuple[EngineClient, "subprocess.Popen[bytes]"]]:
    client = EngineClient(f"unix://{path}")
    arguments = ["--model", str(model), "--uds", str(path)]
    with started("engine.serve.llm", *arguments, client=client, wait_s=240) as process:
        yield client, process


def running(path: Path) -> float:
    """How many requests vLLM is at."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://e") as http:
        lines = http.get("/metrics").text.splitlines()
    return sum(float(x.split()[-1]) for x in lines if x.startswith("vllm:num_requests_running"))


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
        assert caught.value.limit_tokens == 4096

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


def test_a_server_that_dies_in_mid_stream_breaks_the_stream_and_leaves_no_process(language_model, tmp_path):
    path = tmp_path / "l.sock"
    with serving(language_model, path) as (client, process):
        family = psutil.Process(process.pid).children(recursive=True)
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
