"""vLLM's own server: its environment and arguments, with the settings that were proven here.

python -m engine.serve.vllm_server ARGUMENTS, the same as those of engine.serve.llm, which starts it
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.config import ServeConfig
from engine.errors import EngineError, EngineUnavailable, ModelInvalid
from engine.moe.eplb import eplb_arguments
from engine.moe.routing import routing_arguments
from engine.serve.adapters import adapters_arguments, adapters_check, adapters_environment
from engine.serve.api_key import api_key_read
from engine.serve.arguments import config_read
from engine.serve.child import REFUSED
from engine.serve.lifetime import die_with_parent
from engine.serve.model_check import context_limit

if __name__ == "__mp_main__":  # vLLM's own children are spawned, and import this module first
    die_with_parent()

BLOCK_TOKENS = 128
MAX_SEQUENCES_CPU = 32


def dtype_of(config: ServeConfig, cuda: bool) -> str:
    """auto is float32 on a CPU: bfloat16 chooses another next token there in about 4 of 100 places."""
    return "float32" if config.dtype == "auto" and not cuda else config.dtype


def vllm_environment(config: ServeConfig, *, cuda: bool) -> dict[str, str]:
    """What vLLM takes from the environment only."""
    environment = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if Path(config.model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    if not cuda:
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(config.kv_cache_gb)
        environment["VLLM_CPU_OMP_THREADS_BIND"] = cores
    if config.api_key_file:
        # Not an argument: vLLM writes its arguments to the log.
        environment["VLLM_API_KEY"] = api_key_read(config.api_key_file)
    return environment


def engine_arguments(config: ServeConfig, *, cuda: bool, context_tokens: int) -> dict[str, Any]:
    """What vLLM's engine is given, by its names (EngineArgs); the same on every rank."""
    arguments: dict[str, Any] = {
        "model": config.model,
        "dtype": dtype_of(config, cuda),
        "max_model_len": context_tokens,
        "load_format": "safetensors",
        "enable_prefix_caching": True,
    }
    if not cuda:
        arguments |= {"enforce_eager": True, "block_size": BLOCK_TOKENS, "max_num_seqs": MAX_SEQUENCES_CPU}
    return arguments


def vllm_arguments(config: ServeConfig, engine: Mapping[str, Any]) -> list[str]:
    """The command line of vLLM's server for this configuration and its engine's arguments."""
    arguments = ["--served-model-name", config.served_name or Path(config.model).name]
    arguments += ["--uvicorn-log-level", "warning", "--disable-fastapi-docs"]
    arguments += ["--uds", str(config.uds)] if config.uds else ["--host", config.host]
    arguments += [] if config.uds else ["--port", str(config.port)]
    for name, value in engine.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{option}" if value else f"--no-{option}")
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                arguments += [f"--{option}.{key}", json.dumps(inner)]
        else:
            arguments += [f"--{option}", str(value)]
    return arguments


def cuda_present() -> bool:
    """Whether this machine's torch sees an accelerator. Raises EngineUnavailable where vLLM is missing."""
    if find_spec("vllm") is None:
        raise EngineUnavailable("vLLM is not installed: install the requirements of this machine's kind")
    import torch

    return torch.cuda.is_available()


def vllm_run(arguments: list[str]) -> None:
    """Runs vLLM's server in this process until it is told to stop."""
    from vllm.entrypoints.launchers.api_server import entry

    sys.argv[1:] = arguments
    run: Callable[[], None] = entry.main
    run()


def model_config_read(config: ServeConfig) -> dict[str, Any]:
    """A local model's config.json; empty for one that vLLM fetches."""
    path = Path(config.model) / "config.json"
    if not Path(config.model).is_dir():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelInvalid(f"{path}: cannot be read ({error})") from error


def server_prepare(config: ServeConfig) -> tuple[dict[str, str], list[str]]:
    """The environment and the command line of vLLM's server; waits for rank workers where it needs them."""
    cuda = cuda_present()
    model_config = model_config_read(config)
    tokens = context_limit(model_config, config.max_model_len)
    environment = vllm_environment(config, cuda=cuda)
    engine = engine_arguments(config, cuda=cuda, context_tokens=tokens)
    adapters_check(config, cuda)
    environment |= adapters_environment(config)
    engine |= adapters_arguments(config)
    engine |= eplb_arguments(config.redundant_experts, ranks=config.ranks, cuda=cuda)
    if config.broker:
        from engine.parallel.start import ranks_arguments

        engine |= ranks_arguments(
            config, arguments=engine, environment=environment, model_config=model_config, cuda=cuda
        )
    if more := routing_arguments(config.routing_dir):
        engine["additional_config"] = engine.get("additional_config", {}) | more
    return environment, vllm_arguments(config, engine)


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; REFUSED with a message when it cannot start, 1 when it may later.

    The model was checked before.
    """
    signal.signal(signal.SIGTERM, _interrupt)  # until vLLM sets its own
    try:
        config = config_read("python -m engine.serve.vllm_server", arguments)
        os.umask(0o077)  # the socket is for this user alone
        environment, arguments = server_prepare(config)
        os.environ.update(environment)
        vllm_run(arguments)
    except EngineError as error:
        print(f"engine.serve.vllm_server: {error}", file=sys.stderr)
        return 1 if error.retryable else REFUSED
    except KeyboardInterrupt:  # vLLM, too, turns a SIGTERM that comes while it loads into this
        return 0
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
