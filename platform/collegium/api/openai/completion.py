"""Chat completions as OpenAI writes them: whole, and as chunks."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from collegium.api.problems import openai_error, problem_from
from collegium.api.streaming.answering import Answering, problem_of
from collegium.api.streaming.sse import HEARTBEAT, data_bytes
from collegium.errors import Invalid
from collegium.sdk.answering import Turn

DONE = b"data: [DONE]\n\n"
NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
HISTORY_TURNS = 6


def turns_of(messages: Sequence[Mapping[str, str]]) -> tuple[str, tuple[Turn, ...]]:
    """The question, which is the last message, and the turns before it. System messages are left out."""
    if messages[-1]["role"] != "user" or not messages[-1]["content"].strip():
        raise Invalid(
            _("The last message must be the user's question."), code="no_question", param="messages"
        )
    turns: list[Turn] = []
    asked = ""
    for message in messages[:-1]:
        if message["role"] == "user":
            asked = message["content"]
        elif message["role"] == "assistant" and asked:
            turns.append(Turn(asked, message["content"], {}))
            asked = ""
    return messages[-1]["content"], tuple(turns[-HISTORY_TURNS:])


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one completion under an id and a model's name."""

    answer: str
    model: str
    created: int

    @classmethod
    def of(cls, answer: str, model: str) -> "Writer":
        return cls(answer, model, int(time.time()))

    def whole(self, data: Mapping[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": data["text"], "x": extension_of(data)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._body("chat.completion", [choice]) | {"usage": NO_TOKENS}

    def chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return data_bytes(self._body("chat.completion.chunk", [choice]))

    def usage(self) -> bytes:
        return data_bytes(self._body("chat.completion.chunk", []) | {"usage": NO_TOKENS})

    def _body(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.answer}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }


def extension_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer rests on, beside OpenAI's own members."""
    return {
        "answer": data["id"],
        "conversation": data["conversation"],
        "refused": data["refused"],
        "citations": data["citations"],
        "computations": data["computations"],
        "interpretation": data["interpretation"],
        "exhibits": data["exhibits"],
    }


async def chunks(asked: Answering, writer: Writer, *, include_usage: bool) -> AsyncIterator[bytes]:
    """The answer as chunks; a failure becomes an error object, never text."""
    sent = ""
    events = asked.events()
    try:
        yield writer.chunk({"role": "assistant", "content": ""})
        async for event in events:
            if event is None:
                yield HEARTBEAT
            elif event.name == "delta":
                sent += event.data["text"]
                yield writer.chunk({"content": event.data["text"]})
            elif event.name == "error":
                yield data_bytes(openai_error(problem_of(event.data)))
                return
            elif event.name == "done":
                text = event.data["text"]
                if text.startswith(sent) and text != sent:
                    yield writer.chunk({"content": text[len(sent) :]})
                yield writer.chunk({"x": extension_of(event.data)}, "stop")
                if include_usage:
                    yield writer.usage()
                yield DONE
                return
    finally:
        await events.aclose()  # type: ignore[attr-defined]


async def passed_through(first: bytes, events: Any, release: Any) -> AsyncIterator[bytes]:
    """The engine's own chunks; closing it aborts the generation."""
    try:
        yield first
        async for event in events:
            yield event
    except Exception as error:  # the status has been sent: the client is told by an error object
        yield data_bytes(openai_error(problem_from(error)))
    finally:
        await events.aclose()
        release()
