"""Streamed answers from a real web process, with an engine that is slow, dies, or is absent."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import httpx
import openai
import pytest

from collegium.answers.models import Answer, AnswerState
from tests.collegium.api.conftest import SECRET, Caller, uvicorn_run
from tests.collegium.api.engine_stub import MODEL, StubEngine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
QUESTION = {"question": f"What were net sales of {SECRET} in 2024?"}
STREAM = {"Accept": "text/event-stream"}


def events_read(lines) -> list[dict]:
    """The events of an SSE stream as {id, event, data}."""
    events, current = [], {}
    for line in lines:
        if line.startswith(":"):
            events.append({"comment": line})
        elif line:
            name, _, value = line.partition(": ")
            current[name] = json.loads(value) if name == "data" else value
        elif current:
            events.append(current)
            current = {}
    return events


@pytest.fixture(scope="module")
def engine_port() -> int:
    """Where the web process looks for an engine: a test that wants one starts it there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def engine_stub(engine_port) -> Callable[..., StubEngine]:
    """engine_stub(**options) -> a StubEngine that the web process finds."""
    return partial(StubEngine, port=engine_port)


@pytest.fixture(scope="module")
def site_environment(session_environment, embeddings, engine_port) -> dict[str, str]:
    return {**session_environment, "ENGINE_URL": f"http://127.0.0.1:{engine_port}"}


@pytest.fixture(scope="module")
def site(site_environment, tmp_path_factory) -> Iterator[str]:
    """The address of a web process that the tests of this module share."""
    with uvicorn_run(site_environment, tmp_path_factory.mktemp("site") / "web.log") as (address, _):
        yield address


@pytest.fixture
def site_with(site_environment, transactional_db, tmp_path) -> Iterator[Callable[..., str]]:
    """site_with(**environment) -> the address of a web process of the test's own."""
    with ExitStack() as stack:

        def start(**environment: str) -> str:
            running = uvicorn_run({**site_environment, **environment}, tmp_path / "web.log")
            return stack.enter_context(running)[0]

        yield start


