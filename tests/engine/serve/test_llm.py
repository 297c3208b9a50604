"""The real language model server with the default model. The tests share one; the last ones break it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from engine.client import ChatMessage, EngineClient, Scheduling
from engine.errors import ContextTooLong, EngineBrokenStream, EngineTimeout, EngineUnavailable
from tests.engine.servers import ROOT
from tests.language_engine import LanguageEngine, language_engine_started, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.alone]

LONG = [ChatMessage("user", "Many words. " * 1000)]
STORY = [ChatMessage("user", "Write a long story about a river and the people who live along it.")]
CONTEXT_TOKENS = 4096
EXPERT_TOKENS = "collegium_engine_expert_tokens_total"


@pytest.fixture(scope="module")
def unheard(language_model, tmp_path_factory):
    """A server over an architecture that vLLM does not know, started beside the others: it takes its time."""
    folder = tmp_path_factory.mktemp("u")
    shutil.copytree(language_model, folder / "m")
    (folder / "m" / "manifest.json").unlink()
    config = json.loads((folder / "m" / "config.json").read_text())
    config |= {"architectures": ["UnheardForCausalLM"], "model_type": "unheard"}
    (folder / "m" / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "engine.serve.llm", "--model", folder / "m", "--uds", folder / "s"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()


def test_it_streams_counts_guides_and_repeats_itself(language_engine, unheard):
    client = language_engine.client
    deltas = list(client.stream_chat([ChatMessage("user", "What is the capital of France?")], max_tokens=24))
    assert "Paris" in "".join(d.text for d in deltas)
    usage = deltas[-1].usage
    assert len(deltas) > 4 and usage and 10 < usage.prompt_tokens < 60 and 0 < usage.completion_tokens <= 24
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}},
        "required": ["name"],
        "additionalProperties": False,
    }
    text, _ = client.chat([ChatMessage("user", "A name, as JSON.")], max_tokens=60, json_schema=schema)
    assert set(json.loads(text)) == {"name"}
    assert client.chat(STORY, max_tokens=12) == client.chat(STORY, max_tokens=12)


@pytest.mark.parametrize(
    ("target", "body", "prompt_tokens"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "word " * 6000}]}, (6000, 6100)),
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9000},
            (5, 60),
        ),
        ("/v1/completions", {"prompt": [1234] * 5000, "max_tokens": 1}, (5000, 5002)),
        ("/v1/completions", {"prompt": "word " * 5000, "max_tokens": 1}, (5000, 5002)),
    ],
)
def test_a_context_that_is_too_long_is_refused_with_both_lengths(
    language_engine, target, body, prompt_tokens
):
    model = language_engine.state()["model"]
    reply = language_engine.http("POST", target, json={"model": model, **body})
    error = reply.json()["error"]
    assert (reply.status_code, error["type"], error["code"]) == (400, "context_too_long", 400)
    assert error["limit_tokens"] == CONTEXT_TOKENS
    assert prompt_tokens[0] <= error["prompt_tokens"] <= prompt_tokens[1]
    assert str(CONTEXT_TOKENS) in error["message"] and str(error["prompt_tokens"]) in error["message"]
    assert language_engine.state()["restarts"] == 0


def test_the_client_names_a_context_that_is_too_long(language_engine):
    with pytest.raises(ContextTooLong) as caught:
        language_engine.client.chat([ChatMessage("user", "word " * 6000)])
    assert caught.value.limit_tokens == CONTEXT_TOKENS and (caught.value.prompt_tokens or 0) > 6000


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({"temperature": "hot"}, 400),
        ({"max_tokens": -1}, 400),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, 400),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": {"type": "odd"}},
                }
            },
            400,
        ),
        ({"model": "another"}, 404),
    ],
)
def test_what_vllm_refuses_reaches_the_caller_in_the_fronts_shape(language_engine, odd, status):
    body = {
        "model": language_engine.state()["model"],
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 4,
        **odd,
    }
    for streams in (False, True):
        reply = language_engine.http("POST", "/v1/chat/completions", json={**body, "stream": streams})
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (status, status), error
        assert error["type"] == "engine_rejected" and error["message"]
    assert language_engine.state()["restarts"] == 0


def dashboard_metrics() -> set[str]:
    """The names of the figures that the engine's dashboard shows, but those of ranks."""
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "engine.json").read_text())
    shown = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    names = set(re.findall(r"\b(?:collegium_engine_|vllm:)\w+", shown))
    return {name for name in names if not name.startswith("collegium_engine_rank_")}


def test_the_figures_are_those_that_the_dashboard_shows_with_each_layers_experts(language_engine):
    language_engine.client.chat(STORY, max_tokens=4)
    shown = dashboard_metrics()
    assert len(shown) > 20

    def counted() -> bool:
        return sum(value for _, value in language_engine.figures().get(EXPERT_TOKENS, [])) > 0

    assert wait_until(counted, 10)
    figures = language_engine.figures()
    assert shown <= set(figures)
    config = json.loads((language_engine.model / "config.json").read_text())
    layers, experts = config["num_hidden_layers"], config["num_local_experts"]
    counted_for = {(labels["layer"], labels["expert"]) for labels, _ in figures[EXPERT_TOKENS]}
    assert counted_for == {(str(layer), str(expert)) for layer in range(layers) for expert in range(experts)}
    state = language_engine.state()
    assert state["experts"]["layers"] == list(range(layers)) and state["state"] == "ready"
    assert {"front", "server"} < set(state["memory_bytes"])
    ((_, budget),) = figures["collegium_engine_tokens_budget"]
    assert budget == state["cache_tokens"] > CONTEXT_TOKENS


