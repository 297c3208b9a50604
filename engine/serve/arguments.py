"""The command line of the language model's server, read and written: the front hands it on to vLLM's."""

import argparse
from dataclasses import fields
from pathlib import Path

from engine.config import DTYPES, ServeConfig


def config_read(program: str, arguments: list[str] | None) -> ServeConfig:
    """The configuration that a command line asks for; argparse ends the process on an unknown option."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--model", required=True, help="a directory, or a Hugging Face id")
    parser.add_argument("--uds", type=Path, help="the Unix socket to listen on")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--max-model-len", type=int, default=4096)
    parser.add_argument("--dtype", choices=DTYPES, default="auto", help="auto is float32 on a CPU")
    parser.add_argument("--served-name", help="the name in /v1/models; the directory's by default")
    parser.add_argument("--kv-cache-gb", type=int, default=1, help="memory for the cache, on a CPU")
    parser.add_argument("--api-key-file", type=Path, help="a file that holds the key callers must send")
    parser.add_argument("--ranks", type=int, default=1, help="how many rank workers the model is spread over")
    parser.add_argument("--broker", help="the Redis URL where rank workers are found, without a password")
    parser.add_argument("--broker-password-file", type=Path, help="a file that holds its password")
    parser.add_argument("--rank-key-file", type=Path, help="a file that holds the key orders are signed with")
    parser.add_argument("--rank-address", default="127.0.0.1", help="where this process listens to its ranks")
    parser.add_argument("--rank-wait-s", type=int, default=30, help="how long a start waits for all workers")
    parser.add_argument("--tokens-in-flight", type=int, default=0, help="0: as many as the cache holds")
    parser.add_argument("--sequences-in-flight", type=int, default=0, help="0: as many as the engine takes")
    parser.add_argument("--waiting-requests", type=int, default=256, help="beyond them requests are refused")
    parser.add_argument("--stall-s", type=float, default=60.0, help="silence after which it is started anew")
    parser.add_argument("--routing-dir", type=Path, help="a directory to count in what experts are routed")
    parser.add_argument("--redundant-experts", type=int, help="on GPUs: balance, with replicas in each layer")
    parser.add_argument(
        "--adapters-dir", type=Path, help="on GPUs: the directory that adapters are loaded from"
    )
    parser.add_argument("--adapters-rank", type=int, default=64, help="the largest rank of an adapter")
    return ServeConfig.from_mapping(vars(parser.parse_args(arguments)))


def config_arguments(config: ServeConfig) -> list[str]:
    """The command line that `config_read` reads as this configuration."""
    arguments: list[str] = []
    for field in fields(config):
        value = getattr(config, field.name)
        if value is not None:
            arguments += ["--" + field.name.replace("_", "-"), str(value)]
    return arguments
