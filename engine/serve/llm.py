"""The language model's server: checks the model, keeps vLLM running behind it, answers on the OpenAI surface.

python -m engine.serve.llm --model DIR_OR_ID (--uds PATH | --host H --port P) [--max-model-len 4096]
    [--dtype float32] [--served-name NAME] [--kv-cache-gb 1] [--api-key-file F] [--tokens-in-flight N]
    [--sequences-in-flight N] [--waiting-requests 256] [--stall-s 60]
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import uvloop

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, EngineError, EngineUnavailable
from engine.moe.routing_observer import routing_observe
from engine.parallel.machine import gpu_memory_bytes
from engine.parallel.observer import ranks_observe
from engine.parallel.placement import ranks_possible
from engine.serve.adapters import adapters_check
from engine.serve.admission import Limits
from engine.serve.api_key import api_key_read
from engine.serve.arguments import config_arguments, config_read
from engine.serve.front import Front
from engine.serve.model_check import (
    device_memory_check,
    directory_check,
    dtype_check,
    memory_available_bytes,
    memory_check,
)
from engine.serve.observers import Observers
from engine.serve.sockets import tcp_open, uds_open, uds_path_check
from engine.serve.vllm_server import MAX_SEQUENCES_CPU, dtype_of

ENGINE_SUFFIX = ".engine"
DIRECTORY_PREFIX = "collegium-engine-"
START_TRIES = 3
SEQUENCES_ACCELERATOR = 256
READING_TOKENS_CPU = (2048, 384)  # alone; while others ask: under a second of reading on two cores
READING_TOKENS_ACCELERATOR = (16384, 2048)
DEVICES = ("nvidia[0-9]*", "kfd")


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; 1 with a message when it cannot start."""
    signal.signal(signal.SIGTERM, _interrupt)  # until the event loop sets its own
    try:
        config = config_read("python -m engine.serve.llm", arguments)
        if config.uds:
            uds_path_check(config.uds)
        accelerator = accelerator_present()
        adapters_check(config, accelerator)
        model_check(config, accelerator)
        with ExitStack() as stack:
            if config.uds:
                listener = stack.enter_context(uds_open(config.uds))
                stack.callback(config.uds.unlink, missing_ok=True)
            else:
                listener = stack.enter_context(tcp_open(config.host, config.port))
            engine_socket = stack.enter_context(private_socket(config))
            observers = Observers()
            routing_observe(observers, config)
            ranks_observe(observers, config)
            front = front_made(config, engine_socket, accelerator, observers)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(front.run(listener))
    except EngineError as error:
        print(f"engine.serve.llm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def front_made(config: ServeConfig, engine_socket: Path, accelerator: bool, observers: Observers) -> Front:
    """The front for a configuration; vLLM's server is started with the same one on its own socket."""
    behind = replace(config, uds=engine_socket, api_key_file=None)
    sequences = SEQUENCES_ACCELERATOR if accelerator else MAX_SEQUENCES_CPU
    reading_tokens, contended_reading_tokens = (
        READING_TOKENS_ACCELERATOR if accelerator else READING_TOKENS_CPU
    )
    return Front(
        [sys.executable, "-m", "engine.serve.vllm_server", *config_arguments(behind)],
        engine_socket,
        limits=Limits(
            tokens=config.tokens_in_flight,
            sequences=config.sequences_in_flight or sequences,
            reading_tokens=reading_tokens,
            contended_reading_tokens=contended_reading_tokens,
            waiting=config.waiting_requests,
            waiting_of_workspace=max(config.waiting_requests // 2, 1),
        ),
        stall_s=config.stall_s,
        start_tries=None if config.broker else START_TRIES,  # workers on other hosts may still come
        api_key=api_key_read(config.api_key_file) if config.api_key_file else None,
        observers=observers,
        adapters_dir=config.adapters_dir,
    )


def model_check(config: ServeConfig, accelerator: bool) -> None:
    """Checks a local model and the memory it needs, before anything is loaded.

    Of a model that runs on rank workers, theirs is the memory: they are judged by what they report.
    """
    directory = Path(config.model)
    if directory.is_dir():
        model_config, dtype = directory_check(directory), dtype_of(config, accelerator)
        dtype_check(directory, model_config, dtype)
        if config.broker:
            ranks_possible(model_config, config.ranks)
        elif not accelerator:
            memory_check(directory, config, dtype, memory_available_bytes())
        elif gpus := gpu_memory_bytes():
            device_memory_check(directory, dtype, max(gpus.values()))
    elif directory.is_absolute() or config.model.count("/") != 1:
        raise ConfigInvalid(f"{config.model}: is neither a directory nor a Hugging Face id (owner/name)")


def accelerator_present() -> bool:
    """Whether vLLM will run on an accelerator; torch, which knows, is only asked where there may be one."""
    if find_spec("vllm") is None:
        raise EngineUnavailable("vLLM is not installed: install the requirements of this machine's kind")
    if not any(any(Path("/dev").glob(pattern)) for pattern in DEVICES):
        return False
    code = "from engine.serve.vllm_server import cuda_present; raise SystemExit(not cuda_present())"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@contextmanager
def private_socket(config: ServeConfig) -> Iterator[Path]:
    """Where vLLM listens: beside the public socket, or in a directory that only this user may enter."""
    if config.uds:
        yield config.uds.with_name(config.uds.name + ENGINE_SUFFIX)
        return
    for left in Path(tempfile.gettempdir()).glob(DIRECTORY_PREFIX + "*"):
        with suppress(OSError, ValueError):  # of a server that was killed; others' cannot be removed
            if not Path(f"/proc/{int(left.name.removeprefix(DIRECTORY_PREFIX))}").exists():
                shutil.rmtree(left)
    directory = Path(tempfile.gettempdir()) / f"{DIRECTORY_PREFIX}{os.getpid()}"
    directory.mkdir(mode=0o700)
    try:
        yield directory / "vllm.sock"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
