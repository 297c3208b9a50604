"""The real embedding server, as a process on a Unix socket."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from engine.build.embeddings import source_directory
from engine.build.sample_texts import SAMPLE_TEXTS
from engine.client import EmbeddingClient
from engine.errors import EngineUnavailable
from engine.manifest import manifest_read
from tests.engine.servers import ROOT, started

pytestmark = pytest.mark.alone


@pytest.fixture
def http(embedding_url: str):
    with httpx.Client(transport=httpx.HTTPTransport(uds=embedding_url[7:]), base_url="http://e") as client:
        yield client


def reference_vectors(texts) -> np.ndarray:
    """The model's own vectors: transformers in float32, mean over the tokens, one text at a time."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source_directory())
    model = AutoModel.from_pretrained(source_directory()).eval()
    rows = []
    with torch.inference_mode():
        for text in texts:
            inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256, padding=False)
            rows.append(torch.nn.functional.normalize(model(**inputs).last_hidden_state.mean(1))[0].numpy())
    return np.stack(rows)


def test_vectors_agree_with_the_reference_in_float32(embeddings):
    rows = embeddings.embed(SAMPLE_TEXTS)
    assert rows.shape == (len(SAMPLE_TEXTS), 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    cosine = (rows * reference_vectors(SAMPLE_TEXTS)).sum(axis=1)
    assert cosine.min() >= 0.99, cosine


def test_a_texts_vector_does_not_depend_on_its_neighbours(embeddings):
    texts = [*SAMPLE_TEXTS, *(text[:n] for text in SAMPLE_TEXTS for n in (5, 20, 40))]
    alone = np.stack([embeddings.embed([text], interactive=True)[0] for text in texts])
    for order in (range(len(texts)), np.random.default_rng(4).permutation(len(texts))):
        together = embeddings.embed([texts[i] for i in order])
        assert np.abs(together - alone[list(order)]).max() < 1e-6


def test_more_texts_than_one_request_holds_come_back_in_order(embeddings):
    texts = [f"number {i}" for i in range(300)]
    rows = embeddings.embed(texts)
    assert np.abs(rows[290] - embeddings.embed([texts[290]])[0]).max() < 1e-6
    assert (rows @ rows[290]).argmax() == 290
    assert embeddings.embed([]).shape == (0, 384)


def test_info_is_the_manifests(embeddings, embedding_model):
    manifest, info = manifest_read(embedding_model), embeddings.info()
    assert (info.name, info.dims, info.max_tokens, info.digest) == (manifest.name, 384, 256, manifest.digest)
    assert embeddings.health().state == "ready"


def test_floats_base64_and_usage_are_as_openai_shapes_them(http):
    one = http.post("/v1/embeddings", json={"input": "hello world"}).json()
    many = http.post(
        "/v1/embeddings", json={"input": ["hello world", ""], "encoding_format": "base64"}
    ).json()
    import base64

    vector = np.frombuffer(base64.b64decode(many["data"][0]["embedding"]), "<f4")
    assert np.allclose(vector, one["data"][0]["embedding"], atol=1e-7)
    assert one["usage"] == {"prompt_tokens": 4, "total_tokens": 4}
    assert [d["index"] for d in many["data"]] == [0, 1] and many["usage"]["prompt_tokens"] == 6
    assert http.get("/v1/models").json()["data"][0]["id"] == one["model"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"input": []}, 400, "at least one text"),
        ({"input": [1, 2]}, 400, "a list of"),
        ({"input": None}, 400, "must be a text"),
        ({}, 400, "must be a text"),
        ([], 400, "JSON object"),
        ({"input": "x", "encoding_format": "hex"}, 400, "float or base64"),
        ({"input": "x", "dimensions": 3}, 400, "dimensions"),
        ({"input": ["x", "a\ud800b"]}, 400, "text 1 is not Unicode"),
        ({"input": "x", "model": "other"}, 404, "not 'other'"),
        ({"input": ["x"] * 2049}, 400, "more than 2048"),
        ({"input": "x" * (17 * 1024**2)}, 413, "16 MiB"),
    ],
)
def test_bad_requests_are_refused_saying_why(http, body, status, said):
    answer = http.post("/v1/embeddings", content=json.dumps(body))
    assert answer.status_code == status and said in answer.json()["error"]["message"]
    answer = http.post("/v1/embeddings", content=b"{")
    assert answer.status_code == 400 and "not JSON" in answer.json()["error"]["message"]


