"""The language model's server: vLLM behind the OpenAI surface, with the settings that were proven here.

python -m engine.serve.llm --model DIR_OR_ID (--uds PATH | --host H --port P) [--max-model-len 4096]
    [--dtype float32] [--served-name NAME] [--kv-cache-gb 1] [--api-key-file F]
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from engine.config import DTYPES, ServeConfig
from engine.errors import ConfigInvalid, EngineError, EngineUnavailable
from engine.serve.lifetime import die_with_parent
from engine.serve.loading import LoadingPage
from engine.serve.model_check import context_limit, directory_check, memory_available_bytes, memory_check

BLOCK_TOKENS = 128
MAX_SEQUENCES_CPU = 32

if __name__ == "__mp_main__":  # vLLM's own children are spawned, and import this module first
    die_with_parent()


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT; 1 with a message when it cannot start."""
    signal.signal(signal.SIGTERM, _interrupt)  # until vLLM sets its own
    try:
        config = _config(arguments)
        os.umask(0o077)  # the socket is for this user alone
        with ExitStack() as stack:
            uds = None
            if config.uds:
                page = LoadingPage(config.uds)
                stack.callback(page.close)
                uds = page.engine_path
            cuda = _cuda_present()
            context_tokens = _model_check(config, cuda)
            os.environ.update(vllm_environment(config, cuda=cuda))
            _vllm_run(vllm_arguments(config, cuda=cuda, context_tokens=context_tokens, uds=uds))
    except EngineError as error:
        print(f"engine.serve.llm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # vLLM, too, turns a SIGTERM that comes while it loads into this
        return 0
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _model_check(config: ServeConfig, cuda: bool) -> int:
    """Checks a local model and its memory; returns the context to serve, in tokens."""
    directory = Path(config.model)
    if not directory.is_dir():
        if directory.is_absolute() or config.model.count("/") != 1:
            raise ConfigInvalid(f"{config.model}: is neither a directory nor a Hugging Face id (owner/name)")
        return config.max_model_len
    model_config = directory_check(directory)
    if not cuda:
        memory_check(directory, config, _dtype(config, cuda), memory_available_bytes())
    return context_limit(model_config, config.max_model_len)


def _dtype(config: ServeConfig, cuda: bool) -> str:
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
    arguments = ["--model", config.model, "--served-model-name", name, "--dtype", _dtype(config, cuda)]
    arguments += ["--max-model-len", str(context_tokens), "--load-format", "safetensors"]
    arguments += ["--enable-prefix-caching", "--uvicorn-log-level", "warning", "--disable-fastapi-docs"]
    arguments += ["--uds", str(uds)] if uds else ["--host", config.host, "--port", str(config.port)]
    if not cuda:
        arguments += ["--enforce-eager", "--block-size", str(BLOCK_TOKENS)]
        arguments += ["--max-num-seqs", str(MAX_SEQUENCES_CPU)]
    return arguments


def _cuda_present() -> bool:
    if find_spec("vllm") is None:
        raise EngineUnavailable("vLLM is not installed: install the requirements of this machine's kind")
    import torch

    return torch.cuda.is_available()


def _vllm_run(arguments: list[str]) -> None:
    """Runs vLLM's server in this process until it is told to stop."""
    from vllm.entrypoints.launchers.api_server import entry

    sys.argv[1:] = arguments
    run: Callable[[], None] = entry.main
    run()


def _config(arguments: list[str] | None) -> ServeConfig:
    parser = argparse.ArgumentParser(prog="python -m engine.serve.llm")
    parser.add_argument("--model", required=True, help="a directory, or a Hugging Face id")
    parser.add_argument("--uds", type=Path, help="the Unix socket to listen on")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--max-model-len", type=int, default=4096)
    parser.add_argument("--dtype", choices=DTYPES, default="auto", help="auto is float32 on a CPU")
    parser.add_argument("--served-name", help="the name in /v1/models; the directory's by default")
    parser.add_argument("--kv-cache-gb", type=int, default=1, help="memory for the cache, on a CPU")
    parser.add_argument("--api-key-file", type=Path, help="a file that holds the key callers must send")
    return ServeConfig.from_mapping(vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
