"""What a request meets at the front, over an engine that fails on command: the wire, refusals, queues, readers."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from engine.client import ChatMessage, EngineClient
from engine.errors import ContextTooLong, EngineTimeout, EngineUnavailable
from tests.engine.serve.fronts import CHAT, front_running

pytestmark = pytest.mark.alone


def test_a_stream_is_passed_on_as_it_is_and_usage_only_where_it_was_asked_for(front):
    asked = front.ask(stream=True, stream_options={"include_usage": True}).text
    plain = front.ask(stream=True).text
    assert asked.endswith("data: [DONE]\n\n") and plain.endswith("data: [DONE]\n\n")
    assert '"usage"' in asked and '"usage"' not in plain
    assert asked.count("data: ") == plain.count("data: ") + 1
    assert front.ask().json()["usage"]["prompt_tokens"] == 7


def test_tokens_are_counted_whether_or_not_the_caller_asks(front):
    before = front.figure("collegium_engine_completion_tokens_total", priority="batch")
    for streams in (True, False):
        front.ask(stream=streams, headers={"X-Priority": "batch"})
    assert front.figure("collegium_engine_completion_tokens_total", priority="batch") == before + 6


def test_events_cut_anywhere_by_the_engine_reach_the_caller_whole(front):
    text = front.ask(stream=True, fake={"tokens": 3, "bytes": 200_000}).text
    assert [
        len(json.loads(line[6:])["choices"][0]["delta"].get("content", "")) for line in text.split("\n\n")[:3]
    ] == [200_001] * 3


@pytest.mark.parametrize(
    ("content", "headers", "status", "said"),
    [
        (b"{", {}, 400, "not JSON"),
        (b"[]", {}, 400, "JSON object"),
        (b"{}", {"X-Priority": "now"}, 400, "X-Priority"),
        (b"{}", {"X-Deadline-Ms": "-1"}, 400, "X-Deadline-Ms"),
        (b"{}", {"X-Workspace": "w" * 200}, 400, "X-Workspace"),
        (b" " * (17 * 1024**2), {}, 413, "16 MiB"),
    ],
)
def test_a_senseless_request_is_refused_in_one_shape(front, content, headers, status, said):
    answer = front.http.post(CHAT, content=content, headers=headers)
    error = answer.json()["error"]
    assert answer.status_code == status == error["code"] and said in error["message"] and error["type"]


def test_unknown_addresses_and_methods_are_refused_in_the_same_shape(front):
    for answer, status in ((front.http.get("/v1/nothing"), 404), (front.http.get(CHAT), 405)):
        assert answer.status_code == status == answer.json()["error"]["code"]


def test_a_prompt_beyond_the_context_is_refused_with_both_lengths_before_anything_is_streamed(front):
    for streams in (True, False):
        answer = front.ask("word " * 1500, stream=streams)
        error = answer.json()["error"]
        assert answer.status_code == 400 and error["type"] == "context_too_long"
        assert (error["prompt_tokens"], error["limit_tokens"]) == (1500, 1000)
        assert "1500" in error["message"] and "1000" in error["message"]
    with pytest.raises(ContextTooLong) as caught:
        front.client.chat([ChatMessage("user", "word " * 1500)])
    assert (caught.value.prompt_tokens, caught.value.limit_tokens) == (1500, 1000)


def test_an_endless_prompt_is_not_counted_but_estimated(front):
    error = front.ask("word " * 100_000).json()["error"]
    assert (
        error["type"] == "context_too_long"
        and error["prompt_tokens"] > 100_000
        and "about" in error["message"]
    )


def test_a_failure_of_the_engine_at_one_request_is_its_callers_alone(front):
    answer = front.ask(fake={"then": "refuse"})
    assert answer.status_code == 500 and "a bug" in answer.json()["error"]["message"]
    assert front.ask().status_code == 200


def test_a_deadline_ends_a_queued_and_a_streaming_request(front):
    headers = {"X-Deadline-Ms": "400"}
    start = time.monotonic()
    text = front.ask(stream=True, headers=headers, fake={"tokens": 100, "pause_s": 0.05}).text
    assert json.loads(text.split("data: ")[-1])["error"]["code"] == 504
    answer = front.ask(headers=headers, fake={"tokens": 100, "pause_s": 0.05})
    assert answer.status_code == 504 and answer.json()["error"]["type"] == "engine_timeout"
    busy = [front.raw({"max_tokens": 900, "fake": {"tokens": 1000, "pause_s": 0.05}}) for _ in range(4)]
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 3)
    assert front.ask(headers=headers).status_code == 504
    assert time.monotonic() - start < 5
    for connection in busy:
        connection.close()


def test_a_caller_that_leaves_frees_its_place_while_it_waits_and_while_it_streams(front):
    talking = [front.raw({"fake": {"tokens": 1000, "pause_s": 0.02}}) for _ in range(3)]
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 3)
    waiting = front.raw({})
    assert front.wait(lambda: front.state()["waiting"]["interactive"] == 1)
    waiting.close()
    assert front.wait(lambda: front.state()["waiting"]["interactive"] == 0)
    for connection in talking:
        connection.close()
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 0, 2)
    assert front.wait(lambda: front.figure("vllm:num_requests_running") == 0, 5)


def test_a_full_queue_refuses_the_workspace_and_says_when_to_come_again(front):
    long = {"fake": {"tokens": 1000, "pause_s": 0.02}}
    connections = [front.raw(long) for _ in range(7)]  # three run, four wait
    assert front.wait(lambda: front.state()["waiting"]["interactive"] == 4)
    answer = front.ask()
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert answer.json()["error"]["type"] == "queue_full"
    assert front.ask(headers={"X-Workspace": "other"}).status_code == 200
    with pytest.raises(EngineUnavailable):
        front.client.chat([ChatMessage("user", "x")])
    for connection in connections:
        connection.close()


def test_slow_readers_hold_nobody_up_and_take_no_memory_beyond_a_bound(front):
    """Three callers who read a byte a second, each sent 5 MB; the others are answered meanwhile."""
    front_process = psutil.Process(front.process.pid)
    front.ask(stream=True, fake={"tokens": 300})
    before = front_process.memory_info().rss
    slow = [front.raw({"fake": {"tokens": 5000, "bytes": 1000}}, buffer_bytes=4096) for _ in range(3)]
    for _ in range(3):
        for connection in slow:
            assert len(connection.recv(1)) == 1
        assert front.ask(headers={"X-Workspace": "other"}).status_code == 200
        time.sleep(1)
    assert front_process.memory_info().rss - before < 20 * 1024**2
    for connection in slow:
        connection.close()


def test_a_short_answer_to_a_slow_reader_holds_no_place(front):
    slow = [front.raw({"fake": {"tokens": 1000, "bytes": 100}}, buffer_bytes=4096) for _ in range(3)]
    assert all(connection.recv(1) for connection in slow)
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 0)
    whole = b""
    while not whole.endswith(b"0\r\n\r\n"):
        whole += slow[0].recv(65536)
    assert whole.count(b"data: ") == 1002
    for connection in slow:
        connection.close()


def test_one_workspace_with_many_requests_does_not_hold_another_up(tmp_path):
    limits = {"sequences": 4, "waiting": 100, "waiting_of_workspace": 80, "contended_s": 10.0}
    with front_running(tmp_path / "f.sock", **limits) as front:
        slow = {"tokens": 10, "pause_s": 0.03}
        with ThreadPoolExecutor(40) as pool:
            many = [pool.submit(front.ask, headers={"X-Workspace": "a"}, fake=slow) for _ in range(40)]
            time.sleep(0.3)
            alone = []
            for _ in range(5):
                start = time.monotonic()
                front.ask(headers={"X-Workspace": "b"}, fake=slow)
                alone.append(time.monotonic() - start)
            assert not all(f.done() for f in many)
            assert sorted(alone)[2] < 0.6  # by itself it takes 0.3; behind the forty it would take 3
            assert all(f.result().status_code == 200 for f in many)


def test_what_a_person_asks_goes_before_jobs_that_came_earlier(front):
    """One job runs and two wait, then a person of the same workspace comes: the next place is the person's."""
    long = {"fake": {"tokens": 3000, "pause_s": 0.02}}  # they hold their places until the end
    busy = [front.raw(long, workspace=f"busy {number}") for number in range(3)]
    assert front.wait(lambda: front.state()["in_flight"]["requests"] == 3)
    ended: list[str] = []

    def ask(who: str, tokens: int = 20) -> None:
        headers = {"X-Priority": who, "X-Workspace": "w"}
        assert front.ask(headers=headers, fake={"tokens": tokens, "pause_s": 0.02}).status_code == 200
        ended.append(who)

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(ask, "batch", 150)]  # long enough for the others to come on a busy machine
        assert front.wait(lambda: front.state()["in_flight"]["requests"] == 4)
        jobs += [pool.submit(ask, "batch") for _ in range(2)]
        assert front.wait(lambda: front.state()["waiting"]["batch"] == 2)
        person = pool.submit(ask, "interactive")
        for one in (*jobs, person):
            one.result()
    assert ended[:2] == ["batch", "interactive"]
    for connection in busy:
        connection.close()


def test_the_state_and_the_figures_hold_what_others_add(front):
    state = front.state()
    assert state["model"] == "fake" and state["state"] == "ready" and state["ranks"] == []
    assert state["experts"] == {"layers": 2} and state["cache_tokens"] == 4000
    assert set(state["memory_bytes"]) == {"front", "server"} and all(state["memory_bytes"].values())
    assert front.figure("collegium_engine_added") == 1
    assert front.figure("collegium_engine_state", state="ready") == 1
    assert front.figure("collegium_engine_tokens_budget") == 4000


def test_the_clients_time_runs_out_where_the_engine_is_too_slow(front):
    client = EngineClient(f"unix://{front.path}", model="fake", timeout_s=0.5)
    with pytest.raises(EngineTimeout):
        client.chat_raw({"messages": [{"role": "user", "content": "x"}], "fake": {"pause_s": 5}})