def test_a_query_is_answered_at_once_while_bulk_runs(embeddings, embedding_url):
    texts = [f"{i} " + " ".join(SAMPLE_TEXTS[:12]) for i in range(250)]
    bulk = threading.Thread(target=lambda: EmbeddingClient(embedding_url).embed(texts))
    embeddings.info()
    bulk.start()
    time.sleep(0.3)
    times_ms = []
    while bulk.is_alive() and len(times_ms) < 60:
        start = time.monotonic()
        embeddings.embed(["What was the revenue in 2023?"], interactive=True)
        times_ms.append((time.monotonic() - start) * 1000)
    bulk.join()
    assert len(times_ms) > 20, "the bulk was over before the queries ran"
    assert sorted(times_ms)[len(times_ms) // 2] < 50, times_ms


def test_small_requests_are_answered_while_a_huge_one_is_at_work(embeddings, embedding_url):
    texts = [f"{i} " + " ".join(SAMPLE_TEXTS[:12]) for i in range(250)]
    huge = threading.Thread(target=lambda: EmbeddingClient(embedding_url).embed(texts))
    embeddings.info()
    huge.start()
    time.sleep(0.3)
    answered = 0
    while huge.is_alive():
        embeddings.embed([f"note {answered}", "gross margin"])
        answered += 1
    huge.join()
    assert answered > 5


def test_requests_of_many_clients_are_embedded_together(http, embedding_url):
    def runs() -> tuple[float, float]:
        lines = dict(line.rsplit(" ", 1) for line in http.get("/metrics").text.splitlines())
        return float(lines["embedding_runs_total"]), float(lines["embedding_run_texts_total"])

    async def ask() -> list[float]:
        transport = httpx.AsyncHTTPTransport(uds=embedding_url[7:])
        async with httpx.AsyncClient(transport=transport, base_url="http://e", timeout=60) as client:
            bodies = [{"input": [f"{i} {text}" for text in SAMPLE_TEXTS[:3]]} for i in range(40)]
            answers = await asyncio.gather(*(client.post("/v1/embeddings", json=b) for b in bodies))
        return [answer.status_code for answer in answers]

    before = runs()
    assert asyncio.run(ask()) == [200] * 40
    made, texts = (after - earlier for after, earlier in zip(runs(), before, strict=True))
    assert texts == 120 and made < 90


def test_the_work_of_a_client_that_left_is_dropped(http, embedding_url):
    def waiting() -> float:
        lines = dict(line.rsplit(" ", 1) for line in http.get("/metrics").text.splitlines())
        return float(lines['embedding_waiting_texts{priority="bulk"}'])

    def reaches(condition: Callable[[], bool], within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.05)
        return condition()

    texts = [f"{i} " + " ".join(SAMPLE_TEXTS) for i in range(2000)]
    body = json.dumps({"input": texts}).encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(embedding_url[7:])
        client.sendall(b"POST /v1/embeddings HTTP/1.1\r\nhost: e\r\ncontent-length: %d\r\n\r\n" % len(body))
        client.sendall(body)
        assert reaches(lambda: waiting() > 1000, 10)
    assert reaches(lambda: waiting() == 0, 8), "it went on for somebody who is gone"


def test_metrics_count_requests_by_who_waits(http, embeddings):
    embeddings.embed(["x"], interactive=True)
    text = http.get("/metrics").text
    assert 'embedding_requests_total{outcome="done",priority="interactive"}' in text
    assert 'embedding_waiting_texts{priority="bulk"} 0.0' in text


def test_it_is_ready_soon_without_torch_and_stops_gracefully(embedding_model, tmp_path):
    path = tmp_path / "e.sock"
    client = EmbeddingClient(f"unix://{path}")
    start = time.monotonic()
    arguments = ["--model", str(embedding_model), "--uds", str(path)]
    with started("engine.serve.embeddings", *arguments, client=client, wait_s=30) as process:
        assert time.monotonic() - start < 10
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        assert "onnxruntime" in maps and "libtorch" not in maps
        assert path.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not path.exists()
        with pytest.raises(EngineUnavailable):
            client.embed(["x"])


def test_a_socket_left_by_a_killed_server_is_taken_over(embedding_model, tmp_path):
    path = tmp_path / "e.sock"
    arguments = ["--model", str(embedding_model), "--uds", str(path)]
    for _ in range(2):
        client = EmbeddingClient(f"unix://{path}")
        with started("engine.serve.embeddings", *arguments, client=client, wait_s=30) as process:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert path.exists()


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "engine.serve.embeddings", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    return done.stderr


def test_it_refuses_to_start_saying_why(embedding_model, embedding_url, tmp_path):
    model = str(embedding_model)
    assert "is not a directory" in refused("--model", str(tmp_path / "none"))
    assert "choose a shorter one" in refused("--model", model, "--uds", str(tmp_path / ("x" * 120)))
    assert "another server listens" in refused("--model", model, "--uds", embedding_url[7:])
    assert "does not exist" in refused("--model", model, "--uds", str(tmp_path / "no" / "s"))
    assert "threads" in refused("--model", model, "--threads", "0")
    assert "batch_tokens" in refused("--model", model, "--batch-tokens", "-1")
    (tmp_path / "file").write_text("")
    assert "is not a socket" in refused("--model", model, "--uds", str(tmp_path / "file"))
