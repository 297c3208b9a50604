"""vLLM's own server: its environment and arguments, with the settings that were proven here.

python -m engine.serve.vllm_server ARGUMENTS, the same as those of engine.serve.llm, which starts it
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, EngineError, EngineUnavailable, ModelInvalid
from engine.serve.arguments import config_read
from engine.serve.lifetime import die_with_parent
from engine.serve.model_check import context_limit

if __name__ == "__mp_main__":  # vLLM's own children are spawned, and import this module first
    die_with_parent()

BLOCK_TOKENS = 128
MAX_SEQUENCES_CPU = 32


def dtype_of(config: ServeConfig, cuda: bool) -> str:
    """On a CPU bfloat16 gave wrong text for weights that float32 reads right, so auto is float32 there."""
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
        environment["VLLM_API_KEY"] = _api_key(config.api_key_file)
    return environment


def _api_key(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigInvalid(f"the API key file {path} cannot be read: {error.strerror}") from error
    if not key:
        raise ConfigInvalid(f"the API key file {path} is empty")
    return key


def vllm_arguments(config: ServeConfig, *, cuda: bool, context_tokens: int, uds: Path | None) -> list[str]:
    """The command line of vLLM's server for this configuration."""
    name = config.served_name or Path(config.model).name
    arguments = ["--model", config.model, "--served-model-name", name, "--dtype", dtype_of(config, cuda)]
    arguments += ["--max-model-len", str(context_tokens), "--load-format", "safetensors"]
    arguments += ["--enable-prefix-caching", "--uvicorn-log-level", "warning", "--disable-fastapi-docs"]
    arguments += ["--uds", str(uds)] if uds else ["--host", config.host, "--port", str(config.port)]
    if not cuda:
        arguments += ["--enforce-eager", "--block-size", str(BLOCK_TOKENS)]
        arguments += ["--max-num-seqs", str(MAX_SEQUENCES_CPU)]
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


def context_tokens(config: ServeConfig) -> int:
    """The context to serve: what is wanted, or a local model's own where that is shorter."""
    path = Path(config.model) / "config.json"
    if not Path(config.model).is_dir():
        return config.max_model_len
    try:
        model_config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{path}: cannot be read ({error})") from error
    return context_limit(model_config, config.max_model_len)


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; 1 with a message when it cannot start. The model was checked before."""
    signal.signal(signal.SIGTERM, _interrupt)  # until vLLM sets its own
    try:
        config = config_read("python -m engine.serve.vllm_server", arguments)
        os.umask(0o077)  # the socket is for this user alone
        cuda = cuda_present()
        os.environ.update(vllm_environment(config, cuda=cuda))
        vllm_run(vllm_arguments(config, cuda=cuda, context_tokens=context_tokens(config), uds=config.uds))
    except EngineError as error:
        print(f"engine.serve.vllm_server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # vLLM, too, turns a SIGTERM that comes while it loads into this
        return 0
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
