"""How much memory an engine will take and how much there is, so that no engine starves another."""

import json
from pathlib import Path

import psutil

GIB = 1024**3
PROCESSES_BYTES = 2 * GIB  # the engine's own processes, as its start reckons them
CACHE_BYTES = GIB
HALF = frozenset({"bfloat16", "float16"})
CGROUP = Path("/sys/fs/cgroup")


def memory_needed_bytes(model: Path) -> int:
    """What an engine takes on a CPU, which computes in float32; 0 where a GPU's memory is what counts."""
    if any(Path("/dev").glob("nvidia[0-9]*")):
        return 0  # the engine itself judges by the device's memory
    weights = sum(path.stat().st_size for path in model.glob("*.safetensors"))
    return weights * (2 if _is_half(model / "config.json") else 1) + CACHE_BYTES + PROCESSES_BYTES


def _is_half(config: Path) -> bool:
    try:
        found = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True  # unknown: reckon with more
    quantised = "quantization_config" in found
    return not quantised and (found.get("dtype") or found.get("torch_dtype")) in HALF


def memory_available_bytes() -> int:
    """Memory that can be taken now: the machine's, or the container's limit where that is lower."""
    available = int(psutil.virtual_memory().available)
    try:
        limit = (CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = int((CGROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return available
    return available if limit == "max" else min(available, int(limit) - used)
