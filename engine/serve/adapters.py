"""LoRA adapters in the running engine: loaded and taken out without a restart, from one directory alone.

vLLM calls its own routes for this unsafe outside development: whoever reaches them names any path. Here they
stay behind the private socket, and the front takes only what lies in the directory that it was started with.
"""

import json
import re
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, EngineRejected, ModelInvalid
from engine.manifest import pickles_refuse
from engine.serve.engine_process import EngineProcess

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,199}")
FILES = ("adapter_config.json", "adapter_model.safetensors")
MAX_BODY_BYTES = 10_000
MAX_LORAS = 4
LOAD, UNLOAD = "/v1/load_lora_adapter", "/v1/unload_lora_adapter"


def adapters_check(config: ServeConfig, accelerator: bool) -> None:
    """Raises ConfigInvalid where adapters are asked for and cannot be served, or would be open to anybody."""
    if config.adapters_dir is None:
        return
    if not accelerator:
        raise ConfigInvalid(
            "adapters_dir: adapters of a mixture cannot be loaded on a CPU: serve the merged model instead"
        )
    if config.broker:
        raise ConfigInvalid("adapters_dir: a model on rank workers takes no adapters: serve the merged model")
    if config.uds is None and config.api_key_file is None:
        raise ConfigInvalid("adapters_dir: over TCP it needs api_key_file, or anybody could load adapters")
    if not config.adapters_dir.is_dir():
        raise ConfigInvalid(f"adapters_dir: {config.adapters_dir} is no directory")


def adapters_arguments(config: ServeConfig) -> dict[str, Any]:
    """What vLLM's engine is given for it, by its names."""
    if config.adapters_dir is None:
        return {}
    return {"enable_lora": True, "max_loras": MAX_LORAS, "max_lora_rank": config.adapters_rank}


def adapters_environment(config: ServeConfig) -> dict[str, str]:
    """What vLLM takes from the environment for it."""
    return {} if config.adapters_dir is None else {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}


class Adapters:
    """The adapters of one engine. They are loaded again when the engine was rebuilt."""

    def __init__(self, engine: EngineProcess, directory: Path) -> None:
        self._engine, self._directory = engine, directory.resolve()
        self.loaded: dict[str, str] = {}

    async def load(self, request: Request) -> Response:
        """POST /adapters {"name", "path"}: answers once requests may name it as their model."""
        self._engine.required()
        name, path = _asked(await _body(request))
        adapter = self._checked(path)
        if self.loaded.get(name, str(adapter)) != str(adapter):
            raise EngineRejected(f"another adapter is loaded as {name}: unload it first", status=409)
        if name not in self.loaded:
            await self._send(LOAD, {"lora_name": name, "lora_path": str(adapter)})
            self.loaded[name] = str(adapter)
            await self._models_read()
        return JSONResponse({"loaded": sorted(self.loaded)})

    async def unload(self, request: Request) -> Response:
        """DELETE /adapters/{name}."""
        self._engine.required()
        name = str(request.path_params["name"])
        if name not in self.loaded:
            raise EngineRejected(f"no adapter is loaded as {name}", status=404)
        await self._send(UNLOAD, {"lora_name": name})
        del self.loaded[name]
        await self._models_read()
        return JSONResponse({"loaded": sorted(self.loaded)})

    async def again(self) -> None:
        """Loads into a rebuilt engine what was in the one before it."""
        for name, path in list(self.loaded.items()):
            try:
                await self._send(LOAD, {"lora_name": name, "lora_path": path})
            except EngineRejected:
                del self.loaded[name]  # its files have gone meanwhile
        await self._models_read()

    def _checked(self, path: str) -> Path:
        adapter = (self._directory / path).resolve()
        if not adapter.is_relative_to(self._directory) or not adapter.is_dir():
            raise EngineRejected("the adapter is not in the directory of adapters", status=403)
        try:
            pickles_refuse(adapter)
        except ModelInvalid as error:
            raise EngineRejected(str(error)) from error
        for name in FILES:
            if not (adapter / name).is_file() or (adapter / name).is_symlink():
                raise EngineRejected(f"the adapter has no {name}")
        return adapter

    async def _send(self, target: str, value: dict[str, str]) -> None:
        body = json.dumps(value).encode()
        async with self._engine.upstream.asked("POST", target, body) as answer:
            said = (await answer.whole()).decode("utf-8", "replace")
            if answer.status != 200:
                raise EngineRejected(f"the engine refused the adapter: {said[:500]}", status=answer.status)

    async def _models_read(self) -> None:
        self._engine.models = await self._engine.upstream.json("GET", "/v1/models")


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise EngineRejected("the body is too large", status=413)
        pieces.append(piece)
    return b"".join(pieces)


def _asked(body: bytes) -> tuple[str, str]:
    try:
        value = json.loads(body)
        name, path = value["name"], value["path"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EngineRejected('the body must be {"name": ..., "path": ...}') from error
    if not isinstance(path, str) or "\x00" in path or not isinstance(name, str) or not NAME.fullmatch(name):
        raise EngineRejected("an adapter's name has letters, digits and ._@- only, and its path is text")
    return name, path
