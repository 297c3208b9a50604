"""How the front starts and ends, and what becomes of requests while the engine behind it dies and is rebuilt."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import psutil
import pytest

from engine.client import EngineClient
from engine.errors import EngineBrokenStream
from tests.engine.serve.fronts import LIMITS, front_running
from tests.engine.servers import ROOT

pytestmark = pytest.mark.alone


def test_a_request_that_streamed_nothing_is_sent_again_to_the_rebuilt_engine(front, tmp_path):
    for number, streams in enumerate((True, False)):
        restarts = front.state()["restarts"]
        once = {"tokens": 0, "then": "die", "once": str(tmp_path / str(number))}
        answer = front.ask(stream=streams, fake=once)
        assert answer.status_code == 200 and "word" in answer.text or "[DONE]" in answer.text
        assert front.state()["restarts"] == restarts + 1


def test_a_request_that_kills_the_engine_twice_is_not_sent_a_third_time(front):
    restarts = front.state()["restarts"]
    answer = front.ask(stream=True, fake={"tokens": 0, "then": "die"})
    assert answer.status_code == 503 and "died" in answer.json()["error"]["message"]
    assert front.wait(lambda: front.state()["restarts"] == restarts + 2)


@pytest.mark.parametrize("then", ["die", "cut", "error"])
def test_an_answer_that_had_begun_ends_with_an_error_event(front, then):
    text = front.ask(stream=True, fake={"tokens": 4, "then": then}).text
    *events, last, end = text.split("\n\n")
    assert len(events) == 4 and end == "" and "[DONE]" not in text
    assert json.loads(last.removeprefix("data: "))["error"]["code"] in (500, 503)
    assert front.wait(lambda: front.client.health().state == "ready")
    with pytest.raises(EngineBrokenStream):
        asyncio.run(read_raw(front.client, {"tokens": 2, "then": then}))


async def read_raw(client: EngineClient, fake: dict[str, Any]) -> list[bytes]:
    body = {"messages": [{"role": "user", "content": "x"}], "fake": fake}
    return [piece async for piece in client.astream_raw(body)]


def test_while_the_engine_is_rebuilt_new_requests_are_refused_and_told_when_to_come_again(front):
    before = front.state()["restarts"]
    front.ask(stream=True, fake={"tokens": 1, "then": "die"})
    assert front.wait(lambda: front.state()["restarts"] > before)
    answer = front.ask()
    if answer.status_code != 200:  # it may be back already
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        assert front.client.health().state == "loading"


def test_a_stopped_engine_is_noticed_within_ten_seconds_and_replaced(front):
    start = time.monotonic()
    text = front.ask(stream=True, fake={"tokens": 2, "then": "hang"}).text
    assert '"error"' in text and time.monotonic() - start < 10
    assert front.wait(lambda: front.ask().status_code == 200)


def test_an_engine_that_does_nothing_any_more_is_replaced(front):
    restarts = front.state()["restarts"]
    start = time.monotonic()
    text = front.ask(stream=True, fake={"tokens": 2, "pause_s": 0.0, "then": "sleep"}).text
    assert '"error"' in text and time.monotonic() - start < 12
    assert front.state()["restarts"] == restarts + 1 and "produced nothing" in front.state()["detail"]


def test_it_stops_with_a_word_to_those_under_way_and_leaves_nothing(tmp_path):
    path = tmp_path / "f.sock"
    with front_running(path) as front:
        talking = front.raw({"fake": {"tokens": 10_000, "pause_s": 0.05}})
        assert talking.recv(1)
        family = psutil.Process(front.process.pid).children(recursive=True)
        front.process.send_signal(signal.SIGTERM)
        text = b""
        while piece := talking.recv(65536):
            text += piece
        assert b'"error"' in text and b"stopping" in text
        assert front.process.wait(15) == 0
        assert psutil.wait_procs(family, timeout=5)[1] == [] and list(tmp_path.iterdir()) == []


def test_a_killed_front_takes_the_engine_with_it(tmp_path):
    with front_running(tmp_path / "f.sock") as front:
        family = psutil.Process(front.process.pid).children(recursive=True)
        assert family
        os.kill(front.process.pid, signal.SIGKILL)
        assert psutil.wait_procs(family, timeout=5)[1] == []


def test_an_engine_that_never_starts_is_given_up_with_its_own_words(tmp_path):
    command = [sys.executable, "-m", "tests.engine.serve.front_over_fake", str(tmp_path / "f.sock")]
    done = subprocess.run(
        [*command, json.dumps(LIMITS), "broken"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "cannot start" in done.stderr and "Model architectures ['Unheard']" in done.stderr.splitlines()[-1]


def test_callers_are_told_that_the_model_loads(tmp_path):
    path = tmp_path / "f.sock"
    seen: list[str] = []

    def watch() -> None:
        client = EngineClient(f"unix://{path}")
        while "ready" not in seen:
            seen.append(client.health().state)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with front_running(path):
        watcher.join(10)
    assert "loading" in seen and seen[-1] == "ready"


def test_a_queued_request_keeps_its_place_through_a_restart(front, tmp_path):
    """Three stream and die with the engine; the fourth, which waited, is answered by the next one."""
    talking = [front.raw({"fake": {"tokens": 120, "pause_s": 0.05, "then": "die"}}) for _ in range(3)]
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 3)
    assert front.ask(stream=True).text.endswith("data: [DONE]\n\n")
    for connection in talking:
        connection.close()
