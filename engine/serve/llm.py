"""The language model's server: vLLM behind the OpenAI surface, with the settings that were proven here.

python -m engine.serve.llm --model DIR_OR_ID (--uds PATH | --host H --port P) [--max-model-len 4096]
    [--dtype float32] [--served-name NAME] [--kv-cache-gb 1] [--api-key-file F]
"""

import argparse
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from engine.config import DTYPES, ServeConfig
from engine.errors import ConfigInvalid, EngineError
from engine.serve.lifetime import die_with_parent
from engine.serve.loading import LoadingPage
from engine.serve.model_check import context_limit, directory_check, memory_available_bytes, memory_check
from engine.serve.vllm_server import cuda_present, dtype_of, vllm_arguments, vllm_environment, vllm_run

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
            cuda = cuda_present()
            context_tokens = _model_check(config, cuda)
            os.environ.update(vllm_environment(config, cuda=cuda))
            vllm_run(vllm_arguments(config, cuda=cuda, context_tokens=context_tokens, uds=uds))
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
        memory_check(directory, config, dtype_of(config, cuda), memory_available_bytes())
    return context_limit(model_config, config.max_model_len)


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