@pytest.fixture
def base(owner_asker, embeddings):
    """A knowledge base whose document was ingested the real way."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from collegium.knowledge.services import document_add, knowledge_base_create
    from collegium.knowledge.tasks import ingest

    base = knowledge_base_create(asker=owner_asker, name="Reports", vertical="finance")
    text = f"# Annual report\n\nNet sales of the {SECRET} division were 4,210 million dollars in 2024.\n"
    file = SimpleUploadedFile("report.md", text.encode())
    _, job = document_add(asker=owner_asker, knowledge_base=base, files=[file])
    ingest(str(job.pk))
    job.refresh_from_db()
    assert job.state == "succeeded", job.problem
    return base


@pytest.fixture
def key(caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.key}"}


def ask(address: str, key: dict[str, str], **more):
    return httpx.stream(
        "POST",
        f"{address}/api/v1/finance/answers",
        headers={**key, **STREAM},
        json={**QUESTION, **more},
        timeout=60,
    )


def test_answers_under_way_at_once_do_not_wait_for_one_anothers_connections(site_with, base, key):
    address = site_with(COLLEGIUM_DB_POOL="2", ENGINE_URL="")
    with httpx.Client(timeout=60, headers=key) as client, ThreadPoolExecutor(12) as pool:
        asked = [
            pool.submit(client.post, f"{address}/api/v1/finance/answers", json=QUESTION) for _ in range(12)
        ]
        assert [one.result().status_code for one in asked] == [200] * 12


def test_an_answer_streams_is_stored_and_can_be_resumed(site, base, key, engine_stub):
    with engine_stub(sentences=2):
        with ask(site, key) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            assert reply.headers["x-accel-buffering"] == "no" and "no-cache" in reply.headers["cache-control"]
            events = events_read(reply.iter_lines())
        names = [event["event"] for event in events]
        assert (
            names[0] == "started" and names[-1] == "done" and {"retrieval", "citation", "delta"} <= set(names)
        )
        assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
        done = events[-1]["data"]
        assert "".join(event["data"]["text"] for event in events if event["event"] == "delta") == done["text"]
        assert done["citations"][0]["quote"] and SECRET in done["text"] and done["model"] == f"{MODEL}@remote"

        stored = httpx.get(f"{site}/api/v1/answers/{done['id']}", headers=key)
        assert stored.json() == done

        resume = {**key, "Last-Event-ID": "2"}
        again = httpx.get(f"{site}/api/v1/answers/{done['id']}/events", headers=resume, timeout=30)
        assert events_read(again.text.split("\n")) == events[2:]
        wrong = httpx.get(f"{site}/api/v1/answers/{done['id']}/events", headers={**key, "Last-Event-ID": "x"})
        assert wrong.status_code == 422

        whole = httpx.post(f"{site}/api/v1/finance/answers", headers=key, json=QUESTION, timeout=60)
        assert whole.status_code == 200 and whole.json()["text"] == done["text"]


def test_a_withheld_answer_is_not_replayed(site, base, key, owner_asker):
    from collegium.knowledge.services import document_delete

    with ask(site, key) as reply:
        done = events_read(reply.iter_lines())[-1]["data"]
    assert SECRET in done["text"]
    document_delete(asker=owner_asker, document_id=done["citations"][0]["document"])
    again = httpx.get(f"{site}/api/v1/answers/{done['id']}/events", headers=key, timeout=30)
    (only,) = events_read(again.text.split("\n"))
    assert only["event"] == "done" and only["data"]["withheld"] and "4,210" not in again.text


def test_when_the_client_leaves_the_generation_stops(site, base, key, engine_stub):
    with engine_stub(sentences=100, pause_s=0.3) as engine:
        with ask(site, key) as reply:
            for line in reply.iter_lines():
                if engine.sent:
                    break
                assert line is not None
        assert engine.left.wait(10), "the engine went on for nobody"
        assert engine.sent < 20
        answer = Answer.objects.get()
        assert (answer.state, AnswerState.CANCELLED) == (_ended(answer), AnswerState.CANCELLED)
        again = httpx.get(f"{site}/api/v1/answers/{answer.pk}/events", headers=key, timeout=30)
        assert events_read(again.text.split("\n"))[-1]["data"]["code"] == "cancelled"


def test_a_client_that_waits_for_json_and_leaves_stops_the_generation_too(site, base, key, engine_stub):
    with engine_stub(sentences=100, pause_s=0.3) as engine:
        host, _, port = site.removeprefix("http://").partition(":")
        body = json.dumps(QUESTION).encode()
        head = (
            f"POST /api/v1/finance/answers HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: {key['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body)
            end = time.monotonic() + 30
            while not engine.sent and time.monotonic() < end:
                time.sleep(0.05)
        assert engine.left.wait(10), "the engine went on for nobody"
        assert _ended(Answer.objects.get()) == AnswerState.CANCELLED


def _ended(answer: Answer) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        answer.refresh_from_db()
        if answer.state != AnswerState.RUNNING:
            break
        time.sleep(0.05)
    return answer.state


def test_a_workspace_has_a_limited_number_of_streams_and_gets_them_back(site_with, base, key, engine_stub):
    with engine_stub(sentences=100, pause_s=0.3):
        address = site_with(COLLEGIUM_MAX_STREAMS="1")
        with ask(address, key) as first:
            next(first.iter_lines())
            with ask(address, key) as second:
                assert second.status_code == 429 and int(second.headers["retry-after"]) > 0
                second.read()
                assert second.json()["code"] == "too_many_requests"
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with ask(address, key) as third:
                if third.status_code == 200:
                    return
            time.sleep(0.2)
        pytest.fail("the stream was not given back")


def test_openais_client_asks_a_vertical(site, base, caller):
    client = openai.OpenAI(api_key=caller.key, base_url=f"{site}/v1", max_retries=0)
    assert {"finance", "medical", "finance:production"} <= {model.id for model in client.models.list()}
    assert client.models.retrieve("finance").id == "finance"
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION["question"]}]},
    ]
    whole = client.chat.completions.create(model="finance", messages=messages, temperature=0.2, max_tokens=50)
    message = whole.choices[0].message
    assert SECRET in message.content and whole.choices[0].finish_reason == "stop"
    assert message.x["citations"][0]["quote"] and message.x["refused"] is False

    parts = list(
        client.chat.completions.create(
            model="finance:production", messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
    assert text == message.content
    assert parts[-1].usage.total_tokens == 0 and not parts[-1].choices
    assert parts[-2].choices[0].finish_reason == "stop" and parts[-2].choices[0].delta.x["citations"]

    follow_up = [
        *messages,
        {"role": "assistant", "content": text},
        {"role": "user", "content": "And the year before?"},
    ]
    assert client.chat.completions.create(model="finance", messages=follow_up).choices[0].message.content
    for wrong, error in (
        ({"model": "alchemy", "messages": messages}, openai.NotFoundError),
        ({"model": "finance:other", "messages": messages}, openai.NotFoundError),
        ({"model": "finance", "messages": messages[:1]}, openai.BadRequestError),
        ({"model": "finance", "messages": []}, openai.BadRequestError),
        ({"model": "finance", "messages": messages, "n": 2}, openai.BadRequestError),
        ({"model": "finance", "messages": messages, "tools": [{"type": "function"}]}, openai.BadRequestError),
    ):
        with pytest.raises(error) as raised:
            client.chat.completions.create(**wrong)
        assert raised.value.code and "{" not in raised.value.body["message"]
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(api_key="col_wrong", base_url=f"{site}/v1", max_retries=0).models.list()


def test_openais_client_reaches_the_engine_itself(site, base, caller, workspace, engine_stub):
    with engine_stub(sentences=3) as engine:
        client = openai.OpenAI(api_key=caller.key, base_url=f"{site}/v1", max_retries=0)
        assert MODEL in {model.id for model in client.models.list()}
        messages = [{"role": "user", "content": "Say something."}]
        whole = client.chat.completions.create(model=MODEL, messages=messages)
        assert whole.choices[0].message.content == "Sentence 0." and whole.usage.total_tokens == 5
        parts = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        text = "".join(part.choices[0].delta.content or "" for part in parts)
        assert text == "Sentence 0.\nSentence 1.\nSentence 2.\n"
        asked = [(headers["x-workspace"], headers["x-priority"]) for headers in engine.headers]
        assert asked == [(str(workspace.pk), "interactive")] * 2


def test_an_engine_that_dies_in_mid_stream_is_an_error_object_and_no_text(site, base, caller, engine_stub):
    with engine_stub(sentences=3, dies_after=1):
        client = openai.OpenAI(api_key=caller.key, base_url=f"{site}/v1", max_retries=0)
        parts = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Say something."}], stream=True
        )
        assert next(parts).choices[0].delta.content == "Sentence 0.\n"
        with pytest.raises(openai.APIError) as raised:
            list(parts)
        assert raised.value.code == "engine_broken_stream"


def test_openais_client_embeds(site, caller, workspace):
    import numpy as np

    client = openai.OpenAI(api_key=caller.key, base_url=f"{site}/v1", max_retries=0)
    model = next(one.id for one in client.models.list() if "minilm" in one.id.lower())
    as_base64 = client.embeddings.create(model=model, input=["one", "two"])  # base64 is its default
    as_floats = client.embeddings.create(model=model, input="one", encoding_format="float")
    assert np.allclose(as_base64.data[0].embedding, as_floats.data[0].embedding, atol=1e-3)
    assert abs(np.linalg.norm(as_base64.data[1].embedding) - 1) < 1e-3 and as_base64.data[1].index == 1
    for wrong in ([1, 2, 3], [[1, 2]], "", []):
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model=model, input=wrong)
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model=model, input="x", dimensions=7)
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="ada", input="x")


def test_a_body_over_the_limit_is_refused_unread_or_while_it_arrives(site_with, key):
    address = site_with(COLLEGIUM_MAX_UPLOAD_MB="2")
    host, _, port = address.removeprefix("http://").partition(":")
    head = (
        f"POST /api/v1/documents HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: 300000000\r\nExpect: 100-continue\r\n\r\n".encode())
        announced = b""
        while piece := connection.recv(65536):
            announced += piece
    assert announced.startswith(b"HTTP/1.1 413") and b"2 MB" in announced

    def parts():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
        for _ in range(100):
            yield b"y" * 100_000

    headers = {**key, "Content-Type": "multipart/form-data; boundary=x"}
    streamed = httpx.post(f"{address}/api/v1/documents", headers=headers, content=parts(), timeout=30)
    assert streamed.status_code == 413 and "COLLEGIUM_MAX_UPLOAD_MB" in streamed.json()["detail"]
    large = httpx.post(f"{address}/v1/embeddings", headers=key, json={"input": "x" * 6_000_000}, timeout=30)
    assert large.status_code == 413 and large.json()["error"]["code"] == "too_large"
