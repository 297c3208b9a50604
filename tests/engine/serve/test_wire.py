"""The front's reading of requests and of event streams, and the ending of tasks, without a server."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineBrokenStream, EngineTimeout
from engine.serve.admission import Priority
from engine.serve.completion_request import request_read
from engine.serve.ending import Ending
from engine.serve.event_blocks import EventBlocks

TARGET = "/v1/chat/completions"


def event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


TEXTS = ["Hello", ' {"usage":{"x":1}} and "error" ', "data: [DONE]", '"finish_reason":"abort"', "人"]
DELTAS = [event({"choices": [{"delta": {"content": text}, "finish_reason": None}]}) for text in TEXTS]
USAGE = event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}})
DONE = b"data: [DONE]\n\n"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.booleans())
def test_a_stream_cut_anywhere_gives_the_same_events_and_text_is_never_taken_for_a_mark(sizes, drops):
    stream, blocks, out, at = b"".join([*DELTAS, USAGE, DONE]), EventBlocks(drops_usage=drops), b"", 0
    while at < len(stream):
        size = sizes[at % len(sizes)]
        block = blocks.feed(stream[at : at + size])
        assert block == b"" or block.endswith(b"\n\n")
        out, at = out + block, at + size
    assert out == b"".join([*DELTAS, *([] if drops else [USAGE]), DONE])
    assert blocks.done and blocks.error is None
    assert blocks.usage == {"prompt_tokens": 3, "completion_tokens": 4}


def test_usage_beside_a_choice_is_taken_out_alone():
    both = {"choices": [{"delta": {"content": "x"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    assert EventBlocks(drops_usage=True).feed(event(both)) == event({"choices": both["choices"]})
    assert EventBlocks(drops_usage=False).feed(event(both)) == event(both)


@pytest.mark.parametrize(
    "last",
    [
        b'data: {"error": {"message": "EngineCore died", "code": 500}}\n\n',
        b'data: {"error":{"message":"EngineCore died","code":500}}\n\n',
        event({"choices": [{"delta": {}, "finish_reason": "abort"}]}),
    ],
)
def test_an_error_ends_the_events_before_it(last):
    blocks = EventBlocks(drops_usage=False)
    assert blocks.feed(DELTAS[0] + last + DONE) == DELTAS[0]
    assert blocks.error is not None and not blocks.done


def test_an_event_without_an_end_is_not_collected_for_ever():
    blocks = EventBlocks(drops_usage=False)
    assert blocks.feed(b"data: " + b"x" * (1 << 19)) == b""
    with pytest.raises(EngineBrokenStream, match="1 MiB"):
        blocks.feed(b"x" * (1 << 19))


def read(body: dict[str, Any], **headers: str):
    return request_read(TARGET, headers, json.dumps(body).encode(), context_tokens=1000)


def test_a_request_may_take_its_prompt_and_what_it_asks_for_and_never_more_than_the_context():
    messages = [{"role": "user", "content": "x" * 300}]
    ticket = read({"messages": messages, "max_tokens": 50, "n": 2}).ticket()
    assert 100 <= ticket.prompt_tokens <= 130 and ticket.new_tokens == 100 and ticket.sequences == 2
    assert read({"messages": messages}).ticket().tokens == 1000
    assert read({"messages": messages, "max_tokens": 9000}).ticket().tokens == 1000
    assert read({"messages": [{"role": "user", "content": "x" * 99_999}]}).ticket().tokens == 1000
    assert read({"prompt": [1, 2, 3] * 20}).ticket().prompt_tokens == 61
    assert read({"prompt": "x"}).ticket().new_tokens == 16


def test_a_request_with_many_prompts_takes_as_much_as_many_requests():
    one = read({"prompt": [1, 2, 3] * 20, "max_tokens": 50}).ticket()
    many = read({"prompt": [[1, 2, 3] * 20] * 8, "max_tokens": 50, "n": 2}).ticket()
    assert (many.sequences, many.new_tokens) == (16, 16 * one.new_tokens)
    assert many.prompt_tokens == 8 * (one.prompt_tokens - 1) + 1
    assert read({"prompt": ["ab", "cd"], "max_tokens": 5}).ticket().sequences == 2
    assert read({"prompt": ["x" * 99_999] * 3}).ticket().tokens == 3000


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"prompt": []},
        {"prompt": [[]]},
        {"messages": 7},
        {"messages": [], "max_tokens": "x", "n": -1},
        {"prompt": None},
    ],
)
def test_what_only_the_engine_judges_is_passed_on_as_it_is(odd):
    request = read(odd)
    assert json.loads(request.body) == odd and 1 <= request.ticket().tokens <= 1000


def test_headers_say_who_asks_how_urgently_and_until_when():
    headers = {"x-workspace": "w", "x-priority": "Batch", "x-deadline-ms": "250", "x-request-id": "r"}
    request = read({}, **headers)
    assert (request.workspace, request.priority, request.deadline_ms) == ("w", Priority.BATCH, 250)
    assert request.request_id == "r"
    assert read({}).priority == Priority.INTERACTIVE and read({}).deadline_ms is None


@pytest.mark.parametrize(
    ("given_body", "adds"),
    [
        ({"stream": True}, True),
        ({"stream": True, "stream_options": {"include_usage": False}}, True),
        ({"stream": True, "stream_options": {"include_usage": True}}, False),
        ({"stream": False}, False),
        ({"stream": True, "stream_options": "rubbish"}, False),
    ],
)
def test_the_usage_is_asked_for_where_the_caller_did_not(given_body, adds):
    request = read(given_body)
    assert request.adds_usage is adds
    if adds:
        assert json.loads(request.body)["stream_options"]["include_usage"] is True


def test_a_task_is_ended_with_the_first_reason_and_only_within_its_block():
    async def run() -> list[str]:
        told, ending = [], Ending()
        try:
            async with ending:
                asyncio.get_running_loop().call_later(0.01, ending.because, EngineTimeout("first"))
                asyncio.get_running_loop().call_later(0.01, ending.because, EngineTimeout("second"))
                await asyncio.sleep(5)
        except EngineTimeout as error:
            told.append(str(error))
        ending.because(EngineTimeout("late"))
        await asyncio.sleep(0.01)
        return told

    assert asyncio.run(run()) == ["first"]


def test_a_block_that_is_done_when_it_is_ended_raises_the_reason_and_leaves_no_cancellation_behind():
    async def run() -> int:
        ending = Ending()
        with pytest.raises(EngineTimeout):
            async with ending:
                ending.because(EngineTimeout("at the last moment"))
        await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(run()) == 0


def test_a_cancellation_from_elsewhere_stays_one():
    async def run() -> None:
        async def work() -> None:
            async with Ending():
                await asyncio.sleep(5)

        task = asyncio.create_task(work())
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
