"""Stands in for vLLM's server where a test needs failures at an exact moment: the same wire, no model.

python -m tests.engine.serve.fake_vllm SOCKET

A request's member "fake" says what happens: tokens, pause_s, bytes (size of a token's text), and `then` after
the tokens: stop, die (the process is killed), hang (it is stopped), sleep, cut (the connection ends), error (an
event), refuse (HTTP 500). With `once`, a path, that happens only while it does not exist; then it is made.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

CONTEXT_TOKENS = 1000
CACHE = f'vllm:cache_config_info{{block_size="16",kv_cache_size_tokens="{4 * CONTEXT_TOKENS}"}} 1.0\n'
running = 0
loaded: list[str] = []


async def models(request: Request) -> Response:
    entry = {"id": "fake", "object": "model", "max_model_len": CONTEXT_TOKENS}
    adapters = [entry | {"id": name, "parent": "fake"} for name in loaded]
    return JSONResponse({"object": "list", "data": [entry, *adapters]})


async def adapter_load(request: Request) -> Response:
    body = await request.json()
    if not Path(body["lora_path"]).is_dir():
        return JSONResponse({"error": {"message": "no such path", "code": 404}}, status_code=404)
    loaded.append(body["lora_name"])
    return Response("Success: LoRA adapter added")


async def adapter_unload(request: Request) -> Response:
    loaded.remove((await request.json())["lora_name"])
    return Response("Success: LoRA adapter removed")


async def metrics(request: Request) -> Response:
    return Response(CACHE + f'vllm:num_requests_running{{engine="0"}} {running}\n')


async def health(request: Request) -> Response:
    return Response(status_code=200)


async def tokenize(request: Request) -> Response:
    body = await request.json()
    return JSONResponse({"count": len(str(body["messages"][0]["content"]).split()), "max_model_len": 1000})


async def completion(request: Request) -> Response:
    body = await request.json()
    fake = body.get("fake", {})
    if "once" in fake and not Path(fake["once"]).exists():
        Path(fake["once"]).touch()
    elif "once" in fake:
        fake = {}
    words = len(str(body["messages"][0]["content"]).split())
    if words > CONTEXT_TOKENS:
        message = f"This model's maximum context length is 1000 tokens. However, your prompt contains at least {words}"
        return JSONResponse({"error": {"message": message, "code": 400}}, status_code=400)
    if fake.get("then") == "refuse":
        return JSONResponse({"error": {"message": "a bug", "code": 500}}, status_code=500)
    if body.get("stream"):
        return StreamingResponse(events(body, fake), media_type="text/event-stream")
    async for _ in events(body, fake):
        pass
    message = {"role": "assistant", "content": "word " * fake.get("tokens", 3)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return JSONResponse({"choices": [choice], "usage": usage(fake)})


def usage(fake: dict[str, Any]) -> dict[str, int]:
    return {"prompt_tokens": 7, "completion_tokens": fake.get("tokens", 3), "total_tokens": 10}


async def events(body: dict[str, Any], fake: dict[str, Any]) -> AsyncIterator[bytes]:
    global running
    running += 1
    try:
        for _ in range(fake.get("tokens", 3)):
            await asyncio.sleep(fake.get("pause_s", 0.0))
            yield event({"delta": {"content": "w" * fake.get("bytes", 4) + " "}, "finish_reason": None})
        match fake.get("then", "stop"):
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "sleep":
                await asyncio.sleep(60)
            case "cut":
                raise ConnectionResetError
            case "error":
                yield b'data: {"error": {"message": "EngineCore failed", "code": 500}}\n\n'
                return
        yield event({"delta": {}, "finish_reason": "stop"})
        if (body.get("stream_options") or {}).get("include_usage"):
            yield f"data: {json.dumps({'choices': [], 'usage': usage(fake)}, separators=(',', ':'))}\n\n".encode()
        yield b"data: [DONE]\n\n"
    finally:
        running -= 1


def event(choice: dict[str, Any]) -> bytes:
    value = {"id": "c", "choices": [{"index": 0, **choice}]}
    return f"data: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


app = Starlette(
    routes=[
        Route("/v1/models", models),
        Route("/metrics", metrics),
        Route("/health", health),
        Route("/v1/load_lora_adapter", adapter_load, methods=["POST"]),
        Route("/v1/unload_lora_adapter", adapter_unload, methods=["POST"]),
        Route("/tokenize", tokenize, methods=["POST"]),
        Route("/v1/chat/completions", completion, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    if len(sys.argv) > 2:  # a server that cannot start
        sys.exit("ValueError: Model architectures ['Unheard'] are not supported for now")
    uvicorn.run(app, uds=sys.argv[1], log_level="critical")
