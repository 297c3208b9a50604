"""How the servers are started: frozen values, checked when they are made, from arguments alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid

DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """What the embedding server needs: a model's directory, and a socket path or an address.

    `batch_tokens` is how many tokens one run takes at most, instead of what the model's manifest says.
    """

    model: Path
    uds: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 1
    batch_tokens: int | None = None

    def __post_init__(self) -> None:
        _port_check(self.port)
        if self.threads < 1:
            raise ConfigInvalid("threads must be at least 1")
        if (self.batch_tokens or 0) < 0:
            raise ConfigInvalid("batch_tokens cannot be negative; 0 embeds texts one by one")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """What the language model's server needs. `model` is a directory or a Hugging Face id.

    With `broker`, a Redis URL without a password, the model runs on `ranks` rank workers (engine.parallel)
    that are found there; orders to them are signed with the key in `rank_key_file`, and this process listens
    to them at `rank_address`. A start waits up to `rank_wait_s` for that many, then takes what is there.

    Of tokens and sequences in flight, 0 means as many as the engine's cache holds and the engine takes; more
    than `waiting_requests` are refused. An engine that does nothing for `stall_s` is started anew.

    What is routed to each expert is counted in files of `routing_dir`. With `redundant_experts`, vLLM on GPUs
    balances experts between ranks, and replicates so many in each layer.

    With `adapters_dir`, on GPUs, LoRA adapters of up to `adapters_rank` that lie there are loaded on command.
    """

    model: str
    uds: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8001
    max_model_len: int = 4096
    dtype: str = "auto"
    served_name: str | None = None
    kv_cache_gb: int = 1
    api_key_file: Path | None = None
    ranks: int = 1
    broker: str | None = None
    broker_password_file: Path | None = None
    rank_key_file: Path | None = None
    rank_address: str = "127.0.0.1"
    rank_wait_s: int = 30
    tokens_in_flight: int = 0
    sequences_in_flight: int = 0
    waiting_requests: int = 256
    stall_s: float = 60.0
    routing_dir: Path | None = None
    redundant_experts: int | None = None
    adapters_dir: Path | None = None
    adapters_rank: int = 64

    def __post_init__(self) -> None:
        _port_check(self.port)
        self._ranks_check()
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
        if min(self.tokens_in_flight, self.sequences_in_flight) < 0 or self.waiting_requests < 1:
            raise ConfigInvalid("what is in flight cannot be negative, and at least one request may wait")
        if (self.redundant_experts or 0) < 0:
            raise ConfigInvalid("redundant_experts cannot be negative")
        if self.adapters_rank < 1:
            raise ConfigInvalid("adapters_rank must be at least 1")
        if self.stall_s < 5:
            raise ConfigInvalid("stall_s must be at least 5: a long prompt is read for seconds")

    def _ranks_check(self) -> None:
        if self.ranks < 1 or self.rank_wait_s < 0:
            raise ConfigInvalid("ranks must be at least 1, and rank_wait_s not negative")
        if self.ranks > 1 and not self.broker:
            raise ConfigInvalid(f"{self.ranks} ranks need a broker, where their workers are found")
        if self.broker and not self.rank_key_file:
            raise ConfigInvalid("a broker needs rank_key_file: what travels over it is signed with that key")

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
