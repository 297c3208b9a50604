"""What an engine asks of a rank worker: plain values, checked one by one; the worker builds the rest."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from engine.parallel.errors import OrderInvalid

# What may be said of the engine, by vLLM's names (EngineArgs), and of which type it must be.
ARGUMENT_TYPES: Mapping[str, type] = {
    "model": str,
    "dtype": str,
    "quantization": str,
    "revision": str,
    "load_format": str,
    "seed": int,
    "max_model_len": int,
    "max_num_seqs": int,
    "max_num_batched_tokens": int,
    "scheduling_policy": str,
    "block_size": int,
    "kv_cache_memory_bytes": int,
    "gpu_memory_utilization": float,
    "enable_prefix_caching": bool,
    "enforce_eager": bool,
    "tensor_parallel_size": int,
    "enable_expert_parallel": bool,
    "expert_placement_strategy": str,
    "enable_eplb": bool,
    "eplb_config": dict,
    "enable_return_routed_experts": bool,
    "distributed_executor_backend": str,
}
EPLB_NAMES = frozenset({"window_size", "step_interval", "num_redundant_experts"})
# What vLLM takes from the environment only. Nothing here is a secret, a path or a program.
ENVIRONMENT_NAMES = frozenset(
    {"VLLM_CPU_KVCACHE_SPACE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK", "HF_HUB_OFFLINE", "VLLM_LOGGING_LEVEL"}
)
ORDER_PURPOSE = "order"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
ADDRESS = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Rank `rank` of `ranks` in run `run`, for the worker of that name.

    local_rank: its place among the ranks on its host, whose devices are `devices` (none on a CPU)
    control: where the executor's queue is read; store: where the ranks meet (both tcp://HOST:PORT)
    facts: what the engine made of the arguments; the rank must make the same of them
    code, vllm, model: the versions of code and vLLM and the model's fingerprint that the rank must have
    """

    run: str
    rank: int
    ranks: int
    worker: str
    local_rank: int
    devices: tuple[int, ...]
    control: str
    store: str
    arguments: Mapping[str, Any]
    environment: Mapping[str, str]
    facts: Mapping[str, Any]
    code: str
    vllm: str
    model: str

    def __post_init__(self) -> None:
        for name in ("run", "worker"):
            _require(bool(NAME.fullmatch(_text(name, getattr(self, name)))), f"{name} is not a usable name")
        for name in ("control", "store"):
            address_check(_text(name, getattr(self, name)))
        for name in ("code", "vllm", "model"):
            _text(name, getattr(self, name))
        for name in ("rank", "ranks", "local_rank"):
            _require(type(getattr(self, name)) is int, f"{name} must be a whole number")
        _require(0 <= self.local_rank <= self.rank < self.ranks, "rank, local_rank and ranks do not agree")
        _require(all(type(d) is int and d >= 0 for d in self.devices), "devices must be numbers")
        _require(not self.devices or self.local_rank < len(self.devices), "there is no device for the rank")
        arguments_check(self.arguments)
        environment_check(self.environment)
        _require(isinstance(self.facts, Mapping), "facts must be an object")

    def body(self) -> dict[str, Any]:
        """The order as JSON takes it."""
        return asdict(self) | {"devices": list(self.devices)}


def order_read(body: Mapping[str, Any]) -> Order:
    """An order from its JSON; raises OrderInvalid naming a field that is unknown, missing or unusable."""
    known = {field.name for field in fields(Order)}
    if unknown := sorted(set(body) - known):
        raise OrderInvalid(f"the order has unknown fields: {', '.join(unknown)}")
    if missing := sorted(known - set(body)):
        raise OrderInvalid(f"the order lacks: {', '.join(missing)}")
    _require(isinstance(body["devices"], list), "devices must be a list")
    return Order(**{**body, "devices": tuple(body["devices"])})


def arguments_check(arguments: Mapping[str, Any]) -> None:
    """Raises OrderInvalid for an engine argument that is unknown or of another type."""
    _require(isinstance(arguments, Mapping), "arguments must be an object")
    for name, value in arguments.items():
        wanted = ARGUMENT_TYPES.get(name)
        _require(wanted is not None, f"the engine argument {name!r} may not be ordered")
        _require(type(value) is wanted, f"the engine argument {name} must be of type {wanted}, not {value!r}")
        for key, inner in value.items() if isinstance(value, dict) else ():
            _require(key in EPLB_NAMES and type(inner) is int, f"{name}: {key!r} may not be ordered")


def environment_check(environment: Mapping[str, str]) -> None:
    """Raises OrderInvalid for a variable that may not be set from outside."""
    _require(isinstance(environment, Mapping), "environment must be an object")
    for name, value in environment.items():
        _require(name in ENVIRONMENT_NAMES, f"the variable {name!r} may not be ordered")
        _require(isinstance(value, str), f"the variable {name} must be text")


def address_check(address: str) -> None:
    """Raises OrderInvalid unless it is tcp://HOST:PORT."""
    found = ADDRESS.fullmatch(address)
    _require(found is not None and int(found[2]) < 65536, f"{address!r} is not tcp://HOST:PORT")


def _text(name: str, value: object) -> str:
    _require(isinstance(value, str), f"{name} must be text")
    return str(value)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise OrderInvalid(message)
