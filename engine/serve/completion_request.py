"""A request for a completion as the front reads it: who asks, how urgent, until when, how large."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineRejected
from engine.serve.admission import Priority, Ticket

BYTES_PER_TOKEN = 3  # about 4 for English, 3 for Chinese (one character): rather too many tokens than too few
WORKSPACE_CHARS = 128
PRIORITIES = {"": Priority.INTERACTIVE, "interactive": Priority.INTERACTIVE, "batch": Priority.BATCH}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """What is sent on to the engine, and what the front must know to do so.

    `adds_usage`: the caller did not ask for the usage, which the front needs; it is taken out of the stream.
    """

    target: str
    body: bytes
    parsed: dict[str, Any]
    streams: bool
    adds_usage: bool
    request_id: str
    workspace: str
    priority: Priority
    deadline_ms: int | None
    context_tokens: int
    prompts: int
    prompt_estimate: int
    wanted_tokens: int | None
    sequences: int

    def ticket(self) -> Ticket:
        """What admission needs of it: never more than the context, since the engine would refuse more."""
        prompt_tokens = min(self.prompt_estimate, self.context_tokens * self.prompts)
        room = self.context_tokens - prompt_tokens // self.prompts
        return Ticket(
            workspace=self.workspace,
            priority=self.priority,
            prompt_tokens=prompt_tokens,
            new_tokens=min(self.wanted_tokens or room, room) * self.sequences,
            sequences=self.sequences,
        )


def request_read(
    target: str, headers: Mapping[str, str], body: bytes, context_tokens: int
) -> CompletionRequest:
    """Reads a request; raises EngineRejected for what the front itself must understand.

    All else in the body is the engine's to judge.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EngineRejected(f"the body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise EngineRejected("the body must be a JSON object")
    prompts, streams = _prompts(parsed), parsed.get("stream") is True
    options = parsed.get("stream_options")
    adds_usage = streams and options is None
    if adds_usage:
        body = json.dumps({**parsed, "stream_options": {"include_usage": True}}).encode()
    elif streams and isinstance(options, dict) and options.get("include_usage") is not True:
        adds_usage = True
        body = json.dumps({**parsed, "stream_options": {**options, "include_usage": True}}).encode()
    return CompletionRequest(
        target=target,
        body=body,
        parsed=parsed,
        streams=streams,
        adds_usage=adds_usage,
        request_id=headers.get("x-request-id", "")[:WORKSPACE_CHARS],
        workspace=_workspace(headers),
        priority=_priority(headers),
        deadline_ms=_deadline_ms(headers),
        context_tokens=context_tokens,
        prompts=len(prompts),
        prompt_estimate=_prompt_bytes(parsed, prompts) // BYTES_PER_TOKEN + 1,
        wanted_tokens=_wanted_tokens(parsed),
        sequences=(_positive(parsed.get("n")) or 1) * len(prompts),
    )


def _prompts(parsed: dict[str, Any]) -> list[Any]:
    """What is to be continued: a chat, a text, its token ids, or a list of texts or of token ids."""
    if "messages" in parsed:
        return [parsed["messages"]]
    prompt = parsed.get("prompt", "")
    return prompt if isinstance(prompt, list) and prompt and not _token_ids(prompt) else [prompt]


def _token_ids(prompt: object) -> bool:
    return isinstance(prompt, list) and bool(prompt) and all(type(token) is int for token in prompt)


def _prompt_bytes(parsed: dict[str, Any], prompts: list[Any]) -> int:
    """The size of what the model reads; token ids count as themselves."""
    size = len(json.dumps(parsed["tools"])) if parsed.get("tools") else 0
    for prompt in prompts:
        text = "" if _token_ids(prompt) else json.dumps(prompt, ensure_ascii=False)
        size += len(text.encode("utf-8", "replace")) or len(prompt) * BYTES_PER_TOKEN
    return size


def _wanted_tokens(parsed: dict[str, Any]) -> int | None:
    wanted = _positive(parsed.get("max_completion_tokens")) or _positive(parsed.get("max_tokens"))
    return 16 if wanted is None and "prompt" in parsed else wanted  # 16: plain completions' own default


def _positive(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _workspace(headers: Mapping[str, str]) -> str:
    name = headers.get("x-workspace", "")
    if len(name) > WORKSPACE_CHARS:
        raise EngineRejected(f"X-Workspace is longer than {WORKSPACE_CHARS} characters")
    return name


def _priority(headers: Mapping[str, str]) -> Priority:
    name = headers.get("x-priority", "").strip().lower()
    if name not in PRIORITIES:
        raise EngineRejected(f"X-Priority must be interactive or batch, not {name[:40]!r}")
    return PRIORITIES[name]


def _deadline_ms(headers: Mapping[str, str]) -> int | None:
    text = headers.get("x-deadline-ms", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise EngineRejected(f"X-Deadline-Ms must be a whole number of milliseconds, not {text[:40]!r}")
    return int(text)
