"""How the front says what went wrong: one shape, as JSON before an answer and as an event within one.

{"error": {"message", "type", "code", ...}}: `type` is the name of the error, `code` the HTTP status.
"""

import json
from contextlib import suppress
from typing import Any

from starlette.responses import JSONResponse

from engine.errors import ContextTooLong, EngineError, EngineRejected, EngineTimeout, EngineUnavailable
from engine.serve.completion_request import CompletionRequest
from engine.serve.upstream import Answer, Upstream

LENGTH_WORDS = ("maximum context length", "max_model_len", "maximum model length")
COUNTED_BYTES_PER_TOKEN = 32  # a prompt of more bytes per token of the context is estimated, not counted
COUNTED = ("model", "messages", "prompt", "tools", "add_generation_prompt", "chat_template_kwargs")


class EngineAway(EngineUnavailable):
    """The engine loads, or is being rebuilt; `retry_after_s` says when to come again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SlowReader(EngineError):
    """The caller does not take what it is sent."""

    code = "reader_too_slow"


class RequestRefused(EngineRejected):
    """The engine refused the request; `param` names the part of it, where the engine says so."""

    def __init__(self, message: str, *, status: int, param: object) -> None:
        super().__init__(message, status=status)
        self.param = param


class EngineRefusal(EngineError):
    """The engine failed at the request, by its own fault: it may have died of it."""

    status = 500

    @classmethod
    def of(cls, body: dict[str, Any]) -> EngineError:
        """The error for an error object of the engine: the engine's own failure, or the caller's."""
        inner = body.get("error", body)
        inner = inner if isinstance(inner, dict) else {"message": str(inner)}
        code = inner.get("code")
        status = code if isinstance(code, int) else 500
        message = str(inner.get("message") or "the engine gave no reason")
        if 400 <= status < 500:
            return RequestRefused(message, status=status, param=inner.get("param"))
        return cls(f"the engine failed: {message}")


async def refusal_read(answer: Answer, request: CompletionRequest, upstream: Upstream) -> EngineError:
    """The error for an answer that is not 200."""
    raw = await answer.whole()
    try:
        body = json.loads(raw)
    except ValueError:
        body = raw.decode("utf-8", "replace")[:500]
    body = body if isinstance(body, dict) else {"message": str(body), "code": answer.status}
    error = EngineRefusal.of(body)
    if answer.status == 400 and any(words in str(error) for words in LENGTH_WORDS):
        return await _too_long(request, upstream)
    return error


async def _too_long(request: CompletionRequest, upstream: Upstream) -> ContextTooLong:
    """The error with both lengths; the engine itself stops counting one token beyond its context."""
    fields = {name: request.parsed[name] for name in COUNTED if name in request.parsed}
    limit, about, prompt_tokens = request.context_tokens, "about ", request.prompt_estimate
    if len(request.body) <= limit * COUNTED_BYTES_PER_TOKEN:
        with suppress(EngineError):  # it counts texts alone, not lists of them or of token ids
            prompt_tokens, about = int((await upstream.json("POST", "/tokenize", fields))["count"]), ""
    return ContextTooLong(
        f"the prompt contains {about}{prompt_tokens} tokens and {request.wanted_tokens or 1} are to be "
        f"written, more than the model's maximum context length of {limit} tokens",
        prompt_tokens=prompt_tokens,
        limit_tokens=limit,
    )


def status_of(error: EngineError) -> int:
    """The HTTP status for an error."""
    if isinstance(error, EngineTimeout):
        return 504
    status = getattr(error, "status", None)
    return int(status) if status else 503 if error.retryable else 500


def error_object(error: EngineError) -> dict[str, Any]:
    """The error as JSON."""
    inner: dict[str, Any] = {"message": str(error), "type": error.code, "code": status_of(error)}
    if isinstance(error, ContextTooLong):
        inner |= {"prompt_tokens": error.prompt_tokens, "limit_tokens": error.limit_tokens}
    if isinstance(error, RequestRefused):
        inner["param"] = error.param
    return {"error": inner}


def error_event(error: EngineError) -> bytes:
    """The error as the last event of a stream."""
    return b"data: " + json.dumps(error_object(error)).encode() + b"\n\n"


def error_response(error: EngineError) -> JSONResponse:
    """The error as a whole answer; it says when to come again where that makes sense."""
    status = status_of(error)
    headers = {"Retry-After": str(getattr(error, "retry_after_s", 1))} if status in (429, 503) else None
    return JSONResponse(error_object(error), status_code=status, headers=headers)
