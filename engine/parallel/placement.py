"""Which worker runs which rank, from what the workers say of themselves; no input or output here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import ConfigInvalid
from engine.moe.heads import heads_fit
from engine.parallel.errors import RanksUnavailable
from engine.parallel.machine import WorkerState

EXPERT_COUNTS = ("num_local_experts", "n_routed_experts", "num_experts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a worker must have to run a rank. `memory_bytes` is for one rank."""

    cuda: bool
    memory_bytes: int
    code: str
    vllm: str
    model: str


@dataclass(frozen=True, slots=True)
class Place:
    """A rank, the worker that runs it, and its place among the ranks on that worker's host."""

    rank: int
    local_rank: int
    worker: WorkerState


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worker that cannot take a rank, and why."""

    worker: str
    reason: str

    def __str__(self) -> str:
        return f"{self.worker}: {self.reason}"


def workers_fit(
    workers: Iterable[WorkerState], need: Need, busy: Iterable[str] = ()
) -> tuple[list[WorkerState], list[Refusal]]:
    """Divides workers into those that can take a rank, together, and those that cannot."""
    taken_names = set(busy)
    fit: list[WorkerState] = []
    refusals: list[Refusal] = []
    for worker in sorted(workers, key=lambda w: w.name):
        if reason := _unfit(worker, need, taken_names) or _clash(worker, fit, need):
            refusals.append(Refusal(worker.name, reason))
        else:
            fit.append(worker)
    return fit, refusals


def _unfit(worker: WorkerState, need: Need, busy: set[str]) -> str:
    """Why this worker, by itself, cannot take a rank; empty when it can."""
    for name, own, wanted in (
        ("code", worker.code, need.code),
        ("vLLM", worker.vllm, need.vllm),
        ("model", worker.model, need.model),
    ):
        if own != wanted:
            return f"its {name} is {own or 'missing'}, the engine's is {wanted}"
    if (worker.device is not None) != need.cuda:
        return f"it has {_kind(worker.device is not None)}, the engine runs on {_kind(need.cuda)}"
    if worker.memory_bytes < need.memory_bytes:
        return f"it has {_gib(worker.memory_bytes)} of memory, a rank needs {_gib(need.memory_bytes)}"
    if worker.name in busy:
        return "it runs a rank already"
    return ""


def _clash(worker: WorkerState, others: Sequence[WorkerState], need: Need) -> str:
    """Why this worker cannot run beside those on its host; empty when it can."""
    mates = [other for other in others if other.host == worker.host]
    for mate in mates:
        if worker.device is not None and worker.device == mate.device:
            return f"its GPU {worker.device} is {mate.name}'s, too"
        if shared := set(worker.cores) & set(mate.cores):
            return f"its core {min(shared)} is {mate.name}'s, too"
    together = (len(mates) + 1) * need.memory_bytes
    if worker.device is None and worker.memory_bytes < together:
        return f"its host has {_gib(worker.memory_bytes)}, {len(mates) + 1} ranks need {_gib(together)}"
    return ""


def ranks_place(fit: Sequence[WorkerState], ranks: int) -> list[Place]:
    """Places so many ranks on as few hosts as possible: on the smallest that has them all, else by size.

    Raises RanksUnavailable when there are too few workers.
    """
    if len(fit) < ranks:
        raise RanksUnavailable(f"{ranks} ranks need {ranks} workers, and {len(fit)} can take one")
    hosts: dict[str, list[WorkerState]] = defaultdict(list)
    for worker in sorted(fit, key=lambda w: (w.device if w.device is not None else -1, w.name)):
        hosts[worker.host].append(worker)
    order = sorted(hosts.values(), key=lambda mates: (-len(mates), mates[0].name))
    if whole := [mates for mates in reversed(order) if len(mates) >= ranks]:
        order = [whole[0]]
    places: list[Place] = []
    for mates in order:
        for local_rank, worker in enumerate(mates[: ranks - len(places)]):
            places.append(Place(len(places), local_rank, worker))
    return places


def ranks_possible(model_config: dict[str, Any], wanted: int) -> list[int]:
    """The numbers of ranks up to `wanted` among which the model divides, the greatest first.

    Raises ConfigInvalid when it does not divide into as many as are wanted.
    """
    heads = int(model_config.get("num_attention_heads") or 0)
    kv_heads = int(model_config.get("num_key_value_heads") or heads)
    experts = experts_count(model_config)

    def divides(ranks: int) -> bool:
        return (not heads or heads_fit(heads, kv_heads, ranks)) and (not experts or ranks <= experts)

    possible = [ranks for ranks in range(wanted, 0, -1) if divides(ranks)]
    if wanted in possible:
        return possible
    if experts and wanted > experts:
        raise ConfigInvalid(f"{wanted} ranks are more than the model's {experts} experts: ask for fewer")
    raise ConfigInvalid(
        f"{heads} query and {kv_heads} key/value heads do not divide among {wanted} ranks: ask for "
        f"{' or '.join(map(str, possible))}, or pad them by python -m engine.moe.heads"
    )


def experts_count(model_config: dict[str, Any]) -> int:
    """The routed experts of a model by its config.json, 0 when it is no mixture."""
    return next((int(model_config[name]) for name in EXPERT_COUNTS if model_config.get(name)), 0)


def _kind(cuda: bool) -> str:
    return "a GPU" if cuda else "CPUs"


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.1f} GiB"
