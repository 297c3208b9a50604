"""What a rank worker says of itself: its host, device, memory, versions, and the model that it sees."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid, ModelInvalid
from engine.manifest import MANIFEST_NAME, manifest_read
from engine.parallel.errors import OrderInvalid
from engine.serve.model_check import memory_available_bytes

FINGERPRINT_DIGITS = 16
CODE = ("moe", "parallel", "serve")  # the folders whose code runs in both
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One rank worker. On a GPU `device` is its number; on a CPU it is None and `cores` are its own.

    `host` tells hosts, and containers with a shared memory of their own, apart; `host_name` is for people.
    `model` is the fingerprint of the model the worker sees, empty when it sees none.
    """

    name: str
    host: str
    host_name: str
    address: str
    device: int | None
    cores: tuple[int, ...]
    memory_bytes: int
    code: str
    vllm: str
    model: str

    def body(self) -> dict[str, Any]:
        """The state as JSON takes it."""
        return asdict(self) | {"cores": list(self.cores)}


def worker_state_read(body: dict[str, Any]) -> WorkerState:
    """A worker's state from its JSON; raises OrderInvalid for other fields, as another version may have."""
    if set(body) != {field.name for field in fields(WorkerState)} or not isinstance(body["cores"], list):
        raise OrderInvalid("a worker describes itself as another version of this code does")
    return WorkerState(**{**body, "cores": tuple(body["cores"])})


@cache
def host_key() -> str:
    """The same for processes that share a host and /dev/shm, and for no others."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    parts = [socket.gethostname(), boot.read_text(encoding="ascii").strip() if boot.exists() else ""]
    if SHARED_MEMORY.is_dir():  # a container may have its own
        parts.append(str(SHARED_MEMORY.stat().st_dev))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:FINGERPRINT_DIGITS]


@cache
def code_version() -> str:
    """The project's version, and a fingerprint of what engine and rank run: what both must have in common."""
    digest, engine = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted(path for part in CODE for path in (engine / part).rglob("*.py")):
        name = path.relative_to(engine).as_posix()
        digest.update(name.encode() + b"\n" + path.read_bytes() + b"\n")
    return f"{version('collegium')}+{digest.hexdigest()[:FINGERPRINT_DIGITS]}"


def model_fingerprint(model: str) -> str:
    """Tells models apart without reading their weights; empty when nothing is there.

    A directory with a manifest is known by that, another by its configuration and the names and sizes of its
    weights, and a model of a hub by its name.
    """
    directory = Path(model)
    if not directory.is_dir():
        return f"hub:{model}" if model.count("/") == 1 and not directory.is_absolute() else ""
    if (directory / MANIFEST_NAME).exists():
        try:
            return manifest_read(directory).digest
        except ModelInvalid:
            return ""
    weights = [(path.name, path.stat().st_size) for path in sorted(directory.glob("*.safetensors"))]
    config = directory / "config.json"
    if not weights or not config.exists():
        return ""
    return hashlib.sha256(config.read_bytes() + json.dumps(weights).encode()).hexdigest()


def device_memory_bytes(device: int) -> int:
    """The memory of a GPU, as its driver reports it; raises ConfigInvalid when there is no such GPU."""
    if (found := gpu_memory_bytes().get(device)) is None:
        present = ", ".join(map(str, gpu_memory_bytes())) or "none"
        raise ConfigInvalid(f"this machine has no GPU {device} (present: {present})")
    return found


def gpu_memory_bytes() -> dict[int, int]:
    """The GPUs of this machine and the memory of each; asks the driver's tool, for torch is heavy."""
    if shutil.which("nvidia-smi") is None:
        return {}
    query = ["nvidia-smi", "--query-gpu=index,memory.total", "--format=csv,noheader,nounits"]
    run = subprocess.run(query, capture_output=True, text=True, check=False, timeout=30)
    lines = (line.split(",") for line in run.stdout.splitlines() if line.count(",") == 1)
    return {int(index): int(mib) * 1024**2 for index, mib in lines}


def memory_bytes(device: int | None) -> int:
    """The memory that a rank here may count on: the GPU's, or what this machine has available now."""
    return memory_available_bytes() if device is None else device_memory_bytes(device)


def cores_read(text: str) -> tuple[int, ...]:
    """The cores that a list like 0-3,8 names; raises ConfigInvalid for one this process may not use."""
    cores: set[int] = set()
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            cores.update(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise ConfigInvalid(f"cores must be a list like 0-3,8, not {text!r}") from error
    if not cores or cores - os.sched_getaffinity(0):
        allowed = ", ".join(map(str, sorted(os.sched_getaffinity(0))))
        raise ConfigInvalid(f"of the cores {text!r} this process may use only: {allowed}")
    return tuple(sorted(cores))
