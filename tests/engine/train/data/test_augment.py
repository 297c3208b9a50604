"""Questions that the served model rewrites: kept where it kept the numbers, and marked as its work."""

import json
import socket
from pathlib import Path

import pytest

from engine.client import EngineClient
from engine.errors import EngineUnavailable
from engine.train.data.augment import by_model
from engine.train.data.options import DataOptions
from engine.train.data.prepare import prepare
from tests.engine.servers import STREAM_HEAD, http, scripted
from tests.engine.train.data.some import example, file_of


def model_that(rewrites: dict[str, str]):  # type: ignore[no-untyped-def]
    """A server that answers a prompt by what is given for the question in it."""

    def answered(connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET /v1/models"):
            connection.sendall(http("200 OK", json.dumps({"data": [{"id": "m", "max_model_len": 2048}]})))
            return
        prompt = json.loads(request.partition(b"\r\n\r\n")[2])["messages"][0]["content"]
        said = next(new for old, new in rewrites.items() if old in prompt)
        piece = {"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": None}]}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        body = "".join(f"data: {json.dumps(one)}\n\n" for one in (piece, end)) + "data: [DONE]\n\n"
        connection.sendall(STREAM_HEAD + body.encode())

    return answered


def test_a_rewriting_is_kept_only_where_it_keeps_every_number() -> None:
    examples = [example(n) for n in (11, 12, 13)]
    rewrites = {
        "What of 11": "How did 11 come about?",
        "What of 12": "How did twelve come about?",
        "What of 13": examples[2].asked,
    }
    with scripted(model_that(rewrites)) as url:
        made = list(by_model(examples, 1.0, seed=1, client=EngineClient(url, model="m")))
    (one,) = made
    assert one.asked == "How did 11 come about?" and one.made_by == "model"
    assert one.answer == examples[0].answer and one.source == examples[0].source


def test_the_card_counts_what_the_model_made(tmp_path: Path) -> None:
    with scripted(model_that({"What of 5": "And 5?"})) as url:
        options = DataOptions(held_out_share=0.0, paraphrase_share=1.0, paraphrase_url=url)
        path = file_of(tmp_path / "examples.jsonl", example(5))
        found = prepare(path, options, held_out=None, private=False, seed=1)
    assert found.card.train.made_by == {"model": 1, "recorded": 1}
    assert found.card.added == {"refusal": 0, "augmented": 1}


def test_a_model_that_is_away_is_an_error(tmp_path: Path) -> None:
    options = DataOptions(paraphrase_share=1.0, paraphrase_url=f"unix://{tmp_path}/none", held_out_share=0.0)
    path = file_of(tmp_path / "examples.jsonl", example(5))
    with pytest.raises(EngineUnavailable):
        prepare(path, options, held_out=None, private=False, seed=1)
