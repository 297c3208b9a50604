"""The chat client against servers that misbehave."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
import uvicorn

from engine import transport
from engine.client import ChatMessage, EngineClient, Scheduling, Usage
from engine.errors import (
    ConfigInvalid,
    ContextTooLong,
    EngineBrokenStream,
    EngineError,
    EngineRejected,
    EngineTimeout,
    EngineUnavailable,
)
from tests.engine.servers import STREAM_HEAD, http, scripted

HELLO = [ChatMessage("user", "hello")]


def event(text: str | None = None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": finish}] if text is not None else []
    return f"data: {json.dumps({'choices': choices, 'usage': usage})}\n\n".encode()


GOOD = [
    event("Hel"),
    event("lo"),
    event("", finish="stop"),
    event(usage={"prompt_tokens": 3, "completion_tokens": 2}),
    b"data: [DONE]\n\n",
]


def answering(*pieces: bytes, head: bytes = STREAM_HEAD, pause_s: float = 0.0):
    def handler(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        for piece in pieces:
            time.sleep(pause_s)
            connection.sendall(piece)

    return handler


def test_an_answer_is_streamed_with_its_usage():
    with scripted(answering(b": comment\n\n", *GOOD)) as url:
        deltas = list(EngineClient(url, model="m").stream_chat(HELLO))
    assert [d.text for d in deltas] == ["Hel", "lo", "", ""]
    assert deltas[2].finish_reason == "stop"
    assert deltas[-1].usage == Usage(3, 2)


def test_events_cut_at_any_byte_give_the_same_answer():
    whole = b"".join(GOOD).replace(b"Hel", "人".encode()).replace(b"\n", b"\r\n")
    for size in (1, 2, 7):
        pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
        with scripted(answering(*pieces)) as url:
            assert EngineClient(url, model="m").chat(HELLO) == ("人lo", Usage(3, 2))


def test_the_request_says_what_was_asked():
    seen: list[bytes] = []

    def handler(connection: socket.socket, request: bytes) -> None:
        seen.append(request)
        connection.sendall(STREAM_HEAD + b"".join(GOOD))

    schema = {"type": "object"}
    with scripted(handler) as url:
        client = EngineClient(url, model="m", api_key="k")
        client.chat(
            HELLO,
            max_tokens=7,
            stop=["\n"],
            json_schema=schema,
            request_id="r1",
            scheduling=Scheduling(workspace="w1", priority="batch", deadline_ms=900),
        )
    head, _, raw = seen[0].partition(b"\r\n\r\n")
    body = json.loads(raw)
    assert b"authorization: bearer k" in head.lower() and b"x-request-id: r1" in head.lower()
    for line in (b"x-workspace: w1", b"x-priority: batch", b"x-deadline-ms: 900"):
        assert line in head.lower()
    assert (body["max_tokens"], body["temperature"], body["seed"], body["stop"]) == (7, 0.0, 0, ["\n"])
    assert body["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize(
    "pieces",
    [
        GOOD[:2],  # cut before the end
        [GOOD[0], GOOD[1][:20]],  # cut in the middle of an event
        [GOOD[0], b"data: [DONE]\n\n"],  # ended without a finish
        [b"<html>busy</html>\n\n"],
        [b"data: {not json\n\n"],
        [b"data: 7\n\n"],
        [b'data: {"choices": 7}\n\n'],
        [b'data: {"choices": [{"delta": "x"}]}\n\n'],
        [b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'],
        [b"\xff\xfe\x00rubbish\n"],
        [GOOD[0], b'data: {"error": {"message": "EngineCore died", "code": 500}}\n\n'],
        [event("x", finish="abort")],
        [b"data: " + b"x" * (1 << 20) + b"yyyy"],
        [],
    ],
)
def test_a_senseless_or_cut_stream_is_a_broken_stream(pieces):
    with scripted(answering(*pieces)) as url:
        with pytest.raises(EngineBrokenStream):
            EngineClient(url, model="m").chat(HELLO)


def test_a_chunked_stream_that_is_cut_is_a_broken_stream():
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    piece = GOOD[0]
    with scripted(answering(b"%x\r\n%s\r\n" % (len(piece), piece), head=head)) as url:
        with pytest.raises(EngineBrokenStream):
            EngineClient(url, model="m").chat(HELLO)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n\r\n", http("200 OK", "hi", "text/plain"), b""])
def test_a_server_of_another_protocol_is_a_broken_stream(answer):
    with scripted(answering(head=answer)) as url:
        with pytest.raises(EngineBrokenStream):
            EngineClient(url, model="m").chat(HELLO)


def test_an_answer_that_drips_is_cut_at_the_callers_time():
    """It drips for ten seconds."""
    with scripted(answering(*[event("x")] * 100, pause_s=0.1)) as url:
        start = time.monotonic()
        with pytest.raises(EngineTimeout):
            EngineClient(url, model="m", timeout_s=0.5).chat(HELLO)
        assert time.monotonic() - start < 5


def test_a_silent_server_times_out():
    with scripted(answering(event("x"), pause_s=5)) as url:
        with pytest.raises(EngineTimeout):
            EngineClient(url, model="m", timeout_s=0.3).chat(HELLO)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        ("400 Bad Request", '{"error": {"message": "bad temperature", "code": 400}}', EngineRejected),
        ("404 Not Found", '{"error": {"message": "no such model"}}', EngineRejected),
        ("401 Unauthorized", '{"error": "Unauthorized"}', EngineRejected),
        ("503 Service Unavailable", '{"error": {"message": "loading"}}', EngineUnavailable),
        ("429 Too Many Requests", "slow down", EngineUnavailable),
        ("500 Internal Server Error", "oops", EngineUnavailable),
        ("504 Gateway Timeout", "[]", EngineTimeout),
    ],
)
def test_a_refusal_is_named_by_its_status(status, body, error):
    with scripted(answering(head=http(status, body))) as url:
        with pytest.raises(error) as caught:
            EngineClient(url, model="m").chat(HELLO)
    assert type(caught.value) is error
    if error is EngineRejected:
        assert caught.value.status == int(status[:3])
        assert not caught.value.retryable


@pytest.mark.parametrize(
    ("message", "prompt", "limit"),
    [
        (
            "This model's maximum context length is 4096 tokens. However, your prompt contains at least 4097 input tokens",
            4097,
            4096,
        ),
        ("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 5000, 4096),
        (
            "This model's maximum context length is 4096 tokens. However, your prompt contains 90000 characters",
            None,
            4096,
        ),
    ],
)
def test_a_prompt_beyond_the_context_is_named_with_its_figures(message, prompt, limit):
    body = json.dumps({"error": {"message": message, "code": 400}})
    with scripted(answering(head=http("400 Bad Request", body))) as url:
        with pytest.raises(ContextTooLong) as caught:
            EngineClient(url, model="m").chat(HELLO)
    assert (caught.value.prompt_tokens, caught.value.limit_tokens) == (prompt, limit)


def test_nobody_there_is_unavailable_over_a_socket_and_over_tcp(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for url in (f"unix://{tmp_path}/none.sock", f"http://127.0.0.1:{port}"):
            client = EngineClient(url, model="m")
            with pytest.raises(EngineUnavailable):
                client.chat(HELLO)
            assert client.health().state == "down"


def test_health_tells_loading_from_ready_and_from_rubbish():
    models = http("200 OK", '{"object": "list", "data": [{"id": "m"}]}')
    for answer, state in (
        (models, "ready"),
        (http("503 X", "{}"), "loading"),
        (http("200 OK", "<html>"), "down"),
        (b"\0\0", "down"),
    ):
        with scripted(answering(head=answer)) as url:
            assert EngineClient(url).health().state == state
    with scripted(answering(head=models)) as url:
        assert EngineClient(url, model="other").health().state == "down"


def test_the_model_is_asked_for_when_it_is_not_named():
    def handler(connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET /v1/models"):
            connection.sendall(http("200 OK", '{"data": [{"id": "theirs"}]}'))
        else:
            assert json.loads(request.partition(b"\r\n\r\n")[2])["model"] == "theirs"
            connection.sendall(STREAM_HEAD + b"".join(GOOD))

    with scripted(handler) as url:
        assert EngineClient(url).chat(HELLO)[0] == "Hello"


def test_closing_the_iterator_closes_the_connection():
    closed = threading.Event()

    def handler(connection: socket.socket, request: bytes) -> None:
        connection.sendall(STREAM_HEAD + GOOD[0])
        if connection.recv(1) == b"":
            closed.set()

    with scripted(handler) as url:
        stream = EngineClient(url, model="m").stream_chat(HELLO)
        assert next(stream).text == "Hel"
        stream.close()
        assert closed.wait(2)


def test_an_idle_connection_is_given_up_before_the_server_may_close_it(monkeypatch):
    connections: list[socket.socket] = []

    def handler(connection: socket.socket, request: bytes) -> None:
        connections.append(connection)
        connection.sendall(http("200 OK", '{"data": [{"id": "m"}]}', keeps_alive=True))

    handler.keeps_alive = True  # type: ignore[attr-defined]
    assert transport.LIMITS.keepalive_expiry < uvicorn.Config(None).timeout_keep_alive
    monkeypatch.setattr(transport, "LIMITS", httpx.Limits(keepalive_expiry=0.05))
    with scripted(handler) as url:
        client = EngineClient(url)
        client.models()
        time.sleep(0.1)
        client.models()
    assert len(set(connections)) == 2


def test_threads_share_a_client_and_its_connections():
    connections: set[int] = set()

    def handler(connection: socket.socket, request: bytes) -> None:
        connections.add(connection.fileno())
        connection.sendall(http("200 OK", '{"data": [{"id": "m"}]}', keeps_alive=True))

    handler.keeps_alive = True  # type: ignore[attr-defined]
    with scripted(handler) as url:
        client = EngineClient(url)
        for _ in range(20):
            assert client.models() == ["m"]
        assert len(connections) == 1
        failures: list[EngineError] = []

        def ask() -> None:
            try:
                for _ in range(20):
                    client.models()
            except EngineError as error:
                failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        client.close()


def test_the_raw_stream_passes_whole_events_and_notices_a_cut():
    async def read(url: str) -> list[bytes]:
        return [piece async for piece in EngineClient(url).astream_raw({"messages": []})]

    with scripted(answering(*GOOD)) as url:
        events = asyncio.run(read(url))
    assert events[0].startswith(b"data: {") and events[-1] == b"data: [DONE]\n\n" and len(events) == 5
    with scripted(answering(*GOOD[:2])) as url:
        with pytest.raises(EngineBrokenStream):
            asyncio.run(read(url))


def test_the_raw_answer_passes_through():
    with scripted(answering(head=http("200 OK", '{"id": "x"}'))) as url:
        assert EngineClient(url).chat_raw({"messages": []}) == {"id": "x"}
        assert asyncio.run(EngineClient(url).achat_raw({"messages": []})) == {"id": "x"}


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "unix://", "unix://relative/path", ""])
def test_an_unusable_address_is_refused(url):
    with pytest.raises(ConfigInvalid, match="http://host:port or unix"):
        EngineClient(url)


def test_client_errors_and_manifest_import_nothing_heavy():
    code = (
        "import sys, engine.client, engine.errors, engine.manifest;"
        "print([m for m in ('torch', 'transformers', 'vllm', 'onnxruntime', 'django') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