def test_a_caller_that_leaves_ends_its_generation(language_engine):
    stream = language_engine.client.stream_chat(STORY, max_tokens=2000)
    assert [next(stream) for _ in range(3)] and language_engine.running() == 1
    stream.close()
    assert wait_until(lambda: language_engine.running() == 0, 5)
    assert language_engine.state()["in_flight"] == {"requests": 0, "tokens": 0}


def test_a_deadline_ends_the_generation_with_a_named_error(language_engine):
    began = time.monotonic()
    with pytest.raises(EngineTimeout, match="deadline of 1500 ms"):
        language_engine.client.chat(STORY, max_tokens=2000, scheduling=Scheduling(deadline_ms=1500))
    assert time.monotonic() - began < 10
    assert wait_until(lambda: language_engine.running() == 0, 5)


def test_a_client_that_reads_one_byte_a_second_holds_nobody_up(language_engine):
    body = json.dumps(
        {
            "model": language_engine.state()["model"],
            "messages": [{"role": "user", "content": STORY[0].content}],
            "stream": True,
            "max_tokens": 1500,
        }
    ).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: e\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with socket.socket(socket.AF_UNIX) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(str(language_engine.path))
        slow.sendall(head + body)
        for _ in range(3):
            assert len(slow.recv(1)) == 1
            answer, usage = language_engine.client.chat(STORY, max_tokens=4)
            assert answer and usage.completion_tokens == 4
            time.sleep(1)
        assert language_engine.running() == 1
    assert wait_until(lambda: language_engine.running() == 0, 5), "its slot is not free"


def test_an_architecture_that_vllm_does_not_know_is_refused_with_its_name(unheard):
    _, said = unheard.communicate(timeout=300)
    assert unheard.returncode == 1 and "unheard" in said.splitlines()[-1].lower()


# In CI the one that computes; `make soak` also kills vLLM's server, and stops the one that computes.
SOAK = bool(os.environ.get("COLLEGIUM_SOAK"))
SIGNALS = {"core": signal.SIGKILL, "server": signal.SIGKILL, "core stopped": signal.SIGSTOP}
NOTICED_WITHIN_S = 10 if SOAK else 30  # the first on a machine of one's own


def test_what_dies_under_answers_is_replaced_and_what_was_not_begun_is_sent_again(language_engine):
    core_or_server_breaks(language_engine, "core")
    killed_front_leaves_nothing(language_engine)


@pytest.mark.skipif(not SOAK, reason="part of make soak")
@pytest.mark.parametrize("victim", ["server", "core stopped"])
def test_whatever_else_dies_under_answers_is_replaced_too(tmp_path, victim):
    with language_engine_started(tmp_path / "l.sock") as engine:
        core_or_server_breaks(engine, victim)


def core_or_server_breaks(engine: LanguageEngine, victim: str) -> None:
    client, restarts = engine.client, engine.state()["restarts"]
    (server,) = psutil.Process(engine.process.pid).children()
    core = max(server.children(), key=lambda child: child.memory_info().rss)
    begun = client.stream_chat(STORY, max_tokens=2000)
    next(begun)
    with ThreadPoolExecutor(1) as pool:
        unbegun = pool.submit(client.chat, LONG, max_tokens=4)
        assert wait_until(lambda: engine.state()["in_flight"]["requests"] == 2, 10)
        killed = time.monotonic()
        os.kill((server if victim == "server" else core).pid, SIGNALS[victim])
        with pytest.raises(EngineBrokenStream):
            list(begun)
        assert time.monotonic() - killed < NOTICED_WITHIN_S
        answer = unbegun.result(timeout=max(90, 2 * engine.load_s))
        assert answer == client.chat(LONG, max_tokens=4) and answer[1].completion_tokens > 0
    assert engine.state()["restarts"] == restarts + 1
    assert not server.is_running() and not core.is_running() and client.health().state == "ready"


def killed_front_leaves_nothing(engine: LanguageEngine) -> None:
    """SIGKILL: no process, no shared memory; the sockets stay, and a client is told that nobody listens."""
    family = psutil.Process(engine.process.pid).children(recursive=True)
    held = [path for one in family for path in shared_memory_of(one)]
    stream = engine.client.stream_chat(STORY, max_tokens=2000)
    next(stream)
    os.kill(engine.process.pid, signal.SIGKILL)
    with pytest.raises(EngineBrokenStream):
        list(stream)
    engine.process.wait()
    assert psutil.wait_procs(family, timeout=15)[1] == []
    assert [path for path in held if path.exists()] == []
    client = EngineClient(engine.url)
    with pytest.raises(EngineUnavailable):
        client.chat(STORY)
    assert client.health().state == "down"


def shared_memory_of(process: psutil.Process) -> list[Path]:
    """The segments in /dev/shm that a process has mapped."""
    paths = {Path(found.path) for found in process.memory_maps() if found.path.startswith("/dev/shm/")}
    return [path for path in paths if path.exists()]
