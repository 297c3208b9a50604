"""How the servers are started: frozen values, checked when they are made, from arguments alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid

DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """What the embedding server needs: a model's directory, and a socket path or an address."""

    model: Path
    uds: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        _port_check(self.port)
        if self.threads < 1:
            raise ConfigInvalid("threads must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """What the language model's server needs. `model` is a directory or a Hugging Face id."""

    model: str
    uds: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8001
    max_model_len: int = 4096
    dtype: str = "auto"
    served_name: str | None = None
    kv_cache_gb: int = 1
    api_key_file: Path | None = None

    def __post_init__(self) -> None:
        _port_check(self.port)
        if self.port == 0:
            raise ConfigInvalid("port must be named for the language model's server: 0 is not possible")
        if not self.model:
            raise ConfigInvalid("model must name a directory or a Hugging Face id")
        if self.dtype not in DTYPES:
            raise ConfigInvalid(f"dtype must be one of {', '.join(DTYPES)}, not {self.dtype!r}")
        if self.max_model_len < 16:
            raise ConfigInvalid("max_model_len must be at least 16 tokens")
        if self.kv_cache_gb < 1:
            raise ConfigInvalid("kv_cache_gb must be at least 1")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "ServeConfig":
        """Makes a configuration from named values; an unknown name is an error."""
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ConfigInvalid(
                f"unknown engine settings: {', '.join(unknown)} (known: {', '.join(sorted(known))})"
            )
        return cls(**values)


def _port_check(port: int) -> None:
    if not 0 <= port <= 65535:
        raise ConfigInvalid(f"port {port} is not between 0 and 65535")
